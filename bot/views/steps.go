package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// StepNote tells a requester what happened to a send. The first words say it, because they are all that a notification shows.
func (v *Views) StepNote(r Reader, step store.Step, s store.Send) Message {
	c := v.card(r)
	a := args{"What": whatOf(s), "By": person(step.Person), "Seats": nil, "Group": step.Why, "Channel": channel(s.Channel), "Campaign": s.Campaign}
	if s.State == store.SendAwaiting {
		a["Seats"] = missing(s)
	}
	key := c.known("step.", step.Kind, "anything")
	if step.Kind == store.StepApproved {
		key = approvedStep(s)
	}
	if step.Kind == store.StepExpired && step.Why == store.AdoptedWhy {
		key = "step.expired_adopted"
	}
	c.say(key, a)
	switch step.Kind {
	case store.StepRejected:
		c.quote("label.why", step.Why)
	case store.StepByMessage, store.StepChannel:
		if step.Why != "" {
			c.small("step.said", args{"Why": step.Why})
		}
	}
	return c.message(key, a)
}

// approvedStep is what an approval led to.
func approvedStep(s store.Send) string {
	switch {
	case s.State == store.SendPaused:
		return "step.approved_paused"
	case s.Kind == kindCampaign && s.State == store.SendDone && s.Total == 0:
		return "step.approved_series"
	case s.Kind == kindCampaign:
		return "step.approved_run"
	}
	return "step.approved"
}

// whatOf names a send with its coupon and money, and one of a campaign, whose coupons are not all written yet, with that.
func whatOf(s store.Send) phrase {
	if s.Kind == kindCampaign {
		return phrase{"step.what_run", args{"Send": store.SendName(s.ID), "Coupon": s.StockName, "Campaign": s.Campaign}}
	}
	return phrase{"step.what", args{"Send": store.SendName(s.ID), "Coupon": s.StockName, "Count": s.Total, "Money": s.Amount * store.Fen(s.Total)}}
}

// Reminder asks the deciders once more, by name. mention are the Slack ids of people (U…) and user groups (S…) whose seats are missing; one
// whose send was decided says so and mentions nobody.
func (v *Views) Reminder(r Reader, step store.Step, a commands.Approval, mention []string) Message {
	r.Private = false
	c := v.card(r)
	x := approvalArgs(a)
	if a.Send.State != store.SendAwaiting {
		c.say("reminder.over", x)
		return c.message("reminder.over", x)
	}
	x["At"], x["Mentions"] = a.Send.CreatedAt, persons(mention[:min(len(mention), mentionsMost)])
	c.sayPhrases(phrase{"reminder.waits", x}, phrase{worded("reminder.what", a), x})
	c.small("reminder.how", x)
	return c.message("reminder.summary", x)
}

// mentionsMost is how many people and groups one message calls by name.
const mentionsMost = 20
