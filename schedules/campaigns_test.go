package schedules

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
	"couponbot/store/storetest"
)

// TestReplicasKeepEachTimeOnce lets two processes keep the same schedules, one of them killed at a random moment of each
// planned time: in the middle of a start, before it, behind it, or not at all.
func TestReplicasKeepEachTimeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newTown(t, db)
		w.loop.Config.Overlap = "skip"
		s := w.plans(hourly, missing(MissedOnce))
		other := w.ledger
		if store.IsPostgres(w.dsn) {
			other = storetest.Open(t, w.dsn, store.Options{Now: w.clock.Now})
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			slot, err := w.ledger.ScheduleByID(t.Context(), s.ID)
			w.ok(err)
			w.clock.Set(slot.NextAt)
			w.race(other, s.ID, rng.IntN(4))
			for w.next(s.ID) == slot.NextSlot[len("2026-03-"):] {
				w.turns(1)
			}
			w.ends()
		}
		notes, err := w.ledger.SlotNotes(t.Context(), s.ID, 100)
		w.ok(err)
		if len(notes) != 20 || len(w.runs()) != 20 || slices.ContainsFunc(notes, func(n store.SlotNote) bool { return n.Outcome != store.SlotRun }) {
			t.Errorf("%d notes and %d runs: %s", len(notes), len(w.runs()), w.noted(s.ID))
		}
	})
}

// race has two processes keep the same moment; the second is killed where kill says.
func (w *town) race(l *store.Ledger, schedule int64, kill int) {
	w.Helper()
	ctx, end := context.WithCancel(w.Context())
	defer end()
	doomed, loop := w.process(l)
	loop.Config.Overlap = "skip"
	doomed.answers(func(slot Slot) (commands.Reply, error) {
		if kill == 1 {
			end()
		}
		reply, err := doomed.start(ctx, schedule, slot)
		if kill == 2 {
			end()
		}
		return reply, err
	})
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := loop.keep(ctx); err != nil && ctx.Err() == nil {
			w.Errorf("the one that may be killed: %v", err)
		}
	})
	both.Go(func() {
		if kill == 3 { // late, as after a takeover
			time.Sleep(time.Millisecond)
		}
		if _, err := w.loop.keep(w.Context()); err != nil {
			w.Errorf("the one that lives: %v", err)
		}
	})
	both.Wait()
}

// The parts work beside each other until they are stopped.
func TestCampaignsWorkByThemselves(t *testing.T) {
	w := newTown(t, storetest.SQLite())
	s := w.plans(hourly, nil)
	w.until("11 13:00:00")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.loop.Run(ctx) }()
	w.become("a run is prepared", func() bool {
		all := w.runs()
		return len(all) == 1 && !all[0].Preparing && all[0].Total == 3
	})
	if _, err := w.ledger.AskDryRun(t.Context(), w.campaign.ID, mia, ""); err != nil {
		t.Fatal(err)
	}
	w.become("a dry run is counted", func() bool {
		run, err := w.ledger.NewestDryRun(t.Context(), w.campaign.ID)
		return err == nil && run.State == store.DryReady
	})
	stop()
	if err := <-done; err != nil || w.noted(s.ID) != "11T13 run" {
		t.Errorf("%v, %q", err, w.noted(s.ID))
	}
}

// become waits until something is so.
func (w *town) become(what string, so func() bool) {
	w.Helper()
	enough := time.After(30 * time.Second)
	for {
		changed := w.ledger.Changed()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-enough:
			w.Fatalf("never: %s", what)
		}
	}
}

