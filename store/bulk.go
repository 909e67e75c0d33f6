package store

import (
	"context"
	"time"
)

const (
	briefly = 20 * time.Millisecond // what a transaction of a bulk load may take: far below what a person notices
	leastAt = 100                   // rows at once
	mostAt  = 20_000
)

// A bulk keeps the transactions of a bulk load short, on whatever disk: each says how long it took, and the next one
// has as many rows as fit.
//
// Within one process whoever waits for a turn gets it after the transaction that runs. A second process on an SQLite
// ledger knows of no turns: who finds the file locked looks again some milliseconds later, and would find it locked again
// and again. So there a pause as long as the work follows each transaction, and these are shorter.
type bulk struct {
	size   int // rows of the next transaction
	target time.Duration
	beside bool
	began  time.Time
}

func (l *Ledger) bulk() *bulk {
	b := &bulk{size: 10 * leastAt, target: briefly, beside: l.beside && l.dialect.name == "sqlite"}
	if b.beside {
		b.target /= 2
	}
	return b
}

// gently is the pace of what is done while people work: it can wait, and they cannot. On SQLite, where everybody shares one file and
// one disk, it leaves as much time as it takes.
func (l *Ledger) gently() *bulk {
	b := l.bulk()
	b.beside = l.dialect.name == "sqlite"
	if b.beside {
		b.target = briefly / 2
	}
	return b
}

// begins is called when the transaction has begun: a wait for the turn is nobody's work.
func (b *bulk) begins() { b.began = time.Now() }

// ended is called when it is committed.
func (b *bulk) ended(ctx context.Context) error {
	took := max(time.Since(b.began), time.Microsecond)
	fits := int(float64(b.size) * float64(b.target) / float64(took))
	b.size = min(max(leastAt, min(fits, b.size*2)), mostAt)
	if !b.beside {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(took, 2*b.target)):
		return nil
	}
}
