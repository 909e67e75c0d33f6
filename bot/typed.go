package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"runtime/debug"
	"time"

	"couponbot/bot/views"
	"couponbot/commands"
)

// A command must be on disk storeWithin of its arrival, else it is given up. One that is still between the two after
// patience is acknowledged without a word, and what became of it is said when it is known: people never read
// "nothing was sent" about something that was accepted in the same moment.
const (
	storeWithin = 1500 * time.Millisecond
	patience    = 2300 * time.Millisecond
)

// answer is a message as acknowledgements and response URLs take it.
type answer struct {
	ResponseType string `json:"response_type"`
	Text         string `json:"text"`
	Blocks       any    `json:"blocks,omitempty"`
	Replace      bool   `json:"replace_original"`
}

func private(m views.Message) answer {
	a := answer{ResponseType: "ephemeral", Text: m.Text}
	if len(m.Blocks) > 0 {
		a.Blocks = m.Blocks
	}
	return a
}

// typed is a slash command as Slack delivers it.
type typed struct {
	Team        string `json:"team_id"`
	Channel     string `json:"channel_id"`
	Person      string `json:"user_id"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"`
}

func (c typed) ask(e *envelope) commands.Ask {
	return commands.Ask{Input: "command:" + cmp.Or(c.Trigger, e.id), Person: c.Person, Team: c.Team, Channel: c.Channel, ResponseURL: c.ResponseURL}
}

// declineCommand answers a command that there is no room for.
func (b *Bot) declineCommand(e *envelope) {
	var c typed
	_ = json.Unmarshal(e.payload, &c) // unreadable: the answer is the same, in everyone's language
	e.ack(private(b.views.Busy(b.reader(b.people.remembered(c.Person)))))
}

// command stores what was typed and acknowledges it with its card.
func (b *Bot) command(e *envelope) {
	var c typed
	if err := json.Unmarshal(e.payload, &c); err != nil {
		b.log.Warn("could not read a command", "envelope", e.id, "err", err)
		b.declineCommand(e)
		return
	}
	ctx, cancel := context.WithDeadline(b.handling, e.came.Add(storeWithin))
	defer cancel()
	if ctx.Err() != nil { // it waited too long for its turn
		b.declineCommand(e)
		return
	}
	answered := make(chan outcome, 1)
	go func() {
		answered <- b.asked(c.Person, func() (commands.Reply, error) { return b.desk.Do(ctx, c.ask(e), c.Text) })
	}()
	timer := time.NewTimer(time.Until(e.came.Add(patience)))
	defer timer.Stop()
	var o outcome
	from := origin{url: c.ResponseURL, channel: c.Channel}
	select {
	case o = <-answered:
		b.opens(e, &o, c.Person, c.Trigger, from)
	case <-timer.C:
		e.ack(nil)
		o = <-answered
		b.opens(e, &o, c.Person, c.Trigger, from)
		b.log.Warn("a command took too long to be answered in time", "envelope", e.id, "took", time.Since(e.came))
		b.say(c.ResponseURL, c.Channel, c.Person, o.message, false)
		return
	}
	if o.message.Text == "" {
		e.ack(nil)
	} else if !e.ack(private(o.message)) {
		b.say(c.ResponseURL, c.Channel, c.Person, o.message, false)
	}
}

// An outcome is what the desk answered, and the words for it.
type outcome struct {
	reply   commands.Reply       // nil when it was refused or failed
	refusal *commands.Refusal    // nil unless it was refused
	faults  commands.FieldFaults // of a form that was filled in wrongly
	message views.Message        // no text: nothing can be said
}

// asked puts one thing to the desk and finds the words for the answer. It does not panic.
func (b *Bot) asked(person string, ask func() (commands.Reply, error)) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			b.log.Error("a handler panicked", "person", person, "panic", v, "stack", string(debug.Stack()))
			if o.reply == nil { // else it was accepted, and only the words are missing
				o.message = b.views.Failure(b.reader(b.people.remembered(person)))
			}
		}
	}()
	reply, err := ask()
	o.reply = reply
	ctx, cancel := context.WithTimeout(b.handling, languageWait)
	defer cancel()
	reader := b.reader(b.people.known(ctx, person))
	if err == nil {
		if reply == nil {
			panic("the desk answered nothing")
		}
		o.message = b.views.Reply(reader, reply)
		return o
	}
	o.reply = nil
	if errors.As(err, &o.faults) {
		return o
	}
	errors.As(err, &o.refusal)
	o.message = b.excuse(reader, o.refusal, err)
	return o
}

// excuse says why something was not done, and logs what an operator must see.
func (b *Bot) excuse(reader views.Reader, refusal *commands.Refusal, err error) views.Message {
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		b.log.Warn("gave up: the ledger or Slack took too long", "err", err)
		if refusal == nil || refusal.Code != commands.CouldNotCheck {
			return b.views.Busy(reader)
		}
	case refusal == nil:
		b.log.Error("could not answer", "err", err)
		return b.views.Failure(reader)
	case refusal.Err != nil:
		b.log.Error("could not answer", "code", string(refusal.Code), "err", refusal.Err)
	}
	return b.views.Refusal(reader, refusal)
}

// say tells one person something after the acknowledgement: through the response URL of what they did, else as a message
// that only they see, else, where nothing is private, in their direct messages.
func (b *Bot) say(url, channel, person string, m views.Message, replace bool) {
	if m.Text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.handling), callTimeout)
	defer cancel()
	err := b.whisper(ctx, url, channel, person, m, replace)
	if err == nil {
		return
	}
	if f, ok := errors.AsType[*fault](err); !ok || f.Kind == faultRefused {
		f = b.web.call(ctx, "chat.postMessage", func(ctx context.Context) error {
			_, _, err := b.web.api.PostMessageContext(ctx, person, drawing(m)...)
			return err
		})
		if f == nil {
			return
		}
		err = errors.Join(err, f)
	}
	b.log.Error("could not tell a person what became of their input", "person", person, "err", err)
}

var errNowhere = errors.New("no response URL and no channel")

// whisper says something that only one person sees, where they did something. The error is the newest *fault, or
// errNowhere.
func (b *Bot) whisper(ctx context.Context, url, channel, person string, m views.Message, replace bool) error {
	err := errNowhere
	if url != "" {
		a := private(m)
		a.Replace = replace
		f := b.web.respond(ctx, url, a)
		if f == nil {
			return nil
		}
		err = f
	}
	if channel != "" {
		f := b.web.call(ctx, "chat.postEphemeral", func(ctx context.Context) error {
			_, err := b.web.api.PostEphemeralContext(ctx, channel, person, drawing(m)...)
			return err
		})
		if f == nil {
			return nil
		}
		err = f
	}
	return err
}
