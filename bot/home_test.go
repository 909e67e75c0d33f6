package bot

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/store"
)

// page is a person's Home page; "" when none was drawn.
func (f *office) page(person string) string {
	f.Helper()
	var state struct{ Home json.RawMessage }
	f.get("state?as="+person, &state)
	if string(state.Home) == "null" {
		return ""
	}
	return string(state.Home)
}

func (f *office) home(person string) store.Card {
	f.Helper()
	cards, err := f.ledger.CardsOf(f.Context(), store.HomeName(person))
	if err != nil || len(cards) > 1 {
		f.Fatalf("Home of %s: %v, %v", person, cards, err)
	}
	if len(cards) == 0 {
		return store.Card{}
	}
	return cards[0]
}

func TestAHomePageIsDrawnWhenItIsOpenedAndWhenSomethingChanges(t *testing.T) {
	f := at(t)
	f.control("open_home", map[string]any{"as": ana, "tab": "messages"})
	f.control("open_home", map[string]any{"as": ana})
	f.control("open_home", map[string]any{"as": liwei})
	f.until("it is drawn", func() bool { return strings.Contains(f.page(ana), "home.send") })
	f.until("Li Wei reads his own language", func() bool { return strings.Contains(f.page(liwei), "发放") })
	f.clock.Advance(progressEvery)
	f.awaits("oOPENID1")
	f.until("it shows the send", func() bool { return strings.Contains(f.page(ana), "S1") })
	f.clean()
}

func TestAHomePageThatIsSwitchedOffIsForgottenUntilItIsOpened(t *testing.T) {
	f := at(t)
	f.fault("method", map[string]any{"method": "views.publish", "effect": "error", "error": "not_enabled", "count": 1})
	f.control("open_home", map[string]any{"as": ana})
	f.until("it is given up", func() bool { c := f.home(ana); return c.Fault == "not_enabled" && c.Drawn > c.Wanted })
	f.clock.Advance(progressEvery)
	f.control("open_home", map[string]any{"as": ana})
	f.until("it is drawn", func() bool { return f.page(ana) != "" })
}

func TestTheButtonOfAHomePageOpensTheForm(t *testing.T) {
	f := at(t)
	f.control("open_home", map[string]any{"as": ana})
	f.until("it is drawn", func() bool { return f.page(ana) != "" })
	var view struct{ ID string }
	if err := json.Unmarshal([]byte(f.page(ana)), &view); err != nil {
		t.Fatal(err)
	}
	f.control("click", map[string]any{"as": ana, "view_id": view.ID, "action_id": openSend})
	f.until("the form is open", func() bool { return strings.Contains(f.form(ana), "openids") })
	f.clean()
}

func TestWhatAPressOnAHomePageIsToldComesInDirectMessages(t *testing.T) {
	f := at(t)
	s := f.awaits("oOPENID1")
	f.control("open_home", map[string]any{"as": ana})
	f.until("it is drawn", func() bool { return f.page(ana) != "" })
	f.settled()
	before := f.home(ana).Wanted
	f.desk.onPress(redraws(s))
	press := interaction{Type: "block_actions", Actions: []pressed{{ID: "send.approve", Value: "S1.r1"}}, View: view{Type: homeView}}
	press.User.ID = ana
	f.bot.press(&envelope{id: "e1", came: time.Now()}, press)
	if now := f.home(ana).Wanted; now <= before {
		t.Errorf("an old page is not drawn again: %d after %d", now, before)
	}
	f.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return nil, &commands.Refusal{Code: commands.OwnSend, Word: "S1"}
	})
	f.bot.press(&envelope{id: "e2", came: time.Now()}, press)
	told := f.in(dm(ana))
	if last := told[len(told)-1]; last.To != "" || !strings.Contains(last.String(), "S1") || strings.Contains(last.String(), "send.withdraw") {
		t.Errorf("told: %s", last)
	}
}

func TestHomePagesTakeTheirTurns(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	b := newBudget(f.clock.Now)
	f.clock.Advance(time.Hour)
	if !b.publish(1) || b.publish(1) || !b.publish(2) {
		t.Error("each page is drawn once in a few seconds")
	}
	for n := int64(3); b.publish(n); n++ {
		if n > homesBurst {
			t.Fatal("no end of turns")
		}
	}
	f.clock.Advance(progressEvery)
	if !b.publish(1) {
		t.Error("its turn does not come again")
	}
}
