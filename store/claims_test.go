package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestAClaimCountsAsACall(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA", "oB"))
		claims := d.claim(1)
		c := claims[0]
		if c.ID.String() != "S1-1" || c.Attempts != 1 || c.State != store.GrantIssuing || !c.FirstCalledAt.Equal(d.clock.Now()) || c.Read || c.Reclaimed ||
			!c.LeaseUntil.Equal(d.clock.Now().Add(lease)) || c.Send.NumberPrefix != s.NumberPrefix {
			d.Errorf("%+v", c)
		}
		d.state(s.ID, store.SendIssuing)
		if got := d.sendNow(s.ID); got.Issuing != 1 || got.Waiting != 1 {
			d.Errorf("%+v", got.Counts)
		}
		if again := d.claim(10); len(again) != 1 || again[0].ID.Position != 2 {
			d.Errorf("claimed %v, want the other one", names(again))
		}
	})
}

func TestPeopleComeBeforeCampaignsAndShareWithEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		campaign, _ := storetest.Fill(t, d.dsn, storetest.Filling{Sends: 1, PerSend: 1000, Campaign: true})
		big := d.send(contents(openids(50)...))
		small := d.send(contents("oONE"))
		count := map[int64]int{}
		for _, c := range d.claim(20) {
			count[c.ID.Send]++
		}
		if count[small.ID] != 1 || count[big.ID] == 0 {
			t.Errorf("%v: a small send waits behind a big one", count)
		}
		for range 4 {
			for _, c := range d.claim(20) {
				count[c.ID.Send]++
			}
		}
		if count[big.ID] != 50 || count[campaign] == 0 {
			t.Errorf("%v: want all of the person's, then the campaign's", count)
		}
	})
}

func TestOneCallAtATimeForACustomerAndStock(t *testing.T) {
	each(t, func(d *desk) {
		first, second := d.send(contents("oA")), d.send(contents("oA"))
		other := contents("oA")
		other.StockID = "9856001"
		third := d.send(other)
		claims := d.claim(10)
		if got := names(claims); !slices.Equal(got, []string{store.SendName(first.ID) + "-1", store.SendName(third.ID) + "-1"}) {
			d.Fatalf("claimed %v: want one of each stock", got)
		}
		d.record(claims[0], lost(d.clock.Now().Add(time.Hour)))
		if got := names(d.claim(10)); len(got) > 0 {
			d.Errorf("claimed %v while the older one is unknown", got)
		}
		d.record(claims[0], issued(claims[0]))
		if got := d.claim1(); got.ID.Send != second.ID {
			d.Errorf("claimed %s", got.ID)
		}
	})
}

func TestSendsBehindAnUnknownPairKeepNobodyWaiting(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oA"))
		d.record(d.claim1(), lost(time.Time{}))
		for range 45 { // more than a claim looks at
			d.send(contents("oA"))
		}
		free := d.send(contents("oFREE"))
		if c := d.claim1(); c.ID.Send != free.ID {
			d.Errorf("claimed %s", c.ID)
		}
	})
}

func TestLostAnswersLeaveRoomForOthers(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents(openids(40)...))
		for _, c := range d.claim(40) {
			d.record(c, lost(d.clock.Now()))
		}
		s := d.send(contents("oNEW"))
		claims := d.claim(10)
		if len(claims) != 10 || !slices.ContainsFunc(claims, func(c store.Claim) bool { return c.ID.Send == s.ID }) {
			d.Errorf("claimed %v: want the new one among them", names(claims))
		}
		if claims = d.claim(100); len(claims) != 31 {
			d.Errorf("claimed %d, want the other 31", len(claims))
		}
	})
}

func TestNothingIsClaimedThatMustWait(t *testing.T) {
	for _, c := range []struct {
		name  string
		block func(d *desk, s store.Send) error
		free  func(d *desk, s store.Send) error
	}{
		{"of a paused send", func(d *desk, s store.Send) error { return d.PauseSend(d.Context(), s.ID, "U0ANA", "") },
			func(d *desk, s store.Send) error { return d.ResumeSend(d.Context(), s.ID, "U0ANA", "") }},
		{"while held", func(d *desk, s store.Send) error { return d.Hold(d.Context(), store.HeldClock, "61 s") },
			func(d *desk, s store.Send) error { return d.Release(d.Context(), store.HeldClock) }},
		{"while stopped", func(d *desk, s store.Send) error { _, _, err := d.Stop(d.Context(), "U0ADA", "why", ""); return err },
			func(d *desk, s store.Send) error {
				if _, err := d.AskStart(d.Context(), "U0ADA", ""); err != nil {
					return err
				}
				_, err := d.ConfirmStart(d.Context(), 1, "U0AMIR", "")
				return err
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(d *desk) {
				s := d.send(contents("oA", "oB"))
				claimed := d.claim(1)[0]
				may := func(want bool) {
					d.Helper()
					if may, err := d.MayCall(d.Context(), claimed, d.leads()); err != nil || may != want {
						d.Errorf("may call: %t, %v; want %t", may, err, want)
					}
				}
				may(true)
				d.ok(c.block(d, s))
				may(false)
				if got := d.claim(10); len(got) > 0 {
					d.Errorf("claimed %v", names(got))
				}
				d.ok(c.free(d, s))
				may(true)
				d.claim1()
			})
		})
	}
}

