package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// A ledger knows its home, so that a copy of it (restored, snapshotted, moved to another disk) is told from it: a copy
// does not know what was issued after it was taken, and what it believes to be waiting may have been sent.
//
// On SQLite the ledger's row "home" names a random token and the file it is in, by the inode and the moment of its
// birth, neither of which a copy can take along, however it was made. Beside the file lies FILE.live with the same token
// and the newest audit event that the ledger is known to hold, at most a second old. So a file copied elsewhere is told
// by its birth (or by the mark that is missing there), and an older state put back into the same file by the audit that
// is shorter than it was. Restarts, reboots, renames and upgrades change none of this.
//
// On PostgreSQL the row names the cluster, the database and the table: a dump restored anywhere, also into the same
// database, makes a new table.
//
// A whole machine or cluster put back to a snapshot takes all of this along. What is left then is time: a ledger that
// shows no sign of life from the last day and has unfinished coupons is taken for a copy too (Options.Stale). Within that
// day asking again with the same number is safe, because WeChat Pay remembers it; later it is not.

const (
	metaHome  = "home"
	metaAlive = "alive_at"
)

// settle makes the place where the ledger is its home.
func (l *Ledger) settle(ctx context.Context, dsn string) error {
	token := rand.Text()
	if !IsPostgres(dsn) {
		if err := writeMark(dsn, mark{token, 0}); err != nil {
			return err
		}
	}
	err := l.tx(ctx, "settle", func(t *tx) error {
		place, err := t.place(t.ctx, t.sql.QueryRowContext, dsn)
		if err != nil {
			return err
		}
		if err := t.setMeta(metaAlive, t.at.Format(time.RFC3339)); err != nil {
			return err
		}
		return t.setMeta(metaHome, token+" "+place)
	})
	if err != nil {
		return err
	}
	return l.mark(ctx)
}

// begun tells whether Init was cut off before the ledger had a home: then nothing ever happened in it. What is in a
// copy that has lost its home did happen.
func (l *Ledger) begun(ctx context.Context) (yes bool, err error) {
	err = l.queryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM meta WHERE key = ?) AND NOT EXISTS (SELECT 1 FROM audit)`, metaHome).Scan(&yes)
	return yes, l.fault("home of the ledger", err)
}

// place names where the ledger is, in a way that no copy shares.
func (l *Ledger) place(ctx context.Context, row func(context.Context, string, ...any) *sql.Row, dsn string) (place string, err error) {
	if !IsPostgres(dsn) {
		return fileID(dsn)
	}
	err = row(ctx, `SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
		|| '/' || 'audit'::regclass::oid`).Scan(&place)
	return place, err
}

// AtHome tells whether the ledger is where it belongs: nil, or ErrCopy with how that is known.
func (l *Ledger) AtHome(ctx context.Context, dsn string) error {
	home, err := l.metaNow(ctx, metaHome)
	if err != nil {
		return err
	}
	token, place, _ := strings.Cut(home, " ")
	if token == "" {
		return fmt.Errorf("%w: it was marked as a copy when it was made", ErrCopy)
	}
	here, err := l.place(ctx, l.read.QueryRowContext, dsn)
	if err != nil {
		return l.fault("home of the ledger", err)
	}
	if here != place {
		return fmt.Errorf("%w: it was copied to this place", ErrCopy)
	}
	if err := l.marked(ctx, dsn, token); err != nil {
		return err
	}
	return l.notStale(ctx)
}

// marked compares an SQLite ledger with the mark beside it.
func (l *Ledger) marked(ctx context.Context, dsn, token string) error {
	if IsPostgres(dsn) {
		return nil
	}
	m, err := readMark(dsn)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the file %s, which belongs beside it, is not there", ErrCopy, markName(dsn))
	case err != nil:
		return err
	case m.token != token:
		return fmt.Errorf("%w: %s belongs to another one", ErrCopy, markName(dsn))
	}
	last, err := l.lastEvent(ctx)
	if err != nil {
		return err
	}
	if last < m.event {
		return fmt.Errorf("%w: an older state was put back; the audit reached event %d and ends at %d", ErrCopy, m.event, last)
	}
	return nil
}

func (l *Ledger) lastEvent(ctx context.Context) (id int64, err error) {
	err = l.queryRow(ctx, `SELECT coalesce(max(id), 0) FROM audit`).Scan(&id)
	return id, l.fault("newest audit event", err)
}

// notStale refuses a ledger that has not lived for too long and has work that it might do a second time.
func (l *Ledger) notStale(ctx context.Context) error {
	if l.options.Stale <= 0 {
		return nil
	}
	var newest int64
	if err := l.queryRow(ctx, `SELECT coalesce((SELECT at FROM audit ORDER BY id DESC LIMIT 1), 0)`).Scan(&newest); err != nil {
		return l.fault("last sign of life", err)
	}
	alive, err := l.metaNow(ctx, metaAlive)
	if err != nil {
		return err
	}
	last := at(newest)
	if beat, err := time.Parse(time.RFC3339, alive); err == nil && beat.After(last) {
		last = beat
	}
	var open bool
	err = l.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM sends WHERE waiting + issuing > 0 AND state IN ('awaiting', 'approved', 'issuing', 'paused'))`).Scan(&open)
	if err != nil {
		return l.fault("unfinished coupons", err)
	}
	if open && l.now().Sub(last) > l.options.Stale {
		return fmt.Errorf("%w, or was out of use for long: its last sign of life is of %s, and it has unfinished coupons", ErrCopy, last.Format(time.RFC3339))
	}
	return nil
}

