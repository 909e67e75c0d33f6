package store_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
	"couponbot/store/storetest"
)

func members(ids ...string) iter.Seq2[store.Member, error] {
	return func(yield func(store.Member, error) bool) {
		for _, id := range ids {
			if !yield(store.Member{OpenID: id}, nil) {
				return
			}
		}
	}
}

// imported makes a version of these customers.
func (d *desk) imported(name string, ids ...string) store.Version {
	d.Helper()
	v := d.importing(name)
	n, err := d.AddMembers(d.Context(), v.ID, members(ids...))
	d.ok(err)
	v, err = d.FinishVersion(d.Context(), v.ID, store.Tally{Rows: n, Usable: n})
	d.ok(err)
	return v
}

func (d *desk) importing(name string) store.Version {
	d.Helper()
	v, err := d.NewVersion(d.Context(), store.Version{Audience: name, Source: "march.csv", Bytes: 12, Checksum: "ab", By: "U05MAR"})
	d.ok(err)
	return v
}

// in reads all members of a version.
func (d *desk) in(version int64) (ids []string) {
	d.Helper()
	for after := ""; ; {
		some, err := d.Members(d.Context(), version, after, 100)
		d.ok(err)
		for _, m := range some {
			ids = append(ids, m.OpenID)
		}
		if len(some) < 100 {
			return ids
		}
		after = ids[len(ids)-1]
	}
}

// sweeps takes away what there is to take away.
func (d *desk) sweeps() (pieces int) {
	d.Helper()
	for more := true; more; pieces++ {
		var err error
		more, err = d.SweepAudiences(d.Context())
		d.ok(err)
	}
	return pieces
}

func TestAVersionIsThereWhenItIsWhole(t *testing.T) {
	each(t, func(d *desk) {
		first := d.imported("vip", "oA", "oB")
		second := d.importing("vip")
		_, err := d.AddMembers(d.Context(), second.ID, members("oC"))
		d.ok(err)
		a, err := d.Audience(d.Context(), "vip")
		d.ok(err)
		if a.Version.ID != first.ID || a.Version.Number != 1 {
			t.Errorf("the newest version is %+v, want the first one", a.Version)
		}
		second, err = d.FinishVersion(d.Context(), second.ID, store.Tally{Rows: 4, Usable: 1, Duplicates: 1, Bad: 2})
		d.ok(err)
		want := store.Version{ID: second.ID, Audience: "vip", Number: 2, State: store.VersionReady, Source: "march.csv", Bytes: 12, Checksum: "ab",
			Tally: store.Tally{Rows: 4, Usable: 1, Duplicates: 1, Bad: 2}, By: "U05MAR", CreatedAt: d.clock.Now().UTC(), EndedAt: d.clock.Now().UTC()}
		all, err := d.Audiences(d.Context())
		d.ok(err)
		if diff := cmp.Diff([]store.Audience{{Name: "vip", CreatedAt: d.clock.Now().UTC(), Version: want}}, all); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if want.Name() != "vip v2" {
			t.Errorf("it is called %s", want.Name())
		}
		if _, err := d.FinishVersion(d.Context(), first.ID, store.Tally{}); !errors.As(err, new(*store.Moved)) {
			t.Errorf("a ready version was made ready again: %v", err)
		}
		if _, err := d.AddMembers(d.Context(), first.ID, members("oD")); !errors.As(err, new(*store.Moved)) {
			t.Errorf("a ready version got members: %v", err)
		}
	})
}

