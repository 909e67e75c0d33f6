// Package lists reads lists of customers out of the files that people upload.
//
// People save their lists from Excel, from a data warehouse or by hand, so a file says little about itself: CSV in
// UTF-8 with or without its mark, in UTF-16 as Excel's "Unicode text", or in GBK as Excel in China saves it; separated
// by commas, semicolons or tabs; with a heading or none; or an Excel workbook. [Open] finds out, and finds the one
// column that holds openids: by its heading, else by what stands in it. Where two columns could be meant it does not
// choose, because coupons would go to the wrong people or to nobody: a *[NoList] says what to do.
//
// Everything behind that is judged row by row. A row is a customer, or it is bad, with its line and a reason; no row is
// left out without a word but those that are empty, and no openid is repaired: only what programs put around a value
// (quotes, white space, Excel's apostrophe) is taken off. One row can spoil no other: a quote that nobody closed, or a
// line without end, costs its own line.
//
// A file may be larger than the memory. Rows are read as they come, and a [Sorter] puts them in order in temporary
// files, because the ledger takes customers in the order of their ids and each once.
package lists

import (
	"fmt"
	"io"
	"iter"
)

// A Row is one row of a list that is not empty.
type Row struct {
	Line   int64  // of the file as an editor counts them, or of the sheet
	OpenID string // of a bad row: what stands there, cut where it is long
	Note   string
	Why    Why    // "" for a customer
	Stray  string // of BadCharacter: itself, or its code point when it cannot be seen
}

// Why says what is wrong with a bad row.
type Why string

// What is wrong with bad rows.
const (
	Empty        Why = "empty"         // there is something in the row, but no openid
	BadCharacter Why = "bad_character" // Stray: the first one that no openid has
	TooLong      Why = "too_long"      // an openid has at most 128 characters
	Scientific   Why = "scientific"    // Excel took it for a number and threw its end away
	Heading      Why = "heading"       // the name of a column, not a customer
	OpenQuote    Why = "open_quote"    // a quote begins and does not end
	EndlessLine  Why = "endless_line"  // a line longer than any row
)

// A NoList says why a file cannot be read as a list of customers at all.
type NoList struct {
	Why  Unfit
	Text string // of TwoColumns and TwoSheets: which, with a comma between
	Err  error  // what the reader of workbooks said, if it did
}

// Unfit is a reason why a file is no list.
type Unfit string

// Why files are no lists.
const (
	NothingInIt Unfit = "nothing_in_it" // no rows
	NotText     Unfit = "not_text"      // neither text nor a workbook: a picture, a PDF …
	Protected   Unfit = "protected"     // a workbook with a password
	OldExcel    Unfit = "old_excel"     // a workbook of Excel 97 to 2003
	Damaged     Unfit = "damaged"       // begins like a workbook, and cannot be read as one
	TooLarge    Unfit = "too_large"     // a workbook larger than is read; CSV may have any size
	NoColumn    Unfit = "no_column"     // no column is called openid, and in none are things that look like one
	TwoColumns  Unfit = "two_columns"   // two columns could be meant
	TwoSheets   Unfit = "two_sheets"    // two sheets hold a list
)

func (e *NoList) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("not a list of customers: %s: %v", e.Why, e.Err)
	}
	return "not a list of customers: " + string(e.Why)
}

func (e *NoList) Unwrap() error { return e.Err }

// A List is a file in which a column of openids was found.
type List struct {
	open   func() (records, error)
	layout layout
	close  func() error
}

// Open looks at a file of size bytes and finds the list in it; *NoList when there is none. The file is read by Rows, and
// must stay as it is until Close.
func Open(file io.ReaderAt, size int64) (*List, error) {
	head := make([]byte, min(size, sampleBytes))
	if _, err := file.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	switch kindOf(head) {
	case aWorkbook:
		return openBook(file, size)
	case anOldFile:
		return nil, &NoList{Why: oldFile(file, size)}
	case someBytes:
		return nil, &NoList{Why: NotText}
	}
	return openText(file, size, head)
}

// Rows are all rows but empty ones, in the order of the file. An error ends them: the file could not be read to its end.
func (l *List) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in, err := l.open()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer in.close()
		first := true
		for n := 0; ; n++ {
			r, err := in.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("read the list: %w", err))
				return
			}
			if n < l.layout.above || r.blank() {
				continue
			}
			if !yield(l.layout.row(in, r, first), nil) {
				return
			}
			first = false
		}
	}
}

// Close lets the file go.
func (l *List) Close() error { return l.close() }

// A record is one row as it stands in the file.
type record struct {
	line  int64
	cells [][]byte // valid until the next record
	why   Why      // it could not be taken apart; cells[0] is the whole line
}

// blank tells of rows that only have separators in them; Excel saves many.
func (r record) blank() bool {
	for _, c := range r.cells {
		if len(trim(c)) > 0 {
			return false
		}
	}
	return r.why == ""
}

// records are the rows of one kind of file.
type records interface {
	next() (record, error)   // io.EOF after the last
	retreat() (record, bool) // gives the last record up, where that is possible: its first line is bad, and what follows is read anew
	close()
}
