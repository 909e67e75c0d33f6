package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// audienceReplies are the answers about lists of customers.
func audienceReplies() map[string]commands.Reply {
	vip, members := store.Audience{Name: "vip", Version: ofOne}, store.Audience{Name: "members-nov", Version: version3}
	uploads := []store.Upload{upload(store.UploadRunning), upload(store.UploadWaiting)}
	old := audienceVersions(2)[1:]
	tiny := ofOne
	tiny.ID, tiny.Number = 2, 2
	gone := tiny
	gone.ID, gone.State = 3, store.VersionDeleted
	return map[string]commands.Reply{
		"a form that did not open": commands.AudienceForm{},
		"list: none":               commands.AudienceList{},
		"list: one":                commands.AudienceList{Audiences: []store.Audience{vip}},
		"list: many":               commands.AudienceList{Audiences: slices.Repeat([]store.Audience{members, vip}, 12)},
		"show":                     commands.AudienceView{Audience: members, Versions: audienceVersions(3), Campaigns: []string{"spring-sale", "summer"}},
		"show, some comes":         commands.AudienceView{Audience: members, Versions: audienceVersions(30), Uploads: uploads},
		"show, the newest is gone": commands.AudienceView{Audience: members, Versions: append([]store.Version{gone}, old...)},
		"show, one customer":       commands.AudienceView{Audience: vip, Versions: []store.Version{ofOne, tiny, gone}},
		"show, the first comes":    commands.AudienceView{Audience: store.Audience{Name: "vip"}, Uploads: uploads[:1]},
		"taken in, one":            commands.Uploading{Upload: store.Upload{Audience: "vip", Files: make([]store.UploadFile, 1)}},
		"taken in":                 commands.Uploading{Upload: upload(store.UploadWaiting)},
		"made of itself":           commands.Uploading{Upload: store.Upload{Audience: "vip", Minus: "bought"}},
		"deleted":                  commands.AudienceDeleted{Audience: vip},
	}
}

// ofOne is a version with one customer, and one row of every other kind.
var ofOne = store.Version{ID: 8, Audience: "vip", Number: 1, State: store.VersionReady, Source: "vip.csv", Minus: "bought v2", By: "U05MIA", CreatedAt: before,
	Tally: store.Tally{Rows: 6, Usable: 1, Duplicates: 1, Blocked: 1, Staff: 1, Bad: 1, Excluded: 1}}

func upload(state store.UploadState) store.Upload {
	return store.Upload{ID: 7, Audience: "members-nov", State: state, By: "U05MIA", CreatedAt: before, Progress: 200_000, Files: make([]store.UploadFile, 2)}
}

func imports() map[string]Import {
	bad := slices.Repeat([]store.BadRow{{File: "nov.csv", Line: 17, Why: "empty"}, {Line: 1200, Why: "bad_character", Stray: "U+0020"}}, 4)
	done, failed, one, begun, later := upload(store.UploadDone), upload(store.UploadFailed), upload(store.UploadDone), upload(store.UploadRunning), upload(store.UploadWaiting)
	done.Tally, done.FirstBad, one.Tally, one.FirstBad, one.Fault, begun.Progress = version3.Tally, bad, ofOne.Tally, bad[:1], "not_handed_over", 1
	later.Fault, later.About, later.DueAt = "not_fetched", "nov.csv", now.Add(time.Minute)
	all := map[string]Import{"waits": {Upload: upload(store.UploadWaiting)}, "begun": {Upload: begun}, "reading": {Upload: upload(store.UploadRunning)}, "tried again": {Upload: later},
		"ready": {Upload: done, Version: version3}, "ready, one": {Upload: one, Version: ofOne}}
	for _, fault := range []string{"nothing_in_it", "not_text", "protected", "old_excel", "damaged", "too_large", "no_column", "two_columns", "two_sheets", "nothing_usable", "no_audience",
		"file_gone", "file_too_large", "not_fetched", "not_read", "not_sorted", "ledger_failed", "not_ended", "moon"} {
		failed.Fault, failed.About, failed.Tally.Bad, failed.FirstBad = fault, "", 0, nil
		q := Import{Upload: failed, Kept: 3}
		switch fault {
		case "two_columns":
			q.Upload.About = "nov.csv: openid, unionid"
		case "nothing_usable":
			q.Kept, q.Upload.Tally.Bad, q.Upload.FirstBad = 0, 8, bad
		}
		all["failed, "+fault] = q
	}
	return all
}

func campaignForms() map[string]commands.CampaignForm {
	option := options()[0]
	audiences := []store.Audience{{Name: "members-nov", Version: version3}, {Name: "vip", Version: store.Version{Audience: "vip", Number: 1, Tally: store.Tally{Usable: 1}}}, {Name: strings.Repeat("x", 80)}}
	values := map[string]string{commands.FieldName: "spring-sale", commands.FieldAudience: "vip", commands.FieldChannel: "C05NEWS", commands.FieldReason: "goodwill",
		commands.FieldTicket: "T-4821", commands.FieldNote: "please be quick", commands.FieldTest: customer, commands.FieldCap: "3", commands.FieldOnce: "spring-2027",
		commands.FieldHours: "09:00-21:00 weekdays", commands.FieldValue: "5.00", commands.FieldMinimum: "10.00"}
	return map[string]commands.CampaignForm{"campaign, a new one": {Values: map[string]string{}, Audiences: audiences},
		"campaign, changed": {Meta: "spring-sale.r3", Values: values, Stock: &option, Audiences: audiences, Reasons: []string{"goodwill", "bug"}, Ticket: "^[A-Z]+-[0-9]+$", Custom: true}}
}

func audienceVersions(n int) (out []store.Version) {
	for i := range n {
		v := version3
		v.ID, v.Number = version3.ID-int64(i), n-i
		out = append(out, v)
	}
	return out
}

func audienceDrawings() []drawing {
	var all []drawing
	add := func(name string, draw func(v *Views, r Reader) Message) {
		all = append(all, drawing{"audiences", name, draw})
	}
	for name, q := range audienceReplies() {
		add(name, func(v *Views, r Reader) Message { return v.Reply(r, q) })
	}
	for _, name := range []string{"ready", "ready, one"} {
		add("bad rows of "+name, func(v *Views, r Reader) Message { return v.BadRows(r, imports()[name].Upload) })
	}
	for name, q := range imports() {
		add("import: "+name, func(v *Views, r Reader) Message { return v.ImportCard(r, q) })
	}
	return all
}

func campaignFormDrawings(t *testing.T) []drawing {
	var all []drawing
	for name, form := range campaignForms() {
		all = append(all, drawing{"campaignforms", name, func(v *Views, r Reader) Message { return ofForm(t, v, r, form) }})
	}
	for name, names := range map[string][]string{"audience": {"members-nov", "vip", strings.Repeat("x", 80)}, "audience, the first one": nil} {
		form := commands.AudienceForm{Meta: "C05NEWS", Values: map[string]string{commands.FieldName: "members-nov", commands.FieldMinus: "vip"}, Names: names}
		all = append(all, drawing{"campaignforms", name, func(v *Views, r Reader) Message { return ofForm(t, v, r, form) }})
	}
	return all
}
