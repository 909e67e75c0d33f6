package sandbox

import "encoding/json"

// WeChatError is one row of WeChat Pay's error tables (发放代金券API, 代金券错误码, HTTP状态码): what travels, and the
// internal number that ends the Request-ID, which tells rows with one code apart. A row without a published number has 1.
type WeChatError struct {
	Name    string `json:"name"` // how the control API and tests call it
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Number  int64  `json:"number"`
	When    string `json:"when"` // what brings it by itself; empty: only a fault does
}

const wxNoNumber = 1

// The status of RULE_LIMIT and of the monthly limit is in no public source; 403 and 400 are assumed.
var wxErrors = []WeChatError{
	{"stock_required", 400, "PARAM_ERROR", "批次号必填", wxNoNumber, "no stock_id"},
	{"appid_required", 400, "PARAM_ERROR", "appid必填", wxNoNumber, "no appid"},
	{"openid_required", 400, "PARAM_ERROR", "openid必填", wxNoNumber, "an empty openid in the path"},
	{"mchid_required", 400, "PARAM_ERROR", "商户号必填", wxNoNumber, "no stock_creator_mchid"},
	{"coupon_required", 400, "PARAM_ERROR", "券id必填", wxNoNumber, "an empty coupon id in the path"},
	{"callback_url_required", 400, "PARAM_ERROR", "回调url不能为空", wxNoNumber, ""},
	{"callback_mchid_required", 400, "PARAM_ERROR", "回调商户不能为空", wxNoNumber, ""},
	{"page_size", 400, "PARAM_ERROR", "页大小超过阈值", wxNoNumber, "limit above 10 stocks or 20 coupons"},
	{"time_format", 400, "PARAM_ERROR", "输入时间格式错误", wxNoNumber, "create_start_time or create_end_time is not RFC 3339"},
	{"stock_status", 400, "PARAM_ERROR", "非法的批次状态", wxNoNumber, "an unknown status filter, or a stock that cannot be started, paused, restarted or stopped now"},
	{"param_error", 400, "PARAM_ERROR", "参数错误,请核对文档要求", wxNoNumber, "any other bad parameter; a creator that does not own the stock; coupon_value or coupon_minimum where the stock has none"},
	{"number_reused", 400, "PARAM_ERROR", "相同单号但请求数据不一致", 268578927, "a known out_request_no with other contents"},
	{"openid_invalid", 400, "PARAM_ERROR", "openid错误", 270079498, "an openid with impossible characters"},
	{"mch_not_exists", 400, "MCH_NOT_EXISTS", "商户号不合法", 270079489, "a stock_creator_mchid nobody has"},
	{"mchid_invalid", 400, "INVALID_REQUEST", "非法的商户号", 270079489, "a stock_creator_mchid that is not a number"},
	{"openid_appid_mismatch", 400, "INVALID_REQUEST", "openid与appID不匹配", 270079501, "an openid that starts with other_"},
	{"stock_not_running", 400, "INVALID_REQUEST", "活动已结束或未激活", 270079533, "a stock that is unactivated, in audit, stopped or paused"},
	{"http_rules", 400, "INVALID_REQUEST", "HTTP请求不符合APIv3接口规则", wxNoNumber, "no User-Agent, no Accept of JSON, or a body that is not declared as JSON"},
	{"month_limit", 400, "INVALID_REQUEST", "暂时无法领取,请联系商家处理。", wxNoNumber, "more than 5000 yuan to one openid from one creator in a calendar month"},
	{"call_too_often", 400, "INVALID_REQUEST", "调用频率过高", 268461336, ""},
	{"appid_mchid_not_match", 400, "APPID_MCHID_NOT_MATCH", "商户号与appid不匹配", 270079507, "an appid that is not bound to the merchant"},
	{"sign_error", 401, "SIGN_ERROR", "签名错误", 269546525, "a signature or Authorization header that does not hold"},
	{"sign_clock", 401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", 268573590, "a timestamp more than five minutes off"},
	{"sign_serial", 401, "SIGN_ERROR", "商户证书序列号有误", 269546507, "a serial number that is not the merchant's"},
	{"sign_mchid", 401, "SIGN_ERROR", "商户号不存在", 269546538, "a calling merchant nobody knows"},
	{"sign_cert_expired", 401, "SIGN_ERROR", "商户证书已过期", 269546505, ""},
	{"rule_limit", 403, "RULE_LIMIT", "用户已达最大领券次数", wxNoNumber, "the per-user cap, or falsely: two sends for one openid and stock overlap"},
	{"user_abnormal", 403, "USER_ACCOUNT_ABNORMAL", "用户非法", wxNoNumber, "an openid that starts with abuse_, for a stock that prevents abuse"},
	{"not_enough", 403, "NOT_ENOUGH", "批次预算不足", 270079534, "max_coupons or max_amount is reached"},
	{"day_limit", 403, "NOT_ENOUGH", "发券超过单天限额", wxNoNumber, "max_amount_by_day is reached"},
	{"no_permission", 403, "REQUEST_BLOCKED", "调用商户无权限", wxNoNumber, "the setting no_permission"},
	{"not_authorised", 403, "REQUEST_BLOCKED", "商户无权发券", 270079509, "another merchant's stock that does not list this one as a sender"},
	{"no_cross_merchant", 403, "REQUEST_BLOCKED", "批次不支持跨商户发券", 270079508, "another merchant's stock that is not open to others"},
	{"request_blocked_user", 403, "REQUEST_BLOCKED", "用户被限领拦截", 270079532, "an openid that starts with blocked_"},
	{"request_blocked_window", 403, "REQUEST_BLOCKED", "活动未开始或已结束", 270079533, "a running stock outside its window"},
	{"no_auth", 403, "NO_AUTH", "你配置的信息需要开通特殊权限", wxNoNumber, ""},
	{"certificate_expired", 403, "NOT_ENOUGH", "平台证书已过期失效", wxNoNumber, ""},
	{"stock_not_found", 404, "RESOURCE_NOT_EXISTS", "批次不存在", 270079488, "an unknown stock_id"},
	{"coupon_not_found", 404, "RESOURCE_NOT_EXISTS", "券不存在", wxNoNumber, "an unknown coupon id, or another openid's"},
	{"certificate_none", 404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥", wxNoNumber, "platform certificates, when no APIv3 key is set"},
	{"path_unknown", 404, "RESOURCE_NOT_EXISTS", "请求的接口不存在", wxNoNumber, "a path or method that is no endpoint"},
	{"frequency_limit_exceed", 429, "FREQUENCY_LIMIT_EXCEED", "接口限频", 268461336, "more calls in a sliding second than the endpoint allows"},
	{"frequency_limited", 429, "FREQUENCY_LIMITED", "频率超限", 268461336, ""},
	{"ratelimit_exceed", 429, "RATELIMIT_EXCEED", "请求频率超限", 268461336, ""},
	{"rate_limited", 429, "RATE_LIMITED", "请求频率超限", 268461336, ""},
	{"system_error", 500, "SYSTEM_ERROR", "系统繁忙,请稍后重试", 272888874, ""},
	{"stock_info_failed", 500, "SYSTEM_ERROR", "批次信息获取失败", 270079577, ""},
	{"service_unavailable", 503, "SERVICE_UNAVAILABLE", "服务不可用", wxNoNumber, ""},
}

func wxErrorNamed(name string) (WeChatError, bool) {
	for _, row := range wxErrors {
		if row.Name == name {
			return row, true
		}
	}
	return WeChatError{}, false
}

// A wxRefusal is a row with what was wrong; nil means no objection.
type wxRefusal struct {
	row    WeChatError
	detail map[string]any
}

func wxRefuse(name string) *wxRefusal {
	row, ok := wxErrorNamed(name)
	if !ok { // a misspelt row must not look like a business answer
		row = WeChatError{name, 500, "SYSTEM_ERROR", "no such row: " + name, wxNoNumber, ""}
	}
	return &wxRefusal{row: row}
}

// at adds the detail object that says which field was wrong.
func (r *wxRefusal) at(location, field, value string) *wxRefusal {
	r.detail = map[string]any{"location": location, "field": field, "value": value}
	return r
}

func (r *wxRefusal) answer() *wxAnswer {
	body, err := json.Marshal(struct {
		Code    string         `json:"code"`
		Message string         `json:"message"`
		Detail  map[string]any `json:"detail,omitempty"`
	}{r.row.Code, r.row.Message, r.detail})
	if err != nil { // strings and numbers always marshal
		body = []byte(`{"code":"SYSTEM_ERROR"}`)
	}
	return &wxAnswer{status: r.row.Status, code: r.row.Code, number: r.row.Number, body: body}
}
