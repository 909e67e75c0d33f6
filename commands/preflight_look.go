package commands

import (
	"context"

	"couponbot/store"
)

// Preflight looks ahead at a schedule's next run: what would keep it from going well, as far as the ledger and Slack's groups
// tell. Nothing where no run comes; store.ErrNotFound. An error means that not everything could be looked at.
func (d *Desk) Preflight(ctx context.Context, schedule int64) ([]Problem, error) {
	s, err := d.ledger.ScheduleByID(ctx, schedule)
	if err != nil || s.State != store.ScheduleOn || s.NextAt.IsZero() {
		return nil, err
	}
	view, err := d.CampaignFacts(ctx, s.CampaignName)
	if err != nil {
		return nil, err
	}
	look := flight{Desk: d, ctx: ctx, schedule: s, view: view}
	for _, part := range []func() error{look.halts, look.planner, look.stock, look.hours, look.before, look.counted, look.approval} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return look.found, nil
}

// flight is one look ahead.
type flight struct {
	*Desk
	ctx      context.Context
	schedule store.Schedule
	view     CampaignView
	found    []Problem
}

func (f *flight) find(p Problem) { f.found = append(f.found, p) }

// halts are what stops everything.
func (f *flight) halts() error {
	stop, held, err := f.Desk.halts(f.ctx)
	if err != nil {
		return err
	}
	if stop != nil {
		f.find(Problem{Code: ProblemStopped, By: stop.StoppedBy, At: stop.StoppedAt, Text: stop.Why})
	}
	if len(held) > 0 {
		f.find(Problem{Code: ProblemHeld})
	}
	return nil
}

func (f *flight) planner() error {
	err := f.stillPlans(f.ctx, f.schedule)
	if r, ok := refused(err); ok && r.Code == RequesterLeft {
		f.find(Problem{Code: ProblemLeft, By: r.By})
		return nil
	}
	return err
}

// stock holds the stock's newest reading against the campaign and the planned time.
func (f *flight) stock() error {
	c, at := f.view.Campaign, f.schedule.NextAt
	stock, err := f.Desk.stock(c.StockID)
	if err != nil {
		f.find(Problem{Code: ProblemStockUnlisted})
		return nil
	}
	snap, err := f.snapshot(f.ctx, stock)
	if r, ok := refused(err); ok {
		f.find(Problem{Code: ProblemStockUnread, Text: r.Text})
		return nil
	}
	if err != nil {
		return err
	}
	if otherwise(stock, snap, c) {
		f.find(Problem{Code: ProblemStockChanged})
	}
	switch {
	case !snap.Ends.IsZero() && !at.Before(snap.Ends):
		f.find(Problem{Code: ProblemStockEnds, At: snap.Ends})
	case snap.Status != "running":
		f.find(Problem{Code: ProblemStockOff, Text: snap.Status})
	case at.Before(snap.Begins):
		f.find(Problem{Code: ProblemStockNotBegun, At: snap.Begins})
	}
	if figures := f.figures(); figures != nil && snap.Left() >= 0 && snap.Left() < figures.Recipients {
		f.find(Problem{Code: ProblemStockShort, Number: snap.Left(), Count: figures.Recipients})
	}
	return nil
}

// figures are those of the newest dry run, if it is of what the campaign is now.
func (f *flight) figures() *store.Figures {
	run, c := f.view.DryRun, f.view.Campaign
	if run == nil || !counted(*run) || run.Revision != c.Revision || run.VersionID != c.VersionID {
		return nil
	}
	return &run.Figures
}

func (f *flight) hours() error {
	window, at := f.view.Campaign.Window, f.schedule.NextAt
	if window == "" {
		return nil
	}
	opens, err := f.config.Planner.Opens(window, at)
	if err == nil && opens.After(at) {
		f.find(Problem{Code: ProblemHours, Text: window, At: opens})
	}
	return err
}

// before is the run before it: one that waits for somebody, or goes on for too long.
func (f *flight) before() error {
	run := f.view.Running
	if run == nil {
		return nil
	}
	switch run.Send.State {
	case store.SendAwaiting, store.SendPaused:
	default:
		if !run.EndsAt.After(f.schedule.NextAt) {
			return nil
		}
	}
	f.find(Problem{Code: ProblemRunning, Text: store.SendName(run.Send.ID)})
	return nil
}

// counted looks at what the run would be.
func (f *flight) counted() error {
	if n := f.view.Newer; n != nil {
		f.find(Problem{Code: ProblemNewer, Text: n.Audience, Number: int64(n.Number), Count: n.Tally.Usable})
	}
	figures := f.figures()
	switch {
	case figures == nil:
		f.find(Problem{Code: ProblemUncounted})
		return nil
	case figures.Expected() == 0:
		f.find(Problem{Code: ProblemNobodyLeft})
		return nil
	}
	if left := f.schedule.Total - f.schedule.Spent; f.schedule.Total > 0 && figures.Money > left {
		f.find(Problem{Code: ProblemTotal, Money: max(0, left), Asked: figures.Money})
	}
	return f.limits(*figures)
}

// limits are campaigns' own ones, as they stand in the period of the planned time.
func (f *flight) limits(figures store.Figures) error {
	c := f.view.Campaign
	limits := f.RunRules(c).Campaign
	used, err := f.ledger.Used(f.ctx, limits)
	if err != nil {
		return err
	}
	for i, limit := range limits {
		if u := used[i]; !u.Until.IsZero() && !f.schedule.NextAt.Before(u.Until) { // another period by then
			used[i] = store.Usage{Until: u.Until}
		}
		if reached := over(limit, used[i], c.Amount, int(figures.Expected())); reached != nil {
			f.find(Problem{Code: ProblemLimit, Limit: reached})
		}
	}
	return nil
}
