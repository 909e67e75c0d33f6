package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

func TestANewRevisionWaitsFromTheBeginning(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(5000)
		s := d.waits(contents("oA", "oB"), []string{"approvers", "finance"}, limits...)
		d.ok(second(d.approve(s.ID, "U0APPY", "approvers")))
		d.clock.Advance(time.Hour)
		ask := store.ReviseAsk{Send: s.ID, Revision: 1, Amount: 1500, Terms: store.Terms{Minimum: 100}, Limits: limits, Patience: store.Patience{RemindAfter: time.Minute}}
		got, err := d.ReviseSend(d.Context(), ask)
		d.ok(err)
		if got.Revision != 2 || got.Amount != 1500 || got.Terms.Minimum != 100 || got.State != store.SendAwaiting || !slices.Equal(got.Missing, seats("approvers", 1, "finance", 1)) ||
			!slices.Equal(got.Seats, got.Missing) || !got.AskedAt.Equal(d.clock.Now()) || !got.RemindAt.Equal(d.clock.Now().Add(time.Minute)) {
			d.Errorf("%+v", got)
		}
		if used := d.held(limits...); used.HeldFen != 3000 || used.HeldCoupons != 2 {
			d.Errorf("it holds %+v", used)
		}
		all, err := d.Decisions(d.Context(), s.ID)
		d.ok(err)
		if len(all) != 1 || all[0].VoidWhy != store.VoidRevised || all[0].VoidAt.IsZero() {
			d.Errorf("%+v", all)
		}
		d.moved(second(d.approve(s.ID, "U0FINN", "finance")), "revised")
		d.moved(second(d.ReviseSend(d.Context(), ask)), "revised")
		for _, by := range []struct{ person, group string }{{"U0APPY", "approvers"}, {"U0FINN", "finance"}} {
			got, err = d.Approve(d.Context(), store.ApproveAsk{Send: s.ID, Revision: 2, By: by.person, Groups: []string{by.group}})
			d.ok(err)
		}
		if got.State != store.SendApproved {
			d.Errorf("%+v", got)
		}
		d.moved(second(d.ReviseSend(d.Context(), store.ReviseAsk{Send: s.ID, Revision: 2, Amount: 1})), "approved")
		d.issue(2)
		if used := d.held(limits...); used.SpentFen != 3000 || used.HeldFen != 0 {
			d.Errorf("spent %+v", used)
		}
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			d.Errorf("%v", v.Broken)
		}
	})
}

func TestARevisionForWhichThereIsNoRoom(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(5000)
		s := d.waits(contents("oA", "oB"), []string{"approvers"}, limits...)
		d.send(contents("oC"), limits...)
		_, err := d.ReviseSend(d.Context(), store.ReviseAsk{Send: s.ID, Revision: 1, Amount: 3000, Seats: seats("finance", 1), Limits: limits})
		var reached *store.LimitReached
		if !errors.As(err, &reached) || reached.Used.HeldFen != 1000 || reached.Asked.HeldFen != 6000 {
			d.Errorf("%v", err)
		}
		got := d.sendNow(s.ID)
		if got.Revision != 1 || got.Amount != 1000 || !slices.Equal(got.WaitsFor, []string{"approvers"}) || d.held(limits...).HeldFen != 3000 {
			d.Errorf("it has changed: %+v holds %+v", got, d.held(limits...))
		}
	})
}

