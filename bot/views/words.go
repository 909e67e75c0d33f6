package views

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"couponbot/store"
)

//go:embed locales/*.yaml
var locales embed.FS

// words are the sentences of every language.
type words struct {
	command string
	en, zh  *i18n.Localizer
}

func load(files fs.FS, command string) (*Views, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("yaml", func(data []byte, v any) error { return yaml.Unmarshal(data, v) })
	for _, tag := range []string{"en", "zh"} {
		if err := loadLanguage(bundle, files, tag); err != nil {
			return nil, fmt.Errorf("words: %w", err)
		}
	}
	return &Views{&words{command: cmp.Or(command, "/coupon"), en: i18n.NewLocalizer(bundle, "en"), zh: i18n.NewLocalizer(bundle, "zh")}}, nil
}

// loadLanguage reads every file of a language; without any there is no such language.
func loadLanguage(bundle *i18n.Bundle, files fs.FS, tag string) error {
	names, err := fs.Glob(files, "locales/*."+tag+".yaml")
	if err != nil || len(names) == 0 {
		return cmp.Or(err, fs.ErrNotExist)
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if _, err := bundle.ParseMessageFileBytes(body, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// tongue is one reader's language.
type tongue struct {
	*words
	reader Reader
	local  *i18n.Localizer
}

func (v *Views) tongue(r Reader) tongue {
	t := tongue{words: v.words, reader: r, local: v.words.en}
	if strings.HasPrefix(strings.ToLower(r.Language), "zh") {
		t.local = v.words.zh
	}
	if t.reader.Zone == nil {
		t.reader.Zone = time.UTC
	}
	return t
}

// form is where a text stands, which decides how values are written into it.
type form int

const (
	mrkdwn  form = iota // in a block: escaped, live times
	summary             // the message's own text: escaped, times in words, because notifications show it as it is
	plain               // buttons, headings, dialogs: not escaped, nothing live
)

// Values other than these write themselves: store.Fen as money, time.Time as a time, whole numbers with commas,
// time.Duration in words, and a string as foreign text.
type (
	args    map[string]any // Count chooses the plural
	person  string         // a Slack id: of a person, or of a user group, all of whom are told then
	openid  string         // masked unless the reader may see it
	channel string         // a Slack channel's id
	code    string         // foreign text that is to be copied: ids, commands
	phrase  struct {       // a sentence in a sentence
		key  string
		args args
	}
	list []any // with commas
	ands []any // with commas, and "and" before the last
)

// write is the sentence of a key. A key that is nowhere, which the tests rule out, is shown as it is.
func (t tongue) write(f form, key string, a args) string {
	data := make(map[string]any, len(a)+1)
	for name, v := range a {
		data[name] = t.value(f, v)
	}
	data["Command"] = t.foreign(f, t.command)
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if n, ok := a["Count"]; ok {
		config.PluralCount = fmt.Sprint(n)
	}
	text, err := t.local.Localize(config)
	if text == "" && err != nil {
		return t.foreign(f, key)
	}
	return strings.TrimSpace(text)
}

// has tells whether there are words for a key; keys that end in a word of another package may have none yet.
func (t tongue) has(key string) bool {
	var missing *i18n.MessageNotFoundErr
	_, err := t.local.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: map[string]any{}})
	return !errors.As(err, &missing)
}

// known is the key of a word, or of what is said when there are no words for it.
func (t tongue) known(prefix, word, otherwise string) string {
	if word != "" && t.has(prefix+word) {
		return prefix + word
	}
	return prefix + otherwise
}

func (t tongue) value(f form, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return t.foreign(f, v)
	case person:
		return t.person(f, string(v))
	case openid:
		return t.code(f, t.openid(string(v)))
	case channel:
		return t.channel(f, string(v))
	case code:
		return t.code(f, string(v))
	case store.Fen:
		return money(v)
	case store.GrantID:
		return v.String()
	case int:
		return number(int64(v))
	case int64:
		return number(v)
	case time.Time:
		return t.time(f, v)
	case time.Duration:
		return t.duration(f, v)
	case phrase:
		return t.write(f, v.key, v.args)
	case list:
		return t.list(f, v)
	case ands:
		return t.ands(f, v)
	}
	return t.foreign(f, fmt.Sprint(v))
}

func (t tongue) person(f form, id string) string {
	if f == plain || !slackID.MatchString(id) {
		return t.foreign(f, id)
	}
	if strings.HasPrefix(id, "S") {
		return "<!subteam^" + id + ">"
	}
	return "<@" + id + ">"
}

// slackID is a person (U…, W…) or a user group (S…); all else that stands in a person's place is foreign text.
var slackID = regexp.MustCompile(`^[UWS][A-Z0-9]+$`)

func (t tongue) channel(f form, id string) string {
	if f == plain || !channelID.MatchString(id) {
		return t.foreign(f, id)
	}
	return "<#" + id + ">"
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

// openid is one in full for a reader who may see it. Others see its ends; of a short one nothing.
func (t tongue) openid(id string) string {
	if t.reader.Private {
		return id
	}
	return masked(id)
}

func (t tongue) list(f form, all list) string {
	parts := make([]string, 0, len(all))
	for _, v := range all {
		if s := t.value(f, v); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, t.write(f, "list.comma", nil)+t.space())
}

func (t tongue) ands(f form, all ands) string {
	if len(all) < 2 {
		return t.list(f, list(all))
	}
	last := len(all) - 1
	return t.list(f, list(all[:last])) + t.space() + t.write(f, "list.and", nil) + t.space() + t.value(f, all[last])
}

// space stands after a comma: Chinese punctuation brings its own.
func (t tongue) space() string {
	if t.local == t.words.zh {
		return ""
	}
	return " "
}

func (t tongue) time(f form, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	local := at.In(t.reader.Zone)
	words := local.Format("2006-01-02 15:04") + " (" + local.Location().String() + ")"
	if f != mrkdwn {
		return words
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", at.Unix(), words)
}

// duration is said in its largest unit, rounded down, as one says how old something is.
func (t tongue) duration(f form, d time.Duration) string {
	for _, unit := range []struct {
		key string
		is  time.Duration
	}{{"time.days", 24 * time.Hour}, {"time.hours", time.Hour}, {"time.minutes", time.Minute}} {
		if n := int(d / unit.is); n > 0 {
			return t.write(f, unit.key, args{"Count": n})
		}
	}
	return t.write(f, "time.seconds", args{"Count": max(0, int(d/time.Second))})
}
