package store_test

import (
	"strings"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// decided makes a ledger with sends of every way in which waiting ends, sealed: S1 approved after a revision, S2 rejected, S3 withdrawn,
// S4 expired, S5 still waiting, with one approval of two.
func decided(t *testing.T, db storetest.Database) *desk {
	t.Helper()
	d := &desk{T: t, clock: storetest.NewClock(), dsn: db.Init(t)}
	d.open()
	limits := companyDay(90_000)
	for _, openid := range []string{"oA", "oB", "oC"} {
		d.waits(contents(openid), []string{"approvers"}, limits...)
	}
	_, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oD")).ID, By: "U0ANA", Seats: need("approvers"), Limits: limits, Patience: store.Patience{ExpireAfter: time.Minute}})
	d.ok(err)
	d.waits(contents("oE"), []string{"approvers", "finance"}, limits...)
	d.clock.Advance(time.Minute)
	d.ok(second(d.ReviseSend(d.Context(), store.ReviseAsk{Send: 1, Revision: 1, Amount: 1500, Limits: limits})))
	d.ok(second(d.Approve(d.Context(), store.ApproveAsk{Send: 1, Revision: 2, By: "U0APPY", Groups: []string{"approvers"}})))
	d.ok(second(d.Reject(d.Context(), store.RejectAsk{Send: 2, Revision: 1, By: "U0APPY", Groups: []string{"approvers"}, Why: "no"})))
	d.ok(d.WithdrawSend(d.Context(), 3, "U0ANA", "", ""))
	d.overdue()
	d.state(4, store.SendExpired)
	d.ok(second(d.approve(5, "U0APPY", "approvers")))
	d.sealAll()
	return d
}

func TestVerifyFindsDecisionsThatNobodyMade(t *testing.T) {
	for _, tt := range []struct{ sentence, query, finds string }{
		{"nothing was changed", `SELECT 1`, ""},
		{"who approved", `UPDATE sends SET approved_by = 'U0MINE' WHERE id = 1`, "the ledger says, and the audit does not: S1 was approved by U0MINE"},
		{"who approved, with a decision made up", `UPDATE decisions SET person = 'U0MINE' WHERE send_id = 1`, "who approved a send has decided so: S1: U0APPY"},
		{"the amount of a revision", `UPDATE sends SET amount_fen = 1000 WHERE id = 1`, "the ledger says, and the audit does not: S1 in revision 2: 1000 fen each"},
		{"a rejected send made approved", `UPDATE sends SET state = 'approved', approved_at = 1, finished_at = 0, approved_by = 'U0APPY' WHERE id = 2`,
			"the audit says, and the ledger does not: S2 was rejected by U0APPY"},
		{"who withdrew", `UPDATE sends SET closed_by = 'U0BEN' WHERE id = 3`, "S3 was withdrawn by U0BEN"},
		{"an expired send made waiting", `UPDATE sends SET state = 'awaiting', finished_at = 0 WHERE id = 4`, "a send waits for somebody, or not at all: S4 waits for nobody"},
		{"a send that waits made approved", `UPDATE sends SET state = 'approved', approved_at = 1, approved_by = 'U0APPY U0FINN' WHERE id = 5`, "who approved a send has decided so: S5"},
		{"nobody is waited for any more", `DELETE FROM waits`, "a send waits for somebody, or not at all: S5 waits for nobody"},
		{"a decided send is waited for", `INSERT INTO waits (grp, send_id) VALUES ('finance', 2)`, "S2 is rejected and waits for finance"},
		{"a rejected send holds", `INSERT INTO holds (send_id, kind, key, openid, period, start_at, until_at, max_fen, max_coupons, coupons) VALUES (2, 'agent', 'U', '', 'ever', 0, 0, 0, 0, 1)`,
			"what waited in vain holds nothing: S2 agent"},
		{"the requester decided", `INSERT INTO decisions (send_id, revision, person, verdict, groups, at) VALUES (5, 1, 'U0ANA', 'approve', 'finance', 9999999999999)`,
			"who had a hand in a send does not decide it: S5 U0ANA"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db storetest.Database) {
				d := decided(t, db)
				raw := storetest.Raw(t, d.dsn)
				if _, err := raw.Exec(tt.query); err != nil {
					t.Fatalf("%s: %v", tt.query, err)
				}
				v := d.verify(store.Head{})
				if found := strings.Join(v.Broken, "\n"); !strings.Contains(found, tt.finds) || tt.finds == "" && found != "" {
					t.Errorf("found %q, want %q", v.Broken, tt.finds)
				}
			})
		})
	}
}
