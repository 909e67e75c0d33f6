package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// slRaw is a socket without a library's manners.
type slRaw struct {
	*websocket.Conn
	t     *testing.T
	pings chan struct{}
}

func (w *slWorld) ticket() string {
	w.Helper()
	r, err := http.NewRequest("POST", w.url+"/api/apps.connections.open", nil)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+SlackAppToken)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	url, _ := w.read(a)["url"].(string)
	return url
}

func (w *slWorld) dial(url string) (*slRaw, int) {
	w.Helper()
	dialer := websocket.Dialer{WriteBufferSize: 64 << 10} // larger messages would go out in several frames
	c, r, err := dialer.Dial(url, http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		if r == nil {
			w.Fatal(err)
		}
		return nil, r.StatusCode
	}
	w.Cleanup(func() { c.Close() })
	k := &slRaw{Conn: c, t: w.T, pings: make(chan struct{}, 1000)}
	c.SetPingHandler(func(data string) error {
		k.pings <- struct{}{}
		return c.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	})
	return k, r.StatusCode
}

// open is a greeted socket.
func (w *slWorld) open() *slRaw {
	w.Helper()
	k, status := w.dial(w.ticket())
	if k == nil {
		w.Fatalf("handshake: %d", status)
	}
	if m := k.read(); m["type"] != "hello" {
		w.Fatalf("the first message is %v", m)
	}
	return k
}

func (k *slRaw) read() slObj {
	k.t.Helper()
	k.SetReadDeadline(time.Now().Add(5 * time.Second))
	var m slObj
	if err := k.ReadJSON(&m); err != nil {
		k.t.Fatal(err)
	}
	return m
}

func (k *slRaw) ack(m slObj, payload any) {
	k.t.Helper()
	b, err := json.Marshal(slObj{"envelope_id": m["envelope_id"], "payload": payload})
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.WriteMessage(websocket.TextMessage, b); err != nil {
		k.t.Fatal(err)
	}
}

// command types /coupon help in the background.
func (w *slWorld) command() <-chan slObj {
	out := make(chan slObj, 1)
	go func() {
		out <- w.control("command", slObj{"as": "U01ANA", "channel": "C01SUPPORT", "text": "/coupon help"})
	}()
	return out
}

func TestATicketIsGoodForOneSocket(t *testing.T) {
	w := slStart(t, SlackOptions{})
	url := w.ticket()
	k, _ := w.dial(url)
	if m := k.read(); m["num_connections"] != 1.0 || m["connection_info"].(slObj)["app_id"] != slAppID {
		t.Errorf("hello = %v", m)
	}
	if again, status := w.dial(url); again != nil || status != http.StatusUnauthorized {
		t.Errorf("the same ticket again: %d", status)
	}
	late := w.ticket()
	w.pass(time.Minute)
	if again, status := w.dial(late); again != nil || status != http.StatusUnauthorized {
		t.Errorf("a ticket of a minute ago: %d", status)
	}
}

func TestTheEleventhSocketIsSentAway(t *testing.T) {
	w := slStart(t, SlackOptions{NoLimits: true})
	for range slMaxSockets {
		w.open()
	}
	k, _ := w.dial(w.ticket())
	if m := k.read(); m["type"] != "disconnect" || m["reason"] != "too_many_websockets" {
		t.Errorf("the eleventh hears %v", m)
	}
	if _, _, err := k.ReadMessage(); err == nil {
		t.Error("the eleventh stays open")
	}
}

