package views

import (
	"encoding/json"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

func confirms() map[string]commands.Confirm {
	limits := []commands.LimitLine{
		{Limit: store.Limit{Kind: store.LimitCompany, Period: store.Day, MaxFen: 2000000}, Used: store.Usage{HeldFen: 50000, SpentFen: 123400, Until: now.Add(9 * time.Hour)}},
		{Limit: store.Limit{Kind: store.LimitStock, Period: store.Week, MaxFen: 1000000}, Used: store.Usage{Until: now.Add(90 * time.Hour)}},
		{Limit: store.Limit{Kind: store.LimitAgent, Key: "U01ANA", Period: store.Ever, MaxFen: 50000, MaxCoupons: 30}, Used: store.Usage{SpentFen: 1000, SpentCoupons: 1}},
		{Limit: store.Limit{Kind: store.LimitCustomer, OpenID: customer, Period: store.Month, MaxFen: 20000, MaxCoupons: 5}, Used: store.Usage{Until: now.AddDate(0, 1, 0)}},
		{Limit: store.Limit{Kind: store.LimitWeChat, OpenID: customer, Period: store.Month, MaxFen: 500000}, Used: store.Usage{Until: now.AddDate(0, 1, 0)}},
		{Limit: store.Limit{Kind: store.LimitCampaign, Period: store.Day, MaxFen: 20000000}, Used: store.Usage{}},
	}
	base := func(n int) commands.Confirm {
		return commands.Confirm{Draft: store.Draft{ID: 5, State: store.DraftOpen, By: "U01ANA", Contents: contents(n), CreatedAt: now}, Stock: stock, Limits: limits}
	}
	had := []store.Had{
		{Grant: store.GrantID{Send: 9, Position: 1}, State: store.GrantIssued, OpenID: customer, StockName: "partner-5", Amount: 500, By: "U02LIWEI", Ticket: "T-4700", At: now.AddDate(0, 0, -2)},
		{Grant: store.GrantID{Send: 8, Position: 3}, State: store.GrantUnknown, OpenID: customer, StockName: "sorry-10", Amount: 1000, By: "U01ANA", At: now.AddDate(0, 0, -4)},
	}
	one := base(1)
	hadSome := base(1)
	hadSome.Had, hadSome.HadFen = had, 1500
	hadOne := base(1)
	hadOne.Had, hadOne.HadFen = had[:1], 500
	hadMany := base(1)
	hadMany.Had, hadMany.HadFen = append(append(append([]store.Had{}, had...), had...), had...), 4500
	repeat := base(1)
	repeat.Likely = had[1:]
	noted := repeat
	noted.Draft.Contents.Note = "the first one was for the earlier order"
	many := base(14)
	many.Duplicates, many.Stock.ReadAt = 2, now.Add(-26*time.Hour)
	doubled := base(2)
	doubled.Duplicates, doubled.Existed, doubled.Stock.MaxCoupons = 1, true, 0
	over := base(1)
	over.Limits = append([]commands.LimitLine{{Limit: store.Limit{Kind: store.LimitCustomer, OpenID: customer, Period: store.Month, MaxCoupons: 5},
		Used: store.Usage{SpentCoupons: 5, Until: now.AddDate(0, 1, 0)}}}, limits...)
	manyLimits := base(12)
	for _, id := range manyLimits.Draft.Contents.OpenIDs {
		manyLimits.Limits = append(manyLimits.Limits, commands.LimitLine{Limit: store.Limit{Kind: store.LimitCustomer, OpenID: id, Period: store.Month, MaxFen: 20000}})
	}
	unread := base(1)
	unread.Stock, unread.Limits = store.Stock{}, nil
	fault := base(1)
	fault.Stock.Fault, fault.Stock.Begins = "timeout", time.Time{}
	custom := base(1)
	custom.Draft.Contents.StockName, custom.Draft.Contents.Value, custom.Draft.Contents.Minimum, custom.Draft.Contents.Amount = "any-amount", 500, 1000, 500
	custom.Stock.Minimum, custom.Stock.Ends, custom.Stock.ReadAt = 0, time.Time{}, now.Add(-30*time.Second)
	noMinimum := base(1)
	noMinimum.Stock.Minimum, noMinimum.Stock.ReadAt, noMinimum.Stock.MaxCoupons = 0, now.Add(-2*time.Hour), 0
	held := base(1)
	held.Held = []store.Held{{Why: store.HeldConfiguration, Since: before}}
	waits := base(2)
	waits.Seats = bothSeats
	waits.Draft.Contents.Terms = store.Terms{Minimum: 1500, Ends: now.AddDate(0, 0, 20)}
	roomy, single := base(1), base(1)
	roomy.Limits, single.Limits = limits[:2], limits[:1]
	single.Seats = bothSeats[:1]
	tightOnes := base(1)
	for range 12 {
		tightOnes.Limits = append(tightOnes.Limits, commands.LimitLine{Limit: store.Limit{Kind: store.LimitAgent, Key: "U01ANA", Period: store.Day, MaxFen: 10000},
			Used: store.Usage{SpentFen: 4500}})
	}
	oneTight := base(1)
	oneTight.Limits = tightOnes.Limits[len(tightOnes.Limits)-11:]
	closed := base(1)
	closed.Draft.State = store.DraftExpired
	return map[string]commands.Confirm{"one customer who had nothing": one, "one customer who had some": hadSome, "one customer who had one": hadOne,
		"one customer who had many": hadMany, "a likely repeat without a note": repeat, "a likely repeat with a note": noted, "many customers, some named twice, an old reading": many,
		"the same card again, one named twice": doubled, "over a limit": over, "many limits": manyLimits, "a stock that was never read": unread,
		"a stock whose newest reading failed": fault, "a chosen value": custom, "no minimum": noMinimum, "while held": held, "closed meanwhile": closed,
		"waits for people": waits, "limits with room": roomy, "one limit, one seat": single, "many tight limits": tightOnes, "eleven tight limits": oneTight}
}

// sends are every state with the counters that make a difference.
func sends() map[string]SendFacts {
	all := map[string]SendFacts{
		"awaiting":                         facts(store.SendAwaiting, store.Counts{Total: 3, Waiting: 3}),
		"awaiting, fell back":              facts(store.SendAwaiting, store.Counts{Total: 3, Waiting: 3}),
		"withdrawn, the requester left":    facts(store.SendWithdrawn, store.Counts{Total: 1, Waiting: 1}),
		"rejected by nobody we know":       facts(store.SendRejected, store.Counts{Total: 1, Waiting: 1}),
		"paused, the requester left":       facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"expired with its ledger":          facts(store.SendExpired, store.Counts{Total: 1, Waiting: 1}),
		"paused by a full limit":           facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"paused by a limit of the new day": facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"paused by the stock's state":      facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"paused by the stock's terms":      facts(store.SendPaused, store.Counts{Total: 3, Waiting: 3}),
		"approved":                         facts(store.SendApproved, store.Counts{Total: 1, Waiting: 1}),
		"issuing one":                      facts(store.SendIssuing, store.Counts{Total: 1, Issuing: 1}),
		"issuing many":                     facts(store.SendIssuing, store.Counts{Total: 1200, Waiting: 500, Issuing: 40, Unknown: 3, Issued: 650, Refused: 7}),
		"issuing, one not known":           facts(store.SendIssuing, store.Counts{Total: 1, Unknown: 1}),
		"issuing, several not known":       facts(store.SendIssuing, store.Counts{Total: 4, Unknown: 2, Issued: 2}),
		"paused by a person":               facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"paused by a person, one waits":    facts(store.SendPaused, store.Counts{Total: 1, Waiting: 1}),
		"paused, nothing waits":            facts(store.SendPaused, store.Counts{Total: 2, Unknown: 1, Issued: 1}),
		"paused by a limit":                facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"paused by WeChat Pay":             facts(store.SendPaused, store.Counts{Total: 3, Waiting: 2, Issued: 1}),
		"done":                             facts(store.SendDone, store.Counts{Total: 1, Issued: 1}),
		"done, many":                       facts(store.SendDone, store.Counts{Total: 25, Issued: 25}),
		"done, one refused for now":        facts(store.SendDone, store.Counts{Total: 1, Refused: 1}),
		"done, one of three refused":       facts(store.SendDone, store.Counts{Total: 3, Issued: 2, Refused: 1}),
		"done, several refused":            facts(store.SendDone, store.Counts{Total: 6, Issued: 2, Refused: 4}),
		"done, all refused":                facts(store.SendDone, store.Counts{Total: 3, Refused: 3}),
		"rejected":                         facts(store.SendRejected, store.Counts{Total: 1, Waiting: 1}),
		"expired":                          facts(store.SendExpired, store.Counts{Total: 1, Waiting: 1}),
		"withdrawn":                        facts(store.SendWithdrawn, store.Counts{Total: 1, Waiting: 1}),
		"cancelled":                        facts(store.SendCancelled, store.Counts{Total: 3, Issued: 1, Cancelled: 2}),
		"cancelled, one":                   facts(store.SendCancelled, store.Counts{Total: 1, Cancelled: 1}),
		"cancelled, one still settling":    facts(store.SendCancelled, store.Counts{Total: 3, Unknown: 1, Issued: 1, Cancelled: 1}),
		"cancelled, some still settling":   facts(store.SendCancelled, store.Counts{Total: 5, Unknown: 1, Issuing: 1, Issued: 1, Cancelled: 2}),
		"while everything is stopped":      facts(store.SendIssuing, store.Counts{Total: 2, Waiting: 2}),
		"while held by the clock":          facts(store.SendIssuing, store.Counts{Total: 2, Waiting: 2}),
		"with a note, no stock reading":    facts(store.SendDone, store.Counts{Total: 1, Issued: 1}),
		"approved too long ago to retry":   facts(store.SendDone, store.Counts{Total: 1, Refused: 1}),
	}
	change := func(name string, do func(f *SendFacts)) {
		f := all[name]
		do(&f)
		all[name] = f
	}
	byPerson := func(f *SendFacts) { f.Send.PauseReason, f.Send.PausedBy = "person", "U01ANA" }
	change("paused by a person", byPerson)
	change("paused by a person, one waits", byPerson)
	change("paused, nothing waits", byPerson)
	change("paused by a limit", func(f *SendFacts) {
		f.Send.PauseReason, f.Send.PauseDetail = "limit", "limit agent per day: 0.00 held and 500.00 spent of 500.00"
	})
	change("paused by WeChat Pay", func(f *SendFacts) { f.Send.PauseReason, f.Send.PauseDetail = "budget_gone", "批次预算不足" })
	change("awaiting", func(f *SendFacts) { f.Send = awaiting(3, 2) })
	change("awaiting, fell back", func(f *SendFacts) {
		f.Send = awaiting(3, 1)
		f.Send.FellBack, f.Send.RemindAt = true, time.Time{}
	})
	closing := func(by, why string) func(f *SendFacts) {
		return func(f *SendFacts) { f.Send.ClosedBy, f.Send.ClosedWhy, f.Send.FinishedAt = by, why, now }
	}
	change("rejected", closing("U05FINN", "the parcel was <on time>"))
	change("expired", closing(store.ActorBot, ""))
	change("withdrawn", closing("U01ANA", ""))
	change("withdrawn, the requester left", closing(store.ActorBot, "left"))
	change("paused, the requester left", func(f *SendFacts) { f.Send.PauseReason = store.PauseLeft })
	change("paused by the stock's state", func(f *SendFacts) { f.Send.PauseReason, f.Send.PauseDetail = store.PauseStockState, "paused" })
	change("paused by the stock's terms", func(f *SendFacts) { f.Send.PauseReason, f.Send.PauseDetail = store.PauseTerms, "1200" })
	full := store.LimitReached{Limit: store.Limit{Kind: store.LimitAgent, Key: "U01ANA", Period: store.Day, MaxFen: 50000}, Used: store.Usage{SpentFen: 50000, HeldFen: 2000, Until: now}}
	byLimit := func(e store.LimitReached) func(f *SendFacts) {
		return func(f *SendFacts) {
			body, _ := json.Marshal(e)
			f.Send.PauseReason, f.Send.PauseDetail = store.PauseLimit, string(body)
		}
	}
	change("paused by a full limit", byLimit(full))
	full.Asked, full.Used.HeldFen = store.Usage{HeldFen: 2000}, 0
	change("paused by a limit of the new day", byLimit(full))
	for detail, name := range map[string]string{store.StockEnded: "over", store.StockNotBegun: "not begun", "<asleep>": "in a state without words"} {
		change("paused, the stock is "+name, func(f *SendFacts) {
			*f = facts(store.SendPaused, store.Counts{Total: 1, Waiting: 1})
			f.Send.PauseReason, f.Send.PauseDetail = store.PauseStockState, detail
		})
	}
	change("expired with its ledger", closing(store.ActorBot, store.AdoptedWhy))
	retryable := func(f *SendFacts) {
		for i := range f.Grants {
			f.Grants[i].Retryable = f.Grants[i].State == store.GrantRefused
		}
	}
	change("done, one refused for now", retryable)
	change("done, several refused", func(f *SendFacts) {
		retryable(f)
		f.Grants[1].Retryable, f.Grants[1].Outcome, f.Grants[1].Code, f.Grants[1].Message = false, "user_abnormal", "USER_ACCOUNT_ABNORMAL", "用户账号异常"
		f.Grants[2].Outcome = store.ReasonNumberTooOld
	})
	change("approved too long ago to retry", func(f *SendFacts) {
		retryable(f)
		f.Send.ApprovedAt = now.AddDate(0, 0, -8)
	})
	change("while everything is stopped", func(f *SendFacts) { f.Stop = &stopped })
	change("while held by the clock", func(f *SendFacts) {
		f.Held = []store.Held{{Why: store.HeldClock, Since: before}, {Why: "moon", Since: before}}
	})
	change("with a note, no stock reading", func(f *SendFacts) { f.Send.Note, f.Stock = "please be quick", store.Stock{} })
	return all
}

func statuses() map[string]commands.Status {
	all := map[string]commands.Status{}
	every := sends()
	for _, name := range []string{"issuing many", "paused by WeChat Pay", "done", "done, several refused", "while everything is stopped"} {
		f := every[name]
		f.Send.ApprovedBy = []string{"U03BEN", "U05FINN"}
		if f.Send.Final() {
			f.Send.FinishedAt = now
		}
		all[name] = commands.Status{Send: f.Send, Stock: f.Stock, Grants: f.Grants, Stopped: f.Stop, Held: f.Held, Full: true}
	}
	for _, state := range store.GrantStates() {
		g := coupon(1, state)
		s := sendOf(store.SendDone, store.Counts{Total: 2, Issued: 1, Refused: 1})
		s.Note = "please be quick"
		all["one coupon, "+string(state)] = commands.Status{Send: s, Stock: stock, Grants: []store.Grant{g}, One: true, Full: true}
	}
	paused := sendOf(store.SendPaused, store.Counts{Total: 1, Waiting: 1})
	paused.PauseReason = "budget_gone"
	all["one coupon of a paused send"] = commands.Status{Send: paused, Stock: stock, Grants: []store.Grant{coupon(1, store.GrantWaiting)}, One: true, Full: true}
	all["one coupon, openid masked"] = commands.Status{Send: paused, Grants: []store.Grant{coupon(1, store.GrantIssued)}, One: true}
	return all
}
