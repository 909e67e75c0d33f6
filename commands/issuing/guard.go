package issuing

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// A guard knows why no new call should be made now. It closes at the first sign, before the ledger is told, and the
// watch opens it again (watch.go). Calls under way are let finish.
//
// Three things close it. WeChat Pay does not accept who we are; this machine's clock is off; the line is bad, which is
// every outcome that says nothing about its order and much about all others: no connection, answers that cannot be
// verified. The first two are held in the ledger, with one alert; a bad line is probed at once, and held only when it stays
// bad, because one torn connection or one wrong signature (WeChat Pay sends some on purpose) is an everyday thing.
type guard struct {
	mu     sync.Mutex
	doubts map[string]doubt // by why
	wake   chan struct{}    // a doubt is new
	opened chan struct{}    // closed when there are no doubts any more
	run    int              // unknown outcomes in a row
}

type doubt struct {
	detail string // what was found, for the operator
	since  time.Time
	held   bool // the ledger knows
}

// line is the guard's own reason; the ledger has two of them.
const line = "line"

// lineProbed is how long claimed work waits for the probe of a line, before it goes back to the ledger.
const lineProbed = 2 * time.Second

// mostSkew is how far this machine's clock may be off.
const mostSkew = time.Minute

func newGuard() *guard {
	return &guard{doubts: map[string]doubt{}, wake: make(chan struct{}, 1), opened: make(chan struct{})}
}

func (g *guard) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.doubts) > 0
}

// pass waits a moment for a line that was good until now, because the probe of it is under way, and reports whether the
// guard is open.
func (g *guard) pass(ctx context.Context) bool {
	for {
		g.mu.Lock()
		d, waiting := g.doubts[line]
		closed, opened := len(g.doubts) > 0, g.opened
		waiting = waiting && len(g.doubts) == 1 && time.Since(d.since) < lineProbed
		g.mu.Unlock()
		if !closed || !waiting {
			return !closed
		}
		t := time.NewTimer(lineProbed - time.Since(d.since))
		select {
		case <-ctx.Done():
		case <-opened:
		case <-t.C:
		}
		t.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// raise closes the guard; whether this reason is new.
func (g *guard) raise(why string, d doubt) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, had := g.doubts[why]; had {
		return false
	}
	d.since = time.Now()
	g.doubts[why] = d
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return true
}

func (g *guard) held(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d, had := g.doubts[why]; had {
		d.held = true
		g.doubts[why] = d
	}
}

func (g *guard) clear(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.doubts, why)
	if len(g.doubts) == 0 {
		close(g.opened)
		g.opened = make(chan struct{})
	}
}

// why copies the doubts there are.
func (g *guard) why() map[string]doubt {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make(map[string]doubt, len(g.doubts))
	for why, d := range g.doubts {
		out[why] = d
	}
	return out
}

func (g *guard) text() string {
	var all []string
	for why, d := range g.why() {
		all = append(all, why+": "+d.detail)
	}
	return strings.Join(all, "; ")
}

// unknowns counts unknown outcomes in a row.
func (g *guard) unknowns(another bool) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if another {
		g.run++
	} else {
		g.run = 0
	}
	return g.run
}

// heed closes the guard when an outcome says that all others would go the same way; whether it did so now.
func (g *guard) heed(o wechatpay.Outcome, now time.Time, took time.Duration, slack func() (time.Duration, bool)) bool {
	why, detail := doubtOf(o)
	if skew, known := skewOf(o, took, now); known && clockOff(skew, slack) {
		why, detail = store.HeldClock, skewText(skew)
	}
	return why != "" && g.raise(why, doubt{detail: detail})
}

// doubtOf is what an outcome says about all other calls; "" when nothing.
func doubtOf(o wechatpay.Outcome) (why, detail string) {
	switch {
	case o.Reason == wechatpay.ReasonClock:
		return store.HeldClock, fault(o)
	case o.Kind == wechatpay.Configuration:
		return store.HeldConfiguration, fault(o)
	case o.Kind == wechatpay.Unknown && o.Scope == wechatpay.ScopeMerchant:
		return line, fault(o)
	}
	return "", ""
}

// skewOf is how far WeChat Pay's clock is from ours, by the answer's Date header, which is cut to the second and was
// written some time within the call; the uncertainty is taken off.
func skewOf(o wechatpay.Outcome, took time.Duration, now time.Time) (time.Duration, bool) {
	if o.ServerDate.IsZero() {
		return 0, false
	}
	skew := o.ServerDate.Add(500 * time.Millisecond).Sub(now.Add(-took / 2))
	doubtful := took/2 + 500*time.Millisecond
	switch {
	case skew > doubtful:
		return skew - doubtful, true
	case skew < -doubtful:
		return skew + doubtful, true
	}
	return 0, true
}

// clockOff: both services must say so where both are heard, because one Date header may be a proxy's.
func clockOff(skew time.Duration, slack func() (time.Duration, bool)) bool {
	if skew.Abs() <= mostSkew {
		return false
	}
	other, known := slack()
	return !known || other.Abs() > mostSkew
}

func skewText(skew time.Duration) string {
	direction := "ahead of"
	if skew > 0 {
		direction = "behind"
	}
	return fmt.Sprintf("this machine's clock is %s %s the services'", skew.Abs().Round(time.Second), direction)
}
