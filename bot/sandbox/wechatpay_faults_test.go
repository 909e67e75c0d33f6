package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What each fault does to a send, and whether a coupon exists afterwards.
var wxFaultTable = []struct {
	kind   string
	issued bool
	looks  func(*wxRig, wxReply) bool
}{
	{"slow", true, wxGood},
	{"slow_after_commit", true, wxGood},
	{"drop_before_commit", false, wxHungUp},
	{"drop_after_commit", true, wxHungUp},
	{"system_error_after_commit", true, func(rig *wxRig, r wxReply) bool {
		return r.Status == 500 && r.field("code") == "SYSTEM_ERROR" && rig.verified(r) == nil
	}},
	{"bad_gateway_before_commit", false, wxGateway(502)},
	{"bad_gateway_after_commit", true, wxGateway(502)},
	{"html_404_before_commit", false, wxGateway(404)},
	{"html_404_after_commit", true, wxGateway(404)},
	{"accepted_before_commit", false, func(_ *wxRig, r wxReply) bool { return r.Status == 202 && r.Body == "" }},
	{"accepted_after_commit", true, func(_ *wxRig, r wxReply) bool { return r.Status == 202 && r.Body == "" }},
	{"redirect", false, func(_ *wxRig, r wxReply) bool { return r.Status == 307 && r.Header.Get("Location") != "" }},
	{"probe_signature", true, func(rig *wxRig, r wxReply) bool {
		return r.Status == 200 && strings.HasPrefix(r.Header.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/") && rig.verified(r) != nil
	}},
	{"wrong_signature", true, func(rig *wxRig, r wxReply) bool {
		return r.Status == 200 && r.Header.Get("Wechatpay-Signature") != "" && rig.verified(r) != nil
	}},
	{"no_signature", true, func(_ *wxRig, r wxReply) bool {
		_, signed := r.Header["Wechatpay-Signature"]
		return r.Status == 200 && !signed
	}},
	{"unknown_serial", true, func(rig *wxRig, r wxReply) bool {
		return r.Status == 200 && r.Header.Get("Wechatpay-Serial") != rig.pay.PublicKeyID()
	}},
	{"skewed_timestamp", true, func(rig *wxRig, r wxReply) bool {
		err := rig.verified(r)
		return r.Status == 200 && err != nil && strings.Contains(err.Error(), "timestamp is 10m")
	}},
	{"skewed_date", true, func(rig *wxRig, r wxReply) bool {
		date, err := http.ParseTime(r.Header.Get("Date"))
		return err == nil && date.Equal(rig.now().Add(10*time.Minute)) && rig.verified(r) == nil
	}},
	{"empty_object", true, func(rig *wxRig, r wxReply) bool { return r.Status == 200 && r.Body == "{}" && rig.verified(r) == nil }},
	{"empty_body", true, func(rig *wxRig, r wxReply) bool { return r.Status == 200 && r.Body == "" && rig.verified(r) == nil }},
	{"cut_body", true, func(_ *wxRig, r wxReply) bool {
		return r.Status == 200 && r.Err != nil && strings.HasPrefix(r.Body, "{")
	}},
}

func wxGood(rig *wxRig, r wxReply) bool {
	return r.Status == 200 && r.field("coupon_id") != "" && rig.verified(r) == nil
}

func wxHungUp(_ *wxRig, r wxReply) bool { return r.Err != nil && r.Status == 0 }

func wxGateway(status int) func(*wxRig, wxReply) bool {
	return func(_ *wxRig, r wxReply) bool {
		return r.Status == status && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && strings.Contains(r.Body, "<html>") && r.Header.Get("Request-ID") == ""
	}
}

func TestWeChatPayFaults(t *testing.T) {
	for _, c := range wxFaultTable {
		t.Run(c.kind, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			rig.pay.wait = func(time.Duration) {}
			rig.fault(WeChatFault{Kind: c.kind, Calls: 1})
			r := rig.send("oABC", nil)
			if !c.looks(rig, r) {
				t.Errorf("got %d %q %v (%v)", r.Status, r.Body, r.Header, r.Err)
			}
			if issued := rig.coupons() == 1; issued != c.issued {
				t.Errorf("a coupon exists: %v, want %v", issued, c.issued)
			}
			again := rig.send("oABC", nil)
			if !wxGood(rig, again) || rig.coupons() != 1 {
				t.Errorf("the same number again: %d %s (%v), %d coupons", again.Status, again.Body, again.Err, rig.coupons())
			}
			if got := rig.pay.Coupons()[0].ID; got != again.field("coupon_id") {
				t.Errorf("the second answer names %s, the coupon is %s", again.field("coupon_id"), got)
			}
		})
	}
	for _, kind := range wxTransportFaults {
		known := false
		for _, c := range wxFaultTable {
			known = known || c.kind == kind.Name
		}
		if !known {
			t.Errorf("no test says what %s does", kind.Name)
		}
	}
}

