package search_test

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
)

// model is an index in its simplest form: every message, with its words
// between spaces.
type model map[[2]uint64]search.Doc

// find looks for words, all of which must occur, the last as a beginning if
// prefix is set; with side they must stand side by side.
func (m model) find(words []string, prefix, side bool, in []uint32) []search.Hit {
	var hits []search.Hit
	for _, d := range m {
		if len(in) > 0 && !slices.Contains(in, d.Conv) {
			continue
		}
		text := " " + d.Text + " "
		ok := true
		if side {
			ok = strings.Contains(text, " "+strings.Join(words, " ")+" ")
		} else {
			for i, w := range words {
				end := " "
				if prefix && i == len(words)-1 {
					end = ""
				}
				ok = ok && strings.Contains(text, " "+w+end)
			}
		}
		if ok {
			hits = append(hits, search.Hit{Conv: d.Conv, Seq: d.Seq, Time: d.Time})
		}
	}
	slices.SortFunc(hits, func(a, b search.Hit) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(b.Conv, a.Conv), cmp.Compare(b.Seq, a.Seq))
	})
	return hits
}

// pages asks a query page by page.
func pages(ix *search.Index, q search.Query) ([]search.Hit, error) {
	var all []search.Hit
	for {
		hits, err := ix.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
		if len(hits) < q.Limit {
			return all, nil
		}
		last := hits[len(hits)-1]
		q.After = &last
	}
}

// world changes an index and its model alike.
type world struct {
	t    *testing.T
	r    *mrand.Rand
	c    *corpus
	s    store.Store
	ix   *search.Index
	m    model
	next uint64
	// gathered are the seqs of what is nowhere but in a Gathering: who changes it
	// there says so to the Gathering.
	gathered map[uint64]bool
}

