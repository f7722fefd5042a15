package mls

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func sealed(t testing.TB, w *world, from string, n int) [][]byte {
	t.Helper()
	msgs := make([][]byte, n)
	for i := range msgs {
		var err error
		msgs[i], err = w.members[from].Seal(w.rand, SealOptions{AAD: []byte("head")}, fmt.Append(nil, from, i))
		noErr(t, err)
	}
	return msgs
}

func pairWorld(t testing.TB) *world {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	return w
}

func TestOpenOutOfOrder(t *testing.T) {
	w := pairWorld(t)
	msgs := sealed(t, w, "a0", 40)
	b := w.members["b"]
	order := []int{5, 0, 4, 39, 1, 2, 3, 20, 38}
	for _, i := range order {
		app, err := b.Open(msgs[i])
		noErr(t, err)
		if string(app.Data) != fmt.Sprint("a0", i) || app.Generation != uint32(i) {
			t.Errorf("message %d: %q of generation %d", i, app.Data, app.Generation)
		}
	}
	for _, i := range order {
		_, err := b.Open(msgs[i])
		wantErr(t, "replay", err, ErrGenerationUsed)
	}
	// What is left of the ratchet survives saving, in the same epoch's state
	// without history.
	b.KeepHistory(false)
	state, err := b.MarshalBinary()
	noErr(t, err)
	b, err = LoadGroup(state, nil)
	noErr(t, err)
	_, err = b.Open(msgs[5])
	wantErr(t, "replay after loading", err, ErrGenerationUsed)
	_, err = b.Open(msgs[21])
	noErr(t, err)
	_, err = b.HistorySecrets()
	wantErr(t, "history", err, ErrNoHistory)
	_, err = b.Reader()
	wantErr(t, "reader", err, ErrNoHistory)
}

func TestOpenLimits(t *testing.T) {
	w := pairWorld(t)
	a := w.members["a0"]
	skip := func(n uint32) {
		for range n {
			a.ratchets.ratchets[ratchetApplication].advance(suite1)
		}
	}
	first := sealed(t, w, "a0", 1)[0]
	skip(MaxForward + 1)
	far := sealed(t, w, "a0", 1)[0]
	b := w.members["b"]
	_, err := b.Open(far)
	wantErr(t, "too far", err, ErrGenerationTooFar)
	_, err = b.Open(first)
	noErr(t, err)
	_, err = b.Open(far) // now within MaxForward of the last one
	wantErr(t, "one too far", err, ErrGenerationTooFar)

	w = pairWorld(t)
	a, b = w.members["a0"], w.members["b"]
	var early [][]byte
	for range MaxSkipped + 3 {
		early = append(early, sealed(t, w, "a0", 1)[0])
	}
	_, err = b.Open(sealed(t, w, "a0", 1)[0])
	noErr(t, err)
	_, err = b.Open(early[2])
	wantErr(t, "key dropped", err, ErrGenerationUsed)
	_, err = b.Open(early[3])
	noErr(t, err)
	if n := len(b.keys.ratchets[0][ratchetApplication].skipped); n > MaxSkipped {
		t.Errorf("%d skipped keys", n)
	}
}

func TestGenerationsEnd(t *testing.T) {
	w := pairWorld(t)
	w.members["a0"].ratchets.ratchets[ratchetApplication].generation = math.MaxUint32
	_, err := w.members["a0"].Seal(w.rand, SealOptions{}, nil)
	noErr(t, err)
	_, err = w.members["a0"].Seal(w.rand, SealOptions{}, nil)
	wantErr(t, "after the last generation", err, ErrNoSender)
	w.members["a0"] = w.reload(w.members["a0"])
	_, err = w.members["a0"].Seal(w.rand, SealOptions{}, nil)
	wantErr(t, "after loading", err, ErrNoSender)
}

func TestSealOptions(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	pad := func(n int) int { return max(256, (n+255)/256*256) }
	sizes := map[int]bool{}
	for n := range 120 {
		msg, err := a.Seal(w.rand, SealOptions{Padding: pad}, make([]byte, n))
		noErr(t, err)
		sizes[len(msg)] = true
		app, err := b.Open(msg)
		noErr(t, err)
		if len(app.Data) != n {
			t.Errorf("%d bytes, want %d", len(app.Data), n)
		}
	}
	if len(sizes) != 1 {
		t.Errorf("padded messages have %d sizes", len(sizes))
	}
	_, err := a.Seal(w.rand, SealOptions{Padding: func(int) int { return math.MaxInt }}, nil)
	wantErr(t, "padding without end", err, ErrTooLarge)
	_, err = a.Seal(strings.NewReader("no"), SealOptions{}, nil)
	if err == nil {
		t.Error("sealed without randomness")
	}
}

