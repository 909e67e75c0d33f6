package sandbox

import (
	"slices"
	"time"
)

// slObj is a JSON object as it is on the wire.
type slObj = map[string]any

// slData is everything of the workspace that survives a restart.
type slData struct {
	People   map[string]*slPerson  `json:"people"`
	Groups   map[string]*slGroup   `json:"groups"`
	Channels map[string]*slChannel `json:"channels"`
	Homes    map[string]*slView    `json:"homes"`
	Hooks    map[string]*slHook    `json:"hooks"`
	Files    map[string]*slFile    `json:"files"`
	LastTS   int64                 `json:"last_ts"`
	LastID   int64                 `json:"last_id"`
}

type slPerson struct {
	ID         string `json:"id"`
	Team       string `json:"team_id"`
	Handle     string `json:"handle"` // what is typed after @
	Name       string `json:"name"`
	Title      string `json:"title"` // what they do, for whoever picks whom to act as
	Locale     string `json:"locale"`
	TZ         string `json:"tz"`
	Deleted    bool   `json:"deleted"`
	Restricted bool   `json:"is_restricted"`
	Stranger   bool   `json:"is_stranger"`
	Bot        bool   `json:"is_bot"`
}

type slGroup struct {
	ID       string   `json:"id"`
	Handle   string   `json:"handle"`
	Name     string   `json:"name"`
	Users    []string `json:"users"`
	Disabled bool     `json:"disabled"`
	Updated  int64    `json:"updated"`
}

type slChannel struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Peer     string       `json:"peer,omitempty"` // set in a direct message: the person who talks with the bot
	Members  []string     `json:"members"`
	Archived bool         `json:"archived"`
	Messages []*slMessage `json:"messages"`
	byTS     map[string]*slMessage
}

func (c *slChannel) has(user string) bool { return slices.Contains(c.Members, user) }

// wireName is the channel's name in payloads.
func (c *slChannel) wireName() string {
	if c.Peer != "" {
		return "directmessage"
	}
	return c.Name
}

func slNewData() slData {
	d := slData{
		People: map[string]*slPerson{}, Groups: map[string]*slGroup{}, Channels: map[string]*slChannel{},
		Homes: map[string]*slView{}, Hooks: map[string]*slHook{}, Files: map[string]*slFile{},
	}
	for _, p := range []slPerson{
		{ID: "U01ANA", Handle: "ana", Name: "Ana Silva", Title: "agent", Locale: "en-US", TZ: "Europe/Lisbon"},
		{ID: "U02LIWEI", Handle: "liwei", Name: "李伟", Title: "agent", Locale: "zh-CN", TZ: "Asia/Shanghai"},
		{ID: "U03BEN", Handle: "ben", Name: "Ben Okafor", Title: "approver", Locale: "en-US", TZ: "America/New_York"},
		{ID: "U04LENA", Handle: "lena", Name: "Lena Koch", Title: "lead, approver", Locale: "en-US", TZ: "Europe/Berlin"},
		{ID: "U05FINN", Handle: "finn", Name: "Finn Mäkinen", Title: "finance", Locale: "en-US", TZ: "Europe/Helsinki"},
		{ID: "U06MIA", Handle: "mia", Name: "米娅 Mia Tan", Title: "marketing", Locale: "zh-CN", TZ: "Asia/Singapore"},
		{ID: "U07ADA", Handle: "ada", Name: "Ada Byrne", Title: "admin", Locale: "en-US", TZ: "Europe/Dublin"},
		{ID: "U08AMIR", Handle: "amir", Name: "Amir Aziz", Title: "admin", Locale: "en-US", TZ: "Asia/Kuala_Lumpur"},
		{ID: "U09GUS", Handle: "gus", Name: "Gus", Title: "guest", Locale: "en-US", TZ: "UTC", Restricted: true},
		{ID: "U10DORA", Handle: "dora", Name: "Dora", Title: "deactivated", Locale: "en-US", TZ: "UTC", Deleted: true},
		{ID: "U11STAN", Handle: "stan", Name: "Stan", Title: "of another company", Locale: "en-US", TZ: "UTC", Team: slOtherTeam, Stranger: true},
		{ID: SlackBotUser, Handle: slBotName, Name: slBotName, Title: "app", Locale: "en-US", TZ: "UTC", Bot: true},
	} {
		if p.Team == "" {
			p.Team = SlackTeam
		}
		d.People[p.ID] = &p
	}
	for _, g := range []slGroup{
		{ID: "S01SUPPORT", Handle: "support", Name: "Support", Users: []string{"U01ANA", "U02LIWEI"}},
		{ID: "S02LEADS", Handle: "leads", Name: "Leads", Users: []string{"U04LENA"}},
	} {
		d.Groups[g.ID] = &g
	}
	staff := []string{"U01ANA", "U02LIWEI", "U03BEN", "U04LENA", "U05FINN", "U06MIA", "U07ADA", "U08AMIR"}
	with := func(more ...string) []string { return append(slices.Clone(staff), more...) }
	for _, c := range []slChannel{
		{ID: "C01SUPPORT", Name: "support", Members: with("U09GUS", "U11STAN", SlackBotUser)},
		{ID: "C02APPROVE", Name: "approvals", Members: with(SlackBotUser)},
		{ID: "C03LOG", Name: "coupon-log", Members: with(SlackBotUser)},
		{ID: "C04ALERT", Name: "alerts", Members: []string{"U07ADA", "U08AMIR", SlackBotUser}},
		{ID: "C05CAMPAIGN", Name: "campaigns", Members: with(SlackBotUser)},
		{ID: "C06RANDOM", Name: "random", Members: with("U09GUS")},
		{ID: "C07OLD", Name: "old-launch", Members: with(SlackBotUser), Archived: true},
	} {
		c.byTS = map[string]*slMessage{}
		d.Channels[c.ID] = &c
	}
	return d
}

// dm is the conversation of the bot with one person, made on first use. Callers hold mu.
func (s *Slack) dm(user string) *slChannel {
	id := "D" + user[1:]
	c := s.d.Channels[id]
	if c == nil {
		c = &slChannel{ID: id, Peer: user, Members: []string{user, SlackBotUser}, byTS: map[string]*slMessage{}}
		s.d.Channels[id] = c
	}
	return c
}

// wire is the person as users.info shows them.
func (p *slPerson) wire(at time.Time, locale bool) slObj {
	u := slObj{
		"id": p.ID, "team_id": p.Team, "name": p.Handle, "real_name": p.Name, "deleted": p.Deleted,
		"is_bot": p.Bot, "is_restricted": p.Restricted, "is_ultra_restricted": false, "is_stranger": p.Stranger,
		"is_admin": false, "is_owner": false, "is_app_user": false, "updated": at.Unix(),
		"profile": slObj{"real_name": p.Name, "display_name": p.Handle, "team": p.Team},
	}
	if !p.Deleted {
		u["tz"], u["tz_label"], u["tz_offset"] = p.TZ, p.TZ, 0
		if zone, err := time.LoadLocation(p.TZ); err == nil {
			_, offset := at.In(zone).Zone()
			u["tz_offset"] = offset
		}
	}
	if locale {
		u["locale"] = p.Locale
	}
	return u
}

func (g *slGroup) wire(users bool) slObj {
	o := slObj{"id": g.ID, "team_id": SlackTeam, "is_usergroup": true, "name": g.Name, "handle": g.Handle,
		"user_count": len(g.Users), "date_update": g.Updated, "date_delete": 0}
	if g.Disabled {
		o["date_delete"] = g.Updated
	}
	if users {
		o["users"] = slices.Clone(g.Users)
	}
	return o
}
