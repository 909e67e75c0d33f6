package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// A Choice says which rows an export takes. Rows are read by pages, each in a read of its own that takes milliseconds,
// in the order of their keys, which never change: so each row comes once, the bot goes on meanwhile, and a row shows
// what was true when its page was read. What is made after the export began is left out.
type Choice struct {
	From, To time.Time // From ≤ time < To; zero: open
	Finished bool      // the time is when the row's end was known (rows without an end are left out); else when it was made
	Send     int64     // only of this send; 0: all
}

// pageRows is how many rows one read looks at, whether they are chosen or not.
const pageRows = 5000

// where is the choice as SQL, for columns that hold when a row was made and when it was finished.
func (c Choice) where(made, finished, send string) (string, []any) {
	text, args, column := "", []any{}, made
	if c.Finished {
		column = finished
		if !c.From.IsZero() || !c.To.IsZero() {
			text += " AND " + column + " > 0"
		}
	}
	if !c.From.IsZero() {
		text, args = text+" AND "+column+" >= ?", append(args, ms(c.From))
	}
	if !c.To.IsZero() {
		text, args = text+" AND "+column+" < ?", append(args, ms(c.To))
	}
	if c.Send > 0 {
		text, args = text+" AND "+send+" = ?", append(args, c.Send)
	}
	return text, args
}

// EachGrant brings the chosen coupons with their sends, by send and position, until each returns an error.
func (l *Ledger) EachGrant(ctx context.Context, c Choice, each func(Grant, Send) error) error {
	where, args := c.where("created_at", "finished_at", "send_id")
	var last, after GrantID
	if err := l.queryRow(ctx, `SELECT coalesce(max(id), 0) FROM sends`).Scan(&last.Send); err != nil {
		return l.fault("export", err)
	}
	if c.Send > 0 {
		after, last.Send = GrantID{Send: c.Send}, min(c.Send, last.Send)
	}
	for {
		end, more, err := l.grantPage(ctx, after, last.Send)
		if err != nil {
			return err
		}
		page, err := scanGrants(l.queryRows(ctx, selectGrant+` WHERE (send_id, position) > (?, ?) AND (send_id, position) <= (?, ?)`+where+
			` ORDER BY send_id, position`, append([]any{after.Send, after.Position, end.Send, end.Position}, args...)...))
		if err != nil {
			return l.fault("export", err)
		}
		if err := l.withSends(ctx, page, each); err != nil || !more {
			return err
		}
		after = end
	}
}

// grantPage is the key of the last coupon of the page that begins after a key.
func (l *Ledger) grantPage(ctx context.Context, after GrantID, lastSend int64) (end GrantID, more bool, err error) {
	err = notFound(l.queryRow(ctx, `SELECT send_id, position FROM grants WHERE (send_id, position) > (?, ?) AND send_id <= ?
		ORDER BY send_id, position LIMIT 1 OFFSET ?`, after.Send, after.Position, lastSend, pageRows-1).Scan(&end.Send, &end.Position))
	if err == ErrNotFound {
		return GrantID{lastSend, 1<<31 - 1}, false, nil
	}
	return end, true, l.fault("export", err)
}

// withSends brings a page of coupons with their sends. Nothing is being read from the database while each works: a reader
// of the export that stands still must not hold up the ledger's housekeeping.
func (l *Ledger) withSends(ctx context.Context, page []Grant, each func(Grant, Send) error) error {
	if len(page) == 0 {
		return nil
	}
	sends, err := readAll(scanSend)(l.queryRows(ctx, selectSend+` WHERE id BETWEEN ? AND ? ORDER BY id`, page[0].ID.Send, page[len(page)-1].ID.Send))
	if err != nil {
		return l.fault("export", err)
	}
	for _, g := range page {
		for len(sends) > 0 && sends[0].ID < g.ID.Send {
			sends = sends[1:]
		}
		if len(sends) == 0 || sends[0].ID != g.ID.Send {
			return fmt.Errorf("export: %s has no send", g.ID)
		}
		if err := each(g, sends[0]); err != nil {
			return err
		}
	}
	return nil
}

// EachSend brings the chosen sends, in the order in which they were asked for, until each returns an error.
func (l *Ledger) EachSend(ctx context.Context, c Choice, each func(Send) error) error {
	where, args := c.where("created_at", "finished_at", "id")
	return l.pages(ctx, "sends", func(from, to int64) error {
		page, err := readAll(scanSend)(l.queryRows(ctx, selectSend+` WHERE id > ? AND id <= ?`+where+` ORDER BY id`, append([]any{from, to}, args...)...))
		if err != nil {
			return l.fault("export", err)
		}
		for _, s := range page {
			if err := each(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Line is an audit event as it was written.
type Line struct {
	Event                  // without its Detail
	Detail json.RawMessage // nil when there is none

	body []byte
}

// EachEvent brings the chosen audit events, in the order of their ids, until each returns an error.
func (l *Ledger) EachEvent(ctx context.Context, c Choice, each func(Line) error) error {
	where, args := c.where("at", "at", "send_id")
	return l.pages(ctx, "audit", func(from, to int64) error {
		page, err := readAll(scanLine)(l.queryRows(ctx, `SELECT id, at, actor, action, send_id, position, body FROM audit WHERE id > ? AND id <= ?`+where+` ORDER BY id`,
			append([]any{from, to}, args...)...))
		if err != nil {
			return l.fault("export", err)
		}
		for _, e := range page {
			if err := each(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanLine(row interface{ Scan(...any) error }) (e Line, err error) {
	var when int64
	if err := row.Scan(&e.ID, &when, &e.Actor, &e.Action, &e.Send, &e.Position, &e.body); err != nil {
		return e, err
	}
	e.At = at(when)
	var fields struct{ Detail json.RawMessage }
	if err := json.Unmarshal(e.body, &fields); err != nil {
		return e, fmt.Errorf("audit event %d: %w", e.ID, err)
	}
	e.Detail = fields.Detail
	return e, nil
}

// readAll reads rows to the end and closes them.
func readAll[T any](scan func(interface{ Scan(...any) error }) (T, error)) func(*sql.Rows, error) ([]T, error) {
	return func(rows *sql.Rows, err error) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []T
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, rows.Err()
	}
}

// eachOf hands rows on one by one and closes them.
func eachOf[T any](scan func(interface{ Scan(...any) error }) (T, error), each func(T) error) func(*sql.Rows, error) error {
	return func(rows *sql.Rows, err error) error {
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			if err := each(v); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// eachRun brings what campaigns' sends have beyond others.
func (l *Ledger) eachRun(ctx context.Context, each func(Run)) error {
	return l.pages(ctx, "sends", func(from, to int64) error {
		return eachOf(scanRun, func(r Run) error { each(r); return nil })(l.queryRows(ctx, selectRun+` WHERE send_id > ? AND send_id <= ? ORDER BY send_id`, from, to))
	})
}

// pages walks over the ids of a table that are there now.
func (l *Ledger) pages(ctx context.Context, table string, page func(from, to int64) error) error {
	var last int64
	if err := l.queryRow(ctx, `SELECT coalesce(max(id), 0) FROM `+table).Scan(&last); err != nil {
		return l.fault("export", err)
	}
	for from := int64(0); from < last; from += pageRows {
		if err := page(from, min(from+pageRows, last)); err != nil {
			return err
		}
	}
	return nil
}
