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

func campaignDay(fen store.Fen) store.RunRules {
	return store.RunRules{Campaign: []store.Limit{{Kind: store.LimitCampaign, Period: store.Day, MaxFen: fen}}}
}

func TestARunGoesFromStartToItsEnd(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(30), nil)
		s := d.started(c, campaignDay(100_000))
		if s.State != store.SendApproved || !s.Preparing || s.Kind != "campaign" || s.Total != 0 || s.Campaign != c.Name || s.RequestedBy != "U0STAR" || s.Channel != c.Channel {
			t.Fatalf("%+v", s)
		}
		if claims := d.claim(10); len(claims) > 0 {
			t.Fatalf("claimed %v before it was prepared", names(claims))
		}
		d.prepareAll()
		d.issue(100)
		d.state(s.ID, store.SendDone)
		r := d.runNow(s.ID)
		if r.OverAt.IsZero() || r.PreparedAt.IsZero() || r.Checksum != "c0ffee" || r.Expected != 30 {
			t.Fatalf("%+v", r)
		}
		var kinds []string
		cards, err := d.CardsOf(t.Context(), store.SendName(s.ID))
		d.ok(err)
		for _, card := range cards {
			kinds = append(kinds, card.Kind+" "+card.Reader)
		}
		if slices.Sort(kinds); fmt.Sprint(kinds) != "[ended C0MARKETING log #log run C0MARKETING]" {
			t.Fatal(kinds)
		}
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			t.Fatal(v.Broken)
		}
		if sends, err := d.RunsOf(t.Context(), c.ID, 10); err != nil || len(sends) != 1 || sends[0].ID != s.ID {
			t.Fatalf("%v, %v", sends, err)
		}
	})
}

func TestNobodyWhoHadAHandInARunDecidesIt(t *testing.T) {
	each(t, func(d *desk) {
		run := d.counted(d.campaign(openids(3), nil), store.RunRules{})
		s, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: run.ID, Seats: needsOne, Rules: campaignDay(3000)})
		d.ok(err)
		d.state(s.ID, store.SendAwaiting)
		for _, party := range []string{"U0STAR", "U0MAYA", "U0UPLOAD"} {
			_, err := d.Approve(t.Context(), store.ApproveAsk{Send: s.ID, Revision: 1, By: party, Groups: approvers})
			d.moved(err, "party")
		}
		d.prepareAll()
		if claims := d.claim(10); len(claims) > 0 {
			t.Fatalf("claimed %v before it was approved", names(claims))
		}
		_, err = d.Approve(t.Context(), store.ApproveAsk{Send: s.ID, Revision: 1, By: "U0AMIR", Groups: approvers})
		d.ok(err)
		d.issue(10)
		d.state(s.ID, store.SendDone)
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			t.Fatal(v.Broken)
		}
	})
}

func TestARejectedRunFreesItsCustomers(t *testing.T) {
	each(t, func(d *desk) {
		once := func(c *store.Campaign) { c.OnceKey = "hello" }
		first := d.long("first", 1500, once)
		s, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(first, store.RunRules{}).ID, Seats: needsOne})
		d.ok(err)
		if more, err := d.Prepare(t.Context()); err != nil || !more {
			t.Fatal(more, err)
		}
		second := d.long("second", 1500, once)
		had := d.counted(second, store.RunRules{}).Figures.Had
		if had == 0 || had == 1500 {
			t.Fatalf("%d had it, want some: the preparing is not at its end", had)
		}
		_, err = d.Reject(t.Context(), store.RejectAsk{Send: s.ID, Revision: 1, By: "U0AMIR", Groups: approvers, Why: "no"})
		d.ok(err)
		if more, err := d.Prepare(t.Context()); err != nil || more {
			t.Fatalf("a rejected run is prepared: %v, %v", more, err)
		}
		if f := d.counted(second, store.RunRules{}).Figures; f.Had != 0 || f.Recipients != 1500 {
			t.Fatalf("%+v", f)
		}
		next := d.running(second, store.RunRules{})
		if next.Total != 1500 {
			t.Fatalf("%d coupons, want 1500", next.Total)
		}
	})
}

