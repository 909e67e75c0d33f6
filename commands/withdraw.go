package commands

import (
	"context"

	"couponbot/store"
)

// withdraw ends a send that waits, on its requester's word.
func (d *Desk) withdraw(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, d.withdrawSend)
}

func (d *Desk) withdrawSend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if s.RequestedBy != ask.Person {
		return nil, &Refusal{Code: NotYours, Word: store.SendName(s.ID)}
	}
	withdraw := func(ctx context.Context, id int64, by, input string) error {
		return d.ledger.WithdrawSend(ctx, id, by, "", input)
	}
	reply, err := d.change(ctx, ask, s, "withdraw", false, withdraw)
	if r, ok := refused(err); ok && r.Code == WrongState {
		return nil, notWaiting(d.newest(ctx, s))
	}
	return reply, err
}

// askAgain makes the confirm card of a send that came to nothing, under the rules of now.
func (d *Desk) askAgain(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if s.RequestedBy != ask.Person {
		return nil, &Refusal{Code: NotYours, Word: store.SendName(s.ID)}
	}
	switch s.State {
	case store.SendExpired, store.SendRejected, store.SendWithdrawn:
	default:
		return Redrawn{Subject: store.SendName(s.ID)}, nil
	}
	if s.Kind == "campaign" {
		return d.startAgain(ctx, ask, s)
	}
	if err := d.need(ctx, ask.Person, groupAge, RightSend); err != nil {
		return nil, err
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	c, err := d.contentsOf(ctx, s)
	if err != nil {
		return nil, err
	}
	stock, err := d.stock(s.StockID)
	if err != nil {
		return nil, err
	}
	c.StockName = stock.Name
	return d.card(ctx, ask, c, 0)
}