func TestWeChatPayDelays(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   string
		ms     int64
		waits  []time.Duration
		during []int // coupons that exist during each wait
	}{
		{"the base latency comes before the coupon", "", 0, []time.Duration{20 * time.Millisecond, 0}, []int{0, 1}},
		{"a slow call is slow before the coupon", "slow", 0, []time.Duration{3020 * time.Millisecond, 0}, []int{0, 1}},
		{"a late answer is late after the coupon", "slow_after_commit", 500, []time.Duration{20 * time.Millisecond, 500 * time.Millisecond}, []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, func(o *WeChatPayOptions) { o.Settings.LatencyMs = 20 })
			var waits []time.Duration
			var during []int
			rig.pay.wait = func(d time.Duration) {
				waits = append(waits, d)
				during = append(during, rig.coupons())
			}
			if c.kind != "" {
				rig.fault(WeChatFault{Kind: c.kind, Calls: 1, Ms: c.ms})
			}
			if r := rig.send("oABC", nil); r.Status != 200 {
				t.Fatalf("got %d %s", r.Status, r.Body)
			}
			for i := range c.waits {
				if i >= len(waits) || waits[i] != c.waits[i] || during[i] != c.during[i] {
					t.Fatalf("waited %v with %v coupons, want %v with %v", waits, during, c.waits, c.during)
				}
			}
		})
	}
}

func TestWeChatPayFaultsChooseTheirCalls(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  WeChatFault
		openid string
		change map[string]any
		meets  bool
	}{
		{"everything", WeChatFault{}, "oABC", nil, true},
		{"this openid", WeChatFault{Openid: "oABC"}, "oABC", nil, true},
		{"another openid", WeChatFault{Openid: "oDEF"}, "oABC", nil, false},
		{"this stock", WeChatFault{StockID: "9856000"}, "oABC", nil, true},
		{"another stock", WeChatFault{StockID: "9856004"}, "oABC", nil, false},
		{"this number", WeChatFault{OutRequestNo: "N-1"}, "oABC", nil, true},
		{"another number", WeChatFault{OutRequestNo: "N-2"}, "oABC", nil, false},
		{"this endpoint", WeChatFault{Endpoint: "send"}, "oABC", nil, true},
		{"another endpoint", WeChatFault{Endpoint: "query_stock"}, "oABC", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			c.fault.Kind = "not_enough"
			rig.fault(c.fault)
			if r := rig.send(c.openid, c.change); (r.Status == 403) != c.meets {
				t.Errorf("got %d %s, the fault should meet it: %v", r.Status, r.Body, c.meets)
			}
		})
	}
}

func TestWeChatPayFaultsEnd(t *testing.T) {
	rig := wxNewRig(t, nil)
	status := func(no string) int { return rig.send("oABC", map[string]any{"out_request_no": no}).Status }
	rig.fault(WeChatFault{Kind: "system_error", Calls: 2})
	if a, b, c := status("N-1"), status("N-2"), status("N-3"); a != 500 || b != 500 || c != 200 {
		t.Errorf("for two calls: got %d %d %d", a, b, c)
	}
	rig.fault(WeChatFault{Kind: "system_error"})
	if a, b := status("N-4"), status("N-5"); a != 500 || b != 500 {
		t.Errorf("for all calls: got %d %d", a, b)
	}
	if cleared := rig.pay.ClearFaults(0); cleared != 1 {
		t.Errorf("cleared %d faults", cleared)
	}
	if got := status("N-4"); got != 200 {
		t.Errorf("after clearing: got %d", got)
	}
}

func TestWeChatPayGoesOnWhenTheCallerHangsUp(t *testing.T) {
	rig := wxNewRig(t, nil)
	held, release := rig.holdFirst()
	ended := make(chan wxReply)
	go func() { ended <- rig.send("oABC", nil) }()
	<-held
	rig.server.CloseClientConnections()
	if r := <-ended; r.Err == nil {
		t.Fatalf("the caller still got %d", r.Status)
	}
	if rig.coupons() != 0 {
		t.Fatal("the coupon was there too early for this test")
	}
	close(release)
	for deadline := time.Now().Add(5 * time.Second); rig.coupons() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the lost call never issued its coupon")
		}
	}
	if r := rig.send("oABC", nil); r.Status != 200 || r.field("coupon_id") != rig.pay.Coupons()[0].ID || rig.coupons() != 1 {
		t.Errorf("asked again: %d %s, %d coupons", r.Status, r.Body, rig.coupons())
	}
}
