package bot

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/store"
)

// manifestSchema is Slack's own (github.com/slackapi/manifest-schema v0.5.0, MIT, © Slack Technologies).
const manifestSchema = "testdata/slack-manifest.schema.json"

func TestTheManifestFitsSlacksSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	// Go's regular expressions cannot look ahead. The two places where the schema does are lists of domains, which we have not.
	compiler.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		return regexp.Compile(strings.ReplaceAll(s, `(?![\.\-])`, ""))
	})
	schema, err := compiler.Compile(manifestSchema)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{languageEN, languageZH} {
		for _, groups := range [][]commands.Group{nil, {{Name: "agents", Members: []string{"U01ANA", "S01SUPPORT"}}}} {
			text, err := Manifest(Config{Command: "/gutschein", ChannelLanguage: language}, groups)
			if err != nil {
				t.Fatal(err)
			}
			m, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(m); err != nil {
				t.Errorf("%s, %v: %v\n%s", language, groups, err, text)
			}
			if !strings.Contains(string(text), `"command": "/gutschein"`) {
				t.Errorf("another command:\n%s", text)
			}
		}
	}
}

func TestTheManifestAsksForNoMoreThanTheConfigurationNeeds(t *testing.T) {
	people := []commands.Group{{Name: "agents", Members: []string{"U01ANA"}}}
	both := append(people, commands.Group{Name: "leads", Members: []string{"S02LEADS"}})
	asked := func(groups []commands.Group) (scopes, events []string) {
		text, err := Manifest(Config{Command: "/coupon"}, groups)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			OAuth struct {
				Scopes struct{ Bot []string }
			} `json:"oauth_config"`
			Settings struct {
				Events struct {
					Bot []string `json:"bot_events"`
				} `json:"event_subscriptions"`
			}
		}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		return m.OAuth.Scopes.Bot, m.Settings.Events.Bot
	}
	scopes, events := asked(people)
	if slices.Contains(scopes, "usergroups:read") || slices.Contains(events, "subteam_members_changed") {
		t.Errorf("without user groups: %v, %v", scopes, events)
	}
	scopes, events = asked(both)
	if !slices.Contains(scopes, "usergroups:read") || !slices.Contains(events, "subteam_members_changed") {
		t.Errorf("with user groups: %v, %v", scopes, events)
	}
	for _, s := range scopes {
		if strings.HasSuffix(s, ":history") {
			t.Errorf("%s reads what people write", s)
		}
	}
}

// The scopes that the manifest asks for are enough: the stand-in refuses every method whose scope is missing.
func TestTheScopesOfTheManifestAreEnough(t *testing.T) {
	groups := []commands.Group{{Name: "agents", Members: []string{"S01SUPPORT"}}}
	var scopes []string
	for _, s := range Scopes(groups) {
		if !s.Optional {
			scopes = append(scopes, s.Name)
		}
	}
	f := open(t, sandbox.SlackOptions{Scopes: scopes})
	f.listens()
	f.draws()
	_, send := f.sends(ana, "oOPENID1")
	f.clock.Advance(store.DMAfter)
	f.until("a direct message follows it", func() bool { return len(f.in(dm(ana))) == 1 })
	f.ends(send, store.GrantIssued)
	f.until("the log channel has its line", func() bool { return len(f.in("C03LOG")) == 1 })
	if _, err := f.people.Members(t.Context(), "S01SUPPORT", 0); err != nil {
		t.Error(err)
	}
	if _, err := f.people.Person(t.Context(), ana, 0); err != nil {
		t.Error(err)
	}
	f.clean()
}

func TestTheREADMEExplainsEachScope(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Scopes([]commands.Group{{Members: []string{"S01SUPPORT"}}}) {
		if !strings.Contains(string(readme), "`"+s.Name+"`") || s.Why == "" {
			t.Errorf("%s is not explained", s.Name)
		}
	}
}
