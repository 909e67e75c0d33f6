package store

import (
	"strings"
	"time"
)

// Who of an audience gets a coupon is one question, asked twice: by the dry run, which counts, and by the preparing of the
// run, which writes. Both read the list in the order of its keys and learn for each customer the first reason for which
// they get nothing. The lists of those who get nothing are asked as they are now, not as they were when the list was read.

// Why a customer of an audience gets no coupon of a run.
const (
	leftBlocked = "blocked"
	leftStaff   = "staff"
	leftHad     = "had"     // under the send-once key
	leftOverCap = "overcap" // over campaigns
	leftTest    = "test"    // not left out: their coupon is the first one
	leftBeyond  = "beyond"  // more than were agreed to
	leftLimit   = "limit:"  // and the kind: as things stand now their claim would be refused
)

// aliveCoupon says of a coupon g of a send s that its customer has it or may get it.
const aliveCoupon = `g.state NOT IN ('refused', 'cancelled') AND s.state NOT IN ('rejected', 'expired', 'withdrawn')`

// recipients is the question, of one audience's version.
type recipients struct {
	send    int64 // whose own coupons do not count; 0: of no run yet
	version int64
	test    string
	once    string
	most    int64 // coupons from campaigns; 0: no cap
	barred  map[string]int64
	limits  []Limit // of each customer, Key being what stands before the openid
	amount  Fen
	at      time.Time
	zone    *time.Location
	plain   string // the dialect's
}

// A candidate is one customer of the list; why is "" for one who gets a coupon.
type candidate struct{ openid, why string }

// anyOf asks for a row that is there. As EXISTS PostgreSQL might answer it by reading all of them first, for every page anew.
func anyOf(rows string) string { return `(SELECT 1 FROM ` + rows + ` LIMIT 1) IS NOT NULL` }

// query reads the customers behind a key, as many as limit.
func (r recipients) query(after string, limit int) (string, []any) {
	var cases strings.Builder
	var args []any
	when := func(condition, why string, a ...any) {
		cases.WriteString(" WHEN " + condition + " THEN '" + why + "'")
		args = append(args, a...)
	}
	when(`m.openid = ?`, leftTest, r.test)
	for _, list := range []string{AudienceBlocked, AudienceStaff} {
		if version := r.barred[list]; version > 0 {
			when(anyOf(`audience_members b WHERE b.version_id = ? AND b.openid = m.openid`), list, version)
		}
	}
	if r.once != "" {
		when(anyOf(`once o JOIN grants g ON g.openid = o.openid AND g.send_id = o.send_id JOIN sends s ON s.id = o.send_id
			WHERE o.key = ? AND o.openid = m.openid`+r.plain+` AND o.send_id <> ? AND `+aliveCoupon), leftHad, r.once, r.send)
	}
	if r.most > 0 {
		when(`(SELECT count(*) FROM grants g JOIN sends s ON s.id = g.send_id
			WHERE g.openid = m.openid`+r.plain+` AND s.kind = 'campaign' AND s.id <> ? AND `+aliveCoupon+`) >= ?`, leftOverCap, r.send, r.most)
	}
	for _, limit := range r.limits {
		r.overLimit(limit, when)
	}
	return `SELECT m.openid, CASE` + cases.String() + ` ELSE '' END FROM audience_members m WHERE m.version_id = ? AND m.openid > ? ORDER BY m.openid LIMIT ?`,
		append(args, r.version, after, limit)
}

func (r recipients) overLimit(limit Limit, when func(condition, why string, a ...any)) {
	if !(held{limit, 1}).allows(Usage{}, r.amount) {
		when(`1 = 1`, leftLimit+limit.Kind)
		return
	}
	start, _ := limit.Period.Bounds(r.at, r.zone)
	when(anyOf(`limits l WHERE l.kind = ? AND l.key = CAST(? AS TEXT) || m.openid`+r.plain+` AND l.period = ? AND l.start_at = ? AND
		(CAST(? AS BIGINT) > 0 AND l.held_fen + l.spent_fen + ? > ? OR CAST(? AS BIGINT) > 0 AND l.held_coupons + l.spent_coupons + 1 > ?)`), leftLimit+limit.Kind,
		limit.Kind, limit.Key, limit.Period, ms(start), limit.MaxFen, r.amount, limit.MaxFen, limit.MaxCoupons, limit.MaxCoupons)
}

// page asks about the customers behind a key.
func (r recipients) page(query queryer, after string, limit int) ([]candidate, error) {
	text, args := r.query(after, limit)
	rows, err := query(text, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(c *candidate) []any { return []any{&c.openid, &c.why} })
}

// barredNow are the newest versions of the lists of those who get nothing.
func barredNow(query queryer) (map[string]int64, error) {
	rows, err := query(`SELECT audience, id FROM audience_versions WHERE audience IN (?, ?) AND state = 'ready' ORDER BY number`, AudienceBlocked, AudienceStaff)
	if err != nil {
		return nil, err
	}
	type version struct {
		audience string
		id       int64
	}
	all, err := collect(rows, func(v *version) []any { return []any{&v.audience, &v.id} })
	out := map[string]int64{}
	for _, v := range all {
		out[v.audience] = v.id
	}
	return out, err
}
