package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

var bothSeats = []store.Seat{{Group: "approvers", Count: 1}, {Group: "finance", Count: 1}}

// awaiting is a send that waits for people; the last missing of its two seats are not filled.
func awaiting(n, missing int) store.Send {
	s := sendOf(store.SendAwaiting, store.Counts{Total: n, Waiting: n})
	s.Seats, s.Missing, s.ApprovedAt, s.AskedAt = bothSeats, slices.Clone(bothSeats[len(bothSeats)-missing:]), time.Time{}, before
	s.RemindAt, s.FallbackAt, s.FallbackGroup, s.ExpireAt = now.Add(12*time.Minute), now.Add(57*time.Minute), "finance", now.Add(71*time.Hour)
	s.Terms = store.Terms{Minimum: 2000, Begins: stock.Begins, Ends: stock.Ends}
	return s
}

// closedSend is one that ended without anything being sent.
func closedSend(state store.SendState, by, why string) store.Send {
	s := awaiting(3, 1)
	s.State, s.ClosedBy, s.ClosedWhy, s.FinishedAt = state, by, why, now
	return s
}

// held are the limits of a send, itself included.
func held() []commands.LimitLine {
	line := func(kind, key, openid string, period store.Period, most, spent, held store.Fen) commands.LimitLine {
		return commands.LimitLine{Limit: store.Limit{Kind: kind, Key: key, OpenID: openid, Period: period, MaxFen: most},
			Used: store.Usage{SpentFen: spent, HeldFen: held, Until: now.Add(9 * time.Hour)}}
	}
	customers := line(store.LimitCustomer, customer, customer, store.Month, 20000, 6000, 5000)
	customers.Limit.MaxCoupons, customers.Used.SpentCoupons, customers.Used.HeldCoupons = 5, 4, 1
	return []commands.LimitLine{
		line(store.LimitCompany, "", "", store.Day, 2000000, 100000, 3000), line(store.LimitStock, "9856000", "", store.Day, 1000000, 100000, 3000),
		line(store.LimitAgent, "U01ANA", "", store.Day, 50000, 45000, 3000), customers,
		line(store.LimitWeChat, "1900000001|"+customer, customer, store.Month, 500000, 6000, 5000),
	}
}

func approvalOf(s store.Send) commands.Approval {
	return commands.Approval{Send: s, Stock: stock, OpenIDs: contents(min(s.Total, 10)).OpenIDs, Limits: held()}
}

func decision(person, group string, verdict store.Verdict) store.Decision {
	return store.Decision{Send: 12, Revision: 1, Person: person, Verdict: verdict, Groups: []string{group}, At: before}
}

