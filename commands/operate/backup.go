package operate

import (
	"context"
	"errors"
	"fmt"
	"io"

	"couponbot/store"
)

// Backup writes a copy of an SQLite ledger into a new file, while the bot may be working.
func Backup(ctx context.Context, dsn, to string, o store.Options, out io.Writer) (err error) {
	if store.IsPostgres(dsn) {
		return fmt.Errorf("%w: the ledger is on PostgreSQL: use pg_dump, or the backups of its host", ErrUsage)
	}
	if err := store.Backup(ctx, dsn, to); errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("%w; nothing was written: a backup replaces no file", err)
	} else if err != nil {
		return Explain(err, dsn)
	}
	l, err := store.OpenWitness(ctx, dsn, o)
	if err != nil {
		return Explain(err, dsn)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Audit(ctx, store.Event{Actor: Who(), Action: "backup", Detail: map[string]any{"file": to}}); err != nil {
		return Explain(err, dsn)
	}
	fmt.Fprintf(out, "Wrote %s. It is marked as a copy: nothing is sent from it before couponbot adopt.\n", to)
	return nil
}
