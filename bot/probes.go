package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"couponbot/commands"
)

// A Report takes what a probe found about one thing: what is fine about it, or the error, which says what to do.
type Report = func(what, fine string, err error)

// Probe tries everything the bot needs of Slack for real, and posts nothing: tokens, scopes, groups, channels.
func Probe(ctx context.Context, c Config, a commands.Config, o Options, report Report) {
	p := &probing{config: c, commands: a, people: NewPeople(c, o), report: report, usable: map[string]error{}}
	defer p.people.Close()
	if !p.tokens(ctx) {
		return
	}
	p.groups(ctx)
	p.channels(ctx)
	skew, heard := p.people.Skew()
	if heard {
		report("clock against Slack", skewed(skew), clockFault(skew))
	}
}

// mostSkew is how far a clock may be off: WeChat Pay refuses at five minutes, and the bot holds at one.
const mostSkew = time.Minute

func skewed(skew time.Duration) string {
	return fmt.Sprintf("%.1f s apart", skew.Abs().Seconds())
}

func clockFault(skew time.Duration) error {
	if skew.Abs() <= mostSkew {
		return nil
	}
	return fmt.Errorf("this machine's clock is %s off: have it set by NTP (timedatectl set-ntp true)", skew.Abs().Round(time.Second))
}

type probing struct {
	config   Config
	commands commands.Config
	people   *People
	report   Report
	scopes   []string
	usable   map[string]error // person → what is wrong with them, each read once
}

// raw calls a method with a token, and gives the answer with its headers, which slack-go keeps to itself.
func (p *probing) raw(ctx context.Context, method, token string, form url.Values) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.config.APIURL+method, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.people.web.http.Do(r)
	if err != nil {
		return nil, unreachable(networkFault(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, unreachable(statusFault(answer.StatusCode))
	}
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&said); err != nil {
		return nil, unreachable(&fault{Code: "no JSON in the answer"})
	}
	if !said.OK {
		return answer.Header, &fault{Kind: faultRefused, Code: said.Error}
	}
	return answer.Header, nil
}

func unreachable(f *fault) error {
	return fmt.Errorf("%w: is slack.api_url right, and can this machine reach it?", f)
}

