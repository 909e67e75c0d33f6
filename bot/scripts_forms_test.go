package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A page is a form or a Home page as the stand-in shows it.
type page struct {
	ID     string            `json:"id"`
	Title  map[string]any    `json:"title"`
	Blocks []map[string]any  `json:"blocks"`
	Errors map[string]string `json:"errors"`
	State  struct {
		Values map[string]map[string]struct {
			Value  any `json:"value"`
			Option *struct {
				Text  struct{ Text string }
				Value string
			} `json:"selected_option"`
		} `json:"values"`
	} `json:"state"`
}

// pages are a person's topmost form and their Home page, as far as they are there.
func (s *stage) pages(person string) (form, home *page, err error) {
	var state struct {
		Modals []*page `json:"modals"`
		Home   *page   `json:"home"`
	}
	err = s.control("GET", "slack/state?as="+person, nil, &state)
	if n := len(state.Modals); n > 0 {
		form = state.Modals[n-1]
	}
	return form, state.Home, err
}

// read is a page as a person reads it: its texts, what stands in its fields, and what is wrong with them.
func (p *page) read() string {
	if p == nil {
		return ""
	}
	var out strings.Builder
	readBlock(&out, p.Title)
	out.WriteString(fmt.Sprint(p.Title["text"], "\n"))
	for _, block := range p.Blocks {
		readBlock(&out, block)
		id, _ := block["block_id"].(string)
		for _, field := range p.State.Values[id] {
			if field.Option != nil {
				fmt.Fprintf(&out, "= %s\n", field.Option.Text.Text)
			} else if field.Value != nil {
				fmt.Fprintf(&out, "= %v\n", field.Value)
			}
		}
		if p.Errors[id] != "" {
			fmt.Fprintf(&out, "! %s\n", p.Errors[id])
		}
	}
	if p.Errors[""] != "" {
		fmt.Fprintf(&out, "! %s\n", p.Errors[""])
	}
	return legible(out.String())
}

func (p *page) buttons(person string) []pressable {
	if p == nil {
		return nil
	}
	all := make([]any, len(p.Blocks))
	for i, block := range p.Blocks {
		all[i] = block
	}
	m := message{Channel: "home", TS: p.ID, Blocks: all}
	return m.buttons(person)
}

// doForm is form and home: what stands on the page.
func (s *stage) doForm(l *line) error {
	if err := l.want(1, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	if l.has("open") {
		if err := s.control("POST", "slack/open_home", map[string]any{"as": who}, nil); err != nil {
			return err
		}
	}
	if len(l.args) == 1 && l.neg {
		return s.noForm(l, who)
	}
	want, err := patterns(l.args[1:])
	if err != nil {
		return err
	}
	return s.poll(l, want, l.args[0]+"'s "+l.name, func() ([]string, error) {
		form, home, err := s.pages(who)
		if l.name == "home" {
			form = home
		}
		return []string{form.read()}, err
	})
}

// noForm waits until a person has no form open.
func (s *stage) noForm(l *line, who string) error {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		form, _, err := s.pages(who)
		if err != nil || form == nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s still has a form:\n%s", l.args[0], form.read())
		}
	}
}

// openForm waits for a person's form, whose inputs it names.
func (s *stage) openForm(who string) (*page, error) {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		form, _, err := s.pages(who)
		if err != nil || form != nil {
			return form, err
		}
		if time.Now().After(end) {
			return nil, errors.New("no form is open")
		}
		if err := s.crashed(); err != nil {
			return nil, err
		}
	}
}

// doSubmit fills in fields and presses the form's button.
func (s *stage) doSubmit(l *line) error {
	if err := l.want(1, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	form, err := s.openForm(who)
	if err != nil {
		return err
	}
	values, err := s.filledIn(l, who)
	if err != nil {
		return err
	}
	err = s.deliver(l, "slack/submit", map[string]any{"as": who, "view_id": form.ID, "values": values})
	if refused, ok := errors.AsType[*controlError](err); ok {
		quicker := l.has("twice") && strings.Contains(refused.body, "no_such_view") // the first, than the second
		if quicker || l.neg && strings.Contains(refused.body, "field_required") {
			return nil
		}
	}
	return err
}

// filledIn are the values that a story gives the fields of a form: name=value, or name=@file,file for files of $WORK.
func (s *stage) filledIn(l *line, who string) (map[string]map[string]any, error) {
	values := map[string]map[string]any{}
	for _, arg := range l.args[1:] {
		field, text, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, usageError("a field is name=value")
		}
		var value any = strings.ReplaceAll(text, `\n`, "\n")
		if files, ok := strings.CutPrefix(text, "@"); ok {
			ids, err := s.uploaded(l, who, files)
			if err != nil {
				return nil, err
			}
			value = ids
		}
		for _, id := range typedOpenID.FindAllString(text, -1) {
			s.typed[id] = true
		}
		values[field] = map[string]any{field: value}
	}
	return values, nil
}

// doShortcut uses a shortcut, on the newest message that fits when it is about one.
func (s *stage) doShortcut(l *line) error {
	if err := l.want(2, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	body := map[string]any{"as": who, "callback_id": l.args[1]}
	if len(l.args) > 2 {
		want, err := patterns(l.args[2:])
		if err != nil {
			return err
		}
		all, err := s.screen(who)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m message) bool { return len(matching([]string{m.read()}, want)) == 1 })
		if i < 0 {
			return fmt.Errorf("%s sees no such message", l.args[0])
		}
		body["channel"], body["ts"] = all[i].Channel, all[i].TS
	}
	return s.deliver(l, "slack/shortcut", body)
}

// doSuggest types into a picker of the open form and prints what it offers.
func (s *stage) doSuggest(l *line) error {
	if err := l.want(3, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	want, err := patterns(l.args[3:])
	if err != nil && len(l.args) > 3 {
		return err
	}
	form, err := s.openForm(who)
	if err != nil {
		return err
	}
	var got struct {
		delivery
		Ack struct {
			Options []struct {
				Text struct{ Text string }
			}
		} `json:"ack"`
	}
	if err := s.control("POST", "slack/suggest", map[string]any{"as": who, "view_id": form.ID, "action_id": l.args[1], "value": l.args[2]}, &got); err != nil {
		return err
	}
	if got.Error != "" {
		return errors.New("ended with the error " + got.Error)
	}
	var lines []string
	for _, o := range got.Ack.Options {
		lines = append(lines, o.Text.Text)
	}
	all := strings.Join(lines, "\n")
	fmt.Fprintln(l.Stdout(), all)
	if missing := slices.IndexFunc(want, func(re *regexp.Regexp) bool { return !re.MatchString(all) }); (missing >= 0) != l.neg {
		return fmt.Errorf("the picker offers:\n%s", all)
	}
	return nil
}

// doSay is a person writing a message.
func (s *stage) doSay(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	channel := l.flags["in"]
	if channel == "" {
		channel = "C01SUPPORT"
	}
	text, err := json.Marshal(l.args[1])
	if err != nil {
		return err
	}
	return s.control("POST", "slack/say", fmt.Sprintf(`{"as":%q,"channel":%q,"text":%s}`, who, channel, text), nil)
}
