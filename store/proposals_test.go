package store_test

import (
	"fmt"
	"testing"

	"couponbot/store"
)

func TestProposalsWaitForASecondPerson(t *testing.T) {
	each(t, func(d *desk) {
		s := d.unknown("oA", "oB", "oC")
		propose := func(position int, by string) int64 {
			d.Helper()
			p, err := d.ProposeSettlement(d.Context(), store.Settlement{Grant: store.GrantID{Send: s.ID, Position: position}, Verdict: store.GrantRefused,
				Why: "asked the customer", AskedBy: by}, "")
			d.ok(err)
			return p.ID
		}
		void, newer, own, third := propose(1, "U0FINN"), propose(1, "U0FINN"), propose(2, "U0ADA"), propose(3, "U0FINN")
		waiting := func(by string, limit int, want ...int64) {
			d.Helper()
			all, err := d.OpenSettlements(d.Context(), by, limit)
			var got []int64
			for _, p := range all {
				got = append(got, p.ID)
			}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				d.Errorf("%s: got %v, want %v (%d is void): %v", by, got, want, void, err)
			}
		}
		waiting("U0ADA", 10, newer, third)
		waiting("U0FINN", 10, own)
		waiting("U0EVE", 2, newer, own)
		_, err := d.ConfirmSettlement(d.Context(), newer, "U0ADA", "")
		d.ok(err)
		waiting("U0ADA", 10, third)
	})
}
