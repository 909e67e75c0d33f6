package views

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// drawnCampaigns is one text wherever foreign text can stand about campaigns, schedules and audiences.
func drawnCampaigns(v *Views, r Reader, text string) []Message {
	p := fullCampaign()
	p.StockName, p.Reason, p.Ticket, p.Note, p.TestOpenID, p.OnceKey, p.Window, p.Channel = text, text, text, text, text, text, text, text
	version := version3
	version.Checksum, version.By, version.Source, version.Minus = text, text, text, text
	s := schedules()["on, the series is approved"]
	s.Campaign, s.Timetable.Cron, s.Timetable.Zone, s.Schedule.MadeBy = p, text, text, text
	s.Timetable.Rhythm = commands.Rhythm{Kind: "daily", Times: []string{text}}
	note := store.SlotNote{Slot: "2026-11-05T09:00", At: before, Outcome: store.SlotAsked, By: text, Why: text}
	refused := note
	refused.Outcome = store.SlotRefused
	detailed := refused
	detailed.Why, detailed.Detail = string(commands.RunNotOver), `{"Code":"run_not_over","Word":`+strconv.Quote(text)+`,"Text":`+strconv.Quote(text)+`}`
	card := commands.CampaignView{Campaign: p, Version: version, Newer: &version, DryRun: dryRunOf(store.DryReady, figures), Fresh: true, Schedule: &s.Schedule, Next: s.Timetable.Next,
		Slots: []store.SlotNote{note, refused}, Seats: []store.Seat{{Group: text, Count: 1}}}
	card.Stock.Name = text
	failed := card
	failed.DryRun = dryRunOf(store.DryFailed, store.Figures{})
	failed.DryRun.Fault = text
	run := pausedRun(text, text)
	run.Campaign, run.Run.Slot, run.Send.RequestedBy, run.Outcomes = p, text, store.ActorClock, []store.OutcomeCount{{Outcome: text, Code: text, Message: text, Coupons: 1}}
	run.Send.StockName, run.Send.Reason, run.Stock.Name = text, text, text
	limited := run
	limited.Send.PauseReason = store.PauseLimit
	test := run
	test.Send.PauseReason = store.PauseTest
	running := card
	running.Running = &run
	out := []Message{v.CampaignCard(r, card), v.CampaignCard(r, failed), v.CampaignCard(r, running), v.RunCard(r, run), v.RunCard(r, limited), v.RunCard(r, test), v.RunEnded(r, run),
		v.Failures(r, run), v.ScheduleCard(r, s), v.MissedCard(r, s, note), v.MissedCard(r, s, refused), v.MissedCard(r, s, detailed),
		v.Reply(r, commands.CampaignList{Campaigns: []commands.CampaignView{card}}), v.Reply(r, commands.ScheduleList{Schedules: []commands.ScheduleView{s}}),
		v.Reply(r, commands.AudienceView{Audience: store.Audience{Name: text, Version: version}, Campaigns: []string{text}, Uploads: []store.Upload{{By: text, Fault: text, About: text}}}),
		v.Reply(r, commands.AudienceList{Audiences: []store.Audience{{Name: text, Version: version}}}), v.Reply(r, commands.AudienceDeleted{Audience: store.Audience{Name: text}}),
		v.SendCard(r, SendFacts{Run: &run}), v.SendCard(r, SendFacts{Send: run.Send, Run: &run, Series: &s}),
		v.Reply(r, commands.Uploading{Upload: store.Upload{Audience: text, Minus: text}}), v.BadRows(r, store.Upload{Audience: text})}
	for _, state := range []store.UploadState{store.UploadDone, store.UploadFailed, store.UploadWaiting} {
		bad := []store.BadRow{{File: text, Why: "bad_character", Stray: text}}
		out = append(out, v.ImportCard(r, Import{Version: version, Upload: store.Upload{State: state, Audience: text, FirstBad: bad, Tally: store.Tally{Bad: 1}, Fault: text, About: text}}))
	}
	for _, x := range problems() {
		x.Text, x.By, x.Seats = text, text, []store.Seat{{Group: text, Count: 1}}
		out = append(out, v.Preflight(r, s, []commands.Problem{x}))
	}
	return out
}

