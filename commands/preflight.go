package commands

import (
	"time"

	"couponbot/store"
)

// ProblemCode says what would keep a planned run from going well; bot/views has the words for each, in both languages.
type ProblemCode string

const (
	ProblemStockUnlisted ProblemCode = "stock_unlisted"  // it may not be sent any more, by the configuration
	ProblemStockUnread   ProblemCode = "stock_unread"    // Text: why, if known: the stock could not be read
	ProblemStockOff      ProblemCode = "stock_off"       // Text: WeChat Pay's status word
	ProblemStockNotBegun ProblemCode = "stock_not_begun" // At: its window begins after the planned time
	ProblemStockEnds     ProblemCode = "stock_ends"      // At: its window ends before the planned time
	ProblemStockShort    ProblemCode = "stock_short"     // Number: coupons left, Count: recipients
	ProblemStockChanged  ProblemCode = "stock_changed"   // it is worth something else now than the campaign says
	ProblemHours         ProblemCode = "hours"           // Text: the campaign's hours, which the planned time is outside of; At: when they begin
	ProblemUncounted     ProblemCode = "uncounted"       // what a run would do was never counted as the campaign is now
	ProblemNewer         ProblemCode = "newer"           // Text: the audience, Number: of its newer version, Count: customers in it
	ProblemNobodyLeft    ProblemCode = "nobody_left"     // everybody of the audience is left out
	ProblemLimit         ProblemCode = "limit"           // Limit: of campaigns, without room for the run
	ProblemTotal         ProblemCode = "total"           // Money: what the schedule's total leaves, Asked: what the run needs
	ProblemApproval      ProblemCode = "approval"        // Seats: who must agree; Text: the send that waits for them, "" when the run itself will
	ProblemNobody        ProblemCode = "nobody"          // Seats: too few people could agree
	ProblemChannel       ProblemCode = "channel"         // Text: what Slack says of the campaign's channel
	ProblemRunning       ProblemCode = "running"         // Text: the run that is not over
	ProblemStopped       ProblemCode = "stopped"         // By, At, Text: why; everything is stopped
	ProblemHeld          ProblemCode = "held"            // nothing is sent until the operator acts
	ProblemLeft          ProblemCode = "left"            // By: who saved the schedule may no longer run campaigns
)

// A Problem is what a look ahead found about a schedule's next run. Which fields it has, its Code says.
type Problem struct {
	Code   ProblemCode
	Number int64
	Count  int64
	Money  store.Fen
	Asked  store.Fen
	At     time.Time
	By     string
	Text   string
	Seats  []store.Seat
	Limit  *store.LimitReached
}
