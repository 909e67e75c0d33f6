package store

import (
	"maps"
	"slices"
)

// delta is how a send's counters move.
type delta struct{ waiting, issuing, unknown, issued, refused, cancelled int }

func (t *tx) count(send int64, d delta) error {
	_, err := t.exec(`UPDATE sends SET waiting = waiting + ?, issuing = issuing + ?, unknown = unknown + ?, issued = issued + ?, refused = refused + ?, cancelled = cancelled + ? WHERE id = ?`,
		d.waiting, d.issuing, d.unknown, d.issued, d.refused, d.cancelled, send)
	if err != nil {
		return err
	}
	t.moved.came(d)
	return t.touch(SendName(send))
}

// finish ends a send all of whose coupons have ended.
func (t *tx) finish(send int64) error {
	n, err := t.exec(`UPDATE sends SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'done' END, finished_at = ?,
		paused_from = '', pause_reason = '', pause_detail = '', paused_by = '' WHERE id = ? AND state IN ('approved', 'issuing', 'paused', 'cancelled') AND finished_at = 0 AND waiting + issuing + unknown = 0`, ms(t.at), send)
	if err != nil || n == 0 {
		return err
	}
	s, err := t.send(send)
	if err != nil {
		return err
	}
	if err := t.card(Card{Kind: CardLog, Subject: SendName(send), Reader: ReaderLog}); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "send." + string(s.State), Send: send, Detail: map[string]any{"issued": s.Issued, "refused": s.Refused,
		"cancelled": s.Cancelled, "issued_fen": s.Amount * Fen(s.Issued)}})
}

func (d delta) move(from, to GrantState) delta {
	step := func(s GrantState, by int) {
		switch s {
		case GrantWaiting:
			d.waiting += by
		case GrantIssuing:
			d.issuing += by
		case GrantUnknown:
			d.unknown += by
		case GrantIssued:
			d.issued += by
		case GrantRefused:
			d.refused += by
		case GrantCancelled:
			d.cancelled += by
		}
	}
	step(from, -1)
	step(to, 1)
	return d
}

// close brings the sends up to date with their grants.
func (t *tx) close(counts map[int64]delta, spent, freed map[int64][]string) error {
	for _, send := range slices.Sorted(maps.Keys(counts)) {
		if err := t.count(send, counts[send]); err != nil {
			return err
		}
		if len(spent[send])+len(freed[send]) > 0 {
			var amount Fen
			if err := t.row(`SELECT amount_fen FROM sends WHERE id = ?`, send).Scan(&amount); err != nil {
				return err
			}
			if err := t.letGo(send, amount, true, spent[send]); err != nil {
				return err
			}
			if err := t.letGo(send, amount, false, freed[send]); err != nil {
				return err
			}
		}
		if _, err := t.sweepCancelled(send); err != nil {
			return err
		}
		if err := t.finish(send); err != nil {
			return err
		}
	}
	return nil
}

// came adds the coupons that a move brought to a state; those that left one are not counted off.
func (d *delta) came(by delta) {
	d.waiting += max(0, by.waiting)
	d.issuing += max(0, by.issuing)
	d.unknown += max(0, by.unknown)
	d.issued += max(0, by.issued)
	d.refused += max(0, by.refused)
	d.cancelled += max(0, by.cancelled)
}

// tell says how many coupons came to each state.
func (d delta) tell(moved func(to GrantState, coupons int)) {
	for i, n := range []int{d.waiting, d.issuing, d.unknown, d.issued, d.refused, d.cancelled} {
		if n > 0 {
			moved(GrantStates()[i], n)
		}
	}
}
