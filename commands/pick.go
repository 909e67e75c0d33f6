package commands

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The openid of WeChat's documents is 28 characters that begin with an o. Where a message has none of those, a word that
// could be nothing else is offered: long, with small and large letters and digits.
const (
	openIDLength = 28
	openIDLike   = 20
)

// link is what Slack makes of a link, a mention or a channel in a message; its label is what people see.
var link = regexp.MustCompile(`<[@#!a-z][^<>|]*(?:\|([^<>]*))?>`)

// pick finds customers and a ticket in a message, to fill in a form that a person will read before anything is made of
// it. Nothing is changed in what was found.
func (d *Desk) pick(text string) map[string]string {
	values := map[string]string{}
	ids := pickOpenIDs(text)
	if len(ids) > 0 {
		values[FieldOpenIDs] = strings.Join(ids, "\n")
	}
	if ticket := pickTicket(d.config.Ticket, text, ids); ticket != "" {
		values[FieldTicket] = ticket
	}
	return values
}

func pickOpenIDs(text string) []string {
	certain := func(w string) bool { return len(w) == openIDLength && w[0] == 'o' }
	if ids := pickWords(text, certain); len(ids) > 0 {
		return ids
	}
	return pickWords(link.ReplaceAllString(text, " $1 "), looksLikeOpenID)
}

// pickWords are the words of an openid's characters that fit, each once, in their order, as many as a send may have.
// Slack writes _words_ in italics, so a pair of these around one is no part of it.
func pickWords(text string, fits func(string) bool) []string {
	var out []string
	for _, w := range strings.FieldsFunc(text, notOfOpenID) {
		if n := len(w); !fits(w) && n > 2 && w[0] == '_' && w[n-1] == '_' {
			w = w[1 : n-1]
		}
		if fits(w) && openID.MatchString(w) && !slices.Contains(out, w) && len(out) < maxPeople {
			out = append(out, w)
		}
	}
	return out
}

func notOfOpenID(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
}

func looksLikeOpenID(w string) bool {
	return len(w) >= openIDLike && strings.ContainsFunc(w, unicode.IsLower) && strings.ContainsFunc(w, unicode.IsUpper) && strings.ContainsFunc(w, unicode.IsDigit)
}

// pickTicket is the first word that is a ticket as a whole; "" when none is, or when any text is one. A ticket has a
// digit: a pattern that is not strict would take the first word of any sentence.
func pickTicket(pattern *regexp.Regexp, text string, ids []string) string {
	if pattern == nil {
		return ""
	}
	whole, err := regexp.Compile("^(?:" + pattern.String() + ")$")
	if err != nil {
		return ""
	}
	text = link.ReplaceAllStringFunc(unescape(text), func(l string) string { return " " + strings.NewReplacer("<", "", ">", "", "|", " ").Replace(l) + " " })
	for _, ends := range []func(rune) bool{betweenWords, betweenLetters} {
		for _, w := range strings.FieldsFunc(text, ends) {
			for _, word := range []string{w, strings.TrimFunc(w, unicode.IsPunct)} {
				if whole.MatchString(word) && strings.ContainsFunc(word, unicode.IsDigit) && len(word) <= maxWord && !slices.Contains(ids, word) {
					return word
				}
			}
		}
	}
	return ""
}

func betweenWords(r rune) bool {
	return unicode.IsSpace(r) || isComma(r) || isDouble(r) || strings.ContainsRune("()[]{}<>|（）【】《》「」。！？：", r)
}

// betweenLetters ends a word at whatever is no letter, digit or sign of the keyboard, and where a path's or a sentence's parts end.
func betweenLetters(r rune) bool {
	return r > unicode.MaxASCII || betweenWords(r) || strings.ContainsRune("/=?&:;.!*`~'", r)
}
