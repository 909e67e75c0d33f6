package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SendAsk turns a draft into a send.
type SendAsk struct {
	Input       string // the press's key, for a second delivery
	Draft       int64
	By          string
	Limits      []Limit // everything the send must hold
	ResponseURL string  // of the press: redraws the private card
	Repeat      RepeatRule
	Running     Period                               // of the totals that Seats is told
	Seats       func(before []Total) ([]Seat, error) // who must agree, by what the requester asked for before; nil or none: approved at once
	Patience    Patience                             // of a send that waits
}

// RepeatRule is the window in which the same customer and stock, or the same ticket, needs a note.
type RepeatRule struct{ Within time.Duration }

// CreateSend makes the send, its coupons with their numbers, its holds, its parties and its cards in one transaction.
// Errors to branch on: *AlreadySent (the draft's send, which is not an error to a person who pressed twice), *Moved
// (discarded, expired), *Repeat, *LimitReached, *Barred, ErrNotFound (no such draft of this person), and those of ask.Seats, which
// is asked inside the transaction, each time it is tried, so that two sends at one time cannot both be the first.
func (l *Ledger) CreateSend(ctx context.Context, ask SendAsk) (Send, error) {
	var s Send
	err := l.tx(ctx, "send.create", func(t *tx) error {
		n, err := t.exec(`UPDATE drafts SET state = 'sent', closed_at = ? WHERE id = ? AND requested_by = ? AND state = 'open'`, ms(t.at), ask.Draft, ask.By)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.draftMoved(ask.Draft, ask.By)
		}
		d, err := scanDraft(t.row(selectDraft, ask.Draft), t.dialect)
		if err != nil {
			return err
		}
		seats, err := t.seats(ask)
		if err != nil {
			return err
		}
		if err := t.admits(d.Contents, ask.Repeat); err != nil {
			return err
		}
		id, err := t.insertSend(d, ask, seats)
		if err != nil {
			return err
		}
		if _, err = t.input(ask.Input, SendName(id)); err != nil {
			return err
		}
		if err := t.sendCards(id, ask, len(seats) > 0); err != nil {
			return err
		}
		s, err = t.send(id)
		return err
	})
	if err != nil {
		return Send{}, err
	}
	return s, nil
}

func (t *tx) seats(ask SendAsk) ([]Seat, error) {
	if ask.Seats == nil {
		return nil, nil
	}
	before, err := totals(t.query, ask.By, ask.Running, t.at, t.options.Zone)
	if err != nil {
		return nil, err
	}
	return ask.Seats(before)
}

// repeats refuses a send without a note that looks like one before it.
func (t *tx) repeats(c Contents, rule RepeatRule) error {
	if c.Note != "" || rule.Within <= 0 {
		return nil
	}
	earlier, err := likely(t.ctx, t.query, c, t.at.Add(-rule.Within))
	if err != nil || len(earlier) == 0 {
		return err
	}
	return &Repeat{Earlier: earlier}
}

// admits refuses what must not be asked for: a repeat, and customers who get nothing.
func (t *tx) admits(c Contents, rule RepeatRule) error {
	if err := t.repeats(c, rule); err != nil {
		return err
	}
	return t.barred(c.OpenIDs)
}

func (t *tx) barred(openids []string) error {
	for _, list := range []string{AudienceBlocked, AudienceStaff} {
		listed, err := t.listed(list, openids)
		if err != nil {
			return err
		}
		if len(listed) > 0 {
			return &Barred{List: list, OpenIDs: listed}
		}
	}
	return nil
}

func (t *tx) insertSend(d Draft, ask SendAsk, need []Seat) (int64, error) {
	c := d.Contents
	terms, err := json.Marshal(c.Terms)
	if err != nil {
		return 0, fmt.Errorf("terms: %w", err)
	}
	state, approved := SendApproved, ms(t.at)
	if len(need) > 0 {
		state, approved = SendAwaiting, 0
	}
	id, err := t.insert(`INSERT INTO sends (draft_id, kind, priority, state, number_prefix, stock_name, stock_id, creator_mchid,
		coupon_value_fen, coupon_minimum_fen, amount_fen, reason, ticket, note, requested_by, channel, terms, total, waiting, created_at, approved_at)
		VALUES (?, 'person', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, state, newNumberPrefix(t.options.MchID, t.at, t.options.Zone), c.StockName, c.StockID, c.CreatorMchID,
		c.Value, c.Minimum, c.Amount, c.Reason, c.Ticket, c.Note, d.By, d.Channel, string(terms), len(c.OpenIDs), len(c.OpenIDs), ms(t.at), approved)
	if err != nil {
		return 0, err
	}
	if err := t.insertCoupons(id, c.StockID, 1, c.OpenIDs); err != nil {
		return 0, err
	}
	if err := t.hold(id, c.Amount, int64(len(c.OpenIDs)), ask.Limits); err != nil {
		return 0, err
	}
	if err := t.party(id, d.By, "maker"); err != nil {
		return 0, err
	}
	if state == SendAwaiting {
		if err := t.wait(id, need, ask.Patience); err != nil {
			return 0, err
		}
	}
	detail := map[string]any{"draft": d.ID, "state": string(state),
		"stock": c.StockID, "stock_name": c.StockName, "people": len(c.OpenIDs), "openids": c.OpenIDs, "amount_fen": c.Amount, "total_fen": c.Total(),
		"value_fen": c.Value, "minimum_fen": c.Minimum, "reason": c.Reason, "ticket": c.Ticket, "note": c.Note, "seats": need, "channel": d.Channel}
	if c.Terms != (Terms{}) {
		detail["terms"] = c.Terms
	}
	return id, t.audit(Event{Actor: d.By, Action: "send.create", Send: id, Detail: detail})
}

// insertCoupons writes coupons from a position on, a hundred rows at a time.
func (t *tx) insertCoupons(send int64, stock string, position int, all []string) error {
	for openids := range slices.Chunk(all, rowsAtOnce) {
		args := make([]any, 0, 5*len(openids))
		for _, openid := range openids {
			args = append(args, send, position, openid, stock, ms(t.at))
			position++
		}
		if _, err := t.exec(`INSERT INTO grants (send_id, position, state, openid, stock_id, created_at) VALUES `+
			list("(?, ?, 'waiting', ?, ?, ?)", len(openids)), args...); err != nil {
			return err
		}
	}
	return nil
}

// newNumberPrefix draws what makes the numbers of one send its own, also against a restored copy of the ledger:
// mchid, date and 80 random bits, in letters, digits and "-" (WeChat Pay docs, 发放代金券, out_request_no).
func newNumberPrefix(mchid string, now time.Time, zone *time.Location) string {
	var random [10]byte
	rand.Read(random[:]) // never fails: crypto/rand
	return mchid + "-" + now.In(zone).Format("20060102") + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))
}