func TestAnAckMustBeRightToCount(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(k *slRaw, m slObj)
		want   any // what the person sees; nil when the command worked
		rule   string
	}{
		"a bare ack":                   {func(k *slRaw, m slObj) { k.ack(m, nil) }, nil, ""},
		"an ack with an empty payload": {func(k *slRaw, m slObj) { k.ack(m, slObj{}) }, nil, ""},
		"an ack of 20 KB": {func(k *slRaw, m slObj) { k.ack(m, slObj{"text": strings.Repeat("x", slMaxAck)}) },
			"operation_timeout", "ack_too_large"},
		"an ack just below that": {func(k *slRaw, m slObj) { k.ack(m, slObj{"text": strings.Repeat("x", slMaxAck-200)}) }, nil, ""},
		"an ack in two frames": {func(k *slRaw, m slObj) {
			b, _ := json.Marshal(slObj{"envelope_id": m["envelope_id"]})
			frame := func(first byte, part []byte) []byte {
				return append([]byte{first, 0x80 | byte(len(part)), 0, 0, 0, 0}, part...)
			}
			k.NetConn().Write(append(frame(0x01, b[:10]), frame(0x80, b[10:])...))
		}, "operation_timeout", "ack_fragmented"},
		"an ack of something else": {func(k *slRaw, m slObj) { k.ack(slObj{"envelope_id": "nope"}, nil) }, "operation_timeout", "ack_unknown"},
		"words that are no ack":    {func(k *slRaw, m slObj) { k.WriteMessage(websocket.TextMessage, []byte("hi")) }, "operation_timeout", "ack_malformed"},
		"two acks":                 {func(k *slRaw, m slObj) { k.ack(m, nil); k.ack(m, nil) }, nil, "ack_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			w := slStart(t, SlackOptions{AckTimeout: 300 * time.Millisecond})
			k := w.open()
			result := w.command()
			c.answer(k, k.read())
			if d := <-result; d["error"] != c.want {
				t.Errorf("the person sees %v, want %v", d["error"], c.want)
			}
			w.eventually("the rule is noted: "+c.rule, func() bool { return c.rule == "" || slices.Contains(w.violations(), c.rule) })
			if c.rule == "" && w.violations() != nil {
				t.Errorf("violations: %v", w.violations())
			}
		})
	}
}

func TestALateAckIsIgnored(t *testing.T) {
	w := slStart(t, SlackOptions{AckTimeout: 50 * time.Millisecond})
	k := w.open()
	result := w.command()
	m := k.read()
	if d := <-result; d["error"] != "operation_timeout" {
		t.Fatal(d)
	}
	k.ack(m, slObj{"text": "too late"})
	w.eventually("the late ack is noted", func() bool { return slices.Contains(w.violations(), "ack_late") })
	for _, m := range w.messages("U01ANA", "C01SUPPORT") {
		if m.Text == "too late" {
			t.Error("a late answer is shown")
		}
	}
	if missed := w.get("stats")["acks"].(slObj)["slash_commands"].(slObj)["missed"]; missed != 1.0 {
		t.Errorf("missed = %v", missed)
	}
}

func TestAnAckOnAnotherSocketDoesNotCount(t *testing.T) {
	w := slStart(t, SlackOptions{AckTimeout: 300 * time.Millisecond})
	first := w.open()
	result := w.command()
	m := first.read()
	w.open().ack(m, nil)
	if d := <-result; d["error"] != "operation_timeout" {
		t.Errorf("the person sees %v", d["error"])
	}
}

func TestEnvelopesAreSpreadOverTheSockets(t *testing.T) {
	w := slStart(t, SlackOptions{})
	heard := make(chan int, 100)
	for i := range 2 {
		k := w.open()
		go func() {
			for {
				var m slObj
				if k.ReadJSON(&m) != nil {
					return
				}
				heard <- i
				k.WriteJSON(slObj{"envelope_id": m["envelope_id"]})
			}
		}()
	}
	counts := [2]int{}
	for range 40 {
		if d := <-w.command(); d["ok"] != true {
			t.Fatal(d)
		}
		counts[<-heard]++
	}
	if counts[0] == 0 || counts[1] == 0 {
		t.Errorf("spread %v", counts)
	}
}

func TestADisconnectIsAnnouncedAndThenHappens(t *testing.T) {
	w := slStart(t, SlackOptions{})
	k := w.open()
	if d := w.control("fault", slObj{"kind": "disconnect", "reason": "warning", "grace_ms": 20}); d["ok"] != true {
		t.Fatal(d)
	}
	if m := k.read(); m["type"] != "disconnect" || m["reason"] != "warning" {
		t.Errorf("heard %v", m)
	}
	if d := <-w.command(); d["error"] != "dispatch_failed" {
		t.Errorf("a command meanwhile: %v", d)
	}
	if _, _, err := k.ReadMessage(); err == nil {
		t.Error("the socket stays open")
	}
}

