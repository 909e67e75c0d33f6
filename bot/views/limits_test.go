package views

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"couponbot/commands"
	"couponbot/store"
)

// How many blocks Slack takes.
const (
	messageBlocks = 50
	viewBlocks    = 100 // of a form, or of Home
)

// tree is JSON as Slack would read it.
type tree = map[string]any

// faults lists where a message is not what Slack takes (Slack docs, Block Kit reference). It is written apart from the
// code that keeps the limits, and knows nothing of it.
func faults(most int, text string, blocks []any) []string {
	var out []string
	fail := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	within := func(where, s string, least, most int) {
		if n := utf8.RuneCountInString(s); n < least || n > most {
			fail("%s has %d characters, not %d to %d: %.60q", where, n, least, most, s)
		}
	}
	object := func(where string, v any, most int, plainOnly bool) {
		o, ok := v.(tree)
		if !ok {
			fail("%s is no text", where)
			return
		}
		kind, _ := o["type"].(string)
		s, _ := o["text"].(string)
		within(where, s, 1, most)
		if plainOnly && kind != "plain_text" || kind != "plain_text" && kind != "mrkdwn" {
			fail("%s is %s", where, kind)
		}
		if _, emoji := o["emoji"]; emoji && kind == "mrkdwn" {
			fail("%s has emoji set", where)
		}
		if kind == "mrkdwn" {
			if o["verbatim"] != true {
				fail("%s lets Slack look for links in it", where)
			}
			if bad := brokenToken(s); bad != "" {
				fail("%s is cut inside a token: %q", where, bad)
			}
		}
	}
	within("text", text, 1, 4000)
	if bad := brokenToken(text); bad != "" {
		fail("text is cut inside a token: %q", bad)
	}
	if n := len(blocks); n < 1 || n > most {
		fail("%d blocks", n)
	}
	ids := map[string]bool{}
	for i, v := range blocks {
		b := v.(tree)
		if id, _ := b["block_id"].(string); id != "" {
			if ids[id] {
				fail("block_id %s twice", id)
			}
			ids[id] = true
			within("block_id", id, 1, 255)
		}
		where := fmt.Sprintf("block %d", i)
		switch b["type"] {
		case "header":
			object(where, b["text"], 150, true)
		case "section":
			fields, _ := b["fields"].([]any)
			if b["text"] == nil && len(fields) == 0 || len(fields) > 10 {
				fail("%s has no text or %d fields", where, len(fields))
			}
			if b["text"] != nil {
				object(where, b["text"], 3000, false)
			}
			for _, f := range fields {
				object(where+" field", f, 2000, false)
			}
		case "context":
			elements, _ := b["elements"].([]any)
			if len(elements) < 1 || len(elements) > 10 {
				fail("%s has %d elements", where, len(elements))
			}
			for _, e := range elements {
				object(where, e, 3000, false)
			}
		case "actions":
			elements, _ := b["elements"].([]any)
			if len(elements) < 1 || len(elements) > 25 {
				fail("%s has %d elements", where, len(elements))
			}
			actions, primary := map[string]bool{}, 0
			for _, e := range elements {
				e := e.(tree)
				id, _ := e["action_id"].(string)
				value, _ := e["value"].(string)
				if actions[id] {
					fail("%s has %s twice", where, id)
				}
				actions[id] = true
				within("action_id", id, 1, 255)
				within("value", value, 1, 2000)
				object("button", e["text"], 75, true)
				switch e["style"] {
				case nil, "danger":
				case "primary":
					primary++
				default:
					fail("%s has the style %v", id, e["style"])
				}
				if c, ok := e["confirm"].(tree); ok {
					object("confirm title", c["title"], 100, true)
					object("confirm text", c["text"], 300, false)
					object("confirm yes", c["confirm"], 30, true)
					object("confirm no", c["deny"], 30, true)
				}
			}
			if primary > 1 {
				fail("%s has %d primary buttons", where, primary)
			}
		case "input":
			for _, fault := range inputFaults(b) {
				fail("%s: %s", where, fault)
			}
		default:
			fail("%s is of the type %v", where, b["type"])
		}
	}
	return out
}

