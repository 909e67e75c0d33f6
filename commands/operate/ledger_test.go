package operate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestVerifyPrintsTheHeadAndTakesItBack(t *testing.T) {
	dsn, o, l := history(t, storetest.SQLite())
	_, err := l.Seal(t.Context())
	ok(t, err)
	var out bytes.Buffer
	ok(t, Verify(t.Context(), dsn, o, "", &out))
	_, after, found := strings.Cut(out.String(), "head")
	if !found || !strings.HasPrefix(out.String(), "looked at 1 sends and 3 coupons") {
		t.Fatalf("said %s", out.String())
	}
	head := strings.Fields(after)[0]
	ok(t, Verify(t.Context(), dsn, o, head, &out))
	out.Reset()
	other := strings.Split(head, ":")[0] + ":" + strings.Repeat("00", 32)
	if err := Verify(t.Context(), dsn, o, other, &out); !errors.Is(err, ErrFailed) || !strings.Contains(out.String(), "FAIL  the audit's chain was replaced") {
		t.Errorf("another head: %v, %s", err, out.String())
	}
	if err := Verify(t.Context(), dsn, o, "x", &out); !errors.Is(err, ErrUsage) {
		t.Errorf("no head at all: %v", err)
	}
}

func TestVerifyOfATamperedLedgerFails(t *testing.T) {
	dsn, o, _ := history(t, storetest.SQLite())
	if _, err := storetest.Raw(t, dsn).Exec(`UPDATE sends SET issued = 0`); err == nil {
		t.Fatal("the table allows counters that do not add up")
	}
	_, err := storetest.Raw(t, dsn).Exec(`UPDATE grants SET coupon_id = '5' WHERE state = 'issued'`)
	ok(t, err)
	var out bytes.Buffer
	if err := Verify(t.Context(), dsn, o, "", &out); !errors.Is(err, ErrFailed) || !strings.Contains(out.String(), "FAIL  the ledger says, and the audit does not: S1-1 was issued as coupon 5") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestRestoreDrill is the README's: back up while the bot works, lose the ledger, restore, be refused, adopt, go on.
func TestRestoreDrill(t *testing.T) {
	dsn, o, l := history(t, storetest.SQLite())
	backup := filepath.Join(t.TempDir(), "backup.db")
	var out bytes.Buffer
	ok(t, Backup(t.Context(), dsn, backup, o, &out))
	ok(t, l.Close())
	ok(t, os.Remove(dsn))
	text, err := os.ReadFile(backup)
	ok(t, err)
	ok(t, os.WriteFile(dsn, text, 0o600))

	_, err = store.Open(t.Context(), dsn, o)
	if said := Explain(err, dsn).Error(); !errors.Is(err, store.ErrCopy) || !strings.Contains(said, "run: couponbot adopt") {
		t.Fatalf("a restored copy was opened: %s", said)
	}
	if err := Adopt(t.Context(), dsn, o, false, false, nil, &out); !errors.Is(err, ErrUsage) {
		t.Errorf("without anybody to ask: %v", err)
	}
	out.Reset()
	ok(t, Adopt(t.Context(), dsn, o, false, true, strings.NewReader("n\n"), &out))
	if _, err := store.Open(t.Context(), dsn, o); !errors.Is(err, store.ErrCopy) {
		t.Fatalf("after no: %v", err)
	}
	golden(t, "adopt.txt", strings.ReplaceAll(out.String(), dsn, "LEDGER"))
	ok(t, Adopt(t.Context(), dsn, o, false, true, strings.NewReader("y\n"), &out))

	l = storetest.Open(t, dsn, o)
	g, err := l.Grant(t.Context(), store.GrantID{Send: 1, Position: 3})
	if err != nil || g.State != store.GrantUnknown {
		t.Errorf("the coupon that was waiting is %s, %v", g.State, err)
	}
	_, err = l.Seal(t.Context())
	ok(t, err)
	out.Reset()
	if err := Verify(t.Context(), dsn, o, "", &out); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestBackupsThatAreRefused(t *testing.T) {
	dsn, o, _ := history(t, storetest.SQLite())
	if err := Backup(t.Context(), "postgres://localhost/x", "b", o, &bytes.Buffer{}); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("of PostgreSQL: %v", err)
	}
	taken := filepath.Join(t.TempDir(), "b")
	ok(t, os.WriteFile(taken, []byte("x"), 0o600))
	if err := Backup(t.Context(), dsn, taken, o, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("onto a file: %v", err)
	}
	if err := Backup(t.Context(), filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "b"), o, &bytes.Buffer{}); !errors.Is(err, store.ErrMissing) {
		t.Errorf("of nothing: %v", err)
	}
}
