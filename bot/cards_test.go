package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/store"
)

// at is an office that listens and draws.
func at(t *testing.T, change ...func(*Config)) *office {
	t.Helper()
	f := open(t, sandbox.SlackOptions{NoLimits: true}, change...)
	f.listens()
	f.draws()
	return f
}

func TestASendIsFollowedFromItsPrivateCardToItsEnd(t *testing.T) {
	f := at(t)
	card, s := f.sends(ana, "oOPENID1")
	f.until("the private card says accepted", func() bool { return strings.Contains(f.private(card).Text, "S1") })
	accepted := f.private(card)
	if strings.Contains(accepted.String(), "send.confirm") {
		t.Errorf("Send can still be pressed: %s", accepted)
	}
	f.ends(s, store.GrantIssued)
	f.until("the private card shows the coupon", func() bool { return strings.Contains(f.private(card).String(), "901001") })
	f.until("the log channel has its line", func() bool { return len(f.in("C03LOG")) == 1 })
	if line := f.in("C03LOG")[0].String(); strings.Contains(line, "oOPENID1") || !strings.Contains(line, "S1") {
		t.Errorf("log line: %s", line)
	}
	f.clock.Advance(store.DMAfter)
	f.settled()
	if there := f.in(dm(ana)); len(there) != 0 {
		t.Errorf("a direct message about what was told already: %v", there)
	}
	if c := f.card(s, store.CardPrivate); c.ResponseUses != 2 {
		t.Errorf("the private card was replaced %d times", c.ResponseUses)
	}
	f.clean()
}

func TestARetryIsToldWhereItsRequesterLooks(t *testing.T) {
	f := at(t)
	card, s := f.sends(ana, "oOPENID1")
	f.until("the private card says accepted", func() bool { return strings.Contains(f.private(card).Text, "S1") })
	f.settled()
	f.ends(s, store.GrantRefused)
	f.until("the private card tells the end", func() bool { return f.told(s, 2) })
	f.clock.Advance(store.DMAfter)
	f.settled()

	t.Log("the third use of the private card tells how the first retry ended")
	f.retries(s)
	f.settled()
	f.ends(s, store.GrantRefused)
	f.until("the private card tells it", func() bool { return f.told(s, 3) })
	f.clock.Advance(store.DMAfter)
	f.settled()
	if n := len(f.in(dm(ana))); n != 0 {
		t.Fatalf("%d direct messages about what was told", n)
	}

	t.Log("then it is used up and a direct message tells")
	f.retries(s)
	f.settled()
	f.ends(s, store.GrantIssued)
	f.clock.Advance(store.DMAfter)
	f.until("the direct message tells it", func() bool {
		there := f.in(dm(ana))
		return len(there) == 1 && strings.Contains(there[0].String(), "901001")
	})
	if c := f.card(s, store.CardPrivate); c.ResponseUses != responseUsesMost {
		t.Errorf("the private card was replaced %d times", c.ResponseUses)
	}
	f.clean()
}

// told tells that the private card was replaced so often, and that its last replacement has arrived: a use is counted
// before it is made.
func (f *office) told(s store.Send, uses int) bool {
	c := f.card(s, store.CardPrivate)
	return c.ResponseUses == uses && c.Drawn >= c.Wanted
}

func (f *office) retries(s store.Send) {
	f.Helper()
	done, err := f.ledger.RetrySend(f.Context(), s.ID, ana, "", nil)
	if err != nil || done.Back != 1 {
		f.Fatalf("retry: %+v, %v", done, err)
	}
}

func TestASendThatTakesLongMovesToDirectMessages(t *testing.T) {
	for _, c := range []struct{ person, accepted string }{{ana, "S1"}, {liwei, "S1"}} {
		t.Run(c.person, func(t *testing.T) {
			f := at(t)
			card, s := f.sends(c.person, "oOPENID1")
			f.until("the private card says accepted", func() bool { return strings.Contains(f.private(card).Text, c.accepted) })
			f.settled()
			if len(f.in(dm(c.person))) != 0 {
				t.Fatal("a direct message before its time")
			}
			before := f.private(card)
			f.clock.Advance(store.DMAfter)
			f.until("there is a direct message", func() bool { return len(f.in(dm(c.person))) == 1 })
			f.until("the private card points to it", func() bool { return f.private(card).Version > before.Version })
			f.until("its secret is forgotten", func() bool { return f.card(s, store.CardPrivate).ResponseURL == "" })
			if kept := f.card(s, store.CardPrivate); kept.ResponseUses != 2 {
				t.Errorf("the private card was replaced %d times", kept.ResponseUses)
			}
			f.ends(s, store.GrantIssued)
			f.until("the direct message shows the coupon", func() bool { return strings.Contains(f.in(dm(c.person))[0].String(), "901001") })
			if n := len(f.in(dm(c.person))); n != 1 {
				t.Errorf("%d direct messages", n)
			}
			if said := f.in(dm(c.person))[0].String(); strings.Contains(said, "代金券") != (c.person == liwei) {
				t.Errorf("language: %s", said)
			}
			f.clean()
		})
	}
}

