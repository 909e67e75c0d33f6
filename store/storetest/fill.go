package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"couponbot/store"
)

// A Filling is a number of equal sends, written straight into the tables.
type Filling struct {
	Sends     int
	PerSend   int       // coupons of each send; every coupon has a customer of its own
	Campaign  bool      // campaigns wait behind people's sends
	StockID   string    // "": "9856000"
	State     string    // of the coupons: "waiting" when empty, or "issued"; "awaiting": they wait, and their sends for an approver
	Amount    store.Fen // of one coupon; 0: 1000
	CreatedAt time.Time // of sends and coupons; zero: a moment ago
}

// Fill adds sends to the ledger at dsn quickly: a million coupons take seconds. No ledger on the same SQLite file may
// be writing meanwhile. It returns the ids of the first and of the last send.
func Fill(tb testing.TB, dsn string, f Filling) (first, last int64) {
	tb.Helper()
	db := Raw(tb, dsn)
	defer db.Close()
	f.StockID, f.State = or(f.StockID, "9856000"), or(f.State, "waiting")
	if f.Amount == 0 {
		f.Amount = 1000
	}
	if f.CreatedAt.IsZero() {
		f.CreatedAt = time.Now()
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		tb.Fatalf("fill: %v", err)
	}
	defer tx.Rollback()
	if first, last, err = f.write(tx, store.IsPostgres(dsn)); err != nil {
		tb.Fatalf("fill: %v", err)
	}
	if err := tx.Commit(); err != nil {
		tb.Fatalf("fill: %v", err)
	}
	if store.IsPostgres(dsn) {
		if _, err := db.Exec(`ANALYZE`); err != nil {
			tb.Fatalf("fill: %v", err)
		}
	}
	return first, last
}

func (f Filling) write(tx *sql.Tx, postgres bool) (first, last int64, err error) {
	created, kind, priority, state, finished := f.CreatedAt.UnixMilli(), "person", 0, "approved", int64(0)
	if f.Campaign {
		kind, priority = "campaign", 1
	}
	waiting := f.State == "awaiting"
	switch f.State {
	case "issued":
		state, finished = "done", created
	case "awaiting":
		state, f.State = "awaiting", "waiting"
	}
	if err := tx.QueryRow(`SELECT coalesce(max(id), 0) + 1 FROM sends`).Scan(&first); err != nil {
		return 0, 0, err
	}
	if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO sends (kind, priority, state, number_prefix, stock_name, stock_id, creator_mchid, amount_fen,
		reason, ticket, note, requested_by, channel, total, %s, created_at, approved_at, finished_at)
		SELECT '%s', %d, '%s', 'fill-%d-' || n, 'filled', '%s', '%s', %d, 'filled', '', 'filled', 'U0FILL', 'C0FILL', %d, %d, %d, %d, %d FROM %s`,
		f.State, kind, priority, state, first, f.StockID, MchID, f.Amount, f.PerSend, f.PerSend, created, created, finished, series(f.Sends, postgres))); err != nil {
		return 0, 0, err
	}
	if err := tx.QueryRow(`SELECT min(id), max(id) FROM sends WHERE number_prefix LIKE 'fill-' || CAST($1 AS TEXT) || '-%'`, fmt.Sprint(first)).Scan(&first, &last); err != nil {
		return 0, 0, err
	}
	if waiting {
		if err := f.wait(tx, first, last); err != nil {
			return 0, 0, err
		}
	}
	coupon := "''"
	if f.State == "issued" {
		coupon = "CAST(s.id AS TEXT) || '00000' || CAST(n AS TEXT)"
	}
	_, err = tx.Exec(fmt.Sprintf(`INSERT INTO grants (send_id, position, state, openid, stock_id, coupon_id, created_at, finished_at)
		SELECT s.id, n, '%s', 'oFILL' || s.id || '-' || n, '%s', %s, %d, %d FROM sends s, %s WHERE s.id BETWEEN %d AND %d ORDER BY s.id, n`,
		f.State, f.StockID, coupon, created, finished, series(f.PerSend, postgres), first, last))
	return first, last, err
}

// wait makes sends wait for one of the group "approvers".
func (f Filling) wait(tx *sql.Tx, first, last int64) error {
	const seat = `[{"group":"approvers","count":1}]`
	if _, err := tx.Exec(`UPDATE sends SET approved_at = 0, asked_at = created_at, seats = $1, missing = $1 WHERE id BETWEEN $2 AND $3`, seat, first, last); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO waits (grp, send_id) SELECT 'approvers', id FROM sends WHERE id BETWEEN $1 AND $2`, first, last)
	return err
}

// series is a table of the numbers 1 … n, in a column n.
func series(n int, postgres bool) string {
	if postgres {
		return fmt.Sprintf(`generate_series(1, %d) AS series(n)`, n)
	}
	return fmt.Sprintf(`(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %d) SELECT n FROM series) AS series`, n)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
