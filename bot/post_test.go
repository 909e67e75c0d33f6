package bot

import (
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/store"
)

func TestALostPostIsRepeatedOnceAndSaysSo(t *testing.T) {
	for _, effect := range []string{"reset_after", "http_500_after", "internal_error_after"} {
		t.Run(effect, func(t *testing.T) {
			f := at(t)
			f.method("chat.postMessage", effect, 1)
			s := f.waiting("oOPENID1")
			f.until("the first post is there", func() bool { return len(f.in(dm(ana))) == 1 })
			f.until("its loss is noted", func() bool { c := f.card(s, store.CardDM); return c.Tries == 1 && !c.PostingAt.IsZero() })
			f.clock.Advance(repeatAfter - time.Second)
			f.settled()
			if n := len(f.in(dm(ana))); n != 1 {
				t.Fatalf("%d messages before half a minute", n)
			}
			f.clock.Advance(2 * time.Second)
			f.until("the repeated post is there", func() bool { return len(f.in(dm(ana))) == 2 })
			first, second := f.in(dm(ana))[0], f.in(dm(ana))[1]
			if first.String() == second.String() {
				t.Error("the repeated post is not marked")
			}
			f.until("the ledger knows the second", func() bool { return f.card(s, store.CardDM).TS == second.TS })
			if c := f.card(s, store.CardDM); c.Copies != 1 || !c.PostingAt.IsZero() {
				t.Errorf("card %+v", c)
			}

			t.Log("a press on the first teaches the ledger that copy, and both are drawn")
			f.pauses(s)
			f.desk.onPress(redraws(s))
			f.clicks(ana, dm(ana), first.TS, "send.cancel")
			f.until("the copy is drawn", func() bool { return f.in(dm(ana))[0].Version > first.Version })
			f.until("both are locked", func() bool {
				both := f.in(dm(ana))
				return strings.Contains(both[0].String(), "send.resume") && strings.Contains(both[1].String(), "send.resume")
			})
			if n := len(f.in(dm(ana))); n != 2 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func TestAPostWhoseAnswerIsLostTwiceIsGivenUpAndAlerted(t *testing.T) {
	f := at(t)
	f.method("chat.postMessage", "reset_after", 2)
	s := f.waiting("oOPENID1")
	f.until("both posts are there", func() bool { f.clock.Advance(time.Second); return len(f.in(dm(ana))) == 2 })
	f.until("it is given up", func() bool { f.clock.Advance(time.Second); return f.card(s, store.CardDM).Fault == "post_unknown" })
	f.until("people are told", func() bool { return len(f.in("C04ALERT")) == 1 })
	if n := len(f.in(dm(ana))); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestAnOutageIsWaitedOutBeforeAPostIsRepeated(t *testing.T) {
	f := at(t)
	f.method("*", "http_503_html", 0)
	s := f.waiting("oOPENID1")
	f.until("Slack is asked now and then", func() bool { f.clock.Advance(time.Second); return f.card(s, store.CardDM).Tries >= 5 })
	if n := f.calls("chat.postMessage"); n != 1 {
		t.Errorf("it was posted %d times into the outage", n)
	}
	f.calm()
	f.until("it is posted", func() bool { f.clock.Advance(time.Second); return len(f.in(dm(ana))) == 1 })
	f.until("it is known", func() bool { return f.card(s, store.CardDM).TS != "" })
}

func TestAPressOnALostPostFindsIt(t *testing.T) {
	f := at(t)
	f.method("chat.postMessage", "reset_after", 1)
	s := f.waiting("oOPENID1")
	f.until("its loss is noted", func() bool { return f.card(s, store.CardDM).Tries == 1 })
	lost := f.in(dm(ana))[0]
	f.pauses(s)
	f.desk.onPress(redraws(s))
	f.clicks(ana, dm(ana), lost.TS, "send.cancel")
	f.until("the ledger knows it", func() bool { return f.card(s, store.CardDM).TS == lost.TS })
	f.until("it is drawn", func() bool { return strings.Contains(f.in(dm(ana))[0].String(), "send.resume") })
	f.clock.Advance(time.Minute)
	f.settled()
	if n := len(f.in(dm(ana))); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestACardWhosePostWasCutByACrashIsOfUnknownOutcome(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	s := f.waiting("oOPENID1")
	if err := f.ledger.Posting(t.Context(), f.card(s, store.CardDM)); err != nil {
		t.Fatal(err)
	}
	f.draws()
	f.until("it waits", func() bool { return f.card(s, store.CardDM).Tries == 1 })
	if n := f.calls("chat.postMessage"); n != 0 {
		t.Fatalf("it was posted %d times at once", n)
	}
	f.clock.Advance(repeatAfter)
	f.until("it is posted", func() bool { return len(f.in(dm(ana))) == 1 })
	f.until("the ledger knows it as a repeated one", func() bool { c := f.card(s, store.CardDM); return c.TS != "" && c.Copies == 1 })
}

func TestADeletedCardIsPostedAnew(t *testing.T) {
	f := at(t)
	s := f.waiting("oOPENID1")
	f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
	old := f.card(s, store.CardDM)
	if _, _, err := f.bot.web.api.DeleteMessageContext(t.Context(), old.Channel, old.TS); err != nil {
		t.Fatal(err)
	}
	f.pauses(s)
	f.until("it is there again", func() bool { there := f.in(dm(ana)); return len(there) == 1 && there[0].TS != old.TS })
	f.until("the ledger knows it", func() bool { c := f.card(s, store.CardDM); return c.TS != old.TS && c.TS != "" && c.Drawn == c.Wanted })
}

func TestADeletedCopyIsNotMissed(t *testing.T) {
	f := at(t)
	s := f.waiting("oOPENID1")
	f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
	if err := f.ledger.LearnCopy(t.Context(), store.SendName(s.ID), store.CardDM, ana, dm(ana), "1.000001"); err != nil {
		t.Fatal(err)
	}
	f.settled()
	f.pauses(s)
	f.settled()
	if n := len(f.in(dm(ana))); n != 1 {
		t.Errorf("%d messages", n)
	}
}