func approvals() map[string]commands.Approval {
	had := []store.Had{{Grant: store.GrantID{Send: 9, Position: 1}, State: store.GrantIssued, OpenID: customer, StockName: "partner-5", Amount: 500, By: "U02LIWEI",
		Ticket: "T-4700", At: now.AddDate(0, 0, -2)}}
	one := approvalOf(awaiting(1, 2))
	one.Had, one.HadFen, one.Likely, one.Send.Note = had, 500, had, "the first one was for the earlier order"
	half := approvalOf(awaiting(3, 1))
	half.Decisions = []store.Decision{decision("U03BEN", "approvers", store.Approved)}
	twoMore := approvalOf(awaiting(3, 2))
	twoMore.Send.Seats = []store.Seat{{Group: "approvers", Count: 3}}
	twoMore.Send.Missing = []store.Seat{{Group: "approvers", Count: 2}}
	left := half
	left.Send = awaiting(3, 2)
	gone := left.Decisions[0]
	gone.VoidAt, gone.VoidWhy = now, "left"
	left.Decisions = []store.Decision{gone}
	revised := approvalOf(awaiting(1200, 2))
	revised.Send.Revision, revised.Decisions = 2, half.Decisions
	fellBack := approvalOf(awaiting(3, 2))
	fellBack.Send.FellBack, fellBack.Send.RemindAt = true, time.Time{}
	stopping := approvalOf(awaiting(3, 2))
	stopping.Stop, stopping.Held, stopping.Limits = &stopped, []store.Held{{Why: store.HeldClock, Since: before}}, nil
	both := append(half.Decisions[:1:1], decision("U05FINN", "finance", store.Approved))
	after := func(s store.Send) commands.Approval {
		s.Seats, s.Revision, s.ApprovedBy = bothSeats, 1, []string{"U03BEN", "U05FINN"}
		a := approvalOf(s)
		a.Decisions = both
		return a
	}
	rejected := approvalOf(closedSend(store.SendRejected, "U05FINN", "the parcel was <on time>"))
	rejected.Decisions = append(half.Decisions[:1:1], decision("U05FINN", "finance", store.Rejected))
	paused := after(sendOf(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}))
	paused.Stop = &stopped
	return map[string]commands.Approval{
		"one customer, a likely repeat": one, "one of two agreed": half, "two more of one group": twoMore, "an approval counts no longer": left,
		"a new revision for many": revised, "fell back": fellBack, "while stopped and held": stopping,
		"approved": after(sendOf(store.SendApproved, store.Counts{Total: 3, Waiting: 3})), "being sent": after(sendOf(store.SendIssuing, store.Counts{Total: 3, Waiting: 1, Issued: 2})),
		"sent": after(sendOf(store.SendDone, store.Counts{Total: 3, Issued: 3})), "paused while stopped": paused,
		"cancelled": after(sendOf(store.SendCancelled, store.Counts{Total: 3, Issued: 1, Cancelled: 2})), "rejected": rejected,
		"expired":                       approvalOf(closedSend(store.SendExpired, "", "")),
		"withdrawn":                     approvalOf(closedSend(store.SendWithdrawn, "U01ANA", "")),
		"withdrawn, the requester left": approvalOf(closedSend(store.SendWithdrawn, store.ActorBot, "left")),
	}
}

func queues() map[string]commands.Queue {
	all := approvals()
	var many commands.Queue
	for i := range 12 {
		a := all["one customer, a likely repeat"]
		a.Send.ID = int64(20 + i)
		many.Sends = append(many.Sends, a)
	}
	many.More = 3
	asked := stopped
	asked.StartAskedBy, asked.StartAskedAt = "U08AMIR", now
	many.Starts = []store.Stop{asked}
	for i := range 4 {
		p := settlements()["proposed as issued"]
		p.ID = int64(7 + i)
		many.Settlements = append(many.Settlements, p)
	}
	capped := commands.Queue{Sends: []commands.Approval{all["one of two agreed"]}, More: store.CountMost}
	some := commands.Queue{Sends: []commands.Approval{all["one of two agreed"], all["a new revision for many"]},
		Settlements: []store.Settlement{settlements()["proposed as refused"]}}
	some.Sends[1].Send.ID, some.Sends[1].Send.Reason, some.Sends[1].Send.Ticket = 13, "", ""
	repeats := all["one customer, a likely repeat"]
	for range 4 {
		repeats.Had, repeats.Likely = append(repeats.Had, repeats.Had[0]), append(repeats.Likely, repeats.Likely[0])
	}
	return map[string]commands.Queue{"a lot": many, "very much": capped, "some": some, "nothing": {},
		"one": {Sends: []commands.Approval{repeats}, More: 1}, "only one": {Sends: []commands.Approval{repeats}}}
}

// approvalReplies are the answers about approvals and limits.
func approvalReplies() map[string]commands.Reply {
	all := map[string]commands.Reply{
		"sent, waits for approval": commands.Sent{Send: awaiting(3, 2)},
		"approved, one more":       commands.Decided{Send: awaiting(3, 1), Verdict: store.Approved},
		"approved, the last one":   commands.Decided{Send: sendOf(store.SendApproved, store.Counts{Total: 1, Waiting: 1}), Verdict: store.Approved},
		"rejected":                 commands.Decided{Send: closedSend(store.SendRejected, "U05FINN", "no"), Verdict: store.Rejected},
		"a form that did not open": commands.SendForm{}, "another form that did not open": commands.RejectForm{},
		"the card, privately": approvals()["one of two agreed"],
	}
	for name, q := range queues() {
		all["queue: "+name] = q
	}
	free, none := store.Fen(4200), store.Fen(0)
	own := commands.LimitsView{Person: "U01ANA", Own: true, Limits: held()[:3], Free: &free, Per: store.Day}
	all["limits: own"] = own
	other := own
	other.Own, other.Free, other.Per = false, &none, store.Week
	all["limits: of somebody"] = other
	for _, per := range []store.Period{store.Month, store.Ever} {
		all["limits: none, per "+string(per)] = commands.LimitsView{Person: "U01ANA", Own: true, Free: &free, Per: per}
	}
	all["limits: one, nothing is free"] = commands.LimitsView{Person: "U01ANA", Own: true, Limits: held()[:1]}
	return all
}

