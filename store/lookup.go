package store

import (
	"context"
	"strings"
)

// What people look for is found by keys that the ledger has anyway, or by an index made for it (migration 00003), newest
// first; so an answer costs the same among a thousand coupons and among ten million.

// CountMost bounds how far those are counted that an answer does not show.
const CountMost = 1000

// A Sight is one coupon with the send it belongs to.
type Sight struct {
	Grant Grant
	Send  Send
}

// A SendFilter says which sends are looked for; what is empty does not narrow. One of Ticket, StockID and By is needed.
type SendFilter struct {
	Ticket  string
	StockID string
	By      string // Slack user id of who asked
	Open    bool   // only those of which something still moves; needs By
}

func (f SendFilter) where() (string, []any) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Ticket != "" {
		add(`ticket = ? AND ticket <> ''`, f.Ticket)
	}
	if f.StockID != "" {
		add(`stock_id = ?`, f.StockID)
	}
	switch {
	case f.By != "" && f.Ticket != "":
		add(`requested_by || '' = ?`, f.By) // no index: a person has more sends than a ticket
	case f.By != "":
		add(`requested_by = ?`, f.By)
	}
	if f.Open {
		add(`waiting + issuing + unknown > 0 AND state NOT IN ('rejected', 'expired', 'withdrawn')`)
	}
	return ` WHERE ` + strings.Join(where, ` AND `), args
}

// FindSends lists the newest sends, and counts the others up to a thousand.
func (l *Ledger) FindSends(ctx context.Context, f SendFilter, limit int) (found []Send, more int, err error) {
	where, args := f.where()
	rows, err := l.queryRows(ctx, selectSend+where+` ORDER BY created_at DESC, id DESC LIMIT ?`, append(args[:len(args):len(args)], limit)...)
	if err != nil {
		return nil, 0, l.fault("find sends", err)
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSend(rows)
		if err != nil {
			return nil, 0, l.fault("find sends", err)
		}
		found = append(found, s)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, l.fault("find sends", err)
	}
	more, err = l.countMore(ctx, len(found), limit, `SELECT 1 FROM sends`+where, args)
	return found, more, err
}

// CouponsOf lists the newest coupons of a customer, of all sends or of those that by asked for, and counts the others up
// to a thousand.
func (l *Ledger) CouponsOf(ctx context.Context, openid, by string, limit int) (found []Sight, more int, err error) {
	where, args := ` WHERE openid = ?`, []any{openid}
	if by != "" {
		where, args = where+` AND EXISTS (SELECT 1 FROM sends s WHERE s.id = grants.send_id AND s.requested_by || '' = ?)`, append(args, by)
	}
	grants, err := scanGrants(l.queryRows(ctx, selectGrant+where+` ORDER BY send_id DESC LIMIT ?`, append(args[:len(args):len(args)], limit)...))
	if err != nil {
		return nil, 0, l.fault("coupons of a customer", err)
	}
	for _, g := range grants {
		s, err := l.Send(ctx, g.ID.Send)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, Sight{Grant: g, Send: s})
	}
	more, err = l.countMore(ctx, len(found), limit, `SELECT 1 FROM grants`+where, args)
	return found, more, err
}

// countMore is how many rows of a query there are beyond those that were shown.
func (l *Ledger) countMore(ctx context.Context, shown, limit int, query string, args []any) (more int, err error) {
	if shown < limit {
		return 0, nil
	}
	err = l.queryRow(ctx, `SELECT count(*) FROM (`+query+` LIMIT ?) AS many`, append(args[:len(args):len(args)], shown+CountMost)...).Scan(&more)
	return max(0, more-shown), l.fault("count", err)
}

// SightOfCoupon is the coupon with an id of WeChat Pay's; ErrNotFound.
func (l *Ledger) SightOfCoupon(ctx context.Context, coupon string) (Sight, error) {
	g, err := scanGrant(l.queryRow(ctx, selectGrant+` WHERE coupon_id = ? AND coupon_id <> ''`, coupon))
	if err != nil {
		return Sight{}, l.fault("coupon", err)
	}
	s, err := l.Send(ctx, g.ID.Send)
	return Sight{Grant: g, Send: s}, err
}

// SightOfNumber is the coupon with an out_request_no; ErrNotFound.
func (l *Ledger) SightOfNumber(ctx context.Context, out string) (Sight, error) {
	i := strings.LastIndexByte(out, '-')
	if i < 0 {
		return Sight{}, ErrNotFound
	}
	position, ok := number(out[i+1:])
	if !ok || position > 1<<31-1 {
		return Sight{}, ErrNotFound
	}
	s, err := scanSend(l.queryRow(ctx, selectSend+` WHERE number_prefix = ?`, out[:i]))
	if err != nil {
		return Sight{}, l.fault("number", err)
	}
	g, err := l.Grant(ctx, GrantID{Send: s.ID, Position: int(position)})
	return Sight{Grant: g, Send: s}, err
}

// Received is what a customer has got from this ledger in all; Capped when there was too much to add up.
type Received struct {
	Coupons int
	Fen     Fen
	Capped  bool
}

// Received adds up the issued coupons of a customer, the newest thousand at most.
func (l *Ledger) Received(ctx context.Context, openid string) (r Received, err error) {
	var seen int
	err = l.queryRow(ctx, `SELECT count(*), CAST(coalesce(sum(CASE WHEN g.state = 'issued' THEN 1 ELSE 0 END), 0) AS BIGINT),
		CAST(coalesce(sum(CASE WHEN g.state = 'issued' THEN s.amount_fen ELSE 0 END), 0) AS BIGINT)
		FROM (SELECT send_id, state FROM grants WHERE openid = ? ORDER BY send_id DESC LIMIT ?) g JOIN sends s ON s.id = g.send_id`,
		openid, CountMost).Scan(&seen, &r.Coupons, &r.Fen)
	r.Capped = seen == CountMost
	return r, l.fault("received", err)
}
