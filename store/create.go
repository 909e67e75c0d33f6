package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// SendAsk turns a draft into a send.
type SendAsk struct {
	Input       string // the press's key, for a second delivery
	Draft       int64
	By          string
	Seats       []Seat  // none: approved at once
	Limits      []Limit // everything the send must hold
	ResponseURL string  // of the press: redraws the private card
	Repeat      RepeatRule
	Running     Period                     // of the totals that Allow is told
	Allow       func(before []Total) error // may refuse by what the requester asked for before; nil: allowed
}

// RepeatRule is the window in which the same customer and stock, or the same ticket, needs a note.
type RepeatRule struct{ Within time.Duration }

// CreateSend makes the send, its coupons with their numbers, its holds, its parties and its cards in one transaction.
// Errors to branch on: *AlreadySent (the draft's send, which is not an error to a person who pressed twice), *Moved
// (discarded, expired), *Repeat, *LimitReached, ErrNotFound (no such draft of this person), and those of ask.Allow, which
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
		if err := t.allowed(ask); err != nil {
			return err
		}
		if err := t.repeats(d.Contents, ask.Repeat); err != nil {
			return err
		}
		id, err := t.insertSend(d, ask)
		if err != nil {
			return err
		}
		if _, err = t.input(ask.Input, SendName(id)); err != nil {
			return err
		}
		if err := t.sendCards(id, ask); err != nil {
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

func (t *tx) allowed(ask SendAsk) error {
	if ask.Allow == nil {
		return nil
	}
	before, err := totals(t.query, ask.By, ask.Running, t.at, t.options.Zone)
	if err != nil {
		return err
	}
	return ask.Allow(before)
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

func (t *tx) insertSend(d Draft, ask SendAsk) (int64, error) {
	c := d.Contents
	seats, err := json.Marshal(append([]Seat{}, ask.Seats...))
	if err != nil {
		return 0, fmt.Errorf("seats: %w", err)
	}
	state, approved := SendApproved, ms(t.at)
	if len(ask.Seats) > 0 {
		state, approved = SendAwaiting, 0
	}
	id, err := t.insert(`INSERT INTO sends (draft_id, kind, priority, state, number_prefix, stock_name, stock_id, creator_mchid,
		coupon_value_fen, coupon_minimum_fen, amount_fen, reason, ticket, note, requested_by, channel, seats, total, waiting, created_at, approved_at)
		VALUES (?, 'person', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, state, newNumberPrefix(t.options.MchID, t.at, t.options.Zone), c.StockName, c.StockID, c.CreatorMchID,
		c.Value, c.Minimum, c.Amount, c.Reason, c.Ticket, c.Note, d.By, d.Channel, string(seats), len(c.OpenIDs), len(c.OpenIDs), ms(t.at), approved)
	if err != nil {
		return 0, err
	}
	if err := t.insertGrants(id, c); err != nil {
		return 0, err
	}
	if err := t.hold(id, c.Amount, int64(len(c.OpenIDs)), ask.Limits); err != nil {
		return 0, err
	}
	if err := t.party(id, d.By, "maker"); err != nil {
		return 0, err
	}
	return id, t.audit(Event{Actor: d.By, Action: "send.create", Send: id, Detail: map[string]any{"draft": d.ID, "state": string(state),
		"stock": c.StockID, "stock_name": c.StockName, "people": len(c.OpenIDs), "openids": c.OpenIDs, "amount_fen": c.Amount, "total_fen": c.Total(),
		"value_fen": c.Value, "minimum_fen": c.Minimum, "reason": c.Reason, "ticket": c.Ticket, "note": c.Note, "seats": ask.Seats, "channel": d.Channel}})
}

// party remembers that a person had a hand in a send, and so can never decide it.
func (t *tx) party(send int64, person, part string) error {
	_, err := t.exec(`INSERT INTO parties (send_id, person, part, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, send, person, part, ms(t.at))
	return err
}

// insertGrants writes the coupons a hundred rows at a time.
func (t *tx) insertGrants(send int64, c Contents) error {
	for first := 0; first < len(c.OpenIDs); first += rowsAtOnce {
		openids := c.OpenIDs[first:min(first+rowsAtOnce, len(c.OpenIDs))]
		args := make([]any, 0, 5*len(openids))
		for i, openid := range openids {
			args = append(args, send, first+i+1, openid, c.StockID, ms(t.at))
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
