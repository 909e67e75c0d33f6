package sandbox

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func TestStateWaitsForAChange(t *testing.T) {
	w := slStart(t, SlackOptions{})
	version := w.get("state?as=U01ANA")["version"]
	b, _ := json.Marshal(version)
	if s := w.get("state?as=U01ANA&since=" + string(b)); s["unchanged"] != true {
		t.Errorf("without a change: %v", s)
	}
	answer := make(chan slObj, 1)
	go func() { answer <- w.get("state?as=U01ANA&wait=5s&since=" + string(b)) }()
	if _, err := w.slack.Say("U01ANA", "C01SUPPORT", "hello"); err != nil {
		t.Fatal(err)
	}
	if s := <-answer; s["version"].(float64) <= version.(float64) || s["channels"] == nil {
		t.Errorf("after a change: %v", s)
	}
	if s := w.get("state?as=U99"); s["error"] != "no_such_person" {
		t.Errorf("a person who is not there: %v", s)
	}
}

func TestEventsTellOfEveryChange(t *testing.T) {
	w := slStart(t, SlackOptions{})
	r, err := http.Get(w.url + "/sandbox/slack/events?since=0")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	next := func() (version float64) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var v slObj
				if err := json.Unmarshal([]byte(data), &v); err != nil {
					t.Fatal(err)
				}
				return v["version"].(float64)
			}
		}
		t.Fatal("the stream ended")
		return 0
	}
	first := next()
	if _, err := w.slack.Say("U01ANA", "C01SUPPORT", "hello"); err != nil {
		t.Fatal(err)
	}
	if second := next(); second <= first {
		t.Errorf("version %v after %v", second, first)
	}
}

func TestPeopleAndChannelsCanBeChanged(t *testing.T) {
	w := slStart(t, SlackOptions{})
	api := w.client()
	if d := w.control("people/U01ANA", slObj{"deleted": true, "locale": "de-DE"}); d["ok"] != true {
		t.Fatal(d)
	}
	u, err := api.GetUserInfoContext(t.Context(), "U01ANA")
	if err != nil || !u.Deleted || u.RealName != "Ana Silva" {
		t.Errorf("Ana = %+v, %v", u, err)
	}
	if d := w.control("say", slObj{"as": "U01ANA", "channel": "C01SUPPORT", "text": "x"}); d["error"] != "deactivated" {
		t.Errorf("a deactivated person writes: %v", d)
	}
	if d := w.control("people/U50NEW", slObj{"name": "New Person", "join": []string{"C01SUPPORT"}}); d["ok"] != true {
		t.Fatal(d)
	}
	if d := w.control("say", slObj{"as": "U50NEW", "channel": "C01SUPPORT", "text": "a <b> & @ben"}); d["ok"] != true {
		t.Errorf("the new person writes: %v", d)
	}
	seen := w.messages("U03BEN", "C01SUPPORT")
	if len(seen) != 1 || seen[0].Text != "a &lt;b&gt; &amp; <@U03BEN|ben>" || seen[0].Name != "New Person" {
		t.Errorf("Ben sees %+v", seen)
	}
	for path, body := range map[string]slObj{"people/U51": {}, "groups/S51": {}, "channels/C51": {}} {
		if d := w.control(path, body); d["ok"] != false {
			t.Errorf("%s: %v", path, d)
		}
	}
	w.control("channels/C06RANDOM", slObj{"bot": true})
	if _, _, err := api.PostMessageContext(t.Context(), "C06RANDOM", slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("in a channel the bot was brought into: %v", err)
	}
	w.control("channels/C06RANDOM", slObj{"archived": true})
	if _, _, err := api.PostMessageContext(t.Context(), "C06RANDOM", slack.MsgOptionText("x", false)); err == nil || err.Error() != "is_archived" {
		t.Errorf("in an archived channel: %v", err)
	}
}

