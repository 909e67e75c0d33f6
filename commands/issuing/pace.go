package issuing

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A pacer spaces calls so evenly that WeChat Pay, which counts over sliding seconds, never sees more than the rate: it is
// not enough to be right on average. A late wake-up is caught up with, a little faster, but never so that the last second
// held more than the rate. (A token bucket either loses the lateness or may spend its whole burst on top of the rate.)
//
// It measures elapsed time only, so it uses the monotonic clock and not the ledger's.
type pacer struct {
	turn chan struct{} // who holds it waits or calls; the others queue here

	ahead atomic.Int32 // calls that soon let begin and that wait for their turn, next to the wire

	mu     sync.Mutex
	most   float64       // calls a second, as configured
	rate   float64       // as it was at since; it creeps up from there
	since  time.Time     // when rate was set
	next   time.Time     // when the next call is due by the rate alone
	recent []paced       // ring of the newest calls
	count  int           // calls so far
	usual  time.Duration // from when a call is written to its answer; nine of ten take no longer
}

// paced is a call of the last second.
type paced struct {
	at   time.Time     // when it was written, as far as that is known, or began
	late time.Duration // by how much its answer took longer than usual; 0 while there is none
}

const (
	under   = 0.996                 // of the rate, in any second: room for the network's jitter below the server's own count
	evenly  = 0.992                 // of the rate: how fast calls follow each other; what is between makes up for delays
	hurry   = 0.85                  // of an interval: the shortest, on average over a bunch, when catching up
	bunch   = 0.016                 // seconds: calls within may follow each other at once, because a busy machine wakes up late
	lag     = time.Second           // as much is caught up with; what is longer ago is lost
	creep   = 0.02                  // of the rate: how much faster each second, after it was halved
	shortly = 12 * time.Millisecond // before its turn a call begins: a signature takes one to five of them
	slowest = 1.0                   // calls a second: never slower than that, unless configured so
	alike   = 4                     // calls in a row that are late together were held up before WeChat Pay counted them
	enough  = 100                   // calls: until so many were made the fastest answer is the usual one
)

func newPacer(rate float64) *pacer {
	return &pacer{turn: make(chan struct{}, 1), most: rate, rate: rate, recent: make([]paced, int(math.Ceil(rate))+1)}
}

// now is the rate at a time; mu is held.
func (p *pacer) now(t time.Time) float64 {
	return min(p.most, p.rate+creep*p.most*t.Sub(p.since).Seconds())
}

// speed is how many calls a second may be made now.
func (p *pacer) speed() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now(time.Now())
}

// wait returns when so many calls may have begun; false when ctx ended first.
func (p *pacer) wait(ctx context.Context, calls int) bool {
	for range calls {
		if _, _, ok := p.begin(ctx); !ok {
			return false
		}
	}
	return true
}

// begin returns when the next call may begin; false when ctx ended first. wrote is for the moment in which the call was
// written to its connection, because until then a busy machine does other things, and answered for that of its answer.
func (p *pacer) begin(ctx context.Context) (wrote, answered func(), ok bool) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, false
	}
	defer func() { <-p.turn }()
	if !sleep(ctx, time.Until(p.due())) {
		return nil, nil, false
	}
	n := p.took(time.Now())
	return func() { p.left(n, time.Now()) }, func() { p.came(n, time.Now()) }, true
}

// soon returns shortly before the next call's turn, those that are ahead of it considered; false when ctx ended first.
// Whoever got true calls passed, once, when the turn has come or the call is not made.
func (p *pacer) soon(ctx context.Context) bool {
	interval := time.Duration(float64(time.Second) / (p.speed() * evenly))
	turn := later(p.due(), time.Now()).Add(time.Duration(p.ahead.Load()) * interval)
	if !sleep(ctx, time.Until(turn.Add(-shortly))) {
		return false
	}
	p.ahead.Add(1)
	return true
}

func (p *pacer) passed() { p.ahead.Add(-1) }

func (p *pacer) due() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	rate := p.now(time.Now()) * under
	few := 1 + int(rate*bunch)
	return later(p.next, later(
		p.after(few, time.Duration(hurry*float64(few)/rate*float64(time.Second))),
		p.after(max(1, int(math.Ceil(rate))), time.Second)))
}

// after is when so many calls will have been made within a time, not counting the next; zero while there were fewer. WeChat
// Pay counts a call when it receives it, which nobody tells. One answer that is late may have been long in the making; where
// several calls in a row are late, what lies between held all of them up, and they came that much later.
func (p *pacer) after(calls int, within time.Duration) time.Time {
	if p.count < calls {
		return time.Time{}
	}
	oldest := p.count - calls
	late := p.recent[oldest%len(p.recent)].late
	for i := oldest + 1; i < min(oldest+alike, p.count); i++ {
		late = min(late, p.recent[i%len(p.recent)].late)
	}
	return p.recent[oldest%len(p.recent)].at.Add(within + late)
}

// took notes that a call begins, and returns its number.
func (p *pacer) took(t time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = later(p.next, t.Add(-lag)).Add(time.Duration(float64(time.Second) / (p.now(t) * evenly)))
	p.recent[p.count%len(p.recent)] = paced{at: t}
	p.count++
	return p.count - 1
}

// left notes when a call was written. Those that began after it can hardly have been written before it, so that the ring
// stays in order.
func (p *pacer) left(n int, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := n; p.has(i) && p.recent[i%len(p.recent)].at.Before(t); i++ {
		p.recent[i%len(p.recent)].at = t
	}
}

// came notes when a call was answered. The usual time goes up a little with each answer that takes longer and down a ninth of
// that with each other one, so it ends where one of ten does; no single answer moves it further.
func (p *pacer) came(n int, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.has(n) {
		return
	}
	call := &p.recent[n%len(p.recent)]
	took := t.Sub(call.at)
	if p.usual == 0 || n < enough && took < p.usual {
		p.usual = took
	}
	call.late = max(0, took-p.usual)
	if step := p.usual / 256; took > p.usual {
		p.usual += step
	} else {
		p.usual -= step / 9
	}
}

// has tells whether a call is still among the newest; mu is held.
func (p *pacer) has(n int) bool { return n < p.count && n >= p.count-len(p.recent) }

// slower halves the rate because a call that began then was answered "too many". Calls that were under way when the rate
// was last halved say nothing about the new one, and once a second is enough. It returns the new rate, 0 when unchanged.
func (p *pacer) slower(began time.Time) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if began.Before(p.since) || !p.since.IsZero() && now.Sub(p.since) < time.Second {
		return 0
	}
	p.rate, p.since = max(p.now(now)/2, min(slowest, p.most)), now
	return p.rate
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
