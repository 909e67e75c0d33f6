package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/store"
)

const (
	ben       = "U03BEN"
	lena      = "U04LENA"
	approvals = "C02APPROVE"
)

// awaits is a send of Ana's that waits for one of the leads: Ben, and Lena by the user group.
func (f *office) awaits(openid string) store.Send {
	f.Helper()
	d, _, err := f.ledger.OpenDraft(f.Context(), "", ana, "C01SUPPORT", contents(openid))
	if err != nil {
		f.Fatal(err)
	}
	s, err := f.ledger.CreateSend(f.Context(), store.SendAsk{Draft: d.ID, By: ana,
		Seats: func([]store.Total) ([]store.Seat, error) { return []store.Seat{{Group: "leads", Count: 1}}, nil }})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func (f *office) approves(s store.Send, by string) {
	f.Helper()
	if _, err := f.ledger.Approve(f.Context(), store.ApproveAsk{Send: s.ID, Revision: s.Revision, By: by, Groups: []string{"leads"}}); err != nil {
		f.Fatal(err)
	}
}

func TestASendThatWaitsIsAskedAboutAndEveryCopyLocks(t *testing.T) {
	f := at(t)
	s := f.awaits("oOPENID1")
	f.until("deciders are asked", func() bool { return len(f.in(approvals)) == 1 })
	f.until("its requester knows", func() bool { return len(f.in(dm(ana))) == 1 })
	if card := f.in(approvals)[0]; !strings.Contains(card.String(), "send.approve") || strings.Contains(card.String(), "oOPENID1") {
		t.Errorf("card: %s", card)
	}
	f.until("the ledger knows the card", func() bool { return f.card(s, store.CardApproval).TS != "" })
	f.approves(s, ben)
	f.until("the card locks", func() bool { return !strings.Contains(f.in(approvals)[0].String(), "send.approve") })
	f.until("the requester reads the step", func() bool { return len(f.in(dm(ana))) == 2 })
	f.settled()
	step := f.in(dm(ana))[1]
	if err := f.ledger.Redraw(t.Context(), store.StepName(1)); err != nil {
		t.Fatal(err)
	}
	f.settled()
	if again := f.in(dm(ana)); len(again) != 2 || again[1].Version != step.Version {
		t.Errorf("what was told was told again: %v", again)
	}
	f.clean()
}

func TestASendThatWasDecidedBeforeAnybodyWasAskedIsNotAskedAbout(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	s := f.awaits("oOPENID1")
	f.approves(s, ben)
	f.draws()
	f.settled()
	if there := f.in(approvals); len(there) != 0 {
		t.Errorf("asked: %v", there)
	}
}

func TestADecisionIsDrawnBeforeWhatMoves(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	s := f.awaits("oOPENID1")
	p := &painter{Bot: f.bot, locked: map[int64]bool{}}
	card := store.Card{ID: 7, Kind: store.CardApproval, Subject: store.SendName(s.ID), TS: "1.2"}
	order := func(what string, want importance) {
		t.Helper()
		if got, err := p.order(t.Context(), card); err != nil || got != want {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	order("one that waits", orderPeople)
	f.approves(s, ben)
	order("one that was decided", orderFirst)
	p.lock(card.ID)
	order("one that shows its decision", orderProgress)
	f.ends(s, store.GrantIssued)
	order("one that has ended", orderEnds)
}

func TestDecidersAreAskedInDirectMessagesWhenTheChannelTakesNoCard(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(*office)
	}{
		{"it is archived", func(f *office) { f.control("channels/"+approvals, map[string]any{"archived": true}) }},
		{"the bot is not in it", func(f *office) { f.control("channels/"+approvals, map[string]any{"bot": false}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := at(t)
			c.lose(f)
			s := f.awaits("oOPENID1")
			f.until("Ben is asked", func() bool { return len(f.in(dm(ben))) == 1 })
			f.until("Lena is asked", func() bool { return len(f.in(dm(lena))) == 1 })
			f.until("the requester knows why", func() bool { return len(f.in(dm(ana))) == 2 })
			f.until("somebody is told to repair it", func() bool { return len(f.in("C04ALERT")) == 1 })
			f.control("channels/"+approvals, map[string]any{"archived": false, "bot": true})
			f.clock.Advance(goneRetry + time.Second)
			f.until("the repaired channel gets it", func() bool { return len(f.in(approvals)) == 1 })
			f.until("it is known", func() bool { return f.card(s, store.CardApproval).TS != "" })
			f.approves(s, lena)
			for _, channel := range []string{approvals, dm(ben), dm(lena)} {
				f.until(channel+" locks", func() bool { return !strings.Contains(f.in(channel)[0].String(), "send.approve") })
			}
			f.settled()
			if n := len(f.in("C04ALERT")); n != 1 {
				t.Errorf("%d alerts", n)
			}
			f.clean()
		})
	}
}

func TestDecidersAreAskedInDirectMessagesWhenNobodyKnowsWhetherTheChannelShowsTheCard(t *testing.T) {
	f := at(t)
	f.method("chat.postMessage", "reset", 4)
	s := f.awaits("oOPENID1")
	f.until("Ben is asked", func() bool { f.clock.Advance(time.Second); return len(f.in(dm(ben))) == 1 })
	if c := f.card(s, store.CardApproval); c.TS != "" {
		t.Errorf("card %+v", c)
	}
}

func TestAPressOnALostCardOfADeciderFindsIt(t *testing.T) {
	f := at(t)
	f.fault("method", map[string]any{"method": "chat.postMessage", "effect": "reset_after", "count": 2}) // the requester's and the deciders'
	s := f.awaits("oOPENID1")
	f.until("it is posted", func() bool { return len(f.in(approvals)) == 1 })
	f.until("its loss is noted", func() bool { return f.card(s, store.CardApproval).Tries > 0 })
	lost := f.in(approvals)[0]
	f.desk.onPress(redraws(s))
	f.clicks(ben, approvals, lost.TS, "send.approve")
	f.until("the ledger knows it", func() bool { return f.card(s, store.CardApproval).TS == lost.TS })
	f.clock.Advance(time.Minute)
	f.settled()
	if n := len(f.in(approvals)); n != 1 {
		t.Errorf("%d cards", n)
	}
}

func TestARemindersCallsByNameGoToTheMissingSeats(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	s := store.Send{RequestedBy: ben, Missing: []store.Seat{{Group: "leads", Count: 1}}, FallbackGroup: "agents"}
	for _, c := range []struct {
		name, reader string
		fellBack     bool
		want         string
	}{
		{"the missing group's people but the requester", store.ReaderApprovals, false, "S02LEADS"},
		{"and the fallback group's once it has its turn", store.ReaderApprovals, true, "U01ANA U02LIWEI S02LEADS"},
		{"nobody in direct messages", lena, false, ""},
	} {
		s.FellBack = c.fellBack
		if got := strings.Join(f.bot.called(c.reader, s), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAPrivateCardShowsWhatBecameOfIt(t *testing.T) {
	f := at(t)
	s := f.awaits("oOPENID1")
	f.desk.onDo(func(ctx context.Context, _ commands.Ask, text string) (commands.Reply, error) {
		if text == "queue" {
			a, err := f.desk.Approval(ctx, s.ID)
			if a.Send.State != store.SendAwaiting {
				return commands.Queue{}, err
			}
			return commands.Queue{Sends: []commands.Approval{a}}, err
		}
		return f.desk.Approval(ctx, s.ID)
	})
	for _, typed := range []string{"approve S1", "queue"} {
		f.types(ben, typed)
	}
	card, queue := f.in("C01SUPPORT")[0], f.in("C01SUPPORT")[1]
	f.approves(s, lena)
	f.desk.onPress(redraws(s))
	f.clicks(ben, "C01SUPPORT", card.TS, "send.approve")
	f.clicks(ben, "C01SUPPORT", queue.TS, "send.approve")
	f.until("both show it", func() bool {
		there := f.in("C01SUPPORT")
		return len(there) == 2 && there[0].Version > card.Version && there[1].Version > queue.Version
	})
	for _, m := range f.in("C01SUPPORT") {
		if strings.Contains(m.String(), "send.approve") {
			t.Errorf("it can still be pressed: %s", m)
		}
	}
	if !strings.Contains(f.in("C01SUPPORT")[0].String(), lena) {
		t.Errorf("the card does not say who decided: %s", f.in("C01SUPPORT")[0])
	}
	f.clean()
}
