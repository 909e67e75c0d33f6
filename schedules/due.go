package schedules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"couponbot/commands"
	"couponbot/store"
)

// Why a planned time waits, beside the codes of refusals that pass.
const (
	waitsCounting = "counting"
	waitsFault    = "fault"
)

// A planned is a schedule of which a planned time has come.
type planned struct {
	Campaigns
	store.Schedule
	plan Plan
}

// due decides about the planned times of a schedule that have come.
func (c Campaigns) due(ctx context.Context, s store.Schedule) error {
	plan, err := Parse(s.Cron, s.Zone, c.Zone, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", store.ScheduleName(s.ID), err)
	}
	plan.Until = s.Until
	p := planned{c, s, plan}
	note, err := c.Ledger.SlotNote(ctx, s.ID, s.NextSlot)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.decide(ctx)
	case err != nil:
		return err
	case note.Outcome == store.SlotWaiting:
		return p.goOn(ctx, note)
	}
	return p.note(ctx, Slot{Name: note.Slot, At: note.At}, note) // whoever decided did not come to say what is next
}

// decide is about planned times of which nothing was noted.
func (p planned) decide(ctx context.Context) error {
	v := p.judge()
	for i, slot := range v.Skipped {
		n := store.SlotNote{Outcome: store.SlotMissed, Untold: true}
		if i == len(v.Skipped)-1 && v.Ask == nil { // one card tells of all of them
			n.Untold, n.Older = false, v.Older+i
		}
		if err := p.note(ctx, slot, n); err != nil {
			return err
		}
	}
	if v.Ask != nil {
		if err := p.note(ctx, *v.Ask, store.SlotNote{Outcome: store.SlotAsked, Older: v.Older + len(v.Skipped)}); err != nil {
			return err
		}
	}
	if v.Run != nil {
		return p.run(ctx, *v.Run)
	}
	return nil
}

// judge is Plan.Missed for a schedule: in a ledger that was a copy, people are asked about what may have run elsewhere.
func (p planned) judge() Verdict {
	policy := Policy(p.Missed)
	if p.NextAt.Before(p.AskBefore) {
		policy = MissedAsk
	}
	v := p.plan.Missed(policy, Slot{At: p.NextAt.Add(-1)}, p.Now(), p.Config.Grace)
	if v.Run != nil && v.Run.At.Before(p.AskBefore) {
		if v.Ask != nil {
			v.Skipped = append(v.Skipped, *v.Ask)
		}
		v.Ask, v.Run = v.Run, nil
	}
	return v
}

// goOn is about a planned time that could not start when it came. The run before it is waited for until the next planned time;
// all else passes soon or is too late.
func (p planned) goOn(ctx context.Context, n store.SlotNote) error {
	slot := Slot{Name: n.Slot, At: n.At}
	late := p.Now().Sub(n.At)
	overlap := n.Why == string(commands.RunNotOver)
	switch {
	case n.At.Before(p.AskBefore):
		return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotAsked})
	case len(p.plan.Between(n.At, p.Now(), 1)) > 0 && overlap:
		return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotOverlap})
	case len(p.plan.Between(n.At, p.Now(), 1)) > 0:
		return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotRefused, Why: n.Why})
	case overlap, late <= max(p.Config.Grace, dueNow):
		return p.run(ctx, slot)
	case Policy(p.Missed) == MissedAsk:
		return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotAsked})
	}
	return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotRefused, Why: n.Why})
}

// run starts the run of a planned time. While it is counted, while the run before it is not over, and while what keeps it
// may pass, it waits; the schedule stays at this time.
func (p planned) run(ctx context.Context, slot Slot) error {
	before, err := p.Ledger.GoingOn(ctx, p.Campaign)
	switch {
	case err == nil: // nothing is counted for it meanwhile
		return p.overlaps(ctx, slot, store.SendName(before))
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	reply, err := p.Clock.RunCampaign(ctx, p.ID, slot)
	refusal, refused := errors.AsType[*commands.Refusal](err)
	switch {
	case refused && refusal.Code == commands.RunNotOver:
		return p.overlaps(ctx, slot, refusal.Text)
	case refused && passes(refusal.Code):
		return p.waits(ctx, slot, string(refusal.Code))
	case refused:
		return p.refused(ctx, slot, *refusal)
	case err != nil:
		return errors.Join(err, p.waits(ctx, slot, waitsFault))
	}
	started, ok := reply.(commands.CampaignChanged)
	if !ok || started.Verb != "start" {
		return p.waits(ctx, slot, waitsCounting)
	}
	return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotRun, Send: started.Send.ID})
}

// passes tells whether what keeps a run from starting may be over a little later.
func passes(code commands.Code) bool {
	switch code {
	case commands.CouldNotCheck, commands.StockUnread, commands.AllStopped:
		return true
	}
	return false
}

func (p planned) overlaps(ctx context.Context, slot Slot, before string) error {
	if p.Config.Overlap == "wait" {
		return p.waits(ctx, slot, string(commands.RunNotOver))
	}
	return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotOverlap, Why: before})
}

func (p planned) refused(ctx context.Context, slot Slot, r commands.Refusal) error {
	r.Err = nil // for logs
	detail, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("refusal %s: %w", r.Code, err)
	}
	return p.note(ctx, slot, store.SlotNote{Outcome: store.SlotRefused, Why: string(r.Code), Detail: string(detail)})
}

// waits notes that a planned time has come and cannot start yet; it is not late from then on.
func (p planned) waits(ctx context.Context, slot Slot, why string) error {
	n := p.about(slot, store.SlotNote{Outcome: store.SlotWaiting, Why: why})
	return moved(p.Ledger.NoteSlot(ctx, n, slot.Name, slot.At))
}

// note writes what became of a planned time; the schedule goes on to the next one.
func (p planned) note(ctx context.Context, slot Slot, n store.SlotNote) error {
	var then Slot
	if next := p.plan.Next(slot.At, 1); len(next) > 0 {
		then = next[0]
	}
	return moved(p.Ledger.NoteSlot(ctx, p.about(slot, n), then.Name, then.At))
}

func (p planned) about(slot Slot, n store.SlotNote) store.SlotNote {
	n.Schedule, n.Revision, n.Slot, n.At, n.By = p.ID, p.Revision, slot.Name, slot.At, store.ActorClock
	return n
}
