package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func TestSendAloneAndTheShortcutsOpenTheForm(t *testing.T) {
	w := newWorld(t, late, tickets)
	typed := as[SendForm](t, w.says(ana, "send"))
	want := SendForm{Meta: "C1", Reasons: []string{"late", "damaged"}, Ticket: `^[A-Z]+-[0-9]+$`, NeedsWhy: true, Custom: true}
	if d := cmp.Diff(want, typed); d != "" {
		t.Error(d)
	}
	open := func(person, callback, text string) (Reply, error) {
		return w.Open(t.Context(), w.ask(person), callback, text)
	}
	reply, err := open(abe, ShortcutFromMessage, "T-4821: "+anOpenID+" got nothing")
	if err != nil {
		t.Fatal(err)
	}
	want.Values = map[string]string{FieldOpenIDs: anOpenID, FieldTicket: "T-4821"}
	if d := cmp.Diff(want, as[SendForm](t, reply)); d != "" {
		t.Error(d)
	}
	if reply, err = open(ana, ShortcutSend, "T-4821"); err != nil || len(as[SendForm](t, reply).Values) != 0 {
		t.Errorf("got %+v, %v", reply, err)
	}
	if r := w.refusal(open(fin, ShortcutSend, "")); r.Code != NoRight {
		t.Errorf("without the right: %+v", r)
	}
	w.audited(0, fin+" refused coupon_send no_right <nil>")
	w.people.people[abe] = Person{Guest: true}
	if r := w.refusal(open(abe, ShortcutFromMessage, "")); r.Code != Guest {
		t.Errorf("a guest: %+v", r)
	}
	if r := w.refusal(open(ana, "other", "")); r.Code != NotAccepted {
		t.Errorf("a shortcut that there is not: %+v", r)
	}
	if r := w.isRefused(ana, "send --reason late"); r.Code != TooFew {
		t.Errorf("a flag alone: %+v", r)
	}
	w.stopped(ada, "x")
	if r := w.refusal(open(ana, ShortcutSend, "")); r.Code != AllStopped {
		t.Errorf("while stopped: %+v", r)
	}
}

func TestAFormIsCheckedFieldByField(t *testing.T) {
	good := map[string]string{FieldStock: "9856000", FieldOpenIDs: "oABC", FieldReason: "late", FieldTicket: "T-1"}
	for _, c := range []struct {
		name   string
		change map[string]string
		want   map[string]Code
	}{
		{"nothing is filled in", map[string]string{FieldStock: "", FieldOpenIDs: " \n", FieldReason: "", FieldTicket: ""},
			map[string]Code{FieldStock: MissingField, FieldOpenIDs: MissingField, FieldReason: MissingReason, FieldTicket: MissingTicket}},
		{"everything is wrong", map[string]string{FieldStock: "gone", FieldOpenIDs: "oA…C", FieldReason: "bored", FieldTicket: "t1", FieldNote: strings.Repeat("晚", 301), FieldValue: "1e3", FieldMinimum: "-5"},
			map[string]Code{FieldStock: UnlistedStock, FieldOpenIDs: BadOpenID, FieldReason: UnknownReason, FieldTicket: BadTicket, FieldNote: TextTooLong, FieldValue: BadMoney, FieldMinimum: BadMoney}},
		{"a value that the stock does not take", map[string]string{FieldValue: "5"}, map[string]Code{FieldValue: ValueNotAllowed}},
		{"a minimum that the stock does not take", map[string]string{FieldMinimum: "5"}, map[string]Code{FieldMinimum: ValueNotAllowed}},
		{"a value that the stock needs", map[string]string{FieldStock: "9856002"}, map[string]Code{FieldValue: ValueNeeded, FieldMinimum: ValueNeeded}},
		{"a minimum that it needs", map[string]string{FieldStock: "9856002", FieldValue: "5"}, map[string]Code{FieldMinimum: ValueNeeded}},
		{"a value out of its range", map[string]string{FieldStock: "9856002", FieldValue: "20.01", FieldMinimum: "30"}, map[string]Code{FieldValue: ValueOutOfRange}},
		{"a minimum that leaves nothing to pay", map[string]string{FieldStock: "9856002", FieldValue: "5", FieldMinimum: "5"}, map[string]Code{FieldMinimum: MinimumTooLow}},
		{"a value that is no money", map[string]string{FieldStock: "9856002", FieldValue: "five", FieldMinimum: "30"}, map[string]Code{FieldValue: BadMoney}},
		{"too many customers", map[string]string{FieldOpenIDs: people(101)}, map[string]Code{FieldOpenIDs: TooManyPeople}},
		{"a ticket that is too long", map[string]string{FieldTicket: "T-" + strings.Repeat("1", 100)}, map[string]Code{FieldTicket: TextTooLong}},
		{"a stock that is not running", map[string]string{FieldStock: "9856001"}, map[string]Code{FieldStock: StockNotRunning}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, late, tickets)
			w.read("9856001", func(s *store.Stock) { s.Status = "paused" })
			values := map[string]string{}
			for _, from := range []map[string]string{good, c.change} {
				for field, v := range from {
					values[field] = v
				}
			}
			_, err := w.Submit(t.Context(), w.ask(ana), Form{ID: FormSend, Meta: "C7", Values: values})
			faults, ok := errors.AsType[FieldFaults](err)
			got := map[string]Code{}
			for field, r := range faults {
				got[field] = r.Code
			}
			if d := cmp.Diff(c.want, got); !ok || d != "" {
				t.Errorf("%v: %s", err, d)
			}
			if _, err := w.ledger.Draft(t.Context(), 1); err == nil {
				t.Error("something was stored")
			}
			w.audited(0, ana+" refused form.send wrong_fields <nil>")
		})
	}
}

