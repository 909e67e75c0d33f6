package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestWeChatPayPreparesAnswers(t *testing.T) {
	rig := wxNewRig(t, nil)
	prepared := func() int { return rig.pay.Stats().Prepared }
	if status := rig.control("POST", "prepare", `{"answers":3}`, nil); status != 200 || prepared() != 3 {
		t.Fatalf("status %d, %d prepared", status, prepared())
	}
	first := rig.send("oABC", nil)
	if err := rig.verified(first); err != nil || first.Status != 200 || prepared() != 2 {
		t.Errorf("a prepared answer: %d %s, %d left (%v)", first.Status, first.Body, prepared(), err)
	}
	again := rig.send("oABC", nil)
	if err := rig.verified(again); err != nil || again.Body != first.Body || prepared() != 2 {
		t.Errorf("the same number: %d %s, %d left (%v)", again.Status, again.Body, prepared(), err)
	}
	rig.fault(WeChatFault{Kind: "empty_object", Calls: 1})
	shaped := rig.send("oABC", map[string]any{"out_request_no": "N-2"})
	if err := rig.verified(shaped); err != nil || shaped.Body != "{}" {
		t.Errorf("a shaped answer: %s (%v)", shaped.Body, err)
	}
	rig.fault(WeChatFault{Kind: "skewed_timestamp", Calls: 1, Ms: -200_000})
	skewed := rig.send("oGHI", map[string]any{"out_request_no": "N-9"})
	if want := strconv.FormatInt(rig.now().Add(-200*time.Second).Unix(), 10); skewed.Header.Get("Wechatpay-Timestamp") != want {
		t.Errorf("a skewed answer says %s, want %s", skewed.Header.Get("Wechatpay-Timestamp"), want)
	}
	rig.control("POST", "prepare", `{"answers":1}`, nil)
	rig.pass(539 * time.Second)
	late := rig.send("oABC", map[string]any{"out_request_no": "N-3"})
	if err := rig.verified(late); err != nil || prepared() != 0 {
		t.Errorf("near its end: %d %s, %d left (%v)", late.Status, late.Body, prepared(), err)
	}
	rig.control("POST", "prepare", `{"answers":2}`, nil)
	rig.pass(541 * time.Second)
	fresh := rig.send("oABC", map[string]any{"out_request_no": "N-4"})
	if err := rig.verified(fresh); err != nil || prepared() != 0 {
		t.Errorf("after its end: %d %s, %d left (%v)", fresh.Status, fresh.Body, prepared(), err)
	}
	ids := map[string]bool{}
	for _, c := range rig.pay.Coupons() {
		ids[c.ID] = true
	}
	if len(ids) != 5 {
		t.Errorf("%d different coupon ids for 5 coupons", len(ids))
	}
}

func TestWeChatPayPreparesAnswersForARate(t *testing.T) {
	rig := wxNewRig(t, nil)
	rig.control("POST", "prepare", `{"answers":3,"rate":0.01}`, nil) // the turns of the second and the third come after 100 and 200 s
	began := rig.now()
	for n, c := range []struct {
		at   time.Duration
		left int
	}{{0, 2}, {54 * time.Second, 2}, {56 * time.Second, 1}, {154 * time.Second, 1}, {739 * time.Second, 0}} {
		rig.pass(began.Add(c.at).Sub(rig.now()))
		sent := rig.send(fmt.Sprintf("oAt%d", n), map[string]any{"out_request_no": fmt.Sprintf("N-%d", n)})
		if left := rig.pay.Stats().Prepared; sent.Status != 200 || rig.verified(sent) != nil || left != c.left {
			t.Errorf("after %v: %d %s, %d left, want %d (%v)", c.at, sent.Status, sent.Body, left, c.left, rig.verified(sent))
		}
	}
	for _, wrong := range []string{`{"answers":-1}`, `{"answers":2000001}`, `{"answers":1,"rate":-1}`} {
		if status := rig.control("POST", "prepare", wrong, nil); status != 400 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
}

// BenchmarkWeChatPaySend measures what a load test of a client would pay for the stand-in: go test -bench WeChatPaySend
func BenchmarkWeChatPaySend(b *testing.B) {
	for _, prepared := range []bool{false, true} {
		b.Run("prepared="+strconv.FormatBool(prepared), func(b *testing.B) {
			keys, err := wxTestKeys()
			if err != nil {
				b.Fatal(err)
			}
			pay, err := NewWeChatPay(WeChatPayOptions{Keys: keys, Settings: WeChatSettings{RateLimit: -1}})
			if err != nil {
				b.Fatal(err)
			}
			if prepared {
				if err := pay.Prepare(b.Context(), b.N, 0); err != nil {
					b.Fatal(err)
				}
			}
			requests := wxBenchRequests(b, pay)
			b.ResetTimer()
			for _, r := range requests {
				pay.ServeHTTP(wxNowhere{http.Header{}}, r)
			}
			b.StopTimer()
			if got := pay.Stats().Coupons; got != b.N {
				b.Fatalf("%d coupons for %d sends", got, b.N)
			}
		})
	}
}

// A wxNowhere is an answer nobody reads.
type wxNowhere struct{ header http.Header }

func (n wxNowhere) Header() http.Header         { return n.header }
func (n wxNowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n wxNowhere) WriteHeader(int)             {}

// wxBenchRequests are signed sends to b.N people.
func wxBenchRequests(b *testing.B, pay *WeChatPay) []*http.Request {
	b.Helper()
	rig := &wxRig{pay: pay}
	requests := make([]*http.Request, b.N)
	for i := range requests {
		r, err := rig.signed(wxRequest{
			method: "POST", path: fmt.Sprintf("/v3/marketing/favor/users/o%d/coupons", i),
			body: wxBody(map[string]any{"out_request_no": fmt.Sprintf("N-%d", i)}),
		})
		if err != nil {
			b.Fatal(err)
		}
		r.RequestURI = r.URL.RequestURI()
		requests[i] = r
	}
	return requests
}
