package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestSendsAtOneTimeOnTwoReplicasEachSeeWhatWasAskedBefore(t *testing.T) {
	each(t, func(d *desk) {
		replicas := []*store.Ledger{d.Ledger, d.Ledger}
		if store.IsPostgres(d.dsn) {
			replicas[1] = storetest.Open(d.T, d.dsn, store.Options{Now: d.clock.Now})
		}
		enough := errors.New("enough was asked for")
		var all sync.WaitGroup
		var sent, refused atomic.Int32
		for i := range 10 {
			draft := d.draft(contents(fmt.Sprintf("oONE%d", i)))
			all.Go(func() {
				_, err := replicas[i%2].CreateSend(t.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA", Running: store.Day, Seats: func(before []store.Total) ([]store.Seat, error) {
					var sum store.Fen
					for _, b := range before {
						sum += b.Fen
					}
					if sum >= 3000 {
						return nil, enough
					}
					return nil, nil
				}})
				switch {
				case err == nil:
					sent.Add(1)
				case errors.Is(err, enough):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if sent.Load() != 3 || refused.Load() != 7 {
			d.Errorf("%d sent, %d refused", sent.Load(), refused.Load())
		}
	})
}
