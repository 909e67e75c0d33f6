package commands

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"couponbot/store"
)

// schedule is the verb: a campaign and a cron expression, or "list", "skip" and "off".
func (d *Desk) schedule(ctx context.Context, q asked) (Reply, error) {
	what, name := q.what()
	switch {
	case what == "list" && name == "":
		return d.schedules(ctx)
	case name == "":
		return nil, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	case (what == "skip" || what == "off") && len(q.args) == 2:
		c, err := d.campaignOf(ctx, name)
		if err != nil {
			return nil, err
		}
		s, err := d.scheduleOn(ctx, c)
		if err != nil {
			return nil, err
		}
		if what == "off" {
			return d.endSchedule(ctx, q.Ask, s)
		}
		return d.skipTyped(ctx, q.Ask, s)
	}
	return d.showSchedule(ctx, q)
}

func (d *Desk) schedules(ctx context.Context) (Reply, error) {
	all, err := d.ledger.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	var answer ScheduleList
	for _, s := range all {
		view, err := d.ScheduleFacts(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		answer.Schedules = append(answer.Schedules, view)
	}
	return answer, nil
}

// scheduleOn is the schedule of a campaign that is on.
func (d *Desk) scheduleOn(ctx context.Context, c store.Campaign) (store.Schedule, error) {
	s, err := d.ledger.ScheduleOf(ctx, c.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = &Refusal{Code: NoSchedule, Word: c.Name}
	}
	return s, err
}

// showSchedule shows what an expression means; nothing runs before Save.
func (d *Desk) showSchedule(ctx context.Context, q asked) (Reply, error) {
	c, err := d.campaignOf(ctx, q.args[0].text)
	if err != nil {
		return nil, err
	}
	var words []string
	for _, a := range q.args[1:] { // also without quotes: five fields are five words
		words = append(words, a.text)
	}
	table, err := d.config.Planner.Timetable(strings.Join(words, " "), q.flags["zone"], d.now())
	if err != nil {
		return nil, err
	}
	s := store.Schedule{Campaign: c.ID, CampaignName: c.Name, CampaignRevision: c.Revision, Cron: table.Cron, Zone: table.Zone, MadeBy: q.Person}
	if err := d.bounds(q, &s); err != nil {
		return nil, err
	}
	if len(before(s.Until, table.Next)) == 0 {
		return nil, &Refusal{Code: NeverFires, Word: s.Cron}
	}
	return d.shown(ctx, s, q.Input)
}

// shown keeps a schedule and shows it.
func (d *Desk) shown(ctx context.Context, s store.Schedule, input string) (Reply, error) {
	kept, err := d.ledger.ShowSchedule(ctx, s, input)
	if m, ok := errors.AsType[*store.Moved](err); ok {
		return nil, &Refusal{Code: CampaignRevised, Word: s.CampaignName, By: m.By, At: m.At}
	}
	if err != nil {
		return nil, err
	}
	return d.ScheduleFacts(ctx, kept.ID)
}

// before are the planned times that come before an end; all where there is none.
func before(until time.Time, slots []Slot) []Slot {
	return slices.DeleteFunc(slots, func(s Slot) bool { return !until.IsZero() && !s.At.Before(until) })
}

// bounds reads the flags: until when, up to how much money, and what becomes of times that nobody was there for.
func (d *Desk) bounds(q asked, s *store.Schedule) (err error) {
	if s.Total, err = money(q.flags, "total"); err != nil {
		return err
	}
	if word := q.flags["until"]; word != "" {
		if s.Until, err = d.lastDay(word, s.Zone); err != nil {
			return err
		}
	}
	if word := q.flags["rows"]; word != "" {
		if s.MostRows, err = strconv.ParseInt(narrow(word), 10, 64); err != nil || s.MostRows < 1 {
			return &Refusal{Code: BadNumber, Word: word, Text: "rows"}
		}
	}
	policies := []string{"once", "skip", "ask"}
	if s.Missed = strings.ToLower(narrow(q.flags["missed"])); s.Missed == "" {
		s.Missed = policies[0]
	}
	if !slices.Contains(policies, s.Missed) {
		return &Refusal{Code: BadMissed, Word: s.Missed, Nearest: nearest(s.Missed, policies), Names: policies}
	}
	return nil
}

// lastDay is the end of a day that somebody named as the last one: the whole of it counts, as people mean it.
func (d *Desk) lastDay(word, zone string) (time.Time, error) {
	z, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, narrow(word), z)
	if end := day.AddDate(0, 0, 1); err == nil && end.After(d.now()) {
		return end.UTC(), nil
	}
	return time.Time{}, &Refusal{Code: BadDate, Word: word}
}

// ScheduleFacts reads what a schedule's card shows; store.ErrNotFound.
func (d *Desk) ScheduleFacts(ctx context.Context, id int64) (v ScheduleView, err error) {
	if v.Schedule, err = d.ledger.ScheduleByID(ctx, id); err != nil {
		return v, err
	}
	if v.Campaign, err = d.ledger.CampaignByID(ctx, v.Schedule.Campaign); err != nil {
		return v, err
	}
	if v.Timetable, err = d.timetable(v.Schedule); err != nil {
		return v, err
	}
	if run, err := d.ledger.NewestDryRun(ctx, v.Campaign.ID); err == nil && counted(run) {
		v.Figures = &run.Figures
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if v.Series = !v.Schedule.Until.IsZero() && v.Schedule.Total > 0; v.Series {
		v.Seats, err = d.seriesSeats(ctx, v)
	}
	return v, err
}

// counted tells whether a dry run has figures.
func counted(run store.DryRun) bool {
	return run.State == store.DryReady || run.State == store.DryStarted
}

// timetable is what a schedule means, with the times that are to come of it: those that were skipped are not, nor those
// behind its end. Rules that have become stricter since it was saved leave it without times to show.
func (d *Desk) timetable(s store.Schedule) (Timetable, error) {
	from := d.now()
	if s.State == store.ScheduleOn && s.NextAt.After(from) {
		from = s.NextAt.Add(-time.Second)
	}
	table, err := d.config.Planner.Timetable(s.Cron, s.Zone, from)
	if _, ok := refused(err); ok {
		return Timetable{Cron: s.Cron, Zone: s.Zone}, nil
	}
	table.Next = before(s.Until, table.Next)
	return table, err
}

// seriesSeats are the people who approve a series: its whole money decides, and the most recipients that one run can have.
func (d *Desk) seriesSeats(ctx context.Context, v ScheduleView) ([]store.Seat, error) {
	version, err := d.ledger.AudienceVersion(ctx, v.Campaign.VersionID)
	if err != nil {
		return nil, err
	}
	people := max(v.Schedule.MostRows, version.Tally.Usable)
	if v.Campaign.TestOpenID != "" {
		people++
	}
	return d.config.Approvals.seats(v.Schedule.Total, int(people), nil), nil
}
