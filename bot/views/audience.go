package views

import (
	"couponbot/commands"
	"couponbot/store"
)

// audienceList are all audiences, by name.
func (v *Views) audienceList(r Reader, all []store.Audience) Message {
	c := v.card(r)
	c.head("audience.list.head", nil)
	if len(all) == 0 {
		c.say("audience.list.none", nil)
	}
	shown := all[:min(len(all), audiencesMost)]
	lines := make([]phrase, len(shown))
	for i, a := range shown {
		lines[i] = phrase{"audience.list.line", with(versionArgs(a.Version), args{"Audience": a.Name})}
	}
	c.sayPhrases(lines...)
	if more := len(all) - len(shown); more > 0 {
		c.small("look.more", args{"Count": more})
	}
	c.small("audience.list.foot", nil)
	return c.message("audience.list.summary", args{"Count": len(all)})
}

// audiencesMost is how many audiences one list names.
const audiencesMost = 20

// audienceView is one audience: its newest version in full, what is being read for it, the versions before it, and which
// campaigns run on it.
func (v *Views) audienceView(r Reader, q commands.AudienceView) Message {
	c := v.card(r)
	name, n := q.Audience.Name, q.Audience.Version
	c.head("audience.head", args{"Audience": name})
	c.uploads(q.Uploads)
	if n.Number == 0 {
		c.say("audience.empty", nil)
		return c.message("audience.summary_empty", args{"Audience": name})
	}
	c.sayPhrases(append([]phrase{{"audience.version", args{"Number": n.Number}}}, versionLines(n)...)...)
	if n.Tally.Bad > 0 {
		c.say("audience.bad", args{"Count": n.Tally.Bad})
	}
	c.versionFields(n)
	c.fields(field{"label.campaigns", names(q.Campaigns[:min(len(q.Campaigns), linesMost)])})
	c.older(n, q.Versions)
	return c.message("audience.summary", with(versionArgs(n), args{"Audience": name}))
}

// uploads are those that have not ended.
func (c *card) uploads(all []store.Upload) {
	for _, u := range all {
		c.sayPhrases(append([]phrase{{"audience.upload", args{"By": person(u.By), "At": u.CreatedAt}}}, c.howFar(u)...)...)
	}
}

// older are the versions before the newest, deleted ones among them.
func (c *card) older(newest store.Version, all []store.Version) {
	lines := []phrase{{"audience.before", nil}}
	for _, n := range all {
		key := "audience.older"
		if n.State == store.VersionDeleted {
			key = "audience.older_deleted"
		}
		if n.ID != newest.ID && len(lines) <= linesMost {
			lines = append(lines, phrase{key, versionArgs(n)})
		}
	}
	if len(lines) > 1 {
		c.sayPhrases(lines...)
	}
}

func versionArgs(n store.Version) args {
	return args{"Number": n.Number, "Count": n.Tally.Usable, "By": person(n.By), "At": n.CreatedAt}
}

// versionLines are what was found in a list, but for its bad rows.
func versionLines(n store.Version) []phrase {
	t := n.Tally
	lines := append([]phrase{{"audience.usable", args{"Count": t.Usable, "Rows": t.Rows}}},
		counted("audience.", count{"duplicates", t.Duplicates}, count{"blocked", t.Blocked}, count{"staff", t.Staff})...)
	if n.Minus != "" {
		lines = append(lines, phrase{"audience.excluded", args{"Count": t.Excluded, "Minus": n.Minus}})
	}
	return lines
}

func (c *card) versionFields(n store.Version) {
	var bytes any
	if n.Bytes > 0 {
		bytes = size(n.Bytes)
	}
	c.fields(field{"label.source", n.Source}, field{"label.size", bytes}, field{"label.checksum", code(checksum(n.Checksum))}, field{"label.uploaded", by(n.By, n.CreatedAt)})
}

// uploading says that files were taken in, or that a version is made of the newest one, without others.
func (v *Views) uploading(r Reader, u store.Upload) Message {
	if len(u.Files) == 0 {
		return v.line(r, "audience.accepted_minus", args{"Audience": u.Audience, "Minus": u.Minus})
	}
	return v.line(r, "audience.accepted", args{"Audience": u.Audience, "Count": len(u.Files)})
}
