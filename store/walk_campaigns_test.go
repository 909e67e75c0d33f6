package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// What campaigns a walk has, over which lists, and by which rules they run.
var (
	campaignNames = []string{"spring", "summer", "autumn"}
	walkLists     = [][]string{everybody, everybody[2:], append([]string{"oQ0", "oQ1", "oQ2", "oQ3"}, everybody[:3]...)}
	walkRules     = store.RunRules{Campaign: []store.Limit{{Kind: store.LimitCampaign, Period: store.Day, MaxFen: 40_000}},
		Stock:        []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxCoupons: 12}},
		Customer:     []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxCoupons: 20}},
		PauseRefused: 3}
)

var campaignOps = []op{
	{1, "campaign", (*walk).campaign},
	{1, "ask dry run", (*walk).askDryRun},
	{1, "count dry run", (*walk).countDryRun},
	{8, "start run", (*walk).startRun},
	{8, "prepare", (*walk).prepare},
	{3, "hours", (*walk).hours},
	{1, "plan", (*walk).plan},
	{1, "end plan", (*walk).endPlan},
}

// TestCampaignWalk is a walk with campaigns among people's sends, and hardly a day of stops.
func TestCampaignWalk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		seed := rand.Uint64() % 1e6
		if s, err := strconv.ParseUint(os.Getenv("COUPONBOT_TEST_SEED"), 10, 64); err == nil {
			seed = s
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWalk(t, db, seed)
			w.op = "campaign"
			for range len(campaignNames) * 3 {
				w.allowed(w.campaign(t.Context()))
			}
			table := slices.DeleteFunc(append(slices.Clone(ops), campaignOps...), func(o op) bool { return o.name == "stop" || o.name == "hold" })
			for i := range table {
				if table[i].name == "ask" {
					table[i].weight = 2
				}
			}
			for range 600 {
				w.step(table)
			}
			w.rest()
		})
	})
}

// campaign makes a campaign or changes one.
func (w *walk) campaign(ctx context.Context) error {
	if len(w.lists) == 0 {
		for _, people := range walkLists {
			w.lists = append(w.lists, storetest.List(w.T, w.dsn, "walkers", people...))
		}
		storetest.List(w.T, w.dsn, store.AudienceBlocked, "oQ0")
	}
	name := campaignNames[w.IntN(len(campaignNames))]
	c, err := w.l.Campaign(context.Background(), name)
	if errors.Is(err, store.ErrNotFound) {
		c = store.Campaign{Name: name, StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000, Audience: "walkers", Channel: "C0MARKETING"}
	}
	c.VersionID, c.OnceKey, c.CapCoupons = w.lists[w.IntN(len(w.lists))], []string{"", "hello"}[w.IntN(2)], int64(w.IntN(3)*4)
	c.TestOpenID = []string{"", "", "oPHONE", "oP1"}[w.IntN(4)]
	c.Window = []string{"", "", "09:00-21:00"}[w.IntN(3)]
	_, err = w.l.SaveCampaign(ctx, c, "U0MAYA", w.key()+" campaign")
	return err
}

// someCampaign is one of them; nil when there is none of that name yet.
func (w *walk) someCampaign() *store.Campaign {
	c, err := w.l.Campaign(context.Background(), campaignNames[w.IntN(len(campaignNames))])
	if err != nil {
		return nil
	}
	return &c
}

func (w *walk) askDryRun(ctx context.Context) error {
	c := w.someCampaign()
	if c == nil {
		return nil
	}
	_, err := w.l.AskDryRun(ctx, c.ID, "U0MAYA", w.key()+" dry")
	return err
}

func (w *walk) countDryRun(ctx context.Context) error {
	_, err := w.l.CountDryRun(ctx, func(store.Campaign) store.RunRules { return walkRules }, 400)
	return err
}

