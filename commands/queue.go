package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

// queue is what waits for the asker's decision.
func (d *Desk) queue(ctx context.Context, q asked) (Reply, error) {
	answer, err := d.queueOf(ctx, q.Person)
	return answer, err
}

// queueOf is everything that waits for a person, oldest first. A list that may lack something is none: whose groups cannot
// be read is told so.
func (d *Desk) queueOf(ctx context.Context, person string) (answer Queue, err error) {
	all := d.roster(ctx, groupAge, d.groupNames())
	if err := all.fault(d.deciding()...); err != nil {
		return answer, &Refusal{Code: CouldNotCheck, Err: err}
	}
	groups := all.groups(person)
	waiting, more, err := d.ledger.Queue(ctx, store.QueueAsk{Person: person, Groups: groups, Limit: lookShown})
	if err != nil {
		return answer, err
	}
	answer.More = more
	for _, s := range waiting {
		a, err := d.approval(ctx, s)
		if err != nil {
			return answer, err
		}
		answer.Sends = append(answer.Sends, a)
	}
	may := func(rights ...Right) bool {
		return slices.ContainsFunc(d.groupsOf(rights...), func(g string) bool { return slices.Contains(groups, g) })
	}
	if may(RightAdmin) {
		if answer.Starts, err = d.startsFor(ctx, person); err != nil {
			return answer, err
		}
	}
	if may(RightAudit, RightAdmin) {
		answer.Settlements, err = d.ledger.OpenSettlements(ctx, person, lookShown)
	}
	return answer, err
}

// startsFor are the stops that this admin may end, because another one asks.
func (d *Desk) startsFor(ctx context.Context, person string) ([]store.Stop, error) {
	stop, err := d.ledger.Stopped(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && (stop.StartAskedBy == "" || stop.StartAskedBy == person || stop.StoppedBy == person) {
		return nil, nil
	}
	return []store.Stop{stop}, err
}

// deciding names the groups that decide something under the present rules.
func (d *Desk) deciding() []string {
	return append(d.approvers(), d.groupsOf(RightAudit, RightAdmin)...)
}

// approvers names the groups that are asked about sends under the present rules.
func (d *Desk) approvers() []string {
	var names []string
	for _, b := range d.config.Approvals.Bands {
		names = append(names, groupsOfSeats(b.Need)...)
	}
	if fallback := d.config.Approvals.FallbackGroup; fallback != "" {
		names = append(names, fallback)
	}
	return names
}

// Home reads what a person's App Home shows. People who are nobody here see an empty one.
func (d *Desk) Home(ctx context.Context, person string) (Home, error) {
	home := Home{Person: person, At: d.now()}
	err := d.known(ctx, Ask{Person: person}, groupAge)
	if r, ok := refused(err); ok && r.Code != CouldNotCheck {
		return home, nil
	}
	if err != nil {
		return home, err
	}
	if home.MaySend, err = d.has(ctx, person, groupAge, RightSend); err != nil {
		return home, err
	}
	if home.Mine, err = d.mineOf(ctx, person); err != nil {
		return home, err
	}
	home.First = len(home.Mine.Sends) == 0
	if home.Queue, err = d.queueOf(ctx, person); err != nil {
		return home, err
	}
	home.Running, err = d.runningFor(ctx, person)
	return home, err
}

// runsAtHome is how many runs of campaigns an App Home shows.
const runsAtHome = 3

// runningFor are the newest runs that are not over, for who may run campaigns.
func (d *Desk) runningFor(ctx context.Context, person string) (all []RunView, err error) {
	if may, err := d.has(ctx, person, groupAge, RightCampaign); err != nil || !may {
		return nil, err
	}
	runs, err := d.ledger.OpenRuns(ctx, runsAtHome)
	for _, s := range runs {
		run, err := d.RunFacts(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, run)
	}
	return all, err
}
