package commands

import (
	"context"
	"errors"

	"couponbot/store"
)

// hadShown bounds how many earlier coupons of a customer a card brings.
const hadShown = 100

// figures are what a confirm card shows from the ledger, and the refusals that can be foreseen: a send that needs people
// who cannot be asked, and one that a limit has no room for.
func (d *Desk) figures(ctx context.Context, by string, c store.Contents) (card Confirm, err error) {
	if err := d.approved(ctx, by, c); err != nil {
		return card, err
	}
	if card.Limits, err = d.room(ctx, by, c); err != nil {
		return card, err
	}
	now := d.now()
	if len(c.OpenIDs) == 1 {
		month, _ := store.Month.Bounds(now, d.config.Zone)
		if card.Had, err = d.ledger.Had(ctx, c.OpenIDs[0], month, hadShown); err != nil {
			return card, err
		}
		for _, h := range card.Had {
			card.HadFen += h.Amount
		}
	}
	if d.config.RepeatWithin > 0 {
		if card.Likely, err = d.ledger.Likely(ctx, c, now.Add(-d.config.RepeatWithin)); err != nil {
			return card, err
		}
	}
	card.Held, err = d.ledger.Held(ctx)
	return card, err
}

// approved refuses a send whose band needs people: nobody can ask them.
func (d *Desk) approved(ctx context.Context, by string, c store.Contents) error {
	before, err := d.ledger.Totals(ctx, by, d.config.Approvals.RunningTotal)
	if err != nil {
		return err
	}
	return d.free(c, before)
}

// free is approved, by what was asked for before.
func (d *Desk) free(c store.Contents, before []store.Total) error {
	if seats := d.config.Approvals.seats(c.Total(), len(c.OpenIDs), before); len(seats) > 0 {
		return &Refusal{Code: NeedsApproval, Seats: seats, Money: c.Total()}
	}
	return nil
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
		if limit.OpenID == "" || len(c.OpenIDs) == 1 {
			lines = append(lines, LimitLine{Limit: limit, Used: used[i]})
		}
	}
	return lines, nil
}

// draftOf reads the draft that a button names, which only its requester may press.
func (d *Desk) draftOf(ctx context.Context, ask Ask, value string) (store.Draft, error) {
	id, ok := parseDraft(value)
	if !ok {
		return store.Draft{}, store.ErrNotFound
	}
	draft, err := d.ledger.Draft(ctx, id)
	if err == nil && draft.By != ask.Person {
		err = &Refusal{Code: NotYours, Word: store.DraftName(id)}
	}
	return draft, err
}

// closed is the answer to a press on a card that has had its press: the send it became, or why it is none.
func (d *Desk) closed(ctx context.Context, draft store.Draft) (Reply, error) {
	if draft.State != store.DraftSent {
		return nil, &Refusal{Code: DraftClosed, Word: store.DraftName(draft.ID), Text: string(draft.State), At: draft.ClosedAt}
	}
	ctx, stop := afterwards(ctx)
	defer stop()
	s, err := d.ledger.SendOfDraft(ctx, draft.ID)
	return Sent{Send: s, Again: true}, err
}

