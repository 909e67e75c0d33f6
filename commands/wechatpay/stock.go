package wechatpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// What Stock.Status can be (WeChat Pay docs, 查询批次详情). StockStopped is spelled as WeChat Pay spells it.
const (
	StockUnactivated = "unactivated"
	StockAudit       = "audit"
	StockRunning     = "running"
	StockPaused      = "paused"
	StockStopped     = "stoped"
)

// Stock is a batch of coupons (批次). Money is fen; times are UTC; what WeChat Pay left out is zero.
type Stock struct {
	ID, CreatorMchID  string
	Name, Description string
	Status            string // StockRunning …; others may come
	Type              string // NORMAL; DISCOUNT_CUT and OTHER cannot be sent
	CouponType        string // NORMAL, or CUT_TO (减至)
	CreateTime        time.Time
	Begin, End        time.Time // the window in which coupons may be sent
	Activated         time.Time // zero: not yet
	StoppedAt         time.Time // zero: not stopped for good

	CouponAmount   int64 // value of one coupon; 0 when it is chosen at sending
	Minimum        int64 // least payment that a coupon can be used for
	MaxCoupons     int64
	MaxAmount      int64
	MaxAmountByDay int64 // 0: no cap
	MaxPerUser     int64
	Distributed    int64 // coupons sent so far, by everyone; how fresh is not documented

	NoCash             bool // paid by the merchant's refund (免充值) rather than from a locked budget
	SingleItem         bool // for single goods (单品优惠)
	NaturalPersonLimit bool // MaxPerUser counts people, not openids
	PreventAPIAbuse    bool // may answer USER_ACCOUNT_ABNORMAL
}

// wireStock is the JSON of a stock. The SDK's own type drops some of it and cannot tell an absent field from a wrong one.
type wireStock struct {
	StockID            string `json:"stock_id"`
	StockCreatorMchID  string `json:"stock_creator_mchid"`
	StockName          string `json:"stock_name"`
	Description        string `json:"description"`
	Status             string `json:"status"`
	StockType          string `json:"stock_type"`
	CreateTime         stamp  `json:"create_time"`
	AvailableBeginTime stamp  `json:"available_begin_time"`
	AvailableEndTime   stamp  `json:"available_end_time"`
	StartTime          stamp  `json:"start_time"`
	StopTime           stamp  `json:"stop_time"`
	DistributedCoupons int64  `json:"distributed_coupons"`
	NoCash             bool   `json:"no_cash"`
	SingleItem         bool   `json:"singleitem"`
	StockUseRule       struct {
		MaxCoupons         int64     `json:"max_coupons"`
		MaxAmount          int64     `json:"max_amount"`
		MaxAmountByDay     int64     `json:"max_amount_by_day"`
		MaxCouponsPerUser  int64     `json:"max_coupons_per_user"`
		CouponType         string    `json:"coupon_type"`
		NaturalPersonLimit bool      `json:"natural_person_limit"`
		PreventAPIAbuse    bool      `json:"prevent_api_abuse"`
		FixedNormalCoupon  wireValue `json:"fixed_normal_coupon"`
	} `json:"stock_use_rule"`
}

type wireValue struct {
	CouponAmount       int64 `json:"coupon_amount"`
	TransactionMinimum int64 `json:"transaction_minimum"`
}

func (w wireStock) stock() Stock {
	rule := w.StockUseRule
	return Stock{
		ID: w.StockID, CreatorMchID: w.StockCreatorMchID, Name: w.StockName, Description: w.Description,
		Status: w.Status, Type: w.StockType, CouponType: rule.CouponType,
		CreateTime: w.CreateTime.Time, Begin: w.AvailableBeginTime.Time, End: w.AvailableEndTime.Time,
		Activated: w.StartTime.Time, StoppedAt: w.StopTime.Time,
		CouponAmount: rule.FixedNormalCoupon.CouponAmount, Minimum: rule.FixedNormalCoupon.TransactionMinimum,
		MaxCoupons: rule.MaxCoupons, MaxAmount: rule.MaxAmount, MaxAmountByDay: rule.MaxAmountByDay, MaxPerUser: rule.MaxCouponsPerUser,
		Distributed: w.DistributedCoupons, NoCash: w.NoCash, SingleItem: w.SingleItem,
		NaturalPersonLimit: rule.NaturalPersonLimit, PreventAPIAbuse: rule.PreventAPIAbuse,
	}
}

// stamp is a time as WeChat Pay writes it: RFC 3339, with or without milliseconds; absent, null and "" are zero.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil || text == "" {
		return err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("a time is not RFC 3339")
	}
	s.Time = t.UTC()
	return nil
}

// Stock reads one stock. Errors are *Error.
func (c *Client) Stock(ctx context.Context, stockID, creatorMchID string) (Stock, error) {
	if !isToken(stockID) || !isToken(creatorMchID) {
		return Stock{}, notAsked("stock", "", errors.New("stock_id and stock_creator_mchid must be letters and digits"))
	}
	var w wireStock
	query := url.Values{"stock_creator_mchid": {creatorMchID}}
	err := c.get(ctx, "stock", "", "/v3/marketing/favor/stocks/"+url.PathEscape(stockID), query, func(resp *http.Response) error {
		if err := json.NewDecoder(resp.Body).Decode(&w); err != nil {
			return err
		}
		if w.StockID != stockID {
			return errors.New("the answer is about another stock")
		}
		return nil
	})
	if err != nil {
		return Stock{}, err
	}
	return w.stock(), nil
}

// Stocks reads all stocks that a merchant made, in WeChat Pay's order, ten at a time, each stock once, until each returns an
// error, which Stocks returns as it is. Other errors are *Error.
func (c *Client) Stocks(ctx context.Context, creatorMchID string, each func(Stock) error) error {
	if !isToken(creatorMchID) {
		return notAsked("stocks", "", errors.New("stock_creator_mchid must be letters and digits"))
	}
	seen := map[string]bool{}
	for page := 0; ; page++ {
		var list struct {
			TotalCount *int        `json:"total_count"`
			Data       []wireStock `json:"data"`
		}
		var fresh []Stock
		query := url.Values{"offset": {strconv.Itoa(page)}, "limit": {"10"}, "stock_creator_mchid": {creatorMchID}}
		err := c.get(ctx, "stocks", "", "/v3/marketing/favor/stocks", query, func(resp *http.Response) error {
			if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
				return err
			}
			for _, w := range list.Data {
				if !seen[w.StockID] {
					seen[w.StockID] = true
					fresh = append(fresh, w.stock())
				}
			}
			return goesOn(list.TotalCount, len(seen), len(fresh))
		})
		if err != nil {
			return err
		}
		for _, stock := range fresh {
			if err := each(stock); err != nil {
				return err
			}
		}
		if len(seen) >= *list.TotalCount {
			return nil
		}
	}
}

// goesOn checks a list after each page: how many it says it holds, how many were read, how many of them on this page. A list
// without its length, or with another than it has, proves nothing about what is not on it, so it is no answer.
func goesOn(total *int, read, fresh int) error {
	switch {
	case total == nil:
		return errors.New("the list has no total_count")
	case fresh == 0 && read < *total:
		return fmt.Errorf("the list ends after %d of %d", read, *total)
	case read > *total:
		return fmt.Errorf("the list holds %d and says %d: more may follow", read, *total)
	}
	return nil
}
