package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

// Options are what a ledger needs besides its address.
type Options struct {
	MchID   string                              // the calling merchant, first part of every out_request_no
	Zone    *time.Location                      // whose calendar days, weeks and months limits follow
	Now     func() time.Time                    // nil: time.Now
	Log     *slog.Logger                        // nil: silent
	Observe func(op string, took time.Duration) // nil: nobody measures
	Moved   func(to GrantState, coupons int)    // told after each commit of coupons that came to a state; nil: nobody counts
	Stale   time.Duration                       // how long a ledger with unfinished coupons may show no sign of life before it is taken for a copy; 0: for ever
}

// Ledger is an open ledger. Its methods may be called from many goroutines.
type Ledger struct {
	dialect *dialect
	write   *sql.DB
	read    *sql.DB
	lock    *flock.Flock
	file    string // of an SQLite ledger that is at home: the mark beside it is kept
	beside  bool   // another process may be working on it
	options Options
	signal  signal
	turn    chan struct{} // held by the one writing transaction of this process
	closed  atomic.Bool

	preparing struct {
		sync.Mutex
		*bulk
	}
}

// Init creates the ledger at dsn, a file name or a postgres:// address. ErrExists when there is one, ErrNotLedger when
// there is something else. One that was begun and not finished is finished.
func Init(ctx context.Context, dsn string) (err error) {
	if !IsPostgres(dsn) {
		if err := sqliteFile(dsn); err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
		lock, err := lockFile(dsn)
		if err != nil {
			return err
		}
		defer lock.Close()
	}
	d, write, read, err := pools(dsn, forInit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBoth(write, read)) }()
	l := &Ledger{dialect: d, write: write, read: read, options: Options{}.filled(), turn: make(chan struct{}, 1)}
	switch has, err := contents(ctx, d, write); {
	case err != nil:
		return err
	case has == aLedger:
		if begun, err := l.begun(ctx); err != nil || !begun {
			return cmp.Or(err, ErrExists)
		}
	case has == somethingElse:
		return fmt.Errorf("%w: it is some other database", ErrNotLedger)
	}
	if err := migrate(ctx, d, write); err != nil {
		return err
	}
	return l.settle(ctx, dsn)
}

// What a database holds.
type holding int

const (
	nothing holding = iota // or an Init that was not finished
	aLedger
	somethingElse // tables of another program
)

// contents looks at the tables that are there.
func contents(ctx context.Context, d *dialect, db *sql.DB) (holding, error) {
	rows, err := db.QueryContext(ctx, d.tables)
	if err != nil {
		return nothing, fmt.Errorf("look for the ledger: %w", d.fault(err))
	}
	tables, err := collect(rows, func(name *string) []any { return []any{name} })
	if err != nil {
		return nothing, fmt.Errorf("look for the ledger: %w", d.fault(err))
	}
	ours := func(name string) bool { return slices.Contains(tables, name) }
	switch {
	case ours("sends") && ours("grants") && ours("audit") && ours(versionTable):
		return aLedger, nil
	case len(tables) == 0 || len(tables) == 1 && ours(versionTable):
		return nothing, nil
	}
	return somethingElse, nil
}

// versionTable is goose's, which names the migrations that were applied.
const versionTable = "goose_db_version"

// A use is what a ledger is opened for.
type use int

const (
	toWork    use = iota // the bot
	toRead               // beside the bot, and nothing is written
	toWitness            // beside the bot, and only audit events are written
	toImport             // beside the bot, and only audiences and audit events are written
	toAdopt              // in place of the bot, also when it is a copy
)

// Open opens an existing ledger for work, upgrading it where it is older. It never creates one (ErrMissing), and never
// opens a copy (ErrCopy).
func Open(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	return open(ctx, dsn, o, toWork)
}

// OpenReader opens an existing ledger for reading beside the process that works on it: no lock, no upgrade, no writes.
func OpenReader(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	return open(ctx, dsn, o, toRead)
}

// OpenWitness opens an existing ledger for reading beside the process that works on it, and for Audit, which may be
// called and nothing else that writes. The file lock of an SQLite ledger keeps a second process from doing the work
// twice: claims, calls, cards. An event claims nothing; for the one row SQLite's own locks are enough, which make either
// process wait its turn for some milliseconds (busy_timeout), and the sealer takes events from wherever they come.
func OpenWitness(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	return open(ctx, dsn, o, toWitness)
}

// OpenImport opens an existing ledger for reading beside the process that works on it, and for NewVersion, AddMembers,
// FinishVersion, FailVersion and Audit, which may be called and nothing else that writes. As with OpenWitness, the file
// lock is about work that must not be done twice, and an import is none: its rows are its own, under a version that no
// other process writes, and the unique number of a ready version decides between two imports of one audience. What the
// two processes share is SQLite's one writer, so an import's transactions are shorter than a person notices, with pauses
// between them in which the other process gets its turn (bulk.go).
func OpenImport(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	return open(ctx, dsn, o, toImport)
}

// OpenCopy opens a ledger for Adopt, whether it is a copy or not, and upgrades it where it is older.
func OpenCopy(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	return open(ctx, dsn, o, toAdopt)
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func open(ctx context.Context, dsn string, o Options, u use) (l *Ledger, err error) {
	alone := u == toWork || u == toAdopt
	l = &Ledger{options: o.filled(), turn: make(chan struct{}, 1), beside: !alone}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
			l = nil
		}
	}()
	if !IsPostgres(dsn) {
		if err := sqliteFile(dsn); err != nil {
			return l, err
		}
		if alone {
			if l.lock, err = lockFile(dsn); err != nil {
				return l, err
			}
		}
	}
	a := forWork
	if u == toRead {
		a = forReading
	}
	if l.dialect, l.write, l.read, err = pools(dsn, a); err != nil {
		return l, err
	}
	switch has, err := contents(ctx, l.dialect, l.read); {
	case err != nil:
		return l, err
	case has == nothing:
		return l, ErrMissing
	case has == somethingElse:
		return l, fmt.Errorf("%w: it is some other database", ErrNotLedger)
	}
	if !alone {
		return l, l.sameVersion(ctx)
	}
	if err := migrate(ctx, l.dialect, l.write); err != nil || u == toAdopt {
		return l, err
	}
	if err := l.AtHome(ctx, dsn); err != nil {
		return l, err
	}
	if !IsPostgres(dsn) {
		l.file = dsn
	}
	return l, l.tx(ctx, "open", func(t *tx) error { return t.setMeta("opened_at", l.now().Format(time.RFC3339)) })
}

func (l *Ledger) now() time.Time { return l.options.Now().UTC() }

// Close gives the database and its lock back; a second time it does nothing.
func (l *Ledger) Close() error {
	if l.closed.Swap(true) {
		return nil
	}
	var err error
	if l.file != "" { // what the last second brought; a database that does not answer any more has brought nothing
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err = l.mark(ctx)
	}
	err = errors.Join(err, closeBoth(l.write, l.read))
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	return err
}

func closeBoth(write, read *sql.DB) error {
	var err error
	if read != nil && read != write {
		err = read.Close()
	}
	if write != nil { // last, because the last of a file's connections brings the file up to date
		err = errors.Join(err, write.Close())
	}
	return err
}

// Ping asks the database for an answer.
func (l *Ledger) Ping(ctx context.Context) error {
	var one int
	if err := l.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("ask the ledger: %w", l.dialect.fault(err))
	}
	return nil
}
