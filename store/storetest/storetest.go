// Package storetest gives tests a ledger: a real one, in a temporary place, on each database.
//
// [New] is what most packages need: an SQLite ledger that is gone when the test ends. [Each] runs a test on SQLite
// always, and on PostgreSQL when COUPONBOT_TEST_POSTGRES holds a postgres:// address; there every test has a schema of
// its own, dropped at its end. [Clock] is time that a test sets. [Fill] makes a ledger large without going through the
// front door, and [Check] holds a ledger against what must be true of it at every moment.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"couponbot/store"
)

// Postgres is the environment variable that holds the address of a PostgreSQL for tests.
const Postgres = "COUPONBOT_TEST_POSTGRES"

// MchID is the calling merchant of test ledgers whose options name none.
const MchID = "1900000001"

// A Database is one of the two kinds of database that a ledger lives in.
type Database struct {
	Name  string // "sqlite" or "postgres"
	place func(tb testing.TB) string
}

// SQLite keeps each ledger in a temporary file.
func SQLite() Database {
	return Database{Name: "sqlite", place: func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "couponbot.db") }}
}

// Each runs a test on each database. On PostgreSQL it is skipped where no address is given.
func Each(t *testing.T, test func(t *testing.T, db Database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite()) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
}

// EachB is Each for benchmarks.
func EachB(b *testing.B, bench func(b *testing.B, db Database)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { bench(b, SQLite()) })
	b.Run("postgres", func(b *testing.B) { bench(b, postgres(b)) })
}

func postgres(tb testing.TB) Database {
	tb.Helper()
	address := os.Getenv(Postgres)
	if address == "" {
		tb.Skip(Postgres + " gives no PostgreSQL to test on")
	}
	return Database{Name: "postgres", place: func(tb testing.TB) string { return schema(tb, address) }}
}

// schema makes an empty schema and returns the address that works in it.
func schema(tb testing.TB, address string) string {
	tb.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		tb.Fatalf("%s: %v", Postgres, err)
	}
	name := "t" + strings.ToLower(rand.Text())
	if _, err := db.Exec(`CREATE SCHEMA ` + name); err != nil {
		tb.Fatalf("%s: %v", Postgres, err)
	}
	tb.Cleanup(func() {
		if _, err := db.Exec(`DROP SCHEMA ` + name + ` CASCADE`); err != nil {
			tb.Errorf("drop the test's schema: %v", err)
		}
		db.Close()
	})
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatalf("%s: %v", Postgres, err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Place is the address of a place with no ledger in it yet.
func (db Database) Place(tb testing.TB) string {
	tb.Helper()
	return db.place(tb)
}

// Init makes a new ledger and returns its address. On SQLite it goes on from one whose Init was cut off after the schema was
// made, because making that is most of what many tests do.
func (db Database) Init(tb testing.TB) string {
	tb.Helper()
	dsn := db.place(tb)
	if !store.IsPostgres(dsn) {
		begun, err := begunFile()
		if err == nil {
			err = os.WriteFile(dsn, begun, 0o600)
		}
		if err != nil {
			tb.Fatalf("make a ledger: %v", err)
		}
	}
	if err := store.Init(context.Background(), dsn); err != nil {
		tb.Fatalf("make a ledger: %v", err)
	}
	return dsn
}

// begunFile is an SQLite ledger whose Init was cut off, as a file.
var begunFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dsn := filepath.Join(dir, "couponbot.db")
	if err := store.Init(context.Background(), dsn); err != nil {
		return nil, err
	}
	if err := CutOff(dsn); err != nil {
		return nil, err
	}
	return os.ReadFile(dsn)
})

// CutOff takes a new ledger back to where its Init had made the schema and no more.
func CutOff(dsn string) (err error) {
	db, err := openRaw(dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Exec(`DELETE FROM meta WHERE key IN ('home', 'alive')`)
	return err
}

// New makes a new ledger and opens it until the test ends.
func (db Database) New(tb testing.TB, o store.Options) *store.Ledger {
	tb.Helper()
	return Open(tb, db.Init(tb), o)
}

// New makes a new SQLite ledger and opens it until the test ends. What o leaves out is filled in as by Open.
func New(tb testing.TB, o store.Options) *store.Ledger {
	tb.Helper()
	return SQLite().New(tb, o)
}

// Open opens a ledger until the test ends; closing it earlier is fine. No merchant id means MchID, no zone Shanghai.
func Open(tb testing.TB, dsn string, o store.Options) *store.Ledger {
	tb.Helper()
	if o.MchID == "" {
		o.MchID = MchID
	}
	if o.Zone == nil {
		o.Zone = Shanghai
	}
	l, err := store.Open(context.Background(), dsn, o)
	if err != nil {
		tb.Fatalf("open the ledger: %v", err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// Shanghai is where test ledgers keep their calendar: UTC+8, without summer time since 1991.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Raw opens the database below a ledger until the test ends, to look at rows or to spoil them.
func Raw(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	db, err := openRaw(dsn)
	if err != nil {
		tb.Fatalf("open the database: %v", err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

func openRaw(dsn string) (*sql.DB, error) {
	if store.IsPostgres(dsn) {
		return sql.Open("pgx", dsn)
	}
	return sql.Open("sqlite", "file:"+dsn+"?_pragma=busy_timeout(5000)")
}
