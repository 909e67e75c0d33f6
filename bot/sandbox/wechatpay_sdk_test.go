package sandbox

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

func wxSDKSend(number, openid string) cashcoupons.SendCouponRequest {
	return cashcoupons.SendCouponRequest{
		StockId: core.String("9856000"), Openid: core.String(openid), OutRequestNo: core.String(number),
		Appid: core.String("wx0123456789abcdef"), StockCreatorMchid: core.String("1900000001"),
	}
}

func TestWeChatPayServesTheOfficialSDK(t *testing.T) {
	rig := wxNewRig(t, wxRealTime)
	ctx := t.Context()
	coupons := cashcoupons.CouponApiService{Client: rig.sdk()}
	stocks := cashcoupons.StockApiService{Client: rig.sdk()}

	first, result, err := coupons.SendCoupon(ctx, wxSDKSend("N|1*", "oABC"))
	if err != nil {
		t.Fatal(err)
	}
	if id := result.Response.Header.Get("Request-ID"); !strings.HasSuffix(id, "-0") {
		t.Errorf("Request-ID %q does not end in -0", id)
	}
	again, _, err := coupons.SendCoupon(ctx, wxSDKSend("N|1*", "oABC"))
	if err != nil || *again.CouponId != *first.CouponId {
		t.Errorf("the same number gave %v and %v (%v)", *first.CouponId, again, err)
	}

	coupon, result, err := coupons.QueryCoupon(ctx, cashcoupons.QueryCouponRequest{
		CouponId: first.CouponId, Appid: core.String(rig.pay.AppID()), Openid: core.String("oABC"),
	})
	if err != nil || *coupon.Status != "SENDED" || *coupon.NormalCouponInformation.CouponAmount != 1000 {
		t.Errorf("query coupon: %v (%v)", coupon, err)
	}
	raw, err := io.ReadAll(result.Response.Body)
	if err != nil || !strings.Contains(string(raw), `"out_request_no":"N|1*"`) {
		t.Errorf("query coupon without out_request_no: %s (%v)", raw, err)
	}
	list, _, err := coupons.ListCouponsByFilter(ctx, cashcoupons.ListCouponsByFilterRequest{
		Openid: core.String("oABC"), Appid: core.String(rig.pay.AppID()), CreatorMchid: core.String("1900000001"),
	})
	if err != nil || *list.TotalCount != 1 || *list.Data[0].StockId != "9856000" {
		t.Errorf("list coupons: %v (%v)", list, err)
	}

	stock, _, err := stocks.QueryStock(ctx, cashcoupons.QueryStockRequest{StockId: core.String("9856000"), StockCreatorMchid: core.String("1900000001")})
	if err != nil || *stock.DistributedCoupons != 1 || *stock.Status != "running" || *stock.StockType != "NORMAL" {
		t.Errorf("query stock: %v (%v)", stock, err)
	}
	page, _, err := stocks.ListStocks(ctx, cashcoupons.ListStocksRequest{
		Offset: core.Int64(1), Limit: core.Int64(3), StockCreatorMchid: core.String("1900000001"), CreateStartTime: core.String("2020-01-01T00:00:00+08:00"),
	})
	if err != nil || *page.TotalCount != 7 || len(page.Data) != 3 || *page.Data[0].StockId != "9856004" {
		t.Errorf("list stocks, page 1: %v (%v)", page, err)
	}
}

func TestWeChatPayMovesStocksThroughTheSDK(t *testing.T) {
	rig := wxNewRig(t, wxRealTime)
	ctx, creator := t.Context(), core.String("1900000001")
	stocks := cashcoupons.StockApiService{Client: rig.sdk()}
	status := func(id string) string {
		s, _, err := stocks.QueryStock(ctx, cashcoupons.QueryStockRequest{StockId: &id, StockCreatorMchid: creator})
		if err != nil {
			t.Fatal(err)
		}
		return *s.Status
	}
	expect := func(id, want string, err error) {
		t.Helper()
		if got := status(id); err != nil || got != want {
			t.Errorf("stock %s is %q, want %q (%v)", id, got, want, err)
		}
	}
	running, fresh := "9856000", "9856005"
	_, _, err := stocks.PauseStock(ctx, cashcoupons.PauseStockRequest{StockId: &running, StockCreatorMchid: creator})
	expect(running, "paused", err)
	_, _, err = stocks.RestartStock(ctx, cashcoupons.RestartStockRequest{StockId: &running, StockCreatorMchid: creator})
	expect(running, "running", err)
	_, _, err = stocks.StartStock(ctx, cashcoupons.StartStockRequest{StockId: &fresh, StockCreatorMchid: creator})
	expect(fresh, "running", err)
	_, _, err = stocks.StopStock(ctx, cashcoupons.StopStockRequest{StockId: &fresh, StockCreatorMchid: creator})
	if refusal, ok := errors.AsType[*core.APIError](err); !ok || refusal.Code != "PARAM_ERROR" {
		t.Errorf("stopping a started stock: %v", err)
	}
	expect(fresh, "running", nil)
}

func TestWeChatPayRefusesCertificatesToNewMerchants(t *testing.T) {
	rig := wxNewRig(t, nil)
	r := rig.get("/v3/certificates")
	if r.Status != 404 || r.field("code") != "RESOURCE_NOT_EXISTS" || !strings.HasPrefix(r.field("message"), "无可用的平台证书") {
		t.Errorf("got %d %s", r.Status, r.Body)
	}
}

func TestWeChatPayServesCertificatesToOlderMerchants(t *testing.T) {
	const apiv3Key = "0123456789abcdef0123456789abcdef"
	rig := wxNewRig(t, func(o *WeChatPayOptions) { wxRealTime(o); o.APIv3Key = apiv3Key })
	private, err := utils.LoadPrivateKey(string(rig.pay.MerchantKeyPEM()))
	if err != nil {
		t.Fatal(err)
	}
	bare, err := core.NewClient(t.Context(), option.WithMerchantCredential(rig.pay.MchID(), rig.pay.SerialNo(), private),
		option.WithoutValidator(), option.WithHTTPClient(rig.httpClient()))
	if err != nil {
		t.Fatal(err)
	}
	manager := downloader.NewCertificateDownloaderMgr(context.Background())
	t.Cleanup(manager.Stop)
	if err := manager.RegisterDownloaderWithClient(t.Context(), bare, rig.pay.MchID(), apiv3Key); err != nil {
		t.Fatal(err)
	}
	client, err := core.NewClient(t.Context(),
		option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(rig.pay.MchID(), rig.pay.SerialNo(), private, manager),
		option.WithHTTPClient(rig.httpClient()))
	if err != nil {
		t.Fatal(err)
	}
	service := cashcoupons.CouponApiService{Client: client}
	if _, _, err := service.SendCoupon(t.Context(), wxSDKSend("N-1", "oABC")); err != nil {
		t.Errorf("certificate mode: %v", err)
	}
	service.Client = rig.sdk()
	if _, _, err := service.SendCoupon(t.Context(), wxSDKSend("N-2", "oABC")); err != nil {
		t.Errorf("public-key mode of the same merchant: %v", err)
	}
	unnamed := rig.do(wxRequest{method: "GET", path: "/v3/certificates", header: map[string]string{"Wechatpay-Serial": ""}})
	if got := unnamed.Header.Get("Wechatpay-Serial"); got != rig.pay.id.certificateSerial() {
		t.Errorf("a request that names no key is answered under %q", got)
	}
	if err := rig.verified(unnamed); err != nil {
		t.Error(err)
	}
}
