package commands

import (
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

func TestTwoPeopleSettleACoupon(t *testing.T) {
	w := newWorld(t)
	p := w.proposal()
	if p.Grant.String() != "S1-1" || p.Verdict != store.GrantIssued || p.CouponID != "98674556" || p.AskedBy != fin {
		t.Errorf("proposed %+v", p)
	}
	if r := w.isRefusedPressing(ana, "settle.confirm", SettleValue(p.ID)); r.Code != NoRight {
		t.Errorf("somebody without the right: %+v", r)
	}
	if r := w.isRefusedPressing(fin, "settle.confirm", SettleValue(p.ID)); r.Code != OwnSettlement {
		t.Errorf("the proposer: %+v", r)
	}
	if s := as[Settled](t, w.presses(ada, "settle.confirm", SettleValue(p.ID))).Settlement; s.ConfirmedBy != ada {
		t.Errorf("got %+v", s)
	}
	g, err := w.ledger.Grant(t.Context(), p.Grant)
	if err != nil || g.State != store.GrantIssued || g.CouponID != "98674556" {
		t.Errorf("got %+v, %v", g, err)
	}
	as[Settled](t, w.presses(ada, "settle.confirm", SettleValue(p.ID)))
	if r := as[Redrawn](t, w.presses(adi, "settle.confirm", SettleValue(p.ID))); r.Subject != SettleValue(p.ID) {
		t.Errorf("got %+v", r)
	}
	if r := as[Redrawn](t, w.presses(adi, "settle.confirm", SettleValue(99))); r.Subject != "" {
		t.Errorf("got %+v", r)
	}
}

func TestASettlementAsRefused(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oABC")
	w.settles(losesAll)
	p := as[SettleAsked](t, w.says(fin, "settle S1-1 Refused not in the customer's list")).Settlement
	if p.Verdict != store.GrantRefused || p.Why != "not in the customer's list" {
		t.Errorf("got %+v", p)
	}
	newer := as[SettleAsked](t, w.says(fin, `settle S1-1 refused "asked the customer"`)).Settlement
	if r := as[Redrawn](t, w.presses(ada, "settle.confirm", SettleValue(p.ID))); r.Subject != SettleValue(p.ID) {
		t.Errorf("a proposal that was replaced: %+v", r)
	}
	w.presses(ada, "settle.confirm", SettleValue(newer.ID))
	if r := w.isRefused(fin, "settle S1-1 refused late"); r.Code != NotUnknown || r.Text != "refused" {
		t.Errorf("got %+v", r)
	}
}

func TestAProposalThatCameTwiceIsOne(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oABC")
	w.settles(losesAll)
	ask := w.ask(fin)
	var ids []int64
	for range 2 {
		reply, err := w.Do(t.Context(), ask, "settle S1-1 issued 123")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, as[SettleAsked](t, reply).Settlement.ID)
	}
	if ids[0] == 0 || ids[0] != ids[1] {
		t.Errorf("got %v", ids)
	}
	w.presses(ada, "settle.confirm", SettleValue(ids[0]))
	if r := w.refusal(w.Do(t.Context(), ask, "settle S1-1 issued 123")); r.Code != NotUnknown {
		t.Errorf("after it was confirmed: %+v", r)
	}
}

func TestACouponThatSettledMeanwhile(t *testing.T) {
	w := newWorld(t)
	p := w.proposal()
	w.clock = w.clock.Add(2 * time.Minute)
	w.says(ana, "recheck S1")
	w.settles(issuesAll)
	reply, err := w.Press(t.Context(), w.ask(ada), "settle.confirm", SettleValue(p.ID))
	if err == nil {
		if r := as[Redrawn](t, reply); r.Subject != SettleValue(p.ID) {
			t.Errorf("got %+v", r)
		}
	} else if r := w.refusal(reply, err); r.Code != NotUnknown {
		t.Errorf("got %+v", r)
	}
}

func TestSettlementsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	w.sent(ana, "send sorry-10 oABC")
	for text, want := range map[string]Code{
		"settle S1 issued 123":                            BadID,
		"settle 1-1 issued 123":                           BadID,
		"settle S1-1 issued":                              TooFew,
		"settle S1-1 issued 123 456":                      TooMany,
		"settle S1-1 issued " + strings.Repeat("1", 21):   BadCouponID,
		`settle S1-1 refused ""`:                          TooFew,
		"settle S1-1 refused " + strings.Repeat("x", 301): TextTooLong,
		"settle S1-9 refused x":                           NoSuchSend,
		"settle S9-1 refused x":                           NoSuchSend,
		"settle S1-1 refused x":                           NotUnknown,
	} {
		if r := w.isRefused(fin, text); r.Code != want {
			t.Errorf("%s: got %+v", text, r)
		}
	}
	if r := w.isRefused(ada, "settle S1-1 refused x"); r.Code != NoRight || r.Right != RightAudit {
		t.Errorf("an admin without audit: %+v", r)
	}
}
