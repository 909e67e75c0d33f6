package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Cards of planned times go to who saved the schedule: about one at which nothing ran, and ahead of one that may not go well.

// SlotName is the subject of a planned time's card: "slot:7.2026-03-12T09:00".
func SlotName(schedule int64, slot string) string { return slotSubject("slot:", schedule, slot) }

// PreflightName is the subject of the card that looks ahead at a planned time: "preflight:7.2026-03-12T09:00".
func PreflightName(schedule int64, slot string) string {
	return slotSubject("preflight:", schedule, slot)
}

func slotSubject(kind string, schedule int64, slot string) string {
	return kind + strconv.FormatInt(schedule, 10) + "." + slot
}

// ParseSlot reads a subject that SlotName or PreflightName wrote.
func ParseSlot(subject string) (schedule int64, slot string, ok bool) {
	_, rest, _ := strings.Cut(subject, ":")
	id, slot, named := strings.Cut(rest, ".")
	schedule, err := strconv.ParseInt(id, 10, 64)
	return schedule, slot, named && err == nil
}

// drawPlanned redraws what shows what a run of a schedule would cost: the schedule, and planned times that are asked about.
func (t *tx) drawPlanned(campaign int64) error {
	_, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE subject IN (
		SELECT 'schedule:' || CAST(id AS TEXT) FROM schedules WHERE campaign_id = ? AND state = 'on' UNION ALL
		SELECT 'slot:' || CAST(s.id AS TEXT) || '.' || n.slot FROM schedules s JOIN slots n ON n.schedule_id = s.id WHERE s.campaign_id = ? AND s.state = 'on' AND n.outcome = 'asked')`,
		campaign, campaign)
	return err
}

// NotePreflight writes what a look ahead at a schedule's next planned time found ("": nothing ever), and when to look again. Who saved the
// schedule gets a card of it once there is something to say. *Moved when the schedule waits for another planned time.
func (l *Ledger) NotePreflight(ctx context.Context, s Schedule, again time.Time, found string) error {
	return l.tx(ctx, "schedule.preflight", func(t *tx) error {
		now, err := t.schedule(s.ID)
		if err != nil {
			return err
		}
		if now.State != ScheduleOn || now.NextSlot != s.NextSlot {
			return &Moved{Subject: ScheduleName(s.ID), State: now.State}
		}
		if _, err := t.exec(`UPDATE schedules SET look_at = ?, found = ? WHERE id = ?`, ms(again), found, s.ID); err != nil || found == now.Found {
			return err
		}
		subject := PreflightName(s.ID, s.NextSlot)
		if err := errors.Join(t.touch(subject), t.card(Card{Kind: CardPreflight, Subject: subject, Reader: now.MadeBy})); err != nil {
			return err
		}
		return t.audit(Event{Actor: ActorClock, Action: "schedule.preflight", Detail: map[string]any{"schedule": s.ID, "slot": s.NextSlot, "found": found}})
	})
}
