package views

import (
	"slices"

	"couponbot/store"
)

// reason is where the words for an outcome are; an outcome without words of its own is one that a person must read.
func (t tongue) reason(outcome string) string {
	if outcome != "" && t.has("reason."+outcome+".means") {
		return "reason." + outcome
	}
	return "reason.unlisted"
}

// grants lists the coupons that matter, then says once for each outcome what it means, who must act and whether it is
// tried again, then what WeChat Pay said.
func (c *card) grants(all []store.Grant, s store.Send) {
	shown := all[:min(len(all), linesMost)]
	lines := make([]phrase, 0, len(shown)+1)
	for _, g := range shown {
		lines = append(lines, phrase{"grant." + string(g.State), args{"Grant": g.ID, "OpenID": openid(g.OpenID), "CouponID": code(g.CouponID)}})
	}
	if more := s.Total - len(shown); more > 0 && len(shown) > 0 {
		lines = append(lines, phrase{"grant.more", args{"Count": more, "Send": store.SendName(s.ID)}})
	}
	c.sayPhrases(lines...)
	for _, like := range alike(shown) {
		c.sayPhrases(c.why(like, s)...)
		c.said(like[0])
	}
}

// alikeMost is how many different outcomes one card explains.
const alikeMost = 4

// alike puts coupons together that met the same fate, in order; those with nothing to explain are left out.
func alike(all []store.Grant) [][]store.Grant {
	var out [][]store.Grant
	for _, g := range all {
		if g.Outcome == "" && g.State != store.GrantUnknown || g.State == store.GrantIssued && g.Outcome != store.ReasonSettled {
			continue
		}
		i := slices.IndexFunc(out, func(like []store.Grant) bool {
			o := like[0]
			return o.State == g.State && o.Outcome == g.Outcome && o.Retryable == g.Retryable && o.NeedsPerson == g.NeedsPerson
		})
		if i >= 0 {
			out[i] = append(out[i], g)
		} else if len(out) < alikeMost {
			out = append(out, []store.Grant{g})
		}
	}
	return out
}

func (c *card) why(like []store.Grant, s store.Send) []phrase {
	g := like[0]
	names := make(list, len(like))
	for i := range like {
		names[i] = like[i].ID
	}
	var out []phrase
	key := c.reason(g.Outcome)
	if g.Outcome == "" {
		key = "reason.unanswered"
	}
	out = append(out, phrase{"grant.why", args{"Grants": names, "Means": phrase{key + ".means", nil}}})
	if !g.NeedsPerson { // else what follows says who must act
		out = append(out, phrase{key + ".act", nil})
	}
	if next := c.next(g); next != "" {
		out = append(out, phrase{"next." + next, args{"Send": store.SendName(s.ID), "Grant": g.ID, "At": g.AskAt}})
	}
	return out
}

// next is whether a coupon will be tried again; "" when that question does not arise.
func (c *card) next(g store.Grant) string {
	switch g.State {
	case store.GrantRefused:
		switch {
		case g.Outcome == store.ReasonSettled:
			return ""
		case g.Outcome == store.ReasonNumberTooOld || g.Retryable && c.tooOld(g):
			return "too_old"
		case g.Retryable:
			return "retryable"
		}
		return "final"
	case store.GrantUnknown:
		switch {
		case g.NeedsPerson && g.AskAt.IsZero():
			return "person"
		case g.NeedsPerson:
			return "person_too"
		case g.AskAt.IsZero():
			return "not_asking"
		}
		return "asking"
	case store.GrantWaiting:
		return "waiting"
	}
	return ""
}

// tooOld tells whether a coupon's number may not be posted any more, as far as the reader's clock is known.
func (c *card) tooOld(g store.Grant) bool { return !c.reader.Now.IsZero() && g.Expired(c.reader.Now) }

// said is what WeChat Pay's support asks for.
func (c *card) said(g store.Grant) {
	if g.Code != "" || g.Message != "" || g.RequestID != "" {
		c.small("grant.said", args{"Code": g.Code, "Message": g.Message, "RequestID": code(g.RequestID)})
	}
}
