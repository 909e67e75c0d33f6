package commands

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func TestSeatsThatNobodyCanFillAreRefused(t *testing.T) {
	two, three := []store.Seat{{Group: "approvers", Count: 2}}, []store.Seat{{Group: "approvers", Count: 3}}
	for _, c := range []struct {
		name  string
		seats []store.Seat
		by    string
		world func(w *world)
		want  Code
		asked []string // whom Slack was asked about
	}{
		{"nobody is needed", nil, ana, nil, "", nil},
		{"one of many is asked about", oneApprover, ana, nil, "", []string{appy}},
		{"two of many are", two, ana, nil, "", []string{appy, cat}},
		{"people of a user group count", three, ana, nil, "", []string{appy, cat, ben}},
		{"the requester does not", three, ben, nil, NobodyCanApprove, []string{appy, cat}},
		{"guests do not", three, ana, func(w *world) { w.people.people[cat] = Person{Guest: true} }, NobodyCanApprove, []string{appy, cat, ben}},
		{"deactivated people do not", three, ana, func(w *world) { w.people.people[ben] = Person{Deactivated: true} }, NobodyCanApprove, []string{appy, cat, ben}},
		{"strangers do not", three, ana, func(w *world) { w.people.people[ben] = Person{Team: "T2"} }, NobodyCanApprove, []string{appy, cat, ben}},
		{"bots do not", three, ana, func(w *world) { w.people.people[ben] = Person{Bot: true} }, NobodyCanApprove, []string{appy, cat, ben}},
		{"another takes the place of one who does not", two, ana, func(w *world) { w.people.people[appy] = Person{Guest: true} }, "", []string{appy, cat, ben}},
		{"one person fills one seat", andFinance, ana, func(w *world) {
			w.config.Groups[1].Members, w.config.Groups[2].Members = []string{appy}, []string{appy}
		}, NobodyCanApprove, []string{appy}},
		{"people in several groups sit where it helps", andFinance, ana, func(w *world) {
			w.config.Groups[1].Members, w.config.Groups[2].Members = []string{appy, cat}, []string{appy}
		}, "", []string{appy, cat}},
		{"the fallback group does not count", oneApprover, ana, func(w *world) { w.config.Groups[1].Members = nil }, NobodyCanApprove, nil},
		{"a group that is gone has nobody", []store.Seat{{Group: "gone", Count: 1}}, ana, nil, NobodyCanApprove, nil},
		{"who cannot be looked up is not missed while others are there", two, ana, func(w *world) { w.people.faults = map[string]bool{appy: true} }, "", []string{appy, cat, ben}},
		{"who cannot be looked up may be the one who is missed", three, ana, func(w *world) { w.people.faults = map[string]bool{appy: true} }, CouldNotCheck, []string{appy, cat, ben}},
		{"a group that cannot be read is not missed while others are there", two, ana, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, "", []string{appy, cat}},
		{"a group that cannot be read may be the one that is missed", three, ana, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, CouldNotCheck, []string{appy, cat}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, twoApprovers)
			w.people.members["S03APPROVERS"] = []string{ben}
			if c.world != nil {
				c.world(w)
			}
			err := w.canFill(t.Context(), "T1", c.seats, []string{c.by}, 6000)
			if r, _ := refused(err); err != nil && (r == nil || r.Code != c.want) || err == nil && c.want != "" {
				t.Errorf("got %v, want %q", err, c.want)
			}
			var asked []string
			for _, person := range []string{appy, cat, ben, fin, lea} {
				if _, ok := w.people.asked[person]; ok {
					asked = append(asked, person)
				}
			}
			if !slices.Equal(asked, c.asked) {
				t.Errorf("asked about %q, want %q", asked, c.asked)
			}
		})
	}
}

func TestWhoIsAskedAboutASend(t *testing.T) {
	w, s := newWaiting(t)
	deciders := func(when string, want ...string) {
		t.Helper()
		got, err := w.DecidersOf(t.Context(), w.send(s.ID))
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %q, %v", when, got, err)
		}
	}
	deciders("its approvers", appy, cat, ben)
	w.people.people[cat] = Person{Guest: true}
	deciders("no guests", appy, ben)
	delete(w.people.people, cat)
	w.party(cat, "editor")
	deciders("no parties", appy, ben)
	w.presses(appy, "send.approve", SendValue(s))
	deciders("nobody who approved", ben)
	w.people.faults = map[string]bool{"S03APPROVERS": true}
	if _, err := w.DecidersOf(t.Context(), w.send(s.ID)); err == nil {
		t.Error("nobody is found because a group cannot be read, and that is no fault")
	}
	w.people.faults = nil
	w.clock = w.clock.Add(2 * time.Hour)
	w.overdue()
	deciders("and the fallback group when it has its turn", ben, lea)
	w.presses(lea, "send.approve", SendValue(s))
	deciders("nobody when it is decided")
}

