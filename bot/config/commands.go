package config

import (
	"regexp"
	"slices"
	"time"

	"couponbot/commands"
	"couponbot/schedules"
	"couponbot/store"
)

func (r *reader) commands(s *section, c *commands.Config) {
	r.groups(s.sub("groups"), c)
	r.rights(s.sub("rights"), c)
	r.stocks(s.sub("stocks"), c)
	c.AnyStock = s.choice("unlisted_stocks", "refuse", "refuse", "allow") == "allow"
	c.Reasons = r.words(s.get("reasons"), word, "a word of up to 40 letters, digits, '.', '_' or '-'")
	if v, ok := r.text(s.get("ticket")); ok {
		pattern, err := regexp.Compile(v)
		if err != nil {
			r.faults.add(s.get("ticket"), "is not a regular expression that Go understands")
		}
		c.Ticket = pattern
	}
	c.RepeatWithin = s.duration("repeat_within", 7*24*time.Hour, 0, 400*24*time.Hour)
	r.approvals(s.sub("approvals"), c)
	r.limits(s.sub("limits"), &c.Limits)
	r.campaigns(s.sub("campaigns"), &c.Campaigns)
}

func (r *reader) groups(s *section, c *commands.Config) {
	for _, f := range s.fields {
		s.asked[f.name] = true
		if !name.MatchString(f.name) {
			r.faults.add(f.at, "a group's name has letters a-z, digits and '-'")
		}
		members := r.words(f.node, memberID, "a person's id (U…) or a user group's (S…)")
		c.Groups = append(c.Groups, commands.Group{Name: f.name, Members: members})
	}
}

// group is the name of a group that exists.
func (r *reader) group(n node, c *commands.Config) (string, bool) {
	v, ok := r.text(n)
	if !ok {
		return "", false
	}
	var known []string
	for _, g := range c.Groups {
		known = append(known, g.Name)
	}
	if slices.Contains(known, v) {
		return v, true
	}
	if near := nearest(v, known); near != "" {
		r.faults.add(n, "there is no group %s; is it %s?", v, near)
	} else {
		r.faults.add(n, "there is no group %s", v)
	}
	return "", false
}

func (r *reader) rights(s *section, c *commands.Config) {
	c.Rights = map[commands.Right][]string{}
	for _, right := range commands.Rights() {
		for _, item := range r.list(s.get(string(right))) {
			if group, ok := r.group(item, c); ok {
				c.Rights[right] = append(c.Rights[right], group)
			}
		}
	}
	s.done()
}

func (r *reader) stocks(s *section, c *commands.Config) {
	ids := map[string]string{}
	for _, f := range s.fields {
		s.asked[f.name] = true
		if !name.MatchString(f.name) || digits.MatchString(f.name) {
			r.faults.add(f.at, "a stock's name has letters a-z, digits and '-', and is not a number")
		}
		one := r.section(f.node)
		stock := commands.Stock{Name: f.name, ID: one.must("id", digits, "the stock's id: up to 20 digits")}
		stock.CreatorMchID = one.word("creator_mchid", c.MchID, digits, "a merchant number: digits")
		if n := one.get("custom_value"); n.kind != absent {
			stock.Custom = r.moneyRange(n)
		}
		one.done()
		if other, twice := ids[stock.ID]; twice && stock.ID != "" {
			r.faults.add(f.at, "has the same id as %s", other)
		}
		ids[stock.ID] = f.name
		c.Stocks = append(c.Stocks, stock)
	}
}

func (r *reader) moneyRange(n node) *commands.Range {
	s := r.section(n)
	from, to := s.get("from"), s.get("to")
	s.required(from)
	s.required(to)
	low, lowOK := r.money(from)
	high, highOK := r.money(to)
	s.done()
	switch {
	case lowOK && low <= 0:
		r.faults.add(from, "must be more than nothing")
	case lowOK && highOK && high < low:
		r.faults.add(to, "must not be less than from")
	}
	return &commands.Range{From: low, To: high}
}

