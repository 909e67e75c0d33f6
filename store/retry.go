package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RetryLife is how long after a send's last approval its refused coupons may be retried under it.
const RetryLife = 7 * 24 * time.Hour

// Retried says what a retry found.
type Retried struct {
	Back   int // waiting again, with their old numbers
	Final  int // refused for good: asking again would change nothing
	TooOld int // retryable, but their numbers were first called more than a day ago: a new send is needed

	Reached *LimitReached // what kept the rest from coming back, when only a part did
}

// retryAtOnce is how many coupons one transaction brings back: well under the 50 ms a writer may be held. A send of no
// more than that comes back wholly or not at all.
const retryAtOnce = 500

// RetrySend puts a send's retryable refused coupons back to waiting, with their numbers, limits held anew. limits are
// the policy's for the whole send; only those of the coupons that come back are taken. A run has its own (RunRules), and limits
// is not looked at. *Moved when the send is in no
// state for it or its approval is too old; *LimitReached when nothing came back.
func (l *Ledger) RetrySend(ctx context.Context, id int64, by, input string, limits []Limit) (Retried, error) {
	begun := l.now()
	done, err := l.retryCounts(ctx, id, begun)
	if err != nil {
		return Retried{}, err
	}
	for {
		n, err := l.retrySome(ctx, retry{send: id, by: by, input: input, limits: limits, begun: begun, found: done})
		var reached *LimitReached
		if errors.As(err, &reached) && done.Back > 0 {
			done.Reached = reached
			return done, nil
		}
		if err != nil && done.Back > 0 && ended(ctx) != nil {
			return done, nil // what came back has come back; the rest is still refused and waits for the next retry
		}
		if err != nil {
			return done, err
		}
		done.Back += n
		if n < retryAtOnce {
			return done, nil
		}
	}
}

// retryCounts counts what cannot come back; it may take a while for a large send and holds nobody up.
func (l *Ledger) retryCounts(ctx context.Context, id int64, now time.Time) (done Retried, err error) {
	var refused, able int
	err = l.queryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN outcome = '`+ReasonNumberTooOld+`' OR retryable = 1 AND first_called_at > 0 AND first_called_at <= ? THEN 1 ELSE 0 END), 0),
		coalesce(sum(retryable), 0) FROM grants WHERE send_id = ? AND state = 'refused'`, ms(now.Add(-NumberLife)), id).Scan(&refused, &done.TooOld, &able)
	if err != nil {
		return done, l.fault("retry", err)
	}
	var tooOld int
	err = l.queryRow(ctx, `SELECT count(*) FROM grants WHERE send_id = ? AND state = 'refused' AND retryable = 0 AND outcome = '`+ReasonNumberTooOld+`'`, id).Scan(&tooOld)
	done.Final = refused - able - tooOld
	return done, l.fault("retry", err)
}

// retry is one retry under way; found grows with what has come back.
type retry struct {
	send      int64
	by, input string
	limits    []Limit
	begun     time.Time
	found     Retried
}

// retrySome brings back the next coupons. What is refused while the retry goes on waits for the next one.
func (l *Ledger) retrySome(ctx context.Context, r retry) (back int, err error) {
	err = l.tx(ctx, "send.retry", func(t *tx) error {
		back = 0
		first := r.found.Back == 0
		if first {
			if seen, err := t.input(r.input, SendName(r.send)); err != nil || seen != "" {
				return err
			}
		}
		s, err := t.send(r.send)
		if err != nil {
			return err
		}
		if err := s.retryable(t.at); err != nil {
			return err
		}
		all, err := t.retryable(s, r)
		if err != nil || len(all) == 0 {
			return err
		}
		positions, openids := unzip(all)
		if err := t.heldAnew(s, r.limits, openids); err != nil {
			return err
		}
		if first {
			if err := t.retryBegins(s, r); err != nil {
				return err
			}
		}
		back = len(all)
		if err := t.count(r.send, delta{refused: -back, waiting: back}); err != nil {
			return err
		}
		if s.Kind == kindCampaign {
			if err := t.runRetried(s, positions); err != nil {
				return err
			}
		}
		return t.audit(Event{Actor: ActorBot, Action: "grants.retry", Send: r.send, Detail: map[string]any{"positions": positions}})
	})
	return back, err
}

func (s Send) retryable(now time.Time) error {
	switch s.State {
	case SendDone, SendIssuing, SendPaused:
	default:
		return &Moved{Subject: SendName(s.ID), State: string(s.State)}
	}
	if now.After(s.ApprovedAt.Add(RetryLife)) {
		return &Moved{Subject: SendName(s.ID), State: "too_old", At: s.ApprovedAt}
	}
	return nil
}

// retryable moves some of the coupons that may be asked again. Of a run's those stay refused whose customer has had, or may
// get, another one under the same send-once key.
func (t *tx) retryable(s Send, r retry) ([]one, error) {
	turn := ""
	if s.Kind == kindCampaign {
		turn = ` AND NOT EXISTS (SELECT 1 FROM runs r JOIN once o ON o.key = r.once_key AND o.openid = grants.openid WHERE r.send_id = grants.send_id AND o.send_id <> r.send_id)`
	}
	rows, err := t.query(`UPDATE grants SET state = 'waiting', ask_at = 0, finished_at = 0, serial_repeat = 0, definite = 0, open_attempt = 0,
		empty_readings = 0, first_empty_at = 0, last_empty_at = 0, retryable = 0 WHERE send_id = ? AND state = 'refused' AND position IN
		(SELECT position FROM grants WHERE send_id = ? AND state = 'refused' AND retryable = 1 AND finished_at <= ?
		AND (first_called_at = 0 OR first_called_at > ?) AND outcome <> '`+ReasonNumberTooOld+`'`+turn+` ORDER BY position LIMIT ?) RETURNING position, openid`,
		r.send, r.send, ms(r.begun), ms(t.at.Add(-NumberLife)), retryAtOnce)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(o *one) []any { return []any{&o.position, &o.openid} })
}

// heldAnew takes the limits of coupons that come back.
func (t *tx) heldAnew(s Send, limits []Limit, openids []string) error {
	if _, err := t.moveHolds(s); err != nil {
		return err
	}
	if s.Kind == kindCampaign {
		r, err := t.run(s.ID)
		if err == nil {
			limits, err = t.retryLimits(s, r, len(openids))
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if err := t.hold(s.ID, s.Amount, int64(len(openids)), limitsOf(limits, openids)); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE sends SET state = CASE WHEN state = 'done' THEN 'issuing' ELSE state END, finished_at = 0 WHERE id = ?`, s.ID)
	return err
}

