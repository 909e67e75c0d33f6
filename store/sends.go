package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SendState is a word of the send's state line.
type SendState string

const (
	SendAwaiting  SendState = "awaiting"
	SendApproved  SendState = "approved"
	SendIssuing   SendState = "issuing"
	SendPaused    SendState = "paused"
	SendDone      SendState = "done"
	SendRejected  SendState = "rejected"
	SendExpired   SendState = "expired"
	SendWithdrawn SendState = "withdrawn"
	SendCancelled SendState = "cancelled"
)

// SendStates are all of them, in the order of a send's life.
func SendStates() []SendState {
	return []SendState{SendAwaiting, SendApproved, SendIssuing, SendPaused, SendDone, SendRejected, SendExpired, SendWithdrawn, SendCancelled}
}

// A Seat is a place that people of a group must fill before a send is approved.
type Seat struct {
	Group string `json:"group"`
	Count int    `json:"count"`
}

// Counts are a send's coupons by state; they add up to Total.
type Counts struct{ Total, Waiting, Issuing, Unknown, Issued, Refused, Cancelled int }

// Open are the coupons whose end is not known yet.
func (c Counts) Open() int { return c.Waiting + c.Issuing + c.Unknown }

// A Send is one ask: a stock, a reason, who asked, and its coupons.
type Send struct {
	ID           int64
	DraftID      int64
	Kind         string // "person" or "campaign"
	State        SendState
	Revision     int
	NumberPrefix string // every out_request_no of the send starts with it
	StockName    string
	StockID      string
	CreatorMchID string
	Value        Fen // coupon_value, only for stocks with a custom value
	Minimum      Fen // coupon_minimum, the same
	Amount       Fen // money of one coupon
	Reason       string
	Ticket       string
	Note         string
	Campaign     string
	PlannedAt    time.Time
	RequestedBy  string
	Channel      string
	Seats        []Seat   // that it needs
	Missing      []Seat   // of these, the ones nobody has filled; of a send that ended while it waited, nobody had
	WaitsFor     []string // the groups of which one more person would fill a seat now: more than Missing names where somebody with a seat may move to another
	Terms        Terms
	ApprovedBy   []string // who held its seats when it was approved, who filled the last one at the end
	PauseReason  string   // "person", one of the Pause constants, or the reason WeChat Pay gave
	PauseDetail  string   // what was said, for people; of the Pause constants, what they say that it is
	PausedBy     string
	Counts
	CreatedAt  time.Time
	ApprovedAt time.Time
	FinishedAt time.Time

	AskedAt       time.Time // since when its present revision waits for people
	RemindAt      time.Time // zero: not to come
	FallbackAt    time.Time // the same
	FallbackGroup string
	FellBack      bool // FallbackGroup may fill a missing seat
	ExpireAt      time.Time
	ClosedBy      string // who rejected or withdrew it
	ClosedWhy     string // of a rejection; LeftWhy where the bot withdrew it; AdoptedWhy where it expired because the ledger was a copy

	ResumedAt time.Time // when a person last let it go on after a pause

	Preparing         bool      // a run's coupons are not all written yet: Total grows
	OpensAt, ClosesAt time.Time // of a run with hours: when its coupons may be called; zero: always
}

// Final tells that nothing of the send moves any more unless somebody asks.
func (s Send) Final() bool {
	switch s.State {
	case SendDone, SendRejected, SendExpired, SendWithdrawn:
		return true
	}
	return s.State == SendCancelled && s.Open() == 0
}

// Number is the out_request_no of the coupon at a position.
func (s Send) Number(position int) string { return s.NumberPrefix + "-" + strconv.Itoa(position) }

const sendColumns = `id, coalesce(draft_id, 0), kind, state, revision, number_prefix, stock_name, stock_id, creator_mchid, coupon_value_fen, coupon_minimum_fen,
	amount_fen, reason, ticket, note, campaign, planned_at, requested_by, channel, seats, approved_by, pause_reason, pause_detail, paused_by,
	total, waiting, issuing, unknown, issued, refused, cancelled, created_at, approved_at, finished_at,
	missing, terms, asked_at, remind_at, fallback_at, fallback_group, fell_back, expire_at, closed_by, closed_why, resumed_at, preparing, opens_at, closes_at,
	coalesce((SELECT string_agg(grp, ' ' ORDER BY grp) FROM waits WHERE send_id = sends.id), '')`

const selectSend = `SELECT ` + sendColumns + ` FROM sends`

func scanSend(row interface{ Scan(...any) error }) (s Send, err error) {
	var seats, missing, terms, approvedBy, waitsFor string
	var planned, created, approved, finished, asked, remind, fallback, expire, resumed, opens, closes int64
	err = row.Scan(&s.ID, &s.DraftID, &s.Kind, &s.State, &s.Revision, &s.NumberPrefix, &s.StockName, &s.StockID, &s.CreatorMchID, &s.Value, &s.Minimum,
		&s.Amount, &s.Reason, &s.Ticket, &s.Note, &s.Campaign, &planned, &s.RequestedBy, &s.Channel, &seats, &approvedBy, &s.PauseReason, &s.PauseDetail, &s.PausedBy,
		&s.Total, &s.Waiting, &s.Issuing, &s.Unknown, &s.Issued, &s.Refused, &s.Cancelled, &created, &approved, &finished,
		&missing, &terms, &asked, &remind, &fallback, &s.FallbackGroup, &s.FellBack, &expire, &s.ClosedBy, &s.ClosedWhy, &resumed, &s.Preparing, &opens, &closes, &waitsFor)
	if errors.Is(err, sql.ErrNoRows) {
		return s, ErrNotFound
	}
	if err != nil {
		return s, err
	}
	s.PlannedAt, s.CreatedAt, s.ApprovedAt, s.FinishedAt = at(planned), at(created), at(approved), at(finished)
	s.ApprovedBy, s.WaitsFor, s.ResumedAt = strings.Fields(approvedBy), strings.Fields(waitsFor), at(resumed)
	s.OpensAt, s.ClosesAt = at(opens), at(closes)
	s.AskedAt, s.RemindAt, s.FallbackAt, s.ExpireAt = at(asked), at(remind), at(fallback), at(expire)
	if err := errors.Join(json.Unmarshal([]byte(seats), &s.Seats), json.Unmarshal([]byte(missing), &s.Missing), json.Unmarshal([]byte(terms), &s.Terms)); err != nil {
		return s, fmt.Errorf("seats and terms of %s: %w", SendName(s.ID), err)
	}
	return s, nil
}

// Send reads one; ErrNotFound.
func (l *Ledger) Send(ctx context.Context, id int64) (Send, error) {
	s, err := scanSend(l.queryRow(ctx, selectSend+` WHERE id = ?`, id))
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("send: %w", l.dialect.fault(err))
	}
	return s, err
}

// SendOfDraft is the send that a draft became; ErrNotFound while it is none.
func (l *Ledger) SendOfDraft(ctx context.Context, draft int64) (Send, error) {
	s, err := scanSend(l.queryRow(ctx, selectSend+` WHERE draft_id = ?`, draft))
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("send: %w", l.dialect.fault(err))
	}
	return s, err
}

func (t *tx) send(id int64) (Send, error) { return scanSend(t.row(selectSend+` WHERE id = ?`, id)) }
