package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func sendNames(all []store.Send) string {
	var out []string
	for _, s := range all {
		out = append(out, store.SendName(s.ID))
	}
	return strings.Join(out, " ")
}

// lookupWorld has six sends: U0ANA's S1 (T-1), S2 (T-2), S3 (T-1), two of stock 9856000 and one of 9856001; then one each
// of U0BEN's and U0FINN's, and one of U0ANA's that is cancelled.
func lookupWorld(d *desk) {
	d.Helper()
	ask := func(by, ticket, stock string) store.Send {
		d.clock.Advance(time.Second)
		d.typed++
		c := contents("oSAME", fmt.Sprint("oONLY", d.typed))
		c.Ticket, c.StockID = ticket, stock
		draft, _, err := d.OpenDraft(d.Context(), fmt.Sprint("typed ", d.typed), by, "C0", c)
		d.ok(err)
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: by})
		d.ok(err)
		return s
	}
	ask("U0ANA", "T-1", "9856000")
	ask("U0ANA", "T-2", "9856000")
	ask("U0ANA", "T-1", "9856001")
	ask("U0BEN", "T-1", "9856001")
	ask("U0FINN", "", "9856002")
	err := d.CancelSend(d.Context(), ask("U0ANA", "T-3", "9856000").ID, "U0ANA", "")
	d.ok(err)
}

func TestSendsAreFoundNewestFirst(t *testing.T) {
	each(t, func(d *desk) {
		lookupWorld(d)
		for _, c := range []struct {
			name   string
			filter store.SendFilter
			limit  int
			want   string
			more   int
		}{
			{"by ticket", store.SendFilter{Ticket: "T-1"}, 10, "S4 S3 S1", 0},
			{"by ticket and person", store.SendFilter{Ticket: "T-1", By: "U0ANA"}, 10, "S3 S1", 0},
			{"by person", store.SendFilter{By: "U0ANA"}, 10, "S6 S3 S2 S1", 0},
			{"by person, open ones", store.SendFilter{By: "U0ANA", Open: true}, 10, "S3 S2 S1", 0},
			{"by stock", store.SendFilter{StockID: "9856001"}, 10, "S4 S3", 0},
			{"by stock and person", store.SendFilter{StockID: "9856000", By: "U0ANA"}, 10, "S6 S2 S1", 0},
			{"the first of them", store.SendFilter{By: "U0ANA"}, 3, "S6 S3 S2", 1},
			{"none", store.SendFilter{Ticket: "T-9"}, 10, "", 0},
		} {
			got, more, err := d.FindSends(t.Context(), c.filter, c.limit)
			if err != nil || sendNames(got) != c.want || more != c.more {
				t.Errorf("%s: %s and %d more, %v; want %s and %d", c.name, sendNames(got), more, err, c.want, c.more)
			}
		}
	})
}

func TestCouponsOfACustomerAreFoundNewestFirst(t *testing.T) {
	each(t, func(d *desk) {
		lookupWorld(d)
		for _, c := range []struct {
			openid, by string
			limit      int
			want       string
			more       int
		}{
			{"oSAME", "", 10, "S6-1 S5-1 S4-1 S3-1 S2-1 S1-1", 0},
			{"oSAME", "U0ANA", 2, "S6-1 S3-1", 2},
			{"oONLY2", "", 10, "S2-2", 0},
			{"oONLY2", "U0BEN", 10, "", 0},
		} {
			got, more, err := d.CouponsOf(t.Context(), c.openid, c.by, c.limit)
			var names []string
			for _, s := range got {
				names = append(names, s.Grant.ID.String())
				if s.Send.ID != s.Grant.ID.Send || s.Grant.OpenID != c.openid {
					t.Errorf("%s is shown as %s of %s", s.Grant.ID, s.Grant.OpenID, store.SendName(s.Send.ID))
				}
			}
			if err != nil || strings.Join(names, " ") != c.want || more != c.more {
				t.Errorf("%s by %q: %v and %d more, %v", c.openid, c.by, names, more, err)
			}
		}
	})
}

