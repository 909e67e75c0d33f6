package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations
var migrations embed.FS

// A dialect is every difference between the two databases. Queries are written with ? and plain SQL that both
// understand; what they do not share is a field here.
type dialect struct {
	name     string
	goose    goose.Dialect
	folder   string
	bind     func(query string) string                 // ? → what the driver wants
	iso      sql.IsolationLevel                        // of writing transactions
	snapshot sql.IsolationLevel                        // of reading transactions that see one moment
	again    func(error) bool                          // a conflict with another transaction: repeat it
	fault    func(error) error                         // the driver's error as one of ours, or itself
	tables   string                                    // lists the tables that are there
	jump     func(t *tx, table string, id int64) error // the next id of a table is beyond id
	plain    string                                    // behind a member's openid: compared as other columns are, whose indexes are in another order
	members  func(t *tx, version int64, some []Member) error
}

func sqliteDialect() *dialect {
	return &dialect{
		name: "sqlite", goose: goose.DialectSQLite3, folder: "migrations/sqlite",
		bind: func(q string) string { return q },
		again: func(err error) bool {
			var e *sqlite.Error
			return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
		},
		fault:  sqliteFault,
		tables: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
		jump: func(t *tx, table string, id int64) error {
			n, err := t.exec(`UPDATE sqlite_sequence SET seq = ? WHERE name = ?`, id, table)
			if err != nil || n == 1 {
				return err
			}
			_, err = t.exec(`INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`, table, id)
			return err
		},
		members: sqliteMembers,
	}
}

// sqliteMembers writes a hundred rows with each statement: more are no faster.
func sqliteMembers(t *tx, version int64, some []Member) error {
	args := make([]any, 0, 3*rowsAtOnce)
	for len(some) > 0 {
		now := some[:min(rowsAtOnce, len(some))]
		some = some[len(now):]
		args = args[:0]
		for _, m := range now {
			args = append(args, version, m.OpenID, m.Note)
		}
		if _, err := t.exec(`INSERT INTO audience_members (version_id, openid, note) VALUES `+list("(?, ?, ?)", len(now)), args...); err != nil {
			return err
		}
	}
	return nil
}

// postgresMembers sends all rows in two arrays.
func postgresMembers(t *tx, version int64, some []Member) error {
	openids, notes := make([]string, len(some)), make([]string, len(some))
	for i, m := range some {
		openids[i], notes[i] = m.OpenID, m.Note
	}
	_, err := t.exec(`INSERT INTO audience_members (version_id, openid, note)
		SELECT CAST(? AS BIGINT), m.openid, m.note FROM unnest(CAST(? AS TEXT[]), CAST(? AS TEXT[])) AS m (openid, note)`, version, openids, notes)
	return err
}

func sqliteFault(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrNotLedger, err)
	}
	return err
}

func postgresDialect() *dialect {
	return &dialect{
		name: "postgres", goose: goose.DialectPostgres, folder: "migrations/postgres",
		bind: numbered, iso: sql.LevelSerializable, snapshot: sql.LevelRepeatableRead,
		again: func(err error) bool {
			var e *pgconn.PgError
			// A unique key that another transaction took between our look and our write is a conflict like any other.
			return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01" || e.Code == "23505")
		},
		fault:  postgresFault,
		tables: `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`,
		jump: func(t *tx, table string, id int64) error {
			_, err := t.exec(`SELECT setval(pg_get_serial_sequence(?, 'id'), CAST(? AS BIGINT))`, table, id)
			return err
		},
		plain:   ` COLLATE "default"`,
		members: postgresMembers,
	}
}

