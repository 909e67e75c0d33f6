package store

import (
	"maps"
	"slices"
)

// delta is how a send's counters move.
type delta struct{ waiting, issuing, unknown, issued, refused, cancelled int }

// An outcome is what became of coupons of one send: how its counters move, and whose coupons ended or wait again.
type outcome struct {
	delta
	spent []string // issued
	freed []string // refused by an answer, or by a person
	never []string // ended without a call
	back  []string // wait again
}

// outcomes are those of one transaction, by send.
type outcomes map[int64]*outcome

func (all outcomes) of(send int64) *outcome {
	if all[send] == nil {
		all[send] = &outcome{}
	}
	return all[send]
}

// add counts a result that was applied to a coupon as it stood before.
func (o *outcome) add(g Grant, r Result) {
	o.delta = o.move(g.State, r.Verdict)
	switch {
	case r.Verdict == GrantIssued:
		o.spent = append(o.spent, g.OpenID)
	case r.Verdict == GrantRefused && g.State == GrantWaiting:
		o.never = append(o.never, g.OpenID)
	case r.Verdict == GrantRefused:
		o.freed = append(o.freed, g.OpenID)
	case r.Verdict == GrantWaiting:
		o.back = append(o.back, g.OpenID)
	}
}

func (t *tx) count(send int64, d delta) error {
	_, err := t.exec(`UPDATE sends SET waiting = waiting + ?, issuing = issuing + ?, unknown = unknown + ?, issued = issued + ?, refused = refused + ?, cancelled = cancelled + ? WHERE id = ?`,
		d.waiting, d.issuing, d.unknown, d.issued, d.refused, d.cancelled, send)
	if err != nil {
		return err
	}
	t.moved.came(d)
	return t.touchSend(send)
}

// finish ends a send all of whose coupons have ended.
func (t *tx) finish(send int64) error {
	n, err := t.exec(`UPDATE sends SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'done' END, finished_at = ?,
		paused_from = '', pause_reason = '', pause_detail = '', paused_by = '' WHERE id = ? AND state IN ('approved', 'issuing', 'paused', 'cancelled') AND finished_at = 0 AND waiting + issuing + unknown = 0 AND preparing = 0`, ms(t.at), send)
	if err != nil || n == 0 {
		return err
	}
	s, err := t.send(send)
	if err != nil {
		return err
	}
	if s.Total > 0 { // not the approval of a series
		if err := t.card(Card{Kind: CardLog, Subject: SendName(send), Reader: ReaderLog}); err != nil {
			return err
		}
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
func (t *tx) close(all outcomes) error {
	for _, send := range slices.Sorted(maps.Keys(all)) {
		o := all[send]
		if err := t.count(send, o.delta); err != nil {
			return err
		}
		if err := t.release(send, o); err != nil {
			return err
		}
		if _, err := t.sweepCancelled(send); err != nil {
			return err
		}
		if err := t.ends(send); err != nil {
			return err
		}
	}
	return nil
}

// release moves what coupons were held under. A person's coupon is held from the beginning to its end; a run's stands under
// campaigns' limits as long, and under its customer's and its stock's only while it is called.
func (t *tx) release(send int64, o *outcome) error {
	if len(o.spent)+len(o.freed)+len(o.never)+len(o.back) == 0 {
		return nil
	}
	var amount Fen
	var kind string
	if err := t.row(`SELECT amount_fen, kind FROM sends WHERE id = ?`, send).Scan(&amount, &kind); err != nil {
		return err
	}
	if err := t.letGo(send, amount, true, o.spent, everyHold); err != nil {
		return err
	}
	if kind != kindCampaign {
		return t.letGo(send, amount, false, append(o.freed, o.never...), everyHold)
	}
	if err := t.letGo(send, amount, false, o.freed, everyHold); err != nil {
		return err
	}
	if err := t.letGo(send, amount, false, o.back, notCampaign); err != nil {
		return err
	}
	return t.letGoOf(send, amount, false, int64(len(o.never)), ofCampaign, nil)
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
