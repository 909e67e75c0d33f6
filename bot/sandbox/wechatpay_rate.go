package sandbox

import "time"

// A wxWindow admits at most limit calls in any sliding span. It remembers the times of the last limit admitted calls in
// a ring: a new call fits exactly when the oldest of them has left the span. Refused calls cost nothing afterwards.
type wxWindow struct {
	limit int
	span  time.Duration
	times []time.Time
	next  int
}

func (q *wxWindow) admit(t time.Time) bool {
	if len(q.times) < q.limit {
		q.times = append(q.times, t)
		return true
	}
	if t.Sub(q.times[q.next]) < q.span {
		return false
	}
	q.times[q.next] = t
	q.next = (q.next + 1) % q.limit
	return true
}

func wxGates(s WeChatSettings) map[string]*wxWindow {
	gates := map[string]*wxWindow{}
	for _, e := range wxEndpoints {
		limit := e.limit
		if e.name == "send" {
			limit = s.sendLimit(limit)
		}
		if limit > 0 {
			gates[e.name] = &wxWindow{limit: limit, span: e.span}
		}
	}
	return gates
}

func (w *WeChatPay) admit(c *wxCall) *wxRefusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if c.is("send") {
		w.calls.peak.add(now)
	}
	gate := w.gates[c.endpoint.name]
	if gate != nil && !gate.admit(now) {
		return wxRefuse("frequency_limit_exceed")
	}
	return nil
}

// A wxPeak knows the most calls that ever fell into one sliding second.
type wxPeak struct {
	recent []time.Time
	head   int
	max    int
}

func (p *wxPeak) add(t time.Time) {
	p.recent = append(p.recent, t)
	for t.Sub(p.recent[p.head]) >= time.Second {
		p.head++
	}
	p.max = max(p.max, len(p.recent)-p.head)
	if p.head > 1024 && p.head*2 > len(p.recent) {
		p.recent = append(p.recent[:0], p.recent[p.head:]...)
		p.head = 0
	}
}