func newWorld(t *testing.T, s store.Store) *world {
	seed := mrand.Uint64()
	t.Logf("seed %#x", seed)
	w := &world{t: t, r: mrand.New(mrand.NewPCG(seed, 3)), c: newCorpus(seed, 300), s: s, m: model{}}
	var err error
	w.ix, err = search.Open(s, search.Options{Rand: rand.Reader, SegmentDocs: 600, CacheBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) newDoc() search.Doc {
	w.next++
	// Times are few, so that many messages have the same.
	return search.Doc{Conv: uint32(w.r.IntN(5)), Seq: w.next, Time: int64(w.r.IntN(400)) - 100, Text: w.c.text()}
}

// old returns a message that is there, or was.
func (w *world) old() search.Doc {
	seq := 1 + w.r.Uint64N(w.next)
	for conv := range uint64(5) {
		if d, ok := w.m[[2]uint64{conv, seq}]; ok {
			return d
		}
	}
	return search.Doc{Conv: uint32(w.r.IntN(5)), Seq: seq}
}

func (w *world) change() {
	var b store.Batch
	var docs []search.Doc
	m := model{}
	n := 1
	if w.r.IntN(8) == 0 {
		n = w.r.IntN(300)
	}
	for range n {
		d := w.newDoc()
		docs = append(docs, d)
		m[[2]uint64{uint64(d.Conv), d.Seq}] = d
	}
	for range w.r.IntN(3) {
		d := w.old()
		key := [2]uint64{uint64(d.Conv), d.Seq}
		if _, ok := m[key]; ok || w.gathered[d.Seq] {
			continue
		}
		if w.r.IntN(2) == 0 {
			w.ix.Remove(&b, d.Conv, d.Seq)
			delete(w.m, key)
			continue
		}
		d.Text, d.Replace = w.c.text(), true
		if !slices.ContainsFunc(docs, func(o search.Doc) bool { return o.Conv == d.Conv && o.Seq == d.Seq }) {
			docs = append(docs, d)
			m[key] = d
		}
	}
	if err := errors.Join(w.ix.Add(&b, docs...), w.s.Apply(ctx, &b)); err != nil {
		w.t.Fatal(err)
	}
	for k, d := range m {
		w.m[k] = d
	}
}

func (w *world) check() {
	w.t.Helper()
	words := []string{w.c.word()}
	for w.r.IntN(2) == 0 {
		words = append(words, w.c.word())
	}
	prefix, side := w.r.IntN(2) == 0, w.r.IntN(4) == 0
	text := strings.Join(words, " ")
	switch {
	case side:
		text = `"` + text + `"`
	case prefix:
		last := words[len(words)-1]
		words[len(words)-1] = last[:1+w.r.IntN(len(last))]
		text = strings.Join(words, " ")
	default:
		text += " "
	}
	var in []uint32
	for range w.r.IntN(3) {
		in = append(in, uint32(w.r.IntN(6)))
	}
	want := w.m.find(words, prefix, side, in)
	got, err := pages(w.ix, search.Query{Text: text, In: in, Limit: 1 + w.r.IntN(40)})
	if err != nil || !slices.Equal(got, want) {
		w.t.Fatalf("%q in %v: %d hits, %v; want %d", text, in, len(got), err, len(want))
	}
}

func (w *world) run(rounds int) {
	for i := range rounds {
		w.change()
		if w.r.IntN(12) == 0 {
			if _, err := w.ix.Compact(ctx, w.r.IntN(1000)); err != nil {
				w.t.Fatalf("compact: %v", err)
			}
		}
		if i%3 == 0 {
			w.check()
		}
	}
	for more := true; more; {
		var err error
		if more, err = w.ix.Compact(ctx, 500); err != nil {
			w.t.Fatalf("compact: %v", err)
		}
	}
	for range 50 {
		w.check()
	}
}

func TestAgainstModel(t *testing.T) { newWorld(t, mem.New()).run(400) }

func TestAgainstModelSealed(t *testing.T) {
	s, err := sealed.Open(ctx, mem.New(), make([]byte, sealed.KeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	newWorld(t, s).run(150)
}

// TestManyAtOnce lets queries, additions and two compacting processes run side
// by side. A removed message must never be found, nor one be missing.
func TestManyAtOnce(t *testing.T) {
	s := mem.New()
	ix, other := openIndex(t, s), openIndex(t, s)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for _, x := range []*search.Index{ix, other} {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := x.Compact(ctx, 200); err != nil && !errors.Is(err, store.ErrBusy) {
					t.Errorf("compact: %v", err)
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer close(done)
	const n = 300
	for seq := range uint64(n) {
		var b store.Batch
		d := search.Doc{Conv: 1, Seq: seq, Time: int64(seq), Text: "even"}
		if seq%2 == 1 {
			d.Text = "odd"
		}
		if err := errors.Join(ix.Add(&b, d), s.Apply(ctx, &b)); err != nil {
			t.Fatal(err)
		}
		if seq >= 10 {
			b.Reset()
			ix.Remove(&b, 1, seq-10)
			if err := s.Apply(ctx, &b); err != nil {
				t.Fatal(err)
			}
		}
		var hits []search.Hit
		var err error
		for range 1000 { // the other two can take a segment away at every try
			if hits, err = other.Query(ctx, search.Query{Text: d.Text + " "}); !errors.Is(err, store.ErrBusy) {
				break
			}
		}
		if err != nil {
			t.Fatalf("query: %v", err)
		}
		want := min(5, int(seq)/2+1)
		if len(hits) != want || hits[0].Seq != seq || hits[want-1].Seq != seq-2*uint64(want-1) {
			t.Fatalf("after %d: %v", seq, hits)
		}
	}
}

func TestCrashAtEveryWrite(t *testing.T) {
	for _, fault := range []mem.Fault{mem.CrashBefore, mem.CrashAfter} {
		for k := 0; ; k++ {
			s := mem.New()
			s.Inject(mem.CrashAt(k, fault))
			acked, crashed := crashRun(t, s)
			survivor := s.Survivor()
			hits, err := pages(openIndex(t, survivor), search.Query{Text: "word ", Limit: 7})
			if err != nil {
				t.Fatalf("crash at %d: %v", k, err)
			}
			if len(hits) != acked && (fault != mem.CrashAfter || len(hits) != acked+1) {
				t.Errorf("crash at %d: %d hits, %d acknowledged", k, len(hits), acked)
			}
			if !crashed {
				break
			}
		}
	}
}

// crashRun adds 30 messages one by one, compacting now and then.
func crashRun(t *testing.T, s store.Store) (acked int, crashed bool) {
	ix := openIndex(t, s)
	for seq := range uint64(30) {
		var b store.Batch
		err := errors.Join(ix.Add(&b, search.Doc{Seq: seq, Time: int64(seq), Text: fmt.Sprint("word ", seq)}), s.Apply(ctx, &b))
		if err == nil {
			acked++
			if seq%9 == 8 {
				_, err = ix.Compact(ctx, 0)
			}
		}
		if errors.Is(err, store.ErrCrashed) {
			return acked, true
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return acked, false
}
