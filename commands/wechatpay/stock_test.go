package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const stockJSON = `{
	"stock_id": "9856000", "stock_creator_mchid": "1900000001", "stock_name": "满20减10", "description": "全场",
	"status": "running", "stock_type": "NORMAL", "distributed_coupons": 40, "no_cash": null, "singleitem": true,
	"create_time": "2026-01-01T00:00:00.120+08:00", "start_time": "2026-01-01T09:00:00+08:00",
	"available_begin_time": "2026-01-02T00:00:00+08:00", "available_end_time": "2026-03-01T00:00:00+08:00",
	"stock_use_rule": {"max_coupons": 100, "max_amount": 100000, "max_amount_by_day": 5000, "max_coupons_per_user": 5,
		"fixed_normal_coupon": {"coupon_amount": 1000, "transaction_minimum": 2000}, "coupon_type": "NORMAL",
		"goods_tag": ["a"], "trade_type": ["MICROAPP"], "combine_use": true, "natural_person_limit": true},
	"card_id": "x", "new_field": {}}`

func TestStock(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if want := "/v3/marketing/favor/stocks/9856000?stock_creator_mchid=1900000002"; r.RequestURI != want {
			t.Errorf("%s", r.RequestURI)
		}
		say(w, 200, "1-0", stockJSON)
	})
	got, err := client(t, config(s.URL)).Stock(t.Context(), "9856000", "1900000002")
	if err != nil {
		t.Fatal(err)
	}
	want := Stock{
		ID: "9856000", CreatorMchID: "1900000001", Name: "满20减10", Description: "全场",
		Status: StockRunning, Type: "NORMAL", CouponType: "NORMAL",
		CreateTime:   time.Date(2025, 12, 31, 16, 0, 0, 120e6, time.UTC),
		Activated:    time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC),
		Begin:        time.Date(2026, 1, 1, 16, 0, 0, 0, time.UTC),
		End:          time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC),
		CouponAmount: 1000, Minimum: 2000, MaxCoupons: 100, MaxAmount: 100000, MaxAmountByDay: 5000, MaxPerUser: 5,
		Distributed: 40, SingleItem: true, NaturalPersonLimit: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadingSaysWhyItFailed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		kind   Kind
		reason Reason
	}{
		{"no such thing", func(w http.ResponseWriter) { sayError(w, 404, "RESOURCE_NOT_EXISTS", "批次不存在", "1") }, NotNow, ReasonStockNotFound},
		{"not authenticated", func(w http.ResponseWriter) { sayError(w, 401, "SIGN_ERROR", "?", "1") }, Configuration, ReasonNotAuthenticated},
		{"too fast", func(w http.ResponseWriter) { sayError(w, 429, "FREQUENCY_LIMITED", "?", "1") }, Slower, ReasonTooFast},
		{"system error", func(w http.ResponseWriter) { sayError(w, 500, "SYSTEM_ERROR", "?", "1") }, Unknown, ReasonSystemError},
		{"an empty object", func(w http.ResponseWriter) { say(w, 200, "1-0", `{}`) }, Unknown, ReasonGarbledAnswer},
		{"another kind of JSON", func(w http.ResponseWriter) { say(w, 200, "1-0", `[]`) }, Unknown, ReasonGarbledAnswer},
		{"a time that is none", func(w http.ResponseWriter) {
			say(w, 200, "1-0", `{"stock_id":"9856000","coupon_id":"1","create_time":"yesterday","total_count":1,"data":[{"stock_id":"1","coupon_id":"1","create_time":"yesterday"}]}`)
		}, Unknown, ReasonGarbledAnswer},
		{"not signed", func(w http.ResponseWriter) { w.Write([]byte(stockJSON)) }, Unknown, ReasonUnsigned},
		{"dropped", func(w http.ResponseWriter) { drop(w, "") }, Unknown, ReasonConnectionLost},
	} {
		s := server(t, func(w http.ResponseWriter, _ *http.Request, _ string) { tt.answer(w) })
		c := client(t, config(s.URL))
		for op, read := range map[string]func() error{
			"stock":   func() error { _, err := c.Stock(t.Context(), "9856000", mchID); return err },
			"stocks":  func() error { return c.Stocks(t.Context(), mchID, func(Stock) error { return nil }) },
			"coupon":  func() error { _, err := c.Coupon(t.Context(), openID, "1"); return err },
			"coupons": func() error { _, err := c.Coupons(t.Context(), openID, mchID, ""); return err },
		} {
			t.Run(tt.name+", "+op, func(t *testing.T) {
				var said *Error
				if err := fmt.Errorf("wrapped: %w", read()); !errors.As(err, &said) {
					t.Fatalf("not an *Error: %v", err)
				}
				wellFormed(t, said.Outcome)
				if o := said.Outcome; o.Kind != tt.kind || o.Reason != tt.reason {
					t.Errorf("got %s %s: %v", o.Kind, o.Reason, said)
				}
				if !strings.HasPrefix(said.Error(), op+": ") {
					t.Errorf("%q does not say what was being done", said.Error())
				}
			})
		}
	}
}

