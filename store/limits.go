package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// The kinds of limits, in the one order in which their counters are taken.
const (
	LimitCompany  = "company"
	LimitCampaign = "campaign"
	LimitStock    = "stock"
	LimitAgent    = "agent"
	LimitCustomer = "customer"
	LimitWeChat   = "wechat" // WeChat Pay's own month per customer and creating merchant
	LimitSeries   = "series" // a schedule's total: no counter, because its runs are added up
)

var limitOrder = []string{LimitCompany, LimitCampaign, LimitStock, LimitAgent, LimitCustomer, LimitWeChat}

// A Limit is one ceiling that a send must hold its money under.
type Limit struct {
	Kind       string
	Key        string // whose: a stock id, a Slack user id, an openid … ; "" for the company
	OpenID     string // the customer whose coupon alone it counts; "" when every coupon of the send counts
	Period     Period
	MaxFen     Fen   // 0: no ceiling on money
	MaxCoupons int64 // 0: no ceiling on coupons
}

// Usage is what stands in a counter.
type Usage struct {
	HeldFen, SpentFen         Fen
	HeldCoupons, SpentCoupons int64
	Until                     time.Time // when the period ends and it is free again; zero for Ever
}

// Fen is all that counts against the ceiling.
func (u Usage) Fen() Fen { return u.HeldFen + u.SpentFen }

// Coupons is all that counts against the ceiling.
func (u Usage) Coupons() int64 { return u.HeldCoupons + u.SpentCoupons }

// Used reads the counters of limits for the periods that hold now, in the order asked.
func (l *Ledger) Used(ctx context.Context, limits []Limit) ([]Usage, error) {
	out := make([]Usage, len(limits))
	for i, limit := range limits {
		start, end := limit.Period.Bounds(l.now(), l.options.Zone)
		row := l.queryRow(ctx, selectUsage, limit.Kind, limit.Key, limit.Period, ms(start))
		u, err := scanUsage(row)
		if err != nil {
			return nil, fmt.Errorf("limit: %w", l.dialect.fault(err))
		}
		u.Until = end
		out[i] = u
	}
	return out, nil
}

const selectUsage = `SELECT held_fen, spent_fen, held_coupons, spent_coupons FROM limits WHERE kind = ? AND key = ? AND period = ? AND start_at = ?`

func scanUsage(row interface{ Scan(...any) error }) (u Usage, err error) {
	err = row.Scan(&u.HeldFen, &u.SpentFen, &u.HeldCoupons, &u.SpentCoupons)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return u, err
}
