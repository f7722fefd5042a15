package search_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
)

func add(t *testing.T, ix *search.Index, s store.Store, docs ...search.Doc) {
	t.Helper()
	var b store.Batch
	if err := errors.Join(ix.Add(&b, docs...), s.Apply(ctx, &b)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, ix *search.Index, s store.Store, conv uint32, seqs ...uint64) {
	t.Helper()
	var b store.Batch
	for _, seq := range seqs {
		ix.Remove(&b, conv, seq)
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
}

func compactAll(t *testing.T, ix *search.Index) {
	t.Helper()
	if more, err := ix.Compact(ctx, 0); err != nil || more {
		t.Fatalf("compact: more %v, %v", more, err)
	}
}

func wantSeqs(t *testing.T, ix *search.Index, text string, want ...uint64) {
	t.Helper()
	hits, err := ix.Query(ctx, search.Query{Text: text})
	var got []uint64
	for _, h := range hits {
		got = append(got, h.Seq)
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q: %v, %v; want %v", text, got, err, want)
	}
}

// holds reports whether text stands anywhere in the store.
func holds(t *testing.T, s store.Store, text string) bool {
	t.Helper()
	found := false
	err := s.Scan(ctx, store.Range{}, func(k, v []byte) error {
		found = found || bytes.Contains(v, []byte(text)) || bytes.Contains(k, []byte(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRemovedIsGoneFromDisk(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	var docs []search.Doc
	for seq := range uint64(3000) {
		docs = append(docs, search.Doc{Seq: seq, Time: int64(seq), Text: fmt.Sprintf("common unique%dword", seq)})
	}
	add(t, ix, s, docs[:1500]...)
	add(t, ix, s, docs[1500:]...)
	add(t, ix, s, search.Doc{Seq: 9000, Text: "lonely"})
	wantSeqs(t, ix, "unique77word", 77)
	wantSeqs(t, ix, "lonely", 9000)
	if !holds(t, s, "lonely") {
		t.Fatal("not there before it is removed: the test sees nothing")
	}
	remove(t, ix, s, 0, 77, 9000)
	wantSeqs(t, ix, "unique77word")
	wantSeqs(t, ix, "lonely")
	wantSeqs(t, ix, "unique78word", 78)
	compactAll(t, ix)
	for _, gone := range []string{"unique77word", "77word", "lonely"} {
		if holds(t, s, gone) {
			t.Errorf("%s is still on disk", gone)
		}
	}
	wantSeqs(t, ix, "unique77word")
	wantSeqs(t, ix, "unique78word", 78)
	if n := len(entries(t, s, 3)); n != 0 {
		t.Errorf("%d tombstones left", n)
	}
	remove(t, ix, s, 0, 77) // nothing is there: Compact forgets it
	compactAll(t, ix)
	if n := len(entries(t, s, 3)); n != 0 {
		t.Errorf("%d tombstones left", n)
	}
}

func entries(t *testing.T, s store.Store, kind uint64) []store.Entry {
	t.Helper()
	e, err := store.Collect(ctx, s, store.Table("ix").Uint64(kind).Range())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReplace(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	doc := func(text string, replace bool) search.Doc {
		return search.Doc{Conv: 4, Seq: 5, Time: 6, Text: text, Replace: replace}
	}
	for _, compact := range []bool{false, true} {
		step := func() {
			if compact {
				compactAll(t, ix)
			}
		}
		add(t, ix, s, doc("first both", true))
		step()
		add(t, ix, s, doc("second both", true))
		step()
		wantSeqs(t, ix, "first")
		wantSeqs(t, ix, "second", 5)
		wantSeqs(t, ix, "both", 5)
		remove(t, ix, s, 4, 5)
		step()
		wantSeqs(t, ix, "both")
		add(t, ix, s, doc("third both", true))
		step()
		wantSeqs(t, ix, "both", 5)
		remove(t, ix, s, 4, 5)
		step()
	}
	compactAll(t, ix)
	if n := len(entries(t, s, 1)); n != 0 {
		t.Errorf("%d segments without documents", n)
	}
}

func TestAddedTwiceIsFoundOnce(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	for range 3 {
		add(t, ix, s, search.Doc{Seq: 1, Text: "again"}, search.Doc{Seq: 2, Text: "again"})
	}
	wantSeqs(t, ix, "again", 2, 1)
	for seq := range uint64(5) {
		add(t, ix, s, search.Doc{Seq: 10 + seq, Text: "more"})
	}
	compactAll(t, ix)
	wantSeqs(t, ix, "again", 2, 1)
}

func TestReset(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	add(t, ix, s, search.Doc{Seq: 1, Text: strings.Repeat("some words here ", 3000)})
	remove(t, ix, s, 0, 7)
	var b store.Batch
	ix.Reset(&b)
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if e, err := store.Collect(ctx, s, store.Range{}); err != nil || len(e) != 0 {
		t.Errorf("%d entries left, %v", len(e), err)
	}
	wantSeqs(t, ix, "words")
}

func TestNothingLegibleInASealedStore(t *testing.T) {
	inner := mem.New()
	s, err := sealed.Open(ctx, inner, make([]byte, sealed.KeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ix := openIndex(t, s)
	var docs []search.Doc
	for seq := range uint64(2000) {
		docs = append(docs, search.Doc{Conv: 9, Seq: seq, Time: int64(seq), Text: fmt.Sprintf("harbour%d", seq)})
	}
	add(t, ix, s, docs...)
	remove(t, ix, s, 9, 3)
	wantSeqs(t, ix, "harbour1999", 1999)
	if !holds(t, s, "harbour") || holds(t, inner, "harbour") {
		t.Error("a word stands on disk, or the test sees nothing")
	}
	compactAll(t, ix)
	if holds(t, inner, "harbour") {
		t.Error("a word stands on disk")
	}
	wantSeqs(t, ix, "harbour3 ")
}

func TestSmallSegmentsAreMerged(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	for seq := range uint64(1000) {
		add(t, ix, s, search.Doc{Seq: seq, Time: int64(seq), Text: "message"})
		if seq%50 == 0 {
			if _, err := ix.Compact(ctx, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	compactAll(t, ix)
	if n := len(entries(t, s, 1)); n > 24 {
		t.Errorf("%d segments", n)
	}
	hits, err := pages(ix, search.Query{Text: "mess", Limit: 64})
	if err != nil || len(hits) != 1000 {
		t.Errorf("%d hits, %v", len(hits), err)
	}
}

func TestBudget(t *testing.T) {
	s := mem.New()
	ix := openIndex(t, s)
	for seq := range uint64(256) {
		add(t, ix, s, search.Doc{Seq: seq, Text: "message"})
	}
	calls, more := 0, true
	for more {
		before := s.Applies()
		var err error
		if more, err = ix.Compact(ctx, 20); err != nil {
			t.Fatal(err)
		}
		if steps := s.Applies() - before; steps > 20/8 {
			t.Errorf("a call with a budget of 20 made %d steps", steps)
		}
		calls++
	}
	if calls < 16 || calls > 40 {
		t.Errorf("%d calls", calls)
	}
	if more, err := ix.Compact(ctx, 20); more || err != nil {
		t.Errorf("with nothing to do: %v, %v", more, err)
	}
}

func TestErrors(t *testing.T) {
	if _, err := search.Open(mem.New(), search.Options{}); err == nil {
		t.Error("opened without randomness")
	}
	s := mem.New()
	ix, err := search.Open(s, search.Options{Rand: strings.NewReader("short")})
	if err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	if err := ix.Add(&b, search.Doc{Text: "x", Replace: true}); err == nil || b.Len() != 0 {
		t.Errorf("add without randomness: %v, %d changes", err, b.Len())
	}
	if _, err := ix.Query(ctx, search.Query{Text: " "}); !errors.Is(err, search.ErrNoWords) {
		t.Errorf("empty query: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Query(ctx, search.Query{Text: "x"}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("query of a closed store: %v", err)
	}
	if _, err := ix.Compact(ctx, 0); !errors.Is(err, store.ErrClosed) {
		t.Errorf("compact of a closed store: %v", err)
	}
}
