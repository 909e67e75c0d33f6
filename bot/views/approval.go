package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// ApprovalCard asks the deciders about a send, or says what was decided, by whom and when: then it has no buttons. Openids are
// masked whoever reads.
func (v *Views) ApprovalCard(r Reader, a commands.Approval) Message {
	r.Private = false
	c := v.card(r)
	if a.Send.State != store.SendAwaiting {
		return c.decided(a)
	}
	s, x := sized(a), approvalArgs(a)
	a.Send = s
	c.head(worded("approval.head", a), x)
	c.halted(SendFacts{Send: s, Stop: a.Stop, Held: a.Held})
	c.sayPhrases(append([]phrase{missingLine(s)}, decisionLines(a)...)...)
	c.approvalFields(a, true)
	c.quote("label.note", s.Note)
	if a.Run != nil {
		c.runAsked(a)
	} else {
		c.customers(a.OpenIDs, s.Total)
		c.had(s.Total, a.Had, a.HadFen)
		c.likely(a.Likely)
	}
	c.stockLeft(a.Stock)
	c.limits("approval.limits", a.Limits, nothing, func(l ceiling) bool { return isTight(l) || ofInterest(l.limit, s.Total) })
	c.patience(s)
	c.buttons(decideButtons(a)...)
	return c.message(worded("approval.summary", a), x)
}

// worded is the key of the words about a send, or of those about a whole series, which has no coupons of its own.
func worded(key string, a commands.Approval) string {
	if a.Series != nil {
		return key + "_series"
	}
	return key
}

// ofInterest are the limits of a send to so many that are shown although there is room: all but those of each of many
// customers, and WeChat Pay's own, which is far away.
func ofInterest(l store.Limit, people int) bool {
	return l.OpenID == "" || people == 1 && l.Kind != store.LimitWeChat
}

// sized is the send with as many coupons as its run will have: they are written while people decide.
func sized(a commands.Approval) store.Send {
	if a.Run != nil && a.Send.Preparing {
		a.Send.Total = int(a.Run.Expected)
	}
	return a.Send
}

// runAsked is what a campaign's run, or its series, is about.
func (c *card) runAsked(a commands.Approval) {
	c.say("approval.campaign", args{"Campaign": a.Send.Campaign, "Channel": channel(a.Send.Channel)})
	if a.Series != nil {
		c.seriesLines(*a.Series)
		return
	}
	c.runLines(a.Run.Figures, *a.Run)
}

// decided is the card of a send that does not wait any more.
func (c *card) decided(a commands.Approval) Message {
	s, x := sized(a), approvalArgs(a)
	a.Send = s
	c.head("send.head", x)
	c.halted(SendFacts{Send: s, Stop: a.Stop, Held: a.Held})
	if neverBegan(s) {
		c.closed(s)
	}
	lines := decisionLines(a)
	if !neverBegan(s) {
		lines = append(lines, phrase{worded("approval.now", a), x})
	}
	if len(lines) > 0 {
		c.sayPhrases(lines...)
	}
	c.approvalFields(a, false)
	c.quote("label.note", s.Note)
	return c.message(worded("approval.summary_over", a), x)
}

// decisionLines are what people said about the present contents, and whose word counts no longer.
func decisionLines(a commands.Approval) []phrase {
	var out []phrase
	if a.Send.Revision > 1 {
		out = append(out, phrase{"waits.revised", args{"Revision": a.Send.Revision}})
	}
	for _, d := range a.Decisions {
		if d.Revision != a.Send.Revision || d.Verdict != store.Approved { // a rejection ends a send, which says so itself
			continue
		}
		key := "decision.approve"
		if !d.VoidAt.IsZero() {
			key = "decision.void"
		}
		out = append(out, phrase{key, args{"By": person(d.Person), "Groups": names(d.Groups), "At": d.At, "VoidAt": d.VoidAt}})
	}
	return out
}

func names(all []string) list {
	out := make(list, len(all))
	for i, s := range all {
		out[i] = s
	}
	return out
}

func approvalArgs(a commands.Approval) args {
	s := sized(a)
	x := args{"Send": store.SendName(s.ID), "Standing": standingOf(s), "Counts": countsOf(s), "Count": s.Total, "Money": s.Amount * store.Fen(s.Total),
		"Coupon": couponOf(s.StockName, a.Stock), "By": person(s.RequestedBy), "Seats": missing(s), "Campaign": s.Campaign}
	if a.Series != nil {
		x["Standing"], x["Money"] = seriesStanding(s), a.Series.Schedule.Total
	}
	return x
}

// approvalFields are the contents that are decided about; terms are what the coupon promises.
func (c *card) approvalFields(a commands.Approval, terms bool) {
	s, t := a.Send, termsOf(a.Send.Terms, a.Stock)
	all := []field{{"label.asked", by(s.RequestedBy, s.CreatedAt)}, {"label.coupon", couponOf(s.StockName, a.Stock)}}
	if terms {
		all = append(all, field{"label.worth", worth(s.Amount, minimumOf(s.Value, s.Minimum, t))}, field{"label.valid", validity(t)})
	}
	if a.Series != nil {
		all = append(all, field{"label.total", a.Series.Schedule.Total})
	} else {
		all = append(all, field{"label.people", s.Total}, field{"label.money", s.Amount * store.Fen(s.Total)})
	}
	c.fields(append(all, field{"label.reason", s.Reason}, field{"label.ticket", s.Ticket})...)
}

// decideButtons are Approve, whose dialog names what it is about, and Reject, which opens a form.
func decideButtons(a commands.Approval) []button {
	s, value := a.Send, commands.SendValue(a.Send)
	var whom any = phrase{"people.count", args{"Count": s.Total}}
	if s.Total == 1 && len(a.OpenIDs) == 1 {
		whom = openid(a.OpenIDs[0])
	}
	x := with(approvalArgs(a), args{"Coupon": s.StockName, "Whom": whom})
	return []button{
		{action: "send.approve", value: value, style: slack.StylePrimary, dialog: &dialog{worded("approve", a), x}},
		{action: "send.reject", value: value, style: slack.StyleDanger},
	}
}
