package wechatpay

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every row of WeChat Pay's error tables, over real HTTP.
func TestEveryRefusalIsUnderstood(t *testing.T) {
	for _, tt := range []struct {
		name          string
		status        int
		code, message string
		number        string
		reason        Reason
		kind          Kind
		scope         Scope
		retryable     bool
	}{
		{"the customer has as many as allowed", 400, "RULE_LIMIT", "用户已达最大领券次数", "1", ReasonUserLimit, Refused, ScopeCustomer, true},
		{"the status of RULE_LIMIT does not matter", 403, "RULE_LIMIT", "用户已达最大领券次数", "1", ReasonUserLimit, Refused, ScopeCustomer, true},
		{"the customer is limited", 403, "REQUEST_BLOCKED", "用户被限领拦截", "1", ReasonUserBlocked, Refused, ScopeCustomer, true},
		{"the customer is limited, by number", 403, "REQUEST_BLOCKED", "?", "270079532", ReasonUserBlocked, Refused, ScopeCustomer, true},
		{"5000 yuan this month", 403, "INVALID_REQUEST", "暂时无法领取,请联系商家处理。", "1", ReasonMonthLimit, Refused, ScopeCustomer, true},
		{"5000 yuan this month, as a 400", 400, "INVALID_REQUEST", "暂时无法领取,请联系商家处理。", "1", ReasonMonthLimit, Refused, ScopeCustomer, true},
		{"the account is judged abusive", 403, "USER_ACCOUNT_ABNORMAL", "用户非法", "1", ReasonUserAbnormal, Refused, ScopeCustomer, false},
		{"an openid of another appid", 400, "INVALID_REQUEST", "openid 与 appID 不匹配", "1", ReasonOpenIDMismatch, Refused, ScopeCustomer, false},
		{"the same without spaces", 400, "INVALID_REQUEST", "openid与appid不匹配", "1", ReasonOpenIDMismatch, Refused, ScopeCustomer, false},
		{"the same by number", 400, "INVALID_REQUEST", "?", "270079501", ReasonOpenIDMismatch, Refused, ScopeCustomer, false},
		{"no such openid", 400, "PARAM_ERROR", "?", "270079498", ReasonOpenIDInvalid, Refused, ScopeCustomer, false},
		{"no openid", 400, "PARAM_ERROR", "openid必填", "1", ReasonOpenIDInvalid, Refused, ScopeCustomer, false},
		{"one number for two contents", 400, "PARAM_ERROR", "相同单号但请求数据不一致", "268578927", ReasonNumberReused, Refused, ScopeCustomer, false},
		{"a parameter", 400, "PARAM_ERROR", "参数错误,请核对文档要求", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"no stock", 400, "PARAM_ERROR", "批次号必填", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"no appid", 400, "PARAM_ERROR", "appid必填", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"no merchant", 400, "PARAM_ERROR", "商户号必填", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"no coupon id", 400, "PARAM_ERROR", "券id必填", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"too big a page", 400, "PARAM_ERROR", "页大小超过阈值", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"a time", 400, "PARAM_ERROR", "输入时间格式错误", "1", ReasonBadParameter, Refused, ScopeCustomer, false},
		{"an unlisted code", 403, "SOMETHING_NEW", "新的错误", "1", ReasonUnlisted, Refused, ScopeCustomer, true},
		{"an unlisted message of a known code", 403, "REQUEST_BLOCKED", "新的原因", "1", ReasonUnlisted, Refused, ScopeCustomer, true},
		{"another unlisted message", 400, "INVALID_REQUEST", "新的原因", "1", ReasonUnlisted, Refused, ScopeCustomer, true},

		{"the budget is gone", 403, "NOT_ENOUGH", "批次预算不足", "270079534", ReasonBudgetGone, NotNow, ScopeStock, false},
		{"the budget is gone, in other words", 403, "NOT_ENOUGH", "预算耗尽", "1", ReasonBudgetGone, NotNow, ScopeStock, false},
		{"the day's cap is reached", 403, "NOT_ENOUGH", "发券超过单天限额", "1", ReasonDayCap, NotNow, ScopeStock, false},
		{"the day's cap, under the number of the budget", 403, "NOT_ENOUGH", "发券超过单天限额", "270079534", ReasonDayCap, NotNow, ScopeStock, false},
		{"not started or over", 403, "REQUEST_BLOCKED", "活动未开始或已结束", "270079533", ReasonStockNotRunning, NotNow, ScopeStock, false},
		{"over or not activated", 400, "INVALID_REQUEST", "活动已结束或未激活", "1", ReasonStockNotRunning, NotNow, ScopeStock, false},
		{"a state of the stock", 400, "PARAM_ERROR", "非法的批次状态", "1", ReasonStockNotRunning, NotNow, ScopeStock, false},
		{"no such stock", 404, "RESOURCE_NOT_EXISTS", "批次不存在", "1", ReasonStockNotFound, NotNow, ScopeStock, false},
		{"no such stock, by number", 404, "RESOURCE_NOT_EXISTS", "?", "270079488", ReasonStockNotFound, NotNow, ScopeStock, false},
		{"no such thing", 404, "RESOURCE_NOT_EXISTS", "资源不存在", "1", ReasonNotFound, NotNow, ScopeStock, false},
		{"the stock cannot be read", 400, "PARAM_ERROR", "批次信息获取失败", "270079577", ReasonStockUnreadable, NotNow, ScopeStock, false},
		{"not ours to send", 403, "REQUEST_BLOCKED", "商户无权发券", "1", ReasonNotAuthorized, NotNow, ScopeStock, false},
		{"not among the senders, by number", 403, "REQUEST_BLOCKED", "?", "270079509", ReasonNotAuthorized, NotNow, ScopeStock, false},
		{"no sending for others", 403, "REQUEST_BLOCKED", "批次不支持跨商户发券", "1", ReasonCrossMerchant, NotNow, ScopeStock, false},
		{"no sending for others, by number", 403, "REQUEST_BLOCKED", "?", "270079508", ReasonCrossMerchant, NotNow, ScopeStock, false},

		{"the product is not open", 403, "REQUEST_BLOCKED", "调用商户无权限", "1", ReasonNoPermission, NotNow, ScopeMerchant, false},
		{"no right", 403, "NO_AUTH", "你配置的信息需要开通特殊权限", "1", ReasonNoPermission, NotNow, ScopeMerchant, false},
		{"no such merchant", 400, "MCH_NOT_EXISTS", "商户号不合法", "1", ReasonMerchantInvalid, NotNow, ScopeMerchant, false},
		{"no such merchant, by number", 400, "INVALID_REQUEST", "?", "270079489", ReasonMerchantInvalid, NotNow, ScopeMerchant, false},
		{"an illegal merchant", 400, "INVALID_REQUEST", "非法的商户号", "1", ReasonMerchantInvalid, NotNow, ScopeMerchant, false},
		{"appid not bound", 400, "APPID_MCHID_NOT_MATCH", "商户号与appid不匹配", "1", ReasonAppIDUnbound, NotNow, ScopeMerchant, false},
		{"appid not bound, by number", 400, "INVALID_REQUEST", "?", "270079507", ReasonAppIDUnbound, NotNow, ScopeMerchant, false},
		{"not an APIv3 request", 400, "INVALID_REQUEST", "HTTP 请求不符合 APIv3 接口规则", "1", ReasonRequestMalformed, NotNow, ScopeMerchant, false},

		{"our signature", 401, "SIGN_ERROR", "错误的签名,验签失败", "269546525", ReasonNotAuthenticated, Configuration, ScopeMerchant, false},
		{"our signature, not as a 401", 403, "SIGN_ERROR", "?", "1", ReasonNotAuthenticated, Configuration, ScopeMerchant, false},
		{"any other 401", 401, "SOMETHING_NEW", "?", "1", ReasonNotAuthenticated, Configuration, ScopeMerchant, false},
		{"a 401 about a customer is still about us", 401, "RULE_LIMIT", "?", "1", ReasonNotAuthenticated, Configuration, ScopeMerchant, false},
		{"a 401 that says SYSTEM_ERROR", 401, "SYSTEM_ERROR", "?", "1", ReasonNotAuthenticated, Configuration, ScopeMerchant, false},
		{"our certificate is over", 401, "SIGN_ERROR", "?", "269546505", ReasonCertificate, Configuration, ScopeMerchant, false},
		{"our serial number", 401, "SIGN_ERROR", "?", "269546507", ReasonCertificate, Configuration, ScopeMerchant, false},
		{"our merchant id", 401, "SIGN_ERROR", "?", "269546538", ReasonMerchantInvalid, Configuration, ScopeMerchant, false},
		{"our clock, by number", 401, "SIGN_ERROR", "?", "268573590", ReasonClock, Configuration, ScopeMerchant, false},
		{"our clock", 401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", "269546525", ReasonClock, Configuration, ScopeMerchant, false},

		{"too fast", 429, "FREQUENCY_LIMIT_EXCEED", "接口限频", "1", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, second name", 429, "FREQUENCY_LIMITED", "?", "1", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, third name", 429, "RATELIMIT_EXCEEDED", "?", "1", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, fourth name", 403, "RATE_LIMITED", "?", "1", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, fifth name", 429, "SOMETHING_NEW", "?", "1", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, by number", 403, "REQUEST_BLOCKED", "?", "268461336", ReasonTooFast, Slower, ScopeMerchant, false},
		{"too fast, as a bad request", 400, "INVALID_REQUEST", "调用频率过高", "1", ReasonTooFast, Slower, ScopeMerchant, false},

		{"a system error as a 4xx", 400, "SYSTEM_ERROR", "系统繁忙,请稍后重试", "1", ReasonSystemError, Unknown, ScopeCustomer, false},
		{"a system error", 500, "SYSTEM_ERROR", "系统繁忙,请稍后重试", "272888874", ReasonSystemError, Unknown, ScopeCustomer, false},
		{"overload", 503, "SERVICE_UNAVAILABLE", "?", "1", ReasonServerError, Unknown, ScopeCustomer, false},
		{"a refusal's words in a 500 prove nothing", 500, "RULE_LIMIT", "用户已达最大领券次数", "270079532", ReasonServerError, Unknown, ScopeCustomer, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := issue(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				sayError(w, tt.status, tt.code, tt.message, tt.number)
			})
			want := Outcome{
				Kind: tt.kind, Scope: tt.scope, Reason: tt.reason, Retryable: tt.retryable, Turn: ruleOf(tt.reason).Turn,
				Status: tt.status, Code: tt.code, Message: tt.message, RequestID: "08E2-" + tt.number, RequestNumber: tt.number,
				ServerDate: out.ServerDate, Sent: true, Err: out.Err,
			}
			if diff := cmp.Diff(want, out, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
			if out.ServerDate.IsZero() {
				t.Error("no server date")
			}
		})
	}
}

// No row of the table may be hidden behind another.
func TestEveryRowIsReached(t *testing.T) {
	for i, r := range table {
		t.Run(fmt.Sprint(i, " ", r.Reason), func(t *testing.T) {
			if r.Kind == "" || r.Scope == "" || r.Turn == "" {
				t.Errorf("the row is not complete: %+v", r)
			}
			if r.Retryable && r.Kind != Refused {
				t.Error("only what is refused can be retryable")
			}
			for _, number := range r.Numbers {
				if got := match("ANY", "any", number); !cmp.Equal(got, r) {
					t.Errorf("number %s leads to %s", number, got.Reason)
				}
			}
			messages := r.Messages
			if len(messages) == 0 {
				messages = []string{"any"}
			}
			for _, code := range r.Codes {
				for _, message := range messages {
					if got := match(code, "…"+message+"。", "0"); !cmp.Equal(got, r) {
						t.Errorf("%s %s leads to %s", code, message, got.Reason)
					}
				}
			}
		})
	}
}

func TestRowsOfOneReasonAgree(t *testing.T) {
	for _, r := range table {
		first := ruleOf(r.Reason)
		if r.Kind != first.Kind || r.Scope != first.Scope || r.Turn != first.Turn || r.Retryable != first.Retryable {
			t.Errorf("%s means two things", r.Reason)
		}
	}
	all := Reasons()
	for _, reason := range all {
		if r, ok := RuleOf(reason); !ok || r.Reason != reason {
			t.Errorf("RuleOf(%s) is %v, %v", reason, r, ok)
		}
	}
	if r, ok := RuleOf("of another version"); ok {
		t.Errorf("an unknown reason is %v", r)
	}
	if len(all) != len(slices.Compact(slices.Sorted(slices.Values(all)))) {
		t.Error("Reasons lists one twice")
	}
}
