package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

func TestADryRunStartsOnce(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	value := w.dryRuns(c)
	ask := w.ask(mia)
	for range 2 {
		reply, err := w.Press(t.Context(), ask, "campaign.start", value)
		if err != nil {
			t.Fatal(err)
		}
		done := as[CampaignChanged](t, reply)
		if done.Verb != "start" || done.Send.ID != 1 || done.Send.State != store.SendApproved || done.Send.RequestedBy != mia || done.Send.Campaign != "spring-sale" {
			t.Errorf("got %+v", done)
		}
	}
	w.stopped(ada, "x")
	w.read("9856000", func(s *store.Stock) { s.Status = "paused" })
	if done := as[CampaignChanged](t, w.presses(moe, "campaign.start", value)); done.Send.ID != 1 {
		t.Errorf("pressed by somebody else, whatever happened since: %+v", done)
	}
	if runs, err := w.ledger.RunsOf(t.Context(), c.ID, 10); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	w.audited(1, mia+" send.create")
}

// Two dry runs were ready; what the second one counted is wrong once the run of the first is over.
func TestFiguresFromBeforeARunDoNotStart(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	first := w.dryRuns(c)
	second := w.dryRuns(c)
	if done := as[CampaignChanged](t, w.presses(mia, "campaign.start", first)); done.Verb != "start" {
		t.Fatalf("got %+v", done)
	}
	w.prepares()
	w.settles(issuesAll)
	if s := w.send(1); s.State != store.SendDone {
		t.Fatalf("it is %+v", s)
	}
	if r := as[Redrawn](t, w.presses(mia, "campaign.start", second)); r.Subject != "campaign:spring-sale" {
		t.Errorf("pressed: %+v", r)
	}
	if done := as[CampaignChanged](t, w.says(mia, "campaign start spring-sale")); done.Verb != "dryrun" {
		t.Errorf("typed: %+v", done)
	}
}

func TestWhatWasNotSeenDoesNotStart(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		happens  func(w *world, c store.Campaign)
	}{
		{"the dry run is more than an hour old", func(w *world, c store.Campaign) { w.clock = w.clock.Add(DryRunLife + time.Second) }},
		{"the campaign was changed", func(w *world, c store.Campaign) { w.edits(moe, map[string]string{FieldNote: "other"}) }},
		{"it runs on a newer list", func(w *world, c store.Campaign) { w.uploads(uma, "vip", "oA", "oD"); w.edits(mia, nil) }},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newMarket(t)
			c := w.makes(nil)
			value := w.dryRuns(c)
			tt.happens(w, c)
			if r := as[Redrawn](t, w.presses(mia, "campaign.start", value)); r.Subject != "campaign:spring-sale" {
				t.Errorf("got %+v", r)
			}
			w.audited(0, mia+" refused campaign.start stale campaign:spring-sale")
			if runs, err := w.ledger.RunsOf(t.Context(), c.ID, 1); err != nil || len(runs) != 0 {
				t.Errorf("it runs: %+v, %v", runs, err)
			}
			if done := as[CampaignChanged](t, w.says(mia, "campaign start spring-sale")); done.Verb != "dryrun" {
				t.Errorf("typed: %+v", done)
			}
			if s := as[CampaignChanged](t, w.presses(mia, "campaign.start", DryRunValue(c, w.counts(c)))).Send; s.ID != 1 {
				t.Errorf("from the new dry run: %+v", s)
			}
		})
	}
	w := newMarket(t)
	c := w.makes(nil)
	w.says(mia, "campaign dryrun spring-sale")
	run, err := w.ledger.NewestDryRun(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{DryRunValue(c, run), "spring-sale.d99", "spring-sale.d", "spring-sale", ""} {
		as[Redrawn](t, w.presses(mia, "campaign.start", value))
	}
}

func TestAStartThatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		rules    func(*Config)
		form     map[string]string
		happens  func(w *world)
		want     Code
		check    func(r *Refusal) bool
	}{
		{"everything is stopped", nil, nil, func(w *world) { w.stopped(ada, "wrong stock") }, AllStopped, func(r *Refusal) bool { return r.Stop.Why == "wrong stock" }},
		{"the stock has too few", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Distributed = 998 }) }, StockEmpty,
			func(r *Refusal) bool { return r.Number == 2 && r.Count == 3 }},
		{"the stock is paused", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Status = "paused" }) }, StockNotRunning, nil},
		{"the stock has ended", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Ends = noon }) }, CampaignStale, nil},
		{"a coupon is worth more", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Amount = 1100 }) }, CampaignStale, func(r *Refusal) bool { return r.Word == "spring-sale" }},
		{"a customer must spend more", nil, nil, func(w *world) { w.read("9856000", func(s *store.Stock) { s.Minimum = 9000 }) }, CampaignStale, nil},
		{"another merchant made the stock", nil, nil, func(w *world) {
			w.config.Stocks[0].CreatorMchID = "1900000002"
			w.read("9856000", func(*store.Stock) {})
		}, CampaignStale, nil},
		{"the stock may not be sent any more", nil, nil, func(w *world) { w.config.Stocks = w.config.Stocks[1:] }, UnlistedStock, nil},
		{"campaigns' limit has no room", func(c *Config) { c.Campaigns.Limits = []Ceiling{{Amount: 2999, Per: store.Day}} }, nil, func(*world) {}, OverLimit,
			func(r *Refusal) bool {
				return r.Word == "spring-sale" && r.Limit.Limit.Kind == store.LimitCampaign && r.Limit.Asked.HeldFen == 3000
			}},
		{"it is more than a campaign may have now", nil, nil, func(w *world) { w.config.Campaigns.MaxRecipients = 2 }, TooManyPeople, func(r *Refusal) bool { return r.Number == 2 && r.Count == 3 }},
		{"everybody is left out", nil, nil, func(w *world) {
			w.lists("blocked", "oA", "oB", "oC")
			w.says(mia, "campaign dryrun spring-sale")
		}, NobodyLeft, func(r *Refusal) bool { return r.Word == "spring-sale" }},
		{"nobody but those who had a hand in it could agree", func(c *Config) {
			c.Groups[1].Members = []string{mia, uma}
		}, map[string]string{FieldAudience: "many"}, func(*world) {}, NobodyCanApprove, func(r *Refusal) bool { return r.Money == 8000 && slices.Equal(r.Seats, oneApprover) }},
		{"who could agree cannot be read", func(c *Config) { c.Groups[1].Members = []string{"S03APPROVERS"} }, map[string]string{FieldAudience: "many"},
			func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, CouldNotCheck, nil},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			var rules []func(*Config)
			if tt.rules != nil {
				rules = append(rules, tt.rules)
			}
			w := newMarket(t, rules...)
			c := w.makes(tt.form)
			w.dryRuns(c)
			tt.happens(w)
			r := w.isRefusedPressing(mia, "campaign.start", DryRunValue(c, w.counts(c)))
			if r.Code != tt.want || tt.check != nil && !tt.check(r) {
				t.Errorf("got %+v", r)
			}
			if runs, err := w.ledger.RunsOf(t.Context(), c.ID, 1); err != nil || len(runs) != 0 {
				t.Errorf("it runs: %+v, %v", runs, err)
			}
		})
	}
}

func TestRunsOfACampaignNeverOverlap(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	w.starts(mia, c)
	next := w.dryRuns(c)
	if r := w.isRefusedPressing(moe, "campaign.start", next); r.Code != RunNotOver || r.Word != "spring-sale" || r.Text != "S1" {
		t.Errorf("got %+v", r)
	}
	w.prepares()
	w.settles(issuesAll)
	as[Redrawn](t, w.presses(moe, "campaign.start", next)) // it was counted before the run was over
	if s := w.starts(moe, c); s.ID != 2 {
		t.Errorf("when it is over: %+v", s)
	}
}

