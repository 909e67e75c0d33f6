package importing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"couponbot/commands/importing"
	"couponbot/store"
	"couponbot/store/storetest"
)

// A world is a ledger, and a Slack that holds files.
type world struct {
	*testing.T
	*store.Ledger
	clock  *storetest.Clock
	dsn    string
	files  map[string]string // by id
	broken error             // of fetching
	closed error             // of handing over
	given  []string          // person, name and contents of what was handed over
	asked  int               // files fetched
	during func()            // called before a file is given
	*importing.Importer
}

func newWorld(t *testing.T, db storetest.Database) *world {
	t.Helper()
	w := &world{T: t, clock: storetest.NewClock(), dsn: db.Init(t), files: map[string]string{}}
	w.open()
	t.Cleanup(func() { storetest.Check(t, storetest.Raw(t, w.dsn)) })
	return w
}

// open opens the ledger, after a crash or for the first time.
func (w *world) open() {
	w.Helper()
	w.Ledger = storetest.Open(w.T, w.dsn, store.Options{Now: w.clock.Now})
	w.Importer = &importing.Importer{Ledger: w.Ledger, Courier: w, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now, Temp: w.TempDir()}
}

func (w *world) Fetch(_ context.Context, f store.UploadFile, to io.Writer) error {
	if w.asked++; w.broken != nil {
		return w.broken
	}
	if w.during != nil {
		w.during()
	}
	_, err := io.WriteString(to, w.files[f.ID])
	return err
}

func (w *world) HandOver(_ context.Context, u store.Upload, name string, size int64, file io.Reader) error {
	if w.closed != nil {
		return w.closed
	}
	text, err := io.ReadAll(file)
	if err == nil && int64(len(text)) != size {
		err = fmt.Errorf("%d bytes, not %d", len(text), size)
	}
	w.given = append(w.given, u.By+" "+name+" "+string(text))
	return err
}

type gone struct{ error }

func (gone) Gone() bool { return true }

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func file(name, text string) importing.File {
	return importing.File{Name: name, From: strings.NewReader(text), Size: int64(len(text))}
}

// has makes an audience of these customers.
func (w *world) has(name string, ids ...string) store.Version {
	w.Helper()
	report, err := importing.Import(w.Context(), w.Ledger, importing.Ask{Audience: name, By: "U05MAR", Files: []importing.File{file(name, "openid\n"+strings.Join(ids, "\n"))}})
	w.ok(err)
	return report.Version
}

// newest are the members of an audience's newest version.
func (w *world) newest(name string) []store.Member {
	w.Helper()
	a, err := w.Audience(w.Context(), name)
	w.ok(err)
	all, err := w.Members(w.Context(), a.Version.ID, "", 1_000_000)
	w.ok(err)
	return all
}

// uploads accepts a form with these files.
func (w *world) uploads(audience string, texts ...string) store.Upload {
	w.Helper()
	u := store.Upload{Audience: audience, By: "U05MAR"}
	for i, text := range texts {
		id := fmt.Sprint("F", len(w.files))
		w.files[id] = text
		u.Files = append(u.Files, store.UploadFile{ID: id, Name: fmt.Sprintf("list %d.csv", i+1), Size: int64(len(text))})
	}
	u, err := w.NewUpload(w.Context(), fmt.Sprint("submit ", len(w.files)), u)
	w.ok(err)
	return u
}

// works has the importer work until nothing is due.
func (w *world) works() {
	w.Helper()
	for worked := true; worked; {
		var err error
		worked, err = w.Once(w.Context())
		w.ok(err)
	}
}

// isNow reads an upload and tells whether it is in a state, with a fault.
func (w *world) isNow(u store.Upload, state store.UploadState, fault importing.Code) store.Upload {
	w.Helper()
	got, err := w.Upload(w.Context(), u.ID)
	w.ok(err)
	if got.State != state || got.Fault != string(fault) {
		w.Fatalf("the upload is %s with %q (%s) after %d tries, want %s with %q", got.State, got.Fault, got.About, got.Tries, state, fault)
	}
	return got
}

func problem(t *testing.T, err error, code importing.Code, about string) {
	t.Helper()
	if p, ok := errors.AsType[*importing.Problem](err); !ok || p.Code != code || p.About != about {
		t.Errorf("got %v, want %s (%s)", err, code, about)
	}
}

// lines numbers customers.
func lines(n int) string {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "oUpF8u%022d\n", i)
	}
	return b.String()
}
