package schedules

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatBecomesOfMissedTimes(t *testing.T) {
	const (
		hourly  = "0 * * * *"
		quarter = "*/15 * * * *"
		daily   = "0 9 * * *"
	)
	for _, tt := range []struct {
		sentence, expr string
		policy         Policy
		last, now      string // of 10 March
		run, ask       string
		skipped        []string
	}{
		{"nothing has come", hourly, MissedOnce, "09:00:00", "09:59:59", "", "", nil},
		{"the clock was set back", hourly, MissedOnce, "09:00:00", "08:00:00", "", "", nil},
		{"it is time, to the second", hourly, MissedSkip, "09:00:00", "10:00:00", "10:00", "", nil},
		{"a minute late is still due", hourly, MissedSkip, "09:00:00", "10:01:00", "10:00", "", nil},
		{"a second more is missed: skip", hourly, MissedSkip, "09:00:00", "10:01:01", "", "", []string{"10:00"}},
		{"a second more is missed: once", hourly, MissedOnce, "09:00:00", "10:01:01", "10:00", "", nil},
		{"a second more is missed: ask", hourly, MissedAsk, "09:00:00", "10:01:01", "", "10:00", nil},
		{"once, to the end of the grace", hourly, MissedOnce, "09:00:00", "10:30:00", "10:00", "", nil},
		{"once, behind the grace", hourly, MissedOnce, "09:00:00", "10:30:01", "", "", []string{"10:00"}},
		{"ask, behind the grace: people may know better", hourly, MissedAsk, "09:00:00", "10:59:00", "", "10:00", nil},
		{"several missed: skip", hourly, MissedSkip, "09:00:00", "12:20:00", "", "", []string{"10:00", "11:00", "12:00"}},
		{"several missed: once runs the newest", hourly, MissedOnce, "09:00:00", "12:20:00", "12:00", "", []string{"10:00", "11:00"}},
		{"several missed: none within the grace", hourly, MissedOnce, "09:00:00", "12:40:00", "", "", []string{"10:00", "11:00", "12:00"}},
		{"several missed: ask about the newest", hourly, MissedAsk, "09:00:00", "12:40:00", "", "12:00", []string{"10:00", "11:00"}},
		{"several within the grace: once is once", quarter, MissedOnce, "09:00:00", "09:42:00", "09:30", "", []string{"09:15"}},
		{"one is due and one was missed: skip", quarter, MissedSkip, "09:00:00", "09:30:10", "09:30", "", []string{"09:15"}},
		{"one is due and one was missed: once is once", quarter, MissedOnce, "09:00:00", "09:30:10", "09:30", "", []string{"09:15"}},
		{"one is due and others were missed: ask about the newest of those", quarter, MissedAsk, "09:00:00", "09:45:10", "09:45", "09:30", []string{"09:15"}},
		{"two are due: the later one waits for the next call", "* * * * *", MissedSkip, "08:59:00", "09:01:00", "09:00", "", nil},
		{"down over the only time of the day", daily, MissedAsk, "08:00:00", "23:00:00", "", "09:00", nil},
		{"up before the only time of the day", daily, MissedAsk, "08:00:00", "08:59:59", "", "", nil},
		{"never handled, never saved: only what is due", hourly, MissedAsk, "", "10:00:30", "10:00", "", nil},
		{"never handled, never saved: nothing was missed", hourly, MissedAsk, "", "10:02:00", "", "", nil},
	} {
		clock := func(text string) time.Time { return at(t, "2026-03-10T"+text+"Z") }
		last := Slot{}
		if tt.last != "" {
			last.At = clock(tt.last)
		}
		v := plan(t, tt.expr, "UTC").Missed(tt.policy, last, clock(tt.now), 30*time.Minute)
		var skipped []string
		for i := range v.Skipped {
			skipped = append(skipped, shown(&v.Skipped[i]))
		}
		if shown(v.Run) != tt.run || shown(v.Ask) != tt.ask || !slices.Equal(skipped, tt.skipped) || v.Older != 0 {
			t.Errorf("%s: run %q, ask %q, skipped %v and %d older", tt.sentence, shown(v.Run), shown(v.Ask), skipped, v.Older)
		}
	}
}

// shown is the time of a slot; "" for none.
func shown(s *Slot) string {
	if s == nil {
		return ""
	}
	return s.Name[len("2026-03-10T"):]
}

// Years away cost no years of memory: the newest are told one by one, the others counted.
func TestOutagesOfEveryLength(t *testing.T) {
	p, last := plan(t, "*/15 * * * *", "UTC"), Slot{At: at(t, "2016-03-10T09:00:00Z")}
	for _, days := range []int{1, 10, 11, 365, 3650} {
		now := last.At.AddDate(0, 0, days).Add(5 * time.Minute)
		v := p.Missed(MissedOnce, last, now, 30*time.Minute)
		if v.Run == nil || !v.Run.At.Equal(now.Add(-5*time.Minute)) {
			t.Errorf("after %d days %v runs", days, v.Run)
		}
		if got := 1 + len(v.Skipped) + v.Older; got != days*96 || len(v.Skipped) > mostSkipped+2 {
			t.Errorf("after %d days %d times came, %d of them listed", days, got, len(v.Skipped))
		}
	}
}

// Over outages of any length every planned time is run, asked about or skipped, and none of that twice.
func TestEveryTimeIsJudgedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, start := anyPlan(t), anyMoment(t)
		policy := rapid.SampledFrom([]Policy{MissedSkip, MissedOnce, MissedAsk}).Draw(t, "policy")
		last, now := Slot{At: start}, start
		var judged []Slot
		for range rapid.IntRange(1, 30).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{5, 40, 70, 900, 4000, 90_000}).Draw(t, "seconds away")) * time.Second)
			v := p.Missed(policy, last, now, 30*time.Minute)
			come := v.Skipped
			for _, s := range []*Slot{v.Ask, v.Run} { // in the order they came
				if s != nil {
					come = append(come, *s)
				}
			}
			if v.Run != nil && policy != MissedOnce && now.Sub(v.Run.At) > time.Minute || v.Ask != nil && policy != MissedAsk {
				t.Fatalf("%s at %s: %+v", policy, now, v)
			}
			if len(come) > 0 {
				last = come[len(come)-1]
			}
			judged = append(judged, come...)
		}
		if want := p.Between(start, last.At, 100_000); !slices.Equal(judged, want) {
			t.Fatalf("judged %v\nplanned %v", judged, want)
		}
	})
}
