package search

import (
	"bytes"
	"context"
)

// segment reads one segment, for one call of the Index.
type segment struct {
	entry
	r    *reader
	f    footer
	buf  []row // the rows of block bufN
	bufN int
}

// open reads a segment's footer, unless it is known.
func (x *Index) open(ctx context.Context, e entry) (*segment, error) {
	s := &segment{entry: e, r: newReader(ctx, x, e), bufN: -1}
	x.mu.Lock()
	f, ok := x.footers[e.id]
	x.mu.Unlock()
	if !ok {
		data, err := s.r.read(e.size-e.footer, e.footer)
		if err != nil {
			return nil, err
		}
		if f, err = parseFooter(data, e.docs, e.size-e.footer); err != nil {
			return nil, err
		}
		if e.inline == nil { // the footers of small segments are quicker parsed than kept
			x.mu.Lock()
			x.footers[e.id] = f
			x.mu.Unlock()
		}
	}
	s.f = f
	return s, nil
}

// dictBlock returns the n-th block of the dictionary.
func (s *segment) dictBlock(n int) (*dictBlock, error) {
	ref := s.f.dict[n]
	data, err := s.r.read(ref.off, ref.len)
	if err != nil {
		return nil, err
	}
	return &dictBlock{d: decoder{rest: data}, at: ref.off + ref.len}, nil
}

// find looks a term up; ok is false if the segment does not have it.
func (s *segment) find(term []byte) (info termInfo, ok bool, err error) {
	b, err := s.dictBlock(s.f.dictBlockOf(term))
	if err != nil {
		return termInfo{}, false, err
	}
	for b.next() {
		if c := bytes.Compare(b.term, term); c >= 0 {
			return b.info, c == 0, nil
		}
	}
	return termInfo{}, false, b.d.err()
}

// findPrefix calls fn for each term that begins with prefix.
func (s *segment) findPrefix(prefix []byte, fn func(termInfo) error) error {
	for n := s.f.dictBlockOf(prefix); n < len(s.f.dict); n++ {
		b, err := s.dictBlock(n)
		if err != nil {
			return err
		}
		for b.next() {
			if bytes.HasPrefix(b.term, prefix) {
				if err := fn(b.info); err != nil {
					return err
				}
			} else if bytes.Compare(b.term, prefix) > 0 {
				return nil
			}
		}
		if b.d.bad {
			return ErrCorrupt
		}
	}
	return nil
}

// row returns the row of a document.
func (s *segment) row(doc uint32) (row, error) {
	n := int(doc) / rowsPerBlock
	if n != s.bufN {
		if err := s.loadRows(n); err != nil {
			return row{}, err
		}
	}
	return s.buf[int(doc)%rowsPerBlock], nil
}

func (s *segment) loadRows(n int) error {
	s.bufN = -1
	if n >= len(s.f.rows) {
		return ErrCorrupt
	}
	ref := s.f.rows[n]
	data, err := s.r.read(ref.off, ref.len)
	if err != nil {
		return err
	}
	s.buf, err = parseRows(s.buf, data, min(rowsPerBlock, int(s.docs)-n*rowsPerBlock))
	if err == nil {
		s.bufN = n
	}
	return err
}

// after returns the first document whose row comes after r in the results'
// order, noDoc if none does.
func (s *segment) after(r row) (uint32, error) {
	if s.oldest > r.time {
		return noDoc, nil
	}
	for doc := uint32(s.f.rowBlockOf(r.time) * rowsPerBlock); doc < s.docs; doc++ {
		got, err := s.row(doc)
		if err != nil {
			return noDoc, err
		}
		if compareRows(got, r) > 0 {
			return doc, nil
		}
	}
	return noDoc, nil
}
