package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// inputFaults lists where an input of a form is not what Slack takes (Slack docs, Block Kit reference, input).
func inputFaults(b tree) []string {
	var out []string
	within := func(where string, v any, least, most int) {
		o, _ := v.(tree)
		s, _ := o["text"].(string)
		if n := utf8.RuneCountInString(s); o["type"] != "plain_text" || n < least || n > most {
			out = append(out, fmt.Sprintf("%s is %v of %d characters, not %d to %d", where, o["type"], n, least, most))
		}
	}
	element, _ := b["element"].(tree)
	within("label", b["label"], 1, 2000)
	if b["hint"] != nil {
		within("hint", b["hint"], 1, 2000)
	}
	if b["block_id"] != element["action_id"] {
		out = append(out, fmt.Sprintf("block_id %v holds action_id %v", b["block_id"], element["action_id"]))
	}
	if element["placeholder"] != nil {
		within("placeholder", element["placeholder"], 1, 150)
	}
	switch element["type"] {
	case "plain_text_input":
		most, _ := element["max_length"].(float64)
		initial, there := element["initial_value"].(string)
		if n := utf8.RuneCountInString(initial); most < 1 || most > 3000 || there && (n < 1 || n > int(most)) {
			out = append(out, fmt.Sprintf("%v has %d of %v characters", element["action_id"], n, most))
		}
	case "static_select", "external_select":
		options, _ := element["options"].([]any)
		if (element["type"] == "static_select") != (len(options) > 0) || len(options) > 100 {
			out = append(out, fmt.Sprintf("%v has %d options", element["type"], len(options)))
		}
		if element["initial_option"] != nil {
			options = append(options, element["initial_option"])
		}
		for _, o := range options {
			o := o.(tree)
			value, _ := o["value"].(string)
			within("option", o["text"], 1, 75)
			if n := utf8.RuneCountInString(value); n < 1 || n > 75 {
				out = append(out, fmt.Sprintf("an option's value has %d characters", n))
			}
		}
	case "conversations_select":
		if filter, _ := element["filter"].(tree); filter["include"] == nil {
			out = append(out, "people can be chosen as a channel")
		}
	case "file_input":
		if most, _ := element["max_files"].(float64); most < 1 || most > 10 {
			out = append(out, fmt.Sprintf("%v takes %v files", element["action_id"], most))
		}
	default:
		out = append(out, fmt.Sprintf("an input is %v", element["type"]))
	}
	return out
}

// checkForm looks at a modal as it goes over the wire.
func checkForm(t *testing.T, name string, form slack.ModalViewRequest) {
	t.Helper()
	for where, text := range map[string]*slack.TextBlockObject{"title": form.Title, "submit": form.Submit, "close": form.Close} {
		if n := utf8.RuneCountInString(text.Text); text.Type != slack.PlainTextType || n < 1 || n > 24 {
			t.Errorf("%s: the %s is %q", name, where, text.Text)
		}
	}
	if form.Type != slack.VTModal || form.CallbackID == "" {
		t.Errorf("%s is of the type %q and called %q", name, form.Type, form.CallbackID)
	}
	checkBlocks(t, name, form.Blocks.BlockSet)
}

