package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// ownButtons are a run's on the card of who asked for it, who can ask once more for what came to nothing.
func (c *card) ownButtons(f SendFacts) []button {
	out := c.runButtons(*f.Run)
	if s := f.Send; neverBegan(s) && !withdrawnByBot(s) {
		out = append(out, button{action: "send.again", value: commands.SendValue(s)})
	}
	return out
}

// ownSeries is the asking for the approval of a series, on the card of who saved the schedule.
func (c *card) ownSeries(f SendFacts) Message {
	s, q := f.Send, *f.Series
	a := args{"Send": store.SendName(s.ID), "Standing": seriesStanding(s), "Campaign": s.Campaign, "Money": q.Schedule.Total}
	c.head("series.card", a)
	c.halted(f)
	switch {
	case neverBegan(s):
		c.closed(s)
	case s.State == store.SendAwaiting:
		c.sayPhrases(phrase{"schedule.waits", a}, missingLine(s))
		c.patience(s)
	default:
		c.say("series.now", a)
	}
	c.seriesLines(q)
	c.buttons(c.ownButtons(f)...)
	return c.message("series.summary", a)
}

// seriesStanding is a send's standing, but for one that asked for the approval of a series and has it.
func seriesStanding(s store.Send) phrase {
	if s.State == store.SendDone {
		return phrase{"series.approved", nil}
	}
	return standingOf(s)
}
