package schedules

import (
	"strings"
	"time"
	"unicode"

	"github.com/robfig/cron/v3"
)

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// Parse reads a cron expression of five fields, or a word such as @daily. Its zone is the one of a CRON_TZ= or TZ=
// before it, or the one given, or else otherwise. Two planned times of the wall clock must lie at least so far apart;
// a clock change may bring two of them closer, once. Errors are *Fault.
func Parse(expr, zone string, otherwise *time.Location, atLeast time.Duration) (Plan, error) {
	expr, named := cutZone(normalised(expr))
	place, err := zoneOf(named, normalised(zone), otherwise)
	if err != nil {
		return Plan{}, err
	}
	fields, err := fieldsOf(strings.ToLower(expr))
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Cron: strings.ToLower(expr), Zone: place, fields: fields, times: timesOf(fields)}
	p.Or = !free(fields.Dom) && !free(fields.Dow)
	if err := p.tooOften(atLeast); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// normalised undoes what Chinese keyboards, phones and pasting make of an expression.
func normalised(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r): // zero-width, invisible
			return -1
		case r == '、':
			return ','
		case r == '–' || r == '—' || r == '−':
			return '-'
		case r == '×' || r == '∗':
			return '*'
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// cutZone takes the zone off an expression that begins with one.
func cutZone(expr string) (rest, zone string) {
	first, rest, _ := strings.Cut(expr, " ")
	name, zone, ok := strings.Cut(first, "=")
	if ok && (strings.EqualFold(name, "CRON_TZ") || strings.EqualFold(name, "TZ")) {
		return rest, zone
	}
	return expr, ""
}

// fieldsOf reads an expression without a zone.
func fieldsOf(expr string) (*cron.SpecSchedule, error) {
	count := len(strings.Fields(expr))
	switch {
	case count == 0:
		return nil, &Fault{Code: Empty}
	case strings.HasPrefix(expr, "@every"):
		return nil, &Fault{Code: EveryNotAllowed, Text: expr}
	case expr[0] == '@':
		return read(expr, &Fault{Code: UnknownWord, Text: expr})
	case count == 6:
		return nil, &Fault{Code: HasSeconds, Text: expr}
	case count != 5:
		return nil, &Fault{Code: FieldCount, Text: expr, Count: count}
	}
	for i, text := range strings.Fields(expr) {
		if err := fieldKinds[i].check(text); err != nil {
			return nil, err
		}
	}
	return read(expr, &Fault{Code: WrongField, Text: expr, Why: Unreadable})
}

// read asks robfig/cron, whose word is the last.
func read(expr string, otherwise *Fault) (*cron.SpecSchedule, error) {
	schedule, err := parser.Parse(expr)
	if fields, ok := schedule.(*cron.SpecSchedule); ok && err == nil {
		return fields, nil
	}
	return nil, otherwise
}

const star = 1 << 63 // robfig/cron's mark of a field that was * or ?

// free tells whether a field was left open. By robfig/cron's rule */2 and 1-31 are not.
func free(field uint64) bool { return field&star != 0 }

// timesOf are the planned minutes of a day, rising.
func timesOf(f *cron.SpecSchedule) []int {
	var out []int
	for minute := range wholeDay {
		if f.Hour&(1<<(minute/60)) != 0 && f.Minute&(1<<(minute%60)) != 0 {
			out = append(out, minute)
		}
	}
	return out
}
