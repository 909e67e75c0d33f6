package issuing

import (
	"context"
	"errors"
	"math"
	"time"

	"couponbot/store"
)

const (
	look    = 200 * time.Millisecond // another replica may have written: how often to look without having been told
	breathe = 20 * time.Millisecond  // between two looks that found nothing, however busy the ledger is
)

// claim keeps the queue filled with a moment's work until ctx ends or another process leads.
func (r *run) claim(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		want := r.want()
		if want == 0 {
			r.rest(ctx, nil, look)
			continue
		}
		claims, err := r.ledger.Claim(ctx, store.ClaimAsk{Epoch: r.epoch, Limit: want, Lease: r.config.lease()})
		for _, c := range claims {
			r.queue.put(c)
		}
		switch {
		case errors.Is(err, store.ErrNoLead):
			return err
		case err != nil:
			if failures++; failures == 1 && ctx.Err() == nil {
				r.log.Error("claim work", "err", err)
			}
			sleep(ctx, min(time.Duration(failures)*look, 5*time.Second))
			continue
		case len(claims) == 0:
			r.nothing(ctx)
		}
		failures = 0
	}
	return nil
}

// nothing waits until there may be something to claim. What was due already when a claim found nothing waits for
// something else, its pair or a start, and only another claim can tell; otherwise a look at the plan is enough, and that
// writes nothing.
func (r *run) nothing(ctx context.Context) {
	for blocked := true; ; blocked = false {
		changed := r.ledger.Changed()
		due, err := r.ledger.NextDue(ctx)
		wait, now := look, r.options.Now()
		switch {
		case err != nil || due.IsZero():
		case due.After(now):
			wait = min(wait, due.Sub(now))
		case !blocked:
			return
		}
		if !sleep(ctx, min(breathe, wait)) {
			return
		}
		r.rest(ctx, changed, wait-breathe)
		if err != nil || !due.IsZero() && !due.After(now) {
			return
		}
	}
}

// A queue holds claims until they may be called, those of people's sends before those of campaigns.
type queue struct{ people, campaigns chan store.Claim }

func newQueue(most int) queue {
	return queue{make(chan store.Claim, most), make(chan store.Claim, most)}
}

func (q queue) most() int { return cap(q.people) }

func (q queue) len() int { return len(q.people) + len(q.campaigns) }

func (q queue) put(c store.Claim) {
	if c.Send.Campaign != "" {
		q.campaigns <- c
	} else {
		q.people <- c
	}
}

// next waits for a claim; without one it returns when ctx ends.
func (q queue) next(ctx context.Context) (c store.Claim, ok bool) {
	select {
	case c = <-q.people:
		return c, true
	default:
	}
	select {
	case c = <-q.people:
	case c = <-q.campaigns:
	case <-ctx.Done():
		return c, false
	}
	return c, true
}

// want is how much to claim now: up to a moment's work at today's speed; nothing while the queue is more than half full,
// because a claim of a few costs as much as one of many. While every worker is busy the pace is not what holds calls up,
// and less is claimed, so that no lease runs out in the queue.
func (r *run) want() int {
	if r.guard.closed() {
		return 0
	}
	size := min(int(math.Ceil(r.pace.speed()*ahead.Seconds())), r.queue.most())
	if r.hands.free() == 0 {
		size = min(size, max(r.config.Workers/2, 1))
	}
	if queued := r.queue.len(); queued <= size/2 {
		return size - queued
	}
	return 0
}

// rest waits until there is room in the queue, the ledger has changed, or a time has passed.
func (r *run) rest(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-r.room:
	case <-changed:
	case <-t.C:
	}
}
