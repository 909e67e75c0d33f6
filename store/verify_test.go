package store_test

import (
	"cmp"
	"strings"
	"testing"

	"couponbot/store"
	"couponbot/store/storetest"
)

// story makes a ledger with an issued, a refused and a waiting coupon, sealed; nothing holds it against the laws at the
// end, because tests spoil it.
func story(t *testing.T, db storetest.Database) *desk {
	t.Helper()
	d := &desk{T: t, clock: storetest.NewClock(), dsn: db.Init(t)}
	d.open()
	limits := []store.Limit{{Kind: store.LimitAgent, Key: "U0ANA", Period: store.Day, MaxFen: 100000},
		{Kind: store.LimitCustomer, Key: "oFIRST", OpenID: "oFIRST", Period: store.Month, MaxFen: 100000}}
	d.send(contents("oFIRST", "oSECOND"), limits...)
	claims := d.claim(10)
	d.record(claims[0], store.Result{Verdict: store.GrantIssued, CouponID: "98670001"})
	d.record(claims[1], refused(false))
	d.send(contents("oTHIRD"))
	d.sealAll()
	return d
}

func (d *desk) sealAll() {
	d.Helper()
	for {
		n, err := d.Seal(d.Context())
		d.ok(err)
		if n == 0 {
			return
		}
	}
}

func (d *desk) verify(known store.Head) store.Verified {
	d.Helper()
	v, err := d.Verify(d.Context(), known)
	d.ok(err)
	return v
}

func TestAnHonestLedgerAgrees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := story(t, db)
		v := d.verify(store.Head{})
		if len(v.Broken) > 0 || v.Sends != 2 || v.Coupons != 3 || v.Events == 0 || v.Unsealed != 0 || v.Head.Seq != v.Events {
			t.Fatalf("%+v", v)
		}
		d.send(contents("oFOURTH"))
		if later := d.verify(v.Head); len(later.Broken) > 0 || later.Unsealed == 0 || later.Head != v.Head {
			t.Errorf("with unsealed events: %+v", later)
		}
		d.sealAll()
		if later := d.verify(v.Head); len(later.Broken) > 0 || later.Unsealed != 0 || later.Head == v.Head {
			t.Errorf("against a head that was kept: %+v", later)
		}
	})
}

// unguarded takes the triggers away that keep the audit as it is, as somebody with the database's password could.
func unguarded(postgres bool, audit, seals string) []string {
	if postgres {
		return append([]string{`ALTER TABLE audit DISABLE TRIGGER ALL`, `ALTER TABLE audit_seals DISABLE TRIGGER ALL`}, audit, seals)
	}
	return []string{`DROP TRIGGER audit_stays`, `DROP TRIGGER audit_keeps`, `DROP TRIGGER audit_seals_stay`, `DROP TRIGGER audit_seals_keep`, audit, seals}
}

