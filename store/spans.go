package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
)

// Whom a run's coupons are for the audit tells by stretches: the first and the last position, and a hash over the customers in
// between. A million people are a thousand lines.

// A span is such a stretch.
type span struct {
	first, last int
	sum         hash.Hash
}

func newSpan(first, last int) *span { return &span{first: first, last: last, sum: sha256.New()} }

// add takes the next customer, in the order of positions.
func (s *span) add(position int, openid string) {
	s.sum.Write(append(strconv.AppendInt(nil, int64(position), 10), " "+openid+"\n"...))
}

func (s *span) hash() string { return hex.EncodeToString(s.sum.Sum(nil)) }

// spans are the stretches that the audit tells of, by send; each is folded once, in the order of positions.
type spans map[int64][]span

// note remembers the stretch that an event tells of.
func (s spans) note(e Line) error {
	if e.Action != "grants.prepare" {
		return nil
	}
	var d said
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return fmt.Errorf("audit event %d: %w", e.ID, err)
	}
	s[e.Send] = append(s[e.Send], span{first: d.First, last: d.Last})
	return nil
}

// fold adds a coupon to its stretch and tells of it at its end; one that is in none is told by itself.
func (s spans) fold(g Grant, say teller) {
	all := s[g.ID.Send]
	for len(all) > 0 && all[0].last < g.ID.Position { // also one whose end is not there: its hash is never told
		all = all[1:]
	}
	s[g.ID.Send] = all
	if len(all) == 0 || g.ID.Position < all[0].first {
		say.meant(g.ID, g.OpenID)
		return
	}
	if all[0].sum == nil {
		all[0].sum = sha256.New()
	}
	all[0].add(g.ID.Position, g.OpenID)
	if g.ID.Position == all[0].last {
		say.meantMany(g.ID.Send, all[0].first, all[0].last, all[0].hash())
	}
}
