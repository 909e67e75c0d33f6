package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// A Claim is one coupon that the claimer must now ask about. Claiming counts as a call that may have been made.
type Claim struct {
	Grant           // as it stands after the claim: Attempts includes this one
	Send       Send // the request's fields and the send's state; its counters are of the moment of the claim
	Read       bool // only look at the customer's coupons; posting is not allowed any more
	Reclaimed  bool // it was unknown before this claim
	LeaseUntil time.Time

	before Grant // as it stood before the claim
}

// ClaimAsk says how much work to claim.
type ClaimAsk struct {
	Epoch int64         // of the lead; another's is ErrNoLead
	Limit int           // at most a second's work
	Lease time.Duration // longer than a call may take
}

// Claim takes work: unknown coupons whose time has come, then waiting ones, people's sends before campaigns, no more
// than one coupon of a (customer, stock) pair at a time, none of a paused send, and nothing at all while held; while
// stopped, unknown coupons are read and nothing is posted. A send for which no longer holds what was agreed to is paused
// instead (PauseLimit, PauseStockState, PauseTerms).
func (l *Ledger) Claim(ctx context.Context, ask ClaimAsk) ([]Claim, error) {
	var out []Claim
	err := l.tx(ctx, "claim", func(t *tx) error {
		out = out[:0]
		if err := t.leads(ask.Epoch); err != nil {
			return err
		}
		others, err := t.othersOver(ask.Lease)
		if err != nil {
			return err
		}
		if err := t.leasesOver(ask.Epoch, others); err != nil {
			return err
		}
		stopped, held, err := t.halted()
		if err != nil || held {
			return err
		}
		c := &claiming{tx: t, ask: ask, others: others, sends: map[int64]Send{}, stocks: map[string]Stock{}, pairs: map[string]bool{}, taken: map[int64][]int{}, counts: map[int64]delta{}}
		if err := c.all(stopped); err != nil {
			return err
		}
		out = c.out
		return c.done()
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// claiming is one claim under way.
type claiming struct {
	*tx
	ask    ClaimAsk
	others bool // leases of earlier leads may be judged
	sends  map[int64]Send
	stocks map[string]Stock // as far as they were looked at
	pairs  map[string]bool  // openid and stock already taken in this claim
	taken  map[int64][]int  // positions by send, for the audit
	counts map[int64]delta
	out    []Claim
}

func (c *claiming) room() int { return c.ask.Limit - len(c.out) }

// send reads each send once.
func (c *claiming) send(id int64) (Send, error) {
	if s, ok := c.sends[id]; ok {
		return s, nil
	}
	s, err := c.tx.send(id)
	c.sends[id] = s
	return s, err
}

// all claims unknown coupons first, but no more than half of the room while others wait: a thousand lost answers must
// not keep a person's coupon waiting.
func (c *claiming) all(stopped bool) error {
	if stopped {
		return c.unknown(c.ask.Limit, true)
	}
	if err := c.unknown((c.ask.Limit+1)/2, false); err != nil {
		return err
	}
	if err := c.waiting(); err != nil {
		return err
	}
	return c.unknown(c.room(), false)
}

func (c *claiming) unknown(room int, stopped bool) error {
	if room <= 0 {
		return nil
	}
	due, err := scanGrants(c.query(selectGrant+` WHERE state = 'unknown' AND ask_at > 0 AND ask_at <= ?
		AND (CAST(? AS BIGINT) = 1 OR epoch = ? OR lease_until = 0) ORDER BY ask_at, send_id, position LIMIT ?`, ms(c.at), bit(c.others), c.ask.Epoch, room))
	if err != nil {
		return err
	}
	for _, g := range due {
		read := stopped || g.Definite || g.Expired(c.at)
		if err := c.take(g, GrantUnknown, read); err != nil {
			return err
		}
	}
	return nil
}

// readyAtOnce is among how many sends of one priority the work of a claim is shared.
const readyAtOnce = 40

// waiting shares the room among ready sends: people's first, and none of them all of it while others wait.
func (c *claiming) waiting() error {
	for _, priority := range []int{0, 1} {
		rows, err := c.query(`SELECT id FROM sends WHERE state IN ('approved', 'issuing') AND waiting > 0 AND priority = ? AND preparing = 0
			AND (closes_at = 0 OR opens_at <= ? AND closes_at > ?) AND (SELECT 1 FROM grants g
			WHERE g.send_id = sends.id AND g.state = 'waiting' AND g.ask_at <= ?`+firstOnly+unpaired+` ORDER BY g.ask_at LIMIT 1) IS NOT NULL ORDER BY id LIMIT ?`,
			priority, ms(c.at), ms(c.at), ms(c.at), readyAtOnce)
		if err != nil {
			return err
		}
		ready, err := collect(rows, func(id *int64) []any { return []any{id} })
		if err != nil {
			return err
		}
		for i, id := range ready {
			share := (c.room() + len(ready) - i - 1) / (len(ready) - i)
			if share <= 0 {
				return nil
			}
			if err := c.waitingOf(id, share); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpaired leaves out a coupon g whose customer's older one of the same stock is not settled.
const unpaired = ` AND NOT EXISTS (SELECT 1 FROM grants o WHERE o.openid = g.openid AND o.stock_id = g.stock_id AND o.state IN ('issuing', 'unknown'))`

// firstOnly leaves out a coupon g of a run, in sends, whose first coupon somebody has to look at before.
const firstOnly = ` AND (sends.first_only = 0 OR g.position = 1)`

func (c *claiming) waitingOf(id int64, share int) error {
	if ok, err := c.stands(id); err != nil || !ok {
		return err
	}
	// Twice the share, because some may wait behind an older coupon of the same pair.
	grants, err := scanGrants(c.query(selectGrant+` g WHERE send_id = ? AND state = 'waiting' AND ask_at <= ?
		AND (position = 1 OR (SELECT first_only FROM sends WHERE id = g.send_id) = 0)`+unpaired+` ORDER BY ask_at, position LIMIT ?`, id, ms(c.at), 2*share))
	if err != nil {
		return err
	}
	var chosen []Grant
	for _, g := range grants {
		if len(chosen) == share {
			break
		}
		if c.pairs[g.OpenID+" "+g.StockID] {
			continue
		}
		if g.Expired(c.at) {
			share--
			if err := c.tooOld(g); err != nil {
				return err
			}
			continue
		}
		chosen = append(chosen, g)
	}
	s, err := c.send(id)
	if err == nil {
		chosen, err = c.afford(s, chosen)
	}
	for i := 0; i < len(chosen) && err == nil; i++ {
		err = c.take(chosen[i], GrantWaiting, false)
	}
	return err
}

// tooOld ends a coupon that was called more than a day ago, with a definite "not now": its number is not posted again.
func (c *claiming) tooOld(g Grant) error {
	r := Result{ID: g.ID, Attempt: g.Attempts, Verdict: GrantRefused, Reason: ReasonNumberTooOld, Code: g.Code, Message: g.Message, RequestID: g.RequestID}
	if err := c.apply(g, r); err != nil {
		return err
	}
	all := outcomes{}
	all.of(g.ID.Send).add(g, r)
	return c.close(all)
}

// ReasonNumberTooOld is the outcome of a coupon whose number may not be posted any more and that was never issued.
const ReasonNumberTooOld = "number_too_old"

// take claims one grant. An unknown one stays unknown, and is due again when the lease is over.
func (c *claiming) take(g Grant, from GrantState, read bool) error {
	s, err := c.send(g.ID.Send)
	if err != nil {
		return err
	}
	before, lease := g, c.at.Add(c.ask.Lease)
	first, last := g.FirstCalledAt, g.LastCalledAt
	if !read {
		last = c.at
		if first.IsZero() {
			first = c.at
		}
	}
	to, askAt := GrantIssuing, time.Time{}
	if from == GrantUnknown {
		to, askAt = GrantUnknown, lease
	}
	if !read { // a new call: what was learnt before it proves nothing about it
		g.Definite, g.EmptyReadings, g.FirstEmptyAt, g.LastEmptyAt = false, 0, time.Time{}, time.Time{}
	}
	n, err := c.exec(`UPDATE grants SET state = ?, attempts = attempts + 1, epoch = ?, first_called_at = ?, last_called_at = ?, lease_until = ?, ask_at = ?,
		definite = ?, empty_readings = ?, first_empty_at = ?, last_empty_at = ?
		WHERE send_id = ? AND position = ? AND state = ? AND attempts = ?`,
		to, c.ask.Epoch, ms(first), ms(last), ms(lease), ms(askAt), bit(g.Definite), g.EmptyReadings, ms(g.FirstEmptyAt), ms(g.LastEmptyAt),
		g.ID.Send, g.ID.Position, from, g.Attempts)
	if err != nil || n == 0 {
		return err
	}
	g.State, g.FirstCalledAt, g.LastCalledAt, g.AskAt = to, first, last, askAt
	g.Attempts++
	c.pairs[g.OpenID+" "+g.StockID] = true
	if from == GrantWaiting {
		d := c.counts[g.ID.Send]
		d.waiting--
		d.issuing++
		c.counts[g.ID.Send] = d
	}
	c.taken[g.ID.Send] = append(c.taken[g.ID.Send], g.ID.Position)
	c.out = append(c.out, Claim{Grant: g, Send: s, Read: read, Reclaimed: from == GrantUnknown, LeaseUntil: lease, before: before})
	return nil
}

// done writes what the claim did to the sends, once each.
func (c *claiming) done() error {
	for _, send := range slices.Sorted(maps.Keys(c.taken)) {
		positions := c.taken[send]
		if err := c.audit(Event{Actor: ActorBot, Action: "grants.claim", Send: send, Detail: map[string]any{"positions": positions, "epoch": c.ask.Epoch}}); err != nil {
			return err
		}
	}
	for _, send := range slices.Sorted(maps.Keys(c.counts)) {
		d := c.counts[send]
		if _, err := c.exec(`UPDATE sends SET state = 'issuing' WHERE id = ? AND state = 'approved'`, send); err != nil {
			return err
		}
		if err := c.count(send, d); err != nil {
			return err
		}
	}
	return nil
}
