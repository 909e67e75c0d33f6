package operate

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// A cell is one value of a row: text, or what is JSON already. An empty text is an absent value.
type cell struct {
	text string
	json bool
}

func text(s string) cell { return cell{text: s} }

func raw(j json.RawMessage) cell { return cell{text: string(j), json: true} }

// A table writes rows in one of the two formats.
type table interface {
	names(columns []string)
	row(cells []cell) error
	end() error
}

func newTable(format string, out io.Writer) table {
	if format == "jsonl" {
		return &lines{out: out}
	}
	return &sheet{out: csv.NewWriter(out)}
}

// A sheet is CSV with a header (RFC 4180, lines end with LF).
type sheet struct {
	out    *csv.Writer
	header []string
	record []string
}

func (s *sheet) names(columns []string) { s.header = columns }

func (s *sheet) row(cells []cell) error {
	if err := s.begin(); err != nil {
		return err
	}
	s.record = s.record[:0]
	for _, c := range cells {
		value := c.text
		if !c.json {
			value = harmless(value)
		}
		s.record = append(s.record, value)
	}
	return s.out.Write(s.record)
}

// begin writes the header, which an export without rows has too.
func (s *sheet) begin() error {
	if s.header == nil {
		return nil
	}
	header := s.header
	s.header = nil
	return s.out.Write(header)
}

func (s *sheet) end() error {
	if err := s.begin(); err != nil {
		return err
	}
	s.out.Flush()
	return s.out.Error()
}

// harmless puts an apostrophe before a text that a spreadsheet would take for a formula (OWASP, CSV injection): notes,
// tickets and WeChat Pay's messages are other people's words, and finance opens these files in Excel. JSON lines hold the
// words as they are.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

// lines is one JSON object a line, its keys in the order of the columns; what is absent is left out.
type lines struct {
	out     io.Writer
	columns []string
	line    []byte
}

func (l *lines) names(columns []string) { l.columns = columns }

func (l *lines) row(cells []cell) error {
	l.line = append(l.line[:0], '{')
	for i, c := range cells {
		if c.text == "" {
			continue
		}
		if len(l.line) > 1 {
			l.line = append(l.line, ',')
		}
		l.line = append(append(append(l.line, '"'), l.columns[i]...), `":`...)
		if c.json {
			l.line = append(l.line, c.text...)
			continue
		}
		l.line = append(l.line, quote(c.text)...)
	}
	l.line = append(l.line, "}\n"...)
	_, err := l.out.Write(l.line)
	return err
}

func (l *lines) end() error { return nil }

// quote is a text as JSON, with nothing escaped for HTML.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // no string fails
	}
	return strings.TrimSuffix(b.String(), "\n")
}
