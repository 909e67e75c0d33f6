package schedules

import (
	"iter"
	"time"

	"github.com/robfig/cron/v3"

	"couponbot/commands"
)

// A Plan is a cron expression read on the wall clock of a zone.
//
// A planned time is named by its wall time, so it is one thing whatever clocks do: in an hour that a change repeats it
// runs once, at the first of the two instants, and one that a change skips runs at the first instant after the gap.
// robfig/cron steps from instant to instant instead, and there leaves out what is skipped and doubles what is repeated;
// so its parser reads the fields, and the calendar is walked here, on wall times written as if they were UTC.
//
// What falls on one instant is one planned time. A gap moves several wall times to its end, perhaps onto one that is
// there by right: the last of them gives the name.
type Plan struct {
	Cron  string // as it was understood, without its zone
	Zone  *time.Location
	Or    bool      // day of month and day of week are both restricted: cron means one or the other
	Until time.Time // nothing is planned from then on; zero: no end

	fields *cron.SpecSchedule
	times  []int // planned minutes of a planned day, rising
}

// A Slot is one planned time, named by its wall time in the plan's zone.
type Slot = commands.Slot

const (
	slotName = "2006-01-02T15:04"

	// horizon is how many years are searched for a planned day. From 2097 a 29 February is eight years away; within
	// 28 years every kind of year has followed every other.
	horizon = 40
)

// Next are the first n planned times after an instant.
func (p Plan) Next(after time.Time, n int) []Slot {
	if n < 1 {
		return nil
	}
	var out []Slot
	for s := range p.after(after) {
		if out = append(out, s); len(out) == n {
			break
		}
	}
	return out
}

// Between are the planned times after from, up to and including to: the newest of them, at most so many. Nothing older
// than forty years before to is looked at.
func (p Plan) Between(from, to time.Time, most int) []Slot {
	newest, _ := p.between(from, to, most)
	return newest
}

// between also counts what it left out.
func (p Plan) between(from, to time.Time, most int) (newest []Slot, older int) {
	if oldest := to.AddDate(-horizon, 0, 0); from.Before(oldest) {
		from = oldest
	}
	for s := range p.after(from) {
		if s.At.After(to) {
			break
		}
		if newest = append(newest, s); len(newest) > most {
			newest, older = newest[1:], older+1
		}
	}
	return newest, older
}

// after goes through the planned times after an instant, each one once.
func (p Plan) after(after time.Time) iter.Seq[Slot] {
	return func(yield func(Slot) bool) {
		var held Slot // until it is known that nothing else falls on its instant
		for wall := range p.walls(onWall(after, p.Zone)) {
			s := Slot{Name: wall.Format(slotName), At: instant(wall, p.Zone)}
			if !s.At.After(after) {
				continue
			}
			if held.Name != "" && s.At.After(held.At) && !yield(held) {
				return
			}
			if !p.Until.IsZero() && !s.At.Before(p.Until) {
				return
			}
			held = s
		}
		if held.Name != "" {
			yield(held)
		}
	}
}

// walls goes through the planned wall times from one on.
func (p Plan) walls(from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for day := range p.days(from) {
			for _, minute := range p.times {
				wall := day.Add(time.Duration(minute) * time.Minute)
				if !wall.Before(from) && !yield(wall) {
					return
				}
			}
		}
	}
}

// days goes through the planned days from that of a wall time on, until none follows within the horizon.
func (p Plan) days(from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		day := from.Truncate(24 * time.Hour)
		end := day.AddDate(horizon, 0, 0)
		for ; day.Before(end); day = day.AddDate(0, 0, 1) {
			if !p.on(day) {
				continue
			}
			if !yield(day) {
				return
			}
			end = day.AddDate(horizon, 0, 0)
		}
	}
}

// on tells whether a day is planned.
func (p Plan) on(day time.Time) bool {
	date := p.fields.Dom&(1<<day.Day()) != 0
	weekday := p.fields.Dow&(1<<day.Weekday()) != 0
	switch {
	case p.fields.Month&(1<<day.Month()) == 0:
		return false
	case p.Or:
		return date || weekday
	}
	return date && weekday
}
