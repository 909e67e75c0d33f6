package views

import (
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

func buttonsOf(m Message) []*slack.ButtonBlockElement {
	var out []*slack.ButtonBlockElement
	for _, b := range m.Blocks {
		if row, ok := b.(*slack.ActionBlock); ok {
			for _, e := range row.Elements.ElementSet {
				out = append(out, e.(*slack.ButtonBlockElement))
			}
		}
	}
	return out
}

func actionsOf(m Message) []string {
	var out []string
	for _, b := range buttonsOf(m) {
		out = append(out, b.ActionID)
	}
	return out
}

// The labels that people and manuals rely on.
func TestButtonsHaveTheirLabels(t *testing.T) {
	labels := map[string][2]string{
		"send.confirm": {"Send", "发放"}, "send.edit": {"Change", "修改"}, "send.discard": {"Cancel", "取消"},
		"send.pause": {"Pause", "暂停"}, "send.resume": {"Resume", "继续"}, "send.cancel": {"Cancel the rest", "取消剩余"},
		"send.retry": {"Retry failed", "重试失败"}, "send.recheck": {"Ask WeChat again", "再次查询"},
		"settle.confirm": {"Confirm", "确认"}, "stop.confirm": {"Stop everything", "全部停止"}, "start.confirm": {"Start again", "恢复发放"},
	}
	v, seen := newViews(t), map[string]bool{}
	for i, language := range []string{"en", "zh"} {
		for _, d := range allDrawings(t) {
			for _, b := range buttonsOf(d.draw(v, readers(t)[language])) {
				seen[b.ActionID] = true
				if want := labels[b.ActionID][i]; b.Text.Text != want {
					t.Errorf("%s, %s: the button %s reads %q, not %q", d.group, d.name, b.ActionID, b.Text.Text, want)
				}
			}
		}
	}
	for action := range labels {
		if !seen[action] {
			t.Errorf("no drawing has the button %s", action)
		}
	}
}

func TestButtonsThatCannotBeTakenBackAskOnce(t *testing.T) {
	asks := []string{"send.confirm", "send.cancel", "send.retry", "settle.confirm", "stop.confirm", "start.confirm"}
	danger := []string{"send.cancel", "stop.confirm"}
	v := newViews(t)
	for _, d := range allDrawings(t) {
		for _, b := range buttonsOf(d.draw(v, readers(t)["en"])) {
			if slices.Contains(asks, b.ActionID) && b.Confirm == nil {
				t.Errorf("%s, %s: %s does not ask first", d.group, d.name, b.ActionID)
			}
			if (b.Style == slack.StyleDanger) != slices.Contains(danger, b.ActionID) {
				t.Errorf("%s, %s: %s has the style %q", d.group, d.name, b.ActionID, b.Style)
			}
		}
	}
}

func TestTheConfirmDialogNamesMoneyAndPeople(t *testing.T) {
	v := newViews(t)
	for name, want := range map[string][]string{
		"one customer who had nothing":                     {"¥10.00", contents(1).OpenIDs[0], "sorry-10"},
		"many customers, some named twice, an old reading": {"¥140.00", "14 customers", "sorry-10"},
	} {
		b := buttonsOf(v.Reply(readers(t)["en"], confirms()[name]))[0]
		for _, w := range want {
			if b.Confirm == nil || !strings.Contains(b.Confirm.Text.Text, w) {
				t.Errorf("%s: the dialog %v does not say %s", name, b.Confirm, w)
			}
		}
	}
}

func TestSendIsOfferedOnlyWhenItCanSucceed(t *testing.T) {
	v := newViews(t)
	for name, confirm := range confirms() {
		want := name != "a likely repeat without a note" && name != "over a limit" && name != "closed meanwhile"
		if got := slices.Contains(actionsOf(v.Reply(readers(t)["en"], confirm)), "send.confirm"); got != want {
			t.Errorf("%s: Send is offered: %v", name, got)
		}
	}
}

func TestACardHasTheButtonsThatDoSomethingNow(t *testing.T) {
	v := newViews(t)
	for name, want := range map[string]string{
		"awaiting":                       "",
		"approved":                       "send.pause send.cancel",
		"issuing one":                    "",
		"issuing, one not known":         "send.recheck",
		"issuing many":                   "send.pause send.recheck send.cancel",
		"paused by a person":             "send.resume send.cancel",
		"paused, nothing waits":          "send.resume send.recheck",
		"done":                           "",
		"done, one refused for now":      "send.retry",
		"done, one of three refused":     "",
		"done, several refused":          "send.retry",
		"approved too long ago to retry": "",
		"rejected":                       "",
		"expired":                        "",
		"withdrawn":                      "",
		"cancelled":                      "",
		"cancelled, one still settling":  "send.recheck",
	} {
		f, ok := sends()[name]
		if !ok {
			t.Fatalf("no case %q", name)
		}
		if got := strings.Join(actionsOf(v.SendCard(readers(t)["en"], f)), " "); got != want {
			t.Errorf("%s: the buttons are %q, not %q", name, got, want)
		}
		if got := actionsOf(v.PrivateCard(readers(t)["en"], f, false)); got != nil {
			t.Errorf("%s: the private card has the buttons %v", name, got)
		}
	}
}

func TestRetryCountsTheRefusedCouponsThatTheCardDoesNotList(t *testing.T) {
	f := facts(store.SendDone, store.Counts{Total: 1000, Issued: 400, Refused: 600})
	b := buttonsOf(newViews(t).SendCard(readers(t)["en"], f))
	if len(b) != 1 || !strings.Contains(b[0].Confirm.Text.Text, "Up to 580 refused coupons") {
		t.Errorf("the buttons are %v", b)
	}
}

func TestButtonValuesNameWhatWasShown(t *testing.T) {
	v := newViews(t)
	f := facts(store.SendPaused, store.Counts{Total: 1, Waiting: 1})
	f.Send.Revision = 7
	for _, c := range []struct {
		m    Message
		want string
	}{
		{v.SendCard(Reader{}, f), commands.SendValue(f.Send)},
		{v.Reply(Reader{}, confirms()["one customer who had nothing"]), commands.DraftValue(5)},
		{v.SettleCard(Reader{}, settlements()["proposed as issued"], store.Grant{}, store.Send{}), commands.SettleValue(7)},
		{v.StartCard(Reader{}, store.Stop{ID: 3, StartAskedBy: "U1"}), commands.StartValue(3)},
		{v.Reply(Reader{}, commands.StopAsk{Why: "x", Value: "what was shown"}), "what was shown"},
	} {
		buttons := buttonsOf(c.m)
		if len(buttons) == 0 {
			t.Errorf("no button with the value %q", c.want)
		}
		for _, b := range buttons {
			if b.Value != c.want {
				t.Errorf("%s has the value %q, not %q", b.ActionID, b.Value, c.want)
			}
		}
	}
}
