package store_test

import (
	"testing"
	"time"

	"couponbot/store"
)

func (d *desk) behind() []store.Card {
	d.Helper()
	cards, err := d.Behind(d.Context(), 100)
	d.ok(err)
	return cards
}

func (d *desk) card(subject, kind string) store.Card {
	d.Helper()
	cards, err := d.CardsOf(d.Context(), subject)
	d.ok(err)
	for _, c := range cards {
		if c.Kind == kind {
			return c
		}
	}
	d.Fatalf("%s has no %s card", subject, kind)
	return store.Card{}
}

func TestCardsOfASend(t *testing.T) {
	each(t, func(d *desk) {
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA")).ID, By: "U0ANA", ResponseURL: "https://hooks/1"})
		d.ok(err)
		private := d.behind()
		if len(private) != 1 || private[0].Kind != store.CardPrivate || private[0].Reader != "U0ANA" || private[0].ResponseURL != "https://hooks/1" ||
			!private[0].ResponseUntil.Equal(d.clock.Now().Add(store.ResponseLife)) {
			d.Fatalf("%+v: want only the private card at once", private)
		}
		n, next, err := d.BehindCount(d.Context())
		if err != nil || n != 2 {
			d.Errorf("%d behind, next %s, %v", n, next, err)
		}
		d.clock.Advance(store.DMAfter)
		if got := d.behind(); len(got) != 2 || got[1].Kind != store.CardDM {
			d.Errorf("%+v: want the direct message too", got)
		}
		d.issue(1)
		got := d.behind()
		if len(got) != 3 || got[2].Kind != store.CardLog || got[2].Subject != store.SendName(s.ID) {
			d.Errorf("%+v: want the log line last", got)
		}
		_, _, err = d.Stop(d.Context(), "U0ADA", "why", "")
		d.ok(err)
		if got = d.behind(); got[0].Kind != store.CardStop {
			d.Errorf("%+v: want the stop first", got)
		}
	})
}

func TestACardIsPostedOnce(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		c := d.card(store.SendName(s.ID), store.CardDM)
		d.ok(d.Posting(d.Context(), c))
		if err := d.Posting(d.Context(), c); movedTo(err) != "posting" {
			d.Errorf("a second poster: %v", err)
		}
		c = d.card(c.Subject, c.Kind)
		if !c.PostingAt.Equal(d.clock.Now()) {
			d.Errorf("%+v: the intent is not kept", c)
		}
		c.Copies++
		d.ok(d.DrawLater(d.Context(), c, d.clock.Now().Add(30*time.Second), "timeout"))
		c = d.card(c.Subject, c.Kind)
		if c.Tries != 1 || c.Fault != "timeout" || c.Copies != 1 || c.PostingAt.IsZero() || !c.DueAt.Equal(d.clock.Now().Add(30*time.Second)) {
			d.Errorf("%+v", c)
		}
		c.Channel, c.TS = "D1", "17.1"
		d.ok(d.Drawn(d.Context(), c))
		if c = d.card(c.Subject, c.Kind); c.Drawn != c.Wanted || c.TS != "17.1" || c.Channel != "D1" || !c.PostingAt.IsZero() || c.Tries != 0 || c.Fault != "" {
			d.Errorf("%+v", c)
		}
		d.claim1()
		if now := d.card(c.Subject, c.Kind); now.Wanted <= now.Drawn {
			d.Errorf("%+v: a change does not want it drawn again", now)
		}
	})
}

func TestADrawingThatWasOvertakenIsBehind(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		c := d.card(store.SendName(s.ID), store.CardDM)
		d.claim1()
		c.TS = "17.1"
		d.ok(d.Drawn(d.Context(), c))
		if now := d.card(c.Subject, c.Kind); now.Drawn >= now.Wanted {
			d.Errorf("%+v", now)
		}
		d.ok(d.Drawn(d.Context(), d.card(c.Subject, c.Kind)))
		d.ok(d.Redraw(d.Context(), c.Subject))
		if now := d.card(c.Subject, c.Kind); now.Drawn >= now.Wanted {
			d.Errorf("%+v: it is not redrawn", now)
		}
	})
}

