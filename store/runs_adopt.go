package store

import (
	"errors"
	"fmt"
)

// adoptCampaigns is what becomes of campaigns in a copy of the ledger. The other one may have written the rest of a run's
// coupons, or have had it approved, planned and run again: nothing of that is done here without people.
func (t *tx) adoptCampaigns() error {
	rows, err := t.query(`SELECT id FROM sends WHERE preparing = 1 ORDER BY id`)
	if err != nil {
		return err
	}
	ids, err := collect(rows, func(id *int64) []any { return []any{id} })
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := t.run(id)
		if err != nil {
			return fmt.Errorf("%s: %w", SendName(id), err)
		}
		if err := t.prepared(id, r); err != nil {
			return err
		}
	}
	for _, change := range []string{
		`UPDATE dry_runs SET state = 'failed', fault = '` + AdoptedWhy + `' WHERE state IN ('counting', 'ready')`,
		`UPDATE schedules SET approved_at = 0, approval = 0 WHERE state = 'on'`,
		`UPDATE schedules SET state = 'off' WHERE state = 'shown'`,
	} {
		if _, err := t.exec(change); err != nil {
			return err
		}
	}
	_, err = t.exec(`UPDATE schedules SET ask_before = ? WHERE state = 'on'`, ms(t.at))
	return err
}

// adoptHolds counts coupons of a run that may have been called under their customers' and their stock's limits, whether there is room or not.
func (t *tx) adoptHolds(some []orphan) error {
	r, err := t.run(some[0].ID.Send)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := t.send(r.Send)
	if err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE holds SET max_fen = 0, max_coupons = 0 WHERE send_id = ? AND `+everyHold, s.ID); err != nil {
		return err
	}
	if _, err := t.moveHolds(s); err != nil {
		return err
	}
	for _, limits := range [][]Limit{r.Rules.Stock, r.Rules.Customer} {
		for i := range limits {
			limits[i].MaxFen, limits[i].MaxCoupons = 0, 0
		}
	}
	var waited []Grant
	for _, c := range some {
		if c.was != GrantWaiting {
			continue
		}
		g, err := scanGrant(t.row(selectGrant+` WHERE send_id = ? AND position = ?`, c.ID.Send, c.ID.Position))
		if err != nil {
			return err
		}
		waited = append(waited, g)
	}
	return t.holdClaims(s, r.Rules, waited)
}
