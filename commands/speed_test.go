package commands

import (
	"fmt"
	"testing"
)

// BenchmarkSend types a line and presses its Send, each time for another customer, on a real ledger:
// go test -bench Send ./commands
func BenchmarkSend(b *testing.B) {
	w := newWorld(b, repeats, bands, func(c *Config) { c.Approvals.RunningTotal = "" })
	n := 0
	for b.Loop() {
		n++
		w.sent(ana, fmt.Sprintf("send sorry-10 oUpF8u%d --reason late", n))
	}
}