func TestVerifyFindsWhatWasChangedBehindItsBack(t *testing.T) {
	const nothing = `SELECT 1`
	tests := []struct {
		sentence string
		query    string // in the ledger's tables
		audit    string // in the audit
		seals    string
		finds    string
	}{
		{sentence: "a coupon id", query: `UPDATE grants SET coupon_id = '1' WHERE state = 'issued'`, finds: "the ledger says, and the audit does not: S1-1 was issued as coupon 1"},
		{sentence: "a customer", query: `UPDATE grants SET openid = 'oMYFRIEND00000' WHERE openid = 'oTHIRD'`, finds: "S2-1 is for oMYF…0000"},
		{sentence: "an amount", query: `UPDATE sends SET amount_fen = 9000 WHERE id = 1`, finds: "S1 in revision 1: 9000 fen each"},
		{sentence: "who asked", query: `UPDATE sends SET requested_by = 'U0BEN' WHERE id = 1`, finds: "the audit says, and the ledger does not: S1: U0ANA asked"},
		{sentence: "a counter of a send", query: `UPDATE sends SET issued = 2, refused = 0 WHERE id = 1`, finds: "a send's counters are the counts of its coupons: S1 done"},
		{sentence: "a send's coupons taken away", query: `DELETE FROM grants WHERE send_id = 2`, finds: "a send has its coupons: S2 1"},
		{sentence: "a refusal that nobody gave", query: `UPDATE sends SET refused = 1, waiting = 0 WHERE id = 2`, finds: "S2: 1 refused, 0 in the audit"},
		{sentence: "a refused coupon made issued", query: `UPDATE grants SET state = 'issued', coupon_id = '7' WHERE state = 'refused'`, finds: "S1-2 was issued as coupon 7"},
		{sentence: "an issued coupon made refused", query: `UPDATE grants SET state = 'refused', coupon_id = '' WHERE state = 'issued'`, finds: "the audit says, and the ledger does not: S1-1 was issued as coupon 98670001"},
		{sentence: "a limit that spent less", query: `UPDATE limits SET spent_fen = 0 WHERE kind = 'agent'`, finds: "a limit spent what was issued under it: agent U0ANA per day: 1 coupons and 0 fen"},
		{sentence: "a limit that spent more", query: `UPDATE limits SET spent_coupons = 5 WHERE kind = 'customer'`, finds: "customer oFIRST per month: 5 coupons"},
		{sentence: "a limit that holds more", query: `UPDATE limits SET held_fen = 500 WHERE kind = 'agent'`, finds: "a limit holds what the sends hold under it"},
		{sentence: "a send of another stock", query: `UPDATE grants SET stock_id = '1' WHERE send_id = 2`, finds: "a coupon is of its send's stock: S2-1"},
		{sentence: "an event's text", audit: `UPDATE audit SET body = (SELECT body FROM audit WHERE id = 1) WHERE id = 3`, finds: "the audit's chain is broken at seal 3: audit event 3"},
		{sentence: "an event's columns", audit: `UPDATE audit SET actor = 'U0BEN' WHERE id = 2`, finds: "audit event 2: its columns are not what was sealed"},
		{sentence: "an event taken away", audit: `DELETE FROM audit WHERE id = 2`, finds: "the audit's chain is broken at seal 2: audit event 2 is gone"},
		{sentence: "an event taken away with its seal", audit: `DELETE FROM audit WHERE id = 2`, seals: `DELETE FROM audit_seals WHERE audit_id = 2`, finds: "seal 2 is missing"},
		{sentence: "a seal", seals: `UPDATE audit_seals SET hash = (SELECT hash FROM audit_seals WHERE seq = 1) WHERE seq = 4`, finds: "broken at seal 4"},
		{sentence: "the end of the chain, against a head that was kept", audit: `DELETE FROM audit WHERE id > 3`, seals: `DELETE FROM audit_seals WHERE seq > 3`,
			finds: "the audit's chain was cut: it ends at seal 3"},
		{sentence: "an event that waits for no seal", query: `DELETE FROM audit_unsealed`, finds: "is not sealed and does not wait for its seal"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db storetest.Database) {
				d := story(t, db)
				head := d.verify(store.Head{}).Head
				if strings.Contains(tt.query, "audit_unsealed") {
					d.send(contents("oFOURTH"))
				}
				queries := []string{tt.query}
				if tt.query == "" {
					queries = unguarded(db.Name == "postgres", cmp.Or(tt.audit, nothing), cmp.Or(tt.seals, nothing))
				}
				raw := storetest.Raw(t, d.dsn)
				for _, q := range queries {
					if _, err := raw.Exec(q); err != nil {
						t.Fatalf("%s: %v", q, err)
					}
				}
				if v := d.verify(head); !strings.Contains(strings.Join(v.Broken, "\n"), tt.finds) {
					t.Errorf("found %q, want %q", v.Broken, tt.finds)
				}
			})
		})
	}
}

func TestTheAuditAndItsSealsAreNeverChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := story(t, db)
		raw := storetest.Raw(t, d.dsn)
		for _, q := range []string{`UPDATE audit SET actor = 'x'`, `DELETE FROM audit`, `UPDATE audit_seals SET audit_id = 0`, `DELETE FROM audit_seals`} {
			if _, err := raw.Exec(q); err == nil {
				t.Errorf("%s is possible", q)
			}
		}
	})
}

func TestHeads(t *testing.T) {
	h := store.Head{Seq: 12, Hash: strings.Repeat("ab", 32)}
	if got, err := store.ParseHead(" " + h.String() + "\n"); err != nil || got != h {
		t.Errorf("read %v, %v", got, err)
	}
	for _, s := range []string{"", "12", "12:ab", "0:" + h.Hash, "x:" + h.Hash, "12:" + strings.Repeat("zz", 32)} {
		if h, err := store.ParseHead(s); err == nil {
			t.Errorf("%q is %v", s, h)
		}
	}
}

func TestVerifyWhileTheBotWorks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		d := newDesk(t, db)
		reader, err := store.OpenReader(t.Context(), d.dsn, store.Options{})
		d.ok(err)
		defer reader.Close()
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
				}
				v, err := reader.Verify(t.Context(), store.Head{})
				if err != nil || len(v.Broken) > 0 {
					t.Errorf("%q, %v", v.Broken, err)
					return
				}
			}
		}()
		all := openids(60)
		for i := range 20 {
			d.send(contents(all[3*i : 3*i+3]...))
			for j, c := range d.claim(10) {
				d.record(c, store.Result{Verdict: store.GrantIssued, CouponID: c.ID.String() + "-" + string(rune('a'+j))})
			}
			_, err := d.Seal(d.Context())
			d.ok(err)
		}
		close(stop)
		<-stopped
	})
}
