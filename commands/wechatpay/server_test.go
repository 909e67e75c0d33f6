package wechatpay

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	mchID  = "1900000001"
	appID  = "wx0123456789abcdef"
	serial = "5F0A1234"
	keyID  = "PUB_KEY_ID_0119000000012024"
	openID = "oABCdefGHIjklMNOpqrSTUvwxYZ0"
)

// keys are made once: RSA-2048 takes its time.
var keys = sync.OnceValue(func() (k struct{ merchant, wechat, other *rsa.PrivateKey }) {
	for _, p := range []**rsa.PrivateKey{&k.merchant, &k.wechat, &k.other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*p = key
	}
	return k
})

// server is a WeChat Pay that verifies every request's signature and answers as it is told.
func server(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, body string)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read request: %v", err)
		}
		if err := verifyRequest(r, string(body)); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
		}
		answer(w, r, string(body))
	}))
	t.Cleanup(s.Close)
	return s
}

var authorization = regexp.MustCompile(`(\w+)="([^"]*)"`)

func verifyRequest(r *http.Request, body string) error {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme != "WECHATPAY2-SHA256-RSA2048" {
		return fmt.Errorf("scheme %q", scheme)
	}
	field := map[string]string{}
	for _, m := range authorization.FindAllStringSubmatch(rest, -1) {
		field[m[1]] = m[2]
	}
	if field["mchid"] != mchID || field["serial_no"] != serial {
		return fmt.Errorf("mchid %q, serial_no %q", field["mchid"], field["serial_no"])
	}
	at, _ := strconv.ParseInt(field["timestamp"], 10, 64)
	if off := time.Since(time.Unix(at, 0)); off.Abs() > 5*time.Minute {
		return fmt.Errorf("timestamp %v off", off)
	}
	signature, err := base64.StdEncoding.DecodeString(field["signature"])
	if err != nil {
		return err
	}
	text := r.Method + "\n" + r.RequestURI + "\n" + field["timestamp"] + "\n" + field["nonce_str"] + "\n" + body + "\n"
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(&keys().merchant.PublicKey, crypto.SHA256, sum[:], signature)
}

// signed sets the headers of a well-signed answer, for tests to spoil.
func signed(h http.Header, body string, at time.Time) {
	text := fmt.Sprintf("%d\n%s\n%s\n", at.Unix(), "nonce", body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, keys().wechat, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	h.Set("Content-Type", "application/json")
	h.Set("Wechatpay-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Wechatpay-Nonce", "nonce")
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	h.Set("Wechatpay-Serial", keyID)
}

// say writes a well-signed answer.
func say(w http.ResponseWriter, status int, requestID, body string) {
	signed(w.Header(), body, time.Now())
	w.Header().Set("Request-ID", requestID)
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func sayError(w http.ResponseWriter, status int, code, message, number string) {
	say(w, status, "08E2-"+number, fmt.Sprintf(`{"code":%q,"message":%q}`, code, message))
}

func config(base string) Config {
	return Config{
		BaseURL: base, MchID: mchID, AppID: appID, SerialNo: serial, PrivateKey: keys().merchant,
		PublicKeyID: keyID, PublicKey: &keys().wechat.PublicKey, Timeout: 10 * time.Second, Workers: 4,
	}
}

func client(t testing.TB, c Config) *Client {
	t.Helper()
	cl, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func order() Order {
	return Order{OpenID: openID, StockID: "9856000", StockCreatorMchID: mchID, OutRequestNo: mchID + "20260102abc-1"}
}

// issue sends one order to a server that answers so, and checks what must hold for every outcome.
func issue(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, body string)) Outcome {
	t.Helper()
	out := client(t, config(server(t, answer).URL)).Issue(t.Context(), order())
	wellFormed(t, out)
	return out
}

// wellFormed checks the promises that hold for every outcome.
func wellFormed(t *testing.T, out Outcome) {
	t.Helper()
	if good := out.Kind == Issued || out.Kind == Answered; good != (out.Err == nil) || good != (out.Reason == "") {
		t.Errorf("kind %q with reason %q and error %v", out.Kind, out.Reason, out.Err)
	}
	if (out.Kind == Issued) != (out.CouponID != "") {
		t.Errorf("kind %q with coupon %q", out.Kind, out.CouponID)
	}
	texts := []string{fmt.Sprintf("%+v", out)}
	for err := out.Err; err != nil; err = errors.Unwrap(err) {
		texts = append(texts, err.Error(), fmt.Sprintf("%+v", err))
	}
	for _, text := range texts {
		for _, secret := range []string{openID, "WECHATPAY2", "signature=", "/v3/", "\n"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %q", secret, text)
			}
		}
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
