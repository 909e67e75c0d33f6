package commands

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// entity is what Slack makes of a mention, a channel or a link; its label may hold spaces (Slack docs, escaping of
// users and channels in slash commands).
var entity = regexp.MustCompile(`^<(?:[@#][A-Z0-9]+|![a-z]+(?:\^[A-Z0-9]+)?|(?:https?|mailto|tel):[^<>"\\|\s“”„‟＂]+)(?:\|[^<>"\\“”„‟＂\pC]*)?>`)

// splitter walks over a line.
type splitter struct {
	rest   string
	tokens []token
	word   strings.Builder // the token being read, as far as it goes
	raw    strings.Builder // the same, with the marks inside it that word does not show
	last   rune            // the last visible character of raw; 0 for none yet
	quoted bool
}

// split cuts a line into tokens. Inside quotes a backslash keeps the next quote or backslash as it is.
func split(text string) ([]token, *Refusal) {
	s := splitter{rest: strings.ToValidUTF8(text, "\uFFFD")}
	for s.rest != "" {
		r, size := utf8.DecodeRuneInString(s.rest)
		switch {
		case r == '<' && entity.MatchString(s.rest):
			e := entity.FindString(s.rest)
			s.take(e, len(e))
		case unicode.IsSpace(r):
			s.end()
			s.rest = s.rest[size:]
		case isDouble(r), isSingle(r) && s.mayQuote():
			if !s.quote(r, size) {
				return nil, &Refusal{Code: OpenQuote, Word: visible(strings.Join(strings.Fields(s.rest), " "))}
			}
		case r == '\\' && escapes(s.rest[size:]) > 0:
			kept := s.rest[size : size+escapes(s.rest[size:])]
			s.mark(r)
			s.take(kept, size+len(kept))
		default:
			s.take(string(r), size)
		}
	}
	s.end()
	return s.tokens, nil
}

// take adds text to the token; size is how much of the line it was.
func (s *splitter) take(text string, size int) {
	for _, r := range text {
		if unicode.IsSpace(r) {
			r = ' '
		}
		s.word.WriteRune(r)
		s.mark(r)
	}
	s.rest = s.rest[size:]
}

func (s *splitter) mark(r rune) {
	s.raw.WriteRune(r)
	if !invisible(r) {
		s.last = r
	}
}

// mayQuote tells whether a single quote opens a text here; inside a word it is an apostrophe.
func (s *splitter) mayQuote() bool {
	return s.last == 0 && !s.quoted || s.last == '=' || s.last == '＝' || isComma(s.last)
}

// end closes the token. One of invisible characters alone is none.
func (s *splitter) end() {
	if text := visible(unescape(s.word.String())); text != "" || s.quoted {
		s.tokens = append(s.tokens, token{text: text, raw: unescape(s.raw.String()), quoted: s.quoted})
	}
	s.word.Reset()
	s.raw.Reset()
	s.last = 0
	s.quoted = false
}

// quote reads a quoted text up to its closing quote; false when there is none.
func (s *splitter) quote(open rune, size int) bool {
	body := s.rest[size:]
	end, width := closing(body, open)
	if end < 0 {
		return false
	}
	s.quoted = s.quoted || s.last == 0
	wraps := (s.last == 0 || isComma(s.last)) && gap(body[end+width:])
	if !wraps {
		s.mark(open)
	}
	for inside := body[:end]; inside != ""; {
		r, n := utf8.DecodeRuneInString(inside)
		if e := escapes(inside[n:]); r == '\\' && e > 0 {
			s.mark(r)
			r, _ = utf8.DecodeRuneInString(inside[n:])
			n += e
		}
		s.take(string(r), 0)
		inside = inside[n:]
	}
	if s.rest = body[end+width:]; !wraps {
		s.mark(open)
	}
	return true
}

// closing finds the quote that ends a text: of the family that opened it if there is one (so that a smart quote may
// stand inside plain ones), else of the other, which phones mix in. A single quote ends a text only before a gap, so
// that it's an apostrophe elsewhere.
func closing(body string, open rune) (at, width int) {
	double, plain := isDouble(open), open == '"' || open == '\'' || open == '＂' || open == '＇'
	at, width = -1, 0
	skip := 0
	for i, r := range body {
		if i < skip {
			continue
		}
		size := len(string(r))
		if r == '\\' {
			skip = i + size + escapes(body[i+size:])
			continue
		}
		if double && !isDouble(r) || !double && (!isSingle(r) || !gap(body[i+size:])) {
			continue
		}
		isPlain := r == '"' || r == '\'' || r == '＂' || r == '＇'
		if isPlain == plain {
			return i, size
		}
		if at < 0 {
			at, width = i, size
		}
	}
	return at, width
}

// gap tells that a word ends before rest.
func gap(rest string) bool {
	for _, r := range rest {
		return unicode.IsSpace(r) || isComma(r)
	}
	return true
}

// escapes is how many bytes a backslash before rest keeps as they are.
func escapes(rest string) int {
	r, size := utf8.DecodeRuneInString(rest)
	if size > 0 && (isDouble(r) || isSingle(r) || r == '\\') {
		return size
	}
	return 0
}

func isDouble(r rune) bool { return strings.ContainsRune("\"“”„‟＂", r) }

func isSingle(r rune) bool { return strings.ContainsRune("'‘’‚‛＇", r) }

func isComma(r rune) bool { return strings.ContainsRune(",，、;；", r) }

// unescape undoes the three escapes that Slack makes, once: "&amp;lt;" was typed as "&lt;".
func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}

// quote writes a token so that split reads it back.
func quote(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if text != "" && !isDash(first) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || isDouble(r) || isSingle(r) || r == '\\'
	}) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if isDouble(r) || isSingle(r) || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
