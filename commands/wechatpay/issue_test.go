package wechatpay

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

func TestIssueOnTheWire(t *testing.T) {
	valued := order()
	valued.CouponValue, valued.CouponMinimum = 500, 1000
	odd := order()
	odd.OpenID, odd.OutRequestNo = "o/A|b+c%2F?d#e{openid}", "A|b_c*d-9"

	for _, tt := range []struct {
		name  string
		order Order
		uri   string
		body  string
	}{
		{"a stock of fixed value has neither value nor minimum", order(),
			"/v3/marketing/favor/users/" + openID + "/coupons",
			`{"appid":"wx0123456789abcdef","out_request_no":"190000000120260102abc-1","stock_creator_mchid":"1900000001","stock_id":"9856000"}`},
		{"a chosen value goes in fen, with its minimum", valued,
			"/v3/marketing/favor/users/" + openID + "/coupons",
			`{"appid":"wx0123456789abcdef","coupon_minimum":1000,"coupon_value":500,"out_request_no":"190000000120260102abc-1","stock_creator_mchid":"1900000001","stock_id":"9856000"}`},
		{"an odd openid stays one piece of the path", odd,
			"/v3/marketing/favor/users/o%2FA%7Cb+c%252F%3Fd%23e%7Bopenid%7D/coupons",
			`{"appid":"wx0123456789abcdef","out_request_no":"A|b_c*d-9","stock_creator_mchid":"1900000001","stock_id":"9856000"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, r *http.Request, body string) { // verifies the signature
				if r.Method != "POST" || r.RequestURI != tt.uri {
					t.Errorf("%s %s", r.Method, r.RequestURI)
				}
				if got := strings.TrimSuffix(body, "\n"); got != tt.body {
					t.Errorf("body %s", got)
				}
				if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Wechatpay-Serial") != keyID || r.Header.Get("Accept-Encoding") != "" {
					t.Errorf("headers %v", r.Header)
				}
				say(w, 200, "08E2-0", issuedBody)
			})
			out := client(t, config(s.URL)).Issue(t.Context(), tt.order)
			want := Outcome{Kind: Issued, CouponID: "9867041", Status: 200, RequestID: "08E2-0", RequestNumber: "0", ServerDate: out.ServerDate, Sent: true}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Error(diff)
			}
			if d := time.Since(out.ServerDate); d.Abs() > 5*time.Second {
				t.Errorf("server date %v off", d)
			}
		})
	}
}

func TestBadOrdersAreNotSent(t *testing.T) {
	s := server(t, func(http.ResponseWriter, *http.Request, string) { t.Error("a request arrived") })
	c := client(t, config(s.URL))
	for name, spoil := range map[string]func(*Order){
		"no openid":                   func(o *Order) { o.OpenID = "" },
		"too long an openid":          func(o *Order) { o.OpenID = strings.Repeat("o", 129) },
		"a space in the openid":       func(o *Order) { o.OpenID = "oA B" },
		"Chinese in the openid":       func(o *Order) { o.OpenID = "o张三" },
		"a path as openid":            func(o *Order) { o.OpenID = ".." },
		"no stock":                    func(o *Order) { o.StockID = "" },
		"too long a stock":            func(o *Order) { o.StockID = strings.Repeat("9", 21) },
		"no creator":                  func(o *Order) { o.StockCreatorMchID = "" },
		"no number":                   func(o *Order) { o.OutRequestNo = "" },
		"too long a number":           func(o *Order) { o.OutRequestNo = strings.Repeat("9", 129) },
		"a dot in the number":         func(o *Order) { o.OutRequestNo = "1.2" },
		"a line end after the number": func(o *Order) { o.OutRequestNo = "12\n" },
		"a value without a minimum":   func(o *Order) { o.CouponValue = 100 },
		"a minimum without a value":   func(o *Order) { o.CouponMinimum = 100 },
		"a negative value":            func(o *Order) { o.CouponValue, o.CouponMinimum = -1, 100 },
	} {
		t.Run(name, func(t *testing.T) {
			o := order()
			spoil(&o)
			out := c.Issue(t.Context(), o)
			wellFormed(t, out)
			if out.Kind != Refused || out.Scope != ScopeCustomer || out.Reason != ReasonBadOrder || out.Sent {
				t.Errorf("got %s %s, sent %v", out.Kind, out.Reason, out.Sent)
			}
		})
	}
	if err := order().Check(); err != nil {
		t.Error(err)
	}
	long := order()
	long.OpenID, long.OutRequestNo = strings.Repeat("o", 128), strings.Repeat("*", 128)
	if err := long.Check(); err != nil {
		t.Error(err)
	}
}

func TestForeignTextIsCutAndClean(t *testing.T) {
	message, err := json.Marshal("用户 " + openID + "\r\n\x1b[31m" + strings.Repeat("长", 1000))
	if err != nil {
		t.Fatal(err)
	}
	out := issue(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 400, strings.Repeat("A", 500)+"-12x", `{"code":"NEW","message":`+string(message)+`}`)
	})
	if want := "用户 (openid)   [31m"; !strings.HasPrefix(out.Message, want) {
		t.Errorf("message %q", out.Message)
	}
	if n := len([]rune(out.Message)); n != 301 || !strings.HasSuffix(out.Message, "长…") {
		t.Errorf("message of %d runes", n)
	}
	if n := len([]rune(out.RequestID)); n != 129 || out.RequestNumber != "" {
		t.Errorf("Request-ID of %d runes, number %q", n, out.RequestNumber)
	}
}

func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int32
	s := server(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, "1-0", issuedBody)
	})
	c := client(t, config(s.URL))
	next := c.transport.DialContext
	c.transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		opened.Add(1)
		return next(ctx, network, addr)
	}
	for range 5 {
		if out := c.Issue(t.Context(), order()); out.Kind != Issued {
			t.Fatal(out.Err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 5 calls in turn", n)
	}
}

func TestEveryCallIsObserved(t *testing.T) {
	var clock atomic.Int64 // milliseconds
	var seen []string
	s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		clock.Add(70)
		if r.Method == "POST" {
			sayError(w, 429, "FREQUENCY_LIMITED", "?", "1")
			return
		}
		say(w, 200, "1-0", `{"total_count":0,"offset":0,"limit":1}`)
	})
	cfg := config(s.URL)
	cfg.Now = func() time.Time { return time.UnixMilli(clock.Load()) }
	cfg.Observe = func(op string, kind Kind, took time.Duration) {
		seen = append(seen, op+" "+string(kind)+" "+took.String())
	}
	c := client(t, cfg)
	c.Issue(t.Context(), order())
	if out := c.Probe(t.Context()); out.Kind != Answered {
		t.Errorf("probe: %v", out.Err)
	}
	if _, err := c.Coupons(t.Context(), openID, mchID, ""); err != nil {
		t.Error(err)
	}
	want := []string{"issue slower 70ms", "probe answered 70ms", "coupons answered 70ms", "coupons answered 70ms"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		kind   Kind
	}{
		{"all is well", func(w http.ResponseWriter) { say(w, 200, "1-0", `{"total_count":1,"data":[{}]}`) }, Answered},
		{"still not authenticated", func(w http.ResponseWriter) { sayError(w, 401, "SIGN_ERROR", "错误的签名", "269546525") }, Configuration},
		{"authenticated, but without the right to list", func(w http.ResponseWriter) { sayError(w, 403, "NO_AUTH", "?", "1") }, NotNow},
		{"still not signed", func(w http.ResponseWriter) { io.WriteString(w, `{"total_count":0}`) }, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
				if want := "/v3/marketing/favor/stocks?limit=1&offset=0&stock_creator_mchid=1900000001"; r.RequestURI != want {
					t.Errorf("%s", r.RequestURI)
				}
				tt.answer(w)
			})
			out := client(t, config(s.URL)).Probe(t.Context())
			wellFormed(t, out)
			if out.Kind != tt.kind {
				t.Errorf("got %s: %v", out.Kind, out.Err)
			}
		})
	}
}
