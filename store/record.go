package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// EvidenceGap is how far apart two empty readings must be before the absence of a coupon is believed.
const EvidenceGap = 10 * time.Minute

// A Result is what one claim led to. Which verdict an answer deserves is the caller's rule; the ledger refuses a
// verdict that its own rows do not support.
type Result struct {
	ID      GrantID
	Attempt int        // the claim's Attempts: an answer to an older claim is told apart
	Verdict GrantState // issued, refused, waiting (definite "not now") or unknown

	CouponID  string // issued
	Reason    string // our word for the row of the error table
	Code      string // what WeChat Pay said, verbatim
	Message   string
	RequestID string

	Retryable    bool      // refused: the same number may be asked again
	Serial       bool      // waiting: uses up the one serial repeat
	Definite     bool      // unknown: the newest call's answer was a definite one (a reading that fails carries the claim's on)
	EmptyReading bool      // unknown or refused: the customer's coupons were read and it was not among them
	ByReading    bool      // issued: seen in the customer's coupons
	AskAt        time.Time // waiting, unknown: when to ask again; zero for unknown: only when a person asks
	NeedsPerson  bool      // unknown: tell people
	PauseStock   bool      // waiting, unknown: every further coupon of the stock would get the same answer
}

// Applied says what became of a result.
type Applied struct {
	Result
	Late bool // the row had moved on; nothing was changed
}

