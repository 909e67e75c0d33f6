package commands

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

// clock has a planned time come: the first asking counts, the second starts.
func (w *world) comes(s store.Schedule, days int) (Reply, error) {
	w.t.Helper()
	w.clock = nine(days)
	slot := Slot{Name: nineOn(days), At: nine(days)}
	reply, err := w.RunCampaign(w.t.Context(), s.ID, slot)
	if err != nil {
		return reply, err
	}
	if done := as[CampaignChanged](w.t, reply); done.Verb != "dryrun" {
		w.t.Fatalf("nothing was counted before it started: %+v", done)
	}
	reply, err = w.RunCampaign(w.t.Context(), s.ID, slot)
	if err != nil || as[CampaignChanged](w.t, reply).Verb != "dryrun" {
		w.t.Fatalf("while it counts: %+v, %v", reply, err)
	}
	c, err := w.ledger.CampaignByID(w.t.Context(), s.Campaign)
	if err != nil {
		w.t.Fatal(err)
	}
	w.counts(c)
	return w.RunCampaign(w.t.Context(), s.ID, slot)
}

// runs has a planned time come whose run starts.
func (w *world) runs(s store.Schedule, days int) store.Send {
	w.t.Helper()
	reply, err := w.comes(s, days)
	if err != nil {
		w.t.Fatal(err)
	}
	done := as[CampaignChanged](w.t, reply)
	if done.Verb != "start" {
		w.t.Fatalf("got %+v", done)
	}
	return done.Send
}

func TestAPlannedTimeRunsOnce(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	s := w.plans(mia, "")
	run := w.runs(s, 0)
	if run.State != store.SendApproved || run.RequestedBy != mia || !run.PlannedAt.Equal(nine(0)) || w.outcome(s, 0) != store.SlotRun {
		t.Errorf("got %+v", run)
	}
	w.audited(run.ID, store.ActorClock+" send.create")
	w.prepares()
	w.settles(issuesAll)
	w.says(mia, "campaign dryrun spring-sale")
	w.counts(store.Campaign{ID: s.Campaign})
	reply, err := w.RunCampaign(t.Context(), s.ID, Slot{Name: nineOn(0), At: nine(0)})
	if err != nil || as[CampaignChanged](t, reply).Send.ID != run.ID {
		t.Errorf("the same time again: %+v, %v", reply, err)
	}
	if next := w.runs(s, 1); next.ID == run.ID {
		t.Errorf("the next day: %+v", next)
	}
}

func TestAPlannedRunThatCannotStart(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		rules    func(*Config)
		form     map[string]string
		happens  func(w *world)
		want     Code
	}{
		{"everything is stopped", nil, nil, func(w *world) { w.stopped(ada, "x") }, AllStopped},
		{"the stock is paused", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Status = "paused" }) }, StockNotRunning},
		{"the stock has too few", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Distributed = 999 }) }, StockEmpty},
		{"the stock gives something else", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Amount = 900 }) }, CampaignStale},
		{"a limit has no room", func(c *Config) { c.Campaigns.Limits = []Ceiling{{Coupons: 2, Per: store.Day}} }, nil, nil, OverLimit},
		{"everybody is left out", nil, nil, func(w *world) { w.lists("staff", "oA", "oB", "oC") }, NobodyLeft},
		{"who saved it may run campaigns no more", nil, nil, func(w *world) { w.config.Groups[4].Members = []string{moe} }, RequesterLeft},
		{"who saved it left", nil, nil, func(w *world) { w.people.people[mia] = Person{Deactivated: true} }, RequesterLeft},
		{"who saved it cannot be looked up", nil, nil, func(w *world) { w.people.fault = errors.New("slow") }, CouldNotCheck},
		{"only who saved it could agree", func(c *Config) { c.Groups[1].Members = []string{moe} }, map[string]string{FieldAudience: "many"}, func(w *world) {
			w.plans(moe, "")
		}, NobodyCanApprove},
		{"the run before it is not over", nil, nil, func(w *world) {
			c, err := w.ledger.Campaign(w.t.Context(), "spring-sale")
			if err != nil {
				w.t.Fatal(err)
			}
			w.starts(mia, c)
		}, RunNotOver},
		{"its list was deleted", nil, nil, func(w *world) {
			if err := w.ledger.DeleteAudience(w.t.Context(), "vip", uma); err != nil {
				w.t.Fatal(err)
			}
		}, NoSuchAudience},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newMarket(t, func(c *Config) {
				if tt.rules != nil {
					tt.rules(c)
				}
			})
			c := w.makes(tt.form)
			w.plans(mia, "")
			if tt.happens != nil {
				tt.happens(w)
			}
			s, err := w.ledger.ScheduleOf(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			reply, err := w.comes(s, 0)
			if r := w.refusal(reply, err); r.Code != tt.want {
				t.Errorf("got %+v", r)
			}
			if w.outcome(s, 0) != "" {
				t.Errorf("the planned time is used up: %s", w.outcome(s, 0))
			}
		})
	}
	w := newMarket(t)
	if _, err := w.RunCampaign(t.Context(), 9, Slot{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a schedule that there is not: %v", err)
	}
}

