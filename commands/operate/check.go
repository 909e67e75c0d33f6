package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"couponbot/store"
)

// A Report takes what was found about one thing: what is fine about it, or the error, which says what to do.
type Report = func(what, fine string, err error)

// A Part tries one part of the product for real and reports each thing it tried. It changes nothing anywhere.
type Part func(ctx context.Context, report Report)

// ErrFailed says that something that was looked at is not in order; what it is was printed.
var ErrFailed = errors.New("not in order")

// Check tries every part and prints a line for each thing. ErrFailed when any failed.
func Check(ctx context.Context, out io.Writer, parts ...Part) error {
	tried, failed := 0, 0
	report := func(what, fine string, err error) {
		tried++
		if err == nil {
			fmt.Fprintf(out, "ok    %-30s  %s\n", what, fine)
			return
		}
		failed++
		fmt.Fprintf(out, "FAIL  %-30s  %s\n", what, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, part := range parts {
		part(ctx, report)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks: %w", failed, tried, ErrFailed)
	}
	fmt.Fprintf(out, "All %d checks passed.\n", tried)
	return nil
}

// Configuration tells of a configuration that was read, and of what works in it and should not stay so.
func Configuration(path string, warnings []string) Part {
	return func(_ context.Context, report Report) {
		report("configuration", path, nil)
		for _, w := range warnings {
			report("configuration", "", errors.New(w))
		}
	}
}

// leastRoom is how much of a disk must be left for an SQLite ledger: some hundred thousand coupons.
const leastRoom = 1 << 30

// Ledger looks at the ledger, also while the bot works on it.
func Ledger(dsn string, o store.Options) Part {
	return func(ctx context.Context, report Report) {
		err := atHome(ctx, dsn, o)
		report("ledger", Place(dsn)+", at home and of this version", Explain(err, dsn))
		if err == nil {
			report("ledger, writing", "tried, and taken back", Explain(writable(ctx, dsn, o), dsn))
		}
		if free, known := store.Room(filepath.Dir(dsn)); known && !store.IsPostgres(dsn) {
			var err error
			if free < leastRoom {
				err = fmt.Errorf("only %d MB left on its disk: make room, at least 1 GB", free>>20)
			}
			report("ledger, disk", fmt.Sprintf("%.1f GB left", float64(free)/(1<<30)), err)
		}
	}
}

func atHome(ctx context.Context, dsn string, o store.Options) error {
	l, err := store.OpenReader(ctx, dsn, o)
	if err != nil {
		return err
	}
	return errors.Join(l.AtHome(ctx, dsn), l.Close())
}

// writable tries the ledger itself and, on SQLite, the folder, where it keeps files of its own.
func writable(ctx context.Context, dsn string, o store.Options) error {
	l, err := store.OpenWitness(ctx, dsn, o)
	if err != nil {
		return err
	}
	if err := errors.Join(l.TryWrite(ctx), l.Close()); err != nil || store.IsPostgres(dsn) {
		return err
	}
	try, err := os.CreateTemp(filepath.Dir(dsn), filepath.Base(dsn)+".check-*")
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return errors.Join(try.Close(), os.Remove(try.Name()))
}
