package sandbox

import (
	"math"
	"time"
)

// slBucket allows one message a second in a channel, and a short burst above it.
type slBucket struct {
	left float64
	at   time.Time
}

const slBurst = 5

// pace refuses a call that comes too fast: each method has its calls a minute over the whole
// workspace, and chat.postMessage one a second for each channel (Slack docs, rate limits).
// Callers hold mu.
func (s *Slack) pace(name string, m slMethod, call *slCall) error {
	if s.o.NoLimits {
		return nil
	}
	now := s.now()
	window := s.windows[name]
	for len(window) > 0 && now.Sub(window[0]) >= time.Minute {
		window = window[1:]
	}
	s.windows[name] = window
	if len(window) >= m.perMinute {
		return s.limited(window[0].Add(time.Minute).Sub(now))
	}
	if name == "chat.postMessage" {
		if wait := s.postPace(call.str("channel"), now); wait > 0 {
			return s.limited(wait)
		}
	}
	s.windows[name] = append(window, now)
	return nil
}

func (s *Slack) postPace(channel string, now time.Time) time.Duration {
	if s.d.People[channel] != nil {
		channel = s.dm(channel).ID
	}
	b := s.buckets[channel]
	if b == nil {
		if s.d.Channels[channel] == nil {
			return 0
		}
		b = &slBucket{left: slBurst, at: now}
		s.buckets[channel] = b
	}
	b.left = min(slBurst, b.left+now.Sub(b.at).Seconds())
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) * float64(time.Second))
	}
	b.left--
	return 0
}

func (s *Slack) limited(wait time.Duration) error {
	return &slLimited{after: max(1, int(math.Ceil(wait.Seconds())))}
}
