package views

import (
	"encoding/json"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// slots are planned times every so often, the first tomorrow at nine.
func slots(n int, every time.Duration, zone string) (out []commands.Slot) {
	l, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	first := time.Date(2026, 11, 6, 9, 0, 0, 0, l)
	for i := range n {
		at := first.Add(time.Duration(i) * every)
		out = append(out, commands.Slot{Name: at.Format("2006-01-02T15:04"), At: at.UTC()})
	}
	return out
}

// schedules are all rhythms, bounds and ways to be approved.
func schedules() map[string]commands.ScheduleView {
	base := func(state string, r commands.Rhythm, zone string) commands.ScheduleView {
		next := slots(5, 7*24*time.Hour, zone)
		return commands.ScheduleView{Campaign: springSale, Timetable: commands.Timetable{Cron: "0 9 * * 5", Zone: zone, Rhythm: r, Next: next},
			Schedule: store.Schedule{ID: 7, Campaign: 4, CampaignName: "spring-sale", Revision: 2, CampaignRevision: 3, State: state, Cron: "0 9 * * 5", Zone: zone, Missed: "once",
				MadeBy: "U05MIA", CreatedAt: before, NextSlot: next[0].Name, NextAt: next[0].At}}
	}
	nine := []string{"09:00"}
	shown := base(store.ScheduleShown, commands.Rhythm{Kind: "weekly", Days: []time.Weekday{time.Sunday, time.Friday, time.Monday}, Times: []string{"09:00", "18:30"}}, "Asia/Shanghai")
	series := base(store.ScheduleShown, commands.Rhythm{Kind: "weekdays"}, "America/New_York")
	series.Timetable.Rhythm = commands.Rhythm{Kind: "weekly", Days: []time.Weekday{1, 2, 3, 4, 5}, Times: nine}
	series.Series, series.Seats, series.Figures = true, bothSeats, &figures
	series.Schedule.Total, series.Schedule.MostRows, series.Schedule.Missed = 300000000, 60000, "ask"
	series.Schedule.Until = time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC) // midnight in New York
	nobody := series
	nobody.Seats, nobody.Schedule.MostRows, nobody.Figures = nil, 1, &one
	nobody.Schedule.Until = time.Date(2027, 1, 1, 12, 30, 0, 0, time.UTC)
	waits := series
	waits.Schedule.State, waits.Schedule.Approval, waits.Schedule.Missed, waits.Timetable.Or = store.ScheduleOn, 14, "skip", true
	waits.Timetable.Rhythm = commands.Rhythm{Kind: "other"}
	approved := waits
	approved.Schedule.ApprovedAt, approved.Schedule.Spent, approved.Timetable.Or = before, 49880000, false
	never := base(store.ScheduleShown, commands.Rhythm{Kind: "monthly", Dates: []int{1, 15}, Times: nine}, "Asia/Shanghai")
	never.Timetable.Next = nil
	all := map[string]commands.ScheduleView{"shown, two times on three days": shown, "shown, a series": series, "shown, a series that nobody needs to approve": nobody,
		"on, the series waits": waits, "on, the series is approved": approved, "shown, but never": never,
		"off":         base(store.ScheduleOff, commands.Rhythm{Kind: "daily", Times: nine}, "Europe/Lisbon"),
		"every day":   base(store.ScheduleOn, commands.Rhythm{Kind: "daily", Times: nine}, "Europe/Lisbon"),
		"every hour":  base(store.ScheduleOn, commands.Rhythm{Kind: "hourly", Times: []string{"00:15", "45"}}, "Australia/Lord_Howe"),
		"some minute": base(store.ScheduleOn, commands.Rhythm{Kind: "minutes", Every: 20}, "Asia/Shanghai"), "a minute": base(store.ScheduleOn, commands.Rhythm{Kind: "minutes", Every: 1}, "UTC"),
		"whole week": base(store.ScheduleOn, commands.Rhythm{Kind: "weekly", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, Times: nine}, "Asia/Shanghai")}
	all["four days"] = base(store.ScheduleOn, commands.Rhythm{Kind: "weekly", Days: []time.Weekday{2, 3, 4, 6}, Times: nine}, "Asia/Shanghai")
	week := all["whole week"]
	week.Timetable.Next = slots(7, 24*time.Hour, "Asia/Shanghai")
	all["whole week"] = week
	return all
}

// tooMuchForCampaigns is the daily limit of campaigns without room for a run.
func tooMuchForCampaigns() *store.LimitReached {
	return &store.LimitReached{Limit: store.Limit{Kind: store.LimitCampaign, Period: store.Day, MaxFen: 20000000},
		Used: store.Usage{HeldFen: 1000000, SpentFen: 4000000, Until: now.AddDate(0, 0, 1)}, Asked: store.Usage{HeldFen: 49880000}}
}

// limitDetail is what the ledger keeps of it when a run pauses.
func limitDetail() string {
	body, err := json.Marshal(tooMuchForCampaigns())
	if err != nil {
		panic(err)
	}
	return string(body)
}