// TestNonZeroPadding: a receiver refuses padding that carries data.
func TestNonZeroPadding(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	c := &authenticatedContent{content: FramedContent{Sender: a.sender(), ContentType: ContentApplication, Application: []byte("x")}}
	noErr(t, a.signContent(w.rand, c, WirePrivateMessage))
	// A second signature hides the padding from protectPrivate.
	c.auth.signature = append(c.auth.signature, 0)
	m, err := ParseMessage(must(t)(a.protect(w.rand, c, nil)))
	noErr(t, err)
	_, err = b.Open(m.Append(nil))
	wantErr(t, "signature with a byte more", err, ErrBadSignature)

	k, err := a.ratchets.ratchets[ratchetApplication].peek(suite1, 1)
	noErr(t, err)
	pm := &PrivateMessage{GroupID: a.GroupID(), Epoch: a.Epoch(), ContentType: ContentApplication}
	plain := c.auth.append(c.content.appendBody(nil), ContentApplication)
	for _, tail := range []string{"\x00\x01", "\x01"} {
		pm.Ciphertext, err = k.guarded([4]byte{}).seal(suite1, append(slices.Clone(plain), tail...), pm.appendAAD(nil))
		noErr(t, err)
		sd := append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, 0, 0, 0, 0)
		pm.EncryptedSenderData, err = senderDataKey(suite1, a.secrets.senderData, pm.Ciphertext).seal(suite1, sd, pm.appendSenderAAD(nil))
		noErr(t, err)
		_, err = b.Open((&Message{WireFormat: WirePrivateMessage, Private: pm}).Append(nil))
		if err != ErrDecrypt {
			t.Errorf("padding %q: %v", tail, err)
		}
	}
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		noErr(t, err)
		return b
	}
}

func TestOpenRefused(t *testing.T) {
	w := pairWorld(t)
	b := w.members["b"]
	msg := sealed(t, w, "a0", 1)[0]
	for i := range msg {
		bad := bytes.Clone(msg)
		bad[i] ^= 0x21
		if _, err := b.Open(bad); err == nil {
			t.Fatalf("byte %d changed: accepted", i)
		}
		if _, err := b.Open(msg[:i]); err == nil {
			t.Fatalf("%d of %d bytes are accepted", i, len(msg))
		}
	}
	// The damaged copies did not use up the key.
	old := *b
	_, err := b.Open(msg)
	noErr(t, err)
	w.commit("a0", CommitOptions{})
	_, err = w.members["b"].Open(msg)
	wantErr(t, "old epoch", err, ErrWrongEpoch)
	_, err = old.Open(sealed(t, w, "a0", 1)[0])
	wantErr(t, "new epoch", err, ErrWrongEpoch)
	_, err = b.Process(msg, ProcessOptions{})
	wantErr(t, "application message as a commit", err, ErrWrongContent)
	staged := w.stage("a0", CommitOptions{})
	_, err = w.members["b"].Open(staged.Message)
	wantErr(t, "commit as an application message", err, ErrWrongContent)
}

func TestForgedSignatureInsideTheGroup(t *testing.T) {
	// c knows all keys of the group and writes as a0.
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))
	forged := *w.members["a0"]
	forged.key = w.members["c"].key
	msg, err := forged.Seal(w.rand, SealOptions{}, []byte("forged"))
	noErr(t, err)
	_, err = w.members["b"].Open(msg)
	wantErr(t, "forged sender", err, ErrBadSignature)
	r, err := w.members["b"].Reader()
	noErr(t, err)
	_, err = r.Open(msg)
	wantErr(t, "forged sender in the history", err, ErrBadSignature)
}

func TestHeader(t *testing.T) {
	w := pairWorld(t)
	msg := sealed(t, w, "a0", 1)[0]
	h, err := ParseHeader(msg)
	noErr(t, err)
	if h.WireFormat != WirePrivateMessage || string(h.GroupID) != "group" || h.Epoch != 1 ||
		h.ContentType != ContentApplication || string(h.AuthenticatedData) != "head" || h.Sender.Type != 0 {
		t.Errorf("header %+v", h)
	}
	staged := w.stage("b", CommitOptions{AuthenticatedData: []byte("log head")})
	h, err = ParseHeader(staged.Message)
	noErr(t, err)
	if h.WireFormat != WirePublicMessage || h.ContentType != ContentCommit || string(h.AuthenticatedData) != "log head" ||
		h.Sender != (Sender{Type: SenderMember, Leaf: 1}) {
		t.Errorf("header %+v", h)
	}
	_, err = ParseHeader(staged.GroupInfo)
	wantErr(t, "group info", err, ErrWrongContent)
	_, err = ParseHeader(msg[:8])
	wantErr(t, "cut", err, ErrMalformed)
	_, err = ParseHeader([]byte{0, 2, 0, 1})
	wantErr(t, "version", err, ErrUnsupportedVersion)
}
