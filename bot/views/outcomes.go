package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// outcomesMost is how many reasons one card explains; the first are the most frequent.
const outcomesMost = 4

// outcomes are the refused coupons of a run by reason: how many, what it means, who must act, whether it can be tried
// again.
func (c *card) outcomes(q commands.RunView) {
	shown := q.Outcomes[:min(len(q.Outcomes), outcomesMost)]
	for _, o := range shown {
		key := c.reason(o.Outcome)
		c.sayPhrases(phrase{"outcome.why", args{"Count": o.Coupons, "Means": phrase{key + ".means", nil}}}, phrase{key + ".act", nil}, c.again(q, o))
		c.said(store.Grant{Code: o.Code, Message: o.Message})
	}
	more, coupons := 0, int64(0)
	for _, o := range q.Outcomes[len(shown):] {
		more, coupons = more+1, coupons+o.Coupons
	}
	if more > 0 {
		c.small("outcome.more", args{"Count": more, "Coupons": coupons})
	}
}

// again is whether the coupons of one reason can be tried once more.
func (c *card) again(q commands.RunView, o store.OutcomeCount) phrase {
	a := args{"Count": o.Coupons, "Campaign": q.Campaign.Name}
	switch {
	case !retryable(o):
		return phrase{"outcome.final", a}
	case q.Send.State == store.SendCancelled:
		return phrase{"outcome.cancelled", a}
	case c.retryOver(q.Send):
		return phrase{"outcome.over", a}
	}
	return phrase{"outcome.retryable", a}
}

func retryable(o store.OutcomeCount) bool {
	return o.Retryable && o.Outcome != store.ReasonNumberTooOld
}

// runRetryable is how many refused coupons of a run a retry would put back at most.
func (c *card) runRetryable(q commands.RunView) (n int) {
	switch q.Send.State {
	case store.SendDone, store.SendIssuing, store.SendPaused:
	default:
		return 0
	}
	if c.retryOver(q.Send) {
		return 0
	}
	for _, o := range q.Outcomes {
		if retryable(o) {
			n += int(o.Coupons)
		}
	}
	return n
}

// retryOver tells that a send was approved too long ago for a retry, as far as the reader's clock is known.
func (c *card) retryOver(s store.Send) bool {
	return !c.reader.Now.IsZero() && c.reader.Now.After(s.ApprovedAt.Add(store.RetryLife))
}
