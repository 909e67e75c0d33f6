package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"couponbot/store"
)

// ScheduleValue is the value of schedule.save and schedule.off; SlotValue that of schedule.run and schedule.skip.
func ScheduleValue(s store.Schedule) string {
	return store.ScheduleName(s.ID) + ".r" + strconv.Itoa(s.Revision)
}

// SlotValue names a planned time of a schedule.
func SlotValue(s store.Schedule, slot string) string { return ScheduleValue(s) + "." + slot }

// onSchedule makes a button: a drawing of another revision is drawn again and nothing else.
func onSchedule(do func(*Desk, context.Context, Ask, store.Schedule, string) (Reply, error)) func(*Desk, context.Context, Ask, string) (Reply, error) {
	return func(d *Desk, ctx context.Context, ask Ask, value string) (Reply, error) {
		if err := d.need(ctx, ask.Person, groupAge, RightCampaign); err != nil {
			return nil, err
		}
		name, rest, _ := strings.Cut(value, ".r")
		revision, slot, _ := strings.Cut(rest, ".")
		id, ok := parseAfter("schedule:", name)
		if !ok {
			return Redrawn{}, nil
		}
		s, err := d.ledger.ScheduleByID(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return Redrawn{}, nil
		}
		if err != nil {
			return nil, err
		}
		if strconv.Itoa(s.Revision) != revision {
			return Redrawn{Subject: store.ScheduleName(id)}, nil
		}
		return do(d, ctx, ask, s, slot)
	}
}

// saveSchedule is Save pressed.
func (d *Desk) saveSchedule(ctx context.Context, ask Ask, s store.Schedule, _ string) (Reply, error) {
	view, err := d.ScheduleFacts(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if len(view.Timetable.Next) == 0 {
		return nil, &Refusal{Code: NeverFires, Word: s.Cron}
	}
	parties, err := d.campaignParties(ctx, view.Campaign, ask.Person, s.MadeBy)
	if err != nil {
		return nil, err
	}
	if err := d.canFill(ctx, ask.Team, view.Seats, parties, s.Total); err != nil {
		return nil, err
	}
	next := view.Timetable.Next[0]
	_, err = d.ledger.SaveSchedule(ctx, s.ID, ask.Person, ask.Input, next.Name, next.At, view.Seats, d.patience())
	return d.scheduled(ctx, s, err)
}

// scheduled is what became of a schedule; another answer of the ledger's than that it was done is another drawing.
func (d *Desk) scheduled(ctx context.Context, s store.Schedule, err error) (Reply, error) {
	if _, ok := errors.AsType[*store.Moved](err); ok {
		return Redrawn{Subject: store.ScheduleName(s.ID)}, nil
	}
	if err != nil {
		return nil, err
	}
	return d.ScheduleFacts(ctx, s.ID)
}

// endSchedule turns a schedule off.
func (d *Desk) endSchedule(ctx context.Context, ask Ask, s store.Schedule) (Reply, error) {
	return d.scheduled(ctx, s, d.ledger.EndSchedule(ctx, s.ID, ask.Person, "person", ask.Input))
}

func (d *Desk) offPressed(ctx context.Context, ask Ask, s store.Schedule, _ string) (Reply, error) {
	return d.endSchedule(ctx, ask, s)
}

// skipTyped skips the next planned time, whichever it is.
func (d *Desk) skipTyped(ctx context.Context, ask Ask, s store.Schedule) (Reply, error) {
	if s.NextSlot == "" {
		return nil, &Refusal{Code: NeverFires, Word: s.Cron}
	}
	return d.skipSlot(ctx, ask, s, Slot{Name: s.NextSlot, At: s.NextAt})
}

// skipPressed skips the planned time that the button names: the next one, or one that is asked about.
func (d *Desk) skipPressed(ctx context.Context, ask Ask, s store.Schedule, slot string) (Reply, error) {
	note, err := d.slotNote(ctx, s, slot)
	switch {
	case err != nil:
		return nil, err
	case note.Outcome == store.SlotAsked:
		return d.skipSlot(ctx, ask, s, Slot{Name: note.Slot, At: note.At})
	case slot != "" && slot == s.NextSlot:
		return d.skipSlot(ctx, ask, s, Slot{Name: slot, At: s.NextAt})
	}
	return Redrawn{Subject: store.ScheduleName(s.ID)}, nil
}

// skipSlot says that nothing runs at a planned time.
func (d *Desk) skipSlot(ctx context.Context, ask Ask, s store.Schedule, slot Slot) (Reply, error) {
	after, err := d.slotAfter(s, slot)
	if err != nil {
		return nil, err
	}
	note := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot.Name, At: slot.At, Outcome: store.SlotSkipped, By: ask.Person}
	return d.scheduled(ctx, s, d.ledger.NoteSlot(ctx, note, after.Name, after.At))
}

// slotAfter is the planned time behind one.
func (d *Desk) slotAfter(s store.Schedule, slot Slot) (Slot, error) {
	table, err := d.config.Planner.Timetable(s.Cron, s.Zone, slot.At)
	if err != nil || len(table.Next) == 0 {
		return Slot{}, err
	}
	return table.Next[0], nil
}
