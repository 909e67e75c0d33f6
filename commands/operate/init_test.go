package operate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"couponbot/store"
)

func TestInit(t *testing.T) {
	tests := []struct {
		sentence      string
		yes, terminal bool
		answer        string
		created       bool
		says          string
	}{
		{"with --yes it creates without asking", true, false, "", true, "Created an empty ledger"},
		{"on a terminal it asks, and creates on y", false, true, "y\n", true, "Create a new, empty ledger at"},
		{"on a terminal anything else creates nothing", false, true, "\n", false, "Nothing was created."},
		{"on a terminal an end of input creates nothing", false, true, "", false, "Nothing was created."},
		{"without a terminal and --yes it is called wrongly", false, false, "y\n", false, "say couponbot init --yes"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			var out bytes.Buffer
			err := Init(t.Context(), path, tt.yes, tt.terminal, strings.NewReader(tt.answer), &out)
			if err != nil {
				fmt.Fprint(&out, err)
			}
			if !tt.yes && !tt.terminal != errors.Is(err, ErrUsage) {
				t.Errorf("error %v", err)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("said %q, want %q", out.String(), tt.says)
			}
			if _, err := os.Stat(path); (err == nil) != tt.created {
				t.Errorf("created: %v", err == nil)
			}
		})
	}
}

func TestInitTwiceChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var out bytes.Buffer
	if err := Init(t.Context(), path, true, false, nil, &out); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = Init(t.Context(), path, true, false, nil, &out)
	if !errors.Is(err, store.ErrExists) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("second init: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the ledger changed (%v)", err)
	}
}

func TestPlaceHidesPasswords(t *testing.T) {
	for dsn, want := range map[string]string{
		"couponbot.db": "couponbot.db",
		"postgres://bot:hidden@db:5432/coupons?sslmode=require&password=hidden": "postgres://db:5432/coupons",
		"postgresql://db/coupons": "postgres://db/coupons",
	} {
		if got := Place(dsn); got != want {
			t.Errorf("Place(%s) = %s, want %s", dsn, got, want)
		}
	}
}

func TestExplainHasACureForEveryFault(t *testing.T) {
	for _, fault := range []error{store.ErrMissing, store.ErrExists, store.ErrInUse, store.ErrNewer, store.ErrNotLedger, store.ErrReadOnly, store.ErrFull, store.ErrCorrupt} {
		err := Explain(fmt.Errorf("open: %w", fault), "x.db")
		if !errors.Is(err, fault) || !strings.Contains(err.Error(), "; ") || !strings.Contains(err.Error(), "x.db") {
			t.Errorf("%v: %v", fault, err)
		}
	}
	odd := errors.New("odd")
	if err := Explain(odd, "x.db"); !errors.Is(err, odd) {
		t.Errorf("an unlisted fault is lost: %v", err)
	}
}
