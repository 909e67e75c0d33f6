package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// A wxHub tells readers what changed. It never waits for one: a reader that falls behind is told that it lost events,
// and reads the state again.
type wxHub struct {
	mu      sync.Mutex
	rising  uint64
	readers map[*wxReader]bool
}

type wxReader struct {
	lines chan string
	lost  bool
}

func wxNewHub() *wxHub { return &wxHub{readers: map[*wxReader]bool{}} }

func (h *wxHub) version() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rising
}

func (h *wxHub) publish(event string, what any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rising++
	if len(h.readers) == 0 {
		return
	}
	data, err := json.Marshal(what)
	if err != nil { // our own plain structs always marshal
		return
	}
	for r := range h.readers {
		if r.lost {
			if !r.offer(fmt.Sprintf("id: %d\nevent: lost\ndata: {}\n\n", h.rising)) {
				continue
			}
			r.lost = false
		}
		if !r.offer(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", h.rising, event, data)) {
			r.lost = true
		}
	}
}

func (r *wxReader) offer(line string) bool {
	select {
	case r.lines <- line:
		return true
	default:
		return false
	}
}

func (h *wxHub) join() *wxReader {
	r := &wxReader{lines: make(chan string, 256)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers[r] = true
	return r
}

func (h *wxHub) leave(r *wxReader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}

// events streams what changes, as server-sent events, until the reader leaves or the stand-in closes.
func (w *WeChatPay) events(rw http.ResponseWriter, r *http.Request) {
	reader := w.hub.join()
	defer w.hub.leave(reader)
	out := http.NewResponseController(rw)
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	if _, err := fmt.Fprintf(rw, "id: %d\nevent: hello\ndata: {}\n\n", w.hub.version()); err != nil {
		return
	}
	for {
		if out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-w.quit:
			return
		case line := <-reader.lines:
			if _, err := fmt.Fprint(rw, line); err != nil {
				return
			}
		}
	}
}