// problems are one of each code.
func problems() []commands.Problem {
	tooMuch := tooMuchForCampaigns()
	return []commands.Problem{
		{Code: commands.ProblemStockUnread, Text: "timeout"}, {Code: commands.ProblemStockOff, Text: "paused"}, {Code: commands.ProblemStockNotBegun, At: now.AddDate(0, 0, 3)},
		{Code: commands.ProblemStockEnds, At: now.Add(5 * time.Hour)}, {Code: commands.ProblemStockShort, Number: 45000, Count: 49880}, {Code: commands.ProblemStockChanged},
		{Code: commands.ProblemHours, Text: "09:00-21:00 weekdays", At: now.Add(20 * time.Hour)}, {Code: commands.ProblemNobodyLeft}, {Code: commands.ProblemLimit, Limit: tooMuch},
		{Code: commands.ProblemTotal, Money: 10000, Asked: 49880000}, {Code: commands.ProblemApproval, Seats: bothSeats, Text: "S14"}, {Code: commands.ProblemNobody, Seats: bothSeats},
		{Code: commands.ProblemChannel, Text: "is_archived"}, {Code: commands.ProblemRunning, Text: "S12"}, {Code: commands.ProblemStopped, By: "U07ADA", Text: "wrong stock"},
		{Code: commands.ProblemStockUnlisted}, {Code: commands.ProblemUncounted}, {Code: commands.ProblemNewer, Text: "vip", Number: 4, Count: 49_900},
		{Code: commands.ProblemHeld}, {Code: commands.ProblemLeft, By: "U05MIA"}, {Code: "moon"},
	}
}

// notes are what can become of a planned time beside what people say.
func notes() map[string]store.SlotNote {
	all := map[string]store.SlotNote{"one missed": {Outcome: store.SlotMissed}, "missed, with others": {Outcome: store.SlotMissed, Older: 167}, "asked, with another": {Outcome: store.SlotAsked, Older: 1},
		"overlap": {Outcome: store.SlotOverlap, Why: "S12"}, "overlap, waited": {Outcome: store.SlotOverlap}, "ended": {Outcome: store.SlotSkipped, Why: "until"}, "future": {Outcome: "postponed", Why: "moon"}}
	for _, why := range []string{"counting", "run_not_over", "could_not_check", "stock_unread", "all_stopped", "fault", "moon"} {
		all["waits, "+why] = store.SlotNote{Outcome: store.SlotWaiting, Why: why}
		all["too late, "+why] = store.SlotNote{Outcome: store.SlotRefused, Why: why}
	}
	for _, r := range []commands.Refusal{{Code: commands.NobodyLeft, Word: "spring-sale"}, {Code: commands.OverLimit, Word: "spring-sale", Limit: tooMuchForCampaigns()},
		{Code: commands.RequesterLeft, Word: "schedule:7", By: "U05MIA"}, {Code: "moon", Word: "x"}} {
		detail, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		all["refused, "+string(r.Code)] = store.SlotNote{Outcome: store.SlotRefused, Why: string(r.Code), Detail: string(detail)}
	}
	return all
}

// plannedDrawings are about times to come and times that were missed, and what those who approve are shown.
func plannedDrawings() []drawing {
	var all []drawing
	add := func(name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{"planned", name, draw})
	}
	q := schedules()["on, the series is approved"]
	past := slots(1, 0, "America/New_York")[0]
	past.At = now.Add(-90 * time.Minute)
	for _, outcome := range []string{store.SlotAsked, store.SlotRun, store.SlotSkipped} {
		n := store.SlotNote{Schedule: 7, Revision: 2, Slot: past.Name, At: past.At, Outcome: outcome, Send: 15, By: "U05MIA"}
		add("missed, "+outcome, func(v *Views, r Reader) Message { return v.MissedCard(r, q, n) })
	}
	for name, n := range notes() {
		n.Schedule, n.Revision, n.Slot, n.At, n.By = 7, 2, past.Name, past.At, store.ActorClock
		add("planned: "+name, func(v *Views, r Reader) Message { return v.MissedCard(r, q, n) })
	}
	never := schedules()["every day"]
	n := store.SlotNote{Slot: "2026-11-04T09:00", At: now.AddDate(0, 0, -1), Outcome: store.SlotAsked}
	add("missed, never counted", func(v *Views, r Reader) Message { return v.MissedCard(r, never, n) })
	for _, p := range problems() {
		add("preflight: "+string(p.Code), func(v *Views, r Reader) Message { return v.Preflight(r, q, []commands.Problem{p}) })
	}
	later := commands.Problem{Code: commands.ProblemApproval, Seats: bothSeats}
	add("preflight: approval, of the run itself", func(v *Views, r Reader) Message { return v.Preflight(r, q, []commands.Problem{later}) })
	spent := commands.Problem{Code: commands.ProblemLimit, Limit: &store.LimitReached{Limit: store.Limit{Kind: store.LimitSeries, Period: store.Ever, MaxFen: 500000}}}
	add("preflight: limit, of the schedule", func(v *Views, r Reader) Message { return v.Preflight(r, q, []commands.Problem{spent}) })
	add("preflight: everything at once", func(v *Views, r Reader) Message { return v.Preflight(r, q, problems()) })
	add("preflight: fine again", func(v *Views, r Reader) Message { return v.Preflight(r, q, nil) })
	return all
}
