package commands

import (
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

// nine is the planned time of the day after noon's, and the days after that one; nineOn names it.
func nine(days int) time.Time { return time.Date(2026, 3, 11+days, 9, 0, 0, 0, shanghai).UTC() }

func nineOn(days int) string { return nine(days).In(shanghai).Format("2006-01-02T15:04") }

// plans shows a schedule of spring-sale, every day at nine, and saves it.
func (w *world) plans(person, flags string) store.Schedule {
	w.t.Helper()
	shown := as[ScheduleView](w.t, w.says(person, `schedule spring-sale "0 9 * * *" `+flags))
	saved := as[ScheduleView](w.t, w.presses(person, "schedule.save", ScheduleValue(shown.Schedule)))
	if saved.Schedule.State != store.ScheduleOn {
		w.t.Fatalf("saved is %+v", saved)
	}
	return saved.Schedule
}

// schedule reads one as it is now.
func (w *world) schedule(id int64) store.Schedule {
	w.t.Helper()
	s, err := w.ledger.ScheduleByID(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// asks has the clock ask people about a planned time that was missed.
func (w *world) asks(s store.Schedule, days int) string {
	w.t.Helper()
	n := store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: nineOn(days), At: nine(days), Outcome: store.SlotAsked, Why: "missed", By: store.ActorClock}
	if err := w.ledger.NoteSlot(w.t.Context(), n, nineOn(days+1), nine(days+1)); err != nil {
		w.t.Fatal(err)
	}
	return SlotValue(s, n.Slot)
}

// outcome is what became of a planned time.
func (w *world) outcome(s store.Schedule, days int) string {
	w.t.Helper()
	n, err := w.slotNote(w.t.Context(), s, nineOn(days))
	if err != nil {
		w.t.Fatal(err)
	}
	return n.Outcome
}

func TestScheduleLinesThatAreRefused(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	for _, tt := range []struct {
		sentence, line string
		want           Refusal
	}{
		{"nothing at all", "schedule", Refusal{Code: TooFew}},
		{"no times", "schedule spring-sale", Refusal{Code: TooFew}},
		{"skip what?", "schedule skip", Refusal{Code: TooFew}},
		{"a misspelt campaign", `schedule spring-sal "0 9 * * *"`, Refusal{Code: NoSuchCampaign, Word: "spring-sal", Nearest: "spring-sale"}},
		{"a campaign that there is not", "schedule off autumn", Refusal{Code: NoSuchCampaign, Word: "autumn"}},
		{"a campaign without a schedule", "schedule off spring-sale", Refusal{Code: NoSchedule, Word: "spring-sale"}},
		{"nothing to skip", "schedule skip spring-sale", Refusal{Code: NoSchedule, Word: "spring-sale"}},
		{"too few fields", `schedule spring-sale "0 9 * *"`, Refusal{Code: BadCron, Word: "0 9 * *"}},
		{"times of its own", `schedule spring-sale "@every 5h"`, Refusal{Code: EveryNotAllowed, Word: "@every 5h"}},
		{"a day that never comes", `schedule spring-sale "0 0 30 2 *"`, Refusal{Code: NeverFires, Word: "0 0 30 2 *"}},
		{"every minute", `schedule spring-sale "* * * * *"`, Refusal{Code: TooOften, Word: "* * * * *"}},
		{"a zone that there is not", `schedule spring-sale "0 9 * * *" --zone Asia/Shangri-La`, Refusal{Code: UnknownZone, Word: "Asia/Shangri-La"}},
		{"two zones", `schedule spring-sale "CRON_TZ=UTC 0 9 * * *" --zone Asia/Tokyo`, Refusal{Code: TwoZones, Word: "UTC"}},
		{"a last day that is over", `schedule spring-sale "0 9 * * *" --until 2026-03-09`, Refusal{Code: BadDate, Word: "2026-03-09"}},
		{"a last day that is none", `schedule spring-sale "0 9 * * *" --until 2026-02-30`, Refusal{Code: BadDate, Word: "2026-02-30"}},
		{"an end before the first time", `schedule spring-sale "0 9 * * *" --until 2026-03-10`, Refusal{Code: NeverFires, Word: "0 9 * * *"}},
		{"a total that is no money", `schedule spring-sale "0 9 * * *" --total lots`, Refusal{Code: BadMoney, Word: "lots"}},
		{"rows that are no number", `schedule spring-sale "0 9 * * *" --rows all`, Refusal{Code: BadNumber, Word: "all"}},
		{"no rows at all", `schedule spring-sale "0 9 * * *" --rows 0`, Refusal{Code: BadNumber, Word: "0"}},
		{"another policy for missed times", `schedule spring-sale "0 9 * * *" --missed onec`, Refusal{Code: BadMissed, Word: "onec", Nearest: "once"}},
		{"a flag that there is not", `schedule spring-sale "0 9 * * *" --til 2026-04-01`, Refusal{Code: UnknownFlag, Word: "--til"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			r := w.isRefused(mia, tt.line)
			if r.Code != tt.want.Code || r.Word != tt.want.Word || tt.want.Nearest != "" && r.Nearest != tt.want.Nearest {
				t.Errorf("got %+v", r)
			}
		})
	}
	if list := as[ScheduleList](t, w.says(mia, "schedule list")); len(list.Schedules) != 0 {
		t.Errorf("something was saved: %+v", list)
	}
}

func TestAScheduleIsShownBeforeItIsSaved(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	ask := w.ask(mia)
	var v ScheduleView
	for range 2 { // delivered twice
		reply, err := w.Do(t.Context(), ask, "schedule spring-sale 0 9 * * * --until 2026-03-13 --total 5000 --rows 9 --missed ASK --zone Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		v = as[ScheduleView](t, reply)
	}
	s := v.Schedule
	if s.ID != 1 || s.State != store.ScheduleShown || s.Cron != "0 9 * * *" || s.Zone != "Asia/Shanghai" || s.Total != 500000 || s.MostRows != 9 || s.Missed != "ask" || s.MadeBy != mia ||
		!s.Until.Equal(time.Date(2026, 3, 14, 0, 0, 0, 0, shanghai)) {
		t.Errorf("got %+v", s)
	}
	if !v.Series || len(v.Seats) != 2 || v.Figures != nil {
		t.Errorf("¥5000.00 are for two to agree to: %+v", v)
	}
	if n := len(v.Timetable.Next); n != 3 || v.Timetable.Next[0] != (Slot{nineOn(0), nine(0)}) {
		t.Errorf("of its five next times three come before its end: %+v", v.Timetable.Next)
	}
	if list := as[ScheduleList](t, w.says(moe, "schedule list")); len(list.Schedules) != 0 {
		t.Errorf("nothing is on yet: %+v", list)
	}
	for flags, series := range map[string]bool{"": false, "--until 2026-04-01": false, "--total 5000": false, "--until 2026-04-01 --total 5000": true} {
		if v := as[ScheduleView](t, w.says(mia, `schedule spring-sale "0 9 * * *" `+flags)); v.Series != series || (len(v.Seats) > 0) != series || v.Schedule.Missed != "once" {
			t.Errorf("%q: %+v", flags, v)
		}
	}
}

func TestAScheduleIsSavedSkippedAndTurnedOff(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	s := w.plans(mia, "")
	if s.NextSlot != nineOn(0) || !s.NextAt.Equal(nine(0)) || s.Approval != 0 || s.MadeBy != mia {
		t.Errorf("got %+v", s)
	}
	as[Redrawn](t, w.presses(moe, "schedule.save", ScheduleValue(s)))
	list := as[ScheduleList](t, w.says(moe, "schedule list"))
	if len(list.Schedules) != 1 || list.Schedules[0].Campaign.Name != "spring-sale" || len(list.Schedules[0].Timetable.Next) != 5 {
		t.Errorf("listed: %+v", list)
	}
	v := as[ScheduleView](t, w.says(moe, "schedule skip spring-sale"))
	if v.Schedule.NextSlot != nineOn(1) || v.Timetable.Next[0].Name != nineOn(1) || w.outcome(s, 0) != store.SlotSkipped {
		t.Errorf("skipped: %+v", v)
	}
	as[Redrawn](t, w.presses(mia, "schedule.skip", SlotValue(s, nineOn(0))))
	if v = as[ScheduleView](t, w.presses(mia, "schedule.skip", SlotValue(s, nineOn(1)))); v.Schedule.NextSlot != nineOn(2) {
		t.Errorf("skipped by its button: %+v", v)
	}
	for _, slot := range []string{"", nineOn(1), nineOn(5), "x"} {
		as[Redrawn](t, w.presses(mia, "schedule.skip", SlotValue(s, slot)))
	}
	card := as[CampaignView](t, w.says(mia, "campaign show spring-sale"))
	if card.Schedule == nil || len(card.Slots) != 2 || card.Next[0].Name != nineOn(2) {
		t.Errorf("the campaign's card shows %+v", card)
	}
	if v := as[ScheduleView](t, w.says(moe, "schedule off spring-sale")); v.Schedule.State != store.ScheduleOff {
		t.Errorf("turned off: %+v", v)
	}
	for _, action := range []string{"schedule.save", "schedule.run", "schedule.skip", "schedule.off"} {
		if r := as[Redrawn](t, w.presses(mia, action, SlotValue(s, nineOn(2)))); r.Subject != "schedule:1" {
			t.Errorf("%s afterwards: %+v", action, r)
		}
	}
	w.audited(0, mia+" refused schedule.skip stale schedule:1")
	if r := w.isRefused(mia, "schedule off spring-sale"); r.Code != NoSchedule {
		t.Errorf("again: %+v", r)
	}
	for _, value := range []string{"", "schedule:1", "schedule:1.r2", "schedule:9.r1", "schedule:x.r1", "spring-sale.d1"} {
		as[Redrawn](t, w.presses(mia, "schedule.off", value))
	}
}

func TestANewScheduleTakesThePlaceOfTheOldOne(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	old := w.plans(mia, "")
	s := w.plans(moe, "--missed skip")
	if w.schedule(old.ID).State != store.ScheduleOff || s.MadeBy != moe || s.Revision != 2 {
		t.Errorf("got %+v and %+v", w.schedule(old.ID), s)
	}
	as[Redrawn](t, w.presses(mia, "schedule.off", ScheduleValue(old)))
	shown := as[ScheduleView](t, w.says(mia, `schedule spring-sale "0 9 * * *"`)).Schedule
	w.edits(moe, map[string]string{FieldNote: "other"})
	if w.schedule(s.ID).State != store.ScheduleOff {
		t.Error("it goes on although the campaign is another one")
	}
	as[Redrawn](t, w.presses(mia, "schedule.save", ScheduleValue(shown)))
	shown.CampaignRevision = 1
	if _, err := w.shown(t.Context(), shown, ""); w.refusal(nil, err).Code != CampaignRevised {
		t.Errorf("shown of a campaign that changed meanwhile: %v", err)
	}
}

func TestAScheduleWhoseTimesHavePassedIsNotSaved(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	shown := as[ScheduleView](t, w.says(mia, `schedule spring-sale "0 9 * * *" --until 2026-03-11`)).Schedule
	w.clock = nine(0).Add(time.Minute)
	if r := w.isRefusedPressing(mia, "schedule.save", ScheduleValue(shown)); r.Code != NeverFires {
		t.Errorf("got %+v", r)
	}
	s := w.plans(mia, "--until 2026-03-12")
	as[ScheduleView](t, w.says(mia, "schedule skip spring-sale"))
	if v, err := w.ScheduleFacts(t.Context(), s.ID); err != nil || len(v.Timetable.Next) != 0 {
		t.Errorf("after its end: %+v, %v", v.Timetable, err)
	}
}

// The rules may become stricter than a schedule that is on.
func TestAScheduleThatTheRulesNoLongerAllowIsStillShown(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	s := w.plans(mia, "")
	w.config.Planner = strict{planner{shanghai}}
	v, err := w.ScheduleFacts(t.Context(), s.ID)
	if err != nil || v.Timetable.Cron != "0 9 * * *" || v.Timetable.Zone != "Asia/Shanghai" || len(v.Timetable.Next) != 0 {
		t.Errorf("got %+v, %v", v, err)
	}
	as[ScheduleList](t, w.says(mia, "schedule list"))
	as[CampaignView](t, w.says(mia, "campaign show spring-sale"))
	as[ScheduleView](t, w.says(mia, "schedule off spring-sale"))
}

type strict struct{ planner }

func (strict) Timetable(cron, _ string, _ time.Time) (Timetable, error) {
	return Timetable{}, &Refusal{Code: TooOften, Word: cron}
}

func TestASeriesIsApprovedOnce(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	s := w.plans(mia, "--until 2026-03-31 --total 200")
	asked := w.send(s.Approval)
	if asked.State != store.SendAwaiting || !slices.Equal(asked.Missing, oneApprover) || asked.Total != 0 || asked.RequestedBy != mia {
		t.Fatalf("got %+v", asked)
	}
	a := as[Approval](t, w.says(appy, "approve S1"))
	if a.Series == nil || a.Series.Schedule.ID != s.ID || a.Series.Schedule.Total != 20000 || a.Run == nil || !a.Run.Series {
		t.Errorf("an approver sees %+v", a)
	}
	for person, want := range map[string]Code{mia: OwnSend, uma: OwnSend, fin: NotDecider} {
		if r := w.isRefusedPressing(person, "send.approve", SendValue(asked)); r.Code != want {
			t.Errorf("%s: %+v", person, r)
		}
	}
	if d := as[Decided](t, w.presses(ben, "send.approve", SendValue(asked))); d.Send.State != store.SendDone {
		t.Errorf("got %+v", d.Send)
	}
	if s = w.schedule(s.ID); s.ApprovedAt.IsZero() {
		t.Errorf("the schedule is %+v", s)
	}
	w.edits(moe, nil) // any change voids it
	if s = w.schedule(s.ID); !s.ApprovedAt.IsZero() || s.State != store.ScheduleOff {
		t.Errorf("after a change it is %+v", s)
	}
}

func TestTheSeatsOfASeries(t *testing.T) {
	w := newMarket(t)
	for n, tt := range []struct {
		sentence, flags string
		form            map[string]string
		want            []store.Seat
	}{
		{"¥50.00 in all need nobody", "--total 50", nil, nil},
		{"¥500.00 need an approver", "--total 500", nil, oneApprover},
		{"¥500.01 need finance too", "--total 500.01", nil, andFinance},
		{"any list of up to 21 customers needs an approver, however little it is", "--total 50 --rows 21", nil, oneApprover},
		{"20 customers are not too many", "--total 50 --rows 20", nil, nil},
		{"with the test openid they are", "--total 50 --rows 20", map[string]string{FieldTest: "oTEST"}, oneApprover},
	} {
		name := "series-" + string(rune('a'+n))
		form := map[string]string{FieldName: name}
		for field, v := range tt.form {
			form[field] = v
		}
		w.makes(form)
		v := as[ScheduleView](t, w.says(mia, `schedule `+name+` "0 9 * * *" --until 2026-03-31 `+tt.flags))
		if !slices.Equal(v.Seats, tt.want) {
			t.Errorf("%s: got %v", tt.sentence, v.Seats)
		}
	}
}

// Who saves a schedule, or had shown it, decides nothing about it.
func TestASeriesThatNobodyCouldApproveIsNotSaved(t *testing.T) {
	w := newMarket(t, func(c *Config) {
		c.Groups[1].Members = []string{moe, "U14NEW"}
		c.Groups[4].Members = append(c.Groups[4].Members, "U14NEW")
	})
	w.makes(nil)
	shown := as[ScheduleView](t, w.says(moe, `schedule spring-sale "0 9 * * *" --until 2026-03-31 --total 200`)).Schedule
	if r := w.isRefusedPressing("U14NEW", "schedule.save", ScheduleValue(shown)); r.Code != NobodyCanApprove || r.Money != 20000 || !slices.Equal(r.Seats, oneApprover) {
		t.Errorf("got %+v", r)
	}
	saved := as[ScheduleView](t, w.presses(moe, "schedule.save", ScheduleValue(shown)))
	if r := w.isRefusedPressing(moe, "send.approve", SendValue(w.send(saved.Schedule.Approval))); r.Code != OwnSend {
		t.Errorf("the scheduler: %+v", r)
	}
	as[Decided](t, w.presses("U14NEW", "send.approve", SendValue(w.send(saved.Schedule.Approval))))
}

func TestAskAgainOnASeriesShowsTheScheduleAgain(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	s := w.plans(mia, "--until 2026-03-31 --total 200 --missed ask")
	asked := w.send(s.Approval)
	w.says(mia, "withdraw S1")
	again := as[ScheduleView](t, w.presses(mia, "send.again", SendValue(asked)))
	if n := again.Schedule; n.ID == s.ID || n.State != store.ScheduleShown || n.Cron != s.Cron || n.Total != s.Total || !n.Until.Equal(s.Until) || n.Missed != "ask" || !again.Series {
		t.Errorf("got %+v", again)
	}
	saved := as[ScheduleView](t, w.presses(mia, "schedule.save", ScheduleValue(again.Schedule))).Schedule
	if saved.Approval == 0 || saved.Approval == asked.ID || w.schedule(s.ID).State != store.ScheduleOff {
		t.Errorf("got %+v", saved)
	}
}
