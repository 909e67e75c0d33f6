package lists_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"couponbot/commands/lists"
)

// However many chunks there are, customers come out in order, each once, with the first note and the number of rows.
func TestSorter(t *testing.T) {
	for _, rows := range []int{0, 1, 1000, 900_000} {
		t.Run(fmt.Sprint(rows), func(t *testing.T) {
			dir := t.TempDir()
			s := lists.NewSorter(dir)
			random := rand.New(rand.NewPCG(1, uint64(rows)))
			seen := map[string]*lists.Customer{}
			for i := range rows {
				id, note := fmt.Sprintf("oUpF8u%x", random.IntN(rows)), fmt.Sprint("row ", i)
				if err := s.Add(id, note); err != nil {
					t.Fatal(err)
				}
				if seen[id] == nil {
					seen[id] = &lists.Customer{OpenID: id, Note: note}
				}
				seen[id].Times++
			}
			var want, got []lists.Customer
			for _, c := range seen {
				want = append(want, *c)
			}
			slices.SortFunc(want, func(a, b lists.Customer) int { return cmp.Compare(a.OpenID, b.OpenID) })
			for c, err := range s.Sorted() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, c)
			}
			if !slices.Equal(want, got) {
				t.Errorf("%d customers, want %d: %s", len(got), len(want), gocmp.Diff(want[:min(5, len(want))], got[:min(5, len(got))]))
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// A list may be left in the middle.
func TestSorterThatIsLeft(t *testing.T) {
	s := lists.NewSorter(t.TempDir())
	for i := range 900_000 {
		if err := s.Add(fmt.Sprint("o", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	for c, err := range s.Sorted() {
		if err != nil || c.OpenID != "o0" {
			t.Fatalf("%v %v", c, err)
		}
		break
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// The file of bad rows can be opened in Excel, and read by us: what is put right in it can be uploaded.
func TestBadRowsFile(t *testing.T) {
	var out bytes.Buffer
	b := lists.NewBadRows(&out)
	for _, r := range []lists.Row{
		{Line: 3, OpenID: "=HYPERLINK(1)", Why: lists.BadCharacter, Stray: "="},
		{Line: 4, Note: "备注", Why: lists.Empty},
		{Line: 5, OpenID: one + one, Why: lists.TooLong},
	} {
		if err := b.Write("三月.csv", r); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 4 || !slices.Equal(rows[1], []string{"三月.csv", "3", "a character that no openid has: =", "含有 openid 中不会出现的字符：=", "'=HYPERLINK(1)", ""}) {
		t.Errorf("%q %v", rows, err)
	}
	again, err := read(out.Bytes())
	if err != nil || len(again) != 3 || again[2].OpenID != one+one || again[1].Note != "备注" {
		t.Errorf("%+v %v", again, err)
	}
}
