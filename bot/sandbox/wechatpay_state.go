package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// A wxSlice is one page of a long list, newest first; Before asks for the next one, 0 ends.
type wxSlice[T any] struct {
	Total  int `json:"total"`
	Items  []T `json:"items"`
	Before int `json:"before"`
}

// wxNewest pages a list of total items, the i-th of which at gives; first is the oldest still there.
func wxNewest[T any](r *http.Request, name string, standard, first, total int, at func(int) T) (wxSlice[T], error) {
	page := wxSlice[T]{Total: total, Items: []T{}}
	size, err := wxFormInt(r, name, standard)
	if err != nil || size > 1000 {
		return page, fmt.Errorf("%s is a number from 0 to 1000", name)
	}
	before, err := wxFormInt(r, name+"_before", total)
	if err != nil {
		return page, fmt.Errorf("%s_before is a number", name)
	}
	i := min(before, total)
	for ; i > first && len(page.Items) < size; i-- {
		page.Items = append(page.Items, at(i-1))
	}
	if i > first && size > 0 {
		page.Before = i
	}
	return page, nil
}

func wxFormInt(r *http.Request, name string, standard int) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return standard, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

type wxWorld struct {
	Version     uint64                `json:"version"`
	Now         string                `json:"now"`
	MchID       string                `json:"mchid"`
	AppID       string                `json:"appid"`
	SerialNo    string                `json:"serial_no"`
	PublicKeyID string                `json:"public_key_id"`
	Settings    WeChatSettings        `json:"settings"`
	Stocks      []WeChatStock         `json:"stocks"`
	Faults      []WeChatFault         `json:"faults"`
	Coupons     wxSlice[WeChatCoupon] `json:"coupons"`
	Calls       wxSlice[WeChatCall]   `json:"calls"`
	Numbers     wxSlice[WeChatNumber] `json:"numbers"`
}

func (w *WeChatPay) controlState(r *http.Request) (any, error) {
	s := wxWorld{
		Version: w.Version(), Now: wxTime(w.now()), MchID: w.id.mchID, AppID: w.id.appID, SerialNo: w.id.serialNo, PublicKeyID: w.id.publicKeyID,
		Stocks: []WeChatStock{},
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.Settings, s.Faults = w.settings, w.activeFaults()
	for _, id := range w.book.stockOrder {
		s.Stocks = append(s.Stocks, *w.book.stocks[id])
	}
	var err1, err2, err3 error
	s.Coupons, err1 = w.couponsPage(r)
	s.Calls, err2 = wxNewest(r, "calls", 50, max(0, w.calls.total-wxCallsKept), w.calls.total, func(i int) WeChatCall { return w.calls.recent[i%wxCallsKept] })
	s.Numbers, err3 = w.numbersPage(r)
	return s, errors.Join(err1, err2, err3)
}

func (w *WeChatPay) couponsPage(r *http.Request) (wxSlice[WeChatCoupon], error) {
	b, now := w.book, w.now()
	at, total := func(i int) int { return i }, len(b.coupons)
	if openid := r.FormValue("openid"); openid != "" {
		own := b.byOpenid[openid]
		at, total = func(i int) int { return own[i] }, len(own)
	}
	return wxNewest(r, "coupons", 50, 0, total, func(i int) WeChatCoupon {
		c := b.coupons[at(i)]
		c.Status = b.statusAt(&c, now)
		return c
	})
}

func (w *WeChatPay) numbersPage(r *http.Request) (wxSlice[WeChatNumber], error) {
	b := w.book
	if no := r.FormValue("out_request_no"); no != "" {
		page := wxSlice[WeChatNumber]{Items: []WeChatNumber{}}
		if i, ok := b.byNumber[no]; ok {
			page.Total, page.Items = 1, append(page.Items, b.numbers[i])
		}
		return page, nil
	}
	return wxNewest(r, "numbers", 0, 0, len(b.numbers), func(i int) WeChatNumber { return b.numbers[i] })
}

func (w *WeChatPay) controlStats(r *http.Request) (any, error) {
	answer := struct {
		WeChatStats
		Pair *int64 `json:"pair,omitempty"`
	}{WeChatStats: w.Stats()}
	if openid := r.FormValue("openid"); openid != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		had := w.book.perPair[wxPair{openid, r.FormValue("stock_id")}]
		answer.Pair = &had
	}
	return answer, nil
}
