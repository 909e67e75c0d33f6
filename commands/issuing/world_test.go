package issuing_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"couponbot/commands/issuing"
	"couponbot/commands/wechatpay"
	"couponbot/store"
	"couponbot/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	stock   = "9856000"
	creator = "1900000001"
)

// weChat is WeChat Pay in memory: idempotent by number, with a script for what goes wrong.
type weChat struct {
	mu       sync.Mutex
	script   func(call int, o wechatpay.Order) answer // nil: all goes well
	reads    func(openID string) error                // nil: readings go well
	probe    func() wechatpay.Outcome
	stocks   func(id string) (wechatpay.Stock, error)
	latency  time.Duration
	unnamed  bool // lists do not say out_request_no
	unlisted bool // lists do not show this stock's coupons

	calls    []called
	readings int
	probes   int
	coupons  map[string]wechatpay.Coupon // by number
	owner    map[string]string           // number → openid
	orders   map[string]wechatpay.Order  // by number, as first seen
	busy     map[string]int
	wrongs   []string // what must never happen
}

type called struct {
	at     time.Time
	number string
	openID string
}

// An answer is what one call comes to: what is said, and whether the coupon exists afterwards.
type answer struct {
	wechatpay.Outcome
	commits bool
	hangs   bool          // until the call is cut
	takes   time.Duration // instead of the latency
}

func newWeChat() *weChat {
	return &weChat{latency: 20 * time.Millisecond, coupons: map[string]wechatpay.Coupon{}, owner: map[string]string{}, orders: map[string]wechatpay.Order{}, busy: map[string]int{}}
}

// change alters what goes wrong while a loop runs.
func (w *weChat) change(how func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how()
}

func (w *weChat) wrong(format string, args ...any) {
	w.wrongs = append(w.wrongs, fmt.Sprintf(format, args...))
}

func (w *weChat) begin(o wechatpay.Order) answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, called{time.Now(), o.OutRequestNo, o.OpenID})
	if first, seen := w.orders[o.OutRequestNo]; seen && !reflect.DeepEqual(first, o) {
		w.wrong("%s was asked for with other contents", o.OutRequestNo)
	}
	w.orders[o.OutRequestNo] = o
	if w.busy[o.OpenID+o.StockID]++; w.busy[o.OpenID+o.StockID] > 1 {
		w.wrong("two calls at one time for %s", o.OpenID)
	}
	a := answer{commits: true}
	if w.script != nil {
		a = w.script(len(w.calls), o)
	}
	if a.Kind == "" {
		a.Outcome, a.commits = wechatpay.Outcome{Kind: wechatpay.Issued, Status: 200, Sent: true}, true
	}
	if a.commits {
		w.commit(o)
	}
	if a.Kind == wechatpay.Issued {
		a.CouponID = w.coupons[o.OutRequestNo].ID
	}
	return a
}

func (w *weChat) commit(o wechatpay.Order) {
	if _, had := w.coupons[o.OutRequestNo]; had {
		return
	}
	c := wechatpay.Coupon{ID: fmt.Sprintf("%d", 70000+len(w.coupons)), StockID: o.StockID, OutRequestNo: o.OutRequestNo, CreateTime: time.Now(), Status: wechatpay.CouponUsable}
	w.coupons[o.OutRequestNo], w.owner[o.OutRequestNo] = c, o.OpenID
}

func (w *weChat) Issue(ctx context.Context, o wechatpay.Order) wechatpay.Outcome {
	if o.Leave != nil && !o.Leave() {
		return wechatpay.Outcome{Kind: wechatpay.Unknown, Reason: wechatpay.ReasonNotSent}
	}
	if o.Wrote != nil {
		o.Wrote()
	}
	o.Leave, o.Wrote = nil, nil
	a := w.begin(o)
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy[o.OpenID+o.StockID]--
	}()
	takes := w.latency
	if a.takes > 0 {
		takes = a.takes
	}
	if a.hangs {
		takes = 1000 * time.Hour
	}
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
		return a.Outcome
	case <-ctx.Done():
		return wechatpay.Outcome{Kind: wechatpay.Unknown, Scope: wechatpay.ScopeCustomer, Reason: wechatpay.ReasonTimeout, Sent: true, Err: ctx.Err()}
	}
}

func (w *weChat) Coupons(_ context.Context, openID, _, stockID string) ([]wechatpay.Coupon, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readings++
	if w.reads != nil {
		if err := w.reads(openID); err != nil {
			return nil, err
		}
	}
	var out []wechatpay.Coupon
	for number, c := range w.coupons {
		if w.owner[number] == openID && (stockID == "" || c.StockID == stockID) && !w.unlisted {
			if w.unnamed {
				c.OutRequestNo = ""
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func (w *weChat) Stock(_ context.Context, id, _ string) (wechatpay.Stock, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stocks != nil {
		return w.stocks(id)
	}
	return wechatpay.Stock{ID: id, Status: wechatpay.StockRunning, Type: "NORMAL", CouponAmount: 1000}, nil
}

func (w *weChat) Probe(context.Context) wechatpay.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.probes++
	if w.probe != nil {
		return w.probe()
	}
	return wechatpay.Outcome{Kind: wechatpay.Answered, Sent: true}
}

// numbers counts the calls for each number.
func (w *weChat) numbers() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]int{}
	for _, c := range w.calls {
		out[c.number]++
	}
	return out
}

func (w *weChat) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

// world is a ledger on disk, WeChat Pay in memory, and a loop between them that can die and come back.
type world struct {
	*testing.T
	dsn     string
	ledger  *store.Ledger
	wechat  *weChat
	config  issuing.Config
	options issuing.Options
	observe func(op string)
	drafts  int
	logged  strings.Builder

	stop func() error // ends the loop in good order
	end  context.CancelFunc
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, dsn: storetest.SQLite().Init(t), wechat: newWeChat(), config: issuing.Config{Rate: 100, Workers: 16, Timeout: 10 * time.Second}}
	w.options.Log = slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &w.logged), nil))
	w.open()
	w.must(w.ledger.WantStock(t.Context(), stock, creator))
	return w
}

