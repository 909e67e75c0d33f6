package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// Reply is the answer to what was typed or pressed, for the asker alone.
func (v *Views) Reply(r Reader, reply commands.Reply) Message {
	switch q := reply.(type) {
	case commands.Help:
		return v.help(r, q)
	case commands.Confirm:
		return v.confirm(r, q)
	case commands.Sent:
		if q.Again {
			return v.line(r, "reply.sent_again", args{"Send": store.SendName(q.Send.ID), "Standing": standingOf(q.Send)})
		}
		if q.Send.State == store.SendAwaiting {
			return v.line(r, "reply.sent_awaiting", args{"Send": store.SendName(q.Send.ID), "Seats": missing(q.Send)})
		}
		return v.line(r, "reply.sent", args{"Send": store.SendName(q.Send.ID)})
	case commands.Discarded:
		return v.line(r, "reply.discarded", nil)
	case commands.Editing:
		return v.editing(r, q)
	case commands.Status:
		return v.status(r, q)
	case commands.Customer:
		return v.customer(r, q)
	case commands.Found:
		return v.found(r, q)
	case commands.Mine:
		return v.mine(r, q)
	case commands.Stocks:
		return v.stocks(r, q)
	case commands.StockView:
		return v.stockView(r, q)
	case commands.Changed:
		return v.changed(r, q)
	case commands.Retried:
		return v.retried(r, q)
	case commands.Rechecked:
		return v.line(r, "reply.rechecked", args{"Send": store.SendName(q.Send.ID), "Count": q.Coupons})
	case commands.SettleAsked:
		return v.line(r, "reply.settle_asked", settleArgs(q.Settlement))
	case commands.Settled:
		return v.line(r, "reply.settled", settleArgs(q.Settlement))
	case commands.StopAsk:
		return v.stopAsk(r, q)
	case commands.Stopped:
		if q.Existed {
			return v.line(r, "reply.stopped_before", stopArgs(q.Stop))
		}
		return v.line(r, "reply.stopped", stopArgs(q.Stop))
	case commands.StartAsked:
		return v.line(r, "reply.start_asked", stopArgs(q.Stop))
	case commands.Started:
		return v.line(r, "reply.started", stopArgs(q.Stop))
	case commands.Redrawn:
		return v.line(r, "reply.redrawn", nil)
	}
	return v.deciderReply(r, reply)
}

// deciderReply is the answer about approvals, limits and forms.
func (v *Views) deciderReply(r Reader, reply commands.Reply) Message {
	switch q := reply.(type) {
	case commands.Approval:
		return v.ApprovalCard(r, q)
	case commands.Decided:
		return v.decidedReply(r, q)
	case commands.Queue:
		return v.queue(r, q)
	case commands.LimitsView:
		return v.limitsView(r, q)
	case commands.SendForm, commands.RejectForm: // Form draws them
		return v.line(r, "reply.not_opened", nil)
	}
	return v.campaignReply(r, reply)
}

// line is an answer of one sentence or two.
func (v *Views) line(r Reader, key string, a args) Message {
	c := v.card(r)
	c.say(key, a)
	return c.message(key, a)
}

func (v *Views) changed(r Reader, q commands.Changed) Message {
	s := q.Send
	a := args{"Send": store.SendName(s.ID), "Count": s.Waiting, "Cancelled": s.Cancelled, "Unsettled": s.Issuing + s.Unknown, "Issued": s.Issued}
	return v.line(r, "reply.changed_"+q.Verb, a)
}

func (v *Views) decidedReply(r Reader, q commands.Decided) Message {
	a := args{"What": whatOf(q.Send), "By": person(q.Send.RequestedBy), "Seats": nil}
	if q.Send.State == store.SendAwaiting {
		a["Seats"] = missing(q.Send)
	}
	return v.line(r, "reply.decided_"+string(q.Verdict), a)
}

func (v *Views) retried(r Reader, q commands.Retried) Message {
	c := v.card(r)
	a := args{"Send": store.SendName(q.Send.ID), "Count": q.Back}
	lines := []phrase{{"reply.retried", a}}
	if q.Final > 0 {
		lines = append(lines, phrase{"reply.retried_final", args{"Count": q.Final}})
	}
	if q.TooOld > 0 {
		lines = append(lines, phrase{"reply.retried_too_old", args{"Count": q.TooOld}})
	}
	c.sayPhrases(lines...)
	return c.message("reply.retried", a)
}

// help lists what this person may do; with a word, what matches it.
func (v *Views) help(r Reader, q commands.Help) Message {
	c := v.card(r)
	if q.Command != "" {
		words := *c.words
		words.command = q.Command
		c.words = &words
	}
	switch {
	case q.Word != "" && len(q.Topics) == 0:
		c.say("help.nothing", args{"Word": code(q.Word)})
		return c.message("help.nothing", args{"Word": q.Word})
	case q.Word != "":
		c.say("help.about", args{"Word": code(q.Word)})
	default:
		c.head("help.head", nil)
		c.say("help.intro", nil)
	}
	for _, topic := range q.Topics {
		lines := []phrase{{"help.usage", args{"Usage": code(c.words.command + " " + topic.Verb + " " + topic.Usage)}}, {c.known("help.verb.", topic.Verb, "anything"), nil}}
		for _, example := range topic.Examples {
			lines = append(lines, phrase{"help.example", args{"Example": code(example)}})
		}
		c.sayPhrases(lines...)
	}
	c.small("help.foot", nil)
	return c.message("help.summary", args{"Count": len(q.Topics)})
}

// Failure is for anything unexpected before something was accepted: nothing was, and it may be tried again.
func (v *Views) Failure(r Reader) Message { return v.line(r, "refusal.failure", nil) }

// Busy is the answer when there is no room or no time: not accepted, nothing was sent, try again.
func (v *Views) Busy(r Reader) Message {
	return v.Refusal(r, &commands.Refusal{Code: commands.NotAccepted})
}

// Copy marks a message that is posted again because the answer to its first post was lost.
func (v *Views) Copy(r Reader, m Message) Message {
	c := v.card(r)
	c.small("copy", nil)
	blocks := append([]slack.Block{}, c.blocks...)
	return fit(Message{Text: m.Text, Blocks: append(blocks, m.Blocks...)})
}
