package store_test

import (
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// waitingMany is how many sends wait for approvers in the ledgers that these benchmarks work on, beside a million coupons.
const waitingMany = 5000

func crowded(b *testing.B, db storetest.Database) (dsn string, first int64) {
	dsn = db.Init(b)
	storetest.Fill(b, dsn, storetest.Filling{Sends: million() / 100, PerSend: 100, State: "issued"})
	first, _ = storetest.Fill(b, dsn, storetest.Filling{Sends: waitingMany, PerSend: 1, State: "awaiting"})
	return dsn, first
}

// BenchmarkQueue reads what waits for an approver.
func BenchmarkQueue(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn, _ := crowded(b, db)
		l := storetest.Open(b, dsn, store.Options{})
		for b.Loop() {
			waiting, more, err := l.Queue(b.Context(), store.QueueAsk{Person: "U0APPY", Groups: []string{"approvers", "finance"}, Limit: 20})
			if err != nil || len(waiting) != 20 || more != store.CountMost {
				b.Fatalf("%d and %d more, %v", len(waiting), more, err)
			}
		}
	})
}

// BenchmarkApprove presses Approve while three hundred people have their Home open.
func BenchmarkApprove(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn, next := crowded(b, db)
		l := storetest.Open(b, dsn, store.Options{})
		for n := range 300 {
			if err := l.OpenHome(b.Context(), "U0HOME"+string(rune('A'+n/26))+string(rune('A'+n%26))); err != nil {
				b.Fatal(err)
			}
		}
		last, slowest := next+waitingMany-1, time.Duration(0)
		for b.Loop() {
			if next > last {
				b.StopTimer()
				next, last = storetest.Fill(b, dsn, storetest.Filling{Sends: waitingMany, PerSend: 1, State: "awaiting"})
				b.StartTimer()
			}
			began := time.Now()
			s, err := l.Approve(b.Context(), store.ApproveAsk{Send: next, Revision: 1, By: "U0APPY", Groups: []string{"approvers"}})
			if err != nil || s.State != store.SendApproved {
				b.Fatalf("%+v, %v", s, err)
			}
			slowest = max(slowest, time.Since(began))
			next++
		}
		b.ReportMetric(float64(slowest.Milliseconds()), "ms-slowest")
	})
}

// BenchmarkMidnight moves the holds of a thousand sends of a hundred customers each, whose periods are over; one operation is all
// of them. What matters is how long the writer is held at a time.
func BenchmarkMidnight(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn, clock := db.Init(b), storetest.NewClock()
		id, _ := storetest.Fill(b, dsn, storetest.Filling{Sends: 1000, PerSend: 100, State: "awaiting"})
		raw := storetest.Raw(b, dsn)
		for _, q := range []string{
			`INSERT INTO holds (send_id, kind, key, openid, period, start_at, until_at, max_fen, max_coupons, coupons) SELECT send_id, 'customer', openid, openid, 'day', 1, 2, 0, 0, 1 FROM grants WHERE send_id >= $1`,
			`INSERT INTO limits (kind, key, period, start_at, held_fen, held_coupons) SELECT kind, key, period, start_at, 1000, 1 FROM holds WHERE send_id >= $1`,
			`UPDATE sends SET holds_until = 2, turn_at = 2 WHERE id >= $1`} {
			if _, err := raw.Exec(q, id); err != nil {
				b.Fatal(err)
			}
		}
		var longest time.Duration
		l := storetest.Open(b, dsn, store.Options{Now: clock.Now, Observe: func(op string, took time.Duration) { longest = max(longest, took) }})
		longest = 0
		for b.Loop() {
			clock.Advance(24 * time.Hour)
			for more := true; more; {
				var err error
				if more, _, err = l.Overdue(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(longest.Milliseconds()), "ms-writer-held")
	})
}