// brokenToken is what is wrong with the <…> tokens and entities of a text.
func brokenToken(s string) string {
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		switch s[i] {
		case '<':
			end := strings.IndexByte(rest, '>')
			if end < 0 || !slices.ContainsFunc([]string{"<@U", "<@W", "<#C", "<!date^", "<!subteam^S"}, func(p string) bool { return strings.HasPrefix(rest, p) }) {
				return rest[:min(len(rest), 40)]
			}
			i += end
		case '>':
			return rest[:min(len(rest), 40)]
		case '&':
			if !strings.HasPrefix(rest, "&amp;") && !strings.HasPrefix(rest, "&lt;") && !strings.HasPrefix(rest, "&gt;") {
				return rest[:min(len(rest), 40)]
			}
		}
	}
	return ""
}

func TestEveryGoldenMessageIsWithinSlacksLimits(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]struct {
			Text   string
			Blocks []any
		}
		if err := json.Unmarshal(body, &all); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for name, m := range all {
			most := messageBlocks
			if file := filepath.Base(path); strings.HasPrefix(file, "home.") || strings.HasPrefix(file, "forms.") {
				most = viewBlocks
			}
			for _, fault := range faults(most, m.Text, m.Blocks) {
				t.Errorf("%s: %s: %s", filepath.Base(path), name, fault)
			}
		}
	}
}

