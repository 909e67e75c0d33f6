package bot

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"couponbot/store/storetest"
)

// A wire is a Slack of which a test writes every frame: for what the strict stand-in would never send.
type wire struct {
	*office
	hangUp bool // closes each socket at once

	mu    sync.Mutex
	conns []*websocket.Conn
	opens []time.Time
	acks  []ack
	said  []answer // to response URLs
	calls map[string]int
}

type ack struct {
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
}

func wired(t *testing.T) *wire {
	t.Helper()
	w := &wire{office: &office{T: t, clock: storetest.NewClock(), log: &logbook{}}, calls: map[string]int{}}
	server := httptest.NewServer(w)
	w.url = server.URL
	t.Cleanup(func() {
		w.mu.Lock()
		for _, c := range w.conns {
			c.Close()
		}
		w.mu.Unlock()
		server.Close()
	})
	w.wire(server.URL+"/api/", func(c *Config) { c.Connections = 1 })
	return w
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	w.mu.Lock()
	w.calls[method]++
	w.mu.Unlock()
	switch method {
	case "auth.test":
		io.WriteString(rw, `{"ok":true,"team_id":"T1","user_id":"U0BOT"}`)
	case "users.info":
		fmt.Fprintf(rw, `{"ok":true,"user":{"id":%q,"team_id":"T1","locale":"en-US","tz":"UTC"}}`, r.FormValue("user"))
	case "apps.connections.open":
		w.mu.Lock()
		w.opens = append(w.opens, time.Now())
		w.mu.Unlock()
		fmt.Fprintf(rw, `{"ok":true,"url":"ws%s/socket"}`, strings.TrimPrefix(w.url, "http"))
	case "/socket":
		w.serveSocket(rw, r)
	case "/response":
		var a answer
		json.NewDecoder(r.Body).Decode(&a)
		w.mu.Lock()
		w.said = append(w.said, a)
		w.mu.Unlock()
	default:
		io.WriteString(rw, `{"ok":false,"error":"unknown_method"}`)
	}
}

func (w *wire) serveSocket(rw http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	w.mu.Lock() // until the connection is known: whoever reads the hello may use it at once
	conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":3,"connection_info":{"app_id":"A1"}}`))
	conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
	if !w.hangUp {
		w.conns = append(w.conns, conn)
	}
	w.mu.Unlock()
	if w.hangUp {
		return
	}
	for {
		var a ack
		if conn.ReadJSON(&a) != nil {
			return
		}
		w.mu.Lock()
		w.acks = append(w.acks, a)
		w.mu.Unlock()
	}
}

// sends writes one frame to the newest socket.
func (w *wire) sends(frame string) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.conns[len(w.conns)-1].WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		w.Fatal(err)
	}
}

// acked are the acknowledgements of an envelope so far.
func (w *wire) acked(id string) (of []ack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.acks {
		if a.ID == id {
			of = append(of, a)
		}
	}
	return of
}

func (w *wire) answers() []answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]answer{}, w.said...)
}

func (w *wire) command(id, trigger, text string) string {
	return fmt.Sprintf(`{"envelope_id":%q,"type":"slash_commands","accepts_response_payload":true,"payload":{"team_id":"T1","channel_id":"C1",
		"user_id":"U1","command":"/coupon","text":%q,"trigger_id":%q,"response_url":"%s/response","is_enterprise_install":"false"}}`, id, text, trigger, w.url)
}

// press is a press on a private card; more is put beside the button.
func (w *wire) press(id, action, value, more string) string {
	return fmt.Sprintf(`{"envelope_id":%q,"type":"interactive","payload":{"type":"block_actions","trigger_id":"t.%s","response_url":"%s/response",
		"team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"channel":{"id":"C1"},
		"container":{"type":"message","message_ts":"1.2","channel_id":"C1","is_ephemeral":true},
		"message":{"type":"message","ts":"1.2","text":"x","blocks":[{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":%q,"value":%q,"text":{"type":"plain_text","text":"x"}}%s]}]},
		"actions":[{"type":"button","action_id":%q,"block_id":"b","value":%q,"action_ts":"5.6","text":{"type":"plain_text","text":"x"}}]}}`,
		id, id, w.url, action, value, more, action, value)
}

// submit is a form of two fields that somebody filled in.
func (w *wire) submit(id, view, callback, meta string) string {
	return fmt.Sprintf(`{"envelope_id":%q,"type":"interactive","accepts_response_payload":true,"payload":{"type":"view_submission","trigger_id":"t.%s",
		"team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":%q,"type":"modal","callback_id":%q,"private_metadata":%q,
		"blocks":[{"type":"context","block_id":"intro","elements":[]},{"type":"input","block_id":"stock"},{"type":"input","block_id":"note"}],
		"state":{"values":{"stock":{"stock":{"type":"external_select","selected_option":{"value":"9856000"}}},"note":{"note":{"type":"plain_text_input","value":null}}}}}}}`,
		id, id, view, callback, meta)
}

// A formAnswer is what a form is acknowledged with.
type formAnswer struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors"`
	View   json.RawMessage   `json:"view"`
}

func (a ack) form() (f formAnswer) {
	json.Unmarshal(a.Payload, &f)
	return f
}

// said is the text of an acknowledgement's answer.
func (a ack) said() string {
	var m answer
	json.Unmarshal(a.Payload, &m)
	return m.Text
}
