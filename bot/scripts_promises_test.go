package bot_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// logs are everything that all bots have written.
func (s *stage) logs() string {
	files, err := filepath.Glob(filepath.Join(s.work, "bot*.log"))
	if err != nil {
		return err.Error()
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err.Error()
		}
		all.Write(text)
	}
	return all.String()
}

// channels are those that several people read.
var channels = []string{"C01SUPPORT", "C02APPROVE", "C03LOG", "C04ALERT", "C05CAMPAIGN", "C06RANDOM", "C07OLD"}

var secretShapes = regexp.MustCompile(`xox[abp]-[a-zA-Z0-9]|xapp-[a-zA-Z0-9]|/slack/response/|PRIVATE KEY|hooks\.slack\.com`)

// doPromises looks at everything that was written: whatever the story was about, this holds.
func (s *stage) doPromises(l *line) error {
	if err := l.want(0, 1); err != nil {
		return err
	}
	return errors.Join(s.doNeverTwo(l), s.nothingLeaked(), s.goodManners(), s.soundProcesses())
}

func (s *stage) nothingLeaked() error {
	places := map[string]string{"the log": s.logs()}
	for _, id := range channels {
		all, err := s.said(id)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.App { // what people paste is theirs
				places[id] += fmt.Sprint(m.Text, m.Blocks)
			}
		}
	}
	secrets := []string{"xoxb-sandbox", "xapp-sandbox"}
	key, err := os.ReadFile(s.path("merchant.key"))
	if err != nil {
		return err
	}
	secrets = append(secrets, strings.Fields(string(key))[4:]...)
	var leaks []error
	for place, text := range places {
		if shape := secretShapes.FindString(text); shape != "" {
			leaks = append(leaks, fmt.Errorf("a secret, %s…, is in %s", shape, place))
		}
		for _, secret := range secrets {
			if len(secret) > 8 && strings.Contains(text, secret) {
				leaks = append(leaks, fmt.Errorf("a secret, %.6s…, is in %s", secret, place))
			}
		}
		for id := range s.typed {
			if strings.Contains(text, id) {
				leaks = append(leaks, fmt.Errorf("the openid %s is in %s", id, place))
			}
		}
	}
	return errors.Join(leaks...)
}

// goodManners is an error when Slack saw something that a well-behaved app does not do. An acknowledgement that a
// story's kill or outage swallowed is not the bot's fault.
func (s *stage) goodManners() error {
	var stats struct {
		Violations []struct{ Kind, Detail string } `json:"violations"`
	}
	if err := s.control("GET", "slack/stats", nil, &stats); err != nil {
		return err
	}
	var bad []error
	for _, v := range stats.Violations {
		if v.Kind != "ack_missing" {
			bad = append(bad, fmt.Errorf("Slack frowns: %s %s", v.Kind, v.Detail))
		}
	}
	return errors.Join(bad...)
}

func (s *stage) soundProcesses() error {
	if err := s.crashed(); err != nil {
		return err
	}
	for _, sign := range []string{"DATA RACE", "panic", "goroutine "} {
		if i := strings.Index(s.logs(), sign); i >= 0 {
			return fmt.Errorf("the log has %q:\n%.2000s", sign, s.logs()[i:])
		}
	}
	return nil
}

// dump is what stood on the stage when the story failed.
func (s *stage) dump() string {
	var out strings.Builder
	if s.base != "" {
		for _, name := range slices.Sorted(maps.Keys(people)) {
			s.dumpScreen(&out, name)
		}
		s.dumpBooks(&out)
	}
	for _, name := range slices.Sorted(maps.Keys(s.bots)) {
		fmt.Fprintf(&out, "--- the end of %s's log\n%s\n", name, tail(s.bots[name].output(), 30))
	}
	if s.world != nil {
		fmt.Fprintf(&out, "--- the end of the stand-ins' log\n%s\n", tail(s.world.output(), 8))
	}
	return out.String()
}

// dumpScreen shows what a person saw last of the app, the channels under whoever reads them first.
func (s *stage) dumpScreen(out *strings.Builder, name string) {
	all, err := s.screen(people[name])
	if err != nil {
		fmt.Fprintf(out, "--- %s: %v\n", name, err)
		return
	}
	const most = 3
	shown := map[string]int{}
	for _, m := range slices.Backward(all) {
		public := !m.Ephemeral && strings.HasPrefix(m.Channel, "C")
		if !m.App || public && name != "ada" || shown[m.Channel] == most {
			continue
		}
		shown[m.Channel]++
		kind := ""
		if m.Ephemeral {
			kind = ", private"
		}
		fmt.Fprintf(out, "--- %s sees in %s%s:\n%.900s\n", name, m.Channel, kind, m.read())
	}
}

func (s *stage) dumpBooks(out *strings.Builder) {
	coupons, calls, err := s.books("all")
	if err != nil {
		fmt.Fprintf(out, "--- WeChat Pay: %v\n", err)
		return
	}
	fmt.Fprintf(out, "--- WeChat Pay: %d coupons, the newest calls first\n", len(coupons))
	for _, c := range calls[:min(len(calls), 10)] {
		fmt.Fprintf(out, "%s %s %s %d %s %s\n", c.At.Format("15:04:05.000"), c.Endpoint, cmp.Or(c.OpenID, "-"), c.Status, c.Code, c.Fault)
	}
}

// tail is the last lines of a text, none of them endless.
func tail(text string, most int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = slices.Clone(lines[max(0, len(lines)-most):])
	for i, line := range lines {
		lines[i] = fmt.Sprintf("%.400s", line)
	}
	return strings.Join(lines, "\n")
}
