package store_test

import (
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestANewLeadWhoseClockIsAheadLeavesCallsOfTheOldOneAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Name == "sqlite" {
			t.Skip("SQLite is one process")
		}
		d := newDesk(t, db)
		d.send(contents("oA", "oB"))
		claims := d.claim(2)
		d.record(claims[1], store.Result{Verdict: store.GrantUnknown, Reason: "timeout", AskAt: d.clock.Now()})
		again := d.claim1() // of the unknown one
		d.ok(d.lead.Close())
		d.lead = nil

		clock := storetest.NewClock()
		clock.Advance(10 * time.Minute)
		other := storetest.Open(t, d.dsn, store.Options{Now: clock.Now})
		lead, err := other.WaitLead(t.Context())
		d.ok(err)
		defer lead.Close()
		claim := func() []store.Claim {
			t.Helper()
			out, err := other.Claim(t.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 10, Lease: lease})
			d.ok(err)
			return out
		}
		if got := claim(); len(got) != 0 {
			t.Errorf("claimed %v, which the old lead may be calling", names(got))
		}
		d.grantState(claims[0].ID, store.GrantIssuing)
		clock.Advance(lease)
		if got := claim(); len(got) != 2 || !got[0].Reclaimed || !got[1].Reclaimed {
			t.Errorf("after a lease: %v, want %s and %s", names(got), claims[0].ID, again.ID)
		}
	})
}