func TestASilentSocketSwallowsEverything(t *testing.T) {
	w := slStart(t, SlackOptions{AckTimeout: 50 * time.Millisecond, PingEvery: 10 * time.Millisecond})
	k := w.open()
	go func() {
		for {
			if _, _, err := k.ReadMessage(); err != nil {
				return
			}
		}
	}()
	<-k.pings
	w.control("fault", slObj{"kind": "silent"})
	if d := <-w.command(); d["error"] != "operation_timeout" {
		t.Errorf("a command: %v", d)
	}
	if got := w.violations(); got != nil {
		t.Errorf("the app is blamed: %v", got)
	}
	for len(k.pings) > 0 {
		<-k.pings
	}
	time.Sleep(50 * time.Millisecond) // five pings' time
	if len(k.pings) > 0 {
		t.Error("a silent socket pings")
	}
}

func TestSlackGoReconnectsAfterARefresh(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	w.control("fault", slObj{"kind": "disconnect", "reason": "refresh_requested", "grace_ms": 10})
	w.eventually("a command gets through again", func() bool { return (<-w.command())["ok"] == true })
	app.next(t)
}

func TestConnectionsCanBeRefused(t *testing.T) {
	w := slStart(t, SlackOptions{})
	w.control("fault", slObj{"kind": "refuse_open", "error": "link_disabled", "count": 1})
	if url := w.ticket(); url != "" {
		t.Errorf("a ticket was given: %s", url)
	}
	w.control("fault", slObj{"kind": "refuse_dial", "count": 1})
	url := w.ticket()
	if k, status := w.dial(url); k != nil || status != http.StatusServiceUnavailable {
		t.Errorf("the handshake: %d", status)
	}
	w.open()
}

func TestAnEventIsRepeatedUntilItIsAcknowledged(t *testing.T) {
	retries := []time.Duration{0, 10 * time.Millisecond, 10 * time.Millisecond}
	w := slStart(t, SlackOptions{AckTimeout: 50 * time.Millisecond, EventRetries: retries})
	k := w.open()
	w.control("groups/S02LEADS", slObj{"add": []string{"U07ADA"}})
	ids := map[string]bool{}
	for attempt := range 3 {
		m := k.read()
		p := m["payload"].(slObj)
		event := p["event"].(slObj)
		ids[p["event_id"].(string)] = true
		reason := map[bool]string{true: "", false: "timeout"}[attempt == 0]
		if m["type"] != "events_api" || m["retry_attempt"] != float64(attempt) || m["retry_reason"] != reason {
			t.Errorf("attempt %d = %v", attempt, m)
		}
		if event["type"] != "subteam_members_changed" || event["subteam_id"] != "S02LEADS" || event["added_users_count"] != 1.0 {
			t.Errorf("event = %v", event)
		}
		if attempt == 2 {
			k.ack(m, nil)
		}
	}
	if len(ids) != 1 {
		t.Errorf("the repeats have event ids %v", ids)
	}
	k.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, b, err := k.ReadMessage(); err == nil {
		t.Errorf("after the ack came %s", b)
	}
}

func TestAnEventOfAGapComesWhenASocketIsBack(t *testing.T) {
	w := slStart(t, SlackOptions{EventRetries: []time.Duration{0, 50 * time.Millisecond, time.Second}})
	w.control("open_home", slObj{"as": "U01ANA"})
	app := w.app(slQuiet)
	e := app.next(t).Data.(slackevents.EventsAPIEvent)
	opened, ok := e.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	if !ok || opened.User != "U01ANA" || opened.Tab != "home" {
		t.Errorf("event = %+v", e.InnerEvent)
	}
}

