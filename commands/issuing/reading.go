package issuing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// A reading is what a look at a customer's coupons brought.
type reading struct {
	failed  *wechatpay.Outcome // why there is nothing to see; nil when it succeeded
	coupons []wechatpay.Coupon // of the stock
	taken   map[string]bool    // coupon ids that are other grants'
	listed  bool               // absence means something: coupons of the stock are known to appear in such lists, and are not over
}

const (
	aroundCalls   = 5 * time.Minute  // how far the clocks of a coupon's creation and of our calls may be apart
	leastReading  = 30 * time.Second // between readings that only pass the time
	readRefused   = time.Hour        // after WeChat Pay refused to show the list
	evidenceSlack = time.Second      // times are kept in whole milliseconds
)

// settleReading says what a look at the customer's coupons means for a grant.
//
// A coupon is ours by its number; without that field, only if it is the one coupon of the stock from the time of our calls
// and no other grant's. Absence is believed only after a definite answer to the newest call, twice, ten minutes apart, and
// for a stock whose coupons are known to be listed; what WeChat Pay had said then becomes the reason. Where only the
// knowledge about the stock is missing, a person is told: nothing else that the loop does can end it.
func settleReading(c store.Claim, seen reading, now time.Time) store.Result {
	r := store.Result{ID: c.ID, Attempt: c.Attempts, Verdict: store.GrantUnknown, Reason: c.Outcome, Code: c.Code, Message: c.Message,
		RequestID: c.RequestID, Definite: c.Definite, Retryable: c.Retryable, NeedsPerson: c.NeedsPerson || c.Expired(now)}
	if seen.failed != nil {
		return unread(r, c, *seen.failed, now)
	}
	id, doubtful := match(c, seen)
	switch {
	case id != "":
		return store.Result{ID: c.ID, Attempt: c.Attempts, Verdict: store.GrantIssued, CouponID: id, ByReading: true}
	case doubtful:
		r.NeedsPerson, r.AskAt = true, later(askNext(c, now), now.Add(leastReading))
		return r
	}
	r.EmptyReading = true
	if !c.Definite {
		r.AskAt = askNext(c, now)
		if least := now.Add(leastReading); !r.AskAt.IsZero() && r.AskAt.Before(least) {
			r.AskAt = least
		}
		return r
	}
	return absent(r, c, seen.listed, now)
}

// absent is an empty reading after a definite answer.
func absent(r store.Result, c store.Claim, listed bool, now time.Time) store.Result {
	first := c.FirstEmptyAt
	if c.EmptyReadings == 0 || first.IsZero() {
		first = now
	}
	switch enough := now.Sub(first) >= store.EvidenceGap; {
	case !enough:
		r.AskAt = first.Add(store.EvidenceGap + evidenceSlack)
	case listed:
		r.Verdict, r.NeedsPerson = store.GrantRefused, false
	default:
		r.NeedsPerson, r.AskAt = true, now.Add(readRefused)
		if c.Expired(now) {
			r.AskAt = readNext(c, now)
		}
	}
	return r
}

// unread is a reading that brought nothing: what was known before stays known.
func unread(r store.Result, c store.Claim, why wechatpay.Outcome, now time.Time) store.Result {
	switch why.Kind {
	case wechatpay.Refused, wechatpay.NotNow: // it will not show the list: only a person can end this
		r.NeedsPerson, r.AskAt = true, now.Add(readRefused)
		if c.Expired(now) {
			r.AskAt = readNext(c, now)
		}
	case wechatpay.Configuration:
		r.AskAt = now.Add(heldAfter)
	case wechatpay.Slower:
		r.AskAt = now.Add(doubling(c.Attempts, longestBack))
	default:
		r.AskAt = askNext(c, now)
	}
	return r
}