func TestADroppedCardStaysDropped(t *testing.T) {
	each(t, func(d *desk) {
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA")).ID, By: "U0ANA", ResponseURL: "https://hooks/1"})
		d.ok(err)
		c := d.card(store.SendName(s.ID), store.CardPrivate)
		d.ok(d.DropCard(d.Context(), c, "expired_url"))
		d.claim1()
		d.ok(d.Drawn(d.Context(), c)) // a drawing that was under way
		for _, behind := range d.behind() {
			if behind.ID == c.ID {
				d.Error("it is behind")
			}
		}
		if now := d.card(c.Subject, c.Kind); now.ResponseURL != "" || now.Fault != "expired_url" {
			d.Errorf("%+v", now)
		}
	})
}

func TestACopyIsLearntAndDrawn(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		name := store.SendName(s.ID)
		c := d.card(name, store.CardDM)
		learn := func(ts string, want int) {
			d.Helper()
			d.ok(d.LearnCopy(d.Context(), name, store.CardDM, "U0ANA", "D1", ts))
			if cards, err := d.CardsOf(d.Context(), name); err != nil || len(cards) != want {
				d.Errorf("%d cards after %s, %v; want %d", len(cards), ts, err, want)
			}
		}
		learn("17.1", 2)
		learn("17.1", 2)
		c.Channel, c.TS = "D1", "17.2"
		d.ok(d.Drawn(d.Context(), c))
		learn("17.2", 2)
		learn("17.3", 3)
		c.TS = "17.3" // the post whose answer came after a click on it
		d.ok(d.Drawn(d.Context(), c))
		learn("17.3", 2)
		if behind := len(d.behind()); behind != 1 {
			d.Errorf("%d cards behind, want the copy", behind)
		}
	})
}

// A press on a message tells where it is while its post still waits for an answer, which then never comes.
func TestAPostThatWasFoundStaysFound(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		name := store.SendName(s.ID)
		posted := d.card(name, store.CardDM)
		d.ok(d.Posting(d.Context(), posted))
		found := d.card(name, store.CardDM)
		d.ok(d.DrawLater(d.Context(), found, d.clock.Now().Add(time.Minute), "")) // its post is waited for
		found.Channel, found.TS, found.Wanted = "D1", "17.1", 0
		d.ok(d.Drawn(d.Context(), found))
		posted.PostingAt = d.clock.Now()
		d.ok(d.DrawLater(d.Context(), posted, d.clock.Now().Add(time.Minute), "timeout"))
		if c := d.card(name, store.CardDM); c.TS != "17.1" || !c.PostingAt.IsZero() {
			d.Errorf("%+v: want it known", c)
		}
		if behind := d.behind(); len(behind) != 1 || behind[0].TS != "17.1" {
			d.Errorf("behind are %+v: want it drawn at once", behind)
		}
		gone := d.card(name, store.CardDM)
		gone.TS = ""
		d.ok(d.DrawLater(d.Context(), gone, d.clock.Now(), "message_not_found"))
		if c := d.card(name, store.CardDM); c.TS != "" {
			d.Errorf("%+v: want it posted anew", c)
		}
	})
}

func TestACopyThatIsGoneIsForgotten(t *testing.T) {
	each(t, func(d *desk) {
		s := d.send(contents("oA"))
		name := store.SendName(s.ID)
		d.ok(d.LearnCopy(d.Context(), name, store.CardDM, "U0ANA", "D1", "17.1"))
		cards, err := d.CardsOf(d.Context(), name)
		d.ok(err)
		copied := cards[1]
		copied.TS = ""
		d.ok(d.DrawLater(d.Context(), copied, d.clock.Now(), "message_not_found"))
		if cards, err = d.CardsOf(d.Context(), name); err != nil || len(cards) != 1 || cards[0].TS != "" {
			d.Errorf("%+v, %v", cards, err)
		}
	})
}
