package bot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/store"
)

func TestAFormIsAnsweredByFieldOrAsAWholeOrCloses(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply commands.Reply
		err   error
		want  formAnswer // of Errors, the fields; of View, whether there is one
	}{
		{"one that is accepted closes", commands.Decided{}, nil, formAnswer{}},
		{"a fault stands under its field", nil, commands.FieldFaults{"note": {Code: commands.MissingField, Word: "note"}},
			formAnswer{Action: "errors", Errors: map[string]string{"note": ""}}},
		{"a fault of a field that is not there stands under the first", nil, commands.FieldFaults{"value": {Code: commands.ValueNeeded}},
			formAnswer{Action: "errors", Errors: map[string]string{"stock": ""}}},
		{"what may be put right leaves the form open", nil, &commands.Refusal{Code: commands.CouldNotCheck}, formAnswer{Action: "errors", Errors: map[string]string{"stock": ""}}},
		{"a failure does too", nil, errors.New("disk"), formAnswer{Action: "errors", Errors: map[string]string{"stock": ""}}},
		{"what nothing can put right takes the form's place", nil, &commands.Refusal{Code: commands.NotDecider, Word: "S1"}, formAnswer{Action: "update", View: json.RawMessage("{}")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := wired(t)
			w.desk.onSubmit(func(_ context.Context, ask commands.Ask, form commands.Form) (commands.Reply, error) {
				if ask.Input != "form:V1" || ask.Person != "U1" || ask.Team != "T1" || form.ID != "reject" || form.Meta != "S1.r1" ||
					form.Values["stock"] != "9856000" || form.Values["note"] != "" {
					t.Errorf("asked %+v, %+v", ask, form)
				}
				return c.reply, c.err
			})
			w.listens()
			w.sends(w.submit("e1", "V1", "reject", "S1.r1"))
			w.until("it is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
			got := w.acked("e1")[0].form()
			if got.Action != c.want.Action || len(got.Errors) != len(c.want.Errors) || (got.View == nil) != (c.want.View == nil) {
				t.Errorf("answered %s", w.acked("e1")[0].Payload)
			}
			for field := range c.want.Errors {
				if got.Errors[field] == "" {
					t.Errorf("nothing under %s: %v", field, got.Errors)
				}
			}
		})
	}
}

func TestAFormThatTakesTooLongClosesAndIsToldAbout(t *testing.T) {
	w := wired(t)
	held := make(chan struct{})
	w.desk.onSubmit(func(context.Context, commands.Ask, commands.Form) (commands.Reply, error) {
		<-held
		return nil, &commands.Refusal{Code: commands.NotWaiting, Word: "S1", Text: "rejected"}
	})
	w.listens()
	began := time.Now()
	w.sends(w.submit("e1", "V1", "send", "C1"))
	w.until("it is acknowledged", func() bool { return len(w.acked("e1")) == 1 })
	if took := time.Since(began); took < patience || took > 3*time.Second || len(w.acked("e1")[0].Payload) > 0 {
		t.Errorf("after %v with %s", took, w.acked("e1")[0].Payload)
	}
	close(held)
	w.until("what became of it is said in the channel, or else in direct messages", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.calls["chat.postEphemeral"] == 1 && w.calls["chat.postMessage"] == 1
	})
}

func TestAFormThatThereIsNoRoomForStaysOpen(t *testing.T) {
	w := wired(t)
	held := make(chan struct{})
	w.desk.onPress(func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		<-held
		return commands.Redrawn{}, nil
	})
	w.listens()
	for range handlersAtOnce + handlersQueued {
		w.sends(w.press("e1", "send.discard", "D1", ""))
	}
	w.until("no room is left", func() bool { return len(w.bot.work.jobs) == handlersQueued })
	w.sends(w.submit("e2", "V1", "send", ""))
	w.sends(`{"envelope_id":"e3","type":"interactive","payload":{"type":"block_suggestion","action_id":"stock","value":"x","user":{"id":"U1"}}}`)
	w.until("both are answered", func() bool { return len(w.acked("e2")) == 1 && len(w.acked("e3")) == 1 })
	if got := w.acked("e2")[0].form(); got.Action != "errors" || got.Errors["stock"] == "" {
		t.Errorf("the form: %+v", got)
	}
	if got := string(w.acked("e3")[0].Payload); got != `{"options":[]}` {
		t.Errorf("the picker: %s", got)
	}
	close(held)
}

func TestAFormThatSlackDoesNotOpenIsToldInstead(t *testing.T) {
	form := func(context.Context, commands.Ask, string) (commands.Reply, error) { return commands.SendForm{}, nil }
	reject := func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return commands.RejectForm{Send: store.Send{ID: 1}}, nil
	}
	f := open(t, sandbox.SlackOptions{})
	f.desk.onDo(form)
	f.desk.onPress(reject)
	f.listens()
	f.method("views.open", "http_500", 0)
	f.types(ana, "send")
	if card := f.in("C01SUPPORT"); len(card) != 1 || !strings.Contains(card[0].Text, "did not open the form") {
		t.Fatalf("the command was answered %v", card)
	}
	f.calm()
	f.types(ana, "send")
	if now := f.form(ana); now == "" || len(f.in("C01SUPPORT")) != 1 {
		t.Errorf("the form: %s, beside it %v", now, f.in("C01SUPPORT"))
	}
	f.clean()
}

