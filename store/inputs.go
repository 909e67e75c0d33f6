package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// input remembers that Slack said this, and what became of it. seen is the subject written before: the input came twice.
func (t *tx) input(key, subject string) (seen string, err error) {
	if key == "" {
		return "", nil
	}
	n, err := t.exec(`INSERT INTO inputs (key, subject, at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING`, key, subject, ms(t.at))
	if err != nil || n == 1 {
		return "", err
	}
	err = t.row(`SELECT subject FROM inputs WHERE key = ?`, key).Scan(&seen)
	return seen, err
}

// Seen is what an earlier delivery of the same input led to: "D5", "S12"; ErrNotFound when it is new.
func (l *Ledger) Seen(ctx context.Context, key string) (subject string, err error) {
	err = l.queryRow(ctx, `SELECT subject FROM inputs WHERE key = ?`, key).Scan(&subject)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("input: %w", l.dialect.fault(err))
	}
	return subject, nil
}

// Tidied is what a Tidy threw away.
type Tidied struct{ Inputs, Drafts, Secrets, Homes int64 }

// Tidy forgets what has had its time: response URLs (secrets) past theirs, inputs older than keep, open drafts
// older than draftAge, whose figures are no longer what the card shows, Home pages that nobody opened for HomeLife, and old
// readings of customers' coupons.
func (l *Ledger) Tidy(ctx context.Context, keep, draftAge time.Duration) (Tidied, error) {
	var done Tidied
	err := l.tx(ctx, "tidy", func(t *tx) (err error) {
		done = Tidied{}
		done.Secrets, err = t.exec(`UPDATE cards SET response_url = '' WHERE response_url <> '' AND response_until <= ?`, ms(t.at))
		if err != nil {
			return err
		}
		if done.Inputs, err = t.exec(`DELETE FROM inputs WHERE at < ?`, ms(t.at.Add(-keep))); err != nil {
			return err
		}
		if done.Homes, err = t.tidyHomes(); err != nil {
			return err
		}
		if err := t.tidyWallets(); err != nil {
			return err
		}
		done.Drafts, err = t.expireDrafts(t.at.Add(-draftAge))
		return err
	})
	return done, err
}

func (t *tx) expireDrafts(before time.Time) (int64, error) {
	rows, err := t.query(`UPDATE drafts SET state = 'expired', closed_at = ? WHERE state = 'open' AND created_at < ? RETURNING id`, ms(t.at), ms(before))
	if err != nil {
		return 0, err
	}
	old, err := collect(rows, func(id *int64) []any { return []any{id} })
	if err != nil {
		return 0, err
	}
	slices.Sort(old)
	for _, id := range old {
		if err := t.touch(DraftName(id)); err != nil {
			return 0, err
		}
		if err := t.audit(Event{Actor: ActorClock, Action: "draft.expire", Detail: map[string]any{"draft": id}}); err != nil {
			return 0, err
		}
	}
	return int64(len(old)), nil
}
