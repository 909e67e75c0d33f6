package store

import (
	"maps"
	"slices"
)

// Who fills which seat is a matching: one person takes one seat at most, of a group that they belong to, and people in
// several groups sit where they leave room for others. So a person who approved is never said to sit on one seat: they
// sit on whichever makes the most of everybody who approved. Needs are small, a handful of seats and people; the plain
// search for one more place at a time is all that it takes.

// A sitter is somebody who approved and what they may speak for.
type sitter struct {
	person string
	groups []string
}

// FillSeats is which seats stay empty when each of these people, who belong to these groups, takes one seat at most, in
// the best possible way; in the order of seats. Where there is a choice the earlier seats are filled.
func FillSeats(seats []Seat, people map[string][]string) (missing []Seat) {
	var all []sitter
	for _, person := range slices.Sorted(maps.Keys(people)) {
		all = append(all, sitter{person, people[person]})
	}
	_, missing = fill(seats, all)
	return missing
}

// fill seats people, and says who of them has a seat and which seats stay empty. Earlier seats and earlier people come first.
func fill(seats []Seat, people []sitter) (seated []string, missing []Seat) {
	var groups []string // of each place
	for _, seat := range seats {
		for range seat.Count {
			groups = append(groups, seat.Group)
		}
	}
	sits := make([]int, len(people)) // where; -1: nowhere
	for i := range sits {
		sits[i] = -1
	}
	var place func(p int, asked []bool) bool
	place = func(p int, asked []bool) bool {
		for i, who := range people {
			if asked[i] || !slices.Contains(who.groups, groups[p]) {
				continue
			}
			asked[i] = true
			if sits[i] < 0 || place(sits[i], asked) {
				sits[i] = p
				return true
			}
		}
		return false
	}
	empty := map[string]int{}
	for p, group := range groups {
		if !place(p, make([]bool, len(people))) {
			empty[group]++
		}
	}
	for i, p := range sits {
		if p >= 0 {
			seated = append(seated, people[i].person)
		}
	}
	return seated, unfilled(seats, empty)
}

// unfilled lists the seats that stay empty: the last ones of a group, where it is asked for more than once.
func unfilled(seats []Seat, empty map[string]int) (missing []Seat) {
	for i := len(seats) - 1; i >= 0; i-- {
		n := min(seats[i].Count, empty[seats[i].Group])
		if empty[seats[i].Group] -= n; n > 0 {
			missing = append(missing, Seat{Group: seats[i].Group, Count: n})
		}
	}
	slices.Reverse(missing)
	return missing
}

// wanted are the groups of which one more person would fill a seat: not only those whose seats stay empty, because
// somebody who sits may move over.
func wanted(seats []Seat, people []sitter) (groups []string) {
	_, missing := fill(seats, people)
	for _, seat := range seats {
		if len(missing) == 0 || slices.Contains(groups, seat.Group) {
			continue
		}
		if _, then := fill(seats, append(slices.Clip(people), sitter{groups: []string{seat.Group}})); places(then) < places(missing) {
			groups = append(groups, seat.Group)
		}
	}
	return groups
}

func places(seats []Seat) (n int) {
	for _, s := range seats {
		n += s.Count
	}
	return n
}

// mayFill is what a person of these groups may speak for at this send: everything, for the fallback group whose turn it is.
func (s Send) mayFill(groups []string) []string {
	if !s.FellBack || !slices.Contains(groups, s.FallbackGroup) {
		return groups
	}
	all := slices.Clone(groups)
	for _, seat := range s.Seats {
		all = append(all, seat.Group)
	}
	return all
}
