package bot

import (
	"cmp"
	"encoding/json"
	"strings"

	"couponbot/commands"
)

// An interaction is what we need of a press, a form, a picker or a shortcut; slack-go's own type refuses a whole message
// for one element it does not know.
type interaction struct {
	Type        string `json:"type"`
	Trigger     string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	Team        struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID   string `json:"id"`
		Team string `json:"team_id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Channel   string `json:"channel_id"`
		TS        string `json:"message_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []pressed `json:"actions"`
	View    view      `json:"view"`

	Callback string          `json:"callback_id"` // of a shortcut
	Message  json.RawMessage `json:"message"`
	Field    string          `json:"action_id"` // of a picker
	Typed    string          `json:"value"`     // into it
}

// pressed is one button.
type pressed struct {
	ID    string `json:"action_id"`
	Block string `json:"block_id"`
	Value string `json:"value"`
	At    string `json:"action_ts"`
}

// ask is the press as the desk takes it. Its key is the same when Slack delivers it twice.
func (p interaction) ask(e *envelope) commands.Ask {
	key := p.Trigger
	if key == "" && len(p.Actions) > 0 && p.Actions[0].At != "" {
		key = strings.Join([]string{p.User.ID, p.channel(), p.Container.TS, p.Actions[0].ID, p.Actions[0].At}, "/")
	}
	return p.keyed("press:" + cmp.Or(key, e.id))
}

// keyed is an ask with a key. Its team is the workspace of the message, not the person's own, which the desk compares
// with it: in a channel shared with another company anyone who sees a message can press its buttons.
func (p interaction) keyed(key string) commands.Ask {
	return commands.Ask{Input: key, Person: p.User.ID, Team: cmp.Or(p.Team.ID, p.User.Team), Channel: p.channel(), ResponseURL: p.ResponseURL}
}

func (p interaction) channel() string { return cmp.Or(p.Channel.ID, p.Container.Channel) }

// takeInteraction sorts what people press and fill in. A press is acknowledged at once, because a button shows a warning
// after three seconds, whatever becomes of it later; a form and a picker are acknowledged with their answer.
func (b *Bot) takeInteraction(e *envelope) {
	var p interaction
	if err := json.Unmarshal(e.payload, &p); err != nil {
		b.log.Warn("could not read an interaction", "envelope", e.id, "err", err)
	}
	switch p.Type {
	case "block_suggestion":
		if !b.work.offer(b.guarded(e, func() { b.suggest(e, p) })) {
			e.ack(noOptions)
		}
	case "view_submission":
		if !b.work.offer(b.guarded(e, func() { b.submit(e, p) })) {
			b.declineForm(e, p)
		}
	case "shortcut", "message_action":
		e.ack(nil)
		b.offer(e, p, func() { b.shortcut(e, p) })
	case "block_actions":
		e.ack(nil)
		if len(p.Actions) > 0 {
			b.offer(e, p, func() { b.press(e, p) })
		}
	default:
		e.ack(nil)
	}
}

// offer hands on what was acknowledged; when there is no room the person is told so.
func (b *Bot) offer(e *envelope, p interaction, handle func()) {
	if b.work.offer(b.guarded(e, handle)) {
		return
	}
	told := b.excuses.offer(b.guarded(e, func() {
		b.say(p.ResponseURL, p.channel(), p.User.ID, b.views.Busy(b.reader(b.people.remembered(p.User.ID))), false)
	}))
	if !told {
		b.log.Error("no room for a press, nor to say so", "person", p.User.ID, "type", p.Type)
	}
}
