package store_test

import (
	"errors"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// adopted puts a ledger in a state in which it has one of everything, and adopts it.
func adopted(d *desk, after time.Duration) store.Unfinished {
	d.Helper()
	if d.lead != nil {
		d.ok(d.lead.Close())
		d.lead = nil
	}
	d.ok(d.Close())
	d.clock.Advance(after)
	l, err := store.OpenCopy(d.Context(), d.dsn, store.Options{Now: d.clock.Now, MchID: storetest.MchID, Zone: storetest.Shanghai})
	d.ok(err)
	done, err := l.Adopt(d.Context(), d.dsn, "os:root")
	d.ok(err)
	d.ok(l.Close())
	d.open()
	return done
}

func TestAdoptBelievesNothingUnfinished(t *testing.T) {
	each(t, func(d *desk) {
		called := d.send(contents("oCALLED"))
		d.claim1()
		waiting, paused := d.send(contents("oWAITING")), d.send(contents("oPAUSED"))
		d.ok(d.PauseSend(d.Context(), paused.ID, "U0ANA", "p"))
		draft := d.draft(contents("oDRAFT"))
		seats, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oAWAITING")).ID, By: "U0ANA", Seats: func([]store.Total) ([]store.Seat, error) { return []store.Seat{{Group: "a", Count: 1}}, nil },
			Limits: []store.Limit{{Kind: store.LimitAgent, Key: "U0ANA", Period: store.Day, MaxFen: 5000}}})
		d.ok(err)
		done := adopted(d, time.Minute)
		if want := (store.Unfinished{Coupons: 3, Waiting: 2, Sends: 1, Drafts: 1}); done != want {
			d.Errorf("adopted %+v, want %+v", done, want)
		}
		for _, s := range []store.Send{called, waiting, paused} {
			if g := d.grant(s.ID, 1); g.State != store.GrantUnknown || !g.OpenAttempt || g.AskAt.IsZero() {
				d.Errorf("%s is %+v", g.ID, g)
			}
		}
		claims := d.claim(10)
		reads := map[int64]bool{}
		for _, c := range claims {
			reads[c.ID.Send] = c.Read
		}
		if len(claims) != 3 || reads[waiting.ID] || !reads[paused.ID] {
			d.Errorf("claimed %v, reading only: %v; the paused one is never posted", names(claims), reads)
		}
		expired, err := d.Send(d.Context(), seats.ID)
		d.ok(err)
		used, err := d.Used(d.Context(), []store.Limit{{Kind: store.LimitAgent, Key: "U0ANA", Period: store.Day}})
		d.ok(err)
		if expired.State != store.SendExpired || expired.ClosedWhy != store.AdoptedWhy || expired.Cancelled != 1 || len(expired.WaitsFor) != 0 || used[0].HeldFen != 0 {
			d.Errorf("%+v holds %+v", expired, used[0])
		}
		d.moved(second(d.approve(seats.ID, "U0APPY", "a")), "expired")
		var moved *store.Moved
		if _, err := d.CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA"}); !errors.As(err, &moved) || moved.State != "expired" {
			d.Errorf("an old confirm card: %v", err)
		}
		if s := d.send(contents("oNEW")); s.ID <= 100_000 {
			d.Errorf("the next send is %d: the other ledger may have used that", s.ID)
		}
	})
}

func TestAdoptADayLaterOnlyReads(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oWAITING"))
		adopted(d, 24*time.Hour)
		if c := d.claim1(); !c.Read {
			d.Errorf("it would be posted: %+v", c)
		}
	})
}

func TestAdoptTwoCouponsOfOneCustomerAndStock(t *testing.T) {
	each(t, func(d *desk) {
		one, two := d.send(contents("oSAME")), d.send(contents("oSAME"))
		adopted(d, time.Minute)
		for _, s := range []store.Send{one, two} {
			if g := d.grant(s.ID, 1); g.State != store.GrantUnknown {
				d.Errorf("%s is %s", g.ID, g.State)
			}
		}
		three := d.send(contents("oSAME"))
		for _, c := range d.claim(10) {
			if c.ID.Send == three.ID {
				d.Errorf("the younger one does not wait")
			}
		}
	})
}

func TestAdoptAgainIsTheSame(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents(openids(700)...))
		adopted(d, time.Minute)
		if done := adopted(d, time.Minute); done.Coupons != 700 || done.Waiting != 0 {
			d.Errorf("adopted %+v", done)
		}
	})
}

func TestAdoptIsRefusedWhileAnotherProcessWorks(t *testing.T) {
	each(t, func(d *desk) {
		d.leads()
		l, err := store.OpenCopy(d.Context(), d.dsn, store.Options{Now: d.clock.Now})
		if err == nil {
			defer l.Close()
			_, err = l.Adopt(d.Context(), d.dsn, "os:root")
		}
		if !errors.Is(err, store.ErrInUse) {
			d.Errorf("adopted: %v", err)
		}
	})
}
