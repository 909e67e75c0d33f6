package views

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	"couponbot/commands"
	"couponbot/store"
)

var placeholder = regexp.MustCompile(`\.[A-Z]\w*`)

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	en, zh := messages(t, "en"), messages(t, "zh")
	for key, forms := range en {
		other, there := zh[key]
		if !there {
			t.Errorf("%s has no Chinese", key)
			continue
		}
		if got, want := placeholders(other), placeholders(forms); !slices.Equal(got, want) {
			t.Errorf("%s: Chinese fills in %v, English %v", key, got, want)
		}
	}
	for key := range zh {
		if _, there := en[key]; !there {
			t.Errorf("%s has no English", key)
		}
	}
}

// placeholders are what the forms of a message fill in. Count may be written out in the singular, and is always known.
func placeholders(forms map[string]string) []string {
	found := map[string]bool{}
	for _, text := range forms {
		for _, name := range placeholder.FindAllString(text, -1) {
			found[name] = true
		}
	}
	delete(found, ".Count")
	return slices.Sorted(maps.Keys(found))
}

func TestPluralsHaveTheFormsOfTheirLanguage(t *testing.T) {
	for language, forms := range map[string][]string{"en": {"one", "other"}, "zh": {"other"}} {
		for key, m := range messages(t, language) {
			got := slices.Sorted(maps.Keys(m))
			if len(got) > 1 && !slices.Equal(got, forms) || language == "zh" && len(got) != 1 {
				t.Errorf("%s: %s has the forms %v", language, key, got)
			}
		}
	}
}

// A word of ours that Slack would take for something else: links, mentions and entities are made by the code alone, and
// bold begins and ends at a space or ASCII sign, or Slack shows its stars.
func TestWordsHoldNothingThatSlackTakesForSomethingElse(t *testing.T) {
	outside := regexp.MustCompile(`^$|^[\s"'().,;:!?/\x{2026}-]$`)
	bold := regexp.MustCompile(`\*[^*\n]+\*`)
	for _, language := range []string{"en", "zh"} {
		for key, forms := range messages(t, language) {
			for _, text := range forms {
				plainText := regexp.MustCompile(`\{\{.*?\}\}`).ReplaceAllString(text, "x")
				if strings.ContainsAny(plainText, "<>&") {
					t.Errorf("%s %s: %q", language, key, text)
				}
				runes := []rune(plainText)
				for _, at := range bold.FindAllStringIndex(plainText, -1) {
					begin, end := len([]rune(plainText[:at[0]])), len([]rune(plainText[:at[1]]))
					before, after := "", ""
					if begin > 0 {
						before = string(runes[begin-1])
					}
					if end < len(runes) {
						after = string(runes[end])
					}
					if !outside.MatchString(before) || !outside.MatchString(after) {
						t.Errorf("%s %s: %q is not bold in Slack", language, key, plainText[at[0]:at[1]])
					}
				}
			}
		}
	}
}

// Every key is used: each message is loaded as its own key, everything is drawn, and the keys that show are counted.
func TestEveryKeyIsUsedByADrawing(t *testing.T) {
	en := messages(t, "en")
	marked := map[string]map[string]string{}
	for key, forms := range en {
		marked[key] = map[string]string{}
		for form := range forms {
			marked[key][form] = "⟦" + key + "⟧" + strings.Join(calls(forms), "")
		}
	}
	body, err := yaml.Marshal(marked)
	if err != nil {
		t.Fatal(err)
	}
	v, err := load(fstest.MapFS{"locales/active.en.yaml": {Data: body}, "locales/active.zh.yaml": {Data: body}}, "/coupon")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	shown := regexp.MustCompile(`⟦([a-zA-Z_.]+)`) // the closing bracket may be cut off, and so may the key's end
	for _, d := range allDrawings(t) {
		for _, text := range textsOf(d.draw(v, readers(t)["en"])) {
			for _, m := range shown.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
			}
		}
	}
	for key := range en {
		if !used[key] && !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(k string) bool { return len(k) >= 20 && strings.HasPrefix(key, k) }) {
			t.Errorf("%s is never shown", key)
		}
	}
}

// calls are the placeholders of all forms, so that sentences within sentences show too.
func calls(forms map[string]string) []string {
	var out []string
	for _, name := range placeholders(forms) {
		out = append(out, "{{"+name+"}}")
	}
	return out
}

func TestNothingIsLeftBlankOrUnfilled(t *testing.T) {
	v := newViews(t)
	for language, reader := range readers(t) {
		for _, d := range allDrawings(t) {
			for _, text := range textsOf(d.draw(v, reader)) {
				if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.TrimSpace(text) == "" || strings.Contains(text, "%!") {
					t.Errorf("%s, %s, %s: %q", language, d.group, d.name, text)
				}
				if key := regexp.MustCompile(`(about|import|people|refusal|reason|standing|state|label|button|next|grant|lasts|figures|dryrun|rhythm|problem|slot|ended|series)\.[a-z]`).FindString(text); key != "" {
					t.Errorf("%s, %s, %s shows a key: %q", language, d.group, d.name, text)
				}
			}
		}
	}
}

