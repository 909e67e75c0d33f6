package views

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// A drawing is one message of the golden files: everything that people can be shown, by a sentence that names it.
type drawing struct {
	group, name string
	draw        func(v *Views, r Reader) Message
}

var (
	now    = time.Date(2026, 11, 5, 6, 30, 0, 0, time.UTC)
	before = now.Add(-3 * time.Minute)
	stock  = store.Stock{ID: "9856000", Name: "满20减10元券", Status: "running", Type: "NORMAL", Amount: 1000, Minimum: 2000, Begins: now.AddDate(0, -1, 0),
		Ends: now.AddDate(0, 1, 0), MaxCoupons: 5000, Distributed: 3766, ReadAt: now.Add(-2 * time.Minute)}
	stopped = store.Stop{ID: 3, StoppedBy: "U07ADA", Why: "wrong stock in the newsletter", StoppedAt: before}
)

const customer = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

func contents(n int) store.Contents {
	c := store.Contents{StockName: "sorry-10", StockID: "9856000", CreatorMchID: "1900000001", Amount: 1000, Reason: "late", Ticket: "T-4821"}
	for i := range n {
		c.OpenIDs = append(c.OpenIDs, customer[:len(customer)-4]+strconv.Itoa(1000+i))
	}
	return c
}

func sendOf(state store.SendState, n store.Counts) store.Send {
	return store.Send{ID: 12, State: state, Revision: 1, NumberPrefix: "1900000001-20261105-k3v5", StockName: "sorry-10", StockID: "9856000", Amount: 1000,
		Reason: "late", Ticket: "T-4821", RequestedBy: "U01ANA", Counts: n, CreatedAt: before, ApprovedAt: before}
}

func coupon(i int, state store.GrantState) store.Grant {
	g := store.Grant{ID: store.GrantID{Send: 12, Position: i}, State: state, OpenID: contents(i).OpenIDs[i-1], StockID: "9856000", Attempts: 1,
		FirstCalledAt: before, LastCalledAt: before, CreatedAt: before}
	switch state {
	case store.GrantIssued:
		g.CouponID, g.FinishedAt = "52384716"+strconv.Itoa(i), now
	case store.GrantRefused:
		g.FinishedAt, g.Outcome, g.Code, g.Message, g.RequestID = now, "user_limit", "RULE_LIMIT", "用户已达领取上限", "08F5A1-0"
	case store.GrantUnknown:
		g.Outcome, g.OpenAttempt, g.AskAt = "timeout", true, now.Add(10*time.Second)
	}
	return g
}

func coupons(n store.Counts) []store.Grant {
	var out []store.Grant
	for _, some := range []struct {
		count int
		state store.GrantState
	}{{n.Unknown, store.GrantUnknown}, {n.Refused, store.GrantRefused}, {n.Issued, store.GrantIssued}, {n.Issuing, store.GrantIssuing},
		{n.Waiting, store.GrantWaiting}, {n.Cancelled, store.GrantCancelled}} {
		for range min(some.count, 20) {
			out = append(out, coupon(len(out)+1, some.state))
		}
	}
	return out[:min(len(out), 20)]
}

func facts(state store.SendState, n store.Counts) SendFacts {
	return SendFacts{Send: sendOf(state, n), Stock: stock, Grants: coupons(n)}
}

// allDrawings are the cases of the golden files.
func allDrawings(t *testing.T) []drawing {
	var all []drawing
	add := func(group, name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{group, name, draw})
	}
	for name, reply := range replies() {
		add("replies", name, func(v *Views, r Reader) Message { return v.Reply(r, reply) })
	}
	for name, confirm := range confirms() {
		add("confirm", name, func(v *Views, r Reader) Message { return v.Reply(r, confirm) })
	}
	for name, status := range statuses() {
		add("status", name, func(v *Views, r Reader) Message { return v.Reply(r, status) })
	}
	for name, reply := range lookups() {
		add("lookup", name, func(v *Views, r Reader) Message { return v.Reply(r, reply) })
	}
	for name, refusal := range refusals() {
		add("refusals", name, func(v *Views, r Reader) Message { return v.Refusal(r, refusal) })
	}
	add("refusals", "something unexpected", func(v *Views, r Reader) Message { return v.Failure(r) })
	add("refusals", "too busy", func(v *Views, r Reader) Message { return v.Busy(r) })
	for name, f := range sends() {
		add("private", name, func(v *Views, r Reader) Message { return v.PrivateCard(r, f, false) })
		add("direct", name, func(v *Views, r Reader) Message { return v.SendCard(r, f) })
		if !f.Send.Final() {
			add("private", name+", told in direct messages from now on", func(v *Views, r Reader) Message { return v.PrivateCard(r, f, true) })
		} else {
			add("log", name, func(v *Views, r Reader) Message { return v.LogLine(r, f) })
		}
	}
	for _, reason := range reasonWords(t) {
		for name, f := range fates(reason) {
			add("reasons", reason+": "+name, func(v *Views, r Reader) Message { return v.SendCard(r, f) })
		}
	}
	all = append(all, campaignDrawings(t)...)
	return append(append(all, channelDrawings()...), approvalDrawings(t)...)
}

