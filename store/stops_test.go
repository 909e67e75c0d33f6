package store_test

import (
	"errors"
	"testing"
	"time"

	"couponbot/store"
)

func TestAStopEndsByTwoOtherHands(t *testing.T) {
	each(t, func(d *desk) {
		if _, err := d.Stopped(d.Context()); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("before: %v", err)
		}
		if _, err := d.AskStart(d.Context(), "U0ADA", ""); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("start of nothing: %v", err)
		}
		stop, existed, err := d.Stop(d.Context(), "U0ADA", "fraud", "press 1")
		if err != nil || existed || stop.ID != 1 {
			d.Fatalf("%+v %t %v", stop, existed, err)
		}
		if again, existed, err := d.Stop(d.Context(), "U0AMIR", "me too", "press 2"); err != nil || !existed || again.StoppedBy != "U0ADA" {
			d.Errorf("a second stop: %+v %t %v", again, existed, err)
		}
		confirm := func(by string) string {
			_, err := d.ConfirmStart(d.Context(), stop.ID, by, "")
			return movedTo(err)
		}
		if got := confirm("U0AMIR"); got != "not_asked" {
			d.Errorf("nobody asked: %q", got)
		}
		for range 2 {
			_, err = d.AskStart(d.Context(), "U0AMIR", "")
			d.ok(err)
		}
		for _, by := range []string{"U0AMIR", "U0ADA"} {
			if got := confirm(by); got != "own" {
				d.Errorf("%s: %q", by, got)
			}
		}
		for range 2 { // and a second delivery
			if s, err := d.ConfirmStart(d.Context(), stop.ID, "U0ZOE", "press 3"); err != nil || s.StartedBy != "U0ZOE" {
				d.Errorf("%+v, %v", s, err)
			}
		}
		if got := confirm("U0LENA"); got != "started" {
			d.Errorf("one more: %q", got)
		}
		if _, err := d.Stopped(d.Context()); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("after: %v", err)
		}
		if s, existed, err := d.Stop(d.Context(), "U0ADA", "fraud", "press 1"); err != nil || !existed || s.StartedAt.IsZero() {
			d.Errorf("the first press delivered again stopped again: %+v %t %v", s, existed, err)
		}
		if s, existed, err := d.Stop(d.Context(), "U0ADA", "fraud", "press 9"); err != nil || existed || s.ID != 2 {
			d.Errorf("a new stop: %+v %t %v", s, existed, err)
		}
		cards, err := d.CardsOf(d.Context(), store.StopName(1))
		if err != nil || len(cards) != 2 {
			d.Errorf("%d cards, %v; want one of the stop and one of the start", len(cards), err)
		}
		if s, err := d.StopByID(d.Context(), 1); err != nil || s.StartAskedBy != "U0AMIR" || s.Why != "fraud" {
			d.Errorf("%+v, %v", s, err)
		}
	})
}

func TestHoldsOfTheBotItself(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		d.ok(d.Hold(d.Context(), store.HeldClock, "61 s"))
		d.clock.Advance(time.Minute)
		d.ok(d.Hold(d.Context(), store.HeldClock, "62 s"))
		d.ok(d.Hold(d.Context(), store.HeldConfiguration, "SIGN_ERROR"))
		held, err := d.Held(d.Context())
		if err != nil || len(held) != 2 || held[0].Why != store.HeldClock || held[0].Detail != "61 s" || !held[0].Since.Equal(s.CreatedAt) {
			d.Errorf("%+v, %v", held, err)
		}
		d.ok(d.Release(d.Context(), store.HeldClock))
		d.ok(d.Release(d.Context(), store.HeldClock))
		if alert, err := d.Alert(d.Context(), 1); err != nil || alert.OverAt.IsZero() || alert.Detail["detail"] != "61 s" {
			d.Errorf("%+v, %v: want it over", alert, err)
		}
		if alert, err := d.Alert(d.Context(), 2); err != nil || !alert.OverAt.IsZero() {
			d.Errorf("%+v, %v: want it to stand", alert, err)
		}
		cards, err := d.CardsOf(d.Context(), store.SendName(s.ID))
		if err != nil || cards[0].Wanted != 4 {
			d.Errorf("%+v, %v: an open send's card is drawn again with each", cards, err)
		}
		g, err := d.Gauges(d.Context())
		if err != nil || g.Waiting != 1 || g.Stopped || len(g.Held) != 1 || g.CardsBehind != 3 {
			d.Errorf("%+v, %v", g, err)
		}
	})
}

