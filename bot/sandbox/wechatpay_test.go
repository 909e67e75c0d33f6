package sandbox

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// wxTestKeys are made once: they are most of the cost of a stand-in.
var wxTestKeys = sync.OnceValues(NewWeChatKeys)

// A wxRig is a stand-in behind a real HTTP server, with a clock that tests may set.
type wxRig struct {
	t      *testing.T
	pay    *WeChatPay
	server *httptest.Server
	mu     sync.Mutex
	at     time.Time
}

func wxNewRig(t *testing.T, shape func(*WeChatPayOptions)) *wxRig {
	t.Helper()
	keys, err := wxTestKeys()
	if err != nil {
		t.Fatal(err)
	}
	rig := &wxRig{t: t, at: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)}
	o := WeChatPayOptions{Keys: keys, Now: rig.now}
	if shape != nil {
		shape(&o)
	}
	if rig.pay, err = NewWeChatPay(o); err != nil {
		t.Fatal(err)
	}
	rig.serve()
	return rig
}

func (rig *wxRig) serve() {
	control := rig.pay.Control()
	pay := rig.pay
	rig.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sandbox/") {
			control.ServeHTTP(rw, r)
			return
		}
		pay.ServeHTTP(rw, r)
	}))
	rig.t.Cleanup(func() { pay.Close(); rig.server.Close() })
}

// wxRealTime is for the SDK, which has no clock but the machine's.
func wxRealTime(o *WeChatPayOptions) { o.Now = time.Now }

func (rig *wxRig) now() time.Time {
	rig.mu.Lock()
	defer rig.mu.Unlock()
	return rig.at
}

func (rig *wxRig) pass(d time.Duration) {
	rig.mu.Lock()
	defer rig.mu.Unlock()
	rig.at = rig.at.Add(d)
}

// A wxReply is an answer with its body read.
type wxReply struct {
	Status int
	Header http.Header
	Body   string
	Err    error
}

func (r wxReply) field(name string) string {
	var v map[string]any
	if json.Unmarshal([]byte(r.Body), &v) != nil {
		return ""
	}
	s, _ := v[name].(string)
	return s
}

func (r wxReply) number() string {
	id := r.Header.Get("Request-ID")
	return id[strings.LastIndexByte(id, '-')+1:]
}

// A wxRequest is a call in the making; its zero fields are filled in with what is right.
type wxRequest struct {
	method, path, body string
	header             map[string]string // "" removes
	authorization      func(fields []string) string
	timestamp          int64
}

