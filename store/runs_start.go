package store

import (
	"context"
	"errors"
	"time"
)

// StartAsk starts a run from a dry run, on a person's word or at a planned time.
type StartAsk struct {
	Input    string
	By       string // ActorClock for a schedule's run
	DryRun   int64
	Schedule int64
	Revision int    // of the schedule
	Slot     string // the planned time's name
	At       time.Time
	Seats    []Seat // who must agree; none: approved at once
	InSeries bool   // the approval of the schedule's series is enough where the run is inside it: then Seats are not asked
	Patience Patience
	Rules    RunRules
}

// StartRun makes the send of a run: state awaiting or approved, kind campaign, priority 1, no coupons yet (Prepare). Its parties are the
// campaign's, who made the schedule, and By. What becomes of the planned time is noted with it. One per dry run and one per planned
// time: a second one is *AlreadySent. *Moved with State "revised" when the campaign, its audience's version or the schedule has changed
// since, "uncounted" when the dry run has no figures, "running" (Subject: which) when another run of the campaign is not over, or what the planned time was
// noted to be; *LimitReached when it is approved at once and campaigns' limits have no room for Figures.Money; ErrNotFound.
func (l *Ledger) StartRun(ctx context.Context, ask StartAsk) (s Send, err error) {
	err = l.tx(ctx, "run.start", func(t *tx) error {
		st := starting{tx: t, ask: ask}
		for _, step := range []func() error{st.notYet, st.look, st.alone, st.planned, st.begin} {
			if err := step(); err != nil {
				return err
			}
		}
		s, err = t.send(st.id)
		return err
	})
	return s, err
}

// starting is one start under way.
type starting struct {
	*tx
	ask      StartAsk
	dry      DryRun
	campaign Campaign
	version  Version
	schedule Schedule // of a planned run
	inSeries bool
	id       int64
}