func TestTheFormsEndIsTheVerbsCard(t *testing.T) {
	w := newWorld(t, bands)
	ask := w.ask(ana)
	ask.Channel = ""
	values := map[string]string{FieldStock: "9856002", FieldOpenIDs: "oA\n oB, oA", FieldReason: " late ", FieldNote: "two\nlines\u200b", FieldTicket: "T-1", FieldValue: "５.50", FieldMinimum: "10"}
	submit := func() (Reply, error) {
		return w.Submit(t.Context(), ask, Form{ID: FormSend, Meta: "C7", Values: values})
	}
	reply, err := submit()
	if err != nil {
		t.Fatal(err)
	}
	form := as[Confirm](t, reply)
	typed := as[Confirm](t, w.says(ana, `send any-amount oA oB --reason late --ticket T-1 --note "two lines" --value 5.50 --minimum 10`))
	if d := cmp.Diff(form.Draft.Contents, typed.Draft.Contents); d != "" || !typed.Existed || form.Draft.Channel != "C7" || form.Duplicates != 1 {
		t.Errorf("%+v: %s", form, d)
	}
	if again, err := submit(); err != nil || as[Confirm](t, again).Draft.ID != form.Draft.ID {
		t.Errorf("delivered twice: %+v, %v", again, err)
	}
	as[Sent](t, w.presses(ana, "send.confirm", DraftValue(form.Draft.ID)))
	if again, err := submit(); err != nil || !as[Sent](t, again).Again {
		t.Errorf("delivered once more: %+v, %v", again, err)
	}
	for person, want := range map[string]Code{fin: NoRight, guy: NoRight} {
		if r := w.refusal(w.Submit(t.Context(), w.ask(person), Form{ID: FormSend, Values: values})); r.Code != want {
			t.Errorf("%s: %+v", person, r)
		}
	}
	w.config.Limits.Agent = []Ceiling{{Coupons: 1, Per: store.Day}}
	values[FieldNote] = "more"
	if r := w.refusal(w.Submit(t.Context(), w.ask(ana), Form{ID: FormSend, Values: values})); r.Code != OverLimit {
		t.Errorf("what is about the whole: %+v", r)
	}
	w.stopped(ada, "x")
	if r := w.refusal(w.Submit(t.Context(), w.ask(ana), Form{ID: FormSend, Values: values})); r.Code != AllStopped {
		t.Errorf("while stopped: %+v", r)
	}
}

