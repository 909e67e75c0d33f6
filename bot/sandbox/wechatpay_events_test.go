package sandbox

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWeChatPayTellsWhatChanges(t *testing.T) {
	rig := wxNewRig(t, nil)
	r, err := http.Get(rig.server.URL + "/sandbox/wechatpay/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	next := func() string {
		for lines.Scan() {
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				return event
			}
		}
		return "the stream ended"
	}
	got := []string{next()}
	rig.send("oABC", nil)
	got = append(got, next(), next())
	rig.patch("9856000", `{"max_coupons":5}`)
	got = append(got, next())
	rig.fault(WeChatFault{Kind: "slow"})
	got = append(got, next())
	rig.control("PATCH", "settings", `{"latency_ms":0}`, nil)
	got = append(got, next())
	if diff := cmp.Diff([]string{"hello", "coupon", "call", "stock", "faults", "settings"}, got); diff != "" {
		t.Error(diff)
	}
	rig.pay.Close()
	if end := next(); end != "the stream ended" {
		t.Errorf("after Close: %s", end)
	}
}

func TestWeChatPayNeverWaitsForASlowReader(t *testing.T) {
	hub := wxNewHub()
	reader := hub.join()
	for range 1000 {
		hub.publish("call", 1)
	}
	if len(reader.lines) != cap(reader.lines) || hub.version() != 1000 {
		t.Fatalf("%d lines wait, version %d", len(reader.lines), hub.version())
	}
	for range 10 {
		<-reader.lines
	}
	hub.publish("call", 2)
	for range cap(reader.lines) - 10 {
		<-reader.lines
	}
	if lost, after := <-reader.lines, <-reader.lines; !strings.Contains(lost, "event: lost") || !strings.Contains(after, "event: call") {
		t.Errorf("after a gap came %q and %q", lost, after)
	}
	hub.leave(reader)
	hub.publish("call", 3)
	if len(reader.lines) != 0 {
		t.Error("a reader that left still gets lines")
	}
}
