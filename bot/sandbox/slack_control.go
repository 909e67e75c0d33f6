package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Control answers /sandbox/slack/…: it plays the people and breaks things. The package comment
// lists what it takes.
func (s *Slack) Control() http.Handler {
	mux := http.NewServeMux()
	const at = "/sandbox/slack/"
	mux.HandleFunc("GET "+at+"state", s.controlState)
	mux.HandleFunc("GET "+at+"events", s.controlEvents)
	mux.HandleFunc("GET "+at+"stats", s.controlStats)
	mux.HandleFunc("GET "+at+"messages", s.controlMessages)
	mux.HandleFunc("GET "+at+"files/{id}", s.controlFile)
	mux.HandleFunc("GET "+at+"faults", s.controlFaults)
	mux.HandleFunc("DELETE "+at+"faults", s.controlClear)
	mux.HandleFunc("DELETE "+at+"stats", s.controlResetStats)
	mux.HandleFunc("POST "+at+"fault", slPost(s.controlFault))
	mux.HandleFunc("POST "+at+"settings", slPost(s.controlSettings))
	mux.HandleFunc("POST "+at+"people/{id}", s.controlPerson)
	mux.HandleFunc("POST "+at+"groups/{id}", s.controlGroup)
	mux.HandleFunc("POST "+at+"channels/{id}", s.controlChannel)
	mux.HandleFunc("POST "+at+"command", slPost(func(q struct{ As, Channel, Text string }) (any, error) {
		return slDelivered(s.Command(q.As, q.Channel, q.Text))
	}))
	mux.HandleFunc("POST "+at+"click", slPost(func(q slClick) (any, error) { return slDelivered(s.Click(q)) }))
	mux.HandleFunc("POST "+at+"submit", slPost(func(q struct {
		As     string                    `json:"as"`
		ViewID string                    `json:"view_id"`
		Values map[string]map[string]any `json:"values"`
	}) (any, error) {
		return slDelivered(s.Submit(q.As, q.ViewID, q.Values))
	}))
	mux.HandleFunc("POST "+at+"close", slPost(func(q struct {
		As     string `json:"as"`
		ViewID string `json:"view_id"`
		All    bool   `json:"all"`
	}) (any, error) {
		return slDelivered(s.CloseView(q.As, q.ViewID, q.All))
	}))
	mux.HandleFunc("POST "+at+"suggest", slPost(func(q slClick) (any, error) { return slDelivered(s.Suggest(q)) }))
	mux.HandleFunc("POST "+at+"shortcut", slPost(func(q struct {
		As         string `json:"as"`
		CallbackID string `json:"callback_id"`
		Channel    string `json:"channel"`
		TS         string `json:"ts"`
	}) (any, error) {
		return slDelivered(s.Shortcut(q.As, q.CallbackID, q.Channel, q.TS))
	}))
	mux.HandleFunc("POST "+at+"say", slPost(func(q struct{ As, Channel, Text string }) (any, error) {
		ts, err := s.Say(q.As, q.Channel, q.Text)
		return slObj{"ok": true, "ts": ts}, err
	}))
	mux.HandleFunc("POST "+at+"upload", slPost(func(q struct {
		As, Name string
		Body     []byte // base64
	}) (any, error) {
		id, err := s.Upload(q.As, q.Name, q.Body)
		return slObj{"ok": true, "id": id}, err
	}))
	mux.HandleFunc("POST "+at+"open_home", slPost(func(q struct{ As, Tab string }) (any, error) {
		return slObj{"ok": true}, s.OpenHome(q.As, q.Tab)
	}))
	return mux
}

const slMaxControl = 32 << 20

// slPost wires a function of one JSON object to an address. A thing the person cannot do is 409,
// with a stable error word and a sentence.
func slPost[Q any](do func(Q) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q Q
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, slMaxControl))
		d.UseNumber()
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil && !errors.Is(err, io.EOF) {
			slAnswer(w, http.StatusBadRequest, slObj{"ok": false, "error": "bad_request", "message": err.Error()})
			return
		}
		answer, err := do(q)
		slFinish(w, answer, err)
	}
}

