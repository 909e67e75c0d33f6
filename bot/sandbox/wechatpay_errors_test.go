package sandbox

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
)

// patch changes a stock through the control API.
func (rig *wxRig) patch(stock, fields string) {
	rig.t.Helper()
	if status := rig.control("PATCH", "stocks/"+stock, fields, nil); status != 200 {
		rig.t.Fatalf("PATCH stocks/%s %s: %d", stock, fields, status)
	}
}

const wxUser = "/v3/marketing/favor/users/oABC/coupons"

// Each row that something in the world brings about, brought about by it.
var wxRealRefusals = []struct {
	row, name string
	bring     func(*wxRig) wxReply
}{
	{"stock_required", "no stock_id", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": nil}) }},
	{"appid_required", "no appid", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"appid": ""}) }},
	{"appid_required", "a query without appid", func(r *wxRig) wxReply { return r.get(wxUser + "?creator_mchid=1900000001") }},
	{"openid_required", "an empty openid", func(r *wxRig) wxReply { return r.send("", nil) }},
	{"mchid_required", "no creator", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_creator_mchid": nil}) }},
	{"mchid_required", "a stock query without creator", func(r *wxRig) wxReply { return r.get("/v3/marketing/favor/stocks/9856000") }},
	{"coupon_required", "an empty coupon id", func(r *wxRig) wxReply { return r.get(wxUser + "/?appid=wx0123456789abcdef") }},
	{"page_size", "eleven stocks", func(r *wxRig) wxReply {
		return r.get("/v3/marketing/favor/stocks?offset=0&limit=11&stock_creator_mchid=1900000001")
	}},
	{"page_size", "twenty-one coupons", func(r *wxRig) wxReply {
		return r.get(wxUser + "?appid=wx0123456789abcdef&creator_mchid=1900000001&limit=21")
	}},
	{"time_format", "a time without zone", func(r *wxRig) wxReply {
		return r.get("/v3/marketing/favor/stocks?offset=0&limit=10&stock_creator_mchid=1900000001&create_start_time=2026-01-01")
	}},
	{"time_format", "a plus sign that was not escaped", func(r *wxRig) wxReply {
		return r.get("/v3/marketing/favor/stocks?offset=0&limit=10&stock_creator_mchid=1900000001&create_end_time=2026-01-01T00:00:00+08:00")
	}},
	{"stock_status", "an unknown status filter", func(r *wxRig) wxReply {
		return r.get("/v3/marketing/favor/stocks?offset=0&limit=10&stock_creator_mchid=1900000001&status=stopped")
	}},
	{"stock_status", "restarting a running stock", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: "/v3/marketing/favor/stocks/9856000/restart", body: `{"stock_creator_mchid":"1900000001"}`})
	}},
	{"param_error", "no JSON", func(r *wxRig) wxReply { return r.do(wxRequest{method: "POST", path: wxUser, body: "stock_id=1"}) }},
	{"param_error", "two JSON objects", func(r *wxRig) wxReply { return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil) + "{}"}) }},
	{"param_error", "a misspelt field", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"coupon_vlaue": 100}) }},
	{"param_error", "a number where text belongs", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": 9856000}) }},
	{"param_error", "a stock_id that is too long", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": strings.Repeat("9", 21)}) }},
	{"param_error", "an appid that is too long", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"appid": strings.Repeat("w", 129)}) }},
	{"param_error", "no out_request_no", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"out_request_no": nil}) }},
	{"param_error", "a point in out_request_no", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"out_request_no": "N.1"}) }},
	{"param_error", "an out_request_no that is too long", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"out_request_no": strings.Repeat("N", 129)})
	}},
	{"param_error", "a creator that does not own the stock", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_creator_mchid": "1900000002"})
	}},
	{"param_error", "coupon_value for a fixed stock", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"coupon_value": 1000}) }},
	{"param_error", "coupon_minimum for a fixed stock", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"coupon_minimum": 0}) }},
	{"param_error", "no coupon_value for a custom stock", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": "9856002"}) }},
	{"param_error", "a coupon_value below the range", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856002", "coupon_value": 99, "coupon_minimum": 100})
	}},
	{"param_error", "a coupon_value above the range", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856002", "coupon_value": 2001, "coupon_minimum": 3000})
	}},
	{"param_error", "a coupon_minimum below the value", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856002", "coupon_value": 500, "coupon_minimum": 499})
	}},
	{"param_error", "a coupon_value in yuan", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856002", "coupon_value": 5.5, "coupon_minimum": 1000})
	}},
	{"param_error", "a negative coupon_value", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856002", "coupon_value": -1, "coupon_minimum": 1000})
	}},
	{"param_error", "a stock of another kind", func(r *wxRig) wxReply {
		r.patch("9856000", `{"stock_type":"DISCOUNT_CUT"}`)
		return r.send("oABC", nil)
	}},
	{"param_error", "coupons of nobody's", func(r *wxRig) wxReply { return r.get(wxUser + "?appid=wx0123456789abcdef") }},
	{"number_reused", "a known number for someone else", func(r *wxRig) wxReply {
		r.send("oABC", nil)
		return r.send("oDEF", nil)
	}},
	{"openid_invalid", "an openid with a slash", func(r *wxRig) wxReply { return r.send("o/ABC", nil) }},
	{"mch_not_exists", "a creator nobody knows", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_creator_mchid": "1900000099"})
	}},
	{"mchid_invalid", "a creator that is no number", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_creator_mchid": "me"})
	}},
	{"openid_appid_mismatch", "an openid of another appid", func(r *wxRig) wxReply { return r.send("other_ABC", nil) }},
	{"stock_not_running", "a stock not yet started", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": "9856005"}) }},
	{"stock_not_running", "a paused stock", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": "9856007"}) }},
	{"http_rules", "no User-Agent", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil), header: map[string]string{"User-Agent": ""}})
	}},
	{"http_rules", "an answer wanted in XML", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil), header: map[string]string{"Accept": "text/xml"}})
	}},
	{"http_rules", "a form", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
	}},
	{"month_limit", "more than 5000 yuan in a month", func(r *wxRig) wxReply {
		r.patch("9856003", `{"max_amount_by_day":0,"coupon_amount":250000,"max_amount":1000000000}`)
		for _, no := range []string{"N-1", "N-2"} {
			r.send("oABC", map[string]any{"stock_id": "9856003", "out_request_no": no})
		}
		return r.send("oABC", map[string]any{"stock_id": "9856004", "out_request_no": "N-3"})
	}},
	{"appid_mchid_not_match", "another appid", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"appid": "wx0"}) }},
	{"sign_error", "no Authorization", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil), authorization: func([]string) string { return "" }})
	}},
	{"sign_clock", "a slow clock", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: wxUser, body: wxBody(nil), timestamp: r.now().Unix() - 301})
	}},
	{"sign_serial", "another certificate", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "GET", path: "/v3/certificates", authorization: func(f []string) string {
			return wxScheme + " " + strings.ReplaceAll(strings.Join(f, ","), r.pay.SerialNo(), "00")
		}})
	}},
	{"sign_mchid", "another merchant", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "GET", path: "/v3/certificates", authorization: func(f []string) string {
			return wxScheme + " " + strings.ReplaceAll(strings.Join(f, ","), r.pay.MchID(), "1900000099")
		}})
	}},
	{"rule_limit", "one more than a user may have", func(r *wxRig) wxReply {
		r.patch("9856000", `{"max_coupons_per_user":1}`)
		r.send("oABC", nil)
		return r.send("oABC", map[string]any{"out_request_no": "N-2"})
	}},
	{"user_abnormal", "a judged abuser", func(r *wxRig) wxReply { return r.send("abuse_ABC", nil) }},
	{"not_enough", "the last coupon is gone", func(r *wxRig) wxReply {
		r.patch("9856004", `{"max_amount":0}`)
		for _, no := range []string{"N-1", "N-2", "N-3"} {
			r.send("oABC", map[string]any{"stock_id": "9856004", "out_request_no": no})
		}
		return r.send("oABC", map[string]any{"stock_id": "9856004", "out_request_no": "N-4"})
	}},
	{"not_enough", "the money is gone", func(r *wxRig) wxReply {
		r.patch("9856000", `{"max_amount":999}`)
		return r.send("oABC", nil)
	}},
	{"day_limit", "the day's money is gone", func(r *wxRig) wxReply {
		r.patch("9856000", `{"max_amount_by_day":1500}`)
		r.send("oABC", nil)
		return r.send("oABC", map[string]any{"out_request_no": "N-2"})
	}},
	{"no_permission", "the product is not open", func(r *wxRig) wxReply {
		r.control("PATCH", "settings", `{"no_permission":true}`, nil)
		return r.send("oABC", nil)
	}},
	{"not_authorised", "another merchant's stock that does not list this one", func(r *wxRig) wxReply {
		r.patch("9856001", `{"senders":["1900000003"]}`)
		return r.send("oABC", map[string]any{"stock_id": "9856001", "stock_creator_mchid": "1900000002"})
	}},
	{"not_authorised", "pausing another merchant's stock", func(r *wxRig) wxReply {
		return r.do(wxRequest{method: "POST", path: "/v3/marketing/favor/stocks/9856001/pause", body: `{"stock_creator_mchid":"1900000002"}`})
	}},
	{"no_cross_merchant", "another merchant's stock that is closed to others", func(r *wxRig) wxReply {
		r.patch("9856001", `{"cross_merchant":false}`)
		return r.send("oABC", map[string]any{"stock_id": "9856001", "stock_creator_mchid": "1900000002"})
	}},
	{"request_blocked_user", "a restricted user", func(r *wxRig) wxReply { return r.send("blocked_ABC", nil) }},
	{"request_blocked_window", "a stock whose window has ended", func(r *wxRig) wxReply {
		return r.send("oABC", map[string]any{"stock_id": "9856006"})
	}},
	{"request_blocked_window", "a running stock before its window", func(r *wxRig) wxReply {
		r.patch("9856005", `{"status":"running"}`)
		return r.send("oABC", map[string]any{"stock_id": "9856005"})
	}},
	{"stock_not_found", "an unknown stock", func(r *wxRig) wxReply { return r.send("oABC", map[string]any{"stock_id": "1"}) }},
	{"stock_not_found", "a query of an unknown stock", func(r *wxRig) wxReply {
		return r.get("/v3/marketing/favor/stocks/1?stock_creator_mchid=1900000001")
	}},
	{"coupon_not_found", "an unknown coupon", func(r *wxRig) wxReply { return r.get(wxUser + "/1?appid=wx0123456789abcdef") }},
	{"coupon_not_found", "someone else's coupon", func(r *wxRig) wxReply {
		id := r.send("oDEF", nil).field("coupon_id")
		return r.get(wxUser + "/" + id + "?appid=wx0123456789abcdef")
	}},
	{"certificate_none", "platform certificates", func(r *wxRig) wxReply { return r.get("/v3/certificates") }},
	{"path_unknown", "a path that is nowhere", func(r *wxRig) wxReply { return r.get("/v3/marketing/favor/nothing") }},
	{"path_unknown", "a method that is not offered", func(r *wxRig) wxReply { return r.do(wxRequest{method: "PUT", path: wxUser}) }},
	{"frequency_limit_exceed", "more sends in a second than allowed", func(r *wxRig) wxReply {
		r.control("PATCH", "settings", `{"rate_limit":1}`, nil)
		r.send("other_ABC", nil)
		return r.send("oABC", map[string]any{"out_request_no": "N-2"})
	}},
}

func TestWeChatPayRefusesForRealReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range wxRealRefusals {
		seen[c.row] = true
		t.Run(c.row+": "+c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			wxExpectRow(t, rig, c.row, c.bring(rig))
		})
	}
	for _, row := range wxErrors {
		if (row.When != "") != seen[row.Name] {
			t.Errorf("row %s: a real reason is named: %v, and tested: %v", row.Name, row.When != "", seen[row.Name])
		}
	}
}

// wxExpectRow fails unless an answer is that row, well signed, with its number.
func wxExpectRow(t *testing.T, rig *wxRig, name string, got wxReply) {
	t.Helper()
	row, ok := wxErrorNamed(name)
	if !ok {
		t.Fatalf("no row %q", name)
	}
	want := wxReply{Status: row.Status}
	if got.Err != nil || got.Status != want.Status || got.field("code") != row.Code || got.field("message") != row.Message {
		t.Errorf("got %d %s (%v), want %d %s %s", got.Status, got.Body, got.Err, row.Status, row.Code, row.Message)
	}
	if got.number() != strconv.FormatInt(row.Number, 10) {
		t.Errorf("Request-ID %q, want it to end in -%d", got.Header.Get("Request-ID"), row.Number)
	}
	if err := rig.verified(got); err != nil {
		t.Errorf("the refusal is not well signed: %v", err)
	}
}

