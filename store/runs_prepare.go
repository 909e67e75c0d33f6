package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A run's coupons are written in the order of the list's keys, some at a time, with the key where the next ones begin in the
// same transaction: whatever happens in between, the next person is the next person. How many at a time follows from how
// long the last ones took, so that nobody else waits for the writer for longer than a person would notice.

// Prepare writes the next coupons of a run that is being prepared, in a transaction of 10 or 20 ms; more tells that there is more
// to do now. The process that leads calls it, again and again: whoever waits for the writer is let in between.
func (l *Ledger) Prepare(ctx context.Context) (more bool, err error) {
	var id int64
	err = notFound(l.queryRow(ctx, `SELECT id FROM sends WHERE preparing = 1 ORDER BY id LIMIT 1`).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, l.fault("prepare", err)
	}
	l.preparing.Lock()
	defer l.preparing.Unlock()
	if l.preparing.bulk == nil {
		l.preparing.bulk = l.gently()
	}
	b, all := l.preparing.bulk, false
	err = l.silently(ctx, "prepare", func(t *tx) (err error) {
		b.begins()
		all, err = t.prepare(id, b.size)
		return err
	})
	if err != nil {
		return false, err
	}
	if all {
		l.signal.raise()
	}
	return true, b.ended(ctx)
}

// prepare writes coupons of the next n customers; all tells that there are no more.
func (t *tx) prepare(id int64, n int) (all bool, err error) {
	s, err := t.send(id)
	if err != nil || !s.Preparing { // rejected, cancelled … since we looked
		return true, err
	}
	r, err := t.run(id)
	if err != nil {
		return false, err
	}
	version, err := scanVersion(t.row(selectListVersion+` WHERE id = ?`, r.VersionID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if version.State != VersionReady {
		return false, fmt.Errorf("%s: version %d of its audience is gone", SendName(id), r.VersionID)
	}
	barred, err := barredNow(t.query)
	if err != nil {
		return false, err
	}
	who := recipients{send: id, version: r.VersionID, test: r.testOpenID, once: r.once, most: r.most, barred: barred, plain: t.dialect.plain}
	page, err := who.page(t.query, r.after, n)
	if err != nil {
		return false, err
	}
	if err := t.prepareSome(s, &r, page); err != nil {
		return false, err
	}
	if len(page) < n {
		return true, t.prepared(id, r)
	}
	return false, nil
}

// choose says which of some customers get a coupon, and moves the run on behind them.
func (r *Run) choose(s Send, page []candidate) (openids []string) {
	if s.Total == 0 && r.after == "" && r.testOpenID != "" { // the first of all
		openids = append(openids, r.testOpenID)
	}
	if r.LeftOut == nil {
		r.LeftOut = map[string]int64{}
	}
	for _, c := range page {
		r.after = c.openid
		switch {
		case c.why == leftTest:
		case c.why != "":
			r.LeftOut[c.why]++
		case int64(s.Total+len(openids)) >= r.Expected:
			r.LeftOut[leftBeyond]++
		default:
			openids = append(openids, c.openid)
		}
	}
	return openids
}

// prepareSome writes the coupons of some customers, and where the next ones begin.
func (t *tx) prepareSome(s Send, r *Run, page []candidate) error {
	openids := r.choose(s, page)
	leftOut, err := json.Marshal(r.LeftOut)
	if err != nil {
		return fmt.Errorf("left out: %w", err)
	}
	if _, err := t.exec(`UPDATE runs SET after_key = ?, left_out = ? WHERE send_id = ?`, r.after, string(leftOut), s.ID); err != nil || len(openids) == 0 {
		return err
	}
	if err := t.insertCoupons(s.ID, s.StockID, s.Total+1, openids); err != nil {
		return err
	}
	if err := t.takeOnce(r.once, s.ID, openids); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE sends SET total = total + ?, waiting = waiting + ? WHERE id = ?`, len(openids), len(openids), s.ID); err != nil {
		return err
	}
	if err := t.touchSend(s.ID); err != nil {
		return err
	}
	sum := newSpan(s.Total+1, s.Total+len(openids))
	for i, openid := range openids {
		sum.add(sum.first+i, openid)
	}
	return t.audit(Event{Actor: ActorBot, Action: "grants.prepare", Send: s.ID, Detail: map[string]any{"first": sum.first, "last": sum.last, "sha256": sum.hash()}})
}

// takeOnce writes down whose turn it was under a send-once key.
func (t *tx) takeOnce(key string, send int64, openids []string) error {
	if key == "" {
		return nil
	}
	for some := range slices.Chunk(openids, rowsAtOnce) {
		args := make([]any, 0, 3*len(some))
		for _, openid := range some {
			args = append(args, key, openid, send)
		}
		if _, err := t.exec(`INSERT INTO once (key, openid, send_id) VALUES `+list("(?, ?, ?)", len(some))+`
			ON CONFLICT (key, openid) DO UPDATE SET send_id = excluded.send_id`, args...); err != nil {
			return err
		}
	}
	return nil
}

// prepared ends the preparing of a run that has all its coupons.
func (t *tx) prepared(id int64, r Run) error {
	if err := t.stopPreparing(id); err != nil {
		return err
	}
	s, err := t.send(id)
	if err != nil {
		return err
	}
	if err := t.touchSend(id); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ActorBot, Action: "run.prepared", Send: id, Detail: map[string]any{"coupons": s.Total, "left_out": r.LeftOut}}); err != nil {
		return err
	}
	return t.ends(id)
}

// stopPreparing leaves a run with the coupons that it has: what it holds is cut to them.
func (t *tx) stopPreparing(id int64) error {
	s, err := t.send(id)
	if err != nil || !s.Preparing {
		return err
	}
	r, err := t.run(id)
	if err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE sends SET preparing = 0 WHERE id = ?`, id); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE runs SET prepared_at = ? WHERE send_id = ?`, ms(t.at), id); err != nil {
		return err
	}
	return t.letGoOf(id, s.Amount, false, r.Expected-int64(s.Total), ofCampaign, nil)
}

// notPreparing refuses to take a list away from a run that still reads it.
func (t *tx) notPreparing(audience string) error {
	var id int64
	err := notFound(t.row(`SELECT s.id FROM sends s JOIN runs r ON r.send_id = s.id JOIN audience_versions v ON v.id = r.version_id
		WHERE s.preparing = 1 AND v.audience = ? ORDER BY s.id LIMIT 1`, audience).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &Moved{Subject: SendName(id), State: "preparing"}
}