func TestWhileStoppedUnknownCouponsAreOnlyRead(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oA"))
		d.record(d.claim1(), lost(d.clock.Now()))
		_, _, err := d.Stop(d.Context(), "U0ADA", "why", "")
		d.ok(err)
		c := d.claim1()
		if !c.Read || !c.Reclaimed {
			d.Fatalf("%+v: want a reading", c)
		}
		if may, err := d.MayCall(d.Context(), c, d.leads()); err != nil || !may {
			d.Errorf("a reading while stopped: %t, %v", may, err)
		}
		c.Read = false
		if may, err := d.MayCall(d.Context(), c, d.leads()); err != nil || may {
			d.Errorf("a post while stopped: %t, %v", may, err)
		}
	})
}

func TestALeaseThatIsOverIsUnknown(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		d.claim1()
		if got := d.claim(1); len(got) > 0 {
			d.Fatalf("claimed %v twice", names(got))
		}
		d.clock.Advance(lease)
		c := d.claim1()
		if !c.Reclaimed || !c.OpenAttempt || c.State != store.GrantUnknown || c.Attempts != 2 || c.Read {
			d.Errorf("%+v", c)
		}
		if got := d.sendNow(s.ID).Counts; got.Unknown != 1 || got.Issuing != 0 {
			d.Errorf("%+v", got)
		}
		if !slices.Contains(d.actions(store.GrantID{Send: s.ID}), "grants.lease_over") {
			d.Error("the audit does not say so")
		}
		if got := d.claim(1); len(got) > 0 {
			d.Errorf("claimed %v while it is asked about", names(got))
		}
		d.clock.Advance(lease)
		d.claim1()
	})
}

func TestFromADayAfterItsFirstCallANumberIsOnlyRead(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		d.record(d.claim1(), lost(d.clock.Now()))
		d.clock.Advance(store.NumberLife - time.Millisecond)
		c := d.claim1()
		if c.Read {
			d.Error("a moment before a day it is only read")
		}
		d.record(c, lost(d.clock.Now()))
		d.clock.Advance(time.Millisecond)
		if c = d.claim1(); !c.Read {
			d.Error("after a day it is posted again")
		}
		if !c.LastCalledAt.Equal(s.CreatedAt.Add(store.NumberLife - time.Millisecond)) {
			d.Errorf("a reading moved the time of the last call to %s", c.LastCalledAt)
		}
	})
}

func TestAWaitingCouponWhoseNumberIsTooOldIsRefused(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"), companyDay(10000)...)
		d.record(d.claim1(), store.Result{Verdict: store.GrantWaiting, Reason: "slower"})
		d.clock.Advance(store.NumberLife)
		if got := d.claim(1); len(got) > 0 {
			d.Fatalf("claimed %v", names(got))
		}
		g := d.grant(s.ID, 1)
		if g.State != store.GrantRefused || g.Outcome != store.ReasonNumberTooOld {
			d.Errorf("%s for %q", g.State, g.Outcome)
		}
		d.state(s.ID, store.SendDone)
		done, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "", nil)
		if err != nil || done != (store.Retried{TooOld: 1}) {
			d.Errorf("retry: %+v, %v; want one too old", done, err)
		}
	})
}

func TestUnclaimLeavesNoTrace(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		for range 3 {
			d.clock.Advance(20 * time.Hour)
			d.ok(d.Unclaim(d.Context(), []store.Claim{d.claim1()}))
			g := d.grant(s.ID, 1)
			if g.State != store.GrantWaiting || !g.FirstCalledAt.IsZero() || !g.LastCalledAt.IsZero() || !g.AskAt.IsZero() {
				d.Fatalf("%+v: a call that was never made left a time", g)
			}
		}
		d.record(d.claim1(), lost(d.clock.Now()))
		called := d.clock.Now()
		d.clock.Advance(time.Hour)
		d.ok(d.Unclaim(d.Context(), []store.Claim{d.claim1()}))
		g := d.grant(s.ID, 1)
		if g.State != store.GrantUnknown || !g.LastCalledAt.Equal(called) || !g.AskAt.Equal(d.clock.Now().Add(time.Second)) || !g.OpenAttempt {
			d.Errorf("%+v", g)
		}
		if d.sendNow(s.ID).Unknown != 1 {
			d.Errorf("%+v", d.sendNow(s.ID).Counts)
		}
	})
}

