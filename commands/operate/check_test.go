package operate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestCheckPrintsALineForEachThing(t *testing.T) {
	var out bytes.Buffer
	err := Check(t.Context(), &out, Configuration("couponbot.yaml", []string{"chmod 600 merchant.key"}), func(_ context.Context, report Report) {
		report("group agents", "2 people", nil)
		report("a thing with a name too long for its column", "", errors.New("two\nlines"))
	})
	if !errors.Is(err, ErrFailed) || err.Error() != "2 of 4 checks: not in order" {
		t.Errorf("said %v", err)
	}
	golden(t, "check.txt", out.String())
	out.Reset()
	if err := Check(t.Context(), &out, Configuration("couponbot.yaml", nil)); err != nil || !strings.Contains(out.String(), "All 1 checks passed.") {
		t.Errorf("said %v, %s", err, out.String())
	}
}

func TestCheckOfTheLedger(t *testing.T) {
	tests := []struct {
		sentence string
		place    func(t *testing.T) string
		fails    bool
		says     string
	}{
		{"one that the bot works on is fine", func(t *testing.T) string { dsn, _, _ := history(t, storetest.SQLite()); return dsn }, false, "at home and of this version"},
		{"one that is not there", func(t *testing.T) string { return filepath.Join(t.TempDir(), "none") }, true, "run: couponbot init"},
		{"something else", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "letter.txt")
			ok(t, os.WriteFile(path, []byte(strings.Repeat("dear customer ", 100)), 0o600))
			return path
		}, true, "this is not a ledger"},
		{"a copy", func(t *testing.T) string {
			dsn, _, _ := history(t, storetest.SQLite())
			ok(t, store.Backup(t.Context(), dsn, dsn+".b"))
			return dsn + ".b"
		}, true, "run: couponbot adopt"},
		{"a PostgreSQL that is not there", func(*testing.T) string { return "postgres://u:secret@127.0.0.1:1/x?connect_timeout=1" }, true, "the ledger postgres://127.0.0.1:1/x"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			var out bytes.Buffer
			err := Check(t.Context(), &out, Ledger(tt.place(t), store.Options{}))
			if errors.Is(err, ErrFailed) != tt.fails || !strings.Contains(out.String(), tt.says) || strings.Contains(out.String(), "secret") {
				t.Errorf("%v:\n%s", err, out.String())
			}
		})
	}
}
