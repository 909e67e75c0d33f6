package store_test

import (
	"fmt"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// cardNow is the one card of a subject; nil for none.
func (d *desk) cardNow(subject string) *store.Card {
	d.Helper()
	all, err := d.CardsOf(d.Context(), subject)
	d.ok(err)
	if len(all) > 1 {
		d.Fatalf("%d cards of %s", len(all), subject)
	}
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

// redrawn tells whether a card wants to be drawn since it was last asked.
func (d *desk) redrawn(subject string) bool {
	d.Helper()
	c := d.cardNow(subject)
	if c == nil {
		d.Fatalf("no card of %s", subject)
	}
	if c.Drawn >= c.Wanted {
		return false
	}
	d.ok(d.Drawn(d.Context(), *c))
	return true
}

func TestWhoSavesAScheduleGetsItsCard(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, func(s *store.Schedule) { s.MostRows = 3 }, needsOne...)
		subject := store.ScheduleName(s.ID)
		if card := d.cardNow(subject); card == nil || card.Kind != store.CardSchedule || card.Reader != "U0SKYE" {
			t.Fatalf("%+v", card)
		}
		for _, step := range []struct {
			what string
			do   func()
			want bool
		}{
			{"it is there", func() {}, true},
			{"nothing happens", func() {}, false},
			{"its series is approved", func() { d.approveSend(s.Approval) }, true},
			{"another version that it takes", func() { d.newVersion(&c, 2) }, true},
			{"a run of it", func() {
				_, err := d.plannedRun(c, d.scheduleNow(s.ID), slot)
				d.ok(err)
			}, true},
			{"the next time comes", func() {
				d.ok(d.NoteSlot(t.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotRun, Send: s.Approval + 1, By: store.ActorClock},
					"2026-03-13T09:00", d.planned().Add(24*time.Hour)))
			}, true},
			{"what a run costs is counted", func() { d.counted(c, store.RunRules{}) }, true},
			{"it is turned off", func() { d.ok(d.EndSchedule(t.Context(), s.ID, "U0SKYE", "person", "")) }, true},
		} {
			step.do()
			if got := d.redrawn(subject); got != step.want {
				t.Errorf("%s: redrawn %v", step.what, got)
			}
		}
	})
}

// What was asked and not approved is not asked any more: the schedule's runs go through the bands.
func TestARejectedSeriesAsksForEachRun(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil, needsOne...)
		d.redrawn(store.ScheduleName(s.ID))
		_, err := d.Reject(t.Context(), store.RejectAsk{Send: s.Approval, Revision: 1, By: "U0AMIR", Groups: approvers, Why: "too much"})
		d.ok(err)
		if now := d.scheduleNow(s.ID); now.State != store.ScheduleOn || now.Approval != 0 || !now.ApprovedAt.IsZero() || !d.redrawn(store.ScheduleName(s.ID)) {
			t.Errorf("%+v", now)
		}
		run, err := d.plannedRun(c, s, slot, needsOne...)
		d.ok(err)
		d.state(run.ID, store.SendAwaiting)
	})
}

func TestAnAskedTimeShowsWhatItCosts(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil)
		d.ok(d.NoteSlot(t.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotAsked, By: store.ActorClock},
			"2026-03-13T09:00", d.planned().Add(24*time.Hour)))
		d.redrawn(store.SlotName(s.ID, slot))
		d.counted(c, store.RunRules{})
		if !d.redrawn(store.SlotName(s.ID, slot)) {
			t.Error("the figures are not drawn")
		}
	})
}

