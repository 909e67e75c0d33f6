package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestARunHoldsItsMoneyWhenApproved(t *testing.T) {
	each(t, func(d *desk) {
		rules := campaignDay(5000)
		held := func() store.Fen {
			used, err := d.Used(t.Context(), rules.Campaign)
			d.ok(err)
			return used[0].Fen()
		}
		_, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(d.campaignNamed("large", openids(6), nil), rules).ID, Rules: rules})
		var reached *store.LimitReached
		if !errors.As(err, &reached) || reached.Asked.HeldFen != 6000 {
			t.Fatalf("%v, want the limit reached", err)
		}
		first := d.started(d.campaignNamed("first", openids(3), nil), rules)
		if held() != 3000 {
			t.Fatalf("%s held before it is prepared", held())
		}
		waits, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(d.campaignNamed("second", openids(3), nil), rules).ID, Rules: rules, Seats: needsOne})
		d.ok(err)
		if held() != 3000 {
			t.Fatalf("%s held although it waits", held())
		}
		d.prepareAll()
		_, err = d.Approve(t.Context(), store.ApproveAsk{Send: waits.ID, Revision: 1, By: "U0AMIR", Groups: approvers})
		d.ok(err)
		if s := d.sendNow(waits.ID); s.State != store.SendPaused || s.PauseReason != store.PauseLimit {
			t.Fatalf("%s %s, want paused: no room", s.State, s.PauseReason)
		}
		if err := d.ResumeSend(t.Context(), waits.ID, "U0STAR", ""); !errors.As(err, &reached) {
			t.Fatalf("%v, want the limit reached", err)
		}
		d.ok(d.CancelSend(t.Context(), first.ID, "U0STAR", ""))
		if held() != 0 {
			t.Fatalf("%s held after the cancelling", held())
		}
		d.ok(d.ResumeSend(t.Context(), waits.ID, "U0STAR", ""))
		d.issue(10)
		d.state(waits.ID, store.SendDone)
		if held() != 3000 {
			t.Fatalf("%s spent", held())
		}
	})
}

func TestWhatIsHeldIsCutToWhatWasPrepared(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(10), nil)
		rules := campaignDay(50_000)
		s := d.started(c, rules)
		storetest.List(t, d.dsn, store.AudienceBlocked, openids(4)...)
		d.prepareAll()
		used, err := d.Used(t.Context(), rules.Campaign)
		d.ok(err)
		if now := d.sendNow(s.ID); now.Total != 6 || used[0].HeldFen != 6000 {
			t.Fatalf("%d coupons, %s held", now.Total, used[0].HeldFen)
		}
		if r := d.runNow(s.ID); r.LeftOut["blocked"] != 4 {
			t.Fatalf("%v", r.LeftOut)
		}
	})
}

func TestARunHasNoMoreCouponsThanWereAgreedTo(t *testing.T) {
	each(t, func(d *desk) {
		storetest.List(t, d.dsn, store.AudienceBlocked, openids(4)...)
		s := d.started(d.campaign(openids(10), nil), store.RunRules{})
		storetest.List(t, d.dsn, store.AudienceBlocked)
		d.prepareAll()
		if r, now := d.runNow(s.ID), d.sendNow(s.ID); now.Total != 6 || r.LeftOut["beyond"] != 4 {
			t.Fatalf("%d coupons, left out %v", now.Total, r.LeftOut)
		}
	})
}

func TestARunOfNobodyIsDoneAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(2), nil)
		s := d.started(c, campaignDay(5000))
		storetest.List(t, d.dsn, store.AudienceBlocked, openids(2)...)
		d.prepareAll()
		d.state(s.ID, store.SendDone)
		if d.runNow(s.ID).OverAt.IsZero() {
			t.Fatal("it is not over")
		}
	})
}

