package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// RunCard is a campaign's run in its channel: one message that is drawn anew while the run goes on. Openids are masked
// whoever reads.
func (v *Views) RunCard(r Reader, q commands.RunView) Message {
	r.Private = false
	c := v.card(r)
	return c.run(q, c.runButtons(q)...)
}

func (c *card) run(q commands.RunView, buttons ...button) Message {
	a := runArgs(q)
	c.head("run.head", a)
	c.halted(SendFacts{Send: q.Send, Stop: q.Stop, Held: q.Held})
	c.runFields(q)
	c.runBody(q)
	c.outcomes(q)
	c.buttons(buttons...)
	return c.message("run.summary", a)
}

// A tally is a run's customers by what became of them; the others add up to whole.
type tally struct {
	whole, issued, refused, unknown, cancelled, left int
	settling                                         int // of a cancelled run: what had been called
}

// tallyOf counts those too whose coupons are not prepared yet.
func tallyOf(q commands.RunView) tally {
	s := q.Send
	t := tally{whole: s.Total, issued: s.Issued, refused: s.Refused, unknown: s.Unknown, cancelled: s.Cancelled, left: s.Waiting + s.Issuing}
	if s.State == store.SendCancelled {
		t.left, t.settling = s.Waiting, s.Issuing
	}
	if !q.Run.PreparedAt.IsZero() {
		return t
	}
	rest := max(0, int(q.Run.Expected)-s.Total)
	t.whole += rest
	if s.State == store.SendCancelled {
		t.cancelled += rest
	} else {
		t.left += rest
	}
	return t
}

func runArgs(q commands.RunView) args {
	s, t := q.Send, tallyOf(q)
	return args{"Send": store.SendName(s.ID), "Campaign": q.Campaign.Name, "Standing": runStanding(q), "Whole": t.whole, "Issued": t.issued, "Count": t.issued,
		"Sent": s.Amount * store.Fen(t.issued), "Money": s.Amount * store.Fen(t.whole), "Refused": t.refused, "Unknown": t.unknown}
}

// runStanding is a send's standing, but for a run that was prepared and had nobody to send to.
func runStanding(q commands.RunView) phrase {
	if q.Send.State == store.SendDone && q.Send.Total == 0 {
		return phrase{"run.nobody", nil}
	}
	return standingOf(q.Send)
}

func (c *card) runFields(q commands.RunView) {
	s, t := q.Send, tallyOf(q)
	terms := termsOf(s.Terms, q.Stock)
	c.fields(
		field{"label.coupon", couponOf(s.StockName, q.Stock)},
		field{"label.worth", worth(s.Amount, minimumOf(s.Value, s.Minimum, terms))},
		field{"label.people", t.whole},
		field{"label.money", s.Amount * store.Fen(t.whole)},
		field{"label.run_started", startedBy(q)},
		field{"label.approved", approvedBy(s)},
		field{"label.reason", s.Reason},
	)
}

// startedBy is who started a run, or the planned time that it is the run of: whom that is told to stands for it in the ledger.
func startedBy(q commands.RunView) any {
	if q.Run.Slot != "" {
		return phrase{"run.by_schedule", args{"Slot": wallTime(q.Run.Slot)}}
	}
	return by(q.Send.RequestedBy, q.Send.CreatedAt)
}

func (c *card) runBody(q commands.RunView) {
	s := q.Send
	switch {
	case neverBegan(s):
		c.closed(s)
		return
	case s.State == store.SendAwaiting:
		c.awaiting(s)
		c.preparing(q)
		return
	}
	c.sayPhrases(progress(q)...)
	c.preparing(q)
	switch word := standing(s); {
	case word == "paused":
		c.runPaused(q)
	case s.Final():
	case word == "cancelling":
		c.say("about.cancelling", args{"Count": s.Open()})
	case q.Stop != nil || len(q.Held) > 0: // halted has said why nothing moves
	case q.Run.Test == store.TestAsked:
		c.say("run.testing", args{"OpenID": openid(q.Campaign.TestOpenID)})
	case !q.Opens.IsZero():
		c.say("run.outside_hours", args{"Hours": q.Campaign.Window, "At": q.Opens})
	case word == "asking" && q.Run.OverAt.IsZero():
		c.say("about.asking", args{"Count": s.Unknown})
	}
	if s.Unknown > 0 && !q.Run.OverAt.IsZero() {
		c.say("run.unknown", runArgs(q))
	}
}

// progress is the bar, what became of how many, and how quickly it goes on.
func progress(q commands.RunView) []phrase {
	s, t := q.Send, tallyOf(q)
	if t.whole == 0 {
		return []phrase{{"run.nobody_left", nil}}
	}
	done := int64(t.whole - t.left - t.settling - t.unknown)
	a := with(runArgs(q), args{"Bar": bar(done, int64(t.whole)), "Percent": percent(done, int64(t.whole)), "Parts": t.parts()})
	lines := []phrase{{"run.bar", a}, {"run.counts", a}, {"run.money", a}}
	if rate := int64(q.PerMinute + 0.5); rate > 0 && s.State == store.SendIssuing && q.Stop == nil && len(q.Held) == 0 && q.Opens.IsZero() {
		a["Rate"] = rate
		if !q.Run.PreparedAt.IsZero() {
			a["EndsAt"] = q.EndsAt
		}
		lines = append(lines, phrase{"run.pace", a})
	}
	return lines
}

// parts are what became of the customers who have no coupon.
func (t tally) parts() (out list) {
	for _, part := range counted("run.part.", count{"refused", int64(t.refused)}, count{"unknown", int64(t.unknown)}, count{"cancelled", int64(t.cancelled)},
		count{"settling", int64(t.settling)}, count{"left", int64(t.left)}) {
		out = append(out, part)
	}
	return out
}

func (c *card) preparing(q commands.RunView) {
	if q.Run.PreparedAt.IsZero() && !q.Send.Final() && q.Send.State != store.SendCancelled {
		c.small("run.preparing", args{"Done": q.Send.Total, "Whole": tallyOf(q).whole})
	}
}

// runButtons are those that would do something now.
func (c *card) runButtons(q commands.RunView) []button {
	s, t := q.Send, tallyOf(q)
	value, waits := commands.SendValue(s), t.left-s.Issuing
	a := args{"Count": waits, "Campaign": q.Campaign.Name, "Send": store.SendName(s.ID), "Money": s.Amount * store.Fen(waits), "Coupon": s.StockName}
	var out []button
	switch {
	case s.State == store.SendAwaiting:
		return []button{{action: "campaign.cancel", value: value, style: slack.StyleDanger, dialog: &dialog{"campaign_withdraw", a}}}
	case waits > 0 && (s.State == store.SendApproved || s.State == store.SendIssuing):
		out = append(out, button{action: "campaign.pause", value: value})
	case s.State == store.SendPaused:
		resume := button{action: "campaign.resume", value: value, style: slack.StylePrimary}
		if waits > 0 {
			resume.dialog = &dialog{"campaign_resume", a}
		}
		out = append(out, resume)
	}
	if n := c.runRetryable(q); n > 0 {
		out = append(out, button{action: "campaign.retry", value: value, dialog: &dialog{"campaign_retry", with(a, args{"Count": n, "Money": s.Amount * store.Fen(n)})}})
	}
	if waits > 0 && !s.Final() && s.State != store.SendCancelled {
		out = append(out, button{action: "campaign.cancel", value: value, style: slack.StyleDanger, dialog: &dialog{"campaign_cancel", a}})
	}
	return out
}
