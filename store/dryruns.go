package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// DryRunState is counting until the figures are there, started when a run came of it.
type DryRunState string

const (
	DryCounting DryRunState = "counting"
	DryReady    DryRunState = "ready"
	DryStarted  DryRunState = "started"
	DryFailed   DryRunState = "failed"
)

// Overtaken is the Fault of a dry run since which a run of its campaign has ended: customers may have had coupons of it.
const Overtaken = "overtaken"

// A DryRun counts what a run would do; it starts once.
type DryRun struct {
	ID        int64
	Campaign  int64
	Revision  int
	VersionID int64
	State     DryRunState
	Figures   Figures
	Fault     string // of a failed one: "gone" (the audience's version), "revised" (the campaign, while it counted), Overtaken, AdoptedWhy
	AskedBy   string
	AskedAt   time.Time
	ReadyAt   time.Time
}

const selectDryRun = `SELECT id, campaign_id, revision, version_id, state, figures, fault, asked_by, asked_at, ready_at FROM dry_runs`

func scanDryRun(row interface{ Scan(...any) error }) (d DryRun, err error) {
	var figures string
	var asked, ready int64
	if err := notFound(row.Scan(&d.ID, &d.Campaign, &d.Revision, &d.VersionID, &d.State, &figures, &d.Fault, &d.AskedBy, &asked, &ready)); err != nil {
		return d, err
	}
	d.AskedAt, d.ReadyAt = at(asked), at(ready)
	if err := json.Unmarshal([]byte(figures), &d.Figures); err != nil {
		return d, fmt.Errorf("figures of dry run %d: %w", d.ID, err)
	}
	return d, nil
}

// AskDryRun asks for a dry run of a campaign as it is now; the process that leads counts (CountDryRun). A second asking while
// one is counting is the same one; ErrNotFound.
func (l *Ledger) AskDryRun(ctx context.Context, campaign int64, by, input string) (d DryRun, err error) {
	err = l.tx(ctx, "dryrun.ask", func(t *tx) error {
		c, err := scanCampaign(t.row(selectCampaign+` WHERE id = ?`, campaign))
		if err != nil {
			return err
		}
		seen, err := t.input(input, CampaignName(c.Name))
		if err == nil && seen == "" {
			err = t.askDryRun(c, by)
		}
		if err != nil {
			return err
		}
		d, err = scanDryRun(t.row(selectDryRun+` WHERE campaign_id = ? ORDER BY id DESC LIMIT 1`, campaign))
		return err
	})
	return d, err
}

func (t *tx) askDryRun(c Campaign, by string) error {
	if by != ActorClock {
		if err := t.campaignCard(c.Name, by); err != nil {
			return err
		}
	}
	// One of an older revision that still counts would count in vain.
	if _, err := t.exec(`UPDATE dry_runs SET state = 'failed', fault = 'revised', ready_at = ? WHERE campaign_id = ? AND state = 'counting' AND revision <> ?`, ms(t.at), c.ID, c.Revision); err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO dry_runs (campaign_id, revision, version_id, state, asked_by, asked_at) VALUES (?, ?, ?, 'counting', ?, ?) ON CONFLICT DO NOTHING`,
		c.ID, c.Revision, c.VersionID, by, ms(t.at))
	if err != nil || n == 0 {
		return err
	}
	if err := t.touch(CampaignName(c.Name)); err != nil {
		return err
	}
	return t.audit(Event{Actor: by, Action: "dryrun.ask", Detail: map[string]any{"campaign": c.Name, "revision": c.Revision, "version": c.VersionID}})
}

// DryRun reads one; ErrNotFound.
func (l *Ledger) DryRun(ctx context.Context, id int64) (DryRun, error) {
	d, err := scanDryRun(l.queryRow(ctx, selectDryRun+` WHERE id = ?`, id))
	return d, l.fault("dry run", err)
}

// NewestDryRun is the newest of a campaign; ErrNotFound.
func (l *Ledger) NewestDryRun(ctx context.Context, campaign int64) (DryRun, error) {
	d, err := scanDryRun(l.queryRow(ctx, selectDryRun+` WHERE campaign_id = ? ORDER BY id DESC LIMIT 1`, campaign))
	return d, l.fault("dry run", err)
}

// CountDryRun counts the oldest dry run that waits for it, reading beside everything else; false when none waits. rules are
// today's, for the campaign's stock and creating merchant; rate is coupons a second. A crash begins it again.
func (l *Ledger) CountDryRun(ctx context.Context, rules func(Campaign) RunRules, rate int) (bool, error) {
	d, err := scanDryRun(l.queryRow(ctx, selectDryRun+` WHERE state = 'counting' ORDER BY id LIMIT 1`))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, l.fault("dry run", err)
	}
	c, err := l.CampaignByID(ctx, d.Campaign)
	if err != nil {
		return false, err
	}
	figures, fault, err := l.figures(ctx, c, d, rules(c).Customer, rate)
	if err != nil {
		return false, l.fault("dry run", err)
	}
	return true, l.tx(ctx, "dryrun.ready", func(t *tx) error { return t.dryRunCounted(c, d, figures, fault) })
}

func (t *tx) dryRunCounted(c Campaign, d DryRun, f Figures, fault string) error {
	state := DryReady
	if fault != "" {
		state = DryFailed
	}
	figures, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	n, err := t.exec(`UPDATE dry_runs SET state = ?, figures = ?, fault = ?, ready_at = ? WHERE id = ? AND state = 'counting'`, state, string(figures), fault, ms(t.at), d.ID)
	if err != nil || n == 0 {
		return err
	}
	if err := errors.Join(t.touch(CampaignName(c.Name)), t.drawPlanned(c.ID)); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "dryrun." + string(state), Detail: map[string]any{"campaign": c.Name, "dryrun": d.ID, "revision": d.Revision, "version": d.VersionID,
		"figures": f, "fault": fault}})
}
