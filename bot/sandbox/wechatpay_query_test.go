package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const wxMine = wxUser + "?appid=wx0123456789abcdef&creator_mchid=1900000001"

// numbers are the out_request_nos of a list answer.
func (r wxReply) numbers() []string {
	var list struct {
		Data []struct {
			No *string `json:"out_request_no"`
		} `json:"data"`
	}
	if json.Unmarshal([]byte(r.Body), &list) != nil {
		return []string{r.Body}
	}
	numbers := []string{}
	for _, c := range list.Data {
		if c.No == nil {
			numbers = append(numbers, "absent")
			continue
		}
		numbers = append(numbers, *c.No)
	}
	return numbers
}

func TestWeChatPayListsAUsersCoupons(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*wxRig)
		path    string
		want    []string
	}{
		{"newest first, of one creator", nil, wxMine, []string{"N-3", "N-2", "N-1"}},
		{"another creator's", nil, strings.Replace(wxMine, "1900000001", "1900000002", 1), []string{"N-4"}},
		{"one stock", nil, wxMine + "&stock_id=9856004", []string{"N-3"}},
		{"usable ones", nil, wxMine + "&status=SENDED", []string{"N-3", "N-1"}},
		{"USED means usable and used", nil, wxMine + "&status=USED", []string{"N-3", "N-2", "N-1"}},
		{"by where they can be used: only usable ones, other filters ignored", nil,
			strings.Replace(wxMine, "creator_mchid", "available_mchid", 1) + "&status=USED&stock_id=1&offset=7", []string{"N-3", "N-1"}},
		{"the second page of two", nil, wxMine + "&offset=1&limit=2", []string{"N-1"}},
		{"a page behind the last", nil, wxMine + "&offset=5", []string{}},
		{"expired ones never", func(r *wxRig) { r.patch("9856000", `{"available_end_time":"2026-11-20T03:00:00Z"}`) }, wxMine, []string{"N-3", "N-2"}},
		{"a stock that is never listed", func(r *wxRig) { r.patch("9856000", `{"never_listed":true}`) }, wxMine, []string{"N-3"}},
		{"without out_request_no, as before 2023", func(r *wxRig) {
			r.control("PATCH", "settings", `{"hide_out_request_no":true}`, nil)
		}, wxMine + "&stock_id=9856004", []string{"absent"}},
		{"not before the list has caught up", func(r *wxRig) {
			r.control("PATCH", "settings", `{"list_lag_ms":60000}`, nil)
			r.pass(59 * time.Second)
			r.send("oABC", map[string]any{"out_request_no": "N-5"})
			r.pass(time.Second)
		}, wxMine, []string{"N-3", "N-2", "N-1"}},
		{"someone else has none", nil, strings.Replace(wxMine, "oABC", "oDEF", 1), []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			rig.send("oABC", nil)
			used := rig.send("oABC", map[string]any{"out_request_no": "N-2"}).field("coupon_id")
			rig.send("oABC", map[string]any{"out_request_no": "N-3", "stock_id": "9856004"})
			rig.send("oABC", map[string]any{"out_request_no": "N-4", "stock_id": "9856001", "stock_creator_mchid": "1900000002"})
			if status := rig.control("POST", "coupons/"+used, `{"status":"USED"}`, nil); status != 200 {
				t.Fatal(status)
			}
			if c.prepare != nil {
				c.prepare(rig)
			}
			if diff := cmp.Diff(c.want, rig.get(c.path).numbers()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWeChatPayPagesCoupons(t *testing.T) {
	rig := wxNewRig(t, nil)
	for i := range 23 {
		rig.send("oABC", map[string]any{"out_request_no": "N-" + strconv.Itoa(i)})
	}
	first, second := rig.get(wxMine), rig.get(wxMine+"&offset=1")
	if got := len(first.numbers()); got != 20 {
		t.Errorf("the first page has %d coupons, want 20", got)
	}
	if diff := cmp.Diff([]string{"N-2", "N-1", "N-0"}, second.numbers()); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(second.Body, `"total_count":23`) {
		t.Errorf("no total in %s", second.Body)
	}
}

func TestWeChatPayShowsOneCoupon(t *testing.T) {
	rig := wxNewRig(t, nil)
	id := rig.send("oABC", nil).field("coupon_id")
	r := rig.get(wxUser + "/" + id + "?appid=wx0123456789abcdef")
	var got map[string]any
	if err := json.Unmarshal([]byte(r.Body), &got); err != nil || r.Status != 200 {
		t.Fatalf("got %d %s (%v)", r.Status, r.Body, err)
	}
	want := map[string]any{
		"coupon_id": id, "stock_id": "9856000", "stock_creator_mchid": "1900000001", "coupon_name": "sorry-10", "description": "Sandbox: sorry-10",
		"status": "SENDED", "coupon_type": "NORMAL", "create_time": "2026-11-20T12:00:00+08:00", "out_request_no": "N-1",
		"no_cash": nil, "singleitem": nil,
		"available_begin_time": "2026-11-19T12:00:00+08:00", "available_end_time": "2027-01-19T12:00:00+08:00",
		"normal_coupon_information": map[string]any{"coupon_amount": 1000.0, "transaction_minimum": 2000.0},
	}
	// The window was set when the stand-in was made, at the same frozen time.
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	rig.pass(61 * 24 * time.Hour)
	if r := rig.get(wxUser + "/" + id + "?appid=wx0123456789abcdef"); r.field("status") != "EXPIRED" {
		t.Errorf("after its window: %s", r.Body)
	}
}

func TestWeChatPayListsStocksByFilter(t *testing.T) {
	const base = "/v3/marketing/favor/stocks?offset=0&limit=10&stock_creator_mchid="
	for _, c := range []struct {
		name, path string
		want       []string
	}{
		{"of one creator", base + "1900000001", []string{"9856000", "9856002", "9856003", "9856004", "9856005", "9856006", "9856007"}},
		{"of another that this merchant may send", base + "1900000002", []string{"9856001"}},
		{"paused ones", base + "1900000001&status=paused", []string{"9856007"}},
		{"created before a time", base + "1900000001&create_end_time=2026-11-01T00:00:00%2B08:00", []string{"9856006"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			var list struct {
				Data []struct {
					ID string `json:"stock_id"`
				} `json:"data"`
			}
			r := rig.get(c.path)
			if err := json.Unmarshal([]byte(r.Body), &list); err != nil {
				t.Fatalf("got %d %s", r.Status, r.Body)
			}
			got := []string{}
			for _, s := range list.Data {
				got = append(got, s.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
