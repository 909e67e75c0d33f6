package schedules

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExpressionsThatAreTaken(t *testing.T) {
	for _, tt := range []struct {
		sentence, expr, zone string
		atLeast              time.Duration
		cron, place          string
		or                   bool
	}{
		{"five fields in the default zone", "0 9 * * 1-5", "", 0, "0 9 * * 1-5", "Asia/Shanghai", false},
		{"full-width, from a Chinese keyboard", "０　９　＊　＊　１，５", "", 0, "0 9 * * 1,5", "Asia/Shanghai", false},
		{"a Chinese enumeration comma and a long dash", "0 9、18 * * 1–5", "", 0, "0 9,18 * * 1-5", "Asia/Shanghai", false},
		{"something invisible was pasted too", "\u200b0 9 * * *\ufeff", "", 0, "0 9 * * *", "Asia/Shanghai", false},
		{"names in capitals", "0 9 * JAN Mon-FRI", "", 0, "0 9 * jan mon-fri", "Asia/Shanghai", false},
		{"question marks of other crons", "0 9 ? * ?", "", 0, "0 9 ? * ?", "Asia/Shanghai", false},
		{"a zone before it", "CRON_TZ=Asia/Tokyo 0 9 * * *", "", 0, "0 9 * * *", "Asia/Tokyo", false},
		{"a zone before it, the short way and without capitals", "tz=asia/tokyo @daily", "", 0, "@daily", "Asia/Tokyo", false},
		{"a zone beside it", "0 9 * * *", "Europe/Berlin", 0, "0 9 * * *", "Europe/Berlin", false},
		{"the same zone twice", "TZ=Asia/Tokyo 0 9 * * *", " asia/tokyo ", 0, "0 9 * * *", "Asia/Tokyo", false},
		{"a zone with a space in it", "0 9 * * *", "America/New York", 0, "0 9 * * *", "America/New_York", false},
		{"every word of cron", "@Annually", "", 0, "@annually", "Asia/Shanghai", false},
		{"day of month or day of week", "0 9 1 * 1", "", 0, "0 9 1 * 1", "Asia/Shanghai", true},
		{"every second day is a restriction", "0 9 */2 * 1", "", 0, "0 9 */2 * 1", "Asia/Shanghai", true},
		{"every day is none", "0 9 */1 * 1", "", 0, "0 9 */1 * 1", "Asia/Shanghai", false},
		{"leap days only", "0 9 29 2 *", "", 0, "0 9 29 2 *", "Asia/Shanghai", false},
		{"30 February or a Monday of February", "0 9 30 2 1", "", 0, "0 9 30 2 1", "Asia/Shanghai", true},
		{"every quarter is no oftener than a quarter", "*/15 * * * *", "", 15 * time.Minute, "*/15 * * * *", "Asia/Shanghai", false},
		{"hourly, although a clock change may bring two runs closer, once", "5 * * * *", "America/New_York", time.Hour, "5 * * * *", "America/New_York", false},
		{"late and early, but on one day a week", "50 0,23 * * 1", "", 2 * time.Hour, "50 0,23 * * 1", "Asia/Shanghai", false},
		{"even dates never follow one another", "0 9 2-30/2 * *", "", 48 * time.Hour, "0 9 2-30/2 * *", "Asia/Shanghai", false},
	} {
		p, err := Parse(tt.expr, tt.zone, zone(t, "Asia/Shanghai"), tt.atLeast)
		if err != nil || p.Cron != tt.cron || p.Zone.String() != tt.place || p.Or != tt.or {
			t.Errorf("%s: %q in %v, or %v, %v", tt.sentence, p.Cron, p.Zone, p.Or, err)
		}
	}
}

