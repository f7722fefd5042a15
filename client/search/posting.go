package search

import (
	"encoding/binary"
	"math"
)

// posting is one document of a term's list.
type posting struct {
	doc uint32
	pos []byte // the positions: their number, then the difference of each to the one before
}

// perBlock is how many postings a block of a long list has. A list of no more
// than one block is written without the block's head.
const perBlock = 128

// noDoc is above every document number.
const noDoc = math.MaxUint32

// listEncoder encodes lists of postings, one after the other. A list is its
// documents and, apart from them, its positions, so that a query that does not
// ask for positions does not read them.
type listEncoder struct{ docs, pos, block []byte }

// encode encodes a list, in ascending order of documents. The result is valid
// until the next call.
func (e *listEncoder) encode(list []posting) (docs, pos []byte) {
	e.docs, e.pos = e.docs[:0], e.pos[:0]
	base := uint32(0)
	for long := len(list) > perBlock; len(list) > 0; {
		block := list[:min(perBlock, len(list))]
		list = list[len(block):]
		e.block = e.block[:0]
		prev, posStart := base, len(e.pos)
		for _, p := range block {
			e.block = binary.AppendUvarint(e.block, uint64(p.doc-prev))
			e.pos = append(e.pos, p.pos...)
			prev = p.doc
		}
		if long {
			e.docs = binary.AppendUvarint(e.docs, uint64(prev-base))
			e.docs = binary.AppendUvarint(e.docs, uint64(len(e.block)))
			e.docs = binary.AppendUvarint(e.docs, uint64(len(e.pos)-posStart))
		}
		e.docs = append(e.docs, e.block...)
		base = prev
	}
	return e.docs, e.pos
}

// encodePlaces is encode for places; it returns in how many documents they are.
func (e *listEncoder) encodePlaces(places []place, withPos bool) (df int, docs, pos []byte) {
	e.docs, e.pos, e.block = e.docs[:0], e.pos[:0], e.block[:0]
	for i := range places {
		if i == 0 || places[i].doc != places[i-1].doc {
			df++
		}
	}
	long := df > perBlock
	base, prev, posStart, n := uint32(0), uint32(0), 0, 0
	for i, left := 0, df; i < len(places); {
		end := i + 1
		for end < len(places) && places[end].doc == places[i].doc {
			end++
		}
		e.block = binary.AppendUvarint(e.block, uint64(places[i].doc-prev))
		prev = places[i].doc
		if withPos {
			e.pos = binary.AppendUvarint(e.pos, uint64(end-i))
			before := uint32(0)
			for _, p := range places[i:end] {
				e.pos = binary.AppendUvarint(e.pos, uint64(p.pos-before))
				before = p.pos
			}
		}
		i = end
		n++
		if left--; n == perBlock || left == 0 {
			if long {
				e.docs = binary.AppendUvarint(e.docs, uint64(prev-base))
				e.docs = binary.AppendUvarint(e.docs, uint64(len(e.block)))
				e.docs = binary.AppendUvarint(e.docs, uint64(len(e.pos)-posStart))
			}
			e.docs = append(e.docs, e.block...)
			e.block, base, posStart, n = e.block[:0], prev, len(e.pos), 0
		}
	}
	return df, e.docs, e.pos
}

// maxHead bounds the length of a block's head.
const maxHead = 3 * binary.MaxVarintLen32

// postingList reads one term's postings, forwards.
type postingList struct {
	r              *reader
	df             int // documents in all
	docs, docsEnd  int // what is unread of the documents
	posAt, posEnd  int // the positions of the blocks after this one
	left           int // postings in the blocks after this one
	base           uint32
	block          [perBlock]uint32
	n, i           int // postings in this block, and where in it we are
	blockPos       int // where this block's positions begin
	blockPosLen    int
	posDec         decoder
	posNext        int // the posting in the block whose positions posDec is at
	posLoaded      bool
	limit          uint32 // documents in the segment
	current        uint32
	started, ended bool
}

func newPostingList(r *reader, limit uint32, t termInfo) *postingList {
	l := new(postingList)
	l.reset(r, limit, t)
	return l
}

