package store

import (
	"context"
	"time"
)

// Unfinished is what an adoption finds, or has dealt with.
type Unfinished struct {
	Coupons int64 // not known to have ended, of approved sends: they become unknown
	Waiting int64 // of these, the ones that this copy believes were never called
	Sends   int64 // waiting for approval: they expire
	Drafts  int64 // confirm cards not yet pressed: they expire
}

// Unfinished counts what Adopt would change.
func (l *Ledger) Unfinished(ctx context.Context) (u Unfinished, err error) {
	err = l.queryRow(ctx, `SELECT coalesce(sum(CASE WHEN state <> 'awaiting' THEN issuing + unknown + CASE WHEN state = 'cancelled' THEN 0 ELSE waiting END ELSE 0 END), 0),
		coalesce(sum(CASE WHEN state IN ('approved', 'issuing', 'paused') THEN waiting ELSE 0 END), 0),
		coalesce(sum(CASE WHEN state = 'awaiting' THEN 1 ELSE 0 END), 0), (SELECT count(*) FROM drafts WHERE state = 'open') FROM sends`).
		Scan(&u.Coupons, &u.Waiting, &u.Sends, &u.Drafts)
	return u, l.fault("unfinished", err)
}

// adoptAtOnce is how many coupons one transaction of an adoption changes.
const adoptAtOnce = 500

// idGap is how far ids jump: no button of a card that the other ledger posted may fit something of this one.
const idGap = 100_000