func TestAPrivateCardThatCannotBeDrawnIsReplacedByADirectMessage(t *testing.T) {
	f := at(t)
	f.fault("method", map[string]any{"method": "response_url", "effect": "http_500", "count": 0})
	_, s := f.sends(ana, "oOPENID1")
	f.ends(s, store.GrantIssued)
	f.until("the private card is given up", func() bool {
		f.clock.Advance(time.Second)
		return f.card(s, store.CardPrivate).Fault != "" && f.card(s, store.CardPrivate).ResponseURL == ""
	})
	f.clock.Advance(store.DMAfter)
	f.until("the direct message tells the end", func() bool {
		there := f.in(dm(ana))
		return len(there) == 1 && strings.Contains(there[0].String(), "901001")
	})
	if c := f.card(s, store.CardPrivate); c.ResponseUses > responseUsesMost {
		t.Errorf("the private card was tried %d times", c.ResponseUses)
	}
}

func TestAnExpiredResponseURLIsNotTried(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	f.listens()
	_, s := f.sends(ana, "oOPENID1")
	f.clock.Advance(store.ResponseLife)
	f.ends(s, store.GrantIssued)
	f.draws()
	f.until("the direct message tells the end", func() bool { return len(f.in(dm(ana))) == 1 })
	if n := f.calls("response_url"); n != 0 {
		t.Errorf("it was tried %d times", n)
	}
	f.clean()
}

// waiting is a send without a private card whose direct message is due.
func (f *office) waiting(openid string) store.Send {
	f.Helper()
	d, _, err := f.ledger.OpenDraft(f.Context(), "", ana, "C01SUPPORT", contents(openid))
	if err != nil {
		f.Fatal(err)
	}
	s, err := f.ledger.CreateSend(f.Context(), store.SendAsk{Draft: d.ID, By: ana})
	if err != nil {
		f.Fatal(err)
	}
	f.clock.Advance(store.DMAfter)
	return s
}

// pauses makes a send's card show Resume.
func (f *office) pauses(s store.Send) {
	f.Helper()
	if err := f.ledger.PauseSend(f.Context(), s.ID, ana, ""); err != nil {
		f.Fatal(err)
	}
}

