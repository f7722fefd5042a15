package itest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// The size of what is sealed: a padded message, and its header.
var (
	benchPlain = make([]byte, 256)
	benchAAD   = make([]byte, 150)
)

// BenchmarkGroup seals and opens messages in groups as Coffer has them: all
// participants, here with one device each, stand in the GroupContext, which each
// signature covers. mls has the same for groups without a list of participants.
//
// The floor, in the same run: a signature or verification over a message of a
// group of two, five HKDF expansions, and the AEAD over header and content.
func BenchmarkGroup(b *testing.B) {
	for _, n := range []int{2, 100, 1000} {
		// Open comes first: a receiver refuses to run after a sender that is
		// thousands of messages ahead.
		sender, receiver, size := benchGroup(b, n)
		seal := func() []byte {
			m, err := sender.Seal(rand.Reader, mls.SealOptions{AAD: benchAAD}, benchPlain)
			if err != nil {
				b.Fatal(err)
			}
			return m
		}
		b.Run(fmt.Sprint("open/", n), func(b *testing.B) {
			var took, cpu time.Duration
			for done := 0; done < b.N; {
				batch := make([][]byte, min(256, b.N-done))
				for i := range batch {
					batch[i] = seal()
				}
				start, used := time.Now(), cpuTime()
				for _, m := range batch {
					if _, err := receiver.Open(m); err != nil {
						b.Fatal(err)
					}
				}
				took, cpu = took+time.Since(start), cpu+cpuTime()-used
				done += len(batch)
			}
			b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/open")
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/open")
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/openFloor(), "x-floor")
			b.ReportMetric(0, "ns/op")
		})
		b.Run(fmt.Sprint("seal/", n), func(b *testing.B) {
			used := cpuTime()
			for b.Loop() {
				seal()
			}
			b.ReportMetric(float64((cpuTime()-used).Nanoseconds())/float64(b.N), "cpu-ns/op")
			besideFloor(b, sealFloor())
			b.ReportMetric(float64(size), "context-bytes")
		})
	}
}

// besideFloor reports a benchmark's time as a multiple of a floor.
func besideFloor(b *testing.B, floor float64) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/floor, "x-floor")
}

// benchGroup returns two members of a group of n participants, and the size of
// its GroupContext.
func benchGroup(b *testing.B, n int) (sender, receiver *mls.Group, contextSize int) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	ids := make([]account.ID, n)
	list := make([]convo.Participant, n)
	for i := range ids {
		binary.BigEndian.PutUint64(ids[i][:], uint64(i+1))
		list[i] = convo.Participant{Account: ids[i], Role: convo.Member}
	}
	list[0].Role = convo.Owner
	participants, err := convo.NewParticipants(list)
	must(err)
	facts := &convo.Facts{Host: benchHost, Kind: convo.Group, Creator: ids[0]}
	state := convo.State{Facts: facts, Participants: participants}
	leaf := func(id account.ID) mls.LeafParams {
		key, err := benchSuite.GenerateSignatureKey(rand.Reader)
		must(err)
		device, err := account.GenerateKeyholder(rand.Reader)
		must(err)
		identity := device.CertifyLeaf(id, key.Public())
		return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())}
	}
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: benchSuite, GroupID: convo.MLSGroupID(facts.ID(), 0), Leaf: leaf(ids[0]), Extensions: state.Extensions(),
	})
	must(err)
	o := mls.CommitOptions{ForcePath: true, WelcomeTree: true}
	var mine *mls.KeyPackageBundle
	for _, id := range ids[1:] {
		kp, err := mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: benchSuite, Leaf: leaf(id)})
		must(err)
		if mine == nil {
			mine = kp
		}
		o.Add = append(o.Add, kp.KeyPackage)
	}
	staged, err := g.Commit(rand.Reader, o)
	must(err)
	receiver, err = mls.JoinWelcome(staged.Welcome, mine, mls.JoinOptions{})
	must(err)
	return staged.Group(), receiver, len(staged.Group().ContextBytes())
}

// floorRounds is how often a floor is measured to take its mean.
const floorRounds = 2000

func sealFloor() float64 {
	_, key, _ := ed25519.GenerateKey(nil)
	message := make([]byte, 900)
	return floorOf(func() { ed25519.Sign(key, message) })
}

func openFloor() float64 {
	public, key, _ := ed25519.GenerateKey(nil)
	message := make([]byte, 900)
	signature := ed25519.Sign(key, message)
	return floorOf(func() {
		if !ed25519.Verify(public, message, signature) {
			panic("signature does not verify")
		}
	})
}

// floorOf returns the nanoseconds of a signature operation together with what
// else a message needs at least.
func floorOf(f func()) float64 {
	start := time.Now()
	for range floorRounds {
		f()
		for range 5 {
			if _, err := hkdf.Expand(sha256.New, benchPlain[:32], "label", 32); err != nil {
				panic(err)
			}
		}
		for _, n := range []int{12, len(benchPlain) + 68} { // sender data, then content with its signature
			block, err := aes.NewCipher(benchPlain[:16])
			if err != nil {
				panic(err)
			}
			gcm, err := cipher.NewGCM(block)
			if err != nil {
				panic(err)
			}
			gcm.Seal(nil, benchPlain[:12], make([]byte, n), benchAAD)
		}
	}
	return float64(time.Since(start).Nanoseconds()) / floorRounds
}
