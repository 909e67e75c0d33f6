package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

func TestTheLastSeatApproves(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers", "finance"})
		if claims := d.claim(10); len(claims) != 0 {
			d.Fatalf("%v are claimed before anybody approved", names(claims))
		}
		first, err := d.approve(s.ID, "U0APPY", "approvers")
		d.ok(err)
		if first.State != store.SendAwaiting || !slices.Equal(first.Missing, seats("finance", 1)) || !slices.Equal(first.WaitsFor, []string{"finance"}) {
			d.Errorf("after the first: %s, missing %v, waits for %v", first.State, first.Missing, first.WaitsFor)
		}
		d.clock.Advance(time.Minute)
		last, err := d.approve(s.ID, "U0FINN", "finance")
		d.ok(err)
		if last.State != store.SendApproved || len(last.Missing) != 0 || len(last.WaitsFor) != 0 || !last.ApprovedAt.Equal(d.clock.Now()) ||
			!slices.Equal(last.ApprovedBy, []string{"U0APPY", "U0FINN"}) {
			d.Errorf("after the last: %+v", last)
		}
		if got, want := d.steps(s.ID), []string{"seated U0APPY", "approved U0FINN"}; !slices.Equal(got, want) {
			d.Errorf("steps %q, want %q", got, want)
		}
		d.issue(10)
		d.state(s.ID, store.SendDone)
		moved := d.moved(second(d.approve(s.ID, "U0AMY", "approvers")), "done")
		if moved.By != "U0FINN" || !moved.At.Equal(last.ApprovedAt) {
			d.Errorf("who decided: %+v", moved)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Whoever may not decide is told so in one word, and nothing has changed.
func TestWhoMayNotDecide(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers", "finance"})
		d.ok(second(d.approve(s.ID, "U0APPY", "approvers")))
		before := d.sendNow(s.ID)
		for _, tt := range []struct {
			sentence string
			revision int
			by       string
			groups   []string
			want     string
		}{
			{"the requester", 1, "U0ANA", []string{"approvers", "finance"}, "party"},
			{"who has approved", 1, "U0APPY", []string{"approvers"}, "seated"},
			{"who has approved, also in another group", 1, "U0APPY", []string{"finance"}, "seated"},
			{"somebody of a group whose seats are filled", 1, "U0AMY", []string{"approvers"}, "no_seat"},
			{"somebody of no group", 1, "U0BOB", nil, "no_seat"},
			{"somebody of a group that is not asked", 1, "U0BOB", []string{"marketing"}, "no_seat"},
			{"who saw another revision", 2, "U0FINN", []string{"finance"}, "revised"},
		} {
			d.moved(second(d.Approve(d.Context(), store.ApproveAsk{Send: s.ID, Revision: tt.revision, By: tt.by, Groups: tt.groups,
				Standing: map[string][]string{"U0APPY": {"approvers"}}})), tt.want)
			d.moved(second(d.Reject(d.Context(), store.RejectAsk{Send: s.ID, Revision: tt.revision, By: tt.by, Groups: tt.groups, Why: "no"})), tt.want)
			if now := d.sendNow(s.ID); now.State != before.State || !slices.Equal(now.Missing, before.Missing) {
				d.Errorf("%s changed it: %+v", tt.sentence, now)
			}
		}
		if _, err := d.Approve(d.Context(), store.ApproveAsk{Send: 99, Revision: 1, By: "U0FINN"}); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("a send that is not there: %v", err)
		}
	})
}

func TestWhoRetriedIsAParty(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers"})
		d.clock.Advance(time.Minute)
		d.ok(second(d.approve(s.ID, "U0APPY", "approvers")))
		d.record(d.claim1(), refused(true))
		d.ok(second(d.RetrySend(d.Context(), s.ID, "U0ADA", "", nil)))
		parties, err := d.Parties(d.Context(), s.ID)
		d.ok(err)
		if len(parties) != 2 || parties[0].Person != "U0ANA" || parties[0].Part != "maker" || parties[1].Person != "U0ADA" || parties[1].Part != "retrier" {
			d.Errorf("%+v", parties)
		}
	})
}

// A click that Slack delivers twice, and a double click, are one approval.
func TestAPressThatComesTwice(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers", "finance"})
		ask := store.ApproveAsk{Send: s.ID, Revision: 1, By: "U0APPY", Groups: []string{"approvers"}, Input: "press 1"}
		d.ok(second(d.Approve(d.Context(), ask)))
		again, err := d.Approve(d.Context(), ask)
		d.ok(err)
		if !slices.Equal(again.Missing, seats("finance", 1)) {
			d.Errorf("%+v", again)
		}
		no := store.RejectAsk{Send: s.ID, Revision: 1, By: "U0FINN", Groups: []string{"finance"}, Input: "form 1", Why: "no"}
		d.ok(second(d.Reject(d.Context(), no)))
		again, err = d.Reject(d.Context(), no)
		d.ok(err)
		if again.State != store.SendRejected {
			d.Errorf("%+v", again)
		}
		all, err := d.Decisions(d.Context(), s.ID)
		d.ok(err)
		if len(all) != 2 || len(d.steps(s.ID)) != 2 {
			d.Errorf("%d decisions, steps %v", len(all), d.steps(s.ID))
		}
	})
}

