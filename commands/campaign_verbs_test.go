package commands

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

func TestCampaignLinesThatAreRefused(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	for _, tt := range []struct {
		sentence, person, line string
		want                   Refusal
	}{
		{"an agent runs no campaigns", ana, "campaign list", Refusal{Code: NoRight}},
		{"nor does an admin", ada, "campaign start spring-sale", Refusal{Code: NoRight}},
		{"nor an approver", appy, "campaign show spring-sale", Refusal{Code: NoRight}},
		{"nor finance", fin, "schedule list", Refusal{Code: NoRight}},
		{"a misspelt action", mia, "campaign strat spring-sale", Refusal{Code: UnknownVerb, Word: "campaign strat", Nearest: "campaign start"}},
		{"a campaign where the action should be", mia, "campaign spring-sale", Refusal{Code: UnknownVerb, Word: "campaign spring-sale"}},
		{"nothing at all", mia, "campaign", Refusal{Code: TooFew}},
		{"start what?", mia, "campaign start", Refusal{Code: TooFew}},
		{"a list of what?", mia, "campaign list spring-sale", Refusal{Code: TooMany, Word: "spring-sale"}},
		{"two campaigns at once", mia, "campaign start spring-sale autumn", Refusal{Code: TooMany, Word: "autumn"}},
		{"a misspelt campaign", mia, "campaign show sprng-sale", Refusal{Code: NoSuchCampaign, Word: "sprng-sale", Nearest: "spring-sale"}},
		{"a run that there never was", mia, "campaign pause spring-sale", Refusal{Code: NoRun, Word: "spring-sale"}},
		{"a list that a campaign runs on", mia, "audience delete vip", Refusal{Code: AudienceInUse, Word: "vip"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			r := w.isRefused(tt.person, tt.line)
			if r.Code != tt.want.Code || r.Word != tt.want.Word || r.Nearest != tt.want.Nearest {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Everybody comes to everything that campaigns know: only who has the right, or for a run's buttons an admin, gets through.
func TestWhoMayDoWhatWithCampaigns(t *testing.T) {
	people := []struct {
		name, person string
		world        func(w *world)
		want         Code // "": may
	}{
		{"who made it", mia, nil, ""},
		{"another one of marketing", moe, nil, ""},
		{"an agent", ana, nil, NoRight},
		{"an approver", appy, nil, NoRight},
		{"somebody of no group", guy, nil, NoRight},
		{"a guest", mia, func(w *world) { w.people.people[mia] = Person{Guest: true} }, Guest},
		{"who was deactivated", mia, func(w *world) { w.people.people[mia] = Person{Deactivated: true} }, Deactivated},
		{"somebody of another workspace", moe, func(w *world) { w.people.people[moe] = Person{Team: "T2"} }, Stranger},
		{"anybody while Slack cannot say who is who", mia, func(w *world) { w.people.fault = errors.New("slow") }, CouldNotCheck},
		{"who left marketing", mia, func(w *world) { w.config.Groups[4].Members = []string{moe} }, NoRight},
	}
	for _, p := range people {
		t.Run(p.name, func(t *testing.T) {
			w := newMarket(t)
			w.starts(moe, w.makes(map[string]string{FieldName: "other"}))
			start := w.dryRuns(w.makes(nil))
			schedule := as[ScheduleView](t, w.says(mia, `schedule spring-sale "0 9 * * *"`)).Schedule
			if p.world != nil {
				p.world(w)
			}
			check := func(did string, err error) {
				t.Helper()
				if p.want == "" && err != nil || p.want != "" && w.refusal(nil, err).Code != p.want {
					t.Errorf("%s: got %v, want %q", did, err, p.want)
				}
			}
			for _, line := range []string{"campaign new", "campaign list", "campaign show spring-sale", "campaign edit spring-sale", "campaign start spring-sale", "audience list",
				"audience new", `schedule spring-sale "0 9 * * *"`, "schedule list"} {
				_, err := w.Do(t.Context(), w.ask(p.person), line)
				check(line, err)
			}
			_, err := w.Suggest(t.Context(), w.ask(p.person), FieldStock, "")
			if p.person != ana {
				check("stocks", err)
			}
			press := func(action, value string) {
				_, err := w.Press(t.Context(), w.ask(p.person), action, value)
				check(action, err)
			}
			press("schedule.save", ScheduleValue(schedule))
			press("campaign.start", start)
			press("campaign.pause", "S1.r1")
		})
	}
}

func TestAnAdminStopsARunAndStartsNone(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	s := w.starts(mia, c)
	w.prepares()
	if done := as[CampaignChanged](t, w.presses(ada, "campaign.pause", SendValue(s))); done.Verb != "pause" || done.Send.State != store.SendPaused {
		t.Errorf("got %+v", done)
	}
	as[Changed](t, w.says(adi, "resume S1"))
	as[Changed](t, w.says(ada, "pause S1"))
	if r := w.isRefusedPressing(ada, "campaign.start", w.dryRuns(c)); r.Code != NoRight {
		t.Errorf("got %+v", r)
	}
	for _, person := range []string{ana, appy, fin} {
		if r := w.isRefused(person, "resume S1"); r.Code != NoRight || r.Right != RightCampaign {
			t.Errorf("%s: %+v", person, r)
		}
	}
	w.audited(1, appy+" refused resume no_right <nil>")
}

func TestTheNextShiftEndsWhatTheLastOneBegan(t *testing.T) {
	w := newMarket(t)
	w.starts(mia, w.makes(nil))
	w.prepares()
	for _, step := range []struct {
		line string
		want store.SendState
	}{
		{"campaign pause spring-sale", store.SendPaused}, {"campaign resume spring-sale", store.SendApproved}, {"pause S1", store.SendPaused}, {"resume S1", store.SendApproved},
		{"campaign pause spring-sale", store.SendPaused}, {"campaign cancel spring-sale", store.SendCancelled},
	} {
		w.says(moe, step.line)
		if s := w.send(1); s.State != step.want {
			t.Errorf("after %q it is %s, want %s", step.line, s.State, step.want)
		}
	}
	for _, verb := range []string{"pause", "resume", "cancel"} {
		if r := w.isRefused(moe, "campaign "+verb+" spring-sale"); r.Code != WrongState || r.Word != "S1" || r.Text != "cancelled" {
			t.Errorf("%s afterwards: %+v", verb, r)
		}
		if r := as[Redrawn](t, w.presses(moe, "campaign."+verb, "S1.r1")); r.Subject != "S1" {
			t.Errorf("%s pressed afterwards: %+v", verb, r)
		}
	}
	w.audited(1, moe+" send.cancel")
}

func TestARunsButtonsAreOfRunsOnly(t *testing.T) {
	w := newMarket(t)
	person := w.sent(ana, "send sorry-10 oA")
	for _, value := range []string{SendValue(person), "", "spring-sale.d1", "D1"} {
		as[Redrawn](t, w.presses(mia, "campaign.cancel", value))
	}
	if r := w.isRefusedPressing(mia, "campaign.cancel", "S9.r1"); r.Code != NoSuchSend {
		t.Errorf("got %+v", r)
	}
	if s := w.send(person.ID); s.State != store.SendApproved {
		t.Errorf("it is %s", s.State)
	}
}

func TestFailedCouponsOfARunAreRetried(t *testing.T) {
	for _, how := range []string{"campaign retry spring-sale", "retry S1", "campaign.retry"} {
		t.Run(how, func(t *testing.T) {
			w := newMarket(t, func(c *Config) { c.Limits.Customer = []Ceiling{{Coupons: 1, Per: store.Month}} })
			w.ran(w.makes(nil), refusesAll)
			ask := w.ask(moe)
			do := func() (Reply, error) {
				if how == "campaign.retry" {
					return w.Press(t.Context(), ask, how, "S1.r1")
				}
				return w.Do(t.Context(), ask, how)
			}
			reply, err := do()
			if err != nil {
				t.Fatal(err)
			}
			switch r := reply.(type) {
			case CampaignChanged:
				if r.Verb != "retry" || r.Retried.Back != 3 || r.Send.Waiting != 3 {
					t.Errorf("got %+v", r)
				}
			case Retried:
				if r.Back != 3 {
					t.Errorf("got %+v", r)
				}
			default:
				t.Errorf("got %#v", reply)
			}
			if again, err := do(); err != nil {
				t.Errorf("delivered twice: %+v, %v", again, err)
			}
			w.settles(issuesAll)
			if r := w.isRefused(mia, "campaign retry spring-sale"); r.Code != NothingToRetry {
				t.Errorf("got %+v", r)
			}
			w.clock = w.clock.Add(8 * 24 * time.Hour)
			if s := w.send(1); s.Issued != 3 || s.State != store.SendDone {
				t.Errorf("got %+v", s)
			}
			parties, err := w.partiesOf(t.Context(), 1)
			if err != nil || !slices.Contains(parties, moe) {
				t.Errorf("who retried it is none of %v, %v", parties, err)
			}
		})
	}
}

func TestACampaignsCardShowsWhatItDid(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	if v := as[CampaignView](t, w.says(mia, "campaign show SPRING-SALE")); v.DryRun != nil || v.Fresh || v.Running != nil || v.Seats != nil || v.Version.Tally.Usable != 3 {
		t.Errorf("at first: %+v", v)
	}
	if done := as[CampaignChanged](t, w.says(moe, "campaign start spring-sale")); done.Verb != "dryrun" {
		t.Errorf("start without a dry run: %+v", done)
	}
	if v := as[CampaignView](t, w.says(mia, "campaign show spring-sale")); v.DryRun == nil || v.DryRun.State != store.DryCounting || v.Fresh {
		t.Errorf("while it counts: %+v", v)
	}
	w.counts(c)
	v := as[CampaignView](t, w.says(mia, "campaign start spring-sale"))
	if !v.Fresh || v.DryRun.Figures.Recipients != 3 || v.DryRun.Figures.Money != 3000 || len(v.Seats) != 0 {
		t.Errorf("counted: %+v", v)
	}
	w.clock = w.clock.Add(DryRunLife + time.Minute)
	if v, err := w.CampaignFacts(t.Context(), "spring-sale"); err != nil || v.Fresh {
		t.Errorf("an hour later: %+v, %v", v, err)
	}
	w.starts(mia, c)
	w.prepares()
	v = as[CampaignView](t, w.says(mia, "campaign show spring-sale"))
	if v.Running == nil || v.Running.Send.ID != 1 || len(v.Runs) != 1 || v.Running.PerMinute != 0 {
		t.Errorf("while it runs: %+v", v)
	}
	w.clock = w.clock.Add(time.Minute)
	w.settles(func(c store.Claim) store.Result {
		if c.ID.Position == 1 {
			return refusesAll(c)
		}
		return issuesAll(c)
	})
	run, err := w.RunFacts(t.Context(), 1)
	if err != nil || run.PerMinute != 0 || len(run.Outcomes) != 1 || run.Outcomes[0].Coupons != 1 || run.Run.OverAt.IsZero() {
		t.Errorf("at its end: %+v, %v", run, err)
	}
	if all := as[CampaignList](t, w.says(moe, "campaign list")).Campaigns; len(all) != 1 || all[0].Running != nil || len(all[0].Runs) != 1 {
		t.Errorf("listed: %+v", all)
	}
}

func TestTheStatusOfARunIsForWhoRunsCampaigns(t *testing.T) {
	w := newMarket(t)
	w.starts(mia, w.makes(nil))
	w.prepares()
	for person, full := range map[string]bool{mia: true, moe: false, fin: true} {
		if got := as[Status](t, w.says(person, "status S1")); got.Full != full || len(got.Grants) != 3 {
			t.Errorf("%s: %+v", person, got)
		}
	}
	for _, person := range []string{ana, guy} {
		if r := w.isRefused(person, "status S1"); r.Code != NotYours {
			t.Errorf("%s: %+v", person, r)
		}
	}
}

func TestARunSaysHowFastItIs(t *testing.T) {
	w := newMarket(t)
	w.starts(mia, w.makes(nil))
	w.prepares()
	w.clock = w.clock.Add(2 * time.Minute)
	lead, err := w.ledger.WaitLead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lead.Close()
	claims, err := w.ledger.Claim(t.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 2, Lease: time.Minute})
	if err != nil || len(claims) != 2 {
		t.Fatal(claims, err)
	}
	for _, c := range claims {
		r := issuesAll(c)
		r.ID, r.Attempt = c.ID, c.Attempts
		if _, err := w.ledger.Record(t.Context(), []store.Result{r}); err != nil {
			t.Fatal(err)
		}
	}
	w.stopped(ada, "wrong stock")
	v, err := w.RunFacts(t.Context(), 1)
	if err != nil || v.PerMinute != 1 || !v.EndsAt.Equal(w.clock.Add(time.Minute)) || v.Stop == nil {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestHomeShowsRunsToWhoRunsCampaigns(t *testing.T) {
	w := newMarket(t)
	for _, name := range []string{"one", "two", "three", "four"} {
		w.starts(mia, w.makes(map[string]string{FieldName: name}))
	}
	for person, want := range map[string]int{moe: 3, ana: 0, ada: 0, guy: 0} {
		home, err := w.Home(t.Context(), person)
		if err != nil || len(home.Running) != want {
			t.Errorf("%s: %d runs, %v", person, len(home.Running), err)
		}
		if want > 0 && (home.Running[0].Campaign.Name != "four" || home.Running[2].Campaign.Name != "two") {
			t.Errorf("the first is of %s", home.Running[0].Campaign.Name)
		}
	}
	w.says(moe, "campaign cancel four")
	w.prepares()
	if home, err := w.Home(t.Context(), moe); err != nil || home.Running[0].Campaign.Name != "three" {
		t.Errorf("got %+v, %v", home.Running, err)
	}
}

func TestHelpShowsCampaignsToWhoRunsThem(t *testing.T) {
	w := newMarket(t)
	want := "help status mine queue withdraw limits stocks stock audience campaign schedule pause resume cancel retry recheck"
	if got := topics(as[Help](t, w.says(mia, "help"))); got != want {
		t.Errorf("got %q", got)
	}
	for n, verb := range verbs() {
		if slices.Contains(verbs()[:n], verb) {
			t.Errorf("%s is there twice", verb)
		}
	}
}

func TestAListInUseStays(t *testing.T) {
	w := newMarket(t)
	first := w.makes(map[string]string{FieldName: "first"})
	for n := range campaignsMost + 1 {
		w.makes(map[string]string{FieldName: "later-" + string(rune('a'+n)), FieldAudience: "many"})
	}
	if r := w.isRefused(mia, "audience delete vip"); r.Code != AudienceInUse || !slices.Equal(r.Names, []string{"first"}) {
		t.Errorf("by a campaign of long ago: %+v", r)
	}
	w.starts(mia, first)
	form := as[CampaignForm](t, w.says(mia, "campaign edit first"))
	if _, faults, err := w.submits(mia, form.Meta, springSale(map[string]string{FieldAudience: "many"})); err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	if r := w.isRefused(mia, "audience delete vip"); r.Code != AudienceInUse || !slices.Equal(r.Names, []string{"S1"}) {
		t.Errorf("by a run that is being prepared: %+v", r)
	}
	w.prepares()
	as[AudienceDeleted](t, w.says(mia, "audience delete vip"))
}
