package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Control answers /sandbox/wechatpay/…, JSON in and out; a fault of the caller's is {"error": "…"}.
//
//	GET    state               who is who, settings, stocks, active faults, and the newest coupons and calls. Pages:
//	                           coupons=50&coupons_before=N, calls=…, numbers=… (none unless asked), at most 1000 each;
//	                           openid=… only that user's coupons; out_request_no=… only that number
//	GET    stats               sums, as WeChatStats; openid=…&stock_id=… adds "pair", that pair's coupons
//	GET    faults              active faults, and the catalogue with the whole error table
//	POST   faults              turn one on: WeChatFault
//	DELETE faults, faults/{id} turn all or one off
//	PATCH  stocks/{id}         any fields of WeChatStock but its ids, creation and sums
//	PATCH  settings            any fields of WeChatSettings
//	POST   coupons/{id}        {"status": "SENDED" | "USED" | "EXPIRED"}
//	POST   prepare             {"answers": 100000, "rate": 500}, see Prepare; returns when they are ready
//	GET    events              server-sent events, one per change: coupon, call, stock, faults, settings; lost: read state again
func (w *WeChatPay) Control() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, serve func(*http.Request) (any, error)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /sandbox/wechatpay/"+path, func(rw http.ResponseWriter, r *http.Request) {
			wxAnswerControl(rw, r, serve)
		})
	}
	on("GET state", w.controlState)
	on("GET stats", w.controlStats)
	on("GET faults", w.controlFaults)
	on("POST faults", w.controlAddFault)
	on("DELETE faults", w.controlClearFaults)
	on("DELETE faults/{id}", w.controlClearFaults)
	on("PATCH stocks/{id}", w.controlPatchStock)
	on("PATCH settings", w.controlPatchSettings)
	on("POST coupons/{id}", w.controlCoupon)
	on("POST prepare", w.controlPrepare)
	mux.HandleFunc("GET /sandbox/wechatpay/events", w.events)
	return mux
}

// A wxNotThere is a control fault that is a 404; all others are 400.
type wxNotThere string

func (e wxNotThere) Error() string { return string(e) }

func wxAnswerControl(rw http.ResponseWriter, r *http.Request, serve func(*http.Request) (any, error)) {
	status := http.StatusOK
	answer, err := serve(r)
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
		if _, missing := errors.AsType[wxNotThere](err); missing {
			status = http.StatusNotFound
		}
	}
	rw.Header().Set("Content-Type", wxJSON)
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(answer) // a reader that left has its own trouble
}

// wxControlBody reads a JSON body over what is there already. A body must say that it is JSON, which a foreign page
// cannot do unasked.
func wxControlBody(r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return errors.New("the body must be application/json")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, wxMaxBody))
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return wxStrictJSON(body, into)
}

func (w *WeChatPay) activeFaults() []WeChatFault {
	active := []WeChatFault{}
	for _, f := range w.faults.active {
		active = append(active, f.WeChatFault)
	}
	return active
}

func (w *WeChatPay) controlFaults(*http.Request) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]any{"active": w.activeFaults(), "catalogue": WeChatFaultKinds()}, nil
}

func (w *WeChatPay) controlAddFault(r *http.Request) (any, error) {
	var f WeChatFault
	if err := wxControlBody(r, &f); err != nil {
		return nil, err
	}
	return w.AddFault(f)
}

func (w *WeChatPay) controlClearFaults(r *http.Request) (any, error) {
	id := 0
	if text := r.PathValue("id"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, wxNotThere("no such fault")
		}
		id = n
	}
	cleared := w.ClearFaults(id)
	if id != 0 && cleared == 0 {
		return nil, wxNotThere("no such fault")
	}
	return map[string]int{"cleared": cleared}, nil
}

func (w *WeChatPay) controlPatchStock(r *http.Request) (any, error) {
	w.mu.Lock()
	was, ok := w.book.stocks[r.PathValue("id")]
	if !ok {
		w.mu.Unlock()
		return nil, wxNotThere("no such stock")
	}
	patch := *was
	w.mu.Unlock()
	patch.Senders = slices.Clone(patch.Senders)
	if patch.Custom != nil {
		custom := *patch.Custom
		patch.Custom = &custom
	}
	if err := wxControlBody(r, &patch); err != nil {
		return nil, err
	}
	if err := patch.check(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if patch.ID != was.ID || patch.Creator != was.Creator || !patch.CreateTime.Equal(was.CreateTime) {
		return nil, errors.New("a stock's ids and creation do not change")
	}
	status := patch.Status
	patch.Status, patch.Distributed, patch.Spent = was.Status, was.Distributed, was.Spent
	*was = patch
	if status != was.Status {
		was.moveTo(status, w.now())
	}
	w.hub.publish("stock", *was)
	return *was, nil
}

func (w *WeChatPay) controlPatchSettings(r *http.Request) (any, error) {
	w.mu.Lock()
	patch := w.settings
	w.mu.Unlock()
	if err := wxControlBody(r, &patch); err != nil {
		return nil, err
	}
	if err := patch.check(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if patch.RateLimit != w.settings.RateLimit {
		w.gates = wxGates(patch)
	}
	w.settings = patch
	w.hub.publish("settings", patch)
	return patch, nil
}

func (w *WeChatPay) controlCoupon(r *http.Request) (any, error) {
	var body struct {
		Status string `json:"status"`
	}
	if err := wxControlBody(r, &body); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"SENDED", "USED", "EXPIRED"}, body.Status) {
		return nil, errors.New("status is SENDED, USED or EXPIRED")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ok := w.book.byID[r.PathValue("id")]
	if !ok {
		return nil, wxNotThere("no such coupon")
	}
	w.book.coupons[i].Status = body.Status
	w.hub.publish("coupon", w.book.coupons[i])
	return w.book.coupons[i], nil
}

func (w *WeChatPay) controlPrepare(r *http.Request) (any, error) {
	var body struct {
		Answers int     `json:"answers"`
		Rate    float64 `json:"rate"`
	}
	if err := wxControlBody(r, &body); err != nil {
		return nil, err
	}
	if body.Answers < 0 || body.Answers > 2_000_000 || body.Rate < 0 {
		return nil, errors.New("answers is a number from 0 to 2000000, and rate is none or a number of sends a second")
	}
	if err := w.Prepare(r.Context(), body.Answers, body.Rate); err != nil {
		return nil, err
	}
	return map[string]int{"prepared": w.Stats().Prepared}, nil
}
