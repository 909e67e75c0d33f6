package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// GrantState is a word of the grant's state line.
type GrantState string

const (
	GrantWaiting   GrantState = "waiting"
	GrantIssuing   GrantState = "issuing"
	GrantUnknown   GrantState = "unknown"
	GrantIssued    GrantState = "issued"
	GrantRefused   GrantState = "refused"
	GrantCancelled GrantState = "cancelled"
)

// GrantStates are all of them, in the order of a grant's life.
func GrantStates() []GrantState {
	return []GrantState{GrantWaiting, GrantIssuing, GrantUnknown, GrantIssued, GrantRefused, GrantCancelled}
}

// NumberLife is how long after its first call an out_request_no may be posted: how long WeChat Pay remembers one is
// documented nowhere, so a day is where asking by the same call ends and reading begins.
const NumberLife = 24 * time.Hour

// A Grant is one coupon to one openid.
type Grant struct {
	ID            GrantID
	State         GrantState
	OpenID        string
	StockID       string
	Attempts      int       // calls and readings claimed so far
	FirstCalledAt time.Time // zero: never called
	LastCalledAt  time.Time
	AskAt         time.Time // when the loop asks next; zero for waiting: at once; for unknown: not by itself
	OpenAttempt   bool      // some call's answer is not known
	Definite      bool      // the newest answer was a definite one
	SerialRepeat  bool      // its one repeat after a doubtful "limit reached" has been used
	EmptyReadings int       // readings in a row that did not show the coupon
	FirstEmptyAt  time.Time
	LastEmptyAt   time.Time
	NeedsPerson   bool // the loop gave up: a person must look
	Retryable     bool // refused for now: the same number may be asked again
	CouponID      string
	Outcome       string // our reason word: the row of the error table
	Code          string // what WeChat Pay said, verbatim
	Message       string
	RequestID     string
	CreatedAt     time.Time
	FinishedAt    time.Time
}

// Expired tells that the number may not be posted any more.
func (g Grant) Expired(now time.Time) bool {
	return !g.FirstCalledAt.IsZero() && !now.Before(g.FirstCalledAt.Add(NumberLife))
}

const selectGrant = `SELECT send_id, position, state, openid, stock_id, attempts, first_called_at, last_called_at, ask_at, open_attempt, definite, serial_repeat,
	empty_readings, first_empty_at, last_empty_at, needs_person, retryable, coupon_id, outcome, wechat_code, wechat_message, wechat_request_id, created_at, finished_at FROM grants`

func scanGrant(row interface{ Scan(...any) error }) (g Grant, err error) {
	var first, last, ask, firstEmpty, lastEmpty, created, finished int64
	err = row.Scan(&g.ID.Send, &g.ID.Position, &g.State, &g.OpenID, &g.StockID, &g.Attempts, &first, &last, &ask, &g.OpenAttempt, &g.Definite, &g.SerialRepeat,
		&g.EmptyReadings, &firstEmpty, &lastEmpty, &g.NeedsPerson, &g.Retryable, &g.CouponID, &g.Outcome, &g.Code, &g.Message, &g.RequestID, &created, &finished)
	g.FirstCalledAt, g.LastCalledAt, g.AskAt, g.FirstEmptyAt, g.LastEmptyAt = at(first), at(last), at(ask), at(firstEmpty), at(lastEmpty)
	g.CreatedAt, g.FinishedAt = at(created), at(finished)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return g, err
}

