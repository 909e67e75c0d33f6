package store

import "time"

// Period is a stretch of the calendar in the ledger's zone.
type Period string

const (
	Day   Period = "day"
	Week  Period = "week" // from Monday
	Month Period = "month"
	Ever  Period = "ever"
)

// Bounds are the first instant of the period that holds t, and of the next; both zero for Ever.
func (p Period) Bounds(t time.Time, zone *time.Location) (start, end time.Time) {
	t = t.In(zone)
	y, m, d := t.Date()
	day := func(m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC() }
	switch p {
	case Day:
		return day(m, d), day(m, d+1)
	case Week:
		monday := d - (int(t.Weekday())+6)%7
		return day(m, monday), day(m, monday+7)
	case Month:
		return day(m, 1), day(m+1, 1)
	}
	return time.Time{}, time.Time{}
}
