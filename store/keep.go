package store

import (
	"context"
	"time"
)

const (
	keepEvery = time.Second
	beatEvery = time.Minute
)

// Keep seals the audit, marks how far it has come and gives signs of life, until ctx ends. The process that leads runs it.
func (l *Ledger) Keep(ctx context.Context) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	var beat time.Time
	for ctx.Err() == nil {
		if now := l.now(); now.Sub(beat).Abs() >= beatEvery {
			if err := l.Beat(ctx); err == nil {
				beat = now
			} else if ctx.Err() == nil {
				l.options.Log.Error("sign of life", "err", err)
			}
		}
		sealed, err := l.Seal(ctx)
		if err == nil {
			err = l.mark(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.options.Log.Error("seal the audit", "err", err)
		}
		if err == nil && sealed == sealAtOnce {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}
