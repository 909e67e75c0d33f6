package store

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Reasons for which a run pauses by itself, beside those of other sends.
const (
	PauseTest     = "test"     // its first coupon has ended, for somebody to look at
	PauseFailures = "failures" // more of its coupons are refused than its rules let pass: see Send.Failures
)

// Failed is how much of a run was refused since somebody last let it go on.
type Failed struct {
	Refused  int `json:"refused"`
	Answered int `json:"answered"`
}

// Failures are the figures of a run that is paused for PauseFailures; false for any other send.
func (s Send) Failures() (f Failed, ok bool) {
	if s.PauseReason != PauseFailures {
		return f, false
	}
	err := json.Unmarshal([]byte(s.PauseDetail), &f)
	return f, err == nil
}

// ends does what follows from coupons of a send that have ended.
func (t *tx) ends(send int64) error {
	if err := t.finish(send); err != nil {
		return err
	}
	r, err := t.run(send)
	if errors.Is(err, ErrNotFound) || err == nil && (r.Series || !r.OverAt.IsZero()) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := t.send(send)
	if err != nil {
		return err
	}
	for _, follow := range []func(Send, Run) error{t.tested, t.failing, t.over} {
		if err := follow(s, r); err != nil {
			return err
		}
	}
	return nil
}

// tested pauses a run whose test coupon has ended.
func (t *tx) tested(s Send, r Run) error {
	if r.Test != TestAsked || s.Total == 0 {
		return nil
	}
	var state GrantState
	if err := t.row(`SELECT state FROM grants WHERE send_id = ? AND position = 1`, s.ID).Scan(&state); err != nil {
		return err
	}
	if state != GrantIssued && state != GrantRefused {
		return nil
	}
	if _, err := t.exec(`UPDATE runs SET test_state = ? WHERE send_id = ?`, TestLooked, s.ID); err != nil {
		return err
	}
	return t.pauseSelf(s.ID, PauseTest, string(state))
}

// failing pauses a run of which too much is refused.
func (t *tx) failing(s Send, r Run) error {
	f := Failed{Refused: s.Refused - r.baseRefused, Answered: s.Issued + s.Refused - r.baseAnswered}
	many := r.Rules.PauseRefused > 0 && f.Refused >= r.Rules.PauseRefused
	large := r.Rules.PauseShare > 0 && f.Answered >= PauseLeast && float64(f.Refused) >= r.Rules.PauseShare*float64(f.Answered)
	if !many && !large || s.Waiting+s.Issuing == 0 { // what is claimed is asked about once more before it is called
		return nil
	}
	detail, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("failures: %w", err)
	}
	return t.pauseSelf(s.ID, PauseFailures, string(detail))
}

// over tells the end of a run, and lets the next one begin: nothing of it moves by itself any more.
func (t *tx) over(s Send, r Run) error {
	if s.Preparing || s.State == SendAwaiting || s.Waiting+s.Issuing > 0 {
		return nil
	}
	var asked bool
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM grants WHERE send_id = ? AND state = 'unknown' AND ask_at > 0)`, s.ID).Scan(&asked); err != nil || asked {
		return err
	}
	if err := t.runOver(r); err != nil {
		return err
	}
	if err := t.card(Card{Kind: CardEnded, Subject: SendName(s.ID), Reader: s.Channel}); err != nil {
		return err
	}
	if s.Refused > 0 {
		if err := t.card(Card{Kind: CardFailures, Subject: SendName(s.ID), Reader: r.MadeBy}); err != nil {
			return err
		}
	}
	if err := t.touchSend(s.ID); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "run.over", Send: s.ID, Detail: map[string]any{"issued": s.Issued, "refused": s.Refused, "unknown": s.Unknown, "cancelled": s.Cancelled}})
}

// runOver lets the campaign's next run begin, from figures that know of this one: what was counted before is not started any
// more, and what is being counted is counted anew.
func (t *tx) runOver(r Run) error {
	if _, err := t.exec(`UPDATE runs SET over_at = ? WHERE send_id = ?`, ms(t.at), r.Send); err != nil || r.Series {
		return err
	}
	var asker string
	err := notFound(t.row(`SELECT asked_by FROM dry_runs WHERE campaign_id = ? AND state = 'counting'`, r.Campaign).Scan(&asker))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	n, err := t.exec(`UPDATE dry_runs SET state = 'failed', fault = ?, ready_at = ? WHERE campaign_id = ? AND state IN ('counting', 'ready')`, Overtaken, ms(t.at), r.Campaign)
	if err != nil || n == 0 {
		return err
	}
	c, err := scanCampaign(t.row(selectCampaign+` WHERE id = ?`, r.Campaign))
	if err != nil {
		return err
	}
	if asker != "" {
		return t.askDryRun(c, asker)
	}
	return errors.Join(t.touch(CampaignName(c.Name)), t.drawPlanned(c.ID))
}
