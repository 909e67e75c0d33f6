// Package views finds the words: it turns what commands answered and what the ledger says into Slack messages, in the
// reader's language. It is pure: the same values give the same message, and nothing is read or written.
//
// Three ideas carry the package. Words live in locales/, one file for each language, and the code names them by key;
// a value goes into a sentence as what it is (money, a time, a person, an openid, foreign text) and is written there
// for where it stands: escaped and with live times in mrkdwn, cleaned and with the zone named in plain text. So foreign
// text cannot be forgotten to be escaped. And every message goes through one fitting that keeps Slack's limits, by rune
// and never inside an entity or a <…> token.
//
// Every state is said by a word and an emoji; whatever went wrong is said with what was not done and who must act.
package views

import (
	"time"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// A Reader is whom a message is for.
type Reader struct {
	Language string         // "en" or "zh"; anything else reads English
	Zone     *time.Location // nil: UTC
	Private  bool           // only this reader sees it, and may see openids in full
	Now      time.Time      // for how long ago something was; zero: then only the time is told
}

// A Message is what is posted. Text is the notification and what screen readers say: a summary of the blocks, at most
// 4000 characters, and mrkdwn like them.
type Message struct {
	Text   string
	Blocks []slack.Block
}

// SendFacts are a send and what its cards show of it.
type SendFacts struct {
	Send   store.Send
	Stock  store.Stock   // its snapshot; the zero Stock when it was never read
	Grants []store.Grant // the notable ones: unknown and refused first, then issued; a card shows the first few
	Stop   *store.Stop   // nil: nothing is stopped
	Held   []store.Held
	Run    *commands.RunView      // of a campaign's send, for the card of who asked for it
	Series *commands.ScheduleView // where that send asks for the approval of a series
}

// AlertFacts are an alert and the coupon it is about, where there is one.
type AlertFacts struct {
	Alert store.Alert
	Grant *store.Grant // of store.AlertUnknown
	Send  *store.Send  // of store.AlertUnknown
}

// Views has the words. It is safe for many goroutines.
type Views struct{ words *words }

// New loads the languages. command is what people type, "/coupon"; an error is a fault of this program's build.
func New(command string) (*Views, error) { return load(locales, command) }
