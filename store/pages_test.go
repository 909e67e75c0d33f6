package store_test

import (
	"errors"
	"testing"
	"time"

	"couponbot/store"
)

// The Homes that are open are drawn again when something of their person changes, and when what waits for people does.
func TestHomesFollow(t *testing.T) {
	each(t, func(d *desk) {
		ana, appy := store.HomeName("U0ANA"), store.HomeName("U0APPY")
		for _, person := range []string{"U0ANA", "U0APPY"} {
			d.ok(d.OpenHome(d.Context(), person))
		}
		if c := d.card(appy, store.CardHome); c.Reader != "U0APPY" || c.Wanted != 1 {
			d.Errorf("%+v", c)
		}
		var send store.Send
		for _, step := range []struct {
			sentence string
			do       func()
			anas     bool // the requester's Home is drawn again
			appys    bool // and an approver's
		}{
			{"it is opened again", func() { d.ok(d.OpenHome(d.Context(), "U0APPY")) }, false, true},
			{"a send that needs nobody is made and issued", func() { d.send(contents("oA")); d.issue(10) }, true, false},
			{"a send begins to wait", func() { send = d.waits(contents("oB"), []string{"approvers", "finance"}) }, true, true},
			{"a seat is taken", func() { d.ok(second(d.approve(send.ID, "U0AMY", "approvers"))) }, true, true},
			{"it ceases to wait", func() { d.ok(d.WithdrawSend(d.Context(), send.ID, "U0ANA", "", "")) }, true, true},
			{"everything is stopped", func() { d.ok(third(d.Stop(d.Context(), "U0ADA", "why", ""))) }, true, true},
			{"an admin asks to start again", func() { d.ok(second(d.AskStart(d.Context(), "U0ADA", ""))) }, true, true},
			{"a draft is opened", func() { d.draft(contents("oC")) }, false, false},
		} {
			a, b := d.wanted(ana, store.CardHome), d.wanted(appy, store.CardHome)
			step.do()
			if got := d.wanted(ana, store.CardHome) > a; got != step.anas {
				d.Errorf("%s: the requester's Home is drawn again: %t", step.sentence, got)
			}
			if got := d.wanted(appy, store.CardHome) > b; got != step.appys {
				d.Errorf("%s: the approver's Home is drawn again: %t", step.sentence, got)
			}
		}
		d.ok(d.DropCard(d.Context(), d.card(appy, store.CardHome), "not_enabled"))
		d.ok(d.OpenHome(d.Context(), "U0APPY"))
		if c := d.card(appy, store.CardHome); c.Drawn >= c.Wanted {
			d.Errorf("a Home that was given up and is opened again: %+v", c)
		}
	})
}

// A Home that nobody opens for a day is not drawn any more until it is opened again.
func TestHomesAreForgotten(t *testing.T) {
	each(t, func(d *desk) {
		d.ok(d.OpenHome(d.Context(), "U0ANA"))
		d.ok(d.OpenHome(d.Context(), "U0APPY"))
		d.clock.Advance(store.HomeLife - time.Hour)
		d.ok(d.OpenHome(d.Context(), "U0APPY"))
		d.clock.Advance(time.Hour + time.Second)
		for _, want := range []int64{1, 0} {
			if done, err := d.Tidy(d.Context(), time.Hour, time.Hour); err != nil || done.Homes != want {
				d.Errorf("forgot %d Homes, want %d (%v)", done.Homes, want, err)
			}
		}
		d.waits(contents("oA"), []string{"approvers"})
		if c := d.card(store.HomeName("U0APPY"), store.CardHome); c.Drawn >= c.Wanted {
			d.Errorf("the Home that was opened since: %+v", c)
		}
		d.ok(d.OpenHome(d.Context(), "U0ANA"))
		if c := d.card(store.HomeName("U0ANA"), store.CardHome); c.Wanted != 1 || c.Drawn != 0 {
			d.Errorf("the Home that was forgotten and is opened again: %+v", c)
		}
	})
}

func third[T, U any](_ T, _ U, err error) error { return err }

