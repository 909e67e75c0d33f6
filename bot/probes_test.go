package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"couponbot/bot/sandbox"
	"couponbot/commands"
)

// officeGroups are the groups of the stand-in's people, with two admins.
func officeGroups() commands.Config {
	return commands.Config{
		Groups: []commands.Group{{Name: "agents", Members: []string{ana, "S01SUPPORT"}}, {Name: "admins", Members: []string{"U07ADA", "U08AMIR"}}},
		Rights: map[commands.Right][]string{commands.RightSend: {"agents"}, commands.RightAdmin: {"admins"}},
	}
}

// probed is what a probe reports, a line for each thing.
func (f *office) probed(c Config, a commands.Config) []string {
	f.Helper()
	var lines []string
	Probe(f.Context(), c, a, Options{Now: f.clock.Now}, func(what, fine string, err error) {
		if err != nil {
			lines = append(lines, fmt.Sprintf("FAIL %s: %v", what, err))
			return
		}
		lines = append(lines, fmt.Sprintf("ok %s: %s", what, fine))
	})
	return lines
}

func failed(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(l, "ok ") })
}

func TestProbesOfAGoodSlackPassAndPostNothing(t *testing.T) {
	for _, scopes := range [][]string{nil, {"commands", "chat:write", "im:write", "users:read", "files:read", "files:write", "usergroups:read", "channels:read", "groups:read"}} {
		f := open(t, sandbox.SlackOptions{Scopes: scopes})
		lines := f.probed(f.bot.config, officeGroups())
		if wrong := failed(lines); len(wrong) > 0 || len(lines) < 15 {
			t.Errorf("with scopes %v:\n%s", scopes, strings.Join(lines, "\n"))
		}
		for _, channel := range []string{"C02APPROVE", "C03LOG", "C04ALERT"} {
			if said := f.in(channel); len(said) > 0 {
				t.Errorf("posted in %s: %v", channel, said)
			}
		}
	}
}

func TestProbesSayWhatIsWrongAndWhatToDo(t *testing.T) {
	fault := func(kind string, more map[string]any) func(*office, *Config, *commands.Config) {
		return func(f *office, _ *Config, _ *commands.Config) { f.fault(kind, more) }
	}
	members := func(group string, ids ...string) func(*office, *Config, *commands.Config) {
		return func(_ *office, _ *Config, a *commands.Config) {
			i := slices.IndexFunc(a.Groups, func(g commands.Group) bool { return g.Name == group })
			a.Groups[i].Members = ids
		}
	}
	channel := func(id string) func(*office, *Config, *commands.Config) {
		return func(_ *office, c *Config, _ *commands.Config) { c.LogChannel = id }
	}
	tests := []struct {
		sentence string
		change   func(*office, *Config, *commands.Config)
		says     string
	}{
		{"a bot token that is none", func(_ *office, c *Config, _ *commands.Config) { c.BotToken = "xoxb-wrong" }, "FAIL Slack bot token: Slack: invalid_auth: take slack.bot_token anew"},
		{"tokens that were revoked", fault("tokens_revoked", nil), "FAIL Slack bot token: Slack: token_revoked: take slack.bot_token anew"},
		{"an app token that is none", func(_ *office, c *Config, _ *commands.Config) { c.AppToken = "xapp-wrong" }, "FAIL Slack app token: Slack: invalid_auth: take slack.app_token anew"},
		{"a Slack that is not there", func(_ *office, c *Config, _ *commands.Config) { c.APIURL = "http://127.0.0.1:1/api/" }, "FAIL Slack bot token: Slack: unreachable: is slack.api_url right"},
		{"a Slack that fails", func(f *office, _ *Config, _ *commands.Config) { f.method("auth.test", "http_500", 0) }, "FAIL Slack bot token: Slack: http_500"},
		{"a missing scope", fault("missing_scope", map[string]any{"scope": "im:write"}), "FAIL Slack scope im:write: not granted (opens the direct message in which a requester's card stands): add it"},
		{"a user group that is not there", members("agents", "S99GONE"), "FAIL group agents: S99GONE: there is no such user group"},
		{"user groups without the plan for them", fault("plan_upgrade_required", nil), "FAIL group agents: S01SUPPORT: user groups need a paid plan"},
		{"an empty user group", func(f *office, _ *Config, _ *commands.Config) {
			f.control("groups/S01SUPPORT", map[string]any{"users": []string{}})
		}, "FAIL group agents: S01SUPPORT has no members"},
		{"an empty group", members("agents"), "FAIL group agents: nobody is in it"},
		{"a person who is not there, and one who left", members("agents", "U99GONE", "U10DORA"), "FAIL group agents: U99GONE: there is no such person: take the id from their profile in Slack; U10DORA (dora) is deactivated"},
		{"a guest", members("agents", "U09GUS"), "FAIL group agents: U09GUS (gus) is a guest"},
		{"somebody of another company", members("agents", "U11STAN"), "FAIL group agents: U11STAN (stan) is of another company"},
		{"the bot itself", members("agents", sandbox.SlackBotUser), "is an app: take it out"},
		{"one admin", members("admins", "U07ADA"), "FAIL admins: 1: after a stop"},
		{"two admins, of whom one left", members("admins", "U07ADA", "U10DORA"), "FAIL admins: 1: after a stop"},
		{"a channel that is not there", channel("C99GONE"), "FAIL channel C99GONE (log_channel): there is no such channel"},
		{"an archived channel", channel("C07OLD"), "FAIL channel C07OLD (log_channel): it is archived"},
		{"a channel without the bot", channel("C06RANDOM"), "FAIL channel C06RANDOM (log_channel): the bot is not in it: /invite it there"},
		{"a clock that is off", fault("clock", map[string]any{"offset_s": 600}), "FAIL clock against Slack: this machine's clock is 10m"},
	}
	all := []string{"commands", "chat:write", "im:write", "users:read", "files:read", "files:write", "usergroups:read", "channels:read", "groups:read"}
	for _, tt := range tests {
		for kind, scopes := range map[string][]string{"with the least scopes": nil, "with all scopes": all} {
			t.Run(tt.sentence+", "+kind, func(t *testing.T) {
				f := open(t, sandbox.SlackOptions{Scopes: scopes})
				c, a := f.bot.config, officeGroups()
				tt.change(f, &c, &a)
				lines := f.probed(c, a)
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, tt.says) }) {
					t.Errorf("no line has %q:\n%s", tt.says, strings.Join(lines, "\n"))
				}
				if said := strings.Join(lines, ""); strings.Contains(said, "xoxb-") || strings.Contains(said, "xapp-") {
					t.Errorf("a token is told: %s", said)
				}
			})
		}
	}
}
