package schedules

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
	"couponbot/store/storetest"
)

// TestOutages is the table of what becomes of planned times when nobody is there from noon on. The grace is two hours.
func TestOutages(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		cron     string
		policy   Policy
		back     string // when somebody is there again
		noted    string
		told     string
		next     string
	}{
		{"nothing has come", hourly, MissedSkip, "11 12:59:50", "", "", "11T13:00"},
		{"in time", hourly, MissedSkip, "11 13:00:00", "11T13 run", "", "11T14:00"},
		{"seconds: it is kept, whatever the policy", hourly, MissedSkip, "11 13:00:40", "11T13 run", "", "11T14:00"},
		{"seconds: nobody is asked", hourly, MissedAsk, "11 13:00:40", "11T13 run", "", "11T14:00"},
		{"minutes: skip", hourly, MissedSkip, "11 13:05:00", "11T13 missed", "11T13", "11T14:00"},
		{"minutes: once", hourly, MissedOnce, "11 13:05:00", "11T13 run", "", "11T14:00"},
		{"minutes: ask", hourly, MissedAsk, "11 13:05:00", "11T13 asked", "11T13", "11T14:00"},
		{"hours: skip", hourly, MissedSkip, "11 15:30:00", "11T13 missed, 11T14 missed, 11T15 missed", "11T15 and 2", "11T16:00"},
		{"hours: once is the newest", hourly, MissedOnce, "11 15:30:00", "11T13 missed, 11T14 missed, 11T15 run", "11T14 and 1", "11T16:00"},
		{"hours: asked about the newest", hourly, MissedAsk, "11 15:30:00", "11T13 missed, 11T14 missed, 11T15 asked", "11T15 and 2", "11T16:00"},
		{"hours, and back in time for another: skip", hourly, MissedSkip, "11 15:00:20", "11T13 missed, 11T14 missed, 11T15 run", "11T14 and 1", "11T16:00"},
		{"hours, and back in time for another: once is once", hourly, MissedOnce, "11 15:00:20", "11T13 missed, 11T14 missed, 11T15 run", "11T14 and 1", "11T16:00"},
		{"hours, and back in time for another: ask about what was missed", hourly, MissedAsk, "11 15:00:20", "11T13 missed, 11T14 asked, 11T15 run", "11T14 and 1", "11T16:00"},
		{"to the end of the grace", daily, MissedOnce, "12 11:00:00", "12T09 run", "", "13T09:00"},
		{"behind the grace", daily, MissedOnce, "12 11:00:01", "12T09 missed", "12T09", "13T09:00"},
		{"ask knows no grace", daily, MissedAsk, "12 20:00:00", "12T09 asked", "12T09", "13T09:00"},
		{"days: skip", daily, MissedSkip, "14 12:00:00", "12T09 missed, 13T09 missed, 14T09 missed", "14T09 and 2", "15T09:00"},
		{"days: once, behind the grace", daily, MissedOnce, "14 12:00:00", "12T09 missed, 13T09 missed, 14T09 missed", "14T09 and 2", "15T09:00"},
		{"days: once, within the grace", daily, MissedOnce, "14 10:00:00", "12T09 missed, 13T09 missed, 14T09 run", "13T09 and 1", "15T09:00"},
		{"days: ask", daily, MissedAsk, "14 12:00:00", "12T09 missed, 13T09 missed, 14T09 asked", "14T09 and 2", "15T09:00"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newTown(t, storetest.SQLite())
			s := w.plans(tt.cron, missing(tt.policy))
			w.until(tt.back)
			w.turns(3)
			if noted, told, next := w.noted(s.ID), w.told(s.ID), w.next(s.ID); noted != tt.noted || told != tt.told || next != tt.next {
				t.Errorf("noted %q, told of %q, next %q", noted, told, next)
			}
		})
	}
}

// A long outage is told in one message, however many times were missed.
func TestAWeekIsToldOnce(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans("*/10 * * * *", missing(MissedSkip))
		w.until("18 12:05:00")
		w.turns(2)
		if told := w.told(s.ID); told != "18T12 and 1007" || w.next(s.ID) != "18T12:10" {
			w.Errorf("told of %q, next %s", told, w.next(s.ID))
		}
	})
}

// Each time is kept while somebody is there, across a restart before, between and after.
func TestPlannedTimesRunOneAfterTheOther(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, missing(MissedSkip))
		for _, wall := range []string{"12 08:59:59", "12 09:00:00", "12 09:00:30", "13 09:00:05", "14 09:00:59"} {
			w.until(wall)
			w.turns(2)
			w.desk, w.loop = w.process(w.ledger)
			w.turns(1)
			if all := w.runs(); len(all) > 0 && all[0].State == store.SendApproved {
				w.ends()
			}
		}
		if noted := w.noted(s.ID); noted != "12T09 run, 13T09 run, 14T09 run" || len(w.runs()) != 3 || w.told(s.ID) != "" {
			w.Errorf("%q, %d runs", noted, len(w.runs()))
		}
	})
}

