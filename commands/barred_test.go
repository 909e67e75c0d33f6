package commands

import (
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

// alerts are those that the ledger told, by kind and whom they are about.
func (w *world) alerts() []string {
	w.t.Helper()
	var out []string
	for id := range int64(20) { // what was told before leaves a gap
		if a, err := w.ledger.Alert(w.t.Context(), id); err == nil {
			out = append(out, a.Kind+" "+a.Detail["person"]+" "+a.Detail["openids"])
		}
	}
	return out
}

func TestWhoeverSendsToStaffIsToldOnceADay(t *testing.T) {
	w := newWorld(t)
	sends := func(list string, openids ...string) Code {
		t.Helper()
		_, err := w.notCreated(t.Context(), w.ask(ana), store.Draft{ID: 1}, &store.Barred{List: list, OpenIDs: openids})
		r := w.refusal(nil, err)
		if !slices.Equal(r.Names, openids) {
			t.Errorf("it names %q", r.Names)
		}
		return r.Code
	}
	if got := sends(store.AudienceBlocked, "oA"); got != CustomerBlocked || len(w.alerts()) != 0 {
		t.Errorf("a blocked customer: %s, %q", got, w.alerts())
	}
	for _, openids := range [][]string{{"oA", "oB"}, {"oB", "oA"}, {"oC"}} {
		if got := sends(store.AudienceStaff, openids...); got != CustomerStaff {
			t.Errorf("got %s", got)
		}
	}
	if got := w.alerts(); !slices.Equal(got, []string{"staff U01ANA 2", "staff U01ANA 1"}) {
		t.Errorf("told is %q", got)
	}
	w.clock = w.clock.Add(24 * time.Hour)
	if sends(store.AudienceStaff, "oC"); len(w.alerts()) != 3 {
		t.Errorf("the next day: %q", w.alerts())
	}
}
