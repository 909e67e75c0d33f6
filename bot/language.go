package bot

import (
	"strings"

	"couponbot/commands"
)

// The languages there are, and the setting that follows each person's own.
const (
	languageAuto = "auto"
	languageEN   = "en"
	languageZH   = "zh"
)

// language is the one a person reads: the configured one, or that of their Slack.
func (b *Bot) language(p commands.Person) string {
	if b.config.PeopleLanguage != languageAuto && b.config.PeopleLanguage != "" {
		return b.config.PeopleLanguage
	}
	switch {
	case p.Locale == "":
		return b.config.ChannelLanguage // not known yet: as everyone here
	case strings.HasPrefix(strings.ToLower(p.Locale), languageZH):
		return languageZH
	}
	return languageEN
}
