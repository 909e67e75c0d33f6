package importing_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"couponbot/commands/importing"
	"couponbot/commands/lists"
	"couponbot/store"
	"couponbot/store/storetest"
)

func TestAnUploadBecomesAVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		u := w.uploads("vip", "openid\noA\noB\no C\n", "oB\noD\n")
		w.works()
		u = w.isNow(u, store.UploadDone, "")
		if u.Tally != (store.Tally{Rows: 5, Usable: 3, Duplicates: 1, Bad: 1}) || len(u.FirstBad) != 1 || u.FirstBad[0] != (store.BadRow{File: "list 1.csv", Line: 4, Why: "bad_character", Stray: "U+0020"}) {
			t.Errorf("the upload says %+v", u)
		}
		v, err := w.AudienceVersion(t.Context(), u.Version)
		w.ok(err)
		if v.Name() != "vip v1" || v.By != "U05MAR" || len(w.newest("vip")) != 3 {
			t.Errorf("made %+v", v)
		}
		if len(w.given) != 1 || !strings.HasPrefix(w.given[0], "U05MAR vip.bad.csv \ufefffile,line,why") || !strings.Contains(w.given[0], "list 1.csv,4,") {
			t.Errorf("handed over %q", w.given)
		}
	})
}

func TestUploadsThatFail(t *testing.T) {
	tests := []struct {
		sentence string
		text     string
		break_   func(*world)
		code     importing.Code
		given    int
	}{
		{"no list", "Hello", nil, importing.Code(lists.NoColumn), 0},
		{"nobody is left, and the bad rows come back all the same", "openid\no A\n", nil, importing.NothingUsable, 1},
		{"nobody is left, and the bad rows cannot be given", "openid\no A\n", func(w *world) { w.closed = errors.New("no files here") }, importing.NothingUsable, 0},
		{"the file is gone", "oA", func(w *world) { w.broken = gone{errors.New("file_deleted")} }, importing.FileGone, 0},
		{"the file is larger than a form takes", strings.Repeat("oA\n", 23<<20), nil, importing.FileTooLarge, 0},
		{"the bot is killed in the middle of it every time", "oA", func(w *world) {
			for range 11 {
				due, err := w.UploadsDue(w.Context(), 1)
				w.ok(err)
				_, err = w.BeginUpload(w.Context(), due[0])
				w.ok(err)
			}
		}, importing.NotEnded, 0},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite())
			u := w.uploads("vip", tt.text)
			if tt.break_ != nil {
				tt.break_(w)
			}
			w.works()
			w.isNow(u, store.UploadFailed, tt.code)
			if len(w.given) != tt.given {
				t.Errorf("handed over %q", w.given)
			}
		})
	}
}

// While Slack does not give the file, it is asked again, later and later, and at last it is said that it failed.
func TestSlackDoesNotGiveTheFile(t *testing.T) {
	w := newWorld(t, storetest.SQLite())
	u := w.uploads("vip", "oA")
	w.broken = errors.New("503")
	w.works()
	w.isNow(u, store.UploadWaiting, importing.NotFetched)
	w.clock.Advance(2 * time.Second)
	w.broken = nil
	w.works()
	if u = w.isNow(u, store.UploadDone, ""); u.Tries != 2 {
		t.Errorf("done after %d tries", u.Tries)
	}

	u = w.uploads("vip", "oA")
	w.broken = errors.New("503")
	for range 20 {
		w.works()
		w.clock.Advance(10 * time.Minute)
	}
	if u = w.isNow(u, store.UploadFailed, importing.NotFetched); u.Tries != 10 {
		t.Errorf("given up after %d tries", u.Tries)
	}
}

// The version is made once, however often the bad rows must be offered.
func TestBadRowsThatCannotBeGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		u := w.uploads("vip", "openid\noA\no B\n")
		w.closed = errors.New("Slack takes no files")
		w.works()
		w.isNow(u, store.UploadWaiting, importing.NotHandedOver)
		w.closed = nil
		w.clock.Advance(time.Minute)
		w.works()
		u = w.isNow(u, store.UploadDone, "")
		all, err := w.Versions(t.Context(), "vip", 10)
		w.ok(err)
		if len(all) != 1 || len(w.given) != 1 || u.Tally != (store.Tally{Rows: 2, Usable: 1, Bad: 1}) || len(u.FirstBad) != 1 {
			t.Errorf("%d versions, handed over %q, %+v", len(all), w.given, u)
		}
	})
}

// The process dies at some moment of an import, and the next one makes the whole version, once, and sweeps the half one.
func TestACrashInTheMiddle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		u := w.uploads("vip", lines(30_000))

		// It dies with a half version: nothing is said to the ledger any more.
		due, err := w.UploadsDue(t.Context(), 1)
		w.ok(err)
		dead, err := w.BeginUpload(t.Context(), due[0])
		w.ok(err)
		half, err := w.NewVersion(t.Context(), store.Version{Audience: "vip", Upload: u.ID, By: u.By})
		w.ok(err)
		_, err = w.AddMembers(t.Context(), half.ID, func(yield func(store.Member, error) bool) {
			for _, id := range strings.Fields(lines(7000)) {
				if !yield(store.Member{OpenID: id}, nil) {
					return
				}
			}
		})
		w.ok(err)
		w.ok(w.Close())
		w.open()

		// It is told to stop before it has the file.
		ctx, stop := context.WithCancel(t.Context())
		w.during = stop
		if _, err := w.Once(ctx); err != nil {
			t.Errorf("told to stop: %v", err)
		}
		w.isNow(u, store.UploadRunning, "")
		w.during = nil

		w.works()
		u = w.isNow(u, store.UploadDone, "")
		if got := w.newest("vip"); len(got) != 30_000 || u.Tally.Usable != 30_000 || u.Tries != 3 {
			t.Errorf("%d members, %+v", len(got), u)
		}
		if err := w.EndUpload(t.Context(), dead); !errors.As(err, new(*store.Moved)) {
			t.Errorf("the dead one ended it: %v", err)
		}
		for more := true; more; {
			more, err = w.SweepAudiences(t.Context())
			w.ok(err)
		}
		if left, err := w.Members(t.Context(), half.ID, "", 10); err != nil || len(left) > 0 {
			t.Errorf("left of the half one: %v %v", left, err)
		}
	})
}

// Another process begins the upload while this one is at it: only one version comes of it.
func TestTwoProcessesAtOneUpload(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		u := w.uploads("vip", lines(1000))
		w.during = func() {
			w.during = nil
			w.works() // the other one, from begin to end
		}
		w.works()
		w.isNow(u, store.UploadDone, "")
		all, err := w.Versions(t.Context(), "vip", 10)
		w.ok(err)
		if len(all) != 1 {
			t.Errorf("%d versions", len(all))
		}
	})
}

// Run works on what comes in until it is stopped.
func TestRun(t *testing.T) {
	w := newWorld(t, storetest.SQLite())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Importer.Run(ctx) }()
	u := w.uploads("vip", "oA\noB\n")
	for {
		changed := w.Changed()
		if got, err := w.Upload(t.Context(), u.ID); err != nil || got.State == store.UploadDone {
			w.ok(err)
			break
		}
		select {
		case <-changed:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing happens")
		}
	}
	stop()
	w.ok(<-done)
}
