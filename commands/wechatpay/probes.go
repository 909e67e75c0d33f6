package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Report takes what a probe found about one thing: what is fine about it, or the error, which says what to do.
type Report = func(what, fine string, err error)

// A StockAsk is a stock of the configuration, and what is expected of it.
type StockAsk struct {
	Name, ID, CreatorMchID string
	Custom                 bool // its value is chosen with each send
}

// Check tries who we say we are, both clocks and every stock, and sends nothing.
func (c *Client) Check(ctx context.Context, stocks []StockAsk, report Report) {
	began := c.config.Now()
	o := c.Probe(ctx)
	report("WeChat Pay merchant key", "our signature is accepted, and WeChat Pay's is verified", keyFault(o))
	if !o.ServerDate.IsZero() {
		// The header names a whole second, so its middle is meant; and it was written between the two moments.
		skew := o.ServerDate.Add(time.Second / 2).Sub(began.Add(c.config.Now().Sub(began) / 2))
		report("clock against WeChat Pay", fmt.Sprintf("%.1f s apart", skew.Abs().Seconds()), clockFault(skew))
	}
	for _, s := range stocks {
		what := fmt.Sprintf("stock %s (%s)", s.Name, s.ID)
		if o.Kind != Answered {
			report(what, "", errors.New("not asked: see the merchant key"))
			continue
		}
		stock, err := c.Stock(ctx, s.ID, s.CreatorMchID)
		if err != nil {
			report(what, "", stockUnreadable(err))
			continue
		}
		fine, err := s.fits(stock, c.config.Now())
		report(what, fine, err)
	}
}

// mostSkew is how far a clock may be off: WeChat Pay refuses at five minutes, and the bot holds at one.
const mostSkew = time.Minute

func clockFault(skew time.Duration) error {
	if skew.Abs() <= mostSkew {
		return nil
	}
	return fmt.Errorf("this machine's clock is %s off: have it set by NTP (timedatectl set-ntp true)", skew.Abs().Round(time.Second))
}

// cures say what to do about what can be the matter with all calls.
var cures = map[Reason]string{
	ReasonNotAuthenticated: "mchid, serial_no and private_key_file must be of the same merchant API certificate",
	ReasonCertificate:      "the merchant API certificate is over, or serial_no is of another one: take both from the merchant platform",
	ReasonClock:            "have this machine's clock set by NTP (timedatectl set-ntp true)",
	ReasonAnswerClock:      "have this machine's clock set by NTP (timedatectl set-ntp true)",
	ReasonNoPermission:     "let the merchant platform grant this merchant the coupon product (代金券)",
	ReasonMerchantInvalid:  "is mchid right?",
	ReasonAppIDUnbound:     "bind the appid to the merchant on the merchant platform",
	ReasonBadSignature:     "public_key_id and public_key_file must be the ones the merchant platform shows now",
	ReasonUnsigned:         "something on the way answers for WeChat Pay: look at proxies, and at base_url",
	ReasonForeignAnswer:    "something on the way answers for WeChat Pay: look at proxies, and at base_url",
	ReasonTooFast:          "try again in a minute",
}

func keyFault(o Outcome) error {
	if o.Kind == Answered {
		return nil
	}
	return said(o)
}

// said is an outcome as a sentence, with its cure where there is one.
func said(o Outcome) error {
	cure, ok := cures[o.Reason]
	if !ok {
		cure = "can this machine reach wechatpay.base_url? try again in a minute"
	}
	if o.Code != "" {
		return fmt.Errorf("WeChat Pay says %s, %s: %s", o.Code, o.Message, cure)
	}
	return fmt.Errorf("%w: %s", o.Err, cure)
}

func stockUnreadable(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch o := e.Outcome; {
	case o.Kind == NotNow || o.Kind == Refused || o.Reason == ReasonSystemError: // which WeChat Pay also says of a wrong creator
		return fmt.Errorf("WeChat Pay says %s, %s: id and creator_mchid must be those of one stock, which this merchant may send", o.Code, o.Message)
	default:
		return said(o)
	}
}

// fits says what is fine about a stock, or why none of its coupons could be sent now.
func (a StockAsk) fits(s Stock, now time.Time) (fine string, err error) {
	value := fmt.Sprintf("¥%d.%02d from ¥%d.%02d", s.CouponAmount/100, s.CouponAmount%100, s.Minimum/100, s.Minimum%100)
	switch {
	case s.Type != "NORMAL":
		return "", fmt.Errorf("it is of type %s, and only NORMAL ones can be sent: name another", s.Type)
	case a.Custom && s.CouponAmount != 0:
		return "", fmt.Errorf("it has a fixed value, %s: take custom_value out", value)
	case !a.Custom && s.CouponAmount == 0:
		return "", errors.New("its value is chosen with each send: give it a custom_value")
	case s.Status == StockPaused, s.Status == StockUnactivated, s.Status == StockAudit:
		return "", fmt.Errorf("it is %s: start it on the merchant platform", s.Status)
	case s.Status != StockRunning:
		return "", fmt.Errorf("it is %s for good: name another, or take it out", s.Status)
	case !s.End.IsZero() && !now.Before(s.End):
		return "", fmt.Errorf("it ended on %s: name another, or take it out", s.End.Format(time.RFC3339))
	}
	if a.Custom {
		value = "value chosen with each send"
	}
	fine = fmt.Sprintf("running, %s, %d of %d sent, until %s", value, s.Distributed, s.MaxCoupons, s.End.Format(time.RFC3339))
	if now.Before(s.Begin) {
		fine = fmt.Sprintf("begins on %s, %s", s.Begin.Format(time.RFC3339), value)
	}
	return fine, nil
}
