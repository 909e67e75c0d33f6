package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"couponbot/store"
)

func seats(groupsAndCounts ...any) []store.Seat {
	var out []store.Seat
	for i := 0; i < len(groupsAndCounts); i += 2 {
		out = append(out, store.Seat{Group: groupsAndCounts[i].(string), Count: groupsAndCounts[i+1].(int)})
	}
	return out
}

func TestFillSeats(t *testing.T) {
	type people = map[string][]string
	for _, tt := range []struct {
		sentence string
		seats    []store.Seat
		people   people
		missing  []store.Seat
	}{
		{"nobody is needed", nil, people{"A": {"approvers"}}, nil},
		{"nobody has come", seats("approvers", 1), nil, seats("approvers", 1)},
		{"somebody of another group fills nothing", seats("approvers", 1), people{"A": {"finance"}}, seats("approvers", 1)},
		{"one of two", seats("approvers", 2), people{"A": {"approvers"}}, seats("approvers", 1)},
		{"one person fills one seat, whatever they belong to", seats("approvers", 1, "finance", 1), people{"A": {"approvers", "finance"}}, seats("finance", 1)},
		{"who could sit on both leaves the one that the other needs", seats("approvers", 1, "finance", 1), people{"A": {"approvers", "finance"}, "B": {"approvers"}}, nil},
		{"and so the other way round", seats("approvers", 1, "finance", 1), people{"A": {"approvers", "finance"}, "B": {"finance"}}, nil},
		{"three move over for a fourth", seats("a", 1, "b", 1, "c", 1, "d", 1),
			people{"A": {"a", "b"}, "B": {"b", "c"}, "C": {"c", "d"}, "D": {"a"}}, nil},
		{"more people than seats", seats("approvers", 1), people{"A": {"approvers"}, "B": {"approvers"}}, nil},
		{"two of one group do not fill another's seat", seats("approvers", 1, "finance", 1), people{"A": {"approvers"}, "B": {"approvers"}}, seats("finance", 1)},
		{"missing seats keep the order of the seats", seats("finance", 2, "approvers", 2), people{"A": {"finance"}, "B": {"approvers"}}, seats("finance", 1, "approvers", 1)},
		{"a group that is asked for twice", seats("approvers", 1, "finance", 1, "approvers", 1), people{"A": {"approvers"}}, seats("finance", 1, "approvers", 1)},
	} {
		if got := store.FillSeats(tt.seats, tt.people); !slices.Equal(got, tt.missing) {
			t.Errorf("%s: missing %v, want %v", tt.sentence, got, tt.missing)
		}
	}
}

// The best way to seat people is never better than what FillSeats finds, and what it says is missing can really be had.
func TestFillSeatsAgainstTryingEverything(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	groups := []string{"a", "b", "c", "d"}
	for range 3000 {
		var need []store.Seat
		for _, g := range groups[:1+r.IntN(4)] {
			if n := r.IntN(3); n > 0 {
				need = append(need, store.Seat{Group: g, Count: n})
			}
		}
		people := map[string][]string{}
		for p := range r.IntN(6) {
			var belongs []string
			for _, g := range groups {
				if r.IntN(3) == 0 {
					belongs = append(belongs, g)
				}
			}
			people[fmt.Sprint("P", p)] = belongs
		}
		missing := store.FillSeats(need, people)
		left := map[string]int{}
		for _, s := range need {
			left[s.Group] += s.Count
		}
		total := sum(need)
		if got, want := total-sum(missing), most(left, people); got != want {
			t.Fatalf("seed %d: %v by %v: seated %d, and %d is possible", seed, need, people, got, want)
		}
		for _, s := range missing {
			left[s.Group] -= s.Count
		}
		if got := most(left, people); got != total-sum(missing) {
			t.Fatalf("seed %d: %v by %v: missing %v, but only %d of the others can be seated", seed, need, people, missing, got)
		}
	}
}

func sum(seats []store.Seat) (n int) {
	for _, s := range seats {
		n += s.Count
	}
	return n
}

// most is how many of these people can be seated at once, by trying everything.
func most(left map[string]int, people map[string][]string) int {
	for person, groups := range people {
		rest := map[string][]string{}
		for p, g := range people {
			if p != person {
				rest[p] = g
			}
		}
		best := most(left, rest)
		for _, g := range groups {
			if left[g] > 0 {
				left[g]--
				best = max(best, 1+most(left, rest))
				left[g]++
			}
		}
		return best
	}
	return 0
}