func homes() map[string]commands.Home {
	return map[string]commands.Home{
		"first":             {Person: "U01ANA", First: true, MaySend: true, Mine: mines()["nothing at all"], At: now},
		"first, may not":    {Person: "U03BEN", First: true, At: now},
		"of somebody busy":  {Person: "U01ANA", MaySend: true, Mine: mines()["some waits"], Queue: queues()["a lot"], At: now},
		"of nobody we know": {},
		"while campaigns run": {Person: "U05MIA", At: now, Running: []commands.RunView{runs()["running"], runs()["paused, look at the phone"], runs()["awaiting, being prepared"],
			runs()["done, nobody was left"]}},
	}
}

func steps() map[string]store.Step {
	all := map[string]store.Step{}
	for _, kind := range []string{store.StepSeated, store.StepApproved, store.StepExpired, store.StepWithdrawn, store.StepUnseated, store.StepRevised, "moon"} {
		all[kind] = store.Step{ID: 7, Send: 12, Kind: kind, Person: "U03BEN", At: now}
	}
	all[store.StepRejected] = store.Step{ID: 7, Kind: store.StepRejected, Person: "U05FINN", Why: "the parcel was <on time>"}
	all["expired_adopted"] = store.Step{ID: 7, Kind: store.StepExpired, Why: store.AdoptedWhy}
	all[store.StepFallback] = store.Step{ID: 7, Kind: store.StepFallback, Why: "finance"}
	all[store.StepByMessage] = store.Step{ID: 7, Kind: store.StepByMessage, Why: "not_in_channel"}
	return all
}

// stepSends is a send as a step may find it.
func stepSends(kind string) map[string]store.Send {
	switch kind {
	case store.StepApproved:
		paused := sendOf(store.SendPaused, store.Counts{Total: 1, Waiting: 1})
		return map[string]store.Send{"": sendOf(store.SendApproved, store.Counts{Total: 3, Waiting: 3}), ", paused at once": paused}
	case "expired_adopted":
		return map[string]store.Send{"": closedSend(store.SendExpired, store.ActorBot, store.AdoptedWhy)}
	case store.StepRejected, store.StepExpired, store.StepWithdrawn:
		return map[string]store.Send{"": closedSend(store.SendState(kind), "", "")}
	}
	return map[string]store.Send{"": awaiting(3, 1), ", decided meanwhile": sendOf(store.SendIssuing, store.Counts{Total: 3, Waiting: 3})}
}

func sendForms() map[string]commands.SendForm {
	option := options()[0]
	full := commands.SendForm{Meta: "C0SUPPORT", Stock: &option, Reasons: []string{"late", "damaged"}, Ticket: "^[A-Z]+-[0-9]+$", NeedsWhy: true, Custom: true,
		Values: map[string]string{commands.FieldOpenIDs: customer, commands.FieldReason: "late", commands.FieldTicket: "T-4821", commands.FieldNote: "please be quick",
			commands.FieldValue: "5.00", commands.FieldMinimum: "10.00"}}
	long := commands.SendForm{Reasons: []string{"late", strings.Repeat("because ", 20)}, Values: map[string]string{commands.FieldOpenIDs: strings.Repeat(customer+"\n", 200)}}
	return map[string]commands.SendForm{"send, all filled in": full, "send, as it opens": {Meta: "home"}, "send, a reason too long for a list": long}
}

