package commands

import (
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

func TestTheRequesterWithdraws(t *testing.T) {
	for _, how := range []string{"typed", "pressed"} {
		w, s := newWaiting(t)
		do := func(person string) (Reply, error) {
			if how == "typed" {
				return w.Do(t.Context(), w.ask(person), "withdraw S1")
			}
			return w.Press(t.Context(), w.ask(person), "send.withdraw", SendValue(s))
		}
		for _, other := range []string{ana, ada, ben, guy} {
			if r := w.refusal(do(other)); r.Code != NotYours {
				t.Errorf("%s by %s: %+v", how, other, r)
			}
		}
		reply, err := do(abe)
		if c, ok := reply.(Changed); err != nil || !ok || c.Verb != "withdraw" || c.Send.State != store.SendWithdrawn || c.Send.ClosedBy != abe {
			t.Errorf("%s: got %+v, %v", how, reply, err)
		}
		reply, err = do(abe)
		if how == "pressed" {
			if err != nil || as[Redrawn](t, reply).Subject != "S1" {
				t.Errorf("pressed again: %+v, %v", reply, err)
			}
		} else if r := w.refusal(reply, err); r.Code != NotWaiting || r.Text != "withdrawn" || r.By != abe {
			t.Errorf("typed again: %+v", r)
		}
		if r := w.isRefused(ben, "approve S1"); r.Code != NotWaiting {
			t.Errorf("got %+v", r)
		}
	}
}

func TestAskAgain(t *testing.T) {
	ends := map[store.SendState]func(w *world, s store.Send){
		store.SendExpired: func(w *world, s store.Send) { w.clock = w.clock.Add(73 * time.Hour); w.overdue() },
		store.SendRejected: func(w *world, s store.Send) {
			if _, err := w.Submit(w.t.Context(), w.ask(ben), Form{ID: FormReject, Meta: SendValue(s), Values: map[string]string{FieldWhy: "no"}}); err != nil {
				w.t.Fatal(err)
			}
		},
		store.SendWithdrawn: func(w *world, s store.Send) { w.says(abe, "withdraw S1") },
	}
	for state, end := range ends {
		t.Run(string(state), func(t *testing.T) {
			w, s := newWaiting(t)
			as[Redrawn](t, w.presses(abe, "send.again", SendValue(s)))
			end(w, s)
			if got := w.send(1).State; got != state {
				t.Fatalf("it is %s", got)
			}
			if r := w.isRefusedPressing(ana, "send.again", SendValue(s)); r.Code != NotYours {
				t.Errorf("somebody else: %+v", r)
			}
			card := as[Confirm](t, w.presses(abe, "send.again", SendValue(s)))
			c := card.Draft.Contents
			if c.StockName != "sorry-10" || len(c.OpenIDs) != 6 || c.Amount != 1000 || card.Seats == nil || card.Existed {
				t.Errorf("got %+v", card)
			}
			if again := as[Sent](t, w.presses(abe, "send.confirm", DraftValue(card.Draft.ID))).Send; again.ID != 2 || again.State != store.SendAwaiting {
				t.Errorf("got %+v", again)
			}
			w.people.members["S01AGENTS"] = nil
			if r := w.isRefusedPressing(abe, "send.again", SendValue(s)); r.Code != NoRight {
				t.Errorf("without the right: %+v", r)
			}
		})
	}
}

func TestDecidersOfBothKindsSeeTheStatus(t *testing.T) {
	w, _ := newWaiting(t)
	if r := w.isRefused(lea, "status S1"); r.Code != NotYours {
		t.Errorf("the fallback group before its time: %+v", r)
	}
	w.clock = w.clock.Add(time.Hour)
	w.overdue()
	for _, person := range []string{appy, ben, lea} {
		if got := as[Status](t, w.says(person, "status S1")); got.Full || got.Send.ID != 1 {
			t.Errorf("%s: %+v", person, got)
		}
	}
	if slices.Contains(w.trail(1), lea+" view.full") {
		t.Error("nobody saw openids in full")
	}
}
