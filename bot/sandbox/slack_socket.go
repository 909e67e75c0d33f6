package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	slMaxSockets  = 10
	slMaxAck      = 20_480 // bytes; an answer this long or longer is dropped
	slTicketLives = 30 * time.Second
	slWriteWait   = 5 * time.Second
)

// slSocket is one Socket Mode connection.
type slSocket struct {
	id      int
	conn    *websocket.Conn
	frames  *slFrames
	writing sync.Mutex
	silent  bool // half open: nothing is sent and nothing heard; guarded by Slack.mu
	leaving bool // was told to go; gets no more envelopes; guarded by Slack.mu
}

func (k *slSocket) send(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	k.writing.Lock()
	defer k.writing.Unlock()
	k.conn.SetWriteDeadline(time.Now().Add(slWriteWait))
	return k.conn.WriteMessage(websocket.TextMessage, b)
}

// connectionsOpen hands out a ticket for one connection.
func (s *Slack) connectionsOpen(c *slCall) (slObj, error) {
	if f := s.useFault("refuse_open", ""); f != nil {
		return nil, slFail(f.Error)
	}
	now := s.now()
	for t, at := range s.tickets {
		if now.Sub(at) > slTicketLives {
			delete(s.tickets, t)
		}
	}
	ticket := slUUID()
	s.tickets[ticket] = now
	return slObj{"url": "ws" + c.base[len("http"):] + "/slack/socket?ticket=" + ticket + "&app_id=" + slAppID}, nil
}

// admit takes a ticket, once.
func (s *Slack) admit(ticket string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	return ok && s.now().Sub(at) <= slTicketLives && s.ctx.Err() == nil
}

func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.base = "http://" + r.Host
	refused := s.useFault("refuse_dial", "")
	s.mu.Unlock()
	if refused != nil {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	if !s.admit(r.URL.Query().Get("ticket")) {
		http.Error(w, "invalid ticket", http.StatusUnauthorized)
		return
	}
	frames := &slFrames{}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(&slHijack{ResponseWriter: w, frames: frames}, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s.hold(&slSocket{conn: conn, frames: frames})
}

// hold greets a new connection, listens to it until it ends and forgets it.
func (s *Slack) hold(k *slSocket) {
	defer k.conn.Close()
	s.mu.Lock()
	if s.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	s.nextSocket++
	k.id = s.nextSocket
	open := len(s.sockets) + 1
	full := open > slMaxSockets
	if full {
		k.leaving = true
	}
	s.sockets = append(s.sockets, k)
	// The greeting is written under the lock so that no envelope can come before it.
	var err error
	if !full {
		err = k.send(slObj{"type": "hello", "num_connections": open, "connection_info": slObj{"app_id": slAppID},
			"debug_info": slObj{"host": "applink-sandbox", "build_number": 10, "approximate_connection_time": 18060}})
	}
	s.changed()
	s.mu.Unlock()
	defer s.forget(k)
	if full {
		k.send(slObj{"type": "disconnect", "reason": "too_many_websockets", "debug_info": slObj{"host": "applink-sandbox"}})
		return
	}
	if err != nil {
		return
	}
	done := make(chan struct{})
	defer close(done)
	s.wg.Go(func() { s.ping(k, done) })
	s.listen(k)
}

func (s *Slack) forget(k *slSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets = slices.DeleteFunc(s.sockets, func(x *slSocket) bool { return x == k })
	s.changed()
}

func (s *Slack) isSilent(k *slSocket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return k.silent
}

func (s *Slack) ping(k *slSocket, done <-chan struct{}) {
	t := time.NewTicker(s.o.PingEvery)
	defer t.Stop()
	for {
		if !s.isSilent(k) {
			k.conn.WriteControl(websocket.PingMessage, []byte("Ping from applink-sandbox"), time.Now().Add(slWriteWait))
		}
		select {
		case <-t.C:
		case <-done:
			return
		}
	}
}

func (s *Slack) listen(k *slSocket) {
	k.conn.SetPingHandler(func(data string) error {
		if s.isSilent(k) {
			return nil
		}
		return k.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(slWriteWait))
	})
	for {
		_, b, err := k.conn.ReadMessage()
		if err != nil {
			return
		}
		if fragmented := k.frames.next(); !s.isSilent(k) {
			s.heard(k, b, fragmented)
		}
	}
}

// heard takes an acknowledgement. Whatever is wrong with it, Slack says nothing; it only counts here.
func (s *Slack) heard(k *slSocket, b []byte, fragmented bool) {
	at := time.Now()
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := json.Unmarshal(b, &ack); {
	case len(b) >= slMaxAck:
		s.violationLocked("ack_too_large", ack.EnvelopeID)
		return
	case fragmented:
		s.violationLocked("ack_fragmented", ack.EnvelopeID)
		return
	case err != nil || ack.EnvelopeID == "":
		s.violationLocked("ack_malformed", slCut(string(b), 80))
		return
	}
	e := s.envelopes[ack.EnvelopeID]
	switch {
	case e == nil && s.expired[ack.EnvelopeID] != "":
		s.violationLocked("ack_late", s.expired[ack.EnvelopeID]+" "+ack.EnvelopeID)
	case e == nil:
		s.violationLocked("ack_unknown", ack.EnvelopeID)
	case e.socket != k:
		s.violationLocked("ack_on_another_socket", e.kind+" "+ack.EnvelopeID)
	default:
		s.settle(e, ack.Payload, at)
	}
}

// disconnect tells sockets to go, as Slack does before it recycles them, and closes them after
// the grace time. Callers hold mu.
func (s *Slack) disconnect(reason string, grace time.Duration) {
	for _, k := range s.sockets {
		if k.leaving {
			continue
		}
		k.leaving = true
		s.wg.Go(func() {
			k.send(slObj{"type": "disconnect", "reason": reason, "debug_info": slObj{"host": "applink-sandbox"}})
			select {
			case <-time.After(grace):
			case <-s.ctx.Done():
			}
			k.conn.Close()
		})
	}
}
