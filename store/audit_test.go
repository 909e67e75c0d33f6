package store_test

import (
	"errors"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

func TestAnEventHasOneSequenceOfBytes(t *testing.T) {
	each(t, func(d *desk) {
		d.clock.Set(time.Date(2026, 3, 11, 12, 0, 0, 7_654_321, storetest.Shanghai))
		d.ok(d.Audit(d.Context(), store.Event{Actor: "U0ANA", Action: "refused", Send: 12, Position: 3,
			Detail: map[string]any{"why": "a<b & \"c\"\n迟到", "code": "NotYours", "list": []int{2, 1}, "at": map[string]any{"z": 1, "a": true}}}))
		d.ok(d.Audit(d.Context(), store.Event{Actor: "U0ANA", Action: "refused"}))
		want := []string{
			`{"action":"refused","actor":"U0ANA","at":"2026-03-11T04:00:00.007Z","detail":{"at":{"a":true,"z":1},"code":"NotYours","list":[2,1],"why":"a<b & \"c\"\n迟到"},"subject":"S12-3"}`,
			`{"action":"refused","actor":"U0ANA","at":"2026-03-11T04:00:00.007Z"}`,
		}
		for i, w := range want {
			var body []byte
			d.ok(storetest.Raw(d.T, d.dsn).QueryRow(`SELECT body FROM audit WHERE id = $1`, i+1).Scan(&body))
			if string(body) != w {
				d.Errorf("%s\nwant\n%s", body, w)
			}
		}
	})
}

func TestTheAuditIsNeverChanged(t *testing.T) {
	each(t, func(d *desk) {
		d.ok(d.Audit(d.Context(), store.Event{Actor: "U0ANA", Action: "refused"}))
		raw := storetest.Raw(d.T, d.dsn)
		for _, q := range []string{`UPDATE audit SET actor = 'U0EVE'`, `DELETE FROM audit`, `TRUNCATE audit`} {
			if _, err := raw.Exec(q); err == nil {
				d.Errorf("%s was possible", q)
			}
		}
	})
}

func TestATrailIsOfOneSendOrCoupon(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA", "oB"))
		d.send(contents("oC"))
		d.issue(3)
		count := func(id store.GrantID) int {
			d.Helper()
			trail, err := d.Trail(d.Context(), id)
			d.ok(err)
			for _, e := range trail {
				if e.Send != s.ID || e.At.IsZero() || e.Actor == "" {
					d.Errorf("%+v", e)
				}
			}
			return len(trail)
		}
		if n := count(store.GrantID{Send: s.ID}); n != 5 { // create, claim, two issued, done
			d.Errorf("%d events of the send", n)
		}
		if n := count(store.GrantID{Send: s.ID, Position: 2}); n != 4 {
			d.Errorf("%d events of one coupon", n)
		}
	})
}

func TestAnInputLeadsToOneThing(t *testing.T) {
	each(t, func(d *desk) {
		draft, _, err := d.OpenDraft(d.Context(), "slash 1", "U0ANA", "C0", contents("oA"))
		d.ok(err)
		s, err := d.CreateSend(d.Context(), store.SendAsk{Input: "press 1", Draft: draft.ID, By: "U0ANA"})
		d.ok(err)
		for key, want := range map[string]string{"slash 1": store.DraftName(draft.ID), "press 1": store.SendName(s.ID)} {
			if got, err := d.Seen(d.Context(), key); err != nil || got != want {
				d.Errorf("%s led to %q, %v", key, got, err)
			}
		}
		if _, err := d.Seen(d.Context(), "press 2"); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("a new input: %v", err)
		}
	})
}

func TestEveryReadingOfNothingSaysSo(t *testing.T) {
	each(t, func(d *desk) {
		for name, read := range map[string]func() error{
			"send":          func() error { _, err := d.Send(d.Context(), 1); return err },
			"send of draft": func() error { _, err := d.SendOfDraft(d.Context(), 1); return err },
			"draft":         func() error { _, err := d.Draft(d.Context(), 1); return err },
			"grant":         func() error { _, err := d.Grant(d.Context(), store.GrantID{Send: 1, Position: 1}); return err },
			"settlement":    func() error { _, err := d.Settlement(d.Context(), 1); return err },
			"proposal": func() error {
				_, err := d.OpenSettlement(d.Context(), store.GrantID{Send: 1, Position: 1})
				return err
			},
			"stop":  func() error { _, err := d.StopByID(d.Context(), 1); return err },
			"alert": func() error { _, err := d.Alert(d.Context(), 1); return err },
			"record": func() error {
				_, err := d.Record(d.Context(), []store.Result{{ID: store.GrantID{Send: 1, Position: 1}}})
				return err
			},
		} {
			if err := read(); !errors.Is(err, store.ErrNotFound) {
				d.Errorf("%s: %v, want ErrNotFound", name, err)
			}
		}
	})
}
