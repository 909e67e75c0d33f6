package sandbox

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWeChatPayShowsItsState(t *testing.T) {
	rig := wxNewRig(t, nil)
	for i := range 5 {
		rig.send("o"+strconv.Itoa(i%2), map[string]any{"out_request_no": "N-" + strconv.Itoa(i)})
	}
	rig.send("abuse_X", map[string]any{"out_request_no": "N-5"})
	rig.send("o0", map[string]any{"out_request_no": "N-0"})
	rig.fault(WeChatFault{Kind: "slow", Ms: 5, Openid: "nobody"})

	state := func(query string) wxWorld {
		t.Helper()
		var s wxWorld
		if status := rig.control("GET", "state?"+query, "", &s); status != 200 {
			t.Fatalf("state?%s: %d", query, status)
		}
		return s
	}
	couponsOf := func(s wxWorld) []string {
		got := []string{}
		for _, c := range s.Coupons.Items {
			got = append(got, c.OutRequestNo)
		}
		return got
	}
	s := state("")
	if s.MchID != rig.pay.MchID() || s.AppID != rig.pay.AppID() || len(s.Stocks) != 8 || len(s.Faults) != 1 || s.Version == 0 {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]string{"N-4", "N-3", "N-2", "N-1", "N-0"}, couponsOf(s)); diff != "" {
		t.Error(diff)
	}
	if len(s.Numbers.Items) != 0 || s.Numbers.Total != 6 {
		t.Errorf("numbers come unasked: %+v", s.Numbers)
	}
	last, refused := s.Calls.Items[0], s.Calls.Items[1]
	if last.OutRequestNo != "N-0" || last.Status != 200 || !strings.HasSuffix(last.RequestID, "-0") || last.Path != "/v3/marketing/favor/users/o0/coupons" {
		t.Errorf("the last call: %+v", last)
	}
	if refused.Status != 403 || refused.Code != "USER_ACCOUNT_ABNORMAL" || refused.Openid != "abuse_X" {
		t.Errorf("the call before: %+v", refused)
	}

	first := state("coupons=2")
	next := state("coupons=2&coupons_before=" + strconv.Itoa(first.Coupons.Before))
	end := state("coupons=2&coupons_before=" + strconv.Itoa(next.Coupons.Before))
	if diff := cmp.Diff([][]string{{"N-4", "N-3"}, {"N-2", "N-1"}, {"N-0"}}, [][]string{couponsOf(first), couponsOf(next), couponsOf(end)}); diff != "" {
		t.Error(diff)
	}
	if end.Coupons.Before != 0 {
		t.Errorf("the last page points on to %d", end.Coupons.Before)
	}
	if diff := cmp.Diff([]string{"N-3", "N-1"}, couponsOf(state("openid=o1"))); diff != "" {
		t.Error(diff)
	}
	n := state("out_request_no=N-0").Numbers.Items
	if len(n) != 1 || n[0].Calls != 2 || n[0].Coupons != 1 || n[0].CouponID == "" {
		t.Errorf("number N-0: %+v", n)
	}
	if n := state("out_request_no=N-5").Numbers.Items; len(n) != 1 || n[0].Calls != 1 || n[0].Coupons != 0 {
		t.Errorf("number N-5: %+v", n)
	}
}

func TestWeChatPayKeepsItsLastCallsOnly(t *testing.T) {
	rig := wxNewRig(t, nil)
	for i := range wxCallsKept + 5 {
		rig.pay.calls.add(WeChatCall{Status: 200, Path: strconv.Itoa(i)})
	}
	var got []string
	for query := "state?calls=1000"; query != ""; {
		var s wxWorld
		rig.control("GET", query, "", &s)
		for _, c := range s.Calls.Items {
			got = append(got, c.Path)
		}
		query = ""
		if s.Calls.Before > 0 {
			query = "state?calls=1000&calls_before=" + strconv.Itoa(s.Calls.Before)
		}
	}
	if len(got) != wxCallsKept || got[0] != strconv.Itoa(wxCallsKept+4) || got[len(got)-1] != "5" {
		t.Errorf("got %d calls from %s back to %s", len(got), got[0], got[len(got)-1])
	}
}

