package commands

import (
	"context"
	"errors"
	"time"

	"couponbot/store"
)

// Recheck looks whether everybody whose approval counts, and everybody who asked for what is not finished, is still in their
// groups and in Slack, and tells the ledger who is not. Groups are no older than age; an error says who could not be
// checked, after everybody else was.
func (d *Desk) Recheck(ctx context.Context, age time.Duration) error {
	return errors.Join(d.recheckDeciders(ctx, age), d.recheckRequesters(ctx, age))
}

func (d *Desk) recheckDeciders(ctx context.Context, age time.Duration) error {
	people, err := d.ledger.Deciders(ctx)
	if err != nil || len(people) == 0 {
		return err
	}
	all := d.roster(ctx, age, d.groupNames())
	var faults []error
	for _, person := range people {
		standing, err := d.ledger.StandingDecisions(ctx, person)
		if err != nil {
			return err
		}
		for _, decision := range standing {
			faults = append(faults, d.recheckSeat(ctx, all, decision, age))
		}
	}
	return errors.Join(faults...)
}

// recheckSeat takes back the seat of somebody who may not sit there any more.
func (d *Desk) recheckSeat(ctx context.Context, all roster, decision store.Decision, age time.Duration) error {
	p, err := d.directory.Person(ctx, decision.Person, age)
	if err != nil {
		return err
	}
	var groups []string
	if p.nobody("") == "" {
		groups = all.groups(decision.Person)
		if err := all.unsure(decision.Groups, groups); err != nil || len(lost(decision.Groups, groups)) == 0 {
			return err
		}
	}
	if age > 0 { // others' work begins anew with it: never on an old reading
		return d.recheckSeat(ctx, d.roster(ctx, 0, d.groupNames()), decision, 0)
	}
	return d.ledger.Unseat(ctx, decision.Send, decision.Person, groups)
}

// groupNames are all groups of the configuration.
func (d *Desk) groupNames() []string {
	var names []string
	for _, g := range d.config.Groups {
		names = append(names, g.Name)
	}
	return names
}

func (d *Desk) recheckRequesters(ctx context.Context, age time.Duration) error {
	people, err := d.ledger.Requesters(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, person := range people {
		gone, err := d.left(ctx, person, age, RightSend)
		if err == nil && gone {
			err = d.ledger.RequesterLeft(ctx, person)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// stillAsks refuses a decision about a send whose requester may ask for it no more, and ends what else they wait for. A
// campaign is the company's: of its runs only the one that is decided about ends, and those that were approved go on.
func (d *Desk) stillAsks(ctx context.Context, s store.Send) error {
	right, leave := RightSend, func() error { return d.ledger.RequesterLeft(ctx, s.RequestedBy) }
	if s.Kind == "campaign" {
		right, leave = RightCampaign, func() error { return d.ledger.WithdrawSend(ctx, s.ID, store.ActorBot, store.LeftWhy, "") }
	}
	gone, err := d.left(ctx, s.RequestedBy, 0, right)
	if err != nil {
		return &Refusal{Code: CouldNotCheck, Word: store.SendName(s.ID), Err: err}
	}
	if !gone {
		return nil
	}
	if err := leave(); err != nil {
		if _, ok := errors.AsType[*store.Moved](err); !ok {
			return err
		}
	}
	return &Refusal{Code: RequesterLeft, Word: store.SendName(s.ID), By: s.RequestedBy}
}

// left tells whether somebody may do none of these things any more: they left Slack, or the groups that may. Who looks
// gone is asked about once more, live, because others' work ends with it.
func (d *Desk) left(ctx context.Context, person string, age time.Duration, rights ...Right) (bool, error) {
	p, err := d.directory.Person(ctx, person, age)
	if err != nil {
		return false, err
	}
	if p.nobody("") == "" {
		may, err := d.has(ctx, person, age, rights...)
		if may || err != nil {
			return false, err
		}
	}
	if age > 0 {
		return d.left(ctx, person, 0, rights...)
	}
	return true, nil
}
