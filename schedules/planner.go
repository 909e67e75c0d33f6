package schedules

import (
	"errors"
	"time"

	"couponbot/commands"
)

// A Planner reads people's cron expressions and hours for commands, by the rules of a configuration.
type Planner struct {
	Config Config
	Zone   *time.Location // where nobody names one
}

var _ commands.Planner = Planner{}

// nextShown is how many planned times people see before they save.
const nextShown = 5

// Timetable reads an expression and says what it means and when it comes next.
func (p Planner) Timetable(cron, zone string, now time.Time) (commands.Timetable, error) {
	plan, err := Parse(cron, zone, p.Zone, p.Config.MinInterval)
	if err != nil {
		return commands.Timetable{}, refusal(err)
	}
	return commands.Timetable{Cron: plan.Cron, Zone: plan.Zone.String(), Or: plan.Or, Rhythm: plan.Rhythm(), Next: plan.Next(now, nextShown)}, nil
}

// Hours brings hours into their one spelling; "" is always.
func (p Planner) Hours(text string) (string, error) {
	w, err := ParseWindow(text)
	if err != nil {
		return "", &commands.Refusal{Code: commands.BadHours, Word: text}
	}
	return w.String(), nil
}

// refusal is a fault of an expression for the person who wrote it.
func refusal(err error) error {
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		return err
	}
	r := &commands.Refusal{Code: commands.BadCron, Word: f.Text}
	switch f.Code {
	case WrongField:
		r.Text = string(f.Field) + " " + f.Text
	case EveryNotAllowed:
		r.Code = commands.EveryNotAllowed
	case UnknownZone:
		r.Code, r.Nearest = commands.UnknownZone, f.Nearest
	case TwoZones:
		r.Code, r.Text = commands.TwoZones, f.Text+", "+f.Other
	case NeverFires:
		r.Code = commands.NeverFires
	case TooOften:
		r.Code, r.Text, r.Number = commands.TooOften, f.Earlier+", "+f.Later, int64(f.AtLeast.Minutes())
	}
	return r
}

// Opens is the first instant from at on that is within hours.
func (p Planner) Opens(hours string, at time.Time) (time.Time, error) {
	w, err := ParseWindow(hours)
	if err != nil {
		return time.Time{}, err
	}
	return w.Opens(at, p.Zone), nil
}
