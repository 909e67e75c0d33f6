package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Slot outcomes.
const (
	SlotRun     = "run"
	SlotSkipped = "skipped" // a person said so, or ended the schedule
	SlotMissed  = "missed"  // nobody was there, and the policy is to skip
	SlotAsked   = "asked"   // a person is asked
	SlotOverlap = "overlap" // the run before it was not over
	SlotRefused = "refused" // it could not start: why
	SlotWaiting = "waiting" // it cannot start yet: why
)

// A SlotNote is what became of a planned time.
type SlotNote struct {
	Schedule int64
	Revision int
	Slot     string
	At       time.Time
	Outcome  string
	Why      string // a code, or the run that was not over
	Detail   string // of a refusal, as its writer wrote it
	Older    int    // how many planned times before it were missed and are told with it
	Untold   bool   // nobody is told, because a newer one tells it; not kept
	Send     int64
	By       string
	NotedAt  time.Time
}

// NoteSlot writes what became of a planned time, once, and what the schedule waits for next ("": nothing comes any more), unless it waits for
// something later already. *Moved when it was noted before, unless it was "waiting" or "asked" and is decided now, or waits for
// something else now; the schedule goes on all the same. *Moved too when the schedule is not on or another one. That a run came of
// it StartRun has noted already: saying so again changes only what comes next.
func (l *Ledger) NoteSlot(ctx context.Context, n SlotNote, next string, at time.Time) error {
	var before *Moved
	err := l.tx(ctx, "schedule.slot", func(t *tx) error {
		before = nil
		s, err := t.schedule(n.Schedule)
		switch {
		case err != nil:
			return err
		case n.Revision != s.Revision:
			return &Moved{Subject: ScheduleName(s.ID), State: "revised"}
		case s.State != ScheduleOn:
			return &Moved{Subject: ScheduleName(s.ID), State: s.State, By: s.MadeBy}
		}
		if err := t.takeSlot(s, n); err != nil && !errors.As(err, &before) {
			return err
		}
		return t.comesNext(s, n.At, next, at)
	})
	if err == nil && before != nil {
		err = fmt.Errorf("schedule.slot: %w", before)
	}
	return err
}

// takeSlot writes what became of a planned time; *Moved when that was decided before.
func (t *tx) takeSlot(s Schedule, n SlotNote) error {
	done, err := t.exec(`INSERT INTO slots (schedule_id, revision, slot, at, outcome, why, detail, older, send_id, by_person, noted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (schedule_id, revision, slot) DO UPDATE SET outcome = excluded.outcome, why = excluded.why, detail = excluded.detail, older = excluded.older,
			send_id = excluded.send_id, by_person = excluded.by_person, noted_at = excluded.noted_at
		WHERE slots.outcome IN ('waiting', 'asked') AND slots.outcome <> excluded.outcome OR slots.outcome = 'waiting' AND slots.why <> excluded.why`,
		s.ID, s.Revision, n.Slot, ms(n.At), n.Outcome, n.Why, n.Detail, n.Older, n.Send, n.By, ms(t.at))
	if err != nil {
		return err
	}
	if done == 0 {
		before, err := scanSlot(t.row(selectSlot+` WHERE schedule_id = ? AND revision = ? AND slot = ?`, s.ID, s.Revision, n.Slot))
		if err != nil || before.Outcome == SlotRun && n.Outcome == SlotRun && before.Send == n.Send {
			return err
		}
		return &Moved{Subject: ScheduleName(s.ID), State: before.Outcome, By: before.By, At: before.NotedAt}
	}
	if err := t.tellSlot(s, n); err != nil {
		return err
	}
	return t.audit(Event{Actor: n.By, Action: "schedule.slot", Send: n.Send, Detail: map[string]any{"schedule": s.ID, "revision": s.Revision, "slot": n.Slot, "at": ms(n.At),
		"outcome": n.Outcome, "why": n.Why, "older": n.Older}})
}

// tellSlot redraws what shows a planned time. Who saved the schedule gets a card of it when nothing ran and nobody had said so.
func (t *tx) tellSlot(s Schedule, n SlotNote) error {
	for _, subject := range []string{ScheduleName(s.ID), CampaignName(s.CampaignName), SlotName(s.ID, n.Slot), PreflightName(s.ID, n.Slot)} {
		if err := t.touch(subject); err != nil {
			return err
		}
	}
	switch n.Outcome {
	case SlotMissed, SlotAsked, SlotOverlap, SlotRefused:
		if !n.Untold {
			return t.card(Card{Kind: CardSlot, Subject: SlotName(s.ID, n.Slot), Reader: s.MadeBy})
		}
	}
	return nil
}

// comesNext moves a schedule on; it never goes back, whoever is late.
func (t *tx) comesNext(s Schedule, handled time.Time, next string, at time.Time) error {
	if _, err := t.exec(`UPDATE schedules SET handled_at = ? WHERE id = ? AND handled_at < ?`, ms(handled), s.ID, ms(handled)); err != nil {
		return err
	}
	n, err := t.exec(`UPDATE schedules SET next_slot = ?, next_at = ?, look_at = 0, found = '' WHERE id = ? AND state = 'on' AND next_at <= ? AND next_slot <> ?`,
		next, ms(at), s.ID, ms(handled), next)
	if err != nil || n == 0 {
		return err
	}
	return t.touch(ScheduleName(s.ID))
}

// endSlots are the planned times of a schedule that ends with something still to come of them.
func (t *tx) endSlots(s Schedule, by, why string) error {
	rows, err := t.query(selectSlot+` WHERE schedule_id = ? AND outcome IN ('waiting', 'asked') ORDER BY slot`, s.ID)
	if err != nil {
		return err
	}
	open, err := readAll(scanSlot)(rows, nil)
	for _, n := range open {
		n.Outcome, n.Why, n.By = SlotSkipped, why, by
		if err := t.takeSlot(s, n); err != nil {
			return err
		}
	}
	return err
}

const selectSlot = `SELECT schedule_id, revision, slot, at, outcome, why, detail, older, send_id, by_person, noted_at FROM slots`

func scanSlot(row interface{ Scan(...any) error }) (n SlotNote, err error) {
	var planned, noted int64
	err = notFound(row.Scan(&n.Schedule, &n.Revision, &n.Slot, &planned, &n.Outcome, &n.Why, &n.Detail, &n.Older, &n.Send, &n.By, &noted))
	n.At, n.NotedAt = at(planned), at(noted)
	return n, err
}

// SlotNotes are the newest of a schedule.
func (l *Ledger) SlotNotes(ctx context.Context, schedule int64, limit int) ([]SlotNote, error) {
	out, err := readAll(scanSlot)(l.queryRows(ctx, selectSlot+` WHERE schedule_id = ? ORDER BY at DESC, slot DESC LIMIT ?`, schedule, limit))
	return out, l.fault("slots", err)
}

// SlotNote is what became of one planned time of a schedule; ErrNotFound when nothing has yet.
func (l *Ledger) SlotNote(ctx context.Context, schedule int64, slot string) (SlotNote, error) {
	n, err := scanSlot(l.queryRow(ctx, selectSlot+` WHERE schedule_id = ? AND slot = ?`, schedule, slot))
	return n, l.fault("slot", err)
}
