package commands

import (
	"time"

	"couponbot/store"
)

// An Ask is what every input carries, whatever was typed or pressed.
type Ask struct {
	Input       string // Slack's key of this input: a second delivery has the same
	Person      string // Slack user id
	Team        string // Slack team id of the person, as the payload says
	Channel     string // where, "" for none
	ResponseURL string // a secret; "" for none
}

// A Reply is what became of an ask, as facts; bot/views finds the words.
type Reply interface{ reply() }

// Help is what this person may do.
type Help struct {
	Command string
	Word    string // what was asked about; "" for all
	Topics  []Topic
}

// A Topic is one verb: its words are found by Verb.
type Topic struct {
	Verb     string
	Usage    string   // "<stock> <openid>... [--reason r]"
	Examples []string // whole lines, as typed
}

// Confirm is the card before money moves: nothing was sent.
type Confirm struct {
	Draft      store.Draft
	Stock      store.Stock // its snapshot; ReadAt says how old
	Had        []store.Had // for one customer: what they had this month, newest first
	HadFen     store.Fen   // and their sum
	Likely     []store.Had // looks like a repeat: without a note there is no going on
	Duplicates int         // openids that were named more than once
	Existed    bool        // the same card was open already
	Limits     []LimitLine // what stands in the limits this send would hold
	Held       []store.Held
	Seats      []store.Seat // who must agree after Send; none: nobody
}

// A LimitLine is one limit and what stands in it before this send.
type LimitLine struct {
	Limit store.Limit
	Used  store.Usage
}

// Sent is the answer to Send pressed: the card follows from the ledger.
type Sent struct {
	Send  store.Send
	Again bool // it had been pressed before; nothing was sent twice
}

// Discarded is the answer to Cancel pressed on a confirm card.
type Discarded struct{ Draft store.Draft }

// Editing is the answer to Change pressed: how to ask again.
type Editing struct {
	Draft store.Draft
	Line  string // the whole line to copy and change
}

// Status is one send, or one coupon of it.
type Status struct {
	Send    store.Send
	Stock   store.Stock
	Grants  []store.Grant // the first ones; the unsettled and refused ones first
	One     bool          // only Grants[0] was asked for
	Full    bool          // the reader may see openids in full
	Stopped *store.Stop
	Held    []store.Held
}

// Customer is what one customer has had from this ledger, by whom and why. Only people who may read openids get one.
type Customer struct {
	OpenID   string
	Received store.Received
	Coupons  []store.Sight // newest first
	More     int           // coupons that are not among them; store.CountMost of them or more
	Wallets  []WalletLine  // one for each merchant that made their stocks
	Limits   []LimitLine
}

// A WalletLine is what was last read of a customer's coupons at WeChat Pay.
type WalletLine struct {
	store.Wallet
	Asked bool // a newer reading was asked for and will be there in a moment
}

// What a search can take a text for.
const (
	FindSend   = "send"   // a send or one of its coupons
	FindTicket = "ticket" // a send's ticket
	FindOpenID = "openid" // a customer
	FindPerson = "person" // who asked
	FindStock  = "stock"  // by name or id
	FindCoupon = "coupon" // WeChat Pay's coupon id
	FindNumber = "number" // an out_request_no
)

// Found is what a search brought, for everything that the text may be.
type Found struct {
	Text  string
	Own   bool     // only the asker's own sends were looked at
	Tried []string // what the text was taken for: Find…
	Finds []Find
}

// A Find is what was found when the text was taken for one thing.
type Find struct {
	As   string // Find…
	Word string // how that thing is written: a person's id, a stock's name
	Hits []Hit  // newest first
	More int    // as of a Customer
}

// A Hit is a send, or one coupon of it.
type Hit struct {
	Send  store.Send
	Grant *store.Grant
}

// Mine is what a person asked for.
type Mine struct {
	Sends    []store.Send // newest first
	More     int          // as of a Customer
	Open     []store.Send // of which something still waits or settles, newest first
	OpenMore int
	Limits   []LimitLine
}

// Stocks are those of the configuration, in its order.
type Stocks struct{ Stocks []StockLine }

// StockView is one stock.
type StockView struct{ Stock StockLine }

// A StockLine is a stock with its newest reading and the company's own limits of it.
type StockLine struct {
	Stock   Stock
	Reading store.Stock // ReadAt is zero when it was never read
	Limits  []LimitLine
	Asked   bool // a newer reading was asked for
}

// Changed is a send that a person paused, resumed, cancelled or withdrew.
type Changed struct {
	Send store.Send
	Verb string // "pause", "resume", "cancel", "withdraw"
}

