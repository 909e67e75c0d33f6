package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Reasons for which the bot holds by itself.
const (
	HeldConfiguration = "configuration" // WeChat Pay does not accept who we are
	HeldClock         = "clock"         // this machine's clock is off
)

// A Held is a reason for which nothing is sent until it is gone.
type Held struct {
	Why    string
	Detail string // what was found, for the operator
	Since  time.Time
}

// Hold begins holding, with one alert; a second time it changes nothing.
func (l *Ledger) Hold(ctx context.Context, why, detail string) error {
	return l.tx(ctx, "hold", func(t *tx) error {
		n, err := t.exec(`INSERT INTO held (why, detail, since) VALUES (?, ?, ?) ON CONFLICT (why) DO NOTHING`, why, detail, ms(t.at))
		if err != nil || n == 0 {
			return err
		}
		if err := t.alert(Alert{Key: fmt.Sprintf("held:%s:%d", why, ms(t.at)), Kind: AlertHeld, Detail: map[string]string{"why": why, "detail": detail}}); err != nil {
			return err
		}
		if err := t.touchOpen(); err != nil {
			return err
		}
		return t.audit(Event{Actor: ActorBot, Action: "held", Detail: map[string]any{"why": why, "detail": detail}})
	})
}

// Release ends holding; the alert says so.
func (l *Ledger) Release(ctx context.Context, why string) error {
	return l.tx(ctx, "release", func(t *tx) error {
		var since int64
		err := t.row(`SELECT since FROM held WHERE why = ?`, why).Scan(&since)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM held WHERE why = ?`, why); err != nil {
			return err
		}
		if err := t.alertOver(fmt.Sprintf("held:%s:%d", why, since)); err != nil {
			return err
		}
		if err := t.touchOpen(); err != nil {
			return err
		}
		return t.audit(Event{Actor: ActorBot, Action: "released", Detail: map[string]any{"why": why}})
	})
}

// Held lists what holds now.
func (l *Ledger) Held(ctx context.Context) ([]Held, error) {
	rows, err := l.queryRows(ctx, `SELECT why, detail, since FROM held ORDER BY why`)
	if err != nil {
		return nil, fmt.Errorf("held: %w", l.dialect.fault(err))
	}
	type row struct {
		Held
		since int64
	}
	all, err := collect(rows, func(r *row) []any { return []any{&r.Why, &r.Detail, &r.since} })
	out := make([]Held, len(all))
	for i, r := range all {
		out[i], out[i].Since = r.Held, at(r.since)
	}
	return out, l.fault("held", err)
}

// halted tells whether people stopped everything, and whether the bot holds by itself.
func (t *tx) halted() (stopped, held bool, err error) {
	var stops, holds int
	err = t.row(`SELECT (SELECT count(*) FROM stops WHERE started_at = 0), (SELECT count(*) FROM held)`).Scan(&stops, &holds)
	return stops > 0, holds > 0, err
}