// notYet refuses a second start of one dry run or of one planned time.
func (st *starting) notYet() error {
	var id int64
	err := notFound(st.row(`SELECT send_id FROM runs WHERE dry_run_id = ? AND dry_run_id > 0 OR schedule_id = ? AND schedule_id > 0 AND slot = ? AND series = 0 ORDER BY send_id LIMIT 1`,
		st.ask.DryRun, st.ask.Schedule, st.ask.Slot).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &AlreadySent{Send: id}
}

// look holds what was counted against what the campaign is now.
func (st *starting) look() (err error) {
	if st.dry, err = scanDryRun(st.row(selectDryRun+` WHERE id = ?`, st.ask.DryRun)); err != nil {
		return err
	}
	if st.campaign, err = scanCampaign(st.row(selectCampaign+` WHERE id = ?`, st.dry.Campaign)); err != nil {
		return err
	}
	if st.version, err = scanVersion(st.row(selectListVersion+` WHERE id = ?`, st.campaign.VersionID)); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	subject := CampaignName(st.campaign.Name)
	switch {
	case st.dry.Revision != st.campaign.Revision || st.dry.VersionID != st.campaign.VersionID || st.version.State != VersionReady:
		return &Moved{Subject: subject, State: "revised", By: st.campaign.ChangedBy, At: st.campaign.ChangedAt}
	case st.dry.State != DryReady:
		return &Moved{Subject: subject, State: "uncounted"}
	}
	n, err := st.exec(`UPDATE dry_runs SET state = 'started' WHERE id = ? AND state = 'ready'`, st.dry.ID)
	if err == nil && n != 1 {
		err = &Moved{Subject: subject, State: "uncounted"}
	}
	return err
}

// alone refuses a start while another run of the campaign is not over.
func (st *starting) alone() error {
	var id int64
	err := notFound(st.row(selectGoingOn, st.campaign.ID).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &Moved{Subject: SendName(id), State: "running"}
}

// planned holds a planned run against its schedule.
func (st *starting) planned() (err error) {
	if st.ask.Schedule == 0 {
		return nil
	}
	if st.schedule, err = st.tx.schedule(st.ask.Schedule); err != nil {
		return err
	}
	s := st.schedule
	if s.State != ScheduleOn || s.Revision != st.ask.Revision || s.Campaign != st.campaign.ID || s.CampaignRevision != st.campaign.Revision {
		return &Moved{Subject: ScheduleName(s.ID), State: "revised"}
	}
	st.inSeries = st.ask.InSeries && s.Covers(st.dry.Figures, st.ask.At)
	if st.inSeries {
		st.ask.Seats = nil
	}
	return nil
}

// requester is whom the run's steps are told to: a person also where the clock started it.
func (st *starting) requester() string {
	if st.ask.By == ActorClock {
		return st.schedule.MadeBy
	}
	return st.ask.By
}

func (st *starting) begin() error {
	if err := st.write(); err != nil {
		return err
	}
	if _, err := st.input(st.ask.Input, SendName(st.id)); err != nil {
		return err
	}
	if st.ask.Schedule > 0 {
		if err := st.takeSlot(st.schedule, SlotNote{Slot: st.ask.Slot, At: st.ask.At, Outcome: SlotRun, Send: st.id, By: st.ask.By}); err != nil {
			return err
		}
	}
	if err := st.parties(); err != nil {
		return err
	}
	if err := st.told(); err != nil {
		return err
	}
	s, err := st.send(st.id)
	if err != nil {
		return err
	}
	if err := st.touchSend(st.id); err != nil {
		return err
	}
	if len(st.ask.Seats) > 0 {
		return st.askPeople(s, st.ask.Seats, st.ask.Patience)
	}
	r, err := st.run(st.id)
	if err != nil {
		return err
	}
	if err := st.holdRun(s, r, r.Expected); err != nil {
		return err
	}
	return st.card(Card{Kind: CardRun, Subject: SendName(st.id), Reader: s.Channel})
}

func (st *starting) write() (err error) {
	closes := 0
	if st.ask.Rules.Window != "" {
		closes = 1 // long ago: until somebody says when its hours are, it has none
	}
	if st.id, err = st.insertCampaignSend(st.campaign, st.requester(), st.ask.At, len(st.ask.Seats) > 0); err != nil {
		return err
	}
	if _, err := st.exec(`UPDATE sends SET preparing = 1, closes_at = ?, first_only = ? WHERE id = ?`, closes, bit(st.campaign.TestOpenID != ""), st.id); err != nil {
		return err
	}
	r := Run{Send: st.id, Campaign: st.campaign.ID, Revision: st.campaign.Revision, VersionID: st.campaign.VersionID, Checksum: st.version.Checksum, DryRun: st.dry.ID,
		Schedule: st.ask.Schedule, Slot: st.ask.Slot, InSeries: st.inSeries, MadeBy: st.campaign.MadeBy, Expected: st.dry.Figures.Expected(), Figures: st.dry.Figures, Rules: st.ask.Rules,
		testOpenID: st.campaign.TestOpenID, once: st.campaign.OnceKey, most: st.campaign.CapCoupons}
	if r.testOpenID != "" {
		r.Test = TestAsked
	}
	return st.insertRun(r)
}

// parties are everybody who had a hand in the run.
func (st *starting) parties() error {
	if err := st.campaignParties(st.id, st.campaign.ID); err != nil {
		return err
	}
	if st.ask.Schedule > 0 {
		if err := st.party(st.id, st.schedule.MadeBy, "scheduler"); err != nil {
			return err
		}
	}
	if st.ask.By == ActorClock {
		return nil
	}
	return st.party(st.id, st.ask.By, "starter")
}

// told writes what was started into the audit, as the "send.create" of any other send.
func (st *starting) told() error {
	c, state := st.campaign, SendApproved
	if len(st.ask.Seats) > 0 {
		state = SendAwaiting
	}
	detail := c.detail(st.requester(), state, st.ask.Seats)
	detail["version"], detail["checksum"], detail["dryrun"], detail["figures"], detail["expected"], detail["rules"] =
		c.VersionID, st.version.Checksum, st.dry.ID, st.dry.Figures, st.dry.Figures.Expected(), st.ask.Rules
	if st.ask.Schedule > 0 {
		detail["schedule"], detail["schedule_revision"], detail["slot"], detail["in_series"] = st.ask.Schedule, st.ask.Revision, st.ask.Slot, st.inSeries
	}
	return st.audit(Event{Actor: st.ask.By, Action: "send.create", Send: st.id, Detail: detail})
}