// TestWhatIsToldOfAPlannedTime is the table of outcomes that its schedule's saver gets a card about.
func TestWhatIsToldOfAPlannedTime(t *testing.T) {
	for _, tt := range []struct {
		outcome string
		untold  bool
		card    bool
	}{
		{store.SlotMissed, false, true}, {store.SlotMissed, true, false}, {store.SlotAsked, false, true}, {store.SlotOverlap, false, true}, {store.SlotRefused, false, true},
		{store.SlotSkipped, false, false}, {store.SlotWaiting, false, false},
	} {
		t.Run(fmt.Sprint(tt.outcome, " ", tt.untold), func(t *testing.T) {
			d := newDesk(t, storetest.SQLite())
			s := d.series(d.campaign(openids(3), nil), nil)
			n := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: tt.outcome, Why: "why", Detail: "{}", Older: 2, Untold: tt.untold, By: store.ActorClock}
			d.ok(d.NoteSlot(t.Context(), n, "2026-03-13T09:00", d.planned().Add(24*time.Hour)))
			card := d.cardNow(store.SlotName(s.ID, slot))
			if (card != nil) != tt.card || card != nil && (card.Kind != store.CardSlot || card.Reader != "U0SKYE") {
				t.Errorf("%+v", card)
			}
			n.NotedAt, n.Untold = d.clock.Now(), false
			if got, err := d.SlotNote(t.Context(), s.ID, slot); err != nil || got != n {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// A card that asks is drawn again when somebody has decided, whoever it was.
func TestAnAskedTimeIsDecidedOnItsCard(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		decide   func(d *desk, c store.Campaign, s store.Schedule)
		outcome  string
	}{
		{"it runs", func(d *desk, c store.Campaign, s store.Schedule) {
			_, err := d.plannedRun(c, s, slot)
			d.ok(err)
		}, store.SlotRun},
		{"it is skipped", func(d *desk, _ store.Campaign, s store.Schedule) {
			d.ok(d.NoteSlot(d.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotSkipped, By: "U0SKYE"}, "", time.Time{}))
		}, store.SlotSkipped},
		{"its schedule is turned off", func(d *desk, _ store.Campaign, s store.Schedule) {
			d.ok(d.EndSchedule(d.Context(), s.ID, "U0SKYE", "person", ""))
		}, store.SlotSkipped},
		{"its campaign is another one", func(d *desk, c store.Campaign, _ store.Schedule) {
			c.Amount = 2000
			_, err := d.SaveCampaign(d.Context(), c, "U0MAYA", "")
			d.ok(err)
		}, store.SlotSkipped},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				c := d.campaign(openids(3), nil)
				s := d.series(c, nil)
				d.ok(d.NoteSlot(d.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotAsked, By: store.ActorClock},
					"2026-03-13T09:00", d.planned().Add(24*time.Hour)))
				d.redrawn(store.SlotName(s.ID, slot))
				tt.decide(d, c, s)
				n, err := d.SlotNote(d.Context(), s.ID, slot)
				if err != nil || n.Outcome != tt.outcome || !d.redrawn(store.SlotName(s.ID, slot)) {
					d.Errorf("%+v, %v", n, err)
				}
			})
		})
	}
}

// Who is late with what was decided changes nothing but what comes next, and nothing at all once the schedule is off.
func TestWhoIsLateMovesTheScheduleOn(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil)
		_, err := d.plannedRun(c, s, slot) // and its process ended
		d.ok(err)
		next := d.planned().Add(24 * time.Hour)
		note := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotMissed, By: store.ActorClock}
		d.moved(d.NoteSlot(t.Context(), note, "2026-03-13T09:00", next), store.SlotRun)
		if now := d.scheduleNow(s.ID); now.NextSlot != "2026-03-13T09:00" || d.cardNow(store.SlotName(s.ID, slot)) != nil {
			t.Errorf("%+v", now)
		}
		d.ok(d.EndSchedule(t.Context(), s.ID, "U0SKYE", "person", ""))
		note.Slot, note.At = "2026-03-13T09:00", next
		d.moved(d.NoteSlot(t.Context(), note, "2026-03-14T09:00", next.Add(24*time.Hour)), store.ScheduleOff)
		if notes, err := d.SlotNotes(t.Context(), s.ID, 10); err != nil || len(notes) != 1 {
			t.Errorf("%+v, %v", notes, err)
		}
	})
}

