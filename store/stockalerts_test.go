package store_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// A stockRig is a desk with one stock of the configuration that a test reads again and again.
type stockRig struct {
	*desk
	stock store.Stock
}

func newStockRig(d *desk) *stockRig {
	now := d.clock.Now()
	r := &stockRig{desk: d, stock: store.Stock{ID: "9856000", CreatorMchID: storetest.MchID, Name: "道歉券", Status: "running", Type: "NORMAL", Amount: 1000, Minimum: 2000,
		Begins: now.AddDate(0, -1, 0), Ends: now.AddDate(0, 1, 0), MaxCoupons: 1000, Distributed: 10}}
	r.watches("9856000")
	return r
}

func (r *stockRig) watches(ids ...string) {
	r.Helper()
	var all []store.Watched
	for _, id := range ids {
		all = append(all, store.Watched{ID: id, CreatorMchID: storetest.MchID, Called: "stock-" + id})
	}
	r.ok(r.WatchStocks(r.Context(), all))
}

// reads keeps a reading, a minute after the last.
func (r *stockRig) reads(change func(s *store.Stock)) {
	r.Helper()
	r.clock.Advance(time.Minute)
	change(&r.stock)
	r.ok(r.SaveStock(r.Context(), r.stock, r.clock.Now().Add(time.Minute)))
}

// alerts are all that were ever raised: "stock_low", or "stock_low over".
func (r *stockRig) alerts() string {
	r.Helper()
	cards, err := r.Behind(r.Context(), 100)
	r.ok(err)
	byID := map[string]string{}
	for _, c := range cards {
		if c.Kind != store.CardAlert {
			continue
		}
		var id int64
		_, err := fmt.Sscanf(c.Subject, "alert:%d", &id)
		r.ok(err)
		a, err := r.Alert(r.Context(), id)
		r.ok(err)
		word := a.Kind
		if !a.OverAt.IsZero() {
			word += " over"
		}
		byID[fmt.Sprintf("%09d", id)] = word
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		out = append(out, byID[id])
	}
	return strings.Join(out, ", ")
}

