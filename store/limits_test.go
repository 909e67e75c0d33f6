package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestPeriodsFollowTheCalendar(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	shanghai, berlin := zone("Asia/Shanghai"), zone("Europe/Berlin")
	for _, c := range []struct {
		name       string
		period     store.Period
		zone       *time.Location
		at         string
		start, end string
	}{
		{"a day begins at midnight there", store.Day, shanghai, "2026-03-11T15:59:59Z", "2026-03-10T16:00:00Z", "2026-03-11T16:00:00Z"},
		{"midnight belongs to the day it begins", store.Day, shanghai, "2026-03-11T16:00:00Z", "2026-03-11T16:00:00Z", "2026-03-12T16:00:00Z"},
		{"the day the clocks go forward has 23 hours", store.Day, berlin, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"the day they go back has 25", store.Day, berlin, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a week begins on Monday", store.Week, shanghai, "2026-03-11T04:00:00Z", "2026-03-08T16:00:00Z", "2026-03-15T16:00:00Z"},
		{"Sunday is a week's last day", store.Week, shanghai, "2026-03-15T15:00:00Z", "2026-03-08T16:00:00Z", "2026-03-15T16:00:00Z"},
		{"Monday is its first", store.Week, shanghai, "2026-03-15T17:00:00Z", "2026-03-15T16:00:00Z", "2026-03-22T16:00:00Z"},
		{"a week may span two years", store.Week, berlin, "2026-01-01T12:00:00Z", "2025-12-28T23:00:00Z", "2026-01-04T23:00:00Z"},
		{"a week with a change of clocks", store.Week, berlin, "2026-03-26T12:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a month of 28 days", store.Month, shanghai, "2026-02-28T12:00:00Z", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z"},
		{"a month of 29", store.Month, shanghai, "2028-02-10T12:00:00Z", "2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z"},
		{"December ends with the year", store.Month, shanghai, "2026-12-31T12:00:00Z", "2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, _ := time.Parse(time.RFC3339, c.at)
			start, end := c.period.Bounds(at, c.zone)
			if got := start.Format(time.RFC3339) + " " + end.Format(time.RFC3339); got != c.start+" "+c.end {
				t.Errorf("%s, want %s %s", got, c.start, c.end)
			}
		})
	}
	if start, end := store.Ever.Bounds(time.Now(), shanghai); !start.IsZero() || !end.IsZero() {
		t.Errorf("ever is from %s to %s", start, end)
	}
}

func TestALimitIsHeldThenSpentOrFreed(t *testing.T) {
	each(t, func(d *desk) {
		limits := append(companyDay(5000), store.Limit{Kind: store.LimitCustomer, Key: "oA", OpenID: "oA", Period: store.Month, MaxFen: 2000, MaxCoupons: 2})
		want := func(what string, held, spent, customer int64) {
			d.Helper()
			used, err := d.Used(d.Context(), limits)
			d.ok(err)
			if int64(used[0].HeldCoupons) != held || used[0].SpentCoupons != spent || used[1].Coupons() != customer ||
				used[0].HeldFen != store.Fen(held*1000) || used[0].SpentFen != store.Fen(spent*1000) {
				d.Errorf("%s: %+v, want %d held, %d spent, %d of the customer", what, used, held, spent, customer)
			}
		}
		d.send(contents("oA", "oB", "oC"), limits...)
		want("asked", 3, 0, 1)
		claims := d.claim(3)
		d.record(claims[0], issued(claims[0]))
		want("issued", 2, 1, 1)
		d.record(claims[1], refused(false))
		want("refused", 1, 1, 1)
		d.record(claims[2], lost(time.Time{}))
		want("unknown counts", 1, 1, 1)
		d.send(contents("oA"), limits...)
		want("a second send", 2, 1, 2)
		var reached *store.LimitReached
		_, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA", "oE", "oF")).ID, By: "U0ANA", Limits: limits})
		if !errors.As(err, &reached) || reached.Limit.Kind != store.LimitCompany || reached.Used.Coupons() != 3 || reached.Asked.HeldFen != 3000 || reached.Used.Until.IsZero() {
			d.Errorf("three more of five: %v %+v", err, reached)
		}
		_, err = d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA")).ID, By: "U0ANA", Limits: limits})
		if !errors.As(err, &reached) || reached.Limit.Kind != store.LimitCustomer {
			d.Errorf("a third for the customer: %v", err)
		}
		want("refused asks hold nothing", 2, 1, 2)
	})
}

func TestALimitSmallerThanOneSendIsReachedAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		var reached *store.LimitReached
		_, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA", "oB")).ID, By: "U0ANA", Limits: companyDay(1999)})
		if !errors.As(err, &reached) || reached.Used.Fen() != 0 {
			d.Errorf("%v, want LimitReached", err)
		}
		d.send(contents("oA"), companyDay(1000)...)
	})
}

