//go:build unix

package store_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// sized is a size that the environment may set, COUPONBOT_BENCH_ and its name.
func sized(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("COUPONBOT_BENCH_" + name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// A bench is a ledger with a campaign over a list.
type bench struct {
	*testing.B
	*store.Ledger
	dsn  string
	held time.Duration // the longest transaction of Prepare
}

func newBench(b *testing.B, db storetest.Database) *bench {
	n := &bench{B: b, dsn: db.Init(b)}
	n.Ledger = storetest.Open(b, n.dsn, store.Options{Observe: func(op string, took time.Duration) {
		if op == "prepare" {
			n.held = max(n.held, took)
		}
	}})
	return n
}

func (n *bench) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

func (n *bench) campaign(name string, customers int, change func(*store.Campaign)) store.Campaign {
	n.Helper()
	c := store.Campaign{Name: name, StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000, Audience: name,
		VersionID: storetest.LongList(n, n.dsn, name, customers), Channel: "C0", OnceKey: name, CapCoupons: 5}
	if change != nil {
		change(&c)
	}
	c, err := n.SaveCampaign(n.Context(), c, "U0MAYA", "")
	n.must(err)
	return c
}

// rules are those of the contract's example: customers' month, WeChat Pay's month, the stock's day.
func benchRules() store.RunRules {
	return store.RunRules{Campaign: []store.Limit{{Kind: store.LimitCampaign, Period: store.Day, MaxFen: 1 << 50}},
		Stock: []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxFen: 1 << 50}},
		Customer: []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxFen: 20000, MaxCoupons: 5},
			{Kind: store.LimitWeChat, Key: storetest.MchID + "|", Period: store.Month, MaxFen: 500000}}, PauseRefused: 100, PauseShare: 0.2}
}

func (n *bench) start(c store.Campaign) store.Send {
	n.Helper()
	_, err := n.AskDryRun(n.Context(), c.ID, "U0MAYA", "")
	n.must(err)
	_, err = n.CountDryRun(n.Context(), func(store.Campaign) store.RunRules { return benchRules() }, 400)
	n.must(err)
	run, err := n.NewestDryRun(n.Context(), c.ID)
	n.must(err)
	s, err := n.StartRun(n.Context(), store.StartAsk{By: "U0STAR", DryRun: run.ID, Rules: benchRules()})
	n.must(err)
	return s
}

func (n *bench) prepareAll() {
	n.Helper()
	for more := true; more; {
		var err error
		more, err = n.Prepare(n.Context())
		n.must(err)
	}
}

// BenchmarkPrepare prepares a run of COUPONBOT_BENCH_CUSTOMERS (20,000) with a send-once key and a cap, while an agent asks for
// coupons without a break; one operation is the whole run.
func BenchmarkPrepare(b *testing.B) {
	customers := sized("CUSTOMERS", 20_000)
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		n := newBench(b, db)
		var asks []time.Duration
		var worked time.Duration
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			n.start(n.campaign(fmt.Sprint("campaign-", i), customers, nil))
			stop, asking := make(chan struct{}), sync.WaitGroup{}
			asking.Go(func() { asks = append(asks, n.agent(i, stop)...) })
			b.StartTimer()
			began := time.Now()
			n.prepareAll()
			worked += time.Since(began)
			b.StopTimer()
			close(stop)
			asking.Wait()
			b.StartTimer()
		}
		slices.Sort(asks)
		b.ReportMetric(float64(customers*b.N)/worked.Seconds(), "customers/s")
		b.ReportMetric(float64(n.held.Milliseconds()), "ms-longest")
		b.ReportMetric(float64(asks[len(asks)*99/100].Milliseconds()), "ms-agent-p99")
	})
}

// agent asks for coupons every few milliseconds until stop, and says how long each took.
func (n *bench) agent(run int, stop chan struct{}) (took []time.Duration) {
	for i := 0; ; i++ {
		began := time.Now()
		if err := ask(n.Context(), n.Ledger, run*1_000_000+i); err != nil {
			n.Error(err)
			return append(took, 0)
		}
		took = append(took, time.Since(began))
		select {
		case <-stop:
			return took
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// BenchmarkRun claims and records coupons of runs of COUPONBOT_BENCH_CUSTOMERS (20,000) under customers' limits, 125 at a time; one
// operation is one coupon. After a whole run it also compares the last tenth of it with the first.
func BenchmarkRun(b *testing.B) {
	customers := sized("CUSTOMERS", 20_000)
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		n := newBench(b, db)
		lead, err := n.WaitLead(b.Context())
		n.must(err)
		defer lead.Close()
		var worked, first, last time.Duration // all of it, and that for the first and the last tenth of runs
		for done := 0; done < b.N; {
			b.StopTimer()
			s := n.start(n.campaign(fmt.Sprint("campaign-", done), customers, nil))
			n.prepareAll()
			b.StartTimer()
			for of := 0; of < customers && done < b.N; {
				began := cpu()
				issued := n.issue(lead.Epoch, s.ID)
				took := cpu() - began
				switch worked += took; {
				case of < customers/10:
					first += took
				case of >= customers*9/10:
					last += took
				}
				of, done = of+issued, done+issued
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "coupons/s")
		b.ReportMetric(float64(worked.Microseconds())/float64(b.N), "cpu-us/coupon")
		if last > 0 {
			b.ReportMetric(float64(last)/float64(first), "last/first-tenth")
		}
	})
}

// cpu is what this process has worked so far, on however busy a machine.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// issue claims coupons of a run, 125 or what is left, and says that all were issued; how many.
func (n *bench) issue(epoch, send int64) int {
	n.Helper()
	claims, err := n.Claim(n.Context(), store.ClaimAsk{Epoch: epoch, Limit: 125, Lease: time.Minute})
	n.must(err)
	results := make([]store.Result, len(claims))
	for i, c := range claims {
		results[i] = issued(c)
	}
	if len(claims) == 0 {
		s, err := n.Send(n.Context(), send)
		n.Fatalf("nothing to claim: %+v, %v", s, err)
	}
	_, err = n.Record(n.Context(), results)
	n.must(err)
	return len(claims)
}

// BenchmarkCountDryRun counts a list of COUPONBOT_BENCH_CUSTOMERS (20,000) that was given coupons before; one operation is all of it.
func BenchmarkCountDryRun(b *testing.B) {
	customers := sized("CUSTOMERS", 20_000)
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		n := newBench(b, db)
		n.start(n.campaign("before", customers, nil))
		n.prepareAll()
		c := n.campaign("campaign", customers, func(c *store.Campaign) { c.OnceKey = "other" })
		for b.Loop() {
			_, err := n.AskDryRun(b.Context(), c.ID, "U0MAYA", "")
			n.must(err)
			_, err = n.CountDryRun(b.Context(), func(store.Campaign) store.RunRules { return benchRules() }, 400)
			n.must(err)
		}
		b.ReportMetric(float64(customers*b.N)/b.Elapsed().Seconds(), "customers/s")
	})
}
