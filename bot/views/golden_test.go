package views

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
)

var update = flag.Bool("update", false, "write the golden files anew")

// readers read each language where it is at home.
func readers(t *testing.T) map[string]Reader {
	t.Helper()
	return map[string]Reader{
		"en": {Language: "en", Zone: zone(t, "Europe/Lisbon"), Private: true, Now: now},
		"zh": {Language: "zh", Zone: zone(t, "Asia/Shanghai"), Private: true, Now: now},
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func newViews(t testing.TB) *Views {
	t.Helper()
	v, err := New("/coupon")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// golden is a message as it is kept in a golden file.
type golden struct {
	Text   string          `json:"text"`
	Blocks json.RawMessage `json:"blocks"`
}

func TestEveryMessageIsWhatItsGoldenFileShows(t *testing.T) {
	v := newViews(t)
	for language, reader := range readers(t) {
		files := map[string]map[string]golden{}
		for _, d := range allDrawings(t) {
			m := d.draw(v, reader)
			if files[d.group] == nil {
				files[d.group] = map[string]golden{}
			}
			if _, twice := files[d.group][d.name]; twice {
				t.Fatalf("two cases are called %q", d.name)
			}
			files[d.group][d.name] = golden{m.Text, encode(t, m.Blocks)}
		}
		for group, all := range files {
			compare(t, filepath.Join("testdata", group+"."+language+".json"), indented(t, all))
		}
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: go test ./bot/views -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got; go test ./bot/views -update accepts it):\n%s", path, diff)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// reasonWords are the outcomes that the languages have words for.
func reasonWords(t *testing.T) []string {
	t.Helper()
	var all []string
	for key := range messages(t, "en") {
		if rest, ok := strings.CutPrefix(key, "reason."); ok && strings.HasSuffix(rest, ".means") {
			all = append(all, strings.TrimSuffix(rest, ".means"))
		}
	}
	slices.Sort(all)
	return all
}

// messages are a language's texts by key, of all its files; the plural forms of one stand under one key.
func messages(t *testing.T, language string) map[string]map[string]string {
	t.Helper()
	names, err := fs.Glob(locales, "locales/*."+language+".yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no files: %v", language, err)
	}
	out := map[string]map[string]string{}
	for _, name := range names {
		body, err := locales.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(body, &tree); err != nil {
			t.Fatal(err)
		}
		one := map[string]map[string]string{}
		flatten(t, one, "", tree)
		for key, forms := range one {
			if _, twice := out[key]; twice {
				t.Fatalf("%s: %s is in another file too", name, key)
			}
			out[key] = forms
		}
	}
	return out
}

func flatten(t *testing.T, out map[string]map[string]string, prefix string, tree map[string]any) {
	t.Helper()
	for key, v := range tree {
		switch v := v.(type) {
		case string:
			out[prefix+key] = map[string]string{"other": v}
		case map[string]any:
			if _, plural := v["other"]; !plural {
				flatten(t, out, prefix+key+".", v)
				continue
			}
			forms := map[string]string{}
			for form, text := range v {
				forms[form] = text.(string)
			}
			out[prefix+key] = forms
		default:
			t.Fatalf("%s%s is a %T", prefix, key, v)
		}
	}
}

// textsOf are all text objects of a message.
func textsOf(m Message) []string {
	out := []string{m.Text}
	for _, b := range m.Blocks {
		switch b := b.(type) {
		case *slack.HeaderBlock:
			out = append(out, b.Text.Text)
		case *slack.SectionBlock:
			if b.Text != nil {
				out = append(out, b.Text.Text)
			}
			for _, f := range b.Fields {
				out = append(out, f.Text)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				out = append(out, e.(*slack.TextBlockObject).Text)
			}
		case *slack.InputBlock:
			out = append(out, inputTexts(b)...)
		case *slack.ActionBlock:
			for _, e := range b.Elements.ElementSet {
				button := e.(*slack.ButtonBlockElement)
				out = append(out, button.Text.Text)
				if c := button.Confirm; c != nil {
					out = append(out, c.Title.Text, c.Text.Text, c.Confirm.Text, c.Deny.Text)
				}
			}
		}
	}
	return out
}

// inputTexts are the texts of a form's field, apart from what is filled in already.
func inputTexts(b *slack.InputBlock) []string {
	out := []string{b.Label.Text}
	if b.Hint != nil {
		out = append(out, b.Hint.Text)
	}
	if picker, ok := b.Element.(*slack.SelectBlockElement); ok {
		out = append(out, picker.Placeholder.Text)
		for _, o := range picker.Options {
			out = append(out, o.Text.Text)
		}
		if picker.InitialOption != nil {
			out = append(out, picker.InitialOption.Text.Text)
		}
	}
	return out
}

// plainOf are the texts of a message's plain_text objects that can hold foreign text.
func plainOf(m Message) []string {
	var out []string
	add := func(t *slack.TextBlockObject) {
		if t != nil && t.Type == slack.PlainTextType {
			out = append(out, t.Text)
		}
	}
	for _, b := range m.Blocks {
		switch b := b.(type) {
		case *slack.HeaderBlock:
			add(b.Text)
		case *slack.SectionBlock:
			add(b.Text)
		case *slack.ActionBlock:
			for _, e := range b.Elements.ElementSet {
				if c := e.(*slack.ButtonBlockElement).Confirm; c != nil {
					add(c.Title)
					add(c.Text)
				}
			}
		}
	}
	return out
}
