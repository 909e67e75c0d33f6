package storetest

import (
	"sync"
	"time"
)

// A Clock stands still until a test moves it. Its Now fits store.Options.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts on a Wednesday noon in Shanghai, far from the ends of a day, week and month.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 3, 11, 12, 0, 0, 0, Shanghai).UTC()}
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t, also backwards.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock on by d and returns the time it then shows.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}