// reset makes the list read a term from its start. A caller that reads many
// terms one after the other saves the memory that each list takes.
func (l *postingList) reset(r *reader, limit uint32, t termInfo) {
	l.r, l.df, l.limit, l.left = r, t.df, limit, t.df
	l.docs, l.docsEnd = t.off, t.off+t.docsLen
	l.posAt, l.posEnd = l.docsEnd, l.docsEnd+t.posLen
	l.base, l.n, l.i, l.posLoaded = 0, 0, 0, false
	l.current, l.started, l.ended = 0, false, false
}

// cost is about how much work reading the list is.
func (l *postingList) cost() int { return l.df }

// seek returns the first document that is not below target and not below the
// one returned before, or noDoc.
func (l *postingList) seek(target uint32) (uint32, error) {
	if l.started && (l.ended || l.current >= target) {
		return l.current, nil
	}
	l.started = true
	for {
		for ; l.i < l.n; l.i++ {
			if l.block[l.i] >= target {
				l.current = l.block[l.i]
				return l.current, nil
			}
		}
		if l.left == 0 {
			l.current, l.ended = noDoc, true
			return noDoc, nil
		}
		if err := l.nextBlock(target); err != nil {
			return noDoc, err
		}
	}
}

// nextBlock reads the next block that may hold a document not below target, or
// to the end of the list.
func (l *postingList) nextBlock(target uint32) error {
	l.n, l.i, l.posLoaded = 0, 0, false
	short := l.df <= perBlock
	for l.left > 0 {
		n := min(l.left, perBlock)
		size, last := l.docsEnd-l.docs, l.limit-1
		posLen := l.posEnd - l.posAt
		if !short {
			head, err := l.r.read(l.docs, min(maxHead, l.docsEnd-l.docs))
			if err != nil {
				return err
			}
			d := decoder{rest: head}
			last = l.base + uint32(d.count(int(l.limit)))
			size = d.count(l.docsEnd - l.docs)
			posLen = d.count(l.posEnd - l.posAt)
			l.docs += len(head) - len(d.rest)
			if d.bad || last >= l.limit || size > l.docsEnd-l.docs {
				return ErrCorrupt
			}
		}
		at := l.docs
		l.docs += size
		l.blockPos, l.blockPosLen = l.posAt, posLen
		l.posAt += posLen
		l.left -= n
		if last < target && !short {
			l.base = last
			continue
		}
		return l.readBlock(at, size, n)
	}
	return nil
}

func (l *postingList) readBlock(at, size, n int) error {
	data, err := l.r.read(at, size)
	if err != nil {
		return err
	}
	d := decoder{rest: data}
	doc, first := l.base, l.df-l.left == n
	for i := range n {
		delta := d.count(int(l.limit))
		// Only the first document of a list may equal the base, 0.
		if delta == 0 && !(first && i == 0) {
			return ErrCorrupt
		}
		doc += uint32(delta)
		if doc >= l.limit {
			return ErrCorrupt
		}
		l.block[i] = doc
	}
	l.base, l.n = doc, n
	return d.done()
}

// rawPositions returns the encoded positions of the current document.
func (l *postingList) rawPositions() ([]byte, error) {
	if !l.posLoaded || l.posNext > l.i {
		data, err := l.r.read(l.blockPos, l.blockPosLen)
		if err != nil {
			return nil, err
		}
		l.posDec, l.posNext, l.posLoaded = decoder{rest: data}, 0, true
	}
	for {
		before := l.posDec.rest
		for range l.posDec.count(maxUnits) {
			l.posDec.uvarint()
			if l.posDec.bad {
				break
			}
		}
		if l.posDec.bad {
			return nil, ErrCorrupt
		}
		l.posNext++
		if l.posNext > l.i {
			return before[:len(before)-len(l.posDec.rest)], nil
		}
	}
}

// positions appends the positions of the current document to dst.
func (l *postingList) positions(dst []uint32) ([]uint32, error) {
	raw, err := l.rawPositions()
	if err != nil {
		return dst, err
	}
	d := decoder{rest: raw}
	pos := uint32(0)
	for range d.count(maxUnits) {
		pos += uint32(d.count(maxUnits))
		dst = append(dst, pos)
	}
	return dst, d.err()
}