func TestPreparingGoesOnWithTheNextPersonAfterACrash(t *testing.T) {
	each(t, func(d *desk) {
		const people = 2500
		s := d.started(d.long("long", people, nil), store.RunRules{})
		for n := 0; ; n++ {
			more, err := d.Prepare(t.Context())
			d.ok(err)
			if !more {
				break
			}
			if n%2 == 0 {
				d.ok(d.Close())
				d.open()
			}
			if n > 100 {
				t.Fatal("no end")
			}
		}
		grants, err := d.Grants(t.Context(), s.ID, 0, 2*people)
		d.ok(err)
		if len(grants) != people {
			t.Fatalf("%d coupons for %d people", len(grants), people)
		}
		for i, g := range grants {
			if g.OpenID != fmt.Sprint("oLIST", 100000001+i) || g.ID.Position != i+1 {
				t.Fatalf("%s is for %s", g.ID, g.OpenID)
			}
		}
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			t.Fatal(v.Broken)
		}
	})
}

func TestVerifyFindsAnotherCustomerInARun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := &desk{T: t, clock: storetest.NewClock(), dsn: db.Init(t)}
		d.open()
		s := d.running(d.campaign(openids(300), nil), store.RunRules{})
		d.issue(500)
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			t.Fatal(v.Broken)
		}
		for _, spoil := range []string{`UPDATE grants SET openid = 'oTHIEF' WHERE send_id = $1 AND position = 7`, `DELETE FROM grants WHERE send_id = $1 AND position = 3`,
			`UPDATE grants SET coupon_id = '1' WHERE send_id = $1 AND position = 9`, `UPDATE runs SET checksum = 'other' WHERE send_id = $1`} {
			before := len(d.verify(store.Head{}).Broken)
			_, err := storetest.Raw(t, d.dsn).Exec(spoil, s.ID)
			d.ok(err)
			if v := d.verify(store.Head{}); len(v.Broken) <= before && before < 4 {
				t.Errorf("%s: nothing more is found: %q", spoil, v.Broken)
			}
		}
	})
}

// TestARunPausesItself is the table of thresholds.
func TestARunPausesItself(t *testing.T) {
	tests := []struct {
		sentence        string
		rules           store.RunRules
		refused, issued int
		claimed         int // more, of which nothing is known yet
		pauses          bool
	}{
		{"without a rule it never does", store.RunRules{}, 29, 0, 0, false},
		{"so many refusals are too many", store.RunRules{PauseRefused: 5}, 5, 20, 0, true},
		{"one less is not", store.RunRules{PauseRefused: 5}, 4, 20, 0, false},
		{"what is claimed can be kept from being called", store.RunRules{PauseRefused: 5}, 5, 20, 5, true},
		{"nothing is left to keep", store.RunRules{PauseRefused: 5}, 10, 20, 0, false},
		{"a share is believed of twenty answers", store.RunRules{PauseShare: 0.2}, 4, 16, 0, true},
		{"of fewer it is not", store.RunRules{PauseShare: 0.2}, 19, 0, 0, false},
		{"a smaller share is none", store.RunRules{PauseShare: 0.2}, 4, 17, 0, false},
		{"whichever comes first", store.RunRules{PauseRefused: 100, PauseShare: 0.2}, 10, 10, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				s := d.running(d.campaign(openids(30), nil), tt.rules)
				var results []store.Result
				for i, c := range d.claim(tt.refused + tt.issued + tt.claimed) {
					if i == tt.refused+tt.issued {
						break
					}
					r := issued(c)
					if i < tt.refused {
						r = refused(true)
						r.ID, r.Attempt = c.ID, c.Attempts
					}
					results = append(results, r)
				}
				_, err := d.Record(d.Context(), results)
				d.ok(err)
				now := d.sendNow(s.ID)
				f, paused := now.Failures()
				if paused != tt.pauses || paused && (f.Refused != tt.refused || f.Answered != tt.refused+tt.issued) {
					t.Fatalf("%s %s: %+v", now.State, now.PauseReason, f)
				}
			})
		})
	}
}

