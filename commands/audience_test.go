package commands

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

// marketing lets appy work on campaigns.
func marketing(c *Config) { c.Rights[RightCampaign] = []string{"approvers"} }

// lists makes a version of an audience, as an import does.
func (w *world) lists(name string, openids ...string) store.Version {
	w.t.Helper()
	return w.uploads(appy, name, openids...)
}

func (w *world) uploads(by, name string, openids ...string) store.Version {
	w.t.Helper()
	v, err := w.ledger.NewVersion(w.t.Context(), store.Version{Audience: name, Source: "list.csv", By: by})
	if err == nil {
		_, err = w.ledger.AddMembers(w.t.Context(), v.ID, func(yield func(store.Member, error) bool) {
			for _, id := range openids {
				if !yield(store.Member{OpenID: id}, nil) {
					return
				}
			}
		})
	}
	if err == nil {
		v, err = w.ledger.FinishVersion(w.t.Context(), v.ID, store.Tally{Rows: int64(len(openids)), Usable: int64(len(openids))})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// gives submits an audience form; what is wrong comes back by field.
func (w *world) gives(person string, values map[string]string, files int) (Reply, map[string]Code) {
	w.t.Helper()
	form := Form{ID: FormAudience, Meta: "C1", Values: values, Files: map[string][]store.UploadFile{}}
	for i := range files {
		form.Files[FieldFiles] = append(form.Files[FieldFiles], store.UploadFile{ID: "F" + string(rune('A'+i)), Name: "list.csv", Size: 3})
	}
	reply, err := w.Submit(w.t.Context(), w.ask(person), form)
	faults, ok := errors.AsType[FieldFaults](err)
	if !ok && err != nil {
		w.t.Fatalf("%s submits: %v", person, err)
	}
	codes := map[string]Code{}
	for field, fault := range faults {
		codes[field] = fault.Code
	}
	return reply, codes
}

func TestAudiences(t *testing.T) {
	w := newWorld(t, marketing)
	form := as[AudienceForm](t, w.says(appy, "audience new VIP"))
	if form.Meta != "C1" || form.Values[FieldName] != "vip" || len(form.Names) != 0 {
		t.Errorf("the form is %+v", form)
	}
	reply, _ := w.gives(appy, map[string]string{FieldName: " Vip "}, 2)
	u := as[Uploading](t, reply).Upload
	if u.Audience != "vip" || u.By != appy || u.Channel != "C1" || len(u.Files) != 2 || u.State != store.UploadWaiting {
		t.Errorf("accepted %+v", u)
	}
	if view := as[AudienceView](t, w.says(appy, "audience show vip")); view.Audience.Name != "vip" || len(view.Versions) != 0 || len(view.Uploads) != 1 {
		t.Errorf("before a version is ready it is %+v", view)
	}
	w.lists("vip", "oA")
	second, staff := w.lists("vip", "oB"), w.lists("staff", "oC")
	if all := as[AudienceList](t, w.says(appy, "audience list")).Audiences; len(all) != 2 || all[0].Version.ID != staff.ID || all[1].Version.ID != second.ID {
		t.Errorf("listed %+v", all)
	}
	if view := as[AudienceView](t, w.says(appy, "audience show vip")); len(view.Versions) != 2 || view.Versions[0].ID != second.ID || view.Audience.Version.ID != second.ID {
		t.Errorf("it is %+v", view)
	}
	if form := as[AudienceForm](t, w.says(appy, "audience new")); !slices.Equal(form.Names, []string{"staff", "vip"}) {
		t.Errorf("the form offers %v", form.Names)
	}
	if gone := as[AudienceDeleted](t, w.says(appy, "audience delete vip")); gone.Audience.Version.ID != second.ID {
		t.Errorf("deleted %+v", gone)
	}
	if r := w.isRefused(appy, "audience delete vip"); r.Code != NoSuchAudience {
		t.Errorf("a second time: %+v", r)
	}
}

func TestAudienceLinesThatAreRefused(t *testing.T) {
	w := newWorld(t, marketing)
	w.lists("vip", "oA")
	tests := []struct {
		sentence, person, line string
		want                   Refusal
	}{
		{"an agent is not asked for lists", ana, "audience list", Refusal{Code: NoRight, Right: RightCampaign}},
		{"a misspelt action", appy, "audience lst", Refusal{Code: UnknownVerb, Word: "audience lst", Nearest: "audience list"}},
		{"show what?", appy, "audience show", Refusal{Code: TooFew}},
		{"a list of what?", appy, "audience list vip", Refusal{Code: TooMany, Word: "vip"}},
		{"a misspelt name", appy, "audience show vipp", Refusal{Code: NoSuchAudience, Word: "vipp", Nearest: "vip"}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			r := w.isRefused(tt.person, tt.line)
			if r.Code != tt.want.Code || r.Word != tt.want.Word || r.Nearest != tt.want.Nearest || r.Right != tt.want.Right {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestAudienceFormsThatAreWrong(t *testing.T) {
	w := newWorld(t, marketing)
	w.lists("vip", "oA")
	tests := []struct {
		sentence string
		values   map[string]string
		files    int
		want     map[string]Code
	}{
		{"nothing is filled in", map[string]string{}, 0, map[string]Code{FieldName: MissingField, FieldFiles: MissingField}},
		{"a name that none can have", map[string]string{FieldName: "v.i.p"}, 1, map[string]Code{FieldName: BadName}},
		{"more files than a form takes", map[string]string{FieldName: "vip"}, 11, map[string]Code{FieldFiles: TooManyFiles}},
		{"without an audience that is not there", map[string]string{FieldName: "new", FieldMinus: "bought"}, 1, map[string]Code{FieldMinus: NoSuchAudience}},
		{"made from an audience that is not there", map[string]string{FieldName: "new", FieldMinus: "vip"}, 0, map[string]Code{FieldName: NoSuchAudience}},
		{"nobody is left without themselves", map[string]string{FieldName: "vip", FieldMinus: "vip"}, 0, map[string]Code{FieldFiles: MissingField}},
		{"files without those who are in it already", map[string]string{FieldName: "vip", FieldMinus: "vip"}, 1, map[string]Code{}},
		{"made anew without others", map[string]string{FieldName: "vip", FieldMinus: "VIP2"}, 0, map[string]Code{FieldMinus: NoSuchAudience}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			reply, codes := w.gives(appy, tt.values, tt.files)
			if diff := cmp.Diff(tt.want, codes); diff != "" || (reply == nil) != (len(tt.want) > 0) {
				t.Errorf("accepted %v (-want +got):\n%s", reply, diff)
			}
		})
	}
	_, err := w.Submit(t.Context(), w.ask(ana), Form{ID: FormAudience, Values: map[string]string{FieldName: "vip"}})
	if r := w.refusal(nil, err); r.Code != NoRight {
		t.Errorf("an agent submits: %+v", r)
	}
}

// Who is blocked or staff gets nothing: not at the card, and not where they were listed after it.
func TestTheListedGetNothing(t *testing.T) {
	for list, code := range map[string]Code{store.AudienceBlocked: CustomerBlocked, store.AudienceStaff: CustomerStaff} {
		t.Run(list, func(t *testing.T) {
			w := newWorld(t)
			card := w.draft(ana, "send sorry-10 oABC oDEF oGHI")
			w.lists(list, "oABC", "oGHI")
			want := []string{"oGHI", "oABC"}
			if r := w.isRefused(ana, "send sorry-10 oGHI oDEF oABC"); r.Code != code || !slices.Equal(r.Names, want) {
				t.Errorf("at the card: %+v", r)
			}
			if r := w.isRefusedPressing(ana, "send.confirm", card); r.Code != code || len(r.Names) != 2 {
				t.Errorf("at the press: %+v", r)
			}
			w.lists(list, "oGHI")
			w.sent(ana, "send sorry-10 oABC")
			told := strings.Join(w.alerts(), "; ")
			if (list == store.AudienceStaff) != strings.Contains(told, "staff U01ANA 2") {
				t.Errorf("told is %q", told)
			}
		})
	}
}