// A schedule that cannot be kept holds up no other.
func TestOneScheduleHoldsUpNoOther(t *testing.T) {
	w := newTown(t, storetest.SQLite())
	s := w.plans(hourly, nil)
	second := w.campaign
	second.ID, second.Name = 0, "second"
	second, err := w.ledger.SaveCampaign(t.Context(), second, mia, "")
	w.ok(err)
	w.campaign = second
	fine := w.plans(hourly, nil)
	_, err = storetest.Raw(t, w.dsn).Exec(`UPDATE schedules SET cron = 'moon' WHERE id = $1`, s.ID)
	w.ok(err)
	w.until("11 13:00:00")
	if _, err := w.loop.keep(t.Context()); err == nil {
		t.Error("nothing is told about the broken one")
	}
	if noted := w.noted(fine.ID); noted != "11T13 run" {
		t.Errorf("the other: %q", noted)
	}
}

// A run with hours waits for them, and each day anew.
func TestRunsGoOnWithinTheirHours(t *testing.T) {
	each(t, func(w *town) {
		w.desk.rules = store.RunRules{Window: "09:00-21:00 weekdays"}
		w.plans("0 22 * * *", nil)
		wall := func(text string) time.Time {
			at, err := time.ParseInLocation(time.DateTime, "2026-03-"+text+":00", storetest.Shanghai)
			w.ok(err)
			return at.UTC()
		}
		for _, tt := range []struct{ now, opens, closes string }{
			{"11 22:00:00", "12 09:00", "12 21:00"}, // Wednesday night
			{"12 15:00:00", "12 09:00", "12 21:00"},
			{"12 20:59:50", "12 09:00", "12 21:00"},
			{"12 21:00:01", "13 09:00", "13 21:00"},
			{"13 21:00:01", "16 09:00", "16 21:00"}, // over the weekend
			{"16 12:00:00", "16 09:00", "16 21:00"},
			{"18 12:00:00", "18 12:00", "18 21:00"}, // nobody was there in between
		} {
			w.until(tt.now)
			w.turns(2)
			all := w.runs()
			run := all[len(all)-1]
			if !run.OpensAt.Truncate(time.Minute).Equal(wall(tt.opens)) || !run.ClosesAt.Equal(wall(tt.closes)) {
				w.Errorf("at %s: %s to %s", tt.now, run.OpensAt.In(storetest.Shanghai), run.ClosesAt.In(storetest.Shanghai))
			}
		}
	})
}

// What is not understood holds up only its own run.
func TestHoursThatNobodyUnderstands(t *testing.T) {
	w := newTown(t, storetest.SQLite())
	w.desk.rules = store.RunRules{Window: "when the moon is full"}
	w.plans(hourly, nil)
	w.until("11 13:00:00")
	w.turns(1)
	if _, err := w.loop.keep(t.Context()); err == nil {
		t.Error("nothing is told about them")
	}
	if run := w.runs()[0]; !run.OpensAt.IsZero() {
		t.Errorf("it may go on from %s", run.OpensAt)
	}
}

// TestLookingAhead is the table of when a loop looks ahead at a daily time at nine, and of what its maker reads of it.
func TestLookingAhead(t *testing.T) {
	running := []commands.Problem{{Code: commands.ProblemRunning, Text: "S1"}}
	for _, tt := range []struct {
		sentence string
		walls    []string
		found    [][]commands.Problem // at each; nil: nothing
		looks    int
		card     int64 // how often it changed; 0: there is none
	}{
		{"more than a day before nobody looks", []string{"13 08:59:50"}, nil, 0, 0},
		{"a day before, once", []string{"13 09:00:05", "13 09:30:00", "13 20:00:00", "14 07:59:50"}, nil, 1, 0},
		{"and an hour before, once", []string{"13 09:00:05", "13 20:00:00", "14 08:00:00", "14 08:20:00", "14 08:59:50"}, nil, 2, 0},
		{"who begins late looks once", []string{"14 08:10:00", "14 08:30:00"}, nil, 1, 0},
		{"something is found, and again every ten minutes", []string{"13 09:00:05", "13 09:05:00", "13 09:10:07", "13 09:15:00", "13 09:20:10"},
			[][]commands.Problem{running, running, running, running, running}, 3, 1},
		{"what is found changes", []string{"13 09:00:05", "13 09:10:07"}, [][]commands.Problem{running, {{Code: commands.ProblemHeld}}}, 2, 2},
		{"it is put right, and goes wrong again", []string{"13 09:00:05", "13 09:10:07", "13 09:20:10"}, [][]commands.Problem{running, nil, running}, 3, 3},
		{"something is found in the last hour only", []string{"13 09:00:05", "14 08:00:00"}, [][]commands.Problem{nil, running}, 2, 1},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newTown(t, storetest.SQLite())
			w.until("12 12:00:00")
			s := w.plans("0 9 14 * *", nil)
			for i, wall := range tt.walls {
				w.desk.found = nil
				if i < len(tt.found) {
					w.desk.found = tt.found[i]
				}
				w.until(wall)
				w.turns(3)
			}
			var changed int64
			cards, err := w.ledger.CardsOf(t.Context(), store.PreflightName(s.ID, "2026-03-14T09:00"))
			w.ok(err)
			for _, c := range cards {
				changed += c.Wanted
				if c.Kind != store.CardPreflight || c.Reader != mia {
					t.Errorf("%+v", c)
				}
			}
			if w.desk.looks != tt.looks || changed != tt.card {
				t.Errorf("%d looks, and the card changed %d times", w.desk.looks, changed)
			}
		})
	}
}

