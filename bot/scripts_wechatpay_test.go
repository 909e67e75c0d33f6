package bot_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// sides are the two stand-ins, where their control APIs differ.
var sides = map[string]struct{ fault, settings, method string }{
	"slack":     {"slack/fault", "slack/settings", "POST"},
	"wechatpay": {"wechatpay/faults", "wechatpay/settings", "PATCH"},
}

func (s *stage) doFault(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	side, ok := sides[l.args[0]]
	if !ok {
		return usageError("there are slack and wechatpay")
	}
	return s.control("POST", side.fault, l.args[1], nil)
}

func (s *stage) doFaults(l *line) error {
	if len(l.args) != 1 || l.args[0] != "clear" {
		return usageError("faults can be cleared")
	}
	if err := s.control("DELETE", "slack/faults", nil, nil); err != nil {
		return err
	}
	return s.control("DELETE", "wechatpay/faults", nil, nil)
}

func (s *stage) doSettings(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	side, ok := sides[l.args[0]]
	if !ok {
		return usageError("there are slack and wechatpay")
	}
	return s.control(side.method, side.settings, l.args[1], nil)
}

func (s *stage) doStock(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	return s.control("PATCH", "wechatpay/stocks/"+l.args[0], l.args[1], nil)
}

// stocks are those of the stand-in, all of them named in the configuration.
var stocks = []string{"9856000", "9856001", "9856002", "9856003", "9856004", "9856005", "9856006", "9856007"}

type coupon struct {
	ID           string `json:"coupon_id"`
	StockID      string `json:"stock_id"`
	Creator      string `json:"stock_creator_mchid"`
	Sender       string `json:"sender_mchid"`
	OpenID       string `json:"openid"`
	AppID        string `json:"appid"`
	OutRequestNo string `json:"out_request_no"`
	Value        int64  `json:"coupon_value"`
	Minimum      int64  `json:"coupon_minimum"`
}

type call struct {
	Endpoint     string    `json:"endpoint"`
	OpenID       string    `json:"openid"`
	OutRequestNo string    `json:"out_request_no"`
	Status       int       `json:"status"`
	Code         string    `json:"code"`
	Fault        string    `json:"fault"`
	At           time.Time `json:"at"`
}

// books are what WeChat Pay has in its books: coupons and calls, the newest first. openid may be "all".
func (s *stage) books(openid string) ([]coupon, []call, error) {
	var state struct {
		Coupons struct{ Items []coupon } `json:"coupons"`
		Calls   struct{ Items []call }   `json:"calls"`
	}
	query := url.Values{"coupons": {"1000"}, "calls": {"1000"}}
	if openid != "all" {
		query.Set("openid", openid)
	}
	err := s.control("GET", "wechatpay/state?"+query.Encode(), nil, &state)
	return state.Coupons.Items, state.Calls.Items, err
}

func (s *stage) counted(l *line, count func() (int, error)) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	want, err := strconv.Atoi(l.args[1])
	if err != nil {
		return usageError("how many is a number")
	}
	within, err := l.within()
	if err != nil {
		return err
	}
	return s.settlesAt(want, l.has("least"), within, count)
}

func (s *stage) doCoupons(l *line) error {
	var found []coupon
	err := s.counted(l, func() (int, error) {
		all, _, err := s.books(l.args[0])
		found = found[:0]
		for _, c := range all {
			if !l.has("stock") || c.StockID == l.flags["stock"] {
				found = append(found, c)
			}
		}
		return len(found), err
	})
	for _, c := range found {
		fmt.Fprintf(l.Stdout(), "coupon_id=%s stock_id=%s stock_creator_mchid=%s sender=%s openid=%s appid=%s out_request_no=%s coupon_value=%d coupon_minimum=%d\n",
			c.ID, c.StockID, c.Creator, c.Sender, c.OpenID, c.AppID, c.OutRequestNo, c.Value, c.Minimum)
	}
	return err
}

func (s *stage) doCalls(l *line) error {
	var found []call
	endpoint := cmp.Or(l.flags["of"], "send")
	err := s.counted(l, func() (int, error) {
		_, all, err := s.books("all")
		found = found[:0]
		for _, c := range all {
			if c.Endpoint == endpoint && (l.args[0] == "all" || c.OpenID == l.args[0]) {
				found = append(found, c)
			}
		}
		return len(found), err
	})
	for _, c := range found {
		fmt.Fprintf(l.Stdout(), "openid=%s out_request_no=%s status=%d %s\n", c.OpenID, c.OutRequestNo, c.Status, c.Code)
	}
	return err
}

type payStats struct {
	Several   int            `json:"numbers_with_several_coupons"`
	Coupons   int            `json:"coupons"`
	Pairs     map[string]int `json:"coupons_per_openid_and_stock"`
	Endpoints map[string]int `json:"by_endpoint"`
}

func (s *stage) doNeverTwo(l *line) error {
	if err := l.want(0, 1); err != nil {
		return err
	}
	most := 1
	if len(l.args) == 1 {
		var err error
		if most, err = strconv.Atoi(l.args[0]); err != nil {
			return usageError("how many is a number")
		}
	}
	var stats payStats
	if err := s.control("GET", "wechatpay/stats", nil, &stats); err != nil {
		return err
	}
	if stats.Several != 0 {
		return fmt.Errorf("%d numbers gave more than one coupon", stats.Several)
	}
	for had, pairs := range stats.Pairs {
		if n, err := strconv.Atoi(had); err != nil || n > most {
			text, _ := json.Marshal(stats.Pairs)
			return fmt.Errorf("%d customers have %s coupons of one stock, more than %d: %s", pairs, had, most, text)
		}
	}
	return nil
}
