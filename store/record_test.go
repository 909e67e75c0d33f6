package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// situations are the states that a result may find its coupon in; each leaves S1-1 so and returns the newest claim.
var situations = []struct {
	name string
	make func(d *desk) store.Claim
}{
	{"issuing, first call", func(d *desk) store.Claim { return d.claim1() }},
	{"issuing, an older call", func(d *desk) store.Claim {
		c := d.claim1()
		d.record(c, store.Result{Verdict: store.GrantWaiting})
		d.claim1()
		return c
	}},
	{"unknown, its lease over", func(d *desk) store.Claim {
		c := d.claim1()
		d.ok(d.Hold(d.Context(), store.HeldClock, ""))
		d.clock.Advance(lease)
		d.claim(1)
		return c
	}},
	{"unknown, called again", func(d *desk) store.Claim {
		d.record(d.claim1(), lost(d.clock.Now()))
		return d.claim1()
	}},
	{"unknown, an older call", func(d *desk) store.Claim {
		c := d.claim1()
		d.record(c, lost(d.clock.Now()))
		d.claim1()
		return c
	}},
	{"waiting", func(d *desk) store.Claim {
		c := d.claim1()
		d.record(c, store.Result{Verdict: store.GrantWaiting})
		return c
	}},
	{"issued", func(d *desk) store.Claim {
		c := d.claim1()
		d.record(c, issued(c))
		return c
	}},
	{"refused", func(d *desk) store.Claim {
		c := d.claim1()
		d.record(c, refused(false))
		return c
	}},
	{"cancelled", func(d *desk) store.Claim {
		c := d.claim1()
		d.ok(d.CancelSend(d.Context(), 1, "U0ANA", ""))
		d.ok(d.Unclaim(d.Context(), []store.Claim{c}))
		return c
	}},
}

// fits says what each verdict does in each situation: the state afterwards, or "" for late.
var fits = map[string]map[store.GrantState]store.GrantState{
	"issuing, first call":     {"issued": "issued", "refused": "refused", "waiting": "waiting", "unknown": "unknown"},
	"issuing, an older call":  {"issued": "issued"},
	"unknown, its lease over": {"issued": "issued", "unknown": "unknown"},
	"unknown, called again":   {"issued": "issued", "unknown": "unknown"},
	"unknown, an older call":  {"issued": "issued"},
}

func TestEachVerdictInEachState(t *testing.T) {
	for _, s := range situations {
		for _, verdict := range []store.GrantState{store.GrantIssued, store.GrantRefused, store.GrantWaiting, store.GrantUnknown} {
			t.Run(fmt.Sprintf("%s when %s", verdict, s.name), func(t *testing.T) {
				d := newDesk(t, storetest.SQLite())
				d.send(contents("oA"), companyDay(5000)...)
				c := s.make(d)
				before := d.grant(1, 1)
				r := store.Result{Verdict: verdict}
				if verdict == store.GrantIssued {
					r.CouponID = "555"
				}
				want, ok := fits[s.name][verdict]
				if late := d.record(c, r); late == ok {
					t.Errorf("late: %t", late)
				}
				if !ok {
					want = before.State
					if !slices.Contains(d.actions(c.ID), "grant.late_answer") {
						t.Error("the audit has no late answer")
					}
				}
				d.grantState(c.ID, want)
			})
		}
	}
}

func TestALateCouponNobodyCountsIsTold(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oA"))
		c := d.claim1()
		d.record(c, refused(false))
		d.record(c, store.Result{Verdict: store.GrantIssued, CouponID: "555"})
		alert, err := d.Alert(d.Context(), 1)
		if err != nil || alert.Kind != store.AlertUnknown || alert.Detail["coupon_id"] != "555" || alert.Detail["grant"] != "S1-1" {
			d.Errorf("%+v, %v", alert, err)
		}
	})
}

