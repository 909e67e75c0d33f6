package commands

import (
	"testing"
	"time"
)

func TestTheRedButton(t *testing.T) {
	w := newWorld(t)
	card := as[StopAsk](t, w.says(ada, "stop wrong  stock —— 快停 --now"))
	if card.Why != "wrong stock —— 快停 --now" || card.Value == "" {
		t.Errorf("got %+v", card)
	}
	w.sent(ana, "send sorry-10 oABC")
	if r := w.isRefusedPressing(adi, "stop.confirm", card.Value); r.Code != NotYours {
		t.Errorf("another admin's card: %+v", r)
	}
	stop := as[Stopped](t, w.presses(ada, "stop.confirm", card.Value))
	if stop.Existed || stop.Stop.StoppedBy != ada || stop.Stop.Why != card.Why {
		t.Errorf("got %+v", stop)
	}
	if again := as[Stopped](t, w.presses(ada, "stop.confirm", card.Value)); !again.Existed || again.Stop.ID != stop.Stop.ID {
		t.Errorf("pressed twice: %+v", again)
	}
	if other := as[Stopped](t, w.says(adi, "stop me too")); !other.Existed || other.Stop.StoppedBy != ada {
		t.Errorf("typed while stopped: %+v", other)
	}
	if r := w.isRefused(ana, "stop x"); r.Code != NoRight {
		t.Errorf("no admin: %+v", r)
	}
	for text, want := range map[string]Code{"stop": TooFew, `stop ""`: TooFew, "start now": TooMany} {
		if r := w.isRefused(ada, text); r.Code != want {
			t.Errorf("%s: got %+v", text, r)
		}
	}
}

func TestWhoeverIsNoAdminAnyMoreCannotStop(t *testing.T) {
	w := newWorld(t)
	card := as[StopAsk](t, w.says(ada, "stop x"))
	w.config.Rights[RightAdmin] = nil
	if r := w.isRefusedPressing(ada, "stop.confirm", card.Value); r.Code != NoRight {
		t.Errorf("got %+v", r)
	}
}

func TestAnotherAdminStartsAgain(t *testing.T) {
	const ali = "U08ALI"
	w := newWorld(t, func(c *Config) { c.Groups[3].Members = append(c.Groups[3].Members, ali) })
	card := as[StopAsk](t, w.says(ada, "stop x"))
	stop := as[Stopped](t, w.presses(ada, "stop.confirm", card.Value)).Stop
	value := StartValue(stop.ID)
	if r := w.isRefusedPressing(adi, "start.confirm", value); r.Code != StartNotAsked {
		t.Errorf("before anybody asked: %+v", r)
	}
	if s := as[StartAsked](t, w.says(adi, "start")).Stop; s.StartAskedBy != adi {
		t.Errorf("got %+v", s)
	}
	for _, own := range []string{ada, adi} {
		if r := w.isRefusedPressing(own, "start.confirm", value); r.Code != OwnStart {
			t.Errorf("%s: %+v", own, r)
		}
	}
	if r := w.isRefusedPressing(fin, "start.confirm", value); r.Code != NoRight {
		t.Errorf("no admin: %+v", r)
	}
	if s := as[Started](t, w.presses(ali, "start.confirm", value)).Stop; s.StartedBy != ali {
		t.Errorf("got %+v", s)
	}
	as[Started](t, w.presses(ali, "start.confirm", value))
	if r := as[Redrawn](t, w.presses(adi, "start.confirm", value)); r.Subject != value {
		t.Errorf("got %+v", r)
	}
	if r := as[Redrawn](t, w.presses(adi, "start.confirm", StartValue(99))); r.Subject != "" {
		t.Errorf("got %+v", r)
	}
	w.sent(ana, "send sorry-10 oABC")
	w.clock = w.clock.Add(time.Minute)
	if r := w.isRefusedPressing(ada, "stop.confirm", card.Value); r.Code != StopCardOld {
		t.Errorf("the card of the stop that is over: %+v", r)
	}
}
