package schedules

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func plan(t testing.TB, expr, zone string) Plan {
	t.Helper()
	p, err := Parse(expr, zone, time.UTC, time.Minute)
	if err != nil {
		t.Fatalf("%s in %s: %v", expr, zone, err)
	}
	return p
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when.UTC()
}

// lines write planned times as "wall = instant".
func lines(slots []Slot) []string {
	var out []string
	for _, s := range slots {
		out = append(out, s.Name+" = "+s.At.Format("01-02T15:04Z"))
	}
	return out
}

func TestPlannedTimesAcrossClockChanges(t *testing.T) {
	for _, tt := range []struct {
		sentence, expr, zone, after string
		want                        []string
	}{
		{"Shanghai changes nothing", "30 2 * * *", "Asia/Shanghai", "2026-03-07T00:00:00Z",
			[]string{"2026-03-08T02:30 = 03-07T18:30Z", "2026-03-09T02:30 = 03-08T18:30Z"}},
		{"Shanghai did change its clocks in 1991", "30 2 * * *", "Asia/Shanghai", "1991-04-13T00:00:00Z",
			[]string{"1991-04-14T02:30 = 04-13T18:00Z", "1991-04-15T02:30 = 04-14T17:30Z"}},
		{"what New York's spring skips runs when the gap is over", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T02:30 = 03-08T07:00Z", "2026-03-09T02:30 = 03-09T06:30Z"}},
		{"what New York's autumn repeats runs the first time only", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T01:30 = 11-01T05:30Z", "2026-11-02T01:30 = 11-02T06:30Z"}},
		{"the second 01:30 is behind the planned time of that name", "30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z",
			[]string{"2026-11-02T01:30 = 11-02T06:30Z"}},
		{"quarters over the gap: those inside it fall on its end, where one is already", "*/15 * * * *", "America/New_York", "2026-03-08T06:30:00Z",
			[]string{"2026-03-08T01:45 = 03-08T06:45Z", "2026-03-08T03:00 = 03-08T07:00Z", "2026-03-08T03:15 = 03-08T07:15Z"}},
		{"quarters over the repeated hour: none comes twice", "*/15 * * * *", "America/New_York", "2026-11-01T05:30:00Z",
			[]string{"2026-11-01T01:45 = 11-01T05:45Z", "2026-11-01T02:00 = 11-01T07:00Z", "2026-11-01T02:15 = 11-01T07:15Z"}},
		{"within the second of two hours the next one is behind it", "*/15 * * * *", "America/New_York", "2026-11-01T06:20:00Z",
			[]string{"2026-11-01T02:00 = 11-01T07:00Z"}},
		{"hourly over the gap", "5 * * * *", "America/New_York", "2026-03-08T06:00:00Z",
			[]string{"2026-03-08T01:05 = 03-08T06:05Z", "2026-03-08T02:05 = 03-08T07:00Z", "2026-03-08T03:05 = 03-08T07:05Z"}},
		{"hourly over the repeated hour", "@hourly", "America/New_York", "2026-11-01T03:30:00Z",
			[]string{"2026-11-01T00:00 = 11-01T04:00Z", "2026-11-01T01:00 = 11-01T05:00Z", "2026-11-01T02:00 = 11-01T07:00Z"}},
		{"two of one gap run once, under the later name", "0,30 2 * * *", "America/New_York", "2026-03-08T00:00:00Z",
			[]string{"2026-03-08T02:30 = 03-08T07:00Z", "2026-03-09T02:00 = 03-09T06:00Z"}},
		{"Lord Howe skips half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-04T02:15 = 10-03T15:30Z", "2026-10-05T02:15 = 10-04T15:15Z"}},
		{"quarters over Lord Howe's gap", "*/15 * * * *", "Australia/Lord_Howe", "2026-10-03T15:00:00Z",
			[]string{"2026-10-04T01:45 = 10-03T15:15Z", "2026-10-04T02:30 = 10-03T15:30Z", "2026-10-04T02:45 = 10-03T15:45Z"}},
		{"Lord Howe repeats half an hour", "*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:30:00Z",
			[]string{"2026-04-05T01:45 = 04-04T14:45Z", "2026-04-05T02:00 = 04-04T15:30Z"}},
		{"Berlin's spring", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T02:30 = 03-29T01:00Z", "2026-03-30T02:30 = 03-30T00:30Z"}},
		{"Berlin's autumn", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T02:30 = 10-25T00:30Z", "2026-10-26T02:30 = 10-26T01:30Z"}},
		{"Samoa left out a Friday, and what was planned for it runs as Saturday begins", "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z",
			[]string{"2011-12-29T12:00 = 12-29T22:00Z", "2011-12-30T12:00 = 12-30T10:00Z", "2011-12-31T12:00 = 12-30T22:00Z"}},
		{"Samoa's Friday midnight is Saturday's", "@midnight", "Pacific/Apia", "2011-12-29T00:00:00Z",
			[]string{"2011-12-29T00:00 = 12-29T10:00Z", "2011-12-31T00:00 = 12-30T10:00Z", "2012-01-01T00:00 = 12-31T10:00Z"}},
		{"Pyongyang put its clocks forward for good", "45 23 * * *", "Asia/Pyongyang", "2018-05-03T00:00:00Z",
			[]string{"2018-05-03T23:45 = 05-03T15:15Z", "2018-05-04T23:45 = 05-04T15:00Z", "2018-05-05T23:45 = 05-05T14:45Z"}},
		{"Pyongyang put its clocks back at midnight: 23:45 came twice", "45 23 * * *", "Asia/Pyongyang", "2015-08-14T00:00:00Z",
			[]string{"2015-08-14T23:45 = 08-14T14:45Z", "2015-08-15T23:45 = 08-15T15:15Z"}},
		{"a midnight that is not there: Beirut's spring", "@daily", "Asia/Beirut", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T00:00 = 03-28T22:00Z", "2026-03-30T00:00 = 03-29T21:00Z"}},
		{"a leap day is found over the eight years around 2100", "0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z",
			[]string{"2104-02-29T00:00 = 02-29T00:00Z"}},
		{"a leap day or a Monday of February", "0 9 29 2 1", "UTC", "2028-02-22T00:00:00Z",
			[]string{"2028-02-28T09:00 = 02-28T09:00Z", "2028-02-29T09:00 = 02-29T09:00Z", "2029-02-05T09:00 = 02-05T09:00Z"}},
		{"the last day of a leap year, in a zone that goes by a rule", "0 */12 31 * *", "America/New_York", "2040-12-30T00:00:00Z",
			[]string{"2040-12-31T00:00 = 12-31T05:00Z", "2040-12-31T12:00 = 12-31T17:00Z", "2041-01-31T00:00 = 01-31T05:00Z"}},
		{"the same as soon as the rule is all that is known", "0 */12 31 * *", "Europe/Berlin", "2028-12-30T00:00:00Z",
			[]string{"2028-12-31T00:00 = 12-30T23:00Z", "2028-12-31T12:00 = 12-31T11:00Z", "2029-01-31T00:00 = 01-30T23:00Z"}},
		{"a 31st is left out of shorter months", "0 9 31 * *", "UTC", "2026-03-31T09:00:00Z",
			[]string{"2026-05-31T09:00 = 05-31T09:00Z", "2026-07-31T09:00 = 07-31T09:00Z"}},
		{"seconds after a planned time it is over", "0 9 * * *", "UTC", "2026-03-10T09:00:00.000000001Z",
			[]string{"2026-03-11T09:00 = 03-11T09:00Z"}},
	} {
		got := lines(plan(t, tt.expr, tt.zone).Next(at(t, tt.after), len(tt.want)))
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.sentence, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
	}
}

func TestBetweenKeepsTheNewest(t *testing.T) {
	p := plan(t, "0 9 * * *", "UTC")
	from, to := at(t, "2026-03-01T09:00:00Z"), at(t, "2026-03-05T09:00:00Z")
	for _, tt := range []struct {
		sentence string
		from     time.Time
		most     int
		want     []string
	}{
		{"the first is outside, the last inside", from, 10, []string{"2026-03-02T09:00", "2026-03-03T09:00", "2026-03-04T09:00", "2026-03-05T09:00"}},
		{"the newest are kept", from, 2, []string{"2026-03-04T09:00", "2026-03-05T09:00"}},
		{"from the beginning of time", time.Time{}, 1, []string{"2026-03-05T09:00"}},
		{"nothing is between a moment and itself", to, 10, nil},
		{"nothing is between a moment and an earlier one", to.AddDate(1, 0, 0), 10, nil},
	} {
		var got []string
		for _, s := range p.Between(tt.from, to, tt.most) {
			got = append(got, s.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.sentence, got, tt.want)
		}
	}
	if got := p.Next(from, 0); got != nil {
		t.Errorf("no times were asked for, %v came", got)
	}
}