func TestWhatIsNotShownIsCountedUpToAThousand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		storetest.Fill(t, dsn, storetest.Filling{Sends: store.CountMost + 30, PerSend: 1, State: "issued"})
		if _, err := storetest.Raw(t, dsn).Exec(`UPDATE grants SET openid = 'oSAME'`); err != nil {
			t.Fatal(err)
		}
		l := storetest.Open(t, dsn, store.Options{})
		if got, more, err := l.FindSends(t.Context(), store.SendFilter{By: "U0FILL"}, 10); err != nil || len(got) != 10 || more != store.CountMost {
			t.Errorf("%d sends and %d more, %v", len(got), more, err)
		}
		if got, more, err := l.CouponsOf(t.Context(), "oSAME", "", 10); err != nil || len(got) != 10 || more != store.CountMost {
			t.Errorf("%d coupons and %d more, %v", len(got), more, err)
		}
		got, err := l.Received(t.Context(), "oSAME")
		if want := (store.Received{Coupons: store.CountMost, Fen: 1000 * store.CountMost, Capped: true}); err != nil || got != want {
			t.Errorf("received %+v, %v", got, err)
		}
	})
}

func TestACouponIsFoundByItsIdAndByItsNumber(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oAAA", "oBBB"))
		c := d.claim(1)
		_, err := d.Record(t.Context(), []store.Result{issued(c[0])})
		d.ok(err)
		g, err := d.Grant(t.Context(), c[0].ID)
		d.ok(err)
		if got, err := d.SightOfCoupon(t.Context(), g.CouponID); err != nil || got.Grant.ID != g.ID || got.Send.ID != s.ID {
			t.Errorf("by its id: %+v, %v", got, err)
		}
		if got, err := d.SightOfNumber(t.Context(), s.Number(2)); err != nil || got.Grant.ID.Position != 2 || got.Send.ID != s.ID {
			t.Errorf("by its number: %+v, %v", got, err)
		}
		for _, number := range []string{"", "x", s.NumberPrefix, s.Number(3), s.Number(0), s.NumberPrefix + "-01", s.Number(1) + "-1", "moon-1", s.NumberPrefix + "-99999999999"} {
			if got, err := d.SightOfNumber(t.Context(), number); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q finds %+v, %v", number, got, err)
			}
		}
		for _, id := range []string{"", "0"} {
			if got, err := d.SightOfCoupon(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("coupon %q is %+v, %v", id, got, err)
			}
		}
		if got, err := d.Received(t.Context(), "oAAA"); err != nil || got != (store.Received{Coupons: 1, Fen: 1000}) {
			t.Errorf("received %+v, %v", got, err)
		}
		if got, err := d.Received(t.Context(), "oBBB"); err != nil || got != (store.Received{}) {
			t.Errorf("received %+v, %v", got, err)
		}
	})
}

func TestACustomersListIsReadOnceForEveryAsking(t *testing.T) {
	each(t, func(d *desk) {
		want := func(n int) []store.Wallet {
			t.Helper()
			all, err := d.WalletsWanted(t.Context(), 10)
			if err != nil || len(all) != n {
				t.Fatalf("%d are wanted, not %d: %v", len(all), n, err)
			}
			return all
		}
		if w, err := d.Wallet(t.Context(), "oAAA", "1"); err != nil || !w.ReadAt.IsZero() || w.OpenID != "oAAA" {
			t.Fatalf("nobody asked: %+v, %v", w, err)
		}
		d.ok(d.WantWallet(t.Context(), "oAAA", "1"))
		d.clock.Advance(time.Second)
		d.ok(d.WantWallet(t.Context(), "oBBB", "1"))
		d.ok(d.WantWallet(t.Context(), "oAAA", "1"))
		all := want(2)
		if all[0].OpenID != "oAAA" || all[1].OpenID != "oBBB" {
			t.Errorf("who waits longest is not first: %+v", all)
		}
		all[0].Coupons = map[string]string{"98674556": "USED"}
		d.ok(d.SaveWallet(t.Context(), all[0]))
		read := d.clock.Now()
		want(1)
		d.clock.Advance(time.Second)
		d.ok(d.WantWallet(t.Context(), "oAAA", "1"))
		d.ok(d.SaveWallet(t.Context(), store.Wallet{OpenID: "oAAA", CreatorMchID: "1", Fault: "timeout"}))
		w, err := d.Wallet(t.Context(), "oAAA", "1")
		if err != nil || w.Coupons["98674556"] != "USED" || !w.ReadAt.Equal(read) || w.Fault != "timeout" || !w.TriedAt.Equal(d.clock.Now()) || !w.WantAt.IsZero() {
			t.Errorf("after a reading that failed: %+v, %v", w, err)
		}
		d.clock.Advance(8 * 24 * time.Hour)
		_, err = d.Tidy(t.Context(), time.Hour, time.Hour)
		d.ok(err)
		if w, err := d.Wallet(t.Context(), "oAAA", "1"); err != nil || len(w.Coupons) != 0 || !w.ReadAt.IsZero() {
			t.Errorf("a reading of last week is kept: %+v, %v", w, err)
		}
		want(1) // nobody who waits is forgotten
	})
}
