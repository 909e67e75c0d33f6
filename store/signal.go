package store

import "sync"

// signal wakes whoever waits for the ledger to change.
type signal struct {
	mu sync.Mutex
	c  chan struct{}
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// Changed is closed by the next change that this process commits. Other replicas' changes are found by looking.
func (l *Ledger) Changed() <-chan struct{} { return l.signal.wait() }
