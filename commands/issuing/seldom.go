package issuing

import (
	"sync"
	"time"
)

// seldom lets something about a key happen only so often.
type seldom struct {
	every time.Duration
	mu    sync.Mutex
	last  map[string]time.Time
}

func newSeldom(every time.Duration) *seldom {
	return &seldom{every: every, last: map[string]time.Time{}}
}

// due tells whether it is time again, and if so notes that it happened.
func (s *seldom) due(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[key]; ok && time.Since(last) < s.every {
		return false
	}
	s.last[key] = time.Now()
	return true
}