// match finds the grant's coupon. doubtful: something is there that may be it, and neither is proven.
func match(c store.Claim, seen reading) (id string, doubtful bool) {
	number := c.Send.Number(c.ID.Position)
	from, to := c.FirstCalledAt.Add(-aroundCalls), c.LastCalledAt.Add(aroundCalls)
	var near, unnamed int
	for _, coupon := range seen.coupons {
		switch {
		case coupon.OutRequestNo == number:
			return coupon.ID, seen.taken[coupon.ID]
		case coupon.CreateTime.IsZero() && coupon.OutRequestNo == "":
			doubtful = doubtful || !seen.taken[coupon.ID]
		case coupon.CreateTime.Before(from) || coupon.CreateTime.After(to):
		default:
			near++
			if coupon.OutRequestNo == "" && !seen.taken[coupon.ID] {
				unnamed++
				id = coupon.ID
			}
		}
	}
	if near == 1 && unnamed == 1 && !doubtful {
		return id, false
	}
	return "", doubtful || unnamed > 0
}

// callsOfReading: the list is asked for twice, usable and used coupons.
const callsOfReading = 2

// read looks at the customer's coupons instead of posting.
func (r *run) read(c store.Claim) store.Result {
	ctx, cancel := context.WithTimeout(r.calls, min(2*r.config.Timeout, c.LeaseUntil.Sub(r.options.Now())-spare))
	defer cancel()
	began := time.Now()
	seen, err := r.look(ctx, c)
	why := wechatpay.Outcome{Kind: wechatpay.Answered, Sent: true}
	if err != nil { // the ledger's own failure teaches nothing about WeChat Pay
		why.Err = err
		seen.failed = &wechatpay.Outcome{Kind: wechatpay.Unknown}
	} else if seen.failed != nil {
		why = *seen.failed
		r.heed(why, began, time.Since(began))
	}
	result := settleReading(c, seen, r.options.Now())
	r.tell(c, result, why)
	return result
}

// look reads the list and what the ledger knows about it. err is the ledger's.
func (r *run) look(ctx context.Context, c store.Claim) (seen reading, err error) {
	seen.coupons, seen.failed = r.coupons(ctx, c.OpenID, c.Send.CreatorMchID, c.StockID)
	if seen.failed != nil {
		return seen, nil
	}
	seen.taken = map[string]bool{}
	for _, coupon := range seen.coupons {
		if seen.taken[coupon.ID], err = r.ledger.CouponTaken(ctx, coupon.ID); err != nil {
			return seen, fmt.Errorf("whose coupon: %w", err)
		}
	}
	if len(seen.coupons) > 0 {
		if err := r.ledger.StockListed(ctx, c.StockID); err != nil {
			return seen, err
		}
	}
	seen.listed, err = r.listed(ctx, c)
	return seen, err
}

// coupons reads what a customer has of a stock.
func (r *run) coupons(ctx context.Context, openID, creator, stock string) ([]wechatpay.Coupon, *wechatpay.Outcome) {
	all, err := r.wechat.Coupons(ctx, openID, creator, stock)
	if err != nil {
		return nil, outcomeOf(err)
	}
	var of []wechatpay.Coupon
	for _, coupon := range all {
		if coupon.StockID == stock {
			of = append(of, coupon)
		}
	}
	return of, nil
}

// outcomeOf is what an error of a reading call says.
func outcomeOf(err error) *wechatpay.Outcome {
	var said *wechatpay.Error
	if errors.As(err, &said) {
		return &said.Outcome
	}
	return &wechatpay.Outcome{Kind: wechatpay.Unknown, Sent: true, Err: err}
}

// listed tells whether a coupon of the claim's stock would be in the list if it existed. A stock of which that is not
// known is looked for at the customer who surely got one last. Coupons of a stock that is over are not listed any more.
func (r *run) listed(ctx context.Context, c store.Claim) (bool, error) {
	s, err := r.ledger.Stock(ctx, c.StockID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	now := r.options.Now()
	if err != nil || !s.Ends.IsZero() && !now.Before(s.Ends) {
		return false, err
	}
	if !s.ListedAt.IsZero() || !c.Definite || !r.known.due(c.StockID) {
		return !s.ListedAt.IsZero(), nil
	}
	g, err := r.ledger.NewestIssued(ctx, c.StockID, now.AddDate(0, 0, -30))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || !r.pace.wait(ctx, callsOfReading) {
		return false, err
	}
	coupons, failed := r.coupons(ctx, g.OpenID, c.Send.CreatorMchID, c.StockID)
	if failed != nil {
		return false, nil
	}
	for _, coupon := range coupons {
		if coupon.ID == g.CouponID {
			return true, r.ledger.StockListed(ctx, c.StockID)
		}
	}
	return false, nil
}
