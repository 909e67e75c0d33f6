package bot

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// busy is what people read when nothing was accepted, in English.
func (f *office) busy() string {
	return f.bot.views.Busy(views.Reader{Language: "en", Private: true}).Text
}

func (f *office) failure() string {
	return f.bot.views.Failure(views.Reader{Language: "en", Private: true}).Text
}

func TestACommandIsStoredAndAnsweredWithItsCard(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.listens()
	got := f.types(ana, "oOPENID1")
	if got["ok"] != true || got["ack"] == nil {
		t.Fatalf("delivery: %v", got)
	}
	if d, err := f.ledger.Draft(t.Context(), 1); err != nil || d.By != ana || d.Channel != "C01SUPPORT" {
		t.Errorf("draft %+v, %v", d, err)
	}
	card := f.in("C01SUPPORT")[0]
	if card.To != ana || !strings.Contains(card.String(), "send.confirm") {
		t.Errorf("card for %s: %s", card.To, card)
	}
	f.clean()
}

// clean fails when the bot broke a rule of Slack's protocol.
func (f *office) clean() {
	f.Helper()
	var out struct{ Violations []map[string]any }
	f.get("stats", &out)
	if len(out.Violations) > 0 {
		f.Errorf("the bot broke rules: %v", out.Violations)
	}
}

func TestEachReaderGetsTheirLanguage(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.listens()
	f.types(ana, "oOPENID1")
	f.types(liwei, "oOPENID2")
	cards := f.in("C01SUPPORT")
	if len(cards) != 2 || strings.Contains(cards[0].String(), "发放") || !strings.Contains(cards[1].String(), "发放") {
		t.Errorf("cards: %v", cards)
	}
}

func TestAnInputThatIsDeliveredTwiceIsAnsweredTwiceAndDoneOnce(t *testing.T) {
	w := wired(t)
	w.listens()
	w.sends(w.command("e1", "t1", "oOPENID1"))
	w.sends(w.command("e1", "t1", "oOPENID1"))
	w.until("both are acknowledged", func() bool { return len(w.acked("e1")) == 2 })
	both := w.acked("e1")
	if both[0].said() == "" || !strings.Contains(string(both[0].Payload), `"D1"`) || !strings.Contains(string(both[1].Payload), `"D1"`) {
		t.Errorf("answers: %s and %s", both[0].Payload, both[1].Payload)
	}
	if _, err := w.ledger.Draft(t.Context(), 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a second draft: %v", err)
	}
	w.sends(w.press("e2", "send.confirm", "D1", ""))
	w.sends(w.press("e2", "send.confirm", "D1", ""))
	w.until("both presses are acknowledged", func() bool { return len(w.acked("e2")) == 2 })
	w.until("the send is there", func() bool { _, err := w.ledger.Send(t.Context(), 1); return err == nil })
	w.until("the second press is answered", func() bool { return len(w.answers()) == 1 })
	if _, err := w.ledger.Send(t.Context(), 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a second send: %v", err)
	}
}

func TestALedgerThatIsTooSlowAcceptsNothing(t *testing.T) {
	w := wired(t)
	w.desk.onDo(func(ctx context.Context, _ commands.Ask, _ string) (commands.Reply, error) {
		<-ctx.Done()
		return nil, &commands.Refusal{Code: commands.LedgerFailed, Err: ctx.Err()}
	})
	w.listens()
	began := time.Now()
	w.sends(w.command("e1", "t1", "slow"))
	w.until("it is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
	if took := time.Since(began); took < storeWithin || took > 3*time.Second {
		t.Errorf("after %v", took)
	}
	if said := w.acked("e1")[0].said(); said != w.busy() {
		t.Errorf("said %q", said)
	}
}

func TestACommandThatIsAcceptedAtTheLastMomentIsNeverCalledNotAccepted(t *testing.T) {
	w := wired(t)
	stuck := make(chan struct{})
	w.desk.onDo(func(ctx context.Context, ask commands.Ask, text string) (commands.Reply, error) {
		<-stuck // a disk that does not answer: the transaction cannot be taken back
		w.desk.onDo(nil)
		return w.desk.Do(context.WithoutCancel(ctx), ask, text)
	})
	w.listens()
	w.sends(w.command("e1", "t1", "oOPENID1"))
	w.until("it is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
	if said := w.acked("e1")[0]; len(said.Payload) > 0 {
		t.Errorf("while nobody knew: %s", said.Payload)
	}
	close(stuck)
	w.until("the answer follows", func() bool { return len(w.answers()) == 1 })
	if a := w.answers()[0]; a.Text == w.busy() || a.Replace || a.ResponseType != "ephemeral" {
		t.Errorf("answer: %+v", a)
	}
}

func TestAPanicIsLoggedAndThePersonToldThatNothingWasAccepted(t *testing.T) {
	w := wired(t)
	w.desk.onDo(func(context.Context, commands.Ask, string) (commands.Reply, error) { panic("oh") })
	w.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) { panic("oh") })
	w.listens()
	w.sends(w.command("e1", "t1", "x"))
	w.sends(w.press("e2", "send.confirm", "D1", ""))
	w.until("both are acknowledged", func() bool { return len(w.acked("e1")) == 1 && len(w.acked("e2")) == 1 })
	if said := w.acked("e1")[0].said(); said != w.failure() {
		t.Errorf("said %q", said)
	}
	w.until("the presser is told", func() bool { return len(w.answers()) == 1 })
	if said := w.answers()[0].Text; said != w.failure() {
		t.Errorf("told %q", said)
	}
	if n := strings.Count(w.log.String(), "a handler panicked"); n != 2 {
		t.Errorf("logged %d times", n)
	}
}

