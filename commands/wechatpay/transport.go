package wechatpay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// longestBody is far above any answer of this API; more than that is not WeChat Pay.
const longestBody = 4 << 20

var errLongBody = errors.New("the answer is longer than any of WeChat Pay's")

// newTransport keeps a connection per worker, and lets it go before the server does: its Keep-Alive is 8 seconds, and a POST
// on a connection that the server just closed ends in EOF, which is an unknown outcome. HTTP/1.1 only, because HTTP/2 repeats
// requests by itself. Bodies are not compressed: the signature is over the bytes as sent.
func newTransport(workers int, timeout time.Duration) *http.Transport {
	connect := min(timeout, 5*time.Second)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    connect,
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		IdleConnTimeout:        5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		Protocols:              protocols,
	}
}

// newHTTPClient sends every request to base. Redirects are not followed: a 307 would post again, with a stale signature.
func newHTTPClient(t *http.Transport, base *url.URL) *http.Client {
	return &http.Client{
		Transport:     &toBase{next: t, base: base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// toBase replaces the SDK's compiled-in host. The signature covers no host, so it stays valid.
type toBase struct {
	next http.RoundTripper
	base *url.URL
}

func (t *toBase) RoundTrip(r *http.Request) (*http.Response, error) {
	u := *r.URL
	u.Scheme, u.Host = t.base.Scheme, t.base.Host
	moved := r.WithContext(r.Context()) // a RoundTripper must not change its request
	moved.URL, moved.Host = &u, ""
	if k, ok := r.Context().Value(callKey{}).(*call); ok && !k.leaves() {
		if r.Body != nil { // a RoundTripper closes it whatever happens
			r.Body.Close()
		}
		return nil, errStayed
	}
	resp, err := t.next.RoundTrip(moved)
	if err != nil {
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, left: longestBody}
	return resp, nil
}

// callKey finds the call that a request belongs to.
type callKey struct{}

var errStayed = errors.New("the caller did not let it leave")

// leaves asks the caller once whether the request may leave now; the time that this takes is not the call's.
func (k *call) leaves() bool {
	if k.leave == nil {
		return true
	}
	k.stayed = !k.leave()
	k.started = k.now()
	return !k.stayed
}

// body is an answer not yet read to its end. The SDK replaces it by a buffer once it has read everything, so an answer that
// still carries a body was cut, and failed says how: the SDK keeps only the text of that error.
type body struct {
	io.ReadCloser
	left   int
	failed error
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.failed = errLongBody
		return 0, errLongBody
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}

// call is one request under way.
type call struct {
	op      string
	secret  string // the openid, kept out of every text
	started time.Time
	now     func() time.Time
	leave   func() bool // see Order
	stayed  bool        // leave said no
	trace   httptrace.ClientTrace
	// touched is set when the request is handed a connection, before its first byte can be written. Until then nothing can
	// have been issued; from then on anything can.
	touched atomic.Bool
	ctx     context.Context
	cancel  context.CancelFunc
}

func (c *Client) begin(ctx context.Context, op, secret string) *call {
	k := &call{op: op, secret: secret, started: c.config.Now(), now: c.config.Now}
	k.trace.GotConn = func(httptrace.GotConnInfo) { k.touched.Store(true) }
	ctx, k.cancel = context.WithTimeout(ctx, c.config.Timeout)
	k.ctx = context.WithValue(httptrace.WithClientTrace(ctx, &k.trace), callKey{}, k)
	return k
}

func (c *Client) end(k *call, kind Kind) {
	k.cancel()
	if k.stayed { // there was no call
		return
	}
	c.config.Observe(k.op, kind, c.config.Now().Sub(k.started))
}
