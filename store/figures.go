package store

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Figures are what a dry run counted: Rows + Test = Recipients + every reason for which somebody gets nothing.
type Figures struct {
	Rows       int64            `json:"rows"` // of the audience's version, each customer once
	Test       int64            `json:"test"` // 1 when the test openid is none of them
	Recipients int64            `json:"recipients"`
	Duplicates int64            `json:"duplicates"` // left out when the list was read
	Blocked    int64            `json:"blocked"`
	Staff      int64            `json:"staff"`
	Had        int64            `json:"had"`                 // under the send-once key
	OverCap    int64            `json:"overcap"`             // over campaigns
	OverLimit  map[string]int64 `json:"overlimit,omitempty"` // by kind of limit (customer, wechat): refused at their claim as things stand now
	Money      Fen              `json:"money"`               // the most that it can cost: Expected coupons
	StockLeft  int64            `json:"stock_left"`          // coupons left after it; negative: so many too few; StockUnknown when not known
	EndsAfter  time.Duration    `json:"ends_after"`          // at the configured rate, nanoseconds
}

// StockUnknown stands for a number of coupons that is not known.
const StockUnknown = -1 << 62

// Expected is how many coupons a run has by these figures: a customer who is over a limit now may not be when their turn comes.
func (f Figures) Expected() int64 {
	n := f.Recipients
	for _, over := range f.OverLimit {
		n += over
	}
	return n
}

// add counts one customer of the list.
func (f *Figures) add(why string) {
	f.Rows++
	switch why {
	case "", leftTest:
		f.Recipients++
		if why == leftTest {
			f.Test = 0
		}
	case leftBlocked:
		f.Blocked++
	case leftStaff:
		f.Staff++
	case leftHad:
		f.Had++
	case leftOverCap:
		f.OverCap++
	default:
		if f.OverLimit == nil {
			f.OverLimit = map[string]int64{}
		}
		f.OverLimit[strings.TrimPrefix(why, leftLimit)]++
	}
}

// countAtOnce is how many customers one reading of a dry run looks at; nobody waits for it.
const countAtOnce = 2000

// figures counts what a dry run is about; fault says why that is not possible.
func (l *Ledger) figures(ctx context.Context, c Campaign, d DryRun, limits []Limit, rate int) (f Figures, fault string, err error) {
	if c.Revision != d.Revision {
		return f, "revised", nil
	}
	version, err := scanVersion(l.queryRow(ctx, selectListVersion+` WHERE id = ?`, d.VersionID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return f, "", err
	}
	if version.State != VersionReady {
		return f, "gone", nil
	}
	barred, err := barredNow(l.reading(ctx))
	if err != nil {
		return f, "", err
	}
	f.Duplicates = version.Duplicates
	if c.TestOpenID != "" {
		f.Test = 1
	}
	who := recipients{version: d.VersionID, test: c.TestOpenID, once: c.OnceKey, most: c.CapCoupons, barred: barred, limits: limits, amount: c.Amount, at: l.now(), zone: l.options.Zone, plain: l.dialect.plain}
	if err := l.countAll(ctx, who, &f); err != nil {
		return f, "", err
	}
	f.Recipients += f.Test
	f.Money = c.Amount * Fen(f.Expected())
	if rate > 0 {
		f.EndsAfter = time.Duration(f.Recipients) * time.Second / time.Duration(rate)
	}
	f.StockLeft, err = l.stockLeft(ctx, c.StockID, f.Expected())
	return f, "", err
}

// countAll reads a list from its beginning to its end.
func (l *Ledger) countAll(ctx context.Context, who recipients, f *Figures) error {
	for after := ""; ; {
		page, err := who.page(l.reading(ctx), after, countAtOnce)
		if err != nil {
			return err
		}
		for _, c := range page {
			f.add(c.why)
			after = c.openid
		}
		if len(page) < countAtOnce {
			return nil
		}
	}
}

// stockLeft is how many coupons of a stock are left when everything that was agreed to, and so many more, have been issued.
func (l *Ledger) stockLeft(ctx context.Context, stock string, coupons int64) (int64, error) {
	s, err := scanStock(l.queryRow(ctx, selectStock+` WHERE stock_id = ?`, stock))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	if err != nil || s.ReadAt.IsZero() || s.MaxCoupons == 0 {
		return StockUnknown, nil
	}
	var open int64
	err = l.queryRow(ctx, `SELECT coalesce(sum(waiting + issuing + unknown), 0) FROM sends WHERE stock_id = ? AND state IN ('approved', 'issuing', 'paused')`, stock).Scan(&open)
	return s.MaxCoupons - s.Distributed - open - coupons, err
}
