package bot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// people are those of the stand-in's workspace, as stories call them.
var people = map[string]string{
	"ana": "U01ANA", "liwei": "U02LIWEI", "ben": "U03BEN", "lena": "U04LENA", "finn": "U05FINN", "mia": "U06MIA",
	"ada": "U07ADA", "amir": "U08AMIR", "gus": "U09GUS", "dora": "U10DORA", "stan": "U11STAN",
}

func personID(name string) (string, error) {
	if id, ok := people[name]; ok {
		return id, nil
	}
	return "", usageError("nobody is called " + name)
}

// A controlError is the control API saying no: what a person's client would not let them do.
type controlError struct {
	status int
	body   string
}

func (e *controlError) Error() string {
	return fmt.Sprintf("the stand-in answers %d %s", e.status, e.body)
}

// control asks the stand-ins. body may be JSON text already.
func (s *stage) control(method, path string, body, into any) error {
	if s.world == nil {
		return errors.New("there is no world yet")
	}
	var payload []byte
	switch b := body.(type) {
	case nil:
	case string:
		payload = []byte(b)
	default:
		var err error
		if payload, err = json.Marshal(b); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(s.tb.Context(), method, s.base+"/sandbox/"+path, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return &controlError{res.StatusCode, strings.TrimSpace(string(answer))}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

var typedOpenID = regexp.MustCompile(`\bo[A-Za-z0-9_-]{15,}`)

// A delivery is how Slack says that an input ended.
type delivery struct {
	Error string  `json:"error"`
	AckMS float64 `json:"ack_ms"`
}

// deliver hands in an input, twice at once when the story says so, and says how it ended.
func (s *stage) deliver(l *line, path string, body map[string]any) error {
	times := 1
	if l.has("twice") {
		times = 2
	}
	answers, errs := make([]delivery, times), make([]error, times)
	var both sync.WaitGroup
	for i := range times {
		both.Go(func() { errs[i] = s.control("POST", path, body, &answers[i]) })
	}
	both.Wait()
	for i, d := range answers {
		if errs[i] != nil {
			return errs[i]
		}
		if (d.Error != "") != l.neg {
			return fmt.Errorf("ended with the error %q", d.Error)
		}
		fmt.Fprintf(l.Stdout(), "acknowledged after %.0f ms %s\n", d.AckMS, d.Error)
	}
	return nil
}

func (s *stage) doSlash(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	for _, id := range typedOpenID.FindAllString(l.args[1], -1) {
		s.typed[id] = true
	}
	channel := l.flags["in"]
	if channel == "" {
		channel = "C01SUPPORT"
	}
	return s.deliver(l, "slack/command", map[string]any{"as": who, "channel": channel, "text": l.args[1]})
}

func (s *stage) doClick(l *line) error {
	if err := l.want(2, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; {
		button, err := s.find(l, who)
		if err != nil || l.neg || button == (pressable{}) {
			return err
		}
		body := map[string]any{"as": who, "channel": button.Channel, "ts": button.TS, "action_id": button.Action, "value": button.Value}
		if button.Channel == "home" {
			body = map[string]any{"as": who, "view_id": button.TS, "action_id": button.Action, "value": button.Value}
		}
		if l.has("deny") {
			body["confirm"] = "deny"
		}
		if l.has("stale") {
			body["stale"] = true
		}
		err = s.deliver(l, "slack/click", body)
		if refused, ok := errors.AsType[*controlError](err); !ok || !strings.Contains(refused.body, "no_such_button") || time.Now().After(end) {
			return err
		}
		if l.has("twice") { // the first press was quicker than the second: that one set out before the card was redrawn
			body["stale"] = true
			delete(l.flags, "twice")
			return s.deliver(l, "slack/click", body)
		}
		// The card was redrawn between the look and the press: a person would look again.
	}
}

// find waits for the newest button that is meant; negated, it makes sure that there is none, and with -maybe it does not
// mind.
func (s *stage) find(l *line, who string) (pressable, error) {
	var want []*regexp.Regexp
	var err error
	if len(l.args) > 2 {
		if want, err = patterns(l.args[2:]); err != nil {
			return pressable{}, err
		}
	}
	is := func(b pressable) bool {
		return b.Person == who && (b.Label == l.args[1] || b.Action == l.args[1]) && (!l.has("in") || b.Channel == l.flags["in"]) &&
			len(matching([]string{b.Message}, want)) == 1
	}
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		all, err := s.screen(who)
		if err != nil {
			return pressable{}, err
		}
		var now []pressable
		for _, m := range all {
			now = append(now, m.buttons(who)...)
		}
		if l.flags["in"] == "home" {
			_, home, err := s.pages(who)
			if err != nil {
				return pressable{}, err
			}
			now = home.buttons(who)
			s.drawn = append(s.drawn, now...)
		}
		if l.has("stale") { // it was shown, and is not any more
			now = slices.DeleteFunc(slices.Clone(s.drawn), func(b pressable) bool { return slices.Contains(now, b) })
		}
		for _, b := range slices.Backward(now) {
			if !is(b) {
				continue
			}
			if l.neg {
				return b, fmt.Errorf("%s sees that button:\n%s", l.args[0], b.Message)
			}
			return b, nil
		}
		if l.neg || l.has("maybe") {
			return pressable{}, nil
		}
		if time.Now().After(end) {
			return pressable{}, fmt.Errorf("%s sees no button %q", l.args[0], l.args[1])
		}
		if err := s.crashed(); err != nil {
			return pressable{}, err
		}
	}
}

func (s *stage) sockets() (int, error) {
	var stats struct {
		Sockets int `json:"sockets"`
	}
	err := s.control("GET", "slack/stats", nil, &stats)
	return stats.Sockets, err
}

func (s *stage) doPerson(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	return s.control("POST", "slack/people/"+who, l.args[1], nil)
}

func (s *stage) doGroup(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	return s.control("POST", "slack/groups/"+l.args[0], l.args[1], nil)
}

func (s *stage) doConversation(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	return s.control("POST", "slack/channels/"+l.args[0], l.args[1], nil)
}
