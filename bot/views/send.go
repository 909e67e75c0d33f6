package views

import (
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
		if f.Send.State == store.SendAwaiting {
			return c.message("send.summary_moved_awaiting", c.sendArgs(f))
		}
		return c.message("send.summary_moved", c.sendArgs(f))
	}
	c.sendBody(f)
	return c.message("send.summary", c.sendArgs(f))
}

// SendCard is the requester's card in direct messages, with the buttons that make sense now.
func (v *Views) SendCard(r Reader, f SendFacts) Message {
	c := v.card(r)
	switch {
	case f.Series != nil:
		return c.ownSeries(f)
	case f.Run != nil:
		return c.run(*f.Run, c.ownButtons(f)...)
	}
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

func (c *card) sendArgs(f SendFacts) args {
	s := f.Send
	return args{
		"Send": store.SendName(s.ID), "Standing": standingOf(s), "Counts": countsOf(s), "By": person(s.RequestedBy),
		"Coupon": couponOf(s.StockName, f.Stock), "People": s.Total, "Count": s.Total, "Money": moneyOf(s),
		"Issued": s.Issued, "Sent": s.Amount * store.Fen(s.Issued), "Reason": s.Reason, "Ticket": s.Ticket,
	}
}

func (c *card) sendHead(s store.Send) {
	c.head("send.head", args{"Send": store.SendName(s.ID), "Standing": standingOf(s)})
}

func (c *card) sendFields(f SendFacts) {
	s := f.Send
	c.fields(
		field{"label.coupon", couponOf(s.StockName, f.Stock)},
		field{"label.worth", worth(s.Amount, minimumOf(s.Value, s.Minimum, termsOf(s.Terms, f.Stock)))},
		field{"label.people", sizeOf(s)},
		field{"label.money", moneyOf(s)},
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
	if s.Total > 1 && !neverBegan(s) && s.State != store.SendAwaiting {
		c.section(c.bar(s) + c.value(mrkdwn, countsOf(s)))
	}
	word := standing(s)
	switch {
	case word == "paused":
		c.paused(s)
	case neverBegan(s):
		c.closed(s)
	case word == "awaiting":
		c.awaiting(s)
	case (word == "accepted" || word == "sending") && (f.Stop != nil || len(f.Held) > 0): // halted has said why not
	default:
		c.say("about."+word, args{"Count": concerned(word, s), "Issued": s.Issued})
	}
	if !neverBegan(s) {
		c.grants(f.Grants, s)
	}
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
	done, whole := int64(s.Total-s.Open()), int64(s.Total)
	return "`" + bar(done, whole) + "` " + number(percent(done, whole)) + " %\n"
}
