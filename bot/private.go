package bot

import (
	"context"
	"time"

	"couponbot/bot/views"
	"couponbot/store"
)

// private redraws what the requester sees where the command was typed. It is not redrawn for every step, because its
// response URL has few uses: accepted, perhaps "not known yet", and the end.
func (p *painter) private(ctx context.Context, c store.Card, d drawn) {
	step := c.ResponseUses == 0 || d.send.Send.Final() || c.ResponseUses == 1 && d.send.Send.Unknown > 0
	if !step {
		p.drawn(ctx, c)
		return
	}
	if p.movedOn(ctx, c) {
		return
	}
	p.useResponse(ctx, c, p.views.PrivateCard(d.reader, d.send, false), false)
}

// movedOn tells that the subject changed since the card was listed. The facts read meanwhile may be newer than what the
// drawing would be noted as, and the same end would cost one of the few uses again; the card is listed again at once.
func (p *painter) movedOn(ctx context.Context, c store.Card) bool {
	cards, err := p.ledger.CardsOf(ctx, c.Subject)
	for _, now := range cards {
		if now.ID == c.ID {
			return now.Wanted != c.Wanted
		}
	}
	return err != nil
}

// responseUsesMost is how often a private card is replaced, of the five times that Slack allows.
const responseUsesMost = 3

// useResponse replaces a private card; last says that nothing follows there.
func (p *painter) useResponse(ctx context.Context, c store.Card, m views.Message, last bool) {
	if c.ResponseURL == "" || c.ResponseUses >= responseUsesMost || !p.now().Before(c.ResponseUntil) {
		p.drop(ctx, c, "response_url_over")
		return
	}
	if err := p.ledger.Posting(ctx, c); err != nil {
		p.log.Error("note a drawing before it is made", "subject", c.Subject, "err", err)
		return
	}
	a := private(m)
	a.Replace = true
	f := p.web.respond(ctx, c.ResponseURL, a)
	c.PostingAt = time.Time{}
	switch {
	case f == nil && last:
		p.drop(ctx, c, "")
	case f == nil:
		p.drawn(ctx, c)
	case f.Kind == faultRefused:
		p.log.Warn("a private card cannot be redrawn", "subject", c.Subject, "err", f)
		p.drop(ctx, c, f.Code)
	default:
		p.log.Warn("a private card was not redrawn", "subject", c.Subject, "err", f)
		p.later(ctx, c, max(f.After, backoff(c.Tries)), f.Code)
	}
}

// toldPrivately tells whether the requester has read the end of a send in the private card, so that no message is needed.
func (p *painter) toldPrivately(ctx context.Context, subject string) (bool, error) {
	cards, err := p.ledger.CardsOf(ctx, subject)
	for _, c := range cards {
		if c.Kind == store.CardPrivate && c.ResponseUses > 0 && c.Drawn >= c.Wanted && c.Fault == "" {
			return true, err
		}
	}
	return false, err
}

// movedHere ends a send's private card when the direct message takes over.
func (p *painter) movedHere(ctx context.Context, c store.Card, d drawn) {
	if c.Kind != store.CardDM {
		return
	}
	cards, err := p.ledger.CardsOf(ctx, c.Subject)
	if err != nil {
		p.log.Error("end a private card", "subject", c.Subject, "err", err)
		return
	}
	for _, other := range cards {
		if other.Kind == store.CardPrivate && other.ResponseURL != "" {
			p.useResponse(ctx, other, p.views.PrivateCard(d.reader, d.send, true), true)
		}
	}
}
