package schedules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A fieldKind is what one of the five fields may hold.
type fieldKind struct {
	field       Field
	least, most int
	names       []string // of least, and so on
}

var fieldKinds = [5]fieldKind{
	{Minute, 0, 59, nil},
	{Hour, 0, 23, nil},
	{Date, 1, 31, nil},
	{Month, 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{Weekday, 0, 6, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

var fieldPart = regexp.MustCompile(`^(?:[*?]|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/([0-9]+))?$`)

// check says what is wrong with a field, and where. robfig/cron would say it in English only, would take "," for
// never, and "*-5" for *.
func (k fieldKind) check(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		if why := k.wrong(part); why != "" {
			return &Fault{Code: WrongField, Text: part, Field: k.field, Why: why, Least: k.least, Most: k.most}
		}
	}
	return nil
}

// wrong is what is wrong with one part of a field; "" when nothing is.
func (k fieldKind) wrong(part string) Why {
	m := fieldPart.FindStringSubmatch(part)
	if m == nil {
		return Unreadable
	}
	from, to, step := m[1], m[2], m[3]
	if from == "" {
		from = strconv.Itoa(k.least)
	}
	if to == "" {
		to = from
	}
	first, ok := k.value(from)
	last, fine := k.value(to)
	switch {
	case !ok || !fine:
		return Unreadable
	case first < k.least || first > k.most || last < k.least || last > k.most:
		return OutOfRange
	case first > last:
		return Backwards
	}
	if step == "" {
		return ""
	}
	switch n, err := strconv.Atoi(step); {
	case err != nil:
		return OutOfRange
	case n == 0:
		return NoStep
	}
	return ""
}

// value reads a number or a name; a number too long for one is out of range.
func (k fieldKind) value(text string) (int, bool) {
	if i := slices.Index(k.names, text); i >= 0 {
		return k.least + i, true
	}
	if strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return k.most + 1, true
	}
	return n, true
}
