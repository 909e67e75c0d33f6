package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// found is what a search brought, under each thing that the text may be.
func (v *Views) found(r Reader, q commands.Found) Message {
	c := v.card(r)
	if len(q.Finds) == 0 {
		return c.nothingFound(q)
	}
	c.head("find.head", nil)
	n := 0
	each := max(3, linesMost/len(q.Finds))
	for _, f := range q.Finds {
		shown := f.Hits[:min(len(f.Hits), each)]
		lines := []phrase{{"find.as." + f.As, args{"Word": findWord(f)}}}
		for _, h := range shown {
			lines = append(lines, hitLine(h))
		}
		c.sayPhrases(append(lines, moreLines(f.More, len(f.Hits)-len(shown))...)...)
		n += len(f.Hits) + f.More
	}
	if q.Own {
		c.small("find.own", nil)
	}
	c.small("look.next", nil)
	return c.message("find.summary", args{"Count": n})
}

func (c *card) nothingFound(q commands.Found) Message {
	c.head("find.head_none", nil)
	tried := make(list, len(q.Tried))
	for i, as := range q.Tried {
		tried[i] = phrase{"find.kind." + as, nil}
	}
	c.say("find.none", args{"Tried": tried})
	if q.Own {
		c.small("find.own", nil)
	}
	return c.message("find.summary_none", nil)
}

// findWord is the thing that was found, written as what it is: an openid is masked for whoever may not see it.
func findWord(f commands.Find) any {
	switch f.As {
	case commands.FindOpenID:
		return openid(f.Word)
	case commands.FindPerson:
		return person(f.Word)
	}
	return code(f.Word)
}

func hitLine(h commands.Hit) phrase {
	if h.Grant == nil {
		return phrase{"look.send", sendLine(h.Send)}
	}
	g := *h.Grant
	return phrase{"look.grant", args{"Grant": g.ID, "Sign": sign(h.Send, g), "OpenID": openid(g.OpenID), "Coupon": h.Send.StockName, "Amount": h.Send.Amount,
		"By": person(h.Send.RequestedBy), "At": h.Send.CreatedAt, "Ticket": h.Send.Ticket, "CouponID": code(g.CouponID)}}
}

func sendLine(s store.Send) args {
	people := sizeOf(s)
	if n, ok := people.(int); ok {
		people = phrase{"people.count", args{"Count": n}}
	}
	return args{"Send": store.SendName(s.ID), "Standing": standingOf(s), "Campaign": s.Campaign, "People": people, "Coupon": s.StockName,
		"Money": moneyOf(s), "By": person(s.RequestedBy), "At": s.CreatedAt, "Ticket": s.Ticket}
}

// sign is how a coupon stands, in one sign and a word: one that waits stands as its send does.
func sign(s store.Send, g store.Grant) phrase {
	if g.State == store.GrantWaiting {
		switch s.State {
		case store.SendAwaiting, store.SendPaused, store.SendRejected, store.SendExpired, store.SendWithdrawn:
			return standingOf(s)
		}
	}
	return phrase{"sign." + string(g.State), nil}
}

// moreLines say how much is not shown: what was counted, and what there was no room for.
func moreLines(counted, cut int) []phrase {
	switch {
	case counted >= store.CountMost:
		return []phrase{{"look.more_capped", args{"Most": counted + cut}}}
	case counted+cut > 0:
		return []phrase{{"look.more", args{"Count": counted + cut}}}
	}
	return nil
}

// mine is what a person asked for.
func (v *Views) mine(r Reader, q commands.Mine) Message {
	c := v.card(r)
	c.head("mine.head", nil)
	if len(q.Sends) == 0 {
		c.say("mine.none", nil)
	} else {
		if len(q.Open) == 0 {
			c.say("mine.nothing_open", nil)
		} else {
			c.ownSends("mine.open", q.Open, q.OpenMore)
		}
		c.ownSends("mine.newest", q.Sends, q.More)
	}
	c.standingLimits("mine.limits", q.Limits)
	if len(q.Sends) > 0 {
		c.small("look.next", nil)
	}
	return c.message("mine.summary", args{"Count": len(q.Open) + q.OpenMore})
}

func (c *card) ownSends(head string, all []store.Send, more int) {
	lines := []phrase{{head, nil}}
	for _, s := range all {
		lines = append(lines, phrase{"look.own_send", sendLine(s)})
	}
	c.sayPhrases(append(lines, moreLines(more, 0)...)...)
}

// standingLimits lists limits with what is used, held and left of each. Where several are WeChat Pay's own month, the
// merchant tells them apart.
func (c *card) standingLimits(head string, all []commands.LimitLine) {
	c.standingLimitsOf(phrase{head, nil}, all)
}

func (c *card) standingLimitsOf(head phrase, all []commands.LimitLine) {
	lines := []phrase{head}
	months := 0
	for _, l := range all {
		if l.Limit.Kind == store.LimitWeChat {
			months++
		}
	}
	for _, l := range all {
		a := args{"Limit": limitName(l.Limit), "Until": l.Used.Until}
		if l.Limit.Kind == store.LimitWeChat && months > 1 {
			a["Merchant"] = merchantOf(l.Limit)
		}
		if most := l.Limit.MaxFen; most > 0 {
			lines = append(lines, phrase{"look.used_money", with(a, args{"Spent": l.Used.SpentFen, "Held": l.Used.HeldFen, "Left": max(0, most-l.Used.Fen()), "Most": most})})
		}
		if most := l.Limit.MaxCoupons; most > 0 {
			lines = append(lines, phrase{"look.used_coupons", with(a, args{"Spent": l.Used.SpentCoupons, "Held": l.Used.HeldCoupons,
				"Left": max(0, most-l.Used.Coupons()), "Most": most})})
		}
	}
	if len(lines) > 1 {
		c.sayPhrases(lines...)
	}
}
