// Package schedules is what runs because time has come.
//
// Nothing here sends anything by itself: like a person, the clock asks, and what it asks for is written to the ledger.
package schedules

import (
	"context"
	"log/slog"
	"time"

	"couponbot/store"
)

const (
	tidyEvery = time.Minute
	// inputLife is how long a repeated Slack input is recognised. Slack repeats within minutes (Slack docs, Events
	// API: three retries in about five minutes); people press old buttons for days, and those name their subjects.
	inputLife = 7 * 24 * time.Hour
	// draftLife is how long a confirm card may be pressed: as long as Slack lets it be redrawn.
	draftLife = store.ResponseLife
)

// Tidy forgets what has had its time, now and every minute, until ctx ends: response URLs, old inputs, Home pages that
// nobody opens any more, and confirm cards whose figures are too old to be believed.
func Tidy(ctx context.Context, l *store.Ledger, log *slog.Logger) error {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		done, err := l.Tidy(ctx, inputLife, draftLife)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			log.Error("tidy the ledger", "err", err)
		case done != store.Tidied{}:
			log.Debug("tidied the ledger", "inputs", done.Inputs, "drafts", done.Drafts, "secrets", done.Secrets, "homes", done.Homes)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
