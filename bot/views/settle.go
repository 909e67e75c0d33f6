package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// SettleCard asks a second person to end an unknown coupon by hand, or says what became of the proposal.
func (v *Views) SettleCard(r Reader, p store.Settlement, g store.Grant, s store.Send) Message {
	c := v.card(r)
	a := settleArgs(p)
	a["Coupon"], a["Amount"], a["OpenID"] = s.StockName, s.Amount, openid(g.OpenID)
	head, word := "settle.head", "open"
	switch {
	case !p.ConfirmedAt.IsZero():
		head, word = "settle.head_done", "done"
	case !p.VoidAt.IsZero():
		head, word = "settle.head_void", "void"
	}
	c.head(head, a)
	c.say("settle.proposal_"+string(p.Verdict), a)
	c.fields(
		field{"label.customer", openid(g.OpenID)},
		field{"label.coupon", s.StockName},
		field{"label.money", s.Amount},
		field{"label.coupon_id", code(p.CouponID)},
		field{"label.number", code(s.Number(p.Grant.Position))},
	)
	c.quote("label.why", p.Why)
	c.say("settle."+word, a)
	if word == "open" {
		c.said(g)
		c.buttons(button{action: "settle.confirm", value: commands.SettleValue(p.ID), style: slack.StylePrimary, dialog: &dialog{"settle_" + string(p.Verdict), a}})
	}
	return c.message("settle.summary_"+word, a)
}

func settleArgs(p store.Settlement) args {
	return args{"Grant": p.Grant, "State": phrase{"state." + string(p.Verdict), nil}, "By": person(p.AskedBy), "At": p.AskedAt, "CouponID": code(p.CouponID),
		"ConfirmedBy": person(p.ConfirmedBy), "ConfirmedAt": p.ConfirmedAt, "VoidAt": p.VoidAt}
}
