package commands

import (
	"context"
	"errors"

	"couponbot/store"
)

const (
	statusShown = 10   // coupons that a status brings
	statusSorts = 2000 // in larger sends the first coupons are shown as they come: nobody sorts a million rows for a card
)

// status shows one send, or one coupon of it, to its requester, to whoever decides it, and to the audit; a campaign's run
// to everybody who runs campaigns.
func (d *Desk) status(ctx context.Context, q asked) (Reply, error) {
	id, refusal := parseID(q.args[0].text)
	if refusal != nil {
		return nil, refusal
	}
	s, err := d.sendOf(ctx, id.Send)
	return d.statusReply(ctx, q.Ask, s, id.Position, err)
}

func (d *Desk) statusReply(ctx context.Context, ask Ask, s store.Send, position int, err error) (Reply, error) {
	if err != nil {
		return nil, err
	}
	full, err := d.maySee(ctx, ask, s)
	if err != nil {
		return nil, err
	}
	answer := Status{Send: s, One: position > 0, Full: full}
	if position > 0 {
		g, err := d.grantOf(ctx, store.GrantID{Send: s.ID, Position: position})
		if err != nil {
			return nil, err
		}
		answer.Grants = []store.Grant{g}
	} else if answer.Grants, err = d.notable(ctx, s); err != nil {
		return nil, err
	}
	if answer.Stock, err = d.ledger.Stock(ctx, s.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	stop, err := d.ledger.Stopped(ctx)
	if err == nil {
		answer.Stopped = &stop
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if answer.Held, err = d.ledger.Held(ctx); err != nil || !full || s.RequestedBy == ask.Person {
		return answer, err
	}
	return answer, d.ledger.Audit(ctx, store.Event{Actor: ask.Person, Action: "view.full", Send: s.ID, Position: position})
}

// maySee refuses whoever a send is none of the business of; full tells whether they may read openids.
func (d *Desk) maySee(ctx context.Context, ask Ask, s store.Send) (full bool, err error) {
	if s.RequestedBy == ask.Person {
		return true, nil
	}
	full, err = d.has(ctx, ask.Person, groupAge, RightAudit)
	if err == nil && full {
		return true, nil
	}
	readers := speakers(s)
	if s.Kind == "campaign" {
		readers = append(readers, d.groupsOf(RightCampaign)...)
	}
	reads, other := d.in(ctx, ask.Person, groupAge, readers)
	if other == nil && reads {
		return false, nil
	}
	if err := errors.Join(err, other); err != nil {
		return false, &Refusal{Code: CouldNotCheck, Err: err}
	}
	return false, &Refusal{Code: NotYours, Word: store.SendName(s.ID)}
}

// notable are the first coupons of a send, those that somebody may have to look at before the others.
func (d *Desk) notable(ctx context.Context, s store.Send) ([]store.Grant, error) {
	if s.Total > statusSorts {
		return d.ledger.Grants(ctx, s.ID, 0, statusShown)
	}
	var out []store.Grant
	for _, state := range []store.GrantState{store.GrantUnknown, store.GrantRefused, store.GrantIssuing, store.GrantWaiting, store.GrantIssued, store.GrantCancelled} {
		if len(out) == statusShown {
			break
		}
		more, err := d.ledger.Grants(ctx, s.ID, 0, statusShown-len(out), state)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}
