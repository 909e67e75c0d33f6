package views

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"couponbot/store"
)

// foreignMost bounds one piece of foreign text in a sentence: the longest that people may write.
const foreignMost = 300

// foreign writes text that is not ours on one line, so that it can be nothing but text.
func (t tongue) foreign(f form, s string) string {
	s = cut(clean(start(s)), foreignMost)
	if f == plain {
		return s
	}
	return escape(guard(s))
}

// code writes text to be copied. Formatting does nothing inside a code span, so only the span's own end is taken out.
func (t tongue) code(f form, s string) string {
	s = cut(clean(start(s)), foreignMost)
	if f != mrkdwn || s == "" {
		return t.foreign(f, s)
	}
	return "`" + escape(everybody.ReplaceAllString(strings.ReplaceAll(s, "`", "'"), "@\u200b$1")) + "`"
}

// start is as much of a text as can be needed, so that a huge one costs no more than a long one.
func start(s string) string { return s[:min(len(s), 8*foreignMost)] }

// clean makes one line of a text: control characters and line ends become spaces, and what turns the direction of
// writing (and could make an amount read backwards) is taken out.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200e', r == '\u200f', r == '\u061c', r == '\ufeff', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// escape is what Slack asks for in mrkdwn: these three and no more, the ampersand first (Slack docs, formatting text).
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

var everybody = regexp.MustCompile(`(?i)@(channel|here|everyone)`)

// guard keeps formatting characters from formatting, by an invisible space at either side. An underscore inside a word
// formats nothing and is left alone, so that ids can be copied.
func guard(s string) string {
	const nothing = "\u200b"
	s = everybody.ReplaceAllString(s, "@"+nothing+"$1")
	if !strings.ContainsAny(s, "*_~`") {
		return s
	}
	runes, out := []rune(s), strings.Builder{}
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		if strings.ContainsRune("*~`", r) || r == '_' && !(word(i-1) && word(i+1)) {
			out.WriteString(nothing + string(r) + nothing)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// cut shortens plain text to so many runes, the last of them "…".
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

var piece = regexp.MustCompile(`(?s)<[^<>]*>|&(?:amp|lt|gt);|.`)

// clip shortens mrkdwn to so many runes, never inside an entity or a <…> token.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	end, n := 0, 0
	for _, at := range piece.FindAllStringIndex(s, -1) {
		if n += utf8.RuneCountInString(s[at[0]:at[1]]); n > most-1 {
			break
		}
		end = at[1]
	}
	return s[:end] + "…"
}

// masked shows the ends of an openid; one so short that little would be hidden is hidden altogether.
func masked(openid string) string {
	runes := []rune(openid)
	if len(runes) < 16 {
		return "••••"
	}
	return string(runes[:4]) + "…" + string(runes[len(runes)-4:])
}

func money(f store.Fen) string {
	s := f.String()
	sign := ""
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		sign, s = "-", rest
	}
	yuan, fen, _ := strings.Cut(s, ".")
	return sign + "¥" + commas(yuan) + "." + fen
}

func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		return "-" + commas(rest)
	}
	return commas(s)
}

func commas(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
