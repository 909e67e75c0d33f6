package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// WeChatStock is a batch of coupons (批次). Money is fen. A max of 0 is no limit, save for max_coupons.
type WeChatStock struct {
	ID                string             `json:"stock_id"`
	Creator           string             `json:"stock_creator_mchid"`
	Name              string             `json:"stock_name"`
	Description       string             `json:"description"`
	Type              string             `json:"stock_type"` // NORMAL; DISCOUNT_CUT cannot be sent
	Status            string             `json:"status"`     // unactivated, audit, running, stoped (so spelled), paused
	CreateTime        time.Time          `json:"create_time"`
	Begin             time.Time          `json:"available_begin_time"`
	End               time.Time          `json:"available_end_time"`
	StartTime         time.Time          `json:"start_time,omitzero"`
	StopTime          time.Time          `json:"stop_time,omitzero"`
	Amount            int64              `json:"coupon_amount"`       // face value; 0 with Custom
	Minimum           int64              `json:"transaction_minimum"` // what the customer must spend
	Custom            *WeChatCustomValue `json:"custom_value,omitempty"`
	MaxCoupons        int64              `json:"max_coupons"`
	MaxAmount         int64              `json:"max_amount"`
	MaxAmountByDay    int64              `json:"max_amount_by_day"`
	MaxCouponsPerUser int64              `json:"max_coupons_per_user"` // at most 60
	CrossMerchant     bool               `json:"cross_merchant"`       // open to other merchants …
	Senders           []string           `json:"senders,omitempty"`    // … namely these
	PreventAPIAbuse   bool               `json:"prevent_api_abuse"`
	NeverListed       bool               `json:"never_listed"` // like 全平台通用券: a user's list never shows them
	Distributed       int64              `json:"distributed_coupons"`
	Spent             int64              `json:"distributed_amount"`
}

// WeChatCustomValue is the range of coupon_value of a stock whose face value is named at each send (指定面额), in fen.
type WeChatCustomValue struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

var wxStockStates = []string{"unactivated", "audit", "running", "stoped", "paused"}

func (s *WeChatStock) check() error {
	var faults []error
	deny := func(bad bool, why string) {
		if bad {
			faults = append(faults, errors.New(why))
		}
	}
	deny(s.ID == "" || len(s.ID) > 20, "stock_id has 1 to 20 characters")
	deny(!wxDigits(s.Creator), "stock_creator_mchid is a number")
	deny(!slices.Contains(wxStockStates, s.Status), "status is one of unactivated, audit, running, stoped, paused")
	deny(s.Type != "NORMAL" && s.Type != "DISCOUNT_CUT" && s.Type != "OTHER", "stock_type is NORMAL, DISCOUNT_CUT or OTHER")
	deny(!s.Begin.Before(s.End), "the window must begin before it ends")
	deny(s.MaxCoupons < 0 || s.MaxAmount < 0 || s.MaxAmountByDay < 0 || s.Amount < 0 || s.Minimum < 0, "amounts cannot be negative")
	deny(s.MaxCouponsPerUser < 0 || s.MaxCouponsPerUser > 60, "max_coupons_per_user is at most 60")
	deny(s.Custom == nil && s.Amount == 0, "coupon_amount is missing")
	deny(s.Custom != nil && (s.Custom.From < 1 || s.Custom.To < s.Custom.From), "custom_value runs from at least 1 fen up")
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("stock %q: %w", s.ID, err)
	}
	return nil
}

// running says why a stock gives no coupons now, or nil.
func (s *WeChatStock) running(now time.Time) *wxRefusal {
	switch {
	case s.Status != "running":
		return wxRefuse("stock_not_running")
	case now.Before(s.Begin) || !now.Before(s.End):
		return wxRefuse("request_blocked_window")
	}
	return nil
}

// sendableBy says why a merchant may not send from a stock, or nil.
func (s *WeChatStock) sendableBy(mchID string) *wxRefusal {
	switch {
	case s.Creator == mchID:
		return nil
	case !s.CrossMerchant:
		return wxRefuse("no_cross_merchant")
	case !slices.Contains(s.Senders, mchID):
		return wxRefuse("not_authorised")
	}
	return nil
}

// SandboxStocks are the standard merchant's stocks, one for each thing that can be the matter with one.
func SandboxStocks(now time.Time) []WeChatStock { return wxStocks(wxMchID, now) }

func wxStocks(mchID string, now time.Time) []WeChatStock {
	now = now.Truncate(time.Second)
	stock := func(id, name string, amount, minimum int64) WeChatStock {
		const many = 1_000_000
		return WeChatStock{
			ID: id, Creator: mchID, Name: name, Description: "Sandbox: " + name, Type: "NORMAL", Status: "running",
			CreateTime: now.Add(-48 * time.Hour), StartTime: now.Add(-24 * time.Hour),
			Begin: now.Add(-24 * time.Hour), End: now.Add(60 * 24 * time.Hour),
			Amount: amount, Minimum: minimum,
			MaxCoupons: many, MaxAmount: many * max(amount, 2000), MaxCouponsPerUser: 60, PreventAPIAbuse: true,
		}
	}
	sorry := stock("9856000", "sorry-10", 1000, 2000)
	partner := stock("9856001", "partner-5", 500, 1000)
	partner.Creator, partner.CrossMerchant, partner.Senders = "1900000002", true, []string{mchID}
	custom := stock("9856002", "any-amount", 0, 0)
	custom.Custom = &WeChatCustomValue{From: 100, To: 2000}
	thanks := stock("9856003", "thanks-50", 5000, 10000)
	thanks.MaxAmountByDay = 500_000
	tiny := stock("9856004", "tiny", 100, 100)
	tiny.MaxCoupons, tiny.MaxAmount = 3, 300
	notYet := stock("9856005", "not-yet", 1000, 2000)
	notYet.Status, notYet.StartTime = "unactivated", time.Time{}
	notYet.Begin, notYet.End = now.Add(7*24*time.Hour), now.Add(67*24*time.Hour)
	over := stock("9856006", "over", 1000, 2000)
	over.CreateTime, over.StartTime = now.Add(-40*24*time.Hour), now.Add(-31*24*time.Hour)
	over.Begin, over.End = now.Add(-31*24*time.Hour), now.Add(-24*time.Hour)
	held := stock("9856007", "held", 1000, 2000)
	held.Status = "paused"
	return []WeChatStock{sorry, partner, custom, thanks, tiny, notYet, over, held}
}
