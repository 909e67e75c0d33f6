package views

import (
	"slices"
	"strings"

	"couponbot/commands"
)

// Preflight warns of what would keep a schedule's next run from going well: each problem with its cure and who must act. Without
// problems it says that they are gone.
func (v *Views) Preflight(r Reader, q commands.ScheduleView, problems []commands.Problem) Message {
	c := v.card(r)
	s := q.Schedule
	a := args{"Campaign": q.Campaign.Name, "Count": len(problems), "When": c.slot(zoneOf(q), s.NextAt, true)}
	if left := s.NextAt.Sub(c.reader.Now); !c.reader.Now.IsZero() && left > 0 {
		a["Left"] = lasts(left)
	}
	if len(problems) == 0 {
		c.head("preflight.head_fine", a)
		c.say("preflight.fine", a)
		return c.message("preflight.summary_fine", a)
	}
	c.head("preflight.head", a)
	c.say("preflight.when", a)
	for _, p := range problems[:min(len(problems), linesMost)] {
		c.sayPhrases(c.problem(q, p)...)
	}
	c.small("preflight.foot", a)
	c.row(BlockPreflight, preflightButtons(q, problems)...)
	return c.message("preflight.summary", a)
}

// problem is what is wrong, and who can put it right.
func (c *card) problem(q commands.ScheduleView, p commands.Problem) []phrase {
	key := strings.TrimSuffix(c.known("problem.", string(p.Code)+".what", "anything.what"), ".what")
	a := args{"Campaign": q.Campaign.Name, "Channel": channel(q.Campaign.Channel), "Coupon": q.Campaign.StockName, "Number": p.Number, "Count": p.Count, "Missing": p.Count - p.Number,
		"Money": p.Money, "Asked": p.Asked, "At": p.At, "By": person(p.By), "Text": p.Text, "Seats": seats(p.Seats), "Code": string(p.Code)}
	if word := known(p.Text, stockStates()...); word != "" && p.Code == commands.ProblemStockOff {
		a["Text"] = phrase{"stock_state." + word, nil}
	}
	out := []phrase{{key + ".what", a}}
	if p.Limit != nil {
		out = append(out, reached(p.Limit))
	}
	return append(out, phrase{key + ".do", a})
}

// preflightButtons are those that cure: Run now where only the time is wrong, and leaving the time out, or all of them.
func preflightButtons(q commands.ScheduleView, problems []commands.Problem) (out []button) {
	onlyTime := !slices.ContainsFunc(problems, func(p commands.Problem) bool {
		return p.Code != commands.ProblemStockEnds && p.Code != commands.ProblemHours
	})
	for _, b := range scheduleButtons(q.Schedule, q.Schedule.NextSlot, q.Figures) {
		if b.action != "schedule.run" || onlyTime {
			out = append(out, b)
		}
	}
	return out
}
