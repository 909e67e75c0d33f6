package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Stock is the newest reading of a batch of coupons at WeChat Pay.
type Stock struct {
	ID           string
	CreatorMchID string
	Name         string
	Status       string // WeChat Pay's word: unactivated, audit, running, stoped (spelled so), paused
	Type         string // NORMAL, DISCOUNT_CUT, OTHER
	Amount       Fen    // face value of one coupon
	Minimum      Fen    // what a customer must spend to use it
	Begins, Ends time.Time
	MaxCoupons   int64
	MaxFen       Fen
	MaxDayFen    Fen
	MaxPerUser   int64
	Distributed  int64     // coupons given out so far, by anyone
	ReadAt       time.Time // zero: never read
	Fault        string    // why the newest attempt to read it failed; "" when it did not
	ListedAt     time.Time // when a coupon of it was first seen in a customer's list; zero: not known to appear there
	Called       string    // what people call it; "" when the configuration does not name it (WatchStocks)
	DayAt        time.Time // the beginning of WeChat Pay's day that DayStart is about
	DayFrom      time.Time // when DayStart was read
	DayStart     int64     // coupons given out before that day, as far as known
}

// Left is how many coupons of the stock are left; -1 when that is not known.
func (s Stock) Left() int64 {
	if s.MaxCoupons == 0 {
		return -1
	}
	return max(0, s.MaxCoupons-s.Distributed)
}

const selectStock = `SELECT stock_id, creator_mchid, name, status, type, amount_fen, minimum_fen, begins_at, ends_at, max_coupons, max_fen, max_day_fen,
	max_per_user, distributed, read_at, fault, listed_at, called, day_at, day_from, day_distributed FROM stocks`

func scanStock(row interface{ Scan(...any) error }) (s Stock, err error) {
	var begins, ends, read, listed, day, from int64
	err = row.Scan(&s.ID, &s.CreatorMchID, &s.Name, &s.Status, &s.Type, &s.Amount, &s.Minimum, &begins, &ends, &s.MaxCoupons, &s.MaxFen, &s.MaxDayFen,
		&s.MaxPerUser, &s.Distributed, &read, &s.Fault, &listed, &s.Called, &day, &from, &s.DayStart)
	s.Begins, s.Ends, s.ReadAt, s.ListedAt, s.DayAt, s.DayFrom = at(begins), at(ends), at(read), at(listed), at(day), at(from)
	return s, notFound(err)
}

// Stock reads the snapshot of one stock; ErrNotFound when nobody asked for it yet.
func (l *Ledger) Stock(ctx context.Context, id string) (Stock, error) {
	s, err := scanStock(l.queryRow(ctx, selectStock+` WHERE stock_id = ?`, id))
	return s, l.fault("stock", err)
}

// WantStock asks for a stock to be read now, and from then on regularly.
func (l *Ledger) WantStock(ctx context.Context, id, creatorMchID string) error {
	return l.tx(ctx, "stock.want", func(t *tx) error {
		_, err := t.exec(`INSERT INTO stocks (stock_id, creator_mchid, refresh_at) VALUES (?, ?, ?)
			ON CONFLICT (stock_id) DO UPDATE SET creator_mchid = excluded.creator_mchid, refresh_at = excluded.refresh_at`, id, creatorMchID, ms(t.at))
		return err
	})
}

// StocksDue lists the stocks whose snapshot is to be read now.
func (l *Ledger) StocksDue(ctx context.Context, limit int) ([]Stock, error) {
	rows, err := l.queryRows(ctx, selectStock+` WHERE refresh_at <= ? ORDER BY refresh_at LIMIT ?`, ms(l.now()), limit)
	if err != nil {
		return nil, fmt.Errorf("stocks due: %w", l.dialect.fault(err))
	}
	defer rows.Close()
	var out []Stock
	for rows.Next() {
		s, err := scanStock(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// SaveStock keeps a new reading, and tells people what changed for the worse or the better with it. A failed one
// (s.Fault) keeps the figures of the last that succeeded. One of a stock that nobody wants is dropped.
func (l *Ledger) SaveStock(ctx context.Context, s Stock, refreshAt time.Time) error {
	return l.tx(ctx, "stock.save", func(t *tx) error {
		was, err := scanStock(t.row(selectStock+` WHERE stock_id = ?`, s.ID))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if s.Fault != "" {
			if _, err := t.exec(`UPDATE stocks SET fault = ?, refresh_at = ? WHERE stock_id = ?`, s.Fault, ms(refreshAt), s.ID); err != nil {
				return err
			}
			return t.watch(was)
		}
		s.Called, s.ReadAt = was.Called, t.at
		s.beginDay(was)
		_, err = t.exec(`UPDATE stocks SET name = ?, status = ?, type = ?, amount_fen = ?, minimum_fen = ?, begins_at = ?, ends_at = ?, max_coupons = ?, max_fen = ?,
			max_day_fen = ?, max_per_user = ?, distributed = ?, read_at = ?, fault = '', refresh_at = ?, day_at = ?, day_from = ?, day_distributed = ? WHERE stock_id = ?`,
			s.Name, s.Status, s.Type, s.Amount, s.Minimum, ms(s.Begins), ms(s.Ends), s.MaxCoupons, s.MaxFen, s.MaxDayFen, s.MaxPerUser, s.Distributed, ms(t.at),
			ms(refreshAt), ms(s.DayAt), ms(s.DayFrom), s.DayStart, s.ID)
		if err != nil {
			return err
		}
		return t.watch(s)
	})
}

// StockListed notes that coupons of the stock appear in customers' lists, so that absence there means something.
func (l *Ledger) StockListed(ctx context.Context, id string) error {
	return l.tx(ctx, "stock.listed", func(t *tx) error {
		_, err := t.exec(`UPDATE stocks SET listed_at = ? WHERE stock_id = ? AND listed_at = 0`, ms(t.at), id)
		return err
	})
}

// NewestIssued is the newest coupon of a stock that is surely there: to see whether the stock's coupons are listed.
func (l *Ledger) NewestIssued(ctx context.Context, stock string, since time.Time) (Grant, error) {
	g, err := scanGrant(l.queryRow(ctx, selectGrant+` WHERE stock_id = ? AND state = 'issued' AND finished_at >= ?
		AND send_id IN (SELECT id FROM sends WHERE stock_id = ? AND issued > 0 AND created_at >= ? ORDER BY id DESC LIMIT 20)
		ORDER BY send_id DESC, position DESC LIMIT 1`, stock, ms(since), stock, ms(since)))
	return g, l.fault("newest issued", err)
}

// CouponTaken tells whether some grant of the ledger has this coupon id.
func (l *Ledger) CouponTaken(ctx context.Context, coupon string) (bool, error) {
	var n int
	err := l.queryRow(ctx, `SELECT count(*) FROM grants WHERE coupon_id = ? AND coupon_id <> ''`, coupon).Scan(&n)
	return n > 0, l.fault("coupon", err)
}
