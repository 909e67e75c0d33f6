package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

const slot = "2026-03-12T09:00"

// planned is when slot is.
func (d *desk) planned() time.Time {
	return time.Date(2026, 3, 12, 9, 0, 0, 0, storetest.Shanghai).UTC()
}

// series is a saved schedule; change is of what was shown.
func (d *desk) series(c store.Campaign, change func(*store.Schedule), seats ...store.Seat) store.Schedule {
	d.Helper()
	s := store.Schedule{Campaign: c.ID, CampaignRevision: c.Revision, Cron: "0 9 * * *", Zone: "Asia/Shanghai", Missed: "once", MadeBy: "U0SKYE", Until: d.clock.Now().Add(240 * time.Hour), Total: 9000}
	if change != nil {
		change(&s)
	}
	s, err := d.ShowSchedule(d.Context(), s, "")
	d.ok(err)
	s, err = d.SaveSchedule(d.Context(), s.ID, "U0SKYE", "", slot, d.planned(), seats, store.Patience{})
	d.ok(err)
	return s
}

func (d *desk) scheduleNow(id int64) store.Schedule {
	d.Helper()
	s, err := d.ScheduleByID(d.Context(), id)
	d.ok(err)
	return s
}

// plannedRun starts the run of a planned time by the clock.
func (d *desk) plannedRun(c store.Campaign, s store.Schedule, slot string, seats ...store.Seat) (store.Send, error) {
	d.Helper()
	return d.StartRun(d.Context(), store.StartAsk{By: store.ActorClock, DryRun: d.counted(c, store.RunRules{}).ID, Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Seats: seats, InSeries: true})
}

func (d *desk) approveSend(id int64) {
	d.Helper()
	_, err := d.Approve(d.Context(), store.ApproveAsk{Send: id, Revision: 1, By: "U0AMIR", Groups: approvers})
	d.ok(err)
}

func TestAScheduleIsShownSavedAndEnded(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(2), nil)
		ask := store.Schedule{Campaign: c.ID, CampaignRevision: c.Revision, Cron: "0 9 * * *", Zone: "Asia/Shanghai", Missed: "ask", MadeBy: "U0SKYE"}
		shown, err := d.ShowSchedule(t.Context(), ask, "typed 1")
		d.ok(err)
		if again, err := d.ShowSchedule(t.Context(), ask, "typed 1"); err != nil || again.ID != shown.ID || shown.State != store.ScheduleShown || shown.CampaignName != "spring-sale" {
			t.Fatalf("%+v, %v", again, err)
		}
		if _, err := d.ScheduleOf(t.Context(), c.ID); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		s, err := d.SaveSchedule(t.Context(), shown.ID, "U0SKYE", "press 1", slot, d.planned(), nil, store.Patience{})
		d.ok(err)
		if s.State != store.ScheduleOn || s.NextSlot != slot || !s.NextAt.Equal(d.planned()) || s.Approval != 0 {
			t.Fatalf("%+v", s)
		}
		if again, err := d.SaveSchedule(t.Context(), shown.ID, "U0SKYE", "press 1", slot, d.planned(), nil, store.Patience{}); err != nil || again.ID != s.ID {
			t.Fatalf("a second delivery: %+v, %v", again, err)
		}
		_, err = d.SaveSchedule(t.Context(), shown.ID, "U0SKYE", "press 2", slot, d.planned(), nil, store.Patience{})
		d.moved(err, "on")
		other := d.series(c, nil)
		if d.scheduleNow(s.ID).State != store.ScheduleOff || other.Revision != 2 {
			t.Fatalf("%+v, %+v: want the new one in place of the old one", d.scheduleNow(s.ID), other)
		}
		all, err := d.Schedules(t.Context())
		if err != nil || len(all) != 1 || all[0].ID != other.ID {
			t.Fatalf("%+v, %v", all, err)
		}
		d.ok(d.EndSchedule(t.Context(), other.ID, "U0SKYE", "enough", ""))
		d.moved(d.EndSchedule(t.Context(), other.ID, "U0SKYE", "enough", ""), "off")
		c.Note = "n"
		_, err = d.SaveCampaign(t.Context(), c, "U0MAYA", "")
		d.ok(err)
		_, err = d.ShowSchedule(t.Context(), ask, "")
		d.moved(err, "revised")
	})
}