func TestRunsInsideAnApprovedSeriesNeedNobody(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		flags    string
		approved bool
		happens  func(w *world, s store.Schedule)
		want     []store.Seat // nil: runs at once
	}{
		{"inside", "--until 2026-03-31 --total 200", true, nil, nil},
		{"not approved yet", "--until 2026-03-31 --total 200", false, nil, oneApprover},
		{"no series: no end", "--total 200", false, nil, oneApprover},
		{"no series: no total", "--until 2026-03-31", false, nil, oneApprover},
		{"the total is used up", "--until 2026-03-31 --total 100", true, func(w *world, s store.Schedule) {
			w.runs(s, 0)
			w.prepares()
			w.settles(issuesAll)
		}, oneApprover},
		{"the total is enough for two", "--until 2026-03-31 --total 160", true, func(w *world, s store.Schedule) {
			w.runs(s, 0)
			w.prepares()
			w.settles(issuesAll)
		}, nil},
		{"another list of as many", "--until 2026-03-31 --total 200 --rows 8", true, func(w *world, _ store.Schedule) {
			w.uploads(uma, "many", "oX1", "oX2", "oX3", "oX4", "oX5", "oX6")
			w.edits(mia, nil)
		}, nil},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newMarket(t)
			w.makes(map[string]string{FieldAudience: "many"})
			s := w.plans(mia, tt.flags)
			if tt.approved {
				w.presses(appy, "send.approve", SendValue(w.send(s.Approval)))
			}
			days := 0
			if tt.happens != nil {
				tt.happens(w, s)
				days = 1
			}
			run := w.runs(s, days)
			if !slices.Equal(run.Missing, tt.want) || (run.State == store.SendAwaiting) != (len(tt.want) > 0) {
				t.Errorf("it is %s and waits for %v", run.State, run.Missing)
			}
			if r := w.isRefused(mia, "approve "+store.SendName(run.ID)); run.State == store.SendAwaiting && r.Code != OwnSend {
				t.Errorf("who scheduled it: %+v", r)
			}
		})
	}
}

func TestWhoScheduledARunIsAParty(t *testing.T) {
	w := newMarket(t, func(c *Config) { c.Groups[1].Members = []string{moe, appy} })
	w.makes(map[string]string{FieldAudience: "many"})
	run := w.runs(w.plans(moe, ""), 0)
	for _, p := range paths() {
		reply, err := p.take(w, w.ask(moe), run)
		if r := w.refusal(reply, err); r.Code != OwnSend {
			t.Errorf("%s: %+v", p.name, r)
		}
	}
	as[Decided](t, w.presses(appy, "send.approve", SendValue(run)))
}

