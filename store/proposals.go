package store

import "context"

// OpenSettlements are the proposals that wait for a second person other than by, oldest first.
func (l *Ledger) OpenSettlements(ctx context.Context, by string, limit int) ([]Settlement, error) {
	rows, err := l.queryRows(ctx, selectSettlements+` WHERE confirmed_at = 0 AND void_at = 0 AND asked_by <> ? ORDER BY id LIMIT ?`, by, limit)
	if err != nil {
		return nil, l.fault("open settlements", err)
	}
	defer rows.Close()
	var out []Settlement
	for rows.Next() {
		s, err := scanSettlement(rows)
		if err != nil {
			return nil, l.fault("open settlements", err)
		}
		out = append(out, s)
	}
	return out, l.fault("open settlements", rows.Err())
}
