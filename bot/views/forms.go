package views

import (
	"strings"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// What Slack takes of forms (Slack docs, Block Kit reference and views).
const (
	titleMost   = 24
	hintMost    = 2000
	holderMost  = 150
	inputMost   = 3000
	optionMost  = 75
	optionsMost = 100
	errorMost   = 150 // shorter than Slack takes: it stands under a field
	noteLimit   = 300 // the longest note, reason and why that people may write
)

// fieldNames are the inputs of all forms.
func fieldNames() []string {
	return append(campaignFields(), commands.FieldStock, commands.FieldOpenIDs, commands.FieldReason, commands.FieldTicket, commands.FieldNote, commands.FieldValue,
		commands.FieldMinimum, commands.FieldWhy)
}

// Form is the modal that a form among the replies opens; false for every other reply.
func (v *Views) Form(r Reader, reply commands.Reply) (form slack.ModalViewRequest, ok bool) {
	switch q := reply.(type) {
	case commands.SendForm:
		c := v.card(r)
		c.sendForm(q)
		return c.modal(commands.FormSend, q.Meta, nil), true
	case commands.RejectForm:
		c := v.card(r)
		a := args{"Send": store.SendName(q.Send.ID), "What": whatOf(q.Send), "By": person(q.Send.RequestedBy)}
		c.say("form.reject.intro", a)
		c.input(commands.FieldWhy, c.text(commands.FieldWhy, "", noteLimit, true), "form.why_hint", nil, false)
		return c.modal(commands.FormReject, q.Meta, a), true
	case commands.CampaignForm:
		return v.campaignModal(r, q), true
	case commands.AudienceForm:
		return v.audienceModal(r, q), true
	}
	return slack.ModalViewRequest{}, false
}

// modal ends a form; its title and button are found by its callback_id.
func (c *card) modal(callback, meta string, a args) slack.ModalViewRequest {
	label := func(key string) *slack.TextBlockObject { return unmarked(c.write(plain, key, a), titleMost, false) }
	words := "form." + callback
	if callback == commands.FormAudience { // "form.audience" is the name of a field
		words += "_form"
	}
	return slack.ModalViewRequest{Type: slack.VTModal, Title: label(words + ".title"), Submit: label(words + ".submit"), Close: label("form.cancel"),
		PrivateMetadata: meta, CallbackID: callback, Blocks: slack.Blocks{BlockSet: c.blocks}}
}

// Notice takes the place of a form that came to nothing; meta is what the form was opened with.
func (v *Views) Notice(r Reader, callback, meta string, m Message) slack.ModalViewRequest {
	c := v.card(r)
	subject, _, _ := strings.Cut(meta, ".")
	c.blocks = m.Blocks
	notice := c.modal(callback, "", args{"Send": subject})
	notice.Submit, notice.Close = nil, unmarked(c.write(plain, "form.close", nil), titleMost, false)
	return notice
}

func (c *card) sendForm(q commands.SendForm) {
	c.small("form.send.intro", nil)
	c.input(commands.FieldStock, c.stockPicker(q.Stock), "", nil, false)
	c.input(commands.FieldOpenIDs, c.text(commands.FieldOpenIDs, q.Values[commands.FieldOpenIDs], inputMost, true), "form.openids_hint", nil, false)
	c.input(commands.FieldReason, c.reasons(q.Reasons, q.Values[commands.FieldReason]), "", nil, !q.NeedsWhy)
	c.ticketInput(q.Ticket, q.Values[commands.FieldTicket], q.Ticket == "")
	c.input(commands.FieldNote, c.text(commands.FieldNote, q.Values[commands.FieldNote], noteLimit, true), "form.note_hint", nil, true)
	c.valueInputs(q.Custom, q.Values)
}

// ticketInput says what a ticket must look like, where that is configured.
func (c *card) ticketInput(pattern, initial string, optional bool) {
	hint := ""
	if pattern != "" {
		hint = "form.ticket_hint"
	}
	c.input(commands.FieldTicket, c.text(commands.FieldTicket, initial, noteLimit, false), hint, args{"Pattern": code(pattern)}, optional)
}

// valueInputs are there where a stock's value may be chosen.
func (c *card) valueInputs(custom bool, values map[string]string) {
	if !custom {
		return
	}
	for _, name := range []string{commands.FieldValue, commands.FieldMinimum} {
		c.input(name, c.text(name, values[name], noteLimit, false), "form."+name+"_hint", nil, true)
	}
}

// input is one field; its block_id and action_id are its name.
func (c *card) input(name string, element slack.BlockElement, hint string, a args, optional bool) {
	var under *slack.TextBlockObject
	if hint != "" {
		under = unmarked(c.write(plain, hint, a), hintMost, false)
	}
	c.blocks = append(c.blocks, slack.NewInputBlock(name, unmarked(c.write(plain, "form."+name, nil), hintMost, false), under, element).WithOptional(optional))
}

func (c *card) text(name, initial string, most int, lines bool) *slack.PlainTextInputBlockElement {
	return slack.NewPlainTextInputBlockElement(nil, name).WithMultiline(lines).WithMaxLength(most).WithInitialValue(cut(initial, most))
}

// FieldErrors are the sentences under the fields of a form, by block_id.
func (v *Views) FieldErrors(r Reader, faults commands.FieldFaults) map[string]string {
	t := v.tongue(r)
	out := make(map[string]string, len(faults))
	for name, refusal := range faults {
		out[name] = cut(t.fieldError(refusal), errorMost)
	}
	return out
}

// fieldError is what is wrong with one field: in words made for that, or else in the refusal's own.
func (t tongue) fieldError(x *commands.Refusal) string {
	a := refusalArgs(x)
	if x.Limit != nil {
		a["Limit"] = limitName(x.Limit.Limit)
	}
	var repeats list
	for _, h := range x.Likely[:min(len(x.Likely), 3)] {
		repeats = append(repeats, h.Grant)
	}
	a["Repeats"] = repeats
	for _, key := range []string{"field." + string(x.Code), "refusal." + string(x.Code) + ".what"} {
		if t.has(key) {
			return t.write(plain, key, a)
		}
	}
	return t.write(plain, "refusal.not_accepted.what", nil)
}
