package operate

import (
	"context"
	"errors"
	"fmt"
	"io"

	"couponbot/store"
)

// Adopt makes a restored copy the live ledger, after saying what that means. Unless yes, it asks on a terminal, and
// refuses where there is none.
func Adopt(ctx context.Context, dsn string, o store.Options, yes, terminal bool, in io.Reader, out io.Writer) (err error) {
	l, err := store.OpenCopy(ctx, dsn, o)
	if err != nil {
		return Explain(err, dsn)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	switch home := l.AtHome(ctx, dsn); {
	case home == nil:
		fmt.Fprintf(out, "%s looks like the live ledger itself, not like a copy. Adopt it only if it, or its whole machine, was put back to an earlier state.\n", Place(dsn))
	case errors.Is(home, store.ErrCopy):
		fmt.Fprintf(out, "%s: %v.\n", Place(dsn), home)
	default:
		return Explain(home, dsn)
	}
	u, err := l.Unfinished(ctx)
	if err != nil {
		return Explain(err, dsn)
	}
	fmt.Fprintf(out, `To adopt it means:
  - No other couponbot may work on the ledger it was copied from, now or later.
  - What was sent after the copy was made is not in it: limits and reports do not count that.
  - Coupons that it does not know to have ended become unknown: %d, of which it takes %d for never called, though the
    other ledger may have called them. The bot asks WeChat Pay again with the same number where that is safe, looks
    among the customer's coupons where it is not, and leaves the rest to a person.
  - Sends that wait for approval expire: %d. Confirm cards that can no longer be pressed: %d.
`, u.Coupons, u.Waiting, u.Sends, u.Drafts)
	if !yes {
		ok, err := asked("Adopt it?", "couponbot adopt --yes", terminal, in, out)
		if err != nil || !ok {
			return err
		}
	}
	_, err = l.Adopt(ctx, dsn, Who())
	if errors.Is(err, store.ErrInUse) { // on PostgreSQL; SQLite's file lock has said so already
		return fmt.Errorf("the ledger %s: a couponbot works on it: stop it first; nothing was changed", Place(dsn))
	}
	if err != nil {
		return Explain(err, dsn)
	}
	fmt.Fprintf(out, "Adopted: %s is the live ledger now.\n", Place(dsn))
	return nil
}
