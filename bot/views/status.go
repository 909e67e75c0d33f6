package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// status is one send, or one coupon of it: state, who, why, and what WeChat Pay said.
func (v *Views) status(r Reader, q commands.Status) Message {
	r.Private = r.Private && q.Full
	c := v.card(r)
	f := SendFacts{Send: q.Send, Stock: q.Stock, Grants: q.Grants, Stop: q.Stopped, Held: q.Held}
	a := c.sendArgs(f)
	if q.One && len(q.Grants) > 0 {
		return c.oneCoupon(f)
	}
	c.sendHead(q.Send)
	c.halted(f)
	c.sendBody(f)
	c.who(q.Send)
	return c.message("send.summary", a)
}

// who is everybody who had a hand in a send, and when.
func (c *card) who(s store.Send) {
	c.fields(
		field{"label.asked", by(s.RequestedBy, s.CreatedAt)},
		field{"label.approved", approvedBy(s)},
		field{"label.finished", s.FinishedAt},
	)
}

func by(who string, at any) any {
	return phrase{"by.whom", args{"By": person(who), "At": at}}
}

func approvedBy(s store.Send) any {
	if len(s.ApprovedBy) == 0 {
		return nil
	}
	return phrase{"by.whom", args{"By": persons(s.ApprovedBy), "At": s.ApprovedAt}}
}

// oneCoupon tells all about one coupon.
func (c *card) oneCoupon(f SendFacts) Message {
	s, g := f.Send, f.Grants[0]
	a := args{"Grant": g.ID, "State": phrase{"state." + string(g.State), nil}, "Coupon": couponOf(s.StockName, f.Stock), "Amount": s.Amount}
	c.head("status.head_one", a)
	c.halted(f)
	c.fields(
		field{"label.customer", openid(g.OpenID)},
		field{"label.coupon", couponOf(s.StockName, f.Stock)},
		field{"label.money", s.Amount},
		field{"label.coupon_id", code(g.CouponID)},
		field{"label.number", code(s.Number(g.ID.Position))},
		field{"label.attempts", g.Attempts},
		field{"label.first_called", g.FirstCalledAt},
		field{"label.last_called", g.LastCalledAt},
		field{"label.finished", g.FinishedAt},
		field{"label.asked", by(s.RequestedBy, s.CreatedAt)},
		field{"label.approved", approvedBy(s)},
		field{"label.reason", s.Reason},
		field{"label.ticket", s.Ticket},
	)
	c.quote("label.note", s.Note)
	if s.State == store.SendPaused && g.State == store.GrantWaiting {
		c.paused(s)
	}
	for _, like := range alike(f.Grants[:1]) {
		c.sayPhrases(c.why(like, s)...)
		c.said(like[0])
	}
	return c.message("status.summary_one", a)
}