// A look that fails says nothing, and is repeated soon.
func TestALookThatFails(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, nil)
		w.desk.blind = errors.New("Slack does not answer")
		if _, err := w.loop.keep(w.Context()); !errors.Is(err, w.desk.blind) {
			w.Errorf("%v", err)
		}
		w.turns(2)
		if cards, err := w.ledger.CardsOf(w.Context(), store.PreflightName(s.ID, s.NextSlot)); err != nil || len(cards) != 0 || w.desk.looks != 1 {
			w.Errorf("%v, %v, %d looks", cards, err, w.desk.looks)
		}
		w.desk.blind, w.desk.found = nil, []commands.Problem{{Code: commands.ProblemHeld}}
		w.clock.Advance(aheadRetry)
		w.turns(1)
		if now, err := w.ledger.ScheduleByID(w.Context(), s.ID); err != nil || now.Found == "" {
			w.Errorf("%+v, %v", now, err)
		}
	})
}

// The channel is part of what may be wrong.
func TestTheChannelIsLookedAt(t *testing.T) {
	each(t, func(w *town) {
		w.plans(daily, nil)
		var asked string
		w.loop.Channel = func(_ context.Context, id string) (string, error) {
			asked = id
			return "is_archived", nil
		}
		w.turns(1)
		all, err := w.ledger.Schedules(w.Context())
		if err != nil || asked != "C0MARKETING" || len(all) != 1 || all[0].Found == "" {
			w.Fatalf("%v, %q, %+v", err, asked, all)
		}
		found, err := w.loop.look(w.Context(), all[0])
		if err != nil || len(found) != 1 || found[0].Code != commands.ProblemChannel || found[0].Text != "is_archived" {
			w.Errorf("%+v, %v", found, err)
		}
	})
}

// The look ahead at one planned time ends with it, and the next one is looked at anew.
func TestEachPlannedTimeIsLookedAtByItself(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, nil)
		w.desk.found = []commands.Problem{{Code: commands.ProblemHeld}}
		w.turns(1)
		w.until("12 09:00:00")
		w.turns(1)
		now, err := w.ledger.ScheduleByID(w.Context(), s.ID)
		if err != nil || now.Found != "" || !now.LookAt.IsZero() {
			w.Errorf("%+v, %v: want nothing known of the next one", now, err)
		}
		w.turns(2)
		for _, slot := range []string{"2026-03-12T09:00", "2026-03-13T09:00"} {
			cards, err := w.ledger.CardsOf(w.Context(), store.PreflightName(s.ID, slot))
			if err != nil || len(cards) != 1 {
				w.Errorf("%s: %v, %v", slot, cards, err)
			}
		}
	})
}
