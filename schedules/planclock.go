package schedules

import "time"

const wholeDay = 24 * 60 // minutes, where no clock changes

// Two functions lead from instants to wall times and back; all rules about clock changes are in the second.

// onWall is what the clock of a zone shows, written as if it were UTC.
func onWall(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is when the clock of a zone first shows a wall time or a later one: the first of two in an hour that a change
// repeats, the end of the gap for one that a change skips. It never falls while wall times rise.
func instant(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-24 * time.Hour) // no clock is as far ahead of UTC, so it has not shown the wall time yet
	for {
		begins, ends, ahead := steady(at, zone)
		shown := wall.Add(-ahead)
		if !begins.IsZero() && shown.Before(begins) {
			return begins
		}
		if ends.IsZero() || shown.Before(ends) {
			return shown
		}
		at = ends
	}
}

// steady is a stretch around an instant in which the clock of a zone is the same time ahead of UTC; zero ends are open.
//
// To Go every year of a zone's rule has 365 days, so on the last day of a leap year it names an end that is past
// (golang/go#81583), and whoever goes from end to end never arrives. The rule changes nothing before the year is over.
func steady(at time.Time, zone *time.Location) (begins, ends time.Time, ahead time.Duration) {
	begins, ends = at.In(zone).ZoneBounds()
	if !ends.IsZero() && !ends.After(at) {
		ends = time.Date(at.UTC().Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	_, seconds := at.In(zone).Zone()
	return begins.UTC(), ends.UTC(), time.Duration(seconds) * time.Second
}