func TestARunHasTheCompanysRules(t *testing.T) {
	w := newMarket(t, func(c *Config) {
		c.Campaigns = Campaigns{PauseRefused: 50, PauseShare: 0.1, Limits: []Ceiling{{Amount: 900000, Per: store.Day}, {Coupons: 900, Per: store.Day}}}
		c.Limits = Limits{Agent: []Ceiling{{Amount: 1, Per: store.Day}}, Company: []Ceiling{{Amount: 1, Per: store.Day}}, Customer: []Ceiling{{Coupons: 1, Per: store.Month}},
			Stock: []Ceiling{{Amount: 500000, Per: store.Day}}, WeChatCustomerMonth: 50000}
	})
	rules := w.RunRules(w.makes(map[string]string{FieldHours: nineToNine}))
	if rules.PauseRefused != 50 || rules.PauseShare != 0.1 || rules.Window != nineToNine {
		t.Errorf("got %+v", rules)
	}
	var got []string
	for _, l := range slices.Concat(rules.Campaign, rules.Stock, rules.Customer) {
		got = append(got, fmt.Sprint(l.Kind, " ", l.Key, " ", l.OpenID, " ", l.Period, " ", l.MaxFen.String(), " ", l.MaxCoupons))
	}
	want := "campaign   day 9000.00 900, stock 9856000  day 5000.00 0, customer   month 0.00 1, wechat 1900000001|  month 500.00 0"
	if line := strings.Join(got, ", "); line != want {
		t.Errorf("got %q", line)
	}
}

// newAwaited is a world with a run of eight coupons that mia started, moe edited and uma uploaded the list of, and that
// waits for an approver.
func newAwaited(t testing.TB, change ...func(*Config)) (*world, store.Send) {
	t.Helper()
	w := newMarket(t, change...)
	w.makes(map[string]string{FieldAudience: "many"})
	w.edits(moe, map[string]string{FieldNote: "checked"})
	c, err := w.ledger.Campaign(t.Context(), "spring-sale")
	if err != nil {
		t.Fatal(err)
	}
	s := w.starts(mia, c)
	if s.State != store.SendAwaiting || !slices.Equal(s.Missing, oneApprover) {
		t.Fatalf("it does not wait: %+v", s)
	}
	return w, s
}

func TestEveryPathToADecisionAboutARun(t *testing.T) {
	approver := func(people ...string) func(*Config) {
		return func(c *Config) { c.Groups[1].Members = append([]string{appy}, people...) }
	}
	for _, k := range []struct {
		name, person string
		rules        func(*Config)
		world        func(w *world)
		want         Code // "": may decide
	}{
		{"an approver", appy, nil, nil, ""},
		{"an approver through a user group", ben, nil, nil, ""},
		{"finance", fin, nil, nil, NotDecider},
		{"an admin", ada, nil, nil, NotDecider},
		{"an agent", ana, nil, nil, NotDecider},
		{"who started it, who made it", mia, approver(mia), nil, OwnSend},
		{"who edited it", moe, approver(moe), nil, OwnSend},
		{"who uploaded the list", uma, approver(uma), nil, OwnSend},
		{"one of marketing who had no hand in it", "U14NEW", approver("U14NEW"), nil, ""},
		{"a guest", appy, nil, func(w *world) { w.people.people[appy] = Person{Guest: true} }, Guest},
		{"an approver who was removed a second ago", ben, nil, func(w *world) { w.aSecondAgo(func(d *directory) { d.members["S03APPROVERS"] = nil }) }, NotDecider},
		{"an approver whose group cannot be read", ben, nil, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, CouldNotCheck},
	} {
		awaited := func(t *testing.T) (*world, store.Send) {
			w, s := newAwaited(t, func(c *Config) {
				if k.rules != nil {
					k.rules(c)
				}
			})
			if k.world != nil {
				k.world(w)
			}
			return w, s
		}
		if k.want != "" {
			t.Run(k.name, func(t *testing.T) {
				w, s := awaited(t)
				for _, p := range paths() {
					t.Run(p.name, func(t *testing.T) { p.isRefused(t, w, s, k.person, k.want) })
				}
			})
			continue
		}
		for _, p := range paths() {
			t.Run(k.name+"/"+p.name, func(t *testing.T) {
				w, s := awaited(t)
				p.decides(t, w, s, k.person)
			})
		}
	}
}

