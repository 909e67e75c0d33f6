package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// reads keeps a reading of the stock that contents are about.
func (d *desk) reads(change func(s *store.Stock)) {
	d.Helper()
	s := store.Stock{ID: "9856000", CreatorMchID: storetest.MchID, Status: "running", Amount: 1000, Begins: d.clock.Now().Add(-time.Hour), Ends: d.clock.Now().Add(time.Hour)}
	change(&s)
	d.ok(d.WantStock(d.Context(), s.ID, s.CreatorMchID))
	d.ok(d.SaveStock(d.Context(), s, d.clock.Now().Add(time.Minute)))
}

func TestTheStockIsLookedAtBeforeEachClaim(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		read     func(s *store.Stock)
		age      time.Duration
		reason   string // "": it is claimed
		detail   string
	}{
		{"it runs", func(*store.Stock) {}, 0, "", ""},
		{"it was never read", nil, 0, "", ""},
		{"its reading failed", func(s *store.Stock) { s.Fault, s.Status = "no", "paused" }, 0, "", ""},
		{"it is paused", func(s *store.Stock) { s.Status = "paused" }, 0, store.PauseStockState, "paused"},
		{"it was paused when it was last read, long ago", func(s *store.Stock) { s.Status = "paused" }, 20 * time.Minute, "", ""},
		{"it is over", func(s *store.Stock) { s.Ends = s.Begins }, 0, store.PauseStockState, store.StockEnded},
		{"it has not begun", func(s *store.Stock) { s.Begins = s.Ends }, 0, store.PauseStockState, store.StockNotBegun},
		{"it has no window", func(s *store.Stock) { s.Begins, s.Ends = time.Time{}, time.Time{} }, 0, "", ""},
		{"it is worth more now", func(s *store.Stock) { s.Amount = 1500 }, 0, store.PauseTerms, "1500"},
		{"its value is chosen with each send", func(s *store.Stock) { s.Amount = 0 }, 0, "", ""},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				if tt.read != nil {
					d.reads(tt.read)
				}
				d.clock.Advance(tt.age)
				s := d.send(contents("oA"))
				claims := d.claim(10)
				got := d.sendNow(s.ID)
				if got.PauseReason != tt.reason || got.PauseDetail != tt.detail || (len(claims) == 1) != (tt.reason == "") {
					d.Errorf("claimed %v, paused %q %q", names(claims), got.PauseReason, got.PauseDetail)
				}
			})
		})
	}
}

// A person who says "go on" knows better than a reading from before; what a coupon is worth is nobody's to say.
func TestResumedAfterTheStockPausedIt(t *testing.T) {
	each(t, func(d *desk) {
		d.reads(func(s *store.Stock) { s.Status = "paused" })
		s := d.send(contents("oA"))
		d.claim(10)
		d.state(s.ID, store.SendPaused)
		d.clock.Advance(time.Second)
		d.ok(d.ResumeSend(d.Context(), s.ID, "U0ANA", ""))
		if due, err := d.StocksDue(d.Context(), 10); err != nil || len(due) != 1 {
			d.Errorf("the stock is to be read again: %v, %v", due, err)
		}
		d.ok(d.Unclaim(d.Context(), []store.Claim{d.claim1()}))
		d.clock.Advance(time.Second)
		d.reads(func(s *store.Stock) { s.Status = "paused" })
		if claims := d.claim(10); len(claims) != 0 {
			d.Errorf("a newer reading says the same, and %v is claimed", names(claims))
		}
		d.clock.Advance(time.Second)
		d.reads(func(s *store.Stock) { s.Amount = 1 })
		d.clock.Advance(time.Second)
		d.ok(d.ResumeSend(d.Context(), s.ID, "U0ANA", ""))
		d.claim(10)
		if got := d.sendNow(s.ID); got.PauseReason != store.PauseTerms {
			d.Errorf("%+v", got)
		}
	})
}