func scanGrants(rows *sql.Rows, err error) ([]Grant, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Grant
	for rows.Next() {
		g, err := scanGrant(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// Grant reads one; ErrNotFound.
func (l *Ledger) Grant(ctx context.Context, id GrantID) (Grant, error) {
	g, err := scanGrant(l.queryRow(ctx, selectGrant+` WHERE send_id = ? AND position = ?`, id.Send, id.Position))
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("grant: %w", l.dialect.fault(err))
	}
	return g, err
}

// Grants reads a send's coupons after a position, in order; states narrows them.
func (l *Ledger) Grants(ctx context.Context, send int64, after, limit int, states ...GrantState) ([]Grant, error) {
	query, args := selectGrant+` WHERE send_id = ? AND position > ?`, []any{send, after}
	if len(states) > 0 {
		query += ` AND state IN (` + list("?", len(states)) + `)`
		for _, s := range states {
			args = append(args, s)
		}
	}
	out, err := scanGrants(l.queryRows(ctx, query+` ORDER BY position LIMIT ?`, append(args, limit)...))
	if err != nil {
		return nil, fmt.Errorf("grants: %w", l.dialect.fault(err))
	}
	return out, nil
}

// Had is one coupon that a customer got or may get from this ledger.
type Had struct {
	Grant     GrantID
	State     GrantState
	OpenID    string
	StockID   string
	StockName string
	Amount    Fen
	By        string
	Ticket    string
	At        time.Time // when it was asked for
}

const selectHad = `SELECT g.send_id, g.position, g.state, g.openid, g.stock_id, s.stock_name, s.amount_fen, s.requested_by, s.ticket, s.created_at
	FROM grants g JOIN sends s ON s.id = g.send_id`

func scanHad(rows *sql.Rows, err error) ([]Had, error) {
	if err != nil {
		return nil, err
	}
	type row struct {
		Had
		at int64
	}
	all, err := collect(rows, func(r *row) []any {
		return []any{&r.Grant.Send, &r.Grant.Position, &r.State, &r.OpenID, &r.StockID, &r.StockName, &r.Amount, &r.By, &r.Ticket, &r.at}
	})
	out := make([]Had, len(all))
	for i, r := range all {
		out[i], out[i].At = r.Had, at(r.at)
	}
	return out, err
}

// Had lists what a customer got or may get (refused and cancelled ones left out), newest first.
func (l *Ledger) Had(ctx context.Context, openid string, since time.Time, limit int) ([]Had, error) {
	out, err := scanHad(l.queryRows(ctx, selectHad+` WHERE g.openid = ? AND s.created_at >= ? AND g.state NOT IN ('refused', 'cancelled')
		AND s.state NOT IN ('rejected', 'expired', 'withdrawn') ORDER BY g.send_id DESC LIMIT ?`, openid, ms(since), limit))
	if err != nil {
		return nil, fmt.Errorf("had: %w", l.dialect.fault(err))
	}
	return out, nil
}

// Likely lists what looks like these contents asked before since then: the same customer and stock, or the same ticket.
func (l *Ledger) Likely(ctx context.Context, c Contents, since time.Time) ([]Had, error) {
	out, err := likely(ctx, func(q string, args ...any) (*sql.Rows, error) { return l.queryRows(ctx, q, args...) }, c, since)
	if err != nil {
		return nil, fmt.Errorf("likely repeats: %w", l.dialect.fault(err))
	}
	return out, nil
}

// likelyShown bounds the examples that are brought back: enough for a card to show and for a rule to hold.
const likelyShown = 5

func likely(ctx context.Context, query func(string, ...any) (*sql.Rows, error), c Contents, since time.Time) ([]Had, error) {
	const alive = ` AND s.created_at >= ? AND g.state NOT IN ('refused', 'cancelled') AND s.state NOT IN ('rejected', 'expired', 'withdrawn')`
	var out []Had
	for openids := range slices.Chunk(c.OpenIDs, rowsAtOnce) {
		var args []any
		for _, openid := range openids {
			args = append(args, openid)
		}
		had, err := scanHad(query(selectHad+` WHERE g.openid IN (`+list("?", len(openids))+`) AND g.stock_id = ?`+alive+` ORDER BY g.send_id DESC, g.position LIMIT ?`,
			append(args, c.StockID, ms(since), likelyShown-len(out))...))
		if err != nil {
			return nil, err
		}
		if out = append(out, had...); len(out) >= likelyShown {
			return out, nil
		}
	}
	if c.Ticket == "" || len(out) > 0 {
		return out, nil
	}
	return scanHad(query(selectHad+` WHERE s.ticket = ? AND s.ticket <> ''`+alive+` ORDER BY g.send_id DESC LIMIT 1`, c.Ticket, ms(since)))
}
