package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func TestTheCampaignFormOffersWhatThereIs(t *testing.T) {
	w := newWorld(t, campaigns, late, tickets)
	if r := w.isRefused(mia, "campaign new"); r.Code != NoAudience {
		t.Errorf("without an audience: %+v", r)
	}
	w.lists("staff", "oZ")
	if r := w.isRefused(mia, "campaign new"); r.Code != NoAudience {
		t.Errorf("with an audience that gets nothing: %+v", r)
	}
	w.uploads(uma, "vip", "oA")
	w.uploads(uma, "bought", "oB")
	form := as[CampaignForm](t, w.says(mia, "campaign new Spring-Sale"))
	if form.Meta != "" || form.Values[FieldName] != "spring-sale" || !form.Custom || form.Ticket == "" || !slices.Equal(form.Reasons, []string{"late", "damaged"}) {
		t.Errorf("got %+v", form)
	}
	if len(form.Audiences) != 2 || form.Audiences[0].Name != "bought" || form.Audiences[1].Name != "vip" {
		t.Errorf("it offers %+v", form.Audiences)
	}
}

func TestACampaignFormIsCheckedFieldByField(t *testing.T) {
	long := strings.Repeat("晚", 301)
	for _, tt := range []struct {
		sentence string
		change   map[string]string
		want     map[string]Code
	}{
		{"nothing is filled in", map[string]string{FieldName: "", FieldStock: "", FieldAudience: " ", FieldChannel: "", FieldReason: ""},
			map[string]Code{FieldName: MissingField, FieldStock: MissingField, FieldAudience: MissingField, FieldChannel: MissingField, FieldReason: MissingReason}},
		{"everything is wrong", map[string]string{FieldName: "Spring Sale", FieldStock: "gone", FieldAudience: "vipp", FieldChannel: "#marketing", FieldReason: "bored", FieldTicket: "t1",
			FieldNote: long, FieldOnce: long[:303], FieldTest: "oA…C", FieldCap: "0", FieldHours: "at night", FieldValue: "1e3", FieldMinimum: "-5"},
			map[string]Code{FieldName: BadName, FieldStock: UnlistedStock, FieldAudience: NoSuchAudience, FieldChannel: MissingField, FieldReason: UnknownReason, FieldTicket: BadTicket,
				FieldNote: TextTooLong, FieldOnce: TextTooLong, FieldTest: BadOpenID, FieldCap: BadNumber, FieldHours: BadHours, FieldValue: BadMoney, FieldMinimum: BadMoney}},
		{"a name of more than forty letters", map[string]string{FieldName: strings.Repeat("a", 41)}, map[string]Code{FieldName: BadName}},
		{"a name that is taken", map[string]string{FieldName: "Taken"}, map[string]Code{FieldName: CampaignExists}},
		{"an audience that gets nothing", map[string]string{FieldAudience: "blocked"}, map[string]Code{FieldAudience: NoSuchAudience}},
		{"an audience that is too large", map[string]string{FieldAudience: "many"}, map[string]Code{FieldAudience: TooManyPeople}},
		{"a person in place of a channel", map[string]string{FieldChannel: mia}, map[string]Code{FieldChannel: MissingField}},
		{"a ticket that is too long", map[string]string{FieldTicket: "T-" + strings.Repeat("1", 100)}, map[string]Code{FieldTicket: TextTooLong}},
		{"a cap that is no number", map[string]string{FieldCap: "two"}, map[string]Code{FieldCap: BadNumber}},
		{"a cap that is none", map[string]string{FieldCap: "1000001"}, map[string]Code{FieldCap: BadNumber}},
		{"a test openid with a gap that cannot be seen", map[string]string{FieldTest: "oA\u200bB"}, map[string]Code{FieldTest: BadOpenID}},
		{"a value that the stock does not take", map[string]string{FieldValue: "5", FieldMinimum: "10"}, map[string]Code{FieldValue: ValueNotAllowed, FieldMinimum: ValueNotAllowed}},
		{"a value that the stock needs", map[string]string{FieldStock: "9856002"}, map[string]Code{FieldValue: ValueNeeded, FieldMinimum: ValueNeeded}},
		{"a minimum that is no money", map[string]string{FieldStock: "9856002", FieldValue: "5", FieldMinimum: "ten"}, map[string]Code{FieldMinimum: BadMoney}},
		{"a minimum that leaves nothing to pay", map[string]string{FieldStock: "9856002", FieldValue: "5", FieldMinimum: "5"}, map[string]Code{FieldMinimum: MinimumTooLow}},
		{"a stock that is not running", map[string]string{FieldStock: "9856001"}, map[string]Code{FieldStock: StockNotRunning}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			w := newMarket(t, late, tickets, func(c *Config) { c.Campaigns.MaxRecipients = 5 })
			w.read("9856001", func(s *store.Stock) { s.Status = "paused" })
			w.lists("blocked", "oZ")
			w.makes(map[string]string{FieldName: "taken", FieldReason: "late"})
			values := springSale(map[string]string{FieldReason: "late"})
			for field, v := range tt.change {
				values[field] = v
			}
			_, faults, err := w.submits(mia, "", values)
			got := map[string]Code{}
			for field, r := range faults {
				got[field] = r.Code
			}
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Errorf("%v: %s", err, d)
			}
			if all := as[CampaignList](t, w.says(mia, "campaign list")).Campaigns; len(all) != 1 {
				t.Errorf("something was stored: %+v", all)
			}
			w.audited(0, mia+" refused form.campaign wrong_fields <nil>")
		})
	}
}

