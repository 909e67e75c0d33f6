package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// pressWithin bounds one press: it was acknowledged before, so the person waits for the card.
const pressWithin = 10 * time.Second

// pressed is what we need of an interaction; slack-go's own type refuses a whole message for one element it does not
// know.
type pressed struct {
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
	Actions []struct {
		ID    string `json:"action_id"`
		Value string `json:"value"`
		At    string `json:"action_ts"`
	} `json:"actions"`
}

// ask is the press as the desk takes it. Its key is the same when Slack delivers it twice. Its team is the workspace of
// the message, not the presser's own, which the desk compares with it: in a channel shared with another company anyone
// who sees a message can press its buttons.
func (p pressed) ask(e *envelope) commands.Ask {
	key := p.Trigger
	if key == "" && p.Actions[0].At != "" {
		key = strings.Join([]string{p.User.ID, p.channel(), p.Container.TS, p.Actions[0].ID, p.Actions[0].At}, "/")
	}
	return commands.Ask{Input: "press:" + cmp.Or(key, e.id), Person: p.User.ID, Team: cmp.Or(p.Team.ID, p.User.Team), Channel: p.channel(),
		ResponseURL: p.ResponseURL}
}

func (p pressed) channel() string { return cmp.Or(p.Channel.ID, p.Container.Channel) }

// takeInteraction acknowledges at once: a button shows a warning after three seconds, whatever becomes of it later.
func (b *Bot) takeInteraction(e *envelope) {
	var p pressed
	if err := json.Unmarshal(e.payload, &p); err != nil {
		b.log.Warn("could not read an interaction", "envelope", e.id, "err", err)
	}
	if p.Type == "block_suggestion" {
		e.ack(map[string]any{"options": []any{}})
		return
	}
	e.ack(nil)
	if p.Type != "block_actions" || len(p.Actions) == 0 {
		return
	}
	if b.work.offer(b.guarded(e, func() { b.press(e, p) })) {
		return
	}
	told := b.excuses.offer(b.guarded(e, func() {
		b.say(p.ResponseURL, p.channel(), p.User.ID, b.views.Busy(b.reader(b.people.remembered(p.User.ID))), false)
	}))
	if !told {
		b.log.Error("no room for a press, nor to say so", "person", p.User.ID, "action", p.Actions[0].ID)
	}
}

// press stores what was pressed; the redrawn card is the answer.
func (b *Bot) press(e *envelope, p pressed) {
	ctx, cancel := context.WithTimeout(b.handling, pressWithin)
	defer cancel()
	act := p.Actions[0]
	if !p.Container.Ephemeral {
		b.learnCopy(ctx, act.ID, act.Value, p.channel(), p.Container.TS)
	}
	o := b.asked(p.User.ID, func() (commands.Reply, error) { return b.desk.Press(ctx, p.ask(e), act.ID, act.Value) })
	if again, ok := o.reply.(commands.Redrawn); ok && again.Subject != "" {
		if err := b.ledger.Redraw(ctx, again.Subject); err != nil {
			b.log.Error("redraw a card", "subject", again.Subject, "err", err)
		}
	}
	told, replace := o.toPresser(p.Container.Ephemeral)
	if told {
		b.say(p.ResponseURL, p.channel(), p.User.ID, o.message, replace)
	}
}

// toPresser says whether the answer to a press needs words of its own, and whether they take the place of the private
// card that was pressed. Most presses are answered by their redrawn card.
func (o outcome) toPresser(ephemeral bool) (told, replace bool) {
	if o.refusal != nil {
		closed := o.refusal.Code == commands.DraftClosed || o.refusal.Code == commands.StopCardOld
		return true, closed && ephemeral
	}
	switch r := o.reply.(type) {
	case nil:
		return true, false
	case commands.Sent:
		return r.Again, false
	case commands.Changed, commands.Settled, commands.Started:
		return ephemeral, ephemeral
	case commands.Redrawn:
		return ephemeral, false
	case commands.Retried, commands.Rechecked:
		return true, false
	}
	return true, ephemeral
}

// learnCopy teaches the ledger a message that shows a card and that it does not know: the first post of a card whose
// answer was lost. A card whose only post was lost is found again by it; else the message is a copy, drawn and locked
// like its original.
func (b *Bot) learnCopy(ctx context.Context, action, value, channel, ts string) {
	subject, kind := cardOf(action, value)
	if kind == "" || channel == "" || ts == "" {
		return
	}
	cards, err := b.ledger.CardsOf(ctx, subject)
	var original *store.Card
	for i, c := range cards {
		if c.Channel == channel && c.TS == ts {
			return
		}
		if c.Kind == kind && original == nil {
			original = &cards[i]
		}
	}
	switch {
	case err != nil || original == nil:
	case original.TS == "" && b.now().Sub(original.PostingAt) < 2*callTimeout:
		return // its post may be under way this moment: the answer brings the message's name
	case original.TS == "" && !original.PostingAt.IsZero():
		found := *original
		found.Channel, found.TS, found.Wanted = channel, ts, 0
		err = b.ledger.Drawn(ctx, found)
	default:
		err = b.ledger.LearnCopy(ctx, subject, kind, original.Reader, channel, ts)
	}
	if err != nil {
		b.log.Error("learn a copy of a card", "subject", subject, "err", err)
		return
	}
	if original != nil {
		b.log.Info("a press came from a message that the ledger did not know", "subject", subject, "kind", kind)
	}
}

// cardOf is the subject and kind of the posted card that has a button: "S12.r3" is of S12.
func cardOf(action, value string) (subject, kind string) {
	verb, _, _ := strings.Cut(action, ".")
	subject, _, _ = strings.Cut(value, ".")
	switch verb {
	case "send":
		if id, ok := store.ParseID(subject); ok {
			return store.SendName(id.Send), store.CardDM
		}
	case "settle":
		return subject, store.CardSettle
	case "start":
		return subject, store.CardStart
	}
	return "", ""
}
