package search

import "encoding/binary"

// termsPerBlock is how many terms of the dictionary are encoded together.
const termsPerBlock = 128

// inlineList is up to how many bytes a list of postings stands in the
// dictionary itself.
const inlineList = 48

// termInfo says where a term's postings are.
type termInfo struct {
	df      int    // documents with the term
	docsLen int    // bytes of the documents
	posLen  int    // bytes of the positions, right after the documents
	off     int    // where in the file, unless inline
	inline  []byte // documents and positions
}

// appendTerm encodes a term, given the one before it in its block.
func appendTerm(b, prev, term []byte, t termInfo) []byte {
	shared := 0
	for shared < min(len(prev), len(term)) && prev[shared] == term[shared] {
		shared++
	}
	b = binary.AppendUvarint(b, uint64(shared))
	b = binary.AppendUvarint(b, uint64(len(term)-shared))
	b = append(b, term[shared:]...)
	b = binary.AppendUvarint(b, uint64(t.df))
	b = binary.AppendUvarint(b, uint64(t.docsLen))
	b = binary.AppendUvarint(b, uint64(t.posLen))
	if t.docsLen+t.posLen <= inlineList {
		return append(b, t.inline...)
	}
	return binary.AppendUvarint(b, uint64(t.off))
}

// dictBlock reads a block of the dictionary.
type dictBlock struct {
	d    decoder
	term []byte
	info termInfo
	at   int // where in the file the block ends
}

// next goes to the next term; it is false at the end and at an error.
func (b *dictBlock) next() bool {
	if len(b.d.rest) == 0 {
		return false
	}
	shared := b.d.count(len(b.term))
	suffix := b.d.bytes(b.d.count(maxTerm))
	b.term = append(b.term[:shared], suffix...)
	t := termInfo{df: b.d.count(maxDocs), docsLen: b.d.count(maxFile), posLen: b.d.count(maxFile)}
	if t.docsLen+t.posLen <= inlineList {
		t.off = b.at - len(b.d.rest)
		t.inline = b.d.bytes(t.docsLen + t.posLen)
	} else {
		t.off = b.d.count(maxFile)
	}
	if t.df == 0 || len(b.term) == 0 || len(b.term) > maxTerm {
		b.d.fail()
	}
	b.info = t
	return !b.d.bad
}
