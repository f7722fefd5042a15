package mls

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestStagedCommitChangesNothing(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	stateA, err := a.MarshalBinary()
	noErr(t, err)
	// Both commit; b's wins.
	lost := w.stage("a0", CommitOptions{})
	won := w.stage("b", CommitOptions{})
	again, err := a.MarshalBinary()
	noErr(t, err)
	equal0(t, "state after a lost commit", again, stateA)
	next, err := a.Process(won.Message, ProcessOptions{})
	noErr(t, err)
	equal0(t, "authenticator", next.Group().EpochAuthenticator(), won.Group().EpochAuthenticator())
	_, err = next.Group().Process(lost.Message, ProcessOptions{})
	wantErr(t, "the lost commit", err, ErrWrongEpoch)
	// The old epoch still opens its messages.
	msg, err := a.Seal(w.rand, SealOptions{}, []byte("late"))
	noErr(t, err)
	_, err = b.Open(msg)
	noErr(t, err)
	// Processing twice gives the same.
	twice, err := a.Process(won.Message, ProcessOptions{})
	noErr(t, err)
	equal0(t, "authenticator", twice.Group().EpochAuthenticator(), next.Group().EpochAuthenticator())
}

func TestPrivateCommitCanBeProcessedTwice(t *testing.T) {
	w := pairWorld(t)
	staged := w.stage("a0", CommitOptions{WireFormat: WirePrivateMessage, Padding: func(n int) int { return n + 9 }})
	for range 2 {
		next, err := w.members["b"].Process(staged.Message, ProcessOptions{})
		noErr(t, err)
		equal0(t, "authenticator", next.Group().EpochAuthenticator(), staged.Group().EpochAuthenticator())
	}
	_, err := w.public.Process(staged.Message, ProcessOptions{})
	wantErr(t, "public group", err, ErrWrongContent)
	if w.members["a0"].ratchets.ratchets[ratchetHandshake].generation != 1 {
		t.Error("the commit did not use a generation")
	}
}

func TestSenderRecord(t *testing.T) {
	w := pairWorld(t)
	a := w.members["a0"]
	state, err := a.MarshalBinary()
	noErr(t, err)
	sealed(t, w, "a0", 3)
	after, err := a.MarshalBinary()
	noErr(t, err)
	equal0(t, "epoch state after sealing", after, state)
	sender, err := a.MarshalSender()
	noErr(t, err)
	if len(sender) > 200 {
		t.Errorf("sender record of %d bytes", len(sender))
	}
	loaded, err := LoadGroup(state, sender)
	noErr(t, err)
	msg, err := loaded.Seal(w.rand, SealOptions{}, []byte("x"))
	noErr(t, err)
	app, err := w.members["b"].Open(msg)
	noErr(t, err)
	if app.Generation != 3 {
		t.Errorf("generation %d after loading, want 3", app.Generation)
	}
	mute, err := LoadGroup(state, nil)
	noErr(t, err)
	_, err = mute.Seal(w.rand, SealOptions{}, []byte("x"))
	wantErr(t, "seal without a record", err, ErrNoSender)
	_, err = mute.MarshalSender()
	wantErr(t, "record without a record", err, ErrNoSender)
	_, err = mute.Commit(w.rand, CommitOptions{})
	noErr(t, err)

	other, err := w.members["b"].MarshalSender()
	noErr(t, err)
	_, err = LoadGroup(state, other)
	wantErr(t, "another leaf's record", err, ErrSenderMismatch)
	w.commit("a0", CommitOptions{})
	newState, err := w.members["a0"].MarshalBinary()
	noErr(t, err)
	_, err = LoadGroup(newState, sender)
	wantErr(t, "last epoch's record", err, ErrSenderMismatch)
	for i := range sender {
		if _, err := LoadGroup(state, sender[:i]); err == nil {
			t.Errorf("%d bytes of a record are accepted", i)
		}
	}
	for i := range state {
		if _, err := LoadGroup(state[:i], nil); err == nil {
			t.Fatalf("%d of %d bytes of a state are accepted", i, len(state))
		}
	}
	_, err = LoadGroup(append(state[:len(state):len(state)], 0), nil)
	wantErr(t, "a byte more", err, ErrMalformed)
}

