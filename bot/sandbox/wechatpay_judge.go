package sandbox

import "strings"

// judge says why the world refuses a well-formed send now, or nil. The caller holds the lock.
func (w *WeChatPay) judge(c *wxCall) *wxRefusal {
	if no := w.judgeMerchant(c.send.AppID, c.send.Creator); no != nil {
		return no
	}
	stock := w.book.stocks[c.send.StockID]
	switch {
	case stock == nil:
		return wxRefuse("stock_not_found")
	case stock.Creator != c.send.Creator, stock.Type != "NORMAL":
		return wxRefuse("param_error").at("body", "stock_creator_mchid", c.send.Creator)
	}
	if no := stock.sendableBy(w.id.mchID); no != nil {
		return no
	}
	if no := c.send.value(stock); no != nil {
		return no
	}
	if no := stock.running(w.now()); no != nil {
		return no
	}
	if no := wxJudgeOpenid(c.send.Openid, stock); no != nil {
		return no
	}
	return w.judgeLimits(c, stock)
}

func (w *WeChatPay) judgeMerchant(appID, creator string) *wxRefusal {
	switch {
	case w.settings.NoPermission:
		return wxRefuse("no_permission")
	case appID != w.id.appID:
		return wxRefuse("appid_mchid_not_match")
	case !w.knowsMerchant(creator):
		return wxRefuse("mch_not_exists")
	}
	return nil
}

func (w *WeChatPay) knowsMerchant(mchID string) bool {
	if mchID == w.id.mchID {
		return true
	}
	for _, s := range w.book.stocks {
		if s.Creator == mchID {
			return true
		}
	}
	return false
}

// value checks coupon_value and coupon_minimum: both for a stock with a custom value, neither for any other.
func (s *wxSend) value(stock *WeChatStock) *wxRefusal {
	given := s.Value >= 0 || s.Minimum >= 0
	switch {
	case stock.Custom == nil && given:
		return wxRefuse("param_error").at("body", "coupon_value", "")
	case stock.Custom != nil && (s.Value < stock.Custom.From || s.Value > stock.Custom.To):
		return wxRefuse("param_error").at("body", "coupon_value", "")
	case stock.Custom != nil && s.Minimum < s.Value:
		return wxRefuse("param_error").at("body", "coupon_minimum", "")
	}
	return nil
}

func wxJudgeOpenid(openid string, stock *WeChatStock) *wxRefusal {
	switch {
	case strings.HasPrefix(openid, "other_"):
		return wxRefuse("openid_appid_mismatch")
	case strings.HasPrefix(openid, "abuse_") && stock.PreventAPIAbuse:
		return wxRefuse("user_abnormal")
	case strings.HasPrefix(openid, "blocked_"):
		return wxRefuse("request_blocked_user")
	}
	return nil
}

// wxCustomerMonth is what one creator may give one user in a calendar month: 5000 yuan.
const wxCustomerMonth = 500_000

func (w *WeChatPay) judgeLimits(c *wxCall, stock *WeChatStock) *wxRefusal {
	b, s, now := w.book, &c.send, w.now()
	amount := stock.Amount
	if stock.Custom != nil {
		amount = s.Value
	}
	over := func(limit, had int64) bool { return limit > 0 && had+amount > limit }
	switch had := b.perPair[wxPair{s.Openid, s.StockID}]; {
	case c.overlaps && !w.settings.AllowOverlap:
		return wxRefuse("rule_limit")
	case stock.MaxCouponsPerUser > 0 && had >= stock.MaxCouponsPerUser:
		return wxRefuse("rule_limit")
	case over(wxCustomerMonth, b.perMonth[wxMonthOf(s.Openid, s.Creator, now)]):
		return wxRefuse("month_limit")
	case over(stock.MaxAmountByDay, b.perDay[wxDayOf(s.StockID, now)]):
		return wxRefuse("day_limit")
	case stock.Distributed >= stock.MaxCoupons, over(stock.MaxAmount, stock.Spent):
		return wxRefuse("not_enough")
	}
	return nil
}