func options() []commands.Option {
	var all []commands.Option
	lines := stockLines()
	for _, name := range []string{"running", "low", "empty", "ended", "paused", "never read", "without figures, failed", "in a state without words"} {
		all = append(all, commands.Option{Value: "sorry-10", Stock: lines[name]})
	}
	custom, nameless, long := lines["of a value chosen at sending"], lines["running"], lines["running"]
	custom.Stock.Custom, custom.Stock.Name, nameless.Stock.Name = &commands.Range{From: 100, To: 2000}, "any-amount", ""
	long.Stock.Name = strings.Repeat("很长的名字", 20)
	return append(all, commands.Option{Value: "any-amount", Stock: custom}, commands.Option{Value: "9856000", Stock: nameless}, commands.Option{Value: "long", Stock: long},
		commands.Option{Value: strings.Repeat("x", 76), Stock: long}, commands.Option{Stock: long})
}

// ofForm shows a form as a message: its title, buttons and blocks.
func ofForm(t *testing.T, v *Views, r Reader, reply commands.Reply) Message {
	t.Helper()
	form, ok := v.Form(r, reply)
	if !ok {
		t.Fatalf("%T has no form", reply)
	}
	return Message{Text: form.Title.Text + " | " + form.Submit.Text + " | " + form.Close.Text, Blocks: form.Blocks.BlockSet}
}

// ofTexts shows texts that are no message of their own as one.
func ofTexts(all ...string) Message {
	m := Message{Text: "texts"}
	for _, s := range all {
		m.Blocks = append(m.Blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.PlainTextType, s, false, false), nil, nil))
	}
	return m
}

func approvalDrawings(t *testing.T) []drawing {
	var all []drawing
	add := func(group, name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{group, name, draw})
	}
	for name, a := range approvals() {
		add("approvals", name, func(v *Views, r Reader) Message { return v.ApprovalCard(r, a) })
		if name == "one of two agreed" || name == "being sent" {
			for who, ids := range map[string][]string{"a group and a person": {"S02LEADS", "U02APPROVER"}, "nobody": nil} {
				add("steps", "reminder of one "+name+", calling "+who, func(v *Views, r Reader) Message { return v.Reminder(r, store.Step{}, a, ids) })
			}
		}
	}
	one := approvals()["one customer, a likely repeat"]
	add("steps", "reminder of one coupon", func(v *Views, r Reader) Message { return v.Reminder(r, store.Step{}, one, []string{"S02LEADS"}) })
	for name, step := range steps() {
		for more, s := range stepSends(name) {
			add("steps", name+more, func(v *Views, r Reader) Message { return v.StepNote(r, step, s) })
		}
	}
	for name, reply := range approvalReplies() {
		add("decisions", name, func(v *Views, r Reader) Message { return v.Reply(r, reply) })
	}
	for name, h := range homes() {
		add("home", name, func(v *Views, r Reader) Message { return Message{Text: "home", Blocks: v.Home(r, h)} })
	}
	return append(all, formDrawings(t)...)
}

func formDrawings(t *testing.T) []drawing {
	var all []drawing
	add := func(name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{"forms", name, draw})
	}
	for name, form := range sendForms() {
		add(name, func(v *Views, r Reader) Message { return ofForm(t, v, r, form) })
	}
	add("reject", func(v *Views, r Reader) Message {
		return ofForm(t, v, r, commands.RejectForm{Meta: "S12.r1", Send: awaiting(3, 2)})
	})
	for _, callback := range []string{commands.FormSend, commands.FormReject, commands.FormCampaign, commands.FormAudience} {
		add("notice in the place of "+callback, func(v *Views, r Reader) Message {
			form := v.Notice(r, callback, "S12.r1", v.Reply(r, commands.Discarded{}))
			return Message{Text: form.Title.Text + " | " + form.Close.Text, Blocks: form.Blocks.BlockSet}
		})
	}
	add("options", func(v *Views, r Reader) Message {
		var texts []string
		for _, o := range v.Options(r, options()) {
			texts = append(texts, o.Text.Text)
		}
		return ofTexts(texts...)
	})
	for name, refusal := range refusals() {
		add("field: "+name, func(v *Views, r Reader) Message {
			return ofTexts(v.FieldErrors(r, commands.FieldFaults{commands.FieldOpenIDs: refusal})[commands.FieldOpenIDs])
		})
	}
	return slices.Clip(all)
}
