package wechatpay

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const apiv3Key = "0123456789abcdef0123456789abcdef"

// sealedCertificate is one element of the data of GET /v3/certificates.
func sealedCertificate(t *testing.T, serial int64, key *rsa.PrivateKey, from time.Time) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: from, NotAfter: from.AddDate(5, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return sealedText(t, fmt.Sprintf("%X", serial), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func sealedText(t *testing.T, serial string, text []byte) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(apiv3Key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte("123456789012"), text, []byte("certificate")))
	return fmt.Sprintf(`{"serial_no":%q,"effective_time":"2026-01-01T00:00:00+08:00","expire_time":"2031-01-01T00:00:00+08:00",
		"encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"123456789012","associated_data":"certificate","ciphertext":%q}}`, serial, sealed)
}

func certificateConfig(base string) Config {
	c := config(base)
	c.PublicKey, c.PublicKeyID, c.APIv3Key = nil, "", apiv3Key
	return c
}

func TestPlatformCertificatesAreRenewedWhenNeeded(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	older := sealedCertificate(t, 0xA1, keys().wechat, start)
	newer := sealedCertificate(t, 0xB2, keys().wechat, start.AddDate(0, 1, 0))

	var downloads, clock atomic.Int64 // clock: minutes
	var list, signer, asked atomic.Value
	list.Store(older)
	signer.Store("A1")
	s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.RequestURI == "/v3/certificates" {
			downloads.Add(1)
			say(w, 200, "1-0", `{"data":[`+list.Load().(string)+`]}`)
			return
		}
		signed(w.Header(), issuedBody, time.Now())
		w.Header().Set("Wechatpay-Serial", signer.Load().(string))
		asked.Store(r.Header.Get("Wechatpay-Serial"))
		io.WriteString(w, issuedBody)
	})
	cfg := certificateConfig(s.URL)
	cfg.Now = func() time.Time { return start.Add(time.Duration(clock.Load()) * time.Minute) }
	c := client(t, cfg)

	step := func(name string, kind Kind, wantDownloads int64) {
		t.Helper()
		out := c.Issue(t.Context(), order())
		wellFormed(t, out)
		if out.Kind != kind || downloads.Load() != wantDownloads {
			t.Errorf("%s: %s after %d downloads, want %s after %d: %v", name, out.Kind, downloads.Load(), kind, wantDownloads, out.Err)
		}
	}
	step("the first answer", Issued, 1)
	signer.Store("B2")
	step("a new certificate, but just downloaded", Unknown, 1)
	clock.Add(1)
	step("a new certificate that is not to be had yet", Unknown, 2)
	step("not asked again at once", Unknown, 2)
	clock.Add(1)
	list.Store(older + "," + newer)
	step("a new certificate", Issued, 3)
	signer.Store("A1")
	step("the old one goes on being used", Issued, 3)
	if asked.Load() != "B2" {
		t.Errorf("asks for answers signed with %q, not with the newest", asked.Load())
	}
	clock.Add(13 * 60)
	list.Store(`"not a list of certificates"`)
	step("half a day later, what cannot be renewed is kept", Issued, 4)
	clock.Add(1)
	list.Store(newer)
	step("and tried again", Unknown, 5)
}

func TestPlatformCertificatesThatCannotBeHad(t *testing.T) {
	good := sealedCertificate(t, 0xA1, keys().wechat, time.Now())
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		want   string
	}{
		{"a newer merchant has none", func(w http.ResponseWriter) {
			sayError(w, 404, "RESOURCE_NOT_EXISTS", "无可用的平台证书,请在商户平台-API安全申请使用微信支付公钥。", "1")
		}, "public_key_id"},
		{"an empty list", func(w http.ResponseWriter) { say(w, 200, "1-0", `{"data":[]}`) }, "public_key_id"},
		{"they are over", func(w http.ResponseWriter) { sayError(w, 403, "NOT_ENOUGH", "平台证书已过期失效", "1") }, "平台证书已过期失效"},
		{"not authenticated", func(w http.ResponseWriter) { sayError(w, 401, "SIGN_ERROR", "签名错误", "1") }, "401 SIGN_ERROR: 签名错误 (Request-ID 08E2-1)"},
		{"another APIv3 key", func(w http.ResponseWriter) {
			say(w, 200, "1-0", strings.Replace(`{"data":[`+good+`]}`, `"associated_data":"certificate"`, `"associated_data":"other"`, 1))
		}, "apiv3_key does not open them"},
		{"a nonce of another length", func(w http.ResponseWriter) {
			say(w, 200, "1-0", strings.Replace(`{"data":[`+good+`]}`, `123456789012`, `1`, 1))
		}, "not what WeChat Pay documents"},
		{"nothing in them", func(w http.ResponseWriter) { say(w, 200, "1-0", `{"data":[{"serial_no":"A1"}]}`) }, "not what WeChat Pay documents"},
		{"not a certificate", func(w http.ResponseWriter) { say(w, 200, "1-0", `{"data":[`+sealedText(t, "A1", []byte("x"))+`]}`) }, "no certificate"},
		{"not JSON", func(w http.ResponseWriter) { say(w, 200, "1-0", `<html>`) }, "cannot be read"},
		{"dropped", func(w http.ResponseWriter) { drop(w, "") }, "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, _ *http.Request, _ string) { tt.answer(w) })
			c, err := New(t.Context(), certificateConfig(s.URL))
			if c != nil {
				t.Error("a client all the same")
			}
			says(t, err, tt.want)
			if err != nil && strings.Contains(err.Error(), "/v3/") {
				t.Errorf("an address is in %q", err)
			}
		})
	}
}