func TestARaceNeverPassesALimit(t *testing.T) {
	each(t, func(d *desk) {
		drafts := make([]store.Draft, 30)
		for i := range drafts {
			drafts[i] = d.draft(contents(fmt.Sprint("oRACE", i)))
		}
		ledgers := []*store.Ledger{d.Ledger}
		if store.IsPostgres(d.dsn) {
			ledgers = append(ledgers, storetest.Open(d.T, d.dsn, store.Options{Now: d.clock.Now}))
		}
		var wg sync.WaitGroup
		made := make(chan bool, len(drafts))
		for i, draft := range drafts {
			wg.Go(func() {
				_, err := ledgers[i%len(ledgers)].CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA", Limits: companyDay(7500)})
				var reached *store.LimitReached
				switch {
				case err == nil:
					made <- true
				case !errors.As(err, &reached):
					d.Error(err)
				}
			})
		}
		wg.Wait()
		if len(made) != 7 {
			d.Errorf("%d sends of 10.00 under a limit of 75.00", len(made))
		}
	})
}

func TestHoldsMoveOverMidnight(t *testing.T) {
	each(t, func(d *desk) {
		limits := append(companyDay(5000), store.Limit{Kind: store.LimitAgent, Key: "U0ANA", Period: store.Ever, MaxFen: 100000})
		s := d.send(contents("oA", "oB"), limits...)
		d.clock.Advance(24 * time.Hour)
		d.issue(1)
		used, err := d.Used(d.Context(), limits)
		d.ok(err)
		if used[0].HeldCoupons != 1 || used[0].SpentCoupons != 1 || used[1].SpentCoupons != 1 {
			d.Errorf("the new day: %+v", used)
		}
		d.clock.Set(d.clock.Now().Add(-24 * time.Hour))
		if used, err = d.Used(d.Context(), limits); err != nil || used[0].Coupons() != 0 {
			d.Errorf("the day before: %+v, %v", used[0], err)
		}
		d.clock.Advance(24 * time.Hour)
		d.issue(1)
		d.state(s.ID, store.SendDone)
	})
}

func TestASendWithoutRoomInTheNewDayPausesItself(t *testing.T) {
	each(t, func(d *desk) {
		old := d.send(contents("oA", "oB"), companyDay(2500)...)
		d.ok(d.PauseSend(d.Context(), old.ID, "U0ANA", ""))
		d.clock.Advance(24 * time.Hour)
		d.send(contents("oC"), companyDay(2500)...)
		d.ok(d.ResumeSend(d.Context(), old.ID, "U0ANA", ""))
		if claims := d.claim(10); len(claims) != 1 || claims[0].OpenID != "oC" {
			d.Fatalf("claimed %v, want only the new send's", names(claims))
		}
		if s := d.sendNow(old.ID); s.State != store.SendPaused || s.PauseReason != "limit" {
			d.Errorf("%s for %q, want paused for its limit", s.State, s.PauseReason)
		}
		d.clock.Advance(24 * time.Hour)
		d.ok(d.ResumeSend(d.Context(), old.ID, "U0ANA", ""))
		if claims := d.claim(10); len(claims) < 2 {
			d.Errorf("claimed %v the day after", names(claims))
		}
	})
}
