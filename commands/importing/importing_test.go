package importing_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"couponbot/commands/importing"
	"couponbot/commands/lists"
	"couponbot/store"
	"couponbot/store/storetest"
)

func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		w.has("blocked", "oBLOCKED", "oBOTH")
		w.has("staff", "oSTAFF", "oBOTH")
		bought := w.has("bought", "oBOUGHT", "oSTAFF")
		first := "openid,备注\noB,second\noA,first\noA,again\n,nobody\noSTAFF,\noBOUGHT,\n"
		second := "oBLOCKED\noBOTH\noC\noB\no D\n"
		var bad bytes.Buffer
		report, err := importing.Import(t.Context(), w.Ledger, importing.Ask{Audience: "vip", Minus: "bought", By: "os:root", Bad: &bad,
			Files: []importing.File{file("one.csv", first), file("two.csv", second)}})
		w.ok(err)
		sum := sha256.Sum256([]byte(first + second))
		want := importing.Report{
			Tally: store.Tally{Rows: 11, Usable: 3, Duplicates: 2, Bad: 2, Blocked: 2, Staff: 1, Excluded: 1},
			First: []importing.BadRow{
				{File: "one.csv", Row: lists.Row{Line: 5, Note: "nobody", Why: lists.Empty}},
				{File: "two.csv", Row: lists.Row{Line: 5, OpenID: "o D", Why: lists.BadCharacter, Stray: "U+0020"}},
			},
			Version: store.Version{ID: report.Version.ID, Audience: "vip", Number: 1, State: store.VersionReady, Source: "one.csv, two.csv", Minus: bought.Name(),
				Bytes: int64(len(first + second)), Checksum: hex.EncodeToString(sum[:]), By: "os:root", CreatedAt: w.clock.Now().UTC(), EndedAt: w.clock.Now().UTC()},
		}
		want.Version.Tally = want.Tally
		if diff := cmp.Diff(want, report); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]store.Member{{OpenID: "oA", Note: "first"}, {OpenID: "oB", Note: "second"}, {OpenID: "oC"}}, w.newest("vip")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := strings.Count(bad.String(), "\r\n"); n != 3 {
			t.Errorf("the file of bad rows has %d lines:\n%s", n, bad.String())
		}
	})
}

func TestImportsThatMakeNoVersion(t *testing.T) {
	w := newWorld(t, storetest.SQLite())
	w.has("staff", "oA")
	tests := []struct {
		sentence string
		ask      importing.Ask
		code     importing.Code
		about    string
	}{
		{"no list", importing.Ask{Files: []importing.File{file("a.txt", "Hello there")}}, importing.Code(lists.NoColumn), "a.txt"},
		{"the second file is none", importing.Ask{Files: []importing.File{file("a.csv", "oA"), file("b.csv", "openid,openid\noA,oB")}}, importing.Code(lists.TwoColumns), "b.csv: openid, openid"},
		{"only staff and bad rows", importing.Ask{Files: []importing.File{file("a.csv", "openid\noA\n o B\n")}}, importing.NothingUsable, "a.csv"},
		{"without an audience that is not there", importing.Ask{Minus: "bougth", Files: []importing.File{file("a.csv", "oB")}}, importing.NoAudience, "bougth"},
		{"from an audience that is not there", importing.Ask{Minus: "staff"}, importing.NoAudience, "vip"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			tt.ask.Audience, tt.ask.By = "vip", "U05MAR"
			report, err := importing.Import(t.Context(), w.Ledger, tt.ask)
			problem(t, err, tt.code, tt.about)
			if report.Version.ID != 0 {
				t.Errorf("a version was made: %+v", report.Version)
			}
			if _, err := w.Audience(t.Context(), "vip"); err == nil {
				t.Error("the audience is there")
			}
		})
	}
}

// Without files an audience is made anew from itself, without those of another; the lists of those who get nothing are
// taken as they are given.
func TestMinus(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		w.has("staff", "oA", "oB")
		if got := w.has("blocked", "oA", "oC"); got.Tally.Usable != 2 {
			t.Errorf("of the blocked, %+v", got.Tally)
		}
		w.has("all", strings.Fields(lines(12_000))...)
		w.has("bought", append(strings.Fields(lines(11_998)), "oZ")...)
		report, err := importing.Import(t.Context(), w.Ledger, importing.Ask{Audience: "all", Minus: "bought", By: "U05MAR"})
		w.ok(err)
		if v := report.Version; v.Name() != "all v2" || v.Source != "all v1" || v.Minus != "bought v1" || v.Tally != (store.Tally{Rows: 12_000, Usable: 2, Excluded: 11_998}) {
			t.Errorf("made %+v", v)
		}
		if got := w.newest("all"); len(got) != 2 || got[0].OpenID != "oUpF8u0000000000000000011998" {
			t.Errorf("left are %v", got)
		}
	})
}

// Whatever lists there are, who is left is what anybody would count with sets.
func TestImportAgainstSets(t *testing.T) {
	w := newWorld(t, storetest.SQLite())
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 51))
		some := func(n int) map[string]bool {
			out := map[string]bool{}
			for range n {
				out[fmt.Sprintf("o%03x", random.IntN(3000))] = true
			}
			return out
		}
		blocked, staff, minus := some(1+random.IntN(800)), some(1+random.IntN(800)), some(1+random.IntN(2000))
		for _, name := range []string{"blocked", "staff"} { // they would keep people out of "bought"
			if err := w.DeleteAudience(t.Context(), name, "U05MAR"); !errors.Is(err, store.ErrNotFound) {
				w.ok(err)
			}
		}
		w.has("bought", slices.Collect(maps.Keys(minus))...)
		w.has("blocked", slices.Collect(maps.Keys(blocked))...)
		w.has("staff", slices.Collect(maps.Keys(staff))...)
		var rows []string
		want, seen, tally := []store.Member(nil), map[string]bool{}, store.Tally{}
		for range 5000 {
			id := fmt.Sprintf("o%03x", random.IntN(3000))
			rows = append(rows, id)
			tally.Rows++
			switch {
			case seen[id]:
				tally.Duplicates++
			case blocked[id]:
				tally.Blocked++
			case staff[id]:
				tally.Staff++
			case minus[id]:
				tally.Excluded++
			default:
				tally.Usable++
				want = append(want, store.Member{OpenID: id})
			}
			seen[id] = true
		}
		slices.SortFunc(want, func(a, b store.Member) int { return strings.Compare(a.OpenID, b.OpenID) })
		report, err := importing.Import(t.Context(), w.Ledger, importing.Ask{Audience: "vip", Minus: "bought", By: "U05MAR", Files: []importing.File{file("x", strings.Join(rows, "\n"))}})
		w.ok(err)
		if report.Tally != tally {
			t.Fatalf("seed %d: counted %+v, want %+v", seed, report.Tally, tally)
		}
		if got := w.newest("vip"); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d members, want %d", seed, len(got), len(want))
		}
	}
}
