package views

import (
	"strconv"

	"couponbot/commands/lists"
	"couponbot/store"
)

// An Import is what became of uploaded files, for their uploader alone.
type Import struct {
	Upload  store.Upload
	Version store.Version // that it led to; zero while there is none
	Kept    int           // the newest version of the audience, of an upload that failed; 0 for none
}

// badRow says why a row is no customer.
func (t tongue) badRow(bad store.BadRow) string {
	row := lists.Row{Why: lists.Why(bad.Why), Stray: bad.Stray}
	if t.local == t.words.zh {
		return row.Chinese()
	}
	return row.English()
}

// BadRows goes along with the file of all bad rows of an upload.
func (v *Views) BadRows(r Reader, u store.Upload) Message {
	return v.line(r, "audience.bad_rows", args{"Audience": u.Audience, "Count": u.Tally.Bad})
}

// ImportCard is one message that is drawn anew while files are read: how far it is, what was found, or why it failed.
func (v *Views) ImportCard(r Reader, q Import) Message {
	c := v.card(r)
	u, n := q.Upload, q.Version
	a := args{"Audience": u.Audience, "Number": n.Number, "Count": n.Tally.Usable, "Kept": q.Kept}
	state := "importing"
	switch u.State {
	case store.UploadDone:
		state = "ready"
	case store.UploadFailed:
		state = "failed"
	}
	c.head("import.head."+state, a)
	switch u.State {
	case store.UploadDone:
		c.imported(q, a)
	case store.UploadFailed:
		c.importFailed(q, a)
	default:
		c.sayPhrases(append(c.howFar(u), phrase{"import.stays", nil})...)
	}
	return c.message("import.summary."+state, a)
}

// howFar is where an upload stands that has not ended.
func (c *card) howFar(u store.Upload) []phrase {
	switch {
	case u.State == store.UploadRunning:
		return []phrase{{"import.reading", args{"Count": u.Progress}}}
	case u.Fault != "":
		return append(c.fault(u, "what"), phrase{"import.later", args{"At": u.DueAt}})
	}
	return []phrase{{"import.waits", nil}}
}

func (c *card) imported(q Import, a args) {
	c.sayPhrases(versionLines(q.Version)...)
	c.versionFields(q.Version)
	c.badLines(q.Upload)
	if q.Upload.Fault != "" {
		c.sayPhrases(c.fault(q.Upload, "what", "do")...)
	}
	c.say("import.next", a)
}

func (c *card) importFailed(q Import, a args) {
	kept := "import.not_kept"
	if q.Kept > 0 {
		kept = "import.kept"
	}
	c.sayPhrases(append(c.fault(q.Upload, "what", "do"), phrase{kept, a})...)
	c.badLines(q.Upload)
}

// fault is what went wrong with an upload, and what to do.
func (c *card) fault(u store.Upload, parts ...string) (out []phrase) {
	word := u.Fault
	if !c.has("import.fault." + word + ".what") {
		word = "anything"
	}
	for _, part := range parts {
		out = append(out, phrase{"import.fault." + word + "." + part, args{"Code": u.Fault}})
	}
	if u.About != "" {
		out = append(out, phrase{"import.about", args{"About": u.About}})
	}
	return out
}

// notHandedOver is the fault of an upload whose file of bad rows its uploader did not get (importing.NotHandedOver).
const notHandedOver = "not_handed_over"

// badLines are the first bad rows; all of them go along as a file.
func (c *card) badLines(u store.Upload) {
	if u.Tally.Bad == 0 {
		return
	}
	const most = 5
	lines := []phrase{{"import.bad", args{"Count": u.Tally.Bad}}}
	for _, bad := range u.FirstBad[:min(len(u.FirstBad), most)] {
		lines = append(lines, phrase{"import.line", args{"File": bad.File, "Line": strconv.FormatInt(bad.Line, 10), "Why": c.badRow(bad)}})
	}
	if u.Fault != notHandedOver {
		lines = append(lines, phrase{"import.bad_file", nil})
	}
	c.sayPhrases(lines...)
}
