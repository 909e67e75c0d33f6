package issuing_test

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"couponbot/commands/issuing"
	"couponbot/commands/wechatpay"
	"couponbot/store"
	"couponbot/store/storetest"
)

// fast is WeChat Pay in memory, as cheap as can be, counting over sliding seconds as the real one does.
type fast struct {
	*weChat
	latency time.Duration
	most    int // calls in a sliding second that are too many; 0: none

	mu    sync.Mutex
	times []time.Time
	from  int
	peak  int
	over  int
	gave  int
}

func (f *fast) Issue(_ context.Context, o wechatpay.Order) wechatpay.Outcome {
	now := time.Now()
	f.mu.Lock()
	f.times = append(f.times, now)
	for now.Sub(f.times[f.from]) >= time.Second {
		f.from++
	}
	seen := len(f.times) - f.from
	f.peak = max(f.peak, seen)
	tooMany := f.most > 0 && seen > f.most
	if tooMany {
		f.over++
	} else {
		f.gave++
	}
	f.mu.Unlock()
	time.Sleep(f.latency)
	if tooMany {
		return tooFast
	}
	return wechatpay.Outcome{Kind: wechatpay.Issued, CouponID: o.OutRequestNo, Status: 200, Sent: true, RequestID: "rid-0"}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// issueAll runs the loop over n waiting grants of a ledger on disk, in real time.
func issueAll(tb testing.TB, n int, c issuing.Config, w *fast) (took, used time.Duration) {
	tb.Helper()
	dsn := storetest.SQLite().Init(tb)
	first, last := storetest.Fill(tb, dsn, storetest.Filling{Sends: 1, PerSend: n})
	ledger, err := store.Open(tb.Context(), dsn, store.Options{MchID: creator})
	if err != nil {
		tb.Fatal(err)
	}
	defer ledger.Close()
	lead, err := ledger.WaitLead(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(tb.Context())
	ended := make(chan error, 1)
	began, before := time.Now(), cpu()
	go func() { ended <- issuing.New(c, ledger, w, issuing.Options{}).Run(ctx, lead) }()
	for {
		time.Sleep(100 * time.Millisecond)
		s, err := ledger.Send(tb.Context(), first)
		if err != nil {
			tb.Fatal(err)
		}
		if first != last || s.Issued == n {
			break
		}
	}
	took, used = time.Since(began), cpu()-before
	cancel()
	if err := <-ended; err != nil {
		tb.Fatal(err)
	}
	return took, used
}

// BenchmarkIssuing is what the loop and the ledger cost for each coupon, without a pace and without signatures.
func BenchmarkIssuing(b *testing.B) {
	n := max(b.N, 100)
	took, used := issueAll(b, n, issuing.Config{Rate: 20000, Workers: 64, Timeout: 10 * time.Second}, &fast{weChat: newWeChat(), latency: time.Millisecond})
	b.ReportMetric(float64(n)/took.Seconds(), "grants/s")
	b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/grant")
}

// TestFullSpeed issues as many coupons as COUPONBOT_TEST_LOAD says at WeChat Pay's own limit, against a server that
// refuses more than 510 calls in any sliding second.
func TestFullSpeed(t *testing.T) {
	n := 0
	for _, r := range os.Getenv("COUPONBOT_TEST_LOAD") {
		n = 10*n + int(r-'0')
	}
	if n == 0 {
		t.Skip("COUPONBOT_TEST_LOAD is not set: how many coupons to issue at 500 a second")
	}
	w := &fast{weChat: newWeChat(), latency: 20 * time.Millisecond, most: 510}
	took, used := issueAll(t, n, issuing.Config{Rate: 500, Workers: 64, Timeout: 10 * time.Second}, w)
	rate := float64(n) / took.Seconds()
	t.Logf("%d coupons in %s: %.1f/s, at most %d calls in a sliding second, %d µs of CPU each", n, took, rate, w.peak, used.Microseconds()/int64(n))
	if w.over > 0 || w.gave != n || rate < 495 {
		t.Errorf("%.1f/s with %d refused and %d issued", rate, w.over, w.gave)
	}
}