func TestUnclaimComesTooLateAfterTheLease(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		c := d.claim1()
		d.ok(d.Hold(d.Context(), store.HeldClock, ""))
		d.clock.Advance(lease)
		if got := d.claim(1); len(got) > 0 { // only ends the lease
			d.Fatalf("claimed %v while held", names(got))
		}
		d.ok(d.Unclaim(d.Context(), []store.Claim{c}))
		d.grantState(c.ID, store.GrantUnknown)
		if got := d.sendNow(s.ID).Counts; got.Unknown != 1 || got.Waiting != 0 || got.Issuing != 0 {
			d.Errorf("%+v", got)
		}
	})
}

func TestWhatComesBackToACancelledSendIsCancelled(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA", "oB", "oC"), companyDay(10000)...)
		claims := d.claim(2)
		d.ok(d.CancelSend(d.Context(), s.ID, "U0ANA", ""))
		d.grantState(store.GrantID{Send: s.ID, Position: 3}, store.GrantCancelled)
		if may, err := d.MayCall(d.Context(), claims[0], d.leads()); err != nil || may {
			d.Errorf("may call for a cancelled send: %t, %v", may, err)
		}
		d.ok(d.Unclaim(d.Context(), claims[:1]))
		d.grantState(claims[0].ID, store.GrantCancelled)
		if d.record(claims[1], store.Result{Verdict: store.GrantWaiting, Reason: "slower"}) {
			d.Error("its answer was late")
		}
		d.grantState(claims[1].ID, store.GrantCancelled)
		if got := d.sendNow(s.ID); !got.Final() || got.FinishedAt.IsZero() || got.Cancelled != 3 {
			d.Errorf("%+v", got)
		}
		if used, err := d.Used(d.Context(), companyDay(0)); err != nil || used[0].Coupons() != 0 {
			d.Errorf("still held: %+v, %v", used, err)
		}
	})
}

func TestNextDueIsTheNextThingPlanned(t *testing.T) {
	each(t, func(d *desk) {
		want := func(what string, at time.Time) {
			d.Helper()
			due, err := d.NextDue(d.Context())
			d.ok(err)
			if due.IsZero() != at.IsZero() || due.Sub(at).Abs() > time.Millisecond {
				d.Errorf("%s: %s, want %s", what, due, at)
			}
		}
		want("an empty ledger", time.Time{})
		d.send(contents("oA", "oB", "oC"))
		if due, err := d.NextDue(d.Context()); err != nil || due.IsZero() || due.After(d.clock.Now()) {
			d.Errorf("what can be claimed now: %s, %v", due, err)
		}
		claims := d.claim(3)
		want("a lease", d.clock.Now().Add(lease))
		d.record(claims[0], lost(d.clock.Now().Add(3*time.Second)))
		want("an unknown coupon", d.clock.Now().Add(3*time.Second))
		d.record(claims[1], store.Result{Verdict: store.GrantWaiting, AskAt: d.clock.Now().Add(2 * time.Second)})
		want("a waiting one", d.clock.Now().Add(2*time.Second))
		d.record(claims[2], lost(time.Time{}))
		want("one that is asked about only when a person says so", d.clock.Now().Add(2*time.Second))
	})
}

func TestClaimsNameTheirLead(t *testing.T) {
	each(t, func(d *desk) {
		d.send(contents("oA"))
		c := d.claim1()
		old := d.leads()
		d.ok(d.lead.Close())
		d.lead = nil
		d.leads()
		if _, err := d.Claim(d.Context(), store.ClaimAsk{Epoch: old, Limit: 1, Lease: lease}); !errors.Is(err, store.ErrNoLead) {
			d.Errorf("%v, want ErrNoLead", err)
		}
		if may, err := d.MayCall(d.Context(), c, old); err != nil || may {
			d.Errorf("an old lead's call: %t, %v", may, err)
		}
	})
}

