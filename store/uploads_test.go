package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func TestUploads(t *testing.T) {
	each(t, func(d *desk) {
		ask := store.Upload{Audience: "vip", Minus: "bought", Files: []store.UploadFile{{ID: "F1", Name: "march.csv", Size: 12}}, By: "U05MAR", Channel: "C1"}
		u, err := d.NewUpload(d.Context(), "submit 1", ask)
		d.ok(err)
		again, err := d.NewUpload(d.Context(), "submit 1", ask)
		d.ok(err)
		if diff := cmp.Diff(u, again); diff != "" || u.ID == 0 || u.State != store.UploadWaiting {
			t.Errorf("a second delivery made another upload: %s", diff)
		}
		cards, err := d.CardsOf(d.Context(), store.UploadName(u.ID))
		d.ok(err)
		if len(cards) != 1 || cards[0].Kind != store.CardUpload || cards[0].Reader != "U05MAR" {
			t.Errorf("cards %+v", cards)
		}

		running, err := d.BeginUpload(d.Context(), u)
		d.ok(err)
		half, err := d.NewVersion(d.Context(), store.Version{Audience: "vip", Upload: u.ID, By: u.By})
		d.ok(err)
		d.ok(d.UploadProgress(d.Context(), running, 5))

		// The process that worked on it is gone; another begins it again, and the first one comes back.
		due, err := d.UploadsDue(d.Context(), 10)
		d.ok(err)
		if len(due) != 1 || due[0].Progress != 5 || due[0].State != store.UploadRunning {
			t.Fatalf("due %+v", due)
		}
		second, err := d.BeginUpload(d.Context(), due[0])
		d.ok(err)
		for what, err := range map[string]error{
			"progress": d.UploadProgress(d.Context(), running, 6), "end": d.EndUpload(d.Context(), running),
			"begin": second2(d.BeginUpload(d.Context(), u)), "finish": second2(d.FinishVersion(d.Context(), half.ID, store.Tally{})),
		} {
			if !errors.As(err, new(*store.Moved)) {
				t.Errorf("the first one went on with its %s: %v", what, err)
			}
		}

		d.ok(d.UploadLater(d.Context(), second, d.clock.Now().Add(time.Minute), "slack", "march.csv"))
		if due, err := d.UploadsDue(d.Context(), 10); err != nil || len(due) != 0 {
			t.Errorf("due before its time: %+v %v", due, err)
		}
		d.clock.Advance(time.Minute)
		due, err = d.UploadsDue(d.Context(), 10)
		d.ok(err)
		third, err := d.BeginUpload(d.Context(), due[0])
		d.ok(err)
		v, err := d.NewVersion(d.Context(), store.Version{Audience: "vip", Upload: u.ID, By: u.By})
		d.ok(err)
		_, err = d.FinishVersion(d.Context(), v.ID, store.Tally{Rows: 1, Bad: 1})
		d.ok(err)
		third.Fault, third.About = "", ""
		third.Tally, third.FirstBad = store.Tally{Rows: 1, Bad: 1}, []store.BadRow{{File: "march.csv", Line: 2, Why: "empty"}}
		d.ok(d.EndUpload(d.Context(), third))
		got, err := d.Upload(d.Context(), u.ID)
		d.ok(err)
		third.State, third.Version, third.EndedAt = store.UploadDone, v.ID, d.clock.Now().UTC()
		if diff := cmp.Diff(third, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if due, err := d.UploadsDue(d.Context(), 10); err != nil || len(due) != 0 {
			t.Errorf("due after its end: %+v %v", due, err)
		}
	})
}

func second2[T any](_ T, err error) error { return err }
