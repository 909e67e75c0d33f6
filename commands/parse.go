package commands

import (
	"slices"
	"strings"
	"unicode"
)

// The grammar: words are split at white space, quotes keep a text together, --name value and --name=value are flags.
// People type on phones and on Chinese keyboards, so smart quotes, long dashes, full-width forms and invisible
// characters are understood wherever they cannot change what is meant. An openid is never repaired (openid.go).

// maxLine is how long a line may be, in bytes: room for as many people as a send may have, and their note.
const maxLine = 20000

// A token is one word or quoted text.
type token struct {
	text   string // without invisible and control characters, white space as plain spaces, entities undone
	raw    string // the same with invisible characters, and with quotes and backslashes that do not stand around it
	quoted bool   // it began with a quote: it is a text, never a flag
}

// A line is what was typed, taken apart.
type line struct {
	verb  string // lower case; "" when nothing was typed
	args  []token
	flags map[string]string
	loose string // a word that stands where only the rest of a text without quotes would: after a flag of a line whose words stood before it, or after a note
}

// about is the send that the line names first, or a coupon; "" when it names none.
func (l line) about() string {
	if len(l.args) == 0 {
		return ""
	}
	id, refusal := parseID(l.args[0].text)
	if refusal != nil {
		return ""
	}
	return name(id)
}

// parse takes a line apart. rules say which flags a verb knows, and whether its words are free text, in which nothing
// is a flag. Whether the verb exists is the caller's matter.
func parse(text string, rules func(verb string) (flags []string, free bool)) (line, *Refusal) {
	if len(text) > maxLine {
		return line{}, &Refusal{Code: TextTooLong, Word: "line", Number: maxLine, Count: int64(len(text))}
	}
	tokens, refusal := split(text)
	if refusal != nil || len(tokens) == 0 {
		return line{}, refusal
	}
	l := line{verb: strings.ToLower(narrow(tokens[0].text)), flags: map[string]string{}}
	known, free := rules(l.verb)
	if free {
		l.args = tokens[1:]
		return l, nil
	}
	before := 0 // words that stood before the first flag
	for rest := tokens[1:]; len(rest) > 0; {
		t := rest[0]
		rest = rest[1:]
		name, value, valued, ok := asFlag(t, known)
		if !ok {
			if l.args = append(l.args, t); len(l.flags) > 0 && before > 1 && l.loose == "" {
				l.loose = t.text
			}
			continue
		}
		if !slices.Contains(known, name) {
			return l, &Refusal{Code: UnknownFlag, Verb: l.verb, Word: "--" + name, Nearest: flagLike(name, known)}
		}
		if !valued && len(rest) > 0 {
			if _, _, _, next := asFlag(rest[0], known); !next {
				unquoted := !rest[0].quoted
				value, rest = rest[0].text, rest[1:]
				// --note sorry about that: "about" and "that" are no customers.
				if name == "note" && unquoted && len(rest) > 0 && l.loose == "" {
					if _, _, _, flag := asFlag(rest[0], known); !flag {
						l.loose = rest[0].text
					}
				}
			}
		}
		if strings.TrimSpace(value) == "" {
			return l, &Refusal{Code: FlagWithoutValue, Verb: l.verb, Word: "--" + name}
		}
		if _, twice := l.flags[name]; twice {
			return l, &Refusal{Code: FlagTwice, Verb: l.verb, Word: "--" + name}
		}
		if len(l.flags) == 0 {
			before = len(l.args)
		}
		l.flags[name] = strings.TrimSpace(value)
	}
	return l, nil
}

func flagLike(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return "--" + n
	}
	return ""
}

// asFlag reads --name, --name=value, and what phones make of them: —name, －－name, ——name：value. One plain hyphen is
// enough before a name that the verb knows, because an openid may begin with one but is never called "-reason".
func asFlag(t token, known []string) (name, value string, valued, ok bool) {
	body := strings.TrimLeftFunc(t.text, isDash)
	dashes := []rune(t.text[:len(t.text)-len(body)])
	if t.quoted || len(dashes) == 0 {
		return "", "", false, false
	}
	name = body
	if i := strings.IndexAny(body, "=＝:："); i >= 0 {
		name, value, valued = body[:i], body[i:], true
		value = strings.TrimPrefix(value, string([]rune(value)[:1]))
	}
	name = strings.ToLower(narrow(name))
	sure := len(dashes) >= 2 || isLongDash(dashes[0])
	if !sure && !slices.Contains(known, name) || sure && len(dashes) == 1 && body == "" {
		return "", "", false, false
	}
	return name, value, valued, true
}

func isLongDash(r rune) bool { return r == '–' || r == '—' || r == '―' }

func isDash(r rune) bool {
	return r == '-' || isLongDash(r) || r == '－' || r == '−' || r == '‐' || r == '‑' || r == '﹣'
}

// narrow turns full-width letters, digits and signs into plain ones, and every dash into a hyphen.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case isDash(r):
			return '-'
		}
		return r
	}, s)
}

// invisible tells of characters that leave no mark: zero width, direction marks, soft hyphens, byte order marks, and
// control characters that are not white space.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) || r == '\u034f' || r == '\u115f' ||
		r == '\u1160' || r == '\u3164' || r == '\uffa0'
}

// visible leaves invisible characters out.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
}