// TestStateWithoutHistory: forward secrecy holds for the saved state too.
func TestStateWithoutHistory(t *testing.T) {
	w := pairWorld(t)
	for _, g := range w.members {
		g.KeepHistory(false)
	}
	w.commit("a0", CommitOptions{}, w.bundle("c"))
	w.members["c"].KeepHistory(false)
	msgs := sealed(t, w, "a0", 2)
	b := w.members["b"]
	before, err := b.MarshalBinary()
	noErr(t, err)
	_, err = b.Open(msgs[0])
	noErr(t, err)
	after, err := b.MarshalBinary()
	noErr(t, err)
	if bytes.Equal(before, after) {
		t.Error("the state does not change when a key is used up")
	}
	b = w.reload(b)
	_, err = b.Open(msgs[0])
	wantErr(t, "a message whose key is erased", err, ErrGenerationUsed)
	_, err = b.Open(msgs[1])
	noErr(t, err)
	_, err = b.Open(sealed(t, w, "c", 1)[0])
	noErr(t, err)
}

func TestExport(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	x, err := a.Export("label", []byte("context"), 100)
	noErr(t, err)
	y, err := b.Export("label", []byte("context"), 100)
	noErr(t, err)
	if len(x) != 100 || !x.Equal(y) {
		t.Error("members export different secrets")
	}
	for _, c := range []struct{ label, context string }{{"labex", "context"}, {"label", "contexx"}} {
		z, err := b.Export(c.label, []byte(c.context), 100)
		noErr(t, err)
		if z.Equal(x) {
			t.Error("another label or context exports the same")
		}
	}
	for _, n := range []int{-1, 255*32 + 1, 1 << 16, 1 << 30} {
		_, err := a.Export("label", nil, n)
		wantErr(t, fmt.Sprint(n, " bytes"), err, ErrTooLarge)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	w := pairWorld(t)
	g := w.members["a0"]
	h, err := g.HistorySecrets()
	noErr(t, err)
	kp := w.bundle("x")
	for _, v := range []any{h, h.Encryption, g.SignatureKey(), kp.InitKey, *kp} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			out := fmt.Sprintf(verb, v)
			if !strings.Contains(out, "redacted") {
				t.Errorf("%T with %s: %s", v, verb, out)
			}
			for _, secret := range [][]byte{h.Encryption, g.key.Bytes(), kp.InitKey} {
				if strings.Contains(out, string(secret)) || strings.Contains(out, fmt.Sprintf("%x", secret)) ||
					strings.Contains(out, fmt.Sprintf("%d", secret)) {
					t.Errorf("%T with %s shows a secret", v, verb)
				}
			}
		}
	}
}

func TestGroupInfoChecked(t *testing.T) {
	w := pairWorld(t)
	noErr(t, w.public.CheckGroupInfo(w.info))
	staged := w.stage("a0", CommitOptions{})
	err := w.public.CheckGroupInfo(staged.GroupInfo)
	wantErr(t, "next epoch", err, ErrWrongEpoch)
	plain, err := w.members["b"].GroupInfo(w.rand, GroupInfoOptions{})
	noErr(t, err)
	wantErr(t, "no external_pub", w.public.CheckGroupInfo(plain), ErrNoExternalPub)
	wantErr(t, "a commit", w.public.CheckGroupInfo(staged.Message), ErrWrongContent)
	info, err := ParseGroupInfo(w.info)
	noErr(t, err)
	frame := func() []byte { return info.append(appendMessageHead(nil, WireGroupInfo)) }
	info.Signer = 1
	wantErr(t, "another signer", w.public.CheckGroupInfo(frame()), ErrBadSignature)
	info.Signer = 9
	wantErr(t, "no such signer", w.public.CheckGroupInfo(frame()), ErrUnknownLeaf)
	_, err = NewPublicGroup(frame(), w.public.Tree(), ProcessOptions{})
	wantErr(t, "public group with no such signer", err, ErrUnknownLeaf)
	info.ConfirmationTag = []byte("x")
	wantErr(t, "another tag", w.public.CheckGroupInfo(frame()), ErrWrongEpoch)
	_, err = NewPublicGroup(w.info, nil, ProcessOptions{})
	wantErr(t, "public group without a tree", err, ErrNoTree)
}

