package bot

import (
	"context"
	"errors"
	"time"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// The forms' confirm card is tried where the form was asked for; after confirmNet it comes in direct messages.
const (
	confirmNet = 6 * time.Second
	confirmTry = 4 * time.Second
)

// follow shows what a closed form led to.
func (b *Bot) follow(p interaction, from origin, o outcome) {
	switch r := o.reply.(type) {
	case commands.Confirm:
		if b.forms.close(p.View.Name) {
			b.showConfirm(p.User.ID, r.Draft.ID, o.message, from)
		}
	case commands.Decided:
		b.followDecision(p, from, o)
	case nil, commands.Redrawn:
	default:
		b.say("", from.channel, p.User.ID, o.message, false)
	}
}

// followDecision replaces the private card or list that the form of a decision was opened from; all others are redrawn from the
// ledger.
func (b *Bot) followDecision(p interaction, from origin, o outcome) {
	if !from.private || from.url == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.handling), pressWithin)
	defer cancel()
	if now, ok := b.afresh(ctx, p.keyed(""), *from.press, o); ok {
		o.message = now
	}
	if f := b.web.respond(ctx, from.url, answer{ResponseType: "ephemeral", Text: o.message.Text, Blocks: private(o.message).Blocks, Replace: true}); f != nil {
		b.log.Warn("a private card cannot be redrawn", "person", p.User.ID, "err", f)
	}
}

// showConfirm shows a form's confirm card where the form was asked for, and takes back the one that the ledger would post in
// direct messages; when that fails, the other is posted at once.
func (b *Bot) showConfirm(person string, draft int64, m views.Message, from origin) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.handling), confirmTry)
	defer cancel()
	told := b.whisper(ctx, from.url, from.channel, person, m, false)
	if errors.Is(told, errNowhere) {
		return
	}
	ctx, cancel = noting(ctx)
	defer cancel()
	cards, err := b.ledger.CardsOf(ctx, store.DraftName(draft))
	for _, c := range cards {
		switch {
		case c.Kind != store.CardConfirm || c.TS != "":
		case told == nil:
			err = b.ledger.DropCard(ctx, c, "")
		default:
			b.log.Info("a confirm card comes in direct messages", "person", person, "err", told)
			err = b.ledger.DrawLater(ctx, c, b.now(), "")
		}
	}
	if err != nil {
		b.log.Error("note that a confirm card was shown", "draft", draft, "err", err)
	}
}
