package lists

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostOpenID is how long an openid may be (WeChat Pay docs, 发放代金券: string of 1 to 128 characters).
const mostOpenID = 128

// allowed tells which bytes openids are made of.
func allowed(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// plain tells of bytes that an openid may consist of.
func plain(b []byte) bool {
	for _, c := range b {
		if !allowed(c) {
			return false
		}
	}
	return true
}

// bare takes off what programs and people put around a value: white space, quotes, the apostrophe that makes a
// spreadsheet leave it alone, and ="…", which does the same.
func bare(cell []byte) []byte {
	if plain(cell) {
		return cell
	}
	v := strings.TrimSpace(words(cell))
	if inner, ok := strings.CutPrefix(v, `="`); ok && strings.HasSuffix(inner, `"`) {
		v = inner
	}
	return []byte(strings.TrimFunc(v, around))
}

// around tells of what may stand around a value.
func around(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`‘’“”", r)
}

// trim is bare for those who only ask whether there is anything.
func trim(cell []byte) []byte {
	if len(cell) == 0 || plain(cell[:1]) {
		return cell
	}
	return bare(cell)
}

// numberLike is what Excel makes of digits with an E between them, and of numbers that are longer than it can keep.
var numberLike = regexp.MustCompile(`^[+-]?([0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+|[0-9]{16,})$`)

// nothings are what programs write where there is nothing. Each has only characters that openids have.
var nothings = map[string]bool{"null": true, "none": true, "nil": true, "nan": true, "na": true, "undefined": true, "-": true, "--": true, "_": true}

// judge says what is wrong with a value, "" for an openid.
func judge(id []byte) (Why, string) {
	switch {
	case len(id) == 0 || len(id) <= 9 && nothings[strings.ToLower(string(id))]:
		return Empty, ""
	case id[0] <= '9' && numberLike.Match(id):
		return Scientific, ""
	case !plain(id):
		return BadCharacter, stray(string(id))
	case len(id) > mostOpenID:
		return TooLong, ""
	}
	return "", ""
}

// likely tells what looks like an openid: those that WeChat gives out begin with a small o and are no words.
func likely(id []byte) bool {
	if len(id) < 2 || len(id) > mostOpenID || id[0] != 'o' || !plain(id) {
		return false
	}
	if len(id) >= 16 {
		return true
	}
	for _, c := range id[1:] {
		if c < 'a' || c > 'z' {
			return true
		}
	}
	return false
}

// stray names the first character that no openid has: itself, or its code point when it cannot be seen.
func stray(id string) string {
	for _, r := range id {
		switch {
		case r < utf8.RuneSelf && allowed(byte(r)):
		case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r == utf8.RuneError:
			return fmt.Sprintf("U+%04X", r)
		default:
			return string(r)
		}
	}
	return ""
}

// words is a cell as text. GBK in a file that began as UTF-8, or as plain ASCII, is understood as well.
func words(cell []byte) string {
	if utf8.Valid(cell) {
		return string(cell)
	}
	return strings.ToValidUTF8(string(fromGBK(cell)), "�")
}

// mostNote is how long a note may be, in characters; a longer one is cut.
const mostNote = 300

func note(cell []byte) string { return cut(oneLine(words(cell)), mostNote) }

// shown is a cell as a person is shown it.
func shown(cell []byte) string { return cut(oneLine(words(cell)), shownText) }

func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