func TestRecheckTellsTheLedgerWhoLeft(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave func(w *world)
		after string // the decisions that count
		state store.SendState
		fault bool
	}{
		{"nobody left", func(w *world) {}, ben + " approve", store.SendAwaiting, false},
		{"the approver left the group", func(w *world) { w.people.members["S03APPROVERS"] = nil }, "", store.SendAwaiting, false},
		{"the approver left Slack", func(w *world) { w.people.people[ben] = Person{Deactivated: true} }, "", store.SendAwaiting, false},
		{"the approver became a guest", func(w *world) { w.people.people[ben] = Person{Guest: true} }, "", store.SendAwaiting, false},
		{"an old reading does not know the approver yet", func(w *world) {
			w.people.members["S03APPROVERS"] = nil
			w.aSecondAgo(func(d *directory) { d.members["S03APPROVERS"] = []string{ben} })
		}, ben + " approve", store.SendAwaiting, false},
		{"the group cannot be read", func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, ben + " approve", store.SendAwaiting, true},
		{"the approver cannot be looked up", func(w *world) { w.people.faults = map[string]bool{ben: true} }, ben + " approve", store.SendAwaiting, true},
		{"the requester left the groups that may send", func(w *world) { w.people.members["S01AGENTS"] = nil }, ben + " approve", store.SendWithdrawn, false},
		{"the requester left Slack", func(w *world) { w.people.people[abe] = Person{Deactivated: true} }, ben + " approve", store.SendWithdrawn, false},
		{"the requester's groups cannot be read", func(w *world) { w.people.faults = map[string]bool{"S01AGENTS": true} }, ben + " approve", store.SendAwaiting, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := newWaiting(t)
			w.presses(ben, "send.approve", SendValue(s))
			c.leave(w)
			for range 2 {
				if err := w.Recheck(t.Context(), groupAge); (err != nil) != c.fault {
					t.Errorf("got %v", err)
				}
			}
			if got := w.decisions(1); got != c.after || w.send(1).State != c.state {
				t.Errorf("counting is %q, the send is %s", got, w.send(1).State)
			}
		})
	}
}

func TestAnIssuingSendOfSomebodyWhoLeftPauses(t *testing.T) {
	w := newWorld(t)
	w.sent(abe, "send sorry-10 oABC")
	w.sent(ana, "send sorry-10 oABC")
	w.people.members["S01AGENTS"] = nil
	if err := w.Recheck(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if s := w.send(1); s.State != store.SendPaused || s.PauseReason != store.PauseLeft {
		t.Errorf("got %+v", s)
	}
	if s := w.send(2); s.State != store.SendApproved {
		t.Errorf("somebody else's: %+v", s)
	}
}

func TestARosterKnowsWhatItCouldNotRead(t *testing.T) {
	w := newWorld(t, twoApprovers)
	w.people.members["S03APPROVERS"] = []string{ben}
	w.people.faults = map[string]bool{"S02ADMINS": true}
	all := w.roster(t.Context(), 0, []string{"approvers", "admins", "leads", "gone"})
	if d := cmp.Diff([]string{appy, cat, ben, ada, adi, lea}, all.people()); d != "" {
		t.Error(d)
	}
	if got := all.groups(""); len(got) > 0 || !cmp.Equal(all.groups(ben), []string{"approvers"}) {
		t.Errorf("got %q and %q", got, all.groups(ben))
	}
	if all.fault("approvers", "leads") != nil || all.fault("admins") == nil || all.fault() == nil {
		t.Error("the fault is not of the group that could not be read")
	}
	if all.unsure([]string{"admins", "approvers"}, []string{"approvers"}) == nil || all.unsure([]string{"admins", "approvers"}, []string{"admins"}) != nil {
		t.Error("who was not found in a group that could not be read may still belong")
	}
	if err := errors.Join(all.fault("gone")); err != nil {
		t.Error(err)
	}
}
