package store

import (
	"fmt"
	"strconv"
	"time"
)

// nearly tells people, once a period, that four fifths of a limit are used. A customer's own limits are told of only where
// they count more than this coupon, and not for a campaign: it reaches a million of them on purpose.
func (t *tx) nearly(send int64, limit Limit, used Usage, start time.Time) error {
	a := Alert{Kind: AlertLimit, Key: fmt.Sprintf("limit:%s:%s:%s:%d", limit.Kind, limit.Key, limit.Period, ms(start)),
		Detail: map[string]string{"kind": limit.Kind, "period": string(limit.Period)}}
	switch {
	case limit.MaxFen > 0 && used.Fen()*5 >= limit.MaxFen*4:
		a.Detail["used"], a.Detail["most"] = strconv.FormatInt(int64(used.Fen()), 10), strconv.FormatInt(int64(limit.MaxFen), 10)
	case limit.MaxCoupons > 0 && used.Coupons()*5 >= limit.MaxCoupons*4:
		a.Detail["used"], a.Detail["most"], a.Detail["unit"] = strconv.FormatInt(used.Coupons(), 10), strconv.FormatInt(limit.MaxCoupons, 10), "coupons"
	default:
		return nil
	}
	if !used.Until.IsZero() {
		a.Detail["until"] = used.Until.Format(time.RFC3339)
	}
	if limit.OpenID == "" {
		a.Detail["key"] = limit.Key
		return t.alert(a)
	}
	a.Detail["openid"] = limit.OpenID
	if used.Coupons() < 2 {
		return nil
	}
	var kind string
	if err := t.row(`SELECT kind FROM sends WHERE id = ?`, send).Scan(&kind); err != nil || kind != "person" {
		return err
	}
	return t.alert(a)
}
