package sandbox

import "time"

// wxZone is the zone of every time on the wire and of every calendar limit.
var wxZone = time.FixedZone("CST", 8*60*60)

func wxTime(t time.Time) string { return t.In(wxZone).Format("2006-01-02T15:04:05-07:00") }

func wxStockWire(s *WeChatStock) map[string]any {
	rule := map[string]any{
		"max_coupons": s.MaxCoupons, "max_amount": s.MaxAmount, "max_amount_by_day": s.MaxAmountByDay,
		"max_coupons_per_user": s.MaxCouponsPerUser, "coupon_type": "NORMAL", "combine_use": false,
	}
	if s.Custom == nil {
		rule["fixed_normal_coupon"] = map[string]int64{"coupon_amount": s.Amount, "transaction_minimum": s.Minimum}
	}
	wire := map[string]any{
		"stock_id": s.ID, "stock_creator_mchid": s.Creator, "stock_name": s.Name, "description": s.Description, "status": s.Status,
		"create_time": wxTime(s.CreateTime), "available_begin_time": wxTime(s.Begin), "available_end_time": wxTime(s.End),
		"stock_use_rule": rule, "distributed_coupons": s.Distributed, "no_cash": true, "singleitem": false, "stock_type": s.Type,
	}
	if !s.StartTime.IsZero() {
		wire["start_time"] = wxTime(s.StartTime)
	}
	if !s.StopTime.IsZero() {
		wire["stop_time"] = wxTime(s.StopTime)
	}
	return wire
}

// couponWire is a coupon as the API shows it; no_cash and singleitem are null in real answers.
func (w *WeChatPay) couponWire(c *WeChatCoupon) map[string]any {
	s := w.book.stocks[c.StockID]
	wire := map[string]any{
		"stock_creator_mchid": c.Creator, "stock_id": c.StockID, "coupon_id": c.ID, "coupon_name": s.Name,
		"status": w.book.statusAt(c, w.now()), "description": s.Description, "create_time": wxTime(c.CreateTime),
		"coupon_type": "NORMAL", "no_cash": nil, "singleitem": nil,
		"available_begin_time": wxTime(s.Begin), "available_end_time": wxTime(s.End),
		"normal_coupon_information": map[string]int64{"coupon_amount": c.Value, "transaction_minimum": c.Minimum},
	}
	if !w.settings.HideOutRequestNo {
		wire["out_request_no"] = c.OutRequestNo
	}
	return wire
}
