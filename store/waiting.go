package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Patience is how long a send waits for people, from when it was asked for; 0 is for ever, and no fallback.
type Patience struct {
	RemindAfter   time.Duration
	FallbackAfter time.Duration
	FallbackGroup string // may then fill a missing seat
	ExpireAfter   time.Duration
}

// wait makes a send wait for people from now on: for everybody whom its seats ask for.
func (t *tx) wait(id int64, seats []Seat, p Patience) error {
	after := func(d time.Duration) int64 {
		if d <= 0 {
			return 0
		}
		return ms(t.at.Add(d))
	}
	if p.FallbackGroup == "" {
		p.FallbackAfter = 0
	}
	need, err := json.Marshal(seats)
	if err != nil {
		return fmt.Errorf("seats: %w", err)
	}
	if _, err := t.exec(`UPDATE sends SET seats = ?, asked_at = ?, remind_at = ?, fallback_at = ?, fallback_group = ?, fell_back = 0, expire_at = ? WHERE id = ? AND state = 'awaiting'`,
		string(need), ms(t.at), after(p.RemindAfter), after(p.FallbackAfter), p.FallbackGroup, after(p.ExpireAfter), id); err != nil {
		return err
	}
	_, _, err = t.seat(Send{ID: id, Seats: seats}, nil)
	return err
}

// seat writes down which seats these approvals leave empty, and who is therefore waited for. seated are the people who
// have one.
func (t *tx) seat(s Send, standing []Decision) (seated []string, missing []Seat, err error) {
	sitting := s.sitters(standing)
	seated, missing = fill(s.Seats, sitting)
	left, err := json.Marshal(append([]Seat{}, missing...))
	if err != nil {
		return nil, nil, fmt.Errorf("seats: %w", err)
	}
	if _, err := t.exec(`UPDATE sends SET missing = ? WHERE id = ?`, string(left), s.ID); err != nil {
		return nil, nil, err
	}
	groups := wanted(s.Seats, sitting)
	if s.FellBack && len(missing) > 0 {
		groups = append(groups, s.FallbackGroup)
	}
	if err := t.waitFor(s.ID, groups); err != nil {
		return nil, nil, err
	}
	return seated, missing, t.touchWaiting(s.ID)
}

// waitFor says of which groups a send still needs somebody; none: it waits for nobody.
func (t *tx) waitFor(id int64, groups []string) error {
	if _, err := t.exec(`DELETE FROM waits WHERE send_id = ?`, id); err != nil {
		return err
	}
	for _, group := range groups {
		if _, err := t.exec(`INSERT INTO waits (grp, send_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, group, id); err != nil {
			return err
		}
	}
	return nil
}

// touchWaiting makes everything that shows a waiting send want a new drawing: beside its cards the reminders of it, and every
// Home, for which of them it waits is known to nobody here.
func (t *tx) touchWaiting(id int64) error {
	if err := t.touchSend(id); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE kind = ? AND subject IN (SELECT 'step:' || CAST(id AS TEXT) FROM steps WHERE send_id = ? AND kind = ?)`,
		CardReminder, id, StepReminder); err != nil {
		return err
	}
	return t.touchHomes()
}

// endWaiting ends a send that waits without any of its coupons being asked for: they stay as they are, and what it held is
// free. by and why are of a rejection or a withdrawal.
func (t *tx) endWaiting(s Send, to SendState, by, why string) error {
	n, err := t.exec(`UPDATE sends SET state = ?, finished_at = ?, closed_by = ?, closed_why = ?, remind_at = 0, fallback_at = 0, preparing = 0 WHERE id = ? AND state = 'awaiting' AND revision = ?`,
		to, ms(t.at), by, why, s.ID, s.Revision)
	if err != nil {
		return err
	}
	if n != 1 {
		return &Moved{Subject: SendName(s.ID), State: string(s.State)}
	}
	if err := t.free(s); err != nil {
		return err
	}
	r, err := t.run(s.ID)
	if err == nil {
		err = t.runOver(r)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := t.waitFor(s.ID, nil); err != nil {
		return err
	}
	if err := t.seriesEnded(s.ID); err != nil {
		return err
	}
	return t.touchWaiting(s.ID)
}