// Retried is what a retry put back.
type Retried struct {
	Send store.Send
	store.Retried
}

// Rechecked is how many unknown coupons are asked about now.
type Rechecked struct {
	Send    store.Send
	Coupons int64
}

// SettleAsked is a proposal to end an unknown coupon by hand; a second person confirms it in the alerts channel.
type SettleAsked struct{ Settlement store.Settlement }

// Settled is a confirmed one.
type Settled struct{ Settlement store.Settlement }

// StopAsk is the card of the red button; nothing is stopped yet.
type StopAsk struct {
	Why   string
	Value string // of the button
}

// Stopped is the red button pressed.
type Stopped struct {
	Stop    store.Stop
	Existed bool // it was stopped already
}

// StartAsked is a start that waits for another admin.
type StartAsked struct{ Stop store.Stop }

// Started is a stop that has ended.
type Started struct{ Stop store.Stop }

// Redrawn is the answer to a press on a drawing that is out of date: nothing was done but to draw it again.
type Redrawn struct{ Subject string }

func (Help) reply()        {}
func (Confirm) reply()     {}
func (Sent) reply()        {}
func (Discarded) reply()   {}
func (Editing) reply()     {}
func (Status) reply()      {}
func (Customer) reply()    {}
func (Found) reply()       {}
func (Mine) reply()        {}
func (Stocks) reply()      {}
func (StockView) reply()   {}
func (Changed) reply()     {}
func (Retried) reply()     {}
func (Rechecked) reply()   {}
func (SettleAsked) reply() {}
func (Settled) reply()     {}
func (StopAsk) reply()     {}
func (Stopped) reply()     {}
func (StartAsked) reply()  {}
func (Started) reply()     {}
func (Redrawn) reply()     {}

// A Code says why something was refused; bot/views has the words for each, in both languages.
type Code string

