package commands

import (
	"context"
	"errors"
	"time"

	"couponbot/store"
)

// FormCampaign is the callback_id of the form that makes or changes a campaign.
const FormCampaign = "campaign"

// The fields of the campaign form, beside those of the send form.
const (
	FieldAudience = "audience"
	FieldChannel  = "channel"
	FieldTest     = "test"
	FieldCap      = "cap"
	FieldOnce     = "once"
	FieldHours    = "hours"
)

// CampaignForm asks for everything that a campaign needs.
type CampaignForm struct {
	Meta      string // goes along with the form and comes back: which revision of which campaign is changed, "" for a new one
	Values    map[string]string
	Stock     *Option
	Audiences []store.Audience // ready ones, newest first
	Reasons   []string
	Ticket    string
	Custom    bool
}

// CampaignView is one campaign: what it would do, what it did, when it runs next.
type CampaignView struct {
	Campaign store.Campaign
	Stock    store.Stock
	Version  store.Version  // of the audience it runs on
	Newer    *store.Version // a newer one is ready
	DryRun   *store.DryRun
	Fresh    bool         // the dry run is of this revision and version, and not older than DryRunLife
	Seats    []store.Seat // who must agree to a run of the dry run's money; none: nobody
	Running  *RunView     // the run that is not over
	Runs     []store.Send // newest first
	Schedule *store.Schedule
	Slots    []store.SlotNote
	Next     []Slot
}

// DryRunLife is how old a dry run may be that starts a run.
const DryRunLife = time.Hour

// RunView is a campaign's run as its card shows it.
type RunView struct {
	Send      store.Send
	Run       store.Run
	Campaign  store.Campaign
	Stock     store.Stock
	Outcomes  []store.OutcomeCount
	PerMinute float64   // coupons answered lately
	EndsAt    time.Time // at that rate; zero when not known
	Stop      *store.Stop
	Held      []store.Held
	Opens     time.Time // outside its hours: when they begin; zero: it is within them
}

// CampaignList are all campaigns, newest change first, with the run and the schedule of each.
type CampaignList struct{ Campaigns []CampaignView }

// CampaignChanged is a campaign saved, or a run started, paused, resumed, cancelled or retried: the card follows from the ledger.
type CampaignChanged struct {
	Campaign store.Campaign
	Send     store.Send // of a run
	Verb     string     // "save", "dryrun", "start", "pause", "resume", "cancel", "retry"
	Retried  store.Retried
	Slot     string // with "dryrun": the missed planned time that it is counted for, which is run from its own card
}

// ScheduleView is a schedule before or after it is saved.
type ScheduleView struct {
	Schedule  store.Schedule
	Campaign  store.Campaign
	Timetable Timetable
	Figures   *store.Figures // of the newest dry run
	Seats     []store.Seat   // who must approve the series; none: nobody, or each run goes through the bands
	Series    bool           // with Until and Total its series is approved once
}

// ScheduleList is what is coming, the next first.
type ScheduleList struct{ Schedules []ScheduleView }

func (CampaignForm) reply()    {}
func (CampaignView) reply()    {}
func (CampaignList) reply()    {}
func (CampaignChanged) reply() {}
func (ScheduleView) reply()    {}
func (ScheduleList) reply()    {}

// CampaignFacts reads what a campaign's card shows; store.ErrNotFound.
func (d *Desk) CampaignFacts(ctx context.Context, name string) (v CampaignView, err error) {
	if v.Campaign, err = d.ledger.Campaign(ctx, name); err != nil {
		return v, err
	}
	if v.Stock, err = d.ledger.Stock(ctx, v.Campaign.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if v.Version, err = d.ledger.AudienceVersion(ctx, v.Campaign.VersionID); err != nil {
		return v, err
	}
	if a, err := d.ledger.Audience(ctx, v.Campaign.Audience); err == nil && a.Version.ID != v.Version.ID {
		v.Newer = &a.Version
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	run, err := d.ledger.NewestDryRun(ctx, v.Campaign.ID)
	if err == nil {
		v.DryRun, v.Fresh = &run, d.fresh(v.Campaign, run)
		if counted(run) {
			v.Seats = d.runSeats(run.Figures)
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if err := d.runsOf(ctx, &v); err != nil {
		return v, err
	}
	return v, d.scheduleOf(ctx, &v)
}

// runsShown is how many runs a campaign's card lists.
const runsShown = 5

func (d *Desk) runsOf(ctx context.Context, v *CampaignView) (err error) {
	if v.Runs, err = d.ledger.RunsOf(ctx, v.Campaign.ID, runsShown); err != nil || len(v.Runs) == 0 || v.Runs[0].Final() {
		return err
	}
	running, err := d.RunFacts(ctx, v.Runs[0].ID)
	if err == nil && running.Run.OverAt.IsZero() {
		v.Running = &running
	}
	return err
}

func (d *Desk) scheduleOf(ctx context.Context, v *CampaignView) error {
	s, err := d.ledger.ScheduleOf(ctx, v.Campaign.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Schedule = &s
	if v.Slots, err = d.ledger.SlotNotes(ctx, s.ID, runsShown); err != nil {
		return err
	}
	table, err := d.timetable(s)
	v.Next = table.Next
	return err
}

// RunFacts reads what a run's card shows; store.ErrNotFound.
func (d *Desk) RunFacts(ctx context.Context, send int64) (v RunView, err error) {
	if v.Send, err = d.ledger.Send(ctx, send); err != nil {
		return v, err
	}
	if v.Run, err = d.ledger.Run(ctx, send); err != nil {
		return v, err
	}
	if v.Campaign, err = d.ledger.CampaignByID(ctx, v.Run.Campaign); err != nil {
		return v, err
	}
	if v.Stock, err = d.ledger.Stock(ctx, v.Send.StockID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if v.Send.Refused > 0 {
		if v.Outcomes, err = d.ledger.Outcomes(ctx, send); err != nil {
			return v, err
		}
	}
	v.pace(d.now())
	if v.Send.OpensAt.After(d.now()) {
		v.Opens = v.Send.OpensAt
	}
	if stop, err := d.ledger.Stopped(ctx); err == nil {
		v.Stop = &stop
	} else if !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	v.Held, err = d.ledger.Held(ctx)
	return v, err
}

// pace is how quickly a run has been answered since it began, and when it would end so.
func (v *RunView) pace(now time.Time) {
	answered, took := v.Send.Issued+v.Send.Refused, now.Sub(v.Send.ApprovedAt)
	if answered == 0 || took < time.Second || v.Send.Final() {
		return
	}
	v.PerMinute = float64(answered) / took.Minutes()
	if v.Send.State == store.SendIssuing && v.Send.Waiting > 0 {
		v.EndsAt = now.Add(time.Duration(float64(v.Send.Waiting) / v.PerMinute * float64(time.Minute)))
	}
}