// checkBlocks looks at the blocks of a form or of Home, which may be a hundred.
func checkBlocks(t *testing.T, name string, all []slack.Block) {
	t.Helper()
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []any
	if err := json.Unmarshal(body, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(viewBlocks, "x", blocks) {
		t.Errorf("%s: %s", name, fault)
	}
	if len(body) > 250_000 {
		t.Errorf("%s has %d bytes", name, len(body))
	}
}

func TestFormsAreWithinSlacksLimits(t *testing.T) {
	v := newViews(t)
	long := commands.Option{Value: strings.Repeat("代", 75), Stock: stockLines()["running"]}
	long.Stock.Stock.Name = huge
	values := map[string]string{}
	for _, name := range fieldNames() {
		values[name] = huge
	}
	rejected := awaiting(1, 2)
	rejected.ID, rejected.StockName = 1<<60, huge
	all := map[string]commands.Reply{
		"huge":   commands.SendForm{Meta: "x", Values: values, Stock: &long, Reasons: slices.Repeat([]string{strings.Repeat("理", 75)}, 100), Ticket: huge, Custom: true},
		"longer": commands.SendForm{Values: values, Reasons: slices.Repeat([]string{"late"}, 101)}, "reject": commands.RejectForm{Send: rejected},
	}
	for name, form := range sendForms() {
		all[name] = form
	}
	for name, form := range campaignForms() {
		all[name] = form
	}
	audiences := slices.Repeat([]store.Audience{{Name: strings.Repeat("a", 40), Version: version3}}, 120)
	all["huge campaign"] = commands.CampaignForm{Values: values, Stock: &long, Audiences: audiences, Reasons: []string{huge}, Ticket: huge, Custom: true}
	all["huge change"] = commands.CampaignForm{Meta: "x", Values: values, Audiences: audiences}
	for _, r := range readers(t) {
		for name, reply := range all {
			form, ok := v.Form(r, reply)
			if !ok {
				t.Fatalf("%s has no form", name)
			}
			checkForm(t, r.Language+" "+name, form)
		}
	}
}

func TestAFormComesBackWithWhatItWasOpenedWith(t *testing.T) {
	v := newViews(t)
	for want, reply := range map[string]commands.Reply{commands.FormReject: commands.RejectForm{Meta: "m"}, commands.FormSend: commands.SendForm{Meta: "m"}} {
		form, ok := v.Form(Reader{}, reply)
		if !ok || form.CallbackID != want || form.PrivateMetadata != "m" {
			t.Errorf("%q %q, not %q", form.CallbackID, form.PrivateMetadata, want)
		}
	}
	if _, ok := v.Form(Reader{}, commands.Redrawn{}); ok {
		t.Error("an answer is a form")
	}
}

// The fields that people and manuals rely on, in their order.
func TestTheSendFormAsksForWhatASendNeeds(t *testing.T) {
	v := newViews(t)
	for name, want := range map[string]string{
		"send, all filled in":                "stock openids reason ticket note? value? minimum?",
		"send, as it opens":                  "stock openids reason? ticket? note?",
		"send, a reason too long for a list": "stock openids reason? ticket? note?",
	} {
		form, _ := v.Form(Reader{}, sendForms()[name])
		var got []string
		for _, b := range form.Blocks.BlockSet {
			if input, ok := b.(*slack.InputBlock); ok {
				got = append(got, input.BlockID+map[bool]string{true: "?"}[input.Optional])
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", name, got, want)
		}
	}
}

func TestOptionsSayValueAndWhatIsLeft(t *testing.T) {
	v := newViews(t)
	for language, want := range map[string]string{"en": "sorry-10 · ¥10.00 off ¥20.00 · 1,234 left", "zh": "sorry-10 · 满 ¥20.00 减 ¥10.00 · 剩余 1,234 张"} {
		got := v.Options(readers(t)[language], options())
		if got[0].Text.Text != want || got[0].Value != "sorry-10" {
			t.Errorf("%s: %q", language, got[0].Text.Text)
		}
		for _, o := range got {
			if n := utf8.RuneCountInString(o.Text.Text); n > 75 || utf8.RuneCountInString(o.Value) > 75 || o.Value == "" {
				t.Errorf("%q (%q) has %d characters", o.Text.Text, o.Value, n)
			}
		}
		if len(got) != len(options())-2 {
			t.Errorf("%d options are left of %d, of which two cannot come back", len(got), len(options()))
		}
	}
	if got := v.Options(Reader{}, slices.Repeat(options()[:1], 120)); len(got) != 100 {
		t.Errorf("%d options", len(got))
	}
}

func TestFieldErrorsAreOneShortSentenceUnderTheirField(t *testing.T) {
	v := newViews(t)
	likely := slices.Repeat([]store.Had{{Grant: store.GrantID{Send: 8, Position: 3}}}, 9)
	for _, r := range readers(t) {
		for name, refusal := range refusals() {
			long := *refusal
			long.Word, long.Text, long.Names, long.Likely = huge, huge, slices.Repeat([]string{huge}, 30), likely
			for _, x := range []*commands.Refusal{refusal, &long} {
				got := v.FieldErrors(r, commands.FieldFaults{"ticket": x})
				if n := utf8.RuneCountInString(got["ticket"]); len(got) != 1 || n < 1 || n > 150 || strings.ContainsAny(strings.ReplaceAll(got["ticket"], x.Word, ""), "\n*") && x == refusal {
					t.Errorf("%s, %s: %q", r.Language, name, got)
				}
			}
		}
	}
}

func TestHomeIsWithinSlacksLimits(t *testing.T) {
	v := newViews(t)
	for _, r := range readers(t) {
		for name, h := range homes() {
			checkBlocks(t, r.Language+" "+name, v.Home(r, h))
		}
		h := homes()["of somebody busy"]
		for i := range h.Queue.Sends {
			s := &h.Queue.Sends[i].Send
			s.StockName, s.Note, s.Reason, s.Ticket = huge, huge, huge, huge
		}
		h.Queue.Settlements = slices.Repeat(h.Queue.Settlements, 50)
		checkBlocks(t, r.Language+" huge", v.Home(r, h))
	}
}
