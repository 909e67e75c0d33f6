package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// MayCall looks once more, just before a call is made: the lead is still this one, nothing is stopped or held, and the
// send was neither paused nor cancelled since the claim, nor are its hours over. A reading is allowed while stopped.
func (l *Ledger) MayCall(ctx context.Context, c Claim, epoch int64) (bool, error) {
	var may bool
	err := l.queryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM held)
		AND (SELECT value FROM meta WHERE key = 'epoch') = ?
		AND (CAST(? AS BIGINT) = 1 OR NOT EXISTS (SELECT 1 FROM stops WHERE started_at = 0))
		AND (CAST(? AS BIGINT) = 1 OR state IN ('approved', 'issuing') AND (closes_at = 0 OR closes_at > ?)) FROM sends WHERE id = ?`,
		strconv.FormatInt(epoch, 10), bit(c.Read), bit(c.Reclaimed), ms(l.now()), c.ID.Send).Scan(&may)
	if err != nil {
		return false, fmt.Errorf("may call: %w", l.dialect.fault(err))
	}
	return may, nil
}

// NextDue is when there is next something to claim: now or earlier when there is already, zero when nothing is planned.
// What is due may still wait for something else, its pair or a start; only Claim knows.
func (l *Ledger) NextDue(ctx context.Context) (time.Time, error) {
	var due sql.NullInt64
	err := l.queryRow(ctx, `SELECT min(t) FROM (
		SELECT min(ask_at) AS t FROM grants WHERE state = 'unknown' AND ask_at > 0 UNION ALL
		SELECT min(lease_until) FROM grants WHERE state = 'issuing' UNION ALL
		SELECT min(CASE WHEN w.t < w.opens THEN w.opens ELSE w.t END) FROM (SELECT (SELECT min(g.ask_at) + 1 FROM grants g WHERE g.send_id = sends.id AND g.state = 'waiting'
			`+firstOnly+`) AS t, opens_at AS opens FROM sends WHERE state IN ('approved', 'issuing') AND waiting > 0 AND preparing = 0 AND (closes_at = 0 OR closes_at > ?)
			ORDER BY priority, id LIMIT 200) w) x`, ms(l.now())).Scan(&due)
	if err != nil {
		return time.Time{}, fmt.Errorf("next due: %w", l.dialect.fault(err))
	}
	return at(due.Int64), nil
}
