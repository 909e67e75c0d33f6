package views

import (
	"encoding/json"

	"couponbot/commands"
	"couponbot/store"
)

// The rows of buttons of the cards about one planned time. Their buttons are those of the schedule's own card; the row tells
// which card was pressed.
const (
	BlockSlot      = "slot"
	BlockPreflight = "preflight"
)

// MissedCard asks what becomes of a planned time that nobody was there for, or says what became of one: then it has no
// buttons.
func (v *Views) MissedCard(r Reader, q commands.ScheduleView, n store.SlotNote) Message {
	c := v.card(r)
	a := args{"Campaign": q.Campaign.Name, "When": c.slot(zoneOf(q), n.At, true), "Age": c.age(n.At), "Outcome": c.slotOutcome(n)}
	c.head("planned.head."+outcome(n), a)
	switch n.Outcome {
	case store.SlotAsked:
		c.say("missed.ask", a)
		c.earlier(n)
		c.sayPhrases(append(scheduleCost(q), phrase{"missed.how", nil})...)
		value := commands.SlotValue(q.Schedule, n.Slot)
		c.row(BlockSlot, button{action: "schedule.run", value: value, dialog: &dialog{"schedule_run", runNowArgs(q.Schedule, n.Slot, q.Figures)}},
			button{action: "schedule.skip", value: value})
		return c.message("missed.summary", a)
	case store.SlotRefused:
		c.say("planned.refused", a)
		c.sayPhrases(c.whyRefused(n))
		c.cure(n)
	default:
		c.say("missed.decided", a)
		c.earlier(n)
	}
	switch n.Outcome {
	case store.SlotRefused, store.SlotMissed, store.SlotOverlap:
		c.small("planned.by_hand", a)
	}
	if n.Outcome == store.SlotRefused { // why is a sentence
		return c.message("planned.summary_refused", args{"Campaign": a["Campaign"], "When": a["When"], "Why": c.whyRefused(n)})
	}
	return c.message("missed.summary_decided", a)
}

// earlier tells of missed planned times that have no card of their own.
func (c *card) earlier(n store.SlotNote) {
	if n.Older > 0 {
		c.say("planned.older", args{"Count": n.Older})
	}
}

// outcome is what became of a planned time, as far as there are words for it.
func outcome(n store.SlotNote) string {
	if word := known(n.Outcome, store.SlotRun, store.SlotSkipped, store.SlotMissed, store.SlotAsked, store.SlotOverlap, store.SlotRefused, store.SlotWaiting); word != "" {
		return word
	}
	return "anything"
}

// slotOutcome is what became of a planned time, in a line.
func (c *card) slotOutcome(n store.SlotNote) phrase {
	a := args{"Send": store.SendName(n.Send), "By": person(n.By), "Why": n.Why}
	if n.By == store.ActorClock {
		a["By"] = person("")
	}
	switch n.Outcome {
	case store.SlotRefused:
		a["Why"] = c.whyRefused(n)
	case store.SlotWaiting:
		return phrase{c.known("planned.waits.", n.Why, "anything"), a}
	}
	return phrase{"slot." + outcome(n), a}
}

// whyRefused is what kept a planned run from starting.
func (c *card) whyRefused(n store.SlotNote) phrase {
	r := refusalOf(n)
	a := with(refusalArgs(&r), args{"Why": n.Why})
	if key := "refusal." + n.Why + ".what"; !c.has("planned.why."+n.Why) && r.Code != "" && c.has(key) {
		return phrase{key, a}
	}
	return phrase{c.known("planned.why.", n.Why, "anything"), a}
}

// cure is what can be done about a refusal.
func (c *card) cure(n store.SlotNote) {
	r := refusalOf(n)
	if r.Limit != nil {
		c.sayPhrases(reached(r.Limit))
	}
	if key := "refusal." + n.Why + ".do"; !c.has("planned.why."+n.Why) && c.has(key) {
		c.say(key, refusalArgs(&r))
	}
}

// refusalOf is the refusal of a planned run as it was kept, as far as it was.
func refusalOf(n store.SlotNote) (r commands.Refusal) {
	if json.Unmarshal([]byte(n.Detail), &r) != nil {
		return commands.Refusal{}
	}
	return r
}
