package views

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// ScheduleCard is when a campaign runs by itself: before it is saved a question, after that what stands, with the next times.
func (v *Views) ScheduleCard(r Reader, q commands.ScheduleView) Message {
	c := v.card(r)
	s, table := q.Schedule, q.Timetable
	a := args{"Campaign": q.Campaign.Name, "Rhythm": rhythm(table), "Zone": zoneOf(q), "Cron": code(table.Cron)}
	c.head("schedule.head."+scheduleState(s), a)
	c.say("schedule.about."+scheduleState(s), a)
	lines := []phrase{c.rhythmLine(q)}
	if table.Or {
		lines = append(lines, phrase{"schedule.or", nil})
	}
	c.sayPhrases(lines...)
	if s.State != store.ScheduleOff {
		c.nextTimes(zoneOf(q), table.Next)
	}
	c.scheduleFields(q)
	c.sayPhrases(append(scheduleCost(q), scheduleApproval(q)...)...)
	c.buttons(scheduleCardButtons(q)...)
	return c.message("schedule.summary."+scheduleState(s), a)
}

func scheduleState(s store.Schedule) string {
	switch s.State {
	case store.ScheduleOn, store.ScheduleOff:
		return s.State
	}
	return store.ScheduleShown
}

// zoneOf is the name of the zone that a schedule is meant in.
func zoneOf(q commands.ScheduleView) string {
	if q.Timetable.Zone != "" {
		return q.Timetable.Zone
	}
	return q.Schedule.Zone
}

// location is a schedule's zone, or the reader's where this computer does not know it.
func (c *card) location(zone string) *time.Location {
	if l, err := time.LoadLocation(zone); err == nil && zone != "" {
		return l
	}
	return c.reader.Zone
}

// nextTimes are the next planned times in the schedule's zone, and in the reader's where that is another time.
func (c *card) nextTimes(zone string, next []commands.Slot) {
	if len(next) == 0 {
		c.say("schedule.never", nil)
		return
	}
	lines := []phrase{{"schedule.next", args{"Zone": zone}}}
	for _, slot := range next {
		lines = append(lines, phrase{"schedule.slot", args{"When": c.slot(zone, slot.At, false)}})
	}
	c.sayPhrases(lines...)
}

// slot is a planned time as the clocks in its zone show it; named says which zone that is.
func (c *card) slot(zone string, at time.Time, named bool) phrase {
	local := at.In(c.location(zone))
	a := args{"Day": phrase{"weekday." + strings.ToLower(local.Weekday().String()), nil}, "Local": local.Format("2006-01-02 15:04")}
	if named {
		a["Zone"] = zone
	}
	if local.Format(time.DateTime) != at.In(c.reader.Zone).Format(time.DateTime) {
		a["Yours"] = at
	}
	return phrase{"schedule.when", a}
}

// wallTime is a planned time's name as people write times.
func wallTime(slot string) string { return strings.Replace(slot, "T", " ", 1) }

// until is the last day of a schedule, whose end is the midnight after; another end is told as it is.
func (c *card) until(s store.Schedule) phrase {
	local := s.Until.In(c.location(s.Zone))
	switch {
	case s.Until.IsZero():
		return phrase{"schedule.no_end", nil}
	case local.Hour() == 0 && local.Minute() == 0:
		return phrase{"schedule.last_day", args{"Day": local.Add(-time.Second).Format(time.DateOnly)}}
	}
	return phrase{"schedule.until", args{"Until": local.Format("2006-01-02 15:04")}}
}

func (c *card) scheduleFields(q commands.ScheduleView) {
	s := q.Schedule
	total := phrase{"schedule.no_total", nil}
	if s.Total > 0 {
		total = phrase{"schedule.total", args{"Money": s.Total, "Spent": s.Spent}}
	}
	missed := known(s.Missed, "skip", "ask")
	if missed == "" {
		missed = "once"
	}
	c.fields(field{"label.until", c.until(s)}, field{"label.total", total}, field{"label.audience", boundAudience(q)}, field{"label.missed", phrase{"schedule.missed." + missed, nil}},
		field{"label.made", by(s.MadeBy, s.CreatedAt)})
}

// boundAudience is on which customers the runs of a schedule may go without being asked about again.
func boundAudience(q commands.ScheduleView) phrase {
	a := args{"Audience": q.Campaign.Audience, "Count": q.Schedule.MostRows}
	if q.Schedule.MostRows > 0 {
		return phrase{"schedule.any_version", a}
	}
	return phrase{"schedule.this_version", a}
}

// scheduleCost is what one run comes to as it was last counted.
func scheduleCost(q commands.ScheduleView) []phrase {
	if f := q.Figures; f != nil {
		return []phrase{{"schedule.cost", args{"Count": f.Recipients, "Money": f.Money}}}
	}
	return []phrase{{"schedule.not_counted", args{"Campaign": q.Campaign.Name}}}
}

// scheduleApproval is who approves: the series once, or every run for itself.
func scheduleApproval(q commands.ScheduleView) []phrase {
	s := q.Schedule
	switch {
	case s.State == store.ScheduleOff:
		return nil
	case !q.Series:
		return []phrase{{"schedule.each_run", nil}}
	case !s.ApprovedAt.IsZero():
		return []phrase{{"schedule.approved", args{"At": s.ApprovedAt}}}
	case s.Approval != 0:
		return []phrase{{"schedule.waits", args{"Send": store.SendName(s.Approval)}}}
	case len(q.Seats) > 0 && s.State == store.ScheduleOn: // nobody approved when they were asked
		return []phrase{{"schedule.each_run", nil}}
	case len(q.Seats) > 0:
		return []phrase{{"schedule.will_ask", args{"Seats": seats(q.Seats)}}}
	}
	return []phrase{{"schedule.nobody", nil}}
}

func scheduleCardButtons(q commands.ScheduleView) []button {
	switch q.Schedule.State {
	case store.ScheduleOff:
		return nil
	case store.ScheduleOn:
		return scheduleButtons(q.Schedule, q.Schedule.NextSlot, q.Figures)
	}
	if len(q.Timetable.Next) == 0 {
		return nil
	}
	return []button{{action: "schedule.save", value: commands.ScheduleValue(q.Schedule), style: slack.StylePrimary}}
}

// scheduleButtons are what can be done with a planned time, and with the whole schedule.
func scheduleButtons(s store.Schedule, slot string, f *store.Figures) (out []button) {
	if slot != "" {
		out = append(out, button{action: "schedule.run", value: commands.SlotValue(s, slot), dialog: &dialog{"schedule_now", runNowArgs(s, slot, f)}},
			button{action: "schedule.skip", value: commands.SlotValue(s, slot)})
	}
	return append(out, button{action: "schedule.off", value: commands.ScheduleValue(s), style: slack.StyleDanger, dialog: &dialog{"schedule_off", args{"Campaign": s.CampaignName}}})
}

func runNowArgs(s store.Schedule, slot string, f *store.Figures) args {
	a := args{"Campaign": s.CampaignName, "Slot": wallTime(slot), "Zone": s.Zone, "Money": nil, "Count": 0}
	if f != nil {
		a["Money"], a["Count"] = f.Money, f.Recipients
	}
	return a
}
