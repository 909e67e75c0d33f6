package wechatpay

import (
	"slices"
	"strings"
	"unicode"
)

// Reason is a row of the table below: stable, so that ledgers may keep it and words in any language may be found for it.
type Reason string

const (
	ReasonUserLimit      Reason = "user_limit"
	ReasonUserBlocked    Reason = "user_blocked"
	ReasonMonthLimit     Reason = "month_limit"
	ReasonUserAbnormal   Reason = "user_abnormal"
	ReasonOpenIDMismatch Reason = "openid_mismatch"
	ReasonOpenIDInvalid  Reason = "openid_invalid"
	ReasonNumberReused   Reason = "number_reused"
	ReasonBadParameter   Reason = "bad_parameter"
	ReasonBadOrder       Reason = "bad_order"
	ReasonUnlisted       Reason = "unlisted"

	ReasonBudgetGone       Reason = "budget_gone"
	ReasonDayCap           Reason = "day_cap"
	ReasonStockNotRunning  Reason = "stock_not_running"
	ReasonStockNotFound    Reason = "stock_not_found"
	ReasonStockUnreadable  Reason = "stock_unreadable"
	ReasonNotFound         Reason = "not_found"
	ReasonNotAuthorized    Reason = "not_authorized"
	ReasonCrossMerchant    Reason = "cross_merchant"
	ReasonNoPermission     Reason = "no_permission"
	ReasonMerchantInvalid  Reason = "merchant_invalid"
	ReasonAppIDUnbound     Reason = "appid_unbound"
	ReasonRequestMalformed Reason = "request_malformed"

	ReasonNotAuthenticated Reason = "not_authenticated"
	ReasonCertificate      Reason = "certificate"
	ReasonClock            Reason = "clock"

	ReasonTooFast Reason = "too_fast"

	ReasonSystemError    Reason = "system_error"
	ReasonServerError    Reason = "server_error"
	ReasonAccepted       Reason = "accepted"
	ReasonForeignAnswer  Reason = "foreign_answer"
	ReasonTimeout        Reason = "timeout"
	ReasonCanceled       Reason = "canceled"
	ReasonConnectionLost Reason = "connection_lost"
	ReasonNotSent        Reason = "not_sent"
	ReasonCutAnswer      Reason = "cut_answer"
	ReasonGarbledAnswer  Reason = "garbled_answer"
	ReasonNoCouponID     Reason = "no_coupon_id"
	ReasonProbeSignature Reason = "probe_signature"
	ReasonBadSignature   Reason = "bad_signature"
	ReasonAnswerClock    Reason = "answer_clock"
	ReasonUnsigned       Reason = "unsigned"
)

// Rule is one row of the table: what an answer means, and how it is known.
type Rule struct {
	Reason    Reason
	Kind      Kind
	Scope     Scope
	Turn      Turn
	Retryable bool

	Codes    []string // the answer's code is one of these
	Messages []string // and its message contains one of these, spaces and case ignored; none: the code alone is enough
	Numbers  []string // or, if no message of any row fits and whatever the code: the number that ends Request-ID
}