func TestALostChannelEndsTheCardAndNeverTheSend(t *testing.T) {
	for _, kind := range []string{"channel_archived", "bot_removed"} {
		t.Run(kind, func(t *testing.T) {
			f := at(t)
			f.fault(kind, map[string]any{"channel": "C03LOG"})
			card, s := f.sends(ana, "oOPENID1")
			f.ends(s, store.GrantIssued)
			f.until("the end is told", func() bool { return strings.Contains(f.private(card).String(), "901001") })
			f.until("people are told", func() bool { return len(f.in("C04ALERT")) == 1 })
			f.until("the line is dropped", func() bool { return f.card(s, store.CardLog).Fault != "" })
			if n := f.calls("chat.postMessage"); n != 2 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

func TestAlertsThatTheirChannelCannotShowGoToTheApprovalsChannel(t *testing.T) {
	f := at(t)
	f.fault("channel_archived", map[string]any{"channel": "C04ALERT"})
	if _, _, err := f.ledger.Stop(t.Context(), ana, "a wrong price", ""); err != nil {
		t.Fatal(err)
	}
	f.until("the stop is shown there", func() bool { return len(f.in("C02APPROVE")) == 1 })

	t.Log("with both gone it waits for whoever repairs one")
	f.fault("channel_archived", map[string]any{"channel": "C02APPROVE"})
	if err := f.ledger.Raise(t.Context(), store.Alert{Key: "x", Kind: store.AlertHeld, Detail: map[string]string{"why": store.HeldClock}}); err != nil {
		t.Fatal(err)
	}
	f.until("the operator can read it", func() bool { return strings.Contains(f.log.String(), "alerts cannot be shown") })
	f.settled()
	f.calm()
	f.clock.Advance(goneRetry)
	f.until("it is shown after all", func() bool { return len(f.in("C04ALERT")) == 1 })
}

func TestWithoutALogChannelNothingIsLogged(t *testing.T) {
	f := at(t, func(c *Config) { c.LogChannel = "" })
	_, s := f.sends(ana, "oOPENID1")
	f.ends(s, store.GrantIssued)
	f.settled()
	if c := f.card(s, store.CardLog); c.ID == 0 || c.TS != "" {
		t.Errorf("card %+v", c)
	}
	if n := f.calls("chat.postMessage"); n != 0 {
		t.Errorf("%d posts", n)
	}
}

func TestSlacksPaceIsKept(t *testing.T) {
	t.Run("a method that Slack closed is left alone, and the others are not", func(t *testing.T) {
		f := at(t)
		s := f.waiting("oOPENID1")
		f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
		f.settled()
		f.fault("method", map[string]any{"method": "chat.update", "effect": "ratelimited", "retry_after": 25, "count": 1})
		f.pauses(s)
		f.until("Slack asked for patience", func() bool { return f.card(s, store.CardDM).Fault == "ratelimited" })
		other := f.waiting("oOPENID2") // 20 s later
		f.until("another card is posted", func() bool { return f.card(other, store.CardDM).TS != "" })
		if n := f.calls("chat.update"); n != 1 {
			t.Errorf("%d updates meanwhile", n)
		}
		f.clock.Advance(6 * time.Second)
		f.until("it is drawn", func() bool { return strings.Contains(f.in(dm(ana))[0].String(), "send.resume") })
	})
	t.Run("a message that Slack refused for its pace is no lost one", func(t *testing.T) {
		for _, effect := range []string{"ratelimited", "ratelimited_body"} {
			f := at(t)
			f.method("chat.postMessage", effect, 1)
			s := f.waiting("oOPENID1")
			f.until("Slack asked for patience", func() bool { return f.card(s, store.CardDM).Fault == "ratelimited" })
			if c := f.card(s, store.CardDM); !c.PostingAt.IsZero() {
				t.Errorf("card %+v", c)
			}
			f.clock.Advance(limitPause)
			f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
			if c := f.card(s, store.CardDM); c.Copies != 0 {
				t.Errorf("card %+v", c)
			}
		}
	})
	t.Run("many cards at once never bring Slack to say no", func(t *testing.T) {
		f := open(t, sandbox.SlackOptions{})
		f.draws()
		var sends []store.Send
		for n := range 12 {
			sends = append(sends, f.waiting(fmt.Sprintf("oOPENID%d", n)))
		}
		all := func(is func(store.Card) bool) func() bool {
			return func() bool {
				f.clock.Advance(50 * time.Millisecond)
				for _, s := range sends {
					if !is(f.card(s, store.CardDM)) {
						return false
					}
				}
				return true
			}
		}
		f.until("all are posted", all(func(c store.Card) bool { return c.TS != "" }))
		for round := range 3 {
			for _, s := range sends {
				if round%2 == 0 {
					f.pauses(s)
				} else if err := f.ledger.ResumeSend(t.Context(), s.ID, ana, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.until("all are drawn", all(func(c store.Card) bool { return c.Drawn == c.Wanted }))
		if n := len(f.in(dm(ana))); n != len(sends) {
			t.Errorf("%d messages for %d cards", n, len(sends))
		}
		for _, m := range f.in(dm(ana)) {
			if !strings.Contains(m.String(), "send.resume") {
				t.Errorf("not the newest state: %s", m)
			}
		}
		var out struct{ RateLimited map[string]int }
		f.get("stats", &out)
		if len(out.RateLimited) > 0 {
			t.Errorf("Slack said no: %v", out.RateLimited)
		}
	})
}

func TestStopsAndEndsAreDrawnBeforeProgress(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	p := &painter{Bot: f.bot}
	s := f.waiting("oOPENID1")
	posted := store.Card{Kind: store.CardDM, Subject: store.SendName(s.ID), TS: "1.1"}
	order := func(c store.Card) importance {
		t.Helper()
		got, err := p.order(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := order(posted); got != orderProgress {
		t.Errorf("a running send: %v", got)
	}
	f.pauses(s)
	if got := order(posted); got != orderPeople {
		t.Errorf("a paused send: %v", got)
	}
	if err := f.ledger.CancelSend(t.Context(), s.ID, ana, ""); err != nil {
		t.Fatal(err)
	}
	if got := order(posted); got != orderEnds {
		t.Errorf("an ended send: %v", got)
	}
	if got := order(store.Card{Kind: store.CardStop, Subject: "stop:1"}); got != orderFirst {
		t.Errorf("a stop: %v", got)
	}
}

func TestACardThatWasDrawnAfterItWasListedIsNotDrawnFromThatList(t *testing.T) {
	p := &painter{taken: map[string]bool{}}
	p.setBusy("S1", true)
	p.newPass()
	if !p.isTaken("S1") || p.isTaken("S2") {
		t.Error("a card being drawn is not known, or another is")
	}
	p.setBusy("S1", false)
	if !p.isTaken("S1") {
		t.Error("it would be drawn again as it was listed")
	}
	p.newPass()
	if p.isTaken("S1") {
		t.Error("it is never drawn again")
	}
}

func TestADrawingThatSlackRefusesIsShownInWords(t *testing.T) {
	f := at(t)
	f.fault("method", map[string]any{"method": "chat.postMessage", "effect": "error", "error": "invalid_blocks", "count": 1})
	s := f.waiting("oOPENID1")
	f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
	if m := f.in(dm(ana))[0]; m.Text == "" || len(m.Blocks) != 0 {
		t.Errorf("shown: %s", m)
	}
	if !strings.Contains(f.log.String(), "invalid_blocks") {
		t.Error("the operator cannot see it")
	}
}

func TestAnOldDrawingThatIsPressedIsDrawnAgain(t *testing.T) {
	f := at(t)
	s := f.waiting("oOPENID1")
	f.until("it is posted", func() bool { return f.card(s, store.CardDM).TS != "" })
	f.settled()
	m := f.in(dm(ana))[0]
	f.desk.onPress(redraws(s))
	f.clicks(ana, dm(ana), m.TS, "send.pause")
	f.until("it is drawn again", func() bool { return f.in(dm(ana))[0].Version > m.Version })
	if n := len(f.in(dm(ana))); n != 1 {
		t.Errorf("%d messages: a stale press says nothing", n)
	}
}

func TestCardsOfEverySubjectAreDrawn(t *testing.T) {
	f := at(t)
	ctx := t.Context()
	stop, _, err := f.ledger.Stop(ctx, "U07ADA", "a wrong price", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ledger.AskStart(ctx, "U07ADA", ""); err != nil {
		t.Fatal(err)
	}
	if err := f.ledger.Hold(ctx, store.HeldClock, "90s"); err != nil {
		t.Fatal(err)
	}
	f.until("stop, start and hold are shown", func() bool { return len(f.in("C04ALERT")) == 3 })
	f.until("start can be pressed", func() bool { return strings.Contains(fmt.Sprint(f.in("C04ALERT")), "start.confirm") })
	if _, err := f.ledger.ConfirmStart(ctx, stop.ID, "U08AMIR", ""); err != nil {
		t.Fatal(err)
	}
	f.until("start cannot be pressed any more", func() bool { return !strings.Contains(fmt.Sprint(f.in("C04ALERT")), "start.confirm") })
	f.settled()
	if _, err := f.bot.facts(ctx, store.Card{Kind: store.CardAlert, Subject: "alert:99", Reader: store.ReaderAlerts}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an alert that is not there: %v", err)
	}
	if _, err := f.bot.facts(ctx, store.Card{Kind: "other", Subject: "S1", Reader: store.ReaderAlerts}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a card of another kind: %v", err)
	}
	f.clean()
}

func TestSecretsAreInNoLog(t *testing.T) {
	f := at(t)
	f.method("response_url", "reset", 2)
	_, s := f.sends(ana, "oOPENID1SECRETSECRET")
	f.until("the private card is drawn", func() bool { f.clock.Advance(time.Second); return f.card(s, store.CardPrivate).Drawn > 0 })
	for _, secret := range []string{"/slack/response", "xoxb-", "xapp-", "SECRETSECRET"} {
		if strings.Contains(f.log.String(), secret) {
			t.Errorf("%s is in the log:\n%s", secret, f.log)
		}
	}
}

func TestAStoppingLoopNotesThePostItHasInHand(t *testing.T) {
	f := open(t, sandbox.SlackOptions{NoLimits: true})
	stop := f.draws()
	f.fault("method", map[string]any{"method": "chat.postMessage", "effect": "slow", "delay_ms": 300, "count": 1})
	s := f.waiting("oOPENID1")
	f.until("the post is under way", func() bool { return !f.card(s, store.CardDM).PostingAt.IsZero() })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if c := f.card(s, store.CardDM); c.TS == "" || !c.PostingAt.IsZero() {
		t.Errorf("card %+v", c)
	}
}
