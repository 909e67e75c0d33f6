package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
	"couponbot/store/storetest"
)

const (
	mia      = "U05MIA"
	hourly   = "0 * * * *"
	daily    = "0 9 * * *"
	shanghai = "Asia/Shanghai"
)

// A town is a real ledger with a campaign in it, and the loop that keeps its schedule, which only tests turn. Nothing is
// planned on a full minute of its clock before somebody plans it: it is noon in Shanghai.
type town struct {
	*testing.T
	ledger   *store.Ledger
	dsn      string
	clock    *storetest.Clock
	campaign store.Campaign
	desk     *desk
	loop     Campaigns
}

// A desk is a Clock that starts runs in the ledger, unless a test has it answer something else.
type desk struct {
	ledger *store.Ledger
	rules  store.RunRules

	mu     sync.Mutex
	asked  []string
	answer func(Slot) (commands.Reply, error)
	found  []commands.Problem
	looks  int
	blind  error
}

func (d *desk) answers(answer func(Slot) (commands.Reply, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// refuses has the desk refuse with a code; "" lets it work again.
func (d *desk) refuses(code commands.Code) {
	if code == "" {
		d.answers(nil)
		return
	}
	d.answers(func(Slot) (commands.Reply, error) {
		return nil, &commands.Refusal{Code: code, Word: "spring-sale", Err: errors.New("for the log")}
	})
}

// counts has the desk say that customers are being counted.
func (d *desk) counts() {
	d.answers(func(Slot) (commands.Reply, error) { return commands.CampaignChanged{Verb: "dryrun"}, nil })
}

func (d *desk) RunRules(store.Campaign) store.RunRules { return d.rules }

func (d *desk) Preflight(context.Context, int64) ([]commands.Problem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	return d.found, d.blind
}

func (d *desk) RunCampaign(ctx context.Context, schedule int64, slot Slot) (commands.Reply, error) {
	d.mu.Lock()
	d.asked = append(d.asked, slot.Name)
	answer := d.answer
	d.mu.Unlock()
	if answer != nil {
		return answer(slot)
	}
	return d.start(ctx, schedule, slot)
}

func (d *desk) start(ctx context.Context, schedule int64, slot Slot) (commands.Reply, error) {
	s, err := d.ledger.ScheduleByID(ctx, schedule)
	if err != nil {
		return nil, err
	}
	run, err := d.counted(ctx, s.Campaign)
	if err != nil {
		return nil, err
	}
	send, err := d.ledger.StartRun(ctx, store.StartAsk{By: store.ActorClock, DryRun: run, Schedule: s.ID, Revision: s.Revision, Slot: slot.Name, At: slot.At, Rules: d.rules})
	if again, ok := errors.AsType[*store.AlreadySent](err); ok {
		return commands.CampaignChanged{Send: store.Send{ID: again.Send}, Verb: "start"}, nil
	}
	if m, ok := errors.AsType[*store.Moved](err); ok {
		if m.State == "running" {
			return nil, &commands.Refusal{Code: commands.RunNotOver, Text: m.Subject}
		}
		return commands.Redrawn{}, nil
	}
	return commands.CampaignChanged{Send: send, Verb: "start"}, err
}

// counted is a dry run that was counted.
func (d *desk) counted(ctx context.Context, campaign int64) (int64, error) {
	if _, err := d.ledger.AskDryRun(ctx, campaign, mia, ""); err != nil {
		return 0, err
	}
	for more := true; more; {
		var err error
		if more, err = d.ledger.CountDryRun(ctx, d.RunRules, 500); err != nil {
			return 0, err
		}
	}
	run, err := d.ledger.NewestDryRun(ctx, campaign)
	return run.ID, err
}

// each runs a test on both databases.
func each(t *testing.T, test func(w *town)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db storetest.Database) { test(newTown(t, db)) })
}

func newTown(t *testing.T, db storetest.Database) *town {
	t.Helper()
	w := &town{T: t, dsn: db.Init(t), clock: storetest.NewClock()}
	w.ledger = storetest.Open(t, w.dsn, store.Options{Now: w.clock.Now})
	t.Cleanup(func() { storetest.Check(t, storetest.Raw(t, w.dsn)) })
	version := storetest.List(t, w.dsn, "vips", "oLIST1", "oLIST2", "oLIST3")
	campaign, err := w.ledger.SaveCampaign(t.Context(), store.Campaign{Name: "spring-sale", StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000,
		Audience: "vips", VersionID: version, Channel: "C0MARKETING", Reason: "goodwill"}, mia, "")
	w.ok(err)
	w.campaign = campaign
	w.desk, w.loop = w.process(w.ledger)
	return w
}