// table is the one place that knows what WeChat Pay's words mean.
//
// Sources: WeChat Pay docs, 发放代金券 and 发放指定批次的代金券 (codes and messages), 代金券错误码 (numbers), HTTP状态码; messages
// that no page lists are from merchants' reports in WeChat Pay's community. The HTTP status is not part of a row: for several
// codes it is not documented. It only decides first that 5xx is unknown, 401 is configuration and 429 is slower.
//
// A listed message decides before a number, because it is finer (one number stands for any fault of a signature, the clock's
// too), and a number before a code alone. A known code whose message is not listed, and which has no row without messages
// (INVALID_REQUEST, REQUEST_BLOCKED), is unlisted: a definite no to this order, for a person to read. To pause everything on
// words that nobody has read would let one odd customer block all others.
var table = []Rule{
	// About this order.
	{Reason: ReasonUserLimit, Kind: Refused, Scope: ScopeCustomer, Turn: TurnNobody, Retryable: true, // also said falsely when two sends to one person overlap
		Codes: []string{"RULE_LIMIT"}},
	{Reason: ReasonUserBlocked, Kind: Refused, Scope: ScopeCustomer, Turn: TurnOperator, Retryable: true,
		Codes: []string{"REQUEST_BLOCKED"}, Messages: []string{"用户被限领拦截", "用户被限制领取"}, Numbers: []string{"270079532"}},
	{Reason: ReasonMonthLimit, Kind: Refused, Scope: ScopeCustomer, Turn: TurnNobody, Retryable: true, // 5000 yuan a month from one creator; over with the month
		Codes: []string{"INVALID_REQUEST", "RULE_LIMIT", "REQUEST_BLOCKED"}, Messages: []string{"暂时无法领取"}},
	{Reason: ReasonUserAbnormal, Kind: Refused, Scope: ScopeCustomer, Turn: TurnCustomer,
		Codes: []string{"USER_ACCOUNT_ABNORMAL"}},
	{Reason: ReasonOpenIDMismatch, Kind: Refused, Scope: ScopeCustomer, Turn: TurnRequester,
		Codes: []string{"INVALID_REQUEST", "PARAM_ERROR"}, Messages: []string{"openid与appid不匹配"}, Numbers: []string{"270079501"}},
	{Reason: ReasonOpenIDInvalid, Kind: Refused, Scope: ScopeCustomer, Turn: TurnRequester,
		Codes: []string{"PARAM_ERROR", "INVALID_REQUEST"}, Messages: []string{"openid必填", "openid错误"}, Numbers: []string{"270079498"}},
	{Reason: ReasonNumberReused, Kind: Refused, Scope: ScopeCustomer, Turn: TurnOperator, // same number, other contents
		Codes: []string{"PARAM_ERROR", "INVALID_REQUEST", "REQUEST_BLOCKED"}, Messages: []string{"相同单号但请求数据不一致"}, Numbers: []string{"268578927"}},
	{Reason: ReasonBadParameter, Kind: Refused, Scope: ScopeCustomer, Turn: TurnOperator, // often: stock_creator_mchid does not own stock_id, or a value for a stock of fixed value
		Codes: []string{"PARAM_ERROR"}},
	{Reason: ReasonUnlisted, Kind: Refused, Scope: ScopeCustomer, Turn: TurnOperator, Retryable: true},

	// About the stock.
	{Reason: ReasonBudgetGone, Kind: NotNow, Scope: ScopeStock, Turn: TurnFinance, // seen before the last coupon too, and passing
		Codes: []string{"NOT_ENOUGH"}, Numbers: []string{"270079534"}},
	{Reason: ReasonDayCap, Kind: NotNow, Scope: ScopeStock, Turn: TurnNobody,
		Codes: []string{"NOT_ENOUGH"}, Messages: []string{"单天限额"}},
	{Reason: ReasonStockNotRunning, Kind: NotNow, Scope: ScopeStock, Turn: TurnOperator,
		Codes:    []string{"INVALID_REQUEST", "REQUEST_BLOCKED", "PARAM_ERROR"},
		Messages: []string{"活动已结束或未激活", "活动未开始或已结束", "非法的批次状态"}, Numbers: []string{"270079533"}},
	{Reason: ReasonStockNotFound, Kind: NotNow, Scope: ScopeStock, Turn: TurnOperator,
		Codes: []string{"RESOURCE_NOT_EXISTS"}, Messages: []string{"批次不存在", "查询批次为空"}, Numbers: []string{"270079488"}},
	{Reason: ReasonStockUnreadable, Kind: NotNow, Scope: ScopeStock, Turn: TurnWeChat, Numbers: []string{"270079577"}},
	{Reason: ReasonNotFound, Kind: NotNow, Scope: ScopeStock, Turn: TurnOperator,
		Codes: []string{"RESOURCE_NOT_EXISTS"}},
	{Reason: ReasonNotAuthorized, Kind: NotNow, Scope: ScopeStock, Turn: TurnOperator,
		Codes: []string{"REQUEST_BLOCKED"}, Messages: []string{"商户无权发券", "不在可发券商户列表"}, Numbers: []string{"270079509"}},
	{Reason: ReasonCrossMerchant, Kind: NotNow, Scope: ScopeStock, Turn: TurnOperator,
		Codes: []string{"REQUEST_BLOCKED"}, Messages: []string{"批次不支持跨商户"}, Numbers: []string{"270079508"}},

	// About the merchant.
	{Reason: ReasonNoPermission, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"REQUEST_BLOCKED"}, Messages: []string{"调用商户无权限"}},
	{Reason: ReasonNoPermission, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"NO_AUTH"}},
	{Reason: ReasonMerchantInvalid, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"MCH_NOT_EXISTS"}, Numbers: []string{"270079489", "269546538"}},
	{Reason: ReasonMerchantInvalid, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"INVALID_REQUEST"}, Messages: []string{"非法的商户号"}},
	{Reason: ReasonAppIDUnbound, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"APPID_MCHID_NOT_MATCH"}, Numbers: []string{"270079507"}},
	{Reason: ReasonRequestMalformed, Kind: NotNow, Scope: ScopeMerchant, Turn: TurnOperator, // a proxy that takes headers away, or a fault of ours
		Codes: []string{"INVALID_REQUEST"}, Messages: []string{"不符合APIv3接口规则"}},

	// Who we say we are.
	{Reason: ReasonNotAuthenticated, Kind: Configuration, Scope: ScopeMerchant, Turn: TurnOperator, // also any other 401
		Codes: []string{"SIGN_ERROR"}, Numbers: []string{"269546525"}},
	{Reason: ReasonCertificate, Kind: Configuration, Scope: ScopeMerchant, Turn: TurnOperator, // of the merchant: over, or another serial number
		Numbers: []string{"269546505", "269546507"}},
	{Reason: ReasonClock, Kind: Configuration, Scope: ScopeMerchant, Turn: TurnOperator,
		Codes: []string{"SIGN_ERROR", "PARAM_ERROR", "INVALID_REQUEST"}, Messages: []string{"不得超过5分钟", "请求日期超限"}, Numbers: []string{"268573590"}},

	// Too fast: also any other 429.
	{Reason: ReasonTooFast, Kind: Slower, Scope: ScopeMerchant, Turn: TurnNobody,
		Codes: []string{"FREQUENCY_LIMIT_EXCEED", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "RATE_LIMITED"}, Numbers: []string{"268461336"}},
	{Reason: ReasonTooFast, Kind: Slower, Scope: ScopeMerchant, Turn: TurnNobody,
		Codes: []string{"INVALID_REQUEST", "REQUEST_BLOCKED"}, Messages: []string{"频率过高", "超过频率限制"}},

	// Known by the shape of the answer, or by its absence.
	{Reason: ReasonBadOrder, Kind: Refused, Scope: ScopeCustomer, Turn: TurnRequester},     // never sent: Order.Check
	{Reason: ReasonSystemError, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnWeChat},     // for ever: check stock_creator_mchid
	{Reason: ReasonServerError, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnWeChat},     // any other 5xx
	{Reason: ReasonAccepted, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},        // 202: repeat the same
	{Reason: ReasonForeignAnswer, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnOperator}, // 3xx, 4xx without WeChat Pay's JSON
	{Reason: ReasonTimeout, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},         // ours, or the context's
	{Reason: ReasonCanceled, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},        // by the caller
	{Reason: ReasonConnectionLost, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},  // reset, EOF
	{Reason: ReasonNotSent, Kind: Unknown, Scope: ScopeMerchant, Turn: TurnOperator},       // no connection: name, network, TLS; Sent is false
	{Reason: ReasonCutAnswer, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},       // ended before its end
	{Reason: ReasonGarbledAnswer, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnWeChat},   // 2xx, signed, but empty or not what the page says
	{Reason: ReasonNoCouponID, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnWeChat},      // 2xx, signed, {}
	{Reason: ReasonProbeSignature, Kind: Unknown, Scope: ScopeCustomer, Turn: TurnNobody},  // WECHATPAY/SIGNTEST/: WeChat Pay tests its merchants
	{Reason: ReasonBadSignature, Kind: Unknown, Scope: ScopeMerchant, Turn: TurnOperator},  // or signed with a key that is not ours to know
	{Reason: ReasonAnswerClock, Kind: Unknown, Scope: ScopeMerchant, Turn: TurnOperator},   // the answer's time is 5 minutes or more off ours
	{Reason: ReasonUnsigned, Kind: Unknown, Scope: ScopeMerchant, Turn: TurnOperator},      // no signature where WeChat Pay gives one
}

