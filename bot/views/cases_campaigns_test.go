package views

import (
	"slices"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

var (
	version3 = store.Version{ID: 31, Audience: "members-nov", Number: 3, State: store.VersionReady,
		Bytes: 2_148_000, Checksum: "3f9a1c2b4d5e6f708192a3b4c5d6e7f8", Source: "nov.csv, more.xlsx", By: "U05MIA", CreatedAt: now.AddDate(0, 0, -2), Tally: store.Tally{Rows: 50112, Usable: 50000, Duplicates: 100, Bad: 12, Blocked: 3, Staff: 2}}
	springSale = store.Campaign{ID: 4, Name: "spring-sale", Revision: 3, StockName: "sorry-10", StockID: "9856000", CreatorMchID: "1900000001", Amount: 1000,
		Audience: "members-nov", VersionID: 31, Channel: "C05NEWS", Reason: "goodwill", MadeBy: "U05MIA", CreatedAt: now.AddDate(0, 0, -9), ChangedBy: "U05MIA", ChangedAt: now.AddDate(0, 0, -1)}
	figures = store.Figures{Rows: 50000, Recipients: 49880, Duplicates: 100, Blocked: 3, Staff: 2, Had: 85, OverCap: 30, Money: 49880000, StockLeft: 1120,
		OverLimit: map[string]int64{store.LimitCustomer: 40, store.LimitWeChat: 2, "moon": 1, store.LimitStock: 0}, EndsAfter: 2*time.Hour + 4*time.Minute + 42*time.Second}
	one = store.Figures{Rows: 1, Recipients: 1, Duplicates: 1, Money: 1000, StockLeft: 1, EndsAfter: 40 * time.Second}
)

// fullCampaign has everything that a campaign can have.
func fullCampaign() store.Campaign {
	p := springSale
	p.Ticket, p.Note, p.TestOpenID, p.CapCoupons, p.OnceKey, p.Window = "T-4821", "please be quick", customer, 3, "spring-2027", "09:00-21:00 weekdays"
	return p
}

func dryRunOf(state store.DryRunState, f store.Figures) *store.DryRun {
	d := &store.DryRun{ID: 7, Campaign: 4, Revision: 3, VersionID: 31, State: state, Figures: f, AskedBy: "U05MIA", AskedAt: before, ReadyAt: before}
	if state == store.DryCounting {
		d.ReadyAt = time.Time{}
	}
	return d
}

func campaigns() map[string]commands.CampaignView {
	running := runs()["running"]
	base := func(d *store.DryRun) commands.CampaignView {
		return commands.CampaignView{Campaign: springSale, Stock: stock, Version: version3, DryRun: d, Fresh: d != nil && d.State == store.DryReady}
	}
	full := base(dryRunOf(store.DryReady, figures))
	newer := version3
	newer.ID, newer.Number, newer.Usable = 32, 4, 52000
	full.Campaign, full.Newer, full.Seats = fullCampaign(), &newer, bothSeats
	full.Runs = []store.Send{campaignSend(store.SendDone, store.Counts{Total: 50000, Issued: 50000})}
	s := schedules()["on, the series is approved"].Schedule
	full.Schedule, full.Next = &s, schedules()["on, the series is approved"].Timetable.Next
	for i, outcome := range []string{store.SlotRun, store.SlotSkipped, store.SlotMissed} {
		full.Slots = append(full.Slots, store.SlotNote{Schedule: 7, Slot: slots(3, 24*time.Hour, "Asia/Shanghai")[i].Name, Outcome: outcome, Send: 11, By: "U05MIA"})
	}
	free := base(dryRunOf(store.DryReady, one))
	free.Version.Usable, free.Version.Bytes, free.Version.Checksum, free.Campaign.CapCoupons, free.Newer = 1, 900, "", 1, &store.Version{Audience: "members-nov", Number: 4, Tally: store.Tally{Usable: 1}}
	old := base(dryRunOf(store.DryReady, figures))
	old.Fresh, old.DryRun.ReadyAt = false, now.Add(-3*time.Hour)
	changed := base(dryRunOf(store.DryReady, figures))
	changed.Fresh, changed.DryRun.Revision = false, 2
	started := base(dryRunOf(store.DryStarted, figures))
	started.Runs = full.Runs
	runningNow := started
	runningNow.Running, runningNow.Runs = &running, append([]store.Send{running.Send}, slices.Repeat(full.Runs, 6)...)
	runningNow.Running.Stop = &stopped
	for i := range runningNow.Runs[1:] {
		runningNow.Runs[i+1].ID = int64(11 - i)
	}
	short, shortOfOne, unknown, nobody := figures, figures, figures, store.Figures{Rows: 5, Blocked: 5, StockLeft: 10}
	short.StockLeft, shortOfOne.StockLeft, unknown.StockLeft = -4880, -1, store.StockUnknown
	failed := base(dryRunOf(store.DryFailed, store.Figures{}))
	failed.DryRun.Fault = "disk I/O error"
	overtaken := base(dryRunOf(store.DryFailed, store.Figures{}))
	overtaken.DryRun.Fault = store.Overtaken
	none := base(nil)
	none.Version, none.Stock = store.Version{}, store.Stock{}
	scheduled := base(dryRunOf(store.DryReady, figures))
	off := s
	off.NextSlot = ""
	scheduled.Schedule = &off
	for _, outcome := range []string{store.SlotAsked, store.SlotOverlap, store.SlotRefused} {
		scheduled.Slots = append(scheduled.Slots, store.SlotNote{Slot: "2026-11-05T09:00", Outcome: outcome, Why: "over_limit"})
	}
	waiting := scheduled
	waiting.Slots = []store.SlotNote{{Slot: "2026-11-05T09:00", Outcome: store.SlotWaiting}, {Slot: "2026-11-05T09:00", Outcome: "moon", Why: "full"}}
	return map[string]commands.CampaignView{"ready, with everything": full, "ready, nobody needs to agree": free, "figures too old": old, "changed since": changed,
		"started before": started, "running, while stopped": runningNow, "too few coupons": base(dryRunOf(store.DryReady, short)),
		"one coupon too few": base(dryRunOf(store.DryReady, shortOfOne)), "stock not read": base(dryRunOf(store.DryReady, unknown)),
		"nobody is left": base(dryRunOf(store.DryReady, nobody)), "counting": base(dryRunOf(store.DryCounting, store.Figures{})), "counting failed": failed, "counted before a run": overtaken,
		"never counted": none, "scheduled, nothing is planned": scheduled, "scheduled, a time waits": waiting}
}

func campaignChanges() map[string]commands.CampaignChanged {
	waits := campaignSend(store.SendAwaiting, store.Counts{})
	waits.Seats, waits.Missing = bothSeats, bothSeats
	many := store.Counts{Total: 50000, Issued: 22500, Waiting: 27377, Issuing: 77, Unknown: 3, Refused: 43}
	two := store.Counts{Total: 2, Issued: 1, Waiting: 1}
	all := map[string]commands.CampaignChanged{
		"saved anew": {Verb: "save"}, "counting": {Verb: "dryrun"}, "counting for a missed time": {Verb: "dryrun", Slot: "2026-11-05T09:00"}, "started, waits": {Verb: "start", Send: waits},
		"started": {Verb: "start", Send: campaignSend(store.SendApproved, store.Counts{})}, "started, paused": {Verb: "start", Send: campaignSend(store.SendPaused, store.Counts{})},
		"paused": {Verb: "pause", Send: campaignSend(store.SendPaused, many)}, "paused, one waits": {Verb: "pause", Send: campaignSend(store.SendPaused, two)},
		"resumed": {Verb: "resume", Send: campaignSend(store.SendIssuing, many)}, "resumed, one waits": {Verb: "resume", Send: campaignSend(store.SendIssuing, two)},
		"cancelled":                {Verb: "cancel", Send: campaignSend(store.SendCancelled, many)},
		"cancelled, all settled":   {Verb: "cancel", Send: campaignSend(store.SendCancelled, store.Counts{Total: 3, Issued: 1, Cancelled: 2})},
		"cancelled while awaiting": {Verb: "cancel", Send: campaignSend(store.SendWithdrawn, store.Counts{})},
		"retried":                  {Verb: "retry", Send: campaignSend(store.SendIssuing, many), Retried: store.Retried{Back: 40, Final: 80}}, "something else": {Verb: "dance"},
	}
	for name, q := range all {
		q.Campaign = springSale
		all[name] = q
	}
	saved := springSale
	saved.Revision = 1
	all["saved"] = commands.CampaignChanged{Campaign: saved, Verb: "save"}
	return all
}

// campaignReplies are the answers about campaigns and schedules.
func campaignReplies() map[string]commands.Reply {
	all := map[string]commands.Reply{"a form that did not open": commands.CampaignForm{}, "list: none": commands.CampaignList{}, "schedules: none": commands.ScheduleList{},
		"help": commands.Help{Command: "/coupon", Topics: []commands.Topic{{Verb: "campaign", Usage: "new"}, {Verb: "schedule", Usage: "list"}, {Verb: "audience", Usage: "new"}}}}
	for name, q := range campaigns() {
		all["campaign "+name] = q
	}
	for name, q := range campaignChanges() {
		all["changed: "+name] = q
	}
	for name, q := range schedules() {
		all["schedule "+name] = q
	}
	c, s := campaigns(), schedules()
	all["list: one"] = commands.CampaignList{Campaigns: []commands.CampaignView{c["ready, nobody needs to agree"]}}
	some := []commands.CampaignView{c["ready, with everything"], c["counting"], c["never counted"], c["started before"], c["running, while stopped"]}
	all["list: many"] = commands.CampaignList{Campaigns: slices.Repeat(some, 3)}
	all["schedules: one"] = commands.ScheduleList{Schedules: []commands.ScheduleView{s["on, the series is approved"]}}
	ended := s["every hour"]
	ended.Schedule.NextAt = time.Time{}
	all["schedules: many"] = commands.ScheduleList{Schedules: slices.Repeat([]commands.ScheduleView{s["on, the series waits"], ended, s["some minute"]}, 4)}
	return all
}

// campaignRefusals are the codes about campaigns, schedules and audiences.
func campaignRefusals() map[string]*commands.Refusal {
	all := map[string]*commands.Refusal{}
	for _, x := range []commands.Refusal{
		{Code: commands.NoSuchCampaign, Word: "sprin-sale", Nearest: "spring-sale"}, {Code: commands.CampaignExists, Word: "spring-sale"},
		{Code: commands.CampaignRevised, Word: "spring-sale", By: "U05MIA", At: before}, {Code: commands.CampaignStale, Word: "spring-sale"}, {Code: commands.NoRun, Word: "spring-sale"},
		{Code: commands.RunNotOver, Word: "spring-sale", Text: "S12"}, {Code: commands.NobodyLeft, Word: "spring-sale"}, {Code: commands.NoAudience},
		{Code: commands.NoSuchAudience, Word: "member", Nearest: "members"}, {Code: commands.BadName, Word: "Spring Sale!"}, {Code: commands.BadNumber, Word: "many", Text: commands.FieldCap},
		{Code: commands.NoSchedule, Word: "spring-sale"}, {Code: commands.BadDate, Word: "tomorrow"},
		{Code: commands.BadMissed, Word: "onc", Nearest: "once", Names: []string{"once", "skip", "ask"}}, {Code: commands.BadCron, Word: "0 25 * * *", Text: "hour 25"},
		{Code: commands.EveryNotAllowed, Word: "@every 2h"}, {Code: commands.NeverFires, Word: "0 9 30 2 *"},
		{Code: commands.TooOften, Word: "*/5 * * * *", Text: "00:00, 00:05", Number: 15}, {Code: commands.UnknownZone, Word: "Asia/Peking", Nearest: "Asia/Shanghai"},
		{Code: commands.TwoZones, Word: "CRON_TZ=UTC 0 9 * * *", Text: "UTC, Asia/Shanghai"}, {Code: commands.BadHours, Word: "from nine"},
		{Code: commands.AudienceInUse, Word: "vip", Names: []string{"spring-sale", "summer"}}, {Code: commands.TooManyFiles, Count: 11, Number: 10},
	} {
		all[string(x.Code)] = &x
	}
	all["campaign_revised, not known by whom"] = &commands.Refusal{Code: commands.CampaignRevised, Word: "spring-sale"}
	all["bad_number, rows"] = &commands.Refusal{Code: commands.BadNumber, Word: "-1", Text: "rows"}
	all["bad_number, somewhere"] = &commands.Refusal{Code: commands.BadNumber, Word: "-1", Text: "moon"}
	all["missing_field, channel"] = &commands.Refusal{Code: commands.MissingField, Word: commands.FieldChannel}
	return all
}

func campaignDrawings(t *testing.T) []drawing {
	var all []drawing
	add := func(group, name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{group, name, draw})
	}
	for name, q := range campaignReplies() {
		add("campaigns", name, func(v *Views, r Reader) Message { return v.Reply(r, q) })
	}
	return slices.Concat(all, runDrawings(t), plannedDrawings(), audienceDrawings(), campaignFormDrawings(t))
}
