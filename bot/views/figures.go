package views

import (
	"maps"
	"slices"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// figureLines are what a dry run counted: who gets a coupon, who does not and why, and what it comes to.
func figureLines(f store.Figures) []phrase {
	lines := []phrase{{"figures.recipients", args{"Count": f.Recipients, "Rows": f.Rows}}}
	lines = append(lines, counted("figures.", count{"duplicates", f.Duplicates}, count{"blocked", f.Blocked}, count{"staff", f.Staff}, count{"had", f.Had},
		count{"over_cap", f.OverCap})...)
	for _, kind := range slices.Sorted(maps.Keys(f.OverLimit)) {
		if n := f.OverLimit[kind]; n > 0 {
			key := known(kind, store.LimitCustomer, store.LimitWeChat)
			if key == "" {
				key = "anything"
			}
			lines = append(lines, phrase{"figures.over." + key, args{"Count": n}})
		}
	}
	lines = append(lines, phrase{"figures.money", args{"Count": f.Recipients, "Money": f.Money}}, stockAfter(f))
	if f.EndsAfter > 0 {
		lines = append(lines, phrase{"figures.takes", args{"Lasts": lasts(f.EndsAfter)}})
	}
	return lines
}

// A count is how many of something, by the key of its words.
type count struct {
	key string
	n   int64
}

// counted are the words about those that there are.
func counted(prefix string, all ...count) (out []phrase) {
	for _, x := range all {
		if x.n > 0 {
			out = append(out, phrase{prefix + x.key, args{"Count": x.n}})
		}
	}
	return out
}

// stockAfter is what a run leaves of its stock.
func stockAfter(f store.Figures) phrase {
	switch {
	case f.StockLeft == store.StockUnknown:
		return phrase{"figures.stock_unknown", nil}
	case f.StockLeft < 0:
		return phrase{"figures.stock_short", args{"Count": -f.StockLeft}}
	}
	return phrase{"figures.stock_left", args{"Count": f.StockLeft}}
}

func tooFew(f store.Figures) bool { return f.StockLeft < 0 && f.StockLeft != store.StockUnknown }

// lasts is how long something takes, in its two largest units and never less than it is.
func lasts(d time.Duration) phrase {
	step := time.Minute
	switch {
	case d <= time.Minute:
		step = time.Second
	case d > 24*time.Hour:
		step = time.Hour
	}
	d = (d + step - 1).Truncate(step)
	if step == time.Minute && d == 24*time.Hour {
		step = time.Hour
	}
	large, small := time.Hour, time.Minute
	if step == time.Hour {
		large, small = 24*time.Hour, time.Hour
	}
	if step == time.Second || d < large || d%large == 0 {
		return phrase{"lasts.whole", args{"A": d}}
	}
	return phrase{"lasts.both", args{"A": d - d%large, "B": d % large / small * small}}
}

// runLines are the figures of a run for those who decide about it: what its dry run counted, and what holds it back on
// its way.
func (c *card) runLines(f store.Figures, run store.Run) {
	lines := append([]phrase{{"figures.head", nil}}, figureLines(f)...)
	if run.Rules.Window != "" {
		lines = append(lines, phrase{"figures.hours", args{"Hours": run.Rules.Window}})
	}
	if run.Test != "" {
		lines = append(lines, phrase{"figures.test", nil})
	}
	if stops := thresholds(run.Rules); len(stops) > 0 {
		lines = append(lines, phrase{"figures.stops", args{"Stops": stops}})
	}
	if run.Slot != "" {
		lines = append(lines, phrase{"figures.planned", args{"Slot": wallTime(run.Slot)}})
	}
	c.sayPhrases(lines...)
}

// thresholds are the failures at which a run pauses itself.
func thresholds(r store.RunRules) (out list) {
	if r.PauseRefused > 0 {
		out = append(out, phrase{"run.stops.refused", args{"Count": r.PauseRefused}})
	}
	if r.PauseShare > 0 {
		out = append(out, phrase{"run.stops.share", args{"Percent": int(r.PauseShare*100 + 0.5), "Least": store.PauseLeast}})
	}
	return out
}

// seriesLines are what those who approve a series bind: when it runs, until when, up to how much, on which customers.
func (c *card) seriesLines(q commands.ScheduleView) {
	lines := []phrase{{"series.head", nil}, c.rhythmLine(q)}
	if q.Timetable.Or {
		lines = append(lines, phrase{"schedule.or", nil})
	}
	c.sayPhrases(append(lines, phrase{"series.until", args{"Until": c.until(q.Schedule)}}, phrase{"series.total", args{"Money": q.Schedule.Total}},
		phrase{"series.audience", args{"Audience": boundAudience(q)}}, phrase{"series.each", nil})...)
	if q.Figures != nil {
		c.sayPhrases(append([]phrase{{"series.cost", nil}}, figureLines(*q.Figures)...)...)
	}
}
