package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Stop is the red button pressed: nothing is sent from StoppedAt until StartedAt.
type Stop struct {
	ID           int64
	StoppedBy    string
	Why          string
	StoppedAt    time.Time
	StartAskedBy string
	StartAskedAt time.Time
	StartedBy    string
	StartedAt    time.Time // zero while stopped
}

// StopName is the subject of a stop's cards.
func StopName(id int64) string { return fmt.Sprintf("stop:%d", id) }

const selectStop = `SELECT id, stopped_by, why, stopped_at, start_asked_by, start_asked_at, started_by, started_at FROM stops`

func scanStop(row interface{ Scan(...any) error }) (s Stop, err error) {
	var stopped, asked, started int64
	err = row.Scan(&s.ID, &s.StoppedBy, &s.Why, &stopped, &s.StartAskedBy, &asked, &s.StartedBy, &started)
	s.StoppedAt, s.StartAskedAt, s.StartedAt = at(stopped), at(asked), at(started)
	return s, notFound(err)
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Stop halts everything. When it is stopped already that stop stands, and a second delivery of an input that stopped
// before stops nothing again: existed.
func (l *Ledger) Stop(ctx context.Context, by, why, input string) (s Stop, existed bool, err error) {
	err = l.tx(ctx, "stop", func(t *tx) error {
		s, err = scanStop(t.row(selectStop+` WHERE started_at = 0 OR 'stop:' || CAST(id AS TEXT) = (SELECT subject FROM inputs WHERE key = ?) ORDER BY id DESC LIMIT 1`, input))
		if existed = err == nil; existed || !errors.Is(err, ErrNotFound) {
			return err
		}
		s = Stop{StoppedBy: by, Why: why, StoppedAt: t.at}
		if s.ID, err = t.insert(`INSERT INTO stops (stopped_by, why, stopped_at) VALUES (?, ?, ?)`, by, why, ms(t.at)); err != nil {
			return err
		}
		if _, err := t.input(input, StopName(s.ID)); err != nil {
			return err
		}
		if err := t.card(Card{Kind: CardStop, Subject: StopName(s.ID), Reader: ReaderAlerts}); err != nil {
			return err
		}
		if err := t.touchOpen(); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "stop", Detail: map[string]any{"stop": s.ID, "why": why}})
	})
	return s, existed, err
}

// touchOpen makes the cards of every send that is not over be drawn again: they say that nothing moves.
func (t *tx) touchOpen() error {
	if _, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE kind IN (?, ?, ?, ?) AND subject IN (SELECT 'S' || CAST(id AS TEXT) FROM sends
		WHERE state IN ('awaiting', 'approved', 'issuing', 'paused', 'cancelled') AND waiting + issuing + unknown > 0)`, CardPrivate, CardDM, CardApproval, CardRun); err != nil {
		return err
	}
	return t.touchHomes()
}

// Stopped is the stop that stands now; ErrNotFound when nothing is stopped.
func (l *Ledger) Stopped(ctx context.Context) (Stop, error) {
	s, err := scanStop(l.queryRow(ctx, selectStop+` WHERE started_at = 0`))
	return s, l.fault("stopped", err)
}

// StopByID reads one; ErrNotFound.
func (l *Ledger) StopByID(ctx context.Context, id int64) (Stop, error) {
	s, err := scanStop(l.queryRow(ctx, selectStop+` WHERE id = ?`, id))
	return s, l.fault("stop", err)
}

// AskStart asks for a stop to end; another admin confirms. ErrNotFound when nothing is stopped.
func (l *Ledger) AskStart(ctx context.Context, by, input string) (s Stop, err error) {
	err = l.tx(ctx, "start.ask", func(t *tx) error {
		if s, err = scanStop(t.row(selectStop + ` WHERE started_at = 0`)); err != nil {
			return err
		}
		if seen, err := t.input(input, StopName(s.ID)); err != nil || seen != "" {
			return err
		}
		s.StartAskedBy, s.StartAskedAt = by, t.at
		if _, err := t.exec(`UPDATE stops SET start_asked_by = ?, start_asked_at = ? WHERE id = ?`, by, ms(t.at), s.ID); err != nil {
			return err
		}
		if err := t.card(Card{Kind: CardStart, Subject: StopName(s.ID), Reader: ReaderAlerts}); err != nil {
			return err
		}
		if err := errors.Join(t.touch(StopName(s.ID)), t.touchHomes()); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "start.ask", Detail: map[string]any{"stop": s.ID}})
	})
	return s, err
}

// ConfirmStart ends a stop. That by neither asked nor stopped is checked here, in the transaction: *Moved with state
// "own"; another *Moved when it was started before or nobody asked.
func (l *Ledger) ConfirmStart(ctx context.Context, id int64, by, input string) (s Stop, err error) {
	err = l.tx(ctx, "start.confirm", func(t *tx) error {
		if s, err = scanStop(t.row(selectStop+` WHERE id = ?`, id)); err != nil {
			return err
		}
		if seen, err := t.input(input, StopName(id)); err != nil || seen != "" {
			return err
		}
		switch {
		case !s.StartedAt.IsZero():
			return &Moved{Subject: StopName(id), State: "started", By: s.StartedBy, At: s.StartedAt}
		case s.StartAskedBy == "":
			return &Moved{Subject: StopName(id), State: "not_asked"}
		case s.StartAskedBy == by || s.StoppedBy == by:
			return &Moved{Subject: StopName(id), State: "own", By: by}
		}
		s.StartedBy, s.StartedAt = by, t.at
		if _, err := t.exec(`UPDATE stops SET started_by = ?, started_at = ? WHERE id = ? AND started_at = 0`, by, ms(t.at), id); err != nil {
			return err
		}
		if err := errors.Join(t.touch(StopName(id)), t.touchOpen()); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "start", Detail: map[string]any{"stop": id, "asked_by": s.StartAskedBy}})
	})
	return s, err
}
