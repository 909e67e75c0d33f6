package wechatpay

import "time"

// Kind is what may be believed about a call.
type Kind string

const (
	Issued        Kind = "issued"        // the coupon exists; CouponID names it
	Refused       Kind = "refused"       // a definite no about this order
	NotNow        Kind = "not_now"       // a definite no that every further call of the Scope would hear too
	Configuration Kind = "configuration" // nobody's order is executed until an operator has acted; Probe finds out
	Slower        Kind = "slower"        // too many calls; the same order later
	Unknown       Kind = "unknown"       // the coupon may exist (unless Sent is false)
	Answered      Kind = "answered"      // a reading call or a probe that was answered well; never an issue
)

// Scope is whom an outcome is about: who else would hear the same.
type Scope string

const (
	ScopeCustomer Scope = "customer" // this order only
	ScopeStock    Scope = "stock"    // every order of this stock
	ScopeMerchant Scope = "merchant" // every order. With Unknown: go on asking about this one, but start no others until Probe passes
)

// Turn is who must act before the same order can go better.
type Turn string

const (
	TurnNobody    Turn = "nobody"    // time does it, or nothing can
	TurnRequester Turn = "requester" // whoever wrote the order
	TurnCustomer  Turn = "customer"
	TurnOperator  Turn = "operator" // whoever runs the merchant platform and this program
	TurnFinance   Turn = "finance"  // whoever tops up the stock's budget
	TurnWeChat    Turn = "wechat"
)

// Outcome is what is known after a call.
type Outcome struct {
	Kind      Kind
	Scope     Scope
	Reason    Reason // the row of the table that says why; "" when issued or answered
	Turn      Turn
	Retryable bool // refused, but the same order may be tried again later: next month, or after a person changed something

	CouponID string // when issued

	// What WeChat Pay said, verbatim, but with the openid masked, control characters taken out and cut by rune.
	Status        int // 0 when there was no answer
	Code          string
	Message       string
	RequestID     string // what WeChat Pay's support asks for
	RequestNumber string // the digits after its last '-': "0" on success, the internal error number otherwise

	ServerDate time.Time // the Date header, UTC, to the second; zero when there was none
	Sent       bool      // false only when it is proven that no byte of the request left: then nothing can have been issued
	Err        error     // for the operator's log; nil when issued or answered. Holds no URL, header or openid
}

// Error is an outcome of a reading call that brought no answer.
type Error struct{ Outcome Outcome }

func (e *Error) Error() string { return e.Outcome.Err.Error() }
func (e *Error) Unwrap() error { return e.Outcome.Err }

// fault is an error whose text is fit for a log. Its cause can be asked for (errors.Is), but is kept only if it is fit too.
type fault struct {
	text  string
	cause error
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.cause }
