package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"couponbot/bot/views"
	"couponbot/store"
)

// drawn is what a card shows now.
type drawn struct {
	reader  views.Reader
	message views.Message   // not of private cards, which are drawn by their step, nor of Home pages
	send    views.SendFacts // of a send's cards
	home    []slack.Block
}

// facts reads what a card shows from the ledger and draws it; store.ErrNotFound when its subject is gone.
func (b *Bot) facts(ctx context.Context, c store.Card) (d drawn, err error) {
	d.reader = b.channelReader()
	if !isChannel(c.Reader) {
		d.reader = b.reader(b.people.known(ctx, c.Reader))
	}
	switch c.Kind {
	case store.CardPrivate, store.CardDM, store.CardLog:
		if d.send, err = b.sendFacts(ctx, c.Subject); err != nil {
			return d, err
		}
		switch c.Kind {
		case store.CardDM:
			if err = b.runFacts(ctx, &d.send); err == nil {
				d.message = b.views.SendCard(d.reader, d.send)
			}
		case store.CardLog:
			d.message = b.views.LogLine(d.reader, d.send)
		}
	case store.CardStop, store.CardStart:
		s, err := b.ledger.StopByID(ctx, numberOf(c.Subject))
		if err != nil {
			return d, fmt.Errorf("%s: %w", c.Subject, err)
		}
		if d.message = b.views.StopCard(d.reader, s); c.Kind == store.CardStart {
			d.message = b.views.StartCard(d.reader, s)
		}
	case store.CardAlert:
		d.message, err = b.alertMessage(ctx, d.reader, c.Subject)
	case store.CardSettle:
		d.message, err = b.settleMessage(ctx, d.reader, c.Subject)
	default:
		err = b.waitingFacts(ctx, c, &d)
	}
	return d, err
}

// numberOf is the number in "stop:2", "alert:5", "settle:7"; 0 is nobody's.
func numberOf(subject string) int64 {
	_, digits, _ := strings.Cut(subject, ":")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Cards show the first few coupons; a send of many is told by its counters, and finding the notable ones among a
// million rows would cost a full read for every drawing.
const (
	grantsShown  = 20
	grantsSorted = 1000
)

func (b *Bot) sendFacts(ctx context.Context, subject string) (f views.SendFacts, err error) {
	id, _ := store.ParseID(subject)
	if f.Send, err = b.ledger.Send(ctx, id.Send); err != nil {
		return f, fmt.Errorf("%s: %w", subject, err)
	}
	if f.Stock, err = b.ledger.Stock(ctx, f.Send.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return f, fmt.Errorf("stock of %s: %w", subject, err)
	}
	if f.Grants, err = b.notable(ctx, f.Send); err != nil {
		return f, err
	}
	stop, err := b.ledger.Stopped(ctx)
	switch {
	case err == nil:
		f.Stop = &stop
	case !errors.Is(err, store.ErrNotFound):
		return f, fmt.Errorf("stop: %w", err)
	}
	f.Held, err = b.ledger.Held(ctx)
	return f, err
}

// notable are the coupons that people ask about: unknown and refused ones first, then the others.
func (b *Bot) notable(ctx context.Context, s store.Send) ([]store.Grant, error) {
	if s.Total > grantsSorted {
		return nil, nil
	}
	var out []store.Grant
	for _, some := range []struct {
		count  int
		states []store.GrantState
	}{
		{s.Unknown, []store.GrantState{store.GrantUnknown}},
		{s.Refused, []store.GrantState{store.GrantRefused}},
		{s.Total - s.Unknown - s.Refused, []store.GrantState{store.GrantIssued, store.GrantIssuing, store.GrantWaiting, store.GrantCancelled}},
	} {
		if some.count == 0 || len(out) >= grantsShown {
			continue
		}
		more, err := b.ledger.Grants(ctx, s.ID, 0, grantsShown-len(out), some.states...)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (b *Bot) alertMessage(ctx context.Context, r views.Reader, subject string) (views.Message, error) {
	a, err := b.ledger.Alert(ctx, numberOf(subject))
	if err != nil {
		return views.Message{}, fmt.Errorf("%s: %w", subject, err)
	}
	f := views.AlertFacts{Alert: a}
	if id, ok := store.ParseID(a.Detail["grant"]); ok && id.Position > 0 {
		g, s, err := b.grant(ctx, id)
		if err != nil {
			return views.Message{}, err
		}
		f.Grant, f.Send = &g, &s
	}
	return b.views.AlertCard(r, f), nil
}

func (b *Bot) settleMessage(ctx context.Context, r views.Reader, subject string) (views.Message, error) {
	p, err := b.ledger.Settlement(ctx, numberOf(subject))
	if err != nil {
		return views.Message{}, fmt.Errorf("%s: %w", subject, err)
	}
	g, s, err := b.grant(ctx, p.Grant)
	if err != nil {
		return views.Message{}, err
	}
	return b.views.SettleCard(r, p, g, s), nil
}

func (b *Bot) grant(ctx context.Context, id store.GrantID) (g store.Grant, s store.Send, err error) {
	if g, err = b.ledger.Grant(ctx, id); err != nil {
		return g, s, fmt.Errorf("%s: %w", id, err)
	}
	s, err = b.ledger.Send(ctx, id.Send)
	return g, s, err
}