func TestAnApprovedSeriesNeedsNobody(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil, needsOne...)
		asked := d.sendNow(s.Approval)
		if asked.State != store.SendAwaiting || asked.Total != 0 || asked.Kind != "campaign" || !d.runNow(asked.ID).Series {
			t.Fatalf("%+v", asked)
		}
		_, err := d.Approve(t.Context(), store.ApproveAsk{Send: asked.ID, Revision: 1, By: "U0SKYE", Groups: approvers})
		d.moved(err, "party")
		queue, _, err := d.Queue(t.Context(), store.QueueAsk{Person: "U0AMIR", Groups: approvers, Limit: 10})
		if err != nil || len(queue) != 1 {
			t.Fatalf("%v, %v: want the series in the queue", queue, err)
		}
		d.approveSend(asked.ID)
		d.state(asked.ID, store.SendDone)
		if d.scheduleNow(s.ID).ApprovedAt.IsZero() {
			t.Fatal("the series is not approved")
		}
		run, err := d.plannedRun(c, s, slot, needsOne...)
		d.ok(err)
		if run.State != store.SendApproved || run.RequestedBy != "U0SKYE" || !run.PlannedAt.Equal(d.planned()) || d.scheduleNow(s.ID).Spent != 3000 {
			t.Fatalf("%+v", run)
		}
		d.prepareAll()
		d.issue(10)
		d.sealAll()
		if v := d.verify(store.Head{}); len(v.Broken) > 0 {
			t.Fatal(v.Broken)
		}
	})
}

// TestWhatIsOutsideASeriesGoesThroughTheBands is the table of what an approval of a series binds.
func TestWhatIsOutsideASeriesGoesThroughTheBands(t *testing.T) {
	tests := []struct {
		sentence string
		schedule func(*store.Schedule)
		before   func(d *desk, c *store.Campaign, s *store.Schedule)
		want     store.SendState
		moved    string
	}{
		{"inside it needs nobody", nil, func(*desk, *store.Campaign, *store.Schedule) {}, store.SendApproved, ""},
		{"its money is used up", func(s *store.Schedule) { s.Total = 2999 }, func(*desk, *store.Campaign, *store.Schedule) {}, store.SendAwaiting, ""},
		{"its money is enough to the last fen", func(s *store.Schedule) { s.Total = 3000 }, func(*desk, *store.Campaign, *store.Schedule) {}, store.SendApproved, ""},
		{"it is over", nil, func(d *desk, _ *store.Campaign, s *store.Schedule) {
			_, err := storetest.Raw(d, d.dsn).Exec(`UPDATE schedules SET until_at = $1 WHERE id = $2`, d.planned().UnixMilli(), s.ID)
			d.ok(err)
		}, store.SendAwaiting, ""},
		{"the list is too long", func(s *store.Schedule) { s.MostRows = 2 }, func(*desk, *store.Campaign, *store.Schedule) {}, store.SendAwaiting, ""},
		{"another version that is short enough", func(s *store.Schedule) { s.MostRows = 3 }, func(d *desk, c *store.Campaign, s *store.Schedule) {
			d.newVersion(c, 2)
		}, store.SendApproved, ""},
		{"another version that is too long turns it off", func(s *store.Schedule) { s.MostRows = 3 }, func(d *desk, c *store.Campaign, s *store.Schedule) {
			d.newVersion(c, 4)
		}, "", "revised"},
		{"another version where one was bound turns it off", nil, func(d *desk, c *store.Campaign, s *store.Schedule) {
			d.newVersion(c, 2)
		}, "", "revised"},
		{"a change of the campaign turns it off", func(s *store.Schedule) { s.MostRows = 3 }, func(d *desk, c *store.Campaign, s *store.Schedule) {
			c.Amount = 2000
			var err error
			*c, err = d.SaveCampaign(d.Context(), *c, "U0MAYA", "")
			d.ok(err)
		}, "", "revised"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				c := d.campaign(openids(3), nil)
				s := d.series(c, tt.schedule, needsOne...)
				d.approveSend(s.Approval)
				tt.before(d, &c, &s)
				run, err := d.plannedRun(c, s, slot, needsOne...)
				if tt.moved != "" {
					d.moved(err, tt.moved)
					if now := d.scheduleNow(s.ID); now.State != store.ScheduleOff || !now.ApprovedAt.IsZero() {
						d.Fatalf("%+v", now)
					}
					return
				}
				d.ok(err)
				if run.State != tt.want {
					d.Fatalf("%s, want %s", run.State, tt.want)
				}
			})
		})
	}
}