func TestFaultsOfAMethod(t *testing.T) {
	for effect, c := range map[string]struct {
		fails  func(error) bool
		stored int // messages afterwards
	}{
		"ratelimited":          {func(err error) bool { _, ok := err.(*slack.RateLimitedError); return ok }, 0},
		"ratelimited_body":     {func(err error) bool { return err.Error() == "ratelimited" }, 0},
		"error":                {func(err error) bool { return err.Error() == "fatal_error" }, 0},
		"http_500":             {func(err error) bool { return strings.Contains(err.Error(), "500") }, 0},
		"http_503_html":        {func(err error) bool { return strings.Contains(err.Error(), "503") }, 0},
		"reset":                {func(err error) bool { return err != nil }, 0},
		"http_500_after":       {func(err error) bool { return strings.Contains(err.Error(), "500") }, 1},
		"internal_error_after": {func(err error) bool { return err.Error() == "internal_error" }, 1},
		"reset_after":          {func(err error) bool { return err != nil }, 1},
	} {
		t.Run(effect, func(t *testing.T) {
			w := slStart(t, SlackOptions{})
			w.control("fault", slObj{"kind": "method", "method": "chat.postMessage", "effect": effect, "error": "fatal_error", "retry_after": 7, "count": 1})
			_, _, err := w.client().PostMessageContext(t.Context(), "C01SUPPORT", slack.MsgOptionText("x", false))
			if err == nil || !c.fails(err) {
				t.Errorf("slack-go sees %v", err)
			}
			if got := len(w.messages("U01ANA", "C01SUPPORT")); got != c.stored {
				t.Errorf("%d messages stored, want %d", got, c.stored)
			}
			if _, _, err := w.client().PostMessageContext(t.Context(), "C01SUPPORT", slack.MsgOptionText("x", false)); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func TestFaultsOfTheWorkspace(t *testing.T) {
	for name, c := range map[string]struct {
		fault slObj
		args  []string
		want  string
	}{
		"a scope taken away":             {slObj{"kind": "missing_scope", "scope": "chat:write"}, []string{"chat.postMessage", "channel", "C01SUPPORT", "text", "x"}, "missing_scope"},
		"a channel archived":             {slObj{"kind": "channel_archived", "channel": "C01SUPPORT"}, []string{"chat.postMessage", "channel", "C01SUPPORT", "text", "x"}, "is_archived"},
		"the bot thrown out":             {slObj{"kind": "bot_removed", "channel": "C01SUPPORT"}, []string{"chat.postMessage", "channel", "C01SUPPORT", "text", "x"}, "not_in_channel"},
		"all tokens revoked":             {slObj{"kind": "tokens_revoked"}, []string{"auth.test"}, "token_revoked"},
		"groups that need a better plan": {slObj{"kind": "plan_upgrade_required"}, []string{"usergroups.users.list", "usergroup", "S01SUPPORT"}, "plan_upgrade_required"},
	} {
		t.Run(name, func(t *testing.T) {
			w := slStart(t, SlackOptions{})
			w.control("fault", c.fault)
			if got := w.api(c.args[0], c.args[1:]...); got["error"] != c.want {
				t.Errorf("%v, want %s", got, c.want)
			}
			r, err := http.NewRequest("DELETE", w.url+"/sandbox/slack/faults", nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if got := w.api(c.args[0], c.args[1:]...); got["ok"] != true {
				t.Errorf("cleared, and still %v", got)
			}
		})
	}
	t.Run("a fault nobody knows", func(t *testing.T) {
		w := slStart(t, SlackOptions{})
		if d := w.control("fault", slObj{"kind": "earthquake"}); d["error"] != "bad_request" {
			t.Errorf("%v", d)
		}
	})
}

func TestTheClockFaultMovesTheDate(t *testing.T) {
	w := slStart(t, SlackOptions{})
	w.control("fault", slObj{"kind": "clock", "offset_s": 600})
	r, err := http.Get(w.url + "/api/auth.test")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	at, err := http.ParseTime(r.Header.Get("Date"))
	if off := time.Until(at); err != nil || off < 590*time.Second || off > 610*time.Second {
		t.Errorf("Date is off by %v (%v)", off, err)
	}
}

func TestConnectedWaitsForTheFirstSocket(t *testing.T) {
	w := slStart(t, SlackOptions{})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if w.slack.Connected(over) {
		t.Error("an app is connected before there is one")
	}
	connected := make(chan bool, 1)
	go func() { connected <- w.slack.Connected(t.Context()) }()
	w.app(func(socketmode.Event) any { return nil })
	if !<-connected {
		t.Error("the app is connected, and Connected says it is not")
	}
}
