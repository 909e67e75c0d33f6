package bot_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A message is one as a person, or nobody in particular, sees it.
type message struct {
	Channel   string `json:"-"`
	TS        string `json:"ts"`
	App       bool   `json:"app"`
	Name      string `json:"name"`
	Text      string `json:"text"`
	Blocks    []any  `json:"blocks"`
	Ephemeral bool   `json:"ephemeral"`
	To        string `json:"to"` // of stored messages
	Deleted   bool   `json:"deleted"`
}

// screen is every message a person sees, the newest last.
func (s *stage) screen(person string) ([]message, error) {
	var state struct {
		Channels []struct {
			ID       string    `json:"id"`
			Messages []message `json:"messages"`
		} `json:"channels"`
	}
	if err := s.control("GET", "slack/state?as="+person, nil, &state); err != nil {
		return nil, err
	}
	var all []message
	for _, c := range state.Channels {
		for _, m := range c.Messages {
			m.Channel = c.ID
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return strings.Compare(a.TS, b.TS) })
	for _, m := range all {
		s.drawn = append(s.drawn, m.buttons(person)...)
	}
	s.drawn = s.drawn[max(0, len(s.drawn)-500):]
	return all, nil
}

// read is a message as a person reads it: what its blocks say, or its text when it has none.
func (m message) read() string {
	if len(m.Blocks) == 0 {
		return legible(m.Text)
	}
	var out strings.Builder
	for _, block := range m.Blocks {
		readBlock(&out, block)
	}
	return legible(out.String())
}

func readBlock(out *strings.Builder, v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			readBlock(out, one)
		}
	case map[string]any:
		if label, ok := buttonLabel(v); ok {
			fmt.Fprintf(out, "[%s] ", label)
			return
		}
		if text, ok := v["text"].(string); ok {
			out.WriteString(text + "\n")
			return
		}
		for _, key := range []string{"text", "fields", "elements", "accessory", "label", "hint"} {
			readBlock(out, v[key])
		}
	}
}

var liveTime = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)

// legible is a text without its formatting, as one reads it.
func legible(s string) string {
	s = liveTime.ReplaceAllString(s, "$1")
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "\u200b", "", "*", "", "`", "").Replace(s)
}

// A pressable is a button that was shown.
type pressable struct {
	Person, Channel, TS, Label, Action, Value, Message string
}

func (m message) buttons(person string) []pressable {
	var out []pressable
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			if label, ok := buttonLabel(v); ok {
				action, _ := v["action_id"].(string)
				value, _ := v["value"].(string)
				out = append(out, pressable{person, m.Channel, m.TS, label, action, value, m.read()})
				return
			}
			for _, key := range []string{"elements", "accessory"} {
				walk(v[key])
			}
		}
	}
	walk(m.Blocks)
	return out
}

func buttonLabel(v map[string]any) (string, bool) {
	text, _ := v["text"].(map[string]any)
	label, ok := text["text"].(string)
	return label, ok && v["type"] == "button"
}

func texts(all []message) []string {
	out := make([]string, len(all))
	for i, m := range all {
		out[i] = m.read()
	}
	return out
}

// reader is whose screen is meant, and what must be read there: the arguments behind the first ones, a person among them.
func (l *line) reader(first int) (who string, want []*regexp.Regexp, err error) {
	if err = l.want(first+1, -1); err != nil {
		return "", nil, err
	}
	if who, err = personID(l.args[0]); err != nil {
		return "", nil, err
	}
	want, err = patterns(l.args[first:])
	return who, want, err
}

// doSees is sees, private and dm: which of a person's messages are meant, the word says.
func (s *stage) doSees(l *line) error {
	who, want, err := l.reader(1)
	if err != nil {
		return err
	}
	if l.name == "private" {
		return s.poll(l, want, "what "+l.args[0]+" alone was told last", func() ([]string, error) {
			last, err := s.toldAlone(who)
			return texts(last), err
		})
	}
	return s.poll(l, want, l.args[0]+"'s screen", func() ([]string, error) {
		all, err := s.screen(who)
		all = slices.DeleteFunc(all, func(m message) bool {
			return l.has("in") && m.Channel != l.flags["in"] || l.name == "dm" && m.Channel != "D"+who[1:]
		})
		return texts(all), err
	})
}

// toldAlone is the newest message that only this person sees, or none.
func (s *stage) toldAlone(who string) ([]message, error) {
	all, err := s.screen(who)
	all = slices.DeleteFunc(all, func(m message) bool { return !m.Ephemeral })
	return all[max(0, len(all)-1):], err
}

// doAsks is how a person waits for what is being looked up: they type the command again.
func (s *stage) doAsks(l *line) error {
	who, want, err := l.reader(2)
	if err != nil {
		return err
	}
	typed := *l
	typed.args = l.args[:2]
	for end := time.Now().Add(patience); ; {
		if err := s.doSlash(&typed); err != nil {
			return err
		}
		for range 10 {
			time.Sleep(50 * time.Millisecond)
			all, err := s.toldAlone(who)
			if err != nil {
				return err
			}
			if len(matching(texts(all), want)) > 0 {
				return nil
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is never answered with all of %q", l.args[0], l.args[2:])
		}
	}
}

// said is what stands in a channel for everyone there.
func (s *stage) said(channel string) ([]message, error) {
	var stored struct {
		Messages []message `json:"messages"`
	}
	if err := s.control("GET", "slack/messages?channel="+channel, nil, &stored); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(stored.Messages, func(m message) bool { return m.Deleted || m.To != "" }), nil
}

func (s *stage) doChannel(l *line) error {
	if err := l.want(2, -1); err != nil {
		return err
	}
	want, err := patterns(l.args[1:])
	if err != nil {
		return err
	}
	look := func() ([]string, error) {
		all, err := s.said(l.args[0])
		return texts(all), err
	}
	if !l.has("times") {
		return s.poll(l, want, l.args[0], look)
	}
	var times int
	if _, err := fmt.Sscan(l.flags["times"], &times); err != nil {
		return usageError("-times is a number")
	}
	within, err := l.within()
	if err != nil {
		return err
	}
	return s.settlesAt(times, false, within, func() (int, error) {
		all, err := look()
		return len(matching(all, want)), err
	})
}