// What a planned time waits for may change, and is written down each time.
func TestAPlannedTimeWaitsForOneThingAfterAnother(t *testing.T) {
	each(t, func(d *desk) {
		s := d.series(d.campaign(openids(3), nil), nil)
		wait := func(why string) error {
			return d.NoteSlot(t.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotWaiting, Why: why, By: store.ActorClock}, slot, d.planned())
		}
		d.ok(wait("counting"))
		d.moved(wait("counting"), store.SlotWaiting)
		d.ok(wait("run_not_over"))
		if n, err := d.SlotNote(t.Context(), s.ID, slot); err != nil || n.Why != "run_not_over" || d.scheduleNow(s.ID).NextSlot != slot {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

func TestALookAheadIsTold(t *testing.T) {
	each(t, func(d *desk) {
		s := d.series(d.campaign(openids(3), nil), nil)
		subject, again := store.PreflightName(s.ID, slot), d.clock.Now().Add(time.Hour)
		look := func(found string) {
			d.Helper()
			d.ok(d.NotePreflight(t.Context(), s, again, found))
			if now := d.scheduleNow(s.ID); now.Found != found || !now.LookAt.Equal(again) {
				d.Fatalf("%+v", now)
			}
		}
		look("")
		if card := d.cardNow(subject); card != nil {
			t.Fatalf("a card about nothing: %+v", card)
		}
		look("[1]")
		if card := d.cardNow(subject); card == nil || card.Kind != store.CardPreflight || card.Reader != "U0SKYE" {
			t.Fatalf("%+v", card)
		}
		for _, step := range []struct {
			found string
			want  bool
		}{{"[1]", true}, {"[1]", false}, {"[2]", true}, {"[]", true}, {"[]", false}} {
			look(step.found)
			if got := d.redrawn(subject); got != step.want {
				t.Errorf("%s: redrawn %v", step.found, got)
			}
		}
		d.ok(d.NoteSlot(t.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotSkipped, By: "U0SKYE"},
			"2026-03-13T09:00", d.planned().Add(24*time.Hour)))
		if !d.redrawn(subject) {
			t.Error("what became of it is not drawn")
		}
		d.moved(d.NotePreflight(t.Context(), s, again, "[3]"), store.ScheduleOn)
		if now := d.scheduleNow(s.ID); now.Found != "" || !now.LookAt.IsZero() {
			t.Errorf("%+v: want nothing known of the next time", now)
		}
	})
}

func TestAScheduleThatEndsDrawsWhatLookedAhead(t *testing.T) {
	each(t, func(d *desk) {
		s := d.series(d.campaign(openids(3), nil), nil)
		d.ok(d.NotePreflight(t.Context(), s, d.clock.Now(), "[1]"))
		d.redrawn(store.PreflightName(s.ID, slot))
		d.ok(d.EndSchedule(t.Context(), s.ID, "U0SKYE", "person", ""))
		if !d.redrawn(store.PreflightName(s.ID, slot)) {
			t.Error("the card still warns")
		}
	})
}

func TestSubjectsOfPlannedTimes(t *testing.T) {
	for _, tt := range []struct {
		subject string
		id      int64
		slot    string
		ok      bool
	}{
		{store.SlotName(7, slot), 7, slot, true},
		{store.PreflightName(12, slot), 12, slot, true},
		{store.ScheduleName(7), 7, "", false},
		{"slot:moon." + slot, 0, slot, false},
		{"S12", 0, "", false},
	} {
		id, at, ok := store.ParseSlot(tt.subject)
		if ok != tt.ok || ok && (id != tt.id || at != tt.slot) {
			t.Errorf("%s: %d %q %v", tt.subject, id, at, ok)
		}
	}
}

func TestTheRunThatGoesOn(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil, needsOne...)
		if _, err := d.GoingOn(t.Context(), c.ID); err != store.ErrNotFound {
			t.Errorf("%v: the asking for a series is no run", err)
		}
		run, err := d.plannedRun(c, s, slot)
		d.ok(err)
		if id, err := d.GoingOn(t.Context(), c.ID); err != nil || id != run.ID {
			t.Errorf("%d, %v", id, err)
		}
		d.ok(d.CancelSend(t.Context(), run.ID, "U0STAR", ""))
		if _, err := d.GoingOn(t.Context(), c.ID); err != store.ErrNotFound {
			t.Errorf("%v", err)
		}
	})
}