func channelDrawings() []drawing {
	var all []drawing
	add := func(group, name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{group, name, func(v *Views, r Reader) Message {
			r.Private = false
			return draw(v, r)
		}})
	}
	asked, started := stopped, stopped
	asked.StartAskedBy, asked.StartAskedAt = "U08AMIR", now
	started = asked
	started.StartedBy, started.StartedAt = "U09EVE", now
	for name, s := range map[string]store.Stop{"stopped": stopped, "a start is asked for": asked, "started again": started} {
		add("stop", name, func(v *Views, r Reader) Message { return v.StopCard(r, s) })
	}
	for name, s := range map[string]store.Stop{"start is asked for": asked, "start is confirmed": started} {
		add("stop", name, func(v *Views, r Reader) Message { return v.StartCard(r, s) })
	}
	for name, p := range settlements() {
		g, s := coupon(1, store.GrantUnknown), sendOf(store.SendIssuing, store.Counts{Total: 1, Unknown: 1})
		g.Code, g.Message, g.RequestID = "SYSTEM_ERROR", "系统错误", "08F5A1-268435456"
		add("settle", name, func(v *Views, r Reader) Message { return v.SettleCard(r, p, g, s) })
	}
	for name, f := range alerts() {
		add("alerts", name, func(v *Views, r Reader) Message { return v.AlertCard(r, f) })
		over := f
		over.Alert.OverAt = now
		add("alerts", name+", over", func(v *Views, r Reader) Message { return v.AlertCard(r, over) })
	}
	add("stop", "a copy of a lost post", func(v *Views, r Reader) Message { return v.Copy(r, v.StopCard(r, stopped)) })
	one := facts(store.SendDone, store.Counts{Total: 1, Issued: 1})
	add("log", "one coupon, seen by a channel", func(v *Views, r Reader) Message { return v.LogLine(r, one) })
	add("direct", "one coupon, seen by a channel", func(v *Views, r Reader) Message { return v.SendCard(r, one) })
	return all
}

func settlements() map[string]store.Settlement {
	p := store.Settlement{ID: 7, Grant: store.GrantID{Send: 12, Position: 1}, Verdict: store.GrantIssued, CouponID: "5238471601", AskedBy: "U05FINN", AskedAt: before}
	no := p
	no.Verdict, no.CouponID, no.Why = store.GrantRefused, "", "not in the customer's wallet"
	done, void := p, no
	done.ConfirmedBy, done.ConfirmedAt = "U07ADA", now
	void.VoidAt = now
	return map[string]store.Settlement{"proposed as issued": p, "proposed as refused": no, "confirmed": done, "void": void}
}

