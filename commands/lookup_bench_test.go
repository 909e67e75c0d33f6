package commands

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// benchCoupons is how many coupons the ledger of the benchmarks holds: a million, or what COUPONBOT_BENCH_COUPONS says.
func benchCoupons(b *testing.B) int {
	if s := os.Getenv("COUPONBOT_BENCH_COUPONS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 1_000_000
}

// BenchmarkLookup types what people look things up with, in a ledger of a million coupons in sends of ten, by forty
// people, a thousand sends to a ticket; one customer has a thousand coupons:
// go test -bench Lookup -run ^$ ./commands
func BenchmarkLookup(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		n := benchCoupons(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: n / 20, PerSend: 10, State: "issued", CreatedAt: noon.AddDate(0, -1, 0)})
		first, last := storetest.Fill(b, dsn, storetest.Filling{Sends: n / 20, PerSend: 10, State: "issued", CreatedAt: noon.AddDate(0, 0, -1), StockID: "9856001"})
		storetest.Fill(b, dsn, storetest.Filling{Sends: 100, PerSend: 10, CreatedAt: noon})
		raw := storetest.Raw(b, dsn)
		for _, q := range []string{
			fmt.Sprintf(`UPDATE sends SET ticket = 'T-' || (id %% %d), requested_by = CASE WHEN id %% 40 = 0 THEN '%s' ELSE 'U0FILL' || (id %% 40) END`, max(1, n/10_000), ana),
			`UPDATE grants SET openid = 'oBUSY' WHERE position = 1 AND send_id IN (SELECT id FROM sends WHERE id % ` + fmt.Sprint(max(1, n/10_000)) + ` = 7)`,
		} {
			if _, err := raw.Exec(q); err != nil {
				b.Fatal(err)
			}
		}
		if store.IsPostgres(dsn) {
			if _, err := raw.Exec(`VACUUM ANALYZE`); err != nil {
				b.Fatal(err)
			}
		}
		c := companyRules()
		c.Limits = Limits{Customer: []Ceiling{{Amount: 20000, Per: store.Month}}, Agent: []Ceiling{{Amount: 50000, Per: store.Day}}, Stock: []Ceiling{{Amount: 50000, Per: store.Day}}}
		l := storetest.Open(b, dsn, store.Options{Now: func() time.Time { return noon }})
		d := New(c, l, &directory{people: map[string]Person{}}, slog.New(slog.DiscardHandler), func() time.Time { return noon })
		middle := (first + last) / 2
		for _, x := range []struct{ name, person, text string }{
			{"who", fin, fmt.Sprintf("who oFILL%d-3", middle)},
			{"who with a thousand", fin, "who oBUSY"},
			{"find a ticket", fin, "find T-5"},
			{"find my ticket", ana, "find T-5"},
			{"find a customer", fin, fmt.Sprintf("find oFILL%d-3", middle)},
			{"find my customer among a thousand", ana, "find oBUSY"},
			{"find a person", fin, "find <@" + ana + ">"},
			{"find a stock", fin, "find sorry-10"},
			{"find my stock", ana, "find partner-5"},
			{"find my rare stock", ana, "find any-amount"},
			{"find a coupon", fin, fmt.Sprintf("find %d000003", middle)},
			{"find a number", fin, fmt.Sprintf("find fill-%d-7-3", first)},
			{"find a send", fin, fmt.Sprintf("find S%d", middle)},
			{"find nothing", ana, "find moon"},
			{"mine", ana, "mine"},
			{"stocks", ana, "stocks"},
			{"stock", ana, "stock sorry-10"},
		} {
			b.Run(x.name, func(b *testing.B) {
				var slowest time.Duration
				for b.Loop() {
					started := time.Now()
					if _, err := d.Do(b.Context(), Ask{Person: x.person, Team: "T1"}, x.text); err != nil {
						b.Fatal(err)
					}
					slowest = max(slowest, time.Since(started))
				}
				b.ReportMetric(float64(slowest.Microseconds())/1000, "ms-slowest")
			})
		}
	})
}
