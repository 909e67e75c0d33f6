package lists_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"couponbot/commands/lists"
)

// read reads a whole list.
func read(file []byte) ([]lists.Row, error) {
	l, err := lists.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	defer l.Close()
	var rows []lists.Row
	for r, err := range l.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// is reads a list that must be one.
func is(t *testing.T, file string, want []lists.Row) {
	t.Helper()
	rows, err := read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const (
	one   = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
	two   = "oUpF8uN95-Ptaags6E_roPHg7AG0"
	three = "oUpF8uDErfGtMHB5B5K_1qPKzyYE"
)

// Every encoding, with every separator, with and without headings, with every end of line.
func TestFilesAsPeopleSaveThem(t *testing.T) {
	encodings := map[string]func(string) string{
		"UTF-8":               func(s string) string { return s },
		"UTF-8 with its mark": func(s string) string { return "\ufeff" + s },
		"GBK":                 encoded(t, simplifiedchinese.GBK),
		"GB18030":             encoded(t, simplifiedchinese.GB18030),
		"Unicode text":        encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)),
		"UTF-16 big endian":   encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)),
		"UTF-16 without mark": encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)),
	}
	for name, encode := range encodings {
		for _, separator := range []string{",", ";", "\t"} {
			for _, ending := range []string{"\n", "\r\n", "\r"} {
				t.Run(fmt.Sprintf("%s %q %q", name, separator, ending), func(t *testing.T) {
					row := func(cells ...string) string { return strings.Join(cells, separator) + ending }
					quoted := `"说""` + separator + `他"`
					is(t, encode(row("序号", "用户openid", "备注")+row("1", one, "老客户")+row("2", two, quoted)+row("", "", "")+row("3", "o坏", "")), []lists.Row{
						{Line: 2, OpenID: one, Note: "老客户"},
						{Line: 3, OpenID: two, Note: `说"` + strings.ReplaceAll(separator, "\t", " ") + `他`},
						{Line: 5, OpenID: "o坏", Why: lists.BadCharacter, Stray: "坏"},
					})
					is(t, encode(row("1", one, "老客户")+row("2", two, "新客户")), []lists.Row{{Line: 1, OpenID: one}, {Line: 2, OpenID: two}})
				})
			}
		}
	}
}

