package commands

import (
	"context"
	"slices"

	"couponbot/store"
)

// hadShown bounds how many earlier coupons of a customer a card brings.
const hadShown = 100

// figures are what a confirm card shows from the ledger, and the refusals that can be foreseen: customers who get nothing,
// a send that nobody may decide, and one that a limit has no room for.
func (d *Desk) figures(ctx context.Context, ask Ask, c store.Contents) (card Confirm, err error) {
	if err := d.barred(ctx, ask, c); err != nil {
		return card, err
	}
	if card.Seats, err = d.seats(ctx, ask, c); err != nil {
		return card, err
	}
	if card.Limits, err = d.room(ctx, ask.Person, c); err != nil {
		return card, err
	}
	now := d.now()
	if card.Had, card.HadFen, err = d.had(ctx, c, 0); err != nil {
		return card, err
	}
	if d.config.RepeatWithin > 0 {
		if card.Likely, err = d.ledger.Likely(ctx, c, now.Add(-d.config.RepeatWithin)); err != nil {
			return card, err
		}
	}
	card.Held, err = d.ledger.Held(ctx)
	return card, err
}

// had is what the one customer of these contents had this month beside a send, newest first; nothing for more than one.
func (d *Desk) had(ctx context.Context, c store.Contents, beside int64) (all []store.Had, sum store.Fen, err error) {
	if len(c.OpenIDs) != 1 {
		return nil, 0, nil
	}
	month, _ := store.Month.Bounds(d.now(), d.config.Zone)
	all, err = d.ledger.Had(ctx, c.OpenIDs[0], month, hadShown)
	all = slices.DeleteFunc(all, func(h store.Had) bool { return h.Grant.Send == beside })
	for _, h := range all {
		sum += h.Amount
	}
	return all, sum, err
}

// seats are the people that a send needs, by what its requester asked for before, and refuses those who cannot be had.
func (d *Desk) seats(ctx context.Context, ask Ask, c store.Contents) ([]store.Seat, error) {
	before, err := d.ledger.Totals(ctx, ask.Person, d.config.Approvals.RunningTotal)
	if err != nil {
		return nil, err
	}
	seats := d.config.Approvals.seats(c.Total(), len(c.OpenIDs), before)
	return seats, d.canFill(ctx, ask.Team, seats, []string{ask.Person}, c.Total())
}

// room reads the limits that a send would hold and refuses the first that has no room. The lines are those that count
// the whole send; those of a customer only when there is one.
func (d *Desk) room(ctx context.Context, by string, c store.Contents) (lines []LimitLine, err error) {
	limits := d.config.Limits.holds(by, c)
	used, err := d.ledger.Used(ctx, limits)
	if err != nil {
		return nil, err
	}
	for i, limit := range limits {
		if reached := over(limit, used[i], c.Amount, len(c.OpenIDs)); reached != nil {
			return nil, &Refusal{Code: OverLimit, Limit: reached}
		}
		if whole(limit, len(c.OpenIDs)) {
			lines = append(lines, LimitLine{Limit: limit, Used: used[i]})
		}
	}
	return lines, nil
}

// whole tells of limits that count all coupons of a send for so many.
func whole(l store.Limit, people int) bool { return l.OpenID == "" || people == 1 }