func postgresFault(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "53100":
		return fmt.Errorf("%w: %w", ErrFull, err)
	case "25006", "42501":
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case "XX001", "XX002":
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// numbered turns ? into $1, $2 … outside quotes.
func numbered(query string) string {
	var b strings.Builder
	n, quoted := 0, false
	for _, r := range query {
		switch {
		case r == '\'':
			quoted = !quoted
			b.WriteRune(r)
		case r == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// IsPostgres tells a PostgreSQL address from a file name.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// An access is what a database is opened for.
type access int

const (
	forReading access = iota // never writes and takes no lock
	forWork                  // writes, but creates no file
	forInit                  // may create the file
	forCopying               // SQLite's own VACUUM INTO, and the mark in what it wrote
)

// pools opens the database: one for writing, one for reading.
func pools(dsn string, a access) (d *dialect, writer, reader *sql.DB, err error) {
	if IsPostgres(dsn) {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("address of PostgreSQL: %w", err)
		}
		db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(postgresSession))
		db.SetMaxOpenConns(24)
		db.SetMaxIdleConns(12)
		return postgresDialect(), db, db, nil
	}
	if writer, err = openSQLite(sqliteAddress(dsn, a), true); err != nil {
		return nil, nil, nil, err
	}
	if reader, err = openSQLite(sqliteAddress(dsn, forReading), false); err != nil {
		return nil, nil, nil, errors.Join(err, writer.Close())
	}
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(8)
	reader.SetMaxIdleConns(8)
	return sqliteDialect(), writer, reader, nil
}

// postgresSession sees to it that a replica which vanished without a word (its machine is gone) keeps neither rows nor
// the lead for longer than half a minute.
func postgresSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET idle_in_transaction_session_timeout = '30s'; SET tcp_keepalives_idle = 10;
		SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`, pgx.QueryExecModeSimpleProtocol)
	return err
}

func sqliteAddress(path string, a access) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "synchronous(FULL)", "temp_store(MEMORY)"}, "mode": {"rw"}}
	switch a {
	case forReading:
		q["_pragma"] = append(q["_pragma"], "query_only(1)", "cache_size(-2000)")
	case forInit:
		q.Set("mode", "rwc")
		fallthrough
	case forWork:
		q.Set("_txlock", "immediate")
		q["_pragma"] = append(q["_pragma"], "journal_mode(WAL)", "cache_size(-16000)")
	}
	return (&url.URL{Scheme: "file", Opaque: escapePath(path), RawQuery: q.Encode()}).String()
}

// escapePath keeps ? and # in file names from ending the name.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
}

// sqliteFile looks at the file before SQLite would create one.
func sqliteFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ErrMissing
	case err != nil:
		return fmt.Errorf("look at the ledger: %w", err)
	case info.IsDir():
		return fmt.Errorf("%w: it is a folder", ErrNotLedger)
	case info.Size() == 0:
		return fmt.Errorf("%w: the file is empty", ErrMissing)
	}
	return nil
}

// lockFile makes this process the only one on an SQLite ledger until the lock is closed or the process ends.
func lockFile(path string) (*flock.Flock, error) {
	lock := flock.New(path + ".lock")
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: lock file: %w", ErrReadOnly, err)
	}
	if !ok {
		return nil, ErrInUse
	}
	return lock, nil
}

// The PostgreSQL session locks, one of each per schema: the leading process holds the one, an upgrade the other.
const (
	advisoryLead    = `SELECT pg_try_advisory_lock(hashtext('couponbot'), hashtext(current_schema()))`
	advisoryUpgrade = `SELECT pg_advisory_lock(hashtext('couponbot upgrade'), hashtext(current_schema()))`
)

// lockUpgrade lets one process at a time upgrade a PostgreSQL ledger; SQLite's file lock has done so already.
func lockUpgrade(ctx context.Context, d *dialect, db *sql.DB) (unlock func() error, err error) {
	if d.name != "postgres" {
		return func() error { return nil }, nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock the upgrade: %w", d.fault(err))
	}
	if _, err := conn.ExecContext(ctx, advisoryUpgrade); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the upgrade: %w", d.fault(err)), endSession(conn))
	}
	return func() error { return endSession(conn) }, nil
}

// endSession gives a connection's advisory locks back, with the session itself where it does not answer: a connection
// that goes back to the pool would keep them.
func endSession(conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock_all()`); err != nil {
		conn.Raw(func(any) error { return driver.ErrBadConn }) // drops the session
		return nil
	}
	return conn.Close()
}

// tryAdvisory takes the leader's lock on its own connection; the lock lives as long as that session.
func tryAdvisory(ctx context.Context, conn *sql.Conn) (bool, error) {
	var got bool
	err := conn.QueryRowContext(ctx, advisoryLead).Scan(&got)
	return got, err
}
