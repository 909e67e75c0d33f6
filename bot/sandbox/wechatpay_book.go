package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// WeChatCoupon is one issued coupon. Value and Minimum are fen.
type WeChatCoupon struct {
	ID           string    `json:"coupon_id"`
	StockID      string    `json:"stock_id"`
	Creator      string    `json:"stock_creator_mchid"`
	Sender       string    `json:"sender_mchid"`
	Openid       string    `json:"openid"`
	AppID        string    `json:"appid"`
	OutRequestNo string    `json:"out_request_no"`
	Value        int64     `json:"coupon_value"`
	Minimum      int64     `json:"coupon_minimum"`
	CreateTime   time.Time `json:"create_time"`
	Status       string    `json:"status"` // SENDED, USED, EXPIRED
}

// WeChatNumber is what is known of one out_request_no of the calling merchant.
type WeChatNumber struct {
	OutRequestNo string  `json:"out_request_no"`
	Calls        int     `json:"calls"`     // verified sends that carried it
	Coupons      int     `json:"coupons"`   // must never exceed 1
	CouponID     string  `json:"coupon_id"` // empty: nothing issued
	Send         *wxSend `json:"send"`      // the contents it was issued for; nil: nothing issued
}

type wxPair struct{ openid, stock string }

type wxMonth struct{ openid, creator, month string }

type wxStockDay struct{ stock, day string }

// A wxBook is the ledger: stocks, coupons, numbers, and the sums that the limits look at. Coupons and numbers stand in
// the order they came, so that the newest can be paged without sorting.
type wxBook struct {
	stocks     map[string]*WeChatStock
	stockOrder []string
	coupons    []WeChatCoupon
	byID       map[string]int
	byOpenid   map[string][]int
	numbers    []WeChatNumber
	byNumber   map[string]int
	lastID     int64

	perPair  map[wxPair]int64
	pairs    map[int64]int // how many pairs have so many coupons
	perMonth map[wxMonth]int64
	perDay   map[wxStockDay]int64
	doubles  int // numbers with more than one coupon
}

const wxFirstCouponID = 9867040

func wxNewBook(stocks []WeChatStock) (*wxBook, error) {
	b := &wxBook{
		stocks: map[string]*WeChatStock{}, byID: map[string]int{}, byOpenid: map[string][]int{}, byNumber: map[string]int{},
		perPair: map[wxPair]int64{}, pairs: map[int64]int{}, perMonth: map[wxMonth]int64{}, perDay: map[wxStockDay]int64{},
		lastID: wxFirstCouponID,
	}
	for _, s := range stocks {
		if err := s.check(); err != nil {
			return nil, err
		}
		if b.stocks[s.ID] != nil {
			return nil, fmt.Errorf("stock %q is there twice", s.ID)
		}
		b.stocks[s.ID] = &s
		b.stockOrder = append(b.stockOrder, s.ID)
	}
	return b, nil
}

// makeRoom keeps the next n coupons from moving all others, which would hold up every call meanwhile.
func (b *wxBook) makeRoom(n int) {
	b.coupons, b.numbers = slices.Grow(b.coupons, n), slices.Grow(b.numbers, n)
}

func (b *wxBook) nextID() string {
	b.lastID++
	return strconv.FormatInt(b.lastID, 10)
}

// number finds or opens the line of an out_request_no.
func (b *wxBook) number(no string) *WeChatNumber {
	i, ok := b.byNumber[no]
	if !ok {
		i = len(b.numbers)
		b.numbers = append(b.numbers, WeChatNumber{OutRequestNo: no})
		b.byNumber[no] = i
	}
	return &b.numbers[i]
}

// issue enters a new coupon and moves every sum.
func (b *wxBook) issue(c WeChatCoupon, contents wxSend) {
	stock := b.stocks[c.StockID]
	stock.Distributed++
	stock.Spent += c.Value
	n := b.number(c.OutRequestNo)
	n.CouponID, n.Send = c.ID, &contents
	b.index(c)
}

// index enters a coupon that its stock already counts.
func (b *wxBook) index(c WeChatCoupon) {
	n := b.number(c.OutRequestNo)
	n.Coupons++
	if n.Coupons == 2 {
		b.doubles++
	}
	b.byID[c.ID] = len(b.coupons)
	b.byOpenid[c.Openid] = append(b.byOpenid[c.Openid], len(b.coupons))
	b.coupons = append(b.coupons, c)

	pair := wxPair{c.Openid, c.StockID}
	if had := b.perPair[pair]; had > 0 {
		b.pairs[had]--
		if b.pairs[had] == 0 {
			delete(b.pairs, had)
		}
	}
	b.perPair[pair]++
	b.pairs[b.perPair[pair]]++
	b.perMonth[wxMonthOf(c.Openid, c.Creator, c.CreateTime)] += c.Value
	b.perDay[wxDayOf(c.StockID, c.CreateTime)] += c.Value
}

func wxMonthOf(openid, creator string, t time.Time) wxMonth {
	return wxMonth{openid, creator, t.In(wxZone).Format("2006-01")}
}

func wxDayOf(stock string, t time.Time) wxStockDay {
	return wxStockDay{stock, t.In(wxZone).Format(time.DateOnly)}
}

// statusAt is a coupon's status: unused coupons expire with their stock's window.
func (b *wxBook) statusAt(c *WeChatCoupon, now time.Time) string {
	if c.Status == "SENDED" && !now.Before(b.stocks[c.StockID].End) {
		return "EXPIRED"
	}
	return c.Status
}
