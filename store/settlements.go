package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Settlement is one person's proposal to end an unknown coupon by hand; a second person confirms it.
type Settlement struct {
	ID          int64
	Grant       GrantID
	Verdict     GrantState // issued or refused
	CouponID    string
	Why         string
	AskedBy     string
	AskedAt     time.Time
	ConfirmedBy string
	ConfirmedAt time.Time
	VoidAt      time.Time // the coupon settled otherwise, or a newer proposal took its place
}

// SettlementName is the subject of a settlement's card.
func SettlementName(id int64) string { return settlementPrefix + strconv.FormatInt(id, 10) }

const settlementPrefix = "settle:"

// ProposeSettlement asks for an unknown coupon to be ended by hand. An earlier open proposal for it is void. A second
// delivery of the same input gets the first one's proposal. *Moved when the coupon is not unknown, or (state
// "coupon_taken") when another coupon has this coupon id.
func (l *Ledger) ProposeSettlement(ctx context.Context, p Settlement, input string) (Settlement, error) {
	if (p.Verdict == GrantIssued) != (p.CouponID != "") || p.Verdict != GrantIssued && p.Verdict != GrantRefused {
		return p, fmt.Errorf("settle %s as %s with coupon id %q: only an issued coupon has one", p.Grant, p.Verdict, p.CouponID)
	}
	err := l.tx(ctx, "settle.propose", func(t *tx) error {
		if first, err := t.settlementOf(input); err == nil || !errors.Is(err, ErrNotFound) {
			p = first
			return err
		}
		g, err := scanGrant(t.row(selectGrant+` WHERE send_id = ? AND position = ?`, p.Grant.Send, p.Grant.Position))
		if err != nil {
			return err
		}
		if g.State != GrantUnknown {
			return &Moved{Subject: p.Grant.String(), State: string(g.State), At: g.FinishedAt}
		}
		if err := t.couponFree(p.CouponID); err != nil {
			return err
		}
		if err := t.voidSettlements(p.Grant); err != nil {
			return err
		}
		if err := t.propose(&p, g.Attempts); err != nil {
			return err
		}
		_, err = t.input(input, SettlementName(p.ID))
		return err
	})
	return p, err
}

// settlementOf is the proposal that an input made; ErrNotFound when it is new.
func (t *tx) settlementOf(input string) (Settlement, error) {
	var subject string
	if err := notFound(t.row(`SELECT subject FROM inputs WHERE key = ?`, input).Scan(&subject)); err != nil {
		return Settlement{}, err
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(subject, settlementPrefix), 10, 64)
	if err != nil {
		return Settlement{}, fmt.Errorf("input of %s: %w", subject, err)
	}
	return scanSettlement(t.row(selectSettlement, id))
}