func TestAfterAResumeRefusalsAreCountedAnew(t *testing.T) {
	each(t, func(d *desk) {
		s := d.running(d.campaign(openids(30), nil), store.RunRules{PauseRefused: 3})
		refuse := func(n int) {
			for _, c := range d.claim(n) {
				d.record(c, refused(true))
			}
		}
		refuse(3)
		d.state(s.ID, store.SendPaused)
		d.ok(d.ResumeSend(t.Context(), s.ID, "U0STAR", ""))
		refuse(2)
		d.state(s.ID, store.SendIssuing)
		refuse(1)
		d.state(s.ID, store.SendPaused)
		done, err := d.RetrySend(t.Context(), s.ID, "U0STAR", "", nil)
		d.ok(err)
		if done.Back != 6 {
			t.Fatalf("%+v", done)
		}
		d.ok(d.ResumeSend(t.Context(), s.ID, "U0STAR", ""))
		refuse(2)
		d.state(s.ID, store.SendIssuing)
	})
}

func TestTheFirstCouponIsLookedAt(t *testing.T) {
	each(t, func(d *desk) {
		s := d.running(d.campaign(openids(5), func(c *store.Campaign) { c.TestOpenID = "oPHONE" }), campaignDay(100_000))
		if s.Total != 6 || d.grant(s.ID, 1).OpenID != "oPHONE" {
			t.Fatalf("%d coupons, the first for %s", s.Total, d.grant(s.ID, 1).OpenID)
		}
		claim := d.claim1()
		if claim.ID.Position != 1 {
			t.Fatalf("claimed %s first", claim.ID)
		}
		if due, err := d.NextDue(t.Context()); err != nil || !due.After(d.clock.Now()) {
			t.Fatalf("due at %s although all waits for the look, %v", due, err)
		}
		d.record(claim, store.Result{Verdict: store.GrantRefused, Reason: "limit", Retryable: true})
		if now := d.sendNow(s.ID); now.State != store.SendPaused || now.PauseReason != store.PauseTest || d.runNow(s.ID).Test != store.TestLooked {
			t.Fatalf("%s %s", now.State, now.PauseReason)
		}
		_, err := d.RetrySend(t.Context(), s.ID, "U0STAR", "", nil)
		d.ok(err)
		d.ok(d.ResumeSend(t.Context(), s.ID, "U0STAR", ""))
		d.record(d.claim1(), store.Result{Verdict: store.GrantIssued, CouponID: "98671"})
		d.state(s.ID, store.SendPaused)
		d.ok(d.ResumeSend(t.Context(), s.ID, "U0STAR", ""))
		d.issue(50)
		d.state(s.ID, store.SendDone)
	})
}

func TestTheTestOpenIDOfTheListIsNotAskedTwice(t *testing.T) {
	each(t, func(d *desk) {
		people := openids(5)
		s := d.running(d.campaign(people, func(c *store.Campaign) { c.TestOpenID = people[3] }), store.RunRules{})
		if s.Total != 5 || d.grant(s.ID, 1).OpenID != people[3] || d.grant(s.ID, 2).OpenID != people[0] {
			t.Fatalf("%d coupons", s.Total)
		}
	})
}

func TestOnceAndCapOverCampaigns(t *testing.T) {
	each(t, func(d *desk) {
		people := openids(4)
		once := func(c *store.Campaign) { c.OnceKey = "hello" }
		first := d.running(d.campaignNamed("first", people[:3], once), store.RunRules{})
		for i, c := range d.claim(10) {
			if i == 0 {
				d.record(c, refused(true))
				continue
			}
			d.record(c, store.Result{Verdict: store.GrantIssued, CouponID: fmt.Sprint("9867", i)})
		}
		second := d.running(d.campaignNamed("second", people, once), store.RunRules{})
		if second.Total != 2 { // who was refused, and who was not asked
			t.Fatalf("%d coupons, want 2", second.Total)
		}
		if done, err := d.RetrySend(t.Context(), first.ID, "U0STAR", "", nil); err != nil || done.Back != 0 {
			t.Fatalf("%+v, %v: the key has given elsewhere", done, err)
		}
		d.issue(10)
		capped := d.running(d.campaignNamed("capped", people, func(c *store.Campaign) { c.CapCoupons = 1 }), store.RunRules{})
		if capped.Total != 0 {
			t.Fatalf("%d coupons over the cap", capped.Total)
		}
		two := d.running(d.campaignNamed("two", people, func(c *store.Campaign) { c.CapCoupons = 2 }), store.RunRules{})
		if two.Total != 4 {
			t.Fatalf("%d coupons under the cap", two.Total)
		}
	})
}

