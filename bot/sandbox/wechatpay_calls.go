package sandbox

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// WeChatCall is one call as it ended.
type WeChatCall struct {
	At           time.Time `json:"at"`
	Endpoint     string    `json:"endpoint"`
	Method       string    `json:"method"`
	Path         string    `json:"path"`
	Openid       string    `json:"openid,omitempty"`
	StockID      string    `json:"stock_id,omitempty"`
	OutRequestNo string    `json:"out_request_no,omitempty"`
	Status       int       `json:"status"` // 0: hung up without an answer
	Code         string    `json:"code,omitempty"`
	RequestID    string    `json:"request_id,omitempty"`
	Fault        string    `json:"fault,omitempty"`
	Ms           float64   `json:"ms"`
}

// WeChatStats are sums over all calls since the start. NumbersWithSeveral must stay 0: it counts numbers that produced
// more than one coupon.
type WeChatStats struct {
	Calls              int            `json:"calls"`
	ByStatus           map[string]int `json:"by_status"` // "0": hung up
	ByCode             map[string]int `json:"by_code"`
	ByEndpoint         map[string]int `json:"by_endpoint"`
	MaxSendsInASecond  int            `json:"max_sends_in_a_second"` // verified sends in any sliding second, refused ones too
	Numbers            int            `json:"numbers"`
	NumbersWithSeveral int            `json:"numbers_with_several_coupons"`
	Coupons            int            `json:"coupons"`
	CouponsPerPair     map[string]int `json:"coupons_per_openid_and_stock"` // coupons → how many pairs have so many
	Prepared           int            `json:"prepared"`
}

const wxCallsKept = 2000

type wxCalls struct {
	recent     []WeChatCall // a ring of the last wxCallsKept
	total      int
	byStatus   map[int]int
	byCode     map[string]int
	byEndpoint map[string]int
	peak       wxPeak
}

func wxNewCalls() wxCalls {
	return wxCalls{byStatus: map[int]int{}, byCode: map[string]int{}, byEndpoint: map[string]int{}}
}

func (l *wxCalls) add(c WeChatCall) {
	if len(l.recent) < wxCallsKept {
		l.recent = append(l.recent, c)
	} else {
		l.recent[l.total%wxCallsKept] = c
	}
	l.total++
	l.byStatus[c.Status]++
	l.byEndpoint[c.Endpoint]++
	if c.Code != "" {
		l.byCode[c.Code]++
	}
}

// remember writes a call down before its answer leaves, so that whoever has the answer finds the call.
func (w *WeChatPay) remember(c *wxCall, a *wxAnswer) {
	call := WeChatCall{
		At: c.arrived.UTC(), Endpoint: c.endpointName(), Method: c.request.Method, Path: c.request.RequestURI,
		Openid: c.openid(), StockID: c.stock(), OutRequestNo: c.send.OutRequestNo,
		Status: a.status, Code: a.code, RequestID: a.requestID, Fault: a.fault,
		Ms: float64(w.now().Sub(c.arrived).Microseconds()) / 1000,
	}
	if a.drop {
		call.Status, call.Code = 0, ""
	}
	w.mu.Lock()
	w.calls.add(call)
	w.mu.Unlock()
	w.hub.publish("call", call)
	w.log.Debug("wechatpay call", "endpoint", call.Endpoint, "status", call.Status, "code", call.Code, "request_id", call.RequestID, "fault", call.Fault)
}

// Stats sums up all calls so far.
func (w *WeChatPay) Stats() WeChatStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := WeChatStats{
		Calls: w.calls.total, ByStatus: map[string]int{}, ByCode: maps.Clone(w.calls.byCode), ByEndpoint: maps.Clone(w.calls.byEndpoint),
		MaxSendsInASecond: w.calls.peak.max,
		Numbers:           len(w.book.numbers), NumbersWithSeveral: w.book.doubles,
		Coupons: len(w.book.coupons), CouponsPerPair: map[string]int{}, Prepared: len(w.prepared),
	}
	for status, n := range w.calls.byStatus {
		s.ByStatus[strconv.Itoa(status)] = n
	}
	for coupons, n := range w.book.pairs {
		s.CouponsPerPair[strconv.FormatInt(coupons, 10)] = n
	}
	return s
}

// Coupons are all coupons issued so far, oldest first, with their status of now.
func (w *WeChatPay) Coupons() []WeChatCoupon {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, now := slices.Clone(w.book.coupons), w.now()
	for i := range all {
		all[i].Status = w.book.statusAt(&all[i], now)
	}
	return all
}
