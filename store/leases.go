package store

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// leads refuses the work of a process that no longer leads.
func (t *tx) leads(epoch int64) error {
	now, err := t.meta("epoch")
	if err != nil {
		return err
	}
	if now != strconv.FormatInt(epoch, 10) {
		return ErrNoLead
	}
	return nil
}

const metaLeadSince = "lead_since"

// othersOver tells whether the leases of earlier leads may be judged. A process that lost the lead on PostgreSQL may go
// on with the calls it has in hand, and its leases were written by its own clock, which may be behind ours: so they are
// left alone until a whole lease has passed since this process leads. SQLite's file lock proves that no other is alive.
func (t *tx) othersOver(lease time.Duration) (bool, error) {
	if t.dialect.name != "postgres" {
		return true, nil
	}
	text, err := t.meta(metaLeadSince)
	since, _ := strconv.ParseInt(text, 10, 64) // "" on a ledger whose lead is older than this rule
	return err == nil && !t.at.Before(at(since).Add(lease)), err
}

// leasesOver turns calls that must have timed out into unknown ones: a crash, a stall, a lost leader.
func (t *tx) leasesOver(epoch int64, others bool) error {
	rows, err := t.query(`SELECT send_id, position FROM grants WHERE state = 'issuing' AND lease_until <= ? AND (CAST(? AS BIGINT) = 1 OR epoch = ?)
		ORDER BY lease_until LIMIT 2000`, ms(t.at), bit(others), epoch)
	if err != nil {
		return err
	}
	lost, err := collect(rows, func(id *GrantID) []any { return []any{&id.Send, &id.Position} })
	if err != nil || len(lost) == 0 {
		return err
	}
	bySend := map[int64][]int{}
	for _, id := range lost {
		if _, err := t.exec(`UPDATE grants SET state = 'unknown', open_attempt = 1, definite = 0, ask_at = ? WHERE send_id = ? AND position = ? AND state = 'issuing'`,
			ms(t.at), id.Send, id.Position); err != nil {
			return err
		}
		bySend[id.Send] = append(bySend[id.Send], id.Position)
	}
	for _, send := range slices.Sorted(maps.Keys(bySend)) {
		positions := bySend[send]
		if err := t.count(send, delta{issuing: -len(positions), unknown: len(positions)}); err != nil {
			return err
		}
		if err := t.audit(Event{Actor: ActorClock, Action: "grants.lease_over", Send: send, Detail: map[string]any{"positions": positions}}); err != nil {
			return err
		}
	}
	return nil
}