func slFinish(w http.ResponseWriter, answer any, err error) {
	var refused *slRefused
	switch {
	case errors.As(err, &refused):
		slAnswer(w, http.StatusConflict, slObj{"ok": false, "error": refused.code, "message": refused.why})
	case err != nil:
		slAnswer(w, http.StatusBadRequest, slObj{"ok": false, "error": "bad_request", "message": err.Error()})
	default:
		slAnswer(w, http.StatusOK, answer)
	}
}

func slAnswer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// slDelivered is a delivery as the control API tells it.
func slDelivered(d slDelivery, err error) (any, error) {
	return struct {
		OK bool `json:"ok"`
		slDelivery
	}{d.Error == "", d}, err
}

// controlState answers at once; with wait=5s and since=V it waits that long for a version above V.
func (s *Slack) controlState(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	if q.Get("limit") == "" {
		limit = 100
	}
	if since, err := strconv.ParseInt(q.Get("since"), 10, 64); err == nil {
		wait, _ := time.ParseDuration(q.Get("wait"))
		if !s.newer(r, since, wait) {
			slAnswer(w, http.StatusOK, slObj{"version": since, "unchanged": true})
			return
		}
	}
	// Encoded under the lock: what it shows is still being changed.
	s.mu.Lock()
	state, err := s.state(q.Get("as"), limit)
	body, _ := json.Marshal(state)
	s.mu.Unlock()
	slFinish(w, json.RawMessage(body), err)
}

// newer waits for a version above since.
func (s *Slack) newer(r *http.Request, since int64, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		s.mu.Lock()
		version, woken := s.version, s.woken
		s.mu.Unlock()
		if version > since {
			return true
		}
		select {
		case <-woken:
		case <-timer.C:
			return false
		case <-r.Context().Done():
			return false
		case <-s.ctx.Done():
			return false
		}
	}
}

// controlEvents sends a line whenever something changed, at most 20 a second.
func (s *Slack) controlEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	for {
		if s.newer(r, since, 15*time.Second) {
			s.mu.Lock()
			since = s.version
			s.mu.Unlock()
			fmt.Fprintf(w, "event: changed\nid: %d\ndata: {\"version\":%d}\n\n", since, since)
		} else if r.Context().Err() != nil || s.ctx.Err() != nil {
			return
		} else {
			io.WriteString(w, ": still here\n\n")
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *Slack) controlStats(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	body, _ := json.Marshal(struct {
		slStats
		Acks    map[string]slObj `json:"acks"`
		Recent  []slCallLine     `json:"recent"`
		Sockets int              `json:"sockets"`
		Version int64            `json:"version"`
	}{s.stats, s.stats.ackTable(), s.stats.recent, len(s.sockets), s.version})
	s.mu.Unlock()
	slAnswer(w, http.StatusOK, json.RawMessage(body))
}

func (s *Slack) controlResetStats(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.stats = slNewStats()
	s.mu.Unlock()
	slAnswer(w, http.StatusOK, slObj{"ok": true})
}

// controlMessages is what nobody in Slack can see: every message of a channel, whoever it is for.
func (s *Slack) controlMessages(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	list := []*slMessage{}
	if ch := s.d.Channels[r.URL.Query().Get("channel")]; ch != nil {
		list = append(list, ch.Messages...)
	}
	body, _ := json.Marshal(slObj{"messages": list})
	s.mu.Unlock()
	slAnswer(w, http.StatusOK, json.RawMessage(body))
}

// controlFile is a person downloading a file they were shown.
func (s *Slack) controlFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.d.Files[r.PathValue("id")]
	s.mu.Unlock()
	if f == nil || f.Deleted {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment")
	w.Write(f.Body)
}

func (s *Slack) controlFault(f slFault) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slObj{"ok": true}, s.addFault(f)
}

func (s *Slack) controlFaults(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	body, _ := json.Marshal(slObj{"active": append([]*slFault{}, s.faults...), "catalogue": slFaultKinds, "effects": slEffects,
		"methods": slices.Sorted(maps.Keys(slMethods))})
	s.mu.Unlock()
	slAnswer(w, http.StatusOK, json.RawMessage(body))
}

// controlClear ends all faults, or the one with ?id=.
func (s *Slack) controlClear(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	s.mu.Lock()
	s.faults = slices.DeleteFunc(s.faults, func(f *slFault) bool { return err != nil || f.ID == id })
	s.changed()
	s.mu.Unlock()
	slAnswer(w, http.StatusOK, slObj{"ok": true})
}
