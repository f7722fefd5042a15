package mls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"
)

// benchPair returns two members of a group of n. The other leaves are added
// without joining.
func benchPair(b testing.TB, n int) (sender, receiver *Group) {
	w := &world{TB: b, suite: suite1, rand: seeded("bench")}
	g, err := NewGroup(w.rand, GroupParams{Suite: suite1, GroupID: []byte("group"), Leaf: w.leaf("a"), KeepHistory: true})
	noErr(b, err)
	kp := w.bundle("b")
	o := CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true}
	for len(o.Add) < n-1 {
		o.Add = append(o.Add, w.bundle(fmt.Sprint("m", len(o.Add))).KeyPackage)
	}
	staged, err := g.Commit(w.rand, o)
	noErr(b, err)
	receiver, err = JoinWelcome(staged.Welcome, kp, JoinOptions{KeepHistory: true})
	noErr(b, err)
	return staged.Group(), receiver
}

var benchText = make([]byte, 256)

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{2, 100, 1000} {
		g, _ := benchPair(b, n)
		r := seeded("seal")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Seal(r, SealOptions{AAD: benchText[:100]}, benchText); err != nil {
					b.Fatal(err)
				}
			}
			besideFloor(b, sealFloor)
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{2, 100, 1000} {
		sender, g := benchPair(b, n)
		r := seeded("open")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.StopTimer()
			for i := 0; i < b.N; {
				var msgs [][]byte
				for ; len(msgs) < 512 && i < b.N; i++ {
					msg, err := sender.Seal(r, SealOptions{AAD: benchText[:100]}, benchText)
					noErr(b, err)
					msgs = append(msgs, msg)
				}
				b.StartTimer()
				for _, msg := range msgs {
					if _, err := g.Open(msg); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
			}
			besideFloor(b, openFloor)
		})
	}
}

// besideFloor reports a benchmark's time as a multiple of a floor that is
// measured in the same run.
func besideFloor(b *testing.B, floor func(b *testing.B, n int)) {
	const n = 2000
	start := time.Now()
	floor(b, n)
	took := time.Since(start)
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/(float64(took)/n), "x-floor")
}

func sealFloor(b *testing.B, n int) {
	_, key, err := ed25519.GenerateKey(seeded("floor"))
	noErr(b, err)
	for range n {
		ed25519.Sign(key, benchText)
		floorSymmetric(b)
	}
}

func openFloor(b *testing.B, n int) {
	pub, key, err := ed25519.GenerateKey(seeded("floor"))
	noErr(b, err)
	sig := ed25519.Sign(key, benchText)
	for range n {
		ed25519.Verify(pub, benchText, sig)
		floorSymmetric(b)
	}
}

// floorSymmetric is the least that a message costs besides its signature: five
// HKDF expansions and two AES-GCM operations under fresh keys.
func floorSymmetric(b *testing.B) {
	for range 5 {
		if _, err := hkdf.Expand(sha256.New, benchText[:32], "label", 32); err != nil {
			b.Fatal(err)
		}
	}
	for _, n := range []int{12, len(benchText) + 68} {
		block, err := aes.NewCipher(benchText[:16])
		noErr(b, err)
		gcm, err := cipher.NewGCM(block)
		noErr(b, err)
		gcm.Seal(nil, benchText[:12], make([]byte, n), nil)
	}
}

func BenchmarkReader(b *testing.B) {
	sender, g := benchPair(b, 2)
	r := seeded("reader")
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

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{2, 100, 1000} {
		g, h := benchPair(b, n)
		r := seeded("commit")
		b.Run(fmt.Sprint("create/", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := g.Commit(r, CommitOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		staged, err := g.Commit(r, CommitOptions{})
		noErr(b, err)
		b.Run(fmt.Sprint("process/", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Process(staged.Message, ProcessOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