func TestHugeCampaignsStayWithinSlacksLimits(t *testing.T) {
	v := newViews(t)
	for _, r := range []Reader{{Language: "en", Private: true, Now: now}, {Language: "zh", Now: now}} {
		for i, m := range drawnCampaigns(v, r, huge) {
			check(t, r.Language+" "+string(rune('a'+i)), m)
		}
		s := schedules()["on, the series waits"]
		check(t, "preflight", v.Preflight(r, s, slices.Repeat(problems(), 10)))
		check(t, "campaigns", v.Reply(r, commands.CampaignList{Campaigns: slices.Repeat([]commands.CampaignView{campaigns()["ready, with everything"]}, 200)}))
		check(t, "schedules", v.Reply(r, commands.ScheduleList{Schedules: slices.Repeat([]commands.ScheduleView{s}, 200)}))
	}
}

func TestStartIsOfferedOnlyWhenItStartsWhatIsShown(t *testing.T) {
	v := newViews(t)
	for name, q := range campaigns() {
		want := slices.Contains([]string{"ready, with everything", "ready, nobody needs to agree", "stock not read", "scheduled, nothing is planned", "scheduled, a time waits"}, name)
		if got := slices.Contains(actionsOf(v.CampaignCard(readers(t)["en"], q)), "campaign.start"); got != want {
			t.Errorf("%s: Start is offered: %v", name, got)
		}
	}
}

func TestStartNamesTheDryRunAndItsMoneyAndPeople(t *testing.T) {
	v := newViews(t)
	q := campaigns()["ready, with everything"]
	b := buttonsOf(v.CampaignCard(readers(t)["en"], q))[0]
	if b.ActionID != "campaign.start" || b.Value != commands.DryRunValue(q.Campaign, *q.DryRun) {
		t.Errorf("%s has the value %q", b.ActionID, b.Value)
	}
	for _, want := range []string{"49,880", "¥498,800.00", "members-nov", "approvers"} {
		if !strings.Contains(b.Confirm.Text.Text, want) {
			t.Errorf("the dialog does not say %s: %s", want, b.Confirm.Text.Text)
		}
	}
}

func TestARunHasTheButtonsThatDoSomethingNow(t *testing.T) {
	v := newViews(t)
	for name, want := range map[string]string{
		"running":                           "campaign.pause campaign.retry campaign.cancel",
		"approved, not begun":               "campaign.pause campaign.cancel",
		"approved, being prepared":          "campaign.pause campaign.cancel",
		"awaiting, being prepared":          "campaign.cancel",
		"nearly over, some asked about":     "",
		"cancelled, still settling":         "",
		"cancelled":                         "",
		"done":                              "",
		"done, some refused":                "campaign.retry",
		"done, many refused, too long ago":  "",
		"done, one refused for good":        "",
		"over, some not known":              "",
		"rejected":                          "",
		"paused by a person":                "campaign.resume campaign.cancel",
		"paused, look at the phone":         "campaign.resume campaign.cancel",
		"paused, nothing waits, by a limit": "campaign.resume",
	} {
		q, ok := runs()[name]
		if !ok {
			t.Fatalf("no case %q", name)
		}
		hasButtons(t, name, v.RunCard(readers(t)["en"], q), want, commands.SendValue(q.Send))
	}
}

