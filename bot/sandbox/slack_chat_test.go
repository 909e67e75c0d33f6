package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func slText10(n int) string { return strings.Repeat("测", n) }

func TestBlocksAreHeldToSlacksLimits(t *testing.T) {
	section := func(text string) slObj {
		return slObj{"type": "section", "text": slObj{"type": "mrkdwn", "text": text}}
	}
	button := func(more slObj) slObj {
		b := slObj{"type": "button", "action_id": "a", "text": slObj{"type": "plain_text", "text": "Go"}}
		for k, v := range more {
			b[k] = v
		}
		return b
	}
	actions := func(els ...any) slObj { return slObj{"type": "actions", "elements": els} }
	many := func(n int, one func(i int) any) (list []any) {
		for i := range n {
			list = append(list, one(i))
		}
		return list
	}
	option := func(text, value string) any {
		return slObj{"text": slObj{"type": "plain_text", "text": text}, "value": value}
	}
	confirm := func(title, text string) slObj {
		plain := func(s string) slObj { return slObj{"type": "plain_text", "text": s} }
		return slObj{"title": plain(title), "text": plain(text), "confirm": plain("Yes"), "deny": plain("No")}
	}
	// where is the place Slack names; "" is a message that Slack takes.
	for name, c := range map[string]struct {
		blocks any
		where  string
	}{
		"a section of 3000 characters":          {[]any{section(slText10(3000))}, ""},
		"a section one longer":                  {[]any{section(slText10(3001))}, "/blocks/0/text/text"},
		"an empty section text":                 {[]any{section("")}, "/blocks/0/text/text"},
		"a section without anything":            {[]any{slObj{"type": "section"}}, "/blocks/0"},
		"fifty blocks":                          {many(50, func(int) any { return slObj{"type": "divider"} }), ""},
		"fifty-one blocks":                      {many(51, func(int) any { return slObj{"type": "divider"} }), "/blocks"},
		"two blocks of one id":                  {[]any{slObj{"type": "divider", "block_id": "x"}, slObj{"type": "divider", "block_id": "x"}}, "/blocks/1/block_id"},
		"a block_id of 256 characters":          {[]any{slObj{"type": "divider", "block_id": slText10(256)}}, "/blocks/0/block_id"},
		"a header in mrkdwn":                    {[]any{slObj{"type": "header", "text": slObj{"type": "mrkdwn", "text": "x"}}}, "/blocks/0/text/type"},
		"a header of 151 characters":            {[]any{slObj{"type": "header", "text": slObj{"type": "plain_text", "text": slText10(151)}}}, "/blocks/0/text/text"},
		"eleven context elements":               {[]any{slObj{"type": "context", "elements": many(11, func(int) any { return slObj{"type": "mrkdwn", "text": "x"} })}}, "/blocks/0/elements"},
		"eleven fields":                         {[]any{slObj{"type": "section", "fields": many(11, func(int) any { return slObj{"type": "mrkdwn", "text": "x"} })}}, "/blocks/0/fields"},
		"a field of 2001 characters":            {[]any{slObj{"type": "section", "fields": []any{slObj{"type": "mrkdwn", "text": slText10(2001)}}}}, "/blocks/0/fields/0/text"},
		"twenty-five actions":                   {[]any{actions(many(25, func(i int) any { return button(slObj{"action_id": fmt.Sprint(i)}) })...)}, ""},
		"twenty-six actions":                    {[]any{actions(many(26, func(i int) any { return button(slObj{"action_id": fmt.Sprint(i)}) })...)}, "/blocks/0/elements"},
		"two buttons of one action_id":          {[]any{actions(button(nil), button(nil))}, "/blocks/0/elements/1/action_id"},
		"a button label of 76 characters":       {[]any{actions(button(slObj{"text": slObj{"type": "plain_text", "text": slText10(76)}}))}, "/blocks/0/elements/0/text/text"},
		"a button label in mrkdwn":              {[]any{actions(button(slObj{"text": slObj{"type": "mrkdwn", "text": "x"}}))}, "/blocks/0/elements/0/text/type"},
		"a button value of 2001 characters":     {[]any{actions(button(slObj{"value": slText10(2001)}))}, "/blocks/0/elements/0/value"},
		"a button of an invented style":         {[]any{actions(button(slObj{"style": "success"}))}, "/blocks/0/elements/0/style"},
		"a button with an unknown key":          {[]any{actions(button(slObj{"colour": "red"}))}, "/blocks/0/elements/0"},
		"a confirm dialog":                      {[]any{actions(button(slObj{"confirm": confirm("Sure?", "It stays.")}))}, ""},
		"a confirm title of 101 characters":     {[]any{actions(button(slObj{"confirm": confirm(slText10(101), "x")}))}, "/blocks/0/elements/0/confirm/title/text"},
		"a confirm text of 301 characters":      {[]any{actions(button(slObj{"confirm": confirm("x", slText10(301))}))}, "/blocks/0/elements/0/confirm/text/text"},
		"a confirm dialog without its buttons":  {[]any{actions(button(slObj{"confirm": slObj{"title": slObj{"type": "plain_text", "text": "x"}}}))}, "/blocks/0/elements/0/confirm"},
		"an option value of 76 characters":      {[]any{actions(slObj{"type": "static_select", "action_id": "s", "options": []any{option("x", slText10(76))}})}, "/blocks/0/elements/0/options/0/value"},
		"a select without options":              {[]any{actions(slObj{"type": "static_select", "action_id": "s"})}, "/blocks/0/elements/0"},
		"a select of 101 options":               {[]any{actions(slObj{"type": "static_select", "action_id": "s", "options": many(101, func(i int) any { return option("x", fmt.Sprint(i)) })})}, "/blocks/0/elements/0/options"},
		"six choices in an overflow menu":       {[]any{actions(slObj{"type": "overflow", "action_id": "s", "options": many(6, func(i int) any { return option("x", fmt.Sprint(i)) })})}, "/blocks/0/elements/0/options"},
		"an image without alternative text":     {[]any{slObj{"type": "image", "image_url": "https://x.example/i.png"}}, "/blocks/0"},
		"a block type with a slip":              {[]any{slObj{"type": "sectionn"}}, "/blocks/0/type"},
		"a block type not rolled out here":      {[]any{slObj{"type": "data_table"}}, "/blocks/0/type"},
		"a button where only texts go":          {[]any{slObj{"type": "context", "elements": []any{button(nil)}}}, "/blocks/0/elements/0/type"},
		"a text input outside an input block":   {[]any{actions(slObj{"type": "plain_text_input", "action_id": "t"})}, "/blocks/0/elements/0/type"},
		"a text object of an invented type":     {[]any{slObj{"type": "section", "text": slObj{"type": "markdown", "text": "x"}}}, "/blocks/0/text/type"},
		"emoji asked for in mrkdwn":             {[]any{slObj{"type": "section", "text": slObj{"type": "mrkdwn", "text": "x", "emoji": true}}}, "/blocks/0/text"},
		"blocks that are not a list":            {slObj{"type": "divider"}, "/blocks"},
		"a list of things that are not objects": {[]any{"divider"}, "/blocks/0"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(c.blocks)
			if err != nil {
				t.Fatal(err)
			}
			v, err := slDecode(strings.NewReader(string(b)))
			if err != nil {
				t.Fatal(err)
			}
			_, err = slCheckBlocks(v, slSurfaceMessage)
			if c.where == "" {
				if err != nil {
					t.Fatal(slWhy(err))
				}
				return
			}
			var refused *slError
			if !errors.As(err, &refused) || refused.code != "invalid_blocks" || !strings.Contains(strings.Join(refused.messages, "\n"), "[json-pointer:"+c.where+"]") {
				t.Errorf("refused with %v, want a fault at %s", slWhy(err), c.where)
			}
		})
	}
}

