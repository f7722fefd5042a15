package search

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// footer says what lies where in a segment's file: lists of postings, then the
// dictionary's blocks, then the rows' blocks, then the footer itself.
type footer struct {
	dict []blockRef // by first term
	rows []blockRef // by time of the first row
}

type blockRef struct {
	first []byte // dictionary: the first term
	time  int64  // rows: time of the first
	off   int
	len   int
}

// appendFooter encodes f. Blocks lie one after the other, so that their offsets
// follow from where the first begins.
func appendFooter(b []byte, f footer) []byte {
	b = binary.AppendUvarint(b, uint64(f.dict[0].off))
	b = binary.AppendUvarint(b, uint64(len(f.dict)))
	for _, r := range f.dict {
		b = binary.AppendUvarint(b, uint64(len(r.first)))
		b = append(b, r.first...)
		b = binary.AppendUvarint(b, uint64(r.len))
	}
	b = binary.AppendUvarint(b, uint64(len(f.rows)))
	prev := int64(0)
	for _, r := range f.rows {
		b = appendVarint(b, prev-r.time)
		b = binary.AppendUvarint(b, uint64(r.len))
		prev = r.time
	}
	return b
}

// parseFooter decodes the footer of a segment with the given number of
// documents; limit is where in the file the footer begins.
func parseFooter(data []byte, docs uint32, limit int) (footer, error) {
	var f footer
	d := decoder{rest: data}
	off := d.count(limit)
	for range d.count(len(d.rest)) { // a block takes more than a byte
		r := blockRef{first: bytes.Clone(d.bytes(d.count(maxTerm))), off: off, len: d.count(limit - off)}
		if d.bad || len(r.first) == 0 {
			return footer{}, ErrCorrupt
		}
		off += r.len
		f.dict = append(f.dict, r)
	}
	blocks := (int(docs) + rowsPerBlock - 1) / rowsPerBlock
	if d.count(len(d.rest)) != blocks {
		return footer{}, ErrCorrupt
	}
	prev := int64(0)
	for range blocks {
		prev -= d.varint()
		r := blockRef{time: prev, off: off, len: d.count(limit - off)}
		if d.bad {
			return footer{}, ErrCorrupt
		}
		off += r.len
		f.rows = append(f.rows, r)
	}
	if off != limit || len(f.dict) == 0 {
		return footer{}, ErrCorrupt
	}
	return f, d.done()
}

// dictBlockOf returns the number of the dictionary block in which term is, if
// it is anywhere.
func (f *footer) dictBlockOf(term []byte) int {
	n := sort.Search(len(f.dict), func(i int) bool { return bytes.Compare(f.dict[i].first, term) > 0 })
	return max(0, n-1)
}

// rowBlockOf returns the number of the first row block that may hold a row of
// the time or an older one.
func (f *footer) rowBlockOf(time int64) int {
	n := sort.Search(len(f.rows), func(i int) bool { return f.rows[i].time <= time })
	return max(0, n-1)
}
