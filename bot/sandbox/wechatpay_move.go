package sandbox

import (
	"strings"
	"time"
)

// wxMoves are what a creator may do with a stock. stop is for stocks that never started (WeChat Pay docs, 终止批次).
var wxMoves = map[string]struct{ from, to, field string }{
	"start":   {"unactivated", "running", "start_time"},
	"pause":   {"running", "paused", "pause_time"},
	"restart": {"paused", "running", "restart_time"},
	"stop":    {"unactivated", "stoped", "stop_time"},
}

func (w *WeChatPay) moveStock(c *wxCall) *wxAnswer {
	var body struct {
		Creator string `json:"stock_creator_mchid"`
	}
	if err := wxStrictJSON(c.body, &body); err != nil {
		return wxRefuse("param_error").at("body", "", err.Error()).answer()
	}
	switch {
	case body.Creator == "":
		return wxRefuse("mchid_required").at("body", "stock_creator_mchid", "").answer()
	case !wxDigits(body.Creator):
		return wxRefuse("mchid_invalid").at("body", "stock_creator_mchid", body.Creator).answer()
	}
	name, _ := strings.CutSuffix(c.endpoint.name, "_stock")
	move := wxMoves[name]
	w.mu.Lock()
	defer w.mu.Unlock()
	stock, no := w.findStock(c.path["stock_id"], body.Creator)
	switch {
	case no != nil:
		return no.answer()
	case stock.Creator != w.id.mchID:
		return wxRefuse("not_authorised").answer()
	case stock.Status != move.from:
		return wxRefuse("stock_status").at("path", "stock_id", stock.ID).answer()
	}
	now := w.now()
	stock.moveTo(move.to, now)
	w.hub.publish("stock", *stock)
	return wxOK(map[string]string{move.field: wxTime(now), "stock_id": stock.ID})
}

func (s *WeChatStock) moveTo(status string, now time.Time) {
	if status == "running" && s.StartTime.IsZero() {
		s.StartTime = now.UTC()
	}
	if status == "stoped" {
		s.StopTime = now.UTC()
	}
	s.Status = status
}
