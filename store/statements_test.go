package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

func TestKeptStatementsBehaveLikeFreshOnes(t *testing.T) {
	for _, brief := range []bool{true, false} {
		t.Run(fmt.Sprintf("brief: %v", brief), func(t *testing.T) {
			db, err := openSQLite(filepath.Join(t.TempDir(), "s.db"), brief)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			ctx := t.Context()
			exec := func(query string, args ...any) error {
				_, err := db.ExecContext(ctx, query, args...)
				return err
			}
			if err := exec(`CREATE TABLE n (i INTEGER PRIMARY KEY); INSERT INTO n VALUES (1); INSERT INTO n VALUES (2)`); err != nil {
				t.Fatal(err)
			}
			for i := 3; i <= mostKept+20; i++ { // one text often, and many texts once
				if err := errors.Join(exec(`INSERT INTO n VALUES (?)`, i), exec(fmt.Sprintf(`UPDATE n SET i = i WHERE i = %d`, i))); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if exec(`INSERT INTO n VALUES (?)`, 1) == nil {
					t.Error("the same key went in twice")
				}
			}

			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			const query = `SELECT i FROM n WHERE i > ? ORDER BY i LIMIT 3`
			outer, err := tx.QueryContext(ctx, query, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer outer.Close()
			var seen []int
			for outer.Next() {
				var i, next int
				if err := outer.Scan(&i); err != nil {
					t.Fatal(err)
				}
				if err := tx.QueryRowContext(ctx, query, i).Scan(&next); err != nil {
					t.Fatal(err)
				}
				seen = append(seen, i, next)
			}
			if got := fmt.Sprint(seen); got != "[1 2 2 3 3 4]" || outer.Err() != nil {
				t.Errorf("%s, %v", got, outer.Err())
			}

			over, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := tx.ExecContext(over, `INSERT INTO n VALUES (?)`, 9999); !errors.Is(err, context.Canceled) {
				t.Errorf("after its context a statement says %v", err)
			}
		})
	}
}

func TestNewStatementsAreKeptInPlaceOfOldOnes(t *testing.T) {
	db, err := openSQLite("file:"+filepath.Join(t.TempDir(), "kept.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	query := ""
	for i := range mostKept + 20 {
		query = fmt.Sprintf(`SELECT %d`, i)
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	err = conn.Raw(func(c any) error {
		kept := c.(*keepingConn).kept
		if _, ok := kept[query]; !ok || len(kept) > mostKept {
			return fmt.Errorf("%d statements are kept, the newest: %v", len(kept), ok)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
