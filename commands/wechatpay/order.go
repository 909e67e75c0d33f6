package wechatpay

import (
	"errors"
	"fmt"
)

// Order is one coupon to one person. Every try of one intent carries the same Order, field for field: WeChat Pay knows a
// repetition by OutRequestNo and answers it with the same coupon (WeChat Pay docs, 发放指定批次的代金券: 幂等).
type Order struct {
	OpenID            string // of the customer, under the configured appid
	StockID           string
	StockCreatorMchID string // the merchant that made the stock, not necessarily the caller
	OutRequestNo      string // unique for the calling merchant, forever
	CouponValue       int64  // fen; only for stocks whose value is chosen at sending (指定面额发券); 0: not sent
	CouponMinimum     int64  // fen; with CouponValue, or not at all

	// Leave, if not nil, is asked when everything is signed and the request is about to leave: it waits for the caller's
	// pace, next to the wire, where nothing adds unevenness. False: it does not leave, and the outcome was not Sent.
	Leave func() bool

	// Wrote, if not nil, is told when the request was written to the connection: on a busy machine some time after Leave.
	Wrote func()
}

// Check finds what WeChat Pay would refuse, or worse, read differently, without asking it.
func (o Order) Check() error {
	var faults []error
	if err := checkOpenID(o.OpenID); err != nil {
		faults = append(faults, err)
	}
	for _, f := range []struct{ name, value string }{{"stock_id", o.StockID}, {"stock_creator_mchid", o.StockCreatorMchID}} {
		if !isToken(f.value) || len(f.value) > 20 {
			faults = append(faults, fmt.Errorf("%s must be 1 to 20 letters and digits", f.name))
		}
	}
	if !isOutRequestNo(o.OutRequestNo) {
		faults = append(faults, errors.New("out_request_no must be 1 to 128 letters, digits, '|', '_', '*' or '-'"))
	}
	switch {
	case o.CouponValue < 0, o.CouponMinimum < 0:
		faults = append(faults, errors.New("coupon_value and coupon_minimum must not be negative"))
	case (o.CouponValue == 0) != (o.CouponMinimum == 0):
		faults = append(faults, errors.New("coupon_value and coupon_minimum belong together"))
	}
	return errors.Join(faults...)
}

// checkOpenID refuses what cannot stand in a path. "." and ".." would be taken for directories on the way.
func checkOpenID(s string) error {
	if s == "" || len(s) > 128 {
		return errors.New("openid must have 1 to 128 characters")
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return errors.New("openid has a character that no openid has")
		}
	}
	if s == "." || s == ".." {
		return errors.New("openid has a form that no openid has")
	}
	return nil
}

// isOutRequestNo is the rule of the 发放代金券 page.
func isOutRequestNo(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '|', b == '_', b == '*', b == '-':
		default:
			return false
		}
	}
	return s != "" && len(s) <= 128
}
