package issuing

import (
	"context"
	"log/slog"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// dispatch gives queued claims to workers, one after another at the pacer's speed, until ctx ends. What may not be called
// any more goes back to the ledger.
func (r *run) dispatch(ctx context.Context) error {
	for {
		c, ok := r.queue.next(ctx)
		if !ok {
			return nil
		}
		if r.queue.len() <= r.queue.most()/2 {
			r.nudge()
		}
		if !r.mayCall(ctx, c) {
			r.done <- finished{claim: c, uncalled: true}
			continue
		}
		r.hands.begin(c)
		go r.call(ctx, c)
	}
}

// nudge tells the claimer that it may be its turn.
func (r *run) nudge() {
	select {
	case r.room <- struct{}{}:
	default:
	}
}

// mayCall waits until a worker is free and the pace is about to allow a call, and then looks once more whether this one may
// be made: a clock that jumps ahead, such as that of a machine that slept, ends leases of calls that are still under way.
// When it may, the caller holds a worker's seat.
func (r *run) mayCall(ctx context.Context, c store.Claim) bool {
	select {
	case <-ctx.Done():
		return false
	case r.hands.seats <- struct{}{}:
	}
	if r.guard.pass(ctx) && r.pace.soon(ctx) {
		if r.ledgerAllows(ctx, c) && r.leaseHolds(c) && !r.hands.has(c.ID) {
			return true
		}
		r.pace.passed()
	}
	<-r.hands.seats
	return false
}

func (r *run) ledgerAllows(ctx context.Context, c store.Claim) bool {
	may, err := r.ledger.MayCall(ctx, c, r.epoch)
	if err != nil && ctx.Err() == nil {
		r.log.Error("look once more before a call", "grant", c.ID.String(), "err", err)
	}
	return may && err == nil
}

// leaseHolds: when a call could outlive its lease, another process could make the same call beside it; and a number whose
// day ended between the claim and now is not posted any more.
func (r *run) leaseHolds(c store.Claim) bool {
	now := r.options.Now()
	return c.LeaseUntil.Sub(now) > r.config.Timeout+spare && (c.Read || !c.Expired(now))
}

// call makes one call, or one reading, as soon as the pace allows, and hands on what it led to.
func (r *run) call(ctx context.Context, c store.Claim) {
	f := finished{claim: c}
	if c.Read {
		if f.uncalled = !r.turn(ctx, callsOfReading); !f.uncalled {
			f.result = r.read(c)
		}
	} else {
		f = r.post(ctx, c)
	}
	r.hands.end(c, func() { r.done <- f })
}

// turn waits for the pace, and says whether the call may still be made.
func (r *run) turn(ctx context.Context, calls int) bool {
	defer r.pace.passed()
	return r.pace.wait(ctx, calls) && !r.guard.closed()
}

// post asks for the coupon, with the same number and contents every time. It waits for its turn when everything is signed,
// next to the wire, because whatever lies between them comes to WeChat Pay as unevenness.
func (r *run) post(ctx context.Context, c store.Claim) finished {
	call, cancel := context.WithTimeout(r.calls, r.config.Timeout+shortly)
	defer cancel()
	o, asked, left, began := order(c), false, false, time.Now()
	var wrote, answered func()
	o.Leave = func() bool {
		defer r.pace.passed()
		asked = true
		wrote, answered, left = r.pace.begin(ctx)
		left = left && !r.guard.closed()
		began = time.Now()
		return left
	}
	o.Wrote = func() { wrote() }
	outcome := r.wechat.Issue(call, o)
	if !asked { // it never came to the wire: the order itself is at fault
		r.pace.passed()
	}
	if asked && !left {
		return finished{claim: c, uncalled: true}
	}
	if left {
		answered()
	}
	took := time.Since(began)
	r.options.Called(outcome.Kind, took)
	r.heed(outcome, began, took)
	return finished{claim: c, result: r.settled(c, outcome)}
}

func order(c store.Claim) wechatpay.Order {
	return wechatpay.Order{
		OpenID: c.OpenID, StockID: c.StockID, StockCreatorMchID: c.Send.CreatorMchID, OutRequestNo: c.Send.Number(c.ID.Position),
		CouponValue: int64(c.Send.Value), CouponMinimum: int64(c.Send.Minimum),
	}
}

// settled is settle, told to the log.
func (r *run) settled(c store.Claim, o wechatpay.Outcome) store.Result {
	result := settle(c, o, r.options.Now())
	r.tell(c, result, o)
	return result
}

// tell writes down what an operator may want to look up. Outcomes hold no openid and no secret.
func (r *run) tell(c store.Claim, result store.Result, o wechatpay.Outcome) {
	level, what := slog.LevelWarn, ""
	switch {
	case result.PauseStock && !r.said.due(c.StockID+result.Reason): // others under way were told the same
		return
	case result.PauseStock:
		what = "stock paused"
	case result.Verdict == store.GrantUnknown && result.NeedsPerson:
		level, what = slog.LevelError, "coupon unknown: a person must look"
	case result.Verdict == store.GrantUnknown:
		what = "coupon unknown"
	case result.Verdict == store.GrantRefused:
		level, what = slog.LevelInfo, "coupon refused"
	default:
		return
	}
	r.log.Log(r.calls, level, what, "grant", result.ID.String(), "stock", c.StockID, "attempt", result.Attempt, "reason", result.Reason, "status", o.Status,
		"code", result.Code, "message", result.Message, "request_id", result.RequestID, "ask_at", result.AskAt, "err", o.Err)
}

// enoughUnknown is how many unknown outcomes in a row are taken for "too fast" too: WeChat Pay's pages ask for less when
// its answers fail, and calls that come to nothing only make more to ask about.
const enoughUnknown = 20

// heed does what an outcome means for calls other than its own.
func (r *run) heed(o wechatpay.Outcome, began time.Time, took time.Duration) {
	if r.guard.heed(o, r.options.Now(), took, r.options.SlackSkew) {
		r.log.Warn("no more calls for now", "why", r.guard.text(), "code", o.Code, "request_id", o.RequestID, "err", o.Err)
	}
	unknown := r.guard.unknowns(o.Kind == wechatpay.Unknown)
	if o.Kind != wechatpay.Slower && unknown < enoughUnknown {
		return
	}
	if rate := r.pace.slower(began); rate > 0 {
		r.options.Slowed(rate)
		r.log.Warn("slower", "calls_per_second", rate, "unknown_in_a_row", unknown, "code", o.Code, "request_id", o.RequestID)
	}
}