func encoded(t *testing.T, e encoding.Encoding) func(string) string {
	return func(s string) string {
		out, err := e.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func TestWhereTheColumnIs(t *testing.T) {
	tests := []struct {
		sentence string
		file     string
		want     []lists.Row
	}{
		{"one column without a heading", one + "\n" + two, []lists.Row{{Line: 1, OpenID: one}, {Line: 2, OpenID: two}}},
		{"short ids without a heading", "oABC\noDEF\n", []lists.Row{{Line: 1, OpenID: "oABC"}, {Line: 2, OpenID: "oDEF"}}},
		{"a heading in capitals, with spaces", " Open ID \noABC\n", []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"a heading in full width", "ＯＰＥＮＩＤ\noABC\n", []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"a heading with what people add to it", "openid（必填）,x\noABC,1\n", []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"openid beats wx_openid", "wx_openid,openid\noDEF,oABC\n", []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"a unionid is no openid", "unionid,openid\no6_bmasdasdsad6_2sgVt7hMZOPfL," + one + "\n", []lists.Row{{Line: 2, OpenID: one}}},
		{"a title above the headings", "三月活动名单\n\nopenid,note\noABC,hi\n", []lists.Row{{Line: 4, OpenID: "oABC", Note: "hi"}}},
		{"Excel's line about the separator", "sep=;\nopenid;note\noABC;a,b\n", []lists.Row{{Line: 3, OpenID: "oABC", Note: "a,b"}}},
		{"the ids stand in the last column", "1,li," + one + "\n2,wang," + two + "\n", []lists.Row{{Line: 1, OpenID: one}, {Line: 2, OpenID: two}}},
		{"a heading that says nothing is a bad row", "customer\n" + one + "\n", []lists.Row{
			{Line: 1, OpenID: "customer", Why: lists.Heading}, {Line: 2, OpenID: one}}},
		{"two files one behind the other", "openid\noABC\nopenid\noDEF\n", []lists.Row{
			{Line: 2, OpenID: "oABC"}, {Line: 3, OpenID: "openid", Why: lists.Heading}, {Line: 4, OpenID: "oDEF"}}},
		{"a customer stands above what looks like a heading", "oABC\nopenid\n", []lists.Row{{Line: 1, OpenID: "oABC"}, {Line: 2, OpenID: "openid", Why: lists.Heading}}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) { is(t, tt.file, tt.want) })
	}
}

func TestBadRows(t *testing.T) {
	long := strings.Repeat("o", 129)
	tests := []struct {
		sentence string
		row      string
		want     []lists.Row // from line 2 on; a good row follows
	}{
		{"an id in quotes", `"oABC",x`, []lists.Row{{Line: 2, OpenID: "oABC", Note: "x"}}},
		{"an id in quotes and spaces", ` "oABC" ,x`, []lists.Row{{Line: 2, OpenID: "oABC", Note: "x"}}},
		{"Excel's apostrophe", `'oABC,`, []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"a formula that keeps a text", `"=""oABC""",`, []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"spaces that are none", "\u00a0\u3000oABC\u200b,", []lists.Row{{Line: 2, OpenID: "oABC"}}},
		{"a note over two lines", "oABC,\"a\r\nb\"", []lists.Row{{Line: 2, OpenID: "oABC", Note: "a  b"}}},
		{"no openid", ",somebody", []lists.Row{{Line: 2, Note: "somebody", Why: lists.Empty}}},
		{"what programs write for nothing", "NULL,", []lists.Row{{Line: 2, OpenID: "NULL", Why: lists.Empty}}},
		{"too few columns", `" "`, nil},
		{"an invisible character inside", "oA\u200bBC,", []lists.Row{{Line: 2, OpenID: "oA\u200bBC", Why: lists.BadCharacter, Stray: "U+200B"}}},
		{"a masked id", "oABC…DEF,", []lists.Row{{Line: 2, OpenID: "oABC…DEF", Why: lists.BadCharacter, Stray: "…"}}},
		{"full-width letters", "ｏＡＢＣ,", []lists.Row{{Line: 2, OpenID: "ｏＡＢＣ", Why: lists.BadCharacter, Stray: "ｏ"}}},
		{"an error of Excel", "#N/A,", []lists.Row{{Line: 2, OpenID: "#N/A", Why: lists.BadCharacter, Stray: "#"}}},
		{"128 characters are an id", long[1:] + ",", []lists.Row{{Line: 2, OpenID: long[1:]}}},
		{"129 are not", long + ",", []lists.Row{{Line: 2, OpenID: long, Why: lists.TooLong}}},
		{"scientific notation", "1.23457E+27,", []lists.Row{{Line: 2, OpenID: "1.23457E+27", Why: lists.Scientific}}},
		{"scientific notation that has only characters of ids", "5E10,", []lists.Row{{Line: 2, OpenID: "5E10", Why: lists.Scientific}}},
		{"more digits than Excel keeps", "1234567890123450000,", []lists.Row{{Line: 2, OpenID: "1234567890123450000", Why: lists.Scientific}}},
		{"a stray quote in a note", `oABC,5" screen`, []lists.Row{{Line: 2, OpenID: "oABC", Note: `5" screen`}}},
		{"a quote that does not end costs its line only", `"oABC,x`, []lists.Row{{Line: 2, OpenID: `"oABC,x`, Why: lists.OpenQuote}}},
		{"quotes that enclose other rows", "\"oABC,x\noDEF\"", []lists.Row{{Line: 2, OpenID: `"oABC,x`, Why: lists.OpenQuote}, {Line: 3, OpenID: "oDEF"}}},
		{"a line without end", strings.Repeat("x", 1<<20), []lists.Row{{Line: 2, OpenID: strings.Repeat("x", 199) + "…", Why: lists.EndlessLine}}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			ends := int64(strings.Count(tt.row, "\n") + 1)
			is(t, "openid,note\n"+tt.row+"\n"+one+",next", append(tt.want, lists.Row{Line: 2 + ends, OpenID: one, Note: "next"}))
		})
	}
}

