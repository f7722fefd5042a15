package search_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

var ctx = context.Background()

func sealedSQLite(b testing.TB) store.Store {
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "store.db"))
	if err != nil {
		b.Fatal(err)
	}
	c, err := sealed.Open(ctx, s, make([]byte, sealed.KeySize), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

func openIndex(t testing.TB, s store.Store) *search.Index {
	t.Helper()
	ix, err := search.Open(s, search.Options{Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// fill indexes n messages of 200 conversations, as an import does.
func fill(b testing.TB, s store.Store, n int, compact bool) (c *corpus, took time.Duration) {
	c = newCorpus(1, 60_000)
	ix := openIndex(b, s)
	const perBatch = 4096
	for at := 0; at < n; at += perBatch {
		docs := make([]search.Doc, 0, perBatch)
		for i := at; i < min(n, at+perBatch); i++ {
			docs = append(docs, search.Doc{Conv: uint32(c.r.IntN(200)), Seq: uint64(i), Time: int64(i) * 60_000, Text: c.text()})
		}
		start := time.Now()
		var batch store.Batch
		if err := ix.Add(&batch, docs...); err != nil {
			b.Fatal(err)
		}
		if err := s.Apply(ctx, &batch); err != nil {
			b.Fatal(err)
		}
		if compact {
			if _, err := ix.Compact(ctx, 1<<15); err != nil {
				b.Fatal(err)
			}
		}
		took += time.Since(start)
	}
	if compact {
		start := time.Now()
		if more, err := ix.Compact(ctx, 0); err != nil || more {
			b.Fatal(more, err)
		}
		took += time.Since(start)
	}
	return c, took
}

func benchFill(b *testing.B, newStore func(testing.TB) store.Store, compact bool) {
	const n = 100_000
	var total time.Duration
	rounds := 0
	for b.Loop() {
		_, took := fill(b, newStore(b), n, compact)
		total += took
		rounds++
	}
	b.ReportMetric(float64(n*rounds)/total.Seconds(), "messages/s")
}

func BenchmarkAddMem(b *testing.B) {
	benchFill(b, func(testing.TB) store.Store { return mem.New() }, false)
}
func BenchmarkAddSealed(b *testing.B)        { benchFill(b, sealedSQLite, false) }
func BenchmarkAddCompactSealed(b *testing.B) { benchFill(b, sealedSQLite, true) }

// BenchmarkQueries asks an index of a million messages questions of several
// kinds and reports how long the slowest of a hundred took.
func BenchmarkQueries(b *testing.B) {
	if testing.Short() {
		b.Skip("not run: -short")
	}
	s := sealedSQLite(b)
	c, took := fill(b, s, 1_000_000, true)
	b.Logf("filled in %v", took)
	w := c.words
	conv := []uint32{7}
	for _, q := range []struct {
		name  string
		query func() search.Query
	}{
		{"frequent", func() search.Query { return search.Query{Text: w[c.r.IntN(20)] + " "} }},
		{"rare", func() search.Query { return search.Query{Text: w[20_000+c.r.IntN(30_000)] + " "} }},
		{"two", func() search.Query { return search.Query{Text: c.word() + " " + c.word() + " "} }},
		{"three", func() search.Query { return search.Query{Text: c.word() + " " + c.word() + " " + c.word()} }},
		{"prefix1", func() search.Query { return search.Query{Text: c.word()[:1]} }},
		{"prefix2", func() search.Query { return search.Query{Text: w[c.r.IntN(1000)][:2]} }},
		{"word prefix1", func() search.Query { return search.Query{Text: w[c.r.IntN(50_000)] + " " + c.word()[:1]} }},
		{"phrase", func() search.Query { return search.Query{Text: `"` + w[c.r.IntN(50)] + " " + w[c.r.IntN(50)] + `"`} }},
		{"conversation", func() search.Query { return search.Query{Text: w[c.r.IntN(200)], In: conv} }},
		{"none", func() search.Query { return search.Query{Text: w[c.r.IntN(50)] + " nowhere "} }},
	} {
		for _, cold := range []bool{false, true} {
			name := q.name + "/warm"
			if cold {
				name = q.name + "/cold"
			}
			b.Run(name, func(b *testing.B) {
				ix := openIndex(b, s)
				var times []time.Duration
				hits := 0
				for b.Loop() {
					if cold {
						ix = openIndex(b, s)
					}
					query := q.query()
					start := time.Now()
					h, err := ix.Query(ctx, query)
					times = append(times, time.Since(start))
					if err != nil {
						b.Fatal(err)
					}
					hits += len(h)
				}
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(hits)/float64(len(times)), "hits")
			})
		}
	}
}
