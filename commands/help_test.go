package commands

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func topics(h Help) string {
	var all []string
	for _, t := range h.Topics {
		all = append(all, t.Verb)
	}
	return strings.Join(all, " ")
}

func TestHelpShowsWhatIMayDo(t *testing.T) {
	w := newWorld(t)
	for person, want := range map[string]string{
		ana: "help send status who find mine stocks stock pause resume cancel retry recheck",
		ada: "help status mine pause resume cancel retry recheck stop start",
		fin: "help status who find mine stocks stock settle",
		guy: "help status mine",
	} {
		for _, text := range []string{"", "help", " HELP "} {
			if got := topics(as[Help](t, w.says(person, text))); got != want {
				t.Errorf("%s: got %q, want %q", person, got, want)
			}
		}
	}
	w.people.faults = map[string]bool{"S01AGENTS": true}
	if r := w.isRefused(abe, "help"); r.Code != CouldNotCheck {
		t.Errorf("got %+v", r)
	}
}

func TestHelpIsSearched(t *testing.T) {
	w := newWorld(t)
	for word, want := range map[string]string{
		"send": "send", "代金券": "send", "note": "send", "暂停": "pause", "rechek": "recheck", "unknown": "recheck", "xyzzy": "", "voucher customer": "send", "stop": "",
	} {
		got := as[Help](t, w.says(ana, "help "+word))
		if topics(got) != want || got.Word != word || got.Command != "/coupon" {
			t.Errorf("%s: got %+v", word, got)
		}
	}
}

func TestExamplesAreUnderstood(t *testing.T) {
	for _, rules := range [][]func(*Config){nil, {late, tickets}} {
		w := newWorld(t, rules...)
		w.config.Rights[RightAudit] = []string{"agents"}
		w.config.Rights[RightAdmin] = []string{"agents"}
		lines := 0
		for _, topic := range as[Help](t, w.says(ana, "help")).Topics {
			if len(topic.Examples) == 0 {
				t.Errorf("%s has no example", topic.Verb)
			}
			for _, line := range topic.Examples {
				lines++
				text, ok := strings.CutPrefix(line, "/coupon ")
				if !ok {
					t.Errorf("%q is no whole line", line)
				}
				_, err := w.Do(t.Context(), w.ask(ana), text)
				if err == nil {
					continue
				}
				switch r := w.refusal(nil, err); r.Code {
				case NoSuchSend, NotStopped:
				default:
					t.Errorf("%s: %+v", line, r)
				}
			}
		}
		if lines < 12 {
			t.Errorf("only %d examples", lines)
		}
	}
	bare := &Desk{config: Config{Command: "/c"}}
	if d := cmp.Diff([]string{"/c send 9856000 " + anOpenID}, bare.examples("send")); d != "" {
		t.Error(d)
	}
}
