package search

import (
	"encoding/binary"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
)

// Limits of one segment; more documents make more segments.
const (
	maxDocs  = 1 << 17  // documents of the largest segment
	maxBuild = 40 << 20 // bytes of the file of one that is made of texts, about: well below maxFile
)

// builder makes a segment of documents in memory. It keeps no texts: of each
// document the numbers of its terms, in their order.
type builder struct {
	scan  scanner
	terms termTable
	docs  []builtDoc
	units []byte // of all documents, one after the other
	file  int    // bytes of the file, at most
	key   [5]byte
}

// builtDoc is a document with its row and where its units are; without any it
// was taken out again.
type builtDoc struct {
	row      row
	from, to uint32
}

// place is where a term stands.
type place struct{ doc, pos uint32 }

// A unit is encoded as twice its term's number. One more than that stands for a
// pair, which is at the place before the unit before it.
const isPair = 1

// convTerm is the term that stands for a conversation: a byte that begins no
// word, then its number. It has no positions.
func convTerm(b []byte, conv uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b[:0], 0), conv)
}

// Bytes of a file that a document's row, a term, and a place of a term take at
// most: what is beside a term's own bytes are five numbers.
const (
	rowBytes   = 40
	termBytes  = 20
	placeBytes = 8
)

// takes reports whether a segment with one more document stays within bounds.
func (w *builder) takes() bool { return len(w.docs) < maxDocs && w.file < maxBuild }

// add adds a document.
func (w *builder) add(r row, text string) {
	from := uint32(len(w.units))
	w.unit(convTerm(w.key[:0], r.conv), 0)
	next := uint32(0)
	w.scan.terms(text, func(term []byte, pos uint32) {
		if pos == next {
			w.unit(term, 0)
			next++
		} else {
			w.unit(term, isPair)
		}
	})
	w.docs = append(w.docs, builtDoc{r, from, uint32(len(w.units))})
	w.file += rowBytes
}

func (w *builder) unit(term []byte, flag uint64) {
	n, added := w.terms.number(term)
	if added {
		w.file += termBytes + len(term)
	}
	w.file += placeBytes
	w.units = binary.AppendUvarint(w.units, uint64(n)<<1|flag)
}

// drop takes a conversation's documents out again.
func (w *builder) drop(conv uint32, seqs map[uint64]bool) {
	for i := range w.docs {
		if d := &w.docs[i]; d.row.conv == conv && seqs[d.row.seq] {
			d.to = d.from
		}
	}
}

// write puts the segment into the batch, unless there is nothing in it.
func (w *builder) write(b *store.Batch, k keys, id uint64) {
	docs := slices.DeleteFunc(w.docs, func(d builtDoc) bool { return d.from == d.to })
	if len(docs) == 0 {
		return
	}
	slices.SortFunc(docs, func(a, b builtDoc) int { return compareRows(a.row, b.row) })
	rows := make([]row, len(docs))
	ends := make([]uint32, w.terms.len()+1) // of each term's places
	for i, d := range docs {
		rows[i] = d.row
		for units := w.units[d.from:d.to]; len(units) > 0; {
			u, n := binary.Uvarint(units)
			units = units[n:]
			ends[u>>1+1]++
		}
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	places, next := make([]place, ends[len(ends)-1]), slices.Clone(ends)
	for i, d := range docs {
		pos := uint32(0)
		for units := w.units[d.from:d.to]; len(units) > 0; {
			u, n := binary.Uvarint(units)
			at := pos
			switch {
			case len(units) == int(d.to-d.from): // the conversation's term has no place
			case u&isPair != 0:
				at = pos - 2
			default:
				pos++
			}
			places[next[u>>1]] = place{uint32(i), at}
			next[u>>1]++
			units = units[n:]
		}
	}
	var out segWriter
	out.lists = make([]byte, 0, 3*len(places))
	for _, t := range w.terms.sorted() {
		if from, to := ends[t], ends[t+1]; from < to {
			out.addPlaces(w.terms.term(t), places[from:to])
		}
	}
	out.finish(b, k, id, rows)
}
