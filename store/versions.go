package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

func provider(d *dialect, db *sql.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, d.folder)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(d.goose, db, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}

// migrate brings the schema up to this program's version; run twice, also at once, it does nothing the second time.
func migrate(ctx context.Context, d *dialect, db *sql.DB) (err error) {
	unlock, err := lockUpgrade(ctx, d, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	p, err := provider(d, db)
	if err != nil {
		return err
	}
	have, want, err := versions(ctx, d, db, p)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("%w: it has version %d, this program knows %d", ErrNewer, have, want)
	case have == want:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("upgrade the ledger: %w", d.fault(err))
	}
	return nil
}

func versions(ctx context.Context, d *dialect, db *sql.DB, p *goose.Provider) (have, want int64, err error) {
	for _, s := range p.ListSources() {
		want = max(want, s.Version)
	}
	if has, err := contents(ctx, d, db); err != nil || has != aLedger {
		return 0, want, err
	}
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+versionTable).Scan(&have); err != nil {
		return 0, 0, fmt.Errorf("version of the ledger: %w", d.fault(err))
	}
	return have, want, nil
}

func (l *Ledger) sameVersion(ctx context.Context) error {
	p, err := provider(l.dialect, l.read)
	if err != nil {
		return err
	}
	have, want, err := versions(ctx, l.dialect, l.read, p)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("%w: it has version %d, this program knows %d", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("%w: start the bot once to upgrade it", ErrOlder)
	}
	return nil
}
