package store

import (
	"errors"
	"slices"
)

// Outcomes of a run's coupons that were refused here, before any call: there was no room under a customer's limit.
const (
	ReasonCustomerLimit = "customer_limit"
	ReasonWeChatMonth   = "wechat_month" // WeChat Pay's own, counted ahead
)

// afford holds what a run's coupons are counted under from their claim on, and says which of them may be claimed. A customer
// without room is refused, the stock without room pauses the run.
func (c *claiming) afford(s Send, grants []Grant) ([]Grant, error) {
	if s.Kind != kindCampaign || len(grants) == 0 {
		return grants, nil
	}
	r, err := c.run(s.ID)
	if errors.Is(err, ErrNotFound) {
		return grants, nil
	}
	if err != nil {
		return nil, err
	}
	room, err := c.stockRoom(s, r.Rules.Stock, len(grants))
	if err != nil || room == 0 {
		return nil, err
	}
	over, err := c.overLimits(s, r.Rules.Customer, grants)
	if err != nil {
		return nil, err
	}
	var may, not []Grant
	for _, g := range grants {
		switch {
		case over[g.OpenID] != "":
			not = append(not, g)
		case len(may) < room:
			may = append(may, g)
		}
	}
	if err := c.holdClaims(s, r.Rules, may); err != nil {
		return nil, err
	}
	return may, c.refuseHere(s, not, over)
}

// stockRoom is how many more coupons, up to most, the stock's limits have room for; with none the run is paused.
func (c *claiming) stockRoom(s Send, limits []Limit, most int) (int, error) {
	room := int64(most)
	for _, limit := range limits {
		start, end := limit.Period.Bounds(c.at, c.options.Zone)
		used, err := scanUsage(c.row(selectUsage, limit.Kind, limit.Key, limit.Period, ms(start)))
		if err != nil {
			return 0, err
		}
		if limit.MaxFen > 0 {
			room = min(room, int64((limit.MaxFen-used.Fen())/s.Amount))
		}
		if limit.MaxCoupons > 0 {
			room = min(room, limit.MaxCoupons-used.Coupons())
		}
		if room <= 0 {
			used.Until = end
			return 0, c.pauseLimit(s.ID, &LimitReached{Limit: limit, Used: used, Asked: Usage{HeldFen: s.Amount, HeldCoupons: 1}})
		}
	}
	return int(room), nil
}

// of is a customer's own limit by the rule for all of them.
func (l Limit) of(openid string) Limit {
	l.Key, l.OpenID = l.Key+openid, openid
	return l
}

// overLimits are the customers whose next coupon would pass a limit, with the reason.
func (c *claiming) overLimits(s Send, limits []Limit, grants []Grant) (map[string]string, error) {
	over := map[string]string{}
	for _, limit := range limits {
		reason := ReasonCustomerLimit
		if limit.Kind == LimitWeChat {
			reason = ReasonWeChatMonth
		}
		used, err := c.usedBy(limit, grants)
		if err != nil {
			return nil, err
		}
		for _, g := range grants {
			if !(held{limit, 1}).allows(used[limit.of(g.OpenID).Key], s.Amount) && over[g.OpenID] == "" {
				over[g.OpenID] = reason
			}
		}
	}
	return over, nil
}

// usedBy reads the counters of one limit for these coupons' customers, by key.
func (c *claiming) usedBy(limit Limit, grants []Grant) (map[string]Usage, error) {
	start, _ := limit.Period.Bounds(c.at, c.options.Zone)
	out := map[string]Usage{}
	for some := range slices.Chunk(grants, rowsAtOnce) {
		args := []any{limit.Kind, limit.Period, ms(start)}
		for _, g := range some {
			args = append(args, limit.of(g.OpenID).Key)
		}
		rows, err := c.query(`SELECT key, held_fen, spent_fen, held_coupons, spent_coupons FROM limits WHERE kind = ? AND period = ? AND start_at = ? AND key IN (`+list("?", len(some))+`)`, args...)
		if err != nil {
			return nil, err
		}
		all, err := collect(rows, func(n *counter) []any { return []any{&n.key, &n.HeldFen, &n.SpentFen, &n.HeldCoupons, &n.SpentCoupons} })
		if err != nil {
			return nil, err
		}
		for _, n := range all {
			out[n.key] = n.Usage
		}
	}
	return out, nil
}

// holdClaims takes what coupons of a run are counted under while they are called.
func (t *tx) holdClaims(s Send, rules RunRules, grants []Grant) error {
	if len(grants) == 0 || len(rules.Stock)+len(rules.Customer) == 0 {
		return nil
	}
	limits := append([]Limit{}, rules.Stock...)
	for _, limit := range rules.Customer {
		for _, g := range grants {
			limits = append(limits, limit.of(g.OpenID))
		}
	}
	return t.hold(s.ID, s.Amount, int64(len(grants)), limits)
}

// refuseHere refuses coupons for which a limit has no room. The dry run has told of them: they are no reason to pause.
func (c *claiming) refuseHere(s Send, grants []Grant, why map[string]string) error {
	if len(grants) == 0 {
		return nil
	}
	all := outcomes{}
	for _, g := range grants {
		r := Result{ID: g.ID, Attempt: g.Attempts, Verdict: GrantRefused, Reason: why[g.OpenID], Retryable: true}
		if err := c.apply(g, r); err != nil {
			return err
		}
		all.of(s.ID).add(g, r)
	}
	if _, err := c.exec(`UPDATE runs SET base_refused = base_refused + ?, base_answered = base_answered + ? WHERE send_id = ?`, len(grants), len(grants), s.ID); err != nil {
		return err
	}
	return c.close(all)
}
