package storetest_test

import (
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestFilledCouponsAreClaimedLikeAnyOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		first, last := storetest.Fill(t, dsn, storetest.Filling{Sends: 3, PerSend: 200})
		if last-first != 2 {
			t.Fatalf("sends %d to %d, want three", first, last)
		}
		l := storetest.Open(t, dsn, store.Options{})
		lead, err := l.WaitLead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer lead.Close()
		claims, err := l.Claim(t.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 300, Lease: time.Minute})
		if err != nil || len(claims) != 300 {
			t.Fatalf("claimed %d, %v; want 300", len(claims), err)
		}
	})
}

func TestIssuedFillingsAreEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		first, _ := storetest.Fill(t, dsn, storetest.Filling{Sends: 1, PerSend: 20, State: "issued"})
		s, err := storetest.Open(t, dsn, store.Options{}).Send(t.Context(), first)
		if err != nil || !s.Final() || s.Issued != 20 {
			t.Fatalf("%+v, %v; want a done send with 20 coupons", s, err)
		}
	})
}

func TestFilledSendsThatWaitAreInTheQueueOfApprovers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		first, _ := storetest.Fill(t, dsn, storetest.Filling{Sends: 30, PerSend: 1, State: "awaiting"})
		l := storetest.Open(t, dsn, store.Options{})
		waiting, more, err := l.Queue(t.Context(), store.QueueAsk{Person: "U0APPY", Groups: []string{"approvers"}, Limit: 10})
		if err != nil || len(waiting) != 10 || waiting[0].ID != first || more != 20 {
			t.Fatalf("%d sends and %d more, %v", len(waiting), more, err)
		}
		s, err := l.Approve(t.Context(), store.ApproveAsk{Send: first, Revision: 1, By: "U0APPY", Groups: []string{"approvers"}})
		if err != nil || s.State != store.SendApproved {
			t.Fatalf("%+v, %v", s, err)
		}
		storetest.Check(t, storetest.Raw(t, dsn))
	})
}
