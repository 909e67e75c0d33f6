package commands

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func topics(h Help) string {
	var all []string
	for _, t := range h.Topics {
		all = append(all, t.Verb)
	}
	return strings.Join(all, " ")
}

func TestHelpShowsWhatIMayDo(t *testing.T) {
	w := newWorld(t, bands, func(c *Config) { c.Approvals.FallbackGroup = "admins" })
	for person, want := range map[string]string{
		ana:  "help send status who find mine queue withdraw limits stocks stock pause resume cancel retry recheck",
		ada:  "help status mine queue approve reject limits pause resume cancel retry recheck stop start",
		fin:  "help status who find mine queue approve reject limits stocks stock settle",
		appy: "help status mine queue approve reject limits",
		guy:  "help status mine queue limits",
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
		"send": "send", "代金券": "send", "note": "send", "暂停": "pause", "rechek": "recheck", "unknown": "recheck", "xyzzy": "", "voucher customer": "send", "stop": "", "form": "send", "撤回": "withdraw", "额度": "limits",
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
		w.config.Rights[RightAudit], w.config.Rights[RightCampaign], w.config.Planner = []string{"agents"}, []string{"agents"}, planner{shanghai}
		w.config.Rights[RightAdmin] = []string{"agents"}
		w.config.Approvals = Approvals{Bands: []Band{{UpTo: 5000}, {Need: []store.Seat{{Group: "agents", Count: 1}}}}}
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
				case NoSuchSend, NotStopped, NoAudience, NoSuchAudience, NoSuchCampaign:
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
	if d := cmp.Diff([]string{"/c send", "/c send 9856000 " + anOpenID}, bare.examples("send")); d != "" {
		t.Error(d)
	}
}
