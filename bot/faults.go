package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/slack-go/slack"
)

type faultKind int

const (
	faultRefused faultKind = iota // Slack said no, in a word: nothing happened
	faultLimited                  // too fast: nothing happened, it may be tried after After
	faultUnsent                   // Slack was not reached: nothing happened
	faultUnknown                  // it may have happened
)

// A fault is why a call to Slack failed. Its words are short and hold no address: response URLs are secrets.
type fault struct {
	Kind  faultKind
	Code  string // Slack's word, or ours for what never reached it
	After time.Duration
	Note  []string // what Slack says is wrong with the blocks
}

func (f *fault) Error() string { return "Slack: " + f.Code }

// limitPause is how long to wait when Slack says "too fast" without saying how long.
const limitPause = 30 * time.Second

// classify sorts the error of a slack-go call. "Too fast" has four shapes: 429 with a number of seconds, with
// something that is none, without any, and a 200 whose body says so.
func classify(err error) *fault {
	if err == nil {
		return nil
	}
	if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return &fault{Kind: faultLimited, Code: "ratelimited", After: limited.RetryAfter}
	}
	if _, ok := errors.AsType[*strconv.NumError](err); ok {
		return &fault{Kind: faultLimited, Code: "ratelimited", After: limitPause}
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return statusFault(status.Code)
	}
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		f := &fault{Kind: faultRefused, Code: said.Err, Note: said.ResponseMetadata.Messages}
		switch said.Err {
		case "ratelimited", "rate_limited":
			f.Kind, f.After = faultLimited, limitPause
		case "internal_error", "fatal_error", "request_timeout", "service_unavailable":
			f.Kind = faultUnknown // Slack docs: some aspect of the operation may have succeeded
		}
		return f
	}
	return networkFault(err)
}

func statusFault(code int) *fault {
	switch {
	case code == http.StatusTooManyRequests:
		return &fault{Kind: faultLimited, Code: "ratelimited", After: limitPause}
	case code >= 500:
		return &fault{Kind: faultUnknown, Code: fmt.Sprintf("http_%d", code)}
	}
	return &fault{Kind: faultRefused, Code: fmt.Sprintf("http_%d", code)}
}

func networkFault(err error) *fault {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return &fault{Kind: faultUnsent, Code: "unreachable"}
	}
	var late interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout() {
		return &fault{Kind: faultUnknown, Code: "timeout"}
	}
	return &fault{Kind: faultUnknown, Code: "connection_lost"}
}

// tokenRefused tells whether Slack's word means that a token is of no use until a person changes it.
func tokenRefused(code string) bool {
	switch code {
	case "invalid_auth", "account_inactive", "not_authed", "token_revoked":
		return true
	}
	return false
}

// needsPerson tells whether Slack's word about a connection means that trying again will not help until somebody
// changes the app: slack-go tries for ever and tells nobody.
func needsPerson(code string) bool {
	switch code {
	case "token_expired", "missing_scope", "not_allowed_token_type", "team_disabled", "no_permission", "forbidden_team", "org_login_required",
		"user_removed_from_team", "access_denied":
		return true
	}
	return tokenRefused(code)
}

// channelGone tells whether Slack's word means that a message cannot be shown in a channel at all.
func channelGone(code string) bool {
	switch code {
	case "channel_not_found", "not_in_channel", "is_archived", "is_inactive", "user_disabled", "user_not_found", "messages_tab_disabled",
		"restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
		"cannot_dm_bot", "team_access_not_granted":
		return true
	}
	return false
}

// messageGone tells whether a message can no longer be changed, so that it is posted anew.
func messageGone(code string) bool {
	switch code {
	case "message_not_found", "cant_update_message", "edit_window_closed":
		return true
	}
	return false
}

// notDrawable tells whether Slack refused the drawing itself.
func notDrawable(code string) bool {
	switch code {
	case "invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "invalid_arguments", "block_mismatch", "no_text":
		return true
	}
	return false
}
