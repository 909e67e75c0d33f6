package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func slCard(label string) []any {
	return []any{
		slObj{"type": "section", "text": slObj{"type": "mrkdwn", "text": "Send?"}},
		slObj{"type": "actions", "block_id": "b1", "elements": []any{
			slObj{"type": "button", "action_id": "send.confirm", "value": "S1", "style": "primary", "text": slObj{"type": "plain_text", "text": label}}}},
	}
}

func TestACommandIsDeliveredAndItsAckIsShownToOnePerson(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(func(socketmode.Event) any {
		return slObj{"response_type": "ephemeral", "text": "Send?", "blocks": slCard("Send")}
	})
	d := w.control("command", slObj{"as": "U01ANA", "channel": "C06RANDOM", "text": `/coupon send "a < b" @ben @support #coupon-log https://x.example/?a=1&b=2 me@ben <!channel>`})
	if d["ok"] != true || d["ack"] == nil || d["envelope_id"] == "" {
		t.Fatalf("command: %v", d)
	}
	command := app.next(t).Data.(slack.SlashCommand)
	want := `send "a &lt; b" <@U03BEN|ben> <!subteam^S01SUPPORT|@support> <#C03LOG|coupon-log> <https://x.example/?a=1&amp;b=2> me@ben &lt;!channel&gt;`
	if command.Text != want {
		t.Errorf("text = %q\nwant   %q", command.Text, want)
	}
	if command.UserID != "U01ANA" || command.TeamID != SlackTeam || command.Command != "/coupon" || command.TriggerID == "" {
		t.Errorf("command = %+v", command)
	}
	seen := w.messages("U01ANA", "C06RANDOM")
	if len(seen) != 1 || !seen[0].Ephemeral || !seen[0].App || len(seen[0].Blocks) != 2 {
		t.Errorf("Ana sees %+v", seen)
	}
	if others := w.messages("U03BEN", "C06RANDOM"); len(others) != 0 {
		t.Errorf("Ben sees %+v", others)
	}
}

func TestACommandFailsAsPeopleSeeItFail(t *testing.T) {
	huge := strings.Repeat("x", 2900)
	var sections []any
	for range 8 {
		sections = append(sections, slObj{"type": "section", "text": slObj{"type": "plain_text", "text": huge}})
	}
	for name, c := range map[string]struct {
		answer func(socketmode.Event) any
		want   string
		broken string
	}{
		"no ack in time":                        {func(socketmode.Event) any { return slNoAnswer }, "operation_timeout", "ack_missing"},
		"an ack that is not a message":          {func(socketmode.Event) any { return slObj{"text": ""} }, "invalid_command_response", "invalid_command_response"},
		"an ack with blocks Slack would refuse": {func(socketmode.Event) any { return slObj{"blocks": []any{slObj{"type": "sectionn"}}} }, "invalid_command_response", "invalid_command_response"},
		"an ack whose blocks are too much":      {func(socketmode.Event) any { return slObj{"blocks": sections[:5]} }, "invalid_command_response", "invalid_command_response"},
	} {
		t.Run(name, func(t *testing.T) {
			w := slStart(t, SlackOptions{AckTimeout: 200 * time.Millisecond})
			w.app(c.answer)
			d := w.control("command", slObj{"as": "U01ANA", "channel": "C01SUPPORT", "text": "/coupon help"})
			if d["error"] != c.want {
				t.Errorf("error = %v, want %s", d["error"], c.want)
			}
			if got := strings.Join(w.violations(), " "); !strings.Contains(got, c.broken) {
				t.Errorf("violations = %s", got)
			}
			seen := w.messages("U01ANA", "C01SUPPORT")
			if len(seen) != 1 || !strings.Contains(seen[0].Text, c.want) || seen[0].App {
				t.Errorf("Ana sees %+v", seen)
			}
		})
	}
}

func TestWithoutASocketACommandIsNotDispatched(t *testing.T) {
	w := slStart(t, SlackOptions{})
	if d := w.control("command", slObj{"as": "U01ANA", "channel": "C01SUPPORT", "text": "/coupon help"}); d["error"] != "dispatch_failed" {
		t.Errorf("command: %v", d)
	}
}

func TestPeopleCannotTypeWhereTheyAreNot(t *testing.T) {
	w := slStart(t, SlackOptions{})
	for name, c := range map[string]struct {
		q    slObj
		want string
	}{
		"a deactivated person":               {slObj{"as": "U10DORA", "channel": "C01SUPPORT", "text": "/coupon"}, "deactivated"},
		"a channel they are not in":          {slObj{"as": "U09GUS", "channel": "C04ALERT", "text": "/coupon"}, "not_in_channel"},
		"someone else's direct message":      {slObj{"as": "U01ANA", "channel": "D03BEN", "text": "/coupon"}, "not_in_channel"},
		"an archived channel":                {slObj{"as": "U01ANA", "channel": "C07OLD", "text": "/coupon"}, "is_archived"},
		"a command nobody registered":        {slObj{"as": "U01ANA", "channel": "C01SUPPORT", "text": "/coupons"}, "unknown_command"},
		"the bot itself":                     {slObj{"as": SlackBotUser, "channel": "C01SUPPORT", "text": "/coupon"}, "no_such_person"},
		"a request with a misspelled field":  {slObj{"as": "U01ANA", "chanel": "C01SUPPORT", "text": "/coupon"}, "bad_request"},
		"a person nobody has ever heard of ": {slObj{"as": "U99", "channel": "C01SUPPORT", "text": "/coupon"}, "no_such_person"},
	} {
		if d := w.control("command", c.q); d["error"] != c.want {
			t.Errorf("%s: %v, want %s", name, d["error"], c.want)
		}
	}
}

