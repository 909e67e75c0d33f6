package lists

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// A chunk is some rows in memory, one behind the other.
type chunk struct {
	data   []byte
	rows   []place
	common int // bytes that all openids begin with: those of one appid share some
}

// A place says where a row is in its chunk.
type place struct {
	key  uint64 // the eight bytes of the openid behind the common ones: next to always they decide
	at   uint32
	id   uint8
	note uint16
}

// mostKept bounds the bytes of a note.
const mostKept = 1<<16 - 1

func (c *chunk) full(more int) bool { return len(c.data)+more > chunkBytes || len(c.rows) == chunkRows }

func (c *chunk) reset() { c.data, c.rows, c.common = c.data[:0], c.rows[:0], 0 }

func (c *chunk) add(openid, note string) {
	note = note[:min(len(note), mostKept)]
	p := place{at: uint32(len(c.data)), id: uint8(len(openid)), note: uint16(len(note))}
	c.data = append(append(c.data, openid...), note...)
	if len(c.rows) == 0 {
		c.common = len(openid)
	}
	c.rows = append(c.rows, p)
	first := c.openid(c.rows[0])
	for c.common > 0 && (c.common > len(openid) || openid[:c.common] != string(first[:c.common])) {
		c.common--
	}
}

func (c *chunk) openid(p place) []byte { return c.data[p.at : p.at+uint32(p.id)] }

func (c *chunk) text(p place) []byte {
	from := p.at + uint32(p.id)
	return c.data[from : from+uint32(p.note)]
}

// sort orders the rows by openid, and equal ones as they came.
func (c *chunk) sort() {
	for i, p := range c.rows {
		var key [8]byte
		copy(key[:], c.openid(p)[c.common:])
		c.rows[i].key = binary.BigEndian.Uint64(key[:])
	}
	slices.SortFunc(c.rows, func(a, b place) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		if n := bytes.Compare(c.openid(a), c.openid(b)); n != 0 {
			return n
		}
		return cmp.Compare(a.at, b.at)
	})
}

// each gives the customers of a sorted chunk until yield has enough.
func (c *chunk) each(yield func(Customer) bool) {
	for i := 0; i < len(c.rows); {
		p, n := c.rows[i], i+1
		for n < len(c.rows) && c.rows[n].key == p.key && bytes.Equal(c.openid(c.rows[n]), c.openid(p)) {
			n++
		}
		if !yield(Customer{string(c.openid(p)), string(c.text(p)), int64(n - i)}) {
			return
		}
		i = n
	}
}

// write writes a sorted chunk, and says how long it became.
func (c *chunk) write(to io.Writer) (n int64, err error) {
	out := bufio.NewWriterSize(to, 4*mergeBytes)
	var head []byte
	c.each(func(one Customer) bool {
		head = append(head[:0], byte(len(one.OpenID)))
		head = binary.AppendUvarint(head, uint64(len(one.Note)))
		head = binary.AppendUvarint(head, uint64(one.Times))
		n += int64(len(head) + len(one.OpenID) + len(one.Note))
		out.Write(head)
		out.WriteString(one.OpenID)
		_, err = out.WriteString(one.Note)
		return err == nil
	})
	return n, errors.Join(err, out.Flush())
}
