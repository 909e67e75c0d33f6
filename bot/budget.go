package bot

import (
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A budget is what Slack allows for drawing (Slack docs, rate limits): chat.update about 50 times a minute for the
// whole app, of which progress gets at most half; chat.postMessage about once a second in each channel, with short
// bursts, and a few hundred times a minute in all; views.publish about 100 times a minute. Rate and burst together stay under the limit in any minute.
type budget struct {
	now      func() time.Time
	updates  *rate.Limiter
	progress *rate.Limiter
	posts    *rate.Limiter
	homes    *rate.Limiter

	mu       sync.Mutex
	channels map[string]*rate.Limiter
	lastSeen map[int64]time.Time // card → its last drawing of progress, or of a Home page
}

const (
	updatesPerMinute  = 43
	updatesBurst      = 6
	progressPerMinute = 20
	progressBurst     = 3
	postsPerMinute    = 200
	postsBurst        = 20
	channelBurst      = 3
	homesPerMinute    = 60
	homesBurst        = 10
	progressEvery     = 3 * time.Second // of one card: more often is flicker
	keysKept          = 1000
)

func perMinute(n float64) rate.Limit { return rate.Limit(n / 60) }

func newBudget(now func() time.Time) *budget {
	return &budget{now: now, updates: rate.NewLimiter(perMinute(updatesPerMinute), updatesBurst),
		progress: rate.NewLimiter(perMinute(progressPerMinute), progressBurst), posts: rate.NewLimiter(perMinute(postsPerMinute), postsBurst),
		homes: rate.NewLimiter(perMinute(homesPerMinute), homesBurst), channels: map[string]*rate.Limiter{}, lastSeen: map[int64]time.Time{}}
}

// post takes a turn for a message in a channel, if there is one now.
func (b *budget) post(channel string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	c := b.channels[channel]
	if c == nil {
		if len(b.channels) >= keysKept {
			for name, other := range b.channels {
				if other.TokensAt(now) >= channelBurst {
					delete(b.channels, name)
				}
			}
		}
		c = rate.NewLimiter(1, channelBurst)
		b.channels[channel] = c
	}
	return c.TokensAt(now) >= 1 && b.posts.AllowN(now, 1) && c.AllowN(now, 1)
}

// update takes a turn for a drawing, if there is one now. The last turn but one is not for progress, so that an end or
// a stop that comes next does not wait.
func (b *budget) update(card int64, progress bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if !progress {
		return b.updates.AllowN(now, 1)
	}
	if now.Sub(b.lastSeen[card]) < progressEvery || b.updates.TokensAt(now) < 2 || !b.progress.AllowN(now, 1) {
		return false
	}
	b.seen(card, now)
	return b.updates.AllowN(now, 1)
}

// publish takes a turn for a Home page, if there is one now: each at most every few seconds, because whatever moves in a
// person's sends moves theirs.
func (b *budget) publish(card int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if now.Sub(b.lastSeen[card]) < progressEvery || !b.homes.AllowN(now, 1) {
		return false
	}
	b.seen(card, now)
	return true
}

func (b *budget) seen(card int64, now time.Time) {
	if len(b.lastSeen) >= keysKept {
		clear(b.lastSeen)
	}
	b.lastSeen[card] = now
}

// backoff is how long to wait after so many failures: a second, doubling up to five minutes, a little longer by chance.
func backoff(failures int) time.Duration {
	pause := min(5*time.Minute, time.Second<<min(failures, 10))
	return pause + rand.N(pause/4)
}
