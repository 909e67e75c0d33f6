package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// sendButtons are those that would do something now. Resume, the one way on for a paused send, is the primary one.
func (c *card) sendButtons(f SendFacts) []button {
	s := f.Send
	value := commands.SendValue(s)
	var out []button
	switch s.State {
	case store.SendAwaiting:
		out = append(out, button{action: "send.withdraw", value: value, dialog: &dialog{"withdraw", args{"Send": store.SendName(s.ID),
			"Money": s.Amount * store.Fen(s.Total), "Coupon": s.StockName}}})
	case store.SendRejected, store.SendExpired, store.SendWithdrawn:
		if !withdrawnByBot(s) { // whose requester may send no more
			out = append(out, button{action: "send.again", value: value})
		}
	case store.SendApproved, store.SendIssuing:
		if s.Waiting > 0 {
			out = append(out, button{action: "send.pause", value: value})
		}
	case store.SendPaused:
		out = append(out, button{action: "send.resume", value: value, style: slack.StylePrimary, dialog: c.resumeDialog(f)})
	}
	if s.Unknown > 0 {
		out = append(out, button{action: "send.recheck", value: value})
	}
	if n := c.retryable(f); n > 0 {
		out = append(out, button{action: "send.retry", value: value, dialog: &dialog{"retry", args{"Count": n, "Send": store.SendName(s.ID),
			"Money": s.Amount * store.Fen(n), "Coupon": s.StockName, "Whom": whom(f, n)}}})
	}
	if s.Waiting > 0 && (s.State == store.SendApproved || s.State == store.SendIssuing || s.State == store.SendPaused) {
		out = append(out, button{action: "send.cancel", value: value, style: slack.StyleDanger, dialog: &dialog{"cancel", args{"Count": s.Waiting,
			"Send": store.SendName(s.ID), "Money": s.Amount * store.Fen(s.Waiting), "Coupon": s.StockName, "Whom": whom(f, s.Waiting)}}})
	}
	return out
}

func (c *card) resumeDialog(f SendFacts) *dialog {
	s := f.Send
	if s.Waiting == 0 {
		return nil
	}
	return &dialog{"resume", args{"Count": s.Waiting, "Send": store.SendName(s.ID), "Money": s.Amount * store.Fen(s.Waiting), "Coupon": s.StockName,
		"Whom": whom(f, s.Waiting)}}
}

// whom names the one customer of a send, or says how many there are.
func whom(f SendFacts, n int) any {
	if n == 1 && f.Send.Total == 1 && len(f.Grants) == 1 {
		return openid(f.Grants[0].OpenID)
	}
	return phrase{"people.count", args{"Count": n}}
}

// retryable is how many refused coupons a retry would put back, as far as this card can tell: those that it was not
// given count too, for the ledger knows better.
func (c *card) retryable(f SendFacts) int {
	s := f.Send
	switch s.State {
	case store.SendDone, store.SendIssuing, store.SendPaused:
	default:
		return 0
	}
	if !c.reader.Now.IsZero() && c.reader.Now.After(s.ApprovedAt.Add(store.RetryLife)) {
		return 0
	}
	n := s.Refused
	for _, g := range f.Grants {
		if g.State == store.GrantRefused && (!g.Retryable || g.Outcome == store.ReasonNumberTooOld || c.tooOld(g)) {
			n--
		}
	}
	return max(0, n)
}
