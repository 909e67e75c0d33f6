package issuing

import (
	"context"
	"errors"
	"time"

	"couponbot/store"
)

// finished is a claim that is not in hand any more.
type finished struct {
	claim    store.Claim
	result   store.Result
	uncalled bool // it was never called: it goes back
}

const (
	gather    = 5 * time.Millisecond  // what finishes within is one transaction
	busily    = 25 * time.Millisecond // the same while many calls are under way: a transaction costs as much as ten results
	many      = 4
	mostAtOne = 250                    // results in one transaction: the writer is not held longer than a moment
	alone     = 200 * time.Millisecond // between tries of a result that its row does not take
)

// record writes down what finishes until done is closed. It never gives a result up while ctx lives: what cannot be
// written is tried again, and nothing new is taken meanwhile, so that the loop stands still rather than forgets. Only a
// result that its own row does not take lets others pass, and is tried again beside them, also when nothing else comes.
func (r *run) record(ctx context.Context) {
	var stuck []store.Result
	tick := time.NewTicker(alone)
	defer tick.Stop()
	for {
		var retry <-chan time.Time
		if len(stuck) > 0 {
			retry = tick.C
		}
		select {
		case first, open := <-r.done:
			if !open {
				for len(stuck) > 0 && sleep(ctx, alone) {
					stuck = r.write(ctx, stuck)
				}
				return
			}
			results, back := r.gather(first)
			r.keep(ctx, len(back), "give claims back", func() error { return r.ledger.Unclaim(ctx, back) })
			stuck = append(stuck, r.write(ctx, results)...)
		case <-retry:
			stuck = r.write(ctx, stuck)
		}
	}
}

func (r *run) gather(first finished) (results []store.Result, back []store.Claim) {
	add := func(f finished) {
		if f.uncalled {
			back = append(back, f.claim)
		} else {
			results = append(results, f.result)
		}
	}
	add(first)
	wait := gather
	if r.hands.busy() > many {
		wait = busily
	}
	full := time.NewTimer(wait)
	defer full.Stop()
	for len(results)+len(back) < mostAtOne {
		select {
		case f, ok := <-r.done:
			if !ok {
				return results, back
			}
			add(f)
		case <-full.C:
			return results, back
		}
	}
	return results, back
}

// keep repeats a change of the ledger until it is made or ctx ends; after the end leases put everything right.
func (r *run) keep(ctx context.Context, n int, what string, change func() error) {
	if n == 0 {
		return
	}
	for try := 0; ; try++ {
		err := change()
		if err == nil {
			return
		}
		if try == 0 || ctx.Err() != nil {
			r.log.Error(what, "coupons", n, "gives_up", ctx.Err() != nil, "err", err)
		}
		if !sleep(ctx, min(50*time.Millisecond<<min(try, 6), 2*time.Second)) {
			return
		}
	}
}

// write records a group and returns what could not be: nothing, unless some row will not take its result. Then each is
// tried alone, so that one does not hold up the others.
func (r *run) write(ctx context.Context, results []store.Result) (left []store.Result) {
	var refused error
	r.keep(ctx, len(results), "record results", func() error {
		applied, err := r.ledger.Record(ctx, results)
		if err == nil {
			r.late(applied)
		}
		if err != nil && ctx.Err() == nil && !r.everyWrite(ctx, err) {
			refused = err
			return nil
		}
		return err
	})
	if refused == nil {
		return nil
	}
	if len(results) == 1 {
		if !r.said.due(results[0].ID.String()) {
			return results
		}
		r.log.Error("a result that its grant does not take", "grant", results[0].ID.String(), "verdict", string(results[0].Verdict), "err", refused)
		return results
	}
	for _, one := range results {
		left = append(left, r.write(ctx, []store.Result{one})...)
	}
	return left
}

// pinged bounds the question whether the ledger is there at all.
const pinged = 2 * time.Second

// everyWrite tells the errors that every other change of the ledger would meet too: its disk's, and a database that does
// not answer.
func (r *run) everyWrite(ctx context.Context, err error) bool {
	for _, e := range []error{store.ErrFull, store.ErrReadOnly, store.ErrCorrupt, store.ErrMissing} {
		if errors.Is(err, e) {
			return true
		}
	}
	ctx, cancel := context.WithTimeout(ctx, pinged)
	defer cancel()
	return r.ledger.Ping(ctx) != nil
}

// late tells of answers that came too late to change their grant: asked again meanwhile, or ended otherwise.
func (r *run) late(applied []store.Applied) {
	for _, a := range applied {
		switch {
		case !a.Late:
		case a.Verdict == store.GrantIssued:
			r.log.Error("a coupon was issued that the ledger does not expect", "grant", a.ID.String(), "coupon_id", a.CouponID, "request_id", a.RequestID)
		default:
			r.log.Info("late answer", "grant", a.ID.String(), "attempt", a.Attempt, "verdict", string(a.Verdict), "request_id", a.RequestID)
		}
	}
}
