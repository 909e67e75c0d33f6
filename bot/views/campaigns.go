package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// campaignList is one line for each campaign: what, to whom, how it stands, and when it runs next.
func (v *Views) campaignList(r Reader, q commands.CampaignList) Message {
	c := v.card(r)
	c.head("campaign.list.head", nil)
	if len(q.Campaigns) == 0 {
		c.say("campaign.list.none", nil)
	}
	shown := q.Campaigns[:min(len(q.Campaigns), linesMost)]
	for _, x := range shown {
		a := args{"Campaign": x.Campaign.Name, "State": campaignState(x), "Coupon": x.Campaign.StockName, "Amount": x.Campaign.Amount, "Audience": x.Campaign.Audience,
			"Count": x.Version.Tally.Usable}
		if len(x.Next) > 0 {
			a["Next"] = x.Next[0].At
		}
		c.say("campaign.list.line", a)
	}
	if more := len(q.Campaigns) - len(shown); more > 0 {
		c.small("look.more", args{"Count": more})
	}
	c.small("campaign.list.foot", nil)
	return c.message("campaign.list.summary", args{"Count": len(q.Campaigns)})
}

// campaignChanged says in a line what became of a verb or a button.
func (v *Views) campaignChanged(r Reader, q commands.CampaignChanged) Message {
	s := q.Send
	a := args{"Campaign": q.Campaign.Name, "Send": store.SendName(s.ID), "Channel": channel(q.Campaign.Channel), "Count": s.Waiting, "Issued": s.Issued,
		"Cancelled": s.Cancelled, "Unsettled": s.Issuing + s.Unknown, "Seats": missing(s)}
	switch q.Verb {
	case "save":
		if q.Campaign.Revision > 1 {
			return v.line(r, "campaign.changed.saved_again", a)
		}
		return v.line(r, "campaign.changed.saved", a)
	case "dryrun":
		if q.Slot != "" {
			return v.line(r, "campaign.changed.dryrun_missed", a)
		}
		return v.line(r, "campaign.changed.dryrun", a)
	case "start":
		return v.line(r, "campaign.changed."+startedAs(s), a)
	case "pause", "resume", "cancel":
		if s.State == store.SendWithdrawn {
			return v.line(r, "campaign.changed.withdrawn", a)
		}
		return v.line(r, "campaign.changed."+q.Verb, a)
	case "retry":
		return v.retried(r, commands.Retried{Send: s, Retried: q.Retried})
	}
	return v.line(r, "reply.redrawn", nil)
}

// startedAs is what a start led to.
func startedAs(s store.Send) string {
	switch s.State {
	case store.SendAwaiting:
		return "waits"
	case store.SendPaused:
		return "paused_at_once"
	}
	return "started"
}