func (t *tx) propose(p *Settlement, attempts int) (err error) {
	p.AskedAt = t.at
	if p.ID, err = t.insert(`INSERT INTO settlements (send_id, position, attempts, verdict, coupon_id, why, asked_by, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.Grant.Send, p.Grant.Position, attempts, p.Verdict, p.CouponID, p.Why, p.AskedBy, ms(t.at)); err != nil {
		return err
	}
	if err := t.card(Card{Kind: CardSettle, Subject: SettlementName(p.ID), Reader: ReaderAlerts}); err != nil {
		return err
	}
	if err := t.touchHomes(); err != nil {
		return err
	}
	return t.audit(Event{Actor: p.AskedBy, Action: "settle.propose", Send: p.Grant.Send, Position: p.Grant.Position,
		Detail: map[string]any{"settlement": p.ID, "verdict": string(p.Verdict), "coupon_id": p.CouponID, "why": p.Why}})
}

// couponFree refuses a coupon id that another grant has.
func (t *tx) couponFree(coupon string) error {
	if coupon == "" {
		return nil
	}
	g, err := scanGrant(t.row(selectGrant+` WHERE coupon_id = ? AND coupon_id <> ''`, coupon))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &Moved{Subject: g.ID.String(), State: "coupon_taken"}
}

func (t *tx) voidSettlements(id GrantID) error {
	rows, err := t.query(`SELECT id FROM settlements WHERE send_id = ? AND position = ? AND confirmed_at = 0 AND void_at = 0 ORDER BY id`, id.Send, id.Position)
	if err != nil {
		return err
	}
	open, err := collect(rows, func(id *int64) []any { return []any{id} })
	if err != nil {
		return err
	}
	for _, s := range open {
		if _, err := t.exec(`UPDATE settlements SET void_at = ? WHERE id = ?`, ms(t.at), s); err != nil {
			return err
		}
		if err := t.touch(SettlementName(s)); err != nil {
			return err
		}
	}
	if len(open) == 0 {
		return nil
	}
	return t.touchHomes()
}

const (
	selectSettlements = `SELECT id, send_id, position, verdict, coupon_id, why, asked_by, asked_at, confirmed_by, confirmed_at, void_at FROM settlements`
	selectSettlement  = selectSettlements + ` WHERE id = ?`
)

func scanSettlement(row interface{ Scan(...any) error }) (s Settlement, err error) {
	var asked, confirmed, void int64
	err = row.Scan(&s.ID, &s.Grant.Send, &s.Grant.Position, &s.Verdict, &s.CouponID, &s.Why, &s.AskedBy, &asked, &s.ConfirmedBy, &confirmed, &void)
	s.AskedAt, s.ConfirmedAt, s.VoidAt = at(asked), at(confirmed), at(void)
	return s, notFound(err)
}

// Settlement reads one; ErrNotFound.
func (l *Ledger) Settlement(ctx context.Context, id int64) (Settlement, error) {
	s, err := scanSettlement(l.queryRow(ctx, selectSettlement, id))
	return s, l.fault("settlement", err)
}

// ConfirmSettlement ends the coupon as proposed. The caller has checked that by may; that by is not the proposer is
// checked here, in the transaction. *Moved when it was confirmed, void, or the coupon has settled meanwhile; a *Moved
// with state "own" when the proposer tries, with "asking" while WeChat Pay is just being asked about a coupon that is
// to be refused: its answer may be another.
func (l *Ledger) ConfirmSettlement(ctx context.Context, id int64, by, input string) (Settlement, error) {
	var p Settlement
	err := l.tx(ctx, "settle.confirm", func(t *tx) (err error) {
		if p, err = scanSettlement(t.row(selectSettlement, id)); err != nil {
			return err
		}
		if p.AskedBy == by {
			return &Moved{Subject: SettlementName(id), State: "own", By: by}
		}
		if seen, err := t.input(input, SettlementName(id)); err != nil || seen != "" {
			return err
		}
		n, err := t.exec(`UPDATE settlements SET confirmed_by = ?, confirmed_at = ? WHERE id = ? AND confirmed_at = 0 AND void_at = 0`, by, ms(t.at), id)
		if err != nil {
			return err
		}
		if n == 0 {
			state, when := "confirmed", p.ConfirmedAt
			if !p.VoidAt.IsZero() {
				state, when = "void", p.VoidAt
			}
			return &Moved{Subject: SettlementName(id), State: state, By: p.ConfirmedBy, At: when}
		}
		if err := t.settle(p, by); err != nil {
			return err
		}
		p.ConfirmedBy, p.ConfirmedAt = by, t.at
		return errors.Join(t.touch(SettlementName(id)), t.touchHomes())
	})
	return p, err
}

// settle ends an unknown coupon on two persons' word.
func (t *tx) settle(p Settlement, by string) error {
	g, err := scanGrant(t.row(selectGrant+` WHERE send_id = ? AND position = ?`, p.Grant.Send, p.Grant.Position))
	if err != nil {
		return err
	}
	if err := t.couponFree(p.CouponID); err != nil {
		return err
	}
	var lease int64
	if err := t.row(`SELECT lease_until FROM grants WHERE send_id = ? AND position = ?`, p.Grant.Send, p.Grant.Position).Scan(&lease); err != nil {
		return err
	}
	if p.Verdict == GrantRefused && g.State == GrantUnknown && lease > ms(t.at) {
		return &Moved{Subject: p.Grant.String(), State: "asking", At: at(lease)}
	}
	n, err := t.exec(`UPDATE grants SET state = ?, coupon_id = ?, outcome = ?, finished_at = ?, ask_at = 0, lease_until = 0, needs_person = 0, retryable = 0
		WHERE send_id = ? AND position = ? AND state = 'unknown'`, p.Verdict, p.CouponID, ReasonSettled, ms(t.at), p.Grant.Send, p.Grant.Position)
	if err != nil {
		return err
	}
	if n == 0 {
		return &Moved{Subject: p.Grant.String(), State: string(g.State), At: g.FinishedAt}
	}
	if err := t.settled(g); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: by, Action: "grant." + string(p.Verdict), Send: p.Grant.Send, Position: p.Grant.Position,
		Detail: map[string]any{"settlement": p.ID, "proposed_by": p.AskedBy, "coupon_id": p.CouponID, "why": p.Why}}); err != nil {
		return err
	}
	all := outcomes{}
	all.of(p.Grant.Send).add(g, Result{Verdict: p.Verdict})
	return t.close(all)
}

// ReasonSettled is the outcome of a coupon that two persons ended by hand.
const ReasonSettled = "settled"
