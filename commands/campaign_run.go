package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"couponbot/store"
)

// A campaign's buttons name what was shown: Start a dry run ("spring-sale.d7"), the others a run with its revision, as
// those of other sends do.

// DryRunValue is the value of campaign.start.
func DryRunValue(c store.Campaign, run store.DryRun) string {
	return c.Name + ".d" + strconv.FormatInt(run.ID, 10)
}

func parseDryRun(value string) (id int64, ok bool) {
	_, digits, both := strings.Cut(value, ".d")
	id, ok = parseAfter("", digits)
	return id, ok && both
}

// startRun is Start pressed: the dry run that was shown starts, once, if it is still what would happen.
func (d *Desk) startRun(ctx context.Context, ask Ask, value string) (Reply, error) {
	if err := d.need(ctx, ask.Person, groupAge, RightCampaign); err != nil {
		return nil, err
	}
	id, ok := parseDryRun(value)
	if !ok {
		return Redrawn{}, nil
	}
	run, err := d.ledger.DryRun(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Redrawn{}, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := d.ledger.CampaignByID(ctx, run.Campaign)
	if err != nil {
		return nil, err
	}
	if run.State == store.DryStarted {
		return d.startedBefore(ctx, c, run.ID)
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	if !d.fresh(c, run) {
		return Redrawn{Subject: store.CampaignName(c.Name)}, nil
	}
	return d.begin(ctx, ask, start{campaign: c, figures: run.Figures, ask: store.StartAsk{DryRun: run.ID}})
}

// fresh tells whether a dry run is of what the campaign is now, and young enough to be believed.
func (d *Desk) fresh(c store.Campaign, run store.DryRun) bool {
	return run.State == store.DryReady && run.Revision == c.Revision && run.VersionID == c.VersionID && d.now().Sub(run.ReadyAt) <= DryRunLife
}

// A start is a run that would begin now.
type start struct {
	campaign store.Campaign
	figures  store.Figures
	ask      store.StartAsk // as far as how it came about goes
	planner  string         // who saved the schedule, of a planned one
}

// begin starts a run by today's rules. A need that nobody can meet is refused here, before anything is made.
func (d *Desk) begin(ctx context.Context, ask Ask, s start) (Reply, error) {
	c := s.campaign
	if s.figures.Expected() == 0 {
		return nil, &Refusal{Code: NobodyLeft, Word: c.Name}
	}
	if err := d.startable(ctx, c, s.figures); err != nil {
		return nil, err
	}
	s.ask.Input, s.ask.By = ask.Input, ask.Person
	s.ask.Patience, s.ask.Rules, s.ask.Seats = d.patience(), d.RunRules(c), d.runSeats(s.figures)
	if !s.ask.InSeries {
		parties, err := d.campaignParties(ctx, c, ask.Person, s.planner)
		if err != nil {
			return nil, err
		}
		if err := d.canFill(ctx, ask.Team, s.ask.Seats, parties, s.figures.Money); err != nil {
			return nil, err
		}
	}
	send, err := d.ledger.StartRun(ctx, s.ask)
	if err == nil {
		return CampaignChanged{Campaign: c, Send: send, Verb: "start"}, nil
	}
	return d.notStarted(ctx, c, s.ask.DryRun, err)
}

// notStarted is the answer to a start that the ledger did not make.
func (d *Desk) notStarted(ctx context.Context, c store.Campaign, dryRun int64, err error) (Reply, error) {
	if again, ok := errors.AsType[*store.AlreadySent](err); ok {
		return CampaignChanged{Campaign: c, Send: d.newest(ctx, store.Send{ID: again.Send, Kind: "campaign", Campaign: c.Name}), Verb: "start"}, nil
	}
	if limit, ok := errors.AsType[*store.LimitReached](err); ok {
		return nil, &Refusal{Code: OverLimit, Word: c.Name, Limit: limit}
	}
	m, ok := errors.AsType[*store.Moved](err)
	switch {
	case !ok:
		return d.startedAfterAll(ctx, c, dryRun, err)
	case m.State == "running":
		return nil, &Refusal{Code: RunNotOver, Word: c.Name, Text: m.Subject}
	}
	return Redrawn{Subject: store.CampaignName(c.Name)}, nil
}

// startedBefore is the answer to Start pressed on a dry run that was started: its run.
func (d *Desk) startedBefore(ctx context.Context, c store.Campaign, dryRun int64) (Reply, error) {
	runs, err := d.ledger.RunsOf(ctx, c.ID, runsLooked)
	if err != nil {
		return nil, err
	}
	for _, s := range runs {
		run, err := d.ledger.Run(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		if run.DryRun == dryRun {
			return CampaignChanged{Campaign: c, Send: s, Verb: "start"}, nil
		}
	}
	return Redrawn{Subject: store.CampaignName(c.Name)}, nil
}

// runsLooked is among how many runs the one of a dry run is looked for; an older one is history.
const runsLooked = 5

// startedAfterAll looks whether a run was written although the ledger's answer was lost on the way.
func (d *Desk) startedAfterAll(ctx context.Context, c store.Campaign, dryRun int64, lost error) (Reply, error) {
	ctx, stop := afterwards(ctx)
	defer stop()
	if reply, err := d.startedBefore(ctx, c, dryRun); err == nil {
		if _, ok := reply.(CampaignChanged); ok {
			return reply, nil
		}
	}
	return nil, lost
}

// onRun makes a button of what a verb does to a campaign's run.
func onRun(verb string) func(*Desk, context.Context, Ask, string) (Reply, error) {
	return onSend(func(d *Desk, ctx context.Context, ask Ask, s store.Send) (Reply, error) {
		if err := d.need(ctx, ask.Person, groupAge, RightCampaign, RightAdmin); err != nil {
			return nil, err
		}
		if s.Kind != "campaign" {
			return Redrawn{}, nil
		}
		c, err := d.campaignOf(ctx, s.Campaign)
		if err != nil {
			return nil, err
		}
		return d.steerSend(ctx, ask, c, s, verb)
	})
}
