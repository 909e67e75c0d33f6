package sandbox

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWeChatPaySurvivesARestart(t *testing.T) {
	rig := wxNewRig(t, func(o *WeChatPayOptions) { o.APIv3Key = strings.Repeat("k", 32) })
	issued := rig.send("oABC", nil)
	rig.send("abuse_X", map[string]any{"out_request_no": "N-2"})
	rig.patch("9856000", `{"max_coupons_per_user":2,"max_amount_by_day":2000}`)
	rig.control("PATCH", "settings", `{"rate_limit":100,"hide_out_request_no":true}`, nil)
	rig.fault(WeChatFault{Kind: "system_error"})
	saved, err := rig.pay.Save()
	if err != nil {
		t.Fatal(err)
	}
	other := wxNewRig(t, func(o *WeChatPayOptions) { o.MchID = "1900000007" })
	if err := other.pay.Load(saved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rig.pay.Coupons(), other.pay.Coupons()); diff != "" {
		t.Error(diff)
	}
	resaved, err := other.pay.Save()
	if err != nil || string(resaved) != string(saved) {
		t.Errorf("saving what was loaded gives something else (%v)", err)
	}
	if string(other.pay.MerchantKeyPEM()) != string(rig.pay.MerchantKeyPEM()) || other.pay.MchID() != rig.pay.MchID() {
		t.Error("the merchant is another one")
	}
	if r := other.send("oABC", nil); r.Body != issued.Body {
		t.Errorf("the same number after the restart: %d %s, want %s", r.Status, r.Body, issued.Body)
	}
	second := other.send("oABC", map[string]any{"out_request_no": "N-3"})
	if second.Status != 200 || second.field("coupon_id") == issued.field("coupon_id") {
		t.Errorf("the next number: %d %s", second.Status, second.Body)
	}
	wxExpectRow(t, other, "rule_limit", other.send("oABC", map[string]any{"out_request_no": "N-4"}))
	wxExpectRow(t, other, "day_limit", other.send("oDEF", map[string]any{"out_request_no": "N-4"}))
}

func TestWeChatPayRefusesABrokenSave(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.send("oABC", nil)
	saved, err := rig.pay.Save()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(map[string]any)
	}{
		{"of another format", func(m map[string]any) { m["format"] = 99 }},
		{"without a key", func(m map[string]any) { m["platform_key"] = "" }},
		{"with a coupon of no stock", func(m map[string]any) { m["stocks"] = []any{} }},
		{"with a number twice", func(m map[string]any) { m["numbers"] = append(m["numbers"].([]any), m["numbers"].([]any)[0]) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m map[string]any
			if err := json.Unmarshal(saved, &m); err != nil {
				t.Fatal(err)
			}
			c.spoil(m)
			spoilt, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := rig.pay.Load(spoilt); err == nil {
				t.Error("it was loaded")
			}
			if rig.coupons() != 1 {
				t.Error("the state changed")
			}
		})
	}
	if err := rig.pay.Load(saved[:len(saved)/2]); err == nil {
		t.Error("half a save was loaded")
	}
}