// Between the start of a run and the note of what comes next a process may end. The run is not started again, nor is its
// time forgotten.
func TestWhoEndsBehindAStartIsFollowed(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, missing(MissedSkip))
		w.until("12 09:00:01")
		if _, err := w.desk.start(w.Context(), s.ID, Slot{Name: s.NextSlot, At: s.NextAt}); err != nil {
			w.Fatal(err)
		}
		w.until("12 09:30:00")
		w.turns(2)
		if noted := w.noted(s.ID); noted != "12T09 run" || w.next(s.ID) != "13T09:00" || len(w.runs()) != 1 || len(w.desk.asked) != 0 {
			w.Errorf("%q, next %s, %d runs, asked %v", noted, w.next(s.ID), len(w.runs()), w.desk.asked)
		}
	})
}

// A time that a person skipped stays skipped for who comes later.
func TestWhatWasSkippedStaysSo(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, nil)
		next := s.NextAt.Add(24 * time.Hour)
		skip := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: s.NextSlot, At: s.NextAt, Outcome: store.SlotSkipped, By: mia}
		w.ok(w.ledger.NoteSlot(w.Context(), skip, "2026-03-13T09:00", next))
		w.until("12 09:00:00")
		w.turns(2)
		w.until("13 09:00:00")
		w.turns(2)
		if noted := w.noted(s.ID); noted != "12T09 skipped, 13T09 run" || w.told(s.ID) != "" {
			w.Errorf("%q, told of %q", noted, w.told(s.ID))
		}
	})
}

// TestWhatKeepsARun is the table of what a desk answers at a planned time, and of what becomes of it then and later.
func TestWhatKeepsARun(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		policy   Policy
		answer   func(*desk)
		noted    string
		why      string
		later    string // an hour later, the desk answering as before
		late     string // three hours later
		then     string // an hour later when what kept it is over
	}{
		{"customers are being counted", MissedSkip, (*desk).counts, "12T09 waiting", "counting", "12T09 waiting", "12T09 refused", "12T09 run"},
		{"counted for too long, and people are asked", MissedAsk, (*desk).counts, "12T09 waiting", "counting", "12T09 waiting", "12T09 asked", "12T09 run"},
		{"everything is stopped", MissedSkip, func(d *desk) { d.refuses(commands.AllStopped) }, "12T09 waiting", "all_stopped", "12T09 waiting", "12T09 refused", "12T09 run"},
		{"Slack does not say who may", MissedOnce, func(d *desk) { d.refuses(commands.CouldNotCheck) }, "12T09 waiting", "could_not_check", "12T09 waiting", "12T09 refused", "12T09 run"},
		{"the stock cannot be read", MissedSkip, func(d *desk) { d.refuses(commands.StockUnread) }, "12T09 waiting", "stock_unread", "12T09 waiting", "12T09 refused", "12T09 run"},
		{"the campaign has changed under it", MissedSkip, func(d *desk) {
			d.answers(func(Slot) (commands.Reply, error) { return commands.Redrawn{}, nil })
		}, "12T09 waiting", "counting", "12T09 waiting", "12T09 refused", "12T09 run"},
		{"nobody is left", MissedSkip, func(d *desk) { d.refuses(commands.NobodyLeft) }, "12T09 refused", "nobody_left", "12T09 refused", "12T09 refused", "12T09 refused"},
		{"a limit has no room", MissedAsk, func(d *desk) { d.refuses(commands.OverLimit) }, "12T09 refused", "over_limit", "12T09 refused", "12T09 refused", "12T09 refused"},
		{"who planned it has left", MissedOnce, func(d *desk) { d.refuses(commands.RequesterLeft) }, "12T09 refused", "requester_left", "12T09 refused", "12T09 refused", "12T09 refused"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			for _, path := range []string{"it lasts", "it passes"} {
				w := newTown(t, storetest.SQLite())
				s := w.plans(daily, missing(tt.policy))
				tt.answer(w.desk)
				w.until("12 09:00:02")
				w.turns(2)
				n, err := w.ledger.SlotNote(t.Context(), s.ID, "2026-03-12T09:00")
				if err != nil || n.Why != tt.why || w.noted(s.ID) != tt.noted || n.By != store.ActorClock {
					t.Fatalf("%q, %+v, %v", w.noted(s.ID), n, err)
				}
				want := tt.later
				if path == "it passes" {
					w.desk.answers(nil)
					want = tt.then
				}
				w.until("12 10:00:00")
				w.turns(2)
				if got := w.noted(s.ID); got != want {
					t.Errorf("%s, an hour later: %q", path, got)
				}
				if path == "it passes" {
					continue
				}
				w.until("12 12:00:00")
				w.turns(2)
				if got := w.noted(s.ID); got != tt.late || w.next(s.ID) != "13T09:00" || w.told(s.ID) != "12T09" {
					t.Errorf("three hours later: %q, next %s, told of %q", got, w.next(s.ID), w.told(s.ID))
				}
			}
		})
	}
}

