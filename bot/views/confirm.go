package views

import (
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// staleReading is how old a reading of a stock may be before the card warns of its age.
const staleReading = 10 * time.Minute

// confirm is the card before money moves.
func (v *Views) confirm(r Reader, q commands.Confirm) Message {
	c := v.card(r)
	d, n := q.Draft.Contents, len(q.Draft.Contents.OpenIDs)
	a := args{"Count": n, "Money": d.Total(), "Coupon": couponOf(d.StockName, q.Stock)}
	c.head("confirm.head", a)
	if q.Draft.State != store.DraftOpen {
		c.say("confirm.closed", nil)
		return c.message("confirm.closed", a)
	}
	c.say("confirm.nothing_sent", nil)
	c.held(q.Held)
	c.fields(
		field{"label.coupon", couponOf(d.StockName, q.Stock)},
		field{"label.worth", worth(d.Amount, minimumOf(d, q.Stock))},
		field{"label.valid", validity(q.Stock)},
		field{"label.people", n},
		field{"label.money", d.Total()},
		field{"label.reason", d.Reason},
		field{"label.ticket", d.Ticket},
	)
	c.quote("label.note", d.Note)
	c.whom(q)
	c.had(q)
	c.stockLeft(q.Stock)
	over := c.limits(d, q.Limits)
	repeat := len(q.Likely) > 0 && d.Note == ""
	c.likely(q, repeat)
	if over {
		c.say("confirm.over", nil)
	}
	if q.Existed {
		c.small("confirm.existed", nil)
	}
	c.buttons(c.confirmButtons(q.Draft, !over && !repeat, a)...)
	return c.message("confirm.summary", a)
}

func (c *card) confirmButtons(d store.Draft, sendable bool, a args) []button {
	value := commands.DraftValue(d.ID)
	out := []button{{action: "send.edit", value: value}, {action: "send.discard", value: value}}
	if !sendable {
		return out
	}
	var whom any = phrase{"people.count", a}
	if len(d.Contents.OpenIDs) == 1 {
		whom = openid(d.Contents.OpenIDs[0])
	}
	ask := &dialog{"send", args{"Count": a["Count"], "Money": a["Money"], "Coupon": d.Contents.StockName, "Whom": whom}}
	return append([]button{{action: "send.confirm", value: value, style: slack.StylePrimary, dialog: ask}}, out...)
}

func minimumOf(d store.Contents, stock store.Stock) store.Fen {
	if d.Value != 0 {
		return d.Minimum
	}
	return stock.Minimum
}

func validity(s store.Stock) any {
	switch {
	case s.Begins.IsZero() && s.Ends.IsZero():
		return nil
	case s.Begins.IsZero():
		return phrase{"coupon.until", args{"To": s.Ends}}
	case s.Ends.IsZero():
		return phrase{"coupon.from", args{"From": s.Begins}}
	}
	return phrase{"coupon.between", args{"From": s.Begins, "To": s.Ends}}
}

// whom lists the customers, the first of many.
func (c *card) whom(q commands.Confirm) {
	all := q.Draft.Contents.OpenIDs
	shown := all[:min(len(all), linesMost)]
	lines := make([]phrase, 0, len(shown)+2)
	lines = append(lines, phrase{"confirm.to", args{"Count": len(all)}})
	for _, id := range shown {
		lines = append(lines, phrase{"confirm.customer", args{"OpenID": openid(id)}})
	}
	if more := len(all) - len(shown); more > 0 {
		lines = append(lines, phrase{"confirm.more", args{"Count": more}})
	}
	c.sayPhrases(lines...)
	if q.Duplicates > 0 {
		c.say("confirm.duplicates", args{"Count": q.Duplicates})
	}
}

// had is what one customer had from this ledger this month.
func (c *card) had(q commands.Confirm) {
	if len(q.Draft.Contents.OpenIDs) != 1 {
		return
	}
	if len(q.Had) == 0 {
		c.say("confirm.had_nothing", nil)
		return
	}
	c.hadLines(phrase{"confirm.had", args{"Count": len(q.Had), "Money": q.HadFen}}, q.Had)
}

func (c *card) hadLines(head phrase, all []store.Had) {
	const most = 5
	lines := []phrase{head}
	for _, h := range all[:min(len(all), most)] {
		lines = append(lines, phrase{"had.line", args{"Grant": h.Grant, "Amount": h.Amount, "Coupon": h.StockName, "OpenID": openid(h.OpenID),
			"By": person(h.By), "Ticket": h.Ticket, "At": h.At, "State": phrase{"state." + string(h.State), nil}}})
	}
	if more := len(all) - most; more > 0 {
		lines = append(lines, phrase{"had.more", args{"Count": more}})
	}
	c.sayPhrases(lines...)
}

// likely warns of what looks like a repeat; without a note there is no going on, so it says how.
func (c *card) likely(q commands.Confirm, noNote bool) {
	if len(q.Likely) == 0 {
		return
	}
	c.hadLines(phrase{"confirm.likely", nil}, q.Likely)
	if noNote {
		c.say("confirm.needs_note", nil)
	}
}

// stockLeft is what is left of the stock, and how old that reading is.
func (c *card) stockLeft(s store.Stock) {
	if s.ReadAt.IsZero() {
		c.say("stock.unread", nil)
		return
	}
	a := args{"Left": s.Left(), "Total": s.MaxCoupons, "At": s.ReadAt}
	key := "stock.left"
	if s.Left() < 0 {
		key = "stock.left_unknown"
	}
	if !c.reader.Now.IsZero() {
		a["Age"] = c.reader.Now.Sub(s.ReadAt)
	}
	c.say(key, a)
	if s.Fault != "" {
		c.small("stock.fault", args{"Text": s.Fault})
	} else if age := c.reader.Now.Sub(s.ReadAt); !c.reader.Now.IsZero() && age > staleReading {
		c.small("stock.stale", nil)
	}
}

// editing hands back the whole line; a message's sections hold so much of it each.
func (v *Views) editing(r Reader, e commands.Editing) Message {
	c := v.card(r)
	c.say("editing.how", nil)
	for rest := []rune(clean(e.Line)); len(rest) > 0; {
		n := min(len(rest), sectionMost)
		c.copy(string(rest[:n]))
		rest = rest[n:]
	}
	if utf8.RuneCountInString(e.Line) > sectionMost {
		c.small("editing.long", nil)
	}
	return c.message("editing.summary", nil)
}