func TestTheBotKeepsAnsweringWhenEveryHandlerIsTaken(t *testing.T) {
	w := wired(t)
	held := make(chan struct{})
	var taken atomic.Int32
	w.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		taken.Add(1)
		<-held
		return commands.Discarded{}, nil
	})
	w.listens()
	for range handlersAtOnce {
		w.sends(w.press("e1", "send.discard", "D1", ""))
	}
	w.until("every handler is taken", func() bool { return taken.Load() == handlersAtOnce })
	for range handlersQueued {
		w.sends(w.press("e1", "send.discard", "D1", ""))
	}
	w.until("every press is acknowledged at once", func() bool { return len(w.acked("e1")) == handlersAtOnce+handlersQueued })
	w.until("no room is left", func() bool { return len(w.bot.work.jobs) == handlersQueued })
	w.sends(w.command("e2", "t2", "oOPENID1"))
	w.sends(w.press("e3", "send.discard", "D1", ""))
	w.until("both are acknowledged", func() bool { return len(w.acked("e2")) == 1 && len(w.acked("e3")) == 1 })
	if said := w.acked("e2")[0].said(); said != w.busy() {
		t.Errorf("the command was answered %q", said)
	}
	w.until("the presser is told", func() bool { return len(w.answers()) == 1 })
	if said := w.answers()[0].Text; said != w.busy() {
		t.Errorf("the presser was told %q", said)
	}
	w.sends(`{"envelope_id":"e4","type":"events_api","payload":{"type":"event_callback","event":{"type":"app_home_opened"}}}`)
	w.sends(w.command("e5", "t5", "x"))
	w.until("what came after the event is answered", func() bool { return len(w.acked("e5")) == 1 })
	if len(w.acked("e4")) != 0 {
		t.Error("an event was acknowledged that nobody took in: Slack would not say it again")
	}
	close(held)
}

func TestAStoppingBotFinishesWhatItHasInHand(t *testing.T) {
	w := wired(t)
	begun, held := make(chan struct{}), make(chan struct{})
	w.desk.onDo(func(ctx context.Context, ask commands.Ask, text string) (commands.Reply, error) {
		if text == "late" {
			t.Error("a command was taken while stopping")
		}
		close(begun)
		<-held
		return commands.Discarded{}, ctx.Err()
	})
	stop := w.listens()
	w.sends(w.command("e1", "t1", "early"))
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	w.until("it takes nothing more", func() bool { w.bot.work.mu.RLock(); defer w.bot.work.mu.RUnlock(); return w.bot.work.closed })
	w.sends(w.command("e2", "t2", "late"))
	w.until("the late one is answered", func() bool { return len(w.acked("e2")) == 1 })
	if said := w.acked("e2")[0].said(); said != w.busy() {
		t.Errorf("the late one was answered %q", said)
	}
	close(held)
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
	w.until("the early one is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
	if said := w.acked("e1")[0].said(); said == "" || said == w.busy() {
		t.Errorf("the early one was answered %q", said)
	}
}

func TestMessagesThatSlackGoCannotReadAreAcknowledged(t *testing.T) {
	w := wired(t)
	pressed := make(chan string, 1)
	w.desk.onPress(func(_ context.Context, ask commands.Ask, action, value string) (commands.Reply, error) {
		pressed <- action + " " + value + " by " + ask.Person
		return commands.Discarded{}, nil
	})
	w.listens()
	w.sends(`{"envelope_id":"e1","type":"something_new","payload":{"a":1}}`)
	w.sends(`{"envelope_id":"e2","type":"slash_commands","payload":[1,2]}`)
	w.sends(`{"no":"envelope"}`)
	w.sends(w.press("e3", "send.discard", "D7", `,{"type":"an_element_of_next_year"}`))
	w.until("all are acknowledged", func() bool { return len(w.acked("e1")) == 1 && len(w.acked("e2")) == 1 && len(w.acked("e3")) == 1 })
	if said := w.acked("e2")[0].said(); said != w.busy() {
		t.Errorf("the unreadable command was answered %q", said)
	}
	if got := <-pressed; got != "send.discard D7 by U1" {
		t.Errorf("pressed %q", got)
	}
}

func TestOtherInteractionsAreOnlyAcknowledged(t *testing.T) {
	w := wired(t)
	w.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		t.Error("the desk was asked")
		return nil, errors.New("no")
	})
	w.listens()
	w.sends(`{"envelope_id":"e1","type":"interactive","payload":{"type":"view_closed","user":{"id":"U1"}}}`)
	w.sends(`{"envelope_id":"e2","type":"interactive","payload":{"type":"block_suggestion","action_id":"a","value":"x","user":{"id":"U1"}}}`)
	w.sends(`{"envelope_id":"e3","type":"events_api","payload":{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1,"api_app_id":"A1"}}`)
	w.until("all are acknowledged", func() bool { return len(w.acked("e1")) == 1 && len(w.acked("e2")) == 1 && len(w.acked("e3")) == 1 })
	if got := string(w.acked("e2")[0].Payload); got != `{"options":[]}` {
		t.Errorf("no suggestions are %s", got)
	}
}