// Record writes results in one transaction: states, counters, holds, audit, pauses, cards. A result whose grant has
// moved on is not applied (Late), except an issued coupon, which is believed from any call. A coupon id that another
// grant has already is believed of neither call: the grant becomes unknown and a person is told (ReasonCouponTaken).
func (l *Ledger) Record(ctx context.Context, results []Result) ([]Applied, error) {
	out := make([]Applied, len(results))
	err := l.tx(ctx, "record", func(t *tx) error {
		all := outcomes{}
		for i, r := range results {
			g, err := scanGrant(t.row(selectGrant+` WHERE send_id = ? AND position = ?`, r.ID.Send, r.ID.Position))
			if err != nil {
				return fmt.Errorf("%s: %w", r.ID, err)
			}
			fits, err := t.fits(g, r)
			if err != nil {
				return err
			}
			if out[i] = (Applied{Result: r, Late: !fits}); !fits {
				if err := t.late(g, r); err != nil {
					return err
				}
				continue
			}
			if r, err = t.unlessTaken(g, r); err != nil {
				return err
			}
			out[i].Result = r
			if err := t.apply(g, r); err != nil {
				return err
			}
			all.of(r.ID.Send).add(g, r)
			if err := t.follow(g, r); err != nil {
				return err
			}
		}
		return t.close(all)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// fits tells whether a result may change its grant: it answers the newest claim, and the ledger supports its verdict.
func (t *tx) fits(g Grant, r Result) (bool, error) {
	if g.State != GrantIssuing && g.State != GrantUnknown {
		return false, nil
	}
	newest := g.Attempts == r.Attempt
	switch r.Verdict {
	case GrantIssued:
		return r.CouponID != "", nil
	case GrantWaiting:
		return newest && !g.OpenAttempt && g.State == GrantIssuing, nil
	case GrantRefused:
		if newest && g.OpenAttempt {
			return t.absent(g, r)
		}
		return newest, nil
	case GrantUnknown:
		return newest, nil
	}
	return false, nil
}

// absent tells whether readings prove that a coupon was never issued although a call's answer was lost: the newest
// call was answered definitely, coupons of this stock are known to appear in such lists, and this empty reading is ten
// minutes after the first.
func (t *tx) absent(g Grant, r Result) (bool, error) {
	if !r.EmptyReading || !g.Definite || g.EmptyReadings == 0 || t.at.Sub(g.FirstEmptyAt) < EvidenceGap {
		return false, nil
	}
	var listed bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM stocks WHERE stock_id = ? AND listed_at > 0)`, g.StockID).Scan(&listed)
	return listed, err
}

// late notes an answer that came after its grant had moved on. One that names a coupon which the ledger does not have
// is money that nobody counts: a person is told.
func (t *tx) late(g Grant, r Result) error {
	if err := t.audit(Event{Actor: ActorWeChat, Action: "grant.late_answer", Send: r.ID.Send, Position: r.ID.Position, Detail: r.detail()}); err != nil {
		return err
	}
	if r.Verdict != GrantIssued || r.CouponID == "" || r.CouponID == g.CouponID {
		return nil
	}
	return t.alert(Alert{Key: "late:" + r.ID.String() + ":" + r.CouponID, Kind: AlertUnknown,
		Detail: map[string]string{"grant": r.ID.String(), "state": string(g.State), "coupon_id": r.CouponID}})
}

// ReasonCouponTaken is the outcome of a coupon for which WeChat Pay named a coupon id that another grant has.
const ReasonCouponTaken = "coupon_taken"

// unlessTaken turns an issued result whose coupon id another grant has into an unknown one in front of a person.
func (t *tx) unlessTaken(g Grant, r Result) (Result, error) {
	if r.Verdict != GrantIssued {
		return r, nil
	}
	other, err := scanGrant(t.row(selectGrant+` WHERE coupon_id = ? AND coupon_id <> ''`, r.CouponID))
	if errors.Is(err, ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return Result{ID: r.ID, Attempt: g.Attempts, Verdict: GrantUnknown, Reason: ReasonCouponTaken, RequestID: r.RequestID, NeedsPerson: true,
		Code: r.Code, Message: fmt.Sprintf("coupon %s is %s already", r.CouponID, other.ID)}, nil
}

// apply writes a result that fits into its row, and the audit event of it.
func (t *tx) apply(g Grant, r Result) error {
	finished, open := int64(0), g.OpenAttempt
	readings, firstEmpty, lastEmpty := g.EmptyReadings, g.FirstEmptyAt, g.LastEmptyAt
	if r.EmptyReading {
		readings, lastEmpty = readings+1, t.at
		if firstEmpty.IsZero() {
			firstEmpty = t.at
		}
	}
	switch {
	case r.Verdict == GrantIssued || r.Verdict == GrantRefused:
		finished = ms(t.at)
	case r.Verdict == GrantUnknown: // also when the newest answer was definite: an unknown coupon is never refused without evidence
		open = true
	}
	definite := r.Definite || r.EmptyReading && g.Definite
	n, err := t.exec(`UPDATE grants SET state = ?, coupon_id = ?, outcome = ?, wechat_code = ?, wechat_message = ?, wechat_request_id = ?, retryable = ?,
		serial_repeat = ?, definite = ?, open_attempt = ?, empty_readings = ?, first_empty_at = ?, last_empty_at = ?, ask_at = ?, lease_until = 0,
		needs_person = ?, finished_at = ? WHERE send_id = ? AND position = ? AND state = ?`,
		r.Verdict, r.CouponID, r.Reason, r.Code, r.Message, r.RequestID, bit(r.Retryable), bit(g.SerialRepeat || r.Serial), bit(definite), bit(open),
		readings, ms(firstEmpty), ms(lastEmpty), ms(r.AskAt), bit(r.NeedsPerson), finished, r.ID.Send, r.ID.Position, g.State)
	if err != nil {
		return err
	}
	if n != 1 {
		return &Moved{Subject: r.ID.String(), State: string(g.State)}
	}
	if finished > 0 {
		if err := t.settled(g); err != nil {
			return err
		}
	}
	actor := ActorWeChat
	switch r.Reason {
	case ReasonNumberTooOld:
		actor = ActorClock
	case ReasonCustomerLimit, ReasonWeChatMonth:
		actor = ActorBot
	}
	return t.audit(Event{Actor: actor, Action: "grant." + string(r.Verdict), Send: r.ID.Send, Position: r.ID.Position, Detail: r.detail()})
}

func (r Result) detail() map[string]any {
	d := map[string]any{"attempt": r.Attempt}
	for key, value := range map[string]string{"coupon_id": r.CouponID, "reason": r.Reason, "code": r.Code, "message": r.Message, "request_id": r.RequestID} {
		if value != "" {
			d[key] = value
		}
	}
	for key, value := range map[string]bool{"by_reading": r.ByReading, "empty_reading": r.EmptyReading, "definite": r.Definite, "needs_person": r.NeedsPerson} {
		if value {
			d[key] = true
		}
	}
	if !r.AskAt.IsZero() {
		d["ask_at"] = r.AskAt.UTC().Format(time.RFC3339)
	}
	return d
}

// settled takes back what people were asked about a coupon that has ended.
func (t *tx) settled(g Grant) error {
	if g.State == GrantUnknown {
		if err := t.voidSettlements(g.ID); err != nil {
			return err
		}
	}
	if !g.NeedsPerson {
		return nil
	}
	return t.alertOver(alertUnknown(g.ID))
}

func alertUnknown(id GrantID) string { return "unknown:" + id.String() }

// follow does what a result means beyond its own row.
func (t *tx) follow(g Grant, r Result) error {
	if r.PauseStock {
		if err := t.pauseStock(g.StockID, r); err != nil {
			return err
		}
	}
	if r.NeedsPerson && !g.NeedsPerson {
		return t.alert(Alert{Key: alertUnknown(r.ID), Kind: AlertUnknown, Detail: map[string]string{"grant": r.ID.String()}})
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
