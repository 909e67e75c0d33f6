package issuing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func claimed(change func(*store.Claim)) store.Claim {
	c := store.Claim{Grant: store.Grant{ID: store.GrantID{Send: 1, Position: 1}, State: store.GrantIssuing, OpenID: "oAAA", StockID: "9856000",
		Attempts: 1, FirstCalledAt: noon, LastCalledAt: noon}, Send: store.Send{ID: 1, NumberPrefix: "1900000001-20261123-abc"}}
	if change != nil {
		change(&c)
	}
	return c
}

func open(attempts int) func(*store.Claim) {
	return func(c *store.Claim) {
		c.State, c.OpenAttempt, c.Reclaimed, c.Attempts = store.GrantUnknown, true, true, attempts
	}
}

func TestSettle(t *testing.T) {
	said := wechatpay.Outcome{Sent: true, Code: "CODE", Message: "said", RequestID: "rid-1"}
	as := func(kind wechatpay.Kind, reason wechatpay.Reason) wechatpay.Outcome {
		o := said
		o.Kind, o.Reason = kind, reason
		return o
	}
	retryable := as(wechatpay.Refused, wechatpay.ReasonMonthLimit)
	retryable.Retryable = true
	unsent := as(wechatpay.Unknown, wechatpay.ReasonNotSent)
	unsent.Sent = false
	issued := wechatpay.Outcome{Kind: wechatpay.Issued, Sent: true, CouponID: "77", RequestID: "rid-1"}

	for _, row := range []struct {
		name  string
		claim func(*store.Claim)
		said  wechatpay.Outcome
		at    time.Duration // after the first call
		want  store.Result
	}{
		{"issued is believed from a first call", nil, issued, 0, store.Result{Verdict: store.GrantIssued, CouponID: "77"}},
		{"issued is believed after an open call", open(4), issued, 0, store.Result{Verdict: store.GrantIssued, CouponID: "77"}},
		{"issued without a coupon id is unknown", nil, as(wechatpay.Issued, ""), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Second)}},
		{"a kind that no call has is unknown", nil, as(wechatpay.Answered, ""), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Second)}},

		{"a refusal is believed when no call is open", nil, as(wechatpay.Refused, wechatpay.ReasonUserAbnormal), 0, store.Result{Verdict: store.GrantRefused}},
		{"a refusal for now stays retryable", nil, retryable, 0, store.Result{Verdict: store.GrantRefused, Retryable: true}},
		{"a refusal after an open call leads to a reading at once", open(2), retryable, time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, AskAt: noon.Add(time.Minute)}},
		{"an unlisted code is a refusal", nil, as(wechatpay.Refused, wechatpay.ReasonUnlisted), 0, store.Result{Verdict: store.GrantRefused}},
		{"an order that fails its own check is a refusal", nil, wechatpay.Outcome{Kind: wechatpay.Refused, Reason: wechatpay.ReasonBadOrder}, 0, store.Result{Verdict: store.GrantRefused}},

		{"the first limit reached is asked about once more", nil, as(wechatpay.Refused, wechatpay.ReasonUserLimit), 0,
			store.Result{Verdict: store.GrantWaiting, Serial: true, AskAt: noon.Add(30 * time.Second)}},
		{"the second limit reached is believed", func(c *store.Claim) { c.SerialRepeat, c.Attempts = true, 2 }, as(wechatpay.Refused, wechatpay.ReasonUserLimit), 30 * time.Second,
			store.Result{Verdict: store.GrantRefused}},
		{"a limit reached after an open call leads to a reading", open(2), as(wechatpay.Refused, wechatpay.ReasonUserLimit), 0,
			store.Result{Verdict: store.GrantUnknown, Definite: true, AskAt: noon}},

		{"not now goes back and pauses the stock", nil, as(wechatpay.NotNow, wechatpay.ReasonBudgetGone), 0, store.Result{Verdict: store.GrantWaiting, PauseStock: true}},
		{"not now after an open call pauses the stock and leads to a reading", open(3), as(wechatpay.NotNow, wechatpay.ReasonDayCap), time.Hour,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, PauseStock: true, AskAt: noon.Add(time.Hour)}},

		{"configuration goes back", nil, as(wechatpay.Configuration, wechatpay.ReasonNotAuthenticated), 0, store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(time.Second)}},
		{"configuration after an open call says nothing about it", open(2), as(wechatpay.Configuration, wechatpay.ReasonNotAuthenticated), 0,
			store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Second)}},

		{"slower goes back for a second", nil, as(wechatpay.Slower, wechatpay.ReasonTooFast), 0, store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(time.Second)}},
		{"slower again goes back for longer", func(c *store.Claim) { c.Attempts = 4 }, as(wechatpay.Slower, wechatpay.ReasonTooFast), 0,
			store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(8 * time.Second)}},
		{"slower goes back for half a minute at most", func(c *store.Claim) { c.Attempts = 400 }, as(wechatpay.Slower, wechatpay.ReasonTooFast), 0,
			store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(30 * time.Second)}},
		{"slower after an open call stays unknown", open(2), as(wechatpay.Slower, wechatpay.ReasonTooFast), 0,
			store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(2 * time.Second)}},

		{"what never left goes back", nil, unsent, 0, store.Result{Verdict: store.GrantWaiting, AskAt: noon.Add(time.Second)}},
		{"what never left, after an open call, stays unknown", open(2), unsent, 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(2 * time.Second)}},

		{"the first lost answer is asked about in 1 s", nil, as(wechatpay.Unknown, wechatpay.ReasonTimeout), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Second)}},
		{"the first lost answer is asked about in 1 s whatever was before", func(c *store.Claim) { c.Attempts = 6 }, as(wechatpay.Unknown, wechatpay.ReasonTimeout), 0,
			store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Second)}},
		{"the second in 3 s", open(2), as(wechatpay.Unknown, wechatpay.ReasonServerError), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(3 * time.Second)}},
		{"the third in 10 s", open(3), as(wechatpay.Unknown, wechatpay.ReasonAccepted), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(10 * time.Second)}},
		{"the fourth in 30 s", open(4), as(wechatpay.Unknown, wechatpay.ReasonBadSignature), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(30 * time.Second)}},
		{"then minutes", open(5), as(wechatpay.Unknown, wechatpay.ReasonCutAnswer), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(2 * time.Minute)}},
		{"then hours", open(8), as(wechatpay.Unknown, wechatpay.ReasonTimeout), 0, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(time.Hour)}},
		{"then every four hours", open(30), as(wechatpay.Unknown, wechatpay.ReasonTimeout), time.Hour, store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(5 * time.Hour)}},
		{"but not past the end of the number", open(30), as(wechatpay.Unknown, wechatpay.ReasonTimeout), 22 * time.Hour,
			store.Result{Verdict: store.GrantUnknown, AskAt: noon.Add(24 * time.Hour)}},
		{"SYSTEM_ERROR again and again is shown to a person", open(9), as(wechatpay.Unknown, wechatpay.ReasonSystemError), 0,
			store.Result{Verdict: store.GrantUnknown, NeedsPerson: true, AskAt: noon.Add(4 * time.Hour)}},
		{"what a person was told stays told", func(c *store.Claim) { open(2)(c); c.NeedsPerson = true }, as(wechatpay.Unknown, wechatpay.ReasonTimeout), 0,
			store.Result{Verdict: store.GrantUnknown, NeedsPerson: true, AskAt: noon.Add(3 * time.Second)}},
		{"an answer that comes after a day is before a person", open(9), as(wechatpay.Unknown, wechatpay.ReasonTimeout), 24 * time.Hour,
			store.Result{Verdict: store.GrantUnknown, NeedsPerson: true, AskAt: noon.Add(30 * time.Hour)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := claimed(row.claim)
			row.want.ID, row.want.Attempt = c.ID, c.Attempts
			row.want.Reason, row.want.Code, row.want.Message, row.want.RequestID = string(row.said.Reason), row.said.Code, row.said.Message, row.said.RequestID
			if diff := cmp.Diff(row.want, settle(c, row.said, noon.Add(row.at))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSettleIsSafe goes through every reason that an answer can have.
func TestSettleIsSafe(t *testing.T) {
	kinds := []wechatpay.Kind{wechatpay.Issued, wechatpay.Refused, wechatpay.NotNow, wechatpay.Configuration, wechatpay.Slower, wechatpay.Unknown, wechatpay.Answered, ""}
	for _, kind := range kinds {
		for _, reason := range append(wechatpay.Reasons(), "") {
			for _, sent := range []bool{true, false} {
				o := wechatpay.Outcome{Kind: kind, Reason: reason, Sent: sent}
				for attempts := 1; attempts < 12; attempts++ {
					if r := settle(claimed(open(attempts)), o, noon); r.Verdict != store.GrantUnknown || r.AskAt.IsZero() {
						t.Errorf("%s %s after an open call: %s, asked again at %s", kind, reason, r.Verdict, r.AskAt)
					}
					r := settle(claimed(func(c *store.Claim) { c.Attempts = attempts }), o, noon)
					if certain := kind != wechatpay.Issued && kind != wechatpay.Answered && kind != "" && (kind != wechatpay.Unknown || !sent); !certain && r.Verdict != store.GrantUnknown {
						t.Errorf("%s %s, sent %v: %s though the coupon may exist", kind, reason, sent, r.Verdict)
					}
					if r.Verdict == store.GrantUnknown && r.AskAt.IsZero() {
						t.Errorf("%s %s: unknown and never asked again", kind, reason)
					}
				}
			}
		}
	}
}

func TestSettleReading(t *testing.T) {
	number := "1900000001-20261123-abc-1"
	mine := wechatpay.Coupon{ID: "77", OutRequestNo: number, CreateTime: noon}
	other := wechatpay.Coupon{ID: "78", OutRequestNo: "another", CreateTime: noon}
	unnamed := wechatpay.Coupon{ID: "79", CreateTime: noon.Add(4 * time.Minute)}
	older := wechatpay.Coupon{ID: "80", CreateTime: noon.Add(-6 * time.Minute)}
	timeless := wechatpay.Coupon{ID: "81"}
	reads := func(c *store.Claim) { open(3)(c); c.Read = true }
	definite := func(c *store.Claim) {
		reads(c)
		c.Definite, c.Outcome, c.Code, c.Message, c.RequestID, c.Retryable = true, "budget_gone", "NOT_ENOUGH", "批次预算不足", "rid-9", true
	}
	second := func(c *store.Claim) {
		definite(c)
		c.EmptyReadings, c.FirstEmptyAt = 1, noon.Add(time.Minute)
	}
	list := func(coupons ...wechatpay.Coupon) reading { return reading{coupons: coupons, listed: true} }
	issued := func(id string) store.Result {
		return store.Result{Verdict: store.GrantIssued, CouponID: id, ByReading: true}
	}

	for _, row := range []struct {
		name  string
		claim func(*store.Claim)
		seen  reading
		at    time.Duration
		want  store.Result // what WeChat Pay had said is filled in
	}{
		{"the coupon is known by its number", reads, list(other, mine, unnamed), 0, issued("77")},
		{"by its number whenever it was made", reads, list(wechatpay.Coupon{ID: "82", OutRequestNo: number}), 0, issued("82")},
		{"without numbers, the only one of the time is it", reads, list(older, unnamed), 0, issued("79")},
		{"two of the time are nobody's", reads, list(unnamed, wechatpay.Coupon{ID: "83", CreateTime: noon}), time.Minute,
			store.Result{Verdict: store.GrantUnknown, NeedsPerson: true, AskAt: noon.Add(time.Minute + 30*time.Second)}},
		{"one without a number beside another's is nobody's", reads, list(unnamed, other), time.Minute,
			store.Result{Verdict: store.GrantUnknown, NeedsPerson: true, AskAt: noon.Add(time.Minute + 30*time.Second)}},
		{"one that another grant has is not it", reads, reading{coupons: []wechatpay.Coupon{unnamed}, taken: map[string]bool{"79": true}, listed: true}, time.Minute,
			store.Result{Verdict: store.GrantUnknown, EmptyReading: true, AskAt: noon.Add(time.Minute + 30*time.Second)}},
		{"one without number and time may be it", second, list(timeless), time.Hour,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, NeedsPerson: true, AskAt: noon.Add(time.Hour + 30*time.Second)}},

		{"absence without a definite answer proves nothing", reads, list(), time.Hour,
			store.Result{Verdict: store.GrantUnknown, EmptyReading: true, AskAt: noon.Add(time.Hour + 30*time.Second)}},
		{"the first absence waits ten minutes for the second", definite, list(older), time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, EmptyReading: true, AskAt: noon.Add(11*time.Minute + time.Second)}},
		{"a second absence too soon waits on", second, list(), 5 * time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, EmptyReading: true, AskAt: noon.Add(11*time.Minute + time.Second)}},
		{"the second absence, ten minutes later, is believed", second, list(), 11 * time.Minute,
			store.Result{Verdict: store.GrantRefused, Definite: true, Retryable: true, EmptyReading: true}},
		{"but not for a stock that is not known to be listed", second, reading{}, 11 * time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, EmptyReading: true, NeedsPerson: true, AskAt: noon.Add(11*time.Minute + time.Hour)}},

		{"a reading that fails keeps what was known", second, reading{failed: &wechatpay.Outcome{Kind: wechatpay.Unknown}}, time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, AskAt: noon.Add(time.Minute + 10*time.Second)}},
		{"a reading that is refused is for a person", definite, reading{failed: &wechatpay.Outcome{Kind: wechatpay.NotNow}}, time.Minute,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, NeedsPerson: true, AskAt: noon.Add(time.Minute + time.Hour)}},
		{"a reading that is too fast waits a little", definite, reading{failed: &wechatpay.Outcome{Kind: wechatpay.Slower}}, 0,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, AskAt: noon.Add(4 * time.Second)}},
		{"a reading that is not let in waits for the hold", definite, reading{failed: &wechatpay.Outcome{Kind: wechatpay.Configuration}}, 0,
			store.Result{Verdict: store.GrantUnknown, Definite: true, Retryable: true, AskAt: noon.Add(time.Second)}},

		{"after a day it is read every six hours, before a person", reads, list(), 25 * time.Hour,
			store.Result{Verdict: store.GrantUnknown, EmptyReading: true, NeedsPerson: true, AskAt: noon.Add(31 * time.Hour)}},
		{"after eight days only people ask", reads, list(), 8 * 24 * time.Hour,
			store.Result{Verdict: store.GrantUnknown, EmptyReading: true, NeedsPerson: true}},
		{"after a day a coupon is still found", reads, list(mine), 100 * time.Hour, issued("77")},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := claimed(row.claim)
			row.want.ID, row.want.Attempt = c.ID, c.Attempts
			if row.want.Verdict != store.GrantIssued {
				row.want.Reason, row.want.Code, row.want.Message, row.want.RequestID = c.Outcome, c.Code, c.Message, c.RequestID
			}
			if diff := cmp.Diff(row.want, settleReading(c, row.seen, noon.Add(row.at))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
