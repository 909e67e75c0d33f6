package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"couponbot/bot/views"
)

// drawing is a message for chat.postMessage, chat.update and chat.postEphemeral. Text and blocks always go together:
// an update with text alone takes the blocks away (Slack docs, chat.update).
func drawing(m views.Message) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks...))
	}
	return options
}

// respond uses a response URL: five times within 30 minutes, no token needed (Slack docs, response_url). The address
// is a secret, so no error of it names it.
func (w *web) respond(ctx context.Context, address string, a answer) *fault {
	body, err := json.Marshal(a)
	if err != nil {
		return &fault{Kind: faultRefused, Code: "unreadable_message"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return &fault{Kind: faultRefused, Code: "bad_response_url"}
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	got, err := w.http.Do(r)
	if err != nil {
		if named, ok := errors.AsType[*url.Error](err); ok {
			err = named.Err
		}
		return networkFault(err)
	}
	defer got.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(got.Body, 200)) // the status is what counts
	if got.StatusCode == http.StatusOK {
		return nil
	}
	f := statusFault(got.StatusCode)
	if seconds, err := strconv.Atoi(got.Header.Get("Retry-After")); err == nil && f.Kind == faultLimited {
		f.After = time.Duration(seconds) * time.Second
	}
	if word := strings.TrimSpace(string(said)); f.Kind == faultRefused && codeWord(word) {
		f.Code = word
	}
	return f
}

// codeWord tells a word of Slack's ("used_url") from a page of HTML.
func codeWord(s string) bool {
	return s != "" && len(s) < 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}
