package commands

import (
	"regexp"
	"time"

	"couponbot/store"
)

// Config is what the company allows: who may do what, with which stocks, under which approvals and limits.
type Config struct {
	MchID        string         // our own merchant: creator of stocks that name no other
	Zone         *time.Location // whose days, weeks and months count
	Command      string         // what people type, for help texts: "/coupon"
	Groups       []Group
	Rights       map[Right][]string // names of groups; a right not named here belongs to nobody
	Stocks       []Stock
	AnyStock     bool           // unlisted_stocks: allow
	Reasons      []string       // empty: any reason, or none
	Ticket       *regexp.Regexp // nil: any ticket, or none
	RepeatWithin time.Duration  // 0: repeats are not asked about
	Approvals    Approvals
	Limits       Limits
	Campaigns    Campaigns
	Planner      Planner       // understands cron expressions and hours
	WaitForStock time.Duration // how long a command may wait for the first reading of a stock; 0: a second
}

// A Group names people: Slack user ids (U…, W…) and user groups (S…), read live.
type Group struct {
	Name    string
	Members []string
}

// Right is something that a group may do.
type Right string

const (
	RightSend     Right = "send"
	RightCampaign Right = "campaign"
	RightAdmin    Right = "admin"
	RightAudit    Right = "audit"
)

// Rights are all of them.
func Rights() []Right { return []Right{RightSend, RightCampaign, RightAdmin, RightAudit} }

// A Stock is one that may be sent, under the name that people use.
type Stock struct {
	Name         string
	ID           string
	CreatorMchID string // our own unless the configuration names another
	Custom       *Range // only for stocks whose value is chosen with each send
}

// A Range of money, both ends included.
type Range struct{ From, To store.Fen }

// Approvals say which sends wait for whom.
type Approvals struct {
	Bands          []Band       // ascending; none: nothing needs approval
	RecipientsOver int          // more recipients than this need at least the first band with a need; 0: no such rule
	RunningTotal   store.Period // Day, Week, or "" for off
	RemindAfter    time.Duration
	FallbackAfter  time.Duration
	FallbackGroup  string // "" for none
	ExpireAfter    time.Duration
}

// A Band is a stretch of money and the seats it needs.
type Band struct {
	UpTo store.Fen    // 0 in the last one: no end
	Need []store.Seat // in the order of the configuration; none: free
}

// Limits are ceilings over calendar periods.
type Limits struct {
	Agent, Customer, Stock, Company []Ceiling
	WeChatCustomerMonth             store.Fen // WeChat Pay's own rule; 0: not counted
}

// A Ceiling is so much money and so many coupons in a period; 0 is no ceiling.
type Ceiling struct {
	Amount  store.Fen
	Coupons int64
	Per     store.Period
}

// Campaigns have ceilings of their own and pause by themselves.
type Campaigns struct {
	Limits        []Ceiling
	PauseRefused  int     // refused coupons; 0: never
	PauseShare    float64 // of those answered; 0: never
	MaxRecipients int
}
