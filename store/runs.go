package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A run of a campaign is a send like any other: its coupons are claimed, called and recorded like all, and people decide
// about it in the same way. What is different stands in a row of its own. It begins without coupons, which are written
// by pieces (Prepare) while people decide, and none is claimed before the last one is there. Of its limits the campaigns'
// own are held in full from when it is approved; its customers' and its stock's coupon by coupon, from the claim until the
// answer: a waiting coupon of a run stands under no customer's limit. Who agreed has seen the figures of a dry run, so a
// run never has more coupons than those say.

// kindCampaign is the Kind of a run's send.
const kindCampaign = "campaign"

// RunRules are the policy of a run, fixed when it starts.
type RunRules struct {
	Campaign     []Limit `json:"campaign,omitempty"` // held in full when the run is approved: kind LimitCampaign
	Stock        []Limit `json:"stock,omitempty"`    // held claim by claim; no room pauses the run
	Customer     []Limit `json:"customer,omitempty"` // the same, the customer's openid being written behind Key; no room refuses that coupon
	PauseRefused int     `json:"pause_refused,omitempty"`
	PauseShare   float64 `json:"pause_share,omitempty"` // of those answered since the last resume, of which there must be at least PauseLeast
	Window       string  `json:"window,omitempty"`      // nothing is claimed before SetHours says when
}

// PauseLeast is how many answers a share is believed of.
const PauseLeast = 20

// Where the test coupon of a run stands.
const (
	TestAsked  = "asked"  // it alone may be claimed
	TestLooked = "looked" // it has ended, and the run waits for somebody to look at it
	TestPassed = "passed" // and somebody let the run go on
)

// A Run is what a campaign's send has beyond others.
type Run struct {
	Send       int64
	Campaign   int64
	Revision   int
	VersionID  int64
	Checksum   string // of that version
	DryRun     int64
	Schedule   int64
	Slot       string
	Series     bool   // the approval of a series: it has no coupons
	InSeries   bool   // it needed nobody, because its series is approved
	MadeBy     string // who made the campaign
	Expected   int64
	Figures    Figures
	Rules      RunRules
	LeftOut    map[string]int64 // who got no coupon when it was prepared, by reason: blocked, staff, had, overcap, beyond
	PreparedAt time.Time
	Test       string    // "" no test, TestAsked, TestLooked, TestPassed
	OverAt     time.Time // nothing of it is called or asked about any more, though a person may have to settle some

	testOpenID, once, after   string
	most                      int64
	baseRefused, baseAnswered int
}

const selectRun = `SELECT send_id, campaign_id, revision, version_id, checksum, dry_run_id, schedule_id, slot, series, in_series, made_by, expected, figures, rules,
	left_out, prepared_at, test_state, over_at, test_openid, once_key, after_key, cap_coupons, base_refused, base_answered FROM runs`

func scanRun(row interface{ Scan(...any) error }) (r Run, err error) {
	var figures, rules, leftOut string
	var prepared, over int64
	if err := notFound(row.Scan(&r.Send, &r.Campaign, &r.Revision, &r.VersionID, &r.Checksum, &r.DryRun, &r.Schedule, &r.Slot, &r.Series, &r.InSeries, &r.MadeBy, &r.Expected,
		&figures, &rules, &leftOut, &prepared, &r.Test, &over, &r.testOpenID, &r.once, &r.after, &r.most, &r.baseRefused, &r.baseAnswered)); err != nil {
		return r, err
	}
	r.PreparedAt, r.OverAt = at(prepared), at(over)
	if err := errors.Join(json.Unmarshal([]byte(figures), &r.Figures), json.Unmarshal([]byte(rules), &r.Rules), json.Unmarshal([]byte(leftOut), &r.LeftOut)); err != nil {
		return r, fmt.Errorf("run %s: %w", SendName(r.Send), err)
	}
	return r, nil
}

