// Package issuing turns the ledger's grants into coupons, each at most once.
//
// It is a loop around one circle: claim a little work, look once more, call, record. The ledger is the only memory that
// matters: a claim is written before its call, so whatever dies in between leaves a row that says "a call may have been
// made", and the next run asks again with the same number. Nothing here mints a number or changes a request.
//
//	Claim ─▶ queue ─▶ worker free, pace, MayCall, lease ─▶ Issue or Coupons ─▶ settle ─▶ Record, in groups
//	                          └── no: Unclaim
//
// What an answer means for a grant is a pure function (settle.go, and reading.go for a look at a customer's coupons);
// everything else is about when to call:
//
//   - a pacer spaces all calls evenly and slows down when WeChat Pay says so (pace.go);
//   - a guard stops new calls at once when it is doubtful whether any call can go well: keys, clock, line (guard.go);
//   - little is claimed at a time, so that a person's send never waits behind a campaign for more than a moment (claim.go).
package issuing

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// An Issuer is WeChat Pay as this loop needs it. Its calls end when their context does.
type Issuer interface {
	Issue(ctx context.Context, o wechatpay.Order) wechatpay.Outcome
	Coupons(ctx context.Context, openID, creatorMchID, stockID string) ([]wechatpay.Coupon, error)
	Stock(ctx context.Context, stockID, creatorMchID string) (wechatpay.Stock, error)
	Probe(ctx context.Context) wechatpay.Outcome
}

// Options are what a loop needs besides its configuration; every field may be left out.
type Options struct {
	Now       func() time.Time // the ledger's clock
	Log       *slog.Logger
	SlackSkew func() (skew time.Duration, known bool)          // how far Slack's clock is from ours, by its Date headers
	Called    func(outcome wechatpay.Kind, took time.Duration) // after every call that asks for a coupon
	Slowed    func(rate float64)                               // the pace was halved, to this many calls a second
}

// Loop carries out what one ledger says. Run it while this process leads.
type Loop struct {
	config  Config
	ledger  *store.Ledger
	wechat  Issuer
	options Options
	pace    *pacer // outlives a run: a new lead does not begin at full speed where the last was told to slow down
}

// New makes a loop; nothing happens before Run.
func New(c Config, l *store.Ledger, w Issuer, o Options) *Loop {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SlackSkew == nil {
		o.SlackSkew = func() (time.Duration, bool) { return 0, false }
	}
	if o.Called == nil {
		o.Called = func(wechatpay.Kind, time.Duration) {}
	}
	if o.Slowed == nil {
		o.Slowed = func(float64) {}
	}
	c = c.withDefaults()
	return &Loop{config: c, ledger: l, wechat: w, options: o, pace: newPacer(c.Rate)}
}

// How a loop leaves: calls in hand may finish, are then cut, and everything is written down before the last moment.
const (
	graceForCalls  = 6 * time.Second
	graceAfterCut  = time.Second
	graceToRecords = 8 * time.Second // from the beginning of the end
)

// run is a Loop while it leads.
type run struct {
	*Loop
	epoch int64
	log   *slog.Logger
	guard *guard
	hands *hands
	queue queue
	room  chan struct{} // the queue is low, or the guard has opened
	done  chan finished
	said  *seldom         // what was logged not long ago
	known *seldom         // which stocks were looked for in lists
	calls context.Context // of calls under way: outlives Run's by graceForCalls
}

// Run works until ctx ends, and then returns nil within some 8 seconds: calls in hand get 6 seconds to finish, those that
// do not are recorded as unknown. When the ledger says that this lead is over it leaves in the same way, with store.ErrNoLead.
func (l *Loop) Run(ctx context.Context, lead *store.Lead) error {
	calls, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	r := &run{
		Loop: l, epoch: lead.Epoch, log: l.options.Log, calls: calls,
		guard: newGuard(), hands: newHands(l.config.Workers),
		queue: newQueue(l.config.most()), room: make(chan struct{}, 1), done: make(chan finished, l.config.Workers+l.config.most()),
		said: newSeldom(time.Minute), known: newSeldom(time.Minute),
	}
	records, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	recorded := make(chan struct{})
	go func() {
		defer close(recorded)
		r.record(records)
	}()

	work, leading := errgroup.WithContext(ctx)
	for _, part := range []func(context.Context) error{r.claim, r.dispatch, r.watch, r.stocks, r.wallets, r.sweep} {
		work.Go(func() error { return part(leading) })
	}
	// From the beginning of the end, also while a ledger that is gone holds everybody up.
	defer context.AfterFunc(leading, func() { time.AfterFunc(graceToRecords, giveUp) })()
	err := work.Wait()
	r.leave(cut)
	close(r.done)
	<-recorded
	return err
}

// leave brings home what is out: the queue was never called; calls in hand get their time.
func (r *run) leave(cut context.CancelFunc) {
	for r.queue.len() > 0 {
		c, _ := r.queue.next(r.calls)
		r.done <- finished{claim: c, uncalled: true}
	}
	if !r.hands.idle(graceForCalls) {
		cut()
		r.hands.idle(graceAfterCut)
	}
	for _, c := range r.hands.abandon() {
		o := wechatpay.Outcome{Kind: wechatpay.Unknown, Reason: wechatpay.ReasonCanceled, Sent: true}
		if c.Read {
			r.done <- finished{claim: c, result: settleReading(c, reading{failed: &o}, r.options.Now())}
			continue
		}
		r.done <- finished{claim: c, result: r.settled(c, o)}
	}
}

// sweep ends the waiting coupons of cancelled sends, a piece at a time, so that the ledger's writer is free in between.
func (r *run) sweep(ctx context.Context) error {
	const idle, between = 500 * time.Millisecond, 10 * time.Millisecond
	for {
		more, err := r.ledger.Sweep(ctx)
		if err != nil && ctx.Err() == nil && r.said.due("sweep") {
			r.log.Error("cancel the rest of a send", "err", err)
		}
		pause := idle
		if more {
			pause = between
		}
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// sleep waits, and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
