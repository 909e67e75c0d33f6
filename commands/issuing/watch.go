package issuing

import (
	"context"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

const (
	listen     = 5 * time.Second // how often Slack's clock is compared with ours
	firstProbe = time.Second     // after a hold began; doubled with every probe that fails
	lastProbe  = time.Minute
	calmAfter  = 5 * time.Minute // a hold sooner after the last one goes on where that one's waiting was: no flapping
	lineHeld   = time.Minute     // how long a bad line is waited for before people are told
)

// watch finds out when the guard may open again. Before anything else it makes one probe: wrong keys, a wrong clock or no
// line are then known before the first coupon is called.
func (r *run) watch(ctx context.Context) error {
	r.takeOver(ctx)
	r.probe(ctx)
	var wait time.Duration
	var last time.Time // when something was held
	for ctx.Err() == nil {
		doubts := r.guard.why()
		if len(doubts) == 0 {
			r.listen(ctx)
			_, torn := r.guard.why()[line]
			switch {
			case torn:
				wait = 0
			case time.Since(last) > calmAfter:
				wait = firstProbe
			}
			continue
		}
		last = time.Now()
		r.hold(ctx, doubts)
		if !sleep(ctx, wait) {
			return nil
		}
		r.probe(ctx)
		wait = min(max(2*wait, firstProbe), lastProbe)
	}
	return nil
}

// takeOver goes on with what an earlier run held.
func (r *run) takeOver(ctx context.Context) {
	for ctx.Err() == nil {
		held, err := r.ledger.Held(ctx)
		if err == nil {
			for _, h := range held {
				r.guard.raise(h.Why, doubt{detail: h.Detail, held: true})
			}
			return
		}
		r.log.Error("what is held", "err", err)
		sleep(ctx, listen)
	}
}

// listen waits for a doubt, and looks at Slack's clock from time to time: when that is off, WeChat Pay's is asked.
func (r *run) listen(ctx context.Context) {
	t := time.NewTimer(listen)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-r.guard.wake:
	case <-t.C:
		skew, known := r.options.SlackSkew()
		if !known || skew.Abs() <= mostSkew {
			return
		}
		if o := r.probe(ctx); o.Kind != "" && o.ServerDate.IsZero() { // nobody contradicts Slack
			r.guard.raise(store.HeldClock, doubt{detail: skewText(skew)})
		}
	}
}

// hold tells the ledger, and with it people, what it does not know yet.
func (r *run) hold(ctx context.Context, doubts map[string]doubt) {
	for why, d := range doubts {
		if d.held {
			continue
		}
		if why == line {
			if time.Since(d.since) < lineHeld || !r.guard.raise(store.HeldConfiguration, doubt{detail: d.detail}) {
				continue
			}
			why = store.HeldConfiguration
		}
		if err := r.ledger.Hold(ctx, why, d.detail); err != nil {
			r.log.Error("hold", "why", why, "err", err) // the guard is closed all the same
			continue
		}
		r.guard.held(why)
		r.log.Error("held: nothing is sent", "why", why, "detail", d.detail)
	}
}

// probe asks WeChat Pay something harmless. What it shows to be in order is released; what it shows not to be is raised.
// The outcome is empty when ctx ended first.
func (r *run) probe(ctx context.Context) (o wechatpay.Outcome) {
	if !r.pace.wait(ctx, 1) {
		return o
	}
	call, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	began := time.Now()
	o = r.wechat.Probe(call)
	if ctx.Err() != nil {
		return wechatpay.Outcome{}
	}
	took := time.Since(began)
	if r.guard.heed(o, r.options.Now(), took, r.options.SlackSkew) {
		r.log.Warn("no more calls for now", "why", r.guard.text(), "code", o.Code, "request_id", o.RequestID, "err", o.Err)
	}
	r.release(ctx, o, took)
	return o
}

// release opens what a probe proves to be in order. "Too fast" proves nothing: a gateway says so before it looks at keys.
// The ledger is told also when it is not known to hold: the answer to a Hold may have been lost.
func (r *run) release(ctx context.Context, o wechatpay.Outcome, took time.Duration) {
	switch o.Kind {
	case wechatpay.Unknown, wechatpay.Configuration, wechatpay.Slower:
		return
	}
	for why, d := range r.guard.why() {
		if why == store.HeldClock && r.stillOff(o, took) {
			continue
		}
		if why != line {
			if err := r.ledger.Release(ctx, why); err != nil {
				r.log.Error("release", "why", why, "err", err)
				continue
			}
		}
		r.guard.clear(why)
		r.log.Info("calls go on", "was", why, "detail", d.detail)
	}
	r.nudge()
}

// stillOff: by whichever clocks can be heard.
func (r *run) stillOff(o wechatpay.Outcome, took time.Duration) bool {
	if skew, known := skewOf(o, took, r.options.Now()); known {
		return clockOff(skew, r.options.SlackSkew)
	}
	skew, known := r.options.SlackSkew()
	return known && skew.Abs() > mostSkew
}
