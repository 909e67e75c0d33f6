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
	if len(q.Seats) > 0 {
		c.say("confirm.waits", args{"Seats": seats(q.Seats)})
	}
	c.held(q.Held)
	c.draftFields(d, q.Stock)
	c.customers(d.OpenIDs, n)
	if q.Duplicates > 0 {
		c.say("confirm.duplicates", args{"Count": q.Duplicates})
	}
	c.had(n, q.Had, q.HadFen)
	c.stockLeft(q.Stock)
	over := c.limits("limit.head", q.Limits, askedOf(d), func(l ceiling) bool { return isTight(l) || ofInterest(l.limit, n) })
	repeat := len(q.Likely) > 0 && d.Note == ""
	c.likely(q.Likely)
	if repeat {
		c.say("confirm.needs_note", nil)
	}
	if over {
		c.say("confirm.over", nil)
	}
	if q.Existed {
		c.small("confirm.existed", nil)
	}
	c.buttons(confirmButtons(q, !over && !repeat, a)...)
	return c.message("confirm.summary", a)
}

func (c *card) draftFields(d store.Contents, stock store.Stock) {
	t := termsOf(d.Terms, stock)
	c.fields(
		field{"label.coupon", couponOf(d.StockName, stock)},
		field{"label.worth", worth(d.Amount, minimumOf(d.Value, d.Minimum, t))},
		field{"label.valid", validity(t)},
		field{"label.people", len(d.OpenIDs)},
		field{"label.money", d.Total()},
		field{"label.reason", d.Reason},
		field{"label.ticket", d.Ticket},
	)
	c.quote("label.note", d.Note)
}

func confirmButtons(q commands.Confirm, sendable bool, a args) []button {
	d, value := q.Draft, commands.DraftValue(q.Draft.ID)
	out := []button{{action: "send.edit", value: value}, {action: "send.discard", value: value}}
	if !sendable {
		return out
	}
	var whom any = phrase{"people.count", a}
	if len(d.Contents.OpenIDs) == 1 {
		whom = openid(d.Contents.OpenIDs[0])
	}
	ask := &dialog{"send", args{"Count": a["Count"], "Money": a["Money"], "Coupon": d.Contents.StockName, "Whom": whom}}
	if len(q.Seats) > 0 {
		ask.key, ask.args["Seats"] = "ask", seats(q.Seats)
	}
	return append([]button{{action: "send.confirm", value: value, style: slack.StylePrimary, dialog: ask}}, out...)
}

// termsOf are what was promised; what was asked for before that was kept goes by the stock as it is.
func termsOf(t store.Terms, stock store.Stock) store.Terms {
	if t == (store.Terms{}) {
		return store.Terms{Minimum: stock.Minimum, Begins: stock.Begins, Ends: stock.Ends}
	}
	return t
}

// minimumOf is what a customer must spend: as was chosen with a chosen value, else as the stock says.
func minimumOf(value, minimum store.Fen, t store.Terms) store.Fen {
	if value != 0 {
		return minimum
	}
	return t.Minimum
}

func validity(s store.Terms) any {
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

// customers lists those of a send, the first of many.
func (c *card) customers(all []string, total int) {
	shown := all[:min(len(all), linesMost)]
	lines := make([]phrase, 0, len(shown)+2)
	lines = append(lines, phrase{"confirm.to", args{"Count": total}})
	for _, id := range shown {
		lines = append(lines, phrase{"confirm.customer", args{"OpenID": openid(id)}})
	}
	if more := total - len(shown); more > 0 {
		lines = append(lines, phrase{"confirm.more", args{"Count": more}})
	}
	c.sayPhrases(lines...)
}

// had is what the one customer of a send had from this ledger this month.
func (c *card) had(customers int, all []store.Had, sum store.Fen) {
	if customers != 1 {
		return
	}
	if len(all) == 0 {
		c.say("confirm.had_nothing", nil)
		return
	}
	c.hadLines(phrase{"confirm.had", args{"Count": len(all), "Money": sum}}, all)
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

// likely warns of what looks like a repeat.
func (c *card) likely(all []store.Had) {
	if len(all) > 0 {
		c.hadLines(phrase{"confirm.likely", nil}, all)
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
