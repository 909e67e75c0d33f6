package lists

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// A layout says where things are in a file.
type layout struct {
	separator byte // of text
	above     int  // records above the first row
	openid    int  // the column
	note      int  // the column; -1: none
	named     bool // the column was found by its heading

	hits, width int // openids and columns in the sample
}

// less tells whether a file is better understood in another way.
func (a layout) less(b layout) bool {
	switch {
	case a.named != b.named:
		return b.named
	case a.hits != b.hits:
		return a.hits < b.hits
	}
	return a.width < b.width
}

// headingsWithin is how many records are looked through for headings: people write a title above their lists.
const headingsWithin = 10

// find looks for the column of openids in the first records of a file.
func find(sample []record) (layout, *NoList) {
	empty := true
	for i, r := range sample {
		if r.blank() {
			continue
		}
		empty = false
		if i >= headingsWithin || r.why != "" {
			continue
		}
		if found, ok, no := byName(r); no != nil || ok {
			found.above = i + 1
			found.count(sample[i+1:])
			return found, no
		}
		if slices.ContainsFunc(r.cells, func(c []byte) bool { return likely(bare(c)) }) {
			break // headings stand above all customers
		}
	}
	if empty {
		return layout{}, &NoList{Why: NothingInIt}
	}
	return byContent(sample)
}

// byName looks for headings in a record.
func byName(r record) (found layout, ok bool, no *NoList) {
	found = layout{openid: -1, note: -1, named: true, width: len(r.cells)}
	var exact, alike []int
	for i, c := range r.cells {
		switch name := heading(c); {
		case name == "openid":
			exact = append(exact, i)
		case isOpenIDName(name):
			alike = append(alike, i)
		case found.note < 0 && slices.Contains(noteNames, name):
			found.note = i
		}
	}
	if len(exact) == 0 {
		exact = alike
	}
	if len(exact) == 0 {
		return found, false, nil
	}
	found.openid = exact[0]
	if len(exact) > 1 {
		return found, false, &NoList{Why: TwoColumns, Text: words(r.cells[exact[0]]) + ", " + words(r.cells[exact[1]])}
	}
	return found, true, nil
}

var noteNames = []string{"note", "notes", "remark", "remarks", "comment", "comments", "memo", "备注", "备注信息", "说明", "附言"}

// mostHeading bounds a heading; a longer text that speaks of openids is a sentence.
const mostHeading = 24

// heading is a name of a column without what people decorate it with.
func heading(cell []byte) string {
	if len(cell) > 8*mostHeading {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune(`_-*:："'“”`, r):
			return -1
		case r >= '！' && r <= '～': // full-width
			return unicode.ToLower(r - '！' + '!')
		}
		return unicode.ToLower(r)
	}, words(cell))
}

// isOpenIDName tells "用户openid" and "openid(必填)" from "unionid/openid"-like mixtures, other separators, and sentences.
func isOpenIDName(name string) bool {
	return strings.Contains(name, "openid") && !strings.Contains(name, "unionid") && !strings.ContainsAny(name, ",;\t|/") && len([]rune(name)) <= mostHeading
}

// byContent looks for the one column in which openids stand.
func byContent(sample []record) (layout, *NoList) {
	var hits, full []int
	for _, r := range sample {
		for i, c := range r.cells {
			if r.why != "" {
				break
			}
			if i == len(hits) {
				hits, full = append(hits, 0), append(full, 0)
			}
			if v := bare(c); len(v) > 0 {
				full[i]++
				if likely(v) {
					hits[i]++
				}
			}
		}
	}
	found := layout{note: -1, width: len(hits)}
	for i, n := range hits {
		if n > found.hits {
			found.openid, found.hits = i, n
		}
	}
	if found.hits == 0 || found.hits*5 < full[found.openid] {
		return found, &NoList{Why: NoColumn}
	}
	for i, n := range hits {
		if i != found.openid && n*2 >= found.hits {
			return found, &NoList{Why: TwoColumns, Text: letter(found.openid) + ", " + letter(i)}
		}
	}
	return found, nil
}

// letter is the name that spreadsheets give a column.
func letter(column int) string {
	if column < 26 {
		return string(rune('A' + column))
	}
	return letter(column/26-1) + letter(column%26)
}

// count counts the openids below a heading.
func (a *layout) count(sample []record) {
	for _, r := range sample {
		if r.why == "" && a.openid < len(r.cells) && likely(bare(r.cells[a.openid])) {
			a.hits++
		}
	}
}

// row judges one record.
func (a layout) row(in records, r record, first bool) Row {
	if r.why == "" && a.openid < len(r.cells) && bytes.ContainsAny(bytes.TrimSpace(r.cells[a.openid]), "\r\n") {
		if again, ok := in.retreat(); ok {
			r = again
		}
	}
	out := Row{Line: r.line, Why: r.why}
	if r.why != "" {
		out.OpenID = shown(r.cells[0])
		return out
	}
	if a.note >= 0 && a.note < len(r.cells) {
		out.Note = note(r.cells[a.note])
	}
	if a.openid >= len(r.cells) {
		out.Why = Empty
		return out
	}
	cell := r.cells[a.openid]
	id := bare(cell)
	out.Why, out.Stray = judge(id)
	switch {
	case out.Why == "" && (first && !a.named && !likely(id) || len(id) <= mostHeading && isOpenIDName(heading(id))):
		out.Why = Heading
		fallthrough
	case out.Why != "":
		out.OpenID = shown(cell)
	default:
		out.OpenID = string(id)
	}
	return out
}
