package commands

import (
	"context"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// What was done is said to be done, although the time for it ended in the moment in which the ledger had written it.
func TestWhatWasWrittenAtTheLastMomentIsNotCalledNotDone(t *testing.T) {
	w := newWorld(t)
	file := storetest.SQLite().Init(t)
	late, end := "", context.CancelFunc(nil)
	l, err := store.Open(t.Context(), file, store.Options{MchID: w.config.MchID, Now: w.now, Observe: func(op string, _ time.Duration) {
		if op == late {
			end()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w.Desk = New(w.config, l, w.people, w.log, w.now)
	w.read("9856000", func(*store.Stock) {})
	s := w.sent(ana, "send sorry-10 oABC")
	do := func(op, line string) Reply {
		t.Helper()
		var ctx context.Context
		ctx, end = context.WithCancel(t.Context())
		late = op
		reply, err := w.Do(ctx, w.ask(ana), line)
		late = ""
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return reply
	}
	if r := as[Changed](t, do("send.pause", "pause S1")); r.Send.State != store.SendPaused {
		t.Errorf("got %+v", r)
	}
	if r := as[Changed](t, do("send.resume", "resume S1")); r.Send.ID != s.ID {
		t.Errorf("got %+v", r)
	}
	w.settles(refusesAll)
	if r := as[Retried](t, do("send.retry", "retry S1")); r.Retried.Back != 1 {
		t.Errorf("got %+v", r)
	}
	as[Changed](t, do("send.cancel", "cancel S1"))

	card := w.draft(ana, "send sorry-10 oDEF")
	press := func() Reply {
		t.Helper()
		var ctx context.Context
		ctx, end = context.WithCancel(t.Context())
		late = "send.create"
		reply, err := w.Press(ctx, w.ask(ana), "send.confirm", card)
		late = ""
		if err != nil {
			t.Fatalf("pressed: %v", err)
		}
		return reply
	}
	as[Sent](t, press())
}
