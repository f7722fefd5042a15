package mls

import (
	"testing"
	"time"
)

// saveBench measures what must be written after one change of a group, and tells
// beside it what writing all of it takes.
func saveBench(b *testing.B, w *benchWorld, keepHistory bool, change func(g *Group) *Group) {
	g := w.member(b, LeafIndex(w.n-1), keepHistory)
	var s Saver
	_, written := s.Changes(g)
	written()
	g = change(g)
	var list []Record
	b.ReportAllocs()
	for b.Loop() {
		list, _ = s.Changes(g) // never written: the same again
	}
	size := 0
	for _, r := range list {
		size += len(r.Key) + len(r.Value)
	}
	const rounds = 5
	start := time.Now()
	for range rounds {
		if _, err := g.MarshalBinary(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/rounds, "all-ns/op")
	all, err := g.MarshalBinary()
	noErr(b, err)
	b.ReportMetric(float64(size), "bytes")
	b.ReportMetric(float64(len(list)), "records")
	b.ReportMetric(float64(len(all)), "all-bytes")
}

// BenchmarkSaveCommit saves another's renewal of keys in a full tree.
func BenchmarkSaveCommit(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		staged, err := w.member(b, 0, true).Commit(w.bench(), CommitOptions{})
		noErr(b, err)
		saveBench(b, w, true, func(g *Group) *Group {
			next, err := g.Process(staged.Message, ProcessOptions{})
			noErr(b, err)
			return next.Group()
		})
	})
}

// BenchmarkSaveMessage saves the first message of a sender, without history: the
// keys on its way through the secret tree are erased.
func BenchmarkSaveMessage(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		msg, err := w.member(b, 0, false).Seal(w.bench(), SealOptions{}, benchText)
		noErr(b, err)
		saveBench(b, w, false, func(g *Group) *Group {
			_, err := g.Open(msg)
			noErr(b, err)
			return g
		})
	})
}

// BenchmarkLoad reads a saved group back, records beside the whole.
func BenchmarkLoad(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		g := w.member(b, 0, true)
		s := newSavedStore()
		s.save(g)
		state, err := g.MarshalBinary()
		noErr(b, err)
		beside(b, 1, nil, func() {
			if _, _, err := LoadSaved(s.all(), onAllCores); err != nil {
				b.Fatal(err)
			}
		}, func() {
			if _, err := LoadGroup(state, nil); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(float64(len(s.rows)), "records")
	})
}