// startRun starts the newest dry run of a campaign, by a person or at a planned time.
func (w *walk) startRun(ctx context.Context) error {
	c := w.someCampaign()
	if c == nil {
		return nil
	}
	_, err := w.l.AskDryRun(context.Background(), c.ID, "U0MAYA", "")
	for more := true; more && err == nil; {
		more, err = w.l.CountDryRun(context.Background(), func(store.Campaign) store.RunRules { return walkRules }, 400)
	}
	if err != nil {
		return err
	}
	run, err := w.l.NewestDryRun(context.Background(), c.ID)
	if err != nil {
		return err
	}
	ask := store.StartAsk{Input: w.key() + " start", By: "U0ANA", DryRun: run.ID, Rules: walkRules, Patience: patience}
	ask.Rules.Window = c.Window
	if groups := needs[w.IntN(len(needs))]; len(groups) > 0 {
		ask.Seats, _ = need(groups...)(nil)
	}
	if s, err := w.l.ScheduleOf(context.Background(), c.ID); err == nil && w.IntN(2) == 0 {
		ask.By, ask.Schedule, ask.Revision, ask.Slot, ask.At, ask.InSeries = store.ActorClock, s.ID, s.Revision, fmt.Sprint("slot ", w.IntN(20)), w.clock.Now(), true
	}
	_, err = w.l.StartRun(ctx, ask)
	return err
}

func (w *walk) prepare(ctx context.Context) error { _, err := w.l.Prepare(ctx); return err }

// hours opens every run that waits for it, for a while.
func (w *walk) hours(ctx context.Context) error {
	want, err := w.l.WantHours(ctx)
	for _, r := range want {
		err = errors.Join(err, w.l.SetHours(ctx, r.Send, w.clock.Now().Add(time.Duration(w.IntN(3)-1)*time.Minute), w.clock.Now().Add(time.Hour)))
	}
	return err
}

// plan gives a campaign a schedule.
func (w *walk) plan(ctx context.Context) error {
	c := w.someCampaign()
	if c == nil {
		return nil
	}
	s, err := w.l.ShowSchedule(ctx, store.Schedule{Campaign: c.ID, CampaignRevision: c.Revision, Cron: "0 9 * * *", Zone: "UTC", Missed: "once", MadeBy: "U0ANA",
		Until: w.clock.Now().Add(200 * time.Hour), Total: 30_000, MostRows: int64(w.IntN(2) * 8)}, "")
	if err != nil {
		return err
	}
	seats, _ := need("approvers")(nil)
	_, err = w.l.SaveSchedule(ctx, s.ID, "U0ANA", w.key()+" plan", "slot 0", w.clock.Now(), seats, patience)
	return err
}

// endPlan turns a schedule off, or notes what became of one of its times.
func (w *walk) endPlan(ctx context.Context) error {
	c := w.someCampaign()
	if c == nil {
		return nil
	}
	s, err := w.l.ScheduleOf(context.Background(), c.ID)
	if err != nil {
		return err
	}
	if w.IntN(2) == 0 {
		return w.l.EndSchedule(ctx, s.ID, "U0ANA", "enough", w.key()+" end")
	}
	return w.l.NoteSlot(ctx, store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: fmt.Sprint("slot ", w.IntN(20)), At: w.clock.Now(), Outcome: []string{store.SlotAsked, store.SlotSkipped}[w.IntN(2)], By: "U0ANA"},
		"next", w.clock.Now().Add(time.Hour))
}

// checkRuns compares what campaigns hold with their coupons: an open one stands under campaigns' limits, one that is being called
// under its customer's and its stock's as well, and no ceiling is passed.
func (w *walk) checkRuns() {
	var called, issued, held, spent, over int64
	w.must(w.raw.QueryRow(`SELECT coalesce(sum(issuing + unknown), 0), coalesce(sum(issued), 0) FROM sends WHERE kind = 'campaign'`).Scan(&called, &issued))
	w.must(w.raw.QueryRow(`SELECT coalesce(sum(held_coupons), 0), coalesce(sum(spent_coupons), 0) FROM limits WHERE kind = 'stock'`).Scan(&held, &spent))
	if held != called || spent != issued {
		w.Fatalf("%s: the stock holds %d of %d called and has spent %d of %d issued", w.op, held, called, spent, issued)
	}
	w.must(w.raw.QueryRow(`SELECT coalesce(sum(spent_coupons), 0) FROM limits WHERE kind = 'campaign'`).Scan(&spent))
	if spent != issued {
		w.Fatalf("%s: campaigns have spent %d of %d issued", w.op, spent, issued)
	}
	w.must(w.raw.QueryRow(`SELECT count(*) FROM limits WHERE kind = 'campaign' AND held_fen + spent_fen > 40000 OR kind = 'stock' AND held_coupons + spent_coupons > 12`).Scan(&over))
	if over > 0 {
		w.Fatalf("%s: a limit of campaigns was passed", w.op)
	}
}
