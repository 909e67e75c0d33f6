package sandbox

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWeChatPayIssuesWhatWasAsked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change map[string]any
		want   WeChatCoupon
	}{
		{"a fixed coupon has its stock's value", nil, WeChatCoupon{StockID: "9856000", Creator: "1900000001", Value: 1000, Minimum: 2000}},
		{"another merchant's stock", map[string]any{"stock_id": "9856001", "stock_creator_mchid": "1900000002"},
			WeChatCoupon{StockID: "9856001", Creator: "1900000002", Value: 500, Minimum: 1000}},
		{"a custom coupon has the value it was sent with", map[string]any{"stock_id": "9856002", "coupon_value": 350, "coupon_minimum": 350},
			WeChatCoupon{StockID: "9856002", Creator: "1900000001", Value: 350, Minimum: 350}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			r := rig.send("oABC", c.change)
			if r.Status != 200 {
				t.Fatalf("got %d %s", r.Status, r.Body)
			}
			c.want.ID, c.want.Openid, c.want.OutRequestNo, c.want.Status = r.field("coupon_id"), "oABC", "N-1", "SENDED"
			c.want.AppID, c.want.Sender, c.want.CreateTime = rig.pay.AppID(), rig.pay.MchID(), rig.now()
			if diff := cmp.Diff([]WeChatCoupon{c.want}, rig.pay.Coupons()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWeChatPayIssuesOnceForFiftyCallsAtOnce(t *testing.T) {
	rig := wxNewRig(t, func(o *WeChatPayOptions) { o.Settings.LatencyMs = 1 })
	replies := make([]wxReply, 50)
	var all sync.WaitGroup
	for i := range replies {
		all.Go(func() { replies[i] = rig.send("oABC", nil) })
	}
	all.Wait()
	for _, r := range replies {
		if r.Status != 200 || r.field("coupon_id") != replies[0].field("coupon_id") {
			t.Fatalf("got %d %s, and elsewhere %s", r.Status, r.Body, replies[0].Body)
		}
	}
	s := rig.pay.Stats()
	if s.Coupons != 1 || s.Numbers != 1 || s.NumbersWithSeveral != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestWeChatPayTakesCallsWithOneNumberOneAfterAnother(t *testing.T) {
	keys, err := wxTestKeys()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		pay, err := NewWeChatPay(WeChatPayOptions{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		rig := &wxRig{t: t, pay: pay}
		held, release := rig.holdFirst()
		answers := make([]*httptest.ResponseRecorder, 2)
		call := func(i int) {
			r, err := rig.signed(wxRequest{method: "POST", path: wxUser, body: wxBody(nil)})
			if err != nil {
				t.Error(err)
				return
			}
			r.RequestURI = r.URL.RequestURI()
			answers[i] = httptest.NewRecorder()
			pay.ServeHTTP(answers[i], r)
		}
		go call(0)
		<-held
		go call(1)
		synctest.Wait()
		if got := pay.Stats(); got.Coupons != 0 || got.Calls != 0 {
			t.Errorf("the second call overtook the first: %+v", got)
		}
		close(release)
		synctest.Wait()
		if answers[0].Code != 200 || answers[0].Body.String() != answers[1].Body.String() {
			t.Errorf("got %d %s and %d %s", answers[0].Code, answers[0].Body, answers[1].Code, answers[1].Body)
		}
	})
}

func TestWeChatPayRefusesAKnownNumberWithOtherContents(t *testing.T) {
	base := map[string]any{"stock_id": "9856002", "coupon_value": 500, "coupon_minimum": 1000}
	for _, c := range []struct {
		name, openid string
		change       map[string]any
	}{
		{"another openid", "oDEF", nil},
		{"another stock", "oABC", map[string]any{"stock_id": "9856000", "coupon_value": nil, "coupon_minimum": nil}},
		{"another appid", "oABC", map[string]any{"appid": "wx0"}},
		{"another creator", "oABC", map[string]any{"stock_creator_mchid": "1900000002"}},
		{"another value", "oABC", map[string]any{"coupon_value": 501}},
		{"another minimum", "oABC", map[string]any{"coupon_minimum": 1001}},
		{"no value", "oABC", map[string]any{"coupon_value": nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			if r := rig.send("oABC", base); r.Status != 200 {
				t.Fatalf("got %d %s", r.Status, r.Body)
			}
			changed := map[string]any{}
			for k, v := range base {
				changed[k] = v
			}
			for k, v := range c.change {
				changed[k] = v
			}
			wxExpectRow(t, rig, "number_reused", rig.send(c.openid, changed))
			if rig.coupons() != 1 {
				t.Errorf("%d coupons", rig.coupons())
			}
		})
	}
}

func TestWeChatPayDoesNotBurnARefusedNumber(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.patch("9856000", `{"status":"paused"}`)
	wxExpectRow(t, rig, "stock_not_running", rig.send("oABC", nil))
	rig.patch("9856000", `{"status":"running"}`)
	if r := rig.send("oABC", nil); r.Status != 200 {
		t.Errorf("got %d %s", r.Status, r.Body)
	}
}

func TestWeChatPayRecognisesANumberWhateverHasBecomeOfTheStock(t *testing.T) {
	for _, first := range []bool{false, true} {
		t.Run(fmt.Sprintf("checks before re-entry: %v", first), func(t *testing.T) {
			rig := wxNewRig(t, func(o *WeChatPayOptions) { o.Settings.ChecksBeforeReentry = first })
			issued := rig.send("oABC", nil)
			rig.patch("9856000", `{"max_coupons_per_user":1}`)
			again := rig.send("oABC", nil)
			if first {
				wxExpectRow(t, rig, "rule_limit", again)
			} else if again.Body != issued.Body {
				t.Errorf("got %d %s, want %s", again.Status, again.Body, issued.Body)
			}
		})
	}
}

func TestWeChatPayFalselyLimitsOverlappingSends(t *testing.T) {
	for _, c := range []struct {
		name   string
		openid string
		change map[string]any
		allow  bool
		row    string
	}{
		{"another number for the same openid and stock", "oABC", map[string]any{"out_request_no": "N-2"}, false, "rule_limit"},
		{"the same, where overlaps are allowed", "oABC", map[string]any{"out_request_no": "N-2"}, true, ""},
		{"another openid", "oDEF", map[string]any{"out_request_no": "N-2"}, false, ""},
		{"another stock", "oABC", map[string]any{"out_request_no": "N-2", "stock_id": "9856004"}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, func(o *WeChatPayOptions) { o.Settings.AllowOverlap = c.allow })
			held, release := rig.holdFirst()
			first := make(chan wxReply)
			go func() { first <- rig.send("oABC", nil) }()
			<-held
			second := rig.send(c.openid, c.change)
			close(release)
			if r := <-first; r.Status != 200 {
				t.Errorf("the first got %d %s", r.Status, r.Body)
			}
			if c.row == "" && second.Status != 200 {
				t.Errorf("the second got %d %s", second.Status, second.Body)
			} else if c.row != "" {
				wxExpectRow(t, rig, c.row, second)
			}
			if r := rig.send(c.openid, c.change); r.Status != 200 {
				t.Errorf("once more, alone: got %d %s", r.Status, r.Body)
			}
		})
	}
}

func TestWeChatPayNeverRefusesSendsOneAfterAnother(t *testing.T) {
	rig := wxNewRig(t, nil)
	for i := range 20 {
		if r := rig.send("oABC", map[string]any{"out_request_no": "N-" + strconv.Itoa(i)}); r.Status != 200 {
			t.Fatalf("send %d: %d %s", i, r.Status, r.Body)
		}
	}
	if got := rig.pay.Stats().CouponsPerPair; !cmp.Equal(got, map[string]int{"20": 1}) {
		t.Errorf("coupons per pair: %v", got)
	}
}

func TestWeChatPayLimitsTurnWithTheCalendarOfShanghai(t *testing.T) {
	send := func(rig *wxRig, no string) wxReply {
		return rig.send("oABC", map[string]any{"stock_id": "9856003", "out_request_no": no})
	}
	t.Run("a day", func(t *testing.T) {
		rig := wxNewRig(t, nil) // noon of 20 November in Shanghai
		rig.patch("9856003", `{"max_amount_by_day":5000}`)
		send(rig, "N-1")
		rig.pass(11*time.Hour + 59*time.Minute)
		wxExpectRow(t, rig, "day_limit", send(rig, "N-2"))
		rig.pass(time.Minute)
		if r := send(rig, "N-2"); r.Status != 200 {
			t.Errorf("next day: %d %s", r.Status, r.Body)
		}
	})
	t.Run("a month", func(t *testing.T) {
		rig := wxNewRig(t, nil)
		rig.patch("9856003", `{"max_amount_by_day":0,"coupon_amount":500000}`)
		send(rig, "N-1")
		rig.pass(10*24*time.Hour + 11*time.Hour + 59*time.Minute)
		wxExpectRow(t, rig, "month_limit", send(rig, "N-2"))
		rig.pass(time.Minute)
		if r := send(rig, "N-2"); r.Status != 200 {
			t.Errorf("next month: %d %s", r.Status, r.Body)
		}
	})
}
