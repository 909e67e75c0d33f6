package commands

import (
	"context"
	"errors"
	"slices"
	"time"

	"couponbot/store"
)

// The forms' callback_ids, and the shortcuts that open one.
const (
	FormSend   = "send"
	FormReject = "reject"

	ShortcutSend        = "coupon_send"         // global
	ShortcutFromMessage = "coupon_from_message" // on a message
)

// The fields of forms; block_id and action_id of an input are its field's name.
const (
	FieldStock   = "stock"
	FieldOpenIDs = "openids"
	FieldReason  = "reason"
	FieldTicket  = "ticket"
	FieldNote    = "note"
	FieldValue   = "value"
	FieldMinimum = "minimum"
	FieldWhy     = "why"
)

// A Form is one that was submitted.
type Form struct {
	ID     string            // its callback_id
	Meta   string            // what the form was opened with: SendForm.Meta, RejectForm.Meta
	Values map[string]string // by field; "" for what was left empty

	Files map[string][]store.UploadFile // by field, of those that take files
}

// SendForm asks for everything that a send needs. It is the answer to "send" alone, to the shortcuts, and to Home's button; nothing is
// stored yet.
type SendForm struct {
	Meta     string            // goes along with the form and comes back: where it was asked for
	Values   map[string]string // what is filled in already, by field
	Stock    *Option           // the stock that is chosen already
	Reasons  []string          // one of these; none: a free text
	Ticket   string            // the pattern that a ticket must match, "" when none
	NeedsWhy bool              // a reason must be given
	Custom   bool              // some stock's value is chosen with each send
}

// RejectForm asks why.
type RejectForm struct {
	Meta string
	Send store.Send
}

// An Option is one line of a picker.
type Option struct {
	Value string // what comes back
	Stock StockLine
}

// FieldFaults are what is wrong with a submitted form, by field; nothing was stored.
type FieldFaults map[string]*Refusal

func (f FieldFaults) Error() string { return "some fields of the form are wrong" }

// A form is one that can be submitted: how old the groups may be that are asked about who submits it, and what carries it out.
type form struct {
	id  string
	age time.Duration
	do  func(*Desk, context.Context, Ask, Form) (Reply, error)
}

func forms() []form {
	return []form{
		{FormSend, groupAge, (*Desk).submitSend},
		{FormReject, 0, (*Desk).submitReject},
		{FormCampaign, groupAge, (*Desk).submitCampaign},
		{FormAudience, groupAge, (*Desk).submitAudience},
	}
}

// Submit carries out a submitted form. The error is a FieldFaults, or a *Refusal about the whole.
func (d *Desk) Submit(ctx context.Context, ask Ask, f Form) (Reply, error) {
	var reply Reply
	var err error = &Refusal{Code: NotAccepted}
	for _, row := range forms() {
		if row.id != f.ID {
			continue
		}
		if err = d.known(ctx, ask, row.age); err == nil {
			reply, err = row.do(d, ctx, ask, f)
		}
	}
	did := "form." + f.ID
	if faults, ok := errors.AsType[FieldFaults](err); ok {
		d.noteFaults(ctx, ask, did, faults)
		return nil, faults
	}
	return d.answer(ctx, ask, did, f.Meta, reply, err)
}

// Open is a shortcut or Home's button: the form that it opens. text is the message's that the shortcut was used on.
func (d *Desk) Open(ctx context.Context, ask Ask, callback, text string) (Reply, error) {
	reply, err := d.open(ctx, ask, callback, text)
	return d.answer(ctx, ask, callback, "", reply, err)
}

func (d *Desk) open(ctx context.Context, ask Ask, callback, text string) (Reply, error) {
	switch callback {
	case ShortcutSend:
		text = ""
	case ShortcutFromMessage:
	default:
		return nil, &Refusal{Code: NotAccepted}
	}
	if err := d.known(ctx, ask, groupAge); err != nil {
		return nil, err
	}
	if err := d.need(ctx, ask.Person, groupAge, RightSend); err != nil {
		return nil, err
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	return d.sendForm(ask.Channel, d.pick(text)), nil
}

// sendForm is the form that asks for a send, with what is known already.
func (d *Desk) sendForm(channel string, values map[string]string) SendForm {
	f := SendForm{Meta: channel, Values: values, Reasons: d.config.Reasons, NeedsWhy: len(d.config.Reasons) > 0}
	if d.config.Ticket != nil {
		f.Ticket = d.config.Ticket.String()
	}
	f.Custom = slices.ContainsFunc(d.config.Stocks, func(s Stock) bool { return s.Custom != nil })
	return f
}