func TestACampaignIsWhatTheFormSays(t *testing.T) {
	w := newMarket(t, late, tickets)
	w.read("9856002", func(s *store.Stock) { s.Begins = noon.AddDate(0, 1, 0) }) // not yet, but a schedule may be made
	c := w.makes(map[string]string{FieldName: " Spring-Sale ", FieldStock: "9856002", FieldValue: "５.50", FieldMinimum: "10", FieldAudience: "many", FieldReason: " LATE ",
		FieldNote: "two\nlines\u200b", FieldTicket: "T-1", FieldTest: " `oTEST` ", FieldCap: "２", FieldOnce: "hello", FieldHours: nineToNine})
	want := store.Campaign{Name: "spring-sale", Revision: 1, StockName: "any-amount", StockID: "9856002", CreatorMchID: "1900000001", Value: 550, Minimum: 1000, Amount: 550, Audience: "many",
		Channel: "C9MARKETING", Reason: "late", Ticket: "T-1", Note: "two lines", TestOpenID: "oTEST", CapCoupons: 2, OnceKey: "hello", Window: nineToNine, MadeBy: mia, ChangedBy: mia}
	got := c
	got.ID, got.VersionID, got.Terms, got.CreatedAt, got.ChangedAt = 0, 0, store.Terms{}, time.Time{}, time.Time{}
	if d := cmp.Diff(want, got); d != "" || c.Terms.Minimum != 1000 || !c.Terms.Begins.Equal(noon.AddDate(0, 1, 0)) {
		t.Errorf("%s: %+v", d, c.Terms)
	}
	form := as[CampaignForm](t, w.says(moe, "campaign edit Spring-Sale"))
	values := map[string]string{FieldName: "spring-sale", FieldAudience: "many", FieldChannel: "C9MARKETING", FieldReason: "late", FieldTicket: "T-1", FieldNote: "two lines", FieldTest: "oTEST",
		FieldCap: "2", FieldOnce: "hello", FieldHours: nineToNine, FieldValue: "5.50", FieldMinimum: "10.00"}
	if d := cmp.Diff(values, form.Values); d != "" || form.Meta != "spring-sale.r1" || form.Stock == nil || form.Stock.Value != "9856002" {
		t.Errorf("%s: %+v", d, form)
	}
	edited := w.edits(moe, map[string]string{FieldCap: "", FieldTest: "", FieldHours: "", FieldStock: "9856000", FieldValue: "", FieldMinimum: ""})
	if edited.Revision != 2 || edited.CapCoupons != 0 || edited.TestOpenID != "" || edited.Window != "" || edited.Value != 0 || edited.Amount != 1000 || edited.MadeBy != mia {
		t.Errorf("edited it is %+v", edited)
	}
}

func TestTwoPeopleDoNotOverwriteEachOther(t *testing.T) {
	w := newMarket(t)
	w.makes(nil)
	form := as[CampaignForm](t, w.says(mia, "campaign edit spring-sale"))
	w.edits(moe, map[string]string{FieldNote: "mine"})
	_, _, err := w.submits(mia, form.Meta, springSale(nil))
	if r := w.refusal(nil, err); r.Code != CampaignRevised || r.Word != "spring-sale" {
		t.Errorf("got %+v", r)
	}
	for meta, want := range map[string]Code{"spring-sale.rx": CampaignRevised, "spring-sale": CampaignRevised, "autumn.r1": NoSuchCampaign} {
		_, _, err := w.submits(mia, meta, springSale(nil))
		if r := w.refusal(nil, err); r.Code != want {
			t.Errorf("%s: %+v", meta, r)
		}
	}
	for person, want := range map[string]Code{ana: NoRight, ada: NoRight, guy: NoRight, appy: NoRight} {
		_, _, err := w.submits(person, "", springSale(map[string]string{FieldName: "other"}))
		if r := w.refusal(nil, err); r.Code != want || r.Right != RightCampaign {
			t.Errorf("%s: %+v", person, r)
		}
	}
}

func TestACampaignFormDeliveredTwiceIsOne(t *testing.T) {
	w := newMarket(t)
	for n, meta := range []string{"", "spring-sale.r1"} {
		ask := w.ask(mia)
		var last CampaignChanged
		for range 2 {
			reply, err := w.Submit(t.Context(), ask, Form{ID: FormCampaign, Meta: meta, Values: springSale(nil)})
			if err != nil {
				t.Fatalf("%q: %v", meta, err)
			}
			last = as[CampaignChanged](t, reply)
		}
		if last.Campaign.Revision != n+1 || last.Verb != "save" {
			t.Errorf("%q: %+v", meta, last)
		}
	}
}

// A list may be made anew or deleted while the form is open.
func TestACampaignTakesTheNewestVersion(t *testing.T) {
	w := newMarket(t)
	first := w.makes(nil)
	newer := w.uploads(uma, "vip", "oA")
	if v := as[CampaignView](t, w.says(mia, "campaign show spring-sale")); v.Newer == nil || v.Newer.ID != newer.ID || v.Version.ID != first.VersionID {
		t.Errorf("shown is %+v", v)
	}
	if c := w.edits(mia, nil); c.VersionID != newer.ID {
		t.Errorf("it runs on %d, want %d", c.VersionID, newer.ID)
	}
	if faults, ok := notSaved(first, &store.Moved{State: "gone"}).(FieldFaults); !ok || faults[FieldAudience].Code != NoSuchAudience {
		t.Errorf("deleted meanwhile: %v", faults)
	}
}

func TestStocksAreSuggestedToWhoRunsCampaigns(t *testing.T) {
	w := newMarket(t)
	if all, err := w.Suggest(t.Context(), w.ask(mia), FieldStock, "sorry"); err != nil || len(all) != 1 || all[0].Value != "9856000" {
		t.Errorf("got %+v, %v", all, err)
	}
}
