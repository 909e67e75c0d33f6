package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A wxEndpoint is one row of the API: where it is, what it does and how often it may be called.
type wxEndpoint struct {
	name    string
	method  string
	pattern string // under /v3/; {name} takes one segment
	limit   int    // calls in any sliding span; 0: no stated limit
	span    time.Duration
	serve   func(*WeChatPay, *wxCall) *wxAnswer
}

// wxEndpoints is the whole API. The limits are the documented ones per caller address; 500 a second has 2 % of room for
// network jitter. The send row's limit is a setting.
var wxEndpoints = []*wxEndpoint{
	{"send", "POST", "marketing/favor/users/{openid}/coupons", 510, time.Second, (*WeChatPay).sendCoupon},
	{"list_coupons", "GET", "marketing/favor/users/{openid}/coupons", 510, time.Second, (*WeChatPay).listCoupons},
	{"query_coupon", "GET", "marketing/favor/users/{openid}/coupons/{coupon_id}", 510, time.Second, (*WeChatPay).queryCoupon},
	{"list_stocks", "GET", "marketing/favor/stocks", 510, time.Second, (*WeChatPay).listStocks},
	{"query_stock", "GET", "marketing/favor/stocks/{stock_id}", 510, time.Second, (*WeChatPay).queryStock},
	{"start_stock", "POST", "marketing/favor/stocks/{stock_id}/start", 1000, time.Minute, (*WeChatPay).moveStock},
	{"pause_stock", "POST", "marketing/favor/stocks/{stock_id}/pause", 60, time.Minute, (*WeChatPay).moveStock},
	{"restart_stock", "POST", "marketing/favor/stocks/{stock_id}/restart", 1000, time.Minute, (*WeChatPay).moveStock},
	{"stop_stock", "POST", "marketing/favor/stocks/{stock_id}/stop", 1000, time.Minute, (*WeChatPay).moveStock},
	{"certificates", "GET", "certificates", 0, 0, (*WeChatPay).certificates},
}

// wxRoute finds the endpoint of an escaped path, and its variables unescaped; nil when there is none.
func wxRoute(method, escaped string) (*wxEndpoint, map[string]string) {
	rest, ok := strings.CutPrefix(escaped, "/v3/")
	if !ok {
		return nil, nil
	}
	segments := strings.Split(rest, "/")
	for _, e := range wxEndpoints {
		if e.method != method {
			continue
		}
		if vars, ok := wxMatch(strings.Split(e.pattern, "/"), segments); ok {
			return e, vars
		}
	}
	return nil, nil
}

func wxMatch(pattern, segments []string) (map[string]string, bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range pattern {
		name, isVar := strings.CutPrefix(p, "{")
		if !isVar {
			if p != segments[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		vars[strings.TrimSuffix(name, "}")] = value
	}
	return vars, true
}

// rules are what APIv3 asks of every request (WeChat Pay docs, APIv3 接口规则): JSON both ways and a caller that names itself.
func (c *wxCall) rules() *wxRefusal {
	broken := func(header string) *wxRefusal {
		return wxRefuse("http_rules").at("header", header, c.request.Header.Get(header))
	}
	h := c.request.Header
	if h.Get("User-Agent") == "" {
		return broken("User-Agent")
	}
	if accept := h.Get("Accept"); !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		return broken("Accept")
	}
	if c.request.Method == http.MethodPost {
		kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return broken("Content-Type")
		}
	}
	return nil
}
