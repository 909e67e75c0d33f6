package sandbox

import (
	"slices"
	"strings"
)

// slMethod is a row of the Web API: how often it may be called, with which scope, by which token.
type slMethod struct {
	perMinute int    // calls in any 60 seconds: tiers 1 to 4 allow 1, 20, 50 and 100
	scope     string // of the bot token; "" needs none
	app       bool   // takes the app-level token instead of the bot's
	run       func(*Slack, *slCall) (slObj, error)
}

// slMethods are the methods this workspace knows, with the tiers and scopes of Slack's reference.
var slMethods = map[string]slMethod{
	"auth.test":             {perMinute: 600, run: (*Slack).authTest},
	"apps.connections.open": {perMinute: 50, app: true, run: (*Slack).connectionsOpen},

	"chat.postMessage":   {perMinute: 600, scope: "chat:write", run: (*Slack).postMessage},
	"chat.update":        {perMinute: 50, scope: "chat:write", run: (*Slack).updateMessage},
	"chat.postEphemeral": {perMinute: 100, scope: "chat:write", run: (*Slack).postEphemeral},
	"chat.delete":        {perMinute: 50, scope: "chat:write", run: (*Slack).deleteMessage},
	"chat.getPermalink":  {perMinute: 600, run: (*Slack).permalink},

	"views.open":    {perMinute: 100, run: (*Slack).viewsOpen},
	"views.push":    {perMinute: 100, run: (*Slack).viewsPush},
	"views.update":  {perMinute: 100, run: (*Slack).viewsUpdate},
	"views.publish": {perMinute: 100, run: (*Slack).viewsPublish},

	"usergroups.list":       {perMinute: 20, scope: "usergroups:read", run: (*Slack).groupsList},
	"usergroups.users.list": {perMinute: 20, scope: "usergroups:read", run: (*Slack).groupUsers},
	"users.info":            {perMinute: 100, scope: "users:read", run: (*Slack).usersInfo},
	"users.lookupByEmail":   {perMinute: 50, scope: "users:read.email", run: (*Slack).usersByEmail},

	"conversations.open":    {perMinute: 50, scope: "im:write", run: (*Slack).conversationsOpen},
	"conversations.info":    {perMinute: 50, scope: "channels:read", run: (*Slack).conversationsInfo},
	"conversations.replies": {perMinute: 50, scope: "channels:history", run: (*Slack).conversationsReplies},
	"reactions.add":         {perMinute: 50, scope: "reactions:write", run: (*Slack).reactionsAdd},

	"files.getUploadURLExternal":   {perMinute: 100, scope: "files:write", run: (*Slack).filesUploadURL},
	"files.completeUploadExternal": {perMinute: 100, scope: "files:write", run: (*Slack).filesComplete},
	"files.info":                   {perMinute: 100, scope: "files:read", run: (*Slack).filesInfo},
}

func (s *Slack) authTest(c *slCall) (slObj, error) {
	return slObj{"url": c.base + "/", "team": slTeamName, "team_id": SlackTeam, "user": slBotName, "user_id": SlackBotUser,
		"bot_id": slBotID, "app_id": slAppID, "is_enterprise_install": false}, nil
}

func (s *Slack) usersInfo(c *slCall) (slObj, error) {
	p := s.d.People[c.str("user")]
	if p == nil {
		return nil, slFail("user_not_found")
	}
	return slObj{"user": p.wire(s.now(), c.yes("include_locale"))}, nil
}

func (s *Slack) usersByEmail(c *slCall) (slObj, error) {
	handle, at, _ := strings.Cut(c.str("email"), "@")
	for _, p := range s.d.People {
		if at == "acme.example" && p.Handle == handle && !p.Deleted && !p.Bot && !p.Stranger {
			return slObj{"user": p.wire(s.now(), false)}, nil
		}
	}
	return nil, slFail("users_not_found")
}

