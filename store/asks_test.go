package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func movedTo(err error) string {
	var moved *store.Moved
	if errors.As(err, &moved) {
		return moved.State
	}
	return ""
}

func TestPauseResumeCancelInEachState(t *testing.T) {
	each(t, func(d *desk) {
		type change func(id int64, key string) error
		pause := func(id int64, key string) error { return d.PauseSend(d.Context(), id, "U0ANA", key) }
		resume := func(id int64, key string) error { return d.ResumeSend(d.Context(), id, "U0ANA", key) }
		cancel := func(id int64, key string) error { return d.CancelSend(d.Context(), id, "U0ANA", key) }
		s := d.send(contents("oA"))
		for _, step := range []struct {
			name string
			do   change
			key  string
			want string // the state that refuses it
			then store.SendState
		}{
			{"a running send is not resumed", resume, "1", "approved", store.SendApproved},
			{"it is paused", pause, "2", "", store.SendPaused},
			{"the same press again changes nothing", pause, "2", "", store.SendPaused},
			{"another press comes too late", pause, "3", "paused", store.SendPaused},
			{"it is resumed", resume, "4", "", store.SendApproved},
			{"an old pause pressed again changes nothing", pause, "2", "", store.SendApproved},
			{"it is paused again", pause, "5", "", store.SendPaused},
			{"a paused send is cancelled", cancel, "6", "", store.SendCancelled},
			{"a cancelled send stays so", resume, "7", "cancelled", store.SendCancelled},
			{"and is not cancelled twice", cancel, "8", "cancelled", store.SendCancelled},
			{"a refused press may be tried again", resume, "7", "cancelled", store.SendCancelled},
		} {
			if err := step.do(s.ID, step.key); movedTo(err) != step.want || err != nil && step.want == "" {
				d.Errorf("%s: %v", step.name, err)
			}
			d.state(s.ID, step.then)
		}
		for _, do := range []change{pause, resume, cancel} {
			if err := do(99, ""); !errors.Is(err, store.ErrNotFound) {
				d.Errorf("no such send: %v", err)
			}
		}
		want := []string{"send.create", "send.pause", "send.resume", "send.pause", "send.cancel", "grants.cancelled", "send.cancelled"}
		if got := d.actions(store.GrantID{Send: s.ID}); !slices.Equal(got, want) {
			d.Errorf("audit: %v, want %v", got, want)
		}
	})
}

func TestRetryBringsBackWhatMayBeAskedAgain(t *testing.T) {
	each(t, func(d *desk) {
		limits := append(companyDay(3000), store.Limit{Kind: store.LimitCustomer, Key: "oA", OpenID: "oA", Period: store.Month, MaxCoupons: 1},
			store.Limit{Kind: store.LimitCustomer, Key: "oB", OpenID: "oB", Period: store.Month, MaxCoupons: 1})
		s := d.send(contents("oA", "oB", "oC"), limits...)
		claims := d.claim(3)
		d.record(claims[0], refused(true))
		d.record(claims[1], refused(false))
		d.record(claims[2], issued(claims[2]))
		cards, err := d.CardsOf(d.Context(), store.SendName(s.ID))
		d.ok(err)
		d.ok(d.DropCard(d.Context(), cards[0], "not needed"))

		d.clock.Advance(time.Hour)
		done, err := d.RetrySend(d.Context(), s.ID, "U0MIA", "press", limits)
		if err != nil || done != (store.Retried{Back: 1, Final: 1}) {
			d.Fatalf("%+v, %v", done, err)
		}
		d.state(s.ID, store.SendIssuing)
		again, err := d.RetrySend(d.Context(), s.ID, "U0MIA", "press", limits)
		if err != nil || again.Back != 0 {
			d.Errorf("the same press again: %+v, %v", again, err)
		}
		used, err := d.Used(d.Context(), limits)
		d.ok(err)
		if used[0].HeldCoupons != 1 || used[0].SpentCoupons != 1 || used[1].HeldCoupons != 1 || used[2].Coupons() != 0 {
			d.Errorf("%+v", used)
		}
		if cards, err = d.CardsOf(d.Context(), store.SendName(s.ID)); err != nil || cards[0].Drawn != 0 || !cards[0].DueAt.Equal(d.clock.Now().Add(store.DMAfter)) {
			d.Errorf("%+v, %v: the dropped card does not live again", cards[0], err)
		}
		c := d.claim1()
		if c.ID.Position != 1 || c.Attempts != 2 || c.Send.Number(1) != s.Number(1) || !c.FirstCalledAt.Equal(claims[0].FirstCalledAt) {
			d.Errorf("%+v: want the same number", c)
		}
		d.record(c, issued(c))
		d.state(s.ID, store.SendDone)
		if cards, err = d.CardsOf(d.Context(), store.SendName(s.ID)); err != nil || len(cards) != 2 {
			d.Errorf("%d cards, %v: want one line in the log", len(cards), err)
		}
	})
}

