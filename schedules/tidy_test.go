package schedules

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// A confirm card can be pressed for as long as Slack lets it be redrawn, and not a moment longer; a card that is still
// fresh is left alone.
func TestOldConfirmCardsExpire(t *testing.T) {
	clock := storetest.NewClock()
	l := storetest.New(t, store.Options{Now: clock.Now})
	contents := func(ticket string) store.Contents {
		return store.Contents{StockName: "sorry-10", StockID: "9856000", CreatorMchID: "1900000001", Amount: 1000, OpenIDs: []string{"oABC"}, Ticket: ticket}
	}
	old, _, err := l.OpenDraft(t.Context(), "input-1", "U01ANA", "C01", contents("T-1"))
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(draftLife - time.Minute)
	fresh, _, err := l.OpenDraft(t.Context(), "input-2", "U01ANA", "C01", contents("T-2"))
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute + time.Millisecond)

	ctx, stop := context.WithCancel(t.Context())
	tidied := l.Changed()
	done := make(chan error, 1)
	go func() { done <- Tidy(ctx, l, slog.New(slog.DiscardHandler)) }()
	select {
	case <-tidied:
	case <-time.After(30 * time.Second):
		t.Error("nothing was tidied")
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Tidy ended with %v, want nil when it is stopped", err)
	}
	for _, tt := range []struct {
		sentence string
		id       int64
		want     store.DraftState
	}{
		{"half an hour old", old.ID, store.DraftExpired},
		{"a minute old", fresh.ID, store.DraftOpen},
	} {
		d, err := l.Draft(t.Context(), tt.id)
		if err != nil || d.State != tt.want {
			t.Errorf("a card %s is %s (%v), want %s", tt.sentence, d.State, err, tt.want)
		}
	}
}

// What Slack said is recognised for a week, and then forgotten.
func TestOldInputsAreForgotten(t *testing.T) {
	clock := storetest.NewClock()
	l := storetest.New(t, store.Options{Now: clock.Now})
	if _, _, err := l.OpenDraft(t.Context(), "input-1", "U01ANA", "C01", store.Contents{StockID: "9856000", Amount: 1, OpenIDs: []string{"oABC"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		sentence string
		after    time.Duration
		want     int64
	}{
		{"a day later it is still known", 24 * time.Hour, 0},
		{"a week later it is forgotten", inputLife, 1},
	} {
		clock.Advance(tt.after)
		done, err := l.Tidy(t.Context(), inputLife, draftLife)
		if err != nil || done.Inputs != tt.want {
			t.Errorf("%s: forgot %d (%v), want %d", tt.sentence, done.Inputs, err, tt.want)
		}
	}
}