func TestCustomersLimitsAreCountedClaimByClaim(t *testing.T) {
	each(t, func(d *desk) {
		month := store.Limit{Kind: store.LimitCustomer, Period: store.Month, MaxFen: 1500}
		wechat := store.Limit{Kind: store.LimitWeChat, Key: storetest.MchID + "|", Period: store.Month, MaxFen: 1500}
		rules := store.RunRules{Customer: []store.Limit{month, wechat}}
		s := d.running(d.campaign(openids(5), nil), rules)
		own, merchants := month, wechat
		own.Key, own.OpenID = "oCUSTOMER000001", "oCUSTOMER000001"
		merchants.Key, merchants.OpenID = storetest.MchID+"|oCUSTOMER000002", "oCUSTOMER000002"
		d.send(contents("oCUSTOMER000001"), own)
		d.send(contents("oCUSTOMER000002"), merchants)
		d.issue(50)
		d.issue(50) // whose other coupon was on its way has had it now
		for position, want := range []string{"", "", store.ReasonCustomerLimit, store.ReasonWeChatMonth} {
			if position == 0 {
				continue
			}
			if g := d.grant(s.ID, position); g.Outcome != want || (want != "") != (g.State == store.GrantRefused) {
				t.Errorf("%s is %s: %s, want %q", g.ID, g.State, g.Outcome, want)
			}
		}
		used, err := d.Used(t.Context(), []store.Limit{{Kind: store.LimitCustomer, Key: "oCUSTOMER000000", Period: store.Month}})
		d.ok(err)
		if used[0].SpentFen != 1000 {
			t.Errorf("%+v, want 10.00 spent", used[0])
		}
		outcomes, err := d.Outcomes(t.Context(), s.ID)
		d.ok(err)
		if len(outcomes) != 2 || outcomes[0].Coupons != 1 || !outcomes[0].Retryable {
			t.Errorf("%+v", outcomes)
		}
		d.state(s.ID, store.SendDone)
	})
}

func TestACallThatWasNotMadeHoldsNothing(t *testing.T) {
	each(t, func(d *desk) {
		rules := store.RunRules{Customer: []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxCoupons: 1}}, Stock: []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxCoupons: 2}}}
		d.running(d.campaign(openids(3), nil), rules)
		held := func() int64 {
			used, err := d.Used(t.Context(), append(rules.Stock, store.Limit{Kind: store.LimitCustomer, Key: "oCUSTOMER000000", Period: store.Month}))
			d.ok(err)
			return used[0].HeldCoupons*10 + used[1].HeldCoupons
		}
		claims := d.claim(10)
		if len(claims) != 2 || held() != 21 {
			t.Fatalf("claimed %v, held %d: the stock has room for two", names(claims), held())
		}
		d.ok(d.Unclaim(t.Context(), claims))
		if held() != 0 {
			t.Fatalf("held %d after giving back", held())
		}
		claims = d.claim(10)
		d.record(claims[0], store.Result{Verdict: store.GrantWaiting, Reason: "slower", AskAt: d.clock.Now().Add(time.Minute)})
		if held() != 10 {
			t.Fatalf("held %d, want the other coupon only", held())
		}
	})
}

func TestAStockWithoutRoomPausesTheRun(t *testing.T) {
	each(t, func(d *desk) {
		rules := store.RunRules{Stock: []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxFen: 2500}}}
		s := d.running(d.campaign(openids(5), nil), rules)
		d.issue(50)
		if claims := d.claim(50); len(claims) > 0 {
			t.Fatalf("claimed %v", names(claims))
		}
		now := d.sendNow(s.ID)
		if reached, ok := now.LimitReached(); !ok || reached.Limit.Kind != store.LimitStock || now.Issued != 2 {
			t.Fatalf("%s %s, %d issued", now.State, now.PauseDetail, now.Issued)
		}
		d.clock.Advance(24 * time.Hour)
		d.ok(d.ResumeSend(t.Context(), s.ID, "U0STAR", ""))
		d.issue(50)
		if now := d.sendNow(s.ID); now.Issued != 4 {
			t.Fatalf("%d issued on the next day", now.Issued)
		}
	})
}

func TestARetriedRunIsUnderItsOwnRules(t *testing.T) {
	each(t, func(d *desk) {
		rules := campaignDay(1_500_000)
		s := d.running(d.long("long", 1200, nil), rules)
		var results []store.Result
		for _, c := range d.claim(2000) {
			r := refused(true)
			r.ID, r.Attempt = c.ID, c.Attempts
			results = append(results, r)
		}
		_, err := d.Record(t.Context(), results)
		d.ok(err)
		d.state(s.ID, store.SendDone)
		cards, err := d.CardsOf(t.Context(), store.SendName(s.ID))
		d.ok(err)
		if !slices.ContainsFunc(cards, func(c store.Card) bool { return c.Kind == store.CardFailures && c.Reader == "U0MAYA" }) {
			t.Fatal("the maker is not told whose coupons failed")
		}
		done, err := d.RetrySend(t.Context(), s.ID, "U0STAR", "", []store.Limit{{Kind: store.LimitCompany, Period: store.Day, MaxFen: 1}})
		d.ok(err)
		if used, err := d.Used(t.Context(), rules.Campaign); err != nil || done.Back != 1200 || used[0].HeldFen != 1_200_000 || !d.runNow(s.ID).OverAt.IsZero() {
			t.Fatalf("%+v, %+v, %v", done, used, err)
		}
		d.issue(2000)
		d.state(s.ID, store.SendDone)
	})
}