func TestARetryThatIsRefused(t *testing.T) {
	each(t, func(d *desk) {
		waiting := d.send(contents("oZ"))
		if _, err := d.RetrySend(d.Context(), waiting.ID, "U0ANA", "", nil); movedTo(err) != "approved" {
			d.Errorf("before any call: %v", err)
		}
		if _, err := d.RetrySend(d.Context(), 99, "U0ANA", "", nil); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("no such send: %v", err)
		}
		d.ok(d.CancelSend(d.Context(), waiting.ID, "U0ANA", ""))
		s := d.send(contents("oA"), companyDay(1500)...)
		d.record(d.claim1(), refused(true))
		d.send(contents("oB"), companyDay(1500)...)
		var reached *store.LimitReached
		if _, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "k", companyDay(1500)); !errors.As(err, &reached) {
			d.Errorf("no room: %v", err)
		}
		d.state(s.ID, store.SendDone)
		d.clock.Advance(23*time.Hour + 59*time.Minute)
		if done, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "k", companyDay(1500)); err != nil || done.Back != 1 {
			d.Errorf("within a day, with room again: %+v, %v", done, err)
		}
		d.record(d.claim(2)[0], store.Result{Verdict: store.GrantRefused, Retryable: true})
		d.clock.Advance(time.Minute)
		if done, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "", nil); err != nil || done.Back != 0 || done.TooOld != 1 {
			d.Errorf("a day after its first call: %+v, %v", done, err)
		}
		d.clock.Advance(store.RetryLife)
		if _, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "", nil); movedTo(err) != "too_old" {
			d.Errorf("after a week: %v", err)
		}
	})
}

func TestALargeRetryHoldsNobodyUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		id, _ := storetest.Fill(t, d.dsn, storetest.Filling{Sends: 1, PerSend: 1200, CreatedAt: d.clock.Now()})
		for d.sendNow(id).Open() > 0 {
			var results []store.Result
			for _, c := range d.claim(400) {
				r := refused(true)
				r.ID, r.Attempt = c.ID, c.Attempts
				results = append(results, r)
			}
			_, err := d.Record(t.Context(), results)
			d.ok(err)
		}
		done, err := d.RetrySend(t.Context(), id, "U0ANA", "", companyDay(1_100_000))
		if err != nil || done.Back != 1000 || done.Reached == nil {
			t.Fatalf("%+v, %v: want 1,000 of them, and the limit that keeps the rest back", done, err)
		}
		if done, err = d.RetrySend(t.Context(), id, "U0ANA", "", nil); err != nil || done.Back != 200 || done.Reached != nil {
			t.Fatalf("%+v, %v: want the rest", done, err)
		}
		if s := d.sendNow(id); s.Waiting != 1200 || s.State != store.SendIssuing {
			t.Errorf("%+v", s)
		}
	})
}

// unknown makes a send whose coupons all wait for a person.
func (d *desk) unknown(openids ...string) store.Send {
	d.Helper()
	s := d.send(contents(openids...), companyDay(100000)...)
	for _, c := range d.claim(len(openids)) {
		d.record(c, lost(time.Time{}))
	}
	return s
}