func TestWhoStartsIsAPartyBesideWhoMadeIt(t *testing.T) {
	w := newMarket(t, func(c *Config) { c.Groups[1].Members = []string{moe, appy} })
	c := w.makes(map[string]string{FieldAudience: "many"})
	value := w.dryRuns(c)
	s := as[CampaignChanged](t, w.presses(moe, "campaign.start", value)).Send
	if r := w.isRefusedPressing(moe, "send.approve", SendValue(s)); r.Code != OwnSend {
		t.Errorf("the starter: %+v", r)
	}
	deciders, err := w.DecidersOf(t.Context(), s)
	if err != nil || !slices.Equal(deciders, []string{appy}) {
		t.Errorf("asked are %v, %v", deciders, err)
	}
	if d := as[Decided](t, w.presses(appy, "send.approve", SendValue(s))); d.Send.State != store.SendApproved {
		t.Errorf("got %+v", d)
	}
}

func TestAnApproverSeesWhatWasCounted(t *testing.T) {
	w, s := newAwaited(t, func(c *Config) { c.Campaigns.Limits = []Ceiling{{Amount: 90000, Per: store.Day}} })
	a := as[Approval](t, w.says(appy, "approve S1"))
	if a.Run == nil || a.Run.Figures.Recipients != 8 || a.Run.Figures.Money != 8000 || a.Series != nil || len(a.OpenIDs) != 0 || len(a.Limits) != 1 || a.Limits[0].Limit.MaxFen != 90000 {
		t.Errorf("got %+v", a)
	}
	q := as[Queue](t, w.says(ben, "queue"))
	if len(q.Sends) != 1 || q.Sends[0].Run == nil {
		t.Errorf("the queue is %+v", q)
	}
	if own := as[Queue](t, w.says(mia, "queue")); len(own.Sends) != 0 {
		t.Errorf("the starter's is %+v", own)
	}
	w.prepares()
	if d := as[Decided](t, w.presses(appy, "send.approve", SendValue(s))); d.Send.State != store.SendApproved || d.Send.Total != 8 {
		t.Errorf("got %+v", d.Send)
	}
}

func TestARunWhoseStockGivesSomethingElseIsNotApproved(t *testing.T) {
	w, s := newAwaited(t)
	w.read("9856000", func(s *store.Stock) { s.Amount = 1100 })
	if r := w.isRefusedPressing(appy, "send.approve", SendValue(s)); r.Code != CampaignStale || r.Word != "spring-sale" {
		t.Errorf("got %+v", r)
	}
	if now := w.send(1); now.State != store.SendAwaiting || now.Revision != 1 {
		t.Errorf("got %+v", now)
	}
	w.read("9856000", func(s *store.Stock) {})
	as[Decided](t, w.presses(appy, "send.approve", SendValue(s)))
}

