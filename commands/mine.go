package commands

import (
	"context"
	"slices"

	"couponbot/store"
)

// own is what a person asked for, what of it still waits, and what their limits leave.
func (d *Desk) own(ctx context.Context, q asked) (Reply, error) {
	var answer Mine
	var err error
	if answer.Sends, answer.More, err = d.ledger.FindSends(ctx, store.SendFilter{By: q.Person}, lookShown); err != nil {
		return nil, err
	}
	if answer.Open, answer.OpenMore, err = d.ledger.FindSends(ctx, store.SendFilter{By: q.Person, Open: true}, lookShown); err != nil {
		return nil, err
	}
	limits := slices.DeleteFunc(d.config.Limits.holds(q.Person, store.Contents{}), func(l store.Limit) bool { return l.Kind != store.LimitAgent })
	answer.Limits, err = d.standing(ctx, limits)
	return answer, err
}
