package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// sweepAtOnce is how many waiting coupons one transaction cancels: well under the 50 ms a writer may be held.
const sweepAtOnce = 500

// CancelSend ends what is not yet called; calls under way and unknown coupons still settle. A large send's waiting
// coupons are cancelled in pieces by Sweep; none of them is called meanwhile.
func (l *Ledger) CancelSend(ctx context.Context, id int64, by, input string) error {
	return l.tx(ctx, "send.cancel", func(t *tx) error {
		if seen, err := t.input(input, SendName(id)); err != nil || seen != "" {
			return err
		}
		if err := t.moveSend(id, []SendState{SendApproved, SendIssuing, SendPaused}, "state = 'cancelled', paused_from = '', pause_reason = '', pause_detail = '', paused_by = ''"); err != nil {
			return err
		}
		if err := t.audit(Event{Actor: by, Action: "send.cancel", Send: id}); err != nil {
			return err
		}
		if err := t.stopPreparing(id); err != nil {
			return err
		}
		if n, err := t.sweep(id); err != nil || n > 0 {
			return err
		}
		return t.ends(id)
	})
}

// Sweep cancels some of what cancelled sends still have waiting; more tells that there is more to do.
func (l *Ledger) Sweep(ctx context.Context) (more bool, err error) {
	var id int64
	err = l.queryRow(ctx, `SELECT id FROM sends WHERE state = 'cancelled' AND waiting > 0 ORDER BY id LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sweep: %w", l.dialect.fault(err))
	}
	err = l.tx(ctx, "sweep", func(t *tx) error {
		_, err := t.sweep(id)
		return err
	})
	return err == nil, err
}

func (t *tx) sweep(id int64) (int, error) {
	rows, err := t.query(`UPDATE grants SET state = 'cancelled', finished_at = ? WHERE send_id = ? AND state = 'waiting' AND position IN
		(SELECT position FROM grants WHERE send_id = ? AND state = 'waiting' ORDER BY ask_at, position LIMIT ?) RETURNING position, openid`,
		ms(t.at), id, id, sweepAtOnce)
	if err != nil {
		return 0, err
	}
	all, err := collect(rows, func(o *one) []any { return []any{&o.position, &o.openid} })
	if err != nil || len(all) == 0 {
		return 0, err
	}
	positions, openids := unzip(all)
	if err := t.count(id, delta{waiting: -len(all), cancelled: len(all)}); err != nil {
		return 0, err
	}
	if err := t.release(id, &outcome{never: openids}); err != nil {
		return 0, err
	}
	if err := t.audit(Event{Actor: ActorBot, Action: "grants.cancelled", Send: id, Detail: map[string]any{"positions": positions}}); err != nil {
		return 0, err
	}
	return len(all), t.ends(id)
}

// one is a coupon of a send that is at hand.
type one struct {
	position int
	openid   string
}

// unzip sorts coupons by position and takes them apart.
func unzip(all []one) (positions []int, openids []string) {
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.position, b.position) })
	for _, o := range all {
		positions, openids = append(positions, o.position), append(openids, o.openid)
	}
	return positions, openids
}
