package store

import (
	"context"
	"fmt"
)

// Gauges are what an operator's dashboard asks of the ledger, read without counting coupons.
type Gauges struct {
	Waiting, Issuing, Unknown int64 // coupons of sends that are not done
	CardsBehind               int64 // whose time has come, or that were tried in vain: not those that wait to see whether they are needed
	Stopped                   bool
	Held                      []string
}

// Gauges reads them.
func (l *Ledger) Gauges(ctx context.Context) (g Gauges, err error) {
	var stops int
	err = l.queryRow(ctx, `SELECT coalesce(sum(waiting), 0), coalesce(sum(issuing), 0), coalesce(sum(unknown), 0), (SELECT count(*) FROM cards WHERE drawn < wanted AND (due_at <= ? OR tries > 0)),
		(SELECT count(*) FROM stops WHERE started_at = 0) FROM sends WHERE state IN ('awaiting', 'approved', 'issuing', 'paused', 'cancelled') AND waiting + issuing + unknown > 0`, ms(l.now())).
		Scan(&g.Waiting, &g.Issuing, &g.Unknown, &g.CardsBehind, &stops)
	if err != nil {
		return g, fmt.Errorf("gauges: %w", l.dialect.fault(err))
	}
	g.Stopped = stops > 0
	held, err := l.Held(ctx)
	for _, h := range held {
		g.Held = append(g.Held, h.Why)
	}
	return g, err
}
