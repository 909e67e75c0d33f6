package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Alerts about stocks. Each kind is told once when a reading shows it, is over with the first reading that does not, and
// is a new alert when it comes again: the stock's row says since when each stands, in the transaction that keeps the
// reading. Only stocks of the configuration are watched: those are the ones that somebody here answers for.

// A Watched stock is one that the configuration names.
type Watched struct {
	ID           string
	CreatorMchID string
	Called       string // what people call it
}

// WatchStocks says which stocks the configuration names: they are read now and from then on, and watched. Others are
// not watched any more, and alerts about them are over.
func (l *Ledger) WatchStocks(ctx context.Context, all []Watched) error {
	return l.tx(ctx, "stock.watch", func(t *tx) error {
		named := map[string]bool{}
		for _, w := range all {
			named[w.ID] = true
			if _, err := t.exec(`INSERT INTO stocks (stock_id, creator_mchid, called, refresh_at) VALUES (?, ?, ?, ?) ON CONFLICT (stock_id)
				DO UPDATE SET creator_mchid = excluded.creator_mchid, called = excluded.called, refresh_at = excluded.refresh_at`, w.ID, w.CreatorMchID, w.Called, ms(t.at)); err != nil {
				return err
			}
		}
		rows, err := t.query(`SELECT stock_id FROM stocks WHERE called <> '' ORDER BY stock_id`)
		if err != nil {
			return err
		}
		watched, err := collect(rows, func(id *string) []any { return []any{id} })
		if err != nil {
			return err
		}
		for _, id := range watched {
			if named[id] {
				continue
			}
			if _, err := t.exec(`UPDATE stocks SET called = '' WHERE stock_id = ?`, id); err != nil {
				return err
			}
			if err := t.watch(Stock{ID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// A stockAlert is one thing that may be the matter with a stock.
type stockAlert struct {
	kind   string
	column string // since when it stands
	is     func(s Stock, now time.Time, stands bool) bool
	detail func(s Stock) map[string]string
}

func stockAlerts() []stockAlert {
	return []stockAlert{
		{AlertStockLow, "low_at", func(s Stock, _ time.Time, stands bool) bool { return s.Low() || stands && s.stillLow() },
			func(s Stock) map[string]string {
				return map[string]string{"left": strconv.FormatInt(s.Left(), 10), "total": strconv.FormatInt(s.MaxCoupons, 10)}
			}},
		{AlertStockEnding, "ending_at", func(s Stock, now time.Time, _ bool) bool { return s.EndsSoon(now) },
			func(s Stock) map[string]string { return map[string]string{"ends": s.Ends.Format(time.RFC3339)} }},
		{AlertStockOff, "off_at", func(s Stock, now time.Time, _ bool) bool { return s.Off(now) },
			func(s Stock) map[string]string { return map[string]string{"status": s.Status} }},
	}
}

// watch compares a stock with the alerts about it that stand.
func (t *tx) watch(s Stock) error {
	var since [3]int64
	err := notFound(t.row(`SELECT low_at, ending_at, off_at FROM stocks WHERE stock_id = ?`, s.ID).Scan(&since[0], &since[1], &since[2]))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, a := range stockAlerts() {
		is := s.Called != "" && !s.ReadAt.IsZero() && a.is(s, t.at, since[i] > 0)
		if is == (since[i] > 0) {
			continue
		}
		if err := t.switchAlert(a, s, since[i], is); err != nil {
			return err
		}
	}
	return nil
}

// switchAlert begins an alert about a stock, or ends the one that stands since then.
func (t *tx) switchAlert(a stockAlert, s Stock, since int64, begins bool) error {
	key := func(since int64) string { return fmt.Sprintf("%s:%s:%d", a.kind, s.ID, since) }
	now := int64(0)
	if begins {
		now = ms(t.at)
	}
	if _, err := t.exec(`UPDATE stocks SET `+a.column+` = ? WHERE stock_id = ?`, now, s.ID); err != nil {
		return err
	}
	if !begins {
		return t.alertOver(key(since))
	}
	detail := a.detail(s)
	detail["stock"], detail["called"] = s.ID, s.Called
	return t.alert(Alert{Key: key(now), Kind: a.kind, Detail: detail})
}
