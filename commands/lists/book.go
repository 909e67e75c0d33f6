package lists

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

const (
	mostBook     = 64 << 20 // bytes of a workbook: its reader holds the packed file in memory
	mostUnpacked = 2 << 30  // bytes of its parts
	inMemory     = 4 << 20  // larger parts are unpacked into temporary files
)

// openBook finds the one sheet of a workbook that holds a list. Hidden sheets are left alone: nobody saw them.
func openBook(file io.ReaderAt, size int64) (l *List, err error) {
	if size > mostBook {
		return nil, &NoList{Why: TooLarge}
	}
	defer spoilt(&err)
	book, err := excelize.OpenReader(io.NewSectionReader(file, 0, size), excelize.Options{RawCellValue: true, UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return nil, &NoList{Why: Damaged, Err: err}
	}
	defer func() {
		if l == nil {
			book.Close()
		}
	}()
	var name string
	var found layout
	unfit := &NoList{Why: NothingInIt}
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		rows, err := openSheet(book, sheet)
		if err != nil {
			continue // a sheet of charts
		}
		sample, err := sampled(rows, true)
		if err != nil {
			return nil, err
		}
		here, no := find(sample)
		switch {
		case no == nil && unfit == nil:
			return nil, &NoList{Why: TwoSheets, Text: name + ", " + sheet}
		case no == nil:
			name, found, unfit = sheet, here, nil
		case unfit != nil && no.Why != NothingInIt:
			unfit = no
		}
	}
	if unfit != nil {
		return nil, unfit
	}
	return &List{open: func() (records, error) { return openSheet(book, name) }, layout: found, close: book.Close}, nil
}

// spoilt makes an error of a panic: the reader of workbooks was written for files that Excel wrote, and anybody may
// upload another.
func spoilt(err *error) {
	if p := recover(); p != nil {
		*err = &NoList{Why: Damaged, Err: fmt.Errorf("panic: %v", p)}
	}
}

// A sheet's rows, one in memory at a time.
type sheet struct {
	rows  *excelize.Rows
	line  int64
	cells [][]byte
}

func openSheet(book *excelize.File, name string) (records, error) {
	rows, err := book.Rows(name)
	if err != nil {
		return nil, &NoList{Why: Damaged, Err: err}
	}
	return &sheet{rows: rows}, nil
}

func (s *sheet) next() (r record, err error) {
	defer spoilt(&err)
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return r, &NoList{Why: Damaged, Err: err}
		}
		return r, io.EOF
	}
	s.line++
	values, err := s.rows.Columns()
	if err != nil {
		return r, &NoList{Why: Damaged, Err: err}
	}
	s.cells = s.cells[:0]
	for _, v := range values {
		s.cells = append(s.cells, []byte(v))
	}
	return record{line: s.line, cells: s.cells}, nil
}

func (s *sheet) retreat() (record, bool) { return record{}, false }

func (s *sheet) close() { s.rows.Close() }
