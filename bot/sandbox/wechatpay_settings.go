package sandbox

import (
	"errors"
	"time"
)

// WeChatSettings are the world's habits. The zero value is the strict original.
type WeChatSettings struct {
	LatencyMs           int64 `json:"latency_ms"`            // every call takes at least this long
	RateLimit           int   `json:"rate_limit"`            // sends in any sliding second; 0: 510, the stated 500 and 2 % for jitter; -1: none
	HideOutRequestNo    bool  `json:"hide_out_request_no"`   // list and query answers leave out_request_no out, as before 2023
	ListLagMs           int64 `json:"list_lag_ms"`           // a coupon shows in lists only after this long
	AllowOverlap        bool  `json:"allow_overlap"`         // no false RULE_LIMIT for overlapping sends to one openid and stock
	ChecksBeforeReentry bool  `json:"checks_before_reentry"` // a repeated number is judged anew before it is recognised
	NoPermission        bool  `json:"no_permission"`         // the product permission is withdrawn from the merchant
}

func (s WeChatSettings) check() error {
	switch {
	case s.LatencyMs < 0 || s.ListLagMs < 0:
		return errors.New("a delay cannot be negative")
	case s.RateLimit < -1:
		return errors.New("rate_limit is a number of calls, 0 for 510, or -1 for none")
	}
	return nil
}

func (s WeChatSettings) sendLimit(original int) int {
	switch s.RateLimit {
	case 0:
		return original
	case -1:
		return 0
	}
	return s.RateLimit
}

func (s WeChatSettings) latency() time.Duration { return time.Duration(s.LatencyMs) * time.Millisecond }
func (s WeChatSettings) listLag() time.Duration { return time.Duration(s.ListLagMs) * time.Millisecond }
