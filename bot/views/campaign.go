package views

import (
	"strconv"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// campaignReply is the answer about campaigns and schedules.
func (v *Views) campaignReply(r Reader, reply commands.Reply) Message {
	switch q := reply.(type) {
	case commands.CampaignView:
		return v.CampaignCard(r, q)
	case commands.CampaignList:
		return v.campaignList(r, q)
	case commands.CampaignChanged:
		return v.campaignChanged(r, q)
	case commands.CampaignForm, commands.AudienceForm:
		return v.line(r, "reply.not_opened", nil)
	case commands.AudienceList:
		return v.audienceList(r, q.Audiences)
	case commands.AudienceView:
		return v.audienceView(r, q)
	case commands.Uploading:
		return v.uploading(r, q.Upload)
	case commands.AudienceDeleted:
		return v.line(r, "audience.deleted", args{"Audience": q.Audience.Name})
	case commands.ScheduleView:
		return v.ScheduleCard(r, q)
	case commands.ScheduleList:
		return v.scheduleList(r, q)
	}
	return v.Failure(r)
}

// CampaignCard is one campaign: what it is about, what its newest dry run counted, what runs and when it runs next. Start is
// there only when it would start what the card shows.
func (v *Views) CampaignCard(r Reader, q commands.CampaignView) Message {
	c := v.card(r)
	a := args{"Campaign": q.Campaign.Name, "Coupon": q.Campaign.StockName, "State": campaignState(q)}
	c.head("campaign.head", a)
	if run := q.Running; run != nil {
		c.halted(SendFacts{Send: run.Send, Stop: run.Stop, Held: run.Held})
		c.say("campaign.running", with(a, args{"Send": store.SendName(run.Send.ID), "Standing": runStanding(*run), "Parts": countedOf(*run),
			"Channel": channel(q.Campaign.Channel)}))
	}
	c.campaignFields(q)
	c.newer(q)
	c.dryRun(q)
	c.runs(q)
	c.campaignSchedule(q)
	c.buttons(c.campaignButtons(q)...)
	return c.message("campaign.summary", a)
}

// campaignState is where a campaign stands, in a word or two.
func campaignState(q commands.CampaignView) any {
	switch {
	case q.Running != nil:
		return runStanding(*q.Running)
	case startable(q):
		return phrase{"campaign.state.ready", nil}
	case q.Fresh:
		return phrase{"campaign.state.blocked", nil}
	case q.DryRun != nil && q.DryRun.State == store.DryCounting:
		return phrase{"campaign.state.counting", nil}
	case len(q.Runs) > 0:
		return standingOf(q.Runs[0])
	}
	return phrase{"campaign.state.idle", nil}
}

// countedOf is how far a run is, in one line.
func countedOf(q commands.RunView) list {
	t := tallyOf(q)
	return append(list{phrase{"run.issued", args{"Count": t.issued, "Whole": t.whole}}}, t.parts()...)
}

func (c *card) campaignFields(q commands.CampaignView) {
	p := q.Campaign
	terms := termsOf(p.Terms, q.Stock)
	c.fields(
		field{"label.coupon", couponOf(p.StockName, q.Stock)},
		field{"label.worth", worth(p.Amount, minimumOf(p.Value, p.Minimum, terms))},
		field{"label.valid", validity(terms)},
		field{"label.audience", audienceVersion(q.Version)},
		field{"label.channel", channel(p.Channel)},
		field{"label.reason", p.Reason},
		field{"label.ticket", p.Ticket},
		field{"label.test", openid(p.TestOpenID)},
		field{"label.cap", capOf(p)},
		field{"label.once", code(p.OnceKey)},
		field{"label.hours", p.Window},
		field{"label.made", by(p.ChangedBy, p.ChangedAt)},
	)
	c.quote("label.note", p.Note)
}

func capOf(p store.Campaign) any {
	if p.CapCoupons == 0 {
		return nil
	}
	return phrase{"campaign.cap", args{"Count": p.CapCoupons}}
}

// audienceVersion names exactly the list that a campaign runs on.
func audienceVersion(a store.Version) any {
	if a.Audience == "" {
		return nil
	}
	return phrase{"campaign.version", args{"Audience": a.Audience, "Number": a.Number, "Count": a.Tally.Usable, "Size": size(a.Bytes), "Checksum": code(checksum(a.Checksum))}}
}

// checksum is as much of one as people compare.
func checksum(s string) string { return s[:min(len(s), 12)] }

// size is a number of bytes as file managers say it.
func size(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}} {
		if n >= unit.bytes {
			return strconv.FormatFloat(float64(n*10/unit.bytes)/10, 'f', -1, 64) + " " + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + " B"
}

// newer says that people were added or left out since.
func (c *card) newer(q commands.CampaignView) {
	if n := q.Newer; n != nil {
		c.say("campaign.newer", args{"Campaign": q.Campaign.Name, "Audience": n.Audience, "Number": n.Number, "Present": q.Version.Number, "Count": n.Tally.Usable})
	}
}

// runsShown is how many earlier runs a campaign's card lists.
const runsShown = 4

// runs are the earlier runs, newest first.
func (c *card) runs(q commands.CampaignView) {
	lines := []phrase{{"campaign.runs", nil}}
	for _, s := range q.Runs {
		if q.Running != nil && s.ID == q.Running.Send.ID || len(lines) > runsShown {
			continue
		}
		lines = append(lines, phrase{"campaign.run", args{"Send": store.SendName(s.ID), "Standing": standingOf(s), "Counts": countsOf(s), "At": s.CreatedAt}})
	}
	if len(lines) > 1 {
		c.sayPhrases(lines...)
	}
}

// campaignButtons are Start, what can be done with the run, and with the schedule.
func (c *card) campaignButtons(q commands.CampaignView) (out []button) {
	if startable(q) {
		f := q.DryRun.Figures
		a := args{"Count": f.Recipients, "Money": f.Money, "Coupon": q.Campaign.StockName, "Audience": q.Campaign.Audience, "Seats": seats(q.Seats)}
		key := "campaign_start"
		if len(q.Seats) > 0 {
			key = "campaign_ask"
		}
		out = append(out, button{action: "campaign.start", value: commands.DryRunValue(q.Campaign, *q.DryRun), style: slack.StylePrimary, dialog: &dialog{key, a}})
	}
	if q.Running != nil {
		out = append(out, c.runButtons(*q.Running)...)
	}
	if s := q.Schedule; s != nil {
		var f *store.Figures
		if q.DryRun != nil && q.DryRun.State == store.DryReady {
			f = &q.DryRun.Figures
		}
		out = append(out, scheduleButtons(*s, s.NextSlot, f)...)
	}
	return out
}

// startable tells whether Start would start what the card shows.
func startable(q commands.CampaignView) bool {
	return q.DryRun != nil && q.Fresh && q.Running == nil && q.DryRun.Figures.Recipients > 0 && !tooFew(q.DryRun.Figures)
}