// Who takes somebody off the lists of those who get no coupons is seen doing it; other lists are nobody's alarm.
func TestAChangeOfWhoGetsNoneIsTold(t *testing.T) {
	each(t, func(d *desk) {
		d.imported("vip", "oA", "oB")
		d.imported(store.AudienceBlocked, "oC", "oD")
		d.imported(store.AudienceBlocked, "oC")
		d.ok(d.FailVersion(d.Context(), d.importing(store.AudienceBlocked).ID, "a test"))
		d.imported(store.AudienceStaff, "oE")
		d.ok(d.DeleteAudience(d.Context(), store.AudienceBlocked, "U0ADA"))
		d.ok(d.DeleteAudience(d.Context(), "vip", "U0ADA"))
		d.imported(store.AudienceBlocked, "oF")
		want := []map[string]string{
			{"list": "blocked", "person": "U05MAR", "customers": "2", "before": "0"},
			{"list": "blocked", "person": "U05MAR", "customers": "1", "before": "2"},
			{"list": "staff", "person": "U05MAR", "customers": "1", "before": "0"},
			{"list": "blocked", "person": "U0ADA", "customers": "0", "before": "1"},
			{"list": "blocked", "person": "U05MAR", "customers": "1", "before": "0"},
		}
		var got []map[string]string
		for _, a := range d.alerts(store.AlertKeptOut) {
			got = append(got, a.Detail)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Openids have capitals, digits and signs: both databases must order them as bytes, as files are sorted.
func TestMembersAreInTheOrderOfBytes(t *testing.T) {
	each(t, func(d *desk) {
		var ids []string
		for i := range 350 {
			ids = append(ids, fmt.Sprintf("o%c%c", "-0AZ_az"[i%7], "abcXYZ_-0123456789"[i/7%18]), fmt.Sprintf("O%d", i))
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		v := d.imported("vip", ids...)
		if got := d.in(v.ID); !slices.Equal(got, ids) {
			t.Errorf("got %d, want %d: %s", len(got), len(ids), cmp.Diff(ids, got))
		}
		v = d.importing("vip")
		if n, err := d.AddMembers(d.Context(), v.ID, members("oB", "oA")); err == nil {
			t.Errorf("%d members out of order were taken", n)
		}
		d.ok(d.FailVersion(d.Context(), v.ID, "a test"))
	})
}

func TestSumsMustAgree(t *testing.T) {
	each(t, func(d *desk) {
		v := d.importing("vip")
		if _, err := d.FinishVersion(d.Context(), v.ID, store.Tally{Rows: 3, Usable: 1}); err == nil {
			t.Error("two rows got lost, and nobody noticed")
		}
		if _, err := d.NewVersion(d.Context(), store.Version{Audience: "VIP"}); err == nil {
			t.Error("an audience was called VIP")
		}
	})
}

func TestListed(t *testing.T) {
	each(t, func(d *desk) {
		listed := func(want ...string) {
			t.Helper()
			got, err := d.Listed(d.Context(), store.AudienceBlocked, append(openids(250), "oA", "oC"))
			d.ok(err)
			if !slices.Equal(got, want) {
				t.Errorf("listed %d, want %d", len(got), len(want))
			}
		}
		listed()
		d.imported(store.AudienceBlocked, "oA", "oB")
		listed("oA")
		d.imported(store.AudienceStaff, openids(250)...)
		listed("oA")
		d.imported(store.AudienceBlocked, append([]string{"oC"}, openids(250)...)...)
		listed(append(openids(250), "oC")...)
		d.ok(d.DeleteAudience(d.Context(), store.AudienceBlocked, "U05MAR"))
		listed()
	})
}

// Two people import one audience at a time: each gets a version of their own, and no number is given twice.
func TestTwoImportsOfOneName(t *testing.T) {
	each(t, func(d *desk) {
		var wait sync.WaitGroup
		var numbers [8]int
		for i := range numbers {
			wait.Go(func() {
				v, err := d.NewVersion(d.Context(), store.Version{Audience: "vip", By: "U05MAR"})
				if err == nil {
					_, err = d.AddMembers(d.Context(), v.ID, members(fmt.Sprint("o", i)))
				}
				if err == nil {
					v, err = d.FinishVersion(d.Context(), v.ID, store.Tally{Rows: 1, Usable: 1})
				}
				if err != nil {
					t.Error(err)
				}
				numbers[i] = v.Number
			})
		}
		wait.Wait()
		slices.Sort(numbers[:])
		if want := [8]int{1, 2, 3, 4, 5, 6, 7, 8}; numbers != want {
			t.Errorf("numbers %v", numbers)
		}
		a, err := d.Audience(d.Context(), "vip")
		d.ok(err)
		if got := d.in(a.Version.ID); a.Version.Number != 8 || len(got) != 1 {
			t.Errorf("the newest is %s with %v", a.Version.Name(), got)
		}
	})
}

// An import whose process died leaves half a version: nobody ever sees it, and it is taken away by pieces.
func TestACrashedImportIsSwept(t *testing.T) {
	each(t, func(d *desk) {
		whole := d.imported("vip", "oA")
		half := d.importing("vip")
		_, err := d.AddMembers(d.Context(), half.ID, members(openids(5000)...))
		d.ok(err)
		d.ok(d.Close())
		d.open()
		d.clock.Advance(store.ImportLife)
		if d.sweeps(); len(d.in(half.ID)) != 5000 {
			t.Fatal("an import that may still be alive was swept")
		}
		d.clock.Advance(time.Millisecond)
		if pieces := d.sweeps(); pieces != 5 { // it fails, 2000, 2000, the rest, and there is nothing more
			t.Errorf("swept in %d pieces", pieces)
		}
		if left := d.in(half.ID); len(left) != 0 {
			t.Errorf("%d members are left", len(left))
		}
		if _, err := d.AddMembers(d.Context(), half.ID, members("oZ")); !errors.As(err, new(*store.Moved)) {
			t.Errorf("its process came back and went on: %v", err)
		}
		if a, err := d.Audience(d.Context(), "vip"); err != nil || a.Version.ID != whole.ID || !slices.Equal(d.in(whole.ID), []string{"oA"}) {
			t.Errorf("the whole one is %+v, %v", a, err)
		}
	})
}

func TestDeletedAudiences(t *testing.T) {
	each(t, func(d *desk) {
		old, half := d.imported("vip", openids(3000)...), d.importing("vip")
		other := d.imported("other", "oA")
		d.ok(d.DeleteAudience(d.Context(), "vip", "U05MAR"))
		if err := d.DeleteAudience(d.Context(), "vip", "U05MAR"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		if _, err := d.Audience(d.Context(), "vip"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is still there: %v", err)
		}
		if _, err := d.FinishVersion(d.Context(), half.ID, store.Tally{}); !errors.As(err, new(*store.Moved)) {
			t.Errorf("what was being imported came back: %v", err)
		}
		d.sweeps()
		if len(d.in(old.ID)) > 0 || len(d.in(other.ID)) != 1 {
			t.Error("swept too little, or too much")
		}
		if v, err := d.AudienceVersion(d.Context(), old.ID); err != nil || v.State != store.VersionDeleted || v.Tally.Usable != 3000 {
			t.Errorf("what campaigns ran on is %+v, %v", v, err)
		}
		if again := d.imported("vip", "oB"); again.Number != 2 {
			t.Errorf("a name and number were given twice: %s", again.Name())
		}
		all, err := d.Versions(d.Context(), "vip", 10)
		d.ok(err)
		if len(all) != 2 || all[0].Number != 2 || all[1].ID != old.ID {
			t.Errorf("versions %+v", all)
		}
	})
}

// While a list is imported by another process, people's commands come through.
func TestImportingBesideTheBot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		beside, err := store.OpenImport(t.Context(), d.dsn, store.Options{Now: d.clock.Now})
		d.ok(err)
		defer beside.Close()
		v, err := beside.NewVersion(t.Context(), store.Version{Audience: "vip", By: "os:root"})
		d.ok(err)
		done := make(chan error)
		go func() {
			n, err := beside.AddMembers(t.Context(), v.ID, members(openids(60_000)...))
			if err == nil {
				_, err = beside.FinishVersion(t.Context(), v.ID, store.Tally{Rows: n, Usable: n})
			}
			done <- err
		}()
		var took []time.Duration
		for {
			began := time.Now()
			d.send(contents(fmt.Sprintf("oPERSON%d", len(took))))
			took = append(took, time.Since(began))
			select {
			case err := <-done:
				d.ok(err)
				slices.Sort(took)
				t.Logf("%d sends beside it: median %v, longest %v", len(took), took[len(took)/2], took[len(took)-1])
				if median := took[len(took)/2]; median > time.Second {
					t.Errorf("half of the sends took longer than %v", median)
				}
				if n := len(d.in(v.ID)); n != 60_000 {
					t.Errorf("%d members", n)
				}
				return
			default:
			}
		}
	})
}
