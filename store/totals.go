package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// A Total is the money of one person's sends that needed the same seats.
type Total struct {
	Seats []Seat
	Fen   Fen
}

// Totals adds up what a person asked for in the period that holds now, by the seats that it needed. Held, unknown and
// issued coupons count; rejected, expired, withdrawn, cancelled and refused ones do not. All zero for a period of "".
func (l *Ledger) Totals(ctx context.Context, person string, p Period) ([]Total, error) {
	out, err := totals(func(q string, args ...any) (*sql.Rows, error) { return l.queryRows(ctx, q, args...) }, person, p, l.now(), l.options.Zone)
	return out, l.fault("totals", err)
}

func totals(query func(string, ...any) (*sql.Rows, error), person string, p Period, now time.Time, zone *time.Location) ([]Total, error) {
	if p == "" {
		return nil, nil
	}
	start, _ := p.Bounds(now, zone)
	rows, err := query(`SELECT seats, CAST(sum(amount_fen * CASE WHEN state = 'cancelled' THEN issuing + unknown + issued ELSE waiting + issuing + unknown + issued END) AS BIGINT)
		FROM sends WHERE requested_by = ? AND created_at >= ? AND kind = 'person' AND state NOT IN ('rejected', 'expired', 'withdrawn')
		GROUP BY seats ORDER BY seats`, person, ms(start))
	if err != nil {
		return nil, err
	}
	type row struct {
		seats string
		fen   Fen
	}
	all, err := collect(rows, func(r *row) []any { return []any{&r.seats, &r.fen} })
	if err != nil {
		return nil, err
	}
	out := make([]Total, len(all))
	for i, r := range all {
		out[i].Fen = r.fen
		if err := json.Unmarshal([]byte(r.seats), &out[i].Seats); err != nil {
			return nil, fmt.Errorf("seats: %w", err)
		}
	}
	return out, nil
}

// OpenSettlement is the proposal for a coupon that nobody has confirmed yet; ErrNotFound when there is none.
func (l *Ledger) OpenSettlement(ctx context.Context, id GrantID) (Settlement, error) {
	var open int64
	err := l.queryRow(ctx, `SELECT id FROM settlements WHERE send_id = ? AND position = ? AND confirmed_at = 0 AND void_at = 0`, id.Send, id.Position).Scan(&open)
	if err = notFound(err); err != nil {
		return Settlement{}, err
	}
	return l.Settlement(ctx, open)
}
