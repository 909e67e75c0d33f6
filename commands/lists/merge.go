package lists

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
)

// merge gives the customers of all runs in order until yield has enough.
func (s *Sorter) merge(yield func(Customer) bool) error {
	var all heads
	for i, r := range s.runs {
		h := &head{run: i, in: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.size), mergeBytes)}
		more, err := h.next()
		if err != nil {
			return err
		}
		if more {
			all = append(all, h)
		}
	}
	heap.Init(&all)
	for len(all) > 0 {
		c := Customer{OpenID: string(all[0].openid), Note: string(all[0].note)}
		for len(all) > 0 && string(all[0].openid) == c.OpenID {
			c.Times += all[0].times
			more, err := all[0].next()
			switch {
			case err != nil:
				return err
			case more:
				heap.Fix(&all, 0)
			default:
				heap.Pop(&all)
			}
		}
		if !yield(c) {
			return nil
		}
	}
	return nil
}

// A head is the next customer of a run.
type head struct {
	run    int
	in     *bufio.Reader
	openid []byte
	note   []byte
	times  int64
}

// next reads it, and tells whether there was one.
func (h *head) next() (bool, error) {
	n, err := h.in.ReadByte()
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("merge the list: %w", err)
	}
	note, err := binary.ReadUvarint(h.in)
	if err != nil {
		return false, fmt.Errorf("merge the list: %w", err)
	}
	times, err := binary.ReadUvarint(h.in)
	if err != nil {
		return false, fmt.Errorf("merge the list: %w", err)
	}
	h.times = int64(times)
	if h.openid, err = h.read(h.openid, int(n)); err == nil {
		h.note, err = h.read(h.note, int(note))
	}
	if err != nil {
		return false, fmt.Errorf("merge the list: %w", err)
	}
	return true, nil
}

func (h *head) read(into []byte, n int) ([]byte, error) {
	if cap(into) < n {
		into = make([]byte, n)
	}
	into = into[:n]
	_, err := io.ReadFull(h.in, into)
	return into, err
}

// heads are ordered by openid, and equal ones as they were added.
type heads []*head

func (h heads) Len() int { return len(h) }

func (h heads) Less(i, j int) bool {
	if n := bytes.Compare(h[i].openid, h[j].openid); n != 0 {
		return n < 0
	}
	return h[i].run < h[j].run
}

func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *heads) Push(x any) { *h = append(*h, x.(*head)) }

func (h *heads) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
