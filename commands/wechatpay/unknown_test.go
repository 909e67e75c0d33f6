package wechatpay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const issuedBody = `{"coupon_id":"9867041"}`

// Whatever is not proven is unknown: the coupon may exist in each of these.
func TestWhatIsNotProvenIsUnknown(t *testing.T) {
	type answer func(w http.ResponseWriter, r *http.Request, body string)
	spoiled := func(status int, body string, spoil func(http.Header)) answer {
		return func(w http.ResponseWriter, _ *http.Request, _ string) {
			signed(w.Header(), body, time.Now())
			spoil(w.Header())
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	set := func(key, value string) func(http.Header) { return func(h http.Header) { h.Set(key, value) } }
	bare := func(h http.Header) {
		for _, key := range []string{"Timestamp", "Nonce", "Signature", "Serial"} {
			h.Del("Wechatpay-" + key)
		}
	}
	refusal := `{"code":"RULE_LIMIT","message":"用户已达最大领券次数"}`
	tooFast := `{"code":"FREQUENCY_LIMIT_EXCEED","message":"接口限频"}`
	wrong := "QUFBQQ=="

	for _, tt := range []struct {
		name   string
		answer answer
		reason Reason
		scope  Scope
	}{
		{"the connection is dropped", func(w http.ResponseWriter, _ *http.Request, _ string) { drop(w, "") }, ReasonConnectionLost, ScopeCustomer},
		{"the head of the answer is cut", func(w http.ResponseWriter, _ *http.Request, _ string) { drop(w, "HTTP/1.1 200 OK\r\nContent-") }, ReasonConnectionLost, ScopeCustomer},
		{"it is not HTTP", func(w http.ResponseWriter, _ *http.Request, _ string) { drop(w, openID+"\r\n\r\n") }, ReasonConnectionLost, ScopeCustomer},
		{"the body is cut", func(w http.ResponseWriter, _ *http.Request, _ string) {
			drop(w, "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"coupon_id\":")
		}, ReasonCutAnswer, ScopeCustomer},
		{"the body of a refusal is cut", func(w http.ResponseWriter, _ *http.Request, _ string) {
			drop(w, "HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n"+refusal)
		}, ReasonCutAnswer, ScopeCustomer},
		{"the body never ends", func(w http.ResponseWriter, _ *http.Request, _ string) {
			for chunk := strings.Repeat(" ", 1<<20); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, ReasonCutAnswer, ScopeCustomer},
		{"accepted, not done", spoiled(202, issuedBody, bare), ReasonAccepted, ScopeCustomer},
		{"accepted, signed", spoiled(202, issuedBody, func(http.Header) {}), ReasonAccepted, ScopeCustomer},
		{"signed, without a coupon", spoiled(200, `{}`, func(http.Header) {}), ReasonNoCouponID, ScopeCustomer},
		{"signed, null", spoiled(200, `null`, func(http.Header) {}), ReasonNoCouponID, ScopeCustomer},
		{"signed, an empty coupon id", spoiled(200, `{"coupon_id":" "}`, func(http.Header) {}), ReasonNoCouponID, ScopeCustomer},
		{"signed, empty", spoiled(200, ``, func(http.Header) {}), ReasonGarbledAnswer, ScopeCustomer},
		{"signed, no content", spoiled(204, ``, func(http.Header) {}), ReasonGarbledAnswer, ScopeCustomer},
		{"signed, not JSON", spoiled(200, `<html>`, func(http.Header) {}), ReasonGarbledAnswer, ScopeCustomer},
		{"signed, a coupon id that is a number", spoiled(200, `{"coupon_id":9867041}`, func(http.Header) {}), ReasonGarbledAnswer, ScopeCustomer},
		{"not signed", spoiled(200, issuedBody, bare), ReasonUnsigned, ScopeMerchant},
		{"wrongly signed", spoiled(200, issuedBody, set("Wechatpay-Signature", wrong)), ReasonBadSignature, ScopeMerchant},
		{"signed with a key that we do not have", spoiled(200, issuedBody, set("Wechatpay-Serial", "PUB_KEY_ID_9")), ReasonBadSignature, ScopeMerchant},
		{"signed for another body", spoiled(200, issuedBody, func(h http.Header) { signed(h, `{"coupon_id":"1"}`, time.Now()) }), ReasonBadSignature, ScopeMerchant},
		{"signed without a time", spoiled(200, issuedBody, func(h http.Header) { h.Del("Wechatpay-Timestamp") }), ReasonBadSignature, ScopeMerchant},
		{"a signature probe", spoiled(200, issuedBody, set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+wrong)), ReasonProbeSignature, ScopeCustomer},
		{"signed long ago", spoiled(200, issuedBody, func(h http.Header) { signed(h, issuedBody, time.Now().Add(-301*time.Second)) }), ReasonAnswerClock, ScopeMerchant},
		{"signed in the future", spoiled(200, issuedBody, func(h http.Header) { signed(h, issuedBody, time.Now().Add(310*time.Second)) }), ReasonAnswerClock, ScopeMerchant},
		{"a gateway's page", spoiled(502, "<html>bad gateway</html>", bare), ReasonServerError, ScopeCustomer},
		{"a stray 404", spoiled(404, "<html>not found</html>", bare), ReasonForeignAnswer, ScopeCustomer},
		{"a 403 with someone else's JSON", spoiled(403, `{"error":"denied"}`, bare), ReasonForeignAnswer, ScopeCustomer},
		{"a 403 with a code that is a number", spoiled(403, `{"code":403,"message":"denied"}`, bare), ReasonForeignAnswer, ScopeCustomer},
		{"a 429 without JSON", spoiled(429, `slow down`, bare), ReasonForeignAnswer, ScopeCustomer},
		{"a 401 without JSON", spoiled(401, `who are you`, bare), ReasonForeignAnswer, ScopeCustomer},
		{"not modified", spoiled(304, ``, bare), ReasonForeignAnswer, ScopeCustomer},
		{"a refusal that is not signed", spoiled(400, refusal, bare), ReasonUnsigned, ScopeMerchant},
		{"a refusal that is wrongly signed", spoiled(400, refusal, set("Wechatpay-Signature", wrong)), ReasonBadSignature, ScopeMerchant},
		{"a refusal with a signature probe", spoiled(400, refusal, set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+wrong)), ReasonProbeSignature, ScopeCustomer},
		{"a refusal signed long ago", spoiled(400, refusal, func(h http.Header) { signed(h, refusal, time.Now().Add(-time.Hour)) }), ReasonAnswerClock, ScopeMerchant},
		{"a 429 that is wrongly signed", spoiled(429, tooFast, set("Wechatpay-Signature", wrong)), ReasonBadSignature, ScopeMerchant},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := issue(t, tt.answer)
			if out.Kind != Unknown || out.Reason != tt.reason || out.Scope != tt.scope || !out.Sent {
				t.Errorf("got %s %s about the %s, sent %v: %v", out.Kind, out.Reason, out.Scope, out.Sent, out.Err)
			}
		})
	}

	t.Run("but 401 and 429 come before anything is executed, and cannot always be signed", func(t *testing.T) {
		if out := issue(t, spoiled(401, `{"code":"SIGN_ERROR","message":"错误的签名"}`, bare)); out.Kind != Configuration {
			t.Errorf("got %s", out.Kind)
		}
		if out := issue(t, spoiled(401, `{"code":"SIGN_ERROR","message":"错误的签名"}`, set("Wechatpay-Signature", wrong))); out.Kind != Configuration {
			t.Errorf("got %s", out.Kind)
		}
		if out := issue(t, spoiled(429, tooFast, bare)); out.Kind != Slower {
			t.Errorf("got %s", out.Kind)
		}
	})
}

