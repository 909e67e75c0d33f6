package views

import (
	"couponbot/commands"
)

// RunEnded tells a campaign's channel that a run is over: a message of its own, because redrawing a card notifies
// nobody.
func (v *Views) RunEnded(r Reader, q commands.RunView) Message {
	r.Private = false
	c := v.card(r)
	a := runArgs(q)
	c.head("run.head", a)
	if neverBegan(q.Send) {
		c.closed(q.Send)
		return c.message("ended.never", a)
	}
	t := tallyOf(q)
	if t.whole == 0 {
		c.say("run.nobody_left", nil)
		return c.message("ended.summary", a)
	}
	lines := []phrase{t.sum(), {"ended.money", a}}
	if over := q.Run.OverAt; over.After(q.Send.ApprovedAt) && !q.Send.ApprovedAt.IsZero() {
		lines = append(lines, phrase{"ended.took", args{"Lasts": lasts(over.Sub(q.Send.ApprovedAt)), "From": q.Send.ApprovedAt, "To": over}})
	}
	c.sayPhrases(lines...)
	if t.unknown > 0 {
		c.say("run.unknown", a)
	}
	if t.refused > 0 {
		c.say("ended.refused", with(a, args{"Count": t.refused}))
	}
	return c.message("ended.summary", a)
}

// sum says what became of all customers, and adds up.
func (t tally) sum() phrase {
	sum := phrase{"ended.part.issued", args{"Count": t.issued}}
	for _, part := range counted("ended.part.", count{"refused", int64(t.refused)}, count{"unknown", int64(t.unknown)}, count{"cancelled", int64(t.cancelled)}) {
		sum = phrase{"ended.plus", args{"A": sum, "B": part}}
	}
	return phrase{"ended.sum", args{"Count": t.whole, "Sum": sum}}
}

// Failures goes along with the file of those who got nothing from a run, to its maker alone.
func (v *Views) Failures(r Reader, q commands.RunView) Message {
	a := with(runArgs(q), args{"Count": tallyOf(q).refused})
	return v.line(r, "run_step.failures", a)
}
