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

// said is what Slack says by itself.
type said struct {
	Type  string `json:"type"`
	Event struct {
		Type    string              `json:"type"`
		Group   string              `json:"subteam_id"`
		Subteam struct{ ID string } `json:"subteam"`
		User    json.RawMessage     `json:"user"` // an id, or a whole person
		Tab     string              `json:"tab"`
	} `json:"event"`
}

// event takes in what Slack says by itself: what must not be lost is on disk before it is acknowledged, or else Slack
// says it again.
func (b *Bot) event(e *envelope) {
	var s said
	if err := json.Unmarshal(e.payload, &s); err != nil {
		b.log.Warn("could not read an event", "envelope", e.id, "err", err)
	}
	after := func() {}
	switch s.Event.Type {
	case "app_home_opened":
		if s.Event.Tab == homeView && !b.homeOpened(s.Event.User) {
			return
		}
	case "subteam_members_changed":
		after = func() { b.groupChanged(s.Event.Group) }
	case "subteam_updated":
		after = func() { b.groupChanged(s.Event.Subteam.ID) }
	case "user_change":
		var p struct {
			ID      string `json:"id"`
			Deleted bool   `json:"deleted"`
		}
		if err := json.Unmarshal(s.Event.User, &p); err == nil {
			after = func() { b.personChanged(p.ID, p.Deleted) }
		}
	case "tokens_revoked", "app_uninstalled":
		b.log.Error("Slack says that the app was removed or its tokens revoked", "event", s.Event.Type)
	}
	if s.Type == "app_rate_limited" {
		b.log.Warn("Slack holds events back: there were too many")
	}
	e.ack(nil)
	after()
}

// homeOpened asks for a person's Home page to be drawn; false when the ledger could not be told.
func (b *Bot) homeOpened(user json.RawMessage) bool {
	var person string
	if json.Unmarshal(user, &person) != nil || person == "" {
		return true
	}
	ctx, cancel := context.WithTimeout(b.handling, storeWithin)
	defer cancel()
	if err := b.ledger.OpenHome(ctx, person); err != nil {
		b.log.Error("note that a Home page was opened", "person", person, "err", err)
		return false
	}
	return true
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
