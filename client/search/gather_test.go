package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// TestGatheringAgainstModel: what is gathered bit by bit, while other messages are
// added, edited and removed, is found like what was added at once.
func TestGatheringAgainstModel(t *testing.T) {
	w := newWorld(t, mem.New())
	for range 4 {
		var g search.Gathering
		gathered := model{}
		w.gathered = map[uint64]bool{}
		for range 12 {
			d := w.newDoc()
			w.gathered[d.Seq] = true
			if w.r.IntN(6) == 0 {
				d.Text = strings.Repeat(d.Text+" 你好 ", 200) // many places
			}
			g.Add(d)
			gathered[[2]uint64{uint64(d.Conv), d.Seq}] = d
			if w.r.IntN(10) == 0 {
				g.Drop(d.Conv, d.Seq, d.Seq+1)
				delete(gathered, [2]uint64{uint64(d.Conv), d.Seq})
			}
			w.change()
		}
		if g.Docs() != 12 || g.Size() == 0 {
			t.Fatalf("%d documents, %d bytes", g.Docs(), g.Size())
		}
		for k := range gathered {
			if _, ok := w.m[k]; ok {
				t.Fatal("seq used twice")
			}
		}
		w.check()
		var b store.Batch
		if err := w.ix.AddGathered(&b, &g); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Apply(ctx, &b); err != nil {
			t.Fatal(err)
		}
		if g.Docs() != 0 || g.Size() != 0 {
			t.Fatal("the gathering is not empty")
		}
		for k, d := range gathered {
			w.m[k] = d
		}
		w.gathered = nil
		w.check()
	}
	w.run(30)
}

// TestGatheringIsOneSegment: many documents of many conversations become one
// segment, which a compaction leaves alone.
func TestGatheringIsOneSegment(t *testing.T) {
	const docs = 80 << 10
	s := mem.New()
	ix := openIndex(t, s)
	c := newCorpus(5, 3000)
	var g search.Gathering
	for i := range uint64(docs) {
		g.Add(search.Doc{Conv: uint32(i / 300), Seq: i, Time: int64(i * 7919 % docs), Text: c.word() + " " + c.word()})
	}
	var b store.Batch
	if err := ix.AddGathered(&b, &g); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	before, err := store.Collect(ctx, s, store.Table("ix").Uint64(1).Range())
	if err != nil || len(before) != 1 {
		t.Fatalf("%d segments, %v", len(before), err)
	}
	if more, err := ix.Compact(ctx, 0); err != nil || more {
		t.Fatal(more, err)
	}
	after, err := store.Collect(ctx, s, store.Table("ix").Uint64(1).Range())
	if err != nil || len(after) != 1 || !slices.Equal(after[0].Key, before[0].Key) {
		t.Errorf("it was written anew, %v", err)
	}
}

// TestGatheringParts: what is too much for one segment becomes several; without
// randomness nothing is lost.
func TestGatheringParts(t *testing.T) {
	const docs = 1<<17 + 5 // one segment takes 1<<17
	s := mem.New()
	var g search.Gathering
	for seq := range uint64(docs) {
		text := "many"
		if seq%1000 == 0 {
			text = "few"
		}
		g.Add(search.Doc{Conv: 1, Seq: seq, Time: int64(seq), Text: text})
	}
	broken, err := search.Open(s, search.Options{Rand: strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	if err := broken.AddGathered(&b, &g); err == nil || b.Len() != 0 || g.Docs() != docs {
		t.Fatalf("without randomness: %v, %d", err, g.Docs())
	}
	ix := openIndex(t, s)
	if err := ix.AddGathered(&b, &g); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	list, err := store.Collect(ctx, s, store.Table("ix").Uint64(1).Range())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d segments, %v", len(list), err)
	}
	found, err := pages(ix, search.Query{Text: "few ", Limit: 50})
	if err != nil || len(found) != (docs+999)/1000 {
		t.Errorf("%d found, %v", len(found), err)
	}
}
