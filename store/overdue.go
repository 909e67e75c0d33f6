package store

import (
	"context"
	"fmt"
	"time"
)

// What time brings for a send that waits stands in columns of its row, each with an index of the rows in which it is still
// to come: nobody looks at what is not due.

// overdueAtOnce bounds how many sends of one kind are looked at in one transaction, beside the time that it may take.
const overdueAtOnce = 100

// turnAgain is how long holds wait that found no room in their new period.
const turnAgain = 10 * time.Minute

// overdue is one kind of what may be due.
type overdue struct {
	column string
	where  string
	do     func(t *tx, s Send) error
}

const stillWaits = `state = 'awaiting'`

// overdues are all of them, in the order in which they are done: what has expired is not reminded of.
func overdues() []overdue {
	return []overdue{
		{"expire_at", stillWaits, (*tx).expire},
		{"fallback_at", stillWaits, (*tx).fallBack},
		{"remind_at", stillWaits, (*tx).remindNow},
		{"turn_at", `state IN ('awaiting', 'approved', 'issuing', 'paused')`, (*tx).turn},
	}
}

// Overdue does what time has brought for waiting sends, some at a time: reminders, fallbacks, expiries, and holds whose period is over.
// more tells that there may be more now; next is when something is due next, zero when nothing is planned. It writes nothing
// while nothing is due.
func (l *Ledger) Overdue(ctx context.Context) (more bool, next time.Time, err error) {
	if next, err = l.nextOverdue(ctx); err != nil || next.IsZero() || next.After(l.now()) {
		return false, next, err
	}
	err = l.tx(ctx, "overdue", func(t *tx) error {
		began := time.Now()
		for _, o := range overdues() {
			if more, err = t.overdue(o, began); err != nil || more {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, time.Time{}, err
	}
	next, err = l.nextOverdue(ctx)
	return more, next, err
}

func (l *Ledger) nextOverdue(ctx context.Context) (time.Time, error) {
	query := ""
	for _, o := range overdues() {
		query += fmt.Sprintf(" UNION ALL SELECT min(%[1]s) FROM sends WHERE %[2]s AND %[1]s > 0", o.column, o.where)
	}
	var next int64
	err := l.queryRow(ctx, `SELECT coalesce(min(due), 0) FROM (SELECT 0 AS due WHERE 1 = 0`+query+`) AS dues`).Scan(&next)
	return at(next), l.fault("overdue", err)
}

func (t *tx) overdue(o overdue, began time.Time) (more bool, err error) {
	due, err := readAll(scanSend)(t.query(selectSend+fmt.Sprintf(` WHERE %[2]s AND %[1]s > 0 AND %[1]s <= ? ORDER BY %[1]s, id LIMIT ?`, o.column, o.where), ms(t.at), overdueAtOnce))
	if err != nil {
		return false, err
	}
	for _, s := range due {
		if time.Since(began) > writerHeld {
			return true, nil
		}
		if err := o.do(t, s); err != nil {
			return false, err
		}
	}
	return len(due) == overdueAtOnce, nil
}

func (t *tx) expire(s Send) error { return t.expireFor(s, "") }

// expireFor ends a send that nobody decided about; why tells where that was not for want of an answer.
func (t *tx) expireFor(s Send, why string) error {
	if err := t.endWaiting(s, SendExpired, "", why); err != nil {
		return err
	}
	detail := map[string]any{"revision": s.Revision, "missing": s.Missing}
	if why != "" {
		detail["why"] = why
	}
	if err := t.audit(Event{Actor: ActorClock, Action: "send.expired", Send: s.ID, Detail: detail}); err != nil {
		return err
	}
	return t.step(s, StepExpired, "", why)
}

// fallBack lets the fallback group fill a missing seat, and tells both sides.
func (t *tx) fallBack(s Send) error {
	if _, err := t.exec(`UPDATE sends SET fell_back = 1, fallback_at = 0 WHERE id = ? AND state = 'awaiting'`, s.ID); err != nil {
		return err
	}
	s.FellBack = true
	standing, err := t.standing(s)
	if err != nil {
		return err
	}
	if _, _, err := t.seat(s, standing); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ActorClock, Action: "send.fallback", Send: s.ID, Detail: map[string]any{"group": s.FallbackGroup}}); err != nil {
		return err
	}
	if err := t.step(s, StepFallback, "", s.FallbackGroup); err != nil {
		return err
	}
	return t.remind(s, s.FallbackGroup)
}

func (t *tx) remindNow(s Send) error {
	if _, err := t.exec(`UPDATE sends SET remind_at = 0 WHERE id = ? AND state = 'awaiting'`, s.ID); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ActorClock, Action: "send.remind", Send: s.ID, Detail: map[string]any{"missing": s.Missing}}); err != nil {
		return err
	}
	return t.remind(s, "")
}

// turn moves holds whose period is over. Where there is no room a send that waits keeps what it held, and one that could go
// on pauses; both are tried again.
func (t *tx) turn(s Send) error {
	stands, err := t.holdsNow(s)
	if err != nil || stands {
		return err
	}
	_, err = t.exec(`UPDATE sends SET turn_at = ? WHERE id = ?`, ms(t.at.Add(turnAgain)), s.ID)
	return err
}