func TestExpressionsThatAreRefused(t *testing.T) {
	field := func(text string, of Field, why Why, least, most int) Fault {
		return Fault{Code: WrongField, Text: text, Field: of, Why: why, Least: least, Most: most}
	}
	often := func(expr, earlier, later string, apart, atLeast time.Duration) Fault {
		return Fault{Code: TooOften, Text: expr, Earlier: earlier, Later: later, Apart: apart, AtLeast: atLeast}
	}
	const quarter = 15 * time.Minute
	for _, tt := range []struct {
		sentence, expr, zone string
		atLeast              time.Duration
		want                 Fault
	}{
		{"nothing", " \u3000 ", "", 0, Fault{Code: Empty}},
		{"a zone and nothing else", "CRON_TZ=UTC", "", 0, Fault{Code: Empty}},
		{"every process would have times of its own", "@every 1h", "", 0, Fault{Code: EveryNotAllowed, Text: "@every 1h"}},
		{"the same in full-width capitals", "＠EVERY　1h", "", 0, Fault{Code: EveryNotAllowed, Text: "@every 1h"}},
		{"a word that cron does not have", "@fortnightly", "", 0, Fault{Code: UnknownWord, Text: "@fortnightly"}},
		{"a word and more", "@daily 9", "", 0, Fault{Code: UnknownWord, Text: "@daily 9"}},
		{"seconds", "0 0 9 * * *", "", 0, Fault{Code: HasSeconds, Text: "0 0 9 * * *"}},
		{"four fields", "0 9 * *", "", 0, Fault{Code: FieldCount, Text: "0 9 * *", Count: 4}},
		{"a second zone is no field", "TZ=UTC TZ=UTC", "", 0, Fault{Code: FieldCount, Text: "tz=utc", Count: 1}},
		{"minute 60", "60 9 * * *", "", 0, field("60", Minute, OutOfRange, 0, 59)},
		{"hour 24, in a list", "0 9,24 * * *", "", 0, field("24", Hour, OutOfRange, 0, 23)},
		{"date 0", "0 9 0 * *", "", 0, field("0", Date, OutOfRange, 1, 31)},
		{"a number longer than numbers", "0 9 99999999999999999999 * *", "", 0, field("99999999999999999999", Date, OutOfRange, 1, 31)},
		{"a month that is none", "0 9 * foo *", "", 0, field("foo", Month, Unreadable, 1, 12)},
		{"Sunday is 0, not 7", "0 9 * * 1-7", "", 0, field("1-7", Weekday, OutOfRange, 0, 6)},
		{"a name in the wrong field", "0 mon * * *", "", 0, field("mon", Hour, Unreadable, 0, 23)},
		{"a range that runs backwards", "0 17-9 * * *", "", 0, field("17-9", Hour, Backwards, 0, 23)},
		{"names that run backwards", "0 9 * * fri-mon", "", 0, field("fri-mon", Weekday, Backwards, 0, 6)},
		{"a step of nothing", "*/0 * * * *", "", 0, field("*/0", Minute, NoStep, 0, 59)},
		{"a negative number", "-5 * * * *", "", 0, field("-5", Minute, Unreadable, 0, 59)},
		{"a comma alone, which robfig/cron takes for never", ", 9 * * *", "", 0, field("", Minute, Unreadable, 0, 59)},
		{"*-5, which robfig/cron takes for *", "*-5 9 * * *", "", 0, field("*-5", Minute, Unreadable, 0, 59)},
		{"Quartz's last day", "0 9 L * *", "", 0, field("l", Date, Unreadable, 1, 31)},
		{"30 February", "0 9 30 2 *", "", 0, Fault{Code: NeverFires, Text: "0 9 30 2 *"}},
		{"the 31st of months that have none", "0 9 31 2,4,6,9,11 *", "", 0, Fault{Code: NeverFires, Text: "0 9 31 2,4,6,9,11 *"}},
		{"a zone with a slip in it", "0 9 * * *", "Asia/Shangai", 0, Fault{Code: UnknownZone, Text: "Asia/Shangai", Nearest: "Asia/Shanghai"}},
		{"a city without its continent", "0 9 * * *", "new york", 0, Fault{Code: UnknownZone, Text: "new york", Nearest: "America/New_York"}},
		{"a city of another continent", "CRON_TZ=Asia/Berlin 0 9 * * *", "", 0, Fault{Code: UnknownZone, Text: "Asia/Berlin", Nearest: "Europe/Berlin"}},
		{"Beijing keeps the time of Shanghai", "0 9 * * *", "Asia/Beijing", 0, Fault{Code: UnknownZone, Text: "Asia/Beijing", Nearest: "Asia/Shanghai"}},
		{"Beijing in Chinese", "0 9 * * *", "北京", 0, Fault{Code: UnknownZone, Text: "北京", Nearest: "Asia/Shanghai"}},
		{"an offset has nothing near: Etc/GMT+8 means the opposite", "0 9 * * *", "UTC+8", 0, Fault{Code: UnknownZone, Text: "UTC+8"}},
		{"a zone like no other", "0 9 * * *", "Asia/Nowhere", 0, Fault{Code: UnknownZone, Text: "Asia/Nowhere"}},
		{"the machine's own zone is another one elsewhere", "0 9 * * *", "Local", 0, Fault{Code: UnknownZone, Text: "Local"}},
		{"two zones", "CRON_TZ=UTC 0 9 * * *", "Asia/Shanghai", 0, Fault{Code: TwoZones, Text: "UTC", Other: "Asia/Shanghai"}},
		{"every five minutes", "*/5 * * * *", "", quarter, often("*/5 * * * *", "00:00", "00:05", 5*time.Minute, quarter)},
		{"a step that does not divide the hour", "*/25 * * * *", "", quarter, often("*/25 * * * *", "00:50", "01:00", 10*time.Minute, quarter)},
		{"twice within an hour of one day a year", "0,10 9 29 2 *", "", quarter, often("0,10 9 29 2 *", "09:00", "09:10", 10*time.Minute, quarter)},
		{"late and early on days that follow one another", "0,50 0,23 * * 1,2", "", quarter, often("0,50 0,23 * * 1,2", "23:50", "00:00", 10*time.Minute, quarter)},
		{"late on the last of a month and early on the first", "55 0,23 1,31 * *", "", 2 * time.Hour, often("55 0,23 1,31 * *", "23:55", "00:55", time.Hour, 2*time.Hour)},
		{"daily is oftener than every two days", "@daily", "", 48 * time.Hour, often("@daily", "00:00", "00:00", 24*time.Hour, 48*time.Hour)},
	} {
		_, err := Parse(tt.expr, tt.zone, time.UTC, tt.atLeast)
		fault, ok := errors.AsType[*Fault](err)
		if !ok {
			t.Errorf("%s: %v is no fault", tt.sentence, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *fault); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.sentence, diff)
		}
	}
}