func TestParallelGivesTheSame(t *testing.T) {
	order := 0
	backwards := func(n int, f func(int)) {
		for i := n - 1; i >= 0; i-- {
			f(i)
		}
		order++
	}
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{Parallel: backwards}, w.bundle("b"), w.bundle("c"), w.bundle("d"))
	w.commit("a0", CommitOptions{Parallel: backwards})
	w.chat()
	if order < 2 {
		t.Errorf("Parallel was called %d times", order)
	}
	want := errors.New("first")
	err := Parallel(backwards).runErr(3, func(i int) error {
		if i == 0 {
			return want
		}
		return errors.New("later")
	})
	if err != want {
		t.Errorf("error %v, want that of the lowest index", err)
	}
}

func TestKeyPackageBundle(t *testing.T) {
	w := pairWorld(t)
	kp := w.bundle("c")
	data, err := kp.MarshalBinary()
	noErr(t, err)
	loaded, err := ParseKeyPackageBundle(data)
	noErr(t, err)
	parsed, err := ParseKeyPackage(kp.KeyPackage.Message())
	noErr(t, err)
	noErr(t, parsed.Validate(noTime))
	equal0(t, "reference", parsed.Ref(), loaded.KeyPackage.Ref())
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{parsed}, WelcomeTree: true})
	g, err := JoinWelcome(staged.Welcome, loaded, JoinOptions{})
	noErr(t, err)
	equal0(t, "authenticator", g.EpochAuthenticator(), staged.Group().EpochAuthenticator())
	for i := range data {
		if _, err := ParseKeyPackageBundle(data[:i]); err == nil {
			t.Fatalf("%d of %d bytes are accepted", i, len(data))
		}
	}
	_, err = ParseKeyPackage(staged.GroupInfo)
	wantErr(t, "not a key package", err, ErrWrongContent)
}

func TestRefusedParameters(t *testing.T) {
	w := pairWorld(t)
	_, err := NewGroup(w.rand, GroupParams{Suite: 4, Leaf: w.leaf("x")})
	wantErr(t, "suite 4", err, ErrUnsupportedSuite)
	_, err = NewGroup(w.rand, GroupParams{Suite: MLS_128_DHKEMP256_AES128GCM_SHA256_P256, Leaf: w.leaf("x")})
	wantErr(t, "key of another scheme", err, ErrBadKey)
	_, err = NewGroup(w.rand, GroupParams{Suite: suite1})
	wantErr(t, "no key", err, ErrBadKey)
	_, err = NewGroup(w.rand, GroupParams{Suite: suite1, Leaf: w.leaf("x"), Extensions: Extensions{{1, nil}, {1, nil}}})
	wantErr(t, "extension twice", err, ErrMalformed)
	_, err = NewGroup(w.rand, GroupParams{Suite: suite1, Leaf: w.leaf("x"), Extensions: Extensions{{0xF001, nil}}})
	wantErr(t, "extension the creator lacks", err, ErrUnsupported)
	_, err = NewKeyPackage(w.rand, KeyPackageParams{Suite: 6, Leaf: w.leaf("x")})
	wantErr(t, "suite 6", err, ErrUnsupportedSuite)
	p := w.leaf("x")
	p.Credential = Credential{}
	_, err = NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p})
	wantErr(t, "no credential", err, ErrUnsupported)
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{WireFormat: WireWelcome})
	wantErr(t, "wire format", err, ErrWrongContent)
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Remove: []LeafIndex{0}})
	wantErr(t, "removing oneself", err, ErrProposalList)
	_, _, err = w.members["a0"].Propose(w.rand, &Proposal{Type: ProposalExternalInit}, ProposeOptions{})
	wantErr(t, "proposing an external init", err, ErrInvalidProposal)
	_, err = suite1.ParseSignatureKey(make([]byte, 31))
	wantErr(t, "short seed", err, ErrBadKey)
	_, err = CipherSuite(2).ParseSignatureKey(make([]byte, 32))
	wantErr(t, "zero scalar", err, ErrBadKey)
	_, err = CipherSuite(2).GenerateSignatureKey(zeros{})
	wantErr(t, "broken randomness", err, ErrBadKey)
	_, err = suite1.EncryptWithLabel([]byte("short"), "l", nil, nil)
	wantErr(t, "short public key", err, ErrBadKey)
	if CipherSuite(4).VerifyWithLabel(nil, "l", nil, nil) || CipherSuite(2).VerifyWithLabel([]byte("x"), "l", nil, nil) {
		t.Error("a malformed key verifies")
	}
	if s := CipherSuite(4).String(); s != "CipherSuite(0x0004)" {
		t.Error(s)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