func TestWeChatPayRefusesNonsenseFromItsOperator(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"an unknown fault", "POST", "faults", `{"kind":"earthquake"}`, 400},
		{"a fault at an unknown endpoint", "POST", "faults", `{"kind":"slow","endpoint":"refund"}`, 400},
		{"a fault with an unknown field", "POST", "faults", `{"kind":"slow","second":1}`, 400},
		{"a fault for minus one calls", "POST", "faults", `{"kind":"slow","calls":-1}`, 400},
		{"a negative delay", "POST", "faults", `{"kind":"slow","ms":-1}`, 400},
		{"a fault with a status that is no error", "POST", "faults", `{"kind":"error","status":200}`, 400},
		{"a negative skew is fine", "POST", "faults", `{"kind":"skewed_date","ms":-90000}`, 200},
		{"a fault that is not there", "DELETE", "faults/7", "", 404},
		{"an unknown stock", "PATCH", "stocks/1", `{}`, 404},
		{"an unknown status", "PATCH", "stocks/9856000", `{"status":"stopped"}`, 400},
		{"a window that ends before it begins", "PATCH", "stocks/9856000", `{"available_end_time":"2020-01-01T00:00:00Z"}`, 400},
		{"another id", "PATCH", "stocks/9856000", `{"stock_id":"1"}`, 400},
		{"a field no stock has", "PATCH", "stocks/9856000", `{"budget":1}`, 400},
		{"an unknown coupon", "POST", "coupons/1", `{"status":"USED"}`, 404},
		{"an unknown coupon status", "POST", "coupons/1", `{"status":"GONE"}`, 400},
		{"a negative latency", "PATCH", "settings", `{"latency_ms":-1}`, 400},
		{"too long a page", "GET", "state?coupons=1001", "", 400},
		{"a page that is no number", "GET", "state?calls_before=x", "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			var answer struct {
				Error string `json:"error"`
			}
			if status := rig.control(c.method, c.path, c.body, &answer); status != c.status || (answer.Error == "") != (status == 200) {
				t.Errorf("got %d %q, want %d", status, answer.Error, c.status)
			}
		})
	}
	t.Run("a body that does not say it is JSON", func(t *testing.T) {
		rig := wxNewRig(t, nil)
		r, err := rig.server.Client().Post(rig.server.URL+"/sandbox/wechatpay/faults", "text/plain", strings.NewReader(`{"kind":"slow"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 400 {
			t.Errorf("got %d", r.StatusCode)
		}
	})
}

func TestWeChatPayListsAndRemovesFaults(t *testing.T) {
	rig := wxNewRig(t, nil)
	var one, two WeChatFault
	rig.control("POST", "faults", `{"kind":"not_enough","stock_id":"9856000"}`, &one)
	rig.control("POST", "faults", `{"kind":"drop_after_commit","calls":3}`, &two)
	rig.send("oABC", nil)
	var list struct {
		Active    []WeChatFault
		Catalogue []WeChatFaultKind
	}
	rig.control("GET", "faults", "", &list)
	one.Met = 1
	if diff := cmp.Diff([]WeChatFault{one, two}, list.Active); diff != "" {
		t.Error(diff)
	}
	rows := 0
	for _, kind := range list.Catalogue {
		if kind.Error != nil {
			rows++
		}
	}
	if rows != len(wxErrors) || len(list.Catalogue) != rows+len(wxTransportFaults)+1 {
		t.Errorf("the catalogue has %d kinds, %d of them rows", len(list.Catalogue), rows)
	}
	if status := rig.control("DELETE", "faults/"+strconv.Itoa(one.ID), "", nil); status != 200 {
		t.Errorf("DELETE: %d", status)
	}
	rig.control("DELETE", "faults", "", nil)
	rig.control("GET", "faults", "", &list)
	if len(list.Active) != 0 {
		t.Errorf("still active: %v", list.Active)
	}
}

func TestWeChatPaySumsUp(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.send("oABC", nil)
	rig.send("oABC", nil)
	rig.send("oABC", map[string]any{"out_request_no": "N-2"})
	rig.send("oDEF", map[string]any{"out_request_no": "N-3"})
	rig.send("abuse_X", map[string]any{"out_request_no": "N-4"})
	rig.fault(WeChatFault{Kind: "drop_before_commit", Calls: 1})
	rig.send("oDEF", map[string]any{"out_request_no": "N-5"})
	rig.get("/v3/certificates")
	want := WeChatStats{
		Calls: 7, ByStatus: map[string]int{"0": 1, "200": 4, "403": 1, "404": 1},
		ByCode: map[string]int{"USER_ACCOUNT_ABNORMAL": 1, "RESOURCE_NOT_EXISTS": 1}, ByEndpoint: map[string]int{"send": 6, "certificates": 1},
		MaxSendsInASecond: 6, Numbers: 5, Coupons: 3, CouponsPerPair: map[string]int{"1": 1, "2": 1},
	}
	var got struct {
		WeChatStats
		Pair int `json:"pair"`
	}
	rig.control("GET", "stats?openid=oABC&stock_id=9856000", "", &got)
	if diff := cmp.Diff(want, got.WeChatStats); diff != "" {
		t.Error(diff)
	}
	if got.Pair != 2 {
		t.Errorf("oABC has %d of 9856000, want 2", got.Pair)
	}
}

func TestWeChatPayMarksCoupons(t *testing.T) {
	rig := wxNewRig(t, nil)
	id := rig.send("oABC", nil).field("coupon_id")
	for _, status := range []string{"USED", "EXPIRED", "SENDED"} {
		rig.control("POST", "coupons/"+id, `{"status":"`+status+`"}`, nil)
		if r := rig.get(wxUser + "/" + id + "?appid=wx0123456789abcdef"); r.field("status") != status {
			t.Errorf("got %s, want %s", r.Body, status)
		}
	}
}

func TestWeChatPayPatchesAStockAndNothingElse(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.send("oABC", nil)
	var before wxWorld
	rig.control("GET", "state", "", &before)
	var got WeChatStock
	rig.control("PATCH", "stocks/9856000", `{"max_coupons":9,"status":"paused","distributed_coupons":77}`, &got)
	want := before.Stocks[0]
	want.MaxCoupons, want.Status = 9, "paused"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Distributed != 1 || got.Spent != 1000 {
		t.Errorf("the sums moved: %+v", got)
	}
}
