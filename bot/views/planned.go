package views

import (
	"couponbot/commands"
)

// scheduleList is what is coming, the next first.
func (v *Views) scheduleList(r Reader, q commands.ScheduleList) Message {
	c := v.card(r)
	c.head("schedule.list.head", nil)
	if len(q.Schedules) == 0 {
		c.say("schedule.list.none", nil)
	}
	shown := q.Schedules[:min(len(q.Schedules), linesMost)]
	for _, x := range shown {
		c.sayPhrases(c.listed(x)...)
	}
	if more := len(q.Schedules) - len(shown); more > 0 {
		c.small("look.more", args{"Count": more})
	}
	c.small("schedule.list.foot", nil)
	return c.message("schedule.list.summary", args{"Count": len(q.Schedules)})
}

func (c *card) listed(q commands.ScheduleView) []phrase {
	s := q.Schedule
	a := args{"Campaign": q.Campaign.Name, "Rhythm": rhythm(q.Timetable), "Zone": zoneOf(q), "Cron": code(q.Timetable.Cron), "When": nil}
	if !s.NextAt.IsZero() {
		a["When"] = c.slot(zoneOf(q), s.NextAt, false)
	}
	lines := []phrase{{"schedule.list.line", a}}
	if s.Total > 0 {
		lines = append(lines, phrase{"schedule.total", args{"Money": s.Total, "Spent": s.Spent}})
	}
	return lines
}

// campaignSchedule is the schedule on the campaign's own card: what comes, and what became of the planned times before.
func (c *card) campaignSchedule(q commands.CampaignView) {
	s := q.Schedule
	if s == nil {
		return
	}
	lines := []phrase{{"campaign.schedule", args{"Cron": code(s.Cron), "Zone": s.Zone, "By": person(s.MadeBy)}}}
	const most = 3
	for _, slot := range q.Next[:min(len(q.Next), most)] {
		lines = append(lines, phrase{"schedule.slot", args{"When": c.slot(s.Zone, slot.At, false)}})
	}
	for _, n := range q.Slots[:min(len(q.Slots), most)] {
		lines = append(lines, phrase{"campaign.slot", args{"Slot": wallTime(n.Slot), "Outcome": c.slotOutcome(n)}})
	}
	c.sayPhrases(lines...)
}
