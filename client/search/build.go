package search

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
)

// Limits of one segment as Add writes it; more documents make more segments.
const (
	buildDocs = 1 << 14
	buildText = 1 << 20 // bytes of text
	maxDocs   = 1 << 17 // documents of the largest segment that Compact makes
)

// occurrence is a term at a place.
type occurrence struct{ term, doc, pos uint32 }

// builder makes a segment of documents in memory.
type builder struct {
	scan  scanner
	ids   map[string]uint32
	terms []string
	occs  []occurrence
	key   [5]byte
}

// newDoc is a document with its row.
type newDoc struct {
	row  row
	text string
}

// convTerm is the term that stands for a conversation: a byte that begins no
// word, then its number. It has no positions.
func convTerm(b []byte, conv uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b[:0], 0), conv)
}

// build puts a segment of docs, which it sorts, into the batch.
func (w *builder) build(b *store.Batch, k keys, id uint64, docs []newDoc) {
	slices.SortFunc(docs, func(a, b newDoc) int { return compareRows(a.row, b.row) })
	clear(w.ids)
	if w.ids == nil {
		text := 0
		for _, d := range docs {
			text += len(d.text)
		}
		text = min(text, buildText)
		w.ids = make(map[string]uint32, text/64)
		w.occs = make([]occurrence, 0, text/6+2*len(docs))
	}
	w.terms, w.occs = w.terms[:0], w.occs[:0]
	rows := make([]row, len(docs))
	for i, d := range docs {
		rows[i] = d.row
		doc := uint32(i)
		w.occur(convTerm(w.key[:0], d.row.conv), doc, 0)
		w.scan.terms(d.text, func(term []byte, pos uint32) { w.occur(term, doc, pos) })
	}
	w.write(b, k, id, rows)
}

func (w *builder) occur(term []byte, doc, pos uint32) {
	id, ok := w.ids[string(term)]
	if !ok {
		id = uint32(len(w.terms))
		s := string(term)
		w.ids[s] = id
		w.terms = append(w.terms, s)
	}
	w.occs = append(w.occs, occurrence{id, doc, pos})
}

// write sorts the occurrences by term, keeping their order within a term, and
// writes the file.
func (w *builder) write(b *store.Batch, k keys, id uint64, rows []row) {
	ends := make([]int, len(w.terms)+1)
	for _, o := range w.occs {
		ends[o.term+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	sorted := make([]occurrence, len(w.occs))
	next := slices.Clone(ends[:len(w.terms)])
	for _, o := range w.occs {
		sorted[next[o.term]] = o
		next[o.term]++
	}
	order := make([]uint32, len(w.terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(w.terms[a], w.terms[b]) })

	var out segWriter
	var list []posting
	var pos []byte
	var term []byte
	for _, t := range order {
		term = append(term[:0], w.terms[t]...)
		list, pos = postings(list[:0], pos[:0], sorted[ends[t]:ends[t+1]], term[0] != 0)
		out.add(term, list)
	}
	out.finish(b, k, id, rows)
}

// postings makes a list of one term's occurrences. The encoded positions are
// appended to buf.
func postings(dst []posting, buf []byte, occs []occurrence, withPos bool) ([]posting, []byte) {
	// Slices of buf are taken once it has stopped growing.
	type span struct{ from, to int }
	var spans []span
	for i := 0; i < len(occs); {
		end := i + 1
		for end < len(occs) && occs[end].doc == occs[i].doc {
			end++
		}
		dst = append(dst, posting{doc: occs[i].doc})
		if withPos {
			from, prev := len(buf), uint32(0)
			buf = binary.AppendUvarint(buf, uint64(end-i))
			for _, o := range occs[i:end] {
				buf = binary.AppendUvarint(buf, uint64(o.pos-prev))
				prev = o.pos
			}
			spans = append(spans, span{from, len(buf)})
		}
		i = end
	}
	for i, s := range spans {
		dst[len(dst)-len(spans)+i].pos = buf[s.from:s.to]
	}
	return dst, buf
}
