package views

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"couponbot/commands"
	"couponbot/store"
)

// evil is what somebody could call a coupon, write into a note, or have WeChat Pay say.
var evil = []string{
	"<!channel> *x* ``` `", "<https://evil.example|Approve>", "<@U07ADA>", "<!subteam^S02LEADS|@leads>", "&lt;!here&gt;", "@channel @Here @everyone",
	"_x_ ~y~ *z*", "pay \u202e00.05¥\u202c now\u2066", "one\ntwo\r\nthree\u2028four\x00five", "\ufeffhidden\u200e\u200f\u061c\u202a", "<!date^1^{date}|yesterday>", "{{.Money}} %s %!d",
	"```\nlarge\n```", ">quoted", "&", string([]byte{0xff, 0xfe, 'x'}),
}

// spans are pieces of code, where nothing is formatted, and characters that guard leaves alone together.
var spans = regexp.MustCompile("`[^`\u200b]*`|\u200b`\u200b")

func TestForeignTextCanBeNothingButText(t *testing.T) {
	v := newViews(t)
	for _, text := range evil {
		for _, m := range drawnWith(v, text) {
			check(t, text, m)
			for _, s := range textsOf(m) {
				for _, bad := range []string{"<!channel", "<!here", "<!everyone", "<!subteam", "<http", "<!date^1^", "```", "\u202e", "\u202c", "\u2066", "\u200e", "\u200f", "\u061c", "\u202a", "\ufeff", "\x00", "\r", "\u2028", "@channel", "@everyone"} {
					if strings.Contains(s, bad) && !(isPlain(m, s) && !strings.ContainsAny(bad, "\u202e\u202c\u2066\u200e\u200f\u061c\u202a\ufeff\x00\r\u2028")) {
						t.Errorf("%q shows %q in %q", text, bad, s)
					}
				}
				if strings.Count(s, "`")%2 != 0 && !isPlain(m, s) {
					t.Errorf("%q leaves code open in %q", text, s)
				}
				words := spans.ReplaceAllString(s, "")
				if !isPlain(m, s) && (strings.Contains(words, "*x*") || strings.Contains(words, "_x_") || strings.Contains(words, "~y~")) {
					t.Errorf("%q formats %q", text, s)
				}
				if strings.Contains(s, "<@U07ADA>") && text == "<@U07ADA>" && !isPlain(m, s) {
					t.Errorf("%q mentions somebody in %q", text, s)
				}
			}
		}
	}
}

// drawnWith puts one text wherever foreign text can stand.
func drawnWith(v *Views, text string) []Message {
	r := Reader{Language: "en", Private: true, Now: now}
	c := contents(2)
	c.StockName, c.Reason, c.Ticket, c.Note = text, text, text, text
	c.OpenIDs[0] = text
	had := []store.Had{{OpenID: text, StockName: text, Ticket: text, By: "U01ANA", State: store.GrantIssued, At: now}}
	confirm := commands.Confirm{Draft: store.Draft{ID: 5, State: store.DraftOpen, Contents: c}, Stock: stock, Likely: had,
		Limits: []commands.LimitLine{{Limit: store.Limit{Kind: store.LimitCustomer, OpenID: text, Period: store.Month, MaxFen: 100000}}}}
	confirm.Stock.Name, confirm.Stock.Fault = text, text
	one := confirm
	one.Draft.Contents.OpenIDs, one.Had = c.OpenIDs[:1], had
	f := facts(store.SendPaused, store.Counts{Total: 2, Waiting: 1, Refused: 1})
	f.Send.StockName, f.Send.Reason, f.Send.Ticket, f.Send.Note, f.Send.PauseReason, f.Send.PauseDetail = text, text, text, text, text, text
	f.Stock.Name, f.Stop = text, &store.Stop{StoppedBy: "U01ANA", Why: text, StoppedAt: now}
	g := &f.Grants[0]
	g.OpenID, g.Code, g.Message, g.RequestID, g.Outcome, g.CouponID = text, text, text, text, text, text
	refusal := &commands.Refusal{Word: text, Nearest: text, Text: text, Verb: text, Usage: text, Names: []string{text}, Likely: had, Seats: []store.Seat{{Group: text, Count: 1}},
		Stop: &store.Stop{Why: text}}
	out := []Message{v.Reply(r, confirm), v.Reply(r, one), v.PrivateCard(r, f, false), v.SendCard(r, f), v.LogLine(r, f),
		v.Reply(r, commands.Status{Send: f.Send, Stock: f.Stock, Grants: f.Grants, Full: true}), v.Reply(r, commands.Status{Send: f.Send, Grants: f.Grants, One: true, Full: true}),
		v.Reply(r, commands.StopAsk{Why: text, Value: "x"}), v.StopCard(r, *f.Stop), v.StartCard(r, *f.Stop), v.Reply(r, commands.Help{Word: text}),
		v.Reply(r, commands.Help{Topics: []commands.Topic{{Verb: text, Usage: text, Examples: []string{text}}}}),
		v.SettleCard(r, store.Settlement{Verdict: store.GrantIssued, CouponID: text, Why: text}, *g, f.Send),
		v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertStockPaused, Detail: map[string]string{"stock": text, "reason": text, "code": text, "message": text, "request_id": text}}}),
		v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertHeld, Detail: map[string]string{"why": text, "detail": text}}}),
		v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertSlack, Detail: map[string]string{"why": text}}}),
		v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertUnknown, Detail: map[string]string{"grant": text}}})}
	out = append(append(out, drawnApprovals(v, r, text, had)...), drawnCampaigns(v, r, text)...)
	for _, x := range refusals() {
		refusal := *refusal
		refusal.Code = x.Code
		out = append(out, v.Refusal(r, &refusal))
	}
	return out
}

