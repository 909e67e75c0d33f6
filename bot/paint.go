package bot

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"couponbot/bot/views"
	"couponbot/store"
)

// goneRetry is how often a channel that alerts cannot reach is tried: they wait there for whoever repairs it.
const goneRetry = 10 * time.Minute

// paint brings one card up to date, or says when to try again.
func (p *painter) paint(c store.Card) {
	ctx, cancel := context.WithTimeout(p.ctx, cardDeadline)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("drawing a card panicked", "subject", c.Subject, "kind", c.Kind, "panic", v, "stack", string(debug.Stack()))
			p.later(ctx, c, backoff(c.Tries+4), "panic")
		}
	}()
	if c.Kind == store.CardLog && p.config.LogChannel == "" {
		p.drop(ctx, c, "")
		return
	}
	if c.Kind == store.CardFailures {
		p.failures(ctx, c)
		return
	}
	d, err := p.facts(ctx, c)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.log.Error("a card's subject is gone", "subject", c.Subject, "kind", c.Kind)
		p.drop(ctx, c, "subject_gone")
	case err != nil:
		p.log.Error("read what a card shows", "subject", c.Subject, "err", err)
		p.later(ctx, c, backoff(c.Tries), "ledger")
	case c.Kind == store.CardPrivate:
		p.private(ctx, c, d)
	case c.Kind == store.CardHome:
		p.publish(ctx, c, d)
	case c.Kind == store.CardStep && c.TS != "": // what happened stays as it was told
		p.drawn(ctx, c)
	case c.TS != "":
		p.update(ctx, c, d)
	default:
		p.post(ctx, c, d)
	}
}

// update draws a card that is there.
func (p *painter) update(ctx context.Context, c store.Card, d drawn) {
	var f *fault
	for _, form := range []views.Message{d.message, {Text: d.message.Text}} {
		f = p.web.call(ctx, "chat.update", func(ctx context.Context) error {
			_, _, _, err := p.web.api.UpdateMessageContext(ctx, c.Channel, c.TS, drawing(form)...)
			return err
		})
		if f == nil || f.Kind != faultRefused || !notDrawable(f.Code) {
			break
		}
		p.log.Error("Slack refuses a drawing", "subject", c.Subject, "code", f.Code, "why", f.Note)
	}
	switch {
	case f == nil:
		p.drawn(ctx, c)
		p.decided(c, d)
	case f.Kind == faultRefused && messageGone(f.Code):
		p.heal(ctx, c, f)
	default:
		p.failed(ctx, c, f)
	}
}

// heal posts a card anew whose message is gone; a copy is not missed.
func (p *painter) heal(ctx context.Context, c store.Card, f *fault) {
	cards, err := p.ledger.CardsOf(ctx, c.Subject)
	if err != nil {
		p.log.Error("heal a card", "subject", c.Subject, "err", err)
		return
	}
	for _, other := range cards {
		if other.Kind == c.Kind && other.Reader == c.Reader && other.ID < c.ID {
			p.drop(ctx, c, f.Code)
			return
		}
	}
	p.log.Info("a card's message is gone and is posted anew", "subject", c.Subject, "kind", c.Kind, "why", f.Code)
	c.TS = ""
	wait := time.Duration(0)
	if c.Tries > 0 {
		wait = backoff(c.Tries)
	}
	p.later(ctx, c, wait, f.Code)
}

// failed decides about a card that Slack did not take: what is gone is not tried again, everything else is.
func (p *painter) failed(ctx context.Context, c store.Card, f *fault) {
	switch {
	case f.Kind == faultLimited:
		p.log.Info("Slack asks for patience", "subject", c.Subject, "for", f.After)
		p.later(ctx, c, f.After, f.Code)
	case f.Kind == faultRefused && channelGone(f.Code) && c.Reader == store.ReaderAlerts:
		// No alert can tell it, so it is told here.
		p.log.Error("alerts cannot be shown: repair slack.alerts_channel", "subject", c.Subject, "why", f.Code)
		c.TS = ""
		p.later(ctx, c, goneRetry, f.Code)
	case f.Kind == faultRefused && channelGone(f.Code) && c.Kind == store.CardApproval && c.Reader == store.ReaderApprovals:
		p.askDeciders(ctx, c, f.Code)
	case f.Kind == faultRefused && channelGone(f.Code) && (c.Kind == store.CardRun || c.Kind == store.CardEnded):
		p.channelLost(ctx, c, f)
	case f.Kind == faultRefused && (channelGone(f.Code) || notDrawable(f.Code)):
		p.log.Error("a card cannot be shown any more", "subject", c.Subject, "kind", c.Kind, "why", f.Code)
		p.drop(ctx, c, f.Code)
		p.alertSlack(ctx, f.Code, c.Reader)
	default:
		p.log.Warn("a card was not drawn", "subject", c.Subject, "kind", c.Kind, "err", f)
		p.later(ctx, c, backoff(c.Tries), f.Code)
	}
}

// noting is for telling the ledger what became of a drawing, also when the time for the drawing itself is over: a post
// that nobody noted would be made again.
func noting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
}

const noteTimeout = 5 * time.Second

func (p *painter) drawn(ctx context.Context, c store.Card) {
	ctx, cancel := noting(ctx)
	defer cancel()
	p.noted(c.Subject, p.ledger.Drawn(ctx, c))
}

func (p *painter) later(ctx context.Context, c store.Card, wait time.Duration, why string) bool {
	ctx, cancel := noting(ctx)
	defer cancel()
	return p.noted(c.Subject, p.ledger.DrawLater(ctx, c, p.now().Add(wait), why))
}

func (p *painter) drop(ctx context.Context, c store.Card, why string) {
	ctx, cancel := noting(ctx)
	defer cancel()
	p.noted(c.Subject, p.ledger.DropCard(ctx, c, why))
}

// noted logs that the ledger could not be told what became of a drawing; it is then made again.
func (p *painter) noted(subject string, err error) bool {
	if err != nil {
		p.log.Error("note what became of a drawing", "subject", subject, "err", err)
	}
	return err == nil
}