func TestSettingsHoldFromNowOn(t *testing.T) {
	w := slStart(t, SlackOptions{})
	w.open()
	w.control("settings", slObj{"ack_timeout_ms": 20, "limits": false, "scopes": []string{"chat:write", "reactions:write"}})
	began := time.Now()
	if d := <-w.command(); d["error"] != "operation_timeout" || time.Since(began) > 2*time.Second {
		t.Errorf("after %v: %v", time.Since(began), d)
	}
	var ts string
	for range 3 * slBurst {
		m := w.api("chat.postMessage", "channel", "C01SUPPORT", "text", "x")
		if m["ok"] != true {
			t.Fatal(m)
		}
		ts = m["ts"].(string)
	}
	if r := w.api("reactions.add", "channel", "C01SUPPORT", "timestamp", ts, "name", "eyes"); r["ok"] != true {
		t.Errorf("with a scope given: %v", r)
	}
	if r := w.api("usergroups.list"); r["error"] != "missing_scope" || r["needed"] != "usergroups:read" || r["provided"] != "chat:write,reactions:write" {
		t.Errorf("with a scope taken: %v", r)
	}
}

func TestAMessageShortcutBringsTheMessage(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	ts, err := w.slack.Say("U03BEN", "C06RANDOM", "please send oABC a coupon")
	if err != nil {
		t.Fatal(err)
	}
	if d := w.control("shortcut", slObj{"as": "U01ANA", "callback_id": "coupon_from_message", "channel": "C06RANDOM", "ts": ts}); d["ok"] != true {
		t.Fatal(d)
	}
	c := app.next(t).Data.(slack.InteractionCallback)
	if c.Type != slack.InteractionTypeMessageAction || c.Message.Text != "please send oABC a coupon" || c.Channel.ID != "C06RANDOM" || c.ResponseURL == "" {
		t.Errorf("the app hears %+v", c)
	}
	for _, q := range []slObj{{"as": "U01ANA", "callback_id": "coupon_from_message"}, {"as": "U01ANA", "callback_id": "other"}} {
		if d := w.control("shortcut", q); d["error"] != "no_such_shortcut" {
			t.Errorf("%v: %v", q, d)
		}
	}
}

func TestSelectsInAMessageRememberWhoChoseWhat(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	blocks := `[{"type":"actions","block_id":"b","elements":[{"type":"static_select","action_id":"s","options":[
		{"text":{"type":"plain_text","text":"One"},"value":"1"},{"text":{"type":"plain_text","text":"Two"},"value":"2"}]}]}]`
	ts := w.api("chat.postMessage", "channel", "C01SUPPORT", "text", "choose", "blocks", blocks)["ts"]
	press := slObj{"as": "U01ANA", "channel": "C01SUPPORT", "ts": ts, "action_id": "s", "selected": "2"}
	if d := w.control("click", press); d["ok"] != true {
		t.Fatal(d)
	}
	c := app.next(t).Data.(slack.InteractionCallback)
	if c.ActionCallback.BlockActions[0].SelectedOption.Value != "2" || c.BlockActionState.Values["b"]["s"].SelectedOption.Value != "2" {
		t.Errorf("the app hears %+v", c.ActionCallback.BlockActions[0])
	}
	press["selected"] = "3"
	if d := w.control("click", press); d["error"] != "cannot_choose" {
		t.Errorf("an option that is not offered: %v", d)
	}
}

func TestSlackGoGetsAPermalinkByQuery(t *testing.T) {
	w := slStart(t, SlackOptions{})
	ts := w.api("chat.postMessage", "channel", "C01SUPPORT", "text", "x")["ts"].(string)
	link, err := w.client().GetPermalinkContext(t.Context(), &slack.PermalinkParameters{Channel: "C01SUPPORT", Ts: ts})
	if err != nil || !strings.HasPrefix(link, w.url) {
		t.Errorf("permalink %q, %v", link, err)
	}
}
