package commands

import (
	"time"

	"couponbot/store"
)

// Approval is what everybody who decides about a send sees: the same facts that its requester saw.
type Approval struct {
	Send      store.Send
	Stock     store.Stock // its snapshot
	OpenIDs   []string    // the first ten customers; Send.Total is how many there are
	Had       []store.Had // for one customer: what they had this month besides this, newest first
	HadFen    store.Fen
	Limits    []LimitLine // what stands in the limits of this send, itself included
	Decisions []store.Decision
	Likely    []store.Had   // looks like a repeat
	Run       *store.Run    // of a campaign's run: its figures; then there are no customers to name
	Series    *ScheduleView // where the send approves a series
	Stop      *store.Stop
	Held      []store.Held
}

// Decided is the answer to Approve pressed, or to a submitted reject form: the card follows from the ledger.
type Decided struct {
	Send    store.Send
	Verdict store.Verdict
}

// Queue is everything that waits for one person, oldest first.
type Queue struct {
	Sends       []Approval
	More        int                // as of a Customer
	Starts      []store.Stop       // stops that another admin asks to end
	Settlements []store.Settlement // proposals that need a second person
}

// LimitsView is what a person's limits leave.
type LimitsView struct {
	Person string
	Own    bool // the asker's own
	Limits []LimitLine
	Free   *store.Fen // what may still be sent today without anybody's approval; nil when bands do not count so
	Per    store.Period
}

// Home is what a person's App Home shows.
type Home struct {
	Person  string
	First   bool // nothing was ever asked for: explain the bot
	MaySend bool
	Mine    Mine
	Queue   Queue
	Running []RunView // of campaigns, the newest few that are not over; for who may run campaigns
	At      time.Time
}

func (SendForm) reply()   {}
func (RejectForm) reply() {}
func (Approval) reply()   {}
func (Decided) reply()    {}
func (Queue) reply()      {}
func (LimitsView) reply() {}
func (Home) reply()       {}
