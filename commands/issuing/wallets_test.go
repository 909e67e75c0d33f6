package issuing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

func (w *world) wallet(openID string) store.Wallet {
	w.Helper()
	got, err := w.ledger.Wallet(w.Context(), openID, creator)
	w.must(err)
	return got
}

func TestACustomerWhomSomebodyLooksUpIsReadOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run()
		s := w.send(stock, "oAAA")
		w.pass(2 * time.Second)
		issued := w.expect(s, store.GrantIssued)
		if w.wechat.readings != 0 {
			t.Fatalf("%d readings that nobody asked for", w.wechat.readings)
		}
		w.must(w.ledger.WantWallet(w.Context(), "oAAA", creator))
		w.pass(2 * time.Second)
		got := w.wallet("oAAA")
		if got.Coupons[issued.CouponID] != wechatpay.CouponUsable || got.ReadAt.IsZero() || got.Fault != "" || !got.WantAt.IsZero() {
			t.Errorf("the reading is %+v", got)
		}
		w.pass(time.Minute)
		if w.wechat.readings != 1 {
			t.Errorf("%d readings for one asking", w.wechat.readings)
		}
	})
}

func TestAReadingThatFailsKeepsTheLastAndIsToldWhy(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run()
		s := w.send(stock, "oAAA")
		w.pass(2 * time.Second)
		issued := w.expect(s, store.GrantIssued)
		w.must(w.ledger.WantWallet(w.Context(), "oAAA", creator))
		w.pass(2 * time.Second)
		w.wechat.change(func() {
			w.wechat.reads = func(string) error {
				return &wechatpay.Error{Outcome: wechatpay.Outcome{Kind: wechatpay.Unknown, Reason: wechatpay.ReasonTimeout, Sent: true, Err: errors.New("timeout")}}
			}
		})
		w.must(w.ledger.WantWallet(w.Context(), "oAAA", creator))
		w.pass(time.Minute)
		got := w.wallet("oAAA")
		if !strings.HasPrefix(got.Fault, "timeout") || got.Coupons[issued.CouponID] == "" || !got.TriedAt.After(got.ReadAt) || !got.WantAt.IsZero() {
			t.Errorf("after a reading that failed: %+v", got)
		}
		if w.wechat.readings > 2 {
			t.Errorf("%d readings for two askings", w.wechat.readings)
		}
		w.expect(s, store.GrantIssued)
	})
}

func TestALookAtACustomerSettlesNothing(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = func(int, wechatpay.Order) answer {
			return answer{Outcome: wechatpay.Outcome{Kind: wechatpay.Unknown, Reason: wechatpay.ReasonTimeout, Sent: true}, commits: true}
		}
		w.run()
		s := w.send(stock, "oAAA")
		w.pass(500 * time.Millisecond)
		before := w.expect(s, store.GrantUnknown)
		w.must(w.ledger.WantWallet(w.Context(), "oAAA", creator))
		w.pass(400 * time.Millisecond)
		if got := w.wallet("oAAA"); len(got.Coupons) != 1 {
			t.Fatalf("the reading is %+v", got)
		}
		if after := w.expect(s, store.GrantUnknown); after.Attempts != before.Attempts {
			t.Errorf("it was asked about: %+v", after)
		}
	})
}
