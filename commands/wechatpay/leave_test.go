package wechatpay

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// What does not leave is no call: nobody hears of it, it is not measured, and nothing can have been issued.
func TestACallLeavesWhenTheCallerSaysSo(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		leave    bool
		calls    int32
	}{
		{"it leaves once when told to", true, 1},
		{"it stays when told to", false, 0},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			var calls, asked, wrote atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.WriteHeader(http.StatusServiceUnavailable)
			}))
			defer server.Close()
			o := order()
			o.Leave = func() bool {
				asked.Add(1)
				if n := calls.Load(); n != 0 {
					t.Errorf("asked after %d calls had left", n)
				}
				return tt.leave
			}
			o.Wrote = func() {
				if asked.Load() != 1 {
					t.Error("written before it was asked")
				}
				wrote.Add(1)
			}
			out := client(t, config(server.URL)).Issue(t.Context(), o)
			if asked.Load() != 1 || calls.Load() != tt.calls || wrote.Load() != tt.calls {
				t.Errorf("asked %d times, %d calls left, %d were said to be written", asked.Load(), calls.Load(), wrote.Load())
			}
			if out.Kind != Unknown || out.Sent != tt.leave {
				t.Errorf("outcome %s, sent %v", out.Kind, out.Sent)
			}
		})
	}
}