func TestSomebodyLeavesWhileASendWaits(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers", "finance"})
		d.ok(second(d.approve(s.ID, "U0BOTH", "approvers", "finance")))
		if who, err := d.Deciders(d.Context()); err != nil || !slices.Equal(who, []string{"U0BOTH"}) {
			d.Errorf("deciders %v, %v", who, err)
		}
		d.ok(d.Unseat(d.Context(), s.ID, "U0STRANGER", nil))
		d.ok(d.Unseat(d.Context(), s.ID, "U0BOTH", []string{"finance"}))
		if now := d.sendNow(s.ID); !slices.Equal(now.Missing, seats("approvers", 1)) || !slices.Equal(now.WaitsFor, []string{"approvers"}) {
			d.Errorf("still of one of the groups: %v, %v", now.Missing, now.WaitsFor)
		}
		standing, err := d.StandingDecisions(d.Context(), "U0BOTH")
		d.ok(err)
		if len(standing) != 1 || standing[0].Send != s.ID || !slices.Equal(standing[0].Groups, []string{"finance"}) {
			d.Errorf("%+v", standing)
		}
		d.ok(d.Unseat(d.Context(), s.ID, "U0BOTH", []string{"marketing"}))
		d.ok(d.Unseat(d.Context(), s.ID, "U0BOTH", []string{"marketing"}))
		if now := d.sendNow(s.ID); sum(now.Missing) != 2 || !slices.Equal(d.steps(s.ID), []string{"seated U0BOTH", "unseated U0BOTH"}) {
			d.Errorf("of none: %v, steps %v", now.Missing, d.steps(s.ID))
		}
		if standing, err := d.StandingDecisions(d.Context(), "U0BOTH"); err != nil || len(standing) != 0 {
			d.Errorf("%+v, %v", standing, err)
		}
		if err := d.Unseat(d.Context(), 99, "U0BOTH", nil); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("a send that is not there: %v", err)
		}
	})
}

// An approval is not taken back once it has let the send go.
func TestWhoLeavesAfterwardsChangesNothing(t *testing.T) {
	each(t, func(d *desk) {
		s := d.waits(contents("oA"), []string{"approvers"})
		d.ok(second(d.approve(s.ID, "U0APPY", "approvers")))
		d.ok(d.Unseat(d.Context(), s.ID, "U0APPY", nil))
		if who, err := d.Deciders(d.Context()); err != nil || len(who) != 0 {
			d.Errorf("deciders %v, %v", who, err)
		}
		if all, err := d.Decisions(d.Context(), s.ID); err != nil || !all[0].VoidAt.IsZero() {
			d.Errorf("%+v, %v", all, err)
		}
		d.state(s.ID, store.SendApproved)
	})
}

func TestARequesterLeaves(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(50_000)
		waiting, running, paused, done := d.waits(contents("oA"), []string{"approvers"}, limits...), d.send(contents("oB"), limits...), d.send(contents("oC")), d.send(contents("oD"))
		d.ok(d.PauseSend(d.Context(), paused.ID, "U0ANA", ""))
		for _, c := range d.claim(10) {
			if c.ID.Send == done.ID {
				d.record(c, issued(c))
			}
		}
		if who, err := d.Requesters(d.Context()); err != nil || !slices.Equal(who, []string{"U0ANA"}) {
			d.Errorf("requesters %v, %v", who, err)
		}
		d.ok(d.RequesterLeft(d.Context(), "U0BOB"))
		for range 2 {
			d.ok(d.RequesterLeft(d.Context(), "U0ANA"))
		}
		if s := d.sendNow(waiting.ID); s.State != store.SendWithdrawn || s.ClosedBy != store.ActorBot || s.ClosedWhy != store.LeftWhy || !slices.Equal(d.steps(s.ID), []string{"withdrawn left"}) {
			d.Errorf("%+v, steps %v", s, d.steps(s.ID))
		}
		if s := d.sendNow(running.ID); s.State != store.SendPaused || s.PauseReason != store.PauseLeft || s.PauseDetail != "U0ANA" {
			d.Errorf("%+v", s)
		}
		if s := d.sendNow(paused.ID); s.PauseReason != "person" {
			d.Errorf("paused before: %+v", s)
		}
		alerts := d.alerts(store.AlertLeft)
		if len(alerts) != 1 || alerts[0].Detail["person"] != "U0ANA" || alerts[0].Detail["waiting"] != "1" || alerts[0].Detail["paused"] != "1" {
			d.Errorf("%+v", alerts)
		}
		d.ok(d.ResumeSend(d.Context(), running.ID, "U0ADA", ""))
		d.ok(d.RequesterLeft(d.Context(), "U0ANA"))
		if s := d.sendNow(running.ID); s.State == store.SendPaused {
			d.Errorf("an admin took it over, and it is %s", s.State)
		}
		d.ok(d.ResumeSend(d.Context(), paused.ID, "U0ANA", ""))
		d.ok(d.RequesterLeft(d.Context(), "U0ANA"))
		d.state(paused.ID, store.SendPaused)
	})
}
