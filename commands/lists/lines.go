package lists

import (
	"bytes"
	"io"
)

const (
	mostBytes = 32 << 10 // of one record
	mostLines = 40       // of one cell: a note may have some
	shownText = 200      // characters of a line that is no record
)

// lines takes CSV apart (RFC 4180, and what programs make of it: stray quotes, any end of line), holding no more than a
// few records in memory. What is larger than mostBytes or has mostLines lines in a cell is no record: its first line is
// bad, and the next one begins a new record.
type lines struct {
	in         io.Reader
	separator  byte
	chinese    bool // GBK
	buf        []byte
	start, end int // what is not read yet
	eof        bool
	line       int64 // that buf[start] is in
	last       int   // where the record before began
	lastLine   int64
	cells      [][]byte
	unescaped  []byte // cells that had quotes in them
}

func newLines(in io.Reader, separator byte, chinese bool) *lines {
	return &lines{in: in, separator: separator, chinese: chinese, buf: make([]byte, 8*mostBytes)}
}

func (l *lines) close() {}

func (l *lines) next() (record, error) {
	if err := l.fill(); err != nil {
		return record{}, err
	}
	if l.line == 0 {
		l.begin()
	}
	if l.start == l.end {
		return record{}, io.EOF
	}
	l.last, l.lastLine = l.start, l.line
	window := l.buf[l.start:min(l.start+mostBytes, l.end)]
	n, ends, why := l.split(window, l.eof && l.start+len(window) == l.end)
	if why != "" {
		return l.giveUp(why)
	}
	l.start += n
	l.line += ends
	for i, c := range l.cells {
		l.cells[i] = l.decoded(c)
	}
	return record{line: l.lastLine, cells: l.cells}, nil
}

// fill sees to it that a whole record is in the buffer, or the rest of the file.
func (l *lines) fill() error {
	if l.eof || l.end-l.start >= mostBytes {
		return nil
	}
	l.end = copy(l.buf, l.buf[l.start:l.end])
	l.start = 0
	for !l.eof && l.end < len(l.buf) {
		n, err := l.in.Read(l.buf[l.end:])
		l.end += n
		if err == io.EOF {
			l.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// begin skips what only programs read: the mark of UTF-8, and the line by which Excel is told the separator.
func (l *lines) begin() {
	l.line = 1
	rest := bytes.TrimPrefix(l.buf[:l.end], []byte("\xef\xbb\xbf"))
	l.start = l.end - len(rest)
	if hint := []byte("sep="); len(rest) > len(hint) && bytes.EqualFold(rest[:len(hint)], hint) {
		if n, size := lineEnd(rest); n == len(hint)+1 {
			l.start += n + size
			l.line++
		}
	}
}

// lineEnd is where the first line of b ends, and how long its end is: 0 when b has none.
func lineEnd(b []byte) (at, size int) {
	at = bytes.IndexAny(b, "\r\n")
	switch {
	case at < 0:
		return len(b), 0
	case b[at] == '\r' && at+1 < len(b) && b[at+1] == '\n':
		return at, 2
	}
	return at, 1
}

// split takes the first record of a window apart, and says how long it is and how many lines it has. last: nothing comes
// behind the window.
func (l *lines) split(window []byte, last bool) (n int, ends int64, why Why) {
	l.cells, l.unescaped = l.cells[:0], l.unescaped[:0]
	for i := 0; ; i++ {
		var cell []byte
		if from := i + spaces(window[i:]); from < len(window) && window[from] == '"' {
			var inside int64
			var ok bool
			if cell, i, inside, ok = l.quoted(window, from+1); !ok || i == len(window) && !last {
				return 0, 0, OpenQuote
			}
			ends += inside
		} else {
			from := i
			for i < len(window) && !l.ends(window[i]) {
				i++
			}
			cell = window[from:i]
		}
		l.cells = append(l.cells, cell)
		switch {
		case i == len(window) && !last, i+1 == len(window) && window[i] == '\r' && !last:
			return 0, 0, EndlessLine
		case i == len(window):
			return i, ends, ""
		case window[i] != l.separator:
			_, size := lineEnd(window[i:])
			return i + size, ends + 1, ""
		}
	}
}

func (l *lines) ends(c byte) bool { return c == l.separator || c == '\n' || c == '\r' }

func spaces(b []byte) int { return len(b) - len(bytes.TrimLeft(b, " ")) }

// quoted reads a cell behind its opening quote. The cell ends at a quote with a separator, an end of line or nothing
// behind it; i is where. A quote with anything else behind it is a character like others, and two of them are one.
func (l *lines) quoted(window []byte, from int) (cell []byte, i int, ends int64, ok bool) {
	kept := len(l.unescaped)
	for i = from; i < len(window) && ends < mostLines; i++ {
		switch window[i] {
		case '\n':
			ends++
		case '\r':
			if i+1 == len(window) || window[i+1] != '\n' {
				ends++
			}
		case '"':
			if i+1 < len(window) && window[i+1] == '"' {
				i++
				l.unescaped = append(l.unescaped, window[from:i]...)
				from = i + 1
				continue
			}
			behind := i + 1 + spaces(window[i+1:])
			if behind < len(window) && !l.ends(window[behind]) {
				continue
			}
			if len(l.unescaped) == kept {
				return window[from:i], behind, ends, true
			}
			l.unescaped = append(l.unescaped, window[from:i]...)
			return l.unescaped[kept:], behind, ends, true
		}
	}
	return nil, 0, 0, false
}

// decoded is a cell in UTF-8.
func (l *lines) decoded(cell []byte) []byte {
	if !l.chinese || plain(cell) {
		return cell
	}
	return fromGBK(cell)
}

// giveUp makes the first line of what could not be taken apart a bad row.
func (l *lines) giveUp(why Why) (record, error) {
	rest := l.buf[l.last:l.end]
	n, size := lineEnd(rest)
	shown := bytes.Clone(rest[:min(n, 2*shownText)])
	if n > mostBytes {
		why = EndlessLine
	}
	l.start, l.line = l.last+n+size, l.lastLine+1
	for size == 0 && !l.eof {
		if err := l.fill(); err != nil {
			return record{}, err
		}
		n, size = lineEnd(l.buf[l.start:l.end])
		l.start += n + size
	}
	l.cells = append(l.cells[:0], l.decoded(shown))
	return record{line: l.lastLine, cells: l.cells, why: why}, nil
}

func (l *lines) retreat() (record, bool) {
	r, err := l.giveUp(OpenQuote)
	return r, err == nil
}
