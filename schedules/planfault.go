package schedules

import (
	"fmt"
	"time"
)

// A Fault is why an expression, a zone or a window was not taken: facts, for words in the reader's language.
type Fault struct {
	Code Code
	Text string // what is wrong: the expression, or the part of it

	Field   Field         // WrongField
	Why     Why           // WrongField
	Least   int           // WrongField: what the field may hold, from
	Most    int           // to
	Count   int           // FieldCount: how many there are
	Other   string        // TwoZones: the other zone
	Nearest string        // UnknownZone: what was probably meant, or ""
	Earlier string        // TooOften: two planned times of the day, "23:55"
	Later   string        // and "00:05", perhaps of a later day
	Apart   time.Duration // TooOften: what lies between them
	AtLeast time.Duration // TooOften: what must
}

// Code is the kind of a fault.
type Code string

// Faults of expressions, zones and windows.
const (
	Empty           Code = "empty"             // no expression
	EveryNotAllowed Code = "every_not_allowed" // @every counts from the start of a process, so each would have times of its own
	UnknownWord     Code = "unknown_word"      // an @word that cron does not have
	HasSeconds      Code = "has_seconds"       // six fields
	FieldCount      Code = "field_count"       // neither five fields nor six
	WrongField      Code = "wrong_field"
	UnknownZone     Code = "unknown_zone"
	TwoZones        Code = "two_zones"
	NeverFires      Code = "never_fires"
	TooOften        Code = "too_often"
	BadWindow       Code = "bad_window" // Text: what was not understood
)

// Field is one of the five of an expression.
type Field string

// The fields, in their order.
const (
	Minute  Field = "minute"
	Hour    Field = "hour"
	Date    Field = "date" // day of the month
	Month   Field = "month"
	Weekday Field = "weekday" // from Sunday, 0; there is no 7
)

// Why is what is wrong with a field.
type Why string

// What is wrong with a field.
const (
	Unreadable Why = "unreadable"   // neither *, a number, a name of the field, a-b, nor any of them with /step
	OutOfRange Why = "out_of_range" // beyond Least and Most
	Backwards  Why = "backwards"    // a range that ends before it begins
	NoStep     Why = "no_step"      // a step of 0
)

// Error is for logs; people read words made of the facts.
func (f *Fault) Error() string {
	switch f.Code {
	case WrongField:
		return fmt.Sprintf("%s: %s of cron: %q is %s (%d to %d)", f.Code, f.Field, f.Text, f.Why, f.Least, f.Most)
	case TooOften:
		return fmt.Sprintf("%s: %q: %s between %s and %s, at least %s", f.Code, f.Text, f.Apart, f.Earlier, f.Later, f.AtLeast)
	case TwoZones:
		return fmt.Sprintf("%s: %s and %s", f.Code, f.Text, f.Other)
	}
	return fmt.Sprintf("%s: %q", f.Code, f.Text)
}
