package lists

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Customer is one who stands in a list, once or more often.
type Customer struct {
	OpenID string
	Note   string // of the first row
	Times  int64  // how many rows there are
}

const (
	chunkBytes = 8 << 20 // of openids and notes that are sorted in memory
	chunkRows  = 280_000
	mergeBytes = 64 << 10 // read ahead of each sorted chunk
)

// A Sorter puts any number of customers in the order of their openids' bytes, each once. It holds two chunks in memory,
// one that fills and one that is sorted and written to a temporary file meanwhile.
type Sorter struct {
	dir     string
	file    *Scratch
	size    int64
	runs    []run
	filling *chunk
	spare   *chunk
	writing chan error // the chunk that is being written sends here when it is; nil: none is
}

// A run is a sorted chunk in the file.
type run struct{ from, size int64 }

// NewSorter makes one that keeps its files in dir; "" is the system's folder for temporary files.
func NewSorter(dir string) *Sorter {
	return &Sorter{dir: dir, filling: &chunk{}, spare: &chunk{}}
}

// Add takes one row. Of rows of the same openid the note of the one that was added first counts.
func (s *Sorter) Add(openid, note string) error {
	if s.filling.full(len(openid) + len(note)) {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.filling.add(openid, note)
	return nil
}

// spill has the full chunk sorted and written, while the other one fills.
func (s *Sorter) spill() error {
	if err := s.written(); err != nil {
		return err
	}
	if s.file == nil {
		f, err := NewScratch(s.dir)
		if err != nil {
			return fmt.Errorf("sort the list: %w", err)
		}
		s.file = f
	}
	full := s.filling
	s.filling, s.spare = s.spare, nil
	s.writing = make(chan error, 1)
	go func() {
		full.sort()
		n, err := full.write(io.NewOffsetWriter(s.file, s.size))
		s.runs = append(s.runs, run{s.size, n})
		s.size += n
		full.reset()
		s.spare = full
		s.writing <- err
	}()
	return nil
}

// written waits until no chunk is being written.
func (s *Sorter) written() error {
	if s.writing == nil {
		return nil
	}
	err := <-s.writing
	s.writing = nil
	if err != nil {
		return fmt.Errorf("sort the list: %w", err)
	}
	return nil
}

// Sorted are all customers in order. It is called once, after the last Add.
func (s *Sorter) Sorted() iter.Seq2[Customer, error] {
	return func(yield func(Customer, error) bool) {
		if s.file == nil {
			s.filling.sort()
			s.filling.each(func(c Customer) bool { return yield(c, nil) })
			return
		}
		err := s.spill()
		if err == nil {
			err = s.written()
		}
		s.filling, s.spare = nil, nil
		if err == nil {
			err = s.merge(func(c Customer) bool { return yield(c, nil) })
		}
		if err != nil {
			yield(Customer{}, err)
		}
	}
}

// Close lets the temporary file go.
func (s *Sorter) Close() error {
	err := s.written()
	if s.file == nil {
		return err
	}
	return errors.Join(err, s.file.Close())
}
