package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// slWorld is a workspace on a real listener, with a clock that tests move.
type slWorld struct {
	*testing.T
	slack *Slack
	url   string

	mu    sync.Mutex
	ahead time.Duration
}

func slStart(t *testing.T, o SlackOptions) *slWorld {
	t.Helper()
	w := &slWorld{T: t}
	began := time.Now()
	o.Now = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return began.Add(w.ahead)
	}
	w.slack = NewSlack(o)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/slack/", w.slack.Control())
	mux.Handle("/", w.slack)
	server := httptest.NewServer(mux)
	w.url = server.URL
	t.Cleanup(func() { w.slack.Close(); server.Close() })
	return w
}

func (w *slWorld) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func (w *slWorld) client() *slack.Client {
	return slack.New(SlackBotToken, slack.OptionAppLevelToken(SlackAppToken), slack.OptionAPIURL(w.url+"/api/"))
}

// control posts to the control API and reads the answer.
func (w *slWorld) control(path string, body any) slObj {
	w.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	r, err := http.Post(w.url+"/sandbox/slack/"+path, "application/json", bytes.NewReader(b))
	if err != nil {
		w.Fatal(err)
	}
	return w.read(r)
}

func (w *slWorld) read(r *http.Response) slObj {
	w.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.Fatal(err)
	}
	var out slObj
	if err := json.Unmarshal(b, &out); err != nil {
		w.Fatalf("%s: not a JSON object: %q", r.Request.URL.Path, b)
	}
	return out
}

func (w *slWorld) get(path string) slObj {
	w.Helper()
	r, err := http.Get(w.url + "/sandbox/slack/" + path)
	if err != nil {
		w.Fatal(err)
	}
	return w.read(r)
}

// api calls a Web API method with a form, as slack-go does.
func (w *slWorld) api(method string, pairs ...string) slObj {
	w.Helper()
	form := []string{"token=" + SlackBotToken}
	for i := 0; i < len(pairs); i += 2 {
		form = append(form, pairs[i]+"="+strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "=", "%3D", "\n", "%0A").Replace(pairs[i+1]))
	}
	return w.apiRaw(method, strings.Join(form, "&"))
}

func (w *slWorld) apiRaw(method, form string) slObj {
	w.Helper()
	r, err := http.Post(w.url+"/api/"+method, "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		w.Fatal(err)
	}
	return w.read(r)
}

// messages are what a person sees in a channel.
func (w *slWorld) messages(as, channel string) []slSeen {
	w.Helper()
	b, err := json.Marshal(w.get("state?as=" + as)["channels"])
	if err != nil {
		w.Fatal(err)
	}
	var channels []slSeenChannel
	if err := json.Unmarshal(b, &channels); err != nil {
		w.Fatal(err)
	}
	for _, c := range channels {
		if c.ID == channel {
			return c.Messages
		}
	}
	return nil
}

func (w *slWorld) violations() (kinds []string) {
	w.Helper()
	for _, v := range w.get("stats")["violations"].([]any) {
		kinds = append(kinds, v.(slObj)["kind"].(string))
	}
	return kinds
}

// eventually polls a condition that another process's socket brings about.
func (w *slWorld) eventually(what string, ok func() bool) {
	w.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("never: %s", what)
		}
	}
}

// slApp is a small app on slack-go's own socket client. answer gives the ack payload of an envelope.
type slApp struct {
	*socketmode.Client
	got chan socketmode.Event
}

func (w *slWorld) app(answer func(socketmode.Event) any) *slApp {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	app := &slApp{Client: socketmode.New(w.client()), got: make(chan socketmode.Event, 100)}
	hello := make(chan struct{}, 100)
	done := make(chan struct{})
	go func() { app.RunContext(ctx) }()
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-app.Events:
				if e.Type == socketmode.EventTypeHello {
					hello <- struct{}{}
				}
				if e.Request == nil || e.Request.EnvelopeID == "" {
					continue
				}
				if p := answer(e); p == nil {
					app.Ack(*e.Request)
				} else if p != slNoAnswer {
					app.Ack(*e.Request, p)
				}
				app.got <- e
			}
		}
	}()
	w.Cleanup(func() { cancel(); <-done })
	select {
	case <-hello:
	case <-time.After(5 * time.Second):
		w.Fatal("slack-go's socket client never said hello")
	}
	return app
}

// slNoAnswer makes an app keep silent about an envelope.
var slNoAnswer any = struct{ silent bool }{true}

func (a *slApp) next(t *testing.T) socketmode.Event {
	t.Helper()
	select {
	case e := <-a.got:
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("the app heard nothing")
		return socketmode.Event{}
	}
}

func slQuiet(socketmode.Event) any { return nil }
