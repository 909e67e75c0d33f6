package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// runPaused says who or what paused a run, and whose turn it is.
func (c *card) runPaused(q commands.RunView) {
	s, t := q.Send, tallyOf(q)
	a := with(runArgs(q), args{"Count": t.left, "By": person(s.PausedBy), "OpenID": openid(q.Campaign.TestOpenID), "Stops": thresholds(q.Run.Rules)})
	key := "run.paused."
	switch s.PauseReason {
	case "person":
		key += s.PauseReason
	case store.PauseFailures:
		key += s.PauseReason
		failed, ok := s.Failures()
		if !ok {
			failed = store.Failed{Refused: t.refused, Answered: t.refused + t.issued}
		}
		a["Refused"], a["Answered"] = failed.Refused, failed.Answered
	case store.PauseTest:
		c.sayPhrases(phrase{key + testEnd(s), a}, phrase{"run.paused.test_act", a})
		return
	case store.PauseLimit, store.PauseLeft, store.PauseStockState, store.PauseTerms:
		key += s.PauseReason
		a["By"] = person(s.RequestedBy)
	default:
		reason := c.reason(s.PauseReason)
		c.sayPhrases(phrase{key + "wechat", args{"Means": phrase{reason + ".means", nil}}}, phrase{reason + ".act", nil})
		c.waiting(a)
		c.said(store.Grant{Message: s.PauseDetail})
		return
	}
	lines := []phrase{{key, a}}
	if found := pauseFound(s); found.key != "" {
		lines = append(lines, found)
	}
	c.sayPhrases(append(lines, phrase{key + "_act", a})...)
	c.waiting(a)
}

// waiting is what does not go out while a run is paused.
func (c *card) waiting(a args) {
	if a["Count"] != 0 {
		c.say("run.paused.until", a)
	}
}

// testEnd is how the first coupon ended, the one for the phone.
func testEnd(s store.Send) string {
	if s.Issued > 0 {
		return "test_issued"
	}
	return "test_refused"
}