// A ceiling that others have passed, because theirs is higher, holds a send back.
func TestALimitThatIsFullerThanItMayBe(t *testing.T) {
	each(t, func(d *desk) {
		tight := d.send(contents("oA"), companyDay(2000)...)
		d.send(contents("oB", "oC"), companyDay(9000)...)
		claims := d.claim(10)
		for _, c := range claims {
			if c.ID.Send == tight.ID {
				d.Errorf("%s is claimed", c.ID)
			}
		}
		got := d.sendNow(tight.ID)
		reached, ok := got.LimitReached()
		if len(claims) != 2 || !ok || reached.Limit.MaxFen != 2000 || reached.Used.Fen() != 3000 || reached.Used.Until.IsZero() {
			d.Errorf("claimed %v, %+v: %+v", names(claims), got, reached)
		}
	})
}

func TestFourFifthsOfALimitAreTold(t *testing.T) {
	customer := func(max store.Fen, coupons int64) store.Limit {
		return store.Limit{Kind: store.LimitCustomer, Key: "oA", OpenID: "oA", Period: store.Month, MaxFen: max, MaxCoupons: coupons}
	}
	for _, tt := range []struct {
		sentence string
		limit    store.Limit
		sends    int // of one coupon each
		want     []string
	}{
		{"three of four are less", companyDay(4000)[0], 3, nil},
		{"four of five are told", companyDay(5000)[0], 4, []string{"4000 of 5000 "}},
		{"once", companyDay(5000)[0], 5, []string{"4000 of 5000 "}},
		{"no ceiling has no four fifths", companyDay(0)[0], 5, nil},
		{"coupons count like money", store.Limit{Kind: store.LimitStock, Key: "9856000", Period: store.Ever, MaxCoupons: 5}, 4, []string{"4 of 5 coupons"}},
		{"one coupon of a customer is no news", customer(1000, 0), 1, nil},
		{"several are", customer(0, 5), 4, []string{"4 of 5 coupons"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				for range tt.sends {
					d.send(contents("oA"), tt.limit)
				}
				var got []string
				for _, a := range d.alerts(store.AlertLimit) {
					got = append(got, fmt.Sprintf("%s of %s %s", a.Detail["used"], a.Detail["most"], a.Detail["unit"]))
					if a.Detail["kind"] != tt.limit.Kind || a.Detail["openid"] != tt.limit.OpenID || tt.limit.OpenID != "" && a.Detail["key"] != "" || (a.Detail["until"] == "") != (tt.limit.Period == store.Ever) {
						d.Errorf("%+v", a.Detail)
					}
				}
				if !slices.Equal(got, tt.want) {
					d.Errorf("told %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestEachPeriodIsToldAnew(t *testing.T) {
	each(t, func(d *desk) {
		for day := range 3 {
			for range 5 {
				d.send(contents("oA"), companyDay(5000)...)
			}
			if alerts := d.alerts(store.AlertLimit); len(alerts) != day+1 {
				d.Errorf("on day %d there are %d alerts", day+1, len(alerts))
			}
			d.clock.Advance(24 * time.Hour)
		}
	})
}

func TestAnAttemptToSendToStaffIsToldOnceADay(t *testing.T) {
	each(t, func(d *desk) {
		for range 2 {
			d.ok(d.RaiseStaff(d.Context(), "U0ANA", 3))
		}
		alerts := d.alerts(store.AlertStaff)
		if len(alerts) != 1 || alerts[0].Detail["person"] != "U0ANA" || alerts[0].Detail["openids"] != "3" {
			d.Errorf("%+v", alerts)
		}
		d.clock.Advance(24 * time.Hour)
		d.ok(d.RaiseStaff(d.Context(), "U0ANA", 1))
		if alerts := d.alerts(store.AlertStaff); len(alerts) != 2 {
			d.Errorf("the next day: %+v", alerts)
		}
	})
}