// check draws a message as it goes over the wire.
func check(t *testing.T, name string, m Message) {
	t.Helper()
	body, err := json.Marshal(m.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []any
	if err := json.Unmarshal(body, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(messageBlocks, m.Text, blocks) {
		t.Errorf("%s: %s", name, fault)
	}
	whole, err := json.Marshal(map[string]any{"text": m.Text, "blocks": m.Blocks, "response_type": "ephemeral"})
	if err != nil {
		t.Fatal(err)
	}
	if len(whole) >= 20_000 || utf8.RuneCount(whole) > 10_000 {
		t.Errorf("%s has %d bytes and %d characters", name, len(whole), utf8.RuneCount(whole))
	}
}

// huge is text of every awkward kind, longer than any limit.
var huge = strings.Repeat("<&> 代金券 `*_~ <!channel> ", 250)

// hugeContents are the largest draft that could be asked for, and larger.
func hugeContents() store.Contents {
	c := contents(1)
	c.StockName, c.Reason, c.Ticket, c.Note = huge, huge, huge, huge
	for i := range 400 {
		c.OpenIDs = append(c.OpenIDs, fmt.Sprintf("%0128d", i))
	}
	return c
}

func TestHugeTextsStayWithinSlacksLimits(t *testing.T) {
	v := newViews(t)
	s := sendOf(store.SendPaused, store.Counts{Total: 1000000, Waiting: 900000, Unknown: 50000, Refused: 50000})
	s.StockName, s.Reason, s.Ticket, s.Note, s.PauseReason, s.PauseDetail, s.PausedBy = huge, huge, huge, huge, huge, huge, huge
	f := SendFacts{Send: s, Stock: stock, Stop: &store.Stop{StoppedBy: "U1", Why: huge, StoppedAt: now}}
	f.Stock.Name, f.Stock.Fault = huge, huge
	for i := range 30 {
		g := coupon(i+1, store.GrantRefused)
		g.OpenID, g.Code, g.Message, g.RequestID, g.Outcome, g.CouponID = huge, huge, huge, huge, []string{"user_limit", "unlisted", huge, "bad_order", "timeout"}[i%5], huge
		f.Grants = append(f.Grants, g)
	}
	had := make([]store.Had, 50)
	for i := range had {
		had[i] = store.Had{OpenID: huge, StockName: huge, Ticket: huge, By: "U1", At: now, State: store.GrantIssued}
	}
	confirm := commands.Confirm{Draft: store.Draft{ID: 5, State: store.DraftOpen, Contents: hugeContents()}, Stock: f.Stock, Had: had, Likely: had}
	for range 400 {
		confirm.Limits = append(confirm.Limits, commands.LimitLine{Limit: store.Limit{Kind: store.LimitCustomer, OpenID: huge, Period: store.Month, MaxFen: 1, MaxCoupons: 1}})
	}
	status := commands.Status{Send: s, Stock: f.Stock, Grants: f.Grants, Full: true, Stopped: f.Stop}
	one := status
	one.One = true
	topics := make([]commands.Topic, 60)
	for i := range topics {
		topics[i] = commands.Topic{Verb: "send", Usage: huge, Examples: []string{huge, huge, huge}}
	}
	names := slices.Repeat([]string{huge}, 300)
	approval := approvals()["one of two agreed"]
	approval.Send.StockName, approval.Send.Reason, approval.Send.Ticket, approval.Send.Note, approval.Send.FallbackGroup = huge, huge, huge, huge, huge
	approval.Send.Seats = slices.Repeat([]store.Seat{{Group: huge, Count: 1}}, 30)
	approval.Send.Missing, approval.Limits, approval.Likely, approval.Had = approval.Send.Seats, confirm.Limits, had, had
	approval.Decisions, approval.Stock, approval.Stop = slices.Repeat(approval.Decisions, 60), f.Stock, f.Stop
	rejected := approval
	rejected.Send.State, rejected.Send.ClosedBy, rejected.Send.ClosedWhy = store.SendRejected, "U1", huge
	queue := commands.Queue{Sends: slices.Repeat([]commands.Approval{approval}, 10), More: 90, Settlements: slices.Repeat([]store.Settlement{{Why: huge, CouponID: huge}}, 50)}
	for i := range queue.Sends {
		queue.Sends[i].Send.ID = int64(i + 1)
	}
	for i := range queue.Settlements {
		queue.Settlements[i].ID = int64(i + 1)
	}
	for _, r := range []Reader{{Language: "en", Private: true, Now: now}, {Language: "zh", Now: now}} {
		for name, m := range map[string]Message{
			"confirm": v.Reply(r, confirm), "status": v.Reply(r, status), "status of one": v.Reply(r, one),
			"editing": v.Reply(r, commands.Editing{Line: strings.Repeat(huge, 3)}), "help": v.Reply(r, commands.Help{Topics: topics}),
			"help about": v.Reply(r, commands.Help{Word: huge}), "stop asked": v.Reply(r, commands.StopAsk{Why: huge, Value: "x"}),
			"refusal":      v.Refusal(r, &commands.Refusal{Code: commands.UnlistedStock, Word: huge, Nearest: huge, Names: names, Likely: had}),
			"needs a note": v.Refusal(r, &commands.Refusal{Code: commands.NeedsNote, Word: huge, Likely: had}),
			"private card": v.PrivateCard(r, f, false), "direct message": v.SendCard(r, f), "log line": v.LogLine(r, f), "copy": v.Copy(r, v.SendCard(r, f)),
			"stop": v.StopCard(r, store.Stop{Why: huge, StoppedAt: now}), "start": v.StartCard(r, store.Stop{Why: huge, StoppedAt: now}),
			"settle":   v.SettleCard(r, store.Settlement{Verdict: store.GrantIssued, Why: huge, CouponID: huge, AskedBy: "U1", AskedAt: now}, f.Grants[0], s),
			"alert":    v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertStockPaused, Detail: map[string]string{"stock": huge, "reason": huge, "message": huge}}}),
			"approval": v.ApprovalCard(r, approval), "rejected": v.ApprovalCard(r, rejected), "queue": v.Reply(r, queue),
			"limits":   v.Reply(r, commands.LimitsView{Limits: confirm.Limits}),
			"reminder": v.Reminder(r, store.Step{}, approval, slices.Repeat([]string{"S02LEADS"}, 300)),
			"step":     v.StepNote(r, store.Step{Kind: store.StepRejected, Why: huge, Person: "U1"}, approval.Send),
			"seats":    v.Refusal(r, &commands.Refusal{Code: commands.NotDecider, Word: huge, Seats: approval.Send.Seats}),
			"group":    v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertGroup, Detail: map[string]string{"group": huge, "added": strings.Repeat("U0123456789 ", 900)}}}),
			"held":     v.AlertCard(r, AlertFacts{Alert: store.Alert{Kind: store.AlertHeld, Detail: map[string]string{"why": huge, "detail": huge}}}),
		} {
			check(t, r.Language+" "+name, m)
		}
	}
}

func TestTheButtonsOfAHugeCardAreStillThere(t *testing.T) {
	f := facts(store.SendPaused, store.Counts{Total: 5, Waiting: 5})
	f.Send.Note, f.Send.Reason = huge, huge
	m := newViews(t).SendCard(Reader{Now: now}, f)
	if got := actionsOf(m); !slices.Contains(got, "send.resume") || !slices.Contains(got, "send.cancel") {
		t.Errorf("the card has the buttons %v", got)
	}
}

// A queue is shortened by showing fewer things, never by cutting what is said about one.
func TestAFullQueueIsNotCut(t *testing.T) {
	v := newViews(t)
	for _, r := range readers(t) {
		for name, q := range queues() {
			for _, text := range textsOf(v.Reply(r, q)) {
				if strings.HasSuffix(text, "…") {
					t.Errorf("%s, %s: %q", r.Language, name, text)
				}
			}
		}
	}
}