// confirm is Send pressed: everything that the card was made under is looked at again, then the ledger decides.
func (d *Desk) confirm(ctx context.Context, ask Ask, value string) (Reply, error) {
	draft, err := d.draftOf(ctx, ask, value)
	if errors.Is(err, store.ErrNotFound) {
		return Redrawn{}, nil
	}
	if err != nil {
		return nil, err
	}
	if draft.State != store.DraftOpen {
		return d.closed(ctx, draft)
	}
	if err := d.need(ctx, ask.Person, groupAge, RightSend); err != nil {
		return nil, err
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	now := draft.Contents
	if _, err := d.check(ctx, &now); err != nil {
		return nil, err
	}
	if now.Amount != draft.Contents.Amount || now.CreatorMchID != draft.Contents.CreatorMchID {
		if err := d.ledger.DiscardDraft(ctx, draft.ID, ask.Person); err != nil {
			return nil, err
		}
		return nil, &Refusal{Code: DraftClosed, Word: store.DraftName(draft.ID), Text: string(store.DraftExpired), At: d.now()}
	}
	return d.create(ctx, ask, draft)
}

// create turns a draft into a send, in one transaction of the ledger.
func (d *Desk) create(ctx context.Context, ask Ask, draft store.Draft) (Reply, error) {
	s, err := d.ledger.CreateSend(ctx, store.SendAsk{Input: ask.Input, Draft: draft.ID, By: ask.Person, ResponseURL: ask.ResponseURL,
		Limits: d.config.Limits.holds(ask.Person, draft.Contents), Repeat: store.RepeatRule{Within: d.config.RepeatWithin},
		Running: d.config.Approvals.RunningTotal, Allow: func(before []store.Total) error { return d.free(draft.Contents, before) }})
	if err == nil {
		return Sent{Send: s}, nil
	}
	if _, ok := refused(err); ok {
		return nil, err
	}
	if again, ok := errors.AsType[*store.AlreadySent](err); ok {
		c := draft.Contents
		return Sent{Again: true, Send: d.newest(ctx, store.Send{ID: again.Send, DraftID: draft.ID, State: store.SendApproved, StockName: c.StockName,
			StockID: c.StockID, Amount: c.Amount, RequestedBy: draft.By, Counts: store.Counts{Total: len(c.OpenIDs), Waiting: len(c.OpenIDs)}})}, nil
	}
	if moved, ok := errors.AsType[*store.Moved](err); ok {
		return nil, &Refusal{Code: DraftClosed, Word: moved.Subject, Text: moved.State, At: moved.At}
	}
	if repeat, ok := errors.AsType[*store.Repeat](err); ok {
		return nil, &Refusal{Code: NeedsNote, Word: store.DraftName(draft.ID), Likely: repeat.Earlier}
	}
	if limit, ok := errors.AsType[*store.LimitReached](err); ok {
		return nil, &Refusal{Code: OverLimit, Word: store.DraftName(draft.ID), Limit: limit}
	}
	return d.afterAll(ctx, draft, err)
}

// afterAll looks whether a send was written although the ledger's answer was lost on the way, so that nobody reads
// "nothing was sent" for something that was.
func (d *Desk) afterAll(ctx context.Context, draft store.Draft, lost error) (Reply, error) {
	ctx, stop := afterwards(ctx)
	defer stop()
	if s, err := d.ledger.SendOfDraft(ctx, draft.ID); err == nil {
		return Sent{Send: s}, nil
	}
	return nil, lost
}

// discard is Cancel pressed on a confirm card.
func (d *Desk) discard(ctx context.Context, ask Ask, value string) (Reply, error) {
	draft, reply, err := d.close(ctx, ask, value)
	if reply == nil && err == nil {
		reply = Discarded{Draft: draft}
	}
	return reply, err
}

// edit is Change pressed: the card closes, and its line comes back to be changed and typed again.
func (d *Desk) edit(ctx context.Context, ask Ask, value string) (Reply, error) {
	draft, reply, err := d.close(ctx, ask, value)
	if reply == nil && err == nil {
		reply = Editing{Draft: draft, Line: d.lineOf(draft.Contents)}
	}
	return reply, err
}

// close discards a draft; reply is what to say when that was not possible.
func (d *Desk) close(ctx context.Context, ask Ask, value string) (draft store.Draft, reply Reply, err error) {
	draft, err = d.draftOf(ctx, ask, value)
	if errors.Is(err, store.ErrNotFound) {
		return draft, Redrawn{}, nil
	}
	if err != nil {
		return draft, nil, err
	}
	if draft.State == store.DraftOpen {
		if err = d.ledger.DiscardDraft(ctx, draft.ID, ask.Person); err == nil {
			draft.State, draft.ClosedAt = store.DraftDiscarded, d.now()
			return draft, nil, nil
		}
		var moved *store.Moved
		var sent *store.AlreadySent
		if !errors.As(err, &moved) && !errors.As(err, &sent) {
			return draft, nil, err
		}
		if draft, err = d.ledger.Draft(ctx, draft.ID); err != nil {
			return draft, nil, err
		}
	}
	if draft.State == store.DraftDiscarded {
		return draft, nil, nil
	}
	reply, err = d.closed(ctx, draft)
	return draft, reply, err
}
