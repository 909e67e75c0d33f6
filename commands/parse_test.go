package commands

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func texts(tokens []token) []string {
	out := []string{}
	for _, t := range tokens {
		out = append(out, t.text)
	}
	return out
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing is no words", "", []string{}},
		{"spaces alone are no words", " \t\n　\u00a0", []string{}},
		{"words are split at any white space", "a  b\nc\u00a0d　e\u2009f", []string{"a", "b", "c", "d", "e", "f"}},
		{"quotes keep a text together", `a "b c" d`, []string{"a", "b c", "d"}},
		{"smart quotes do too", "a “b c” d", []string{"a", "b c", "d"}},
		{"full-width quotes do too", "a ＂b c＂ d", []string{"a", "b c", "d"}},
		{"single quotes do at the start of a word", "a 'b c' d", []string{"a", "b c", "d"}},
		{"smart single quotes do too", "a ‘b c’ d", []string{"a", "b c", "d"}},
		{"a text opened by a smart quote may end in a plain one", "“b c\" d", []string{"b c", "d"}},
		{"a text opened by a plain quote may end in a smart one", "\"b c” d", []string{"b c", "d"}},
		{"smart quotes may stand inside plain ones", `"客户说 “太 晚” 了" d`, []string{"客户说 “太 晚” 了", "d"}},
		{"an apostrophe is part of its word", "it's don’t", []string{"it's", "don’t"}},
		{"an apostrophe does not end a single-quoted text", "'it's late' d", []string{"it's late", "d"}},
		{"an empty quoted text is a word", `a "" b`, []string{"a", "", "b"}},
		{"a quote inside a word goes on", `--note="b c"d`, []string{"--note=b cd"}},
		{"a backslash keeps a quote", `"a \"b\" c" \"d`, []string{`a "b" c`, `"d`}},
		{"a backslash keeps a backslash", `"a\\" b`, []string{`a\`, "b"}},
		{"a backslash before anything else is itself", `a\b "c\d"`, []string{`a\b`, `c\d`}},
		{"a line break inside quotes is a space", "\"a\nb\"", []string{"a b"}},
		{"zero-width characters leave no mark", "a\u200bb \ufeffc \u200b d\u2060", []string{"ab", "c", "d"}},
		{"direction marks and controls leave no mark", "a\u202eb\x00c\x1b", []string{"abc"}},
		{"what Slack escaped is undone once", "a&amp;lt; &lt;b&gt;", []string{"a&lt;", "<b>"}},
		{"a mention stays whole with its label", "<@U123|wei gong> <#C1|late ones> x", []string{"<@U123|wei gong>", "<#C1|late ones>", "x"}},
		{"a mention without a label stays whole", "<@U123>", []string{"<@U123>"}},
		{"a group and a link stay whole", "<!subteam^S1|@a b> <https://a.b/c|a b>", []string{"<!subteam^S1|@a b>", "<https://a.b/c|a b>"}},
		{"a plain less-than splits as usual", "<@u a", []string{"<@u", "a"}},
		{"a half of a character is not lost silently", "a\xff", []string{"a\uFFFD"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, refusal := split(c.text)
			if refusal != nil {
				t.Fatal(refusal)
			}
			if d := cmp.Diff(c.want, texts(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestALineThatIsMuchTooLongIsRefused(t *testing.T) {
	_, refusal := parse("send "+strings.Repeat("x", maxLine), rules)
	if refusal == nil || refusal.Code != TextTooLong || refusal.Number != maxLine {
		t.Errorf("got %+v", refusal)
	}
}

func TestAnOpenQuoteIsRefusedWithItsText(t *testing.T) {
	for _, text := range []string{`a "b c`, "a “b\n c", `a "b c\"`, "a 'b c", `a="b c`} {
		_, refusal := split(text)
		if refusal == nil || refusal.Code != OpenQuote || !strings.Contains(refusal.Word, "b c") || strings.HasPrefix(refusal.Word, "a") {
			t.Errorf("%q: got %+v", text, refusal)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		verb       string
		args       []string
		flags      map[string]string
	}{
		{"nothing", "", "", nil, nil},
		{"a verb in any case", "SeND", "send", nil, map[string]string{}},
		{"a verb in full-width letters", "ｓｅｎｄ x", "send", []string{"x"}, map[string]string{}},
		{"a flag with its value", "send x --reason late y", "send", []string{"x", "y"}, map[string]string{"reason": "late"}},
		{"a flag with an equals sign", "send --reason=late=r", "send", nil, map[string]string{"reason": "late=r"}},
		{"a full-width equals sign", "send --reason＝late", "send", nil, map[string]string{"reason": "late"}},
		{"a full-width colon", "send --reason：late", "send", nil, map[string]string{"reason": "late"}},
		{"an em dash", "send —reason late", "send", nil, map[string]string{"reason": "late"}},
		{"an en dash", "send –reason late", "send", nil, map[string]string{"reason": "late"}},
		{"a Chinese dash", "send ——reason late", "send", nil, map[string]string{"reason": "late"}},
		{"full-width hyphens", "send －－reason late", "send", nil, map[string]string{"reason": "late"}},
		{"one hyphen before a name it knows", "send -reason late", "send", nil, map[string]string{"reason": "late"}},
		{"one hyphen before anything else is a word", "send -oABC", "send", []string{"-oABC"}, map[string]string{}},
		{"flags in any case and width", "send --ＲＥason late", "send", nil, map[string]string{"reason": "late"}},
		{"a quoted value", `send --note "two words" x`, "send", []string{"x"}, map[string]string{"note": "two words"}},
		{"a quoted value behind an equals sign", `send --note=“two words” x`, "send", []string{"x"}, map[string]string{"note": "two words"}},
		{"a quoted text is never a flag", `send "--reason" late`, "send", []string{"--reason", "late"}, map[string]string{}},
		{"a quoted value may look like a flag", `send --note "--reason"`, "send", nil, map[string]string{"note": "--reason"}},
		{"a dash alone is a word", "send — x", "send", []string{"—", "x"}, map[string]string{}},
		{"a value may begin with one hyphen", "send --ticket -5", "send", nil, map[string]string{"ticket": "-5"}},
		{"free text holds no flags", "stop 坏了 —— --note 快停", "stop", []string{"坏了", "——", "--note", "快停"}, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, refusal := parse(c.text, rules)
			if refusal != nil {
				t.Fatal(refusal)
			}
			var args []string
			for _, a := range l.args {
				args = append(args, a.text)
			}
			if l.verb != c.verb || !cmp.Equal(args, c.args) || !cmp.Equal(l.flags, c.flags) {
				t.Errorf("got %q %q %v", l.verb, args, l.flags)
			}
		})
	}
}

func TestFlagsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       Code
		word       string
	}{
		{"an unknown one", "send x --why y", UnknownFlag, "--why"},
		{"two hyphens and no name", "send x -- y", UnknownFlag, "--"},
		{"any flag of a verb without flags", "status S1 --reason late", UnknownFlag, "--reason"},
		{"one at the end without its value", "send x --note", FlagWithoutValue, "--note"},
		{"one before another", "send x --note --ticket T-1", FlagWithoutValue, "--note"},
		{"one with an empty text", `send x --note ""`, FlagWithoutValue, "--note"},
		{"one with nothing behind its equals sign", "send x --note= y", FlagWithoutValue, "--note"},
		{"the same twice", "send --note a --note=b", FlagTwice, "--note"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, refusal := parse(c.text, rules)
			if refusal == nil || refusal.Code != c.code || refusal.Word != c.word {
				t.Errorf("got %+v", refusal)
			}
		})
	}
}

