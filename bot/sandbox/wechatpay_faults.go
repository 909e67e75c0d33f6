package sandbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// WeChatFault is a switch: what goes wrong, for whom, and how often. Empty fields match everything; each verified call
// meets at most one fault, the oldest that matches, besides delays, which add up.
type WeChatFault struct {
	ID           int    `json:"id"`
	Kind         string `json:"kind"`            // a name of the catalogue
	Calls        int    `json:"calls,omitempty"` // how many more calls it meets; 0: every call until it is removed
	Endpoint     string `json:"endpoint,omitempty"`
	Openid       string `json:"openid,omitempty"`
	StockID      string `json:"stock_id,omitempty"`
	OutRequestNo string `json:"out_request_no,omitempty"`
	Ms           int64  `json:"ms,omitempty"`     // length of a delay or a skew; 0: the kind's own
	Status       int    `json:"status,omitempty"` // of kind "error", or instead of a row's own
	Code         string `json:"code,omitempty"`
	Message      string `json:"message,omitempty"`
	Number       int64  `json:"number,omitempty"`
	Met          int    `json:"met"` // how many calls it has met
}

func (f *WeChatFault) matches(c *wxCall) bool {
	return (f.Endpoint == "" || f.Endpoint == c.endpointName()) &&
		(f.Openid == "" || f.Openid == c.openid()) &&
		(f.StockID == "" || f.StockID == c.stock()) &&
		(f.OutRequestNo == "" || f.OutRequestNo == c.send.OutRequestNo)
}

func (f *WeChatFault) duration(standard time.Duration) time.Duration {
	if f.Ms != 0 {
		return time.Duration(f.Ms) * time.Millisecond
	}
	return standard
}

// Where a fault strikes.
const (
	wxDelayBefore = "delay before the coupon"
	wxDelayAfter  = "delay after the coupon"
	wxInstead     = "instead of the coupon"
	wxAfter       = "after the coupon"
)

// WeChatFaultKind is one row of the catalogue.
type WeChatFaultKind struct {
	Name    string       `json:"name"`
	Strikes string       `json:"strikes"`         // "instead of the coupon": a send issues nothing; otherwise it issues as without the fault
	Meaning string       `json:"meaning"`         // in words
	Error   *WeChatError `json:"error,omitempty"` // of a kind that answers a row of the error table
	shape   func(*wxAnswer, *WeChatFault)
}

const (
	wxJSON = "application/json; charset=utf-8"
	wxHTML = "text/html; charset=utf-8"
)

func wxPage(status int) func(*wxAnswer, *WeChatFault) {
	return func(a *wxAnswer, _ *WeChatFault) {
		title := fmt.Sprintf("%d %s", status, http.StatusText(status))
		a.replace(status, wxHTML, "<html><head><title>"+title+"</title></head><body><h1>"+title+"</h1></body></html>")
		a.foreign = true
	}
}

func wxAnswerRow(row WeChatError) func(*wxAnswer, *WeChatFault) {
	return func(a *wxAnswer, f *WeChatFault) {
		if f.Status != 0 {
			row.Status = f.Status
		}
		if f.Code != "" {
			row.Code = f.Code
		}
		if f.Message != "" {
			row.Message = f.Message
		}
		if f.Number != 0 {
			row.Number = f.Number
		}
		*a = *(&wxRefusal{row: row}).answer()
	}
}

func wxDrop(a *wxAnswer, _ *WeChatFault)      { a.drop = true }
func wxEmptyBody(a *wxAnswer, _ *WeChatFault) { a.replace(http.StatusOK, wxJSON, "") }
func wxAccepted(a *wxAnswer, _ *WeChatFault)  { a.replace(http.StatusAccepted, wxJSON, "") }

func wxBadSignature(good string) string {
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil || len(raw) == 0 {
		return good
	}
	raw[0] ^= 0xFF
	return base64.StdEncoding.EncodeToString(raw)
}

// wxProbe is WeChat Pay's own test of its callers: a rare answer whose signature must be refused.
func wxProbe(good string) string { return "WECHATPAY/SIGNTEST/" + good }

var wxTransportFaults = []WeChatFaultKind{
	{"slow", wxDelayBefore, "the call takes 3 s (or ms) longer; then everything as usual", nil, nil},
	{"slow_after_commit", wxDelayAfter, "the coupon is issued at once, the answer comes 3 s (or ms) later", nil, nil},
	{"drop_before_commit", wxInstead, "the connection closes without an answer", nil, wxDrop},
	{"drop_after_commit", wxAfter, "the connection closes without an answer", nil, wxDrop},
	{"system_error_after_commit", wxAfter, "500 SYSTEM_ERROR although the coupon was issued", nil, wxAnswerRow(wxRefuse("system_error").row)},
	{"bad_gateway_before_commit", wxInstead, "502 with an HTML page", nil, wxPage(http.StatusBadGateway)},
	{"bad_gateway_after_commit", wxAfter, "502 with an HTML page", nil, wxPage(http.StatusBadGateway)},
	{"html_404_before_commit", wxInstead, "404 with an HTML page, not the API's own", nil, wxPage(http.StatusNotFound)},
	{"html_404_after_commit", wxAfter, "404 with an HTML page, not the API's own", nil, wxPage(http.StatusNotFound)},
	{"accepted_before_commit", wxInstead, "202, not processed", nil, wxAccepted},
	{"accepted_after_commit", wxAfter, "202, processed", nil, wxAccepted},
	{"redirect", wxInstead, "307: a caller that follows it posts again, under a signature that no longer fits", nil, func(a *wxAnswer, _ *WeChatFault) {
		a.replace(http.StatusTemporaryRedirect, wxHTML, "")
		a.location, a.foreign = "?", true
	}},
	{"probe_signature", wxAfter, "a wrong signature that starts with WECHATPAY/SIGNTEST/", nil, func(a *wxAnswer, _ *WeChatFault) { a.signature = wxProbe }},
	{"wrong_signature", wxAfter, "a signature over something else", nil, func(a *wxAnswer, _ *WeChatFault) { a.signature = wxBadSignature }},
	{"no_signature", wxAfter, "no signature header", nil, func(a *wxAnswer, _ *WeChatFault) { a.signature = func(string) string { return "" } }},
	{"unknown_serial", wxAfter, "signed under a serial nobody was told", nil, func(a *wxAnswer, _ *WeChatFault) { a.serial = "PUB_KEY_ID_0000000000000000000000000000000000" }},
	{"skewed_timestamp", wxAfter, "Wechatpay-Timestamp is 10 min (or ms) ahead, and signed so", nil, func(a *wxAnswer, f *WeChatFault) { a.signSkew = f.duration(10 * time.Minute) }},
	{"skewed_date", wxAfter, "the Date header is 10 min (or ms) ahead", nil, func(a *wxAnswer, f *WeChatFault) { a.dateSkew = f.duration(10 * time.Minute) }},
	{"empty_object", wxAfter, "200 with {}, well signed", nil, func(a *wxAnswer, _ *WeChatFault) { a.replace(http.StatusOK, wxJSON, "{}") }},
	{"empty_body", wxAfter, "200 with nothing in it, well signed", nil, wxEmptyBody},
	{"cut_body", wxAfter, "the connection closes in the middle of the body", nil, func(a *wxAnswer, _ *WeChatFault) { a.cut = true }},
}

