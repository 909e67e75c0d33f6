package commands

import (
	"errors"
	"testing"
	"time"
)

func TestWhoMaySend(t *testing.T) {
	for _, c := range []struct {
		name   string
		person string
		world  func(*world)
		want   Code // "": may
	}{
		{"a person whom the configuration names", ana, func(*world) {}, ""},
		{"a member of a user group", abe, func(*world) {}, ""},
		{"a person whom nobody names", guy, func(*world) {}, NoRight},
		{"an admin without the right", ada, func(*world) {}, NoRight},
		{"a named person, although groups cannot be read", ana, func(w *world) { w.people.faults = map[string]bool{"S01AGENTS": true} }, ""},
		{"a member of a group that cannot be read", abe, func(w *world) { w.people.faults = map[string]bool{"S01AGENTS": true} }, CouldNotCheck},
		{"a member of another group that can", abe, func(w *world) {
			w.config.Groups[0].Members = append(w.config.Groups[0].Members, "S09BROKEN")
			w.people.faults = map[string]bool{"S09BROKEN": true}
		}, ""},
		{"nobody, when the right has no group", ana, func(w *world) { delete(w.config.Rights, RightSend) }, NoRight},
		{"nobody, when the group is gone", ana, func(w *world) { w.config.Groups = w.config.Groups[1:] }, NoRight},
		{"a guest, even when named", ana, func(w *world) { w.people.people[ana] = Person{Guest: true} }, Guest},
		{"a deactivated person, even when named", ana, func(w *world) { w.people.people[ana] = Person{Deactivated: true} }, Deactivated},
		{"a person of a shared channel", ana, func(w *world) { w.people.people[ana] = Person{Stranger: true} }, Stranger},
		{"a person of another workspace", ana, func(w *world) { w.people.people[ana] = Person{Team: "T2"} }, Stranger},
		{"a person of this workspace", ana, func(w *world) { w.people.people[ana] = Person{Team: "T1"} }, ""},
		{"a bot", ana, func(w *world) { w.people.people[ana] = Person{Bot: true} }, Stranger},
		{"anybody, when people cannot be read", ana, func(w *world) { w.people.fault = errors.New("slow") }, CouldNotCheck},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.world(w)
			_, err := w.Do(t.Context(), w.ask(c.person), "send sorry-10 oABC")
			if c.want == "" && err != nil || c.want != "" && w.refusal(nil, err).Code != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestHowOldGroupsMayBe(t *testing.T) {
	w := newWorld(t)
	card := w.draft(abe, "send sorry-10 oABC")
	if got := w.people.asked["S01AGENTS"]; got != time.Minute {
		t.Errorf("typing reads groups %v old", got)
	}
	w.people.asked = nil
	w.presses(abe, "send.confirm", card)
	if got, asked := w.people.asked["S01AGENTS"]; !asked || got > time.Minute {
		t.Errorf("Send reads groups %v old: %v", got, asked)
	}
	stop := w.stopped(ada, "x")
	w.says(ada, "start")
	w.config.Groups[3].Members = []string{ada, "S02ADMINS"}
	w.people.members["S02ADMINS"] = []string{adi}
	w.people.asked = nil
	w.presses(adi, "start.confirm", StartValue(stop.ID))
	for _, who := range []string{"S02ADMINS", adi} {
		if got, asked := w.people.asked[who]; !asked || got != 0 {
			t.Errorf("who decides is read live, %s was read %v old: %v", who, got, asked)
		}
	}
}

func TestPeopleOfTheConfigurationNeedNoCallForTheirGroups(t *testing.T) {
	w := newWorld(t)
	w.says(ana, "send sorry-10 oABC")
	if w.people.calls != 1 {
		t.Errorf("%d calls, want one for the person", w.people.calls)
	}
}

func TestTheRedButtonWorksWhileSlackCannotSayWhoIsWho(t *testing.T) {
	w := newWorld(t)
	w.people.fault = errors.New("slack is down")
	w.stopped(ada, "slack is down and coupons are going out")
	if r := w.isRefused(ana, "stop x"); r.Code != CouldNotCheck {
		t.Errorf("somebody who is no admin: %+v", r)
	}
	if r := w.isRefused(ada, "start"); r.Code != CouldNotCheck {
		t.Errorf("starting again: %+v", r)
	}
}