func TestWeChatPayRefusesEveryRowOnDemand(t *testing.T) {
	rig := wxNewRig(t, nil)
	for _, row := range wxErrors {
		t.Run(row.Name, func(t *testing.T) {
			rig.fault(WeChatFault{Kind: row.Name, Calls: 1, Endpoint: "send"})
			got := rig.send("oABC", map[string]any{"out_request_no": "N-" + row.Name})
			wxExpectRow(t, rig, row.Name, got)
			if rig.coupons() != 0 {
				t.Errorf("%d coupons were issued", rig.coupons())
			}
		})
	}
	if r := rig.send("oABC", nil); r.Status != 200 {
		t.Errorf("after the last fault: %d %s", r.Status, r.Body)
	}
}

func TestWeChatPayRefusalsReachTheSDK(t *testing.T) {
	rig := wxNewRig(t, wxRealTime)
	service := cashcoupons.CouponApiService{Client: rig.sdk()}
	_, _, err := service.SendCoupon(t.Context(), wxSDKSend("N-1", "other_ABC"))
	refusal, ok := errors.AsType[*core.APIError](err)
	if !ok || refusal.StatusCode != 400 || refusal.Code != "INVALID_REQUEST" || refusal.Message != "openid与appID不匹配" {
		t.Fatalf("got %v", err)
	}
	if id := refusal.Header.Get("Request-ID"); !strings.HasSuffix(id, "-270079501") {
		t.Errorf("Request-ID %q", id)
	}
}

func TestWeChatPayAnswersARowOfOnesOwn(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.fault(WeChatFault{Kind: "error", Calls: 1, Status: 409, Code: "NEW_CODE", Message: "新的错误", Number: 42})
	r := rig.send("oABC", nil)
	if r.Status != 409 || r.field("code") != "NEW_CODE" || r.field("message") != "新的错误" || r.number() != "42" {
		t.Errorf("got %d …-%s %s", r.Status, r.number(), r.Body)
	}
	rig.fault(WeChatFault{Kind: "rule_limit", Calls: 1, Status: 400})
	if r := rig.send("oABC", nil); r.Status != 400 || r.field("code") != "RULE_LIMIT" {
		t.Errorf("a row with another status: got %d %s", r.Status, r.Body)
	}
}

func TestWeChatPayErrorTableHasNoTwins(t *testing.T) {
	names := map[string]bool{}
	for _, kind := range WeChatFaultKinds() {
		if names[kind.Name] {
			t.Errorf("%q is there twice", kind.Name)
		}
		names[kind.Name] = true
		if _, err := json.Marshal(kind); err != nil {
			t.Errorf("%q: %v", kind.Name, err)
		}
	}
}