func (r *reader) approvals(s *section, c *commands.Config) {
	a := &c.Approvals
	a.Bands = r.bands(s.get("bands"), c)
	a.RecipientsOver = s.whole("recipients_over", 0, 0, 10_000_000)
	switch s.choice("running_total", "off", "day", "week", "off") {
	case "day":
		a.RunningTotal = store.Day
	case "week":
		a.RunningTotal = store.Week
	}
	a.RemindAfter = s.duration("remind_after", 15*time.Minute, time.Minute, 30*24*time.Hour)
	a.ExpireAfter = s.duration("expire_after", 72*time.Hour, time.Minute, 30*24*time.Hour)
	if n := s.get("fallback"); n.kind != absent {
		f := r.section(n)
		a.FallbackAfter = f.duration("after", time.Hour, time.Minute, 30*24*time.Hour)
		f.required(f.get("group"))
		a.FallbackGroup, _ = r.group(f.get("group"), c)
		f.done()
	}
	s.done()
	if a.RecipientsOver > 0 && !slices.ContainsFunc(a.Bands, func(b commands.Band) bool { return len(b.Need) > 0 }) {
		r.faults.add(s.get("recipients_over"), "no band has a need, so nobody could be asked")
	}
}

func (r *reader) bands(n node, c *commands.Config) []commands.Band {
	var out []commands.Band
	var before store.Fen
	items := r.list(n)
	for i, item := range items {
		s := r.section(item)
		band, last := commands.Band{}, i == len(items)-1
		upTo := s.get("up_to")
		money, ok := r.money(upTo)
		switch {
		case last && upTo.kind != absent:
			r.faults.add(upTo, "the last band has no end: leave up_to out, so that every sum has a band")
		case !last && upTo.kind <= null:
			r.faults.add(upTo, "is missing: only the last band has no end")
		case ok && money <= before:
			r.faults.add(upTo, "bands ascend: this must be more than %s", before)
		case ok:
			band.UpTo, before = money, money
		}
		band.Need = r.need(s.get("need"), c)
		s.done()
		out = append(out, band)
	}
	return out
}

func (r *reader) need(n node, c *commands.Config) []store.Seat {
	if n.kind == absent {
		return nil
	}
	s := r.section(n)
	var seats []store.Seat
	for _, f := range s.fields {
		s.asked[f.name] = true
		at := f.at
		at.kind, at.source = scalar, f.name
		group, ok := r.group(at, c)
		count := s.whole(f.name, 0, 1, 20)
		if ok && count > 0 {
			seats = append(seats, store.Seat{Group: group, Count: count})
		}
	}
	return seats
}

func (r *reader) limits(s *section, l *commands.Limits) {
	l.Agent = r.ceilings(s.get("agent"))
	l.Customer = r.ceilings(s.get("customer"))
	l.Stock = r.ceilings(s.get("stock"))
	l.Company = r.ceilings(s.get("company"))
	l.WeChatCustomerMonth = 5000_00
	if n := s.get("wechat_customer_month"); n.kind != absent {
		l.WeChatCustomerMonth, _ = r.money(n)
	}
	s.done()
}

func (r *reader) ceilings(n node) []commands.Ceiling {
	var out []commands.Ceiling
	periods := map[store.Period]bool{}
	for _, item := range r.list(n) {
		s := r.section(item)
		amount, _ := r.money(s.get("amount"))
		c := commands.Ceiling{Amount: amount, Coupons: int64(s.whole("coupons", 0, 1, 1_000_000_000))}
		s.required(s.get("per"))
		c.Per = store.Period(s.choice("per", "", string(store.Day), string(store.Week), string(store.Month), string(store.Ever)))
		if s.get("amount").kind <= null && s.get("coupons").kind <= null {
			r.faults.add(item, "a limit needs an amount, or coupons, or both")
		}
		if s.get("amount").kind == scalar && amount == 0 {
			r.faults.add(s.get("amount"), "must be more than nothing; to stop everything there is %s", "the stop command")
		}
		if periods[c.Per] {
			r.faults.add(item, "there is a limit per %s already: give both its ceilings in one", c.Per)
		}
		periods[c.Per] = true
		s.done()
		out = append(out, c)
	}
	return out
}

func (r *reader) campaigns(s *section, c *commands.Campaigns) {
	c.Limits = r.ceilings(s.get("limits"))
	p := s.sub("pause_after")
	c.PauseRefused = p.whole("refused", 100, 0, 1_000_000_000)
	c.PauseShare = p.decimal("share", 0.20, 0, 1)
	p.done()
	c.MaxRecipients = s.whole("max_recipients", 10_000_000, 1, 10_000_000)
	s.done()
}

func (r *reader) schedules(s *section, c *schedules.Config) {
	c.Grace = s.duration("grace", 30*time.Minute, 0, 30*24*time.Hour)
	c.Overlap = s.choice("overlap", "wait", "wait", "skip")
	c.MinInterval = s.duration("min_interval", 15*time.Minute, time.Minute, 366*24*time.Hour)
	s.done()
}
