package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// slFault is something going wrong on demand: at once, or until it is used up or cleared.
type slFault struct {
	ID         int    `json:"id"`
	Kind       string `json:"kind"`
	Method     string `json:"method,omitempty"` // a Web API method, response_url, or * for all
	Effect     string `json:"effect,omitempty"`
	Error      string `json:"error,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Scope      string `json:"scope,omitempty"`
	Channel    string `json:"channel,omitempty"`
	User       string `json:"user,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"` // seconds
	DelayMS    int    `json:"delay_ms,omitempty"`
	OffsetS    int    `json:"offset_s,omitempty"`
	GraceMS    int    `json:"grace_ms,omitempty"`
	Count      int    `json:"count"` // uses left; 0 lasts until cleared
}

// slFaultKind is a row of the catalogue.
type slFaultKind struct {
	Kind    string   `json:"kind"`
	Summary string   `json:"summary"`
	Fields  []string `json:"fields"`
	Once    bool     `json:"once"` // happens now and is not listed afterwards
}

// Effects of a fault on a method; the ones ending in _after happen when the call has been carried out.
var slEffects = []string{"ratelimited", "ratelimited_body", "http_500", "http_503_html", "error", "hang", "reset", "slow",
	"http_500_after", "internal_error_after", "hang_after", "reset_after"}

var slFaultKinds = []slFaultKind{
	{"disconnect", "tells every socket to go (reason: warning, refresh_requested, link_disabled) and closes it after grace_ms", []string{"reason", "grace_ms"}, true},
	{"drop", "cuts every socket without a word", nil, true},
	{"silent", "every socket open now goes half open: no pings, nothing delivered, nothing heard", nil, true},
	{"refuse_open", "apps.connections.open fails with error", []string{"error", "count"}, false},
	{"refuse_dial", "the websocket handshake fails with 503", []string{"count"}, false},
	{"method", "a Web API method (or response_url, or *) misbehaves as effect says", []string{"method", "effect", "error", "retry_after", "delay_ms", "count"}, false},
	{"missing_scope", "the bot token lacks scope", []string{"scope"}, false},
	{"plan_upgrade_required", "user groups need a paid plan", nil, false},
	{"channel_archived", "channel is archived", []string{"channel"}, false},
	{"bot_removed", "the bot is no longer in channel", []string{"channel"}, false},
	{"tokens_revoked", "every token is revoked and every socket cut", nil, false},
	{"clock", "the Date header of every answer is off by offset_s", []string{"offset_s"}, false},
	{"user_deactivated", "user is deactivated (undo under people)", []string{"user"}, true},
	{"user_guest", "user becomes a guest (undo under people)", []string{"user"}, true},
}

// addFault starts a fault; the error says what is wrong with the request. Callers hold mu.
func (s *Slack) addFault(f slFault) error {
	i := slices.IndexFunc(slFaultKinds, func(k slFaultKind) bool { return k.Kind == f.Kind })
	if i < 0 {
		return fmt.Errorf("unknown fault kind %q", f.Kind)
	}
	if f.Kind == "method" && (f.Method == "" || !slices.Contains(slEffects, f.Effect)) {
		return fmt.Errorf("a method fault needs a method and one of the effects %v", slEffects)
	}
	if f.Kind == "refuse_open" && f.Error == "" {
		f.Error = "internal_error"
	}
	if f.Kind == "tokens_revoked" {
		s.cut()
	}
	defer s.changed()
	if !slFaultKinds[i].Once {
		s.nextFault++
		f.ID = s.nextFault
		s.faults = append(s.faults, &f)
		return nil
	}
	switch p := s.d.People[f.User]; {
	case f.Kind == "disconnect":
		if f.Reason == "" {
			f.Reason = "refresh_requested"
		}
		s.disconnect(f.Reason, time.Duration(f.GraceMS)*time.Millisecond)
	case f.Kind == "drop":
		s.cut()
	case f.Kind == "silent":
		for _, k := range s.sockets {
			k.silent = true
		}
	case p == nil:
		return fmt.Errorf("no such user %q", f.User)
	case f.Kind == "user_deactivated":
		p.Deleted = true
	case f.Kind == "user_guest":
		p.Restricted = true
	}
	return nil
}

func (s *Slack) cut() {
	for _, k := range s.sockets {
		k.leaving = true
		k.conn.NetConn().Close()
	}
}

// fault finds an active fault about target; "" is a fault of the whole workspace. Callers hold mu.
func (s *Slack) fault(kind, target string) *slFault {
	for _, f := range s.faults {
		about := f.Method + f.Scope + f.Channel
		if f.Kind == kind && (about == target || about == "*") {
			return f
		}
	}
	return nil
}

// useFault is fault, and counts the use. Callers hold mu.
func (s *Slack) useFault(kind, target string) *slFault {
	f := s.fault(kind, target)
	if f != nil && f.Count > 0 {
		if f.Count--; f.Count == 0 {
			s.faults = slices.DeleteFunc(s.faults, func(x *slFault) bool { return x == f })
		}
	}
	return f
}

func (s *Slack) takeFault(kind, target string) *slFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.useFault(kind, target)
}

func (s *Slack) clockOffset() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.fault("clock", ""); f != nil {
		return time.Duration(f.OffsetS) * time.Second
	}
	return 0
}

// faultBefore acts before a call is carried out; true when that was all the answer there is.
func (s *Slack) faultBefore(w http.ResponseWriter, r *http.Request, f *slFault) bool {
	switch f.Effect {
	case "slow":
		return !s.wait(time.Duration(f.DelayMS) * time.Millisecond)
	case "ratelimited":
		w.Header().Set("Retry-After", strconv.Itoa(max(1, f.RetryAfter)))
		w.WriteHeader(http.StatusTooManyRequests)
		slRefuse(w, "ratelimited")
	case "ratelimited_body":
		slRefuse(w, "ratelimited")
	case "error":
		slRefuse(w, f.Error)
	case "http_503_html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "<html><body>Slack is down for maintenance</body></html>")
	case "http_500":
		w.WriteHeader(http.StatusInternalServerError)
	case "hang":
		s.hang(r)
	case "reset":
		slReset(w)
	default:
		return false
	}
	return true
}

// faultAfter acts when the call has been carried out: the caller cannot know that it was.
func (s *Slack) faultAfter(w http.ResponseWriter, r *http.Request, f *slFault) bool {
	switch f.Effect {
	case "http_500_after":
		w.WriteHeader(http.StatusInternalServerError)
	case "internal_error_after":
		slRefuse(w, "internal_error")
	case "hang_after":
		s.hang(r)
	case "reset_after":
		slReset(w)
	default:
		return false
	}
	return true
}

func slRefuse(w http.ResponseWriter, code string) {
	json.NewEncoder(w).Encode(slObj{"ok": false, "error": code})
}

func (s *Slack) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// slReset ends the connection with a TCP reset and no answer.
func slReset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