func alerts() map[string]AlertFacts {
	alert := func(kind string, detail map[string]string) AlertFacts {
		return AlertFacts{Alert: store.Alert{ID: 5, Kind: kind, Detail: detail, At: before}}
	}
	unknown := alert(store.AlertUnknown, map[string]string{"grant": "S12-1"})
	g, s := coupon(1, store.GrantUnknown), sendOf(store.SendIssuing, store.Counts{Total: 1, Unknown: 1})
	g.NeedsPerson, g.AskAt = true, time.Time{}
	known := unknown
	known.Grant, known.Send = &g, &s
	done := coupon(1, store.GrantIssued)
	ended := unknown
	ended.Grant, ended.Send = &done, &s
	late := alert(store.AlertUnknown, map[string]string{"grant": "S12-1", "state": "refused", "coupon_id": "5238471601"})
	gone := coupon(1, store.GrantRefused)
	lateKnown := late
	lateKnown.Grant, lateKnown.Send = &gone, &s
	return map[string]AlertFacts{
		"a coupon named too late":                   lateKnown,
		"a coupon named too late, without its rows": late,
		"unknown, without its rows":                 unknown,
		"unknown":                                   known,
		"unknown, settled meanwhile":                ended,
		"stock paused": alert(store.AlertStockPaused, map[string]string{"stock": "9856000", "reason": "budget_gone", "code": "NOT_ENOUGH", "message": "批次预算不足",
			"request_id": "08F5A1-270079534"}),
		"stock low":                 alert(store.AlertStockLow, map[string]string{"stock": "9856000", "called": "sorry-10", "left": "4321", "total": "50000"}),
		"stock ends soon":           alert(store.AlertStockEnding, map[string]string{"stock": "9856000", "called": "sorry-10", "ends": "2026-11-07T16:00:00Z"}),
		"stock off":                 alert(store.AlertStockOff, map[string]string{"stock": "9856000", "called": "sorry-10", "status": "paused"}),
		"stock off, somehow":        alert(store.AlertStockOff, map[string]string{"stock": "9856000", "called": "sorry-10", "status": "<asleep>"}),
		"held by configuration":     alert(store.AlertHeld, map[string]string{"why": store.HeldConfiguration, "detail": "401 SIGN_ERROR: 签名错误"}),
		"held by the clock":         alert(store.AlertHeld, map[string]string{"why": store.HeldClock, "detail": "the clock is 92 s behind"}),
		"held by something new":     alert(store.AlertHeld, map[string]string{"why": "moon", "detail": "full"}),
		"slack":                     alert(store.AlertSlack, map[string]string{"why": "not_in_channel: C03LOG"}),
		"a group has changed":       alert(store.AlertGroup, map[string]string{"group": "S02LEADS", "added": "U03BEN U05FINN", "removed": "U09EVE"}),
		"a group has lost somebody": alert(store.AlertGroup, map[string]string{"group": "S02LEADS", "removed": "U09EVE"}),
		"a limit of an agent": alert(store.AlertLimit, map[string]string{"kind": "agent", "key": "U01ANA", "period": "day", "used": "41000", "most": "50000",
			"until": "2026-11-05T16:00:00Z"}),
		"a limit of a customer": alert(store.AlertLimit, map[string]string{"kind": "customer", "key": customer, "openid": customer, "period": "month", "used": "4", "most": "5",
			"unit": "coupons", "until": "2026-11-30T16:00:00Z"}),
		"a limit for ever":            alert(store.AlertLimit, map[string]string{"kind": "campaign", "period": "ever", "used": "4", "most": "5", "unit": "coupons"}),
		"staff":                       alert(store.AlertStaff, map[string]string{"person": "U01ANA", "openids": "1"}),
		"several of staff":            alert(store.AlertStaff, map[string]string{"person": "U01ANA", "openids": "3"}),
		"who is blocked has changed":  alert(store.AlertKeptOut, map[string]string{"list": "blocked", "person": "U06MIA", "customers": "1200", "before": "1250"}),
		"a list is gone":              alert(store.AlertKeptOut, map[string]string{"list": "staff", "person": "os:<root>", "customers": "0", "before": "31"}),
		"a requester left":            alert(store.AlertLeft, map[string]string{"person": "U01ANA", "waiting": "2", "paused": "1"}),
		"of a kind that has no words": alert("moon", map[string]string{"why": "full"}),
	}
}

// fates are the ways in which a coupon can stand with one outcome; one is enough for most, because words and fates are
// found apart from each other.
func fates(reason string) map[string]SendFacts {
	all := map[string]SendFacts{}
	put := func(name string, state store.SendState, n store.Counts, change func(g *store.Grant)) {
		f := facts(state, n)
		f.Grants[0].Outcome = reason
		change(&f.Grants[0])
		all[name] = f
	}
	put("refused for good", store.SendDone, store.Counts{Total: 1, Refused: 1}, func(*store.Grant) {})
	if reason != "user_limit" && reason != "number_too_old" && reason != "settled" {
		return all
	}
	put("not known yet", store.SendIssuing, store.Counts{Total: 1, Unknown: 1}, func(*store.Grant) {})
	put("refused for now", store.SendDone, store.Counts{Total: 1, Refused: 1}, func(g *store.Grant) { g.Retryable = true })
	put("refused for now, too old", store.SendDone, store.Counts{Total: 1, Refused: 1}, func(g *store.Grant) {
		g.Retryable, g.FirstCalledAt = true, now.Add(-25*time.Hour)
	})
	put("issued", store.SendDone, store.Counts{Total: 1, Issued: 1}, func(*store.Grant) {})
	put("a person must look", store.SendIssuing, store.Counts{Total: 1, Unknown: 1}, func(g *store.Grant) { g.NeedsPerson, g.AskAt = true, time.Time{} })
	put("a person should look", store.SendIssuing, store.Counts{Total: 1, Unknown: 1}, func(g *store.Grant) { g.NeedsPerson = true })
	put("asked by people only", store.SendIssuing, store.Counts{Total: 1, Unknown: 1}, func(g *store.Grant) { g.AskAt = time.Time{} })
	put("without an answer", store.SendIssuing, store.Counts{Total: 1, Unknown: 1}, func(g *store.Grant) { g.Outcome = "" })
	put("waits to be asked again", store.SendIssuing, store.Counts{Total: 1, Waiting: 1}, func(g *store.Grant) { g.AskAt = now.Add(30 * time.Second) })
	return all
}

