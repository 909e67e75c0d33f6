package bot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// A form reads as accepted when it closes, so what was filled in is on disk before it does. What is told about it later
// must find its own way: Slack gives a submitted form neither a channel nor a response URL. So the place where a form was
// opened is remembered here while its response URL lives, and a confirm card that cannot be shown there, because this
// process never knew of it or Slack does not take it, comes from the ledger in direct messages.

// openWithin is how long after an input its form may be opened: a trigger is worth nothing after three seconds.
const openWithin = 2700 * time.Millisecond

// homeView is the type of a Home page.
const homeView = "home"

// A view is a form or a Home page as an interaction tells of it.
type view struct {
	ID       string `json:"id"`
	Name     string `json:"external_id"` // ours
	Type     string `json:"type"`
	Callback string `json:"callback_id"`
	Meta     string `json:"private_metadata"`
	Blocks   []struct {
		Type string `json:"type"`
		ID   string `json:"block_id"`
	} `json:"blocks"`
	State struct {
		Values map[string]map[string]input `json:"values"`
	} `json:"state"`
}

// An input is a field's value, of whatever kind.
type input struct {
	Value  *string `json:"value"`
	Option *struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	Conversation string             `json:"selected_conversation"`
	Files        []store.UploadFile `json:"files"`
}

func (i input) text() string {
	switch {
	case i.Option != nil:
		return i.Option.Value
	case i.Value != nil:
		return *i.Value
	}
	return i.Conversation
}

// files are what was put into a form's fields for files.
func (v view) files() map[string][]store.UploadFile {
	out := map[string][]store.UploadFile{}
	for _, actions := range v.State.Values {
		for field, i := range actions {
			if len(i.Files) > 0 {
				out[field] = i.Files
			}
		}
	}
	return out
}

func (v view) values() map[string]string {
	out := map[string]string{}
	for _, actions := range v.State.Values {
		for field, i := range actions {
			out[field] = i.text()
		}
	}
	return out
}

// fields are the block_ids of a form's inputs, in order.
func (v view) fields() (out []string) {
	for _, b := range v.Blocks {
		if b.Type == "input" {
			out = append(out, b.ID)
		}
	}
	return out
}

// opens shows the form that an outcome asks for, and says whether there is nothing more to say. When Slack does not show
// it, the outcome's words say what to type instead.
func (b *Bot) opens(e *envelope, o *outcome, person, trigger string, from origin) bool {
	form, ok := b.views.Form(b.reader(b.people.remembered(person)), o.reply)
	if !ok {
		return false
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(b.handling), e.came.Add(openWithin))
	defer cancel()
	form.ExternalID = rand.Text()
	b.forms.opens(form.ExternalID, from)
	f := b.web.call(ctx, "views.open", func(ctx context.Context) error {
		_, err := b.web.api.OpenViewContext(ctx, trigger, form)
		return err
	})
	if f != nil {
		b.log.Warn("a form could not be opened", "form", form.CallbackID, "person", person, "err", f, "why", f.Note)
		o.reply = nil
		return false
	}
	o.message = views.Message{}
	return true
}

// submit stores what was filled in, and then closes the form or says what is wrong with it.
func (b *Bot) submit(e *envelope, p interaction) {
	ctx, cancel := context.WithDeadline(b.handling, e.came.Add(storeWithin))
	defer cancel()
	if ctx.Err() != nil { // it waited too long for its turn
		b.declineForm(e, p)
		return
	}
	from := b.forms.of(p.View)
	answered := make(chan outcome, 1)
	go func() { answered <- b.filled(ctx, p, from) }()
	timer := time.NewTimer(time.Until(e.came.Add(patience)))
	defer timer.Stop()
	select {
	case o := <-answered:
		b.answerForm(e, p, o)
		b.follow(p, from, o)
	case <-timer.C:
		e.ack(nil) // the form closes, and what became of it is said when it is known
		o := <-answered
		b.log.Warn("a form took too long to be answered in time", "envelope", e.id, "took", time.Since(e.came))
		if o.reply == nil {
			if o.faults != nil {
				o.message = b.views.Busy(b.reader(b.people.remembered(p.User.ID)))
			}
			b.say("", from.channel, p.User.ID, o.message, false)
		}
		b.follow(p, from, o)
	}
}

// filled puts a form to the desk. One form is one input, however often its button was pressed. The card of a draft is asked
// for in the same breath: the form's closing promises it.
func (b *Bot) filled(ctx context.Context, p interaction, from origin) outcome {
	ask := p.keyed("form:" + p.View.ID)
	return b.asked(p.User.ID, func() (commands.Reply, error) {
		reply, err := b.desk.Submit(ctx, ask, commands.Form{ID: p.View.Callback, Meta: p.View.Meta, Values: p.View.values(), Files: p.View.files()})
		if c, ok := reply.(commands.Confirm); ok && err == nil {
			due := b.now()
			if from.url != "" || from.channel != "" {
				due = due.Add(confirmNet)
			}
			if err := b.ledger.CardDraft(context.WithoutCancel(ctx), c.Draft.ID, p.User.ID, due); err != nil {
				b.log.Error("ask for the card of a form", "draft", c.Draft.ID, "err", err)
			}
		}
		return reply, err
	})
}

// answerForm acknowledges a form: it closes, or says what is wrong under its fields, or, where nothing in it could be
// put right, why it came to nothing.
func (b *Bot) answerForm(e *envelope, p interaction, o outcome) {
	reader := b.reader(b.people.remembered(p.User.ID))
	switch {
	case o.reply != nil:
		e.ack(nil)
		return
	case o.refusal != nil && isEnd(o.refusal.Code):
		notice := b.views.Notice(reader, p.View.Callback, p.View.Meta, o.message)
		if body, err := json.Marshal(notice); err == nil && len(body) < maxAck-100 {
			e.ack(map[string]any{"response_action": "update", "view": notice})
			return
		}
	}
	e.ack(b.wrong(reader, p.View, o))
}

// wrong are the sentences under a form's fields; what is not about one of them stands under the first.
func (b *Bot) wrong(reader views.Reader, v view, o outcome) any {
	said := b.views.FieldErrors(reader, o.faults)
	under := map[string]string{}
	fields := v.fields()
	for _, field := range fields {
		if said[field] != "" {
			under[field] = said[field]
		}
	}
	if len(under) == 0 && len(fields) > 0 {
		refusal := o.refusal
		for _, other := range o.faults {
			refusal = other
		}
		if refusal == nil {
			refusal = &commands.Refusal{Code: commands.NotAccepted}
		}
		under[fields[0]] = b.views.FieldErrors(reader, commands.FieldFaults{fields[0]: refusal})[fields[0]]
	}
	return map[string]any{"response_action": "errors", "errors": under}
}

// isEnd tells of refusals that nothing written in a form can change.
func isEnd(code commands.Code) bool {
	switch code {
	case commands.NoRight, commands.Guest, commands.Deactivated, commands.Stranger, commands.NotWaiting, commands.OwnSend, commands.NotDecider,
		commands.SeatedAlready, commands.RequesterLeft, commands.ContentsChanged, commands.NoSuchSend:
		return true
	}
	return false
}

// declineForm answers a form that there is no room for: it stays open with what was written.
func (b *Bot) declineForm(e *envelope, p interaction) {
	e.ack(b.wrong(b.reader(b.people.remembered(p.User.ID)), p.View, outcome{}))
}
