package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

// openIDsShown is how many customers an approval card names.
const openIDsShown = 10

// Approval reads what an approval card shows; store.ErrNotFound.
func (d *Desk) Approval(ctx context.Context, id int64) (Approval, error) {
	s, err := d.ledger.Send(ctx, id)
	if err != nil {
		return Approval{}, err
	}
	return d.approval(ctx, s)
}

// approval are the facts of a send that its requester saw on the confirm card, read again.
func (d *Desk) approval(ctx context.Context, s store.Send) (a Approval, err error) {
	a.Send = s
	if a.Stop, a.Held, err = d.halts(ctx); err != nil {
		return a, err
	}
	if a.Stock, err = d.ledger.Stock(ctx, s.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	if a.Decisions, err = d.ledger.Decisions(ctx, s.ID); err != nil {
		return a, err
	}
	if s.Kind == "campaign" {
		return a, d.runApproval(ctx, &a)
	}
	c, err := d.contentsOf(ctx, s)
	if err != nil {
		return a, err
	}
	a.OpenIDs = c.OpenIDs[:min(len(c.OpenIDs), openIDsShown)]
	if a.Had, a.HadFen, err = d.had(ctx, c, s.ID); err != nil {
		return a, err
	}
	limits := slices.DeleteFunc(d.config.Limits.holds(s.RequestedBy, c), func(l store.Limit) bool { return !whole(l, s.Total) })
	if a.Limits, err = d.standing(ctx, limits); err != nil {
		return a, err
	}
	if d.config.RepeatWithin > 0 {
		a.Likely, err = d.ledger.Likely(ctx, c, s.CreatedAt.Add(-d.config.RepeatWithin))
		a.Likely = slices.DeleteFunc(a.Likely, func(h store.Had) bool { return h.Grant.Send == s.ID })
	}
	return a, err
}

// runApproval are the facts of a campaign's run: what its dry run counted, and what stands in the limits that it holds as a
// whole.
func (d *Desk) runApproval(ctx context.Context, a *Approval) error {
	run, err := d.ledger.Run(ctx, a.Send.ID)
	if err != nil {
		return err
	}
	a.Run = &run
	if run.Series {
		view, err := d.ScheduleFacts(ctx, run.Schedule)
		if err != nil {
			return err
		}
		a.Series = &view
	}
	a.Limits, err = d.standing(ctx, append(slices.Clone(run.Rules.Campaign), run.Rules.Stock...))
	return err
}

// halts are a stop that stands, and what holds by itself.
func (d *Desk) halts(ctx context.Context) (*store.Stop, []store.Held, error) {
	held, err := d.ledger.Held(ctx)
	if err != nil {
		return nil, nil, err
	}
	stop, err := d.ledger.Stopped(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, held, nil
	}
	return &stop, held, err
}

// contentsOf are the contents of a person's send, as its card showed them.
func (d *Desk) contentsOf(ctx context.Context, s store.Send) (store.Contents, error) {
	c := store.Contents{StockName: s.StockName, StockID: s.StockID, CreatorMchID: s.CreatorMchID, Value: s.Value, Minimum: s.Minimum, Amount: s.Amount,
		Reason: s.Reason, Ticket: s.Ticket, Note: s.Note, Terms: s.Terms}
	grants, err := d.ledger.Grants(ctx, s.ID, 0, maxPeople)
	for _, g := range grants {
		c.OpenIDs = append(c.OpenIDs, g.OpenID)
	}
	return c, err
}
