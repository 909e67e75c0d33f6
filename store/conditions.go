package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// What people agreed to may not hold any more when the first coupon, or the next, is to be asked for: the stock has been
// paused, is over, or is worth something else; a limit has been filled from elsewhere. The claim looks at what the ledger
// knows, and a send for which it does not hold pauses itself and says so. Nothing is concluded from what is not known: a stock
// that was never read, or not for a while, stops nothing here, and WeChat Pay's own answer decides.

// Reasons for which a send pauses by itself, beside those of WeChat Pay's answers, and what its PauseDetail is then.
const (
	PauseLimit      = "limit"          // a limit has no room: see Send.LimitReached
	PauseLeft       = "requester_left" // who asked may send no more: their id
	PauseStockState = "stock_state"    // the stock gives out nothing: StockEnded, StockNotBegun, or WeChat Pay's word for its state
	PauseTerms      = "stock_terms"    // the stock is worth something else than was agreed to: what a coupon is worth now, in fen
)

// Details of PauseStockState.
const (
	StockEnded    = "ended"     // its window is over
	StockNotBegun = "not_begun" // its window has not begun
)

// stockKnown is how old a reading of a stock may be to conclude something from it; stocks are read every minute.
const stockKnown = 10 * time.Minute

// stands tells whether everything that was agreed to about a send still holds; what does not has paused it.
func (c *claiming) stands(id int64) (bool, error) {
	s, err := c.send(id)
	if err != nil {
		return false, err
	}
	for _, holds := range []func(Send) (bool, error){c.holdsNow, c.stockStands, c.underCeilings} {
		if ok, err := holds(s); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (c *claiming) stockStands(s Send) (bool, error) {
	stock, ok := c.stocks[s.StockID]
	if !ok {
		var err error
		stock, err = scanStock(c.row(selectStock+` WHERE stock_id = ?`, s.StockID))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return false, err
		}
		c.stocks[s.StockID] = stock
	}
	reason, detail := s.against(stock, c.at)
	if reason == "" {
		return true, nil
	}
	return false, c.pauseSelf(s.ID, reason, detail)
}

// against is why a stock, as it was last read, does not let a send go on; "" when it does, or when that is not known. A person
// who let the send go on after the reading knows better than it what state the stock is in.
func (s Send) against(stock Stock, now time.Time) (reason, detail string) {
	switch {
	case stock.ReadAt.IsZero() || now.Sub(stock.ReadAt) > stockKnown:
		return "", ""
	case s.Value == 0 && stock.Amount > 0 && stock.Amount != s.Amount:
		return PauseTerms, strconv.FormatInt(int64(stock.Amount), 10)
	case !stock.ReadAt.After(s.ResumedAt):
		return "", ""
	case !stock.Ends.IsZero() && !now.Before(stock.Ends):
		return PauseStockState, StockEnded
	case now.Before(stock.Begins):
		return PauseStockState, StockNotBegun
	case stock.Status != "" && stock.Status != "running":
		return PauseStockState, stock.Status
	}
	return "", ""
}

// underCeilings pauses a send one of whose limits is fuller than it may be: others hold under it with a higher ceiling, or did.
func (c *claiming) underCeilings(s Send) (bool, error) {
	e := &LimitReached{}
	var until int64
	which := ""
	if s.Kind == kindCampaign { // its customers' limits were looked at claim by claim, and there may be a million
		which = ` AND h.` + everyHold
	}
	err := notFound(c.row(`SELECT h.kind, h.key, h.openid, h.period, h.max_fen, h.max_coupons, h.until_at, l.held_fen, l.spent_fen, l.held_coupons, l.spent_coupons
		FROM holds h JOIN limits l ON l.kind = h.kind AND l.key = h.key AND l.period = h.period AND l.start_at = h.start_at
		WHERE h.send_id = ? AND h.coupons > 0`+which+` AND (h.max_fen > 0 AND l.held_fen + l.spent_fen > h.max_fen
			OR h.max_coupons > 0 AND l.held_coupons + l.spent_coupons > h.max_coupons) LIMIT 1`, s.ID).
		Scan(&e.Limit.Kind, &e.Limit.Key, &e.Limit.OpenID, &e.Limit.Period, &e.Limit.MaxFen, &e.Limit.MaxCoupons, &until,
			&e.Used.HeldFen, &e.Used.SpentFen, &e.Used.HeldCoupons, &e.Used.SpentCoupons))
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	e.Used.Until = at(until)
	return false, c.pauseLimit(s.ID, e)
}

// pauseLimit pauses a send for which a limit has no room.
func (t *tx) pauseLimit(id int64, reached *LimitReached) error {
	detail, err := json.Marshal(reached)
	if err != nil {
		return fmt.Errorf("limit: %w", err)
	}
	return t.pauseSelf(id, PauseLimit, string(detail))
}

// LimitReached is which limit has no room for a send that is paused for PauseLimit, with its figures of that moment; false for any
// other send, and for one that was paused by a version that kept only words.
func (s Send) LimitReached() (reached LimitReached, ok bool) {
	if s.PauseReason != PauseLimit {
		return reached, false
	}
	err := json.Unmarshal([]byte(s.PauseDetail), &reached)
	return reached, err == nil
}
