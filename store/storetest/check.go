package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"couponbot/store"
)

// ended is checked here only: it looks at one coupon after the other, which a large ledger has no time for.
var ended = store.Law{Says: "what has ended is in the audit", Query: `
	SELECT g.send_id || '-' || g.position || ' ' || g.state FROM grants g JOIN sends s ON s.id = g.send_id
	WHERE (s.draft_id IS NOT NULL OR s.campaign <> '') AND g.state IN ('issued', 'refused') AND NOT EXISTS (SELECT 1 FROM audit a
		WHERE a.send_id = g.send_id AND a.position = g.position AND a.action = 'grant.' || g.state)`}

// given is too: a customer has one coupon at most under a send-once key, test coupons aside.
var given = store.Law{Says: "what is given once is given once", Query: `
	SELECT r.once_key || ' ' || g.openid FROM runs r JOIN sends s ON s.id = r.send_id JOIN grants g ON g.send_id = r.send_id
	WHERE r.once_key <> '' AND g.openid <> r.test_openid AND g.state NOT IN ('refused', 'cancelled') AND s.state NOT IN ('rejected', 'expired', 'withdrawn')
	GROUP BY r.once_key, g.openid HAVING count(*) > 1`}

// Check fails the test when the ledger in db, from Raw, breaks a law of its own.
func Check(tb testing.TB, db *sql.DB) {
	tb.Helper()
	if err := check(db); err != nil {
		tb.Fatal(err)
	}
}

func check(db *sql.DB) error {
	for _, l := range append(store.Laws(), ended, given) {
		rows, err := db.Query(l.Query)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Says, err)
		}
		var broken []string
		for rows.Next() {
			var what string
			if err := rows.Scan(&what); err != nil {
				return fmt.Errorf("%s: %w", l.Says, err)
			}
			broken = append(broken, what)
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("%s: %w", l.Says, err)
		}
		if len(broken) > 0 {
			return fmt.Errorf("broken: %s: %s", l.Says, strings.Join(broken, "; "))
		}
	}
	return nil
}
