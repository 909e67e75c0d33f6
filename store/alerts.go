package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The kinds of alerts.
const (
	AlertUnknown     = "unknown"      // grant: a coupon that the bot cannot settle
	AlertStockPaused = "stock_paused" // stock, reason, code, message, request_id
	AlertStockLow    = "stock_low"    // stock, called, left, total: little is left of it
	AlertStockEnding = "stock_ending" // stock, called, ends (RFC 3339): its window ends soon
	AlertStockOff    = "stock_off"    // stock, called, status: it is not running although its window has begun
	AlertHeld        = "held"         // why, detail
	AlertSlack       = "slack"        // why: what Slack refuses
	AlertGroup       = "group"        // group (an id of Slack's), added, removed (ids with spaces between): who may do what has changed
	AlertLimit       = "limit"        // kind, key or openid, period, used, most (fen, or coupons where unit is "coupons"), until (RFC 3339; none for ever): 80 % of a limit are used
	AlertStaff       = "staff"        // person, openids (how many): somebody tried to send to an openid of the audience "staff"
	AlertKeptOut     = "kept_out"     // list ("blocked" or "staff"), person, customers, before (how many it keeps out, and kept out): it was replaced or deleted
	AlertLeft        = "left"         // person, waiting, paused (how many sends): who asked may send no more
)

// An Alert is told once in the alerts channel: Key says what "once" is.
type Alert struct {
	ID     int64
	Key    string
	Kind   string
	Detail map[string]string // no secrets, openids masked by whoever draws it
	At     time.Time
	OverAt time.Time // the cause is gone
}

// AlertName is the subject of an alert's card.
func AlertName(id int64) string { return fmt.Sprintf("alert:%d", id) }

// Raise tells people, once for each key.
func (l *Ledger) Raise(ctx context.Context, a Alert) error {
	return l.tx(ctx, "alert", func(t *tx) error { return t.alert(a) })
}

// RaiseStaff tells, once a day, that somebody tried to send to openids of AudienceStaff; how many. It has a transaction of its own because
// the send's has been given up.
func (l *Ledger) RaiseStaff(ctx context.Context, person string, openids int) error {
	key := fmt.Sprintf("staff:%s:%s", person, l.now().In(l.options.Zone).Format(time.DateOnly))
	return l.Raise(ctx, Alert{Key: key, Kind: AlertStaff, Detail: map[string]string{"person": person, "openids": strconv.Itoa(openids)}})
}

// alert tells once; an alert that was over begins again, on the card it had.
func (t *tx) alert(a Alert) error {
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	id, err := t.insert(`INSERT INTO alerts (key, kind, detail, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`, a.Key, a.Kind, string(detail), ms(t.at))
	if err = notFound(err); errors.Is(err, ErrNotFound) {
		return t.alertAgain(a.Key)
	}
	if err != nil {
		return err
	}
	if err := t.card(Card{Kind: CardAlert, Subject: AlertName(id), Reader: ReaderAlerts}); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "alert", Detail: map[string]any{"alert": id, "kind": a.Kind, "detail": a.Detail}})
}

func (t *tx) alertAgain(key string) error {
	var id int64
	err := notFound(t.row(`UPDATE alerts SET over_at = 0 WHERE key = ? AND over_at > 0 RETURNING id`, key).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.touch(AlertName(id))
}

func (t *tx) alertOver(key string) error {
	var id int64
	err := notFound(t.row(`UPDATE alerts SET over_at = ? WHERE key = ? AND over_at = 0 RETURNING id`, ms(t.at), key).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.touch(AlertName(id))
}

// Alert reads one; ErrNotFound.
func (l *Ledger) Alert(ctx context.Context, id int64) (a Alert, err error) {
	var detail string
	var when, over int64
	err = notFound(l.queryRow(ctx, `SELECT id, key, kind, detail, at, over_at FROM alerts WHERE id = ?`, id).Scan(&a.ID, &a.Key, &a.Kind, &detail, &when, &over))
	if err != nil {
		return a, l.fault("alert", err)
	}
	a.At, a.OverAt = at(when), at(over)
	if err := json.Unmarshal([]byte(detail), &a.Detail); err != nil {
		return a, fmt.Errorf("alert %d: %w", id, err)
	}
	return a, nil
}
