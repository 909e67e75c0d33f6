package views

import (
	"cmp"
	"strings"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// What WeChat Pay says of a coupon (WeChat Pay docs, 查询代金券详情, status), spelled as there.
const (
	couponUsable  = "SENDED"
	couponUsed    = "USED"
	couponExpired = "EXPIRED"
)

// noteMost is how much of a note stands beside a coupon; the send's own card has the rest.
const noteMost = 120

// customer is what one customer has had from here, by whom and why, used or not, and what limits leave.
func (v *Views) customer(r Reader, q commands.Customer) Message {
	c := v.card(r)
	c.head("who.head", args{"OpenID": openid(q.OpenID)})
	a := args{"Count": q.Received.Coupons, "Money": q.Received.Fen}
	switch {
	case len(q.Coupons) == 0:
		c.say("who.none", nil)
	case q.Received.Capped:
		c.say("who.received_capped", a)
	default:
		c.say("who.received", a)
	}
	for _, s := range q.Coupons {
		c.sayPhrases(c.sight(s, walletOf(q.Wallets, s.Send.CreatorMchID))...)
	}
	c.sayPhrases(moreLines(q.More, 0)...)
	c.standingLimits("who.limits", q.Limits)
	for _, w := range q.Wallets {
		c.wallet(w)
	}
	return c.message("who.summary", a)
}

func walletOf(all []commands.WalletLine, creator string) store.Wallet {
	for _, w := range all {
		if w.CreatorMchID == creator {
			return w.Wallet
		}
	}
	return store.Wallet{}
}

// sight is all that matters about one coupon in a customer's history.
func (c *card) sight(q store.Sight, w store.Wallet) []phrase {
	s, g := q.Send, q.Grant
	lines := []phrase{{"who.coupon", args{"Grant": g.ID, "Sign": sign(s, g), "Coupon": s.StockName, "Amount": s.Amount, "By": person(s.RequestedBy), "At": s.CreatedAt}}}
	if s.Reason+s.Ticket+s.Note != "" {
		lines = append(lines, phrase{"who.why", args{"Why": list{s.Reason, s.Ticket, cut(clean(s.Note), noteMost)}}})
	}
	if len(s.ApprovedBy) > 0 {
		lines = append(lines, phrase{"who.approved", args{"By": persons(s.ApprovedBy)}})
	}
	switch g.State {
	case store.GrantIssued:
		lines = append(lines, phrase{"who.coupon_id", args{"CouponID": code(g.CouponID), "Use": use(g, w)}})
	case store.GrantRefused:
		lines = append(lines, phrase{"who.refused", args{"Means": phrase{c.reason(g.Outcome) + ".means", nil}}})
	}
	return lines
}

// use is whether a coupon was used, as far as the reading of the customer's list tells.
func use(g store.Grant, w store.Wallet) phrase {
	word, listed := w.Coupons[g.CouponID]
	switch {
	case w.ReadAt.IsZero():
		return phrase{"use.unread", nil}
	case word == couponUsed:
		return phrase{"use.used", nil}
	case word == couponUsable:
		return phrase{"use.usable", nil}
	case word == couponExpired:
		return phrase{"use.expired", nil}
	case listed:
		return phrase{"use.word", args{"Word": code(word)}}
	case !g.FinishedAt.Before(w.ReadAt):
		return phrase{"use.later", nil}
	}
	return phrase{"use.gone", nil}
}

// wallet says how old a reading is, what became of the newest attempt, and whether another is under way.
func (c *card) wallet(w commands.WalletLine) {
	a := args{"Merchant": code(w.CreatorMchID), "Text": w.Fault, "At": w.ReadAt, "Age": c.age(w.ReadAt)}
	if !w.ReadAt.IsZero() {
		c.small("who.reading", a)
	}
	if w.Fault != "" {
		c.small("who.fault", a)
	}
	if w.Asked {
		c.small("who.asked", a)
	}
}

// age is how long ago something was; nil when the time of reading is not known.
func (c *card) age(at time.Time) any {
	if c.reader.Now.IsZero() {
		return nil
	}
	return max(0, c.reader.Now.Sub(at))
}

// merchantOf is the merchant in the key of one of WeChat Pay's own limits: "1900000001|openid".
func merchantOf(l store.Limit) code {
	merchant, _, _ := strings.Cut(l.Key, "|")
	return code(cmp.Or(merchant, l.Key))
}
