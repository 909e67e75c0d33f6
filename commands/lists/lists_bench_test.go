package lists_test

import (
	"bytes"
	"fmt"
	"testing"

	"couponbot/commands/lists"
)

// Reading and sorting a million rows of a file.
func BenchmarkReadAndSort(b *testing.B) {
	const rows = 1_000_000
	var file bytes.Buffer
	file.WriteString("openid,备注\r\n")
	for i := range uint64(rows) {
		fmt.Fprintf(&file, "oUpF8u%022x,\r\n", i*0x9e3779b97f4a7c15)
	}
	for b.Loop() {
		l, err := lists.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			b.Fatal(err)
		}
		s := lists.NewSorter(b.TempDir())
		for r, err := range l.Rows() {
			if err == nil {
				err = s.Add(r.OpenID, r.Note)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		n := 0
		for range s.Sorted() {
			n++
		}
		if n != rows {
			b.Fatalf("%d customers", n)
		}
		s.Close()
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
