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

// What Coupon.Status can be (WeChat Pay docs, 查询代金券详情).
const (
	CouponUsable  = "SENDED"
	CouponUsed    = "USED"
	CouponExpired = "EXPIRED"
)

// Coupon is a coupon that a customer has. Money is fen; times are UTC; what WeChat Pay left out is zero.
type Coupon struct {
	ID                string
	StockID           string
	StockCreatorMchID string
	OutRequestNo      string // "" where WeChat Pay does not say: not documented, and not sure to come
	Name, Description string
	Status            string    // CouponUsable …
	Type              string    // NORMAL, or CUT_TO
	CreateTime        time.Time // when it was sent
	Begin, End        time.Time // when it can be used
	Amount, Minimum   int64
}

// wireCoupon is the JSON of a coupon. The SDK's own type has neither coupon_id nor out_request_no.
type wireCoupon struct {
	CouponID           string    `json:"coupon_id"`
	StockID            string    `json:"stock_id"`
	StockCreatorMchID  string    `json:"stock_creator_mchid"`
	OutRequestNo       string    `json:"out_request_no"`
	CouponName         string    `json:"coupon_name"`
	Description        string    `json:"description"`
	Status             string    `json:"status"`
	CouponType         string    `json:"coupon_type"`
	CreateTime         stamp     `json:"create_time"`
	AvailableBeginTime stamp     `json:"available_begin_time"`
	AvailableEndTime   stamp     `json:"available_end_time"`
	Normal             wireValue `json:"normal_coupon_information"`
}

func (w wireCoupon) coupon() Coupon {
	return Coupon{
		ID: w.CouponID, StockID: w.StockID, StockCreatorMchID: w.StockCreatorMchID, OutRequestNo: w.OutRequestNo,
		Name: w.CouponName, Description: w.Description, Status: w.Status, Type: w.CouponType,
		CreateTime: w.CreateTime.Time, Begin: w.AvailableBeginTime.Time, End: w.AvailableEndTime.Time,
		Amount: w.Normal.CouponAmount, Minimum: w.Normal.TransactionMinimum,
	}
}

// Coupon reads one coupon. Errors are *Error.
func (c *Client) Coupon(ctx context.Context, openID, couponID string) (Coupon, error) {
	if err := checkOpenID(openID); err != nil {
		return Coupon{}, notAsked("coupon", openID, err)
	}
	if !isToken(couponID) {
		return Coupon{}, notAsked("coupon", openID, errors.New("coupon_id must be letters and digits"))
	}
	var w wireCoupon
	path := couponsPath(openID) + "/" + url.PathEscape(couponID)
	err := c.get(ctx, "coupon", openID, path, url.Values{"appid": {c.config.AppID}}, func(resp *http.Response) error {
		if err := json.NewDecoder(resp.Body).Decode(&w); err != nil {
			return err
		}
		if w.CouponID != couponID {
			return errors.New("the answer is about another coupon")
		}
		return nil
	})
	if err != nil {
		return Coupon{}, err
	}
	return w.coupon(), nil
}

// Coupons reads what a customer has of one merchant's stock ("": of all its stocks): usable and used coupons, not expired ones,
// and never those of stocks that WeChat Pay does not list (全平台通用券). A list that contradicts itself is an error, not a
// shorter list. Errors are *Error.
//
// It asks twice, once for each status: what the list holds without one is not documented, and USED is documented in two ways
// (used only; usable and used). Together they hold everything whichever is true, also when a coupon is used in between.
func (c *Client) Coupons(ctx context.Context, openID, creatorMchID, stockID string) ([]Coupon, error) {
	if err := checkOpenID(openID); err != nil {
		return nil, notAsked("coupons", openID, err)
	}
	query := url.Values{"appid": {c.config.AppID}, "creator_mchid": {creatorMchID}, "limit": {strconv.Itoa(couponsPage)}}
	if stockID != "" {
		query.Set("stock_id", stockID)
	}
	var all []Coupon
	at := map[string]int{} // coupon id → place in all
	for _, status := range []string{CouponUsable, CouponUsed} {
		query.Set("status", status)
		list, err := c.listCoupons(ctx, openID, query)
		if err != nil {
			return nil, err
		}
		for _, coupon := range list {
			if i, had := at[coupon.ID]; had {
				all[i] = coupon
				continue
			}
			at[coupon.ID] = len(all)
			all = append(all, coupon)
		}
	}
	return all, nil
}

const couponsPage = 20

// listCoupons reads one list to its end. WeChat Pay calls offset a page number (分页页码). Counting by one and dropping what was
// seen already is right even if it were a row number.
func (c *Client) listCoupons(ctx context.Context, openID string, query url.Values) ([]Coupon, error) {
	var all []Coupon
	seen := map[string]bool{}
	for page := 0; ; page++ {
		var list struct {
			TotalCount *int         `json:"total_count"`
			Data       []wireCoupon `json:"data"`
		}
		query.Set("offset", strconv.Itoa(page))
		err := c.get(ctx, "coupons", openID, couponsPath(openID), query, func(resp *http.Response) error {
			if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
				return err
			}
			before := len(all)
			for i, w := range list.Data {
				if w.CouponID == "" {
					return fmt.Errorf("coupon %d of the list has no coupon_id", i)
				}
				if !seen[w.CouponID] {
					seen[w.CouponID] = true
					all = append(all, w.coupon())
				}
			}
			return goesOn(list.TotalCount, len(all), len(all)-before)
		})
		if err != nil {
			return nil, err
		}
		if len(all) >= *list.TotalCount {
			return all, nil
		}
	}
}

func couponsPath(openID string) string {
	return "/v3/marketing/favor/users/" + url.PathEscape(openID) + "/coupons"
}

func notAsked(op, openID string, err error) error {
	k := call{op: op, secret: openID}
	return &Error{Outcome: k.because(Outcome{}, ReasonBadOrder, err)}
}
