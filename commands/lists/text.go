package lists

import (
	"bytes"
	"io"

	"golang.org/x/text/transform"
)

// openText finds the separator and the column of a CSV file in its beginning.
func openText(file io.ReaderAt, size int64, head []byte) (*List, error) {
	text := func(from io.Reader) io.Reader {
		if e := wide(head); e != nil {
			return transform.NewReader(from, e.NewDecoder())
		}
		return from
	}
	sample, err := io.ReadAll(text(bytes.NewReader(head)))
	if err != nil {
		return nil, &NoList{Why: NotText, Err: err}
	}
	whole := int64(len(head)) == size
	chinese := gbk(sample, whole)
	var best layout
	unfit := &NoList{Why: NoColumn}
	for _, separator := range []byte(",;\t") {
		rows, err := sampled(newLines(bytes.NewReader(sample), separator, chinese), whole)
		if err != nil {
			return nil, err
		}
		found, no := find(rows)
		found.separator = separator
		switch {
		case no == nil && (unfit != nil || best.less(found)):
			best, unfit = found, nil
		case no != nil && unfit != nil && no.Why != NoColumn:
			unfit = no
		}
	}
	if unfit != nil {
		return nil, unfit
	}
	open := func() (records, error) {
		return newLines(text(io.NewSectionReader(file, 0, size)), best.separator, chinese), nil
	}
	return &List{open: open, layout: best, close: func() error { return nil }}, nil
}

// sampleRows is how many rows are looked at to find the column.
const sampleRows = 300

// sampled are the first records, copied. The last one of a part of a file may be cut, and is left out.
func sampled(in records, whole bool) (sample []record, err error) {
	defer in.close()
	for len(sample) < sampleRows {
		r, err := in.next()
		if err == io.EOF {
			if !whole && len(sample) > 1 {
				sample = sample[:len(sample)-1]
			}
			break
		}
		if err != nil {
			return nil, err
		}
		cells := make([][]byte, len(r.cells))
		for i, c := range r.cells {
			cells[i] = bytes.Clone(c)
		}
		r.cells = cells
		sample = append(sample, r)
	}
	return sample, nil
}
