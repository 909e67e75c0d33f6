package sandbox

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	wxPreparedAhead = 290 * time.Second // signed for then, so believed from now …
	wxPreparedUntil = 290 * time.Second // … until this long after that
)

// Prepare signs the answers of the next n successful sends ahead, on all processors: a signature costs a millisecond,
// which a load test of a client would otherwise pay on the client's processors. Nothing else changes: requests are
// verified, answers are true, and each prepared one is used for one coupon, with its own number. They carry a timestamp
// some minutes ahead, which a client believes for about nine minutes from now; older ones are thrown away.
func (w *WeChatPay) Prepare(ctx context.Context, n int) error {
	w.mu.Lock()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.book.nextID()
	}
	w.mu.Unlock()

	ready := make([]wxPrepared, n)
	at := w.now().Add(wxPreparedAhead)
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		group.Go(func() error {
			for i := worker; i < n; i += workers {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				p := wxSign(w.id.keys.Platform, at, wxIssued(ids[i]).body)
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
	defer w.mu.Unlock()
	w.prepared = append(w.prepared, ready...)
	return nil
}

// takePrepared returns one answer made ahead, or nil. The caller holds the lock.
func (w *WeChatPay) takePrepared(now time.Time) *wxPrepared {
	for len(w.prepared) > 0 {
		p := w.prepared[0]
		w.prepared = w.prepared[1:]
		if gap := now.Sub(p.at); gap > -wxClockGap && gap < wxPreparedUntil {
			return &p
		}
	}
	w.prepared = nil
	return nil
}
