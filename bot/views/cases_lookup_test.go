package views

import (
	"strings"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// lookups are the answers to what people look up.
func lookups() map[string]commands.Reply {
	all := map[string]commands.Reply{}
	for name, q := range customers() {
		all["who: "+name] = q
	}
	for name, q := range founds() {
		all["find: "+name] = q
	}
	for name, q := range mines() {
		all["mine: "+name] = q
	}
	for name, line := range stockLines() {
		all["stock: "+name] = commands.StockView{Stock: line}
	}
	var many []commands.StockLine
	for range stocksMost + 3 {
		many = append(many, stockLines()["running"])
	}
	lines := stockLines()
	all["stocks"] = commands.Stocks{Stocks: []commands.StockLine{lines["running"], lines["low"], lines["ended"], lines["never read"]}}
	all["stocks: many"] = commands.Stocks{Stocks: many}
	all["stocks: one too many"] = commands.Stocks{Stocks: many[:stocksMost+1]}
	all["stocks: none"] = commands.Stocks{}
	return all
}

// sights are coupons of one customer in every state, newest first.
func sights() []store.Sight {
	var out []store.Sight
	add := func(state store.GrantState, change func(s *store.Send, g *store.Grant)) {
		id := int64(30 - len(out))
		s, g := sendOf(store.SendDone, store.Counts{Total: 1, Issued: 1}), coupon(1, state)
		s.ID, g.ID.Send, g.OpenID, s.CreatorMchID = id, id, customer, "1900000001"
		g.FinishedAt = before
		change(&s, &g)
		out = append(out, store.Sight{Grant: g, Send: s})
	}
	issued := func(id string) func(*store.Send, *store.Grant) {
		return func(_ *store.Send, g *store.Grant) { g.CouponID = id }
	}
	add(store.GrantWaiting, func(s *store.Send, _ *store.Grant) { s.State = store.SendAwaiting })
	add(store.GrantWaiting, func(s *store.Send, _ *store.Grant) { s.State = store.SendIssuing })
	add(store.GrantIssuing, func(s *store.Send, _ *store.Grant) { s.State = store.SendIssuing })
	add(store.GrantUnknown, func(s *store.Send, _ *store.Grant) { s.State = store.SendIssuing })
	add(store.GrantCancelled, func(s *store.Send, _ *store.Grant) { s.State = store.SendCancelled })
	add(store.GrantRefused, func(s *store.Send, _ *store.Grant) { s.Reason, s.Ticket, s.Note = "", "", "" })
	add(store.GrantIssued, func(s *store.Send, g *store.Grant) {
		g.CouponID, s.ApprovedBy, s.Note = "501", []string{"U03BEN", "U05FINN"}, "the <first> parcel *and* the second"+strings.Repeat(" were late", 20)
	})
	for _, id := range []string{"502", "503", "504", "505", "506"} {
		add(store.GrantIssued, issued(id))
	}
	out[len(out)-1].Grant.FinishedAt = now // after the list was read
	return out
}

func customers() map[string]commands.Customer {
	all := sights()
	wallet := store.Wallet{OpenID: customer, CreatorMchID: "1900000001", ReadAt: now.Add(-time.Minute), TriedAt: now.Add(-time.Minute),
		Coupons: map[string]string{"501": "USED", "502": "SENDED", "503": "EXPIRED", "504": "FROZEN"}}
	limits := []commands.LimitLine{
		{Limit: store.Limit{Kind: store.LimitCustomer, Key: customer, OpenID: customer, Period: store.Month, MaxFen: 20000, MaxCoupons: 5},
			Used: store.Usage{HeldFen: 1000, SpentFen: 6000, HeldCoupons: 1, SpentCoupons: 5, Until: now.AddDate(0, 1, 0)}},
		{Limit: store.Limit{Kind: store.LimitWeChat, Key: "1900000001|" + customer, OpenID: customer, Period: store.Month, MaxFen: 500000},
			Used: store.Usage{SpentFen: 6000, Until: now.AddDate(0, 1, 0)}},
	}
	partner := commands.LimitLine{Limit: store.Limit{Kind: store.LimitWeChat, Key: "1900000002|" + customer, OpenID: customer, Period: store.Ever, MaxFen: 500000}}
	read := commands.Customer{OpenID: customer, Received: store.Received{Coupons: 6, Fen: 6000}, Coupons: all, Limits: limits, Wallets: []commands.WalletLine{{Wallet: wallet}}}
	asked := read
	asked.Coupons, asked.Received, asked.More = all[6:7], store.Received{Coupons: 1, Fen: 1000}, 1
	asked.Wallets = []commands.WalletLine{{Wallet: store.Wallet{CreatorMchID: "1900000001"}, Asked: true}}
	failed := read
	failed.Coupons, failed.More, failed.Limits = all[6:8], 240, append(limits[:len(limits):len(limits)], partner)
	old := wallet
	old.ReadAt, old.Fault = now.Add(-26*time.Hour), "timeout"
	failed.Wallets = []commands.WalletLine{{Wallet: old, Asked: true}}
	many := asked
	many.Received, many.More = store.Received{Coupons: 990, Fen: 990000, Capped: true}, store.CountMost
	return map[string]commands.Customer{"every state": read, "being asked about": asked, "a reading that failed": failed, "a great many coupons": many,
		"nothing": {OpenID: customer, Limits: limits}, "nothing, no limits": {OpenID: customer}}
}

func founds() map[string]commands.Found {
	tried := []string{commands.FindSend, commands.FindPerson, commands.FindStock, commands.FindNumber, commands.FindCoupon, commands.FindOpenID, commands.FindTicket}
	all := sights()
	one := func(as, word string) commands.Find {
		return commands.Find{As: as, Word: word, Hits: []commands.Hit{{Send: all[6].Send}, {Send: all[7].Send, Grant: &all[7].Grant}}}
	}
	everything := commands.Found{Text: "x", Tried: tried}
	for _, as := range tried {
		word := map[string]string{commands.FindOpenID: customer, commands.FindPerson: "U01ANA"}[as]
		if word == "" {
			word = "<" + as + ">"
		}
		everything.Finds = append(everything.Finds, one(as, word))
	}
	ticket := one(commands.FindTicket, "T-4821")
	for len(ticket.Hits) < 10 {
		ticket.Hits = append(ticket.Hits, ticket.Hits[0])
	}
	ticket.More = 12
	single := one(commands.FindSend, "S24")
	single.Hits = single.Hits[:1]
	capped := ticket
	capped.More = store.CountMost
	oneMore := ticket
	oneMore.More = 1
	return map[string]commands.Found{
		"everything at once": everything,
		"one send":           {Text: "S24", Tried: tried[:1], Finds: []commands.Find{single}},
		"own only":           {Text: "T-4821", Own: true, Tried: tried[6:], Finds: []commands.Find{ticket}},
		"one more":           {Text: "T-4821", Tried: tried[6:], Finds: []commands.Find{oneMore}},
		"very many":          {Text: "T-4821", Tried: tried[6:], Finds: []commands.Find{capped}},
		"nothing":            {Text: "<moon>", Tried: tried},
		"nothing of my own":  {Text: "moon", Own: true, Tried: tried[5:]},
	}
}

func mines() map[string]commands.Mine {
	var sends []store.Send
	for _, s := range sights() {
		sends = append(sends, s.Send)
	}
	limits := []commands.LimitLine{{Limit: store.Limit{Kind: store.LimitAgent, Key: "U01ANA", Period: store.Day, MaxFen: 50000},
		Used: store.Usage{HeldFen: 1000, SpentFen: 48000, Until: now.AddDate(0, 0, 1)}}}
	return map[string]commands.Mine{
		"some waits":     {Sends: sends[:10], More: 31, Open: sends[:2], Limits: limits},
		"one waits":      {Sends: sends[:1], Open: sends[:1]},
		"nothing waits":  {Sends: sends[5:9], Limits: limits},
		"nothing at all": {Limits: limits},
		"campaigns":      {Sends: []store.Send{runs()["awaiting, being prepared"].Send, runs()["running"].Send, runs()["done, nobody was left"].Send}},
	}
}

func stockLines() map[string]commands.StockLine {
	named := commands.Stock{Name: "sorry-10", ID: "9856000", CreatorMchID: "1900000001"}
	line := func(change func(s *store.Stock)) commands.StockLine {
		s := stock
		s.DayAt = time.Date(2026, 11, 4, 16, 0, 0, 0, time.UTC)
		s.DayFrom, s.DayStart = s.DayAt, 3700
		change(&s)
		return commands.StockLine{Stock: named, Reading: s}
	}
	full := line(func(s *store.Stock) { s.MaxDayFen, s.MaxFen, s.MaxPerUser = 100000, 5000000, 60 })
	full.Limits = []commands.LimitLine{
		{Limit: store.Limit{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxFen: 1000000}, Used: store.Usage{SpentFen: 66000, Until: now.Add(9 * time.Hour)}},
		{Limit: store.Limit{Kind: store.LimitStock, Key: "9856000", Period: store.Week, MaxFen: 66000}, Used: store.Usage{SpentFen: 66000, Until: now.Add(99 * time.Hour)}},
	}
	unread := line(func(s *store.Stock) { *s = store.Stock{} })
	unread.Asked = true
	return map[string]commands.StockLine{
		"running":                   full,
		"counted since the morning": line(func(s *store.Stock) { s.MaxDayFen, s.DayFrom = 100000, now.Add(-time.Hour) }),
		"a cap of a day not known":  line(func(s *store.Stock) { s.MaxDayFen, s.DayAt = 100000, time.Time{} }),
		"low":                       line(func(s *store.Stock) { s.Distributed = 4999 }),
		"empty":                     line(func(s *store.Stock) { s.Distributed = 5000 }),
		"ends soon":                 line(func(s *store.Stock) { s.Ends = now.Add(50 * time.Hour) }),
		"ended":                     line(func(s *store.Stock) { s.Ends = now.Add(-time.Hour) }),
		"not begun":                 line(func(s *store.Stock) { s.Begins, s.Status = now.Add(50*time.Hour), "unactivated" }),
		"paused":                    line(func(s *store.Stock) { s.Status = "paused" }),
		"in a state without words":  line(func(s *store.Stock) { s.Status = "<asleep>" }),
		"without figures, failed": line(func(s *store.Stock) {
			s.MaxCoupons, s.Minimum, s.Name, s.Fault = 0, 0, "sorry-10", "not_found: RESOURCE_NOT_EXISTS"
		}),
		"never read":                   unread,
		"never read, and unreadable":   {Stock: named, Reading: store.Stock{ID: "9856000", Fault: "timeout"}},
		"of a value chosen at sending": line(func(s *store.Stock) { s.Amount, s.Minimum, s.MaxDayFen = 0, 0, 100000 }),
	}
}

func TestWhatIsLookedUpIsMaskedForWhoeverMayNotSeeIt(t *testing.T) {
	v := newViews(t)
	for name, reply := range lookups() {
		for _, text := range textsOf(v.Reply(Reader{Language: "en", Now: now}, reply)) {
			if strings.Contains(text, customer) {
				t.Errorf("%s shows an openid: %q", name, text)
			}
		}
	}
}

func TestABarNeverLies(t *testing.T) {
	for _, c := range []struct {
		name        string
		part, whole int64
		want        string
		percent     int64
	}{
		{"all", 10, 10, "▓▓▓▓▓▓▓▓▓▓", 100},
		{"nearly all is not all", 999_999, 1_000_000, "▓▓▓▓▓▓▓▓▓░", 99},
		{"about two thirds", 64, 100, "▓▓▓▓▓▓░░░░", 64},
		{"a little is not nothing", 1, 1_000_000, "▓░░░░░░░░░", 0},
		{"nothing", 0, 7, "░░░░░░░░░░", 0},
		{"more than there was", 12, 10, "▓▓▓▓▓▓▓▓▓▓", 120},
	} {
		if got := bar(c.part, c.whole); got != c.want || percent(c.part, c.whole) != c.percent {
			t.Errorf("%s: %s %d %%", c.name, got, percent(c.part, c.whole))
		}
	}
}
