package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

// probePrefix begins the wrong signatures that WeChat Pay sends on purpose, to see whether merchants look
// (WeChat Pay docs, 签名探测流量).
const probePrefix = "WECHATPAY/SIGNTEST/"

// judge says what a call came to. Its Kind is "" when the answer is a 2xx, verified and decoded: then the caller reads on.
func (c *Client) judge(k *call, result *core.APIResult, err error) Outcome {
	out := Outcome{Sent: k.touched.Load()}
	if result == nil || result.Response == nil {
		return k.noAnswer(out, err)
	}
	resp := result.Response
	out.Status = resp.StatusCode
	out.RequestID = k.clean(resp.Header.Get(consts.RequestID), 128)
	out.RequestNumber = requestNumber(out.RequestID)
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		out.ServerDate = date.UTC()
	}
	if b, cut := resp.Body.(*body); cut && err != nil {
		return k.cut(out, b.failed)
	}
	var said *core.APIError
	switch {
	case out.Status == http.StatusAccepted:
		return k.as(out, ReasonAccepted, "")
	case err == nil:
		return out
	case errors.As(err, &said):
		return c.judgeRefusal(k, out, resp, said)
	}
	if reason, why := c.signature(k.ctx, resp); why != nil {
		return k.as(out, reason, why.Error())
	}
	return k.as(out, ReasonGarbledAnswer, err.Error())
}

// judgeRefusal reads an answer that is no 2xx.
func (c *Client) judgeRefusal(k *call, out Outcome, resp *http.Response, said *core.APIError) Outcome {
	out.Code, out.Message = k.clean(said.Code, 64), k.clean(said.Message, 300)
	switch {
	case out.Status >= 500 && out.Code == "SYSTEM_ERROR":
		return k.as(out, ReasonSystemError, "")
	case out.Status >= 500:
		return k.as(out, ReasonServerError, "")
	case out.Status < 400, out.Code == "":
		return k.as(out, ReasonForeignAnswer, "")
	}
	if reason, why := c.signature(k.ctx, resp); why != nil {
		believed := out.Status == http.StatusUnauthorized || out.Status == http.StatusTooManyRequests && reason == ReasonUnsigned
		if !believed {
			return k.as(out, reason, why.Error())
		}
	}
	rule := refusal(out.Status, out.Code, out.Message, out.RequestNumber)
	out = k.as(out, rule.Reason, "")
	out.Kind = rule.Kind // 401 makes it configuration
	return out
}

// signature checks an answer's signature; the error is nil when it holds.
func (c *Client) signature(ctx context.Context, resp *http.Response) (Reason, error) {
	err := c.validator.Validate(ctx, resp)
	if err == nil {
		return "", nil
	}
	sig := resp.Header.Get(consts.WechatPaySignature)
	if sig == "" {
		return ReasonUnsigned, err
	}
	if strings.HasPrefix(sig, probePrefix) {
		return ReasonProbeSignature, err
	}
	if at, e := strconv.ParseInt(resp.Header.Get(consts.WechatPayTimestamp), 10, 64); e == nil && time.Since(time.Unix(at, 0)).Abs() >= consts.FiveMinute*time.Second {
		return ReasonAnswerClock, err
	}
	return ReasonBadSignature, err
}

// noAnswer is a call that ended without a status line.
func (k *call) noAnswer(out Outcome, err error) Outcome {
	var timeout net.Error
	reason := ReasonConnectionLost
	switch {
	case errors.Is(err, context.Canceled):
		reason = ReasonCanceled
	case !out.Sent:
		reason = ReasonNotSent
	case errors.As(err, &timeout) && timeout.Timeout():
		reason = ReasonTimeout
	}
	return k.because(out, reason, err)
}

// cut is an answer whose body ended before its end.
func (k *call) cut(out Outcome, err error) Outcome {
	reason := ReasonCutAnswer
	switch {
	case errors.Is(err, context.Canceled):
		reason = ReasonCanceled
	case errors.Is(err, context.DeadlineExceeded):
		reason = ReasonTimeout
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return k.because(out, reason, err)
}

// because gives an outcome its reason and the error that led to it, without the URL that net/http puts around it.
func (k *call) because(out Outcome, reason Reason, err error) Outcome {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	text := err.Error()
	out = k.as(out, reason, text)
	if k.mask(text) == text {
		out.Err.(*fault).cause = err
	}
	return out
}

// as fills in what the table knows about a reason.
func (k *call) as(out Outcome, reason Reason, why string) Outcome {
	rule := ruleOf(reason)
	out.Kind, out.Scope, out.Turn, out.Retryable, out.Reason = rule.Kind, rule.Scope, rule.Turn, rule.Retryable, reason
	text := k.op + ": " + string(reason)
	if out.Status != 0 {
		text += fmt.Sprintf(": answer %d", out.Status)
	}
	for _, part := range []string{out.Code, out.Message, k.clean(why, 300)} {
		if part != "" {
			text += ": " + part
		}
	}
	if out.RequestID != "" {
		text += " (Request-ID " + out.RequestID + ")"
	}
	out.Err = &fault{text: text}
	return out
}

// requestNumber is what stands after the last '-' of a Request-ID, if that is a number.
func requestNumber(id string) string {
	number := id[strings.LastIndexByte(id, '-')+1:]
	if number == id {
		return ""
	}
	for _, r := range number {
		if r < '0' || r > '9' {
			return ""
		}
	}
	return number
}

// clean makes foreign text fit for a log and a card.
func (k *call) clean(s string, runes int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(k.mask(s), "\ufffd"))
	n := 0
	for i := range s {
		if n++; n > runes {
			return s[:i] + "…"
		}
	}
	return s
}

// mask takes the openid out of a text, as it is and as it stands in a path.
func (k *call) mask(s string) string {
	if k.secret == "" || s == "" {
		return s
	}
	s = strings.ReplaceAll(s, k.secret, "(openid)")
	return strings.ReplaceAll(s, url.PathEscape(k.secret), "(openid)")
}
