package bot

import (
	"context"
	"errors"
	"time"

	"couponbot/store"
)

// decided notes that an approval card shows its decision.
func (p *painter) decided(c store.Card, d drawn) {
	if c.Kind == store.CardApproval && d.send.Send.State != store.SendAwaiting {
		p.lock(c.ID)
	}
}

// askDeciders asks those who may decide in direct messages, because the approvals channel does not take the card. The card
// for the channel is tried on, as alerts are, so that a repaired channel gets what still waits.
func (p *painter) askDeciders(ctx context.Context, c store.Card, why string) {
	id, _ := store.ParseID(c.Subject)
	s, err := p.ledger.Send(ctx, id.Send)
	if err == nil && s.State != store.SendAwaiting {
		p.leave(ctx, c, why)
		return
	}
	var people []string
	if err == nil {
		people, err = p.desk.DecidersOf(ctx, s)
	}
	if err == nil {
		err = p.ledger.AskDeciders(ctx, s.ID, people, why)
	}
	c.PostingAt, c.Copies = time.Time{}, 0
	if moved, ok := errors.AsType[*store.Moved](err); ok {
		p.log.Info("nobody is to be asked any more", "subject", c.Subject, "state", moved.State)
		p.later(ctx, c, 0, why)
		return
	}
	if err != nil {
		p.log.Error("ask deciders in direct messages", "subject", c.Subject, "err", err)
		p.later(ctx, c, backoff(c.Tries), why)
		return
	}
	p.log.Error("approvals cannot be shown: repair slack.approvals_channel; deciders are asked in direct messages", "subject", c.Subject, "people", len(people), "why", why)
	p.alertSlack(ctx, why, c.Reader)
	p.later(ctx, c, goneRetry, why)
}

// goneTries is how often the card of a decided send is tried in a channel that takes nothing: for a day, because whoever repairs
// the channel would find buttons on it that do nothing.
const goneTries = int(24 * time.Hour / goneRetry)

// leave gives up a card that asks nobody any more.
func (p *painter) leave(ctx context.Context, c store.Card, why string) {
	if c.TS == "" || c.Tries >= goneTries {
		p.drop(ctx, c, why)
		return
	}
	p.later(ctx, c, goneRetry, why)
}
