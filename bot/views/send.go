package views

import (
	"strings"

	"couponbot/store"
)

// PrivateCard replaces the confirm card after Send: accepted, then the end with coupon ids, or not known yet. moved
// says that what follows is told in direct messages, because this card can be redrawn only a few times.
func (v *Views) PrivateCard(r Reader, f SendFacts, moved bool) Message {
	c := v.card(r)
	c.sendHead(f.Send)
	c.halted(f)
	if moved && !f.Send.Final() {
		c.say("send.moved", nil)
		c.sendFields(f)
		return c.message("send.summary_moved", c.sendArgs(f))
	}
	c.sendBody(f)
	return c.message("send.summary", c.sendArgs(f))
}

// SendCard is the requester's card in direct messages, with the buttons that make sense now.
func (v *Views) SendCard(r Reader, f SendFacts) Message {
	c := v.card(r)
	c.sendHead(f.Send)
	c.halted(f)
	c.sendBody(f)
	c.buttons(c.sendButtons(f)...)
	return c.message("send.summary", c.sendArgs(f))
}

// LogLine is one line about a finished send, for the log channel: openids are masked whoever reads.
func (v *Views) LogLine(r Reader, f SendFacts) Message {
	r.Private = false
	c := v.card(r)
	a := c.sendArgs(f)
	if len(f.Grants) == 1 && f.Send.Total == 1 {
		a["OpenID"] = openid(f.Grants[0].OpenID)
	}
	c.say("log.line", a)
	return c.message("log.line", a)
}

// standing is the word for where a send is, as people see it: finer than its state.
func standing(s store.Send) string {
	switch {
	case s.State == store.SendApproved:
		return "accepted"
	case s.State == store.SendIssuing && s.Unknown > 0 && s.Unknown == s.Open():
		return "asking"
	case s.State == store.SendIssuing:
		return "sending"
	case s.State == store.SendCancelled && s.Open() > 0:
		return "cancelling"
	case s.State == store.SendDone && s.Issued == s.Total:
		return "sent"
	case s.State == store.SendDone && s.Issued > 0:
		return "partly"
	case s.State == store.SendDone:
		return "refused"
	}
	return string(s.State)
}

func standingOf(s store.Send) phrase { return phrase{"standing." + standing(s), nil} }

func (c *card) sendArgs(f SendFacts) args {
	s := f.Send
	return args{
		"Send": store.SendName(s.ID), "Standing": standingOf(s), "Counts": countsOf(s), "By": person(s.RequestedBy),
		"Coupon": couponOf(s.StockName, f.Stock), "People": s.Total, "Count": s.Total, "Money": s.Amount * store.Fen(s.Total),
		"Issued": s.Issued, "Sent": s.Amount * store.Fen(s.Issued), "Reason": s.Reason, "Ticket": s.Ticket,
	}
}

// couponOf is a stock under the name that people use, with WeChat Pay's name for it where that says more.
func couponOf(name string, stock store.Stock) any {
	if stock.Name == "" || stock.Name == name {
		return name
	}
	return phrase{"coupon.named", args{"Name": name, "Title": stock.Name}}
}

// worth is what one coupon takes off, and from what purchase on.
func worth(amount, minimum store.Fen) phrase {
	if minimum <= 0 {
		return phrase{"coupon.worth", args{"Amount": amount}}
	}
	return phrase{"coupon.worth_from", args{"Amount": amount, "Minimum": minimum}}
}

func countsOf(s store.Send) list {
	var all list
	for _, n := range []struct {
		key   string
		count int
	}{{"waiting", s.Waiting}, {"issuing", s.Issuing}, {"unknown", s.Unknown}, {"refused", s.Refused}, {"cancelled", s.Cancelled}} {
		if n.count > 0 && !neverBegan(s) {
			all = append(all, phrase{"counts." + n.key, args{"Count": n.count}})
		}
	}
	return append(list{phrase{"counts.issued", args{"Count": s.Issued, "Total": s.Total}}}, all...)
}

