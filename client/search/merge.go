package search

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
)

// message names a message.
type message struct {
	conv uint32
	seq  uint64
}

// load opens a segment with its whole file in memory.
func (x *Index) load(ctx context.Context, e entry) (*segment, error) {
	if e.inline == nil {
		file := make([]byte, 0, e.size)
		err := x.store.Scan(ctx, x.keys.chunks(e.id).Range(), func(_, chunk []byte) error {
			file = append(file, chunk[:min(len(chunk), e.size-len(file))]...)
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case len(file) != e.size:
			return nil, errStale // removed before, or during, the Scan
		}
		e.inline = file
	}
	return x.open(ctx, e)
}

// merger makes one segment of several.
type merger struct {
	in    []*segment
	remap [][]uint32 // input, document → document of the output, or noDoc
	rows  []row
}

// newMerger reads the inputs' rows and numbers those that go on.
func newMerger(in []*segment, tombs map[message][]byte) (*merger, error) {
	m := &merger{in: in, remap: make([][]uint32, len(in))}
	type source struct {
		row
		in  int
		doc uint32
	}
	var all []source
	for i, s := range in {
		m.remap[i] = make([]uint32, s.docs)
		for doc := range s.docs {
			r, err := s.row(doc)
			if err != nil {
				return nil, err
			}
			m.remap[i][doc] = noDoc
			if t, ok := tombs[message{r.conv, r.seq}]; ok {
				if dead, err := killed(t, r); err != nil {
					return nil, err
				} else if dead {
					continue
				}
			}
			all = append(all, source{r, i, doc})
		}
	}
	slices.SortFunc(all, func(a, b source) int {
		return cmp.Or(compareRows(a.row, b.row), cmp.Compare(a.in, b.in), cmp.Compare(a.doc, b.doc))
	})
	for _, s := range all {
		if n := len(m.rows); n > 0 && m.rows[n-1] == s.row {
			continue // added twice
		}
		m.remap[s.in][s.doc] = uint32(len(m.rows))
		m.rows = append(m.rows, s.row)
	}
	return m, nil
}

// write merges the dictionaries and lists and puts the segment into the batch.
func (m *merger) write(b *store.Batch, k keys, id uint64) error {
	cursors := make([]*dictCursor, 0, len(m.in))
	for i, s := range m.in {
		c := &dictCursor{seg: s, remap: m.remap[i]}
		more, err := c.next()
		if err != nil {
			return err
		}
		if more {
			cursors = append(cursors, c)
		}
	}
	var out segWriter
	var list []posting
	var term []byte
	for len(cursors) > 0 {
		first := cursors[0]
		for _, c := range cursors[1:] {
			if bytes.Compare(c.block.term, first.block.term) < 0 {
				first = c
			}
		}
		term, list = append(term[:0], first.block.term...), list[:0]
		for i := 0; i < len(cursors); i++ {
			c := cursors[i]
			if !bytes.Equal(c.block.term, term) {
				continue
			}
			var err error
			if list, err = c.postings(list); err != nil {
				return err
			}
			more, err := c.next()
			if err != nil {
				return err
			}
			if !more {
				cursors = slices.Delete(cursors, i, i+1)
				i--
			}
		}
		if len(list) == 0 {
			continue
		}
		byDoc := func(a, b posting) int { return cmp.Compare(a.doc, b.doc) }
		if !slices.IsSortedFunc(list, byDoc) {
			slices.SortFunc(list, byDoc)
		}
		out.add(term, list)
	}
	if len(out.refs) == 0 {
		return ErrCorrupt // each row has at least its conversation's term
	}
	out.finish(b, k, id, m.rows)
	return nil
}

// dictCursor goes through a segment's dictionary.
type dictCursor struct {
	seg   *segment
	remap []uint32
	n     int // the block after this one
	block *dictBlock
	list  postingList
}

// next goes to the next term.
func (c *dictCursor) next() (more bool, err error) {
	for {
		if c.block != nil {
			if c.block.next() {
				return true, nil
			}
			if c.block.d.bad {
				return false, ErrCorrupt
			}
		}
		if c.n == len(c.seg.f.dict) {
			return false, nil
		}
		if c.block, err = c.seg.dictBlock(c.n); err != nil {
			return false, err
		}
		c.n++
	}
}

// postings appends the current term's postings of documents that go on.
func (c *dictCursor) postings(dst []posting) ([]posting, error) {
	l := &c.list
	l.reset(c.seg.r, c.seg.docs, c.block.info)
	withPos := c.block.term[0] != 0
	for target := uint32(0); ; {
		doc, err := l.seek(target)
		if err != nil || doc == noDoc {
			return dst, err
		}
		target = doc + 1
		p := posting{doc: c.remap[doc]}
		if p.doc == noDoc {
			continue
		}
		if withPos {
			if p.pos, err = l.rawPositions(); err != nil {
				return dst, err
			}
		}
		dst = append(dst, p)
	}
}