func TestEveryRefusalHasACaseAndWords(t *testing.T) {
	cases := map[commands.Code]bool{}
	for _, x := range refusals() {
		cases[x.Code] = true
	}
	en := messages(t, "en")
	for _, code := range constants(t, "../../commands", "", "Code") {
		if !cases[commands.Code(code)] {
			t.Errorf("refusal %s has no case in the golden files", code)
		}
		if en["refusal."+code+".what"] == nil || en["refusal."+code+".do"] == nil {
			t.Errorf("refusal %s has no words", code)
		}
	}
}

func TestEveryWordOfTheLedgerHasWords(t *testing.T) {
	en := messages(t, "en")
	need := func(prefix string, words ...string) {
		t.Helper()
		for _, w := range words {
			if en[prefix+w] == nil {
				t.Errorf("%s%s has no words", prefix, w)
			}
		}
	}
	need("state.", constants(t, "../../store", "", "SendState")...)
	need("state.", constants(t, "../../store", "", "GrantState")...)
	need("period.", constants(t, "../../store", "", "Period")...)
	need("limit.of.", constants(t, "../../store", "Limit", "")...)
	need("this.", constants(t, "../../store", "", "Period")...)
	need("step.", slices.DeleteFunc(constants(t, "../../store", "Step", ""), func(kind string) bool { return kind == store.StepReminder })...)
	need("reply.decided_", constants(t, "../../store", "", "Verdict")...)
	need("form.", constants(t, "../../commands", "Field", "")...)
	need("alert.head.", constants(t, "../../store", "Alert", "")...)
	need("alert.summary.", constants(t, "../../store", "Alert", "")...)
	need("held.", constants(t, "../../store", "Held", "")...)
	need("held.act.", constants(t, "../../store", "Held", "")...)
	need("find.as.", constants(t, "../../commands", "Find", "")...)
	need("find.kind.", constants(t, "../../commands", "Find", "")...)
	need("form.", campaignFields()...)
	need("problem.", suffixed(constants(t, "../../commands", "", "ProblemCode"), ".what", ".do")...)
	need("import.fault.", suffixed(append(constants(t, "../../commands/importing", "", "Code"), constants(t, "../../commands/lists", "", "Unfit")...), ".what", ".do")...)
	need("right.", constants(t, "../../commands", "", "Right")...)
	for _, w := range constants(t, "../../store", "Reason", "") {
		need("reason."+w+".", "means", "act")
	}
}

// suffixed are all words with each of the endings.
func suffixed(words []string, endings ...string) (out []string) {
	for _, w := range words {
		for _, ending := range endings {
			out = append(out, w+ending)
		}
	}
	return out
}

func TestEverySendStateAndReplyHasACase(t *testing.T) {
	states := map[store.SendState]bool{}
	for _, f := range sends() {
		states[f.Send.State] = true
	}
	for _, s := range store.SendStates() {
		if !states[s] {
			t.Errorf("no case for a send that is %s", s)
		}
	}
	drawn := map[string]bool{"commands.Confirm": true, "commands.Status": true, "commands.Home": true}
	for _, r := range approvalReplies() {
		drawn[fmt.Sprintf("%T", r)] = true
	}
	for _, r := range replies() {
		drawn[fmt.Sprintf("%T", r)] = true
	}
	for _, r := range campaignReplies() {
		drawn[fmt.Sprintf("%T", r)] = true
	}
	for _, r := range audienceReplies() {
		drawn[fmt.Sprintf("%T", r)] = true
	}
	for _, r := range lookups() {
		drawn[fmt.Sprintf("%T", r)] = true
	}
	for _, name := range replyTypes(t) {
		if !drawn["commands."+name] {
			t.Errorf("no case for the reply %s", name)
		}
	}
}

func TestAnUnknownLanguageReadsEnglish(t *testing.T) {
	v := newViews(t)
	for language, want := range map[string]string{"": "Nothing was sent", "fr": "Nothing was sent", "en-GB": "Nothing was sent", "zh": "没有发放", "zh-CN": "没有发放", "ZH_tw": "没有发放"} {
		if got := v.Reply(Reader{Language: language}, commands.Discarded{}).Text; !strings.Contains(got, want) {
			t.Errorf("%q reads %q", language, got)
		}
	}
}

func TestViewsMayBeUsedByManyAtOnce(t *testing.T) {
	v := newViews(t)
	all := allDrawings(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, r := range []Reader{{Language: "en", Now: now}, {Language: "zh", Now: now}} {
				for _, d := range all[:40] {
					if d.draw(v, r).Text == "" {
						t.Errorf("%s, %s has no text", d.group, d.name)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestALanguageThatCannotBeReadIsAnError(t *testing.T) {
	good := &fstest.MapFile{Data: []byte("copy: x")}
	for name, files := range map[string]fstest.MapFS{
		"missing": {"locales/active.en.yaml": good},
		"damaged": {"locales/active.en.yaml": good, "locales/active.zh.yaml": {Data: []byte("copy: [")}},
	} {
		if _, err := load(files, ""); err == nil {
			t.Errorf("a %s language was loaded", name)
		}
	}
}