// process is what one process has of its own: nothing that counts.
func (w *town) process(l *store.Ledger) (*desk, Campaigns) {
	d := &desk{ledger: l}
	return d, Campaigns{Config: Config{Grace: 2 * time.Hour, Overlap: "wait"}, Zone: storetest.Shanghai, Ledger: l, Clock: d, Rate: 500, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now}
}

func (w *town) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// plans saves a schedule.
func (w *town) plans(cron string, change func(*store.Schedule)) store.Schedule {
	w.Helper()
	s := store.Schedule{Campaign: w.campaign.ID, CampaignRevision: w.campaign.Revision, Cron: cron, Zone: shanghai, Missed: "once", MadeBy: mia}
	if change != nil {
		change(&s)
	}
	s, err := w.ledger.ShowSchedule(w.Context(), s, "")
	w.ok(err)
	plan, err := Parse(s.Cron, s.Zone, nil, 0)
	w.ok(err)
	next := plan.Next(w.clock.Now(), 1)[0]
	s, err = w.ledger.SaveSchedule(w.Context(), s.ID, mia, "", next.Name, next.At, nil, store.Patience{})
	w.ok(err)
	return s
}

// missing is a schedule's policy, as a change for plans.
func missing(policy Policy) func(*store.Schedule) {
	return func(s *store.Schedule) { s.Missed = string(policy) }
}

// turns is the loop, a second apart.
func (w *town) turns(n int) {
	w.Helper()
	for i := range n {
		if i > 0 {
			w.clock.Advance(time.Second)
		}
		_, err := w.loop.keep(w.Context())
		w.ok(err)
	}
}

// until moves the clock to a wall time of Shanghai.
func (w *town) until(wall string) {
	w.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-03-"+wall, storetest.Shanghai)
	w.ok(err)
	w.clock.Set(at.UTC())
}

// noted are the notes of a schedule, oldest first, as "12T09 run, 13T09 missed".
func (w *town) noted(schedule int64) string {
	w.Helper()
	notes, err := w.ledger.SlotNotes(w.Context(), schedule, 1000)
	w.ok(err)
	var out []string
	for i := len(notes) - 1; i >= 0; i-- {
		out = append(out, notes[i].Slot[len("2026-03-"):len("2026-03-12T09")]+" "+notes[i].Outcome)
	}
	return strings.Join(out, ", ")
}

// told are the planned times that the schedule's maker has a card of, as "12T09".
func (w *town) told(schedule int64) string {
	w.Helper()
	notes, err := w.ledger.SlotNotes(w.Context(), schedule, 1000)
	w.ok(err)
	var out []string
	for i := len(notes) - 1; i >= 0; i-- {
		cards, err := w.ledger.CardsOf(w.Context(), store.SlotName(schedule, notes[i].Slot))
		w.ok(err)
		for _, c := range cards {
			if c.Kind != store.CardSlot || c.Reader != mia {
				w.Errorf("a card %+v", c)
			}
			about := notes[i].Slot[len("2026-03-"):len("2026-03-12T09")]
			if older := notes[i].Older; older > 0 {
				about = fmt.Sprintf("%s and %d", about, older)
			}
			out = append(out, about)
		}
	}
	return strings.Join(out, ", ")
}

func (w *town) next(schedule int64) string {
	w.Helper()
	s, err := w.ledger.ScheduleByID(w.Context(), schedule)
	w.ok(err)
	if s.NextSlot == "" {
		return s.State
	}
	return s.NextSlot[len("2026-03-"):]
}

// runs are the sends of the campaign's runs, newest first.
func (w *town) runs() []store.Send {
	w.Helper()
	all, err := w.ledger.RunsOf(w.Context(), w.campaign.ID, 1000)
	w.ok(err)
	return all
}

// ends ends the newest run.
func (w *town) ends() {
	w.Helper()
	w.ok(w.ledger.CancelSend(w.Context(), w.runs()[0].ID, mia, ""))
}
