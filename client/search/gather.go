package search

import (
	"github.com/coffer-chat/coffer/client/store"
)

// Gathering is documents that wait to become one large segment instead of many
// small ones: a question costs by the segment, and so does writing. Until they are
// written nothing finds them. The zero value is empty; it is for one goroutine at a time.
type Gathering struct{ parts []*builder }

// Add adds documents. It takes no Replace: what replaces is added to a batch.
func (g *Gathering) Add(docs ...Doc) {
	for i := range docs {
		g.add(row{time: docs[i].Time, conv: docs[i].Conv, seq: docs[i].Seq}, docs[i].Text)
	}
}

func (g *Gathering) add(r row, text string) {
	n := len(g.parts)
	if n == 0 || !g.parts[n-1].takes() {
		g.parts = append(g.parts, new(builder))
		n++
	}
	g.parts[n-1].add(r, text)
}

// Drop takes messages' documents out.
func (g *Gathering) Drop(conv uint32, seqs ...uint64) {
	if len(seqs) == 0 {
		return
	}
	out := make(map[uint64]bool, len(seqs))
	for _, seq := range seqs {
		out[seq] = true
	}
	for _, p := range g.parts {
		p.drop(conv, out)
	}
}

// Docs is how many documents were added.
func (g *Gathering) Docs() (n int) {
	for _, p := range g.parts {
		n += len(p.docs)
	}
	return n
}

// Size is how many bytes the documents take at most, in memory as in the store.
// While they are written they take about twice that again.
func (g *Gathering) Size() (n int) {
	for _, p := range g.parts {
		n += p.file
	}
	return n
}

// AddGathered adds what was gathered to the batch: it can be found once the batch
// is applied. Then the gathering is empty. An error leaves both as they were.
func (x *Index) AddGathered(b *store.Batch, g *Gathering) error {
	ids, err := x.randomIDs(len(g.parts))
	if err != nil {
		return err
	}
	for i, p := range g.parts {
		p.write(b, x.keys, ids[i])
	}
	g.parts = nil
	return nil
}
