package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// slError is a refusal of the Web API: HTTP 200 with ok false.
type slError struct {
	code     string
	messages []string // response_metadata.messages
	extra    slObj
}

func (e *slError) Error() string { return e.code }

func slFail(code string) *slError { return &slError{code: code} }

// slCall is one call of a Web API method, its arguments in one shape however they came.
type slCall struct {
	args    slObj
	base    string // of this server, to make addresses with
	warning string
	scopes  []string
}

// str is a scalar argument as text; "" when absent.
func (c *slCall) str(key string) string {
	switch v := c.args[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (c *slCall) has(key string) bool { v, ok := c.args[key]; return ok && v != nil }

func (c *slCall) yes(key string) bool { v := c.str(key); return v == "true" || v == "1" }

// value is a structured argument, which forms carry as JSON text.
func (c *slCall) value(key string) (any, error) {
	text, ok := c.args[key].(string)
	if !ok {
		return c.args[key], nil
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	return slDecode(strings.NewReader(text))
}

// slDecode reads one JSON value, keeping numbers as they were written.
func slDecode(r io.Reader) (any, error) {
	var v any
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// serveAPI is /api/<method>.
func (s *Slack) serveAPI(w http.ResponseWriter, r *http.Request) {
	name, began := r.PathValue("method"), time.Now()
	call, token, err := slReadCall(w, r)
	fault := s.takeFault("method", name)
	if fault != nil && s.faultBefore(w, r, fault) {
		s.noteCall(name, "fault "+fault.Effect, began)
		return
	}
	var answer slObj
	if err == nil {
		answer, err = s.answer(name, token, call)
	}
	if fault != nil && s.faultAfter(w, r, fault) {
		s.noteCall(name, "fault "+fault.Effect, began)
		return
	}
	s.reply(w, name, call, answer, err, began)
}

// slLimited is a refusal for the pace, with the seconds to wait.
type slLimited struct{ after int }

func (l *slLimited) Error() string { return "ratelimited" }

func (s *Slack) reply(w http.ResponseWriter, name string, call *slCall, answer slObj, err error, began time.Time) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if call != nil && call.scopes != nil {
		w.Header().Set("X-OAuth-Scopes", strings.Join(call.scopes, ","))
	}
	outcome := "ok"
	switch e := err.(type) {
	case nil:
		if answer == nil {
			answer = slObj{}
		}
		answer["ok"] = true
		if call.warning != "" {
			answer["warning"] = call.warning
			answer["response_metadata"] = slObj{"warnings": []string{call.warning}}
		}
	case *slLimited:
		outcome = "ratelimited"
		w.Header().Set("Retry-After", strconv.Itoa(e.after))
		w.WriteHeader(http.StatusTooManyRequests)
		answer = slObj{"ok": false, "error": "ratelimited"}
	case *slError:
		outcome = e.code
		answer = slObj{"ok": false, "error": e.code}
		for k, v := range e.extra {
			answer[k] = v
		}
		if e.messages != nil {
			answer["response_metadata"] = slObj{"messages": e.messages}
			s.violation("invalid_"+name, strings.Join(e.messages, "; "))
		}
	default:
		outcome = "internal_error"
		answer = slObj{"ok": false, "error": "internal_error"}
	}
	s.noteCall(name, outcome, began)
	json.NewEncoder(w).Encode(answer)
}

// slReadCall takes the arguments and the token from wherever the method's caller put them:
// a form or query with a token field, or JSON, which needs the Authorization header.
func slReadCall(w http.ResponseWriter, r *http.Request) (*slCall, string, error) {
	call := &slCall{args: slObj{}, base: "http://" + r.Host}
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	r.Body = http.MaxBytesReader(w, r.Body, 2<<20)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		v, err := slDecode(r.Body)
		if errors.Is(err, io.EOF) || err == nil && v == nil {
			return call, bearer, nil // no arguments
		}
		if err != nil {
			return call, bearer, slFail("invalid_json")
		}
		args, ok := v.(slObj)
		if !ok {
			return call, bearer, slFail("json_not_object")
		}
		call.args = args
		return call, bearer, nil
	}
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(2 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return call, bearer, slFail("invalid_form_data")
	}
	for k, v := range r.Form {
		call.args[k] = v[0]
	}
	if bearer == "" {
		bearer = call.str("token")
		if bearer != "" {
			call.args["token"] = nil
			call.args["token_in_form"] = true
		}
	}
	return call, bearer, nil
}

// answer checks who calls, what they may do and how fast, and then carries the method out.
func (s *Slack) answer(name, token string, call *slCall) (slObj, error) {
	m, known := slMethods[name]
	if !known {
		return nil, &slError{code: "unknown_method", extra: slObj{"req_method": name}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case token == "":
		return nil, slFail("not_authed")
	case token != SlackBotToken && token != SlackAppToken:
		return nil, slFail("invalid_auth")
	case s.fault("tokens_revoked", "") != nil:
		return nil, slFail("token_revoked")
	case (token == SlackAppToken) != m.app:
		return nil, slFail("not_allowed_token_type")
	case m.app && call.has("token_in_form"):
		return nil, slFail("not_authed")
	}
	call.scopes = s.scopes(m.app)
	if m.scope != "" && !slices.Contains(call.scopes, m.scope) {
		return nil, &slError{code: "missing_scope", extra: slObj{"needed": m.scope, "provided": strings.Join(call.scopes, ",")}}
	}
	if err := s.pace(name, m, call); err != nil {
		return nil, err
	}
	return m.run(s, call)
}

// scopes are those of the token now: faults take single ones away.
func (s *Slack) scopes(app bool) []string {
	if app {
		return []string{"connections:write"}
	}
	return slices.DeleteFunc(slices.Clone(s.o.Scopes), func(scope string) bool { return s.fault("missing_scope", scope) != nil })
}
