package schedules

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyPlan draws a plan in one of the zones whose clocks do the strangest things.
func anyPlan(t *rapid.T) Plan {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	expr := strings.Join([]string{
		pick("minute", "0", "30", "*/15", "7,52", "*/10", "59"),
		pick("hour", "*", "1", "2", "0,23", "*/6", "1-3"),
		pick("date", "*", "*", "1", "29", "31", "1-7"),
		pick("month", "*", "*", "2,12", "3-4", "10,11"),
		pick("weekday", "*", "*", "0", "1-5", "fri,sat"),
	}, " ")
	p, err := Parse(expr, pick("zone", "UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/Berlin",
		"Pacific/Apia", "Asia/Pyongyang", "America/Caracas", "Africa/Cairo", "Antarctica/Troll"), time.UTC, time.Minute)
	if err != nil {
		if fault, ok := errors.AsType[*Fault](err); ok && fault.Code == NeverFires {
			t.Skip(expr)
		}
		t.Fatal(err)
	}
	return p
}

// anyMoment is in the years from 2011 to 2033, or about the last day of a leap year that no zone has in its table.
func anyMoment(t *rapid.T) time.Time {
	leap := time.Date(2040, 12, 29, 0, 0, 0, 0, time.UTC).Unix()
	seconds := rapid.OneOf(rapid.Int64Range(1_300_000_000, 2_000_000_000), rapid.Int64Range(leap, leap+5*86400))
	return time.Unix(seconds.Draw(t, "moment"), 0).UTC()
}

func TestNamesAndInstantsRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, after := anyPlan(t), anyMoment(t)
		slots := p.Next(after, 30)
		if len(slots) != 30 {
			t.Fatalf("%d planned times", len(slots))
		}
		last := Slot{At: after}
		for _, s := range slots {
			if !s.At.After(last.At) || s.Name <= last.Name {
				t.Fatalf("%v after %v", s, last)
			}
			last = s
		}
		if got := p.Between(after, last.At, 30); !slices.Equal(got, slots) {
			t.Fatalf("between: %v\nnext: %v", got, slots)
		}
		middle := slots[rapid.IntRange(0, 28).Draw(t, "middle")]
		if got := p.Next(middle.At, 1)[0]; !slices.Contains(slots, got) || got.At.Equal(middle.At) {
			t.Fatalf("asked again in the middle: %v", got)
		}
	})
}

// The slow way to the same planned times: look at a zone's clock every minute, and run what it shows for the first time
// or has jumped over.
func TestNothingIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, from := anyPlan(t), anyMoment(t).Truncate(time.Minute)
		shown := time.Time{} // the latest wall time the clock has shown
		var want []Slot
		for at := from.Add(-48 * time.Hour); at.Before(from.Add(72 * time.Hour)); at = at.Add(time.Minute) {
			wall := onWall(at, p.Zone)
			if shown.IsZero() {
				shown = wall
			}
			name := ""
			for w := shown.Add(time.Minute); !w.After(wall); w = w.Add(time.Minute) {
				if p.on(w) && p.fields.Hour&(1<<w.Hour()) != 0 && p.fields.Minute&(1<<w.Minute()) != 0 {
					name = w.Format(slotName)
				}
				shown = w
			}
			if name != "" && at.After(from) {
				want = append(want, Slot{Name: name, At: at})
			}
		}
		got := p.Between(from, from.Add(72*time.Hour-time.Minute), 5000)
		if len(got) != len(want) {
			t.Fatalf("%s in %s after %s:\n got %v\nwant %v", p.Cron, p.Zone, from, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%s in %s: %v, want %v", p.Cron, p.Zone, got[i], want[i])
			}
		}
	})
}

// Where clocks do not change, robfig/cron and the walk over the calendar must agree.
func TestAgreesWithRobfigWithoutClockChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, after := anyPlan(t), anyMoment(t)
		p.Zone, p.fields.Location = time.UTC, time.UTC
		theirs := after
		for _, s := range p.Next(after, 20) {
			if theirs = p.fields.Next(theirs); theirs.IsZero() {
				return // it gives up after five years
			}
			if !theirs.Equal(s.At) {
				t.Fatalf("%s: %v, robfig/cron says %s", p.Cron, s, theirs)
			}
		}
	})
}
