package store

import "errors"

// moveHolds carries what a send still holds from periods that are over into those that hold now; a *LimitReached when
// a new period has no room, and then the caller undoes what was moved. moved is false when nothing was to be moved.
// What a run holds for coupons that are being called is spent in the period of the call, and is not moved.
func (t *tx) moveHolds(s Send) (moved bool, err error) {
	send, amount := s.ID, s.Amount
	over := ` send_id = ? AND until_at > 0 AND until_at <= ? AND coupons > 0`
	if s.Kind == kindCampaign {
		over += ` AND ` + everyHold
	}
	rows, err := t.query(`SELECT kind, key, openid, period, max_fen, max_coupons, coupons FROM holds WHERE`+over, send, ms(t.at))
	if err != nil {
		return false, err
	}
	holds, err := collect(rows, func(h *held) []any {
		return []any{&h.Kind, &h.Key, &h.OpenID, &h.Period, &h.MaxFen, &h.MaxCoupons, &h.coupons}
	})
	if err != nil {
		return false, err
	}
	if len(holds) == 0 { // what stood in them has been let go
		return false, t.holdsUntil(send)
	}
	for batch := range batches(holds) {
		start, end := batch[0].Period.Bounds(t.at, t.options.Zone)
		if err := t.take(send, batch, start, end, amount); err != nil {
			return false, err
		}
	}
	if _, err := t.exec(`UPDATE limits SET held_fen = held_fen - ? * h.n, held_coupons = held_coupons - h.n FROM
		(SELECT kind AS k, key AS y, period AS p, start_at AS s, CAST(sum(coupons) AS BIGINT) AS n FROM holds WHERE`+over+` GROUP BY kind, key, period, start_at) h
		WHERE kind = h.k AND key = h.y AND period = h.p AND start_at = h.s`, amount, send, ms(t.at)); err != nil {
		return false, err
	}
	for _, p := range []Period{Day, Week, Month} {
		start, end := p.Bounds(t.at, t.options.Zone)
		if _, err := t.exec(`UPDATE holds SET start_at = ?, until_at = ? WHERE period = ? AND`+over, ms(start), ms(end), p, send, ms(t.at)); err != nil {
			return false, err
		}
	}
	return true, t.holdsUntil(send)
}

// holdsUntil keeps on the send when the first of its holds' periods ends, so that a claim need not look at the holds.
func (t *tx) holdsUntil(send int64) error {
	const first = `(SELECT coalesce(min(until_at), 0) FROM holds WHERE send_id = sends.id AND until_at > 0 AND coupons > 0`
	const until = `CASE WHEN kind = '` + kindCampaign + `' THEN ` + first + ` AND ` + everyHold + `) ELSE ` + first + `) END`
	_, err := t.exec(`UPDATE sends SET holds_until = `+until+`, turn_at = `+until+` WHERE id = ?`, send)
	return err
}

// holdsNow moves the holds of a send whose period is over. Where a new one has no room nothing is moved, and a send that
// could go on is paused (PauseLimit).
func (t *tx) holdsNow(s Send) (stands bool, err error) {
	var until int64
	if err := t.row(`SELECT holds_until FROM sends WHERE id = ?`, s.ID).Scan(&until); err != nil {
		return false, err
	}
	if until == 0 || until > ms(t.at) {
		return true, nil
	}
	if _, err := t.exec(`SAVEPOINT holds`); err != nil {
		return false, err
	}
	_, err = t.moveHolds(s)
	var reached *LimitReached
	if errors.As(err, &reached) {
		if _, err := t.exec(`ROLLBACK TO SAVEPOINT holds`); err != nil {
			return false, err
		}
		return false, t.pauseLimit(s.ID, reached)
	}
	if err != nil {
		return false, err
	}
	_, err = t.exec(`RELEASE SAVEPOINT holds`)
	return true, err
}

// free lets go of everything that a send holds none of whose coupons was ever asked for.
func (t *tx) free(s Send) error {
	if _, err := t.exec(`UPDATE limits SET held_fen = held_fen - ? * h.n, held_coupons = held_coupons - h.n FROM
		(SELECT kind AS k, key AS y, period AS p, start_at AS s, CAST(sum(coupons) AS BIGINT) AS n FROM holds WHERE send_id = ? AND coupons > 0 GROUP BY kind, key, period, start_at) h
		WHERE kind = h.k AND key = h.y AND period = h.p AND start_at = h.s`, s.Amount, s.ID); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM holds WHERE send_id = ?`, s.ID); err != nil {
		return err
	}
	return t.holdsUntil(s.ID)
}
