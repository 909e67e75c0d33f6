package schedules

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWindowsThatAreTaken(t *testing.T) {
	for _, tt := range []struct{ sentence, text, want string }{
		{"nothing is always", " ", ""},
		{"all day every day is always", "00:00-24:00", ""},
		{"always, in a word", "daily", ""},
		{"hours", "09:00-21:00", "09:00-21:00"},
		{"hours without the zero", "9:00 - 21:30", "09:00-21:30"},
		{"over midnight", "21:00-06:00", "21:00-06:00"},
		{"up to midnight, both ways to write it", "21:00-00:00", "21:00-24:00"},
		{"the sentence of the manual", "between 09:00 and 21:00, not on weekends", "09:00-21:00 weekdays"},
		{"another sentence", "from 9:00 to 21:00 on Mondays and Wednesdays", "09:00-21:00 mon,wed"},
		{"days first", "weekdays 09:00-17:00", "09:00-17:00 weekdays"},
		{"days alone are whole days", "weekends", "weekends"},
		{"a range of days", "Mon-Fri, 09:00 until 17:00", "09:00-17:00 weekdays"},
		{"a range of days over Sunday", "fri to mon", "mon,fri,sat,sun"},
		{"days less one", "mon-fri except wed", "mon,tue,thu,fri"},
		{"everything less two", "not tues, thurs", "mon,wed,fri,sat,sun"},
		{"Chinese, full-width", "０９：００～２１：００　工作日", "09:00-21:00 weekdays"},
		{"Chinese hours and days", "9:00至21:00 周一至周五", "09:00-21:00 weekdays"},
		{"a Chinese range in short", "周一到五 9:00到21:00", "09:00-21:00 weekdays"},
		{"a Chinese list", "星期二、星期四", "tue,thu"},
		{"a Chinese list in short", "周一三五", "mon,wed,fri"},
		{"Chinese weekends", "礼拜六和星期天", "weekends"},
		{"Chinese, less the weekend", "在09:00和21:00之间，除周末外", "09:00-21:00 weekdays"},
		{"Chinese, without a day", "每天 10:00-20:00，不含周日", "10:00-20:00 mon,tue,wed,thu,fri,sat"},
	} {
		w, err := ParseWindow(tt.text)
		if err != nil || w.String() != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.sentence, w, err, tt.want)
		}
	}
}

func TestWindowsThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ sentence, text, fault string }{
		{"one end only", "09:00", "09:00"},
		{"a beginning without an end", "09:00-", "09:00-"},
		{"two times and nothing between them", "09:00 21:00", "21:00"},
		{"three times", "09:00-12:00-15:00", "-15:00"},
		{"two stretches", "09:00-12:00, 14:00-18:00", "14:00-18:00"},
		{"an empty stretch", "09:00-09:00", "09:00-09:00"},
		{"an hour that is none", "09:00-25:00", "25:00"},
		{"a minute that is none", "09:60-21:00", "09:60-21:00"},
		{"beginning at the day's end", "24:00-06:00", "24:00-06:00"},
		{"half past nine in the evening, by half", "9:00pm-10:00pm", "pm-10:00pm"},
		{"no day is left", "weekends, not sat-sun", "weekends, not sat-sun"},
		{"a range of more than days", "weekdays-sun", "-sun"},
		{"from a time to a day", "09:00-fri", "fri"},
		{"from a day to a time", "fri-09:00", "09:00"},
		{"a range that goes on", "mon-wed-fri", "-fri"},
		{"not what", "09:00-21:00 not", "09:00-21:00 not"},
		{"not not", "not not sat", "not sat"},
		{"words of neither language", "heures de bureau", "heures de bureau"},
		{"fillers alone", "between and", "between and"},
		{"three days are no weekdays", "09:00-21:00 三天", "三天"},
		{"holidays are not known", "weekdays, not holidays", "holidays"},
	} {
		w, err := ParseWindow(tt.text)
		if fault, ok := errors.AsType[*Fault](err); !ok || fault.Code != BadWindow || fault.Text != tt.fault {
			t.Errorf("%s: %q, %v, want %q", tt.sentence, w, err, tt.fault)
		}
	}
}

