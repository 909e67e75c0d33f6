package wechatpay

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// checked is what a check reports, a line for each thing.
func checked(t *testing.T, c *Client, stocks ...StockAsk) []string {
	t.Helper()
	var lines []string
	c.Check(t.Context(), stocks, func(what, fine string, err error) {
		if err != nil {
			lines = append(lines, fmt.Sprintf("FAIL %s: %v", what, err))
			return
		}
		lines = append(lines, fmt.Sprintf("ok %s: %s", what, fine))
	})
	return lines
}

// stockChecked is the line about one stock whose JSON was changed.
func stockChecked(t *testing.T, custom bool, change ...string) string {
	t.Helper()
	stock := strings.NewReplacer(append([]string{"2026-01-02", "2020-01-02", "2026-03-01", "2120-03-01"}, change...)...).Replace(stockJSON)
	s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if !strings.Contains(r.RequestURI, "/stocks/9856000") {
			say(w, 200, "1-0", `{"total_count":0,"data":[]}`)
			return
		}
		say(w, 200, "1-0", stock)
	})
	lines := checked(t, client(t, config(s.URL)), StockAsk{Name: "sorry-10", ID: "9856000", CreatorMchID: mchID, Custom: custom})
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "ok WeChat Pay merchant key") || !strings.HasPrefix(lines[1], "ok clock") {
		t.Fatalf("reported %q", lines)
	}
	return lines[2]
}

func TestCheckOfAStock(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		custom   bool
		change   []string
		says     string
	}{
		{"one that can be sent", false, nil, "ok stock sorry-10 (9856000): running, ¥10.00 from ¥20.00, 40 of 100 sent, until 2120-02-29T16:00:00Z"},
		{"one whose value is chosen", true, []string{`"coupon_amount": 1000`, `"coupon_amount": 0`}, "ok stock sorry-10 (9856000): running, value chosen with each send"},
		{"a custom_value that it has not", true, nil, "FAIL stock sorry-10 (9856000): it has a fixed value, ¥10.00 from ¥20.00: take custom_value out"},
		{"no custom_value where it needs one", false, []string{`"coupon_amount": 1000`, `"coupon_amount": 0`}, "give it a custom_value"},
		{"another type", false, []string{`"stock_type": "NORMAL"`, `"stock_type": "DISCOUNT_CUT"`}, "FAIL stock sorry-10 (9856000): it is of type DISCOUNT_CUT"},
		{"a paused one", false, []string{`"running"`, `"paused"`}, "it is paused: start it"},
		{"one that was stopped", false, []string{`"running"`, `"stoped"`}, "it is stoped for good: name another"},
		{"one that is not active yet", false, []string{`"running"`, `"unactivated"`}, "it is unactivated: start it"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			if got := stockChecked(t, tt.custom, tt.change...); !strings.Contains(got, tt.says) {
				t.Errorf("reported %q, want %q", got, tt.says)
			}
		})
	}
	if fine, err := (StockAsk{}).fits(Stock{Type: "NORMAL", Status: StockRunning, CouponAmount: 1, Begin: time.Now().Add(time.Hour)}, time.Now()); err != nil || !strings.HasPrefix(fine, "begins on ") {
		t.Errorf("before its window: %q, %v", fine, err)
	}
	if _, err := (StockAsk{}).fits(Stock{Type: "NORMAL", Status: StockRunning, CouponAmount: 1, End: time.Now()}, time.Now()); err == nil || !strings.Contains(err.Error(), "it ended on") {
		t.Errorf("after its window: %v", err)
	}
}

func TestCheckSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		answer   func(w http.ResponseWriter, r *http.Request)
		says     string
	}{
		{"a signature that is not accepted", func(w http.ResponseWriter, _ *http.Request) { sayError(w, 401, "SIGN_ERROR", "签名错误", "1") },
			"FAIL WeChat Pay merchant key: WeChat Pay says SIGN_ERROR, 签名错误: mchid, serial_no and private_key_file must be of the same"},
		{"an answer signed by somebody else", func(w http.ResponseWriter, _ *http.Request) {
			signed(w.Header(), "{}", time.Now())
			io.WriteString(w, `{"total_count":0}`)
		}, "public_key_id and public_key_file must be the ones"},
		{"a proxy's answer", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "something on the way answers for WeChat Pay"},
		{"too many calls", func(w http.ResponseWriter, _ *http.Request) { sayError(w, 429, "FREQUENCY_LIMITED", "频率", "1") }, "try again in a minute"},
		{"nobody there", func(w http.ResponseWriter, _ *http.Request) { drop(w, "") }, "can this machine reach wechatpay.base_url?"},
		{"a merchant without the product", func(w http.ResponseWriter, _ *http.Request) { sayError(w, 403, "NO_AUTH", "商户无权限", "1") }, "grant this merchant the coupon product"},
		{"a clock that is off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
			say(w, 200, "1-0", `{"total_count":0,"data":[]}`)
		}, "FAIL clock against WeChat Pay: this machine's clock is "},
		{"a stock that is not there", func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.RequestURI, "/stocks/") {
				sayError(w, 404, "RESOURCE_NOT_EXISTS", "批次不存在", "1")
				return
			}
			say(w, 200, "1-0", `{"total_count":0,"data":[]}`)
		}, "FAIL stock sorry-10 (9856000): WeChat Pay says RESOURCE_NOT_EXISTS, 批次不存在: id and creator_mchid must be those of one stock"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) { tt.answer(w, r) })
			lines := checked(t, client(t, config(s.URL)), StockAsk{Name: "sorry-10", ID: "9856000", CreatorMchID: mchID})
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, tt.says) }) {
				t.Errorf("reported %q, want %q", lines, tt.says)
			}
		})
	}
}