// retryBegins writes once for a retry who it was, and brings the requester's card back where it had been given up.
func (t *tx) retryBegins(s Send, r retry) error {
	if err := t.party(s.ID, r.by, "retrier"); err != nil {
		return err
	}
	for _, kind := range []string{CardDM, CardRun} {
		if err := t.reviveCard(kind, SendName(s.ID), t.at.Add(DMAfter)); err != nil {
			return err
		}
	}
	return t.audit(Event{Actor: r.by, Action: "send.retry", Send: s.ID, Detail: map[string]any{"too_old": r.found.TooOld, "final": r.found.Final}})
}

// limitsOf leaves out the limits of customers who are not among openids.
func limitsOf(limits []Limit, openids []string) []Limit {
	among := map[string]bool{"": true}
	for _, openid := range openids {
		among[openid] = true
	}
	var out []Limit
	for _, l := range limits {
		if among[l.OpenID] {
			out = append(out, l)
		}
	}
	return out
}

// Recheck makes a send's unknown coupons (or one of them) due now; how many. Within a day of its first call a coupon
// is asked about by the same call again, after that by reading only.
func (l *Ledger) Recheck(ctx context.Context, id GrantID, by, input string) (n int64, err error) {
	err = l.tx(ctx, "recheck", func(t *tx) error {
		n = 0
		if seen, err := t.input(input, id.String()); err != nil || seen != "" {
			return err
		}
		query, args := `UPDATE grants SET ask_at = ?, definite = CASE WHEN first_called_at > ? THEN 0 ELSE definite END
			WHERE send_id = ? AND state = 'unknown' AND lease_until <= ?`, []any{ms(t.at), ms(t.at.Add(-NumberLife)), id.Send, ms(t.at)}
		if id.Position > 0 {
			query, args = query+` AND position = ?`, append(args, id.Position)
		}
		if n, err = t.exec(query, args...); err != nil || n == 0 {
			return err
		}
		return t.audit(Event{Actor: by, Action: "grants.recheck", Send: id.Send, Position: id.Position, Detail: map[string]any{"coupons": n}})
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", id, err)
	}
	return n, nil
}
