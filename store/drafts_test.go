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

func TestTheSameContentsAskedAgainAreTheOpenDraft(t *testing.T) {
	each(t, func(d *desk) {
		first, existed, err := d.OpenDraft(d.Context(), "k1", "U0ANA", "C1", contents("oA"))
		if err != nil || existed {
			d.Fatalf("%v, existed %t", err, existed)
		}
		d.clock.Advance(time.Minute)
		for _, c := range []struct {
			name, key, by string
			contents      store.Contents
			same          bool
		}{
			{"the same contents", "k2", "U0ANA", contents("oA"), true},
			{"the same input again", "k1", "U0ANA", contents("oA"), true},
			{"the same input with other contents", "k1", "U0ANA", contents("oB"), true},
			{"another customer", "k3", "U0ANA", contents("oB"), false},
			{"another person", "k4", "U0WEI", contents("oA"), false},
		} {
			got, existed, err := d.OpenDraft(d.Context(), c.key, c.by, "C2", c.contents)
			d.ok(err)
			if existed != c.same || (got.ID == first.ID) != c.same {
				d.Errorf("%s: draft %d, existed %t", c.name, got.ID, existed)
			}
			if c.same && (!got.CreatedAt.Equal(first.CreatedAt) || got.Channel != "C1") {
				d.Errorf("%s: %+v is not the draft that was made", c.name, got)
			}
		}
	})
}

func TestADraftIsClosedOnce(t *testing.T) {
	each(t, func(d *desk) {
		draft := d.draft(contents("oA"))
		if err := d.DiscardDraft(d.Context(), draft.ID, "U0WEI"); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("another person's discard: %v, want ErrNotFound", err)
		}
		d.ok(d.DiscardDraft(d.Context(), draft.ID, "U0ANA"))
		var moved *store.Moved
		if err := d.DiscardDraft(d.Context(), draft.ID, "U0ANA"); !errors.As(err, &moved) || moved.State != "discarded" {
			d.Errorf("second discard: %v, want Moved discarded", err)
		}
		if _, err := d.CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA"}); !errors.As(err, &moved) || moved.State != "discarded" {
			d.Errorf("send of a discarded draft: %v, want Moved discarded", err)
		}
		if _, err := d.CreateSend(d.Context(), store.SendAsk{Draft: 99, By: "U0ANA"}); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("send of no draft: %v, want ErrNotFound", err)
		}
		if again := d.draft(contents("oA")); again.ID == draft.ID {
			d.Error("a discarded draft came back")
		}
	})
}

func TestTidyForgetsWhatHasHadItsTime(t *testing.T) {
	each(t, func(d *desk) {
		old := d.draft(contents("oA"))
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oB")).ID, By: "U0ANA", ResponseURL: "https://hooks.slack.com/secret"})
		d.ok(err)
		d.clock.Advance(2 * time.Hour)
		young := d.draft(contents("oC"))
		done, err := d.Tidy(d.Context(), time.Hour, time.Hour)
		d.ok(err)
		if want := (store.Tidied{Inputs: 2, Drafts: 1, Secrets: 1}); done != want {
			d.Errorf("tidied %+v, want %+v", done, want)
		}
		for id, want := range map[int64]store.DraftState{old.ID: store.DraftExpired, young.ID: store.DraftOpen} {
			if got, err := d.Draft(d.Context(), id); err != nil || got.State != want {
				d.Errorf("draft %d is %s, %v; want %s", id, got.State, err, want)
			}
		}
		cards, err := d.CardsOf(d.Context(), store.SendName(s.ID))
		d.ok(err)
		for _, c := range cards {
			if c.ResponseURL != "" {
				d.Errorf("%s card keeps its response URL", c.Kind)
			}
		}
	})
}

func TestFiftyPressesAreOneSend(t *testing.T) {
	each(t, func(d *desk) {
		draft := d.draft(contents(openids(3)...))
		var wg sync.WaitGroup
		results := make(chan error, 50)
		for i := range 50 {
			wg.Go(func() {
				_, err := d.CreateSend(d.Context(), store.SendAsk{Input: fmt.Sprint("press ", i%3), Draft: draft.ID, By: "U0ANA"})
				results <- err
			})
		}
		wg.Wait()
		close(results)
		made := 0
		for err := range results {
			var sent *store.AlreadySent
			switch {
			case err == nil:
				made++
			case !errors.As(err, &sent) || sent.Send != 1:
				d.Errorf("%v, want AlreadySent as S1", err)
			}
		}
		if made != 1 {
			d.Errorf("%d sends were made", made)
		}
		s, err := d.SendOfDraft(d.Context(), draft.ID)
		if err != nil || s.Total != 3 || s.Waiting != 3 {
			d.Errorf("%+v, %v", s, err)
		}
	})
}