func TestOpenIDs(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
		twice      int
	}{
		{"spaces and line breaks", "oA oB\noC", []string{"oA", "oB", "oC"}, 0},
		{"commas of every kind", "oA,oB，oC、oD;oE；oF, oG", []string{"oA", "oB", "oC", "oD", "oE", "oF", "oG"}, 0},
		{"commas alone name nobody", "oA , ，", []string{"oA"}, 0},
		{"one quoted list", `"oA oB"`, nil, 0},
		{"quotes around each", `'oA','oB' “oC”`, []string{"oA", "oB", "oC"}, 0},
		{"code marks", "`oA` ```\noB\n``` `oC oD`", []string{"oA", "oB", "oC", "oD"}, 0},
		{"bold", "*oA* `*oB*`", []string{"oA", "oB"}, 0},
		{"invisible characters around, not in", "\u200boA\u200b,\ufeffoB", []string{"oA", "oB"}, 0},
		{"underscores and hyphens belong to it", "_oA_ -oB-", []string{"_oA_", "-oB-"}, 0},
		{"the same again, and again", "oA oB oA oA,oB", []string{"oA", "oB"}, 2},
		{"other case is another customer", "oA oa", []string{"oA", "oa"}, 0},
		{"128 characters", strings.Repeat("a", 128), []string{strings.Repeat("a", 128)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			words, refusal := split(c.text)
			if refusal != nil {
				t.Fatal(refusal)
			}
			ids, twice, refusal := openIDs(words)
			if (refusal != nil) != (c.want == nil) {
				t.Fatalf("got %+v", refusal)
			}
			if !cmp.Equal(ids, c.want) || twice != c.twice {
				t.Errorf("got %q and %d twice", ids, twice)
			}
		})
	}
}

