package storetest

import (
	"database/sql"
	"fmt"
	"testing"

	"couponbot/store"
)

// List writes a new version of an audience straight into the tables, and returns its id. No ledger on the same SQLite file
// may be writing meanwhile.
func List(tb testing.TB, dsn, audience string, openids ...string) (version int64) {
	tb.Helper()
	db := Raw(tb, dsn)
	defer db.Close()
	version = newList(tb, db, audience, len(openids))
	tx, err := db.Begin()
	if err != nil {
		tb.Fatalf("list: %v", err)
	}
	defer tx.Rollback()
	for _, openid := range openids {
		if _, err := tx.Exec(`INSERT INTO audience_members (version_id, openid) VALUES ($1, $2)`, version, openid); err != nil {
			tb.Fatalf("list: %v", err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatalf("list: %v", err)
	}
	return version
}

// LongList is List for so many customers, "oLIST" and their number.
func LongList(tb testing.TB, dsn, audience string, customers int) (version int64) {
	tb.Helper()
	db := Raw(tb, dsn)
	defer db.Close()
	version = newList(tb, db, audience, customers)
	if _, err := db.Exec(fmt.Sprintf(`INSERT INTO audience_members (version_id, openid) SELECT %d, 'oLIST' || CAST(100000000 + n AS TEXT) FROM %s`,
		version, series(customers, store.IsPostgres(dsn)))); err != nil {
		tb.Fatalf("list: %v", err)
	}
	if store.IsPostgres(dsn) {
		if _, err := db.Exec(`ANALYZE`); err != nil {
			tb.Fatalf("list: %v", err)
		}
	}
	return version
}

func newList(tb testing.TB, db *sql.DB, audience string, customers int) (version int64) {
	tb.Helper()
	if _, err := db.Exec(`INSERT INTO audiences (name, created_at) VALUES ($1, 1) ON CONFLICT DO NOTHING`, audience); err != nil {
		tb.Fatalf("list: %v", err)
	}
	if err := db.QueryRow(`INSERT INTO audience_versions (audience, number, state, source, sha256, total, usable, made_by, created_at, alive_at, ended_at)
		SELECT CAST($1 AS TEXT), coalesce(max(number), 0) + 1, 'ready', 'list.csv', 'c0ffee', CAST($2 AS BIGINT), CAST($3 AS BIGINT), 'U0UPLOAD', 1, 1, 1 FROM audience_versions WHERE audience = $4 RETURNING id`,
		audience, customers, customers, audience).Scan(&version); err != nil {
		tb.Fatalf("list: %v", err)
	}
	return version
}