func TestTwoReplicasMakeOneSend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Name == "sqlite" {
			t.Skip("SQLite is one process")
		}
		d := newDesk(t, db)
		other := storetest.Open(t, d.dsn, store.Options{Now: d.clock.Now})
		for round := range 10 {
			draft := d.draft(contents(openids(round + 1)...))
			var wg sync.WaitGroup
			made := make(chan int64, 8)
			for _, l := range []*store.Ledger{d.Ledger, other, d.Ledger, other} {
				wg.Go(func() {
					s, err := l.CreateSend(t.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA", Limits: companyDay(1_000_000)})
					var sent *store.AlreadySent
					switch {
					case err == nil:
						made <- s.ID
					case !errors.As(err, &sent):
						t.Error(err)
					}
				})
				wg.Go(func() { // the same contents typed on both: one draft
					if _, _, err := l.OpenDraft(t.Context(), "", "U0WEI", "C0", contents(fmt.Sprint("oX", round))); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(made) != 1 {
				t.Fatalf("%d sends of one draft", len(made))
			}
		}
	})
}

func companyDay(most store.Fen) []store.Limit {
	return []store.Limit{{Kind: store.LimitCompany, Period: store.Day, MaxFen: most}}
}

func TestARepeatNeedsANote(t *testing.T) {
	each(t, func(d *desk) {
		c := contents("oA", "oB")
		c.Ticket = "T-1"
		first := d.send(c)
		try := func(name string, c store.Contents, repeat bool) {
			d.Helper()
			c.Note = ""
			_, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(c).ID, By: "U0ANA", Repeat: store.RepeatRule{Within: 24 * time.Hour}})
			var r *store.Repeat
			if errors.As(err, &r) != repeat {
				d.Errorf("%s: %v", name, err)
			}
			if repeat && (r == nil || r.Earlier[0].Grant.Send != first.ID) {
				d.Errorf("%s: %+v does not name the earlier send", name, r)
			}
		}
		try("the same customer and stock", contents("oB", "oZ"), true)
		ticket := contents("oC")
		ticket.Ticket = "T-1"
		try("the same ticket", ticket, true)
		stock := contents("oB")
		stock.StockID = "9856001"
		try("another stock", stock, false)
		d.clock.Advance(25 * time.Hour)
		try("after the window", contents("oA"), false)
		d.ok(d.CancelSend(d.Context(), first.ID, "U0ANA", ""))
	})
}

func TestCancelledCouponsAreNoRepeat(t *testing.T) {
	each(t, func(d *desk) {
		d.ok(d.CancelSend(d.Context(), d.send(contents("oA")).ID, "U0ANA", ""))
		if had, err := d.Likely(d.Context(), contents("oA"), time.Time{}); err != nil || len(had) > 0 {
			d.Errorf("%v, %v; want none", had, err)
		}
		s := d.send(contents("oA"))
		had, err := d.Had(d.Context(), "oA", time.Time{}, 10)
		if err != nil || len(had) != 1 || had[0].Grant.Send != s.ID || had[0].Amount != 1000 || had[0].By != "U0ANA" {
			d.Errorf("%+v, %v; want only %s", had, err, store.SendName(s.ID))
		}
	})
}

func TestALargeSendIsMadeAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		people := openids(1000)
		limits := companyDay(10_000_000)
		for _, p := range people {
			limits = append(limits, store.Limit{Kind: store.LimitCustomer, Key: p, OpenID: p, Period: store.Month, MaxFen: 20000, MaxCoupons: 5},
				store.Limit{Kind: store.LimitWeChat, Key: storetest.MchID + "|" + p, OpenID: p, Period: store.Month, MaxFen: 500000})
		}
		draft := d.draft(contents(people...))
		started := time.Now()
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA", Limits: limits, Repeat: store.RepeatRule{Within: time.Hour}})
		d.ok(err)
		d.Logf("1,000 coupons under 2,001 limits took %s", time.Since(started).Round(time.Millisecond))
		if s.Waiting != 1000 || s.Amount != 1000 {
			d.Errorf("%+v", s)
		}
		grants, err := d.Grants(d.Context(), s.ID, 990, 100, store.GrantWaiting)
		if err != nil || len(grants) != 10 || grants[9].OpenID != people[999] || grants[0].ID.Position != 991 {
			d.Errorf("%d grants after 990, %v", len(grants), err)
		}
	})
}
