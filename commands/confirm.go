package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

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

// Card reads what the confirm card of a draft shows now; store.ErrNotFound. The error is a *Refusal when an open draft could
// not be sent as it is.
func (d *Desk) Card(ctx context.Context, id int64) (card Confirm, err error) {
	draft, err := d.ledger.Draft(ctx, id)
	if err != nil {
		return card, err
	}
	if draft.State == store.DraftOpen {
		if card, err = d.figures(ctx, Ask{Person: draft.By}, draft.Contents); err != nil {
			return card, err
		}
		if card.Stock, err = d.ledger.Stock(ctx, draft.Contents.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return card, err
		}
	}
	card.Draft = draft
	return card, nil
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
	if now.Amount != draft.Contents.Amount || now.CreatorMchID != draft.Contents.CreatorMchID || !sameTerms(now.Terms, draft.Contents.Terms) {
		if err := d.ledger.DiscardDraft(ctx, draft.ID, ask.Person); err != nil {
			return nil, err
		}
		return nil, &Refusal{Code: DraftClosed, Word: store.DraftName(draft.ID), Text: string(store.DraftExpired), At: d.now()}
	}
	return d.create(ctx, ask, draft)
}

// unlooked says that a send needs other seats than were looked at before its transaction.
type unlooked struct{ seats []store.Seat }

func (e *unlooked) Error() string { return "nobody has looked yet whether these seats can be filled" }

// create turns a draft into a send, in one transaction of the ledger. What seats it needs is known in there alone, and
// who could fill them is asked of Slack outside: it goes on until every band that comes up has been looked at.
func (d *Desk) create(ctx context.Context, ask Ask, draft store.Draft) (Reply, error) {
	seats, err := d.seats(ctx, ask, draft.Contents)
	looked := [][]store.Seat{nil, seats}
	for err == nil {
		var reply Reply
		reply, err = d.createWith(ctx, ask, draft, looked)
		other, ok := errors.AsType[*unlooked](err)
		if !ok {
			return reply, err
		}
		looked = append(looked, other.seats)
		err = d.canFill(ctx, ask.Team, other.seats, []string{ask.Person}, draft.Contents.Total())
	}
	return nil, err
}

// createWith creates a send that needs one of the seats looked at.
func (d *Desk) createWith(ctx context.Context, ask Ask, draft store.Draft, looked [][]store.Seat) (Reply, error) {
	c := draft.Contents
	s, err := d.ledger.CreateSend(ctx, store.SendAsk{Input: ask.Input, Draft: draft.ID, By: ask.Person, ResponseURL: ask.ResponseURL,
		Limits: d.config.Limits.holds(ask.Person, c), Repeat: store.RepeatRule{Within: d.config.RepeatWithin},
		Running: d.config.Approvals.RunningTotal, Patience: d.patience(), Seats: func(before []store.Total) ([]store.Seat, error) {
			seats := d.config.Approvals.seats(c.Total(), len(c.OpenIDs), before)
			if !slices.ContainsFunc(looked, func(l []store.Seat) bool { return slices.Equal(l, seats) }) {
				return nil, &unlooked{seats}
			}
			return seats, nil
		}})
	if err == nil {
		return Sent{Send: s}, nil
	}
	if _, ok := errors.AsType[*unlooked](err); ok {
		return nil, err
	}
	return d.notCreated(ctx, ask, draft, err)
}

// notCreated is the answer for a draft that became no send, or one before.
func (d *Desk) notCreated(ctx context.Context, ask Ask, draft store.Draft, err error) (Reply, error) {
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
	if barred, ok := errors.AsType[*store.Barred](err); ok {
		return nil, d.getsNothing(ctx, ask, barred.List, barred.OpenIDs)
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
