package schedules

import (
	"testing"
	"time"
)

func TestAPlannerSaysWhenHoursBegin(t *testing.T) {
	p := Planner{Zone: time.FixedZone("Shanghai", 8*3600)}
	at := time.Date(2026, 3, 13, 21, 30, 0, 0, p.Zone) // a Friday
	for hours, want := range map[string]time.Time{
		"":                     at,
		"09:00-22:00":          at,
		"09:00-21:00":          time.Date(2026, 3, 14, 9, 0, 0, 0, p.Zone),
		"09:00-21:00 weekdays": time.Date(2026, 3, 16, 9, 0, 0, 0, p.Zone),
	} {
		if got, err := p.Opens(hours, at); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %s, %v", hours, got, err)
		}
	}
	if _, err := p.Opens("at night", at); err == nil {
		t.Error("hours that are none have a beginning")
	}
}
