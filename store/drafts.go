package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Contents are everything of a send that money and answers depend on; they are fixed when a draft is made.
type Contents struct {
	StockName    string   `json:"stock_name"` // as people call it; the id when it has no name
	StockID      string   `json:"stock_id"`
	CreatorMchID string   `json:"creator_mchid"`
	Value        Fen      `json:"value,omitempty"`   // only for stocks with a custom value
	Minimum      Fen      `json:"minimum,omitempty"` // the same
	Amount       Fen      `json:"amount"`            // money of one coupon
	OpenIDs      []string `json:"openids"`           // each once, in the order asked
	Reason       string   `json:"reason,omitempty"`
	Ticket       string   `json:"ticket,omitempty"`
	Note         string   `json:"note,omitempty"`
	Terms        Terms    `json:"terms,omitzero"` // of the stock, as its card shows them
}

// Total is the money of all coupons.
func (c Contents) Total() Fen { return c.Amount * Fen(len(c.OpenIDs)) }

// Fingerprint is equal for equal contents.
func (c Contents) Fingerprint() (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("contents: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16]), nil
}

// DraftState is open until the card is pressed, discarded or too old.
type DraftState string

const (
	DraftOpen      DraftState = "open"
	DraftSent      DraftState = "sent"
	DraftDiscarded DraftState = "discarded"
	DraftExpired   DraftState = "expired"
)

// A Draft is a confirm card not yet pressed.
type Draft struct {
	ID        int64
	State     DraftState
	By        string // Slack user id
	Channel   string // where it was typed
	Contents  Contents
	CreatedAt time.Time
	ClosedAt  time.Time
}

// DraftName is the subject of a draft: "D5".
func DraftName(id int64) string { return "D" + strconv.FormatInt(id, 10) }

// OpenDraft keeps a confirm card's contents. The same contents asked for again by the same person while a draft is
// open are that draft, and so is a second delivery of the same input; existed says so.
func (l *Ledger) OpenDraft(ctx context.Context, input, by, channel string, c Contents) (d Draft, existed bool, err error) {
	print, err := c.Fingerprint()
	if err != nil {
		return Draft{}, false, err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return Draft{}, false, fmt.Errorf("contents: %w", err)
	}
	err = l.tx(ctx, "draft.open", func(t *tx) error {
		var id int64
		err := t.row(`SELECT id FROM drafts WHERE requested_by = ? AND fingerprint = ? AND state = 'open'`, by, print).Scan(&id)
		existed = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			id, err = t.insert(`INSERT INTO drafts (state, requested_by, channel, fingerprint, contents, created_at) VALUES ('open', ?, ?, ?, ?, ?)`,
				by, channel, print, string(body), ms(t.at))
		}
		if err != nil {
			return err
		}
		seen, err := t.input(input, DraftName(id))
		if err != nil {
			return err
		}
		if seen != "" && seen != DraftName(id) {
			return &Moved{Subject: seen, State: "seen"}
		}
		if !existed {
			err = t.audit(Event{Actor: by, Action: "draft.open", Detail: map[string]any{"draft": id, "stock": c.StockID, "people": len(c.OpenIDs),
				"total_fen": c.Total(), "reason": c.Reason, "ticket": c.Ticket}})
		}
		if err != nil {
			return err
		}
		d, err = scanDraft(t.row(selectDraft, id), t.dialect)
		return err
	})
	var moved *Moved
	if errors.As(err, &moved) {
		var id int64
		if _, scan := fmt.Sscanf(moved.Subject, "D%d", &id); scan == nil {
			d, err = l.Draft(ctx, id)
			return d, true, err
		}
	}
	return d, existed, err
}

// Draft reads one; ErrNotFound.
func (l *Ledger) Draft(ctx context.Context, id int64) (Draft, error) {
	return scanDraft(l.queryRow(ctx, selectDraft, id), l.dialect)
}

const selectDraft = `SELECT id, state, requested_by, channel, contents, created_at, closed_at FROM drafts WHERE id = ?`

func scanDraft(row *sql.Row, dialect *dialect) (d Draft, err error) {
	var body string
	var created, closed int64
	err = row.Scan(&d.ID, &d.State, &d.By, &d.Channel, &body, &created, &closed)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	if err != nil {
		return d, fmt.Errorf("draft: %w", dialect.fault(err))
	}
	d.CreatedAt, d.ClosedAt = at(created), at(closed)
	if err := json.Unmarshal([]byte(body), &d.Contents); err != nil {
		return d, fmt.Errorf("draft %d: %w", d.ID, err)
	}
	return d, nil
}

// DiscardDraft closes an open draft of this person without sending anything.
func (l *Ledger) DiscardDraft(ctx context.Context, id int64, by string) error {
	return l.tx(ctx, "draft.discard", func(t *tx) error {
		n, err := t.exec(`UPDATE drafts SET state = 'discarded', closed_at = ? WHERE id = ? AND requested_by = ? AND state = 'open'`, ms(t.at), id, by)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.draftMoved(id, by)
		}
		if err := t.touch(DraftName(id)); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "draft.discard", Detail: map[string]any{"draft": id}})
	})
}

// draftMoved says why a draft could not be changed: not theirs, sent already, or closed.
func (t *tx) draftMoved(id int64, by string) error {
	d, err := scanDraft(t.row(selectDraft, id), t.dialect)
	if err != nil {
		return err
	}
	if d.By != by {
		return ErrNotFound
	}
	if d.State == DraftSent {
		var send int64
		if err := t.row(`SELECT id FROM sends WHERE draft_id = ?`, id).Scan(&send); err != nil {
			return err
		}
		return &AlreadySent{Send: send}
	}
	return &Moved{Subject: DraftName(id), State: string(d.State), At: d.ClosedAt}
}
