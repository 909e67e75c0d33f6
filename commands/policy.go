package commands

import (
	"slices"

	"couponbot/store"
)

// seats are the people that a send of this money to so many needs; none: it is free. before is what its requester asked
// for in the period, by the seats that it needed.
//
// A send falls into the lowest band whose end holds its money and the money that was decided in that band or a lower
// one, so that splitting does not help and an approved large send does not make the next small one need approval.
func (a Approvals) seats(money store.Fen, people int, before []store.Total) []store.Seat {
	if len(a.Bands) == 0 {
		return nil
	}
	at := slices.IndexFunc(a.Bands, func(b Band) bool { return b.UpTo == 0 || money+a.decidedBy(b, before) <= b.UpTo })
	if at < 0 {
		at = len(a.Bands) - 1
	}
	if a.RecipientsOver > 0 && people > a.RecipientsOver {
		if first := slices.IndexFunc(a.Bands, func(b Band) bool { return len(b.Need) > 0 }); first > at {
			at = first
		}
	}
	return a.Bands[at].Need
}

// free is how much may still be sent in the period without anybody's approval; nil where no period is counted, or no band
// needs anybody.
func (a Approvals) free(before []store.Total) *store.Fen {
	if a.RunningTotal == "" || len(a.Bands) == 0 {
		return nil
	}
	var left store.Fen
	for _, b := range a.Bands {
		if len(b.Need) > 0 {
			break
		}
		if b.UpTo == 0 {
			return nil
		}
		left = max(left, b.UpTo-a.decidedBy(b, before))
	}
	return &left
}

// decidedBy is the money that was decided in this band or a lower one. Money under seats that no band asks for any more
// counts in the lowest: after a change of the rules people are asked once more rather than once less.
func (a Approvals) decidedBy(band Band, before []store.Total) (sum store.Fen) {
	if a.RunningTotal == "" {
		return 0
	}
	end := slices.IndexFunc(a.Bands, func(b Band) bool { return b.UpTo == band.UpTo })
	for _, t := range before {
		if slices.IndexFunc(a.Bands, func(b Band) bool { return slices.Equal(b.Need, t.Seats) }) <= end {
			sum += t.Fen
		}
	}
	return sum
}

// holds are the limits that a person's send must hold: one for each ceiling of the company, the stock and the agent, and
// for each customer theirs and WeChat Pay's own month.
func (l Limits) holds(by string, c store.Contents) []store.Limit {
	var out []store.Limit
	add := func(kind, key, openid string, ceilings []Ceiling) {
		for _, m := range merged(ceilings) {
			out = append(out, store.Limit{Kind: kind, Key: key, OpenID: openid, Period: m.Per, MaxFen: m.Amount, MaxCoupons: m.Coupons})
		}
	}
	add(store.LimitCompany, "", "", l.Company)
	add(store.LimitStock, c.StockID, "", l.Stock)
	add(store.LimitAgent, by, "", l.Agent)
	for _, openid := range c.OpenIDs {
		add(store.LimitCustomer, openid, openid, l.Customer)
		if l.WeChatCustomerMonth > 0 {
			add(store.LimitWeChat, c.CreatorMchID+"|"+openid, openid, []Ceiling{{Amount: l.WeChatCustomerMonth, Per: store.Month}})
		}
	}
	return out
}

// merged makes one ceiling of all that share a period: the ledger has one counter for each.
func merged(ceilings []Ceiling) []Ceiling {
	var out []Ceiling
	for _, c := range ceilings {
		i := slices.IndexFunc(out, func(m Ceiling) bool { return m.Per == c.Per })
		if i < 0 {
			out = append(out, c)
			continue
		}
		out[i].Amount, out[i].Coupons = tighter(out[i].Amount, c.Amount), tighter(out[i].Coupons, c.Coupons)
	}
	return out
}

// tighter is the lower of two ceilings, of which 0 is none.
func tighter[N ~int64](a, b N) N {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// over tells whether n coupons of amount each would pass a limit in which used stands, and with which figures.
func over(limit store.Limit, used store.Usage, amount store.Fen, n int) *store.LimitReached {
	coupons := int64(n)
	if limit.OpenID != "" {
		coupons = 1
	}
	asked := store.Usage{HeldFen: amount * store.Fen(coupons), HeldCoupons: coupons}
	if limit.MaxFen > 0 && used.Fen()+asked.HeldFen > limit.MaxFen || limit.MaxCoupons > 0 && used.Coupons()+coupons > limit.MaxCoupons {
		return &store.LimitReached{Limit: limit, Used: used, Asked: asked}
	}
	return nil
}
