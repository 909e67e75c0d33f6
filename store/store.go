// Package store is the ledger: its nouns, and the transactions that keep them true.
//
// A draft is a confirm card not yet pressed. A send is one ask: a stock, a reason, who asked, and one or many
// grants. A grant is one coupon to one openid. Everything else follows from these rows: calls to WeChat Pay and
// messages in Slack are consequences that can be repeated, because the row, not the act, is the truth. A run of a campaign is
// a send too: runs.go says what is different.
//
//	send   awaiting ─seats filled─▶ approved ─▶ issuing ⇄ paused ─▶ done      awaiting ─▶ rejected | expired | withdrawn
//	       approved, issuing, paused ─▶ cancelled                             done ─retry─▶ issuing
//	grant  waiting ─claim─▶ issuing ─▶ issued | refused      issuing ─definite "not now"─▶ waiting
//	       issuing ─lost answer, crash, lease over─▶ unknown ─asked again─▶ issued | refused      refused ─retry─▶ waiting
//
// Four ideas carry the package. Every change of state is one conditional UPDATE that names the state it expects;
// zero rows changed means that someone else was first. Unique keys do the work that locks would: one send per
// draft, one open grant per (openid, stock), one grant per coupon. The counters that people watch move in the
// transaction that moves the grants. Every step and every refused attempt is an audit event in that same
// transaction.
//
// A send that waits holds its money from the beginning. Who may let it go is decided in the transaction of each decision, by
// rows: parties never decide, a decision names the revision that was seen, and seats are filled by the best matching of
// everybody who approved and still counts (seats.go). Who is waited for stands in rows too, so that a queue is one look;
// what time brings stands in columns with indexes of their own (overdue.go). Before a coupon is asked for, what was agreed
// to is looked at once more (conditions.go).
//
// The same code runs on SQLite (one process, held by a file lock) and on PostgreSQL (many processes, one of which
// leads); dialect.go holds every difference. The store enforces holds and states; it knows no policy, no Slack
// and no network.
package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fen is money: whole fen, a hundredth of a yuan.
type Fen int64

// String is the amount in yuan with two decimals: "50.00".
func (f Fen) String() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d", sign, f/100, f%100)
}

// GrantID names one coupon of one send; people see "S123-1".
type GrantID struct {
	Send     int64
	Position int
}

func (id GrantID) String() string { return SendName(id.Send) + "-" + strconv.Itoa(id.Position) }

// SendName is what people call a send: "S123".
func SendName(id int64) string { return "S" + strconv.FormatInt(id, 10) }

// ParseID reads "S123" or "S123-1"; the position is 0 for a whole send.
func ParseID(s string) (GrantID, bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(s), "S")
	if !ok {
		return GrantID{}, false
	}
	send, position, both := strings.Cut(rest, "-")
	id, ok := number(send)
	if !ok || !both {
		return GrantID{Send: id}, ok
	}
	p, ok := number(position)
	return GrantID{Send: id, Position: int(p)}, ok && p <= 1<<31-1
}

// number reads a positive decimal without sign or leading zero, as ids are written.
func number(s string) (int64, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// ms and at turn times into column values and back: milliseconds since 1970 in UTC, 0 for none.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