func TestARefusalNeedsEvidenceOnceAnAnswerWasLost(t *testing.T) {
	empty := func(definite bool) store.Result {
		return store.Result{Verdict: store.GrantUnknown, EmptyReading: true, Definite: definite}
	}
	gone := store.Result{Verdict: store.GrantRefused, EmptyReading: true, Reason: "limit"}
	each(t, func(d *desk) {
		d.ok(d.WantStock(d.Context(), "9856000", "1"))
		d.send(contents("oA"))
		d.record(d.claim1(), lost(d.clock.Now()))
		again := func(r store.Result, late bool, why string) {
			d.Helper()
			r.AskAt = d.clock.Now()
			if got := d.record(d.claim1(), r); got != late {
				d.Errorf("%s: late %t", why, got)
			}
			if late {
				_, err := d.Recheck(d.Context(), store.GrantID{Send: 1}, "U0ANA", "")
				d.ok(err)
				d.clock.Advance(lease)
			}
		}
		again(refused(false), true, "a refusal after a lost answer")
		again(gone, true, "an empty reading whose call was not answered")
		again(store.Result{Verdict: store.GrantUnknown, Definite: true}, false, "a definite answer")
		c := d.claim1()
		if !c.Read {
			d.Fatal("after a definite answer the customer's coupons are read")
		}
		r := empty(true)
		r.AskAt = d.clock.Now().Add(9 * time.Minute)
		d.record(c, r)
		d.clock.Advance(9 * time.Minute)
		if !d.record(d.claim1(), gone) {
			d.Error("two empty readings nine minutes apart were believed")
		}
		d.clock.Advance(time.Minute)
		if !d.record(d.claim1(), gone) {
			d.Error("they were believed for a stock that is not known to be listed")
		}
		d.ok(d.StockListed(d.Context(), "9856000"))
		d.clock.Advance(lease)
		if d.record(d.claim1(), gone) {
			d.Error("two empty readings ten minutes apart were not believed")
		}
		d.grantState(store.GrantID{Send: 1, Position: 1}, store.GrantRefused)
	})
}

func TestANewCallMakesOlderReadingsWorthless(t *testing.T) {
	each(t, func(d *desk) {
		d.ok(d.WantStock(d.Context(), "9856000", "1"))
		d.ok(d.StockListed(d.Context(), "9856000"))
		d.send(contents("oA"))
		d.record(d.claim1(), lost(d.clock.Now()))
		d.record(d.claim1(), store.Result{Verdict: store.GrantUnknown, Definite: true, AskAt: d.clock.Now()})
		d.record(d.claim1(), store.Result{Verdict: store.GrantUnknown, EmptyReading: true})
		d.clock.Advance(time.Hour)
		n, err := d.Recheck(d.Context(), store.GrantID{Send: 1, Position: 1}, "U0ANA", "key")
		if err != nil || n != 1 {
			d.Fatalf("recheck: %d, %v", n, err)
		}
		c := d.claim1()
		if c.Read || c.EmptyReadings != 0 || c.Definite {
			d.Fatalf("%+v: want the same call again, with nothing proved", c)
		}
		if !d.record(c, store.Result{Verdict: store.GrantRefused, EmptyReading: true}) {
			d.Error("a reading before the newest call was believed")
		}
	})
}

