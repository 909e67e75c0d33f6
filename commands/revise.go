package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

// promise fills in what a stock gives: the money of one coupon, and the terms that come with it.
func promise(stock Stock, snap store.Stock, c *store.Contents) {
	c.Amount, c.Terms = snap.Amount, store.Terms{Minimum: snap.Minimum, Begins: snap.Begins, Ends: snap.Ends}
	if stock.Custom != nil {
		c.Amount, c.Terms.Minimum = c.Value, c.Minimum
	}
}

func sameTerms(a, b store.Terms) bool {
	return a.Minimum == b.Minimum && a.Begins.Equal(b.Begins) && a.Ends.Equal(b.Ends)
}

// asShown compares what is to be approved with the stock's newest reading. Other contents are another revision, about
// which everybody decides anew; the approval that was about to be given is not taken.
func (d *Desk) asShown(ctx context.Context, s store.Send) (Reply, error) {
	stock, err := d.stock(s.StockID)
	if err != nil {
		return nil, err
	}
	snap, err := d.snapshot(ctx, stock)
	if err != nil {
		return nil, err
	}
	now := store.Contents{Value: s.Value, Minimum: s.Minimum}
	if promise(stock, snap, &now); now.Amount <= 0 {
		return nil, &Refusal{Code: StockUnread, Word: stock.Name}
	}
	if now.Amount == s.Amount && sameTerms(now.Terms, s.Terms) {
		return nil, nil
	}
	if s.Kind == "campaign" {
		return nil, &Refusal{Code: CampaignStale, Word: s.Campaign}
	}
	return d.revise(ctx, s, now.Amount, now.Terms)
}

// revise makes the new revision. It is free under no rule, because people were asked.
func (d *Desk) revise(ctx context.Context, s store.Send, amount store.Fen, terms store.Terms) (Reply, error) {
	c, err := d.contentsOf(ctx, s)
	if err != nil {
		return nil, err
	}
	c.Amount, c.Terms = amount, terms
	before, err := d.before(ctx, s)
	if err != nil {
		return nil, err
	}
	seats := d.config.Approvals.seats(c.Total(), len(c.OpenIDs), before)
	if len(seats) == 0 {
		seats = s.Seats
	}
	_, err = d.ledger.ReviseSend(ctx, store.ReviseAsk{Send: s.ID, Revision: s.Revision, Amount: amount, Terms: terms, Seats: seats,
		Limits: d.config.Limits.holds(s.RequestedBy, c), Patience: d.patience()})
	subject := store.SendName(s.ID)
	if limit, ok := errors.AsType[*store.LimitReached](err); ok {
		return nil, &Refusal{Code: OverLimit, Word: subject, Limit: limit}
	}
	if _, ok := errors.AsType[*store.Moved](err); ok {
		return Redrawn{Subject: subject}, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, &Refusal{Code: ContentsChanged, Word: subject}
}

// before is what a waiting send's requester asked for in the period beside it, by seats.
func (d *Desk) before(ctx context.Context, s store.Send) ([]store.Total, error) {
	period := d.config.Approvals.RunningTotal
	totals, err := d.ledger.Totals(ctx, s.RequestedBy, period)
	start, _ := period.Bounds(d.now(), d.config.Zone)
	if err != nil || s.CreatedAt.Before(start) {
		return totals, err
	}
	for i, t := range totals {
		if slices.Equal(t.Seats, s.Seats) {
			totals[i].Fen -= s.Amount * store.Fen(s.Open())
		}
	}
	return totals, nil
}

// patience is how long a send waits for people.
func (d *Desk) patience() store.Patience {
	a := d.config.Approvals
	return store.Patience{RemindAfter: a.RemindAfter, FallbackAfter: a.FallbackAfter, FallbackGroup: a.FallbackGroup, ExpireAfter: a.ExpireAfter}
}
