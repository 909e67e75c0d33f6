package commands

import "time"

// A Slot is one planned time.
type Slot struct {
	Name string // its local wall time, "2026-11-01T01:30": what makes it one, also in the hour that a clock change repeats
	At   time.Time
}

// A Rhythm is what a cron expression means, for words.
type Rhythm struct {
	Kind  string         // "minutes", "hourly", "daily", "weekly", "monthly", "other"
	Every int            // of "minutes"
	Times []string       // "09:00", in the zone
	Days  []time.Weekday // of "weekly"
	Dates []int          // of "monthly"
}

// A Timetable is a cron expression that was understood.
type Timetable struct {
	Cron   string // normalised
	Zone   string // IANA name
	Or     bool   // day of month and day of week are both restricted: cron means or
	Rhythm Rhythm
	Next   []Slot // the next five
}

// Planner understands cron expressions and hours; schedules does. Its refusals are *Refusal with the codes for schedules.
type Planner interface {
	// Timetable reads an expression in a zone ("" for the default).
	Timetable(cron, zone string, now time.Time) (Timetable, error)
	// Hours reads hours such as "09:00-21:00 weekdays" and brings them into one spelling; "" for always.
	Hours(text string) (string, error)
	// Opens is the first instant from at on that is within hours; at itself where it is.
	Opens(hours string, at time.Time) (time.Time, error)
}