func TestARejectionFreesEverything(t *testing.T) {
	each(t, func(d *desk) {
		limits := append(companyDay(5000), store.Limit{Kind: store.LimitCustomer, Key: "oA", OpenID: "oA", Period: store.Month, MaxFen: 9000},
			store.Limit{Kind: store.LimitCustomer, Key: "oB", OpenID: "oB", Period: store.Month, MaxFen: 9000})
		s := d.waits(contents("oA", "oB"), []string{"approvers"}, limits...)
		if used := d.held(limits...); used.HeldFen != 2000 {
			d.Errorf("a waiting send holds %+v", used)
		}
		got, err := d.Reject(d.Context(), store.RejectAsk{Send: s.ID, Revision: 1, By: "U0APPY", Groups: []string{"approvers"}, Why: "not this one"})
		d.ok(err)
		if got.State != store.SendRejected || got.ClosedBy != "U0APPY" || got.ClosedWhy != "not this one" || got.FinishedAt.IsZero() || got.Waiting != 2 || !got.ApprovedAt.IsZero() {
			d.Errorf("%+v", got)
		}
		for _, limit := range limits {
			if used := d.held(limit); used.Fen() != 0 || used.Coupons() != 0 {
				d.Errorf("%s still has %+v", limit.Kind, used)
			}
		}
		if steps := d.steps(s.ID); !slices.Equal(steps, []string{"rejected U0APPY not this one"}) {
			d.Errorf("steps %q", steps)
		}
		moved := d.moved(second(d.approve(s.ID, "U0AMY", "approvers")), "rejected")
		if moved.By != "U0APPY" || !moved.At.Equal(got.FinishedAt) {
			d.Errorf("%+v", moved)
		}
		if claims := d.claim(10); len(claims) != 0 {
			d.Errorf("claimed %v", names(claims))
		}
	})
}

// With people in several groups the best assignment counts, whoever comes first.
func TestWhoSitsMayMoveOver(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers", "finance"})
		both, err := d.approve(s.ID, "U0BOTH", "approvers", "finance")
		d.ok(err)
		if !slices.Equal(both.WaitsFor, []string{"approvers", "finance"}) || sum(both.Missing) != 1 {
			d.Errorf("missing %v, waits for %v", both.Missing, both.WaitsFor)
		}
		for _, group := range both.WaitsFor {
			if waiting, _, err := d.Queue(d.Context(), store.QueueAsk{Person: "U0NEW", Groups: []string{group}, Limit: 5}); err != nil || len(waiting) != 1 {
				d.Errorf("the queue of somebody of %s: %v, %v", group, waiting, err)
			}
		}
		last, err := d.approve(s.ID, "U0APPY", "approvers")
		d.ok(err)
		if last.State != store.SendApproved || !slices.Equal(last.ApprovedBy, []string{"U0BOTH", "U0APPY"}) {
			d.Errorf("%s, %v", last.State, last.ApprovedBy)
		}
	})
}

// What the approver before belongs to now is looked at again with each approval.
func TestAnApprovalOfSomebodyWhoLeft(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		later    time.Duration
		standing map[string][]string
		want     string // a state of the send, or of the refusal
	}{
		{"is still there", time.Hour, map[string][]string{"U0APPY": {"approvers"}}, string(store.SendApproved)},
		{"has left a moment ago", time.Second, map[string][]string{"U0APPY": nil}, string(store.SendAwaiting)},
		{"is in another group that is asked for, where the new one sits", time.Second, map[string][]string{"U0APPY": {"finance"}}, "no_seat"},
		{"was not looked at, an hour later", time.Hour, nil, string(store.SendAwaiting)},
		{"approved while the new one was being looked into", time.Second, nil, string(store.SendApproved)},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				s := d.waits(contents("oA"), []string{"approvers", "finance"})
				d.ok(second(d.approve(s.ID, "U0APPY", "approvers")))
				d.clock.Advance(tt.later)
				got, err := d.Approve(d.Context(), store.ApproveAsk{Send: s.ID, Revision: 1, By: "U0FINN", Groups: []string{"finance"}, Standing: tt.standing})
				if tt.want == "no_seat" { // the one that is missing is an approver's
					d.moved(err, tt.want)
					return
				}
				d.ok(err)
				if string(got.State) != tt.want {
					d.Fatalf("%s, want %s", got.State, tt.want)
				}
				if got.State == store.SendApproved {
					return
				}
				if !slices.Equal(got.Missing, seats("approvers", 1)) {
					d.Errorf("missing %v", got.Missing)
				}
				all, err := d.Decisions(d.Context(), s.ID)
				d.ok(err)
				if all[0].VoidAt.IsZero() || all[0].VoidWhy != store.VoidLeft || !slices.Equal(d.steps(s.ID), []string{"seated U0APPY", "unseated U0APPY", "seated U0FINN"}) {
					d.Errorf("%+v, steps %v", all[0], d.steps(s.ID))
				}
				back, err := d.approve(s.ID, "U0APPY", "approvers")
				d.ok(err)
				if back.State != store.SendApproved {
					d.Errorf("who comes back may approve again: %+v", back)
				}
			})
		})
	}
}