// drop writes raw bytes and closes the connection.
func drop(w http.ResponseWriter, raw string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, raw)
	conn.Close()
}

func TestATimeoutIsUnknown(t *testing.T) {
	for name, begin := range map[string]string{
		"before the answer begins": "",
		"while it is read":         "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			s := server(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				io.WriteString(conn, begin)
				<-release
				conn.Close()
			})
			defer close(release)
			c := config(s.URL)
			c.Timeout = 300 * time.Millisecond
			out := client(t, c).Issue(t.Context(), order())
			wellFormed(t, out)
			if out.Kind != Unknown || out.Reason != ReasonTimeout || !out.Sent {
				t.Errorf("got %s %s, sent %v", out.Kind, out.Reason, out.Sent)
			}
			if !errors.Is(out.Err, context.DeadlineExceeded) {
				t.Errorf("not a deadline: %v", out.Err)
			}
		})
	}
}

func TestACancelledCallIsUnknownOnceItIsOnItsWay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := server(t, func(_ http.ResponseWriter, r *http.Request, _ string) {
		cancel()
		<-r.Context().Done()
	})
	out := client(t, config(s.URL)).Issue(ctx, order())
	wellFormed(t, out)
	if out.Kind != Unknown || out.Reason != ReasonCanceled || !out.Sent || !errors.Is(out.Err, context.Canceled) {
		t.Errorf("got %s %s, sent %v: %v", out.Kind, out.Reason, out.Sent, out.Err)
	}
}

func TestNotSentOnlyWhenNoByteLeft(t *testing.T) {
	never := func(http.ResponseWriter, *http.Request, string) { t.Error("a request arrived") }
	t.Run("cancelled before", func(t *testing.T) {
		out := client(t, config(server(t, never).URL)).Issue(canceled(t), order())
		wellFormed(t, out)
		if out.Sent || out.Reason != ReasonCanceled {
			t.Errorf("sent %v, %s", out.Sent, out.Reason)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		notSent(t, "http://"+l.Addr().String())
	})
	t.Run("no such host", func(t *testing.T) { notSent(t, "http://no-such-host.invalid") })
	t.Run("not the certificate of that host", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = discard()
		s.StartTLS()
		defer s.Close()
		notSent(t, s.URL)
	})
	t.Run("but a connection that closes at once may have taken it", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
		defer func() { l.Close(); <-done }()
		out := client(t, config("http://"+l.Addr().String())).Issue(t.Context(), order())
		wellFormed(t, out)
		if !out.Sent || out.Reason != ReasonConnectionLost {
			t.Errorf("sent %v, %s", out.Sent, out.Reason)
		}
	})
}

func notSent(t *testing.T, base string) {
	t.Helper()
	out := client(t, config(base)).Issue(t.Context(), order())
	wellFormed(t, out)
	if out.Sent || out.Kind != Unknown || out.Reason != ReasonNotSent || out.Scope != ScopeMerchant {
		t.Errorf("got %s %s about the %s, sent %v: %v", out.Kind, out.Reason, out.Scope, out.Sent, out.Err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var calls atomic.Int32
		out := issue(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			calls.Add(1)
			http.Redirect(w, r, "/elsewhere", status)
		})
		if calls.Load() != 1 || out.Kind != Unknown || out.Reason != ReasonForeignAnswer {
			t.Errorf("%d: %d calls, %s %s", status, calls.Load(), out.Kind, out.Reason)
		}
	}
}