// newVersion gives a campaign a new version of its audience.
func (d *desk) newVersion(c *store.Campaign, customers int) {
	d.Helper()
	c.VersionID = storetest.List(d, d.dsn, c.Audience, openids(customers)...)
	next, err := d.SaveCampaign(d.Context(), *c, "U0MAYA", "")
	d.ok(err)
	*c = next
}

func TestEndingAScheduleWithdrawsTheAsking(t *testing.T) {
	each(t, func(d *desk) {
		s := d.series(d.campaign(openids(3), nil), nil, needsOne...)
		d.ok(d.EndSchedule(t.Context(), s.ID, "U0SKYE", "enough", ""))
		d.state(s.Approval, store.SendWithdrawn)
	})
}

func TestAPlannedTimeRunsOnce(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil)
		run, err := d.plannedRun(c, s, slot)
		d.ok(err)
		_, err = d.plannedRun(c, s, slot)
		var again *store.AlreadySent
		if !errors.As(err, &again) || again.Send != run.ID {
			t.Fatalf("%v, want already sent", err)
		}
		next := d.planned().Add(24 * time.Hour)
		note := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotRun, Send: run.ID, By: store.ActorClock}
		d.ok(d.NoteSlot(t.Context(), note, "2026-03-13T09:00", next))
		d.ok(d.NoteSlot(t.Context(), note, "2026-03-13T09:00", next))
		if now := d.scheduleNow(s.ID); now.NextSlot != "2026-03-13T09:00" || !now.HandledAt.Equal(d.planned()) {
			t.Fatalf("%+v", now)
		}
		note.Outcome, note.By = store.SlotSkipped, "U0SKYE"
		d.moved(d.NoteSlot(t.Context(), note, "", time.Time{}), store.SlotRun)
		d.prepareAll()
		d.issue(10)
		skipped := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: "2026-03-13T09:00", At: next, Outcome: store.SlotSkipped, By: "U0SKYE"}
		d.ok(d.NoteSlot(t.Context(), skipped, "2026-03-14T09:00", next.Add(24*time.Hour)))
		_, err = d.plannedRun(c, s, "2026-03-13T09:00")
		d.moved(err, store.SlotSkipped)
		notes, err := d.SlotNotes(t.Context(), s.ID, 10)
		if err != nil || len(notes) != 2 || notes[0].Outcome != store.SlotSkipped || notes[1].Send != run.ID {
			t.Fatalf("%+v, %v", notes, err)
		}
	})
}

