// Package sandbox is the outside world in small: a Slack workspace and WeChat Pay, spoken to over
// their real wire protocols, and a web page to play the people. It imports nothing of the program
// it is used to test, so it cannot cheat, and it is as strict as the originals: what they refuse,
// it refuses in the same words. Nothing in it is real.
//
// One HTTP listener on the loopback carries everything:
//
//	/api/…  /slack/…          Slack: Web API, Socket Mode, response URLs, files
//	/v3/…                     WeChat Pay
//	/sandbox/slack/…          the control API below
//	/sandbox/wechatpay/…      the control API of WeChat Pay
//	/                         the page
//
// # Control API of Slack
//
// JSON in and out. A thing the person cannot do in their client answers 409 with
// {ok: false, error, message}; anything else that is wrong with a request answers 400.
//
//	GET  state?as=U01ANA      what this person sees: version, me, people, groups, channels (their messages in
//	                          order: ts, author, name, text, blocks, edited, ephemeral, version), modals
//	                          (the top one last, with errors and state), home. &limit= messages of each
//	                          channel (100; 0 all). &since=V&wait=5s waits for a version above V, else
//	                          answers {version, unchanged: true}
//	GET  events?since=V       server-sent events: event "changed", data {"version": N}, N rising
//	POST command              {as, channel, text}: text starts with the command's name
//	POST click                {as, channel, ts, action_id, block_id?, value?, selected?, confirm?: "deny"} or
//	                          {as, view_id, action_id, …}. 409 no_such_button when it is not drawn now;
//	                          {stale: true, version?} presses what was drawn before the last change
//	POST submit               {as, view_id?, values: {block_id: {action_id: value}}}
//	POST close                {as, view_id?, all?}
//	POST suggest              {as, view_id | channel + ts, action_id, block_id?, value}: the ack holds the options
//	POST shortcut             {as, callback_id, channel?, ts?}
//	POST say                  {as, channel, text}
//	POST upload               {as, name, body (base64)} answers {id}, for a file field of submit
//	POST open_home            {as, tab?}
//	POST fault                {kind, …}; GET faults lists those active, and the catalogue; DELETE faults (?id=)
//	POST people/{id}          {name, handle, locale, tz, deleted, is_restricted, is_stranger, team_id, join, leave};
//	                          an unknown U… with a name is a new person
//	POST groups/{id}          {users | add, remove, handle, disabled}; the app hears of changed members
//	POST channels/{id}        {archived, bot}
//	POST settings             {limits, ack_timeout_ms, event_retries_ms, scopes}
//	GET  messages?channel=    everything stored there, with former drawings and deleted ones
//	GET  stats                acks by envelope type (count, missed, p50, p99, max), calls by method, 429s
//	                          given, messages, violations (what a well-behaved app does not do); DELETE stats
//	GET  files/{id}           a file's bytes
//
// command, click, submit, close, suggest and shortcut wait for the app's acknowledgement and answer
// {ok, envelope_id, ack_ms, ack, error}; error is what the person would see: dispatch_failed (no
// socket), operation_timeout (no ack in 3 seconds), invalid_command_response, trouble_connecting.
package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// World is the outside world in small: a Slack workspace and WeChat Pay.
type World struct {
	Slack     *Slack
	WeChatPay *WeChatPay

	o     Options
	quit  chan struct{}
	saves sync.WaitGroup
	close sync.Once
}

// Options say where and how a World lives.
type Options struct {
	Dir     string           // where WriteFiles and Persist put their files
	Persist bool             // keep the state in Dir, as slack.json and wechatpay.json
	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default none

	Slack     SlackOptions     // its Now and Log are taken from here when not set
	WeChatPay WeChatPayOptions // the same
}

