package commands

import (
	"context"
	"errors"
	"maps"
	"slices"

	"couponbot/store"
)

// vacant counts the places in seats.
func vacant(seats []store.Seat) (n int) {
	for _, s := range seats {
		n += s.Count
	}
	return n
}

// groupsOfSeats names their groups, each once.
func groupsOfSeats(seats []store.Seat) []string {
	var names []string
	for _, s := range seats {
		if !slices.Contains(names, s.Group) {
			names = append(names, s.Group)
		}
	}
	return names
}

// helps tells whether one more person, of these groups, takes a place that these people leave empty in any order: with
// people in several groups somebody may have to move to another seat.
func helps(seats []store.Seat, people map[string][]string, groups []string) bool {
	with := maps.Clone(people)
	if with == nil {
		with = map[string][]string{}
	}
	with["one more"] = groups
	return vacant(store.FillSeats(seats, with)) < vacant(store.FillSeats(seats, people))
}

// canFill refuses seats that the people of their groups cannot fill: parties never decide, nor do guests, strangers,
// deactivated people and bots. The fallback group is not counted on. Slack is asked about a person only when they would
// fill a seat that is still empty.
func (d *Desk) canFill(ctx context.Context, team string, seats []store.Seat, parties []string, money store.Fen) error {
	if len(seats) == 0 {
		return nil
	}
	all := d.roster(ctx, groupAge, groupsOfSeats(seats))
	good, faults := map[string][]string{}, []error{all.fault()}
	for _, person := range all.people() {
		groups := all.groups(person)
		if slices.Contains(parties, person) || !helps(seats, good, groups) {
			continue
		}
		p, err := d.directory.Person(ctx, person, groupAge)
		if err != nil {
			faults = append(faults, err)
		} else if p.nobody(team) == "" {
			good[person] = groups
		}
	}
	if len(store.FillSeats(seats, good)) == 0 {
		return nil
	}
	if err := errors.Join(faults...); err != nil {
		return &Refusal{Code: CouldNotCheck, Err: err}
	}
	return &Refusal{Code: NobodyCanApprove, Seats: seats, Money: money}
}