func TestOpenIDsAreNeverRepaired(t *testing.T) {
	for text, stray := range map[string]string{
		"oA\u200bB": "U+200B", "oA\u00adB": "U+00AD", "oＡB": "Ａ", "oUpF****Wes6": "*", "oUpF****": "*", "oA…": "…", "oA.B": ".", "oA–B": "–",
		"o中": "中", "<@U1|wei>": "<", strings.Repeat("a", 129): "", "oA\xffB": "U+FFFD", `oA"oB"`: `"`, `"oA"oB`: `"`, `oA\"B`: `\`, `"oA","oB"oC`: `"`, `oA""`: `"`, "oA\u202eB": "U+202E", "*oA": "*",
	} {
		words, refusal := split(text)
		if refusal != nil {
			t.Fatal(refusal)
		}
		if ids, _, refusal := openIDs(words); refusal == nil || refusal.Code != BadOpenID || refusal.Text != stray {
			t.Errorf("%q: got %q, %+v", text, ids, refusal)
		}
	}
}

// slackEscaped is what Slack does to a text on its way to us.
var slackEscaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "send sorry-10 oABC --reason late --note “太晚了”", `a "b\"c" 'd e' \\ <@U1|x y> &amp;lt;`, "—note＝\u200b'x y', ``` \x00\xff",
		"send sorry-10 'oA','oB' ——value：５．００", `"`, `\`, "'", "=\"\"", "“”„‟＂'‘’‚‛＇", "--", "—", "<@U1|\u202e>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxLine {
			return
		}
		tokens, refusal := split(text)
		if refusal != nil {
			if refusal.Code != OpenQuote || refusal.Word == "" {
				t.Fatalf("refused with %+v", refusal)
			}
			return
		}
		var line []string
		for _, token := range tokens {
			if strings.ContainsFunc(token.text, func(r rune) bool { return invisible(r) || unicode.IsSpace(r) && r != ' ' }) {
				t.Errorf("%q holds what nobody sees", token.text)
			}
			if token.text == "" && !token.quoted {
				t.Errorf("an empty word out of %q", text)
			}
			line = append(line, quote(token.text))
		}
		again, refusal := split(slackEscaped(strings.Join(line, " ")))
		if refusal != nil {
			t.Fatalf("%q: quoted as %q it is refused: %+v", text, line, refusal)
		}
		if d := cmp.Diff(texts(tokens), texts(again)); d != "" {
			t.Errorf("%q: quoted as %q it reads otherwise: %s", text, line, d)
		}
		l, refusal := parse(text, rules)
		for name, value := range l.flags {
			if strings.TrimSpace(value) == "" || name == "" {
				t.Errorf("%q: flag %q is %q", text, name, value)
			}
		}
		if refusal == nil {
			ids, _, refusal := openIDs(l.args)
			for _, id := range ids {
				if refusal == nil && !openID.MatchString(id) || !strings.Contains(text, id) {
					t.Errorf("%q: %q was made up", text, id)
				}
			}
		}
	})
}
