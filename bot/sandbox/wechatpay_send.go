package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
)

// wxSend is the contents of a send: all seven parameters of 发放代金券API. Two sends with one number must be equal.
type wxSend struct {
	Openid       string `json:"openid"` // from the path
	StockID      string `json:"stock_id"`
	OutRequestNo string `json:"out_request_no"`
	AppID        string `json:"appid"`
	Creator      string `json:"stock_creator_mchid"`
	Value        int64  `json:"coupon_value"`   // -1: not given
	Minimum      int64  `json:"coupon_minimum"` // -1: not given
}

var (
	wxNumberRule = regexp.MustCompile(`^[A-Za-z0-9|_*-]{1,128}$`)
	wxOpenidRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	wxDigitsRule = regexp.MustCompile(`^[0-9]{1,20}$`)
)

func wxDigits(s string) bool { return wxDigitsRule.MatchString(s) }

// wxReadSend reads a body strictly: one JSON object, no unknown field, the documented types, lengths and characters.
func wxReadSend(openid string, body []byte) (wxSend, *wxRefusal) {
	s := wxSend{Openid: openid}
	var wire struct {
		StockID      string  `json:"stock_id"`
		OutRequestNo string  `json:"out_request_no"`
		AppID        string  `json:"appid"`
		Creator      string  `json:"stock_creator_mchid"`
		Value        *uint32 `json:"coupon_value"`
		Minimum      *uint32 `json:"coupon_minimum"`
	}
	if err := wxStrictJSON(body, &wire); err != nil {
		field := ""
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field = wrong.Field
		}
		return s, wxRefuse("param_error").at("body", field, err.Error())
	}
	s.StockID, s.OutRequestNo, s.AppID, s.Creator = wire.StockID, wire.OutRequestNo, wire.AppID, wire.Creator
	s.Value, s.Minimum = wxOptional(wire.Value), wxOptional(wire.Minimum)
	return s, s.form()
}

func wxOptional(n *uint32) int64 {
	if n == nil {
		return -1
	}
	return int64(*n)
}

func wxStrictJSON(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// form says what is wrong with a send before looking at the world, or nil.
func (s *wxSend) form() *wxRefusal {
	bad := func(row, field, value string) *wxRefusal { return wxRefuse(row).at("body", field, value) }
	switch {
	case s.Openid == "":
		return wxRefuse("openid_required").at("path", "openid", "")
	case !wxOpenidRule.MatchString(s.Openid):
		return wxRefuse("openid_invalid").at("path", "openid", s.Openid)
	case s.StockID == "":
		return bad("stock_required", "stock_id", "")
	case len(s.StockID) > 20:
		return bad("param_error", "stock_id", s.StockID)
	case !wxNumberRule.MatchString(s.OutRequestNo):
		return bad("param_error", "out_request_no", s.OutRequestNo)
	case s.AppID == "":
		return bad("appid_required", "appid", "")
	case len(s.AppID) > 128:
		return bad("param_error", "appid", s.AppID)
	case s.Creator == "":
		return bad("mchid_required", "stock_creator_mchid", "")
	case !wxDigits(s.Creator):
		return bad("mchid_invalid", "stock_creator_mchid", s.Creator)
	}
	return nil
}

// enter takes a send in hand until the returned function is called. Sends with one number go one after another; a second
// number for an openid and stock already in hand is marked, because the original then answers a false RULE_LIMIT.
func (w *WeChatPay) enter(c *wxCall) func() {
	if !c.is("send") || c.sendNo != nil {
		return func() {}
	}
	number, pair := c.send.OutRequestNo, wxPair{c.send.Openid, c.send.StockID}
	mine := make(chan struct{})
	w.mu.Lock()
	for w.numbers[number] != nil {
		other := w.numbers[number]
		w.mu.Unlock()
		<-other
		w.mu.Lock()
	}
	w.numbers[number] = mine
	c.overlaps = w.pairs[pair] > 0
	w.pairs[pair]++
	w.book.number(number).Calls++
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		close(mine)
		delete(w.numbers, number)
		w.pairs[pair]--
		if w.pairs[pair] == 0 {
			delete(w.pairs, pair)
		}
	}
}

// sendCoupon is 发放代金券: one call, one coupon, and the same coupon for the same number.
func (w *WeChatPay) sendCoupon(c *wxCall) *wxAnswer {
	if c.sendNo != nil {
		return c.sendNo.answer()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := *w.book.number(c.send.OutRequestNo)
	if known.Send != nil && *known.Send != c.send {
		return wxRefuse("number_reused").at("body", "out_request_no", c.send.OutRequestNo).answer()
	}
	if known.Send != nil && !w.settings.ChecksBeforeReentry {
		return wxIssued(known.CouponID)
	}
	if no := w.judge(c); no != nil {
		return no.answer()
	}
	if known.Send != nil {
		return wxIssued(known.CouponID)
	}
	return w.commit(&c.send)
}

func wxIssued(couponID string) *wxAnswer {
	return wxOK(struct {
		CouponID string `json:"coupon_id"`
	}{couponID})
}

// commit issues the coupon. From here on nothing takes it back. The caller holds the lock.
func (w *WeChatPay) commit(s *wxSend) *wxAnswer {
	now := w.now()
	stock := w.book.stocks[s.StockID]
	coupon := WeChatCoupon{
		StockID: s.StockID, Creator: s.Creator, Sender: w.id.mchID, Openid: s.Openid, AppID: s.AppID, OutRequestNo: s.OutRequestNo,
		Value: stock.Amount, Minimum: stock.Minimum, CreateTime: now.UTC(), Status: "SENDED",
	}
	if stock.Custom != nil {
		coupon.Value, coupon.Minimum = s.Value, s.Minimum
	}
	prepared := w.takePrepared(now)
	if prepared != nil {
		coupon.ID = prepared.couponID
	} else {
		coupon.ID = w.book.nextID()
	}
	w.book.issue(coupon, *s)
	w.hub.publish("coupon", coupon)
	a := wxIssued(coupon.ID)
	a.prepared = prepared
	return a
}
