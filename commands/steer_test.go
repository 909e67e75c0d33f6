package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

func TestWhoMaySteerASend(t *testing.T) {
	for _, verb := range []string{"pause", "cancel", "recheck", "retry"} {
		for person, may := range map[string]bool{ana: true, ada: true, abe: false, fin: false, guy: false} {
			t.Run(verb+" by "+person, func(t *testing.T) {
				w := newWorld(t)
				w.sent(ana, "send sorry-10 oABC oDEF oGHI")
				w.settles(func(c store.Claim) store.Result {
					switch c.ID.Position {
					case 1:
						return losesAll(c)
					case 2:
						return refusesAll(c)
					}
					return store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(time.Hour)}
				})
				_, err := w.Do(t.Context(), w.ask(person), verb+" S1")
				if may && err != nil || !may && w.refusal(nil, err).Code != NotYours {
					t.Errorf("got %v", err)
				}
				if !may {
					w.audited(1, person+" refused "+verb+" not_yours <nil>")
				}
			})
		}
	}
}

func TestPauseResumeAndCancel(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oABC oDEF")
	if c := as[Changed](t, w.says(ana, "pause s1")); c.Verb != "pause" || c.Send.State != store.SendPaused || c.Send.PausedBy != ana {
		t.Errorf("got %+v", c)
	}
	if r := w.isRefused(ada, "pause S1"); r.Code != WrongState || r.Text != "paused" || r.By != ana {
		t.Errorf("paused twice: %+v", r)
	}
	if c := as[Changed](t, w.says(ada, "resume Ｓ１")); c.Send.State != store.SendApproved {
		t.Errorf("got %+v", c)
	}
	if c := as[Changed](t, w.says(ana, "cancel `S1`")); c.Send.State != store.SendCancelled || c.Send.Cancelled != 2 {
		t.Errorf("got %+v", c)
	}
	if r := w.isRefused(ana, "pause S1-1"); r.Code != BadID {
		t.Errorf("one coupon cannot be paused: %+v", r)
	}
}

