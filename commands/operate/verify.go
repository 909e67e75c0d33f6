package operate

import (
	"context"
	"errors"
	"fmt"
	"io"

	"couponbot/store"
)

// Verify holds the ledger against itself and prints what it found; head, which may be "", is one that an earlier verify
// printed. ErrFailed when anything does not agree.
func Verify(ctx context.Context, dsn string, o store.Options, head string, out io.Writer) (err error) {
	var known store.Head
	if head != "" {
		if known, err = store.ParseHead(head); err != nil {
			return fmt.Errorf("%w: --head: %w", ErrUsage, err)
		}
	}
	l, err := store.OpenReader(ctx, dsn, o)
	if err != nil {
		return Explain(err, dsn)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	v, err := l.Verify(ctx, known)
	for _, b := range v.Broken {
		fmt.Fprintf(out, "FAIL  %s\n", b)
	}
	if err != nil {
		return Explain(err, dsn)
	}
	fmt.Fprintf(out, "%-8s %d sends and %d coupons, against %d audit events and by %d laws\n", "looked at", v.Sends, v.Coupons, v.Events, v.Laws)
	switch {
	case v.Head.Seq == 0:
		fmt.Fprintln(out, "no event is sealed yet: the bot does so while it runs")
	case v.Unsealed > 0:
		fmt.Fprintf(out, "%-8s %s (%d events wait for their seal)\n", "head", v.Head, v.Unsealed)
	default:
		fmt.Fprintf(out, "%-8s %s\n", "head", v.Head)
	}
	if len(v.Broken) > 0 {
		return fmt.Errorf("the ledger: %w", ErrFailed)
	}
	fmt.Fprintln(out, "Everything agrees. Keep the head where nobody who can write the ledger can: verify --head holds a later ledger against it.")
	return nil
}
