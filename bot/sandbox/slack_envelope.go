package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"time"
)

// What a person sees when a command or press does not reach the app.
const (
	slNoSocket = "dispatch_failed"
	slNoAck    = "operation_timeout"
)

// slEnvelope is one delivery on its way.
type slEnvelope struct {
	id, kind string
	accepts  bool
	socket   *slSocket
	sent     time.Time
	onAck    func(payload json.RawMessage) string // called once under mu; what it answers is shown to the person
	done     chan slDelivery
}

// slDelivery is how a delivery ended.
type slDelivery struct {
	EnvelopeID string          `json:"envelope_id,omitempty"`
	AckMS      float64         `json:"ack_ms"`
	Ack        json.RawMessage `json:"ack"`
	Error      string          `json:"error,omitempty"`
}

// deliver sends one envelope over one of the open sockets, chosen at random, and waits for its
// ack as long as Slack does. onAck may be nil.
func (s *Slack) deliver(kind string, accepts bool, payload, more slObj, onAck func(json.RawMessage) string) slDelivery {
	e := &slEnvelope{id: slUUID(), kind: kind, accepts: accepts, sent: time.Now(), onAck: onAck, done: make(chan slDelivery, 1)}
	s.mu.Lock()
	var ready []*slSocket
	for _, k := range s.sockets {
		if !k.leaving {
			ready = append(ready, k)
		}
	}
	if len(ready) == 0 {
		s.mu.Unlock()
		return slDelivery{Error: slNoSocket}
	}
	e.socket = ready[rand.IntN(len(ready))]
	s.envelopes[e.id] = e
	silent, patience := e.socket.silent, s.o.AckTimeout
	s.mu.Unlock()

	envelope := slObj{"envelope_id": e.id, "type": kind, "payload": payload, "accepts_response_payload": accepts}
	for k, v := range more {
		envelope[k] = v
	}
	if !silent && e.socket.send(envelope) != nil {
		s.expire(e, false)
		return slDelivery{EnvelopeID: e.id, Error: slNoSocket}
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case d := <-e.done:
		return d
	case <-s.ctx.Done():
	case <-timer.C:
	}
	if s.expire(e, !silent && s.ctx.Err() == nil) {
		return slDelivery{EnvelopeID: e.id, AckMS: slMillis(time.Since(e.sent)), Error: slNoAck}
	}
	return <-e.done
}

// expire ends the wait for an ack; false when one came in the same moment. blame is for an app
// that was really asked.
func (s *Slack) expire(e *slEnvelope, blame bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.envelopes[e.id] == nil {
		return false
	}
	delete(s.envelopes, e.id)
	if len(s.expired) > 10_000 {
		clear(s.expired)
	}
	s.expired[e.id] = e.kind
	if blame {
		s.stats.missed(e.kind)
		s.violationLocked("ack_missing", e.kind+" "+e.id)
	}
	return true
}

// settle is the ack arriving in time. Callers hold mu.
func (s *Slack) settle(e *slEnvelope, payload json.RawMessage, at time.Time) {
	delete(s.envelopes, e.id)
	took := at.Sub(e.sent)
	s.stats.acked(e.kind, took)
	d := slDelivery{EnvelopeID: e.id, AckMS: slMillis(took), Ack: payload}
	if len(d.Ack) == 0 || string(d.Ack) == "{}" {
		d.Ack = json.RawMessage("null")
	}
	if string(d.Ack) != "null" && !e.accepts {
		s.violationLocked("ack_payload_ignored", e.kind+" "+e.id)
		d.Ack = json.RawMessage("null")
	}
	if e.onAck != nil {
		d.Error = e.onAck(d.Ack)
	}
	e.done <- d
}

func slMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// event delivers an Events API event in the background, again and again until it is acknowledged
// or Slack's three retries are spent. Callers hold mu.
func (s *Slack) event(event slObj) {
	now := s.now()
	event["event_ts"] = s.nextTS()
	payload := slObj{
		"token": "sandbox", "team_id": SlackTeam, "api_app_id": slAppID, "type": "event_callback",
		"event_id": s.nextID("Ev"), "event_time": now.Unix(), "event_context": slSecret(), "is_ext_shared_channel": false,
		"authorizations": []slObj{{"enterprise_id": nil, "team_id": SlackTeam, "user_id": SlackBotUser, "is_bot": true, "is_enterprise_install": false}},
		"event":          event,
	}
	if s.ctx.Err() != nil {
		return
	}
	retries := s.o.EventRetries
	s.wg.Go(func() {
		reason := ""
		for attempt := range len(retries) + 1 {
			if attempt > 0 && !s.wait(retries[attempt-1]) {
				return
			}
			d := s.deliver("events_api", false, payload, slObj{"retry_attempt": attempt, "retry_reason": reason}, nil)
			if d.Error == "" {
				return
			}
			reason = "timeout"
			if d.Error == slNoSocket {
				reason = "connection_failed"
			}
		}
	})
}

// wait is false when the workspace closes first.
func (s *Slack) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}