func TestWhenWindowsOpenAndClose(t *testing.T) {
	for _, tt := range []struct {
		sentence, window, zone, t string
		opens, closes             string
	}{
		{"always is now, and never over", "", "Asia/Shanghai", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z", ""},
		{"before it opens", "09:00-21:00", "Asia/Shanghai", "2026-03-10T00:59:59Z", "2026-03-10T01:00:00Z", "2026-03-10T13:00:00Z"},
		{"as it opens", "09:00-21:00", "Asia/Shanghai", "2026-03-10T01:00:00Z", "2026-03-10T01:00:00Z", "2026-03-10T13:00:00Z"},
		{"just before it closes", "09:00-21:00", "Asia/Shanghai", "2026-03-10T12:59:59.5Z", "2026-03-10T12:59:59.5Z", "2026-03-10T13:00:00Z"},
		{"as it closes it is closed", "09:00-21:00", "Asia/Shanghai", "2026-03-10T13:00:00Z", "2026-03-11T01:00:00Z", "2026-03-11T13:00:00Z"},
		{"Friday evening waits for Monday", "09:00-21:00 weekdays", "Asia/Shanghai", "2026-03-13T13:30:00Z", "2026-03-16T01:00:00Z", "2026-03-16T13:00:00Z"},
		{"whole days go on through the nights between them", "weekdays", "Asia/Shanghai", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z", "2026-03-13T16:00:00Z"},
		{"whole days over Sunday", "fri-mon", "UTC", "2026-03-12T12:00:00Z", "2026-03-13T00:00:00Z", "2026-03-17T00:00:00Z"},
		{"six days of seven", "not wed", "UTC", "2026-03-12T00:00:00Z", "2026-03-12T00:00:00Z", "2026-03-18T00:00:00Z"},
		{"over midnight, before it", "21:00-06:00", "UTC", "2026-03-10T22:00:00Z", "2026-03-10T22:00:00Z", "2026-03-11T06:00:00Z"},
		{"over midnight, behind it", "21:00-06:00", "UTC", "2026-03-11T05:59:00Z", "2026-03-11T05:59:00Z", "2026-03-11T06:00:00Z"},
		{"Friday's night lasts into Saturday", "21:00-06:00 fri", "UTC", "2026-03-14T05:00:00Z", "2026-03-14T05:00:00Z", "2026-03-14T06:00:00Z"},
		{"Sunday's night is not Monday's", "21:00-06:00 weekdays", "UTC", "2026-03-16T05:00:00Z", "2026-03-16T21:00:00Z", "2026-03-17T06:00:00Z"},
		{"one that begins in a gap opens behind it", "02:30-05:00", "America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z"},
		{"one that ends in a gap closes there", "01:00-02:30", "America/New_York", "2026-03-08T06:30:00Z", "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"},
		{"one that a gap swallows is left out", "02:00-03:00", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T06:00:00Z", "2026-03-09T07:00:00Z"},
		{"over a repeated hour it is longer", "01:00-02:00", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"},
		{"within a repeated hour it opens once", "01:00-01:30", "America/New_York", "2026-11-01T06:10:00Z", "2026-11-02T06:00:00Z", "2026-11-02T06:30:00Z"},
		{"Lord Howe's half hour", "02:15-04:00", "Australia/Lord_Howe", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T17:00:00Z"},
		{"a night with a change in it", "21:00-06:00", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"},
		{"the Friday that Samoa left out", "09:00-21:00 fri", "Pacific/Apia", "2011-12-29T00:00:00Z", "2012-01-05T19:00:00Z", "2012-01-06T07:00:00Z"},
		{"Thursday and Saturday of that week were neighbours", "thu,sat", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-29T12:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		w, err := ParseWindow(tt.window)
		if err != nil {
			t.Fatalf("%s: %v", tt.sentence, err)
		}
		opens, closes := w.Opens(at(t, tt.t), zone(t, tt.zone)), w.Closes(at(t, tt.t), zone(t, tt.zone))
		if !opens.Equal(at(t, tt.opens)) {
			t.Errorf("%s: opens %s, want %s", tt.sentence, opens, tt.opens)
		}
		if never := tt.closes == ""; closes.IsZero() != never || !never && !closes.Equal(at(t, tt.closes)) {
			t.Errorf("%s: closes %s, want %s", tt.sentence, closes, tt.closes)
		}
	}
}

// Between opening and closing a window is open, at its closing it is not, whatever the clocks do.
func TestOpenUntilClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, when := anyPlan(t), anyMoment(t)
		w := Window{From: rapid.IntRange(0, wholeDay-1).Draw(t, "from"), To: rapid.IntRange(1, wholeDay).Draw(t, "to"),
			Days: Weekdays(rapid.IntRange(1, 127).Draw(t, "days"))}
		if w.From == w.To || w.Always() {
			t.Skip("no window")
		}
		opens, closes := w.Opens(when, p.Zone), w.Closes(when, p.Zone)
		if opens.Before(when) || !closes.After(opens) || closes.Sub(when) > 16*24*time.Hour {
			t.Fatalf("%v at %s: from %s to %s", w, when, opens, closes)
		}
		within := opens.Add(time.Duration(rapid.Int64Range(0, int64(closes.Sub(opens))-1).Draw(t, "within")))
		if got := w.Opens(within, p.Zone); !got.Equal(within) {
			t.Fatalf("%v opened at %s, and at %s it opens at %s", w, opens, within, got)
		}
		if got := w.Opens(closes, p.Zone); !got.After(closes) {
			t.Fatalf("%v closed at %s, and is open", w, closes)
		}
	})
}

func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{"09:00-21:00", "between 09:00 and 21:00, not on weekends", "周一至五 9:00～21:00", "除周末外", "fri-mon",
		"21:00-00:00 wed", "not mon-fri", "-", "每天", "24:00-24:00", "周末末"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWindow(text)
		if err != nil {
			if fault, ok := errors.AsType[*Fault](err); !ok || fault.Code != BadWindow {
				t.Fatalf("%q: %v is no fault", text, err)
			}
			return
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w {
			t.Fatalf("%q was read as %q, and that as %q: %v", text, w, again, err)
		}
		when := time.Date(2026, 3, 8, 6, 30, 0, 0, time.UTC)
		if opens := w.Opens(when, time.UTC); opens.Before(when) || opens.Sub(when) > 8*24*time.Hour {
			t.Fatalf("%q opens at %s", text, opens)
		}
	})
}