func (c *card) sendHead(s store.Send) {
	c.head("send.head", args{"Send": store.SendName(s.ID), "Standing": standingOf(s)})
}

func (c *card) sendFields(f SendFacts) {
	s := f.Send
	minimum := s.Minimum
	if s.Value == 0 {
		minimum = f.Stock.Minimum
	}
	c.fields(
		field{"label.coupon", couponOf(s.StockName, f.Stock)},
		field{"label.worth", worth(s.Amount, minimum)},
		field{"label.people", s.Total},
		field{"label.money", s.Amount * store.Fen(s.Total)},
		field{"label.reason", s.Reason},
		field{"label.ticket", s.Ticket},
	)
	c.quote("label.note", s.Note)
}

// halted says at the top why nothing moves.
func (c *card) halted(f SendFacts) {
	if f.Send.Final() {
		return
	}
	if f.Stop != nil {
		c.say("send.stopped", args{"By": person(f.Stop.StoppedBy), "At": f.Stop.StoppedAt, "Why": f.Stop.Why})
	}
	c.held(f.Held)
}

func (c *card) held(all []store.Held) {
	for _, h := range all {
		c.say(c.known("held.", h.Why, "anything"), args{"At": h.Since})
	}
}

// progressFrom is the size of a send from which a bar says more than the counts.
const progressFrom = 10

func (c *card) sendBody(f SendFacts) {
	s := f.Send
	c.sendFields(f)
	if s.Total > 1 && !neverBegan(s) {
		c.section(c.bar(s) + c.value(mrkdwn, countsOf(s)))
	}
	word := standing(s)
	switch {
	case word == "paused":
		c.paused(s)
	case (word == "accepted" || word == "sending") && (f.Stop != nil || len(f.Held) > 0): // halted has said why not
	default:
		c.say("about."+word, args{"Count": concerned(word, s), "Issued": s.Issued})
	}
	if !neverBegan(s) {
		c.grants(f.Grants, s)
	}
}

// neverBegan tells that a send ended before any of its coupons was asked for; its counters still say "waiting".
func neverBegan(s store.Send) bool {
	return s.State == store.SendRejected || s.State == store.SendExpired || s.State == store.SendWithdrawn
}

// concerned is how many coupons the sentence about a standing is about.
func concerned(standing string, s store.Send) int {
	switch standing {
	case "sent":
		return s.Issued
	case "partly", "refused":
		return s.Refused
	case "asking":
		return s.Unknown
	case "cancelling":
		return s.Open()
	case "cancelled":
		return s.Cancelled
	}
	return s.Total
}

func persons(ids []string) list {
	out := make(list, len(ids))
	for i, id := range ids {
		out[i] = person(id)
	}
	return out
}

func (c *card) bar(s store.Send) string {
	if s.Total < progressFrom || s.Open() == 0 {
		return ""
	}
	const cells = 20
	done := s.Total - s.Open()
	full := done * cells / s.Total
	return "`" + strings.Repeat("▓", full) + strings.Repeat("░", cells-full) + "` " + number(int64(done*100/s.Total)) + " %\n"
}

// paused says who or what paused a send, and whose turn it is.
func (c *card) paused(s store.Send) {
	switch s.PauseReason {
	case "person":
		c.say("paused.person", args{"By": person(s.PausedBy), "Send": store.SendName(s.ID)})
	case "limit":
		c.sayPhrases(phrase{"paused.limit", nil}, phrase{"paused.until", nil})
		c.smallText(c.foreign(mrkdwn, s.PauseDetail))
	default:
		key := c.reason(s.PauseReason)
		c.sayPhrases(phrase{"paused.wechat", args{"Means": phrase{key + ".means", nil}}}, phrase{key + ".act", nil}, phrase{"paused.until", nil})
		c.said(store.Grant{Message: s.PauseDetail})
	}
}