func TestTwoLedgersOneLeads(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Name == "sqlite" {
			t.Skip("SQLite is one process")
		}
		d := newDesk(t, db)
		epoch := d.leads()
		other := storetest.Open(t, d.dsn, store.Options{Now: d.clock.Now})
		next := make(chan *store.Lead, 1)
		go func() {
			lead, err := other.WaitLead(t.Context())
			if err != nil {
				t.Error(err)
			}
			next <- lead
		}()
		lost := d.lead.Lost(t.Context())
		select {
		case <-next:
			t.Fatal("two lead at once")
		case <-lost:
			t.Fatal("a living lead was lost")
		case <-time.After(50 * time.Millisecond):
		}
		if _, err := storetest.Raw(t, d.dsn).Exec(`SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory'
			AND l.classid::bigint = (hashtext('couponbot')::bigint & 4294967295) AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)`); err != nil {
			t.Fatal(err)
		}
		select {
		case <-lost:
		case <-time.After(20 * time.Second):
			t.Fatal("the first never saw that its session died")
		}
		lead := <-next
		defer lead.Close()
		if lead.Epoch <= epoch {
			t.Errorf("epoch %d after %d", lead.Epoch, epoch)
		}
		if _, err := d.Claim(t.Context(), store.ClaimAsk{Epoch: epoch, Limit: 1, Lease: lease}); !errors.Is(err, store.ErrNoLead) {
			t.Errorf("the first's claim: %v, want ErrNoLead", err)
		}
	})
}

func TestALeadThatIsGivenUpIsFree(t *testing.T) {
	each(t, func(d *desk) {
		for i := range 3 {
			lead, err := d.WaitLead(d.Context())
			d.ok(err)
			if lead.Epoch != int64(i+1) {
				d.Errorf("epoch %d", lead.Epoch)
			}
			d.ok(lead.Close())
		}
	})
}

func TestALargeSendIsCancelledInPieces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		id, _ := storetest.Fill(t, d.dsn, storetest.Filling{Sends: 1, PerSend: 1700})
		d.ok(d.CancelSend(t.Context(), id, "U0ANA", "k"))
		if s := d.sendNow(id); s.Waiting != 1200 || s.Final() {
			t.Errorf("%+v", s.Counts)
		}
		if got := d.claim(10); len(got) > 0 {
			t.Errorf("claimed %v of it", names(got))
		}
		for i, want := range []bool{true, true, true, false} {
			if more, err := d.Sweep(t.Context()); err != nil || more != want {
				t.Errorf("sweep %d: %t, %v", i, more, err)
			}
		}
		if s := d.sendNow(id); s.Cancelled != 1700 || !s.Final() || s.FinishedAt.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func ExampleParseID() {
	for _, s := range []string{"S123", "s123-4", "S0", "S12-", "123", "S99999999999999999999", "S1-99999999999"} {
		id, ok := store.ParseID(s)
		fmt.Println(s, id.Send, id.Position, ok)
	}
	// Output:
	// S123 123 0 true
	// s123-4 123 4 true
	// S0 0 0 false
	// S12- 12 0 false
	// 123 0 0 false
	// S99999999999999999999 9223372036854775807 0 false
	// S1-99999999999 1 99999999999 false
}

func TestOneReplicaIssuesWhileAnotherAsks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		asking := d.Ledger
		if db.Name == "postgres" {
			asking = storetest.Open(t, d.dsn, store.Options{Now: d.clock.Now})
		}
		const sends = 40
		asked := make(chan error, 1)
		go func() {
			for i := range sends {
				draft, _, err := asking.OpenDraft(t.Context(), fmt.Sprint("slash ", i), "U0WEI", "C0", contents(fmt.Sprint("oX", i), fmt.Sprint("oY", i%3)))
				if err == nil {
					_, err = asking.CreateSend(t.Context(), store.SendAsk{Draft: draft.ID, By: "U0WEI", Limits: companyDay(10_000_000)})
				}
				if err != nil {
					asked <- err
					return
				}
			}
			asked <- nil
		}()
		for done, over := 0, false; done < 2*sends; {
			claims := d.claim(20)
			var results []store.Result
			for _, c := range claims {
				results = append(results, issued(c))
			}
			_, err := d.Record(t.Context(), results)
			d.ok(err)
			done += len(claims)
			select {
			case err := <-asked:
				d.ok(err)
				over = true
			default:
				if over && len(claims) == 0 {
					t.Fatalf("%d coupons of %d", done, 2*sends)
				}
			}
		}
		if used, err := d.Used(t.Context(), companyDay(0)); err != nil || used[0].SpentCoupons != 2*sends || used[0].HeldCoupons != 0 {
			t.Errorf("%+v, %v", used, err)
		}
	})
}
