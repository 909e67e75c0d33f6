package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"couponbot/store"
)

// FormAudience is the callback_id of the form that takes lists of customers.
const FormAudience = "audience"

// The fields of the audience form.
const (
	FieldName  = "name"
	FieldFiles = "files" // up to MostFiles
	FieldMinus = "minus"
)

// MostFiles is how many files one form takes: as many as Slack's input does.
const MostFiles = 10

// AudienceForm asks for lists of customers: the name of an audience, files (CSV or XLSX), and another audience whose people are left out.
// Nothing is stored yet. Without files the audience of that name is made anew from itself, without the others.
type AudienceForm struct {
	Meta   string            // goes along with the form and comes back: where it was asked for
	Values map[string]string // what is filled in already, by field
	Names  []string          // audiences that there are, for FieldMinus
}

// Uploading is the answer to a submitted audience form: the files are read now, and a card in direct messages says what came
// of them (store.CardUpload).
type Uploading struct{ Upload store.Upload }

// AudienceList is every audience, by name.
type AudienceList struct{ Audiences []store.Audience }

// AudienceView is one audience.
type AudienceView struct {
	Audience store.Audience  // only its Name where no version is ready yet
	Versions []store.Version // newest first, the deleted ones too; the first is Audience.Version, unless that is deleted
	Uploads  []store.Upload  // that have not ended, oldest first

	Campaigns []string // that run on it
}

// AudienceDeleted is an audience that is no more: campaigns cannot name it, and its members are swept.
type AudienceDeleted struct{ Audience store.Audience }

func (AudienceForm) reply()    {}
func (Uploading) reply()       {}
func (AudienceList) reply()    {}
func (AudienceView) reply()    {}
func (AudienceDeleted) reply() {}

const (
	versionsShown = 10
	uploadsShown  = 10
)

// audience is the verb: its first word says what to do with the audience that its second names.
func (d *Desk) audience(ctx context.Context, q asked) (Reply, error) {
	what, name := q.what()
	actions := []string{"new", "list", "show", "delete"}
	switch {
	case !slices.Contains(actions, what):
		return nil, q.unknown(actions)
	case what == "new":
		return d.audienceForm(ctx, q.Channel, name)
	case what == "list" && name != "":
		return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.args[1].text}
	case what == "list":
		all, err := d.ledger.Audiences(ctx)
		return AudienceList{all}, err
	case name == "":
		return nil, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	case what == "show":
		return d.showAudience(ctx, name)
	}
	return d.deleteAudience(ctx, q.Person, name)
}

func (d *Desk) audienceForm(ctx context.Context, channel, name string) (Reply, error) {
	names, err := d.audienceNames(ctx)
	return AudienceForm{Meta: channel, Values: map[string]string{FieldName: name}, Names: names}, err
}

func (d *Desk) audienceNames(ctx context.Context) (names []string, err error) {
	all, err := d.ledger.Audiences(ctx)
	for _, a := range all {
		names = append(names, a.Name)
	}
	return names, err
}

func (d *Desk) showAudience(ctx context.Context, name string) (Reply, error) {
	uploads, err := d.ledger.UploadsOf(ctx, name, uploadsShown)
	if err != nil {
		return nil, err
	}
	a, err := d.audienceOf(ctx, name)
	if refusal, ok := refused(err); ok && refusal.Code == NoSuchAudience && len(uploads) > 0 {
		a, err = store.Audience{Name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	versions, err := d.ledger.Versions(ctx, name, versionsShown)
	if err != nil {
		return nil, err
	}
	campaigns, err := d.usedBy(ctx, name)
	return AudienceView{Audience: a, Versions: versions, Uploads: uploads, Campaigns: campaigns}, err
}

func (d *Desk) deleteAudience(ctx context.Context, person, name string) (Reply, error) {
	a, err := d.audienceOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if used, err := d.usedBy(ctx, name); err != nil || len(used) > 0 {
		return nil, cmp.Or[error](err, &Refusal{Code: AudienceInUse, Word: name, Names: used})
	}
	err = d.ledger.DeleteAudience(ctx, name, person)
	if m, ok := errors.AsType[*store.Moved](err); ok {
		err = &Refusal{Code: AudienceInUse, Word: name, Names: []string{m.Subject}}
	} else if errors.Is(err, store.ErrNotFound) {
		err = &Refusal{Code: NoSuchAudience, Word: name}
	}
	return AudienceDeleted{a}, err
}

// campaignsAll is more campaigns than anybody has.
const campaignsAll = 100_000

// usedBy names the campaigns that run on an audience.
func (d *Desk) usedBy(ctx context.Context, audience string) (names []string, err error) {
	all, err := d.ledger.Campaigns(ctx, campaignsAll)
	for _, c := range all {
		if c.Audience == audience {
			names = append(names, c.Name)
		}
	}
	return names, err
}

// audienceOf reads an audience that a person named.
func (d *Desk) audienceOf(ctx context.Context, name string) (store.Audience, error) {
	a, err := d.ledger.Audience(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	names, err := d.audienceNames(ctx)
	if err != nil {
		return a, err
	}
	return a, &Refusal{Code: NoSuchAudience, Word: name, Nearest: nearest(name, names)}
}

// submitAudience accepts files. They are stored as they are, by their ids, before the form closes; reading them is the
// importer's work.
func (d *Desk) submitAudience(ctx context.Context, ask Ask, f Form) (Reply, error) {
	if err := d.need(ctx, ask.Person, groupAge, RightCampaign); err != nil {
		return nil, err
	}
	u := store.Upload{By: ask.Person, Channel: f.Meta, Files: f.Files[FieldFiles]}
	field := func(name string) string { return strings.ToLower(narrow(strings.TrimSpace(visible(f.Values[name])))) }
	u.Audience, u.Minus = field(FieldName), field(FieldMinus)
	faults := FieldFaults{}
	if err := d.namesOfUpload(ctx, u, faults); err != nil {
		return nil, err
	}
	switch {
	case len(u.Files) == 0 && (u.Minus == "" || u.Minus == u.Audience):
		faults[FieldFiles] = &Refusal{Code: MissingField, Word: FieldFiles}
	case len(u.Files) > MostFiles:
		faults[FieldFiles] = &Refusal{Code: TooManyFiles, Number: MostFiles, Count: int64(len(u.Files))}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	u, err := d.ledger.NewUpload(ctx, ask.Input, u)
	return Uploading{u}, err
}

// namesOfUpload says what is wrong with the two names of a form.
func (d *Desk) namesOfUpload(ctx context.Context, u store.Upload, faults FieldFaults) error {
	there := map[string]string{}
	if u.Minus != "" {
		there[FieldMinus] = u.Minus
	}
	switch {
	case u.Audience == "":
		faults[FieldName] = &Refusal{Code: MissingField, Word: FieldName}
	case !store.IsAudienceName(u.Audience):
		faults[FieldName] = &Refusal{Code: BadName, Word: u.Audience}
	case len(u.Files) == 0 && u.Minus != "":
		there[FieldName] = u.Audience
	}
	for field, name := range there {
		_, err := d.audienceOf(ctx, name)
		if refusal, ok := refused(err); ok {
			faults[field] = refusal
		} else if err != nil {
			return err
		}
	}
	return nil
}
