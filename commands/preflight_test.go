package commands

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

// looks ahead and says what it finds, each with its facts.
func (w *world) looks(s store.Schedule) string {
	w.t.Helper()
	all, err := w.Preflight(w.t.Context(), s.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		line := string(p.Code)
		for _, fact := range []struct {
			name  string
			value any
			is    bool
		}{{"n", p.Number, p.Number != 0}, {"of", p.Count, p.Count != 0}, {"money", p.Money.String(), p.Money != 0 || p.Code == ProblemTotal}, {"asked", p.Asked.String(), p.Asked != 0},
			{"at", p.At.In(shanghai).Format("01-02 15:04"), !p.At.IsZero()}, {"by", p.By, p.By != ""}, {"text", p.Text, p.Text != ""}} {
			if fact.is {
				line += fmt.Sprint(" ", fact.name, "=", fact.value)
			}
		}
		for _, seat := range p.Seats {
			line += fmt.Sprint(" ", seat.Count, "*", seat.Group)
		}
		if p.Limit != nil {
			line += fmt.Sprint(" used=", p.Limit.Used.Fen().String(), " asked=", p.Limit.Asked.HeldFen.String())
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

func TestPreflightFindsWhatStandsInTheWay(t *testing.T) {
	stock := func(change func(*store.Stock)) func(*world, store.Schedule) {
		return func(w *world, _ store.Schedule) { w.read("9856000", change) }
	}
	limit := func(fen store.Fen, per store.Period) func(*Config) {
		return func(c *Config) { c.Campaigns.Limits = []Ceiling{{Amount: fen, Per: per}} }
	}
	many := map[string]string{FieldAudience: "many"}
	for _, tt := range []struct {
		sentence string
		rules    func(*Config)
		form     map[string]string
		flags    string
		happens  func(w *world, s store.Schedule)
		want     string
	}{
		{"all is well", nil, nil, "", nil, ""},
		{"all is well with a run that people must agree to, as was planned", nil, many, "", nil, ""},
		{"the stock is paused", nil, nil, "", stock(func(s *store.Stock) { s.Status = "paused" }), "stock_off text=paused"},
		{"the stock begins later", nil, nil, "", stock(func(s *store.Stock) { s.Begins = nine(1) }), "stock_changed, stock_not_begun at=03-12 09:00"},
		{"the stock ends before", nil, nil, "", stock(func(s *store.Stock) { s.Ends = nine(0).Add(-time.Minute) }), "stock_changed, stock_ends at=03-11 08:59"},
		{"the stock ends at that very time", nil, nil, "", stock(func(s *store.Stock) { s.Ends = nine(0) }), "stock_changed, stock_ends at=03-11 09:00"},
		{"the stock ends later", nil, nil, "", stock(func(s *store.Stock) { s.Ends = nine(0).Add(time.Second) }), "stock_changed"},
		{"a coupon is worth more", nil, nil, "", stock(func(s *store.Stock) { s.Amount = 1200 }), "stock_changed"},
		{"two coupons are left for three", nil, nil, "", stock(func(s *store.Stock) { s.Distributed = 998 }), "stock_short n=2 of=3"},
		{"three are left", nil, nil, "", stock(func(s *store.Stock) { s.Distributed = 997 }), ""},
		{"the stock may not be sent any more", nil, nil, "", func(w *world, _ store.Schedule) { w.config.Stocks = w.config.Stocks[1:] }, "stock_unlisted"},
		{"the stock was never read as this merchant's", nil, nil, "", func(w *world, _ store.Schedule) { w.config.Stocks[0].CreatorMchID = "1900000009" }, "stock_unread"},
		{"a limit of the day without room even tomorrow", limit(2999, store.Day), nil, "", nil, "limit used=0.00 asked=30.00"},
		{"a limit of the day that is used up today", limit(5000, store.Day), nil, "", func(w *world, _ store.Schedule) { w.ranBeside(nil) }, ""},
		{"a limit of the month that is used up", limit(5000, store.Month), nil, "", func(w *world, _ store.Schedule) { w.ranBeside(nil) }, "limit used=30.00 asked=30.00"},
		{"everything is stopped", nil, nil, "", func(w *world, _ store.Schedule) { w.stopped(ada, "wrong stock") }, "stopped at=03-10 12:00 by=U04ADA text=wrong stock"},
		{"who saved it left", nil, nil, "", func(w *world, _ store.Schedule) { w.people.people[mia] = Person{Deactivated: true} }, "left by=U11MIA"},
		{"there is a newer list", nil, nil, "", func(w *world, _ store.Schedule) { w.uploads(uma, "vip", "oA", "oB") }, "newer n=2 of=2 text=vip"},
		{"everybody is left out", nil, nil, "", func(w *world, _ store.Schedule) {
			w.lists("blocked", "oA", "oB", "oC")
			w.says(mia, "campaign dryrun spring-sale")
		}, "nobody_left"},
		{"its hours are later", nil, map[string]string{FieldHours: nineToNine}, "early", nil, "hours at=03-11 09:00 text=09:00-21:00"},
		{"it is within its hours", nil, map[string]string{FieldHours: nineToNine}, "", nil, ""},
		{"the run before it is paused", nil, nil, "", func(w *world, _ store.Schedule) {
			w.ranBeside(func(w *world) { w.says(mia, "campaign pause spring-sale") })
		}, "running text=S1"},
		{"the run before it goes on", nil, nil, "", func(w *world, _ store.Schedule) { w.ranBeside(func(*world) {}) }, ""},
		{"the series waits for approval", nil, many, "--until 2026-03-31 --total 400", nil, "approval text=S1 1*approvers"},
		{"the series is approved", nil, many, "--until 2026-03-31 --total 400", func(w *world, s store.Schedule) {
			w.presses(appy, "send.approve", SendValue(w.send(s.Approval)))
		}, ""},
		{"the series was rejected", nil, many, "--until 2026-03-31 --total 400", func(w *world, s store.Schedule) {
			if _, err := w.Submit(w.t.Context(), w.ask(appy), Form{ID: FormReject, Meta: SendValue(w.send(s.Approval)), Values: map[string]string{FieldWhy: "no"}}); err != nil {
				w.t.Fatal(err)
			}
		}, "approval 1*approvers"},
		{"its total is not enough for one run", nil, many, "--until 2026-03-31 --total 79.99", func(w *world, s store.Schedule) {
			w.presses(appy, "send.approve", SendValue(w.send(s.Approval)))
		}, "total money=79.99 asked=80.00, approval 1*approvers"},
		{"the series is of a run that is free", nil, nil, "--until 2026-03-31 --total 400", func(w *world, s store.Schedule) { w.says(mia, "withdraw S1") }, ""},
		{"too few could agree", nil, many, "", func(w *world, _ store.Schedule) { w.config.Groups[1].Members = []string{mia, uma} }, "nobody 1*approvers"},
		{"the schedule is off", nil, nil, "", func(w *world, s store.Schedule) { w.says(mia, "schedule off spring-sale"); w.stopped(ada, "x") }, ""},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newMarket(t, func(c *Config) {
				if tt.rules != nil {
					tt.rules(c)
				}
			})
			c := w.makes(tt.form)
			w.dryRuns(c)
			var s store.Schedule
			if tt.flags == "early" {
				shown := as[ScheduleView](t, w.says(mia, `schedule spring-sale "0 7 * * *"`)).Schedule
				s = as[ScheduleView](t, w.presses(mia, "schedule.save", ScheduleValue(shown))).Schedule
			} else {
				s = w.plans(mia, tt.flags)
			}
			if tt.happens != nil {
				tt.happens(w, s)
			}
			w.counts(c)
			if got := w.looks(s); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// ranBeside starts a run of spring-sale, and carries it out unless something else happens to it.
func (w *world) ranBeside(happens func(w *world)) {
	w.t.Helper()
	c, err := w.ledger.Campaign(w.t.Context(), "spring-sale")
	if err != nil {
		w.t.Fatal(err)
	}
	w.starts(mia, c)
	w.prepares()
	if happens == nil {
		w.settles(issuesAll)
	} else {
		happens(w)
	}
	w.says(mia, "campaign dryrun spring-sale")
}

func TestPreflightOfWhatWasNeverCounted(t *testing.T) {
	w := newMarket(t)
	c := w.makes(map[string]string{FieldAudience: "many"})
	s := w.plans(mia, "--until 2026-03-31 --total 10 --rows 9")
	if got := w.looks(s); got != "uncounted" {
		t.Errorf("never: %q", got)
	}
	w.says(mia, "campaign dryrun spring-sale")
	if got := w.looks(s); got != "uncounted" {
		t.Errorf("while it counts: %q", got)
	}
	w.counts(c)
	if got := w.looks(s); got != "total money=10.00 asked=80.00, approval 1*approvers" {
		t.Errorf("counted: %q", got)
	}
	w.edits(moe, map[string]string{FieldStock: "9856000"})
	if got := w.looks(w.schedule(s.ID)); got != "uncounted" {
		t.Errorf("changed since: %q", got)
	}
}

func TestPreflightThatCannotLook(t *testing.T) {
	w := newMarket(t, func(c *Config) { c.Groups[1].Members = []string{"S03APPROVERS"} })
	w.dryRuns(w.makes(map[string]string{FieldAudience: "many"}))
	s := w.plans(mia, "")
	w.people.faults = map[string]bool{"S03APPROVERS": true}
	if all, err := w.Preflight(t.Context(), s.ID); w.refusal(nil, err).Code != CouldNotCheck || all != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	w.people.faults, w.people.fault = nil, errors.New("slow")
	if _, err := w.Preflight(t.Context(), s.ID); w.refusal(nil, err).Code != CouldNotCheck {
		t.Errorf("got %v", err)
	}
	if _, err := w.Preflight(t.Context(), 9); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a schedule that there is not: %v", err)
	}
}