func TestWhatWaitedOrWasAskedIsDecidedLater(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil)
		note := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: slot, At: d.planned(), Outcome: store.SlotAsked, By: store.ActorClock}
		next := d.planned().Add(24 * time.Hour)
		d.ok(d.NoteSlot(t.Context(), note, "2026-03-13T09:00", next))
		d.moved(d.NoteSlot(t.Context(), note, "2026-03-13T09:00", next), store.SlotAsked)
		run, err := d.plannedRun(c, s, slot)
		d.ok(err)
		if now := d.scheduleNow(s.ID); now.NextSlot != "2026-03-13T09:00" {
			t.Fatalf("%+v: deciding about the past changed what comes", now)
		}
		notes, err := d.SlotNotes(t.Context(), s.ID, 10)
		if err != nil || len(notes) != 1 || notes[0].Send != run.ID {
			t.Fatalf("%+v, %v", notes, err)
		}
		note.Revision = 9
		d.moved(d.NoteSlot(t.Context(), note, "", time.Time{}), "revised")
	})
}

// TestTwoReplicasStartAPlannedTimeOnce lets two ledgers, one handle each, start the same planned times at the same moment.
func TestTwoReplicasStartAPlannedTimeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		handles := []*store.Ledger{d.Ledger, d.Ledger}
		if store.IsPostgres(d.dsn) {
			handles[1] = storetest.Open(t, d.dsn, store.Options{Now: d.clock.Now})
		}
		c := d.campaign(openids(3), nil)
		s := d.series(c, nil)
		for n := range 5 {
			name := fmt.Sprint("slot ", n)
			run := d.counted(c, store.RunRules{})
			type started struct {
				send store.Send
				err  error
			}
			all := make(chan started)
			for _, l := range handles {
				go func() {
					send, err := l.StartRun(t.Context(), store.StartAsk{By: store.ActorClock, DryRun: run.ID, Schedule: s.ID, Revision: s.Revision, Slot: name, At: d.planned()})
					all <- started{send, err}
				}()
			}
			one, other := <-all, <-all
			if one.err != nil {
				one, other = other, one
			}
			var again *store.AlreadySent
			if one.err != nil || !errors.As(other.err, &again) || again.Send != one.send.ID {
				t.Fatalf("%v and %v", one.err, other.err)
			}
			d.ok(d.CancelSend(t.Context(), one.send.ID, "U0STAR", ""))
		}
	})
}

func TestAnAdoptedLedgerAsksAboutItsCampaigns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		rules := campaignDay(2_000_000)
		rules.Customer = []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxCoupons: 1}}
		rules.Stock = []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxCoupons: 500}} // less than it has
		c := d.long("long", 1600, nil)
		s := d.series(c, nil, needsOne...)
		d.approveSend(s.Approval)
		run := d.started(c, rules)
		ready := d.counted(d.campaignNamed("other", openids(2), nil), rules)
		_, err := d.Prepare(t.Context())
		d.ok(err)
		prepared := d.sendNow(run.ID).Total
		d.clock.Advance(48 * time.Hour)
		d.ok(d.Close())
		adopting, err := store.OpenCopy(t.Context(), d.dsn, store.Options{Now: d.clock.Now, Zone: storetest.Shanghai})
		d.ok(err)
		_, err = adopting.Adopt(t.Context(), d.dsn, "root")
		d.ok(err)
		d.ok(adopting.Close())
		d.open()
		now := d.sendNow(run.ID)
		if now.Preparing || now.Total != prepared || now.Unknown != prepared {
			t.Fatalf("%+v, want %d unknown", now, prepared)
		}
		if s := d.scheduleNow(s.ID); s.State != store.ScheduleOn || !s.ApprovedAt.IsZero() || !s.AskBefore.Equal(d.clock.Now()) {
			t.Fatalf("%+v", s)
		}
		if run, err := d.DryRun(t.Context(), ready.ID); err != nil || run.State != store.DryFailed {
			t.Fatalf("%+v, %v", run, err)
		}
		used, err := d.Used(t.Context(), append(rules.Campaign, rules.Stock...))
		d.ok(err)
		if used[0].HeldCoupons != int64(prepared) || used[1].HeldCoupons != int64(prepared) {
			t.Fatalf("%+v, want all of %d held", used, prepared)
		}
	})
}
