package lists

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// said are the reasons in the two languages of those who read files of bad rows.
var said = map[Why][2]string{
	Empty:        {"no openid in this row", "这一行没有 openid"},
	BadCharacter: {"a character that no openid has: %s", "含有 openid 中不会出现的字符：%s"},
	TooLong:      {"longer than an openid can be", "超过 openid 的最大长度"},
	Scientific:   {"Excel made a number of it; set the column to Text and fill it in anew", "Excel 把它变成了数字；请将该列设为“文本”后重新填写"},
	Heading:      {"the name of a column", "这是列名"},
	OpenQuote:    {"a quote that does not end", "引号没有结束"},
	EndlessLine:  {"a line that is too long", "这一行太长"},
}

// English is the reason of a bad row in words.
func (r Row) English() string { return r.say(0) }

// Chinese is the same.
func (r Row) Chinese() string { return r.say(1) }

func (r Row) say(language int) string {
	words := said[r.Why][language]
	if r.Why == BadCharacter {
		return fmt.Sprintf(words, r.Stray)
	}
	return words
}

// BadRows writes bad rows as a CSV file that Excel opens as it is meant: UTF-8 with its mark, lines that end with CRLF,
// and nothing that a spreadsheet would run.
type BadRows struct {
	to  io.Writer
	out *csv.Writer
}

// NewBadRows begins such a file with the first row.
func NewBadRows(to io.Writer) *BadRows { return &BadRows{to: to} }

// Write adds a row of a file of that name.
func (b *BadRows) Write(file string, r Row) error {
	if b.out == nil {
		if _, err := b.to.Write([]byte("\xef\xbb\xbf")); err != nil {
			return fmt.Errorf("write down bad rows: %w", err)
		}
		b.out = csv.NewWriter(b.to)
		b.out.UseCRLF = true
		if err := b.out.Write([]string{"file", "line", "why", "原因", "openid", "note"}); err != nil {
			return fmt.Errorf("write down bad rows: %w", err)
		}
	}
	err := b.out.Write([]string{harmless(file), strconv.FormatInt(r.Line, 10), r.English(), r.Chinese(), harmless(r.OpenID), harmless(r.Note)})
	if err != nil {
		return fmt.Errorf("write down bad rows: %w", err)
	}
	return nil
}

// Close writes what is left.
func (b *BadRows) Close() error {
	if b.out == nil {
		return nil
	}
	b.out.Flush()
	return b.out.Error()
}

// harmless puts an apostrophe before a text that a spreadsheet would take for a formula (OWASP, CSV injection).
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
