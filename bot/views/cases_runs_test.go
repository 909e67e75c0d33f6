package views

import (
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// campaignSend is a run's send.
func campaignSend(state store.SendState, n store.Counts) store.Send {
	s := sendOf(state, n)
	s.Kind, s.Campaign, s.Channel, s.RequestedBy, s.Reason, s.Ticket, s.ApprovedAt = kindCampaign, "spring-sale", "C05NEWS", "U05MIA", "goodwill", "", now.Add(-20*time.Minute)
	return s
}

func runOf(state store.SendState, n store.Counts) commands.RunView {
	return commands.RunView{Send: campaignSend(state, n), Campaign: springSale, Stock: stock,
		Run: store.Run{Send: 12, Campaign: 4, Revision: 3, VersionID: 31, DryRun: 7, Expected: int64(n.Total), PreparedAt: before}}
}

// pausedRun paused for a reason, in words if there are some.
func pausedRun(reason, detail string) commands.RunView {
	q := runOf(store.SendPaused, store.Counts{Total: 50000, Waiting: 27377, Issued: 22500, Refused: 120, Unknown: 3})
	q.Send.PauseReason, q.Send.PauseDetail, q.Send.PausedBy = reason, detail, "U05MIA"
	q.Run.Rules = store.RunRules{PauseRefused: 100, PauseShare: 0.2}
	return q
}

func outcomes() []store.OutcomeCount {
	return []store.OutcomeCount{
		{Outcome: "user_limit", Code: "RULE_LIMIT", Message: "用户已达领取上限", Coupons: 70},
		{Outcome: "customer_limit", Retryable: true, Coupons: 30},
		{Outcome: "wechat_month", Retryable: true, Coupons: 10},
		{Outcome: "moon", Code: "MOON", Message: "满月", Coupons: 8},
		{Outcome: store.ReasonNumberTooOld, Retryable: true, Coupons: 1},
		{Outcome: "user_abnormal", Coupons: 1},
	}
}

func runs() map[string]commands.RunView {
	all := map[string]commands.RunView{
		"running":                           runOf(store.SendIssuing, store.Counts{Total: 50000, Waiting: 27300, Issuing: 77, Issued: 22500, Refused: 120, Unknown: 3}),
		"approved, not begun":               runOf(store.SendApproved, store.Counts{Total: 50000, Waiting: 50000}),
		"of one customer":                   runOf(store.SendIssuing, store.Counts{Total: 1, Waiting: 1}),
		"awaiting, being prepared":          runOf(store.SendAwaiting, store.Counts{Total: 310000, Waiting: 310000}),
		"approved, being prepared":          runOf(store.SendApproved, store.Counts{Total: 310000, Waiting: 310000}),
		"the test coupon goes out":          runOf(store.SendIssuing, store.Counts{Total: 50000, Waiting: 49999, Issuing: 1}),
		"outside its hours":                 runOf(store.SendIssuing, store.Counts{Total: 50000, Waiting: 27500, Issued: 22500}),
		"nearly over, some asked about":     runOf(store.SendIssuing, store.Counts{Total: 50000, Issued: 49997, Unknown: 3}),
		"while everything is stopped":       runOf(store.SendIssuing, store.Counts{Total: 50000, Waiting: 27500, Issued: 22500}),
		"cancelled, still settling":         runOf(store.SendCancelled, store.Counts{Total: 50000, Cancelled: 27400, Issuing: 77, Issued: 22500, Unknown: 23}),
		"cancelled while prepared":          runOf(store.SendCancelled, store.Counts{Total: 310000, Cancelled: 310000}),
		"cancelled":                         runOf(store.SendCancelled, store.Counts{Total: 50000, Issued: 49871, Refused: 120, Cancelled: 9}),
		"done":                              runOf(store.SendDone, store.Counts{Total: 50000, Issued: 50000}),
		"done, some refused":                runOf(store.SendDone, store.Counts{Total: 50000, Issued: 49880, Refused: 120}),
		"done, many refused, too long ago":  runOf(store.SendDone, store.Counts{Total: 50000, Issued: 49880, Refused: 120}),
		"done, one of two refused":          runOf(store.SendDone, store.Counts{Total: 2, Issued: 1, Refused: 1}),
		"done, one":                         runOf(store.SendDone, store.Counts{Total: 1, Issued: 1}),
		"done, one refused, too long ago":   runOf(store.SendDone, store.Counts{Total: 1, Refused: 1}),
		"over, some not known":              runOf(store.SendIssuing, store.Counts{Total: 50000, Issued: 49997, Unknown: 3}),
		"done, nobody was left":             runOf(store.SendDone, store.Counts{}),
		"rejected":                          runOf(store.SendRejected, store.Counts{Total: 50000, Waiting: 50000}),
		"expired":                           runOf(store.SendExpired, store.Counts{Total: 50000, Waiting: 50000}),
		"withdrawn":                         runOf(store.SendWithdrawn, store.Counts{Total: 50000, Waiting: 50000}),
		"paused by a person":                pausedRun("person", ""),
		"paused, too many refused":          pausedRun(store.PauseFailures, `{"refused":20,"answered":100}`),
		"paused, too many of nobody knows":  pausedRun(store.PauseFailures, ""),
		"paused by a limit":                 pausedRun(store.PauseLimit, limitDetail()),
		"paused, its starter left":          pausedRun(store.PauseLeft, ""),
		"paused, the stock does not run":    pausedRun(store.PauseStockState, "paused"),
		"paused, the stock is worth less":   pausedRun(store.PauseTerms, "500"),
		"paused, the budget is gone":        pausedRun("budget_gone", "批次预算不足"),
		"paused, look at the phone":         pausedRun(store.PauseTest, ""),
		"paused, the test was refused":      pausedRun(store.PauseTest, ""),
		"paused, one of two waits":          pausedRun(store.PauseTest, ""),
		"paused, nothing waits, by a limit": pausedRun(store.PauseLimit, ""),
	}
	change := func(name string, do func(q *commands.RunView)) {
		q, ok := all[name]
		if !ok {
			panic("no run " + name)
		}
		do(&q)
		all[name] = q
	}
	for _, name := range []string{"running", "paused, too many refused", "done, some refused", "cancelled"} {
		change(name, func(q *commands.RunView) { q.Outcomes = outcomes() })
	}
	change("running", func(q *commands.RunView) {
		q.PerMinute, q.EndsAt, q.Send.ApprovedBy = 1131.4, now.Add(24*time.Minute), []string{"U03BEN", "U05FINN"}
	})
	for _, name := range []string{"awaiting, being prepared", "approved, being prepared", "cancelled while prepared"} {
		change(name, func(q *commands.RunView) {
			q.Run.PreparedAt, q.Run.Expected, q.Send.Preparing = time.Time{}, 1_000_000, q.Send.State != store.SendCancelled
		})
	}
	change("awaiting, being prepared", func(q *commands.RunView) {
		q.Send.Seats, q.Send.Missing, q.Send.ExpireAt = bothSeats, bothSeats, now.Add(71*time.Hour)
	})
	change("approved, not begun", func(q *commands.RunView) {
		q.Run.Schedule, q.Run.Slot = 7, "2026-11-05T14:30"
	})
	change("outside its hours", func(q *commands.RunView) {
		q.Campaign, q.Opens, q.PerMinute = fullCampaign(), now.Add(12*time.Hour), 900
	})
	change("while everything is stopped", func(q *commands.RunView) { q.Stop, q.PerMinute = &stopped, 900 })
	for _, name := range []string{"the test coupon goes out", "paused, look at the phone", "paused, the test was refused", "paused, one of two waits"} {
		change(name, func(q *commands.RunView) { q.Campaign, q.Run.Test = fullCampaign(), "looked" })
	}
	change("the test coupon goes out", func(q *commands.RunView) { q.Run.Test = "asked" })
	change("paused, look at the phone", func(q *commands.RunView) { q.Send.Counts = store.Counts{Total: 50000, Issued: 1, Waiting: 49999} })
	change("paused, the test was refused", func(q *commands.RunView) {
		q.Send.Counts, q.Outcomes = store.Counts{Total: 50000, Refused: 1, Waiting: 49999}, []store.OutcomeCount{{Outcome: "openid_mismatch", Coupons: 1}}
	})
	change("paused, one of two waits", func(q *commands.RunView) { q.Send.Counts = store.Counts{Total: 2, Issued: 1, Waiting: 1} })
	change("paused, nothing waits, by a limit", func(q *commands.RunView) {
		q.Send.Counts, q.Run.Rules = store.Counts{Total: 20, Issued: 19, Unknown: 1}, store.RunRules{}
	})
	change("over, some not known", func(q *commands.RunView) { q.Run.OverAt = now })
	for name, outcome := range map[string]store.OutcomeCount{"cancelled, one refused": {Outcome: "customer_limit", Retryable: true, Coupons: 1}, "done, one refused for good": {Outcome: "user_limit", Coupons: 1}} {
		q := runOf(store.SendDone, store.Counts{Total: 3, Issued: 2, Refused: 1})
		q.Outcomes = []store.OutcomeCount{outcome}
		if name == "cancelled, one refused" {
			q.Send.State = store.SendCancelled
		}
		all[name] = q
	}
	change("done, many refused, too long ago", func(q *commands.RunView) {
		q.Outcomes, q.Send.ApprovedAt = outcomes(), now.AddDate(0, 0, -8)
	})
	change("done, one of two refused", func(q *commands.RunView) {
		q.Outcomes = []store.OutcomeCount{{Outcome: "customer_limit", Retryable: true, Coupons: 1}}
	})
	change("done, one refused, too long ago", func(q *commands.RunView) {
		q.Outcomes = []store.OutcomeCount{{Outcome: "customer_limit", Retryable: true, Coupons: 1}}
		q.Send.ApprovedAt = now.AddDate(0, 0, -8)
	})
	return all
}

// ended are the runs that are over.
func ended() map[string]commands.RunView {
	all := runs()
	for name, q := range all {
		if !q.Send.Final() && name != "over, some not known" {
			delete(all, name)
			continue
		}
		q.Run.OverAt = now.Add(5 * time.Second)
		if name == "done, nobody was left" || name == "done, one" {
			q.Run.OverAt = time.Time{}
		}
		all[name] = q
	}
	return all
}

// ownRuns are the cards of those who asked for a run, or for the approval of a series.
func ownRuns() map[string]SendFacts {
	all := map[string]SendFacts{}
	put := func(name string, q commands.RunView, series *commands.ScheduleView) {
		all[name] = SendFacts{Send: q.Send, Stock: stock, Run: &q, Series: series}
	}
	every := runs()
	for _, name := range []string{"awaiting, being prepared", "running", "rejected", "expired", "paused by a person", "done, some refused"} {
		put(name, every[name], nil)
	}
	left := every["withdrawn"]
	left.Send.ClosedBy = store.ActorBot
	put("withdrawn, the requester left", left, nil)
	view := schedules()["on, the series waits"]
	for _, state := range []store.SendState{store.SendAwaiting, store.SendDone, store.SendRejected} {
		q := runOf(state, store.Counts{})
		q.Run = store.Run{Send: 12, Series: true}
		if state == store.SendAwaiting {
			q.Send.Seats, q.Send.Missing, q.Send.ExpireAt = bothSeats, bothSeats, now.Add(71*time.Hour)
		}
		put("series, "+string(state), q, &view)
	}
	return all
}

// runApprovals are cards for those who decide about a run, or about a series of them.
func runApprovals() map[string]commands.Approval {
	s := awaiting(1, 1)
	s.Kind, s.Campaign, s.Channel, s.Preparing, s.Counts = kindCampaign, "spring-sale", "C05CAMPAIGN", true, store.Counts{}
	run := store.Run{Expected: figures.Expected(), Figures: figures, Rules: store.RunRules{PauseRefused: 100, PauseShare: 0.2, Window: "09:00-21:00 weekdays"}, Test: "asked", Slot: "2026-11-06T09:00"}
	base := commands.Approval{Send: s, Stock: stock, Run: &run}
	bare := base
	bare.Run = &store.Run{Expected: 1, Figures: one}
	both, single := schedules()["shown, a series"], schedules()["on, the series waits"]
	series, bound := base, base
	series.Run, series.Series = &store.Run{Series: true}, &both
	bound.Run, bound.Series = series.Run, &single
	series.Send.Preparing, bound.Send.Preparing = false, false
	decided, through := base, series
	decided.Send.State, through.Send.State, through.Decisions = store.SendApproved, store.SendDone, []store.Decision{decision("U03BEN", "finance", store.Approved)}
	no := series
	no.Send.State, no.Send.ClosedBy, no.Send.ClosedWhy = store.SendRejected, "U05FINN", "too much at once"
	return map[string]commands.Approval{"of a run that is being written": base, "of a run without anything": bare, "of a series": series, "of a series on one version": bound,
		"of a run that was approved": decided, "of a series that was approved": through, "of a series that was rejected": no}
}

func runDrawings(t *testing.T) []drawing {
	var all []drawing
	add := func(name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{"runs", name, draw})
	}
	for name, q := range runs() {
		add(name, func(v *Views, r Reader) Message { return v.RunCard(r, q) })
	}
	for name, q := range ended() {
		add("ended: "+name, func(v *Views, r Reader) Message { return v.RunEnded(r, q) })
	}
	for _, name := range []string{"done, some refused", "done, one of two refused"} {
		add("failures: "+name, func(v *Views, r Reader) Message { return v.Failures(r, runs()[name]) })
	}
	add("step: channel", func(v *Views, r Reader) Message {
		return v.StepNote(r, store.Step{Kind: store.StepChannel, Why: "is_archived"}, runs()["running"].Send)
	})
	for name, f := range ownRuns() {
		add("own: "+name, func(v *Views, r Reader) Message { return v.SendCard(r, f) })
	}
	for name, a := range runApprovals() {
		add("approval: "+name, func(v *Views, r Reader) Message { return v.ApprovalCard(r, a) })
	}
	waits, series := runApprovals()["of a run that is being written"], runApprovals()["of a series"]
	series.Send.ID = 13
	add("queue", func(v *Views, r Reader) Message {
		return v.Reply(r, commands.Queue{Sends: []commands.Approval{waits, series}})
	})
	add("reminder of a run", func(v *Views, r Reader) Message { return v.Reminder(r, store.Step{}, waits, nil) })
	add("reminder of a series", func(v *Views, r Reader) Message { return v.Reminder(r, store.Step{}, series, nil) })
	add("reject form", func(v *Views, r Reader) Message { return ofForm(t, v, r, commands.RejectForm{Send: waits.Send}) })
	for _, name := range []string{"awaiting, being prepared", "running", "done, nobody was left"} {
		add("status: "+name, func(v *Views, r Reader) Message { return v.Reply(r, commands.Status{Send: runs()[name].Send}) })
	}
	for name, s := range map[string]store.Send{"a run": campaignSend(store.SendApproved, store.Counts{}), "a series": campaignSend(store.SendDone, store.Counts{})} {
		add("step: approved, "+name, func(v *Views, r Reader) Message {
			return v.StepNote(r, store.Step{Kind: store.StepApproved, Person: "U03BEN"}, s)
		})
	}
	add("step: seated", func(v *Views, r Reader) Message {
		return v.StepNote(r, store.Step{Kind: store.StepSeated, Person: "U03BEN"}, waits.Send)
	})
	return all
}