// WeChatFaultKinds is the catalogue: what a network does, every row of the error table before a coupon is issued, and
// "error", a row of one's own (status, code, message, number).
func WeChatFaultKinds() []WeChatFaultKind {
	kinds := slices.Clone(wxTransportFaults)
	kinds = append(kinds, WeChatFaultKind{"error", wxInstead, "status, code, message and number as given", nil,
		wxAnswerRow(WeChatError{Status: 400, Code: "INVALID_REQUEST", Message: "sandbox", Number: wxNoNumber})})
	for _, row := range wxErrors {
		kinds = append(kinds, WeChatFaultKind{row.Name, wxInstead, fmt.Sprintf("%d %s %s", row.Status, row.Code, row.Message), &row, wxAnswerRow(row)})
	}
	return kinds
}

// wxFaults are the switches that are on.
type wxFaults struct {
	active []*wxActiveFault
	lastID int
}

type wxActiveFault struct {
	WeChatFault
	kind WeChatFaultKind
}

type wxPlan struct {
	before, after time.Duration
	instead       bool
	kind          *WeChatFaultKind
	fault         *WeChatFault
}

// meet finds what goes wrong with a call, and counts it.
func (w *WeChatPay) meet(c *wxCall) wxPlan {
	w.mu.Lock()
	defer w.mu.Unlock()
	plan := wxPlan{before: w.settings.latency()}
	if len(w.faults.active) == 0 {
		return plan
	}
	for _, f := range w.faults.active {
		if !f.matches(c) {
			continue
		}
		switch f.kind.Strikes {
		case wxDelayBefore:
			plan.before += f.duration(3 * time.Second)
		case wxDelayAfter:
			plan.after += f.duration(3 * time.Second)
		default:
			if plan.kind != nil {
				continue
			}
			met := f.WeChatFault
			plan.kind, plan.fault, plan.instead = &f.kind, &met, f.kind.Strikes == wxInstead
		}
		f.Met++
	}
	before := len(w.faults.active)
	w.faults.active = slices.DeleteFunc(w.faults.active, func(f *wxActiveFault) bool { return f.Calls > 0 && f.Met >= f.Calls })
	if len(w.faults.active) != before {
		w.hub.publish("faults", map[string]int{"active": len(w.faults.active)})
	}
	return plan
}

func wxFaultKind(name string) (WeChatFaultKind, bool) {
	kinds := WeChatFaultKinds()
	i := slices.IndexFunc(kinds, func(k WeChatFaultKind) bool { return k.Name == name })
	if i < 0 {
		return WeChatFaultKind{}, false
	}
	return kinds[i], true
}

// AddFault turns a fault on and returns it with its id.
func (w *WeChatPay) AddFault(f WeChatFault) (WeChatFault, error) {
	kind, ok := wxFaultKind(f.Kind)
	switch {
	case !ok:
		return f, fmt.Errorf("no fault is called %q; GET faults lists them", f.Kind)
	case f.Calls < 0:
		return f, errors.New("calls is a number of calls, or 0 for all")
	case f.Ms < 0 && !strings.HasPrefix(kind.Name, "skewed"):
		return f, errors.New("ms cannot be negative here")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return f, errors.New("status is an error status, 400 to 599")
	case f.Endpoint != "" && !slices.ContainsFunc(wxEndpoints, func(e *wxEndpoint) bool { return e.name == f.Endpoint }):
		return f, fmt.Errorf("no endpoint is called %q", f.Endpoint)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults.lastID++
	f.ID, f.Met = w.faults.lastID, 0
	w.faults.active = append(w.faults.active, &wxActiveFault{f, kind})
	w.hub.publish("faults", map[string]int{"active": len(w.faults.active)})
	return f, nil
}

// ClearFaults turns off one fault, or all with id 0, and says how many it turned off.
func (w *WeChatPay) ClearFaults(id int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.faults.active)
	w.faults.active = slices.DeleteFunc(w.faults.active, func(f *wxActiveFault) bool { return id == 0 || f.ID == id })
	w.hub.publish("faults", map[string]int{"active": len(w.faults.active)})
	return before - len(w.faults.active)
}