func TestMessagesAreRefusedAsSlackRefusesThem(t *testing.T) {
	w := slStart(t, SlackOptions{NoLimits: true})
	bot := w.api("chat.postMessage", "channel", "C01SUPPORT", "text", "first")["ts"].(string)
	own, err := w.slack.Say("U01ANA", "C01SUPPORT", "mine")
	if err != nil {
		t.Fatal(err)
	}
	private := w.api("chat.postEphemeral", "channel", "C01SUPPORT", "user", "U01ANA", "text", "psst")["message_ts"].(string)
	for name, c := range map[string]struct {
		method string
		args   []string
		want   string
	}{
		"a channel that is not there":              {"chat.postMessage", []string{"channel", "C99", "text", "x"}, "channel_not_found"},
		"a channel the bot is not in":              {"chat.postMessage", []string{"channel", "C06RANDOM", "text", "x"}, "not_in_channel"},
		"an archived channel":                      {"chat.postMessage", []string{"channel", "C07OLD", "text", "x"}, "is_archived"},
		"a deactivated person":                     {"chat.postMessage", []string{"channel", "U10DORA", "text", "x"}, "channel_not_found"},
		"no text at all":                           {"chat.postMessage", []string{"channel", "C01SUPPORT", "text", " "}, "no_text"},
		"blocks that are not JSON":                 {"chat.postMessage", []string{"channel", "C01SUPPORT", "blocks", "[{"}, "invalid_blocks_format"},
		"an answer to a thread that is not there":  {"chat.postMessage", []string{"channel", "C01SUPPORT", "text", "x", "thread_ts", "1.000001"}, "thread_not_found"},
		"an update of a message that is not there": {"chat.update", []string{"channel", "C01SUPPORT", "ts", "1.000001", "text", "x"}, "message_not_found"},
		"an update of a person's message":          {"chat.update", []string{"channel", "C01SUPPORT", "ts", own, "text", "x"}, "cant_update_message"},
		"an update of a private message":           {"chat.update", []string{"channel", "C01SUPPORT", "ts", private, "text", "x"}, "message_not_found"},
		"an update by the person's id":             {"chat.update", []string{"channel", "U01ANA", "ts", bot, "text", "x"}, "channel_not_found"},
		"an update of 4001 characters":             {"chat.update", []string{"channel", "C01SUPPORT", "ts", bot, "text", slText10(4001)}, "msg_too_long"},
		"an update to nothing":                     {"chat.update", []string{"channel", "C01SUPPORT", "ts", bot}, "no_text"},
		"a private message for an outsider":        {"chat.postEphemeral", []string{"channel", "C04ALERT", "user", "U01ANA", "text", "x"}, "user_not_in_channel"},
		"a person's message deleted":               {"chat.delete", []string{"channel", "C01SUPPORT", "ts", own}, "cant_delete_message"},
		"a method nobody knows":                    {"chat.shout", nil, "unknown_method"},
		"a scope the token lacks":                  {"reactions.add", []string{"channel", "C01SUPPORT", "timestamp", bot, "name", "eyes"}, "missing_scope"},
		"a group that is not there":                {"usergroups.users.list", []string{"usergroup", "S99"}, "no_such_subteam"},
		"a person who is not there":                {"users.info", []string{"user", "U99"}, "user_not_found"},
		"a conversation with a deactivated person": {"conversations.open", []string{"users", "U10DORA"}, "user_disabled"},
		"a direct call with the app's token":       {"auth.test", []string{"token", SlackAppToken}, "not_allowed_token_type"},
		"a socket asked for with the bot's token":  {"apps.connections.open", nil, "not_allowed_token_type"},
	} {
		args := c.args
		if c.method == "auth.test" { // a second token field would not win
			b := w.apiRaw(c.method, "token="+SlackAppToken)
			if b["error"] != c.want {
				t.Errorf("%s: %v, want %s", name, b["error"], c.want)
			}
			continue
		}
		if got := w.api(c.method, args...); got["ok"] != false || got["error"] != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestWhatAnUpdateLeaves(t *testing.T) {
	w := slStart(t, SlackOptions{NoLimits: true})
	blocks, _ := json.Marshal(slCard("Go"))
	ts := w.api("chat.postMessage", "channel", "C01SUPPORT", "text", "card", "blocks", string(blocks))["ts"].(string)
	now := func() slSeen { return w.messages("U01ANA", "C01SUPPORT")[0] }
	w.api("chat.update", "channel", "C01SUPPORT", "ts", ts, "text", "card 2", "blocks", string(blocks))
	if m := now(); len(m.Blocks) != 2 || m.Edited || m.Version != 2 {
		t.Errorf("text and blocks: %+v", m)
	}
	w.api("chat.update", "channel", "C01SUPPORT", "ts", ts, "text", "bare")
	if m := now(); m.Blocks != nil || m.Text != "bare" || !m.Edited {
		t.Errorf("text alone: %+v", m)
	}
}

func TestTimestampsRiseEvenWhenTheClockStandsStill(t *testing.T) {
	w := slStart(t, SlackOptions{NoLimits: true})
	last := ""
	for range 50 {
		ts := w.api("chat.postMessage", "channel", "U01ANA", "text", "x")["ts"].(string)
		if ts <= last || len(ts) != 17 {
			t.Fatalf("%s after %s", ts, last)
		}
		last = ts
	}
}

func TestSlackGoSeesLimitsAsItSeesSlacks(t *testing.T) {
	w := slStart(t, SlackOptions{})
	api := w.client()
	var ts string
	for i := range slBurst {
		var err error
		if _, ts, err = api.PostMessageContext(t.Context(), "C01SUPPORT", slack.MsgOptionText("x", false)); err != nil {
			t.Fatalf("message %d of a burst: %v", i, err)
		}
	}
	_, _, err := api.PostMessageContext(t.Context(), "C01SUPPORT", slack.MsgOptionText("x", false))
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Errorf("one more: %v", err)
	}
	if _, _, err := api.PostMessageContext(t.Context(), "C03LOG", slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("another channel: %v", err)
	}
	w.pass(time.Second)
	if _, _, err := api.PostMessageContext(t.Context(), "C01SUPPORT", slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("a second later: %v", err)
	}
	for i := range 50 {
		if _, _, _, err := api.UpdateMessageContext(t.Context(), "C01SUPPORT", ts, slack.MsgOptionText(fmt.Sprint(i), false)); err != nil {
			t.Fatalf("update %d: %v", i, err)
		}
	}
	w.pass(20 * time.Second)
	if _, _, _, err = api.UpdateMessageContext(t.Context(), "C01SUPPORT", ts, slack.MsgOptionText("x", false)); !errors.As(err, &limited) || limited.RetryAfter != 40*time.Second {
		t.Errorf("the 51st update in a minute: %v", err)
	}
	w.pass(41 * time.Second)
	if _, _, _, err = api.UpdateMessageContext(t.Context(), "C01SUPPORT", ts, slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if got := w.get("stats")["ratelimited"].(slObj); got["chat.postMessage"] != 1.0 || got["chat.update"] != 1.0 {
		t.Errorf("counted %v", got)
	}
}

func TestSlackGoReadsPeopleAndGroups(t *testing.T) {
	w := slStart(t, SlackOptions{})
	api := w.client()
	who, err := api.AuthTestContext(t.Context())
	if err != nil || who.UserID != SlackBotUser || who.TeamID != SlackTeam || who.BotID != slBotID {
		t.Errorf("auth.test = %+v, %v", who, err)
	}
	for id, ok := range map[string]func(*slack.User) bool{
		"U02LIWEI": func(u *slack.User) bool { return u.TZOffset == 8*3600 && u.RealName == "李伟" },
		"U09GUS":   func(u *slack.User) bool { return u.IsRestricted },
		"U10DORA":  func(u *slack.User) bool { return u.Deleted },
		"U11STAN":  func(u *slack.User) bool { return u.IsStranger && u.TeamID == slOtherTeam },
	} {
		if u, err := api.GetUserInfoContext(t.Context(), id); err != nil || !ok(u) {
			t.Errorf("%s = %+v, %v", id, u, err)
		}
	}
	if users, err := api.GetUserGroupMembersContext(t.Context(), "S01SUPPORT"); err != nil || len(users) != 2 {
		t.Errorf("members = %v, %v", users, err)
	}
	dm, _, _, err := api.OpenConversationContext(t.Context(), &slack.OpenConversationParameters{Users: []string{"U01ANA"}})
	if err != nil || dm.ID != "D01ANA" {
		t.Errorf("conversations.open = %+v, %v", dm, err)
	}
	w.control("fault", slObj{"kind": "plan_upgrade_required"})
	if _, err := api.GetUserGroupsContext(t.Context()); err == nil || err.Error() != "plan_upgrade_required" {
		t.Errorf("groups without a plan: %v", err)
	}
}