func TestAnInputThatCameTwiceIsCarriedOutOnce(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oABC")
	for _, text := range []string{"pause S1", "resume S1"} {
		ask := w.ask(ana)
		for range 2 {
			if _, err := w.Do(t.Context(), ask, text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	w.settles(refusesAll)
	ask := w.ask(ana)
	if reply, err := w.Do(t.Context(), ask, "retry S1"); err != nil || as[Retried](t, reply).Back != 1 {
		t.Errorf("got %+v, %v", reply, err)
	}
	if reply, err := w.Do(t.Context(), ask, "retry S1"); err != nil || as[Status](t, reply).Send.Waiting != 1 {
		t.Errorf("got %+v, %v", reply, err)
	}
	w.settles(losesAll)
	ask = w.ask(ana)
	for range 2 {
		if reply, err := w.Do(t.Context(), ask, "recheck S1"); err != nil || as[Rechecked](t, reply).Coupons != 1 {
			t.Errorf("got %+v, %v", reply, err)
		}
	}
}

func TestWhoeverLostTheRightCannotMoveMoneyAgain(t *testing.T) {
	w := newWorld(t)
	w.sent(abe, "send sorry-10 oABC oDEF")
	w.settles(refusesAll)
	w.sent(abe, "send sorry-10 oGHI")
	w.people.members["S01AGENTS"] = nil
	w.says(abe, "pause S2")
	for _, text := range []string{"resume S2", "retry S1"} {
		if r := w.isRefused(abe, text); r.Code != NoRight {
			t.Errorf("%s: %+v", text, r)
		}
	}
	w.says(abe, "cancel S2")
}

func TestRetryHoldsTodaysLimits(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Agent = []Ceiling{{Coupons: 2, Per: store.Day}} })
	w.sent(ana, "send sorry-10 oA oB")
	w.settles(refusesAll)
	w.sent(ana, "send sorry-10 oC")
	r := w.isRefused(ana, "retry S1")
	if r.Code != OverLimit || r.Limit.Used.Coupons() != 1 || r.Limit.Asked.HeldCoupons != 2 {
		t.Errorf("got %+v", r)
	}
	w.clock = w.clock.Add(13 * time.Hour) // the next day in Shanghai
	if done := as[Retried](t, w.says(ana, "retry S1")); done.Back != 2 {
		t.Errorf("got %+v", done)
	}
}

func TestRetrySaysWhatCannotComeBack(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oA oB")
	w.settles(func(c store.Claim) store.Result {
		r := refusesAll(c)
		r.Retryable = c.ID.Position == 1
		return r
	})
	if done := as[Retried](t, w.says(ana, "retry S1")); done.Back != 1 || done.Final != 1 || done.Send.Waiting != 1 {
		t.Errorf("got %+v", done)
	}
}

func TestRecheckOfOneCoupon(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oA oB")
	w.settles(losesAll)
	if got := as[Rechecked](t, w.says(ana, "recheck S1–2")); got.Coupons != 1 {
		t.Errorf("got %+v", got)
	}
	if got := as[Rechecked](t, w.presses(ana, "send.recheck", "S1.r1")); got.Coupons != 2 {
		t.Errorf("got %+v", got)
	}
	if r := w.isRefused(ana, "recheck S1-3"); r.Code != NoSuchSend || r.Word != "S1-3" {
		t.Errorf("got %+v", r)
	}
}

func TestButtonsOfASend(t *testing.T) {
	w := newWorld(t)
	s := w.sent(ana, "send sorry-10 oABC")
	if c := as[Changed](t, w.presses(ana, "send.pause", SendValue(s))); c.Send.State != store.SendPaused {
		t.Errorf("got %+v", c)
	}
	for _, c := range []struct{ name, action, value, subject string }{
		{"a state that has passed", "send.pause", SendValue(s), "S1"},
		{"other contents", "send.cancel", "S1.r2", "S1"},
		{"no value", "send.cancel", "", ""},
		{"another kind of value", "send.cancel", "D1", ""},
		{"an action that there is not", "send.everything", SendValue(s), ""},
		{"a draft that there is not", "send.confirm", "D99", ""},
		{"a value of another card", "send.confirm", SendValue(s), ""},
		{"a card that cannot be discarded", "send.discard", "x", ""},
		{"a settlement that there is not", "settle.confirm", "x", ""},
		{"a stop that there is not", "stop.confirm", "x", ""},
		{"a start that there is not", "start.confirm", "x", ""},
	} {
		if r := as[Redrawn](t, w.presses(ada, c.action, c.value)); r.Subject != c.subject {
			t.Errorf("%s: got %+v", c.name, r)
		}
	}
	w.audited(1, ada+" refused send.pause stale <nil>")
	if r := w.isRefusedPressing(abe, "send.resume", SendValue(s)); r.Code != NotYours {
		t.Errorf("somebody else: %+v", r)
	}
	if r := w.isRefusedPressing(ana, "send.resume", "S7.r1"); r.Code != NoSuchSend {
		t.Errorf("got %+v", r)
	}
	w.presses(ana, "send.resume", SendValue(s))
	w.presses(ana, "send.cancel", SendValue(s))
}

func TestEveryActionOfTheContractIsCarriedOut(t *testing.T) {
	want := strings.Fields("send.confirm send.edit send.discard send.approve send.reject send.withdraw send.again send.pause send.resume send.cancel send.retry send.recheck " +
		"campaign.start campaign.pause campaign.resume campaign.cancel campaign.retry schedule.save schedule.run schedule.skip schedule.off settle.confirm stop.confirm start.confirm")
	if got := Actions(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestStatus(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 "+people(30))
	w.settles(func(c store.Claim) store.Result {
		switch c.ID.Position {
		case 30:
			return losesAll(c)
		case 29:
			return refusesAll(c)
		}
		return issuesAll(c)
	})
	own := as[Status](t, w.says(ana, "status S1"))
	if !own.Full || own.One || len(own.Grants) != 10 || own.Grants[0].ID.Position != 30 || own.Grants[1].ID.Position != 29 || own.Grants[2].ID.Position != 1 {
		t.Errorf("got %+v", own)
	}
	if own.Stock.Name != "道歉券" || own.Send.Issued != 28 || own.Stopped != nil {
		t.Errorf("got %+v", own)
	}
	one := as[Status](t, w.says(fin, "status s1-30"))
	if !one.One || !one.Full || len(one.Grants) != 1 || one.Grants[0].State != store.GrantUnknown {
		t.Errorf("got %+v", one)
	}
	w.audited(1, fin+" view.full")
	if slices.Contains(w.trail(1), ana+" view.full") {
		t.Error("a look at one's own send is in the audit")
	}
	w.stopped(ada, "x")
	if got := as[Status](t, w.says(ana, "status S1")); got.Stopped == nil || got.Stopped.StoppedBy != ada {
		t.Errorf("got %+v", got.Stopped)
	}
	for _, other := range []string{abe, appy, ada, guy} {
		if r := w.isRefused(other, "status S1"); r.Code != NotYours {
			t.Errorf("%s: %+v", other, r)
		}
	}
	if r := w.isRefused(ana, "status S1-31"); r.Code != NoSuchSend {
		t.Errorf("got %+v", r)
	}
}

func TestDecidersSeeASendMasked(t *testing.T) {
	w := newWorld(t)
	id := as[Confirm](t, w.says(ana, "send sorry-10 oABC")).Draft.ID
	if _, err := w.ledger.CreateSend(t.Context(), store.SendAsk{Draft: id, By: ana, Seats: func([]store.Total) ([]store.Seat, error) { return oneApprover, nil }}); err != nil {
		t.Fatal(err)
	}
	if got := as[Status](t, w.says(appy, "status S1")); got.Full {
		t.Error("openids in full")
	}
}

func TestALargeSendIsShownAsItComes(t *testing.T) {
	w := newWorld(t)
	s := w.sent(ana, "send sorry-10 "+people(15))
	w.settles(func(c store.Claim) store.Result {
		if c.ID.Position == 15 {
			return losesAll(c)
		}
		return issuesAll(c)
	})
	s.Total = statusSorts + 1
	got, err := w.notable(t.Context(), s)
	if err != nil || len(got) != statusShown || got[0].ID.Position != 1 || got[9].ID.Position != 10 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// runningTotal is what ana's sends of the day add up to.
func (w *world) runningTotal() (sum store.Fen) {
	w.t.Helper()
	all, err := w.ledger.Totals(w.t.Context(), ana, store.Day)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		sum += a.Fen
	}
	return sum
}

func TestWhatCountsInTheRunningTotal(t *testing.T) {
	w := newWorld(t)
	count := func(when string, want store.Fen) {
		t.Helper()
		if got := w.runningTotal(); got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
	}
	w.sent(ana, "send sorry-10 oA oB oC oD")
	count("what is held counts", 4000)
	w.settles(func(c store.Claim) store.Result {
		switch c.ID.Position {
		case 1:
			return issuesAll(c)
		case 2:
			return refusesAll(c)
		case 3:
			return losesAll(c)
		}
		return store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(time.Hour)}
	})
	count("what was refused does not", 3000)
	w.says(ana, "cancel S1")
	count("what was cancelled does not; issued and unknown do", 2000)
	w.sent(abe, "send sorry-10 oE")
	count("others' sends do not", 2000)
	w.clock = w.clock.Add(24 * time.Hour)
	count("yesterday's do not", 0)
}
