package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The pages that lists give. For coupons only the standard size is documented, so no more is given.
const (
	wxStockPage  = 10
	wxCouponPage = 20
)

func (w *WeChatPay) queryStock(c *wxCall) *wxAnswer {
	q, no := c.query("stock_creator_mchid")
	if no != nil {
		return no.answer()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	stock, no := w.findStock(c.path["stock_id"], q.Get("stock_creator_mchid"))
	if no == nil {
		no = stock.sendableBy(w.id.mchID)
	}
	if no != nil {
		return no.answer()
	}
	return wxOK(wxStockWire(stock))
}

func (w *WeChatPay) listStocks(c *wxCall) *wxAnswer {
	q, no := c.query("offset", "limit", "stock_creator_mchid", "?create_start_time", "?create_end_time", "?status")
	if no != nil {
		return no.answer()
	}
	page, limit, no := wxPaging(q, wxStockPage)
	if no != nil {
		return no.answer()
	}
	from, no1 := wxQueryTime(q, "create_start_time")
	to, no2 := wxQueryTime(q, "create_end_time")
	status := q.Get("status")
	switch {
	case no1 != nil:
		return no1.answer()
	case no2 != nil:
		return no2.answer()
	case status != "" && !slices.Contains(wxStockStates, status):
		return wxRefuse("stock_status").at("query", "status", status).answer()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	creator := q.Get("stock_creator_mchid")
	if no := w.judgeMerchant(w.id.appID, creator); no != nil {
		return no.answer()
	}
	var found []any
	for _, id := range w.book.stockOrder {
		s := w.book.stocks[id]
		if s.Creator == creator && s.sendableBy(w.id.mchID) == nil && (status == "" || s.Status == status) &&
			(from.IsZero() || !s.CreateTime.Before(from)) && (to.IsZero() || !s.CreateTime.After(to)) {
			found = append(found, wxStockWire(s))
		}
	}
	return wxPageOf(found, page, limit)
}

func (w *WeChatPay) queryCoupon(c *wxCall) *wxAnswer {
	q, no := c.query("appid")
	if no == nil {
		no = c.customer()
	}
	switch {
	case no != nil:
		return no.answer()
	case c.path["coupon_id"] == "":
		return wxRefuse("coupon_required").at("path", "coupon_id", "").answer()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if no := w.judgeMerchant(q.Get("appid"), w.id.mchID); no != nil {
		return no.answer()
	}
	i, ok := w.book.byID[c.path["coupon_id"]]
	if !ok || w.book.coupons[i].Openid != c.path["openid"] {
		return wxRefuse("coupon_not_found").at("path", "coupon_id", c.path["coupon_id"]).answer()
	}
	return wxOK(w.couponWire(&w.book.coupons[i]))
}

// listCoupons is 根据商户号查用户的券: by creator it shows what is usable (and used), by available merchant only what is usable.
func (w *WeChatPay) listCoupons(c *wxCall) *wxAnswer {
	q, no := c.query("appid", "?creator_mchid", "?available_mchid", "?stock_id", "?status", "?offset", "?limit", "?business_type")
	if no == nil {
		no = c.customer()
	}
	creator, available := q.Get("creator_mchid"), q.Get("available_mchid")
	switch {
	case no != nil:
		return no.answer()
	case (creator == "") == (available == ""):
		return wxRefuse("param_error").at("query", "creator_mchid", creator).answer()
	}
	page, limit, stock, status := 0, wxCouponPage, "", "SENDED" // what available_mchid fixes
	if creator != "" {
		if page, limit, no = wxPaging(q, wxCouponPage); no != nil {
			return no.answer()
		}
		stock, status = q.Get("stock_id"), q.Get("status")
	}
	if status != "" && status != "SENDED" && status != "USED" {
		return wxRefuse("param_error").at("query", "status", status).answer()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if no := w.judgeMerchant(q.Get("appid"), creator+available); no != nil {
		return no.answer()
	}
	return wxPageOf(w.usersCoupons(c.path["openid"], creator+available, stock, status), page, limit)
}

// usersCoupons are newest first. A status of USED (or none) means usable and used; expired ones are never shown.
func (w *WeChatPay) usersCoupons(openid, creator, stock, status string) []any {
	b, now := w.book, w.now()
	var found []any
	for _, i := range slices.Backward(b.byOpenid[openid]) {
		c := &b.coupons[i]
		state := b.statusAt(c, now)
		hidden := b.stocks[c.StockID].NeverListed || now.Sub(c.CreateTime) < w.settings.listLag()
		if hidden || c.Creator != creator || (stock != "" && c.StockID != stock) ||
			state == "EXPIRED" || (state == "USED" && status == "SENDED") {
			continue
		}
		found = append(found, w.couponWire(c))
	}
	return found
}

// query reads the query string strictly: each name once, none unknown, those without "?" required.
func (c *wxCall) query(names ...string) (url.Values, *wxRefusal) {
	q, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return nil, wxRefuse("param_error").at("query", "", c.request.URL.RawQuery)
	}
	for name, values := range q {
		if len(values) != 1 || !slices.Contains(names, name) && !slices.Contains(names, "?"+name) {
			return nil, wxRefuse("param_error").at("query", name, values[0])
		}
	}
	missing := map[string]string{"appid": "appid_required", "stock_creator_mchid": "mchid_required"}
	for _, name := range names {
		if name[0] == '?' || q.Get(name) != "" {
			continue
		}
		if row, ok := missing[name]; ok {
			return nil, wxRefuse(row).at("query", name, "")
		}
		return nil, wxRefuse("param_error").at("query", name, "")
	}
	return q, nil
}

// customer checks the openid of a path.
func (c *wxCall) customer() *wxRefusal {
	openid := c.path["openid"]
	switch {
	case openid == "":
		return wxRefuse("openid_required").at("path", "openid", "")
	case !wxOpenidRule.MatchString(openid):
		return wxRefuse("openid_invalid").at("path", "openid", openid)
	}
	return wxJudgeOpenid(openid, &WeChatStock{})
}

// wxPaging reads a page number from 0 and a page size.
func wxPaging(q url.Values, most int) (page, limit int, no *wxRefusal) {
	limit = most
	for name, into := range map[string]*int{"offset": &page, "limit": &limit} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return 0, 0, wxRefuse("param_error").at("query", name, text)
		}
		*into = int(n)
	}
	switch {
	case limit > most:
		return 0, 0, wxRefuse("page_size").at("query", "limit", q.Get("limit"))
	case limit == 0:
		return 0, 0, wxRefuse("param_error").at("query", "limit", q.Get("limit"))
	}
	return page, limit, nil
}

func wxQueryTime(q url.Values, name string) (time.Time, *wxRefusal) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, wxRefuse("time_format").at("query", name, text)
	}
	return t, nil
}

func wxPageOf(found []any, page, limit int) *wxAnswer {
	start := min(page*limit, len(found))
	data := found[start:min(start+limit, len(found))]
	if data == nil {
		data = []any{}
	}
	return wxOK(map[string]any{"total_count": len(found), "limit": limit, "offset": page, "data": data})
}

func (w *WeChatPay) findStock(id, creator string) (*WeChatStock, *wxRefusal) {
	if no := w.judgeMerchant(w.id.appID, creator); no != nil {
		return nil, no
	}
	stock := w.book.stocks[id]
	switch {
	case stock == nil:
		return nil, wxRefuse("stock_not_found").at("path", "stock_id", id)
	case stock.Creator != creator:
		return nil, wxRefuse("param_error").at("query", "stock_creator_mchid", creator)
	}
	return stock, nil
}
