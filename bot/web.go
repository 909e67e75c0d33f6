package bot

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// callTimeout bounds one call to Slack: slack-go's own client would wait for ever.
const callTimeout = 10 * time.Second

// skewLife is how long a reading of Slack's clock says something about ours.
const skewLife = 10 * time.Minute

// web is Slack's Web API and its response URLs, and what their answers teach: the time there, and which methods want
// to be left alone for a while.
type web struct {
	api       *slack.Client
	http      *http.Client
	transport *http.Transport
	now       func() time.Time

	mu     sync.Mutex
	skew   time.Duration
	seenAt time.Time
	closed map[string]time.Time // method → when it may be called again
}

func newWeb(c Config, now func() time.Time) *web {
	w := &web{now: now, closed: map[string]time.Time{}}
	w.transport = http.DefaultTransport.(*http.Transport).Clone()
	w.transport.MaxIdleConnsPerHost = 16
	w.http = &http.Client{Timeout: callTimeout, Transport: w}
	w.api = slack.New(c.BotToken, slack.OptionHTTPClient(w.http), slack.OptionAPIURL(c.APIURL))
	return w
}

// RoundTrip carries a request out and reads Slack's clock from the answer.
func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	began := w.now()
	answer, err := w.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		ended := w.now()
		w.mu.Lock()
		// The header names a whole second, so its middle is meant; and it was written between the two moments.
		w.skew, w.seenAt = date.Add(time.Second/2).Sub(began.Add(ended.Sub(began)/2)), ended
		w.mu.Unlock()
	}
	return answer, nil
}

func (w *web) clock() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skew, !w.seenAt.IsZero() && w.now().Sub(w.seenAt) < skewLife
}

// pause leaves a method alone: Slack's limits are per method, so the others go on.
func (w *web) pause(method string, after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed[method] = w.now().Add(after)
}

// paused is how much longer a method must be left alone.
func (w *web) paused(method string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.closed[method].Sub(w.now()))
}

// call does one thing by a method, unless it is to be left alone, and classifies what went wrong; nil when nothing did.
func (w *web) call(ctx context.Context, method string, do func(context.Context) error) *fault {
	if left := w.paused(method); left > 0 {
		return &fault{Kind: faultLimited, Code: "ratelimited", After: left}
	}
	f := classify(do(ctx))
	if f != nil && f.Kind == faultLimited {
		w.pause(method, f.After)
	}
	return f
}
