package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

// stocks lists those of the configuration.
func (d *Desk) stocks(ctx context.Context, _ asked) (Reply, error) {
	var answer Stocks
	for _, s := range d.config.Stocks {
		line, err := d.stockLine(ctx, s)
		if err != nil {
			return nil, err
		}
		answer.Stocks = append(answer.Stocks, line)
	}
	return answer, nil
}

// oneStock shows one stock, by name or by id. A reading that is not fresh is asked for, and nobody waits for it: unlike a
// send, a look can be repeated.
func (d *Desk) oneStock(ctx context.Context, q asked) (Reply, error) {
	s, err := d.stock(q.args[0].text)
	if err != nil {
		return nil, err
	}
	line, err := d.stockLine(ctx, s)
	if err != nil {
		return nil, err
	}
	if line.Reading.ReadAt.IsZero() || d.now().Sub(line.Reading.ReadAt) > snapshotAge {
		line.Asked = true
		err = d.ledger.WantStock(ctx, line.Stock.ID, line.Stock.CreatorMchID)
	}
	return StockView{Stock: line}, err
}

// stockLine is what is known of a stock.
func (d *Desk) stockLine(ctx context.Context, s Stock) (line StockLine, err error) {
	if s.CreatorMchID == "" {
		s.CreatorMchID = d.config.MchID
	}
	line.Stock = s
	line.Reading, err = d.ledger.Stock(ctx, s.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return line, err
	}
	limits := slices.DeleteFunc(d.config.Limits.holds("", store.Contents{StockID: s.ID}), func(l store.Limit) bool { return l.Kind != store.LimitStock })
	line.Limits, err = d.standing(ctx, limits)
	return line, err
}
