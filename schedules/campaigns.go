package schedules

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"couponbot/commands"
	"couponbot/store"
)

// Campaigns is what campaigns need of the process that leads: counting dry runs, writing the coupons of runs, saying when a
// run's hours are, looking ahead at what is planned, and starting it.
//
// Nothing here remembers anything: the next planned time of each schedule is in the ledger, and what became of it is noted
// there once, under its wall time, by whoever is first. So a restart, or another process that takes over, goes on where this
// one was.
type Campaigns struct {
	Config  Config
	Zone    *time.Location
	Ledger  *store.Ledger
	Clock   Clock
	Channel func(ctx context.Context, id string) (fault string, err error) // what Slack says against announcing there, "" for nothing; nil: nobody asks
	Rate    int                                                            // calls a second, for when a run will end
	Log     *slog.Logger
	Now     func() time.Time
}

// A Clock is asked by the clock; commands.Desk is.
type Clock interface {
	// RunCampaign starts the run of a planned time; commands.Desk.RunCampaign says how.
	RunCampaign(ctx context.Context, schedule int64, slot commands.Slot) (commands.Reply, error)
	// Preflight says what would keep a schedule's next run from going well.
	Preflight(ctx context.Context, schedule int64) ([]commands.Problem, error)
	// RunRules are the company's rules for a run of a campaign.
	RunRules(c store.Campaign) store.RunRules
}

const (
	campaignsIdle = time.Second           // between looks when there is nothing to do
	prepareGap    = 10 * time.Millisecond // between two pieces of a run that is written: others want the writer too
)

// Run works until ctx ends.
func (c Campaigns) Run(ctx context.Context) error {
	var parts errgroup.Group
	parts.Go(func() error { return c.loop(ctx, "count a dry run", c.count) })
	parts.Go(func() error { return c.loop(ctx, "prepare a run", c.Ledger.Prepare) })
	parts.Go(func() error { return c.loop(ctx, "keep schedules", c.keep) })
	return parts.Wait()
}

// loop does one part again and again beside the others. What goes wrong in it ends nothing.
func (c Campaigns) loop(ctx context.Context, does string, do func(context.Context) (more bool, err error)) error {
	for ctx.Err() == nil {
		more, err := do(ctx)
		pause := campaignsIdle
		if err != nil && ctx.Err() == nil {
			c.Log.Error(does, "err", err)
		} else if more {
			pause = prepareGap
		}
		wait(ctx, pause, nil)
	}
	return nil
}

func (c Campaigns) count(ctx context.Context) (bool, error) {
	return c.Ledger.CountDryRun(ctx, c.Clock.RunRules, c.Rate)
}

// keep says when hours are, and does what has come of each schedule; one that fails holds up no other.
func (c Campaigns) keep(ctx context.Context) (bool, error) {
	faults := c.hours(ctx)
	all, err := c.Ledger.Schedules(ctx)
	faults = errors.Join(faults, err)
	for _, s := range all {
		faults = errors.Join(faults, c.come(ctx, s))
	}
	return false, faults
}

// come is what has come of a schedule: a planned time, the time to look ahead at one, or its end.
func (c Campaigns) come(ctx context.Context, s store.Schedule) error {
	now := c.Now()
	switch planned := !s.NextAt.IsZero() && (s.Until.IsZero() || s.NextAt.Before(s.Until)); {
	case planned && !s.NextAt.After(now):
		return c.due(ctx, s)
	case planned:
		return c.ahead(ctx, s)
	case !s.Until.IsZero() && !now.Before(s.Until):
		return moved(c.Ledger.EndSchedule(ctx, s.ID, store.ActorClock, "until", ""))
	}
	return nil
}

// hours says when the runs that have hours may go on.
func (c Campaigns) hours(ctx context.Context) error {
	runs, err := c.Ledger.WantHours(ctx)
	for _, r := range runs {
		h, bad := ParseWindow(r.Rules.Window)
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		opens := h.Opens(c.Now(), c.Zone)
		err = errors.Join(err, c.Ledger.SetHours(ctx, r.Send, opens, h.Closes(opens, c.Zone)))
	}
	return err
}

// moved forgives that somebody was first.
func moved(err error) error {
	if _, ok := errors.AsType[*store.Moved](err); ok {
		return nil
	}
	return err
}
