package sandbox

import (
	"slices"
	"time"
)

const (
	slKeepSamples    = 100_000
	slKeepViolations = 500
	slKeepCalls      = 100
)

// slStats counts what the app did, and what it did wrong.
type slStats struct {
	Calls       map[string]int `json:"calls"`       // by method
	RateLimited map[string]int `json:"ratelimited"` // 429s given, by method
	Messages    int            `json:"messages"`    // stored, of every kind
	Violations  []slViolation  `json:"violations"`  // the newest, of the protocol
	Violated    int            `json:"violated"`    // how many there were in all
	acks        map[string][]time.Duration
	none        map[string]int
	recent      []slCallLine
}

// slViolation is one thing a well-behaved app does not do.
type slViolation struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Detail string    `json:"detail"`
}

type slCallLine struct {
	At      time.Time `json:"at"`
	Method  string    `json:"method"`
	Outcome string    `json:"outcome"`
	TookMS  float64   `json:"took_ms"`
}

func slNewStats() slStats {
	return slStats{Calls: map[string]int{}, RateLimited: map[string]int{}, Violations: []slViolation{},
		acks: map[string][]time.Duration{}, none: map[string]int{}}
}

func (t *slStats) acked(kind string, took time.Duration) {
	list := append(t.acks[kind], took)
	t.acks[kind] = list[max(0, len(list)-slKeepSamples):]
}

func (t *slStats) missed(kind string) { t.none[kind]++ }

// ackTable is what GET stats says about acks, in milliseconds, by envelope type.
func (t *slStats) ackTable() map[string]slObj {
	out := map[string]slObj{}
	for kind, list := range t.acks {
		sorted := slices.Sorted(slices.Values(list))
		at := func(share float64) float64 { return slMillis(sorted[int(share*float64(len(sorted)-1))]) }
		out[kind] = slObj{"count": len(sorted), "p50_ms": at(0.50), "p99_ms": at(0.99), "max_ms": at(1), "missed": t.none[kind]}
	}
	for kind, n := range t.none {
		if out[kind] == nil {
			out[kind] = slObj{"count": 0, "p50_ms": 0, "p99_ms": 0, "max_ms": 0, "missed": n}
		}
	}
	return out
}

func (s *Slack) violation(kind, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violationLocked(kind, detail)
}

func (s *Slack) violationLocked(kind, detail string) {
	s.stats.Violated++
	list := append(s.stats.Violations, slViolation{At: s.now(), Kind: kind, Detail: detail})
	s.stats.Violations = list[max(0, len(list)-slKeepViolations):]
	s.o.Log.Warn("slack stand-in: the app broke a rule", "rule", kind) // the detail may quote what nobody should log
}

func (s *Slack) noteCall(method, outcome string, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := slMethods[method]; !known && method != "response_url" {
		method = "unknown"
	}
	s.stats.Calls[method]++
	if outcome == "ratelimited" || outcome == "fault ratelimited" {
		s.stats.RateLimited[method]++
	}
	list := append(s.stats.recent, slCallLine{At: s.now(), Method: method, Outcome: outcome, TookMS: slMillis(time.Since(began))})
	s.stats.recent = list[max(0, len(list)-slKeepCalls):]
}
