package wechatpay

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
)

// presigned answers every request with the same signed bytes, so that a benchmark measures the client.
// A signature is good for five minutes.
func presigned(b *testing.B) string {
	header := http.Header{}
	signed(header, issuedBody, time.Now())
	header.Set("Request-ID", "08E2-0")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for key, values := range header {
			w.Header()[key] = values
		}
		io.WriteString(w, issuedBody)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

// go test ./commands/wechatpay -run '^$' -bench 'Issue|BareSDK' -benchmem -count 6
func BenchmarkIssue(b *testing.B) {
	c := client(b, config(presigned(b)))
	o := order()
	b.ReportAllocs()
	for b.Loop() {
		if out := c.Issue(b.Context(), o); out.Kind != Issued {
			b.Fatal(out.Err)
		}
	}
}

func BenchmarkBareSDK(b *testing.B) {
	base, err := url.Parse(presigned(b))
	if err != nil {
		b.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	k := keys()
	sdk, err := core.NewClient(b.Context(),
		option.WithWechatPayPublicKeyAuthCipher(mchID, serial, k.merchant, keyID, &k.wechat.PublicKey),
		option.WithHTTPClient(&http.Client{Transport: rewrite{transport, base}}))
	if err != nil {
		b.Fatal(err)
	}
	api := cashcoupons.CouponApiService{Client: sdk}
	o := order()
	b.ReportAllocs()
	for b.Loop() {
		resp, _, err := api.SendCoupon(b.Context(), cashcoupons.SendCouponRequest{
			Openid: core.String(o.OpenID), StockId: core.String(o.StockID), OutRequestNo: core.String(o.OutRequestNo),
			Appid: core.String(appID), StockCreatorMchid: core.String(o.StockCreatorMchID),
		})
		if err != nil || *resp.CouponId == "" {
			b.Fatal(err)
		}
	}
}

// rewrite is the least that points the SDK at another host.
type rewrite struct {
	next http.RoundTripper
	base *url.URL
}

func (t rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = t.base.Scheme, t.base.Host
	return t.next.RoundTrip(r)
}
