package views

import (
	"cmp"
	"slices"

	"couponbot/commands"
	"couponbot/store"
)

// Refusal says what was wrong, what was not done, what to do or who must act, and a reference.
func (v *Views) Refusal(r Reader, refusal *commands.Refusal) Message {
	c := v.card(r)
	key := "refusal." + string(refusal.Code)
	if !c.has(key + ".what") {
		return v.Failure(r)
	}
	a := refusalArgs(refusal)
	a["Line"] = code(c.command + " " + refusal.Verb + " " + refusal.Usage)
	what := args{"What": phrase{key + ".what", a}, "Undone": phrase{"undone." + undone(refusal.Code), nil}}
	c.say("refusal.line", what)
	if refusal.Limit != nil {
		c.sayPhrases(reached(refusal.Limit))
	}
	if len(refusal.Likely) > 0 {
		c.hadLines(phrase{"confirm.likely", nil}, refusal.Likely)
	}
	if refusal.Nearest != "" {
		c.say("refusal.nearest", a)
	}
	c.say(key+".do", a)
	c.small("refusal.reference", args{"Code": string(refusal.Code)})
	return c.message("refusal.line", what)
}

// undone says what did not happen, in the words that fit what was asked.
func undone(code commands.Code) string {
	switch code {
	case commands.UnknownVerb, commands.UnknownFlag, commands.FlagWithoutValue, commands.FlagTwice, commands.OpenQuote, commands.TooFew, commands.TooMany,
		commands.TextTooLong, commands.NoRight, commands.CouldNotCheck, commands.Guest, commands.Deactivated, commands.Stranger:
		return "both"
	case commands.BadID, commands.NoSuchSend, commands.NotYours, commands.WrongState, commands.RetryTooOld, commands.NothingToRetry, commands.NothingUnknown,
		commands.NotUnknown, commands.BadVerdict, commands.BadCouponID, commands.CouponTaken, commands.OwnSettlement, commands.OwnStart, commands.NotStopped,
		commands.StartNotAsked, commands.StopCardOld:
		return "changed"
	case commands.OwnSend, commands.NotDecider, commands.SeatedAlready, commands.RequesterLeft, commands.NotWaiting, commands.ContentsChanged:
		return "decided"
	case commands.LedgerFull, commands.LedgerFailed, commands.NotAccepted:
		return "accepted"
	}
	return undoneOfCampaign(code)
}

func refusalArgs(x *commands.Refusal) args {
	a := args{
		"Word": code(x.Word), "Nearest": code(x.Nearest), "Text": x.Text,
		"Names": codes(x.Names), "Number": x.Number, "Count": x.Count, "Money": x.Money, "From": x.Range.From, "To": x.Range.To,
		"At": x.At, "By": person(x.By), "Seats": seats(x.Seats),
	}
	switch x.Code {
	case commands.TextTooLong:
		a["Word"] = phrase{"text." + cmp.Or(known(x.Word, "note", "reason", "ticket", "why"), "anything"), nil}
	case commands.NoRight:
		a["Right"] = phrase{"right." + cmp.Or(known(string(x.Right), "send", "campaign", "admin", "audit"), "anything"), nil}
	case commands.SeatedAlready:
		a["Seats"] = moreSeats(x.Seats)
	case commands.CustomerBlocked, commands.CustomerStaff:
		a["Count"], a["Names"] = len(x.Names), openids(x.Names)
	case commands.MissingField:
		a["Word"] = phrase{"form." + cmp.Or(known(x.Word, fieldNames()...), commands.FieldOpenIDs), nil}
	case commands.NotWaiting:
		a["Text"], a["Names"] = phrase{"state." + cmp.Or(known(x.Text, stateWords()...), "anything"), nil}, persons(x.Names)
	case commands.WrongState, commands.NotUnknown, commands.DraftClosed:
		a["Text"] = phrase{"state." + cmp.Or(known(x.Text, stateWords()...), "anything"), nil}
	case commands.StockNotRunning:
		if word := known(x.Text, stockStates()...); word != "" {
			a["Text"] = phrase{"stock_state." + word, nil}
		}
	case commands.BadOpenID, commands.BadMoney, commands.MissingTicket, commands.BadTicket, commands.MinimumTooLow, commands.CouponTaken:
		a["Text"] = code(x.Text)
	case commands.AllStopped:
		if x.Stop != nil {
			a["By"], a["At"], a["Why"] = person(x.Stop.StoppedBy), x.Stop.StoppedAt, x.Stop.Why
		}
	default:
		refusedCampaign(a, x)
	}
	return a
}

// known is the word if it is one of those, else "".
func known(word string, all ...string) string {
	if slices.Contains(all, word) {
		return word
	}
	return ""
}

// stateWords are the states that there are words for: of sends and coupons, drafts and proposals.
func stateWords() []string {
	words := []string{"discarded", "sent", "confirmed", "void", "started"}
	for _, s := range store.SendStates() {
		words = append(words, string(s))
	}
	for _, s := range store.GrantStates() {
		words = append(words, string(s))
	}
	return words
}

// stockStates are WeChat Pay's words for a stock (WeChat Pay docs, 查询批次详情, status), spelled as there.
func stockStates() []string { return []string{"unactivated", "audit", "running", "stoped", "paused"} }

func codes(all []string) list {
	out := make(list, len(all))
	for i, s := range all {
		out[i] = code(s)
	}
	return out
}

// openids names the first of many customers.
func openids(all []string) list {
	var out list
	for _, id := range all[:min(len(all), linesMost)] {
		out = append(out, openid(id))
	}
	if len(all) > linesMost {
		out = append(out, "…")
	}
	return out
}
