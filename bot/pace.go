package bot

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// A pacer spaces the opening of one connection: slack-go opens the next one at once when a connection ends, so a Slack
// that accepts and hangs up would be asked thousands of times a second. A connection that lasted is followed by the
// next at once, and so is the first that did not; the next ones are followed after a second, then two, four … up to a
// minute, each a little longer by chance, so that replicas do not march in step. It is the HTTP client of a connection's own API client, which calls
// apps.connections.open and nothing else.
type pacer struct {
	client interface {
		Do(*http.Request) (*http.Response, error)
	}
	now         func() time.Time
	first, most time.Duration

	mu    sync.Mutex
	last  time.Time
	short int // connections in a row that did not last
}

const (
	paceFirst = time.Second
	paceMost  = time.Minute
)

// Do waits for its turn and then carries the request out.
func (p *pacer) Do(r *http.Request) (*http.Response, error) {
	if err := p.wait(r.Context()); err != nil {
		return nil, err
	}
	return p.client.Do(r)
}

func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	pause := p.next(p.now())
	p.mu.Unlock()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	p.last = p.now()
	p.mu.Unlock()
	return nil
}

// next is how long to wait now. A connection has lasted when it stood longer than the longest pause.
func (p *pacer) next(now time.Time) time.Duration {
	if p.last.IsZero() || now.Sub(p.last) > 2*p.most {
		p.short = 0
		return 0
	}
	p.short++
	if p.short == 1 {
		return 0
	}
	pause := min(p.most, p.first<<min(p.short-2, 20))
	return max(0, pause+rand.N(pause/2)-now.Sub(p.last))
}