// inBubble runs a story in fake time.
func inBubble(t *testing.T, story func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { // also when the story failed: what is left running would hide why
			if w.stop != nil {
				w.end()
				_ = w.stop()
			}
			w.ledger.Close()
		}()
		story(w)
		w.halt()
		w.neverWrong()
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) open() {
	ledger, err := store.Open(w.Context(), w.dsn, store.Options{MchID: creator, Observe: func(op string, _ time.Duration) {
		if w.observe != nil {
			w.observe(op)
		}
	}})
	w.must(err)
	w.ledger = ledger
}

// run starts the loop.
func (w *world) run() {
	w.Helper()
	lead, err := w.ledger.WaitLead(w.Context())
	w.must(err)
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	loop := issuing.New(w.config, w.ledger, w.wechat, w.options)
	w.end = cancel
	w.stop = func() error {
		cancel()
		return <-ended
	}
	go func() { ended <- loop.Run(ctx, lead) }()
}

// halt ends the loop, if one runs.
func (w *world) halt() {
	w.Helper()
	if w.stop != nil {
		w.must(w.stop())
		w.stop = nil
	}
}

// kill closes the ledger under the loop, as a crash does: nothing is written from that moment on.
func (w *world) kill() {
	w.ledger.Close()
	w.end()
}

// revive comes back after a kill.
func (w *world) revive() {
	w.Helper()
	if w.stop != nil {
		_ = w.stop() // whatever it says about a ledger that is gone
		w.stop = nil
	}
	w.open()
	w.run()
}

// send makes an approved send to these people.
func (w *world) send(stockID string, openIDs ...string) store.Send {
	w.Helper()
	w.drafts++
	d, _, err := w.ledger.OpenDraft(w.Context(), fmt.Sprintf("draft-%d", w.drafts), "U01ANA", "C01", store.Contents{
		StockName: "sorry-10", StockID: stockID, CreatorMchID: creator, Amount: 1000, OpenIDs: openIDs, Reason: "late", Note: fmt.Sprint(w.drafts)})
	w.must(err)
	s, err := w.ledger.CreateSend(w.Context(), store.SendAsk{Input: fmt.Sprintf("press-%d", w.drafts), Draft: d.ID, By: "U01ANA"})
	w.must(err)
	return s
}

func (w *world) grant(s store.Send, position int) store.Grant {
	w.Helper()
	g, err := w.ledger.Grant(w.Context(), store.GrantID{Send: s.ID, Position: position})
	w.must(err)
	return g
}

func (w *world) again(s store.Send) store.Send {
	w.Helper()
	s, err := w.ledger.Send(w.Context(), s.ID)
	w.must(err)
	return s
}

// expect checks the state of a send's only coupon.
func (w *world) expect(s store.Send, want store.GrantState) store.Grant {
	w.Helper()
	g := w.grant(s, 1)
	if g.State != want {
		w.Fatalf("%s is %s (%s %s), want %s", g.ID, g.State, g.Outcome, g.Code, want)
	}
	return g
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// jump lets much time go by while no loop runs, because an idle one still looks five times a second.
func (w *world) jump(d time.Duration) {
	w.Helper()
	w.halt()
	time.Sleep(d)
	w.run()
}

func people(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("oPerson%06d", i)
	}
	return out
}

// neverWrong checks what holds whatever happened.
func (w *world) neverWrong() {
	w.Helper()
	for _, wrong := range w.wechat.wrongs {
		w.Error(wrong)
	}
	if openID := regexp.MustCompile(`oAAA|oBBB|oPerson\d`).FindString(w.logged.String()); openID != "" {
		w.Errorf("%s stands in the log", openID)
	}
	first := map[string]time.Time{}
	for _, c := range w.wechat.calls {
		if _, seen := first[c.number]; !seen {
			first[c.number] = c.at
		}
		if c.at.Sub(first[c.number]) > store.NumberLife {
			w.Errorf("%s was posted %s after its first call", c.number, c.at.Sub(first[c.number]))
		}
	}
}

// mostInASecond is the largest number of calls in any sliding second.
func (w *weChat) mostInASecond() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	times := make([]time.Time, len(w.calls))
	for i, c := range w.calls {
		times[i] = c.at
	}
	slices.SortFunc(times, time.Time.Compare)
	most, from := 0, 0
	for i, t := range times {
		for t.Sub(times[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
