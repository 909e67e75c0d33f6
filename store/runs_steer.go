package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ofCampaign and notCampaign tell the limits that a run holds in full from those that stand for coupons being called.
const (
	ofCampaign  = `openid = '' AND kind = '` + LimitCampaign + `'`
	notCampaign = `openid = '' AND kind <> '` + LimitCampaign + `'`
)

// holdRun takes the campaigns' own limits for n coupons, if that has not been done.
func (t *tx) holdRun(s Send, r Run, n int64) error {
	var held bool
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM holds WHERE send_id = ? AND `+ofCampaign+`)`, s.ID).Scan(&held); err != nil || held || n == 0 {
		return err
	}
	return t.hold(s.ID, s.Amount, n, r.Rules.Campaign)
}

// toHold is how many coupons a run holds its limits for: all that it may have, or those that it has when they are known.
func (r Run) toHold(s Send) int64 {
	if s.Preparing {
		return r.Expected
	}
	return int64(s.Open())
}

// runApproved is what an approval means for a campaign's send. Where campaigns' limits have no room the run pauses.
func (t *tx) runApproved(s Send, by string) error {
	r, err := t.run(s.ID)
	if err != nil {
		return err
	}
	if r.Series {
		if err := t.seriesApproved(s, r, by); err != nil {
			return err
		}
		return t.finish(s.ID)
	}
	if err := t.card(Card{Kind: CardRun, Subject: SendName(s.ID), Reader: s.Channel}); err != nil {
		return err
	}
	if err := t.tryHoldRun(s, r); err != nil {
		return err
	}
	return t.ends(s.ID)
}

// tryHoldRun holds for a run that was approved, or pauses it.
func (t *tx) tryHoldRun(s Send, r Run) error {
	if _, err := t.exec(`SAVEPOINT run`); err != nil {
		return err
	}
	err := t.holdRun(s, r, r.toHold(s))
	var reached *LimitReached
	if errors.As(err, &reached) {
		if _, err := t.exec(`ROLLBACK TO SAVEPOINT run`); err != nil {
			return err
		}
		return t.pauseLimit(s.ID, reached)
	}
	if err != nil {
		return err
	}
	_, err = t.exec(`RELEASE SAVEPOINT run`)
	return err
}

// resumeRun lets a run go on: what it could not hold when it was approved is held now, a look at its test coupon has been had,
// and refusals are counted from here.
func (t *tx) resumeRun(s Send) error {
	r, err := t.run(s.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.holdRun(s, r, r.toHold(s)); err != nil {
		return err
	}
	if r.Test == TestLooked {
		if _, err := t.exec(`UPDATE sends SET first_only = 0 WHERE id = ?`, s.ID); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE runs SET test_state = ? WHERE send_id = ?`, TestPassed, s.ID); err != nil {
			return err
		}
	}
	return t.rebase(s.ID)
}

// rebase counts refusals from now on.
func (t *tx) rebase(send int64) error {
	_, err := t.exec(`UPDATE runs SET (base_refused, base_answered) = (SELECT refused, refused + issued FROM sends WHERE id = runs.send_id) WHERE send_id = ?`, send)
	return err
}

// runRetried is what it means for a run that coupons of it wait again: it is not over.
func (t *tx) runRetried(s Send, positions []int) error {
	if _, err := t.exec(`UPDATE runs SET over_at = 0 WHERE send_id = ?`, s.ID); err != nil {
		return err
	}
	if positions[0] == 1 { // the test coupon: it is to be looked at again
		if _, err := t.exec(`UPDATE runs SET test_state = ? WHERE send_id = ? AND test_state = ?`, TestAsked, s.ID, TestLooked); err != nil {
			return err
		}
	}
	return t.rebase(s.ID)
}

// retryLimits are what coupons of a run that come back are held under: its rules', not those that a person's send would have. A
// series' ceiling holds for them too.
func (t *tx) retryLimits(s Send, r Run, n int) ([]Limit, error) {
	if !r.InSeries {
		return r.Rules.Campaign, nil
	}
	schedule, err := t.schedule(r.Schedule)
	if err != nil {
		return nil, err
	}
	if asked := s.Amount * Fen(n); schedule.Spent+asked > schedule.Total {
		return nil, &LimitReached{Limit: Limit{Kind: LimitSeries, Key: ScheduleName(schedule.ID), Period: Ever, MaxFen: schedule.Total},
			Used: Usage{SpentFen: schedule.Spent}, Asked: Usage{HeldFen: asked, HeldCoupons: int64(n)}}
	}
	return r.Rules.Campaign, nil
}

// SetHours says when a run with a Window may claim coupons: from opens until closes, and not before the next SetHours after that.
func (l *Ledger) SetHours(ctx context.Context, send int64, opens, closes time.Time) error {
	return l.tx(ctx, "run.hours", func(t *tx) error {
		n, err := t.exec(`UPDATE sends SET opens_at = ?, closes_at = ? WHERE id = ? AND closes_at > 0`, ms(opens), ms(closes), send)
		if err != nil || n == 0 {
			return err
		}
		return t.touchSend(send)
	})
}

// WantHours lists the runs with a Window that are not over and whose hours are, or were never said.
func (l *Ledger) WantHours(ctx context.Context) ([]Run, error) {
	out, err := readAll(scanRun)(l.queryRows(ctx, selectRun+` WHERE over_at = 0 AND series = 0 AND EXISTS (SELECT 1 FROM sends s WHERE s.id = runs.send_id AND s.closes_at > 0 AND s.closes_at <= ?) ORDER BY send_id`, ms(l.now())))
	return out, l.fault("hours", err)
}

// runRevised brings a run's figures up to date with what a coupon is worth now.
func (t *tx) runRevised(send int64, amount Fen) error {
	r, err := t.run(send)
	if err != nil {
		return err
	}
	r.Figures.Money = amount * Fen(r.Expected)
	figures, err := json.Marshal(r.Figures)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	_, err = t.exec(`UPDATE runs SET figures = ? WHERE send_id = ?`, string(figures), send)
	return err
}