// drawnApprovals is one text wherever foreign text can stand about approvals, queues and forms.
func drawnApprovals(v *Views, r Reader, text string, had []store.Had) []Message {
	a := approvals()["one of two agreed"]
	a.Send.StockName, a.Send.Reason, a.Send.Ticket, a.Send.Note, a.Send.FallbackGroup, a.Send.Missing[0].Group = text, text, text, text, text, text
	a.Stock.Name, a.OpenIDs, a.Likely, a.Had = text, []string{text}, had, had
	a.Decisions[0].Groups, a.Decisions[0].Person = []string{text}, text
	closed := a
	closed.Send.State, closed.Send.ClosedBy, closed.Send.ClosedWhy = store.SendRejected, text, text
	alert := func(kind string) Message {
		return v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: kind, Detail: map[string]string{"group": text, "added": text, "person": text, "kind": text, "key": text,
			"openid": text, "period": text, "used": text, "most": text, "until": text, "waiting": text, "paused": text,
			"list": text, "customers": text, "before": text}}})
	}
	queue := commands.Queue{Sends: []commands.Approval{a}, Starts: []store.Stop{{ID: 3, Why: text}}, Settlements: []store.Settlement{{ID: 7, Why: text, CouponID: text}}}
	return []Message{v.ApprovalCard(r, a), v.ApprovalCard(r, closed), v.Reminder(r, store.Step{}, a, []string{text}), v.Reply(r, queue),
		v.StepNote(r, store.Step{Kind: store.StepRejected, Why: text, Person: text}, a.Send), v.StepNote(r, store.Step{Kind: store.StepByMessage, Why: text}, a.Send),
		v.StepNote(r, store.Step{Kind: text, Why: text}, a.Send), v.Reply(r, commands.Decided{Send: a.Send, Verdict: store.Approved}), v.SendCard(r, SendFacts{Send: closed.Send}),
		v.SendCard(r, SendFacts{Send: a.Send}), v.Reply(r, commands.LimitsView{Person: text, Limits: []commands.LimitLine{{Limit: store.Limit{Kind: store.LimitAgent, Key: text, MaxFen: 1}}}}),
		alert(store.AlertGroup), alert(store.AlertLimit), alert(store.AlertLeft), alert(store.AlertStaff), alert(store.AlertKeptOut)}
}

// isPlain tells whether a text stands in a plain_text object, where nothing is read into it.
func isPlain(m Message, s string) bool {
	for _, p := range plainOf(m) {
		if p == s {
			return true
		}
	}
	return false
}

func TestOpenidsAreMaskedUnlessTheReaderMaySeeThem(t *testing.T) {
	v := newViews(t)
	for _, d := range allDrawings(t) {
		r := readers(t)["en"]
		r.Private = false
		if d.group == "replies" || strings.HasPrefix(d.name, "bad_openid") {
			continue // the line that somebody typed, handed back to them
		}
		for _, s := range textsOf(d.draw(v, r)) {
			if strings.Contains(s, customer[:8]) {
				t.Errorf("%s, %s shows an openid: %q", d.group, d.name, s)
			}
		}
	}
	f := facts(store.SendDone, store.Counts{Total: 1, Issued: 1})
	full := f.Grants[0].OpenID
	if !strings.Contains(strings.Join(textsOf(v.SendCard(Reader{Private: true}, f)), "\n"), full) {
		t.Error("a private card does not show the openid")
	}
	if strings.Contains(strings.Join(textsOf(v.LogLine(Reader{Private: true}, f)), "\n"), full) {
		t.Error("the log line shows the openid")
	}
	if strings.Contains(strings.Join(textsOf(v.Reply(Reader{Private: true}, commands.Status{Send: f.Send, Grants: f.Grants})), "\n"), full) {
		t.Error("a status shows the openid to a reader who may not see it")
	}
}

