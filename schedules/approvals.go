package schedules

import (
	"context"
	"log/slog"
	"time"

	"couponbot/store"
)

const (
	overdueEvery = 30 * time.Second // how often to look although nothing was planned; another process may have planned it
	overdueGap   = time.Second      // between two looks, however much the ledger changes
	recheckEvery = 5 * time.Minute  // how often to see whether everybody who asked or decided still may
)

// Approvals does what time brings for sends that wait for people, now and whenever something is due, until ctx ends: reminders,
// the fallback group's turn, the end of waiting, holds whose period is over. Every five minutes it has recheck look whether
// everybody who asked or decided still may.
func Approvals(ctx context.Context, l *store.Ledger, log *slog.Logger, recheck func(context.Context) error) error {
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		rechecks(ctx, log, recheck)
	}()
	for ctx.Err() == nil {
		changed := l.Changed()
		next, err := overdue(ctx, l)
		if err != nil && ctx.Err() == nil {
			log.Error("do what is overdue", "err", err)
		}
		wait(ctx, overdueGap, nil)
		wait(ctx, until(next), changed)
	}
	<-looked
	return nil
}

// overdue does all that is due, some of it at a time so that others can write meanwhile, and says when more will be.
func overdue(ctx context.Context, l *store.Ledger) (next time.Time, err error) {
	for more := true; more && err == nil; {
		more, next, err = l.Overdue(ctx)
	}
	return next, err
}

// until is how long to wait for what is due next.
func until(next time.Time) time.Duration {
	if next.IsZero() {
		return overdueEvery
	}
	return min(max(0, time.Until(next)), overdueEvery)
}

// rechecks runs beside what is due by the clock, because it asks Slack and may take its time.
func rechecks(ctx context.Context, log *slog.Logger, recheck func(context.Context) error) {
	for ctx.Err() == nil {
		if err := recheck(ctx); err != nil && ctx.Err() == nil {
			log.Error("see whether everybody still may", "err", err)
		}
		wait(ctx, recheckEvery, nil)
	}
}

// wait ends with its time, its context, or a signal.
func wait(ctx context.Context, d time.Duration, signal <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-signal:
	}
}
