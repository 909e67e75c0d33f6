package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestInitMakesALedgerOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Place(t)
		if _, err := store.Open(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrMissing) {
			t.Fatalf("open before init: %v, want ErrMissing", err)
		}
		if err := store.Init(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		if err := store.Init(t.Context(), dsn); !errors.Is(err, store.ErrExists) {
			t.Fatalf("second init: %v, want ErrExists", err)
		}
		l := storetest.Open(t, dsn, store.Options{})
		if err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOpenCreatesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	for _, open := range []func(context.Context, string, store.Options) (*store.Ledger, error){store.Open, store.OpenReader} {
		if _, err := open(t.Context(), path, store.Options{}); !errors.Is(err, store.ErrMissing) {
			t.Fatalf("%v, want ErrMissing", err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("opening a missing ledger made a file")
	}
}

func TestFilesThatAreNoLedger(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := filepath.Join(dir, "other.db")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Raw(t, other).Exec(`CREATE TABLE grants (x); CREATE TABLE goose_db_version (version_id)`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		open, init error
	}{
		{"an empty file is a missing ledger, and init may fill it", file("empty.db", ""), store.ErrMissing, nil},
		{"a folder is none", dir, store.ErrNotLedger, store.ErrNotLedger},
		{"a text is none", file("text.db", strings.Repeat("not a database\n", 1000)), store.ErrNotLedger, store.ErrNotLedger},
		{"another program's database is none", other, store.ErrNotLedger, store.ErrNotLedger},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := store.Open(t.Context(), c.path, store.Options{}); !errors.Is(err, c.open) {
				t.Errorf("open: %v, want %v", err, c.open)
			}
			if err := store.Init(t.Context(), c.path); !errors.Is(err, c.init) {
				t.Errorf("init: %v, want %v", err, c.init)
			}
		})
	}
}

func TestInitLeavesAnotherProgramsSchemaAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Place(t)
		if !store.IsPostgres(dsn) {
			t.Skip("files are looked at above")
		}
		if _, err := storetest.Raw(t, dsn).Exec(`CREATE TABLE theirs (x int)`); err != nil {
			t.Fatal(err)
		}
		if err := store.Init(t.Context(), dsn); !errors.Is(err, store.ErrNotLedger) {
			t.Fatalf("init: %v, want ErrNotLedger", err)
		}
	})
}

func TestAnInitThatWasInterruptedIsFinished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Place(t)
		if !store.IsPostgres(dsn) {
			if err := os.WriteFile(dsn, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		raw := storetest.Raw(t, dsn)
		for _, q := range []string{`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL, tstamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`,
			`INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, TRUE)`} {
			if _, err := raw.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		if store.IsPostgres(dsn) { // goose fills in id by itself
			if _, err := raw.Exec(`CREATE SEQUENCE ids START 2; ALTER TABLE goose_db_version ALTER id SET DEFAULT nextval('ids')`); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Init(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		storetest.Open(t, dsn, store.Options{})
	})
}

func TestAnInitThatWasInterruptedAfterItsSchemaIsFinished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		if err := storetest.CutOff(dsn); err != nil {
			t.Fatal(err)
		}
		if err := store.Init(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		l := storetest.Open(t, dsn, store.Options{})
		if err := l.Audit(t.Context(), store.Event{Actor: "U0ADA", Action: "test"}); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := storetest.CutOff(dsn); err != nil { // as a copy is
			t.Fatal(err)
		}
		if err := store.Init(t.Context(), dsn); !errors.Is(err, store.ErrExists) {
			t.Errorf("a copy in which something happened was made a ledger of its own: %v", err)
		}
	})
}

func TestALedgerOfANewerVersionIsNotTouched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		if _, err := storetest.Raw(t, dsn).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrNewer) {
			t.Errorf("open: %v, want ErrNewer", err)
		}
		if _, err := store.OpenReader(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrNewer) {
			t.Errorf("open for reading: %v, want ErrNewer", err)
		}
	})
}

