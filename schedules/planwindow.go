package schedules

import (
	"strings"
	"time"
)

// A Window is when a campaign may send: a stretch of the day on some days of the week, on the wall clock of a zone.
// The zero Window is always open. A stretch over midnight belongs to the day it begins on. Clock changes move its ends
// as they move planned times, so it opens once and closes once on its day.
type Window struct {
	From, To int // minutes of the day; To, up to 24:00, is outside; one that is not after From is of the next day
	Days     Weekdays
}

// Weekdays is a set of days of the week, a bit for each time.Weekday.
type Weekdays uint8

const (
	workdays = Weekdays(0b0111110)
	weekend  = Weekdays(0b1000001)
	allDays  = workdays | weekend
)

// Has tells whether a day is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// Always tells whether a window never closes.
func (w Window) Always() bool {
	return w == Window{} || w.Days == allDays && w.length() == wholeDay
}

// length is how long a stretch is on a day without a clock change, in minutes.
func (w Window) length() int {
	if w.To <= w.From {
		return w.To + wholeDay - w.From
	}
	return w.To - w.From
}

// Opens is the first instant at or after t that is inside: t itself when it is.
func (w Window) Opens(t time.Time, zone *time.Location) time.Time {
	opens, _ := w.next(t, zone)
	return opens
}

// Closes is when the stretch that holds t, or else the next one, is over; the zero time when it never is.
func (w Window) Closes(t time.Time, zone *time.Location) time.Time {
	_, closes := w.next(t, zone)
	for range fewDays { // whole days follow one another without a break
		opens, later := w.next(closes, zone)
		if !opens.Equal(closes) {
			break
		}
		closes = later
	}
	return closes
}

// fewDays are enough to find a weekday, also when a zone leaves one out, as Samoa left out a Friday.
const fewDays = 2*7 + 3

// next is the stretch that holds t, from t on, or else the next one. A stretch that a clock change swallows is none.
func (w Window) next(t time.Time, zone *time.Location) (opens, closes time.Time) {
	if w.Always() {
		return t.UTC(), time.Time{}
	}
	day := onWall(t, zone).Truncate(24*time.Hour).AddDate(0, 0, -2) // one over midnight, one for a date that comes twice
	for range fewDays {
		if w.Days.Has(day.Weekday()) {
			begin := day.Add(time.Duration(w.From) * time.Minute)
			opens = instant(begin, zone)
			closes = instant(begin.Add(time.Duration(w.length())*time.Minute), zone)
			if opens.Before(t) {
				opens = t.UTC()
			}
			if opens.Before(closes) {
				break
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return opens, closes
}

// String is the one spelling of a window, which ParseWindow reads; "" for always.
func (w Window) String() string {
	if w.Always() {
		return ""
	}
	var parts []string
	if w.length() != wholeDay {
		parts = append(parts, clock(w.From)+"-"+clock(w.To))
	}
	switch w.Days {
	case allDays:
	case workdays:
		parts = append(parts, "weekdays")
	case weekend:
		parts = append(parts, "weekends")
	default:
		var names []string
		for _, d := range fromMonday(values(uint64(w.Days), 0, 6)) {
			names = append(names, strings.ToLower(d.String()[:3]))
		}
		parts = append(parts, strings.Join(names, ","))
	}
	return strings.Join(parts, " ")
}
