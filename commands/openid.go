package commands

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// openID is the shape of a customer's id (WeChat Pay docs, 发放代金券: string of 1 to 128 characters).
var openID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// openIDs reads customers out of words that people pasted: over lines, with commas, in code marks. Each comes back
// once, in the order asked; twice is how many were named more than once.
func openIDs(words []token) (ids []string, twice int, refusal *Refusal) {
	times := map[string]int{}
	for _, w := range words {
		for _, piece := range strings.FieldsFunc(w.raw, isComma) {
			id := unwrap(piece)
			if id == "" {
				continue
			}
			if !openID.MatchString(id) {
				return nil, 0, &Refusal{Code: BadOpenID, Word: visible(id), Text: stray(id)}
			}
			if times[id]++; times[id] == 1 {
				ids = append(ids, id)
			}
		}
	}
	for _, n := range times {
		if n > 1 {
			twice++
		}
	}
	return ids, twice, nil
}

// unwrap takes off what stands around a pasted openid: invisible characters, code marks, and stars on both sides. A
// star on one side only may be a masked openid's end and stays, to be refused.
func unwrap(piece string) string {
	for {
		bare := strings.Trim(strings.TrimFunc(piece, func(r rune) bool { return invisible(r) || unicode.IsSpace(r) }), "`")
		if n := len(bare); n > 2 && bare[0] == '*' && bare[n-1] == '*' {
			bare = bare[1 : n-1]
		}
		if bare == piece {
			return bare
		}
		piece = bare
	}
}

// stray names the first character that no openid has: itself, or its code point when it cannot be seen.
func stray(id string) string {
	for _, r := range id {
		switch {
		case r < utf8.RuneSelf && openID.MatchString(string(r)):
		case invisible(r) || unicode.IsSpace(r) || r == utf8.RuneError:
			return fmt.Sprintf("U+%04X", r)
		default:
			return string(r)
		}
	}
	return ""
}