func TestAlertsAboutStocksAreToldOnceUntilTheyAreOver(t *testing.T) {
	set := func(distributed int64) func(*store.Stock) {
		return func(s *store.Stock) { s.Distributed = distributed }
	}
	status := func(word string) func(*store.Stock) { return func(s *store.Stock) { s.Status = word } }
	for _, c := range []struct {
		name     string
		readings []func(*store.Stock)
		want     string
	}{
		{"a tenth left is not little", []func(*store.Stock){set(900)}, ""},
		{"less than a tenth is", []func(*store.Stock){set(901)}, "stock_low"},
		{"it is told once", []func(*store.Stock){set(901), set(902), set(1000)}, "stock_low"},
		{"figures that differ a little are no news", []func(*store.Stock){set(901), set(899), set(901)}, "stock_low"},
		{"topped up, it is over", []func(*store.Stock){set(901), func(s *store.Stock) { s.MaxCoupons = 5000 }}, "stock_low over"},
		{"used up once more, it is told anew", []func(*store.Stock){set(901), func(s *store.Stock) { s.MaxCoupons = 5000 }, set(4600)}, "stock_low over, stock_low"},
		{"a stock without a number of coupons has no little", []func(*store.Stock){func(s *store.Stock) { s.MaxCoupons = 0 }}, ""},
		{"paused", []func(*store.Stock){status("running"), status("paused"), status("paused")}, "stock_off"},
		{"paused, then stopped, is one alert", []func(*store.Stock){status("paused"), status("stoped")}, "stock_off"},
		{"paused, runs, paused", []func(*store.Stock){status("paused"), status("running"), status("paused")}, "stock_off over, stock_off"},
		{"not activated before its window begins", []func(*store.Stock){func(s *store.Stock) { s.Status, s.Begins = "unactivated", s.Begins.AddDate(0, 2, 0) }}, ""},
		{"not activated when its window begins", []func(*store.Stock){func(s *store.Stock) { s.Status = "unactivated" }}, "stock_off"},
		{"both at once", []func(*store.Stock){func(s *store.Stock) { s.Status, s.Distributed = "paused", 999 }}, "stock_low, stock_off"},
		{"its window was made longer", []func(*store.Stock){func(s *store.Stock) { s.Ends = s.Begins.AddDate(0, 1, 2) }, func(s *store.Stock) { s.Ends = s.Ends.AddDate(0, 1, 0) }}, "stock_ending over"},
		{"ended long ago", []func(*store.Stock){func(s *store.Stock) { s.Ends, s.Status = s.Begins.AddDate(0, 0, 1), "stoped" }}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(d *desk) {
				r := newStockRig(d)
				for _, change := range c.readings {
					r.reads(change)
				}
				if got := r.alerts(); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestAStockThatEndsSoonIsToldThreeDaysBeforeAlsoWhileItCannotBeRead(t *testing.T) {
	each(t, func(d *desk) {
		r := newStockRig(d)
		r.reads(func(s *store.Stock) { s.Ends = r.clock.Now().Add(store.EndsWithin + time.Hour) })
		if got := r.alerts(); got != "" {
			t.Fatalf("too early: %s", got)
		}
		r.clock.Advance(time.Hour)
		d.ok(r.SaveStock(t.Context(), store.Stock{ID: r.stock.ID, Fault: "timeout"}, r.clock.Now()))
		if got := r.alerts(); got != "stock_ending" {
			t.Fatalf("three days before: %q", got)
		}
		r.clock.Advance(store.EndsWithin)
		r.reads(func(*store.Stock) {})
		if got := r.alerts(); got != "stock_ending over" {
			t.Errorf("after its end: %q", got)
		}
		a, err := r.Alert(t.Context(), 1)
		d.ok(err)
		if a.Detail["called"] != "stock-9856000" || a.Detail["stock"] != "9856000" || a.Detail["ends"] != r.stock.Ends.Format(time.RFC3339) {
			t.Errorf("it tells %v", a.Detail)
		}
	})
}

func TestOnlyStocksOfTheConfigurationAreWatched(t *testing.T) {
	each(t, func(d *desk) {
		r := newStockRig(d)
		d.ok(d.WantStock(t.Context(), "777", storetest.MchID))
		other := r.stock
		other.ID, other.Status = "777", "paused"
		d.ok(d.SaveStock(t.Context(), other, d.clock.Now()))
		r.reads(func(s *store.Stock) { s.Distributed = 999 })
		if got := r.alerts(); got != "stock_low" {
			t.Fatalf("got %q", got)
		}
		r.watches("777")
		if got := r.alerts(); got != "stock_low over" {
			t.Errorf("taken out of the configuration: %q", got)
		}
		d.ok(d.SaveStock(t.Context(), other, d.clock.Now()))
		if got := r.alerts(); got != "stock_low over, stock_off" {
			t.Errorf("put into it: %q", got)
		}
		other.ID = "888"
		d.ok(d.SaveStock(t.Context(), other, d.clock.Now()))
		if _, err := d.Stock(t.Context(), "888"); err != store.ErrNotFound {
			t.Errorf("a stock that nobody wants was kept: %v", err)
		}
	})
}

func TestWhatIsLeftTodayIsCountedFromTheDaysBeginning(t *testing.T) {
	midnight := time.Date(2026, 3, 10, 16, 0, 0, 0, time.UTC) // in China
	type reading struct {
		at          time.Time
		distributed int64
	}
	for _, c := range []struct {
		name     string
		readings []reading
		left     store.Fen
		since    time.Time
		ok       bool
	}{
		{"never read", nil, 0, time.Time{}, false},
		{"the first reading ever", []reading{{midnight.Add(time.Hour), 50}}, 100_000, midnight.Add(time.Hour), true},
		{"what was given out since", []reading{{midnight.Add(time.Hour), 50}, {midnight.Add(2 * time.Hour), 62}}, 88_000, midnight.Add(time.Hour), true},
		{"read just before midnight", []reading{{midnight.Add(-time.Minute), 50}, {midnight.Add(time.Minute), 53}, {midnight.Add(time.Hour), 60}}, 90_000, midnight.Add(-time.Minute), true},
		{"nobody read around midnight", []reading{{midnight.Add(-time.Hour), 50}, {midnight.Add(time.Hour), 60}, {midnight.Add(2 * time.Hour), 61}}, 99_000, midnight.Add(time.Hour), true},
		{"more than the cap", []reading{{midnight, 0}, {midnight.Add(time.Hour), 500}}, 0, midnight, true},
		{"yesterday's readings say nothing", []reading{{midnight.Add(-time.Hour), 50}}, 0, time.Time{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(d *desk) {
				r := newStockRig(d)
				r.stock.MaxDayFen = 100_000
				for _, x := range c.readings {
					d.clock.Set(x.at)
					r.stock.Distributed = x.distributed
					d.ok(d.SaveStock(t.Context(), r.stock, x.at))
				}
				s, err := d.Stock(t.Context(), r.stock.ID)
				d.ok(err)
				left, since, ok := s.LeftToday(midnight.Add(3 * time.Hour))
				if left != c.left || !since.Equal(c.since) || ok != c.ok {
					t.Errorf("got %s since %s, %v", left, since, ok)
				}
			})
		})
	}
	if _, _, ok := (store.Stock{MaxDayFen: 1, ReadAt: midnight, DayAt: midnight}).LeftToday(midnight); ok {
		t.Error("coupons of a value that is chosen cannot be counted as money")
	}
}