// A confirm card that stands in direct messages becomes the send's card there: one message, whatever is pressed.
func TestAConfirmCardBecomesTheSendsCard(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		groups   []string
		before   func(d *desk, c store.Card)
		kept     bool // the same row is the send's card
		private  bool // there is a private card as well
		atOnce   bool // it is drawn at once
	}{
		{"it was posted", nil, func(d *desk, c store.Card) {
			c.Channel, c.TS = "D1", "1.1"
			d.ok(d.Drawn(d.Context(), c))
		}, true, false, true},
		{"it is being posted", nil, func(d *desk, c store.Card) { d.ok(d.Posting(d.Context(), c)) }, true, false, true},
		{"its time has not come, because an ephemeral one may have been shown", nil, func(*desk, store.Card) {}, true, true, false},
		{"the same, of a send that waits", []string{"approvers"}, func(*desk, store.Card) {}, true, true, true},
		{"an ephemeral one was shown and it was dropped", nil, func(d *desk, c store.Card) { d.ok(d.DropCard(d.Context(), c, "")) }, false, true, false},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				draft := d.draft(contents("oA"))
				d.ok(d.CardDraft(d.Context(), draft.ID, "U0ANA", d.clock.Now().Add(10*time.Second)))
				confirm := d.card(store.DraftName(draft.ID), store.CardConfirm)
				if confirm.Reader != "U0ANA" || !confirm.DueAt.Equal(d.clock.Now().Add(10*time.Second)) {
					d.Fatalf("%+v", confirm)
				}
				tt.before(d, confirm)
				d.clock.Advance(time.Second)
				s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA", Seats: need(tt.groups...), ResponseURL: "https://hooks/1"})
				d.ok(err)
				dm, private := store.Card{}, false
				cards, err := d.CardsOf(d.Context(), store.SendName(s.ID))
				d.ok(err)
				for _, c := range cards {
					private = private || c.Kind == store.CardPrivate
					if c.Kind == store.CardDM {
						if dm.ID > 0 {
							d.Errorf("two cards in direct messages: %+v, %+v", dm, c)
						}
						dm = c
					}
				}
				if (dm.ID == confirm.ID) != tt.kept || private != tt.private || dm.DueAt.After(d.clock.Now()) == tt.atOnce || dm.Drawn >= dm.Wanted {
					d.Errorf("%+v, private %t", dm, private)
				}
			})
		})
	}
}

func TestAConfirmCardThatWasTakenBackComesWhenItIsAskedForAgain(t *testing.T) {
	each(t, func(d *desk) {
		draft := d.draft(contents("oA"))
		d.ok(d.CardDraft(d.Context(), draft.ID, "U0ANA", d.clock.Now()))
		d.ok(d.DropCard(d.Context(), d.card(store.DraftName(draft.ID), store.CardConfirm), ""))
		due := d.clock.Now().Add(time.Minute)
		d.ok(d.CardDraft(d.Context(), draft.ID, "U0ANA", due))
		if c := d.card(store.DraftName(draft.ID), store.CardConfirm); c.Drawn >= c.Wanted || !c.DueAt.Equal(due) {
			d.Errorf("%+v", c)
		}
	})
}

func TestAConfirmCardIsLockedWithItsDraft(t *testing.T) {
	each(t, func(d *desk) {
		discarded, expired := d.draft(contents("oA")), d.draft(contents("oB"))
		for _, draft := range []store.Draft{discarded, expired} {
			d.ok(d.CardDraft(d.Context(), draft.ID, "U0ANA", d.clock.Now()))
		}
		d.ok(d.DiscardDraft(d.Context(), discarded.ID, "U0ANA"))
		d.clock.Advance(time.Hour)
		_, err := d.Tidy(d.Context(), time.Hour, time.Minute)
		d.ok(err)
		for _, draft := range []store.Draft{discarded, expired} {
			if n := d.wanted(store.DraftName(draft.ID), store.CardConfirm); n != 2 {
				d.Errorf("%s is wanted %d times", store.DraftName(draft.ID), n)
			}
		}
		d.moved(d.CardDraft(d.Context(), discarded.ID, "U0ANA", d.clock.Now()), "discarded")
		if err := d.CardDraft(d.Context(), d.draft(contents("oC")).ID, "U0BOB", d.clock.Now()); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("somebody else's: %v", err)
		}
	})
}
