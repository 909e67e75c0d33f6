package sandbox

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	wxPreparedAhead = 250 * time.Second // from its turn to its timestamp
	wxPreparedFrom  = 295 * time.Second // before its timestamp it may be used: a client counts whole seconds …
	wxPreparedUntil = 290 * time.Second // … and until this long after it
)

// Prepare signs the answers of the next n successful sends ahead, on all processors: a signature costs a millisecond,
// which a load test of a client would otherwise pay on the client's processors, and makes room for their coupons. Nothing
// else changes: requests are verified, answers are true, and each prepared one is used for one coupon, with its own number.
//
// A client believes a timestamp for five minutes before and after it. So an answer can be used for nine minutes, from
// when all are signed; or, when sends will come at a rate (a second, 0 for no matter), from when its turn will be. What is
// older then is thrown away, and a send that comes before its answer may be used is signed for as any other.
func (w *WeChatPay) Prepare(ctx context.Context, n int, rate float64) error {
	w.mu.Lock()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.book.nextID()
	}
	w.book.makeRoom(n)
	w.mu.Unlock()

	ready := make([]wxPrepared, n)
	workers := runtime.GOMAXPROCS(0)
	first := w.now().Add(wxPreparedAhead + w.signingTime(n)/time.Duration(workers))
	at := func(i int) time.Time {
		if rate <= 0 {
			return first
		}
		return first.Add(time.Duration(float64(i) / rate * float64(time.Second)))
	}
	group, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		group.Go(func() error {
			for i := worker; i < n; i += workers {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				p := wxSign(w.id.keys.Platform, at(i), wxIssued(ids[i]).body)
				p.couponID = ids[i]
				ready[i] = *p
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("prepare answers: %w", err)
	}
	w.mu.Lock()
	w.prepared = append(w.prepared, ready...)
	w.mu.Unlock()
	runtime.GC() // what signing left is not cleared away while the client is measured
	return nil
}

// signingTime is about how long so many signatures take one processor.
func (w *WeChatPay) signingTime(n int) time.Duration {
	const tried = 20
	if n < tried {
		return 0
	}
	began := time.Now()
	for range tried {
		wxSign(w.id.keys.Platform, began, nil)
	}
	return time.Since(began) / tried * time.Duration(n)
}

// takePrepared returns one answer made ahead, or nil. The caller holds the lock.
func (w *WeChatPay) takePrepared(now time.Time) *wxPrepared {
	for i, p := range w.prepared {
		if gap := now.Sub(p.at); gap < wxPreparedUntil {
			w.prepared = w.prepared[i:]
			if gap < -wxPreparedFrom {
				return nil
			}
			w.prepared = w.prepared[1:]
			return &p
		}
	}
	w.prepared = nil
	return nil
}
