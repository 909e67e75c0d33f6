package sandbox

import (
	"bufio"
	"net"
	"net/http"
	"sync"
)

// slFrames watches the bytes of a websocket for messages that were sent in several frames,
// which Slack is said to lose and the websocket library hides.
type slFrames struct {
	mu         sync.Mutex
	head       []byte
	skip       uint64
	fragmented bool
	finished   []bool // one per complete data message not yet taken
}

// next says whether the oldest message not yet asked about was fragmented.
func (f *slFrames) next() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.finished) == 0 {
		return false
	}
	first := f.finished[0]
	f.finished = f.finished[1:]
	return first
}

func (f *slFrames) see(b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(b)))
			f.skip -= n
			b = b[n:]
			continue
		}
		f.head, b = append(f.head, b[0]), b[1:]
		if size, whole := slFrameSize(f.head); whole {
			f.frame(f.head[0])
			f.skip, f.head = size, f.head[:0]
		}
	}
}

// slFrameSize reads a frame header (RFC 6455, section 5.2); whole is false while bytes are missing.
func slFrameSize(h []byte) (size uint64, whole bool) {
	if len(h) < 2 {
		return 0, false
	}
	size, more := uint64(h[1]&0x7f), 0
	switch size {
	case 126:
		more = 2
	case 127:
		more = 8
	}
	mask := 0
	if h[1]&0x80 != 0 {
		mask = 4
	}
	if len(h) < 2+more+mask {
		return 0, false
	}
	if more > 0 {
		size = 0
		for _, b := range h[2 : 2+more] {
			size = size<<8 | uint64(b)
		}
	}
	return size, true
}

func (f *slFrames) frame(first byte) {
	final, op := first&0x80 != 0, first&0x0f
	if op >= 8 {
		return // control frames come between the others
	}
	if !final {
		f.fragmented = true
		return
	}
	f.finished = append(f.finished, f.fragmented)
	f.fragmented = false
}

// slHijack hands the websocket library a connection whose incoming bytes are watched.
type slHijack struct {
	http.ResponseWriter
	frames *slFrames
}

func (h *slHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &slWatched{Conn: conn, frames: h.frames}, rw, nil
}

type slWatched struct {
	net.Conn
	frames *slFrames
}

func (c *slWatched) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.frames.see(b[:n])
	return n, err
}
