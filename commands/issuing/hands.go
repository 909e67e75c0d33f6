package issuing

import (
	"sync"
	"time"

	"couponbot/store"
)

// hands are the workers: at most so many calls at one time, and which calls they are.
type hands struct {
	seats chan struct{} // a token for each call under way

	mu      sync.Mutex
	out     map[store.GrantID]store.Claim
	emptied chan struct{} // closed when out is empty; nil when nobody waits
	closing sync.WaitGroup
}

func newHands(workers int) *hands {
	return &hands{seats: make(chan struct{}, workers), out: map[store.GrantID]store.Claim{}}
}

// free is how many more calls could begin.
func (h *hands) free() int { return cap(h.seats) - len(h.seats) }

// busy is how many calls are under way.
func (h *hands) busy() int { return len(h.seats) }

// begin notes a call that holds a seat.
func (h *hands) begin(c store.Claim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.out[c.ID] = c
}

// has tells whether a call for a grant is under way.
func (h *hands) has(id store.GrantID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, out := h.out[id]
	return out
}

// end hands a call's result on, unless the call was abandoned meanwhile, and gives the seat back.
func (h *hands) end(c store.Claim, tell func()) {
	h.mu.Lock()
	_, ours := h.out[c.ID]
	if ours {
		delete(h.out, c.ID)
		h.closing.Add(1)
	}
	h.mu.Unlock()
	if ours {
		tell()
		h.closing.Done()
	}
	<-h.seats
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.out) == 0 && h.emptied != nil {
		close(h.emptied)
		h.emptied = nil
	}
}

// idle waits until no call is under way, and reports whether that came to pass in time.
func (h *hands) idle(within time.Duration) bool {
	h.mu.Lock()
	if len(h.out) == 0 {
		h.mu.Unlock()
		return true
	}
	if h.emptied == nil {
		h.emptied = make(chan struct{})
	}
	emptied := h.emptied
	h.mu.Unlock()
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-emptied:
		return true
	case <-t.C:
		return false
	}
}

// abandon forgets the calls that are still under way, and returns them once no other result is being handed on.
func (h *hands) abandon() []store.Claim {
	h.mu.Lock()
	var left []store.Claim
	for id, c := range h.out {
		left = append(left, c)
		delete(h.out, id)
	}
	h.mu.Unlock()
	h.closing.Wait()
	return left
}