// Adopt makes a copy the live ledger; by is who says so. The other one may have gone on after the copy was taken, so
// here nothing that could have happened there is believed not to have happened: unfinished coupons become unknown, what
// waits for approval and open confirm cards expire, and new ids begin beyond those that it may have used. Runs have no more
// coupons than are written here, series have to be approved again, and people are asked about every planned time until now. An adoption
// that was interrupted is finished by the next one: until its end the ledger stays a copy. ErrInUse when another process
// leads.
func (l *Ledger) Adopt(ctx context.Context, dsn, by string) (done Unfinished, err error) {
	lead, err := l.leadNow(ctx)
	if err != nil {
		return done, err
	}
	defer lead.Close()
	if done, err = l.Unfinished(ctx); err != nil {
		return done, err
	}
	var after GrantID
	for more := true; more; {
		if after, more, err = l.adoptCoupons(ctx, after); err != nil {
			return done, err
		}
	}
	for more := true; more; {
		if more, err = l.adoptAwaiting(ctx); err != nil {
			return done, err
		}
	}
	err = l.tx(ctx, "adopt", func(t *tx) error {
		if _, err := t.expireDrafts(t.at.Add(time.Millisecond)); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE cards SET response_url = '' WHERE response_url <> ''`); err != nil {
			return err
		}
		if err := t.adoptCampaigns(); err != nil {
			return err
		}
		for _, table := range []string{"drafts", "sends", "settlements", "stops", "campaigns", "dry_runs", "schedules", "audience_versions", "uploads"} {
			if err := t.jump(table); err != nil {
				return err
			}
		}
		return t.audit(Event{Actor: by, Action: "ledger.adopt", Detail: map[string]any{"coupons": done.Coupons, "waiting": done.Waiting, "sends": done.Sends, "drafts": done.Drafts}})
	})
	if err != nil {
		return done, err
	}
	if !IsPostgres(dsn) {
		l.file = dsn
	}
	return done, l.settle(ctx, dsn)
}

// leadNow takes the lead, unless another process has it.
func (l *Ledger) leadNow(ctx context.Context) (*Lead, error) {
	soon, cancel := context.WithTimeout(ctx, 3*leadRetry)
	defer cancel()
	lead, err := l.WaitLead(soon)
	if err != nil && soon.Err() != nil && ctx.Err() == nil {
		return nil, ErrInUse
	}
	return lead, err
}

// adoptCoupons makes some unfinished coupons behind a key unknown, and says where the next ones begin. One that this copy takes for never called may have been called
// from when its send was approved until now. The same number is asked again only where that is less than a day and the
// send was neither paused nor cancelled; all others are only looked for among their customer's coupons.
func (l *Ledger) adoptCoupons(ctx context.Context, after GrantID) (last GrantID, more bool, err error) {
	err = l.tx(ctx, "adopt", func(t *tx) error {
		rows, err := t.query(`SELECT g.send_id, g.position, g.state, g.first_called_at, s.approved_at, s.state FROM grants g JOIN sends s ON s.id = g.send_id
			WHERE (g.send_id, g.position) > (?, ?) AND (g.state IN ('issuing', 'unknown') OR g.state = 'waiting' AND s.state IN ('approved', 'issuing', 'paused'))
			ORDER BY g.send_id, g.position LIMIT ?`, after.Send, after.Position, adoptAtOnce)
		if err != nil {
			return err
		}
		all, err := collect(rows, func(c *orphan) []any {
			return []any{&c.ID.Send, &c.ID.Position, &c.was, &c.called, &c.approved, &c.send}
		})
		if err != nil {
			return err
		}
		if more = len(all) == adoptAtOnce; more {
			last = all[len(all)-1].ID
		}
		for len(all) > 0 {
			n := 1
			for n < len(all) && all[n].ID.Send == all[0].ID.Send {
				n++
			}
			if err := t.adopt(all[:n]); err != nil {
				return err
			}
			all = all[n:]
		}
		return nil
	})
	return last, more, err
}

// An orphan is a coupon whose ledger may have gone on without this one.
type orphan struct {
	ID               GrantID
	was              GrantState
	called, approved int64
	send             SendState
}

// adopt takes over coupons of one send.
func (t *tx) adopt(some []orphan) error {
	send, positions, moved := some[0].ID.Send, make([]int, len(some)), delta{}
	for i, c := range some {
		first := c.called
		if first == 0 {
			first = c.approved
		}
		if c.send != SendApproved && c.send != SendIssuing {
			first = min(first, ms(t.at.Add(-NumberLife)))
		}
		n, err := t.exec(`UPDATE grants SET state = 'unknown', adopted = 1, open_attempt = 1, definite = 0, empty_readings = 0, first_empty_at = 0, last_empty_at = 0,
			first_called_at = ?, last_called_at = ?, lease_until = 0, ask_at = ? WHERE send_id = ? AND position = ? AND state = ?`,
			first, ms(t.at), ms(t.at), c.ID.Send, c.ID.Position, c.was)
		if err != nil {
			return err
		}
		if n != 1 {
			return &Moved{Subject: c.ID.String(), State: string(c.was)}
		}
		positions[i], moved = c.ID.Position, moved.plus(delta{}.move(c.was, GrantUnknown))
	}
	if err := t.count(send, moved); err != nil {
		return err
	}
	if err := t.adoptHolds(some); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "grants.adopted", Send: send, Detail: map[string]any{"positions": positions}})
}

func (d delta) plus(o delta) delta {
	return delta{d.waiting + o.waiting, d.issuing + o.issuing, d.unknown + o.unknown, d.issued + o.issued, d.refused + o.refused, d.cancelled + o.cancelled}
}

// AdoptedWhy is the ClosedWhy of a send that expired because the ledger was a copy.
const AdoptedWhy = "adopted"

// adoptAwaiting expires some of what waits for approval, one send at a time and its coupons by pieces.
func (l *Ledger) adoptAwaiting(ctx context.Context) (more bool, err error) {
	err = l.tx(ctx, "adopt", func(t *tx) error {
		more = false
		var id int64
		err := notFound(t.row(`SELECT id FROM sends WHERE state = 'awaiting' ORDER BY id LIMIT 1`).Scan(&id))
		if err != nil {
			if err == ErrNotFound {
				return nil
			}
			return err
		}
		more = true
		n, err := t.sweep(id)
		if err != nil || n == sweepAtOnce {
			return err
		}
		s, err := t.send(id)
		if err != nil {
			return err
		}
		return t.expireFor(s, AdoptedWhy)
	})
	return more, err
}

// jump makes the next id of a table one that no other copy has used.
func (t *tx) jump(table string) error {
	var last int64
	if err := t.row(`SELECT coalesce(max(id), 0) FROM ` + table).Scan(&last); err != nil {
		return err
	}
	return t.dialect.jump(t, table, (last/idGap+1)*idGap)
}