func replies() map[string]commands.Reply {
	one := sendOf(store.SendIssuing, store.Counts{Total: 3, Issued: 1, Waiting: 1, Unknown: 1})
	many := sendOf(store.SendPaused, store.Counts{Total: 8, Issued: 1, Waiting: 5, Issuing: 2})
	asked := stopped
	asked.StartAskedBy = "U08AMIR"
	topics := []commands.Topic{
		{Verb: "help", Usage: "[word]"},
		{Verb: "send", Usage: `<stock> <openid>... [--reason r] [--note "…"]`, Examples: []string{"/coupon send sorry-10 oUpF8uMuAJO_M2pxb1Q9zNjWeS6o --reason late --ticket T-4821"}},
		{Verb: "status", Usage: "<id>"}, {Verb: "who", Usage: "<openid>"}, {Verb: "find", Usage: "<text>"}, {Verb: "mine"}, {Verb: "stocks"}, {Verb: "stock", Usage: "<stock>"},
		{Verb: "queue"}, {Verb: "approve", Usage: "<id>"}, {Verb: "reject", Usage: "<id>"}, {Verb: "withdraw", Usage: "<id>"}, {Verb: "limits", Usage: "[@person]"},
		{Verb: "pause", Usage: "<id>"}, {Verb: "resume", Usage: "<id>"}, {Verb: "cancel", Usage: "<id>"}, {Verb: "retry", Usage: "<id>"},
		{Verb: "recheck", Usage: "<id>"}, {Verb: "settle", Usage: `<id> issued <coupon_id>`}, {Verb: "stop", Usage: "<why>"}, {Verb: "start"}, {Verb: "dance"},
	}
	settle := settlements()
	return map[string]commands.Reply{
		"help":                             commands.Help{Command: "/coupon", Topics: topics},
		"help about a word":                commands.Help{Command: "/coupon", Word: "retry", Topics: topics[16:17]},
		"help about a word that fits none": commands.Help{Command: "/coupon", Word: "moon"},
		"sent":                             commands.Sent{Send: one},
		"sent, pressed twice":              commands.Sent{Send: one, Again: true},
		"discarded":                        commands.Discarded{},
		"editing":                          commands.Editing{Line: `/coupon send sorry-10 oUpF8uMuAJO_M2pxb1Q9zNjWeS6o --reason late --note "it's <late> *again*"`},
		"editing a long line":              commands.Editing{Line: "/coupon send sorry-10 " + strings.Repeat(customer+" ", 120)},
		"paused":                           commands.Changed{Send: many, Verb: "pause"},
		"paused, one waits":                commands.Changed{Send: one, Verb: "pause"},
		"resumed":                          commands.Changed{Send: many, Verb: "resume"},
		"resumed, one waits":               commands.Changed{Send: one, Verb: "resume"},
		"cancelled":                        commands.Changed{Send: sendOf(store.SendCancelled, store.Counts{Total: 3, Issued: 1, Cancelled: 2}), Verb: "cancel"},
		"cancelled, some not settled":      commands.Changed{Send: sendOf(store.SendCancelled, store.Counts{Total: 5, Issued: 1, Cancelled: 2, Unknown: 1, Issuing: 1}), Verb: "cancel"},
		"withdrawn":                        commands.Changed{Send: sendOf(store.SendWithdrawn, store.Counts{Total: 3, Waiting: 3}), Verb: "withdraw"},
		"retried":                          commands.Retried{Send: many, Retried: store.Retried{Back: 2}},
		"retried, some not":                commands.Retried{Send: many, Retried: store.Retried{Back: 1, Final: 3, TooOld: 2}},
		"retried, one not of each":         commands.Retried{Send: many, Retried: store.Retried{Back: 4, Final: 1, TooOld: 1}},
		"rechecked":                        commands.Rechecked{Send: one, Coupons: 1},
		"rechecked many":                   commands.Rechecked{Send: one, Coupons: 12},
		"settlement asked":                 commands.SettleAsked{Settlement: settle["proposed as issued"]},
		"settled":                          commands.Settled{Settlement: settle["confirmed"]},
		"stop asked":                       commands.StopAsk{Why: "wrong stock in the newsletter", Value: "1762324200000.U07ADA.wrong"},
		"stopped":                          commands.Stopped{Stop: stopped},
		"stopped before":                   commands.Stopped{Stop: stopped, Existed: true},
		"start asked":                      commands.StartAsked{Stop: asked},
		"started":                          commands.Started{Stop: asked},
		"redrawn":                          commands.Redrawn{Subject: "S12"},
	}
}
