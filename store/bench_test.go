package store_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// million is how many coupons wait in the ledgers that benchmarks work on; -short makes it a tenth of that.
func million() int {
	if testing.Short() {
		return 100_000
	}
	return 1_000_000
}

// BenchmarkIssuing claims and records coupons of a ledger in which a million wait; one operation is one coupon.
func BenchmarkIssuing(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: 1, PerSend: million(), Campaign: true})
		for _, batch := range []int{25, 125, 500} {
			b.Run(fmt.Sprint("batch ", batch), func(b *testing.B) {
				l := storetest.Open(b, dsn, store.Options{})
				defer l.Close()
				lead, err := l.WaitLead(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				defer lead.Close()
				b.ResetTimer()
				for done := 0; done < b.N; {
					claims, err := l.Claim(b.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: min(batch, b.N-done), Lease: time.Minute})
					if err != nil || len(claims) == 0 {
						b.Fatalf("claimed %d, %v", len(claims), err)
					}
					results := make([]store.Result, len(claims))
					for i, c := range claims {
						results[i] = issued(c)
					}
					if _, err := l.Record(b.Context(), results); err != nil {
						b.Fatal(err)
					}
					done += len(claims)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "coupons/s")
			})
		}
	})
}

// BenchmarkOpen opens a ledger of a million issued and as many waiting coupons, and makes its first claim.
func BenchmarkOpen(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: 1000, PerSend: million() / 1000, State: "issued"})
		storetest.Fill(b, dsn, storetest.Filling{Sends: 10, PerSend: million() / 10, Campaign: true})
		for b.Loop() {
			l, err := store.Open(b.Context(), dsn, store.Options{MchID: storetest.MchID})
			if err != nil {
				b.Fatal(err)
			}
			lead, err := l.WaitLead(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := l.Claim(b.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 10, Lease: time.Minute}); err != nil {
				b.Fatal(err)
			}
			lead.Close()
			l.Close()
		}
	})
}

// BenchmarkAsking makes a person's send in a ledger of two million coupons: draft, repeat rule, limits and all.
func BenchmarkAsking(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: million() / 10, PerSend: 10, State: "issued"})
		storetest.Fill(b, dsn, storetest.Filling{Sends: 1, PerSend: million(), Campaign: true})
		l := storetest.Open(b, dsn, store.Options{})
		var slowest time.Duration
		n := 0
		for b.Loop() {
			n++
			started := time.Now()
			if err := ask(b.Context(), l, n); err != nil {
				b.Fatal(err)
			}
			slowest = max(slowest, time.Since(started))
		}
		b.ReportMetric(float64(slowest.Milliseconds()), "ms-slowest")
	})
}

// ask does what a typed command and its Send do in the ledger.
func ask(ctx context.Context, l *store.Ledger, n int) error {
	c := contents(fmt.Sprint("oFILL1-", n))
	c.Note, c.Ticket = "", fmt.Sprint("T-", n)
	d, _, err := l.OpenDraft(ctx, fmt.Sprint("slash ", n), "U0ANA", "C0", c)
	if err != nil {
		return err
	}
	since := time.Now().Add(-time.Hour)
	if _, err := l.Had(ctx, c.OpenIDs[0], since, 10); err != nil {
		return err
	}
	if _, err := l.Likely(ctx, c, since); err != nil {
		return err
	}
	if _, err := l.Totals(ctx, "U0ANA", store.Day); err != nil {
		return err
	}
	_, err = l.CreateSend(ctx, store.SendAsk{Input: fmt.Sprint("press ", n), Draft: d.ID, By: "U0ANA", Limits: companyDay(0)})
	if err != nil {
		return err
	}
	_, err = l.Gauges(ctx)
	return err
}

// BenchmarkStop presses the red button over a hundred thousand sends, ten of them open.
func BenchmarkStop(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: million() / 10, PerSend: 1, State: "issued"})
		storetest.Fill(b, dsn, storetest.Filling{Sends: 10, PerSend: 10})
		l := storetest.Open(b, dsn, store.Options{})
		for b.Loop() {
			s, _, err := l.Stop(b.Context(), "U0ADA", "bench", "")
			if err == nil {
				_, err = l.AskStart(b.Context(), "U0ADA", "")
			}
			if err == nil {
				_, err = l.ConfirmStart(b.Context(), s.ID, "U0ZOE", "")
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRetry brings back a hundred thousand refused coupons; one operation is all of them. What matters is how
// long the writer is held at a time.
func BenchmarkRetry(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		var longest time.Duration
		for b.Loop() {
			b.StopTimer()
			dsn := db.Init(b)
			id, _ := storetest.Fill(b, dsn, storetest.Filling{Sends: 1, PerSend: million() / 10})
			for _, q := range []string{`UPDATE grants SET state = 'refused', retryable = 1, finished_at = 1`, `UPDATE sends SET waiting = 0, refused = total, state = 'done', finished_at = 1`} {
				if _, err := storetest.Raw(b, dsn).Exec(q); err != nil {
					b.Fatal(err)
				}
			}
			l := storetest.Open(b, dsn, store.Options{Observe: func(op string, took time.Duration) { longest = max(longest, took) }})
			longest = 0
			b.StartTimer()
			if done, err := l.RetrySend(b.Context(), id, "U0ANA", "", nil); err != nil || done.Back != million()/10 {
				b.Fatalf("%+v, %v", done, err)
			}
		}
		b.ReportMetric(float64(longest.Milliseconds()), "ms-writer-held")
	})
}

// BenchmarkMemory reports what the process holds after working on a ledger in which a million coupons wait.
func BenchmarkMemory(b *testing.B) {
	dsn := storetest.SQLite().Init(b)
	storetest.Fill(b, dsn, storetest.Filling{Sends: 1, PerSend: million(), Campaign: true})
	l := storetest.Open(b, dsn, store.Options{})
	lead, err := l.WaitLead(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var m runtime.MemStats
	for b.Loop() {
		claims, err := l.Claim(b.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 125, Lease: time.Minute})
		if err == nil {
			err = l.Unclaim(b.Context(), claims)
		}
		if err == nil {
			_, err = l.NextDue(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapInuse)/1e6, "MB-heap")
	b.ReportMetric(float64(m.Sys)/1e6, "MB-from-OS")
}
