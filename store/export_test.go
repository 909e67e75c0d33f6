package store_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func chosen(d *desk, c store.Choice) []string {
	d.Helper()
	out := []string{}
	d.ok(d.EachGrant(d.Context(), c, func(g store.Grant, s store.Send) error {
		if s.ID != g.ID.Send {
			d.Errorf("%s came with %d", g.ID, s.ID)
		}
		out = append(out, g.ID.String())
		return nil
	}))
	return out
}

func TestExportChoosesByTimeAndSend(t *testing.T) {
	each(t, func(d *desk) {
		day := d.clock.Now()
		d.send(contents("oONE", "oTWO"))
		next := d.clock.Advance(24 * time.Hour)
		d.send(contents("oTHREE"))
		d.issue(10)
		tests := []struct {
			sentence string
			choice   store.Choice
			want     []string
		}{
			{"everything", store.Choice{}, []string{"S1-1", "S1-2", "S2-1"}},
			{"everything that may be finished", store.Choice{Finished: true}, []string{"S1-1", "S1-2", "S2-1"}},
			{"one send", store.Choice{Send: 2}, []string{"S2-1"}},
			{"a send that is not there", store.Choice{Send: 9}, []string{}},
			{"made from the next day", store.Choice{From: next}, []string{"S2-1"}},
			{"made before the next day", store.Choice{To: next}, []string{"S1-1", "S1-2"}},
			{"finished from the next day", store.Choice{From: next, Finished: true}, []string{"S1-1", "S1-2", "S2-1"}},
			{"finished before the next day", store.Choice{To: next, Finished: true}, []string{}},
			{"made between the two", store.Choice{From: day, To: next, Send: 1}, []string{"S1-1", "S1-2"}},
		}
		for _, tt := range tests {
			if got := chosen(d, tt.choice); !slices.Equal(got, tt.want) {
				d.Errorf("%s: %v, want %v", tt.sentence, got, tt.want)
			}
		}
		var sends, events []string
		d.ok(d.EachSend(d.Context(), store.Choice{From: next}, func(s store.Send) error {
			sends = append(sends, store.SendName(s.ID))
			return nil
		}))
		d.ok(d.EachEvent(d.Context(), store.Choice{Send: 2}, func(e store.Line) error {
			events = append(events, e.Action)
			return nil
		}))
		if want := []string{"send.create", "grants.claim", "grant.issued", "send.done"}; !slices.Equal(sends, []string{"S2"}) || !slices.Equal(events, want) {
			d.Errorf("sends %v, events %v", sends, events)
		}
	})
}

func TestExportWhileTheBotWritesBringsEachRowOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := &desk{T: t, clock: storetest.NewClock(), dsn: db.Init(t)}
		storetest.Fill(t, d.dsn, storetest.Filling{Sends: 2, PerSend: 5000, State: "issued"}) // ends on a page's edge
		storetest.Fill(t, d.dsn, storetest.Filling{Sends: 3000, PerSend: 1})
		d.open()
		witness, err := store.OpenWitness(t.Context(), d.dsn, store.Options{Now: d.clock.Now})
		d.ok(err)
		defer witness.Close()
		d.ok(witness.Audit(t.Context(), store.Event{Actor: "os:test", Action: "export"}))
		seen := map[store.GrantID]bool{}
		d.ok(witness.EachGrant(t.Context(), store.Choice{}, func(g store.Grant, _ store.Send) error {
			if seen[g.ID] {
				t.Errorf("%s came twice", g.ID)
			}
			if seen[g.ID] = true; len(seen)%500 == 0 {
				d.send(contents(fmt.Sprintf("oLATER%d", len(seen))))
				d.issue(20)
				d.ok(witness.Audit(t.Context(), store.Event{Actor: "os:test", Action: "beside"}))
			}
			return nil
		}))
		if len(seen) != 13000 {
			t.Errorf("%d rows, want the 13000 that were there at the beginning", len(seen))
		}
	})
}

// BenchmarkExport shows what an export of a million coupons takes, and that its memory does not grow with them.
func BenchmarkExport(b *testing.B) {
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		dsn := db.Init(b)
		storetest.Fill(b, dsn, storetest.Filling{Sends: 1000, PerSend: 1000, State: "issued"})
		l, err := store.OpenReader(b.Context(), dsn, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		for b.Loop() {
			n, most := 0, uint64(0)
			err := l.EachGrant(b.Context(), store.Choice{}, func(store.Grant, store.Send) error {
				if n++; n%50_000 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
				return nil
			})
			if err != nil || n != 1_000_000 {
				b.Fatalf("%d rows, %v", n, err)
			}
			b.ReportMetric(float64(most)/(1<<20), "MB-heap")
		}
	})
}
