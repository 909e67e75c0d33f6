package views

import (
	"slices"
	"strings"
	"time"

	"couponbot/commands"
)

// rhythmLine is when a schedule runs: in words, and as it was written.
func (c *card) rhythmLine(q commands.ScheduleView) phrase {
	return phrase{"schedule.rhythm", args{"Rhythm": rhythm(q.Timetable), "Zone": zoneOf(q), "Cron": code(q.Timetable.Cron)}}
}

// rhythm is a cron expression in words. One that has none is known by its next times.
func rhythm(t commands.Timetable) phrase {
	r := t.Rhythm
	a := args{"Count": r.Every, "Times": texts(r.Times)}
	switch r.Kind {
	case "minutes", "daily":
		return phrase{"rhythm." + r.Kind, a}
	case "hourly":
		a["Times"] = minutes(r.Times)
		return phrase{"rhythm.hourly", a}
	case "weekly":
		if len(r.Days) == 7 {
			return phrase{"rhythm.daily", a}
		}
		if slices.Equal(r.Days, []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}) {
			return phrase{"rhythm.weekdays", a}
		}
		a["Days"] = weekdays(r.Days)
		return phrase{"rhythm.weekly", a}
	case "monthly":
		var dates ands
		for _, d := range r.Dates {
			dates = append(dates, d)
		}
		a["Dates"] = dates
		return phrase{"rhythm.monthly", a}
	}
	return phrase{"rhythm.anything", nil}
}

func texts(all []string) (out ands) {
	for _, s := range all {
		out = append(out, s)
	}
	return out
}

// minutes are the times of every hour without their hour.
func minutes(times []string) (out ands) {
	for _, s := range times {
		_, minute, colon := strings.Cut(s, ":")
		if !colon {
			minute = s
		}
		out = append(out, minute)
	}
	return out
}

// weekdays begin with Monday.
func weekdays(days []time.Weekday) (out ands) {
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); slices.Contains(days, d) {
			out = append(out, phrase{"rhythm.day." + strings.ToLower(d.String()), nil})
		}
	}
	return out
}
