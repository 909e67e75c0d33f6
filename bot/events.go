package bot

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"sync"
	"time"

	"github.com/slack-go/slack/socketmode"
)

// An envelope is one thing that Slack delivered and wants acknowledged within three seconds.
type envelope struct {
	id, kind string
	payload  json.RawMessage
	came     time.Time
	socket   *socket
	acked    sync.Once
}

// maxAck is what an acknowledgement may weigh: Slack drops one of 20,480 bytes without a word.
const maxAck = 20_000

// ack tells Slack that the envelope has arrived, once, through the socket that brought it; payload is the answer or
// nil. fits is false when the answer is too large to go this way, and then the envelope is acknowledged without it.
func (e *envelope) ack(payload any) (fits bool) {
	fits = true
	e.acked.Do(func() {
		if payload != nil {
			body, err := json.Marshal(payload)
			if fits = err == nil && len(body) < maxAck; !fits {
				payload = nil
			}
		}
		b := e.socket.bot
		ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
		defer cancel()
		if err := e.socket.client.AckCtx(ctx, e.id, payload); err != nil {
			b.log.Warn("could not acknowledge", "type", e.kind, "envelope", e.id, "err", err)
			return
		}
		b.o.Ack(e.kind, time.Since(e.came))
	})
	return fits
}

// take sorts what came in. It runs where the socket is read, so it hands everything on at once.
func (b *Bot) take(e *envelope) {
	switch e.kind {
	case socketmode.RequestTypeSlashCommands:
		if !b.work.offer(b.guarded(e, func() { b.command(e) })) {
			b.declineCommand(e)
		}
	case socketmode.RequestTypeInteractive:
		b.takeInteraction(e)
	case socketmode.RequestTypeEventsAPI:
		// When there is no room nothing is acknowledged and Slack says it again.
		b.work.offer(b.guarded(e, func() { b.event(e) }))
	default:
		e.ack(nil)
	}
}

// guarded keeps a panic from ending the process; the handlers tell the person themselves.
func (b *Bot) guarded(e *envelope, handle func()) func() {
	return func() {
		defer func() {
			if v := recover(); v != nil {
				b.log.Error("a handler panicked", "type", e.kind, "envelope", e.id, "panic", v, "stack", string(debug.Stack()))
				e.ack(nil)
			}
		}()
		handle()
	}
}

// event takes in what Slack says by itself. A home page that was opened only needs its acknowledgement.
func (b *Bot) event(e *envelope) {
	var said struct {
		Type  string `json:"type"`
		Event struct {
			Type  string `json:"type"`
			Group string `json:"subteam_id"`
		} `json:"event"`
	}
	if err := json.Unmarshal(e.payload, &said); err != nil {
		b.log.Warn("could not read an event", "envelope", e.id, "err", err)
	}
	switch {
	case said.Event.Type == "subteam_members_changed":
		b.people.changed(said.Event.Group)
	case said.Event.Type == "tokens_revoked", said.Event.Type == "app_uninstalled":
		b.log.Error("Slack says that the app was removed or its tokens revoked", "event", said.Event.Type)
	case said.Type == "app_rate_limited":
		b.log.Warn("Slack holds events back: there were too many")
	}
	e.ack(nil)
}

// A dispatcher runs jobs in order of arrival, so many at once, and lets so many wait.
type dispatcher struct {
	jobs chan func()
	done chan struct{}

	mu     sync.RWMutex
	closed bool
}

func newDispatcher(atOnce, queued int) *dispatcher {
	d := &dispatcher{jobs: make(chan func(), queued), done: make(chan struct{})}
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for job := range d.jobs {
				job()
			}
		})
	}
	go func() {
		workers.Wait()
		close(d.done)
	}()
	return d
}

// offer queues a job; false when there is no room for it, or no more time.
func (d *dispatcher) offer(job func()) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return false
	}
	select {
	case d.jobs <- job:
		return true
	default:
		return false
	}
}

// close takes no more jobs and waits for those it has; false when they took longer than that.
func (d *dispatcher) close(wait time.Duration) bool {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		close(d.jobs)
	}
	d.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-d.done:
		return true
	case <-timer.C:
		return false
	}
}
