package wechatpay

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const couponJSON = `{
	"stock_creator_mchid": "1900000001", "stock_id": "9856000", "coupon_id": "9867041", "out_request_no": "A|b_c*d-9",
	"coupon_name": "满20减10", "status": "SENDED", "description": "全场", "create_time": "2026-01-02T11:00:00+08:00",
	"coupon_type": "NORMAL", "no_cash": null, "singleitem": null,
	"available_begin_time": "2026-01-02T00:00:00+08:00", "available_end_time": "2026-03-01T00:00:00+08:00",
	"normal_coupon_information": {"coupon_amount": 1000, "transaction_minimum": 2000}}`

var couponRead = Coupon{
	ID: "9867041", StockID: "9856000", StockCreatorMchID: "1900000001", OutRequestNo: "A|b_c*d-9",
	Name: "满20减10", Description: "全场", Status: CouponUsable, Type: "NORMAL",
	CreateTime: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC),
	Begin:      time.Date(2026, 1, 1, 16, 0, 0, 0, time.UTC),
	End:        time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC),
	Amount:     1000, Minimum: 2000,
}

func TestCoupon(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if want := "/v3/marketing/favor/users/o%2FA%7C/coupons/9867041?appid=" + appID; r.RequestURI != want {
			t.Errorf("%s", r.RequestURI)
		}
		say(w, 200, "1-0", couponJSON)
	})
	got, err := client(t, config(s.URL)).Coupon(t.Context(), "o/A|", "9867041")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(couponRead, got); diff != "" {
		t.Error(diff)
	}
}

func TestCouponsHoldsUsableAndUsedOnes(t *testing.T) {
	used := couponRead
	used.ID, used.OutRequestNo, used.Status = "2", "", CouponUsed
	usedJSON := `{"coupon_id":"2","stock_creator_mchid":"1900000001","stock_id":"9856000","coupon_name":"满20减10","status":"USED","description":"全场",
		"create_time":"2026-01-02T11:00:00+08:00","coupon_type":"NORMAL","available_begin_time":"2026-01-02T00:00:00+08:00",
		"available_end_time":"2026-03-01T00:00:00+08:00","normal_coupon_information":{"coupon_amount":1000,"transaction_minimum":2000}}`
	for name, whenUsed := range map[string]string{
		"USED lists used ones only":       `{"total_count":1,"data":[` + usedJSON + `]}`,
		"USED lists usable and used ones": `{"total_count":2,"data":[` + couponJSON + `,` + usedJSON + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
				query := "?appid=" + appID + "&creator_mchid=1900000002&limit=20&offset=0&status=%s&stock_id=9856000"
				path := "/v3/marketing/favor/users/" + openID + "/coupons"
				switch r.RequestURI {
				case path + fmt.Sprintf(query, "SENDED"):
					say(w, 200, "1-0", `{"total_count":1,"data":[`+couponJSON+`]}`)
				case path + fmt.Sprintf(query, "USED"):
					say(w, 200, "1-0", whenUsed)
				default:
					t.Errorf("%s", r.RequestURI)
				}
			})
			got, err := client(t, config(s.URL)).Coupons(t.Context(), openID, "1900000002", "9856000")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Coupon{couponRead, used}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCouponsReadsEveryPage(t *testing.T) {
	read := func(t *testing.T, answer func(http.ResponseWriter, *http.Request, string)) ([]string, error) {
		list, err := client(t, config(server(t, answer).URL)).Coupons(t.Context(), openID, mchID, "")
		var ids []string
		for _, c := range list {
			ids = append(ids, c.ID)
		}
		return ids, err
	}
	for _, n := range []int{0, 20, 21, 45} {
		t.Run(fmt.Sprint(n, " coupons"), func(t *testing.T) {
			got, err := read(t, pages(t, numbers(n), "coupon_id", n))
			if diff := cmp.Diff(numbers(n), got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	t.Run("even if offset were a row number", func(t *testing.T) {
		got, err := read(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			var row int
			if _, err := fmt.Sscan(r.FormValue("offset"), &row); err != nil {
				t.Error(err)
			}
			r.Form.Set("offset", "0")
			pages(t, numbers(45)[row:], "coupon_id", 45)(w, r, "")
		})
		if diff := cmp.Diff(numbers(45), got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	t.Run("a list that is not whole is no proof of absence", func(t *testing.T) {
		for name, body := range map[string]string{
			"no length":        `{"data":[]}`,
			"too short":        `{"total_count":1,"data":[]}`,
			"too long":         `{"total_count":0,"data":[{"coupon_id":"1"}]}`,
			"no data":          `{"total_count":1}`,
			"without an id":    `{"total_count":1,"data":[{"stock_id":"1"}]}`,
			"an id as number":  `{"total_count":1,"data":[{"coupon_id":1}]}`,
			"never any longer": `{"total_count":2,"data":[{"coupon_id":"1"}]}`,
		} {
			var said *Error
			_, err := read(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, "1-0", body) })
			if !errors.As(err, &said) || said.Outcome.Kind != Unknown || said.Outcome.Reason != ReasonGarbledAnswer {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