func TestReadingRefusesWhatCannotBeAsked(t *testing.T) {
	s := server(t, func(http.ResponseWriter, *http.Request, string) { t.Error("a request arrived") })
	c := client(t, config(s.URL))
	for name, read := range map[string]func(context.Context) error{
		"no stock id":        func(ctx context.Context) error { _, err := c.Stock(ctx, "", mchID); return err },
		"a path as stock id": func(ctx context.Context) error { _, err := c.Stock(ctx, "..", mchID); return err },
		"no creator":         func(ctx context.Context) error { return c.Stocks(ctx, "", nil) },
		"no openid":          func(ctx context.Context) error { _, err := c.Coupon(ctx, "", "1"); return err },
		"no coupon id":       func(ctx context.Context) error { _, err := c.Coupon(ctx, openID, ""); return err },
		"an odd openid":      func(ctx context.Context) error { _, err := c.Coupons(ctx, "o A", mchID, ""); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var said *Error
			if err := read(t.Context()); !errors.As(err, &said) || said.Outcome.Kind != Refused || said.Outcome.Sent {
				t.Errorf("got %v", err)
			}
		})
	}
}

// pages answers a list of n stocks or coupons as WeChat Pay does: offset is a page number.
func pages(t *testing.T, ids []string, field string, total int) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, _ string) {
		page, err1 := strconv.Atoi(r.FormValue("offset"))
		limit, err2 := strconv.Atoi(r.FormValue("limit"))
		if err1 != nil || err2 != nil {
			t.Errorf("%s", r.RequestURI)
			return
		}
		var items []string
		for _, id := range ids[min(page*limit, len(ids)):min((page+1)*limit, len(ids))] {
			items = append(items, fmt.Sprintf(`{%q:%q}`, field, id))
		}
		say(w, 200, "1-0", fmt.Sprintf(`{"total_count":%d,"offset":%d,"limit":%d,"data":[%s]}`, total, page, limit, strings.Join(items, ",")))
	}
}

func numbers(n int) (ids []string) {
	for i := range n {
		ids = append(ids, strconv.Itoa(i))
	}
	return ids
}

func TestStocksReadsEveryPage(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 35} {
		t.Run(fmt.Sprint(n, " stocks"), func(t *testing.T) {
			s := server(t, pages(t, numbers(n), "stock_id", n))
			var got []string
			err := client(t, config(s.URL)).Stocks(t.Context(), mchID, func(s Stock) error {
				got = append(got, s.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(numbers(n), got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a stock that moves to the next page comes once", func(t *testing.T) {
		ids := append(numbers(10), "9", "10")
		s := server(t, pages(t, ids, "stock_id", 11))
		n := 0
		if err := client(t, config(s.URL)).Stocks(t.Context(), mchID, func(Stock) error { n++; return nil }); err != nil || n != 11 {
			t.Errorf("%d stocks, %v", n, err)
		}
	})
	t.Run("an error of the caller ends it", func(t *testing.T) {
		s := server(t, pages(t, numbers(30), "stock_id", 30))
		stop := errors.New("stop")
		n := 0
		err := client(t, config(s.URL)).Stocks(t.Context(), mchID, func(Stock) error { n++; return stop })
		if err != stop || n != 1 {
			t.Errorf("%d stocks, %v", n, err)
		}
	})
	t.Run("a list that ends early is an error", func(t *testing.T) {
		s := server(t, pages(t, numbers(15), "stock_id", 16))
		var said *Error
		err := client(t, config(s.URL)).Stocks(t.Context(), mchID, func(Stock) error { return nil })
		if !errors.As(err, &said) || said.Outcome.Reason != ReasonGarbledAnswer {
			t.Errorf("got %v", err)
		}
	})
}
