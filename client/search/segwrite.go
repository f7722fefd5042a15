package search

import (
	"bytes"

	"github.com/coffer-chat/coffer/client/store"
)

// segWriter writes one segment's file: terms in ascending order by add, then
// finish.
type segWriter struct {
	enc   listEncoder
	lists []byte // the lists of postings
	dict  []byte // the dictionary
	refs  []blockRef
	prev  []byte // the term before, in its block
	n     int    // terms in the last block
}

// add adds a term and its postings, in ascending order of documents.
func (w *segWriter) add(term []byte, list []posting) {
	docs, pos := w.enc.encode(list)
	w.put(term, len(list), docs, pos)
}

// addPlaces is add for a term's places, in ascending order; one that begins with 0
// has no positions.
func (w *segWriter) addPlaces(term []byte, places []place) {
	df, docs, pos := w.enc.encodePlaces(places, term[0] != 0)
	w.put(term, df, docs, pos)
}

func (w *segWriter) put(term []byte, df int, docs, pos []byte) {
	if w.n == termsPerBlock {
		w.n, w.prev = 0, w.prev[:0]
	}
	if w.n == 0 {
		w.refs = append(w.refs, blockRef{first: bytes.Clone(term), off: len(w.dict)})
	}
	t := termInfo{df: df, docsLen: len(docs), posLen: len(pos)}
	if t.docsLen+t.posLen <= inlineList {
		t.inline = append(docs, pos...)
	} else {
		t.off = len(w.lists)
		w.lists = append(append(w.lists, docs...), pos...)
	}
	w.dict = appendTerm(w.dict, w.prev, term, t)
	w.prev = append(w.prev[:0], term...)
	w.n++
}

// finish adds the rows and puts the segment into the batch.
func (w *segWriter) finish(b *store.Batch, k keys, id uint64, rows []row) {
	f := footer{dict: w.refs}
	for i := range f.dict {
		end := len(w.dict)
		if i+1 < len(f.dict) {
			end = f.dict[i+1].off
		}
		f.dict[i].len = end - f.dict[i].off
	}
	f.dict[0].off = len(w.lists)
	file := append(w.lists, w.dict...)
	for i := 0; i < len(rows); i += rowsPerBlock {
		start := len(file)
		file = appendRows(file, rows[i:min(i+rowsPerBlock, len(rows))])
		f.rows = append(f.rows, blockRef{time: rows[i].time, len: len(file) - start})
	}
	body := len(file)
	file = appendFooter(file, f)
	e := entry{
		docs: uint32(len(rows)), size: len(file), footer: len(file) - body,
		newest: rows[0].time, oldest: rows[len(rows)-1].time,
	}
	if len(file) <= inlineSize {
		e.inline = file
	} else {
		for n := 0; n*chunkSize < len(file); n++ {
			b.Set(k.chunk(id, n), file[n*chunkSize:min((n+1)*chunkSize, len(file))])
		}
	}
	b.Set(k.entry(id), appendEntry(nil, e))
}