func TestADamagedLedgerSaysSo(t *testing.T) {
	dsn := storetest.SQLite().Init(t)
	storetest.Fill(t, dsn, storetest.Filling{Sends: 50, PerSend: 20})
	body, err := os.ReadFile(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(body); i++ {
		body[i] = 0x5a
	}
	if err := os.WriteFile(dsn, body, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := store.Open(t.Context(), dsn, store.Options{})
	if err == nil {
		defer l.Close()
		_, err = l.Grants(t.Context(), 1, 0, 10)
	}
	if !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("%v, want ErrCorrupt", err)
	}
}

func TestOneProcessAtATimeOnAFile(t *testing.T) {
	dsn := storetest.SQLite().Init(t)
	first := storetest.Open(t, dsn, store.Options{})
	if _, err := store.Open(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("open: %v, want ErrInUse", err)
	}
	reader, err := store.OpenReader(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatalf("a reader beside it: %v", err)
	}
	defer reader.Close()
	if err := reader.Audit(t.Context(), store.Event{Actor: "U0ANA", Action: "x"}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a reader's write: %v, want ErrReadOnly", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, dsn, store.Options{})
}

func TestALedgerThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	dsn := filepath.Join(dir, "couponbot.db")
	if err := store.Init(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // permissions mean nothing to root: what stands in the lock's place does
		if err := os.Remove(dsn + ".lock"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dsn+".lock", 0o700); err != nil {
			t.Fatal(err)
		}
	} else if err := errors.Join(os.Chmod(dsn, 0o400), os.Chmod(dsn+".lock", 0o400), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrReadOnly) {
		t.Fatalf("%v, want ErrReadOnly", err)
	}
}

func TestAPostgresThatCannotBeWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Init(t)
		if !store.IsPostgres(dsn) {
			t.Skip("files are looked at above")
		}
		if _, err := store.Open(t.Context(), dsn+"&default_transaction_read_only=on", store.Options{}); !errors.Is(err, store.ErrReadOnly) {
			t.Fatalf("%v, want ErrReadOnly", err)
		}
	})
}

// A child fills a disk of 2 MB that exists only in its own namespace.
func TestAFullDiskSaysSoAndLosesNothing(t *testing.T) {
	if dir := os.Getenv("COUPONBOT_TEST_FULL"); dir != "" {
		fillUp(t, filepath.Join(dir, "couponbot.db"))
		return
	}
	if err := exec.CommandContext(t.Context(), "unshare", "-rm", "mount", "-t", "tmpfs", "none", t.TempDir()).Run(); err != nil {
		t.Skip("this machine lends no small disk:", err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "unshare", "-rm", "sh", "-c",
		`mount -t tmpfs -o size=2m none "$1" && exec "$0" -test.run='^TestAFullDiskSaysSoAndLosesNothing$' -test.v`, os.Args[0], dir)
	cmd.Env = append(os.Environ(), "COUPONBOT_TEST_FULL="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func fillUp(t *testing.T, dsn string) {
	if err := store.Init(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	l := storetest.Open(t, dsn, store.Options{})
	for i := range 2000 {
		c := contents(openids(200)...)
		c.Ticket = strings.Repeat("x", i)
		_, _, err := l.OpenDraft(t.Context(), "", "U0ANA", "C0", c)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrFull) {
			t.Fatalf("after %d: %v, want ErrFull", i, err)
		}
		if _, err := l.Draft(t.Context(), int64(i)); err != nil {
			t.Fatalf("the last draft that was accepted is gone: %v", err)
		}
		if _, err := l.Draft(t.Context(), int64(i+1)); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("the draft that was not accepted: %v, want ErrNotFound", err)
		}
		return
	}
	t.Fatal("the disk never filled")
}

func TestUpgradesAtOnceDoNotMeet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn := db.Place(t)
		var wg sync.WaitGroup
		made := make(chan error, 4)
		for range 4 {
			wg.Go(func() { made <- store.Init(context.Background(), dsn) })
		}
		wg.Wait()
		close(made)
		var ok int
		for err := range made {
			switch {
			case err == nil:
				ok++
			case !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrInUse):
				t.Errorf("%v, want ErrExists or ErrInUse", err)
			}
		}
		if ok == 0 {
			t.Error("nobody made the ledger")
		}
		storetest.Open(t, dsn, store.Options{})
	})
}

func TestNothingIsWrittenForAContextThatEnded(t *testing.T) {
	each(t, func(d *desk) {
		ctx, cancel := context.WithCancel(d.Context())
		cancel()
		if _, _, err := d.OpenDraft(ctx, "k", "U0ANA", "C0", contents("oA")); !errors.Is(err, context.Canceled) {
			d.Fatalf("%v, want Canceled", err)
		}
		if _, err := d.Seen(d.Context(), "k"); !errors.Is(err, store.ErrNotFound) {
			d.Fatalf("the input was kept: %v", err)
		}
	})
}

func TestEveryChangeWakesWhoWaits(t *testing.T) {
	each(t, func(d *desk) {
		changed := d.Changed()
		select {
		case <-changed:
			d.Fatal("woken before any change")
		default:
		}
		d.draft(contents("oA"))
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			d.Fatal("nobody was woken")
		}
	})
}
