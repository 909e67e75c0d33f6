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
		"send.approve": {"Approve", "批准"}, "send.reject": {"Reject", "驳回"}, "send.withdraw": {"Withdraw", "撤回"}, "send.again": {"Ask again", "重新申请"},
		"campaign.start": {"Start", "开始"}, "campaign.pause": {"Pause", "暂停"}, "campaign.resume": {"Resume", "继续"}, "campaign.cancel": {"Cancel", "取消"},
		"campaign.retry": {"Retry failed", "重试失败"}, "schedule.save": {"Save", "保存"}, "schedule.run": {"Run now", "立即执行"}, "schedule.skip": {"Skip next", "跳过下次"},
		"schedule.off": {"Turn off", "停用"},
		"home.send":    {"Send a coupon", "发放代金券"}, "settle.confirm": {"Confirm", "确认"}, "stop.confirm": {"Stop everything", "全部停止"}, "start.confirm": {"Start again", "恢复发放"},
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
	asks := []string{"send.confirm", "send.approve", "send.withdraw", "send.cancel", "send.retry", "settle.confirm", "stop.confirm", "start.confirm",
		"campaign.start", "campaign.cancel", "campaign.retry", "schedule.run", "schedule.off"}
	danger := []string{"send.cancel", "send.reject", "stop.confirm", "campaign.cancel", "schedule.off"}
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
		"awaiting":                       "send.withdraw",
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
		"rejected":                       "send.again",
		"expired":                        "send.again",
		"withdrawn":                      "send.again",
		"withdrawn, the requester left":  "",
		"cancelled":                      "",
		"cancelled, one still settling":  "send.recheck",
	} {
		f, ok := sends()[name]
		if !ok {
			t.Fatalf("no case %q", name)
		}
		hasButtons(t, name, v.SendCard(readers(t)["en"], f), want, commands.SendValue(f.Send))
		if got := actionsOf(v.PrivateCard(readers(t)["en"], f, false)); got != nil {
			t.Errorf("%s: the private card has the buttons %v", name, got)
		}
	}
}

// A run is steered with the right to run campaigns, which is another than that to send.
func TestWhoAskedForARunHasItsButtons(t *testing.T) {
	v := newViews(t)
	for name, want := range map[string]string{
		"awaiting, being prepared":      "campaign.cancel",
		"running":                       "campaign.pause campaign.retry campaign.cancel",
		"paused by a person":            "campaign.resume campaign.cancel",
		"done, some refused":            "campaign.retry",
		"rejected":                      "send.again",
		"expired":                       "send.again",
		"withdrawn, the requester left": "",
		"series, awaiting":              "campaign.cancel",
		"series, done":                  "",
		"series, rejected":              "send.again",
	} {
		f, ok := ownRuns()[name]
		if !ok {
			t.Fatalf("no case %q", name)
		}
		hasButtons(t, name, v.SendCard(readers(t)["en"], f), want, commands.SendValue(f.Send))
	}
}

// hasButtons holds a message against the actions it offers, all of them with one value.
func hasButtons(t *testing.T, name string, m Message, actions, value string) {
	t.Helper()
	if got := strings.Join(actionsOf(m), " "); got != actions {
		t.Errorf("%s: the buttons are %q, not %q", name, got, actions)
	}
	for _, b := range buttonsOf(m) {
		if b.Value != value {
			t.Errorf("%s: %s has the value %q", name, b.ActionID, b.Value)
		}
	}
}

// Who approves a series reads how much it may come to, and not that it is about no coupons.
func TestASeriesIsApprovedForItsWholeMoney(t *testing.T) {
	v := newViews(t)
	for language, r := range readers(t) {
		a := runApprovals()["of a series"]
		card := v.ApprovalCard(r, a)
		texts := []string{card.Text, buttonsOf(card)[0].Confirm.Text.Text, v.Reminder(r, store.Step{}, a, nil).Text}
		row := textsOf(v.Reply(r, commands.Queue{Sends: []commands.Approval{a}}))[2]
		for _, text := range append(texts, row) {
			if !strings.Contains(text, "¥3,000,000.00") {
				t.Errorf("%s: %q does not say what the series may come to", language, text)
			}
		}
	}
}

func TestOnlyAWaitingSendCanBeDecided(t *testing.T) {
	v := newViews(t)
	for name, a := range approvals() {
		want := ""
		if a.Send.State == store.SendAwaiting {
			want = "send.approve send.reject"
		}
		if got := strings.Join(actionsOf(v.ApprovalCard(readers(t)["en"], a)), " "); got != want {
			t.Errorf("%s: the buttons are %q, not %q", name, got, want)
		}
	}
}

func TestTheApproveDialogNamesMoneyAndCount(t *testing.T) {
	v := newViews(t)
	for language, want := range map[string][]string{"en": {"¥30.00", "3 coupons", "3 customers"}, "zh": {"¥30.00", "× 3", "3 位用户"}} {
		b := buttonsOf(v.ApprovalCard(readers(t)[language], approvals()["one of two agreed"]))
		for _, w := range want {
			if !strings.Contains(b[0].Confirm.Text.Text, w) {
				t.Errorf("%s: the dialog %q does not say %s", language, b[0].Confirm.Text.Text, w)
			}
		}
		if b[1].Confirm != nil {
			t.Errorf("%s: Reject asks before its form does", language)
		}
	}
}

// Deciders read openids masked, wherever they decide.
func TestDecidersReadOpenidsMasked(t *testing.T) {
	v, r := newViews(t), readers(t)["en"]
	home := Message{Blocks: v.Home(r, homes()["of somebody busy"])}
	for _, m := range []Message{v.ApprovalCard(r, approvals()["one customer, a likely repeat"]), v.Reply(r, queues()["a lot"]), home} {
		for _, s := range textsOf(m) {
			if strings.Contains(s, customer[:8]) {
				t.Errorf("an openid shows: %q", s)
			}
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
		{v.ApprovalCard(Reader{}, approvals()["one of two agreed"]), "S12.r1"},
		{v.SendCard(Reader{}, sends()["awaiting"]), "S12.r1"},
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
