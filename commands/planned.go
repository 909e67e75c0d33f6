package commands

import (
	"context"
	"errors"
	"slices"

	"couponbot/store"
)

// RunCampaign is the clock's door: the run of a planned time. Nothing starts that was not counted, so the first asking
// asks for a dry run (CampaignChanged with Verb "dryrun"), and a later one, when it has counted, starts it. A *Refusal
// says why the run of this time cannot start; other errors mean that it may be tried again.
func (d *Desk) RunCampaign(ctx context.Context, schedule int64, slot Slot) (Reply, error) {
	s, err := d.ledger.ScheduleByID(ctx, schedule)
	if err != nil {
		return nil, err
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	if err := d.stillPlans(ctx, s); err != nil {
		return nil, err
	}
	return d.runPlanned(ctx, Ask{Person: store.ActorClock}, s, slot)
}

// stillPlans refuses what was planned by somebody who may run campaigns no more.
func (d *Desk) stillPlans(ctx context.Context, s store.Schedule) error {
	gone, err := d.left(ctx, s.MadeBy, groupAge, RightCampaign)
	if err != nil {
		return &Refusal{Code: CouldNotCheck, Word: store.ScheduleName(s.ID), Err: err}
	}
	if gone {
		return &Refusal{Code: RequesterLeft, Word: store.ScheduleName(s.ID), By: s.MadeBy}
	}
	return nil
}

// runNow is Run now pressed. It is a person's start and goes through the bands, whatever the series is approved for. What
// it runs is a planned time only where that one is asked about: the next one stays as it is.
func (d *Desk) runNow(ctx context.Context, ask Ask, s store.Schedule, slot string) (Reply, error) {
	if s.State != store.ScheduleOn {
		return Redrawn{Subject: store.ScheduleName(s.ID)}, nil
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	note, err := d.slotNote(ctx, s, slot)
	if err != nil {
		return nil, err
	}
	switch note.Outcome {
	case "":
		return d.runPlanned(ctx, ask, s, Slot{})
	case store.SlotAsked:
		reply, err := d.runPlanned(ctx, ask, s, Slot{Name: note.Slot, At: note.At})
		if counting, ok := reply.(CampaignChanged); ok && counting.Verb == "dryrun" {
			counting.Slot = note.Slot
			reply = counting
		}
		return reply, err
	}
	return Redrawn{Subject: store.ScheduleName(s.ID)}, nil // it has been decided about
}

// notesLooked is among how many planned times one is looked for; nobody is asked about an older one.
const notesLooked = 100

// slotNote is what became of a planned time; nothing yet where its Outcome is "".
func (d *Desk) slotNote(ctx context.Context, s store.Schedule, slot string) (store.SlotNote, error) {
	all, err := d.ledger.SlotNotes(ctx, s.ID, notesLooked)
	at := slices.IndexFunc(all, func(n store.SlotNote) bool { return n.Revision == s.Revision && n.Slot == slot })
	if err != nil || at < 0 {
		return store.SlotNote{}, err
	}
	return all[at], nil
}

// faultGone is the Fault of a dry run whose audience's version is no more.
const faultGone = "gone"

// runPlanned runs a schedule's campaign: by the clock at a planned time, or by a person, at one (slot) or beside them all.
func (d *Desk) runPlanned(ctx context.Context, ask Ask, s store.Schedule, slot Slot) (Reply, error) {
	c, err := d.ledger.CampaignByID(ctx, s.Campaign)
	if err != nil {
		return nil, err
	}
	run, err := d.ledger.NewestDryRun(ctx, c.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	switch {
	case err == nil && run.State == store.DryCounting && run.Revision == c.Revision:
		return CampaignChanged{Campaign: c, Verb: "dryrun"}, nil
	case err == nil && run.Fault == faultGone && run.VersionID == c.VersionID:
		return nil, &Refusal{Code: NoSuchAudience, Word: c.Audience}
	case err == nil && run.State == store.DryStarted:
		return d.runAnew(ctx, ask, c, run)
	case err != nil || !d.fresh(c, run):
		return d.dryRun(ctx, ask, c)
	}
	begin := start{campaign: c, figures: run.Figures, ask: store.StartAsk{DryRun: run.ID}}
	if slot.Name != "" {
		begin.planner = s.MadeBy
		begin.ask.Schedule, begin.ask.Revision, begin.ask.Slot, begin.ask.At = s.ID, s.Revision, slot.Name, slot.At
		begin.ask.InSeries = ask.Person == store.ActorClock && s.Covers(run.Figures, slot.At)
	}
	return d.begin(ctx, ask, begin)
}

// runAnew counts anew after a dry run that was started, unless this very press started it.
func (d *Desk) runAnew(ctx context.Context, ask Ask, c store.Campaign, run store.DryRun) (Reply, error) {
	again, err := d.again(ctx, ask)
	switch {
	case err != nil:
		return nil, err
	case again:
		return d.startedBefore(ctx, c, run.ID)
	}
	return d.dryRun(ctx, ask, c)
}
