package mls

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

func TestReaderReadsAll(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"), w.bundle("d"), w.bundle("e"))
	type sent struct {
		from string
		n    int
		msg  []byte
	}
	var log []sent
	for n := range 100 {
		for _, from := range []string{"a0", "b", "e"} {
			log = append(log, sent{from, n, sealed(t, w, from, 1)[0]})
		}
	}
	b := w.members["b"]
	secrets, err := b.HistorySecrets()
	noErr(t, err)
	keyOf := func(l LeafIndex) (SignaturePublicKey, bool) {
		leaf, ok := b.Member(l)
		if !ok {
			return nil, false
		}
		return leaf.SignatureKey, true
	}
	ctx, err := ParseGroupContext(b.ContextBytes())
	noErr(t, err)
	orders := map[string][]int{"forwards": make([]int, len(log)), "backwards": make([]int, len(log)), "shuffled": rand.New(rand.NewPCG(1, 2)).Perm(len(log))}
	for i := range log {
		orders["forwards"][i], orders["backwards"][i] = i, len(log)-1-i
	}
	for name, order := range orders {
		// The true count of leaves and the last leaf in use give the same tree.
		for _, leaves := range []uint32{b.LeafCount(), 5} {
			r, err := NewEpochReader(ctx, secrets, leaves, keyOf)
			noErr(t, err)
			for _, i := range order {
				app, err := r.Open(log[i].msg)
				noErr(t, err)
				if app.Sender != w.members[log[i].from].OwnLeaf() || app.Generation != uint32(log[i].n) {
					t.Fatalf("%s: message %d: sender %d generation %d", name, i, app.Sender, app.Generation)
				}
			}
			_, err = r.Open(log[7].msg) // again
			noErr(t, err)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	msg := sealed(t, w, "a0", 1)[0]
	secrets, err := b.HistorySecrets()
	noErr(t, err)
	key, err := suite1.GenerateSignatureKey(w.rand)
	noErr(t, err)
	all := func(k SignaturePublicKey) func(LeafIndex) (SignaturePublicKey, bool) {
		return func(LeafIndex) (SignaturePublicKey, bool) { return k, true }
	}
	good := a.key.Public()
	context := b.Context()
	other := context
	other.ConfirmedTranscriptHash = make([]byte, 32)
	older := context
	older.Epoch--
	moved := context
	moved.GroupID = []byte("x")
	wrong := HistorySecrets{Encryption: make([]byte, 32), SenderData: secrets.SenderData}
	wrongSender := HistorySecrets{Encryption: secrets.Encryption, SenderData: make([]byte, 32)}
	for _, c := range []struct {
		name    string
		context GroupContext
		secrets HistorySecrets
		leaves  uint32
		keyOf   func(LeafIndex) (SignaturePublicKey, bool)
		want    error
	}{
		{"right", context, secrets, 2, all(good), nil},
		{"another key", context, secrets, 2, all(key.Public()), ErrBadSignature},
		{"malformed key", context, secrets, 2, all([]byte("short")), ErrBadSignature},
		{"another transcript", other, secrets, 2, all(good), ErrBadSignature},
		{"another epoch", older, secrets, 2, all(good), ErrWrongEpoch},
		{"another group", moved, secrets, 2, all(good), ErrWrongGroup},
		{"encryption secret", context, wrong, 2, all(good), ErrDecrypt},
		{"sender data secret", context, wrongSender, 2, all(good), ErrDecrypt},
		{"another shape", context, secrets, 4, all(good), ErrDecrypt},
		{"nobody there", context, secrets, 2, func(LeafIndex) (SignaturePublicKey, bool) { return nil, false }, ErrDecrypt},
	} {
		r, err := NewEpochReader(c.context, c.secrets, c.leaves, c.keyOf)
		noErr(t, err)
		if _, err := r.Open(msg); c.want == nil {
			noErr(t, err)
		} else {
			wantErr(t, c.name, err, c.want)
		}
	}
	_, err = NewEpochReader(context, HistorySecrets{}, 2, all(good))
	wantErr(t, "no secrets", err, ErrBadKey)
	_, err = NewEpochReader(context, secrets, 0, all(good))
	wantErr(t, "no leaves", err, ErrTooLarge)
	_, err = NewEpochReader(context, secrets, 1<<31, all(good))
	wantErr(t, "too many leaves", err, ErrTooLarge)
	unknown := context
	unknown.CipherSuite = 4
	_, err = NewEpochReader(unknown, secrets, 2, all(good))
	wantErr(t, "suite", err, ErrUnsupportedSuite)

	r, err := b.Reader()
	noErr(t, err)
	_, err = r.Open(w.stage("a0", CommitOptions{}).Message)
	wantErr(t, "commit", err, ErrWrongContent)
	x := &a.ratchets.ratchets[ratchetApplication]
	x.generation = MaxReaderGeneration
	_, err = r.Open(sealed(t, w, "a0", 1)[0])
	wantErr(t, "last generation under another key", err, ErrDecrypt)
	_, err = r.Open(sealed(t, w, "a0", 1)[0])
	wantErr(t, "beyond the last generation", err, ErrGenerationTooFar)
}

// TestReaderCost counts ratchet steps through the reader's caches.
func TestReaderCost(t *testing.T) {
	l := &readerLeaf{marks: []Secret{make([]byte, 32)}}
	want := map[uint32]string{}
	const last = 9*readerSegment + 12
	for g := range uint32(last + 1) {
		want[g] = fmt.Sprintf("%x", []byte(l.secret(suite1, g)))
	}
	fresh := &readerLeaf{marks: []Secret{make([]byte, 32)}}
	for _, g := range []uint32{last, 0, readerSegment - 1, readerSegment, readerSegment + 1, 2 * readerSegment, 2*readerSegment - 1, 3*readerSegment + 4, last - 1} {
		if got := fmt.Sprintf("%x", []byte(fresh.secret(suite1, g))); got != want[g] {
			t.Errorf("generation %d differs when asked out of order", g)
		}
	}
	if len(fresh.marks) != 10 || cap(fresh.segment) > 2*readerSegment {
		t.Errorf("%d marks, segment of %d", len(fresh.marks), cap(fresh.segment))
	}
}

// TestReaderAtOnce opens messages from several goroutines.
func TestReaderAtOnce(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	messages := sealed(t, w, "a0", 200)
	r, err := w.members["b"].Reader()
	noErr(t, err)
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for n := i; n < len(messages); n += 3 { // some of them twice
				app, err := r.Open(messages[n])
				if err != nil || app.Generation != uint32(n) {
					t.Errorf("message %d: %v", n, err)
				}
			}
		})
	}
	work.Wait()
}