func TestHoursKeepARunFromClaiming(t *testing.T) {
	each(t, func(d *desk) {
		now := d.clock.Now()
		s := d.running(d.campaign(openids(3), nil), store.RunRules{Window: "09:00-21:00"})
		if claims := d.claim(10); len(claims) > 0 {
			t.Fatalf("claimed %v before anybody said when", names(claims))
		}
		want, err := d.WantHours(t.Context())
		d.ok(err)
		if len(want) != 1 || want[0].Send != s.ID || want[0].Rules.Window != "09:00-21:00" {
			t.Fatalf("%+v", want)
		}
		d.ok(d.SetHours(t.Context(), s.ID, now.Add(time.Hour), now.Add(2*time.Hour)))
		if claims := d.claim(10); len(claims) > 0 {
			t.Fatalf("claimed %v an hour early", names(claims))
		}
		if due, err := d.NextDue(t.Context()); err != nil || !due.Equal(now.Add(time.Hour)) {
			t.Fatalf("due at %s, %v", due, err)
		}
		d.clock.Advance(time.Hour)
		claims := d.claim(1)
		if len(claims) != 1 {
			t.Fatalf("claimed %v in its hours", names(claims))
		}
		d.state(s.ID, store.SendIssuing)
		for _, when := range []struct {
			pass time.Duration
			want bool
		}{{time.Hour - time.Millisecond, true}, {time.Millisecond, false}} {
			d.clock.Advance(when.pass)
			if may, err := d.MayCall(t.Context(), claims[0], d.leads()); err != nil || may != when.want {
				t.Errorf("%s later it may be called: %v, %v", when.pass, may, err)
			}
		}
		if claims := d.claim(10); len(claims) > 1 { // the one that was lost is asked about
			t.Fatalf("claimed %v after its hours", names(claims))
		}
	})
}

func TestACancelledRunIsSweptAndOver(t *testing.T) {
	each(t, func(d *desk) {
		c := d.long("long", 1300, nil)
		rules := campaignDay(2_000_000)
		s := d.running(c, rules)
		claim := d.claim(1)[0]
		d.ok(d.CancelSend(t.Context(), s.ID, "U0STAR", ""))
		for {
			more, err := d.Sweep(t.Context())
			d.ok(err)
			if !more {
				break
			}
		}
		if !d.runNow(s.ID).OverAt.IsZero() {
			t.Fatal("over although a call is under way")
		}
		d.record(claim, store.Result{Verdict: store.GrantIssued, CouponID: "98671"})
		if now := d.sendNow(s.ID); now.State != store.SendCancelled || now.Cancelled != 1299 || now.Issued != 1 || d.runNow(s.ID).OverAt.IsZero() {
			t.Fatalf("%+v", now)
		}
		d.ok(d.Close()) // a ledger just opened begins carefully
		d.open()
		halfway := d.started(c, rules)
		_, err := d.Prepare(t.Context())
		d.ok(err)
		d.ok(d.CancelSend(t.Context(), halfway.ID, "U0STAR", ""))
		d.prepareAll()
		for more := true; more; {
			more, err = d.Sweep(t.Context())
			d.ok(err)
		}
		if now := d.sendNow(halfway.ID); now.Total == 0 || now.Total == 1300 || now.Cancelled != now.Total || now.Preparing {
			t.Fatalf("%+v", now)
		}
		early := d.started(c, rules)
		d.ok(d.CancelSend(t.Context(), early.ID, "U0STAR", ""))
		if now := d.sendNow(early.ID); !now.Final() || d.runNow(early.ID).OverAt.IsZero() {
			t.Fatalf("cancelled before anything was there: %+v", now)
		}
		used, err := d.Used(t.Context(), rules.Campaign)
		d.ok(err)
		if used[0].HeldFen != 0 || used[0].SpentFen != 1000 {
			t.Fatalf("%+v", used[0])
		}
	})
}

