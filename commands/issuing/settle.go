package issuing

import (
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// When an unknown coupon is asked about again, after its first, second … claim: WeChat Pay's own advice (代金券错误码: 1, 3,
// 10, 30 s), then ever more rarely. Nothing is jittered: the pacer spreads the calls.
var askAgain = []time.Duration{
	time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour,
}

const (
	serialAfter = 30 * time.Second   // before the one repeat of a "limit reached" that may be false
	heldAfter   = time.Second        // an answer that made everything be held: the hold decides, this only keeps a failed one from spinning
	longestBack = 30 * time.Second   // between calls that were told to be slower
	longestLine = time.Minute        // between calls that could not leave
	readEvery   = 6 * time.Hour      // when the number may not be posted any more
	readFor     = 7 * 24 * time.Hour // after that only people ask
)

// settle says what the answer to a posted claim means for its grant.
//
// The one question is whether an earlier call was left open. If none was, a definite answer is the whole truth. If one
// was, no answer but "issued" says anything about it: WeChat Pay may check limits and budgets before it looks whether the
// number is known. A definite no then only makes readings worth something: the call before was the last.
//
// A coupon is put before a person when the loop has nothing left that could settle it: a day after its first call,
// because then only readings remain and none of them proves absence without a definite answer; and when WeChat Pay has said
// SYSTEM_ERROR again and again, which it also does about orders that can never succeed. Not sooner: during an outage every
// coupon under way is unknown, and almost all of them settle themselves.
func settle(c store.Claim, o wechatpay.Outcome, now time.Time) store.Result {
	r := store.Result{ID: c.ID, Attempt: c.Attempts, Reason: string(o.Reason), Code: o.Code, Message: o.Message, RequestID: o.RequestID}
	switch {
	case o.Kind == wechatpay.Issued && o.CouponID != "":
		r.Verdict, r.CouponID = store.GrantIssued, o.CouponID
		return r
	case o.Kind == wechatpay.Refused:
		return refused(r, c, o, now)
	case o.Kind == wechatpay.NotNow:
		r.PauseStock = true
		return notNow(r, c, now, 0, true)
	case o.Kind == wechatpay.Configuration:
		return notNow(r, c, now, heldAfter, false)
	case o.Kind == wechatpay.Slower:
		return notNow(r, c, now, doubling(c.Attempts, longestBack), false)
	case o.Kind == wechatpay.Unknown && !o.Sent:
		// No byte left this machine, so this call issued nothing: without an earlier one the coupon simply still waits,
		// and a dead network does not make everything unknown.
		return notNow(r, c, now, doubling(c.Attempts, longestLine), false)
	}
	return unknown(r, c, o, now)
}

func refused(r store.Result, c store.Claim, o wechatpay.Outcome, now time.Time) store.Result {
	switch {
	case c.OpenAttempt:
		r.Verdict, r.Definite, r.Retryable, r.AskAt = store.GrantUnknown, true, o.Retryable, now
		r.NeedsPerson = c.NeedsPerson
	case o.Reason == wechatpay.ReasonUserLimit && !c.SerialRepeat:
		// Also said falsely when two sends to one person overlap; by then such another has ended.
		r.Verdict, r.Serial, r.AskAt = store.GrantWaiting, true, now.Add(serialAfter)
	default:
		r.Verdict, r.Retryable = store.GrantRefused, o.Retryable
	}
	return r
}

// notNow puts a grant back: nothing was issued by this call, and the same call may be made again after a while. definite
// tells that the answer was about the order, so that readings are worth something.
func notNow(r store.Result, c store.Claim, now time.Time, after time.Duration, definite bool) store.Result {
	if c.OpenAttempt {
		r.Verdict, r.Definite, r.Retryable, r.AskAt = store.GrantUnknown, definite, definite, now.Add(after)
		r.NeedsPerson = c.NeedsPerson
		return r
	}
	r.Verdict = store.GrantWaiting
	if after > 0 {
		r.AskAt = now.Add(after)
	}
	return r
}

func unknown(r store.Result, c store.Claim, o wechatpay.Outcome, now time.Time) store.Result {
	r.Verdict = store.GrantUnknown
	r.AskAt = askNext(c, now)
	stubborn := o.Reason == wechatpay.ReasonSystemError && c.Attempts >= len(askAgain)
	r.NeedsPerson = c.NeedsPerson || stubborn || c.Expired(now)
	return r
}

// askNext is when to ask again about a coupon of which nothing new was learnt.
func askNext(c store.Claim, now time.Time) time.Time {
	if c.Expired(now) {
		return readNext(c, now)
	}
	after := askAgain[0]
	if c.OpenAttempt { // not the first: earlier claims may have been put back for other reasons, and do not count
		after = askAgain[min(max(c.Attempts-1, 0), len(askAgain)-1)]
	}
	if end := c.FirstCalledAt.Add(store.NumberLife); !c.FirstCalledAt.IsZero() && now.Add(after).After(end) {
		return end // look at once when posting ends
	}
	return now.Add(after)
}

// readNext is when to look again at the coupons of a customer whose number may not be posted any more; zero: only when a
// person asks.
func readNext(c store.Claim, now time.Time) time.Time {
	next := now.Add(readEvery)
	if next.After(c.FirstCalledAt.Add(store.NumberLife + readFor)) {
		return time.Time{}
	}
	return next
}

// doubling is 1, 2, 4 … seconds after the first, second, third … claim.
func doubling(attempts int, most time.Duration) time.Duration {
	return min(time.Second<<min(max(attempts-1, 0), 10), most)
}
