package views

import (
	"cmp"
	"maps"
	"strconv"
	"time"

	"couponbot/store"
)

// AlertCard is one alert for the people who run this. One that is over keeps what it was about, and asks for nothing.
func (v *Views) AlertCard(r Reader, f AlertFacts) Message {
	c := v.card(r)
	a := alertArgs(f.Alert)
	kind, head, summary := alertKind(f.Alert), "alert.head.", "alert.summary."
	over := !f.Alert.OverAt.IsZero() || kind == store.AlertUnknown && f.Grant != nil && f.Grant.State != store.GrantUnknown
	if over {
		head, summary = "alert.head_over.", "alert.summary_over."
	}
	c.head(head+kind, a)
	if !f.Alert.OverAt.IsZero() {
		c.say("alert.over", a)
	}
	switch kind {
	case store.AlertUnknown:
		c.alertUnknown(f, over)
	case alertLate:
		c.alertLate(f, over)
	case store.AlertStockPaused:
		c.alertStock(f.Alert.Detail, over)
	case store.AlertStockLow, store.AlertStockEnding, store.AlertStockOff:
		if !over {
			c.say("alert."+kind, a)
		}
	case store.AlertHeld:
		c.alertHeld(f.Alert, over)
	case store.AlertGroup, store.AlertLimit, store.AlertStaff, store.AlertKeptOut, store.AlertLeft:
		if !over {
			c.alertPeople(f.Alert, a)
		}
	default:
		if !over {
			c.say("alert."+kind, nil)
		}
		c.quote("label.found", f.Alert.Detail["why"])
	}
	return c.message(summary+kind, a)
}

// alertArgs are what the sentences about an alert may name: its details as what they are.
func alertArgs(a store.Alert) args {
	d := a.Detail
	out := args{"Grant": d["grant"], "Stock": d["stock"], "OverAt": a.OverAt, "Called": cmp.Or(d["called"], d["stock"]), "Left": digits(d["left"]), "Total": digits(d["total"]),
		"State": d["status"]}
	maps.Copy(out, peopleArgs(a))
	if ends, err := time.Parse(time.RFC3339, d["ends"]); err == nil {
		out["Ends"] = ends
	}
	if word := known(d["status"], stockStates()...); word != "" {
		out["State"] = phrase{"stock_state." + word, nil}
	}
	return out
}

// digits is a whole number as one, and anything else as it is.
func digits(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return s
}

// alertLate is the kind of an alert about a coupon that WeChat Pay named after its grant had ended otherwise: the
// state of the grant, which is settled, says nothing about it.
const alertLate = "late"

// alertKind is the kind that there are words for.
func alertKind(a store.Alert) string {
	switch a.Kind {
	case store.AlertUnknown:
		if a.Detail["coupon_id"] != "" {
			return alertLate
		}
		return a.Kind
	case store.AlertStockPaused, store.AlertStockLow, store.AlertStockEnding, store.AlertStockOff, store.AlertHeld, store.AlertSlack, store.AlertGroup,
		store.AlertLimit, store.AlertStaff, store.AlertKeptOut, store.AlertLeft:
		return a.Kind
	}
	return "anything"
}

// alertUnknown is about a coupon that may or may not be there, and that only a person can settle.
func (c *card) alertUnknown(f AlertFacts, over bool) {
	if !over {
		c.say("alert.unknown", nil)
	}
	if f.Grant == nil || f.Send == nil {
		return
	}
	g, s := *f.Grant, *f.Send
	if g.State != store.GrantUnknown {
		c.say("alert.unknown_settled", args{"Grant": g.ID, "State": phrase{"state." + string(g.State), nil}})
	}
	c.alertCoupon(g, s, g.CouponID)
	if !over {
		c.sayPhrases(c.why([]store.Grant{g}, s)...)
		c.said(g)
	}
}

func (c *card) alertCoupon(g store.Grant, s store.Send, couponID string) {
	c.fields(
		field{"label.customer", openid(g.OpenID)},
		field{"label.coupon", s.StockName},
		field{"label.money", s.Amount},
		field{"label.asked", by(s.RequestedBy, s.CreatedAt)},
		field{"label.number", code(s.Number(g.ID.Position))},
		field{"label.first_called", g.FirstCalledAt},
		field{"label.last_called", g.LastCalledAt},
		field{"label.coupon_id", code(couponID)},
	)
}

// alertLate is about a coupon that nobody counts.
func (c *card) alertLate(f AlertFacts, over bool) {
	detail := f.Alert.Detail
	state := phrase{"state." + cmp.Or(known(detail["state"], stateWords()...), "anything"), nil}
	if !over {
		c.say("alert.late", args{"Grant": detail["grant"], "State": state, "CouponID": code(detail["coupon_id"])})
	}
	if f.Grant != nil && f.Send != nil {
		c.alertCoupon(*f.Grant, *f.Send, detail["coupon_id"])
	}
}

// alertStock is about a stock that WeChat Pay will not give out.
func (c *card) alertStock(detail map[string]string, over bool) {
	key := c.reason(detail["reason"])
	if !over {
		c.sayPhrases(phrase{"alert.stock_paused", args{"Stock": code(detail["stock"])}}, phrase{key + ".means", nil}, phrase{key + ".act", nil})
	}
	c.say("alert.stock_resume", nil)
	c.said(store.Grant{Code: detail["code"], Message: detail["message"], RequestID: detail["request_id"]})
}

// alertHeld is about a fault for which nothing at all is sent.
func (c *card) alertHeld(a store.Alert, over bool) {
	if !over {
		c.say(c.known("held.", a.Detail["why"], "anything"), args{"At": a.At})
		c.say(c.known("held.act.", a.Detail["why"], "anything"), nil)
	}
	c.quote("label.found", a.Detail["detail"])
}