func TestAnAlertIsToldOnceForEachKey(t *testing.T) {
	each(t, func(d *desk) {
		a := store.Alert{Key: "slack:gone", Kind: store.AlertSlack, Detail: map[string]string{"why": "is_archived"}}
		for range 3 {
			d.ok(d.Raise(d.Context(), a))
		}
		got, err := d.Alert(d.Context(), 1)
		if err != nil || got.Kind != store.AlertSlack || got.Detail["why"] != "is_archived" || !got.At.Equal(d.clock.Now()) {
			d.Errorf("%+v, %v", got, err)
		}
		if _, err := d.Alert(d.Context(), 2); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("a second alert: %v", err)
		}
	})
}

func TestStocksKeepTheLastGoodReading(t *testing.T) {
	each(t, func(d *desk) {
		if _, err := d.Stock(d.Context(), "1"); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("before: %v", err)
		}
		d.ok(d.WantStock(d.Context(), "1", "creator"))
		due, err := d.StocksDue(d.Context(), 10)
		if err != nil || len(due) != 1 || due[0].CreatorMchID != "creator" || !due[0].ReadAt.IsZero() {
			d.Fatalf("%+v, %v", due, err)
		}
		s := store.Stock{ID: "1", Name: "Sorry", Status: "running", Type: "NORMAL", Amount: 1000, Minimum: 2000, Begins: d.clock.Now(), Ends: d.clock.Now().Add(time.Hour),
			MaxCoupons: 10, MaxFen: 10000, MaxDayFen: 500, MaxPerUser: 3, Distributed: 4}
		d.ok(d.SaveStock(d.Context(), s, d.clock.Now().Add(time.Minute)))
		if due, err = d.StocksDue(d.Context(), 10); err != nil || len(due) != 0 {
			d.Errorf("due at once: %+v, %v", due, err)
		}
		d.clock.Advance(time.Minute)
		if due, err = d.StocksDue(d.Context(), 10); err != nil || len(due) != 1 {
			d.Errorf("not due after a minute: %+v, %v", due, err)
		}
		d.ok(d.SaveStock(d.Context(), store.Stock{ID: "1", Fault: "no answer"}, d.clock.Now().Add(time.Minute)))
		s.CreatorMchID, s.Fault, s.ReadAt = "creator", "no answer", d.clock.Now().Add(-time.Minute)
		s.DayAt, s.DayFrom, s.DayStart = time.Date(2026, 3, 10, 16, 0, 0, 0, time.UTC), s.ReadAt, 4
		if got, err := d.Stock(d.Context(), "1"); err != nil || got != s || got.Left() != 6 {
			d.Errorf("%+v, %v; want %+v", got, err, s)
		}
		if got := (store.Stock{}).Left(); got != -1 {
			d.Errorf("left of an unknown stock: %d", got)
		}
		d.ok(d.StockListed(d.Context(), "1"))
		first := d.clock.Now()
		d.clock.Advance(time.Hour)
		d.ok(d.StockListed(d.Context(), "1"))
		if got, err := d.Stock(d.Context(), "1"); err != nil || !got.ListedAt.Equal(first) {
			d.Errorf("%+v, %v", got, err)
		}
	})
}

func TestTheNewestIssuedCouponOfAStock(t *testing.T) {
	each(t, func(d *desk) {
		if _, err := d.NewestIssued(d.Context(), "9856000", time.Time{}); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("before: %v", err)
		}
		d.send(contents("oA", "oB"))
		s := d.send(contents("oC", "oD"))
		d.issue(4)
		d.send(contents("oE"))
		g, err := d.NewestIssued(d.Context(), "9856000", d.clock.Now().Add(-time.Hour))
		if err != nil || g.ID != (store.GrantID{Send: s.ID, Position: 2}) {
			d.Errorf("%+v, %v", g, err)
		}
		if _, err := d.NewestIssued(d.Context(), "9856000", d.clock.Now().Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("since later: %v", err)
		}
	})
}

func TestTotalsByTheSeatsThatWereNeeded(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oA", "oB"))
		cancelled := d.send(contents("oC"))
		d.ok(d.CancelSend(d.Context(), cancelled.ID, "U0ANA", ""))
		seats := []store.Seat{{Group: "approvers", Count: 1}}
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oD")).ID, By: "U0ANA", Seats: func([]store.Total) ([]store.Seat, error) { return seats, nil }})
		d.ok(err)
		d.state(s.ID, store.SendAwaiting)
		totals, err := d.Totals(d.Context(), "U0ANA", store.Day)
		if err != nil || len(totals) != 2 || totals[0].Fen != 2000 || totals[1].Fen != 1000 || totals[1].Seats[0] != seats[0] {
			d.Errorf("%+v, %v", totals, err)
		}
		d.clock.Advance(24 * time.Hour)
		if totals, err := d.Totals(d.Context(), "U0ANA", store.Day); err != nil || len(totals) != 0 {
			d.Errorf("the next day: %+v, %v", totals, err)
		}
	})
}
