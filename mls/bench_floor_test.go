package mls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// onAllCores is the Parallel of the benchmarks and their floors.
func onAllCores(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// beside measures op, and between each few of them the floor, so that whatever
// else the machine does burdens both alike. Only op's time and allocations are
// the benchmark's own; ready, if not nil, runs before each op and is not
// measured. Reported are the floor's time, the ratio, and processor time with
// its ratio, which says the same on a machine that is busy with other things.
//
// itemised is a second floor of all that the protocol demands, where the first
// leaves out what counts in small groups; its ratios have a name of their own.
func beside(b *testing.B, each int, ready, op, floor func(), itemised ...func()) {
	b.ReportAllocs()
	b.StopTimer()
	b.ResetTimer()
	var took, opCPU, floorCPU, wholeTook, wholeCPU time.Duration
	for done := 0; done < b.N; {
		n := min(each, b.N-done)
		if ready != nil {
			for range n {
				ready()
			}
		}
		start, cpu := time.Now(), cpuTime()
		for range n {
			floor()
		}
		took += time.Since(start)
		floorCPU += cpuTime() - cpu
		start, cpu = time.Now(), cpuTime()
		for range n {
			for _, f := range itemised {
				f()
			}
		}
		wholeTook += time.Since(start)
		wholeCPU += cpuTime() - cpu
		b.StartTimer()
		cpu = cpuTime()
		for range n {
			op()
		}
		opCPU += cpuTime() - cpu
		b.StopTimer()
		done += n
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "floor-ns/op")
	b.ReportMetric(float64(b.Elapsed())/float64(took), "x-floor")
	if len(itemised) > 0 {
		b.ReportMetric(float64(b.Elapsed())/float64(wholeTook), "x-itemised")
	}
	if wholeCPU > 0 && len(itemised) > 0 {
		b.ReportMetric(float64(opCPU)/float64(wholeCPU), "cpu-x-itemised")
	}
	if floorCPU > 0 {
		b.ReportMetric(float64(opCPU.Nanoseconds())/float64(b.N), "cpu-ns/op")
		b.ReportMetric(float64(opCPU)/float64(floorCPU), "cpu-x-floor")
	}
}

// benchText is what messages carry, and what the floors work on.
var benchText = make([]byte, 256)

// floorKeys are the keys of the floors: what is counted is the work under them.
type floorKeys struct {
	private  ed25519.PrivateKey
	public   ed25519.PublicKey
	sig      []byte
	kem      hpke.KEM
	receiver hpke.PublicKey
	secret   []byte // of receiver, encoded
	sealed   []byte // to receiver
}

func newFloorKeys(b testing.TB, suite CipherSuite) *floorKeys {
	f := &floorKeys{}
	var err error
	f.public, f.private, err = ed25519.GenerateKey(rand.Reader)
	noErr(b, err)
	f.sig = ed25519.Sign(f.private, benchText)
	kem := hpke.DHKEM(ecdh.X25519())
	if suite == hybridSuite {
		kem = hpke.MLKEM768X25519()
	}
	f.kem = kem
	key, err := kem.GenerateKey()
	noErr(b, err)
	f.receiver = key.PublicKey()
	f.secret, err = key.Bytes()
	noErr(b, err)
	f.sealed, err = hpke.Seal(f.receiver, hpke.HKDFSHA256(), hpke.AES128GCM(), benchText, benchText[:32])
	noErr(b, err)
	return f
}

// seal is the least that sealing a message costs: one signature and the
// symmetric part.
func (f *floorKeys) seal() {
	ed25519.Sign(f.private, benchText)
	f.symmetric()
}

// open is seal with a verification.
func (f *floorKeys) open() {
	f.verify()
	f.symmetric()
}

// symmetric is five HKDF expansions and two AES-GCM operations under fresh keys.
func (f *floorKeys) symmetric() {
	for range 5 {
		if _, err := hkdf.Expand(sha256.New, benchText[:32], "label", 32); err != nil {
			panic(err)
		}
	}
	for _, n := range []int{12, len(benchText) + 68} { // sender data, then content with its signature
		block, err := aes.NewCipher(benchText[:16])
		if err != nil {
			panic(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			panic(err)
		}
		gcm.Seal(nil, benchText[:12], make([]byte, n), nil)
	}
}

func (f *floorKeys) verify() {
	if !ed25519.Verify(f.public, benchText, f.sig) {
		panic("signature does not verify")
	}
}

// hpkeSeal seals a secret to one receiver.
func (f *floorKeys) hpkeSeal() {
	if _, err := hpke.Seal(f.receiver, hpke.HKDFSHA256(), hpke.AES128GCM(), benchText, benchText[:32]); err != nil {
		panic(err)
	}
}

// hpkeOpen opens a secret under a key that was stored, and so must be read first.
func (f *floorKeys) hpkeOpen() {
	key, err := f.kem.NewPrivateKey(f.secret)
	if err != nil {
		panic(err)
	}
	if _, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES128GCM(), benchText, f.sealed); err != nil {
		panic(err)
	}
}

// keySchedule is the symmetric part of a new epoch (RFC 9420, section 8): from the
// joiner secret to the ten secrets of the epoch, the way down the secret tree to
// the own ratchets, and the confirmation tag.
func (f *floorKeys) keySchedule(levels int) {
	for range 14 + levels + 2 {
		if _, err := hkdf.Expand(sha256.New, benchText[:32], "label", 32); err != nil {
			panic(err)
		}
	}
	for range 3 {
		if _, err := hkdf.Extract(sha256.New, benchText[:32], benchText[:32]); err != nil {
			panic(err)
		}
	}
}

// join is all that joining demands: beside the members' signatures that of the
// GroupInfo, the secrets and the GroupInfo decrypted, the key schedule, and each
// leaf and parent hashed into the tree hash.
func (f *floorKeys) join(n, levels, treeSize int) {
	f.verifications(n + 1)
	f.hpkeOpen()
	f.keySchedule(levels)
	f.symmetric()
	tree := make([]byte, treeSize)
	sha256.Sum256(tree)
	for range 2*n - 1 {
		sha256.Sum256(benchText[:140])
	}
}

// add is all that adding n members demands: beside their two signatures each and
// the secrets sealed under keys that must be read first, the signatures of the
// commit and the GroupInfo, the key schedule, and the commit hashed for the
// signature (twice), the membership tag and the transcript.
func (f *floorKeys) add(n, levels, commitSize int) {
	f.verifications(2 * n)
	public := f.receiver.Bytes()
	onAllCores(n, func(int) {
		key, err := f.kem.NewPublicKey(public)
		if err != nil {
			panic(err)
		}
		if _, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES128GCM(), benchText, benchText[:32]); err != nil {
			panic(err)
		}
	})
	commit := make([]byte, commitSize)
	ed25519.Sign(f.private, commit)
	ed25519.Sign(f.private, benchText)
	sha256.Sum256(commit) // the membership tag
	sha256.Sum256(commit) // the transcript
	sha256.Sum256(commit) // the KeyPackageRefs
	sha256.Sum256(commit) // the tree hash
	f.keySchedule(levels)
	f.symmetric()
}

// verifications and hpkeSeals are many of them on all cores.
func (f *floorKeys) verifications(n int) { onAllCores(n, func(int) { f.verify() }) }
func (f *floorKeys) hpkeSeals(n int)     { onAllCores(n, func(int) { f.hpkeSeal() }) }
