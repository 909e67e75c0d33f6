package store

import "time"

// beijing is whose days a stock's daily cap follows (WeChat Pay docs, max_amount_by_day): China has one time, UTC+8.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// nightMost is how old the last reading of a day may be to tell what had been given out when the day ended.
const nightMost = 10 * time.Minute

// beginDay notes at the first reading of a day what had been given out before it: WeChat Pay says how many coupons were
// given out in all, and not how many of them today. When nobody read around midnight the day counts from this reading.
func (s *Stock) beginDay(was Stock) {
	day, _ := Day.Bounds(s.ReadAt, beijing)
	switch {
	case was.DayAt.Equal(day):
		s.DayAt, s.DayFrom, s.DayStart = was.DayAt, was.DayFrom, was.DayStart
	case !was.ReadAt.IsZero() && day.Sub(was.ReadAt) <= nightMost:
		s.DayAt, s.DayFrom, s.DayStart = day, was.ReadAt, was.Distributed
	default:
		s.DayAt, s.DayFrom, s.DayStart = day, s.ReadAt, s.Distributed
	}
}

// LeftToday is how much money WeChat Pay's own daily cap leaves of the day that holds now, as far as readings tell: what
// was given out since a moment, which is around the day's beginning or later. ok is false when there is no cap, when the
// face value is chosen with each send, and before the day's first reading.
func (s Stock) LeftToday(now time.Time) (left Fen, since time.Time, ok bool) {
	day, _ := Day.Bounds(now, beijing)
	if s.MaxDayFen == 0 || s.Amount == 0 || s.ReadAt.IsZero() || !s.DayAt.Equal(day) {
		return 0, time.Time{}, false
	}
	return max(0, s.MaxDayFen-s.Amount*Fen(max(0, s.Distributed-s.DayStart))), s.DayFrom, true
}

// Low tells that less than a tenth of the stock's coupons is left: early enough to top up a stock that runs for weeks,
// late enough not to be told about every stock that has been used a little.
func (s Stock) Low() bool { return s.MaxCoupons > 0 && s.Left()*10 < s.MaxCoupons }

// stillLow is Low for a stock that was: it takes an eighth to end that, because how fresh WeChat Pay's figures are is not
// documented, and two that differ a little must not be a new alert each time.
func (s Stock) stillLow() bool { return s.MaxCoupons > 0 && s.Left()*8 < s.MaxCoupons }

// EndsWithin is how long before its end people are told about a stock: a new one takes some days to be made and approved.
const EndsWithin = 3 * 24 * time.Hour

// EndsSoon tells that the stock's window ends within three days, and has not ended yet.
func (s Stock) EndsSoon(now time.Time) bool {
	return !s.Ends.IsZero() && now.Before(s.Ends) && s.Ends.Sub(now) <= EndsWithin
}

// Off tells that the stock gives out nothing although its window says so: paused, stopped, or not activated in time.
func (s Stock) Off(now time.Time) bool {
	return s.Status != "" && s.Status != "running" && !now.Before(s.Begins) && (s.Ends.IsZero() || now.Before(s.Ends))
}