func TestRunNowGoesThroughTheBands(t *testing.T) {
	w := newMarket(t)
	c := w.makes(map[string]string{FieldAudience: "many"})
	s := w.plans(mia, "--until 2026-03-31 --total 400")
	w.presses(appy, "send.approve", SendValue(w.send(s.Approval)))
	value := SlotValue(s, s.NextSlot)
	if done := as[CampaignChanged](t, w.presses(moe, "schedule.run", value)); done.Verb != "dryrun" || done.Slot != "" {
		t.Errorf("nothing was counted: %+v", done)
	}
	w.counts(c)
	ask := w.ask(moe)
	for range 2 { // delivered twice
		reply, err := w.Press(t.Context(), ask, "schedule.run", value)
		if err != nil {
			t.Fatal(err)
		}
		if done := as[CampaignChanged](t, reply); done.Verb != "start" || done.Send.State != store.SendAwaiting || !slices.Equal(done.Send.Missing, oneApprover) || done.Send.RequestedBy != moe {
			t.Errorf("got %+v", done)
		}
	}
	run, err := w.ledger.Run(t.Context(), 2)
	if err != nil || run.Schedule != 0 || run.Slot != "" || run.InSeries {
		t.Errorf("got %+v, %v", run, err)
	}
	if now := w.schedule(s.ID); now.NextSlot != nineOn(0) || w.outcome(s, 0) != "" || now.Spent != 0 {
		t.Errorf("the next planned time is used up: %+v", now)
	}
	w.stopped(ada, "x")
	if r := w.isRefusedPressing(moe, "schedule.run", value); r.Code != AllStopped {
		t.Errorf("got %+v", r)
	}
}

func TestAMissedTimeIsDecidedOnce(t *testing.T) {
	t.Run("run", func(t *testing.T) {
		w := newMarket(t)
		c := w.makes(nil)
		s := w.plans(mia, "--missed ask")
		w.clock = nine(0).Add(time.Hour)
		value := w.asks(s, 0)
		if done := as[CampaignChanged](t, w.presses(moe, "schedule.run", value)); done.Verb != "dryrun" || done.Slot != nineOn(0) {
			t.Errorf("nothing was counted: %+v", done)
		}
		w.counts(c)
		done := as[CampaignChanged](t, w.presses(moe, "schedule.run", value))
		if done.Verb != "start" || !done.Send.PlannedAt.Equal(nine(0)) || w.outcome(s, 0) != store.SlotRun || w.schedule(s.ID).NextSlot != nineOn(1) {
			t.Errorf("got %+v", done)
		}
		for _, action := range []string{"schedule.run", "schedule.skip"} {
			if r := as[Redrawn](t, w.presses(mia, action, value)); r.Subject != "schedule:1" {
				t.Errorf("%s afterwards: %+v", action, r)
			}
		}
		parties, err := w.partiesOf(t.Context(), done.Send.ID)
		if err != nil || !slices.Contains(parties, moe) || !slices.Contains(parties, mia) {
			t.Errorf("parties are %v, %v", parties, err)
		}
	})
	t.Run("skip", func(t *testing.T) {
		w := newMarket(t)
		w.makes(nil)
		s := w.plans(mia, "--missed ask")
		w.clock = nine(0).Add(time.Hour)
		value := w.asks(s, 0)
		v := as[ScheduleView](t, w.presses(moe, "schedule.skip", value))
		if v.Schedule.NextSlot != nineOn(1) || w.outcome(s, 0) != store.SlotSkipped {
			t.Errorf("got %+v", v)
		}
		for _, action := range []string{"schedule.run", "schedule.skip"} {
			as[Redrawn](t, w.presses(mia, action, value))
		}
		if runs, err := w.ledger.RunsOf(t.Context(), s.Campaign, 1); err != nil || len(runs) != 0 {
			t.Errorf("it ran: %+v, %v", runs, err)
		}
	})
}
