package issuing

import (
	"context"
	"slices"
	"testing"

	"couponbot/store"
)

func TestPeoplesClaimsAreNextInTheQueue(t *testing.T) {
	q := newQueue(4)
	claim := func(send int64, campaign string) {
		c := store.Claim{Send: store.Send{ID: send, Campaign: campaign}}
		c.ID.Send = send
		q.put(c)
	}
	claim(1, "spring-sale")
	claim(2, "spring-sale")
	claim(3, "")
	claim(4, "")
	claim(5, "spring-sale")
	if q.len() != 5 || q.most() != 4 {
		t.Errorf("%d claims in a queue of %d", q.len(), q.most())
	}
	var got []int64
	for q.len() > 0 {
		c, ok := q.next(t.Context())
		if !ok {
			t.Fatal("a claim that is there was not handed out")
		}
		got = append(got, c.ID.Send)
	}
	if want := []int64{3, 4, 1, 2, 5}; !slices.Equal(got, want) {
		t.Errorf("handed out %v, want %v", got, want)
	}
	over, end := context.WithCancel(t.Context())
	end()
	if _, ok := q.next(over); ok {
		t.Error("an empty queue gave a claim")
	}
}
