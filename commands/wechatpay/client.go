// Package wechatpay talks to WeChat Pay's cash coupon (代金券) API and says, for every call, what can be believed about it.
//
// A coupon cannot be recalled, so the package has one idea: errors are values, and a value never claims more than is proven.
// Issue sends one coupon and returns an Outcome of one of six kinds:
//
//	issued         an answer whose signature holds names the coupon
//	refused        a definite no about this order; nothing was issued by this call
//	not_now        a definite no that every further call would hear too: budget, day cap, stock, permission, merchant
//	configuration  WeChat Pay does not accept who we say we are, or our clock; nothing was executed
//	slower         too many calls; nothing was executed
//	unknown        anything else. The coupon may exist: ask again with the same number and the same contents
//
// Which words of WeChat Pay mean which kind is one table, in rules.go. It is read by code, message and the number that ends
// Request-ID together, because one code carries several meanings.
//
// What is believed. A 2xx is believed only when its signature holds and it names a coupon. A 4xx is believed only when it is
// WeChat Pay's JSON and its signature holds too, although the SDK does not check that one. WeChat Pay signs every answer to a
// request whose own signature it accepted (WeChat Pay docs, 签名: 应答签名), so a refusal without a signature was written by
// someone on the way, who cannot know whether the call went through; believing it could lose a coupon that was issued, whereas
// unknown only costs another call with the same number, which WeChat Pay answers with the same coupon. Two unsigned answers
// are believed: 401, because a request whose signature fails "is not executed" and cannot get a signed answer (same page), and
// 429, which a gateway gives before it looks at the request. A signature that is present but wrong makes a 4xx unknown, except
// 401: with a wrong key of WeChat Pay's configured, that is the very message that matters.
//
// Nothing here retries, waits, paces or fails over: callers own the number and decide. There is no goroutine and no state but connections and certificates.
// Errors and outcomes never hold a URL, an Authorization header or the whole of an openid, so they may be logged as they are.
package wechatpay

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
)

// Config says who we are and how to know WeChat Pay.
//
// The answers are verified with WeChat Pay's public key when PublicKeyID and PublicKey are given (merchants since late 2024
// have nothing else), or with platform certificates, downloaded and renewed with APIv3Key. With all three the public key is used.
type Config struct {
	BaseURL     string          // scheme and host, such as https://api.mch.weixin.qq.com (the default); no path
	MchID       string          // the calling merchant
	AppID       string          // owns the openids, and is bound to MchID
	SerialNo    string          // of the merchant API certificate
	PrivateKey  *rsa.PrivateKey // of the merchant API certificate
	PublicKeyID string          // PUB_KEY_ID_…
	PublicKey   *rsa.PublicKey  // WeChat Pay's
	APIv3Key    string          // 32 characters
	Timeout     time.Duration   // of one call in all, connecting and reading included; default 10 s
	Workers     int             // calls at one time; so many connections are kept; default 64

	Now     func() time.Time                                  // default time.Now. The SDK signs and verifies by the real clock
	Log     *slog.Logger                                      // default: nothing is logged
	Observe func(op string, outcome Kind, took time.Duration) // called after every call, if not nil. op: issue, probe, stock, stocks, coupon, coupons
}

// Client calls WeChat Pay. It may be used by any number of goroutines.
type Client struct {
	config    Config
	transport *http.Transport
	core      *core.Client
	coupons   cashcoupons.CouponApiService
	validator auth.Validator
}

// New checks the configuration, every fault at once, and connects nothing, unless platform certificates have to be downloaded.
// The context bounds that download only.
func New(ctx context.Context, c Config) (*Client, error) {
	c = c.withDefaults()
	base, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("wechatpay: %w", err)
	}
	transport := newTransport(c.Workers, c.Timeout)
	web := newHTTPClient(transport, base)
	merchant := option.WithMerchantCredential(c.MchID, c.SerialNo, c.PrivateKey)

	var verifier auth.Verifier
	if c.PublicKey != nil {
		verifier = verifiers.NewSHA256WithRSAPubkeyVerifier(c.PublicKeyID, *c.PublicKey)
	} else {
		unverified, err := core.NewClient(ctx, merchant, option.WithHTTPClient(web), option.WithoutValidator())
		if err != nil {
			return nil, fmt.Errorf("wechatpay: %w", err)
		}
		verifier, err = newCertificates(ctx, unverified, c)
		if err != nil {
			transport.CloseIdleConnections()
			return nil, fmt.Errorf("wechatpay: %w", err)
		}
	}
	client, err := core.NewClient(ctx, merchant, option.WithHTTPClient(web), option.WithVerifier(verifier))
	if err != nil {
		return nil, fmt.Errorf("wechatpay: %w", err)
	}
	return &Client{
		config:    c,
		transport: transport,
		core:      client,
		coupons:   cashcoupons.CouponApiService{Client: client},
		validator: validators.NewWechatPayResponseValidator(verifier),
	}, nil
}

// Close lets idle connections go. Calls in hand go on until they end or their context does.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = consts.WechatPayAPIServer
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Workers == 0 {
		c.Workers = 64
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(string, Kind, time.Duration) {}
	}
	return c
}

// check returns every fault of c at once.
func (c Config) check() (base *url.URL, err error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	base, err = url.Parse(c.BaseURL)
	switch {
	case err != nil:
		fault("base_url is not a URL")
	case base.Scheme != "https" && base.Scheme != "http", base.Host == "":
		fault("base_url must look like https://api.mch.weixin.qq.com")
	case base.User != nil, base.Path != "" && base.Path != "/", base.RawQuery != "", base.Fragment != "":
		fault("base_url must be a scheme and a host only: the path is part of what is signed")
	}
	for _, f := range []struct{ name, value string }{{"mchid", c.MchID}, {"appid", c.AppID}, {"serial_no", c.SerialNo}} {
		if !isToken(f.value) {
			fault("%s must be letters and digits, as the merchant platform shows it", f.name)
		}
	}
	if c.PrivateKey == nil {
		fault("the merchant private key is missing (apiclient_key.pem)")
	}
	switch {
	case (c.PublicKeyID == "") != (c.PublicKey == nil):
		fault("public_key_id and the public key belong together: give both, from the same page of the merchant platform")
	case c.PublicKey != nil && !isToken(c.PublicKeyID):
		fault("public_key_id must look like PUB_KEY_ID_ and digits")
	case c.PublicKey == nil && c.APIv3Key == "":
		fault("nothing to verify WeChat Pay's answers with: give public_key_id and the public key, or apiv3_key (older merchants)")
	case c.PublicKey == nil && len(c.APIv3Key) != 32:
		fault("apiv3_key must have 32 characters; this one has %d", len(c.APIv3Key))
	}
	if c.Timeout < 0 || c.Workers < 0 {
		fault("timeout and workers must not be negative")
	}
	return base, errors.Join(faults...)
}

// isToken reports whether s can stand in a header between quotes: letters, digits, '_' and '-'.
func isToken(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-' {
			return false
		}
	}
	return s != ""
}
