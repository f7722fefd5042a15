package search_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

// TestWorkOfAQuery: of an index that was just opened, an answer reads few pieces of 16
// KiB, and of one that has answered before none.
func TestWorkOfAQuery(t *testing.T) {
	disk, c := mem.New(), newCorpus(1, 60_000)
	var g search.Gathering
	for i := range 20_000 {
		g.Add(search.Doc{Conv: uint32(i % 50), Seq: uint64(i), Time: int64(i) * 60_000, Text: c.text()})
	}
	var b store.Batch
	if err := errors.Join(openIndex(t, disk).AddGathered(&b, &g), disk.Apply(ctx, &b)); err != nil {
		t.Fatal(err)
	}
	counted := storetest.Count(disk)
	for _, query := range []struct {
		text string
		gets int
	}{
		{c.words[0], 8}, // unfinished: each word that begins so
		{c.words[40_000], 6},
		{c.words[100] + " " + c.words[200] + " ", 10},
		{"\"" + c.words[1] + " " + c.words[2] + "\"", 24},
	} {
		ix := openIndex(t, counted)
		for again, most := range []int{query.gets, 3} {
			counted.Take()
			if _, err := ix.Query(ctx, search.Query{Text: query.text}); err != nil {
				t.Fatal(err)
			}
			if w := counted.Take(); w.AllGets() > most || w.Scans > 2 || w.Rows["ix"] > 1 {
				t.Errorf("%s: %d values read, want at most %d; %d scans of %d rows (time %d)", query.text, w.AllGets(), most, w.Scans, w.Rows["ix"], again+1)
			}
		}
	}
}

// TestWorkOfGathering: what a restore makes searchable is one part, and a message costs
// hardly an allocation.
func TestWorkOfGathering(t *testing.T) {
	c := newCorpus(2, 5_000)
	docs := make([]search.Doc, 10_000)
	for i := range docs {
		docs[i] = search.Doc{Conv: uint32(i % 50), Seq: uint64(i), Time: int64(i), Text: c.text()}
	}
	ix, err := search.Open(mem.New(), search.Options{Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(1, func() {
		var g search.Gathering
		var b store.Batch
		g.Add(docs...)
		if err := ix.AddGathered(&b, &g); err != nil {
			t.Fatal(err)
		}
		if list := b.Ops(); len(list) < 2 || len(list) > 100 {
			t.Fatalf("%d rows written for %d messages", len(list), len(docs))
		}
	})
	if perDoc := allocs / float64(len(docs)); perDoc > 0.5 {
		t.Errorf("%.2f allocations a message", perDoc)
	}
}