// What was refused is kept with all that words need, and nothing of it is for the log only.
func TestARefusalIsKept(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, nil)
		w.desk.refuses(commands.NobodyLeft)
		w.until("12 09:00:00")
		w.turns(1)
		n, err := w.ledger.SlotNote(w.Context(), s.ID, "2026-03-12T09:00")
		w.ok(err)
		var r commands.Refusal
		if err := json.Unmarshal([]byte(n.Detail), &r); err != nil || r.Code != commands.NobodyLeft || r.Word != "spring-sale" || r.Err != nil {
			w.Errorf("%q: %+v, %v", n.Detail, r, err)
		}
	})
}

// A fault is told to the log each time, and the planned time waits for it to pass.
func TestAFaultHoldsUpOneScheduleForAWhile(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(daily, missing(MissedSkip))
		broken := errors.New("the ledger's disk is gone")
		w.desk.answers(func(Slot) (commands.Reply, error) { return nil, broken })
		w.until("12 09:00:00")
		if _, err := w.loop.keep(w.Context()); !errors.Is(err, broken) {
			w.Errorf("%v", err)
		}
		if noted := w.noted(s.ID); noted != "12T09 waiting" {
			w.Errorf("%q", noted)
		}
		w.desk.answers(nil)
		w.until("12 09:20:00")
		w.turns(1)
		if noted := w.noted(s.ID); noted != "12T09 run" {
			w.Errorf("%q", noted)
		}
	})
}

// Counting may take long, over a restart too: it was begun in time, so it is not late.
func TestCountingOutlastsARestart(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(hourly, missing(MissedSkip))
		w.desk.counts()
		w.until("11 13:00:00")
		w.turns(3)
		w.desk, w.loop = w.process(w.ledger)
		w.until("11 13:40:00")
		w.turns(2)
		if noted := w.noted(s.ID); noted != "11T13 run" || w.told(s.ID) != "" || w.next(s.ID) != "11T14:00" {
			w.Errorf("%q, told of %q, next %s", noted, w.told(s.ID), w.next(s.ID))
		}
	})
}

// What is still being counted when the next time comes gives way to it.
func TestTheNextTimeTakesTheTurn(t *testing.T) {
	each(t, func(w *town) {
		s := w.plans(hourly, missing(MissedOnce))
		w.desk.counts()
		w.until("11 13:00:00")
		w.turns(2)
		w.until("11 14:00:00")
		w.turns(1)
		w.desk.answers(nil)
		w.turns(2)
		if noted := w.noted(s.ID); noted != "11T13 refused, 11T14 run" || w.told(s.ID) != "11T13" {
			w.Errorf("%q, told of %q", noted, w.told(s.ID))
		}
	})
}

func TestOverlap(t *testing.T) {
	t.Run("skip: the time is left out", func(t *testing.T) {
		each(t, func(w *town) {
			w.loop.Config.Overlap = "skip"
			s := w.plans(hourly, nil)
			w.until("11 13:00:00")
			w.turns(2)
			w.until("11 14:00:00")
			w.turns(2)
			n, err := w.ledger.SlotNote(w.Context(), s.ID, "2026-03-11T14:00")
			if err != nil || w.noted(s.ID) != "11T13 run, 11T14 overlap" || n.Why != store.SendName(w.runs()[0].ID) || w.told(s.ID) != "11T14" {
				w.Errorf("%q, told of %q, %+v, %v", w.noted(s.ID), w.told(s.ID), n, err)
			}
			w.ends()
			w.until("11 15:00:00")
			w.turns(2)
			if noted := w.noted(s.ID); noted != "11T13 run, 11T14 overlap, 11T15 run" {
				w.Errorf("%q", noted)
			}
		})
	})
	t.Run("wait: it runs when the run before it is over, however late", func(t *testing.T) {
		each(t, func(w *town) {
			s := w.plans(daily, missing(MissedSkip))
			w.until("12 09:00:00")
			w.turns(2)
			w.until("13 09:00:00")
			w.turns(2)
			asked := len(w.desk.asked)
			w.until("13 16:00:00") // far behind the grace
			w.turns(5)
			if noted := w.noted(s.ID); noted != "12T09 run, 13T09 waiting" || len(w.desk.asked) != asked {
				w.Errorf("%q, asked %v: want nothing to be counted meanwhile", noted, w.desk.asked)
			}
			w.ends()
			w.desk, w.loop = w.process(w.ledger)
			w.turns(2)
			if noted := w.noted(s.ID); noted != "12T09 run, 13T09 run" || w.told(s.ID) != "" {
				w.Errorf("%q, told of %q", noted, w.told(s.ID))
			}
		})
	})
	t.Run("wait: the next time takes the turn of one that waits", func(t *testing.T) {
		each(t, func(w *town) {
			s := w.plans(hourly, nil)
			for _, wall := range []string{"11 13:00:00", "11 14:00:00", "11 15:00:00"} {
				w.until(wall)
				w.turns(3)
			}
			if noted := w.noted(s.ID); noted != "11T13 run, 11T14 overlap, 11T15 waiting" || w.told(s.ID) != "11T14" {
				w.Errorf("%q, told of %q", noted, w.told(s.ID))
			}
			w.ends()
			w.turns(2)
			if noted := w.noted(s.ID); noted != "11T13 run, 11T14 overlap, 11T15 run" {
				w.Errorf("%q", noted)
			}
		})
	})
}

