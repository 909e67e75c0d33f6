package bot

import (
	"context"
	"time"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// pressWithin bounds one press: it was acknowledged before, so the person waits for the card.
const pressWithin = 10 * time.Second

// press stores what was pressed; the redrawn card is the answer, or a form that asks for more.
func (b *Bot) press(e *envelope, p interaction) {
	ctx, cancel := context.WithTimeout(b.handling, pressWithin)
	defer cancel()
	act := p.Actions[0]
	if !p.Container.Ephemeral {
		b.learnCopy(ctx, act, p.User.ID, p.channel(), p.Container.TS)
	}
	o := b.asked(p.User.ID, func() (commands.Reply, error) {
		if act.ID == openSend {
			return b.desk.Open(ctx, p.ask(e), commands.ShortcutSend, "")
		}
		return b.desk.Press(ctx, p.ask(e), act.ID, act.Value)
	})
	private := p.Container.Ephemeral
	if b.opens(e, &o, p.User.ID, p.Trigger, origin{url: p.ResponseURL, channel: p.channel(), press: &act, private: private}) {
		return
	}
	b.redraw(ctx, p, o)
	told, replace := o.toPresser(private)
	if private {
		if now, ok := b.afresh(ctx, p.ask(e), act, o); ok {
			o.message, told, replace = now, true, true
		}
	}
	if told {
		b.say(p.ResponseURL, p.channel(), p.User.ID, o.message, replace)
	}
}

// openSend is the button of a Home page that opens the form of a send: no action of the desk's.
const openSend = "home.send"

// redraw draws again what a press came from, where nothing in the ledger changed.
func (b *Bot) redraw(ctx context.Context, p interaction, o outcome) {
	var subjects []string
	if again, ok := o.reply.(commands.Redrawn); ok && again.Subject != "" {
		subjects = append(subjects, again.Subject)
	}
	if shown, _ := scheduleCardOf(p.Actions[0]); len(subjects) > 0 && shown != "" && shown != subjects[0] {
		subjects = append(subjects, shown) // of a planned time
	}
	if p.View.Type == homeView {
		subjects = append(subjects, store.HomeName(p.User.ID))
	}
	for _, subject := range subjects {
		if err := b.ledger.Redraw(ctx, subject); err != nil {
			b.log.Error("redraw a card", "subject", subject, "err", err)
		}
	}
}

// afresh is what takes the place of a private list or card whose button was pressed: private messages are in no ledger,
// so nothing else draws them again.
func (b *Bot) afresh(ctx context.Context, ask commands.Ask, act pressed, o outcome) (views.Message, bool) {
	again, stale := o.reply.(commands.Redrawn)
	decided := false
	switch o.reply.(type) {
	case commands.Decided, commands.Settled, commands.Started:
		decided = true
	}
	switch {
	case !stale && !decided:
		return views.Message{}, false
	case act.Block == act.Value: // a row of a queue
		o = b.asked(ask.Person, func() (commands.Reply, error) { return b.desk.Do(ctx, ask, "queue") })
		return o.message, o.reply != nil
	case stale && (act.ID == "send.approve" || act.ID == "send.reject"):
		id, _ := store.ParseID(again.Subject)
		o = b.asked(ask.Person, func() (commands.Reply, error) { return b.desk.Approval(ctx, id.Send) })
		return o.message, o.reply != nil
	}
	return views.Message{}, false
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
	case commands.ScheduleView, commands.Changed, commands.Settled, commands.Started, commands.Decided, commands.Discarded:
		return ephemeral, ephemeral
	case commands.Redrawn:
		return ephemeral, false
	case commands.Retried, commands.Rechecked:
		return true, false
	}
	return true, ephemeral
}
