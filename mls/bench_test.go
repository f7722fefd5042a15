package mls

import (
	"fmt"
	"io"
	"testing"
)

func (w *benchWorld) bench() io.Reader { return seeded("bench") }

func BenchmarkSeal(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		g, r := w.member(b, 0, true), w.bench()
		var msg []byte
		beside(b, 200, nil, func() {
			var err error
			if msg, err = g.Seal(r, SealOptions{AAD: benchText[:100]}, benchText); err != nil {
				b.Fatal(err)
			}
		}, w.floor.seal)
		b.ReportMetric(float64(len(msg)), "wire-bytes")
	})
}

func BenchmarkOpen(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		from, g, r := w.member(b, 0, true), w.member(b, LeafIndex(w.n-1), true), w.bench()
		var msgs [][]byte
		beside(b, 200, func() {
			msg, err := from.Seal(r, SealOptions{AAD: benchText[:100]}, benchText)
			noErr(b, err)
			msgs = append(msgs, msg)
		}, func() {
			if _, err := g.Open(msgs[0]); err != nil {
				b.Fatal(err)
			}
			msgs = msgs[1:]
		}, w.floor.open)
	})
}

// BenchmarkOpenFirst opens messages whose senders have not sent in this epoch
// before, in turns.
func BenchmarkOpenFirst(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		if w.n == 2 {
			b.Skip("not run: needs several senders")
		}
		msgs := make([][]byte, min(w.n-1, 100))
		for i := range msgs {
			var err error
			msgs[i], err = w.member(b, LeafIndex(i*(w.n/len(msgs))), false).Seal(w.bench(), SealOptions{}, benchText)
			noErr(b, err)
		}
		var g *Group
		i := 0
		beside(b, len(msgs), func() {
			if i%len(msgs) == 0 {
				g = w.member(b, LeafIndex(w.n-1), true)
			}
			i++
		}, func() {
			if _, err := g.Open(msgs[0]); err != nil {
				b.Fatal(err)
			}
			msgs = append(msgs[1:], msgs[0])
		}, w.floor.open)
	})
}

// BenchmarkAdd adds all members in one commit. The tree goes beside the Welcome.
func BenchmarkAdd(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		beside(b, 1, nil, func() { w.addAll(b) }, func() {
			w.floor.verifications(2 * w.n)
			w.floor.hpkeSeals(w.n)
		}, func() { w.floor.add(w.n, w.levels(), len(w.staged.Message)) })
		b.ReportMetric(float64(len(w.staged.Message)+len(w.staged.Welcome)), "wire-bytes")
	})
}

// BenchmarkJoin joins by a Welcome and a tree.
func BenchmarkJoin(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		beside(b, 1, nil, func() { w.join(b) }, func() { w.floor.verifications(w.n) },
			func() { w.floor.join(w.n, w.levels(), len(w.tree)) })
		b.ReportMetric(float64(len(w.tree)), "wire-bytes")
	})
}

// BenchmarkJoinFull joins a group with a full tree: there are as many parents to
// be checked as members.
func BenchmarkJoinFull(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		info, err := w.member(b, 0, true).GroupInfo(w.bench(), GroupInfoOptions{ExternalPub: true})
		noErr(b, err)
		tree := w.full.Tree()
		beside(b, 1, nil, func() {
			if _, err := NewPublicGroup(info, tree, ProcessOptions{Parallel: onAllCores}); err != nil {
				b.Fatal(err)
			}
		}, func() { w.floor.verifications(w.n) })
		b.ReportMetric(float64(len(tree)), "wire-bytes")
	})
}

// benchUpdate measures g's commit of nothing but new keys.
func benchUpdate(b *testing.B, w *benchWorld, g *Group, seals int) {
	var staged *StagedCommit
	beside(b, 1, nil, func() {
		var err error
		if staged, err = g.Commit(w.bench(), CommitOptions{Parallel: onAllCores}); err != nil {
			b.Fatal(err)
		}
	}, func() { w.floor.hpkeSeals(seals) })
	b.ReportMetric(float64(len(staged.Message)), "wire-bytes")
}

// levels is the number of parents above a leaf: a full tree's HPKE seals.
func (w *benchWorld) levels() int { return len(w.full.tree.filteredPath(0)) }

// BenchmarkUpdateAfterAdd renews keys right after one big add, when no parent
// has a key: a secret is sealed to each member.
func BenchmarkUpdateAfterAdd(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) { benchUpdate(b, w, w.staged.Group(), w.n-1) })
}

// BenchmarkUpdate renews keys in a full tree.
func BenchmarkUpdate(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) { benchUpdate(b, w, w.member(b, 0, true), w.levels()) })
}

// benchProcess measures another's commit.
func benchProcess(b *testing.B, w *benchWorld, o CommitOptions) {
	o.Parallel = onAllCores
	staged, err := w.member(b, 0, true).Commit(w.bench(), o)
	noErr(b, err)
	g := w.member(b, LeafIndex(w.n-1), true)
	beside(b, 1, nil, func() {
		if _, err := g.Process(staged.Message, ProcessOptions{Parallel: onAllCores}); err != nil {
			b.Fatal(err)
		}
	}, w.floor.verifyTwice)
	b.ReportMetric(float64(len(staged.Message)), "wire-bytes")
}

// BenchmarkProcessUpdate takes another's renewal of keys in a full tree. Its
// floor are the two signatures.
func BenchmarkProcessUpdate(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) { benchProcess(b, w, CommitOptions{}) })
}

// BenchmarkRemove removes a member from a full tree.
func BenchmarkRemove(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		g := w.member(b, 0, true)
		var staged *StagedCommit
		beside(b, 1, nil, func() {
			var err error
			if staged, err = g.Commit(w.bench(), CommitOptions{Remove: []LeafIndex{1}, Parallel: onAllCores}); err != nil {
				b.Fatal(err)
			}
		}, func() { w.floor.hpkeSeals(max(1, w.levels()-1)) })
		b.ReportMetric(float64(len(staged.Message)), "wire-bytes")
	})
}

// BenchmarkProcessRemove takes another's removal of a third.
func BenchmarkProcessRemove(b *testing.B) {
	eachSize(b, func(b *testing.B, w *benchWorld) {
		if w.n == 2 {
			b.Skip("not run: needs a third member")
		}
		benchProcess(b, w, CommitOptions{Remove: []LeafIndex{1}})
	})
}

func (f *floorKeys) verifyTwice() {
	f.verify()
	f.verify()
}

func BenchmarkReader(b *testing.B) {
	w := benchWorldOf(b, suite1, 2)
	sender, g := w.member(b, 0, true), w.member(b, 1, true)
	r := w.bench()
	var msgs [][]byte
	for range 1000 {
		msg, err := sender.Seal(r, SealOptions{}, benchText)
		noErr(b, err)
		msgs = append(msgs, msg)
	}
	for _, backwards := range []bool{false, true} {
		b.Run(fmt.Sprint("backwards=", backwards), func(b *testing.B) {
			for b.Loop() {
				reader, err := g.Reader()
				noErr(b, err)
				for i := range msgs {
					if backwards {
						i = len(msgs) - 1 - i
					}
					if _, _, err := reader.Decrypt(msgs[i]); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(msgs)), "ns/message")
		})
	}
}
