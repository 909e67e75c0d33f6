package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// copyTo copies a file as cp does: into a new file, or over what is in an old one.
func copyTo(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACopyOfALedgerIsTold(t *testing.T) {
	tests := []struct {
		sentence string
		copied   bool
		change   func(t *testing.T, d *desk) (path string)
	}{
		{"a restart changes nothing", false, func(_ *testing.T, d *desk) string { return d.dsn }},
		{"a rename with its mark changes nothing", false, func(t *testing.T, d *desk) string {
			for _, end := range []string{"", ".live"} {
				if err := os.Rename(d.dsn+end, d.dsn+".moved"+end); err != nil {
					t.Fatal(err)
				}
			}
			d.dsn += ".moved"
			return d.dsn
		}},
		{"cp to another name is a copy", true, func(t *testing.T, d *desk) string {
			copyTo(t, d.dsn, d.dsn+".2")
			return d.dsn + ".2"
		}},
		{"a whole folder copied with its mark is a copy", true, func(t *testing.T, d *desk) string {
			folder := t.TempDir()
			for _, end := range []string{"", ".live"} {
				copyTo(t, d.dsn+end, filepath.Join(folder, "c.db"+end))
			}
			return filepath.Join(folder, "c.db")
		}},
		{"an older state written over the file is a copy", true, func(t *testing.T, d *desk) string {
			copyTo(t, d.dsn, d.dsn+".old")
			d.open()
			d.send(contents("oLATER"))
			d.ok(d.Close())
			copyTo(t, d.dsn+".old", d.dsn)
			return d.dsn
		}},
		{"a lost mark is a copy", true, func(t *testing.T, d *desk) string {
			if err := os.Remove(d.dsn + ".live"); err != nil {
				t.Fatal(err)
			}
			return d.dsn
		}},
		{"a backup is a copy", true, func(t *testing.T, d *desk) string {
			d.ok(store.Backup(t.Context(), d.dsn, d.dsn+".backup"))
			return d.dsn + ".backup"
		}},
		{"a backup put in the ledger's place is a copy", true, func(t *testing.T, d *desk) string {
			d.ok(store.Backup(t.Context(), d.dsn, d.dsn+".backup"))
			copyTo(t, d.dsn+".backup", d.dsn)
			return d.dsn
		}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t, storetest.SQLite())
			d.send(contents("oONE"))
			d.ok(d.Close())
			l, err := store.Open(t.Context(), tt.change(t, d), store.Options{Now: d.clock.Now})
			if err == nil {
				d.ok(l.Close())
			}
			if errors.Is(err, store.ErrCopy) != tt.copied || err != nil && !tt.copied {
				t.Errorf("opened: %v; a copy: %v", err, tt.copied)
			}
		})
	}
}

func TestADumpRestoredIntoPostgreSQLIsACopy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Name == "sqlite" {
			return
		}
		d := newDesk(t, db)
		raw := storetest.Raw(t, d.dsn)
		for _, q := range []string{`ALTER TABLE audit RENAME TO old`, `CREATE TABLE audit (LIKE old INCLUDING ALL)`, `INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM old`} {
			if _, err := raw.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Open(t.Context(), d.dsn, store.Options{}); !errors.Is(err, store.ErrCopy) {
			t.Errorf("opened: %v", err)
		}
	})
}

func TestALedgerWithoutSignsOfLifeIsTakenForACopyOnlyWithUnfinishedCoupons(t *testing.T) {
	each(t, func(d *desk) {
		late := store.Options{Stale: store.NumberLife, Now: func() time.Time { return d.clock.Now().Add(25 * time.Hour) }}
		d.ok(d.Close())
		l, err := store.Open(d.Context(), d.dsn, late)
		d.ok(err)
		d.ok(l.Close())
		d.open()
		d.send(contents("oONE"))
		d.ok(d.Beat(d.Context())) // Init's was of the real time
		d.ok(d.Close())
		if _, err := store.Open(d.Context(), d.dsn, late); !errors.Is(err, store.ErrCopy) || !strings.Contains(err.Error(), "2026-03-11T04:00:00Z") {
			d.Errorf("opened: %v", err)
		}
		d.open()
		d.clock.Advance(25 * time.Hour)
		d.ok(d.Beat(d.Context()))
		d.ok(d.Close())
		l, err = store.Open(d.Context(), d.dsn, store.Options{Stale: store.NumberLife, Now: d.clock.Now})
		d.ok(err)
		d.ok(l.Close())
	})
}

func TestBackupReplacesNothing(t *testing.T) {
	d := newDesk(t, storetest.SQLite())
	to := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(to, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(t.Context(), d.dsn, to); !errors.Is(err, store.ErrTaken) {
		t.Errorf("backup: %v", err)
	}
	if text, _ := os.ReadFile(to); string(text) != "precious" {
		t.Errorf("it is now %q", text)
	}
}

func TestBackupWhileTheBotWorksIsWhole(t *testing.T) {
	d := newDesk(t, storetest.SQLite())
	for i := range 20 {
		d.send(contents(openids(40)[i*2 : i*2+2]...))
	}
	to := filepath.Join(t.TempDir(), "backup.db")
	d.ok(store.Backup(t.Context(), d.dsn, to))
	d.send(contents("oAFTER"))
	l, err := store.OpenReader(t.Context(), to, store.Options{})
	d.ok(err)
	defer l.Close()
	v, err := l.Verify(t.Context(), store.Head{})
	if err != nil || len(v.Broken) > 0 || v.Sends != 20 || v.Coupons != 40 {
		t.Errorf("%+v, %v", v, err)
	}
	if left, _ := filepath.Glob(to + "*"); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestKeepSealsMarksAndBeats(t *testing.T) {
	d := newDesk(t, storetest.SQLite())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Keep(ctx) }()
	d.send(contents("oONE"))
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(d.dsn + ".live")
		d.ok(err)
		v := d.verify(store.Head{})
		if v.Unsealed == 0 && v.Events > 0 && strings.HasSuffix(string(text), fmt.Sprintf(" %d\n", v.Events)) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("after ten seconds: %+v, mark %q", v, text)
		}
	}
	stop()
	d.ok(<-done)
	var alive string
	d.ok(storetest.Raw(t, d.dsn).QueryRow(`SELECT value FROM meta WHERE key = 'alive_at'`).Scan(&alive))
	if alive != d.clock.Now().Format(time.RFC3339) {
		t.Errorf("the last sign of life is of %s", alive)
	}
}

func TestTryWriteLeavesNothing(t *testing.T) {
	each(t, func(d *desk) {
		var events int
		d.ok(d.TryWrite(d.Context()))
		d.ok(storetest.Raw(d.T, d.dsn).QueryRow(`SELECT count(*) FROM audit`).Scan(&events))
		if events != 0 {
			d.Errorf("%d events", events)
		}
		reader, err := store.OpenReader(d.Context(), d.dsn, store.Options{})
		d.ok(err)
		defer reader.Close()
		if err := reader.TryWrite(d.Context()); !store.IsPostgres(d.dsn) && !errors.Is(err, store.ErrReadOnly) {
			d.Errorf("for reading only: %v", err)
		}
	})
}