func TestAnAnswerTooLargeForAnAcknowledgementComesAfterIt(t *testing.T) {
	w := wired(t)
	e := &envelope{id: "e1", kind: "slash_commands", came: time.Now()}
	w.listens()
	e.socket = w.bot.sockets[0]
	if e.ack(answer{Text: strings.Repeat("汉", maxAck/3)}) {
		t.Error("it was said to fit")
	}
	w.until("it is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
	if got := w.acked("e1")[0]; len(got.Payload) > 0 {
		t.Errorf("payload of %d bytes", len(got.Payload))
	}
}

func TestWhatAPresserIsTold(t *testing.T) {
	for _, c := range []struct {
		name          string
		o             outcome
		ephemeral     bool
		told, replace bool
	}{
		{"a send is told by its card", outcome{reply: commands.Sent{}}, true, false, false},
		{"Send pressed twice is told", outcome{reply: commands.Sent{Again: true}}, true, true, false},
		{"a pause is told by the redrawn card", outcome{reply: commands.Changed{}}, false, false, false},
		{"a pause from a private answer takes its place", outcome{reply: commands.Changed{}}, true, true, true},
		{"a retry is told", outcome{reply: commands.Retried{}}, false, true, false},
		{"an old drawing is only redrawn", outcome{reply: commands.Redrawn{}}, false, false, false},
		{"a decision is told by its cards", outcome{reply: commands.Decided{}}, false, false, false},
		{"a decision on a private card takes its place", outcome{reply: commands.Decided{}}, true, true, true},
		{"a card discarded in direct messages is redrawn there", outcome{reply: commands.Discarded{}}, false, false, false},
		{"a discarded card is replaced", outcome{reply: commands.Discarded{}}, true, true, true},
		{"a refusal leaves the card", outcome{refusal: &commands.Refusal{Code: commands.NeedsNote}}, true, true, false},
		{"a closed draft's card is replaced", outcome{refusal: &commands.Refusal{Code: commands.DraftClosed}}, true, true, true},
		{"a shared card is never replaced by a refusal", outcome{refusal: &commands.Refusal{Code: commands.NoRight}}, false, true, false},
		{"a failure is told", outcome{}, true, true, false},
	} {
		if told, replace := c.o.toPresser(c.ephemeral); told != c.told || replace != c.replace {
			t.Errorf("%s: told %v, replace %v", c.name, told, replace)
		}
	}
}

func TestAPressOnAPrivateCardIsAnsweredInItsPlaceOrBesideIt(t *testing.T) {
	discard := func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return commands.Discarded{Draft: store.Draft{ID: 1}}, nil
	}
	refuse := func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return nil, &commands.Refusal{Code: commands.CouldNotCheck}
	}
	for _, c := range []struct {
		name   string
		press  pressing
		broken bool // the response URL does not work
		cards  int
		drawn  bool // the card still has its buttons
	}{
		{"Cancel takes the card away", discard, false, 1, false},
		{"a refusal is said beside the card", refuse, false, 2, true},
		{"a refusal finds its way without the response URL", refuse, true, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, sandbox.SlackOptions{})
			f.desk.onPress(c.press)
			f.listens()
			f.types(ana, "oOPENID1")
			card := f.in("C01SUPPORT")[0]
			if c.broken {
				f.method("response_url", "http_500", 0)
			}
			f.clicks(ana, "C01SUPPORT", card.TS, "send.discard")
			f.until("it is answered", func() bool { now := f.in("C01SUPPORT"); return len(now) > 1 || now[0].Version > card.Version })
			now := f.in("C01SUPPORT")
			if len(now) != c.cards || strings.Contains(now[0].String(), "send.confirm") != c.drawn {
				t.Errorf("messages: %v", now)
			}
			for _, m := range now {
				if m.To != ana {
					t.Errorf("others can see %s", m)
				}
			}
			f.clean()
		})
	}
}