func TestOpenIDsArePastedInAnyShape(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
		bad        string
	}{
		{"lines", "oA\r\noB\n\noC\n", []string{"oA", "oB", "oC"}, ""},
		{"a column with commas", "oA,\noB,\n", []string{"oA", "oB"}, ""},
		{"Chinese commas", "oA，oB、oC；oD", []string{"oA", "oB", "oC", "oD"}, ""},
		{"a list with quotes and brackets", `["oA", "oB"]`, []string{"oA", "oB"}, ""},
		{"smart quotes", "“oA” ‘oB’", []string{"oA", "oB"}, ""},
		{"bullets", "• oA\n- oB\n* oC\n– oD", []string{"oA", "oB", "oC", "oD"}, ""},
		{"tabs and what cannot be seen", "\ufeffoA\toB\u200b\u3000oC", []string{"oA", "oB", "oC"}, ""},
		{"code marks and stars", "`oA` *oB*", []string{"oA", "oB"}, ""},
		{"a hyphen belongs to it", "-oA oB- o_C", []string{"-oA", "oB-", "o_C"}, ""},
		{"numbers before them are not guessed away", "1. oA", nil, "."},
		{"one quote is not", `"oA`, nil, `"`},
		{"a gap that cannot be seen is not", "oA\u200bB", nil, "U+200B"},
		{"a masked one is not", "oAB****YZ", nil, "*"},
		{"nor is one that is all hidden", "oA ……", nil, "…"},
	} {
		got, _, refusal := pasted(c.text)
		if c.bad != "" {
			if refusal == nil || refusal.Code != BadOpenID || refusal.Text != c.bad {
				t.Errorf("%s: got %q, %+v", c.name, got, refusal)
			}
		} else if refusal != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %+v", c.name, got, refusal)
		}
	}
}

func TestThePickerSearchesAsOneTypes(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Stocks = append(c.Stocks, Stock{Name: "big-sorry", ID: "7756000"}, Stock{Name: "unread", ID: "1"})
		c.Limits.Stock = []Ceiling{{Coupons: 9, Per: store.Day}}
	})
	w.read("9856001", func(s *store.Stock) { s.Name, s.Amount, s.Distributed = "Partner 感谢券", 500, 999 })
	suggest := func(typed string) string {
		t.Helper()
		all, err := w.Suggest(t.Context(), w.ask(ana), FieldStock, typed)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range all {
			names = append(names, o.Stock.Stock.Name)
		}
		return strings.Join(names, " ")
	}
	for typed, want := range map[string]string{
		"":        "sorry-10 partner-5 any-amount big-sorry unread",
		"sorry":   "sorry-10 big-sorry",
		"ＳＯＲＲＹ－":  "sorry-10",
		"道歉":      "sorry-10 any-amount big-sorry unread",
		"感谢":      "partner-5",
		"partner": "partner-5",
		"985600":  "sorry-10 partner-5 any-amount",
		"56000":   "sorry-10 big-sorry",
		"1":       "unread sorry-10 partner-5",
		" amount": "any-amount",
		"zzz":     "",
	} {
		if got := suggest(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
	all, err := w.Suggest(t.Context(), w.ask(ana), FieldStock, "partner-5")
	if err != nil || len(all) != 1 || all[0].Value != "9856001" || all[0].Stock.Reading.Amount != 500 || all[0].Stock.Reading.Left() != 1 || len(all[0].Stock.Limits) != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
	w.config.AnyStock = true
	if got := suggest("777"); got != "777" && got != "big-sorry 777" {
		t.Errorf("any stock: %q", got)
	}
	for i := range 150 {
		w.config.Stocks = append(w.config.Stocks, Stock{Name: fmt.Sprint("more-", i), ID: fmt.Sprint(1000 + i)})
	}
	if all, err := w.Suggest(t.Context(), w.ask(ana), FieldStock, ""); err != nil || len(all) != 100 {
		t.Errorf("%d lines, %v", len(all), err)
	}
	for person, want := range map[string]Code{fin: NoRight, guy: NoRight} {
		_, err := w.Suggest(t.Context(), w.ask(person), FieldStock, "")
		if r := w.refusal(nil, err); r.Code != want {
			t.Errorf("%s: %+v", person, r)
		}
	}
	if _, err := w.Suggest(t.Context(), w.ask(ana), "other", ""); w.refusal(nil, err).Code != NotAccepted {
		t.Errorf("another field: %v", err)
	}
}
