package views

import (
	"maps"
	"strings"

	"couponbot/commands"
	"couponbot/store"
)

// refusals are every code, some with and without what may be missing.
func refusals() map[string]*commands.Refusal {
	byCode := map[string]*commands.Refusal{}
	add := func(x commands.Refusal, more string) {
		name := string(x.Code)
		if more != "" {
			name += ", " + more
		}
		byCode[name] = &x
	}
	stocks, reasons := []string{"sorry-10", "partner-5"}, []string{"late", "damaged"}
	tooMuch := store.LimitReached{Limit: store.Limit{Kind: store.LimitAgent, Key: "U01ANA", Period: store.Day, MaxFen: 50000},
		Used: store.Usage{HeldFen: 1000, SpentFen: 48000, Until: now.AddDate(0, 0, 1)}, Asked: store.Usage{HeldFen: 5000, HeldCoupons: 5}}
	tooMany := store.LimitReached{Limit: store.Limit{Kind: store.LimitCustomer, Key: customer, OpenID: customer, Period: store.Ever, MaxFen: 50000, MaxCoupons: 5},
		Used: store.Usage{SpentFen: 5000, SpentCoupons: 5}, Asked: store.Usage{HeldFen: 1000, HeldCoupons: 1}}
	likely := []store.Had{{Grant: store.GrantID{Send: 8, Position: 3}, State: store.GrantIssued, OpenID: customer, StockName: "sorry-10", Amount: 1000, By: "U01ANA", At: before}}

	add(commands.Refusal{Code: commands.UnknownVerb, Word: "sned", Nearest: "send"}, "")
	add(commands.Refusal{Code: commands.UnknownVerb, Word: "<!channel>"}, "nothing near")
	add(commands.Refusal{Code: commands.UnknownFlag, Word: "--reson", Nearest: "--reason"}, "")
	add(commands.Refusal{Code: commands.FlagWithoutValue, Word: "--note"}, "")
	add(commands.Refusal{Code: commands.FlagTwice, Word: "--note"}, "")
	add(commands.Refusal{Code: commands.OpenQuote, Word: `"it was late`}, "")
	add(commands.Refusal{Code: commands.TooFew, Verb: "send", Usage: "<stock> <openid>..."}, "")
	add(commands.Refusal{Code: commands.TooMany, Verb: "status", Usage: "<id>", Word: "S13"}, "")
	for _, what := range []string{"note", "reason", "ticket", "why", "poem"} {
		add(commands.Refusal{Code: commands.TextTooLong, Word: what, Number: 300}, what)
	}
	for _, right := range append(commands.Rights(), "fly") {
		add(commands.Refusal{Code: commands.NoRight, Right: right, Names: []string{"agents", "admins"}}, string(right))
	}
	add(commands.Refusal{Code: commands.NoRight, Right: commands.RightCampaign}, "that nobody has")
	add(commands.Refusal{Code: commands.CouldNotCheck}, "")
	add(commands.Refusal{Code: commands.Guest}, "")
	add(commands.Refusal{Code: commands.Deactivated}, "")
	add(commands.Refusal{Code: commands.Stranger}, "")
	add(commands.Refusal{Code: commands.UnlistedStock, Word: "sory-10", Nearest: "sorry-10", Names: stocks}, "")
	add(commands.Refusal{Code: commands.UnlistedStock, Word: "sory-10"}, "none listed")
	add(commands.Refusal{Code: commands.StockUnread, Word: "sorry-10", Text: "timeout"}, "")
	add(commands.Refusal{Code: commands.StockUnread, Word: "sorry-10"}, "not known why")
	for _, state := range append(stockStates(), "asleep") {
		add(commands.Refusal{Code: commands.StockNotRunning, Word: "held", Text: state}, state)
	}
	add(commands.Refusal{Code: commands.StockNotBegun, Word: "not-yet", At: now.AddDate(0, 0, 7)}, "")
	add(commands.Refusal{Code: commands.StockEnded, Word: "over", At: now.AddDate(0, 0, -7)}, "")
	add(commands.Refusal{Code: commands.StockEmpty, Word: "tiny", Number: 2, Count: 1200}, "")
	add(commands.Refusal{Code: commands.StockKind, Word: "cut", Text: "DISCOUNT_CUT"}, "")
	add(commands.Refusal{Code: commands.BadOpenID, Word: "oABC!", Text: "!"}, "")
	add(commands.Refusal{Code: commands.BadOpenID, Word: strings.Repeat("o", 200)}, "too long")
	add(commands.Refusal{Code: commands.TooManyPeople, Number: 100, Count: 120}, "")
	add(commands.Refusal{Code: commands.BadMoney, Word: "5,00", Text: "--value"}, "")
	add(commands.Refusal{Code: commands.ValueNotAllowed, Word: "sorry-10"}, "")
	add(commands.Refusal{Code: commands.ValueNeeded, Word: "any-amount", Range: commands.Range{From: 100, To: 2000}}, "")
	add(commands.Refusal{Code: commands.ValueOutOfRange, Word: "50.00", Range: commands.Range{From: 100, To: 2000}}, "")
	add(commands.Refusal{Code: commands.MinimumTooLow, Word: "5.00", Text: "5.00"}, "")
	add(commands.Refusal{Code: commands.MissingReason, Names: reasons}, "")
	add(commands.Refusal{Code: commands.UnknownReason, Word: "lat", Nearest: "late", Names: reasons}, "")
	add(commands.Refusal{Code: commands.MissingTicket, Text: "^[A-Z]+-[0-9]+$"}, "")
	add(commands.Refusal{Code: commands.BadTicket, Word: "4821", Text: "^[A-Z]+-[0-9]+$"}, "")
	add(commands.Refusal{Code: commands.BadID, Word: "12x"}, "")
	add(commands.Refusal{Code: commands.NoSuchSend, Word: "S99"}, "")
	add(commands.Refusal{Code: commands.NotYours, Word: "S12"}, "")
	add(commands.Refusal{Code: commands.NeedsNote, Word: "D5", Likely: likely}, "")
	add(commands.Refusal{Code: commands.OverLimit, Word: "D5", Limit: &tooMuch}, "money")
	add(commands.Refusal{Code: commands.OverLimit, Word: "D5", Limit: &tooMany}, "coupons")
	seats := []store.Seat{{Group: "approvers", Count: 1}, {Group: "finance", Count: 2}}
	add(commands.Refusal{Code: commands.NobodyCanApprove, Money: 12345600, Seats: seats}, "")
	add(commands.Refusal{Code: commands.OwnSend, Word: "S12"}, "")
	add(commands.Refusal{Code: commands.NotDecider, Word: "S12", Seats: seats}, "")
	add(commands.Refusal{Code: commands.NotDecider, Word: "S12"}, "nothing is missing")
	add(commands.Refusal{Code: commands.SeatedAlready, Word: "S12", Seats: seats}, "")
	add(commands.Refusal{Code: commands.SeatedAlready, Word: "S12"}, "nothing is missing")
	add(commands.Refusal{Code: commands.RequesterLeft, Word: "S12", By: "U01ANA"}, "")
	add(commands.Refusal{Code: commands.NotWaiting, Word: "S12", Text: "done", Names: []string{"U03BEN", "U05FINN"}, At: before}, "approved")
	add(commands.Refusal{Code: commands.NotWaiting, Word: "S12", Text: "rejected", By: "U05FINN", At: before}, "rejected")
	add(commands.Refusal{Code: commands.NotWaiting, Word: "S12", Text: "moon"}, "somehow")
	add(commands.Refusal{Code: commands.ContentsChanged, Word: "S12"}, "")
	for _, code := range []commands.Code{commands.CustomerBlocked, commands.CustomerStaff} {
		add(commands.Refusal{Code: code, Names: contents(1).OpenIDs}, "")
		add(commands.Refusal{Code: code, Names: contents(12).OpenIDs}, "several")
	}
	for _, name := range append(fieldNames(), "moon") {
		add(commands.Refusal{Code: commands.MissingField, Word: name}, name)
	}
	add(commands.Refusal{Code: commands.AllStopped, Stop: &stopped}, "")
	add(commands.Refusal{Code: commands.AllStopped}, "not known by whom")
	add(commands.Refusal{Code: commands.DraftClosed, Text: "discarded", At: before}, "discarded")
	add(commands.Refusal{Code: commands.DraftClosed, Text: "expired"}, "expired")
	for _, state := range append(stateWords(), "moon") {
		add(commands.Refusal{Code: commands.WrongState, Word: "S12", Text: state}, state)
	}
	add(commands.Refusal{Code: commands.WrongState, Word: "S12", Text: "paused", By: "U01ANA", At: before}, "by somebody")
	add(commands.Refusal{Code: commands.RetryTooOld, Word: "S12", At: now.AddDate(0, 0, -8)}, "")
	add(commands.Refusal{Code: commands.NothingToRetry, Word: "S12", Count: 2, Number: 1}, "")
	add(commands.Refusal{Code: commands.NothingToRetry, Word: "S12"}, "none refused")
	add(commands.Refusal{Code: commands.NothingUnknown, Word: "S12"}, "")
	add(commands.Refusal{Code: commands.NotUnknown, Word: "S12-1", Text: "issued"}, "")
	add(commands.Refusal{Code: commands.BadVerdict, Word: "maybe"}, "")
	add(commands.Refusal{Code: commands.BadCouponID, Word: "12x"}, "")
	add(commands.Refusal{Code: commands.CouponTaken, Word: "5238471601", Text: "S9-1"}, "")
	for _, code := range []commands.Code{commands.OwnSettlement, commands.OwnStart, commands.NotStopped, commands.StartNotAsked, commands.StopCardOld,
		commands.LedgerFull, commands.LedgerFailed, commands.NotAccepted} {
		add(commands.Refusal{Code: code}, "")
	}
	add(commands.Refusal{Code: "moon"}, "a code that has no words")
	maps.Copy(byCode, campaignRefusals())
	return byCode
}
