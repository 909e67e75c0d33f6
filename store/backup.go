package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrTaken says that a backup would have replaced a file.
var ErrTaken = errors.New("there is a file of that name already")

// Backup writes an SQLite ledger, as it is at one moment, into a new file, while the bot works on. The new file is whole
// or not there, on the disk when Backup returns, and marked as a copy: nothing is sent from it before it is adopted.
func Backup(ctx context.Context, from, to string) (err error) {
	l, err := OpenReader(ctx, from, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	taken, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: %s", ErrTaken, to)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	part := to + ".part"
	defer func() {
		os.Remove(part)
		if err != nil {
			os.Remove(to)
		}
	}()
	if err := errors.Join(taken.Close(), os.RemoveAll(part)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := copyInto(ctx, from, part); err != nil {
		return fmt.Errorf("backup: %w", l.dialect.fault(err))
	}
	if err := os.Rename(part, to); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncFile(filepath.Dir(to))
}

// copyInto has SQLite write a whole new file, and marks it as a copy.
func copyInto(ctx context.Context, from, to string) error {
	db, err := openSQLite(sqliteAddress(from, forCopying), false)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Chmod(to, 0o600); err != nil {
		return err
	}
	copied, err := openSQLite(sqliteAddress(to, forCopying), false)
	if err != nil {
		return err
	}
	_, err = copied.ExecContext(ctx, `DELETE FROM meta WHERE key = ?`, metaHome)
	if err == nil {
		err = whole(ctx, copied)
	}
	return errors.Join(err, copied.Close(), syncFile(to))
}

// whole has SQLite look through a file once.
func whole(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, verdict)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
