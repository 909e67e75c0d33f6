package sandbox

import (
	"regexp"
	"strings"
)

// slTokens are what Slack turns into references when a person types it. A handle may contain
// letters of any script.
var slTokens = regexp.MustCompile(`https?://[^\s<>]+|[@#][\p{L}\p{N}._-]+`)

var slEntities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// typed is a person's text as Slack delivers it: & < > as entities, and people, groups, channels
// and links as <…> references (should_escape is set in this app's manifest). Callers hold mu.
func (s *Slack) typed(text string) string {
	var out strings.Builder
	last := 0
	for _, at := range slTokens.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		reference := s.reference(word)
		if reference == "" || at[0] > 0 && slWordByte(text[at[0]-1]) {
			continue
		}
		out.WriteString(slEntities.Replace(text[last:at[0]]))
		out.WriteString(reference)
		last = at[1]
	}
	out.WriteString(slEntities.Replace(text[last:]))
	return out.String()
}

func slWordByte(b byte) bool {
	return b >= 0x80 || b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func (s *Slack) reference(word string) string {
	name := strings.ToLower(word[1:])
	switch {
	case strings.HasPrefix(word, "http"):
		return "<" + slEntities.Replace(word) + ">"
	case word == "@here" || word == "@channel" || word == "@everyone":
		return "<!" + name + ">"
	case word[0] == '@':
		for _, p := range s.d.People {
			if p.Handle == name && !p.Deleted {
				return "<@" + p.ID + "|" + p.Handle + ">"
			}
		}
		for _, g := range s.d.Groups {
			if g.Handle == name && !g.Disabled {
				return "<!subteam^" + g.ID + "|@" + g.Handle + ">"
			}
		}
	default:
		for _, c := range s.d.Channels {
			if c.Name == name {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
		}
	}
	return ""
}
