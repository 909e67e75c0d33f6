package importing_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"couponbot/commands/importing"
	"couponbot/store"
	"couponbot/store/storetest"
)

// benchRows is the environment variable that says how many rows the benchmark imports.
const benchRows = "COUPONBOT_BENCH_ROWS"

// BenchmarkImport imports a CSV file of a million rows (or COUPONBOT_BENCH_ROWS) in no order, while an agent sends a coupon
// every 20 ms:
//
//	COUPONBOT_BENCH_ROWS=10000000 go test ./commands/importing -run '^$' -bench Import -benchtime 1x
//
// It says how many rows a second came in, how large the process became, and how long the agent waited. "beside" is the
// operator's import beside the bot, "inside" the bot's own of what was uploaded.
func BenchmarkImport(b *testing.B) {
	rows := 1_000_000
	if n, err := strconv.Atoi(os.Getenv(benchRows)); err == nil {
		rows = n
	}
	path := filepath.Join(b.TempDir(), "list.csv")
	writeList(b, path, rows)
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		for _, beside := range []bool{false, true} {
			b.Run(map[bool]string{false: "inside", true: "beside"}[beside], func(b *testing.B) {
				for b.Loop() {
					benchImport(b, db, path, rows, beside)
				}
			})
		}
	})
}

func benchImport(b *testing.B, db storetest.Database, path string, rows int, beside bool) {
	dsn := db.Init(b)
	bot := storetest.Open(b, dsn, store.Options{})
	defer bot.Close()
	l := bot
	if beside {
		var err error
		if l, err = store.OpenImport(b.Context(), dsn, store.Options{}); err != nil {
			b.Fatal(err)
		}
		defer l.Close()
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	debug.FreeOSMemory()
	forgetPeak()
	ctx, stop := context.WithCancel(b.Context())
	waited := make(chan []time.Duration)
	go func() { waited <- agent(ctx, b, bot) }()
	began := time.Now()
	report, err := importing.Import(b.Context(), l, importing.Ask{Audience: "all", By: "U05MAR", Files: []importing.File{{Name: "list.csv", From: f, Size: info.Size()}}})
	took := time.Since(began)
	stop()
	if err != nil || report.Tally.Rows != int64(rows) {
		b.Fatalf("%+v %v", report, err)
	}
	sends := <-waited
	slices.Sort(sends)
	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
	b.ReportMetric(peak(), "MB")
	b.ReportMetric(sends[len(sends)*99/100].Seconds()*1000, "ms/p99")
	b.ReportMetric(sends[len(sends)-1].Seconds()*1000, "ms/longest")
}

// agent sends a coupon every now and then, and says how long each took from the ask to the answer.
func agent(ctx context.Context, b *testing.B, l *store.Ledger) (took []time.Duration) {
	for n := 0; ; n++ {
		began := time.Now()
		d, _, err := l.OpenDraft(b.Context(), fmt.Sprint("typed ", n), "U0ANA", "C0SUPPORT", store.Contents{StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000,
			OpenIDs: []string{fmt.Sprint("oPERSON", n)}})
		if err == nil {
			_, err = l.CreateSend(b.Context(), store.SendAsk{Draft: d.ID, By: "U0ANA"})
		}
		if err != nil {
			b.Error(err)
		}
		took = append(took, time.Since(began))
		select {
		case <-ctx.Done():
			return took
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func writeList(b *testing.B, path string, rows int) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriter(f)
	out.WriteString("openid,备注\r\n")
	for i := range uint64(rows) {
		fmt.Fprintf(out, "oUpF8u%022x,\r\n", i*0x9e3779b97f4a7c15)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// forgetPeak begins the measuring of memory anew, and peak is the most that was in use since, in MB; where the system
// does not say, 0 (Linux, proc(5)).
func forgetPeak() { os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.Atoi(fields[0])
	if err != nil {
		return 0
	}
	return float64(kb) / 1024
}
