package wechatpay

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
)

// Issue sends one coupon. It makes at most one request and never returns an error: whatever happened is in the Outcome.
//
// An order that fails its own Check is refused without a request (Sent is false). Two calls with one number, or with one
// openid and stock, must not run at the same time: WeChat Pay then answers RULE_LIMIT falsely.
func (c *Client) Issue(ctx context.Context, o Order) Outcome {
	if err := o.Check(); err != nil {
		k := call{op: "issue", secret: o.OpenID}
		return k.because(Outcome{}, ReasonBadOrder, err)
	}
	k := c.begin(ctx, "issue", o.OpenID)
	k.leave = o.Leave
	if o.Wrote != nil {
		k.trace.WroteRequest = func(httptrace.WroteRequestInfo) { o.Wrote() }
	}
	out := c.issue(k, o)
	c.end(k, out.Kind)
	return out
}

func (c *Client) issue(k *call, o Order) Outcome {
	req := cashcoupons.SendCouponRequest{
		Openid:            &o.OpenID,
		StockId:           &o.StockID,
		OutRequestNo:      &o.OutRequestNo,
		Appid:             &c.config.AppID,
		StockCreatorMchid: &o.StockCreatorMchID,
	}
	if o.CouponValue != 0 {
		req.CouponValue, req.CouponMinimum = &o.CouponValue, &o.CouponMinimum
	}
	resp, result, err := c.coupons.SendCoupon(k.ctx, req)
	out := c.judge(k, result, err)
	if out.Kind != "" {
		return out
	}
	if resp.CouponId == nil || strings.TrimSpace(*resp.CouponId) == "" {
		return k.as(out, ReasonNoCouponID, "")
	}
	out.Kind, out.CouponID = Issued, *resp.CouponId
	return out
}

// Probe asks WeChat Pay something cheap, the first of our own stocks, to find out whether a hold may end. Answered, refused and
// not_now all show that our key, our clock and WeChat Pay's signature are in order. Configuration and unknown do not, and
// slower says nothing about them.
func (c *Client) Probe(ctx context.Context) Outcome {
	k := c.begin(ctx, "probe", "")
	out := c.fetch(k, "/v3/marketing/favor/stocks", url.Values{"offset": {"0"}, "limit": {"1"}, "stock_creator_mchid": {c.config.MchID}}, nil)
	c.end(k, out.Kind)
	return out
}

// get is a reading call. A nil error means that into was filled from a verified answer.
func (c *Client) get(ctx context.Context, op, secret, path string, query url.Values, into func(*http.Response) error) error {
	k := c.begin(ctx, op, secret)
	out := c.fetch(k, path, query, into)
	c.end(k, out.Kind)
	if out.Kind != Answered {
		return &Error{Outcome: out}
	}
	return nil
}

func (c *Client) fetch(k *call, path string, query url.Values, into func(*http.Response) error) Outcome {
	result, err := c.core.Get(k.ctx, consts.WechatPayAPIServer+path+"?"+query.Encode())
	out := c.judge(k, result, err)
	if out.Kind != "" {
		return out
	}
	if into != nil {
		if err := into(result.Response); err != nil {
			return k.as(out, ReasonGarbledAnswer, err.Error())
		}
	}
	out.Kind = Answered
	return out
}
