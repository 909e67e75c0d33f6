package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	wxScheme   = "WECHATPAY2-SHA256-RSA2048"
	wxClockGap = 300 * time.Second
)

// authenticate verifies a request as APIv3 does: over the request line and the body as they arrived, never re-encoded
// (WeChat Pay docs, 如何生成请求签名).
func (w *WeChatPay) authenticate(c *wxCall) *wxRefusal {
	f, err := wxParseAuthorization(c.request.Header.Values("Authorization"))
	if err != nil {
		return wxRefuse("sign_error").at("authorization", "", err.Error())
	}
	if f["mchid"] != w.id.mchID {
		return wxRefuse("sign_mchid").at("authorization", "mchid", f["mchid"])
	}
	if f["serial_no"] != w.id.serialNo {
		return wxRefuse("sign_serial").at("authorization", "serial_no", f["serial_no"])
	}
	seconds, err := strconv.ParseInt(f["timestamp"], 10, 64)
	if err != nil {
		return wxRefuse("sign_error").at("authorization", "timestamp", f["timestamp"])
	}
	if gap := c.arrived.Sub(time.Unix(seconds, 0)).Abs(); gap > wxClockGap {
		return wxRefuse("sign_clock").at("authorization", "timestamp", f["timestamp"])
	}
	message := c.request.Method + "\n" + c.request.RequestURI + "\n" + f["timestamp"] + "\n" + f["nonce_str"] + "\n" + string(c.body) + "\n"
	sum := sha256.Sum256([]byte(message))
	signature, err := base64.StdEncoding.DecodeString(f["signature"])
	if err != nil || rsa.VerifyPKCS1v15(&w.id.keys.Merchant.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return wxSignMismatch(c, message)
	}
	return nil
}

func wxSignMismatch(c *wxCall, message string) *wxRefusal {
	no := wxRefuse("sign_error")
	no.detail = map[string]any{
		"field": "signature", "location": "authorization",
		"detail": map[string]any{"issue": "sign not match"},
		"sign_information": map[string]any{
			"method": c.request.Method, "url": c.request.RequestURI,
			"sign_message_length":    len(message),
			"truncated_sign_message": c.request.Method + "\n" + c.request.RequestURI + "\n",
		},
	}
	return no
}

// wxParseAuthorization reads the one Authorization header: the scheme, then exactly five name="value" fields in any order.
func wxParseAuthorization(headers []string) (map[string]string, error) {
	if len(headers) != 1 {
		return nil, fmt.Errorf("want one Authorization header, got %d", len(headers))
	}
	scheme, rest, _ := strings.Cut(headers[0], " ")
	if scheme != wxScheme {
		return nil, fmt.Errorf("want the scheme %s", wxScheme)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || len(value) < 3 || value[0] != '"' || value[len(value)-1] != '"' {
			return nil, fmt.Errorf("a field is not name=%q", "value")
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("field %s comes twice", name)
		}
		fields[name] = value[1 : len(value)-1]
	}
	for _, name := range []string{"mchid", "nonce_str", "timestamp", "serial_no", "signature"} {
		if fields[name] == "" {
			return nil, fmt.Errorf("field %s is missing", name)
		}
	}
	if len(fields) != 5 {
		return nil, fmt.Errorf("want five fields, got %d", len(fields))
	}
	return fields, nil
}