// tokens looks at both tokens and at the bot token's scopes.
func (p *probing) tokens(ctx context.Context) (goOn bool) {
	header, err := p.raw(ctx, "auth.test", p.config.BotToken, nil)
	p.report("Slack bot token", "accepted", tokenFault(err, "slack.bot_token", "OAuth & Permissions"))
	_, appErr := p.raw(ctx, "apps.connections.open", p.config.AppToken, nil)
	p.report("Slack app token", "a socket would open", tokenFault(appErr, "slack.app_token", "Basic Information, App-Level Tokens (connections:write)"))
	if err != nil {
		return false
	}
	p.scopes = strings.FieldsFunc(header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	for _, s := range Scopes(p.commands.Groups) {
		fine, err := "granted: "+s.Why, error(nil)
		switch {
		case slices.Contains(p.scopes, s.Name):
		case s.Optional:
			fine = "not granted, and not needed: " + s.Why
		default:
			err = fmt.Errorf("not granted (%s): add it under OAuth & Permissions, or paste the manifest again, and reinstall the app", s.Why)
		}
		p.report("Slack scope "+s.Name, fine, err)
	}
	return true
}

func tokenFault(err error, key, where string) error {
	said, ok := errors.AsType[*fault](err)
	switch {
	case err == nil:
		return nil
	case !ok || said.Kind != faultRefused || strings.HasPrefix(said.Code, "http_"):
		return err
	case said.Code == "missing_scope":
		return fmt.Errorf("%w: take a token with the right scope from %s", err, where)
	}
	return fmt.Errorf("%w: take %s anew from the app's page, %s", err, key, where)
}

// groups looks at every group of the configuration, and at who would be left to act.
func (p *probing) groups(ctx context.Context) {
	admins := map[string]bool{}
	for _, g := range p.commands.Groups {
		people, err := p.group(ctx, g)
		fine := fmt.Sprintf("%d people", len(people))
		if len(people) == 1 {
			fine = "1 person"
		}
		p.report("group "+g.Name, fine, err)
		if slices.Contains(p.commands.Rights[commands.RightAdmin], g.Name) {
			for _, id := range people {
				if p.person(ctx, id) == nil {
					admins[id] = true
				}
			}
		}
	}
	var err error
	if len(admins) < 2 {
		err = fmt.Errorf("%d: after a stop somebody other than who stopped must confirm the start: put a second person into a group of rights.admin", len(admins))
	}
	p.report("admins", fmt.Sprintf("%d people", len(admins)), err)
}

// group are the people of one group; the error names everything that is wrong with its members.
func (p *probing) group(ctx context.Context, g commands.Group) (people []string, err error) {
	var wrong []error
	for _, id := range g.Members {
		if !isUserGroup(id) {
			wrong = append(wrong, p.person(ctx, id))
			people = append(people, id)
			continue
		}
		members, err := p.people.Members(ctx, id, time.Minute)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %w", id, userGroupFault(err)))
		case len(members) == 0:
			wrong = append(wrong, fmt.Errorf("%s has no members: add some in Slack, or take it out", id))
		}
		people = append(people, members...)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	err = oneLine(wrong)
	if err == nil && len(people) == 0 {
		err = errors.New("nobody is in it: name people (U…) or user groups (S…)")
	}
	return people, err
}

// oneLine joins errors; nil when there are none.
func oneLine(all []error) error {
	var words []string
	for _, err := range all {
		if err != nil {
			words = append(words, err.Error())
		}
	}
	if len(words) == 0 {
		return nil
	}
	return errors.New(strings.Join(words, "; "))
}

func userGroupFault(err error) error {
	said, ok := errors.AsType[*fault](err)
	if !ok {
		return err
	}
	switch said.Code {
	case "no_such_subteam", "subteam_not_found":
		return errors.New("there is no such user group, or it is disabled: take the id from its page in Slack")
	case "plan_upgrade_required":
		return errors.New("user groups need a paid plan of Slack: name the people (U…) instead")
	case "missing_scope":
		return errors.New("the scope usergroups:read is missing")
	}
	return said
}

// person says what keeps somebody of a group from acting; nil when nothing does.
func (p *probing) person(ctx context.Context, id string) error {
	if err, known := p.usable[id]; known {
		return err
	}
	who, err := p.people.Person(ctx, id, time.Minute)
	said, refused := errors.AsType[*fault](err)
	switch {
	case refused && (said.Code == "user_not_found" || said.Code == "user_not_visible"):
		err = fmt.Errorf("%s: there is no such person: take the id from their profile in Slack", id)
	case refused:
		err = fmt.Errorf("%s: %w", id, said)
	case err != nil:
	case who.Deactivated:
		err = fmt.Errorf("%s (%s) is deactivated: take them out", id, who.Name)
	case who.Bot:
		err = fmt.Errorf("%s (%s) is an app: take it out", id, who.Name)
	case who.Stranger:
		err = fmt.Errorf("%s (%s) is of another company: the bot refuses them", id, who.Name)
	case who.Guest:
		err = fmt.Errorf("%s (%s) is a guest: the bot refuses them", id, who.Name)
	}
	p.usable[id] = err
	return err
}

// channels looks at each channel that the bot speaks in.
func (p *probing) channels(ctx context.Context) {
	seen := map[string]bool{"": true}
	for _, c := range []struct{ key, id string }{
		{"approvals_channel", p.config.ApprovalsChannel}, {"log_channel", p.config.LogChannel}, {"alerts_channel", p.config.AlertsChannel},
	} {
		if seen[c.id] {
			continue
		}
		seen[c.id] = true
		fine, err := p.channel(ctx, c.id)
		p.report("channel "+c.id+" ("+c.key+")", fine, err)
	}
}

func (p *probing) channel(ctx context.Context, id string) (fine string, err error) {
	if !slices.Contains(p.scopes, "channels:read") && !slices.Contains(p.scopes, "groups:read") {
		return "the bot is in it", p.channelBlind(ctx, id)
	}
	var c *slack.Channel
	f := p.people.web.call(ctx, "conversations.info", func(ctx context.Context) (err error) {
		c, err = p.people.web.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		return err
	})
	switch {
	case f != nil && f.Code == "missing_scope": // of the other kind of channel
		return "the bot is in it", p.channelBlind(ctx, id)
	case f != nil:
		return "", channelFault(f)
	case c.IsArchived:
		return "", channelFault(&fault{Code: "is_archived"})
	case !c.IsMember:
		return "", channelFault(&fault{Code: "not_in_channel"})
	}
	return "#" + c.Name + ", the bot is in it", nil
}

// noMessage is the timestamp of a message that no channel can have.
const noMessage = "1000000000.000001"

// channelBlind looks at a channel without the right to: it asks for a change of a message that does not exist. Whatever
// is wrong with the channel is refused before that; and nothing can be changed or posted this way.
func (p *probing) channelBlind(ctx context.Context, id string) error {
	_, err := p.raw(ctx, "chat.update", p.config.BotToken, url.Values{"channel": {id}, "ts": {noMessage}, "text": {"-"}})
	said, ok := errors.AsType[*fault](err)
	if ok && messageGone(said.Code) {
		return nil
	}
	if ok {
		return channelFault(said)
	}
	return err
}

func channelFault(f *fault) error {
	switch f.Code {
	case "channel_not_found":
		return errors.New("there is no such channel, or it is private and the bot is not in it: take the id from its details in Slack, and /invite the bot")
	case "is_archived", "is_inactive":
		return errors.New("it is archived: unarchive it, or name another")
	case "not_in_channel":
		return errors.New("the bot is not in it: /invite it there")
	case "missing_scope":
		return errors.New("a scope is missing")
	}
	return f
}
