package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// dryRun is what a campaign would do as it was last counted, and whether that can be started.
func (c *card) dryRun(q commands.CampaignView) {
	d, a := q.DryRun, args{"Campaign": q.Campaign.Name}
	if d == nil {
		c.say("dryrun.none", a)
		return
	}
	a = with(a, args{"By": person(d.AskedBy), "Age": c.age(d.ReadyAt), "At": d.ReadyAt})
	switch d.State {
	case store.DryCounting:
		a["Age"] = c.age(d.AskedAt)
		c.say("dryrun.counting", a)
		return
	case store.DryFailed:
		if d.Fault == store.Overtaken {
			c.say("dryrun.overtaken", a)
			return
		}
		c.say("dryrun.failed", a)
		c.quote("label.found", d.Fault)
		return
	}
	if d.State == store.DryReady { // else it is about a run that has begun
		c.sayPhrases(append([]phrase{{"dryrun.head", a}}, figureLines(d.Figures)...)...)
	}
	c.sayPhrases(c.beforeStart(q, a)...)
}

// beforeStart is what Start would do first, or why there is no Start.
func (c *card) beforeStart(q commands.CampaignView, a args) []phrase {
	d := q.DryRun
	switch {
	case d.State == store.DryStarted && q.Running == nil:
		return []phrase{{"dryrun.started", a}}
	case q.Running != nil:
		return []phrase{{"dryrun.running", with(a, args{"Send": store.SendName(q.Running.Send.ID)})}}
	case d.Revision != q.Campaign.Revision || d.VersionID != q.Campaign.VersionID:
		return []phrase{{"dryrun.changed", a}}
	case !q.Fresh:
		return []phrase{{"dryrun.old", a}}
	case d.Figures.Recipients == 0:
		return []phrase{{"dryrun.nobody", a}}
	case tooFew(d.Figures):
		return []phrase{{"dryrun.short", a}}
	}
	var out []phrase
	if len(q.Seats) > 0 {
		out = append(out, phrase{"dryrun.needs", args{"Seats": seats(q.Seats)}})
	} else {
		out = append(out, phrase{"dryrun.free", nil})
	}
	if q.Campaign.TestOpenID != "" {
		out = append(out, phrase{"dryrun.test", args{"OpenID": openid(q.Campaign.TestOpenID)}})
	}
	if q.Campaign.Window != "" {
		out = append(out, phrase{"figures.hours", args{"Hours": q.Campaign.Window}})
	}
	return out
}