func TestScheduleButtonsNameTheTimeOrTheSchedule(t *testing.T) {
	v := newViews(t)
	q := schedules()["on, the series is approved"]
	late := store.SlotNote{Slot: "2026-11-05T09:00", At: before, Outcome: store.SlotAsked}
	schedule, next, missed := commands.ScheduleValue(q.Schedule), commands.SlotValue(q.Schedule, q.Schedule.NextSlot), commands.SlotValue(q.Schedule, late.Slot)
	shown := schedules()["shown, a series"]
	for name, c := range map[string]struct {
		m    Message
		want []string
	}{
		"shown":  {v.ScheduleCard(Reader{}, shown), []string{"schedule.save " + commands.ScheduleValue(shown.Schedule)}},
		"on":     {v.ScheduleCard(Reader{}, q), []string{"schedule.run " + next, "schedule.skip " + next, "schedule.off " + schedule}},
		"off":    {v.ScheduleCard(Reader{}, schedules()["off"]), nil},
		"never":  {v.ScheduleCard(Reader{}, schedules()["shown, but never"]), nil},
		"missed": {v.MissedCard(Reader{}, q, late), []string{"schedule.run " + missed, "schedule.skip " + missed}},
		"stock ends before the time": {v.Preflight(Reader{}, q, []commands.Problem{{Code: commands.ProblemStockEnds}}),
			[]string{"schedule.run " + next, "schedule.skip " + next, "schedule.off " + schedule}},
		"budget short":   {v.Preflight(Reader{}, q, []commands.Problem{{Code: commands.ProblemStockShort}}), []string{"schedule.skip " + next, "schedule.off " + schedule}},
		"nothing is off": {v.Preflight(Reader{}, q, nil), nil},
	} {
		var got []string
		for _, b := range buttonsOf(c.m) {
			got = append(got, b.ActionID+" "+b.Value)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

func TestTheSumsOfARunAddUp(t *testing.T) {
	for name, q := range runs() {
		n := tallyOf(q)
		if sum := n.issued + n.refused + n.unknown + n.cancelled + n.settling + n.left; sum != n.whole {
			t.Errorf("%s: %+v adds up to %d", name, n, sum)
		}
	}
	text := strings.Join(textsOf(newViews(t).RunEnded(readers(t)["en"], ended()["cancelled"])), "\n")
	if want := "50,000 customers = 49,871 issued + 120 refused + 9 cancelled"; !strings.Contains(text, want) {
		t.Errorf("%s does not say %s", text, want)
	}
}

func TestRunsMaskOpenidsWhoeverReads(t *testing.T) {
	v := newViews(t)
	for name, q := range runs() {
		q.Campaign = fullCampaign()
		for _, m := range []Message{v.RunCard(readers(t)["en"], q), v.RunEnded(readers(t)["en"], q)} {
			for _, text := range textsOf(m) {
				if strings.Contains(text, customer) {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
	}
}

func TestPlannedTimesAreToldInBothZonesWhereTheyDiffer(t *testing.T) {
	v := newViews(t)
	q := schedules()["shown, two times on three days"] // in Shanghai
	for language, want := range map[string]string{"en": "Fri 2026-11-06 09:00, for you", "zh": "周五 2026-11-06 09:00\n"} {
		text := strings.Join(textsOf(v.ScheduleCard(readers(t)[language], q)), "\n")
		if !strings.Contains(text, want) {
			t.Errorf("%s: %s does not say %q", language, text, want)
		}
	}
}

func TestHowLongSomethingTakesIsNeverSaidTooShort(t *testing.T) {
	c := newViews(t).card(Reader{})
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 40 * time.Second: "40 seconds", time.Minute: "1 minute", 61 * time.Second: "2 minutes", time.Hour: "1 hour",
		2*time.Hour + 4*time.Minute + time.Second: "2 hours 5 minutes", 23*time.Hour + 59*time.Minute + time.Second: "1 day", 25 * time.Hour: "1 day 1 hour", 48 * time.Hour: "2 days",
	} {
		if got := c.value(plain, lasts(d)); got != want {
			t.Errorf("%v is said as %q, not %q", d, got, want)
		}
	}
}

func TestSizesAreSaidAsFileManagersDo(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 KB", 2_148_000: "2.1 MB", 10_000_000: "10 MB", 1_500_000_000: "1.5 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d is %q, not %q", n, got, want)
		}
	}
}

func TestTheAudienceFormComesBackWithWhatItWasOpenedWith(t *testing.T) {
	v := newViews(t)
	for name, names := range map[string][]string{"none": nil, "some": {"vip"}, "many": slices.Repeat([]string{strings.Repeat("a", 40)}, 150)} {
		values := map[string]string{commands.FieldName: huge, commands.FieldMinus: "vip"}
		form, _ := v.Form(readers(t)["zh"], commands.AudienceForm{Meta: "C05NEWS", Values: values, Names: names})
		if form.CallbackID != commands.FormAudience || form.PrivateMetadata != "C05NEWS" {
			t.Errorf("%s: %q %q", name, form.CallbackID, form.PrivateMetadata)
		}
		checkForm(t, name, form)
	}
}
