package wechatpay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func block(t *testing.T, kind string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestKeysAreReadOrExplained(t *testing.T) {
	k := keys().merchant
	der, err := x509.MarshalPKCS8PrivateKey(k)
	private := block(t, "PRIVATE KEY", der, err)
	pub, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	public := block(t, "PUBLIC KEY", pub, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecPrivate, err := x509.MarshalPKCS8PrivateKey(ec)
	otherPrivate := block(t, "PRIVATE KEY", ecPrivate, err)
	ecPublic, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	otherPublic := block(t, "PUBLIC KEY", ecPublic, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallPrivateDER, err := x509.MarshalPKCS8PrivateKey(small)
	smallPrivate := block(t, "PRIVATE KEY", smallPrivateDER, err)
	smallPublicDER, err := x509.MarshalPKIXPublicKey(&small.PublicKey)
	smallPublic := block(t, "PUBLIC KEY", smallPublicDER, err)

	for _, tt := range []struct {
		name            string
		file            []byte
		private, public string // what the error says; "": none
	}{
		{"a private key", private, "", "this is a private key"},
		{"a public key", public, "this is a public key", ""},
		{"windows line ends and a mark", []byte("\ufeff" + strings.ReplaceAll(string(private), "\n", "\r\n")), "", "this is a private key"},
		{"a public key behind a mark", append([]byte("\ufeff"), public...), "this is a public key", ""},
		{"a certificate before it", append(block(t, "CERTIFICATE", []byte("x"), nil), private...), "", "this is a certificate"},
		{"PKCS#1 private", block(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k), nil), "openssl pkcs8 -topk8", "this is a private key"},
		{"PKCS#1 public", block(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&k.PublicKey), nil), "this is a public key", "openssl rsa -RSAPublicKey_in"},
		{"encrypted", block(t, "ENCRYPTED PRIVATE KEY", der, nil), "encrypted", "this is a private key"},
		{"a certificate", block(t, "CERTIFICATE", der, nil), "apiclient_key.pem", "pub_key.pem"},
		{"something else", block(t, "EC PARAMETERS", der, nil), `"EC PARAMETERS"`, `"EC PARAMETERS"`},
		{"elliptic private", otherPrivate, "not RSA", "this is a private key"},
		{"elliptic public", otherPublic, "this is a public key", "not RSA"},
		{"small private", smallPrivate, "1024 bits", "this is a private key"},
		{"small public", smallPublic, "this is a public key", "1024 bits"},
		{"damaged private", block(t, "PRIVATE KEY", der[:50], nil), "damaged", "this is a private key"},
		{"damaged public", block(t, "PUBLIC KEY", pub[:50], nil), "this is a public key", "damaged"},
		{"no PEM", der, "no PEM text", "no PEM text"},
		{"nothing", nil, "no PEM text", "no PEM text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			gotPrivate, err := ParsePrivateKey(tt.file)
			says(t, err, tt.private)
			if err == nil && !gotPrivate.Equal(k) {
				t.Error("another key")
			}
			gotPublic, err := ParsePublicKey(tt.file)
			says(t, err, tt.public)
			if err == nil && !gotPublic.Equal(&k.PublicKey) {
				t.Error("another key")
			}
		})
	}
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %q", err, want)
	}
}

func TestNewNamesEveryFaultAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*Config)
		want  []string
	}{
		{"nothing given", func(c *Config) { *c = Config{} }, []string{"mchid", "appid", "serial_no", "private key", "public_key_id"}},
		{"not a URL", func(c *Config) { c.BaseURL = "http://a b" }, []string{"base_url"}},
		{"no scheme", func(c *Config) { c.BaseURL = "api.mch.weixin.qq.com" }, []string{"base_url must look like"}},
		{"a path", func(c *Config) { c.BaseURL = "https://api.mch.weixin.qq.com/v3" }, []string{"base_url must be a scheme and a host"}},
		{"a quote in the serial number", func(c *Config) { c.SerialNo = `5F"` }, []string{"serial_no"}},
		{"a public key without its id", func(c *Config) { c.PublicKeyID = "" }, []string{"belong together"}},
		{"an id without its public key", func(c *Config) { c.PublicKey = nil }, []string{"belong together"}},
		{"a short APIv3 key", func(c *Config) { c.PublicKey, c.PublicKeyID, c.APIv3Key = nil, "", "short" }, []string{"32 characters; this one has 5"}},
		{"a negative timeout", func(c *Config) { c.Timeout = -1 }, []string{"timeout"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config("https://api.mch.weixin.qq.com")
			tt.spoil(&c)
			cl, err := New(t.Context(), c)
			if cl != nil {
				t.Error("a client all the same")
			}
			for _, want := range tt.want {
				says(t, err, want)
			}
		})
	}
}
