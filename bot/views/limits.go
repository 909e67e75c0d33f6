package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// limits lists what the send would leave of each limit; over tells that one of them has no room for it.
func (c *card) limits(d store.Contents, all []commands.LimitLine) (over bool) {
	lines := []phrase{{"limit.head", nil}}
	rest := 0
	for _, l := range all {
		money, coupons := d.Total(), int64(len(d.OpenIDs))
		if l.Limit.OpenID != "" {
			money, coupons = d.Amount, 1
		}
		asked := store.Usage{HeldFen: money, HeldCoupons: coupons}
		passed := overMoney(l.Limit, l.Used, asked) || overCoupons(l.Limit, l.Used, asked)
		over = over || passed
		if len(lines) > linesMost && !passed {
			rest++
			continue
		}
		lines = append(lines, limitLines(l, passed)...)
	}
	if rest > 0 {
		lines = append(lines, phrase{"limit.more", args{"Count": rest}})
	}
	if len(lines) > 1 {
		c.sayPhrases(lines...)
	}
	return over
}

func limitLines(l commands.LimitLine, passed bool) []phrase {
	mark := phrase{"limit.ok", nil}
	if passed {
		mark = phrase{"limit.passed", nil}
	}
	a := args{"Mark": mark, "Limit": limitName(l.Limit), "Until": l.Used.Until}
	var out []phrase
	if l.Limit.MaxFen > 0 {
		out = append(out, phrase{"limit.money", with(a, args{"Left": max(0, l.Limit.MaxFen-l.Used.Fen()), "Most": l.Limit.MaxFen})})
	}
	if l.Limit.MaxCoupons > 0 {
		left := max(0, l.Limit.MaxCoupons-l.Used.Coupons())
		out = append(out, phrase{"limit.coupons", with(a, args{"Left": left, "Most": l.Limit.MaxCoupons, "Count": l.Limit.MaxCoupons})})
	}
	return out
}

func with(a, more args) args {
	out := make(args, len(a)+len(more))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// limitName is whose limit over which period.
func limitName(l store.Limit) phrase {
	a := args{"Period": phrase{"period." + string(l.Period), nil}, "OpenID": openid(l.OpenID)}
	if l.Kind == store.LimitAgent {
		a["Agent"] = person(l.Key)
	}
	return phrase{"limit.of." + l.Kind, a}
}

func overMoney(l store.Limit, used, asked store.Usage) bool {
	return l.MaxFen > 0 && used.Fen()+asked.HeldFen > l.MaxFen
}

func overCoupons(l store.Limit, used, asked store.Usage) bool {
	return l.MaxCoupons > 0 && used.Coupons()+asked.HeldCoupons > l.MaxCoupons
}

// reached says which limit a send would pass, with its numbers.
func reached(e *store.LimitReached) phrase {
	a := args{"Limit": limitName(e.Limit), "Until": e.Used.Until}
	if overCoupons(e.Limit, e.Used, e.Asked) && !overMoney(e.Limit, e.Used, e.Asked) {
		return phrase{"limit.reached_coupons", with(a, args{"Used": e.Used.Coupons(), "Asked": e.Asked.Coupons(), "Most": e.Limit.MaxCoupons})}
	}
	return phrase{"limit.reached_money", with(a, args{"Used": e.Used.Fen(), "Asked": e.Asked.Fen(), "Most": e.Limit.MaxFen})}
}