// signed makes the request, signed as a merchant signs.
func (rig *wxRig) signed(q wxRequest) (*http.Request, error) {
	if q.timestamp == 0 {
		q.timestamp = rig.pay.now().Unix()
	}
	nonce := rand.Text()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n", q.method, q.path, q.timestamp, nonce, q.body))
	signature, err := rsa.SignPKCS1v15(nil, rig.pay.id.keys.Merchant, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	fields := []string{
		`mchid="` + rig.pay.MchID() + `"`, `nonce_str="` + nonce + `"`, `timestamp="` + strconv.FormatInt(q.timestamp, 10) + `"`,
		`serial_no="` + rig.pay.SerialNo() + `"`, `signature="` + base64.StdEncoding.EncodeToString(signature) + `"`,
	}
	authorization := wxScheme + " " + strings.Join(fields, ",")
	if q.authorization != nil {
		authorization = q.authorization(fields)
	}
	host := "http://sandbox"
	if rig.server != nil {
		host = rig.server.URL
	}
	r, err := http.NewRequest(q.method, host+q.path, strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{
		"Authorization": {authorization}, "Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {"test"},
		"Wechatpay-Serial": {rig.pay.PublicKeyID()},
	}
	for name, value := range q.header {
		r.Header[name] = []string{value}
	}
	return r, nil
}

// do makes a call and reads its answer, as far as there is one; it follows no redirect.
func (rig *wxRig) do(q wxRequest) wxReply {
	r, err := rig.signed(q)
	if err != nil {
		return wxReply{Err: err}
	}
	client := http.Client{Transport: rig.server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return wxReply{Err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return wxReply{response.StatusCode, response.Header, string(body), err}
}

// wxBody is a send of sorry-10 with some fields changed; nil removes one.
func wxBody(changes map[string]any) string {
	fields := map[string]any{
		"stock_id": "9856000", "out_request_no": "N-1", "appid": "wx0123456789abcdef", "stock_creator_mchid": "1900000001",
	}
	for name, value := range changes {
		if value == nil {
			delete(fields, name)
		} else {
			fields[name] = value
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func (rig *wxRig) send(openid string, changes map[string]any) wxReply {
	return rig.do(wxRequest{method: "POST", path: "/v3/marketing/favor/users/" + url.PathEscape(openid) + "/coupons", body: wxBody(changes)})
}

func (rig *wxRig) get(path string) wxReply {
	return rig.do(wxRequest{method: "GET", path: path})
}

// verified fails unless an answer is signed by the key it names, for this body and this time.
func (rig *wxRig) verified(r wxReply) error {
	key := &rig.pay.id.keys.Platform.PublicKey
	if r.Header.Get("Wechatpay-Serial") != rig.pay.PublicKeyID() {
		key = &rig.pay.id.keys.Certificate.PublicKey
	}
	message := r.Header.Get("Wechatpay-Timestamp") + "\n" + r.Header.Get("Wechatpay-Nonce") + "\n" + r.Body + "\n"
	sum := sha256.Sum256([]byte(message))
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get("Wechatpay-Signature"))
	if err != nil {
		return err
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(r.Header.Get("Wechatpay-Timestamp"), 10, 64)
	if gap := rig.pay.now().Sub(time.Unix(seconds, 0)).Abs(); err != nil || gap >= 300*time.Second {
		return fmt.Errorf("timestamp is %v off (%v)", gap, err)
	}
	return nil
}

func (rig *wxRig) coupons() int { return rig.pay.Stats().Coupons }

func (rig *wxRig) fault(f WeChatFault) {
	rig.t.Helper()
	if _, err := rig.pay.AddFault(f); err != nil {
		rig.t.Fatal(err)
	}
}

// holdFirst makes the first call wait, before it acts, until release is closed; held closes when it is there.
func (rig *wxRig) holdFirst() (held, release chan struct{}) {
	held, release = make(chan struct{}), make(chan struct{})
	var taken atomic.Bool
	rig.pay.wait = func(time.Duration) {
		if taken.CompareAndSwap(false, true) {
			close(held)
			<-release
		}
	}
	return held, release
}

// control calls the control API and reads its answer into v.
func (rig *wxRig) control(method, path, body string, v any) int {
	rig.t.Helper()
	r, err := http.NewRequest(method, rig.server.URL+"/sandbox/wechatpay/"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		rig.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := rig.server.Client().Do(r)
	if err != nil {
		rig.t.Fatal(err)
	}
	defer response.Body.Close()
	if v != nil {
		if err := json.NewDecoder(response.Body).Decode(v); err != nil {
			rig.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return response.StatusCode
}

// wxToServer sends calls for WeChat Pay's host to the stand-in; the signature covers no host.
type wxToServer struct{ host string }

func (to wxToServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", to.host
	return http.DefaultTransport.RoundTrip(r)
}

func (rig *wxRig) httpClient() *http.Client {
	return &http.Client{Transport: wxToServer{strings.TrimPrefix(rig.server.URL, "http://")}}
}

// sdk is the official client in public-key mode, with what a merchant is handed.
func (rig *wxRig) sdk() *core.Client {
	rig.t.Helper()
	private, err := utils.LoadPrivateKey(string(rig.pay.MerchantKeyPEM()))
	if err != nil {
		rig.t.Fatal(err)
	}
	public, err := utils.LoadPublicKey(string(rig.pay.PublicKeyPEM()))
	if err != nil {
		rig.t.Fatal(err)
	}
	client, err := core.NewClient(context.Background(),
		option.WithWechatPayPublicKeyAuthCipher(rig.pay.MchID(), rig.pay.SerialNo(), private, rig.pay.PublicKeyID(), public),
		option.WithHTTPClient(rig.httpClient()))
	if err != nil {
		rig.t.Fatal(err)
	}
	return client
}

func TestWeChatPayHandsOutKeysAsAMerchantGetsThem(t *testing.T) {
	rig := wxNewRig(t, nil)
	private, _ := pem.Decode(rig.pay.MerchantKeyPEM())
	if private == nil || private.Type != "PRIVATE KEY" {
		t.Fatal("the merchant key is not PKCS#8 PEM")
	}
	if _, err := x509.ParsePKCS8PrivateKey(private.Bytes); err != nil {
		t.Error(err)
	}
	public, _ := pem.Decode(rig.pay.PublicKeyPEM())
	if public == nil {
		t.Fatal("the public key is not PEM")
	}
	if _, err := x509.ParsePKIXPublicKey(public.Bytes); err != nil {
		t.Error(err)
	}
	if !regexp.MustCompile(`^PUB_KEY_ID_\d+$`).MatchString(rig.pay.PublicKeyID()) {
		t.Errorf("public key id %q", rig.pay.PublicKeyID())
	}
	if !regexp.MustCompile(`^[0-9A-F]{40}$`).MatchString(rig.pay.SerialNo()) {
		t.Errorf("serial number %q", rig.pay.SerialNo())
	}
}

func TestWeChatPayRefusesOptionsThatMakeNoSense(t *testing.T) {
	keys, err := wxTestKeys()
	if err != nil {
		t.Fatal(err)
	}
	twice := slices.Repeat(SandboxStocks(time.Now()), 2)
	for _, c := range []struct {
		name string
		o    WeChatPayOptions
	}{
		{"an APIv3 key of the wrong length", WeChatPayOptions{APIv3Key: "short"}},
		{"a stock twice", WeChatPayOptions{Stocks: twice}},
		{"a stock of nothing", WeChatPayOptions{Stocks: []WeChatStock{{ID: "1"}}}},
		{"a negative rate", WeChatPayOptions{Settings: WeChatSettings{RateLimit: -2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Keys = keys
			if _, err := NewWeChatPay(c.o); err == nil {
				t.Error("it was made")
			}
		})
	}
}
