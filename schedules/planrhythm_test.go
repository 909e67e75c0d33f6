package schedules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatWordsCanSay(t *testing.T) {
	for _, tt := range []struct {
		sentence, expr string
		want           Rhythm
	}{
		{"every quarter", "*/15 * * * *", Rhythm{Kind: EveryMinutes, Every: 15}},
		{"every minute", "* * * * *", Rhythm{Kind: EveryMinutes, Every: 1}},
		{"the same quarters, counted out", "0,15,30,45 0-23 * 1-12 *", Rhythm{Kind: EveryMinutes, Every: 15}},
		{"quarters that do not begin with the hour", "5/15 * * * *", Rhythm{Kind: Hourly, Times: []string{"00:05", "00:20", "00:35", "00:50"}}},
		{"a step that does not divide the hour", "*/25 * * * *", Rhythm{Kind: Hourly, Times: []string{"00:00", "00:25", "00:50"}}},
		{"hourly", "@hourly", Rhythm{Kind: Hourly, Times: []string{"00:00"}}},
		{"too many minutes of an hour", "1,2,3,4,5,6,7 * * * *", Rhythm{Kind: Other}},
		{"daily, rising whatever the order", "30 18,9 * * *", Rhythm{Kind: Daily, Times: []string{"09:30", "18:30"}}},
		{"a word", "@midnight", Rhythm{Kind: Daily, Times: []string{"00:00"}}},
		{"too many times of a day", "0 8-17 * * *", Rhythm{Kind: Other}},
		{"every day of the week is every day", "0 9 * * 0-6", Rhythm{Kind: Daily, Times: []string{"09:00"}}},
		{"weekly, Sunday last", "30 10 * * sun,mon", Rhythm{Kind: Weekly, Times: []string{"10:30"}, Days: []time.Weekday{time.Monday, time.Sunday}}},
		{"hourly on one weekday is too much to say", "0 * * * 1", Rhythm{Kind: Other}},
		{"monthly", "0 9 1,15 * *", Rhythm{Kind: Monthly, Times: []string{"09:00"}, Dates: []int{1, 15}}},
		{"too many dates", "0 9 1-11 * *", Rhythm{Kind: Other}},
		{"yearly", "@yearly", Rhythm{Kind: Other}},
		{"date or weekday", "0 9 1 * 1", Rhythm{Kind: Other}},
	} {
		if diff := cmp.Diff(tt.want, plan(t, tt.expr, "").Rhythm()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.sentence, diff)
		}
	}
}
