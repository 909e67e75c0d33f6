package views

import (
	"slices"

	"couponbot/commands"
	"couponbot/store"
)

// A ceiling is one line of a limit: of its money, or of its coupons.
type ceiling struct {
	limit store.Limit
	level level
	key   string
	args  args
}

// level is how much of a ceiling is gone, with what is asked for.
type level int

const (
	roomy level = iota
	tight       // half of it or more
	near        // four fifths or more
	passed
)

func (l level) mark() phrase {
	switch l {
	case near:
		return phrase{"limit.near", nil}
	case passed:
		return phrase{"limit.passed", nil}
	}
	return phrase{"limit.ok", nil}
}

func levelOf[N ~int64](after, most N) level {
	switch {
	case after > most:
		return passed
	case after >= most-most/5:
		return near
	case after >= most-most/2:
		return tight
	}
	return roomy
}

// ceilings are the lines of a limit, to which asked would be added.
func ceilings(l commands.LimitLine, asked store.Usage) []ceiling {
	a := args{"Limit": limitName(l.Limit), "Until": l.Used.Until}
	var out []ceiling
	if most := l.Limit.MaxFen; most > 0 {
		out = append(out, ceiling{l.Limit, levelOf(l.Used.Fen()+asked.Fen(), most), "limit.money", with(a, args{"Left": max(0, most-l.Used.Fen()), "Most": most})})
	}
	if most := l.Limit.MaxCoupons; most > 0 {
		left := max(0, most-l.Used.Coupons())
		out = append(out, ceiling{l.Limit, levelOf(l.Used.Coupons()+asked.Coupons(), most), "limit.coupons", with(a, args{"Left": left, "Most": most, "Count": most})})
	}
	return out
}

func (x ceiling) line() phrase { return phrase{x.key, with(x.args, args{"Mark": x.level.mark()})} }

// limits lists the ceilings that are to be shown, the fullest first, and counts the others; over tells that one of them has
// no room for what is asked.
func (c *card) limits(head string, all []commands.LimitLine, asked func(store.Limit) store.Usage, show func(ceiling) bool) (over bool) {
	var shown []ceiling
	rest := 0
	for _, l := range all {
		for _, x := range ceilings(l, asked(l.Limit)) {
			if show(x) {
				shown = append(shown, x)
				continue
			}
			rest++
		}
	}
	slices.SortStableFunc(shown, func(a, b ceiling) int { return int(b.level - a.level) })
	c.ceilings(head, shown, rest)
	return len(shown) > 0 && shown[0].level == passed
}

func isTight(x ceiling) bool { return x.level >= tight }

// askedOf is what a draft would add to each of its limits.
func askedOf(d store.Contents) func(store.Limit) store.Usage {
	return func(l store.Limit) store.Usage {
		if l.OpenID != "" {
			return store.Usage{HeldFen: d.Amount, HeldCoupons: 1}
		}
		return store.Usage{HeldFen: d.Total(), HeldCoupons: int64(len(d.OpenIDs))}
	}
}

// nothing is asked for where the limits hold it already.
func nothing(store.Limit) store.Usage { return store.Usage{} }

func (c *card) ceilings(head string, all []ceiling, rest int) {
	if len(all) == 0 {
		return
	}
	lines := []phrase{{head, nil}}
	for _, x := range all[:min(len(all), linesMost)] {
		lines = append(lines, x.line())
	}
	if more := len(all) - linesMost; more > 0 {
		lines = append(lines, phrase{"limit.more", args{"Count": more}})
	}
	if rest > 0 {
		lines = append(lines, phrase{"limit.room", args{"Count": rest}})
	}
	c.sayPhrases(lines...)
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

func overMoney(e *store.LimitReached) bool {
	return e.Limit.MaxFen > 0 && e.Used.Fen()+e.Asked.Fen() > e.Limit.MaxFen
}

func overCoupons(e *store.LimitReached) bool {
	return e.Limit.MaxCoupons > 0 && e.Used.Coupons()+e.Asked.Coupons() > e.Limit.MaxCoupons
}

// reached says which limit a send would pass: what is used, held and left of it, and when it is free again.
func reached(e *store.LimitReached) phrase {
	a := args{"Limit": limitName(e.Limit), "Until": e.Used.Until, "Asked": nil}
	if overCoupons(e) && !overMoney(e) {
		if n := e.Asked.Coupons(); n > 0 {
			a["Asked"] = n
		}
		return phrase{"limit.reached_coupons", with(a, args{"Spent": e.Used.SpentCoupons, "Held": e.Used.HeldCoupons,
			"Left": max(0, e.Limit.MaxCoupons-e.Used.Coupons()), "Most": e.Limit.MaxCoupons})}
	}
	if fen := e.Asked.Fen(); fen > 0 {
		a["Asked"] = fen
	}
	return phrase{"limit.reached_money", with(a, args{"Spent": e.Used.SpentFen, "Held": e.Used.HeldFen,
		"Left": max(0, e.Limit.MaxFen-e.Used.Fen()), "Most": e.Limit.MaxFen})}
}