func TestNoLists(t *testing.T) {
	tests := []struct {
		sentence string
		file     string
		why      lists.Unfit
		text     string
	}{
		{"an empty file", "", lists.NothingInIt, ""},
		{"nothing but separators", ";;\n;;\n\n", lists.NothingInIt, ""},
		{"prose", "Dear team,\nthe list will follow on Monday.\n", lists.NoColumn, ""},
		{"names and telephone numbers", "name,phone\nLi,13800000000\n", lists.NoColumn, ""},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", lists.NotText, ""},
		{"a sign-in page", "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", lists.NoColumn, ""},
		{"an archive that is no workbook", "PK\x03\x04 and so on", lists.Damaged, ""},
		{"a workbook of 2003", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), lists.OldExcel, ""},
		{"a workbook with a password", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1<<20-20) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", lists.Protected, ""},
		{"two columns of one name", "openid,openid\noABC,oDEF\n", lists.TwoColumns, "openid, openid"},
		{"two columns that could be meant", one + "," + two + "\n" + two + "," + three + "\n", lists.TwoColumns, "A, B"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			rows, err := read([]byte(tt.file))
			no, ok := errors.AsType[*lists.NoList](err)
			if !ok || no.Why != tt.why || no.Text != tt.text {
				t.Errorf("got %v and %v, want %s %q", rows, err, tt.why, tt.text)
			}
		})
	}
}

// Ten thousand rows, each spoilt in one of many ways, between good ones: each is told with its line, and no good one is lost.
func TestTenThousandMalformedRows(t *testing.T) {
	spoil := []func(id string) (string, lists.Why){
		func(id string) (string, lists.Why) { return id[:9] + " " + id[9:], lists.BadCharacter },
		func(id string) (string, lists.Why) { return id + "。", lists.BadCharacter },
		func(id string) (string, lists.Why) { return strings.Repeat(id, 5), lists.TooLong },
		func(id string) (string, lists.Why) { return "6.02E+23", lists.Scientific },
		func(id string) (string, lists.Why) { return "null,x", lists.Empty },
		func(id string) (string, lists.Why) { return ",only a note", lists.Empty },
		func(id string) (string, lists.Why) { return `"` + id, lists.OpenQuote },
		func(id string) (string, lists.Why) { return id + "\x80\xff", lists.BadCharacter },
		func(id string) (string, lists.Why) { return "OPENID,备注", lists.Heading },
		func(id string) (string, lists.Why) { return strings.Repeat(id+"|", 2000), lists.EndlessLine },
	}
	random := rand.New(rand.NewPCG(5, 50))
	var file strings.Builder
	var want []lists.Row
	file.WriteString("openid,备注\r\n")
	line := int64(1)
	for bad := 0; bad < 10_000; line++ {
		id := fmt.Sprintf("oUpF8u%020d", line)
		if random.IntN(2) == 0 {
			file.WriteString(id + ",\r\n")
			want = append(want, lists.Row{Line: line + 1, OpenID: id})
			continue
		}
		row, why := spoil[random.IntN(len(spoil))](id)
		file.WriteString(row + "\r\n")
		want = append(want, lists.Row{Line: line + 1, Why: why})
		bad++
	}
	got, err := read([]byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Why != "" {
			if got[i].English() == "" || got[i].Chinese() == "" {
				t.Fatalf("no words for %s", got[i].Why)
			}
			got[i] = lists.Row{Line: got[i].Line, Why: got[i].Why}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff[:min(len(diff), 2000)])
	}
}