// The list of zones is a copy; the zones themselves come with Go.
func TestEveryListedZoneIsThere(t *testing.T) {
	for _, name := range zoneNames {
		if got, err := zoneNamed(name); err != nil || got.String() != name {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, expr := range []string{"0 9 * * *", "@every 1h", "CRON_TZ=UTC */5 * * * *", "０ ９ ＊ ＊ ＊", "0 9 29 2 1", "60 * * * *",
		", * * * *", "*-5/2 ? * jan-mar SUN", "TZ=UTC TZ=UTC * * * *", "@midnight", "5/7 1-2,3 31 2-4/2 0"} {
		f.Add(expr, "Asia/Shanghai")
	}
	f.Add("0 9 * * *", "America/New York")
	f.Fuzz(func(t *testing.T, expr, name string) {
		p, err := Parse(expr, name, time.UTC, 15*time.Minute)
		if err != nil {
			fault, ok := errors.AsType[*Fault](err)
			if !ok || fault.Error() == "" || fault.Code == WrongField && fault.Field == "" {
				t.Fatalf("%q in %q: %#v does not say what is wrong", expr, name, err)
			}
			return
		}
		again, err := Parse(p.Cron, p.Zone.String(), time.UTC, 15*time.Minute)
		if err != nil || again.Cron != p.Cron || again.Or != p.Or {
			t.Fatalf("%q was read as %q, and that as %q: %v", expr, p.Cron, again.Cron, err)
		}
		slots := p.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 3)
		if len(slots) != 3 || !slots[1].At.After(slots[0].At) || !slots[2].At.After(slots[1].At) {
			t.Fatalf("%q: %v", expr, slots)
		}
		p.Rhythm()
	})
}
