package sandbox

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// WeChatPay stands in for WeChat Pay's cash coupons (代金券) over its real wire protocol: APIv3 signatures both ways, the
// refusals of the public error tables, and idempotent re-entry. A few ideas carry it:
//
//   - One call is a line: read, recognise, verify, admit, wait, act, wait, sign, remember, answer. A fault replaces one
//     of these steps, so every fault says for itself whether a coupon exists afterwards.
//   - The lock is held for the step that acts, which takes the same time whatever was issued before. Waiting, signing and
//     verifying happen outside it.
//   - A caller that hangs up changes nothing: the call goes on and may issue its coupon, as it would at the original.
//   - Where the public documentation is silent it takes the stricter reading, so that what passes here passes there.
//
// ServeHTTP answers /v3/…; Control answers /sandbox/wechatpay/….
type WeChatPay struct {
	now  func() time.Time
	log  *slog.Logger
	id   *wxIdentity
	hub  *wxHub
	quit chan struct{}
	once sync.Once
	wait func(time.Duration)

	requests atomic.Uint64 // makes request ids unique

	mu       sync.Mutex
	settings WeChatSettings
	book     *wxBook
	faults   wxFaults
	gates    map[string]*wxWindow // by endpoint
	numbers  map[string]chan struct{}
	pairs    map[wxPair]int // sends in hand
	prepared []wxPrepared
	calls    wxCalls
}

// WeChatPayOptions shapes a stand-in; the zero value is a complete one.
type WeChatPayOptions struct {
	MchID    string           // default "1900000001"
	AppID    string           // default "wx0123456789abcdef"
	APIv3Key string           // 32 characters turn platform certificates on; without it they are refused, as for new merchants
	Keys     *WeChatKeys      // default: generated, which takes a moment
	Stocks   []WeChatStock    // default: SandboxStocks
	Settings WeChatSettings   // the zero value is the strict original
	Now      func() time.Time // default time.Now
	Log      *slog.Logger     // default: none
}

// NewWeChatPay makes a stand-in. It fails when keys cannot be made or a stock makes no sense.
func NewWeChatPay(o WeChatPayOptions) (*WeChatPay, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	id, err := wxNewIdentity(o)
	if err != nil {
		return nil, err
	}
	if o.Stocks == nil {
		o.Stocks = wxStocks(id.mchID, o.Now())
	}
	if err := o.Settings.check(); err != nil {
		return nil, err
	}
	book, err := wxNewBook(o.Stocks)
	if err != nil {
		return nil, err
	}
	w := &WeChatPay{
		now: o.Now, log: o.Log, id: id, hub: wxNewHub(), quit: make(chan struct{}),
		settings: o.Settings, book: book,
		gates:   wxGates(o.Settings),
		numbers: map[string]chan struct{}{},
		pairs:   map[wxPair]int{},
		calls:   wxNewCalls(),
	}
	w.wait = w.waitOrClose
	return w, nil
}

// Close ends waits and event streams, so that a server around it can shut down. Calls still arriving are answered without delay.
func (w *WeChatPay) Close() { w.once.Do(func() { close(w.quit) }) }

// Version rises with every change of the state that Save keeps.
func (w *WeChatPay) Version() uint64 { return w.hub.version() }

// ServeHTTP answers one call under /v3/. Mount it by prefix, not behind a mux that cleans paths: an empty openid
// ("/users//coupons") must arrive as it was sent.
func (w *WeChatPay) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c, err := w.receive(rw, r)
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to say: the request never arrived whole, hang up
	}
	a := w.handle(c)
	w.seal(c, a)
	w.remember(c, a)
	a.write(rw, w.now())
}

// handle takes a call to its answer. Nothing is in hand any more when it returns, so that a caller's next call,
// made the moment it has this answer, never meets this one.
func (w *WeChatPay) handle(c *wxCall) *wxAnswer {
	if no := w.authenticate(c); no != nil {
		return no.answer()
	}
	if c.endpoint == nil {
		return wxRefuse("path_unknown").answer()
	}
	if no := w.admit(c); no != nil {
		return no.answer()
	}
	if no := c.rules(); no != nil {
		return no.answer()
	}
	leave := w.enter(c)
	defer leave()

	plan := w.meet(c)
	w.wait(plan.before)
	var a *wxAnswer
	if plan.instead {
		a = &wxAnswer{}
	} else {
		a = c.endpoint.serve(w, c)
	}
	w.wait(plan.after)
	if plan.kind != nil {
		plan.kind.shape(a, plan.fault)
		a.fault = plan.kind.Name
	}
	return a
}

// waitOrClose waits, whether or not the caller does: hanging up changes nothing.
func (w *WeChatPay) waitOrClose(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.quit:
	}
}

// A wxCall is one request as it was read.
type wxCall struct {
	request  *http.Request
	body     []byte
	arrived  time.Time
	endpoint *wxEndpoint // nil: no such path
	path     map[string]string
	send     wxSend     // of the send endpoint
	sendNo   *wxRefusal // why send cannot be read, or nil
	overlaps bool       // another send for the same openid and stock is in hand
}

const wxMaxBody = 1 << 20

func (w *WeChatPay) receive(rw http.ResponseWriter, r *http.Request) (*wxCall, error) {
	c := &wxCall{request: r, arrived: w.now()}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, wxMaxBody))
	if err != nil {
		return nil, err
	}
	c.body = body
	c.endpoint, c.path = wxRoute(r.Method, r.URL.EscapedPath())
	if c.is("send") {
		c.send, c.sendNo = wxReadSend(c.path["openid"], c.body)
	}
	return c, nil
}

func (c *wxCall) is(endpoint string) bool { return c.endpoint != nil && c.endpoint.name == endpoint }

func (c *wxCall) endpointName() string {
	if c.endpoint == nil {
		return "unknown"
	}
	return c.endpoint.name
}

// openid and stock are what a fault or a reader may look for, from wherever this endpoint carries them.
func (c *wxCall) openid() string { return c.path["openid"] }

func (c *wxCall) stock() string {
	if c.is("send") {
		return c.send.StockID
	}
	return c.path["stock_id"]
}
