package bot

import (
	"context"
	"errors"
	"time"

	"couponbot/bot/views"
	"couponbot/store"
)

// How a lost post is repeated: once, half a minute later.
const (
	repeatAfter = 30 * time.Second
	repeatsMost = 1
)

// post shows a card for the first time, or again because it was deleted or its first post may have been lost.
func (p *painter) post(ctx context.Context, c store.Card, d drawn) {
	if c.Kind == store.CardDM && c.Drawn == 0 && c.PostingAt.IsZero() && d.send.Send.Final() {
		told, err := p.toldPrivately(ctx, c.Subject)
		if err != nil {
			p.log.Error("read what a card shows", "subject", c.Subject, "err", err)
		}
		if told {
			p.drop(ctx, c, "") // a retry brings it back
			return
		}
	}
	if c.Kind == store.CardApproval && c.PostingAt.IsZero() && d.send.Send.State != store.SendAwaiting {
		p.drop(ctx, c, "") // nobody is asked any more
		return
	}
	if !c.PostingAt.IsZero() {
		if !p.repeat(ctx, &c) {
			return
		}
		d.message = p.views.Copy(d.reader, d.message)
	}
	if err := p.ledger.Posting(ctx, c); err != nil {
		if _, ok := errors.AsType[*store.Moved](err); !ok { // else another press found it: it is there
			p.log.Error("note a post before it is made", "subject", c.Subject, "err", err)
		}
		return
	}
	began := p.now()
	channel, ts, f := p.show(ctx, c.Reader, d.message)
	if f == nil {
		c.Channel, c.TS, c.PostingAt = channel, ts, time.Time{}
		p.drawn(ctx, c)
		p.decided(c, d)
		p.movedHere(ctx, c, d)
		return
	}
	c.PostingAt = time.Time{}
	if f.Kind == faultUnknown {
		c.PostingAt = began
		p.log.Warn("it is not known whether a card was posted", "subject", c.Subject, "kind", c.Kind, "err", f)
		p.later(ctx, c, repeatAfter, f.Code)
		return
	}
	p.failed(ctx, c, f)
}

// repeat tells whether a post of unknown outcome is to be repeated now. An outage is waited out first: each try in it
// might have been one more copy.
func (p *painter) repeat(ctx context.Context, c *store.Card) bool {
	if wait := c.PostingAt.Add(repeatAfter).Sub(p.now()); wait > 0 {
		p.later(ctx, *c, wait, c.Fault)
		return false
	}
	if c.Copies >= repeatsMost {
		p.log.Error("a card was posted twice and neither answer came", "subject", c.Subject, "kind", c.Kind)
		p.alertSlack(ctx, "post_unknown", c.Subject)
		if c.Kind == store.CardApproval && c.Reader == store.ReaderApprovals {
			p.askDeciders(ctx, *c, "post_unknown")
			return false
		}
		p.drop(ctx, *c, "post_unknown")
		return false
	}
	f := p.web.call(ctx, "auth.test", func(ctx context.Context) error {
		_, err := p.web.api.AuthTestContext(ctx)
		return err
	})
	if f != nil {
		p.later(ctx, *c, max(f.After, backoff(c.Tries)), f.Code)
		return false
	}
	c.Copies++
	// The ledger knows of the copy before it is posted, so that a crash does not make it two.
	return p.later(ctx, *c, 0, "repeated")
}

// show posts a message to a reader, in blocks, or in words alone when Slack refuses the blocks. Alerts that cannot be
// shown in their own channel go to the approvals channel.
func (p *painter) show(ctx context.Context, reader string, m views.Message) (channel, ts string, f *fault) {
	for _, target := range p.targets(reader) {
		for _, form := range []views.Message{m, {Text: m.Text}} {
			f = p.web.call(ctx, "chat.postMessage", func(ctx context.Context) (err error) {
				channel, ts, err = p.web.api.PostMessageContext(ctx, target, drawing(form)...)
				return err
			})
			if f == nil || f.Kind != faultRefused || !notDrawable(f.Code) {
				break
			}
			p.log.Error("Slack refuses a drawing", "code", f.Code, "why", f.Note)
		}
		if f == nil || f.Kind != faultRefused || !channelGone(f.Code) {
			return channel, ts, f
		}
	}
	return channel, ts, f
}

// targets are the channels for a reader, the better first.
func (p *painter) targets(reader string) []string {
	switch reader {
	case store.ReaderApprovals:
		return []string{p.config.ApprovalsChannel}
	case store.ReaderLog:
		return []string{p.config.LogChannel}
	case store.ReaderAlerts:
		if p.config.ApprovalsChannel == "" || p.config.ApprovalsChannel == p.config.AlertsChannel {
			return []string{p.config.AlertsChannel}
		}
		return []string{p.config.AlertsChannel, p.config.ApprovalsChannel}
	}
	return []string{reader}
}