const (
	UnknownVerb      Code = "unknown_verb"       // Word, Nearest
	UnknownFlag      Code = "unknown_flag"       // Word, Nearest
	FlagWithoutValue Code = "flag_without_value" // Word
	FlagTwice        Code = "flag_twice"         // Word
	OpenQuote        Code = "open_quote"         // Word: the text from the quote on
	TooFew           Code = "too_few"            // Verb, Usage
	TooMany          Code = "too_many"           // Verb, Usage, Word: the first that is too much
	TextTooLong      Code = "text_too_long"      // Word: which (note, reason, ticket, why, line), Number: the most
	NoRight          Code = "no_right"           // Right, Names: the groups that have it
	CouldNotCheck    Code = "could_not_check"    // people or groups could not be read from Slack: press again
	Guest            Code = "guest"
	Deactivated      Code = "deactivated"
	Stranger         Code = "stranger"
	UnlistedStock    Code = "unlisted_stock"     // Word, Nearest, Names: the stocks that may be sent
	StockUnread      Code = "stock_unread"       // Word, Text: why, if known: never read yet
	StockNotRunning  Code = "stock_not_running"  // Word, Text: WeChat Pay's status word
	StockNotBegun    Code = "stock_not_begun"    // Word, At
	StockEnded       Code = "stock_ended"        // Word, At
	StockEmpty       Code = "stock_empty"        // Word, Number: left, Count: asked
	StockKind        Code = "stock_kind"         // Word, Text: the type that cannot be sent
	BadOpenID        Code = "bad_openid"         // Word, Text: the first character that no openid has, "U+200B" for one that cannot be seen
	TooManyPeople    Code = "too_many_people"    // Number: the most, Count: asked
	BadMoney         Code = "bad_money"          // Word, Text: the flag
	ValueNotAllowed  Code = "value_not_allowed"  // Word: the stock
	ValueNeeded      Code = "value_needed"       // Word: the stock, Range
	ValueOutOfRange  Code = "value_out_of_range" // Word: the value, Range
	MinimumTooLow    Code = "minimum_too_low"    // Word: the minimum, Text: the value
	MissingReason    Code = "missing_reason"     // Names
	UnknownReason    Code = "unknown_reason"     // Word, Nearest, Names
	MissingTicket    Code = "missing_ticket"     // Text: the pattern
	BadTicket        Code = "bad_ticket"         // Word, Text: the pattern
	BadID            Code = "bad_id"             // Word
	NoSuchSend       Code = "no_such_send"       // Word
	NotYours         Code = "not_yours"          // Word: it is somebody else's, and this needs its requester or an admin
	NeedsNote        Code = "needs_note"         // Likely
	OverLimit        Code = "over_limit"         // Limit
	AllStopped       Code = "all_stopped"        // Stop
	DraftClosed      Code = "draft_closed"       // Text: discarded, expired; At
	WrongState       Code = "wrong_state"        // Word: S12, Text: its state, By, At
	RetryTooOld      Code = "retry_too_old"      // Word: S12, At: its approval
	NothingToRetry   Code = "nothing_to_retry"   // Word, Count: refused for good, Number: with numbers too old
	NothingUnknown   Code = "nothing_unknown"    // Word
	NotUnknown       Code = "not_unknown"        // Word: S12-1, Text: its state
	BadVerdict       Code = "bad_verdict"        // Word
	BadCouponID      Code = "bad_coupon_id"      // Word
	CouponTaken      Code = "coupon_taken"       // Word: the coupon id, Text: S12-1 that has it
	OwnSettlement    Code = "own_settlement"
	OwnStart         Code = "own_start"
	NotStopped       Code = "not_stopped"
	StartNotAsked    Code = "start_not_asked"
	StopCardOld      Code = "stop_card_old"
	NobodyCanApprove Code = "nobody_can_approve" // Seats, Money: the people who could, other than those who had a hand in it, are too few
	OwnSend          Code = "own_send"           // Word: S12: whoever had a hand in a send never decides it
	NotDecider       Code = "not_decider"        // Word, Seats: the missing ones
	SeatedAlready    Code = "seated_already"     // Word, Seats: the missing ones: this person has approved it before
	RequesterLeft    Code = "requester_left"     // Word, By: who asked may send no more
	NotWaiting       Code = "not_waiting"        // Word, Text: its state, By, At, Names: who approved: it has been decided
	ContentsChanged  Code = "contents_changed"   // Word: it is another revision now, and waits anew
	CustomerBlocked  Code = "customer_blocked"   // Names: their openids
	CustomerStaff    Code = "customer_staff"     // Names: their openids
	MissingField     Code = "missing_field"      // Word: the field
	NoSuchCampaign   Code = "no_such_campaign"   // Word, Nearest
	CampaignExists   Code = "campaign_exists"    // Word: the name
	CampaignRevised  Code = "campaign_revised"   // Word: somebody changed it meanwhile, By, At
	CampaignStale    Code = "campaign_stale"     // Word: its stock is worth something else now: change the campaign
	NoRun            Code = "no_run"             // Word: the campaign never ran
	RunNotOver       Code = "run_not_over"       // Word: the campaign, Text: S12
	NobodyLeft       Code = "nobody_left"        // Word: the campaign: everybody of the audience is left out
	NoAudience       Code = "no_audience"        // none is ready
	NoSuchAudience   Code = "no_such_audience"   // Word, Nearest
	BadName          Code = "bad_name"           // Word
	AudienceInUse    Code = "audience_in_use"    // Word, Names: the campaigns that run on it
	TooManyFiles     Code = "too_many_files"     // Number: the most, Count: given
	BadNumber        Code = "bad_number"         // Word, Text: the field
	NoSchedule       Code = "no_schedule"        // Word: the campaign
	BadDate          Code = "bad_date"           // Word: no day, or one that is over
	BadMissed        Code = "bad_missed"         // Word, Nearest, Names
	BadCron          Code = "bad_cron"           // Word, Text: the field and what is wrong with it
	EveryNotAllowed  Code = "every_not_allowed"  // Word: "@every …"
	NeverFires       Code = "never_fires"        // Word
	TooOften         Code = "too_often"          // Word, Text: two planned times, Number: minutes that must lie between
	UnknownZone      Code = "unknown_zone"       // Word, Nearest
	TwoZones         Code = "two_zones"          // Word, Text: both
	BadHours         Code = "bad_hours"          // Word
	LedgerFull       Code = "ledger_full"        // could not be written down: nothing was accepted
	LedgerFailed     Code = "ledger_failed"      // the same, for any other reason
	NotAccepted      Code = "not_accepted"       // too busy or stopping: nothing was done, try again
)

// A Refusal says what was wrong; nothing was sent or changed. Which fields it has, its Code says.
type Refusal struct {
	Code    Code
	Word    string // what the person wrote, or the thing it is about
	Nearest string // what they may have meant
	Text    string
	Verb    string
	Usage   string
	Right   Right
	Names   []string
	Number  int64
	Count   int64
	Money   store.Fen
	Range   Range
	At      time.Time
	By      string
	Likely  []store.Had
	Limit   *store.LimitReached
	Seats   []store.Seat
	Stop    *store.Stop
	Err     error // for the operator's log, when something failed
}

func (r *Refusal) Error() string {
	if r.Err != nil {
		return string(r.Code) + ": " + r.Err.Error()
	}
	return string(r.Code)
}

func (r *Refusal) Unwrap() error { return r.Err }
