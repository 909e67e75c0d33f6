package commands

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"couponbot/store"
)

// doubleClick is how long after an approval the same person's next press is its echo and no second attempt.
const doubleClick = 5 * time.Second

// approve is Approve pressed.
func (d *Desk) approve(ctx context.Context, ask Ask, value string) (Reply, error) {
	s, reply, err := d.waiting(ctx, ask, value)
	if reply != nil || err != nil {
		return reply, err
	}
	from, reply, err := d.sits(ctx, ask, s)
	if reply != nil || err != nil {
		return reply, err
	}
	if err := d.stillAsks(ctx, s); err != nil {
		return nil, err
	}
	if reply, err := d.asShown(ctx, s); reply != nil || err != nil {
		return reply, err
	}
	done, err := d.ledger.Approve(ctx, store.ApproveAsk{Send: s.ID, Revision: s.Revision, By: ask.Person, Input: ask.Input,
		Groups: from.groups, Standing: from.standing})
	return d.decided(ctx, ask, s, Decided{Send: done, Verdict: store.Approved}, err)
}

// reject is Reject pressed: nothing is decided before the form says why.
func (d *Desk) reject(ctx context.Context, ask Ask, value string) (Reply, error) {
	s, reply, err := d.waiting(ctx, ask, value)
	if reply != nil || err != nil {
		return reply, err
	}
	if _, reply, err = d.sits(ctx, ask, s); reply != nil || err != nil {
		return reply, err
	}
	return RejectForm{Meta: SendValue(s), Send: s}, nil
}

// waiting reads the send that a button of an approval card names. A reply is there when nothing is to be decided: this
// very press came before, or the drawing is out of date.
func (d *Desk) waiting(ctx context.Context, ask Ask, value string) (store.Send, Reply, error) {
	id, revision, ok := parseSend(value)
	if !ok {
		return store.Send{}, Redrawn{}, nil
	}
	s, err := d.sendOf(ctx, id)
	if err != nil {
		return s, nil, err
	}
	if reply, err := d.decidedBefore(ctx, ask, s); reply != nil || err != nil {
		return s, reply, err
	}
	if s.Revision != revision || s.State != store.SendAwaiting {
		return s, Redrawn{Subject: store.SendName(id)}, nil
	}
	return s, nil, nil
}

// decidedBefore is the answer to an input that Slack delivered twice; none when it is new.
func (d *Desk) decidedBefore(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if again, err := d.again(ctx, ask); err != nil || !again {
		return nil, err
	}
	all, err := d.ledger.Decisions(ctx, s.ID)
	return Decided{Send: s, Verdict: decisionOf(all, ask.Person).Verdict}, err
}

// sits is decider for a button. The second press of a double click is told apart from somebody who asks once more.
func (d *Desk) sits(ctx context.Context, ask Ask, s store.Send) (chair, Reply, error) {
	from, err := d.decider(ctx, ask, s)
	if r, ok := refused(err); ok && r.Code == SeatedAlready && d.now().Sub(r.At) < doubleClick {
		return from, Redrawn{Subject: store.SendName(s.ID)}, nil
	}
	return from, nil, err
}

// decided is what became of a decision. The ledger has looked again, and somebody may have been first.
func (d *Desk) decided(ctx context.Context, ask Ask, s store.Send, done Decided, err error) (Reply, error) {
	if err == nil {
		return done, nil
	}
	subject := store.SendName(s.ID)
	if m, ok := errors.AsType[*store.Moved](err); ok {
		switch m.State {
		case "party":
			return nil, &Refusal{Code: OwnSend, Word: subject}
		case "no_seat":
			return nil, &Refusal{Code: NotDecider, Word: subject, Seats: d.newest(ctx, s).Missing}
		}
		return Redrawn{Subject: subject}, nil
	}
	return d.decidedAfterAll(ctx, ask, s, done, err)
}

// decidedAfterAll looks whether a decision was written although the ledger's answer was lost on the way.
func (d *Desk) decidedAfterAll(ctx context.Context, ask Ask, s store.Send, done Decided, lost error) (Reply, error) {
	later, stop := afterwards(ctx)
	defer stop()
	all, err := d.ledger.Decisions(later, s.ID)
	if mine := decisionOf(all, ask.Person); err == nil && mine.Revision == s.Revision && mine.Verdict == done.Verdict && mine.VoidAt.IsZero() {
		return Decided{Send: d.newest(ctx, s), Verdict: done.Verdict}, nil
	}
	return nil, lost
}

// submitReject is the form of Reject, filled in. Everything is looked at again: the form may have been open for a while.
func (d *Desk) submitReject(ctx context.Context, ask Ask, form Form) (Reply, error) {
	why := oneLine(form.Values[FieldWhy])
	switch n := utf8.RuneCountInString(why); {
	case why == "":
		return nil, FieldFaults{FieldWhy: {Code: MissingField, Word: FieldWhy}}
	case n > maxNote:
		return nil, FieldFaults{FieldWhy: {Code: TextTooLong, Word: FieldWhy, Number: maxNote, Count: int64(n)}}
	}
	s, reply, err := d.waiting(ctx, ask, form.Meta)
	if _, ok := reply.(Redrawn); ok && s.ID > 0 {
		return d.tooLate(ctx, ask, s)
	}
	if reply != nil || err != nil {
		return reply, err
	}
	from, err := d.decider(ctx, ask, s)
	if err != nil {
		return nil, err
	}
	done, err := d.ledger.Reject(ctx, store.RejectAsk{Send: s.ID, Revision: s.Revision, By: ask.Person, Input: ask.Input, Groups: from.groups, Why: why})
	reply, err = d.decided(ctx, ask, s, Decided{Send: done, Verdict: store.Rejected}, err)
	if _, ok := reply.(Redrawn); ok {
		return d.tooLate(ctx, ask, d.newest(ctx, s))
	}
	return reply, err
}

// tooLate tells somebody who wrote down why that it decides nothing any more. The words are for those who could have
// decided; others are sent away as ever.
func (d *Desk) tooLate(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if s.State == store.SendAwaiting {
		if _, err := d.decider(ctx, ask, s); err != nil {
			return nil, err
		}
		return nil, &Refusal{Code: ContentsChanged, Word: store.SendName(s.ID)}
	}
	if err := d.couldDecide(ctx, ask, s); err != nil {
		return nil, err
	}
	return nil, notWaiting(s)
}

// notWaiting is the refusal for a send that has been decided.
func notWaiting(s store.Send) *Refusal {
	r := &Refusal{Code: NotWaiting, Word: store.SendName(s.ID), Text: string(s.State), By: s.ClosedBy, At: s.FinishedAt, Names: s.ApprovedBy}
	if len(s.ApprovedBy) > 0 {
		r.At = s.ApprovedAt
	}
	return r
}

// typedDecision shows the card of "approve S12" and "reject S12" to whoever may press its buttons. Typing decides nothing.
func (d *Desk) typedDecision(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, func(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
		if s.State != store.SendAwaiting {
			if err := d.couldDecide(ctx, ask, s); err != nil {
				return nil, err
			}
			return nil, notWaiting(s)
		}
		if _, err := d.decider(ctx, ask, s); err != nil {
			return nil, err
		}
		return d.approval(ctx, s)
	})
}