func TestACouponIDBelongsToOneGrant(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA", "oB", "oC"), companyDay(9000)...)
		var results []store.Result
		for _, c := range d.claim(3) {
			r := issued(c)
			if c.ID.Position < 3 {
				r.CouponID = "same"
			}
			results = append(results, r)
		}
		applied, err := d.Record(d.Context(), results)
		d.ok(err)
		if applied[1].Late || applied[1].Verdict != store.GrantUnknown || applied[1].Reason != store.ReasonCouponTaken {
			d.Errorf("%+v", applied[1])
		}
		g := d.grant(s.ID, 2)
		if g.State != store.GrantUnknown || !g.NeedsPerson || !g.AskAt.IsZero() || g.Outcome != store.ReasonCouponTaken {
			d.Errorf("%+v: want it in front of a person", g)
		}
		d.grantState(store.GrantID{Send: s.ID, Position: 1}, store.GrantIssued)
		d.grantState(store.GrantID{Send: s.ID, Position: 3}, store.GrantIssued)
		if taken, err := d.CouponTaken(d.Context(), "same"); err != nil || !taken {
			d.Errorf("taken: %t, %v", taken, err)
		}
		if alert, err := d.Alert(d.Context(), 1); err != nil || alert.Detail["grant"] != "S1-2" {
			d.Errorf("%+v, %v", alert, err)
		}
	})
}

func TestPeopleAreToldOfAnUnknownCouponOnce(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		r := lost(d.clock.Now())
		r.NeedsPerson = true
		for range 3 {
			d.record(d.claim1(), r)
		}
		if !d.grant(s.ID, 1).NeedsPerson {
			d.Error("the coupon does not need a person")
		}
		cards, err := d.CardsOf(d.Context(), store.AlertName(1))
		if err != nil || len(cards) != 1 || cards[0].Reader != store.ReaderAlerts {
			d.Errorf("%+v, %v", cards, err)
		}
		c := d.claim1()
		d.record(c, issued(c))
		alert, err := d.Alert(d.Context(), 1)
		if err != nil || alert.OverAt.IsZero() {
			d.Errorf("%+v, %v: want it over", alert, err)
		}
		if cards, err = d.CardsOf(d.Context(), store.AlertName(1)); err != nil || cards[0].Wanted != 2 {
			d.Errorf("%+v, %v: want it drawn again", cards, err)
		}
	})
}

func TestAStockThatCannotGiveMorePausesItsSends(t *testing.T) {
	each(t, func(d *desk) {
		first, second := d.send(contents("oA", "oB")), d.send(contents("oC"))
		other := contents("oD")
		other.StockID = "9856001"
		third := d.send(other)
		claims := d.claim(4)
		for _, c := range claims[:2] {
			d.record(c, store.Result{Verdict: store.GrantWaiting, Reason: "budget", Code: "NOT_ENOUGH", Message: "empty", PauseStock: true})
		}
		for id, want := range map[int64]store.SendState{first.ID: store.SendPaused, second.ID: store.SendPaused, third.ID: store.SendIssuing} {
			d.state(id, want)
		}
		if s := d.sendNow(first.ID); s.PauseReason != "budget" || s.PauseDetail != "empty" || s.PausedBy != "" {
			d.Errorf("%+v", s)
		}
		if alert, err := d.Alert(d.Context(), 1); err != nil || alert.Kind != store.AlertStockPaused || alert.Detail["stock"] != "9856000" {
			d.Errorf("%+v, %v", alert, err)
		}
		if _, err := d.Alert(d.Context(), 2); err == nil {
			d.Error("it was told twice")
		}
		d.ok(d.ResumeSend(d.Context(), first.ID, "U0ANA", ""))
		d.state(first.ID, store.SendIssuing)
	})
}

func TestAPausedSendWhoseCouponsHaveAllEndedIsDone(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		c := d.claim1()
		d.ok(d.PauseSend(d.Context(), s.ID, "U0ANA", ""))
		d.record(c, issued(c))
		got := d.sendNow(s.ID)
		if got.State != store.SendDone || got.PauseReason != "" || got.PausedBy != "" || !got.FinishedAt.Equal(d.clock.Now()) {
			d.Errorf("%+v", got)
		}
		cards, err := d.CardsOf(d.Context(), store.SendName(s.ID))
		d.ok(err)
		if !slices.ContainsFunc(cards, func(c store.Card) bool { return c.Kind == store.CardLog && c.Reader == store.ReaderLog }) {
			d.Errorf("%+v: want a line in the log", cards)
		}
	})
}