// New is a world ready to serve. Close it.
func New(o Options) (*World, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Slack.Now == nil {
		o.Slack.Now = o.Now
	}
	if o.WeChatPay.Now == nil {
		o.WeChatPay.Now = o.Now
	}
	o.Slack.Log = cmp.Or(o.Slack.Log, o.Log)
	o.WeChatPay.Log = cmp.Or(o.WeChatPay.Log, o.Log)
	pay, err := NewWeChatPay(o.WeChatPay)
	if err != nil {
		return nil, fmt.Errorf("start WeChat Pay stand-in: %w", err)
	}
	w := &World{Slack: NewSlack(o.Slack), WeChatPay: pay, o: o, quit: make(chan struct{})}
	if !o.Persist {
		return w, nil
	}
	if err := w.load(); err != nil {
		w.Slack.Close()
		w.WeChatPay.Close()
		return nil, err
	}
	w.saves.Go(w.keep)
	return w, nil
}

// Close ends everything under way and, when the state is kept, writes it a last time. Close the
// world before shutting its HTTP server down: open event streams end with it.
func (w *World) Close() {
	w.close.Do(func() {
		w.Slack.Close()
		w.WeChatPay.Close()
		close(w.quit)
		w.saves.Wait()
	})
}

// Handler serves the whole world. Requests that reach it under a name that is not the loopback's,
// or from a page of another site, are refused: a web page elsewhere must not be able to drive it.
func (w *World) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", w.Slack)
	mux.Handle("/slack/", w.Slack)
	mux.Handle("/sandbox/slack/", w.Slack.Control())
	mux.Handle("/sandbox/wechatpay/", w.WeChatPay.Control())
	mux.Handle("/", Page())
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v3/") { // signatures matter there, not names; and a mux would tidy its paths
			w.WeChatPay.ServeHTTP(rw, r)
			return
		}
		if why := slForeign(r); why != "" {
			http.Error(rw, why, http.StatusForbidden)
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

// slForeign says why a request does not come from this machine's own page or programs.
func slForeign(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !slLoopback(host) {
		return "the sandbox answers to 127.0.0.1 and localhost only"
	}
	wire := strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/slack/")
	if origin := r.Header.Get("Origin"); !wire && origin != "" && origin != "http://"+r.Host {
		return "the sandbox answers to its own page only"
	}
	if strings.HasPrefix(r.URL.Path, "/sandbox/") && r.Method != http.MethodGet && r.ContentLength != 0 &&
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return "the control API takes application/json only"
	}
	return ""
}

func slLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// Listen opens the sandbox's address, which must be on the loopback: there are no passwords.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	if !slLoopback(host) {
		return nil, fmt.Errorf("listen on %q: the sandbox has no passwords, so it listens on 127.0.0.1 or localhost only", addr)
	}
	return net.Listen("tcp", addr)
}

func (w *World) path(name string) string { return filepath.Join(w.o.Dir, name) }

func (w *World) load() error {
	for name, load := range map[string]func([]byte) error{"slack.json": w.Slack.Load, "wechatpay.json": w.WeChatPay.Load} {
		b, err := os.ReadFile(w.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = load(b)
		}
		if err != nil {
			return fmt.Errorf("take up the sandbox of %s: %s: %w", w.o.Dir, name, err)
		}
	}
	return nil
}

// keep writes what has changed, at most once a second, and at the end.
func (w *World) keep() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var slack int64
	var pay uint64
	pay--
	for done := false; !done; {
		select {
		case <-tick.C:
		case <-w.quit:
			done = true
		}
		if v := w.Slack.Version(); v != slack && w.save("slack.json", w.Slack.Save) {
			slack = v
		}
		if v := w.WeChatPay.Version(); v != pay && w.save("wechatpay.json", w.WeChatPay.Save) {
			pay = v
		}
	}
}

func (w *World) save(name string, state func() ([]byte, error)) bool {
	b, err := state()
	if err == nil {
		err = slWriteFile(w.path(name), b, 0o600)
	}
	if err != nil {
		w.o.Log.Error("sandbox: keep the state", "file", name, "err", err)
	}
	return err == nil
}

// slWriteFile replaces a file in one step, so that a crash leaves the old one or the new one.
func slWriteFile(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
