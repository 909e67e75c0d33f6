package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A wxAnswer is what goes back, and what a fault may do to it.
type wxAnswer struct {
	status    int
	code      string // of an error
	number    int64  // ends the Request-ID; 0: success
	body      []byte
	kind      string // Content-Type; empty: JSON
	location  string
	foreign   bool          // not from the API itself: a gateway's, without signature or Request-ID
	prepared  *wxPrepared   // a signature made earlier, good for this very body
	signSkew  time.Duration // of Wechatpay-Timestamp
	dateSkew  time.Duration // of Date
	signature func(good string) string
	serial    string // instead of the true one
	drop      bool   // hang up without a word
	cut       bool   // hang up in the middle of the body

	requestID string
	fault     string
	sealed    http.Header
}

func wxOK(v any) *wxAnswer {
	body, err := json.Marshal(v)
	if err != nil { // our own plain structs always marshal
		return wxRefuse("system_error").answer()
	}
	return &wxAnswer{status: http.StatusOK, body: body}
}

// replace puts another body in the answer's place; a signature made earlier no longer fits.
func (a *wxAnswer) replace(status int, kind, body string) {
	*a = wxAnswer{status: status, kind: kind, body: []byte(body), number: a.number}
}

// seal signs the answer as APIv3 signs every answer, errors included (WeChat Pay docs, 如何验证签名).
func (w *WeChatPay) seal(c *wxCall, a *wxAnswer) {
	if a.drop || a.foreign {
		return
	}
	a.requestID = fmt.Sprintf("08%016X%08X-%d", w.now().UnixNano(), w.requests.Add(1), a.number)
	key, serial := w.id.signer(c.request.Header.Get("Wechatpay-Serial"))
	p := a.prepared
	if p == nil || serial != w.id.publicKeyID || a.signSkew != 0 {
		p = wxSign(key, w.now().Add(a.signSkew), a.body)
	}
	signature := p.signature
	if a.signature != nil {
		signature = a.signature(signature)
	}
	if a.serial != "" {
		serial = a.serial
	}
	a.sealed = http.Header{
		"Request-ID":               {a.requestID}, // spelled so by the original
		"Wechatpay-Timestamp":      {strconv.FormatInt(p.at.Unix(), 10)},
		"Wechatpay-Nonce":          {p.nonce},
		"Wechatpay-Serial":         {serial},
		"Wechatpay-Signature-Type": {wxScheme},
	}
	if signature != "" {
		a.sealed["Wechatpay-Signature"] = []string{signature}
	}
}

func (a *wxAnswer) write(rw http.ResponseWriter, now time.Time) {
	if a.drop {
		panic(http.ErrAbortHandler) // net/http's own way to hang up
	}
	h := rw.Header()
	for name, values := range a.sealed {
		h[name] = values
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	if a.kind != "" {
		h.Set("Content-Type", a.kind)
	}
	h.Set("Date", now.Add(a.dateSkew).UTC().Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if a.location != "" {
		h.Set("Location", a.location)
	}
	rw.WriteHeader(a.status)
	if !a.cut {
		_, _ = rw.Write(a.body) // a caller that hung up has its own trouble
		return
	}
	_, _ = rw.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(rw).Flush()
	panic(http.ErrAbortHandler)
}

// A wxPrepared is a signature over one body, and over the coupon id in it when it was made ahead.
type wxPrepared struct {
	couponID  string
	at        time.Time
	nonce     string
	signature string
}

func wxSign(key *rsa.PrivateKey, at time.Time, body []byte) *wxPrepared {
	p := &wxPrepared{at: at, nonce: rand.Text()}
	message := strconv.FormatInt(at.Unix(), 10) + "\n" + p.nonce + "\n" + string(body) + "\n"
	sum := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err == nil { // else the answer goes unsigned, and the caller will say so
		p.signature = base64.StdEncoding.EncodeToString(signature)
	}
	return p
}