func TestMaskingShowsOnlyTheEnds(t *testing.T) {
	for _, c := range []struct{ openid, want string }{
		{"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF…eS6o"},
		{"oABCDEFGHIJKLMNO", "oABC…LMNO"},
		{"oABCDEFGHIJKLMN", "••••"},
		{"oABC", "••••"},
		{"", "••••"},
	} {
		if got := masked(c.openid); got != c.want {
			t.Errorf("%q is shown as %q, not %q", c.openid, got, c.want)
		}
	}
}

func TestClippingNeverCutsATokenOrAnEntity(t *testing.T) {
	for _, c := range []struct {
		name, text string
		most       int
		want       string
	}{
		{"short text is left alone", "a &amp; b", 9, "a &amp; b"},
		{"cut between", "abcdef", 4, "abc…"},
		{"an entity goes whole", "ab&amp;cd", 5, "ab…"},
		{"an entity that fits stays", "ab&amp;cdef", 8, "ab&amp;…"},
		{"a mention goes whole", "ab <@U01ANA> cd", 10, "ab …"},
		{"a date goes whole", "at <!date^1^{time}|noon> x", 12, "at …"},
		{"by character, not byte", "代金券代金券", 4, "代金券…"},
	} {
		got := clip(c.text, c.most)
		if got != c.want || utf8.RuneCountInString(got) > c.most {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

func TestMoneyAndNumbersAreWrittenAlikeInBothLanguages(t *testing.T) {
	for fen, want := range map[store.Fen]string{0: "¥0.00", 5: "¥0.05", 5000: "¥50.00", 99999: "¥999.99", 100000: "¥1,000.00", 123456789: "¥1,234,567.89", -5000: "-¥50.00"} {
		if got := money(fen); got != want {
			t.Errorf("%d fen is %q, not %q", fen, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := number(n); got != want {
			t.Errorf("%d is %q, not %q", n, got, want)
		}
	}
}

func TestTimesAreToldInTheReadersZone(t *testing.T) {
	v, at := newViews(t), time.Date(2026, 11, 5, 18, 30, 0, 0, time.UTC)
	shanghai := v.tongue(Reader{Language: "zh", Zone: zone(t, "Asia/Shanghai")})
	if got, want := shanghai.time(mrkdwn, at), "<!date^1793903400^{date_short_pretty} {time}|2026-11-06 02:30 (Asia/Shanghai)>"; got != want {
		t.Errorf("in mrkdwn: %s", got)
	}
	for _, f := range []form{plain, summary} {
		if got, want := shanghai.time(f, at), "2026-11-06 02:30 (Asia/Shanghai)"; got != want {
			t.Errorf("in words: %s", got)
		}
	}
	if got, want := v.tongue(Reader{}).time(plain, at), "2026-11-05 18:30 (UTC)"; got != want {
		t.Errorf("without a zone: %s", got)
	}
	if got := shanghai.time(mrkdwn, time.Time{}); got != "" {
		t.Errorf("no time: %s", got)
	}
}

func TestDurationsAreToldInTheirLargestUnit(t *testing.T) {
	en, zh := newViews(t).tongue(Reader{}), newViews(t).tongue(Reader{Language: "zh"})
	for d, want := range map[time.Duration][2]string{
		-time.Second: {"0 seconds", "0 秒"}, time.Second: {"1 second", "1 秒"}, 59 * time.Second: {"59 seconds", "59 秒"}, 90 * time.Second: {"1 minute", "1 分钟"},
		2 * time.Hour: {"2 hours", "2 小时"}, 49 * time.Hour: {"2 days", "2 天"},
	} {
		if got := en.duration(plain, d); got != want[0] {
			t.Errorf("%s is %q, not %q", d, got, want[0])
		}
		if got := zh.duration(plain, d); got != want[1] {
			t.Errorf("%s is %q, not %q", d, got, want[1])
		}
	}
}

func TestALineToCopyComesBackAsItWas(t *testing.T) {
	line := `/coupon send sorry-10 oUpF8uMuAJO_M2pxb1Q9zNjWeS6o --note "it's <late> & *again* ` + "`x`" + `"`
	if got := plainOf(newViews(t).Reply(Reader{}, commands.Editing{Line: line})); len(got) != 1 || got[0] != line {
		t.Errorf("the line came back as %q", got)
	}
}

func TestPeopleAreNamedOnlyBySlackIds(t *testing.T) {
	en := newViews(t).tongue(Reader{})
	for id, want := range map[string]string{"U01ANA": "<@U01ANA>", "U1|x><!channel>": "U1|x&gt;&lt;!channel&gt;", "S02LEADS": "<!subteam^S02LEADS>", "bot": "bot", "": ""} {
		if got := en.person(mrkdwn, id); got != want {
			t.Errorf("%q is named %q, not %q", id, got, want)
		}
	}
}
