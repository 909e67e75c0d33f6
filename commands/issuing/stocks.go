package issuing

import (
	"context"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

const (
	stocksLook  = 200 * time.Millisecond // how often to see whether a stock is to be read: somebody may be waiting for it
	stocksPace  = 50 * time.Millisecond
	stocksAtOne = 20
	stockFresh  = time.Minute      // how old a snapshot may get
	stockAgain  = 15 * time.Second // after a reading that failed for a moment
	stockLater  = 5 * time.Minute  // after a definite no: someone must act first, and asking for the stock brings it forward
)

// stocks keeps the snapshots fresh. A stock that cannot be read stops nothing: only an answer to a send counts for that.
func (r *run) stocks(ctx context.Context) error {
	for {
		due, err := r.ledger.StocksDue(ctx, stocksAtOne)
		if err != nil && ctx.Err() == nil && r.said.due("stocks to read") {
			r.log.Error("stocks to read", "err", err)
		}
		for _, s := range due {
			if !r.pace.wait(ctx, 1) {
				return nil
			}
			r.stock(ctx, s)
			if !sleep(ctx, stocksPace) {
				return nil
			}
		}
		if len(due) < stocksAtOne && !sleep(ctx, stocksLook) {
			return nil
		}
	}
}

func (r *run) stock(ctx context.Context, s store.Stock) {
	call, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	read, err := r.wechat.Stock(call, s.ID, s.CreatorMchID)
	if ctx.Err() != nil {
		return
	}
	now := r.options.Now()
	snapshot, next := snapshot(s, read), now.Add(stockFresh)
	if err != nil {
		o := outcomeOf(err)
		snapshot, next = store.Stock{ID: s.ID, Fault: fault(*o)}, now.Add(stockAgain)
		if o.Kind == wechatpay.Refused || o.Kind == wechatpay.NotNow || o.Kind == wechatpay.Configuration {
			next = now.Add(stockLater)
		}
		if snapshot.Fault != s.Fault {
			r.log.Warn("stock not read", "stock", s.ID, "fault", snapshot.Fault, "request_id", o.RequestID, "err", err)
		}
	}
	if err := r.ledger.SaveStock(ctx, snapshot, next); err != nil && ctx.Err() == nil {
		r.log.Error("keep a stock's snapshot", "stock", s.ID, "err", err)
		sleep(ctx, stocksLook)
	}
}

func snapshot(was store.Stock, s wechatpay.Stock) store.Stock {
	return store.Stock{
		ID: was.ID, CreatorMchID: was.CreatorMchID, Name: s.Name, Status: s.Status, Type: s.Type,
		Amount: store.Fen(s.CouponAmount), Minimum: store.Fen(s.Minimum), Begins: s.Begin, Ends: s.End,
		MaxCoupons: s.MaxCoupons, MaxFen: store.Fen(s.MaxAmount), MaxDayFen: store.Fen(s.MaxAmountByDay), MaxPerUser: s.MaxPerUser, Distributed: s.Distributed,
	}
}

// fault is why a stock could not be read, short: our reason word, then what WeChat Pay said.
func fault(o wechatpay.Outcome) string {
	text := string(o.Reason)
	if text == "" {
		text = string(o.Kind)
	}
	for _, said := range []string{o.Code, o.Message} {
		if said != "" {
			text += ": " + said
		}
	}
	return text
}
