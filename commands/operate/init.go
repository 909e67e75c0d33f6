// Package operate is what the operator asks for: a new ledger, whether everything is in order, exports and backups, and
// how the bot is doing.
//
// It works on the ledger and on probes that other packages offer and main hands over; it knows neither Slack nor
// WeChat Pay. Its errors are sentences for a terminal: what is wrong, and what to do.
package operate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"couponbot/store"
)

// ErrUsage marks a command that was called wrongly: exit code 2.
var ErrUsage = errors.New("usage")

// Init creates the ledger at dsn. Unless yes, it asks on a terminal, and refuses where there is none.
func Init(ctx context.Context, dsn string, yes, terminal bool, in io.Reader, out io.Writer) error {
	place := Place(dsn)
	if !yes {
		if !terminal {
			return fmt.Errorf("%w: nobody is there to ask; say couponbot init --yes to create a new, empty ledger at %s", ErrUsage, place)
		}
		fmt.Fprintf(out, "Create a new, empty ledger at %s? [y/N] ", place)
		answer, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the answer: %w", err)
		}
		if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
			fmt.Fprintln(out, "Nothing was created.")
			return nil
		}
	}
	if err := store.Init(ctx, dsn); err != nil {
		return Explain(err, dsn)
	}
	fmt.Fprintf(out, "Created an empty ledger at %s.\n", place)
	return nil
}

// Explain is what an operator needs to hear when a ledger cannot be created or opened.
func Explain(err error, dsn string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, store.ErrCopy) { // with how that is known
		return fmt.Errorf("the ledger %s: %w. Nothing is sent from it: if it is to be the live one from now on, run: couponbot adopt", Place(dsn), err)
	}
	cures := []struct {
		is   error
		cure string
	}{
		{store.ErrOlder, "nothing was changed: start the bot once, which upgrades it"},
		{store.ErrMissing, "if this is the first start, run: couponbot init. If it is not, the disk may not be mounted: nothing was created"},
		{store.ErrExists, "nothing was changed"},
		{store.ErrInUse, "an SQLite ledger belongs to one process: stop the other one, or use PostgreSQL"},
		{store.ErrNewer, "nothing was changed: start the newer version of couponbot"},
		{store.ErrNotLedger, "nothing was changed: is ledger: in the configuration right?"},
		{store.ErrReadOnly, "give the user that runs couponbot the right to write the file and its folder"},
		{store.ErrFull, "make room, then start again: nothing that was accepted is lost"},
		{store.ErrCorrupt, "nothing was sent: restore the newest backup into a new file"},
	}
	for _, c := range cures {
		if errors.Is(err, c.is) {
			return fmt.Errorf("the ledger %s: %w; %s", Place(dsn), c.is, c.cure)
		}
	}
	return fmt.Errorf("the ledger %s: %w", Place(dsn), err)
}

// Place names a ledger without its password.
func Place(dsn string) string {
	if !store.IsPostgres(dsn) {
		return dsn
	}
	_, rest, _ := strings.Cut(dsn, "://")
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return "postgres://" + rest
}