func (l *Ledger) metaNow(ctx context.Context, key string) (value string, err error) {
	err = l.queryRow(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, l.fault(key, err)
}

// Beat is a sign of life, for the ledger to know later how old it is. The process that leads gives one a minute.
func (l *Ledger) Beat(ctx context.Context) error {
	return l.tx(ctx, "beat", func(t *tx) error { return t.setMeta(metaAlive, t.at.Format(time.RFC3339)) })
}

// TryWrite writes something and takes it back before anybody sees it: nil when the ledger can be written.
func (l *Ledger) TryWrite(ctx context.Context) error {
	back := errors.New("taken back")
	err := l.tx(ctx, "try to write", func(t *tx) error {
		if _, err := t.exec(`UPDATE meta SET value = value WHERE key = ?`, metaHome); err != nil {
			return err
		}
		return back
	})
	if errors.Is(err, back) {
		return nil
	}
	return err
}

// mark writes down beside an SQLite ledger how far its audit has come.
func (l *Ledger) mark(ctx context.Context) error {
	if l.file == "" {
		return nil
	}
	last, err := l.lastEvent(ctx)
	if err != nil {
		return err
	}
	m, err := readMark(l.file)
	if err != nil {
		return err
	}
	if m.event >= last {
		return nil
	}
	return writeMark(l.file, mark{m.token, last})
}

// A mark is what lies beside an SQLite ledger.
type mark struct {
	token string
	event int64
}

func markName(path string) string { return path + ".live" }

func readMark(path string) (m mark, err error) {
	text, err := os.ReadFile(markName(path))
	if err != nil {
		return m, fmt.Errorf("mark of the ledger: %w", err)
	}
	token, event, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	m.token = token
	m.event, _ = strconv.ParseInt(event, 10, 64) // what cannot be read has no token that fits
	return m, nil
}

// writeMark replaces the mark as a whole, and it is on the disk before it is in its place: a half one would look like
// a copy's.
func writeMark(path string, m mark) (err error) {
	next := markName(path) + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("%w: mark: %w", ErrReadOnly, err)
	}
	_, err = fmt.Fprintf(f, "%s %d\n", m.token, m.event)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("mark of the ledger: %w", err)
	}
	if err := os.Rename(next, markName(path)); err != nil {
		return fmt.Errorf("mark of the ledger: %w", err)
	}
	return nil
}