func TestTwoPersonsSettleAnUnknownCoupon(t *testing.T) {
	each(t, func(d *desk) {
		s := d.unknown("oA", "oB")
		p := store.Settlement{Grant: store.GrantID{Send: s.ID, Position: 1}, Verdict: store.GrantIssued, CouponID: "900", Why: "seen", AskedBy: "U0FINN"}
		first, err := d.ProposeSettlement(d.Context(), p, "proposal 1")
		d.ok(err)
		again, err := d.ProposeSettlement(d.Context(), p, "proposal 1")
		if err != nil || again.ID != first.ID || again.CouponID != "900" {
			d.Errorf("a second delivery: %+v, %v", again, err)
		}
		second, err := d.ProposeSettlement(d.Context(), p, "proposal 2")
		d.ok(err)
		confirm := func(id int64, by, key string) string {
			_, err := d.ConfirmSettlement(d.Context(), id, by, key)
			return movedTo(err)
		}
		if got := confirm(first.ID, "U0ADA", ""); got != "void" {
			d.Errorf("an older proposal: %q", got)
		}
		if got := confirm(second.ID, "U0FINN", ""); got != "own" {
			d.Errorf("one's own: %q", got)
		}
		done, err := d.ConfirmSettlement(d.Context(), second.ID, "U0ADA", "press")
		if err != nil || done.ConfirmedBy != "U0ADA" {
			d.Fatalf("%+v, %v", done, err)
		}
		if _, err := d.ConfirmSettlement(d.Context(), second.ID, "U0ADA", "press"); err != nil {
			d.Errorf("a second delivery: %v", err)
		}
		if got := confirm(second.ID, "U0AMIR", ""); got != "confirmed" {
			d.Errorf("a third person: %q", got)
		}
		if g := d.grant(s.ID, 1); g.State != store.GrantIssued || g.CouponID != "900" || g.Outcome != store.ReasonSettled {
			d.Errorf("%+v", g)
		}
		p.Grant.Position = 2
		if _, err = d.ProposeSettlement(d.Context(), p, ""); movedTo(err) != "coupon_taken" {
			d.Errorf("the same coupon id: %v", err)
		}
		p.Verdict, p.CouponID = store.GrantRefused, ""
		last, err := d.ProposeSettlement(d.Context(), p, "")
		d.ok(err)
		if got := confirm(last.ID, "U0ADA", ""); got != "" {
			d.Errorf("refused: %q", got)
		}
		d.state(s.ID, store.SendDone)
		used, err := d.Used(d.Context(), companyDay(0))
		if err != nil || used[0].SpentCoupons != 1 || used[0].HeldCoupons != 0 {
			d.Errorf("%+v, %v", used, err)
		}
		if done, err := d.RetrySend(d.Context(), s.ID, "U0ANA", "", nil); err != nil || done.Back != 0 || done.Final != 1 {
			d.Errorf("retry of a settled coupon: %+v, %v", done, err)
		}
		if _, err := d.ProposeSettlement(d.Context(), p, ""); movedTo(err) != "refused" {
			d.Errorf("a coupon that has ended: %v", err)
		}
		if _, err := d.ConfirmSettlement(d.Context(), 99, "U0ADA", ""); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("no such proposal: %v", err)
		}
		p.CouponID = "1"
		if _, err := d.ProposeSettlement(d.Context(), p, ""); err == nil {
			d.Error("a refused coupon with a coupon id was proposed")
		}
	})
}

func TestAnAnswerMakesAProposalVoid(t *testing.T) {
	each(t, func(d *desk) {
		s := d.unknown("oA")
		p, err := d.ProposeSettlement(d.Context(), store.Settlement{Grant: store.GrantID{Send: s.ID, Position: 1}, Verdict: store.GrantRefused, AskedBy: "U0FINN"}, "")
		d.ok(err)
		if open, err := d.OpenSettlement(d.Context(), p.Grant); err != nil || open.ID != p.ID {
			d.Errorf("open: %+v, %v", open, err)
		}
		_, err = d.Recheck(d.Context(), p.Grant, "U0ANA", "")
		d.ok(err)
		c := d.claim1()
		if _, err := d.ConfirmSettlement(d.Context(), p.ID, "U0ADA", ""); movedTo(err) != "asking" {
			d.Errorf("refused while it is asked about: %v", err)
		}
		d.record(c, issued(c))
		if _, err := d.ConfirmSettlement(d.Context(), p.ID, "U0ADA", ""); movedTo(err) != "void" {
			d.Errorf("after the answer: %v", err)
		}
	})
}

func TestRecheckMakesUnknownCouponsDue(t *testing.T) {
	each(t, func(d *desk) {
		s := d.unknown("oA", "oB", "oC")
		if got := d.claim(10); len(got) > 0 {
			d.Fatalf("claimed %v by itself", names(got))
		}
		for _, c := range []struct {
			name string
			id   store.GrantID
			key  string
			want int64
		}{{"one", store.GrantID{Send: s.ID, Position: 2}, "k", 1}, {"the same press", store.GrantID{Send: s.ID, Position: 2}, "k", 0}, {"all", store.GrantID{Send: s.ID}, "", 3}} {
			if n, err := d.Recheck(d.Context(), c.id, "U0ANA", c.key); err != nil || n != c.want {
				d.Errorf("%s: %d, %v; want %d", c.name, n, err, c.want)
			}
		}
		d.claim(1)
		if n, err := d.Recheck(d.Context(), store.GrantID{Send: s.ID}, "U0ANA", ""); err != nil || n != 2 {
			d.Errorf("%d, %v: one of three is asked about already", n, err)
		}
	})
}