func TestAnApprovedRunWithoutRoomPausesAndResumes(t *testing.T) {
	w, s := newAwaited(t, func(c *Config) { c.Campaigns.Limits = []Ceiling{{Amount: 10000, Per: store.Day}} })
	vip := w.makes(map[string]string{FieldName: "vip-sale"})
	w.starts(mia, vip)
	if d := as[Decided](t, w.presses(appy, "send.approve", SendValue(s))); d.Send.State != store.SendPaused || d.Send.PauseReason != store.PauseLimit {
		t.Errorf("got %+v", d.Send)
	}
	for _, line := range []string{"resume S1", "campaign resume spring-sale"} {
		if r := w.isRefused(mia, line); r.Code != OverLimit || r.Limit.Limit.Kind != store.LimitCampaign {
			t.Errorf("%s: %+v", line, r)
		}
	}
	w.clock = w.clock.Add(24 * time.Hour)
	if done := as[CampaignChanged](t, w.says(mia, "campaign resume spring-sale")); done.Send.State != store.SendApproved {
		t.Errorf("the next day: %+v", done.Send)
	}
}

func TestARunOfWhoMayRunCampaignsNoMore(t *testing.T) {
	w, s := newAwaited(t, func(c *Config) { c.Rights[RightSend] = append(c.Rights[RightSend], "marketing") })
	own := w.sent(mia, "send sorry-10 "+strings.Replace(people(6), "oUpF8u", "oOTHER", -1))
	w.config.Rights[RightCampaign] = nil
	if r := w.isRefusedPressing(appy, "send.approve", SendValue(s)); r.Code != RequesterLeft || r.By != mia {
		t.Errorf("got %+v", r)
	}
	if now := w.send(1); now.State != store.SendWithdrawn || now.ClosedBy != store.ActorBot || now.ClosedWhy != store.LeftWhy {
		t.Errorf("got %+v", now)
	}
	if now := w.send(own.ID); now.State != store.SendAwaiting {
		t.Errorf("what she may still ask for is %s", now.State)
	}
	w = newMarket(t)
	going := w.starts(mia, w.makes(nil))
	w.people.people[mia] = Person{Deactivated: true}
	if err := w.Recheck(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if now := w.send(going.ID); now.State != store.SendApproved {
		t.Errorf("a run that goes on is %s: it is the company's", now.State)
	}
}

func TestAnAwaitedRunIsWithdrawnAndAskedForAgain(t *testing.T) {
	w, s := newAwaited(t)
	if r := w.isRefused(moe, "campaign cancel spring-sale"); r.Code != NotYours || r.Word != "S1" {
		t.Errorf("by another: %+v", r)
	}
	if done := as[CampaignChanged](t, w.says(mia, "campaign cancel spring-sale")); done.Send.State != store.SendWithdrawn {
		t.Errorf("got %+v", done)
	}
	if r := w.isRefusedPressing(moe, "send.again", SendValue(s)); r.Code != NotYours {
		t.Errorf("by another: %+v", r)
	}
	if done := as[CampaignChanged](t, w.presses(mia, "send.again", SendValue(s))); done.Verb != "dryrun" {
		t.Errorf("got %+v", done)
	}
	c, err := w.ledger.Campaign(t.Context(), "spring-sale")
	if err != nil {
		t.Fatal(err)
	}
	w.counts(c)
	if v := as[CampaignView](t, w.presses(mia, "send.again", SendValue(s))); !v.Fresh || !slices.Equal(v.Seats, oneApprover) {
		t.Errorf("got %+v", v)
	}
	w.config.Rights[RightCampaign] = nil
	if r := w.isRefusedPressing(mia, "send.again", SendValue(s)); r.Code != NoRight {
		t.Errorf("without the right: %+v", r)
	}
}

func TestARunThatWasWrittenIsFoundAlthoughTheAnswerWasLost(t *testing.T) {
	w := newMarket(t)
	c := w.makes(nil)
	value := w.dryRuns(c)
	lost := errors.New("the connection is gone")
	if reply, err := w.notStarted(t.Context(), c, 1, lost); !errors.Is(err, lost) {
		t.Errorf("nothing was written: %+v, %v", reply, err)
	}
	w.presses(mia, "campaign.start", value)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	reply, err := w.notStarted(ctx, c, 1, lost)
	if err != nil || as[CampaignChanged](t, reply).Send.ID != 1 {
		t.Errorf("got %+v, %v", reply, err)
	}
}
