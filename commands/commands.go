// Package commands is what can be asked, by whom, and under which limits.
//
// A Desk has three doors: Do for what was typed, Press for a button, Submit for a form. Tables (table.go, forms.go) are
// the grammar, the help and the dispatcher, so that a verb is one row and one method. What comes back are facts: a Reply, or a Refusal with a
// code and its numbers; bot/views finds the words in the reader's language.
//
// Rules are pure functions at the bottom (parse.go, money.go, policy.go); the verbs above them read the ledger, ask the
// rules, and let one ledger transaction decide. The rules look first so that a person reads a good sentence; the
// transaction looks again so that the sentence stays true. Everything is checked when the card is shown and once more
// when its button is pressed, because stocks empty, people leave and somebody may press the red button in between.
//
// Nothing that a button says is believed: its value names what was shown, and who may do it is looked up again. A
// right that cannot be checked is not there. Every refused attempt is an audit event.
package commands

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"couponbot/store"
)

// A Desk answers what people ask. Its methods may be called from many goroutines.
type Desk struct {
	config    Config
	ledger    *store.Ledger
	directory Directory
	log       *slog.Logger
	now       func() time.Time
}

// New makes the desk; nothing is asked of anyone yet. now is time.Now outside of tests.
func New(c Config, l *store.Ledger, d Directory, log *slog.Logger, now func() time.Time) *Desk {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.WaitForStock <= 0 {
		c.WaitForStock = time.Second
	}
	return &Desk{config: c, ledger: l, directory: d, log: log, now: now}
}

// Do carries out what was typed after the slash command; text is as Slack sent it. The error is always a *Refusal.
func (d *Desk) Do(ctx context.Context, ask Ask, text string) (Reply, error) {
	l, refusal := parse(text, rules)
	if l.verb == "" && refusal == nil {
		l.verb = "help"
	}
	row, ok := commandOf(l.verb)
	var reply Reply
	var err error
	switch {
	case refusal != nil:
		err = refusal
	case !ok:
		err = &Refusal{Code: UnknownVerb, Word: l.verb, Nearest: nearest(l.verb, verbs())}
	default:
		reply, err = d.dispatch(ctx, asked{Ask: ask, row: row, args: l.args, flags: l.flags, loose: l.loose})
	}
	return d.answer(ctx, ask, row.verb, l.about(), reply, err)
}

// dispatch lets through who may, with as many words as the verb wants.
func (d *Desk) dispatch(ctx context.Context, q asked) (Reply, error) {
	if err := d.known(ctx, q.Ask, q.row.age()); err != nil && !d.urgent(q, err) {
		return nil, err
	}
	if err := d.need(ctx, q.Person, groupAge, q.row.needs...); err != nil {
		return nil, err
	}
	if len(q.args) < q.row.least {
		return nil, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	}
	if q.row.most >= 0 && len(q.args) > q.row.most {
		return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.args[q.row.most].text}
	}
	if q.loose != "" {
		return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.loose}
	}
	return q.row.do(d, ctx, q)
}

// urgent lets admins whom the configuration names stop everything although Slack cannot say who they are: the red
// button must not wait for an outage to end.
func (d *Desk) urgent(q asked, err error) bool {
	refusal, ok := refused(err)
	return ok && refusal.Code == CouldNotCheck && q.row.verb == "stop" && d.named(q.Person, d.groupsOf(RightAdmin))
}

// Press carries out a button: one of Actions, with the value that its card gave it. The error is always a *Refusal.
func (d *Desk) Press(ctx context.Context, ask Ask, action, value string) (Reply, error) {
	var reply Reply = Redrawn{}
	var err error
	for _, b := range buttons() {
		if b.action != action {
			continue
		}
		if err = d.known(ctx, ask, b.age); err == nil || d.urgent(asked{Ask: ask, row: command{verb: strings.TrimSuffix(action, ".confirm")}}, err) {
			reply, err = b.do(d, ctx, ask, value)
		}
	}
	return d.answer(ctx, ask, action, value, reply, err)
}

// answer makes a refusal of every error, and an event of every refusal. value is what the button or the form named, "" for none.
func (d *Desk) answer(ctx context.Context, ask Ask, did, value string, reply Reply, err error) (Reply, error) {
	if err == nil {
		if r, ok := reply.(Redrawn); ok {
			d.note(ctx, ask, did, r.Subject, "stale")
		}
		return reply, nil
	}
	refusal, ok := refused(err)
	if !ok {
		refusal = failed(err)
	}
	if refusal.Verb == "" {
		refusal.Verb = did
	}
	about := cmp.Or(refusal.Word, value)
	if id, _, ok := parseSend(value); ok {
		about = store.SendName(id)
	}
	d.note(ctx, ask, did, about, refusal.Code)
	return nil, refusal
}

// note writes a refused attempt into the audit. What the ledger itself refused cannot be written there, and what a
// person typed is left out but for ids, because it may hold a customer's openid.
func (d *Desk) note(ctx context.Context, ask Ask, did, about string, code Code) {
	switch code {
	case LedgerFull, LedgerFailed, NotAccepted:
		return
	}
	event := store.Event{Actor: ask.Person, Action: "refused", Detail: map[string]any{"did": did, "code": string(code)}}
	if id, ok := store.ParseID(about); ok && code != NoSuchSend {
		event.Send, event.Position = id.Send, id.Position
	} else if ok || isSubject(about) {
		event.Detail["subject"] = about
	}
	d.write(ctx, ask, event)
}

// noteFaults writes that a form was sent back, and which fields were wrong in which way.
func (d *Desk) noteFaults(ctx context.Context, ask Ask, did string, faults FieldFaults) {
	fields := map[string]any{}
	for field, r := range faults {
		fields[field] = string(r.Code)
	}
	d.write(ctx, ask, store.Event{Actor: ask.Person, Action: "refused", Detail: map[string]any{"did": did, "code": "wrong_fields", "fields": fields}})
}

func (d *Desk) write(ctx context.Context, ask Ask, event store.Event) {
	if ask.Channel != "" {
		event.Detail["channel"] = ask.Channel
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer stop()
	if err := d.ledger.Audit(ctx, event); err != nil {
		d.log.Error("write a refused attempt into the audit", "person", event.Actor, "did", event.Detail["did"], "code", event.Detail["code"], "err", err)
	}
}

// noteWithin bounds the wait for the audit of something that was refused anyway.
const noteWithin = time.Second

func refused(err error) (*Refusal, bool) { return errors.AsType[*Refusal](err) }

// failed is the refusal for a ledger that did not do what it was asked.
func failed(err error) *Refusal {
	switch {
	case errors.Is(err, store.ErrFull):
		return &Refusal{Code: LedgerFull, Err: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Refusal{Code: NotAccepted, Err: err}
	}
	return &Refusal{Code: LedgerFailed, Err: err}
}