// Reasons lists every reason an Outcome can have, each once.
func Reasons() []Reason {
	var all []Reason
	for _, r := range table {
		if !slices.Contains(all, r.Reason) {
			all = append(all, r.Reason)
		}
	}
	return all
}

// RuleOf finds the row of a reason, such as one that a ledger kept: whose turn it is, and whether it can be tried again. It is
// false for a reason that this version does not know. Only the Kind of an outcome can differ from its row: a 401 about the
// merchant is configuration.
func RuleOf(reason Reason) (Rule, bool) {
	i := slices.IndexFunc(table, func(r Rule) bool { return r.Reason == reason })
	if i < 0 {
		return Rule{}, false
	}
	return table[i], true
}

// ruleOf is RuleOf for the reasons of this package.
func ruleOf(reason Reason) Rule {
	r, _ := RuleOf(reason)
	return r
}

// refusal finds what a 4xx answer with WeChat Pay's JSON means.
func refusal(status int, code, message, number string) Rule {
	rule := match(code, message, number)
	switch {
	case status == 401 && rule.Kind == NotNow && rule.Scope == ScopeMerchant: // says more than "not authenticated"
		rule.Kind = Configuration
	case status == 401 && rule.Kind != Configuration:
		rule = ruleOf(ReasonNotAuthenticated)
	case status == 401:
	case code == "SYSTEM_ERROR":
		rule = ruleOf(ReasonSystemError)
	case status == 429:
		rule = ruleOf(ReasonTooFast)
	}
	return rule
}

func match(code, message, number string) Rule {
	said := squeeze(message)
	for _, r := range table {
		if slices.Contains(r.Codes, code) && slices.ContainsFunc(r.Messages, func(m string) bool { return strings.Contains(said, squeeze(m)) }) {
			return r
		}
	}
	for _, r := range table {
		if slices.Contains(r.Numbers, number) {
			return r
		}
	}
	for _, r := range table {
		if slices.Contains(r.Codes, code) && len(r.Messages) == 0 {
			return r
		}
	}
	return ruleOf(ReasonUnlisted)
}

// squeeze takes spaces out and lowers the case: the pages write "openid 与 appID 不匹配" in several ways.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
