package store

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// LeftWhy is the ClosedWhy of a send that the bot withdrew, because its requester may send no more.
const LeftWhy = "left"

// WithdrawSend ends a waiting send on its requester's word, or (by ActorBot, with a why of LeftWhy) because the requester
// may send no more. *Moved when it does not wait; ErrNotFound when it is somebody else's.
func (l *Ledger) WithdrawSend(ctx context.Context, id int64, by, why, input string) error {
	return l.tx(ctx, "send.withdraw", func(t *tx) error {
		if seen, err := t.input(input, SendName(id)); err != nil || seen != "" {
			return err
		}
		s, err := t.send(id)
		switch {
		case err != nil:
			return err
		case by != s.RequestedBy && by != ActorBot:
			return ErrNotFound
		case s.State != SendAwaiting:
			return s.moved()
		}
		return t.withdraw(s, by, why)
	})
}

func (t *tx) withdraw(s Send, by, why string) error {
	if err := t.endWaiting(s, SendWithdrawn, by, why); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: by, Action: "send.withdraw", Send: s.ID, Detail: map[string]any{"revision": s.Revision, "why": why}}); err != nil {
		return err
	}
	if by != ActorBot {
		return nil
	}
	return t.step(s, StepWithdrawn, "", why)
}

// writerHeld is how long one transaction over many sends goes on before it lets others write.
const writerHeld = 10 * time.Millisecond

// RequesterLeft stops a person's work, because they may send no more: what waits is withdrawn, what is being issued is paused
// (pause reason PauseLeft), with one alert. It may be called again. A send that somebody else resumed after such a pause is
// theirs now and goes on.
func (l *Ledger) RequesterLeft(ctx context.Context, person string) error {
	for first := true; ; first = false {
		more, err := l.leave(ctx, person, first)
		if err != nil || !more {
			return err
		}
	}
}

const ofRequester = ` FROM sends WHERE requested_by = ? AND waiting + issuing + unknown > 0 AND kind = 'person'
	AND (state = 'awaiting' OR state IN ('approved', 'issuing') AND taken_over = 0)`

// leave ends and pauses some of a person's sends.
func (l *Ledger) leave(ctx context.Context, person string, alert bool) (more bool, err error) {
	err = l.tx(ctx, "requester.left", func(t *tx) error {
		more = false
		began := time.Now()
		all, err := readAll(scanSend)(t.query(`SELECT `+sendColumns+ofRequester+` ORDER BY created_at, id`, person))
		if err != nil || len(all) == 0 {
			return err
		}
		if alert {
			if err := t.alertLeft(person, all); err != nil {
				return err
			}
		}
		for _, s := range all {
			if more = time.Since(began) > writerHeld; more {
				return nil
			}
			if err := t.stopOf(s); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

func (t *tx) stopOf(s Send) error {
	if s.State == SendAwaiting {
		return t.withdraw(s, ActorBot, LeftWhy)
	}
	return t.pauseSelf(s.ID, PauseLeft, s.RequestedBy)
}

func (t *tx) alertLeft(person string, all []Send) error {
	waiting := 0
	for _, s := range all {
		waiting += bit(s.State == SendAwaiting)
	}
	return t.alert(Alert{Key: fmt.Sprintf("left:%s:%d", person, ms(t.at)), Kind: AlertLeft,
		Detail: map[string]string{"person": person, "waiting": strconv.Itoa(waiting), "paused": strconv.Itoa(len(all) - waiting)}})
}
