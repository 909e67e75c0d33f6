package sandbox

import (
	"testing"
	"time"
)

func TestWeChatPayWindowSlides(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	type call struct {
		at    time.Duration
		admit bool
	}
	for _, c := range []struct {
		name  string
		calls []call
	}{
		{"three fit, a fourth does not", []call{{0, true}, {0, true}, {0, true}, {0, false}}},
		{"a whole second later the oldest has left", []call{{0, true}, {10, true}, {20, true}, {999, false}, {1000, true}, {1005, false}, {1010, true}}},
		{"a refused call takes no room", []call{{0, true}, {0, true}, {0, true}, {500, false}, {999, false}, {1000, true}, {1000, true}, {1000, true}, {1001, false}}},
		{"two bursts across a boundary are one window", []call{{900, true}, {950, true}, {990, true}, {1100, false}, {1500, false}, {1900, true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &wxWindow{limit: 3, span: time.Second}
			for i, call := range c.calls {
				if got := q.admit(start.Add(call.at * time.Millisecond)); got != call.admit {
					t.Errorf("call %d at %d ms: admitted %v, want %v", i, call.at, got, call.admit)
				}
			}
		})
	}
}

func TestWeChatPayAdmitsFiveHundredAndTenSendsASecond(t *testing.T) {
	gate := wxGates(WeChatSettings{})["send"]
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	admitted := 0
	for range 600 {
		if gate.admit(now) {
			admitted++
		}
	}
	if admitted != 510 {
		t.Errorf("admitted %d sends, want 510", admitted)
	}
	if wxGates(WeChatSettings{RateLimit: -1})["send"] != nil {
		t.Error("a limit of -1 still limits")
	}
}

func TestWeChatPayLimitsItsCallers(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit string
		call  func(*wxRig) wxReply
		fits  int
		wait  time.Duration
	}{
		{"sends, by the second", `{"rate_limit":3}`, func(rig *wxRig) wxReply { return rig.send("oABC", nil) }, 3, time.Second},
		{"pauses, sixty a minute", `{}`, func(rig *wxRig) wxReply {
			return rig.do(wxRequest{method: "POST", path: "/v3/marketing/favor/stocks/9856007/pause", body: `{"stock_creator_mchid":"1900000001"}`})
		}, 60, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			rig.control("PATCH", "settings", c.limit, nil)
			for i := range c.fits {
				if r := c.call(rig); r.Status == 429 {
					t.Fatalf("call %d of %d was refused: %s", i+1, c.fits, r.Body)
				}
			}
			rig.pass(c.wait - time.Millisecond)
			wxExpectRow(t, rig, "frequency_limit_exceed", c.call(rig))
			rig.pass(time.Millisecond)
			if r := c.call(rig); r.Status == 429 {
				t.Errorf("after %v: %d %s", c.wait, r.Status, r.Body)
			}
		})
	}
}

func TestWeChatPayRemembersItsBusiestSecond(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var p wxPeak
	for i := range 5000 { // one a millisecond, then five at once
		p.add(start.Add(time.Duration(i) * time.Millisecond))
	}
	if p.max != 1000 {
		t.Errorf("at one a millisecond the busiest second has %d, want 1000", p.max)
	}
	for range 5 {
		p.add(start.Add(5000 * time.Millisecond))
	}
	if p.max != 1004 {
		t.Errorf("with five at once it has %d, want 1004", p.max)
	}
	if len(p.recent) > 4096 {
		t.Errorf("it remembers %d calls", len(p.recent))
	}
}
