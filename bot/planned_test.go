package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/schedules"
	"couponbot/store"
	"couponbot/store/storetest"
)

const (
	thursday = "2026-03-12T09:00"
	friday   = "2026-03-13T09:00"
)

// planned is an office in which ana has saved a schedule, every day at nine, and its card is there.
func planned(t *testing.T) (*office, store.Schedule) {
	t.Helper()
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	config := house()
	config.Rights[commands.RightCampaign] = []string{"agents"}
	config.Planner = schedules.Planner{Zone: storetest.Shanghai}
	f.desk.Desk = commands.New(config, f.ledger, f.people, f.bot.log, f.clock.Now)
	f.desk.onPress(f.desk.Desk.Press)
	c, err := f.ledger.SaveCampaign(t.Context(), store.Campaign{Name: "spring-sale", StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000,
		Audience: "vips", VersionID: storetest.List(t, f.dsn, "vips", "oOPENID1", "oOPENID2"), Channel: "C01SUPPORT", Reason: "goodwill"}, liwei, "")
	f.ok(err)
	s, err := f.ledger.ShowSchedule(t.Context(), store.Schedule{Campaign: c.ID, CampaignRevision: c.Revision, Cron: "0 9 * * *", Zone: "Asia/Shanghai", Missed: "ask", MadeBy: ana}, "")
	f.ok(err)
	s, err = f.ledger.SaveSchedule(t.Context(), s.ID, ana, "", thursday, f.nine(12), nil, store.Patience{})
	f.ok(err)
	f.listens()
	f.draws()
	f.until("the schedule's card is there", func() bool { return len(f.in(dm(ana))) == 1 })
	return f, s
}

func (f *office) nine(day int) time.Time {
	return time.Date(2026, 3, day, 9, 0, 0, 0, storetest.Shanghai).UTC()
}

func (f *office) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// notes writes what became of thursday's planned time.
func (f *office) notes(s store.Schedule, outcome, why string) {
	f.Helper()
	f.ok(f.ledger.NoteSlot(f.Context(), store.SlotNote{Schedule: s.ID, Revision: s.Revision, Slot: thursday, At: f.nine(12), Outcome: outcome, Why: why, By: store.ActorClock}, friday, f.nine(13)))
}

// newest is the newest direct message of ana's.
func (f *office) newest() shown {
	f.Helper()
	all := f.in(dm(ana))
	return all[len(all)-1]
}

// says waits until the newest of so many direct messages says something and has these buttons and no others of a schedule's.
func (f *office) says(messages int, words string, buttons ...string) {
	f.Helper()
	f.until("it says "+words, func() bool {
		all := f.in(dm(ana))
		if len(all) != messages {
			return false
		}
		text := all[messages-1].String()
		for _, b := range []string{"schedule.run", "schedule.skip", "schedule.off"} {
			if strings.Contains(text, b) != slices.Contains(buttons, b) {
				return false
			}
		}
		return strings.Contains(text, words)
	})
}

func TestAScheduleIsTurnedOffOnItsCard(t *testing.T) {
	f, s := planned(t)
	f.says(1, "2026-03-12 09:00", "schedule.run", "schedule.skip", "schedule.off")
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.skip")
	f.until("it is skipped", func() bool {
		n, err := f.ledger.SlotNote(t.Context(), s.ID, thursday)
		return err == nil && n.Outcome == store.SlotSkipped && n.By == ana
	})
	f.until("the card names the next one", func() bool { return !strings.Contains(f.newest().String(), "2026-03-12 09:00") })
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.off")
	f.says(1, "turned off")
	f.clean()
}

func TestAMissedTimeIsDecidedOnItsCard(t *testing.T) {
	f, s := planned(t)
	f.clock.Set(f.nine(12).Add(time.Hour))
	f.notes(s, store.SlotAsked, "")
	f.says(2, "Should it run after all?", "schedule.run", "schedule.skip")
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.skip")
	f.says(2, "left out")
	if n, err := f.ledger.SlotNote(t.Context(), s.ID, thursday); err != nil || n.Outcome != store.SlotSkipped {
		t.Errorf("%+v, %v", n, err)
	}
	f.clean()
}

// A press on a drawing that is behind draws that very card again.
func TestAnOldDrawingOfAMissedTimeIsDrawnAgain(t *testing.T) {
	f, s := planned(t)
	f.clock.Set(f.nine(12).Add(time.Hour))
	f.notes(s, store.SlotAsked, "")
	f.says(2, "Should it run after all?", "schedule.run", "schedule.skip")
	f.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return commands.Redrawn{Subject: store.ScheduleName(s.ID)}, nil
	})
	before := f.newest().Version
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.skip")
	f.until("it is drawn again", func() bool { return f.newest().Version > before })
	f.clean()
}

func TestWhyATimeDidNotRunIsTold(t *testing.T) {
	for outcome, want := range map[string]string{store.SlotRefused: "Everything was stopped", store.SlotOverlap: "(all_stopped) was not over", store.SlotMissed: "missed and left out"} {
		f, s := planned(t)
		f.clock.Set(f.nine(12).Add(time.Hour))
		f.notes(s, outcome, "all_stopped")
		f.says(2, want)
		f.clean()
	}
}

func TestWhatMayGoWrongIsToldAhead(t *testing.T) {
	f, s := planned(t)
	look := func(problems ...commands.Problem) {
		found, err := json.Marshal(problems)
		f.ok(err)
		f.ok(f.ledger.NotePreflight(t.Context(), s, f.clock.Now(), string(found)))
	}
	look(commands.Problem{Code: commands.ProblemStockShort, Number: 1, Count: 2})
	f.says(2, "too small", "schedule.skip", "schedule.off")
	look()
	f.says(2, "ready for its next run")
	look(commands.Problem{Code: commands.ProblemHeld})
	f.says(2, "1 problem", "schedule.skip", "schedule.off")
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.skip")
	f.says(2, "left out")
	f.clean()
}

func TestASkippedScheduleWarnsNoMore(t *testing.T) {
	f, s := planned(t)
	f.ok(f.ledger.NotePreflight(t.Context(), s, f.clock.Now(), `[{"Code":"held"}]`))
	f.says(2, "1 problem", "schedule.skip", "schedule.off")
	f.clicks(ana, dm(ana), f.newest().TS, "schedule.off")
	f.says(2, "2026-03-12 09:00")
	f.clean()
}

func TestWhatSlackSaysOfAChannel(t *testing.T) {
	asks := []string{"commands", "chat:write", "im:write", "users:read", "channels:read"}
	for _, tt := range []struct {
		sentence, channel string
		scopes            []string // nil: the least
		fault             string
	}{
		{"the bot is in it", "C03LOG", asks, ""},
		{"there is none", "C99GONE", asks, "channel_not_found"},
		{"it is archived", "C07OLD", asks, "is_archived"},
		{"the bot is not in it", "C06RANDOM", asks, "not_in_channel"},
		{"the bot may not ask", "C06RANDOM", nil, ""},
	} {
		f := open(t, sandbox.SlackOptions{NoLimits: true, Scopes: tt.scopes})
		if fault, err := f.bot.ChannelFault(t.Context(), tt.channel); err != nil || fault != tt.fault {
			t.Errorf("%s: %q, %v", tt.sentence, fault, err)
		}
		f.method("conversations.info", "http_500", 0)
		if _, err := f.bot.ChannelFault(t.Context(), tt.channel); err == nil {
			t.Errorf("%s: nothing is wrong with a Slack that does not answer", tt.sentence)
		}
	}
}
