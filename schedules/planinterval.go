package schedules

import (
	"fmt"
	"time"
)

// tooOften refuses a plan that has no time, or two closer than they may be; it reads the fields, so it misses none.
func (p Plan) tooOften(atLeast time.Duration) error {
	days := p.fewestDays()
	if days == 0 {
		return &Fault{Code: NeverFires, Text: p.Cron}
	}
	var earlier, later, apart int
	consider := func(from, to, between int) {
		if apart == 0 || between < apart {
			earlier, later, apart = from, to, between
		}
	}
	for i, minute := range p.times[1:] {
		consider(p.times[i], minute, minute-p.times[i])
	}
	first, last := p.times[0], p.times[len(p.times)-1]
	consider(last, first, days*wholeDay+first-last) // over midnight
	if shortest := time.Duration(apart) * time.Minute; shortest < atLeast {
		return &Fault{Code: TooOften, Text: p.Cron, Earlier: clock(earlier), Later: clock(later), Apart: shortest, AtLeast: atLeast}
	}
	return nil
}

// fewestDays is how near two planned days come to each other; 0 when there are none.
func (p Plan) fewestDays() int {
	begin := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // every kind of year within the horizon, by the calendar alone
	end := begin.AddDate(horizon, 0, 0)
	fewest, before := 0, time.Time{}
	for day := range p.days(begin) {
		if days := int(day.Sub(before).Hours() / 24); !before.IsZero() && (fewest == 0 || days < fewest) {
			fewest = days
		}
		if fewest == 1 || day.After(end) {
			break
		}
		before = day
	}
	return fewest
}

// clock is a minute of the day as clocks show it.
func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
