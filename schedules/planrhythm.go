package schedules

import (
	"math/bits"
	"time"

	"couponbot/commands"
)

// What words can say about a plan. Anything else is known by its next times.
const (
	EveryMinutes = "minutes" // Every: from the full hour on, all day
	Hourly       = "hourly"  // Times: of every hour, "00:05" being five past
	Daily        = "daily"   // Times
	Weekly       = "weekly"  // Times, Days
	Monthly      = "monthly" // Times, Dates
	Other        = "other"
)

// A Rhythm is what a plan means, where a few words can say it.
type Rhythm = commands.Rhythm

const (
	fewTimes = 6
	fewDates = 10
)

// Rhythm is what a plan means.
func (p Plan) Rhythm() Rhythm {
	f := p.fields
	perHour := bits.OnesCount64(f.Minute &^ star)
	dates, days := values(f.Dom, 1, 31), values(f.Dow, 0, 6)
	allDates, allDays := len(dates) == 31, len(days) == 7
	switch {
	case p.Or || len(values(f.Month, 1, 12)) < 12:
		return Rhythm{Kind: Other}
	case allDates && allDays && len(p.times) == 24*perHour:
		return withinHour(p.times[:perHour])
	case len(p.times) > fewTimes:
		return Rhythm{Kind: Other}
	case allDates && allDays:
		return Rhythm{Kind: Daily, Times: clocks(p.times)}
	case allDates:
		return Rhythm{Kind: Weekly, Times: clocks(p.times), Days: fromMonday(days)}
	case len(dates) <= fewDates:
		return Rhythm{Kind: Monthly, Times: clocks(p.times), Dates: dates}
	}
	return Rhythm{Kind: Other}
}

// withinHour is the rhythm of a plan that has these minutes in every hour.
func withinHour(minutes []int) Rhythm {
	every, even := 60/len(minutes), 60%len(minutes) == 0
	for i, minute := range minutes {
		even = even && minute == i*every
	}
	switch {
	case even && len(minutes) > 1:
		return Rhythm{Kind: EveryMinutes, Every: every}
	case len(minutes) <= fewTimes:
		return Rhythm{Kind: Hourly, Times: clocks(minutes)}
	}
	return Rhythm{Kind: Other}
}

// values are the numbers in a field.
func values(field uint64, least, most int) []int {
	var out []int
	for n := least; n <= most; n++ {
		if field&(1<<n) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// fromMonday are weekdays as calendars here have them.
func fromMonday(days []int) []time.Weekday {
	var out, sunday []time.Weekday
	for _, d := range days {
		if time.Weekday(d) == time.Sunday {
			sunday = append(sunday, time.Sunday)
			continue
		}
		out = append(out, time.Weekday(d))
	}
	return append(out, sunday...)
}

func clocks(minutes []int) []string {
	out := make([]string, len(minutes))
	for i, minute := range minutes {
		out[i] = clock(minute)
	}
	return out
}
