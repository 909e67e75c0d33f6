package commands

import (
	"context"
	"slices"

	"couponbot/store"
)

// own is what a person asked for, what of it still waits, and what their limits leave.
func (d *Desk) own(ctx context.Context, q asked) (Reply, error) {
	answer, err := d.mineOf(ctx, q.Person)
	return answer, err
}

func (d *Desk) mineOf(ctx context.Context, person string) (answer Mine, err error) {
	if answer.Sends, answer.More, err = d.ledger.FindSends(ctx, store.SendFilter{By: person}, lookShown); err != nil {
		return answer, err
	}
	if answer.Open, answer.OpenMore, err = d.ledger.FindSends(ctx, store.SendFilter{By: person, Open: true}, lookShown); err != nil {
		return answer, err
	}
	answer.Limits, err = d.agentLimits(ctx, person)
	return answer, err
}

// agentLimits are a person's own limits and what stands in them.
func (d *Desk) agentLimits(ctx context.Context, person string) ([]LimitLine, error) {
	limits := slices.DeleteFunc(d.config.Limits.holds(person, store.Contents{}), func(l store.Limit) bool { return l.Kind != store.LimitAgent })
	return d.standing(ctx, limits)
}

// limits is what a person's limits leave: the asker's own, or for the audit anyone's.
func (d *Desk) limits(ctx context.Context, q asked) (Reply, error) {
	person := q.Person
	if len(q.args) > 0 {
		m := mention.FindStringSubmatch(q.args[0].text)
		if m == nil {
			return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.args[0].text}
		}
		person = max(m[1], m[2])
	}
	if person != q.Person {
		if err := d.need(ctx, q.Person, groupAge, RightAudit); err != nil {
			return nil, err
		}
	}
	answer := LimitsView{Person: person, Own: person == q.Person, Per: d.config.Approvals.RunningTotal}
	var err error
	if answer.Limits, err = d.agentLimits(ctx, person); err != nil {
		return nil, err
	}
	before, err := d.ledger.Totals(ctx, person, answer.Per)
	answer.Free = d.config.Approvals.free(before)
	return answer, err
}
