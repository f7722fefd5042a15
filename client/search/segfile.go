package search

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/coffer-chat/coffer/client/store"
)

// A segment is written once, as one file of bytes. A small file lies inside the
// segment's entry, a larger one in chunks.
const (
	chunkSize  = 16 << 10
	inlineSize = 4 << 10
	maxFile    = 64 << 20 // bytes of a segment's file
)

// entry is what the list of segments says of one.
type entry struct {
	id       uint64
	docs     uint32 // documents, those removed included
	size     int    // bytes of the file
	footer   int    // bytes of the file's footer, at its end
	newest   int64  // time of its newest document
	oldest   int64
	inline   []byte // the file, if it is small
	keyValue []byte // the entry as it is stored
}

const entryVersion = 1

// appendEntry encodes e without its id, which stands in the key.
func appendEntry(b []byte, e entry) []byte {
	b = append(b, entryVersion)
	b = binary.AppendUvarint(b, uint64(e.docs))
	b = binary.AppendUvarint(b, uint64(e.size))
	b = binary.AppendUvarint(b, uint64(e.footer))
	b = appendVarint(b, e.newest)
	b = appendVarint(b, e.oldest)
	return append(b, e.inline...)
}

func parseEntry(id uint64, value []byte) (entry, error) {
	if len(value) == 0 || value[0] != entryVersion {
		return entry{}, ErrFormat
	}
	d := decoder{rest: value[1:]}
	e := entry{id: id, keyValue: value}
	e.docs = uint32(d.count(maxDocs))
	e.size = d.count(maxFile)
	e.footer = d.count(e.size)
	e.newest = d.varint()
	e.oldest = d.varint()
	if e.size <= inlineSize {
		e.inline = d.bytes(e.size)
	}
	if e.docs == 0 {
		return entry{}, ErrCorrupt
	}
	return e, d.done()
}

// reader reads a segment's file, for one call of the Index.
type reader struct {
	ctx    context.Context
	ix     *Index
	id     uint64
	size   int
	inline []byte
	last   []byte // the chunk read last, number lastN
	lastN  int
}

func newReader(ctx context.Context, ix *Index, e entry) *reader {
	return &reader{ctx: ctx, ix: ix, id: e.id, size: e.size, inline: e.inline, lastN: -1}
}

// read returns n bytes at off, which must not be modified.
func (r *reader) read(off, n int) ([]byte, error) {
	if off < 0 || n < 0 || off > r.size-n {
		return nil, ErrCorrupt
	}
	if n == 0 {
		return nil, nil
	}
	if r.inline != nil {
		return r.inline[off : off+n : off+n], nil
	}
	first := off / chunkSize
	c, err := r.chunk(first)
	if err != nil {
		return nil, err
	}
	off -= first * chunkSize
	if off+n <= len(c) {
		return c[off : off+n : off+n], nil
	}
	out := append(make([]byte, 0, n), c[off:]...)
	for i := first + 1; len(out) < n; i++ {
		if c, err = r.chunk(i); err != nil {
			return nil, err
		}
		out = append(out, c[:min(len(c), n-len(out))]...)
	}
	return out, nil
}

// chunk returns the n-th chunk of the file.
func (r *reader) chunk(n int) ([]byte, error) {
	if n == r.lastN {
		return r.last, nil
	}
	c, ok := r.ix.cache.get(r.id, n)
	if !ok {
		var err error
		c, err = r.ix.store.Get(r.ctx, r.ix.keys.chunk(r.id, n))
		if errors.Is(err, store.ErrNotFound) {
			return nil, errStale
		}
		if err != nil {
			return nil, err
		}
		if len(c) != min(chunkSize, r.size-n*chunkSize) {
			return nil, ErrCorrupt
		}
		r.ix.cache.put(r.id, n, c)
	}
	r.last, r.lastN = c, n
	return c, nil
}
