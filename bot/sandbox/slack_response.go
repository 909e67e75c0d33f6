package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// slHook is a response_url: five answers within 30 minutes to one thing a person did.
type slHook struct {
	User    string    `json:"user"`
	Channel string    `json:"channel"`
	TS      string    `json:"ts,omitempty"` // the message that was acted on; "" after a command
	At      time.Time `json:"at"`
	Used    int       `json:"used"`
}

// newHook makes a response_url path for what was just done; the base is added when it is sent.
// Callers hold mu.
func (s *Slack) newHook(kind, user string, ch *slChannel, m *slMessage) string {
	h := &slHook{User: user, Channel: ch.ID, At: s.now()}
	if m != nil {
		h.TS = m.TS
	}
	key := slSecret()
	s.d.Hooks[key] = h
	return s.base + "/slack/response/" + key + "?" + kind
}

func (s *Slack) serveResponse(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	// Read first: the server notices that a caller has left only when the body is read.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	fault := s.takeFault("method", "response_url")
	if fault != nil && s.faultBefore(w, r, fault) {
		s.noteCall("response_url", "fault "+fault.Effect, began)
		return
	}
	status, answer := http.StatusBadRequest, "invalid_payload"
	if err == nil {
		status, answer = s.useHook(r.PathValue("key"), r.Header.Get("Content-Type"), body)
	}
	if fault != nil && s.faultAfter(w, r, fault) {
		answer = "fault " + fault.Effect
	} else {
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}
	s.noteCall("response_url", answer, began)
}

func (s *Slack) useHook(key, contentType string, body []byte) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.d.Hooks[key]
	switch {
	case h == nil:
		return http.StatusNotFound, "no_such_url"
	case s.now().Sub(h.At) > slHookLives:
		s.violationLocked("response_url_expired", h.Channel)
		return http.StatusNotFound, "expired_url"
	case h.Used >= slHookUses:
		s.violationLocked("response_url_used_up", h.Channel)
		return http.StatusNotFound, "used_url"
	}
	h.Used++
	text := string(body)
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		form, _ := url.ParseQuery(text)
		text = form.Get("payload")
	}
	v, err := slDecode(strings.NewReader(text))
	args, ok := v.(slObj)
	if err != nil || !ok {
		s.violationLocked("response_url_invalid", "not a JSON object")
		return http.StatusBadRequest, "invalid_payload"
	}
	return s.hookAnswer(h, args)
}

// hookAnswer carries out one answer. Replacing and deleting is only for the message whose button
// was pressed; it is also the only way to change a private message.
func (s *Slack) hookAnswer(h *slHook, args slObj) (int, string) {
	ch := s.d.Channels[h.Channel]
	m := ch.byTS[h.TS]
	if args["delete_original"] == true && m != nil {
		s.redraw(m, "", nil)
		m.Deleted = true
		return http.StatusOK, "ok"
	}
	body, err := s.content(&slCall{args: args})
	if err != nil {
		s.violationLocked("response_url_invalid", slWhy(err))
		return http.StatusBadRequest, err.(*slError).code
	}
	if body.empty() {
		s.violationLocked("response_url_invalid", "no_text")
		return http.StatusBadRequest, "no_text"
	}
	replace := args["replace_original"] == true
	if replace && h.TS == "" {
		s.violationLocked("replace_original_of_a_command", h.Channel)
	}
	if replace && m != nil && !m.Deleted {
		s.redraw(m, body.text, body.blocks)
		return http.StatusOK, "ok"
	}
	s.respond(h.User, ch, args["response_type"] == "in_channel", body)
	return http.StatusOK, "ok"
}