// form is what a person's topmost form is made of; "" when none is open.
func (f *office) form(person string) string {
	f.Helper()
	var state struct{ Modals []json.RawMessage }
	f.get("state?as="+person, &state)
	if n := len(state.Modals); n > 0 {
		return string(state.Modals[n-1])
	}
	return ""
}

// fills opens the form of a send by a command and submits it; the draft is ready.
func (f *office) fills(person string) store.Draft {
	f.Helper()
	f.desk.onDo(func(_ context.Context, ask commands.Ask, _ string) (commands.Reply, error) {
		return commands.SendForm{Meta: ask.Channel}, nil
	})
	f.desk.onSubmit(func(ctx context.Context, ask commands.Ask, form commands.Form) (commands.Reply, error) {
		d, existed, err := f.ledger.OpenDraft(ctx, ask.Input, ask.Person, form.Meta, contents(form.Values[commands.FieldOpenIDs]))
		return commands.Confirm{Draft: d, Existed: existed}, err
	})
	f.types(person, "send")
	f.control("submit", map[string]any{"as": person, "values": map[string]any{
		"stock": map[string]any{"stock": "9856000"}, "openids": map[string]any{"openids": "oOPENID1"}}})
	var d store.Draft
	f.until("the draft is there", func() (there bool) {
		var err error
		d, err = f.ledger.Draft(f.Context(), 1)
		return err == nil
	})
	return d
}

func TestTheCardOfAFormComesWhereItWasAskedFor(t *testing.T) {
	f := at(t)
	d := f.fills(ana)
	f.until("the card is shown", func() bool { return len(f.in("C01SUPPORT")) == 1 })
	if card := f.in("C01SUPPORT")[0]; card.To != ana || !strings.Contains(card.String(), "send.confirm") {
		t.Errorf("card for %s: %s", card.To, card)
	}
	f.until("the other one is taken back", func() bool {
		cards, err := f.ledger.CardsOf(t.Context(), store.DraftName(d.ID))
		return err == nil && len(cards) == 1 && cards[0].Drawn > cards[0].Wanted
	})
	f.clock.Advance(time.Hour)
	f.settled()
	if there := f.in(dm(ana)); len(there) != 0 {
		t.Errorf("direct messages: %v", there)
	}
	f.clean()
}

// A form may be filled in before Slack's answer to its opening is here, or that answer may be lost.
func TestWhereAFormWasAskedForIsKnownBeforeItIsOpen(t *testing.T) {
	f := at(t)
	f.method("views.open", "reset_after", 1)
	f.method("chat.postEphemeral", "http_500", 0)
	f.fills(ana)
	f.until("the card is shown", func() bool {
		return slices.ContainsFunc(f.in("C01SUPPORT"), func(m shown) bool { return strings.Contains(m.String(), "send.confirm") })
	})
	if there := f.in(dm(ana)); len(there) != 0 {
		t.Errorf("direct messages: %v", there)
	}
	f.clean()
}

func TestTheCardOfAFormComesInDirectMessagesWhenItCannotBeShownElsewhere(t *testing.T) {
	f := at(t)
	f.method("response_url", "http_500", 0)
	f.method("chat.postEphemeral", "http_500", 0)
	d := f.fills(ana)
	f.until("it is posted", func() bool { return len(f.in(dm(ana))) == 1 })
	card := f.in(dm(ana))[0]
	if !strings.Contains(card.String(), "send.confirm") {
		t.Fatalf("card: %s", card)
	}
	f.clicks(ana, dm(ana), card.TS, "send.confirm")
	f.until("it is the send's card", func() bool { return strings.Contains(f.in(dm(ana))[0].String(), "S1") })
	if _, err := f.ledger.SendOfDraft(t.Context(), d.ID); err != nil {
		t.Error(err)
	}
	if there := f.in(dm(ana)); len(there) != 1 || strings.Contains(there[0].String(), "send.confirm") {
		t.Errorf("direct messages: %v", there)
	}
	f.clean()
}

func TestWhereAFormWasOpenedIsForgottenInTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f := newForms(func() time.Time { return now })
	f.opens("V1", origin{url: "secret", channel: "C1"})
	if got := f.of(view{Name: "V1"}); got.url != "secret" || got.channel != "C1" {
		t.Errorf("remembered %+v", got)
	}
	if !f.close("V1") || f.close("V1") {
		t.Error("a form is closed once")
	}
	now = now.Add(store.ResponseLife + time.Second)
	if got := f.of(view{Name: "V1"}); got.url != "" || got.channel != "C1" {
		t.Errorf("after the response URL's life: %+v", got)
	}
	if got := f.of(view{Name: "V2", Callback: commands.FormSend, Meta: "C2"}); got.channel != "C2" || got.url != "" {
		t.Errorf("of another process: %+v", got)
	}
	for i := range 2 * keysKept {
		f.opens(string(rune(i)), origin{})
	}
	if len(f.all) > keysKept {
		t.Errorf("%d are remembered", len(f.all))
	}
}

func TestWhatAMessageSaysIsReadWhereverItStands(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"in its text", `{"text":"T-1 oABC"}`, "T-1 oABC"},
		{"in an attachment", `{"text":"","attachments":[{"title":"T-2","text":"lost","fields":[{"title":"customer","value":"oDEF"}]}]}`, "\nT-2\nlost\ncustomer\noDEF"},
		{"in blocks", `{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"oGHI"}}]}`, "\noGHI"},
		{"nowhere", `{}`, ""},
		{"in nothing that can be read", `[]`, ""},
	} {
		if got := written(json.RawMessage(c.message)); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
