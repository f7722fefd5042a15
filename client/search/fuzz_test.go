package search

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
)

var ctx = context.Background()

// counting is a source of ids that are always the same.
type counting struct{ n byte }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

func newIndex(t testing.TB, s store.Store) *Index {
	t.Helper()
	ix, err := Open(s, Options{Rand: &counting{}})
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// written returns what Add and Remove write for documents.
func written(t testing.TB, docs ...Doc) []store.Entry {
	t.Helper()
	s := mem.New()
	ix := newIndex(t, s)
	var b store.Batch
	if err := errors.Join(ix.Add(&b, docs...), s.Apply(ctx, &b)); err != nil {
		t.Fatal(err)
	}
	e, err := store.Collect(ctx, s, store.Range{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func smallSegment(t testing.TB) []store.Entry {
	return written(t,
		Doc{Conv: 1, Seq: 1, Time: 5, Text: "harbour at noon"},
		Doc{Conv: 2, Seq: 9, Time: 4, Text: "the harbour, the harbour 你好", Replace: true})
}

func largeSegment(t testing.TB) []store.Entry {
	var docs []Doc
	for i := range uint64(1500) {
		docs = append(docs, Doc{Conv: uint32(i % 7), Seq: i, Time: int64(i / 3), Text: fmt.Sprintf("the harbour at %d, the end", i*i)})
	}
	return written(t, docs...)
}

var damagedQueries = []string{"harbour", "the harbour ", `"the harbour"`, "h", "你好", "at noon"}

// useDamaged does with a damaged index all that can be done: errors must be
// typed, and nothing may panic.
func useDamaged(t *testing.T, entries []store.Entry) {
	t.Helper()
	s := mem.New()
	var b store.Batch
	for _, e := range entries {
		b.Set(e.Key, e.Value)
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	ix := newIndex(t, s)
	check := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) {
			t.Fatalf("untyped error: %v", err)
		}
	}
	for _, text := range damagedQueries {
		for _, in := range [][]uint32{nil, {1}, {1, 2}} {
			hits, err := ix.Query(ctx, Query{Text: text, In: in, Limit: 3})
			check(err)
			if len(hits) > 0 {
				_, err = ix.Query(ctx, Query{Text: text, In: in, After: &hits[len(hits)-1]})
				check(err)
			}
		}
	}
	b.Reset()
	for n := range uint64(8) { // enough for Compact to merge all
		ix.Remove(&b, 1, n)
		if err := ix.Add(&b, Doc{Conv: 3, Seq: n, Text: "more"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	_, err := ix.Compact(ctx, 0)
	check(err)
}

func TestDamage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, entries := range map[string][]store.Entry{"small": smallSegment(t), "large": largeSegment(t)} {
		t.Run(name, func(t *testing.T) {
			useDamaged(t, entries)
			for range 60 {
				damaged := append([]store.Entry(nil), entries...)
				i := r.IntN(len(damaged))
				v := bytes.Clone(damaged[i].Value)
				switch at := r.IntN(len(v)); r.IntN(4) {
				case 0:
					v = v[:at]
				case 1:
					v = append(v, 0)
				default:
					v[at] ^= 1 << r.IntN(8)
				}
				damaged[i].Value = v
				useDamaged(t, damaged)
			}
			for i := range entries {
				useDamaged(t, append(append([]store.Entry(nil), entries[:i]...), entries[i+1:]...))
			}
		})
	}
}

func TestLaterFormatIsRefused(t *testing.T) {
	s := mem.New()
	ix := newIndex(t, s)
	var b store.Batch
	b.Set(ix.keys.entry(7), []byte{entryVersion + 1, 1, 2, 3})
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Query(ctx, Query{Text: "x"}); !errors.Is(err, ErrFormat) {
		t.Errorf("query: %v", err)
	}
	if _, err := ix.Compact(ctx, 0); !errors.Is(err, ErrFormat) {
		t.Errorf("compact: %v", err)
	}
}

func TestMissingChunkIsDamage(t *testing.T) {
	s := mem.New()
	ix := newIndex(t, s)
	var b store.Batch
	for _, e := range largeSegment(t) {
		if !bytes.HasPrefix(e.Key, ix.keys.table.Uint64(kindChunk).Bytes()) {
			b.Set(e.Key, e.Value)
		}
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Query(ctx, Query{Text: "harbour"}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("query: %v", err)
	}
}

func FuzzSegment(f *testing.F) {
	entries := smallSegment(f)
	for _, e := range entries {
		f.Add(e.Value)
	}
	f.Add([]byte(strings.Repeat("\x01", 60)))
	key := entries[0].Key
	f.Fuzz(func(t *testing.T, value []byte) {
		useDamaged(t, []store.Entry{{Key: key, Value: value}})
	})
}

func FuzzParseEntry(f *testing.F) {
	for _, e := range append(smallSegment(f), largeSegment(f)[0]) {
		f.Add(e.Value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		e, err := parseEntry(1, value)
		if err != nil {
			return
		}
		again, err := parseEntry(1, appendEntry(nil, e))
		if err != nil || again.docs != e.docs || again.size != e.size || again.newest != e.newest || !bytes.Equal(again.inline, e.inline) {
			t.Fatalf("%v written and parsed is %v, %v", e, again, err)
		}
	})
}

func FuzzParseFooter(f *testing.F) {
	ref := footer{
		dict: []blockRef{{first: []byte("a"), len: 9}, {first: []byte("mm"), len: 7}},
		rows: []blockRef{{time: 7, len: 3}, {time: -2, len: 4}},
	}
	f.Add(appendFooter(nil, ref), uint32(200), 23)
	f.Fuzz(func(t *testing.T, data []byte, docs uint32, limit int) {
		got, err := parseFooter(data, docs%maxDocs+1, min(max(limit, 0), maxFile))
		if err != nil {
			return
		}
		for _, refs := range [][]blockRef{got.dict, got.rows} {
			for _, r := range refs {
				if r.off < 0 || r.len < 0 || r.off+r.len > limit {
					t.Fatal("a block lies outside the file")
				}
			}
		}
	})
}

func FuzzParseRows(f *testing.F) {
	f.Add(appendRows(nil, []row{{5, 1, 1, 0}, {5, 1, 0, 7}, {-4, 1<<32 - 1, 1<<64 - 1, 0}}), 3)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		rows, err := parseRows(nil, data, n%rowsPerBlock)
		if err != nil {
			return
		}
		again, err := parseRows(nil, appendRows(nil, rows), len(rows))
		if err != nil || len(again) != len(rows) {
			t.Fatalf("written and parsed: %v", err)
		}
		for i := range rows {
			if rows[i] != again[i] {
				t.Fatalf("row %d: %v, then %v", i, rows[i], again[i])
			}
		}
	})
}