// Run reads one; ErrNotFound when the send is not a campaign's.
func (l *Ledger) Run(ctx context.Context, send int64) (Run, error) {
	r, err := scanRun(l.queryRow(ctx, selectRun+` WHERE send_id = ?`, send))
	return r, l.fault("run", err)
}

func (t *tx) run(send int64) (Run, error) {
	return scanRun(t.row(selectRun+` WHERE send_id = ?`, send))
}

// RunsOf lists the sends of a campaign, newest first; those that asked for the approval of a series are not among them.
func (l *Ledger) RunsOf(ctx context.Context, campaign int64, limit int) ([]Send, error) {
	out, err := readAll(scanSend)(l.queryRows(ctx, selectSend+` WHERE id IN (SELECT send_id FROM runs WHERE campaign_id = ? AND series = 0 ORDER BY send_id DESC LIMIT ?) ORDER BY id DESC`,
		campaign, limit))
	return out, l.fault("runs", err)
}

// OpenRuns lists the runs of all campaigns that are not over, newest first.
func (l *Ledger) OpenRuns(ctx context.Context, limit int) ([]Send, error) {
	out, err := readAll(scanSend)(l.queryRows(ctx, selectSend+` WHERE id IN (SELECT send_id FROM runs WHERE over_at = 0 AND series = 0 ORDER BY send_id DESC LIMIT ?) ORDER BY id DESC`, limit))
	return out, l.fault("runs", err)
}

const selectGoingOn = `SELECT send_id FROM runs WHERE campaign_id = ? AND over_at = 0 AND series = 0 ORDER BY send_id LIMIT 1`

// GoingOn is the run of a campaign that is not over; ErrNotFound when there is none.
func (l *Ledger) GoingOn(ctx context.Context, campaign int64) (send int64, err error) {
	err = notFound(l.queryRow(ctx, selectGoingOn, campaign).Scan(&send))
	return send, l.fault("run", err)
}

// An OutcomeCount is how many coupons of a send were refused for one reason.
type OutcomeCount struct {
	Outcome   string
	Code      string
	Message   string
	Retryable bool
	Coupons   int64
}

// outcomesShown bounds how many reasons are told apart: what WeChat Pay says may name each customer.
const outcomesShown = 100

// Outcomes counts a send's refused coupons by reason, most first, the hundred most frequent ones.
func (l *Ledger) Outcomes(ctx context.Context, send int64) ([]OutcomeCount, error) {
	rows, err := l.queryRows(ctx, `SELECT outcome, wechat_code, wechat_message, retryable, count(*) FROM grants WHERE send_id = ? AND state = 'refused'
		GROUP BY outcome, wechat_code, wechat_message, retryable ORDER BY count(*) DESC, outcome, wechat_code, wechat_message, retryable LIMIT ?`, send, outcomesShown)
	if err != nil {
		return nil, l.fault("outcomes", err)
	}
	out, err := collect(rows, func(o *OutcomeCount) []any { return []any{&o.Outcome, &o.Code, &o.Message, &o.Retryable, &o.Coupons} })
	return out, l.fault("outcomes", err)
}

// StepChannel tells whoever asked for a run that its channel takes no messages; why is what Slack said. The run goes on.
const StepChannel = "channel"

// ChannelLost tells, once, that the channel of a run takes no messages.
func (l *Ledger) ChannelLost(ctx context.Context, send int64, why string) error {
	return l.tx(ctx, "run.channel_lost", func(t *tx) error {
		s, err := t.send(send)
		if err != nil {
			return err
		}
		var told bool
		if err := t.row(`SELECT EXISTS (SELECT 1 FROM steps WHERE send_id = ? AND kind = ?)`, send, StepChannel).Scan(&told); err != nil || told {
			return err
		}
		if err := t.audit(Event{Actor: ActorBot, Action: "run.channel_lost", Send: send, Detail: map[string]any{"channel": s.Channel, "why": why}}); err != nil {
			return err
		}
		return t.step(s, StepChannel, "", why)
	})
}
