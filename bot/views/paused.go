package views

import (
	"strconv"

	"couponbot/store"
)

// paused says who or what paused a send, and whose turn it is.
func (c *card) paused(s store.Send) {
	switch s.PauseReason {
	case "person":
		c.say("paused.person", args{"By": person(s.PausedBy), "Send": store.SendName(s.ID)})
	case store.PauseLimit, store.PauseLeft, store.PauseStockState, store.PauseTerms:
		c.pausedItself(s)
	default:
		key := c.reason(s.PauseReason)
		c.sayPhrases(phrase{"paused.wechat", args{"Means": phrase{key + ".means", nil}}}, phrase{key + ".act", nil}, phrase{"paused.until", nil})
		c.said(store.Grant{Message: s.PauseDetail})
	}
}

// pausedItself says what no longer held when a coupon was to be claimed, and whose turn it is.
func (c *card) pausedItself(s store.Send) {
	key := map[string]string{store.PauseLimit: "limit", store.PauseLeft: "left", store.PauseStockState: "stock_state", store.PauseTerms: "stock_terms"}[s.PauseReason]
	lines := []phrase{{"paused." + key, args{"By": person(s.RequestedBy)}}}
	if found := pauseFound(s); found.key != "" {
		lines = append(lines, found)
	}
	c.sayPhrases(append(lines, phrase{"paused." + key + "_act", nil}, phrase{"paused.until", nil})...)
}

// pauseFound is what was found when a send paused itself.
func pauseFound(s store.Send) phrase {
	switch s.PauseReason {
	case store.PauseLimit:
		if e, ok := s.LimitReached(); ok {
			return reached(&e)
		}
	case store.PauseStockState:
		return phrase{"paused.found", args{"Found": stockFound(s.PauseDetail)}}
	case store.PauseTerms:
		if now, err := strconv.ParseInt(s.PauseDetail, 10, 64); err == nil {
			return phrase{"paused.terms_now", args{"Now": store.Fen(now), "Amount": s.Amount}}
		}
	}
	return phrase{}
}

// stockFound is the state of a stock that gives out nothing.
func stockFound(word string) phrase {
	switch {
	case word == store.StockEnded:
		return phrase{"stocks.state.ended", nil}
	case word == store.StockNotBegun:
		return phrase{"stocks.state.waits", nil}
	case known(word, stockStates()...) != "":
		return phrase{"stock_state." + word, nil}
	}
	return phrase{"stocks.state.word", args{"Word": word}}
}