// TestTheEndOfASchedule is the table of what becomes of the last times of a schedule, and when it is turned off.
func TestTheEndOfASchedule(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		policy   Policy
		walls    []string
		noted    string
		next     string
	}{
		{"the last one has run, and the end has not come", MissedOnce, []string{"11 22:00:00", "11 23:00:00"}, "11T22 run, 11T23 run", "on"},
		{"then the end comes", MissedOnce, []string{"11 22:00:00", "11 23:00:00", "12 00:00:00"}, "11T22 run, 11T23 run", "off"},
		{"the last one was missed, and is made up for behind the end", MissedOnce, []string{"11 22:00:00", "12 00:30:00"}, "11T22 run, 11T23 run", "off"},
		{"the last ones were missed", MissedSkip, []string{"12 00:30:00"}, "11T22 missed, 11T23 missed", "off"},
		{"people are asked about the last one until the end", MissedAsk, []string{"11 23:30:00"}, "11T22 missed, 11T23 asked", "on"},
		{"behind the end nobody is asked any more", MissedAsk, []string{"11 23:30:00", "12 00:00:00"}, "11T22 missed, 11T23 skipped", "off"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newTown(t, storetest.SQLite())
			w.until("11 21:30:00")
			s := w.plans(hourly, func(s *store.Schedule) {
				s.Missed, s.Until = string(tt.policy), time.Date(2026, 3, 12, 0, 0, 0, 0, storetest.Shanghai).UTC()
			})
			for _, wall := range tt.walls {
				w.until(wall)
				w.turns(3)
				if all := w.runs(); len(all) > 0 && all[0].State == store.SendApproved {
					w.ends()
				}
			}
			if noted := w.noted(s.ID); noted != tt.noted || w.next(s.ID) != tt.next {
				t.Errorf("%q, next %s", noted, w.next(s.ID))
			}
		})
	}
}

// TestACopyAsks is about a ledger that was a copy until noon on the 12th: what was planned before may have run elsewhere.
func TestACopyAsks(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		wall     string
		before   func(w *town, s store.Schedule)
		noted    string
	}{
		{"what was planned before, whatever the policy", "12 12:00:00", func(*town, store.Schedule) {}, "12T09 asked"},
		{"what was to wait before", "12 12:00:00", func(w *town, s store.Schedule) {
			w.desk.counts()
			w.until("12 09:00:00")
			w.turns(1)
			w.desk.answers(nil)
		}, "12T09 asked"},
		{"what is planned later runs", "13 09:00:00", func(w *town, s store.Schedule) {
			w.until("12 12:00:00")
			w.adopted(s)
			w.turns(2)
		}, "12T09 asked, 13T09 run"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(w *town) {
				s := w.plans(daily, missing(MissedSkip))
				tt.before(w, s)
				w.adopted(s)
				w.until(tt.wall)
				w.turns(3)
				if noted := w.noted(s.ID); noted != tt.noted {
					w.Errorf("%q", noted)
				}
			})
		})
	}
}

// adopted is what an adoption at noon on the 12th leaves behind.
func (w *town) adopted(s store.Schedule) {
	w.Helper()
	noon := time.Date(2026, 3, 12, 12, 0, 0, 0, storetest.Shanghai)
	_, err := storetest.Raw(w.T, w.dsn).Exec(`UPDATE schedules SET ask_before = $1 WHERE id = $2`, noon.UnixMilli(), s.ID)
	w.ok(err)
}