func (s *Slack) groupsList(c *slCall) (slObj, error) {
	if s.fault("plan_upgrade_required", "") != nil {
		return nil, slFail("plan_upgrade_required")
	}
	list := []slObj{}
	for _, id := range slSortedKeys(s.d.Groups) {
		if g := s.d.Groups[id]; !g.Disabled || c.yes("include_disabled") {
			list = append(list, g.wire(c.yes("include_users")))
		}
	}
	return slObj{"usergroups": list}, nil
}

func (s *Slack) groupUsers(c *slCall) (slObj, error) {
	if s.fault("plan_upgrade_required", "") != nil {
		return nil, slFail("plan_upgrade_required")
	}
	g := s.d.Groups[c.str("usergroup")]
	if g == nil || g.Disabled && !c.yes("include_disabled") {
		return nil, slFail("no_such_subteam")
	}
	return slObj{"users": append([]string{}, g.Users...)}, nil
}

func (s *Slack) conversationsOpen(c *slCall) (slObj, error) {
	if id := c.str("channel"); id != "" {
		if ch := s.d.Channels[id]; ch == nil || ch.Peer == "" {
			return nil, slFail("channel_not_found")
		}
		return slObj{"channel": slObj{"id": id}, "already_open": true, "no_op": true}, nil
	}
	switch users := strings.Split(c.str("users"), ","); {
	case users[0] == "":
		return nil, slFail("users_list_not_supplied")
	case len(users) > 1:
		return nil, slFail("missing_scope")
	case s.d.People[users[0]] == nil:
		return nil, slFail("user_not_found")
	case s.d.People[users[0]].Deleted:
		return nil, slFail("user_disabled")
	case s.d.People[users[0]].Bot:
		return nil, slFail("cannot_dm_bot")
	default:
		_, was := s.d.Channels["D"+users[0][1:]]
		return slObj{"channel": slObj{"id": s.dm(users[0]).ID}, "already_open": was, "no_op": was}, nil
	}
}

func (s *Slack) conversationsInfo(c *slCall) (slObj, error) {
	ch := s.d.Channels[c.str("channel")]
	if ch == nil {
		return nil, slFail("channel_not_found")
	}
	o := slObj{"id": ch.ID, "is_im": ch.Peer != "", "is_channel": ch.Peer == "", "is_private": false, "is_mpim": false,
		"is_archived": s.archived(ch), "is_member": s.botIn(ch), "is_ext_shared": slices.ContainsFunc(ch.Members, func(id string) bool { return s.d.People[id].Stranger })}
	if ch.Peer == "" {
		o["name"] = ch.Name
	} else {
		o["user"] = ch.Peer
	}
	if c.yes("include_num_members") {
		o["num_members"] = len(ch.Members)
	}
	return slObj{"channel": o}, nil
}

func (s *Slack) conversationsReplies(c *slCall) (slObj, error) {
	ch := s.d.Channels[c.str("channel")]
	if ch == nil {
		return nil, slFail("channel_not_found")
	}
	if !s.botIn(ch) {
		return nil, slFail("not_in_channel")
	}
	root := ch.byTS[c.str("ts")]
	if root == nil || root.Deleted || root.To != "" {
		return nil, slFail("thread_not_found")
	}
	list := []slObj{root.wire()}
	for _, m := range ch.Messages {
		if m.ThreadTS == root.TS && m != root && !m.Deleted && m.To == "" {
			list = append(list, m.wire())
		}
	}
	return slObj{"messages": list, "has_more": false}, nil
}

func (s *Slack) reactionsAdd(c *slCall) (slObj, error) {
	ch, err := s.writable(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.byTS[c.str("timestamp")]
	name := c.str("name")
	switch {
	case m == nil || m.Deleted || m.To != "":
		return nil, slFail("message_not_found")
	case name == "" || strings.Contains(name, ":"):
		return nil, slFail("invalid_name")
	case slices.Contains(m.Reactions, name):
		return nil, slFail("already_reacted")
	}
	m.Reactions = append(m.Reactions, name)
	s.changed()
	return nil, nil
}