func TestAResponseURLWorksFiveTimesInThirtyMinutes(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	address := func() string {
		w.control("command", slObj{"as": "U01ANA", "channel": "C06RANDOM", "text": "/coupon help"})
		return app.next(t).Data.(slack.SlashCommand).ResponseURL
	}
	post := func(url, body string) (int, string) {
		r, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b := make([]byte, 100)
		n, _ := r.Body.Read(b)
		return r.StatusCode, string(b[:n])
	}
	url := address()
	for range 5 {
		if code, body := post(url, `{"text":"hello"}`); code != 200 || body != "ok" {
			t.Fatalf("%d %s", code, body)
		}
	}
	if code, body := post(url, `{"text":"hello"}`); code != 404 || body != "used_url" {
		t.Errorf("the sixth: %d %s", code, body)
	}
	if seen := w.messages("U01ANA", "C06RANDOM"); len(seen) != 5 {
		t.Errorf("Ana sees %d messages, want 5", len(seen))
	}
	late := address()
	if code, body := post(late, `{"text":" "}`); code != 400 || body != "no_text" {
		t.Errorf("an empty answer: %d %s", code, body)
	}
	w.pass(31 * time.Minute)
	if code, body := post(late, `{"text":"hello"}`); code != 404 || body != "expired_url" {
		t.Errorf("after half an hour: %d %s", code, body)
	}
}

func TestSlackGoCanAnswerThroughAResponseURL(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(func(e socketmode.Event) any {
		if e.Type == socketmode.EventTypeSlashCommand {
			return slObj{"text": "Send?", "blocks": slCard("Send")}
		}
		return nil
	})
	w.control("command", slObj{"as": "U01ANA", "channel": "C06RANDOM", "text": "/coupon send"})
	app.next(t)
	card := w.messages("U01ANA", "C06RANDOM")[0]
	d := w.control("click", slObj{"as": "U01ANA", "channel": "C06RANDOM", "ts": card.TS, "action_id": "send.confirm"})
	if d["ok"] != true {
		t.Fatalf("click: %v", d)
	}
	click := app.next(t).Data.(slack.InteractionCallback)
	if !click.Container.IsEphemeral || click.Container.MessageTs != card.TS || len(click.Message.Blocks.BlockSet) != 0 {
		t.Errorf("a private message's click = %+v", click.Container)
	}
	_, _, err := w.client().PostMessage("", slack.MsgOptionReplaceOriginal(click.ResponseURL), slack.MsgOptionText("Sent.", false))
	if err != nil {
		t.Fatal(err)
	}
	seen := w.messages("U01ANA", "C06RANDOM")
	if len(seen) != 1 || seen[0].Text != "Sent." || seen[0].TS != card.TS || !seen[0].Ephemeral {
		t.Errorf("Ana sees %+v", seen)
	}
	if got := w.violations(); got != nil {
		t.Errorf("violations: %v", got)
	}
}

func TestAClickNeedsAButtonThatIsDrawn(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	card, _ := json.Marshal(slCard("Approve"))
	post := w.api("chat.postMessage", "channel", "C02APPROVE", "text", "Approve?", "blocks", string(card))
	ts := post["ts"].(string)
	press := slObj{"as": "U03BEN", "channel": "C02APPROVE", "ts": ts, "action_id": "send.confirm", "value": "S1"}
	if d := w.control("click", press); d["ok"] != true {
		t.Fatalf("click: %v", d)
	}
	click := app.next(t).Data.(slack.InteractionCallback)
	if a := click.ActionCallback.BlockActions[0]; a.ActionID != "send.confirm" || a.Value != "S1" || a.BlockID != "b1" {
		t.Errorf("action = %+v", a)
	}
	if click.Channel.ID != "C02APPROVE" || click.Message.Timestamp != ts || click.User.ID != "U03BEN" || click.TriggerID == "" || click.ResponseURL == "" {
		t.Errorf("click = %+v", click)
	}
	if u := w.api("chat.update", "channel", "C02APPROVE", "ts", ts, "text", "Approved."); u["ok"] != true {
		t.Fatal(u)
	}
	if d := w.control("click", press); d["error"] != "no_such_button" {
		t.Errorf("a click after the redraw: %v", d)
	}
	press["stale"] = true
	if d := w.control("click", press); d["ok"] != true {
		t.Fatalf("a click on its way during the redraw: %v", d)
	}
	if late := app.next(t).Data.(slack.InteractionCallback); late.Message.Text != "Approve?" || len(late.Message.Blocks.BlockSet) != 2 {
		t.Errorf("the late click shows %+v", late.Message)
	}
	press["as"] = "U09GUS"
	if d := w.control("click", press); d["error"] != "not_in_channel" {
		t.Errorf("a person outside: %v", d)
	}
}
