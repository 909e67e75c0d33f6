package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Actors that are not persons.
const (
	ActorBot    = "couponbot" // the loops
	ActorWeChat = "wechatpay" // an answer
	ActorClock  = "clock"
)

// An Event is one line of the audit: what happened or was refused, by whom, when and why.
type Event struct {
	ID       int64
	At       time.Time
	Actor    string // a Slack user id, or one of the actors above
	Action   string // "send.create", "grant.issued", "refused" …
	Send     int64  // 0: not about a send
	Position int    // 0: the whole send
	Detail   map[string]any
}

// Audit writes one event that changes nothing else: a refused attempt, a full view, a changed group.
func (l *Ledger) Audit(ctx context.Context, e Event) error {
	return l.tx(ctx, "audit", func(t *tx) error { return t.audit(e) })
}

const insertAudit = `INSERT INTO audit (at, actor, action, send_id, position, body) VALUES (?, ?, ?, ?, ?, ?)`

// audit writes an event in the transaction of what it tells of.
func (t *tx) audit(e Event) error {
	e.At = t.at
	body, err := e.canonical()
	if err != nil {
		return err
	}
	_, err = t.exec(insertAudit, ms(e.At), e.Actor, e.Action, e.Send, e.Position, body)
	return err
}

// canonical is the one byte sequence of an event: JSON with sorted keys, no spaces, nothing escaped for HTML, times
// in UTC with milliseconds. It is what the chain of hashes is made over.
func (e Event) canonical() ([]byte, error) {
	fields := map[string]any{"at": e.at(), "actor": e.Actor, "action": e.Action}
	if subject := e.Subject(); subject != "" {
		fields["subject"] = subject
	}
	if len(e.Detail) > 0 {
		fields["detail"] = e.Detail
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// at is the event's time as it is written into its canonical bytes.
func (e Event) at() string { return e.At.UTC().Format("2006-01-02T15:04:05.000Z") }

// Subject is what an event is about: "S12", "S12-1", or "" when it is about no send.
func (e Event) Subject() string {
	switch {
	case e.Position > 0:
		return GrantID{e.Send, e.Position}.String()
	case e.Send > 0:
		return SendName(e.Send)
	}
	return ""
}

// Trail is the audit of one send (position 0) or of one of its coupons, oldest first.
func (l *Ledger) Trail(ctx context.Context, id GrantID) ([]Event, error) {
	query, args := `SELECT id, at, actor, action, send_id, position, body FROM audit WHERE send_id = ?`, []any{id.Send}
	if id.Position > 0 {
		query, args = query+` AND position IN (0, ?)`, append(args, id.Position)
	}
	rows, err := l.queryRows(ctx, query+` ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", l.dialect.fault(err))
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var when int64
		var body []byte
		if err := rows.Scan(&e.ID, &when, &e.Actor, &e.Action, &e.Send, &e.Position, &body); err != nil {
			return nil, fmt.Errorf("audit trail: %w", err)
		}
		var fields struct{ Detail map[string]any }
		if err := json.Unmarshal(body, &fields); err != nil {
			return nil, fmt.Errorf("audit event %d: %w", e.ID, err)
		}
		e.At, e.Detail = at(when), fields.Detail
		out = append(out, e)
	}
	return out, rows.Err()
}
