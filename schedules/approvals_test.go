package schedules

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// waits makes a send that waits for an approver for an hour.
func waits(t *testing.T, l *store.Ledger) store.Send {
	t.Helper()
	d, _, err := l.OpenDraft(t.Context(), "", "U01ANA", "C01", store.Contents{StockID: "9856000", Amount: 1000, OpenIDs: []string{"oABC"}})
	if err != nil {
		t.Fatal(err)
	}
	need := func([]store.Total) ([]store.Seat, error) { return []store.Seat{{Group: "approvers", Count: 1}}, nil }
	s, err := l.CreateSend(t.Context(), store.SendAsk{Draft: d.ID, By: "U01ANA", Seats: need, Patience: store.Patience{ExpireAfter: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// running runs the loop until the test ends.
func running(t *testing.T, l *store.Ledger, recheck func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Approvals(ctx, l, slog.New(slog.DiscardHandler), recheck) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Approvals ended with %v, want nil when it is stopped", err)
		}
	})
}

// become waits until a send is in a state.
func become(t *testing.T, l *store.Ledger, id int64, want store.SendState) {
	t.Helper()
	enough := time.After(30 * time.Second)
	for {
		changed := l.Changed()
		s, err := l.Send(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s.State == want {
			return
		}
		select {
		case <-changed:
		case <-enough:
			t.Fatalf("%s is %s, want %s", store.SendName(id), s.State, want)
		}
	}
}

// What was overdue while nobody looked is done at once, and what becomes due later when its time has come.
func TestWaitingEndsWhenItsTimeHasCome(t *testing.T) {
	clock := storetest.NewClock()
	l := storetest.New(t, store.Options{Now: clock.Now})
	old := waits(t, l)
	clock.Advance(time.Hour)
	young := waits(t, l)
	running(t, l, func(context.Context) error { return nil })
	become(t, l, old.ID, store.SendExpired)
	if s, err := l.Send(t.Context(), young.ID); err != nil || s.State != store.SendAwaiting {
		t.Errorf("the younger one is %s (%v), want awaiting", s.State, err)
	}
	clock.Advance(time.Hour)
	become(t, l, young.ID, store.SendExpired)
}

// People are looked at again from the beginning, and a look that fails ends nothing.
func TestPeopleAreLookedAtAgain(t *testing.T) {
	l := storetest.New(t, store.Options{})
	var looks atomic.Int32
	looked := make(chan struct{}, 1)
	running(t, l, func(context.Context) error {
		looks.Add(1)
		looked <- struct{}{}
		return errors.New("Slack does not answer")
	})
	select {
	case <-looked:
	case <-time.After(30 * time.Second):
		t.Error("nobody was looked at")
	}
	if n := looks.Load(); n != 1 {
		t.Errorf("%d looks at once, want 1", n)
	}
}

func TestHowLongToWait(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		next     time.Time
		least    time.Duration
		most     time.Duration
	}{
		{"nothing is planned", time.Time{}, overdueEvery, overdueEvery},
		{"it is due already", time.Now().Add(-time.Hour), 0, 0},
		{"it is due in ten seconds", time.Now().Add(10 * time.Second), time.Second, 10 * time.Second},
		{"it is due tomorrow", time.Now().Add(24 * time.Hour), overdueEvery, overdueEvery},
	} {
		if got := until(tt.next); got < tt.least || got > tt.most {
			t.Errorf("%s: wait %s, want %s to %s", tt.sentence, got, tt.least, tt.most)
		}
	}
}