func TestAnUnknownCouponInFrontOfAPersonLetsTheNextRunBegin(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(2), nil)
		s := d.running(c, store.RunRules{})
		claims := d.claim(10)
		d.record(claims[0], store.Result{Verdict: store.GrantIssued, CouponID: "98671"})
		d.record(claims[1], lost(d.clock.Now().Add(time.Minute)))
		_, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(c, store.RunRules{}).ID})
		d.moved(err, "running")
		d.clock.Advance(time.Minute)
		again := d.claim1()
		d.record(again, store.Result{Verdict: store.GrantUnknown, Reason: "lost", NeedsPerson: true})
		d.state(s.ID, store.SendIssuing) // it is done when the last coupon is known, not before
		if d.runNow(s.ID).OverAt.IsZero() {
			t.Fatal("it is not over")
		}
		d.started(c, store.RunRules{})
	})
}

// Two dry runs of one campaign are ready and a run comes of the first; after it, the second does not send to everybody again.
func TestFiguresFromBeforeARunStartNoOther(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(2), nil)
		first, second := d.counted(c, store.RunRules{}), d.counted(c, store.RunRules{})
		start := func(run store.DryRun) error {
			_, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: run.ID, Seats: needsOne, Rules: campaignDay(3000)})
			return err
		}
		stateOf := func(run store.DryRun) string {
			now, err := d.DryRun(t.Context(), run.ID)
			d.ok(err)
			return string(now.State) + " " + now.Fault
		}
		d.ok(start(first))
		s := d.sendNow(1)
		counting, err := d.AskDryRun(t.Context(), c.ID, "U0ANA", "")
		d.ok(err)
		d.ok(d.WithdrawSend(t.Context(), s.ID, s.RequestedBy, "", ""))
		d.moved(start(second), "uncounted")
		if a, b := stateOf(first), stateOf(second); a != "started " || b != "failed "+store.Overtaken {
			t.Errorf("the dry runs are %q and %q", a, b)
		}
		anew, err := d.NewestDryRun(t.Context(), c.ID)
		d.ok(err)
		if anew.ID == counting.ID || anew.State != store.DryCounting || anew.AskedBy != "U0ANA" {
			t.Errorf("what was being counted is %+v now: want it counted anew", anew)
		}

		d.ok(start(d.counted(c, store.RunRules{})))
		_, err = d.Approve(t.Context(), store.ApproveAsk{Send: 2, Revision: 1, By: "U0AMIR", Groups: approvers})
		d.ok(err)
		d.prepareAll()
		late := d.counted(c, store.RunRules{})
		d.issue(10)
		d.state(2, store.SendDone)
		d.moved(start(late), "uncounted")
		d.started(c, store.RunRules{})
	})
}

func TestAChannelThatIsLostIsToldOnce(t *testing.T) {
	each(t, func(d *desk) {
		s := d.running(d.campaign(openids(2), nil), store.RunRules{})
		d.ok(d.ChannelLost(t.Context(), s.ID, "is_archived"))
		d.ok(d.ChannelLost(t.Context(), s.ID, "is_archived"))
		step, err := d.Step(t.Context(), 1)
		if err != nil || step.Kind != store.StepChannel || step.Why != "is_archived" {
			t.Fatalf("%+v, %v", step, err)
		}
		if _, err := d.Step(t.Context(), 2); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("told twice: %v", err)
		}
	})
}

func TestAListIsNotTakenFromARunThatReadsIt(t *testing.T) {
	each(t, func(d *desk) {
		s := d.started(d.campaign(openids(2), nil), store.RunRules{})
		d.moved(d.DeleteAudience(t.Context(), "vips", "U0MAYA"), "preparing")
		d.prepareAll()
		d.ok(d.DeleteAudience(t.Context(), "vips", "U0MAYA"))
		d.issue(10)
		d.state(s.ID, store.SendDone)
	})
}

func TestTheExportNamesTheCampaign(t *testing.T) {
	each(t, func(d *desk) {
		d.running(d.campaign(openids(2), nil), store.RunRules{})
		d.ok(d.EachGrant(t.Context(), store.Choice{}, func(_ store.Grant, s store.Send) error {
			if s.Campaign != "spring-sale" {
				return fmt.Errorf("of campaign %q", s.Campaign)
			}
			return nil
		}))
	})
}
