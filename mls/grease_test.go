package mls

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestGreaseValues(t *testing.T) {
	var got []string
	for v := range 1 << 16 {
		if isGrease(ExtensionType(v)) {
			got = append(got, fmt.Sprintf("%04X", v))
		}
	}
	want := "[0A0A 1A1A 2A2A 3A3A 4A4A 5A5A 6A6A 7A7A 8A8A 9A9A AAAA BABA CACA DADA EAEA]"
	if fmt.Sprint(got) != want {
		t.Error(got)
	}
}

// greased makes a key package with reserved values.
func greased(t *testing.T, w *world, seed string) *KeyPackageBundle {
	t.Helper()
	p := w.leaf("greased")
	p.Grease = true
	b, err := NewKeyPackage(seeded(seed), KeyPackageParams{Suite: suite1, Leaf: p})
	noErr(t, err)
	return b
}

// TestGreaseSent: reserved values stand where section 13.5 has them and nowhere
// else, come from the randomness given, and everyone takes them.
func TestGreaseSent(t *testing.T) {
	w := newWorld(t, suite1, nil)
	b := greased(t, w, "one")
	kp := b.KeyPackage
	noErr(t, kp.Validate(noTime))
	has := func(what string, n int, want int) {
		t.Helper()
		if n < want {
			t.Errorf("%s: %d reserved values, want %d", what, n, want)
		}
	}
	caps := kp.Leaf.Capabilities
	has("cipher suites", countGrease(caps.CipherSuites), 1)
	has("extensions", countGrease(caps.Extensions), 1)
	has("proposals", countGrease(caps.Proposals), 1)
	has("credentials", countGrease(caps.Credentials), 1)
	has("leaf extensions", countGrease(types(kp.Leaf.Extensions)), 1)
	has("key package extensions", countGrease(types(kp.Extensions)), 1)
	if countGrease(caps.Versions) != 0 || isGrease(kp.CipherSuite) || isGrease(kp.Leaf.Credential.Type) {
		t.Error("a reserved value where none may be")
	}
	// The same randomness, the same values; another, others.
	again, other := greased(t, w, "one").KeyPackage.Leaf.Capabilities, greased(t, w, "two").KeyPackage.Leaf.Capabilities
	if !bytes.Equal(caps.Append(nil), again.Append(nil)) || bytes.Equal(caps.Append(nil), other.Append(nil)) {
		t.Error("the values do not follow from the randomness")
	}

	// A whole life with them: added, committing, updating, joining externally.
	w.commit("a0", CommitOptions{}, b)
	ext, err := Extensions{}.WithGrease(w.rand)
	noErr(t, err)
	has("group info", countGrease(types(ext)), 1)
	w.commit("greased", CommitOptions{GroupInfoExtensions: ext, WelcomeExtensions: ext}, w.bundle("c"))
	leaf, _ := w.public.Member(w.members["greased"].OwnLeaf())
	has("committed leaf", countGrease(leaf.Capabilities.CipherSuites), 1)
	w.commit("a0", CommitOptions{Queued: []*QueuedProposal{w.update("greased")}})
	w.commit("c", CommitOptions{Leaf: &LeafParams{Grease: true}})
	w.chat()
	p := w.leaf("x")
	p.Grease = true
	staged, err := JoinExternal(w.rand, w.info, ExternalOptions{Leaf: p, Tree: w.public.Tree()})
	noErr(t, err)
	w.spread("x", staged, nil)
	w.check()

	// Without the option there are none.
	plain, _ := w.public.Member(w.members["a0"].OwnLeaf())
	if countGrease(plain.Capabilities.Extensions)+countGrease(types(plain.Extensions)) != 0 {
		t.Error("reserved values without the option")
	}
	_, err = Extensions{}.WithGrease(bytes.NewReader([]byte{1, 2, 3}))
	wantErr(t, "not enough randomness", err, ErrRandomness)
	_, err = NewGroup(w.rand, GroupParams{Suite: suite1, Leaf: p})
	noErr(t, err)
}

// TestGreaseInAGroup: what all members list is not supported for all that, if it
// is a reserved value.
func TestGreaseInAGroup(t *testing.T) {
	w := newWorld(t, suite1, nil)
	caps := DefaultCapabilities()
	caps.Extensions = append(caps.Extensions, 0x1A1A)
	caps.Proposals = append(caps.Proposals, 0x1A1A)
	w.commit("a0", CommitOptions{Leaf: &LeafParams{Capabilities: caps}})
	for name, ext := range map[string]Extensions{
		"a reserved extension": {{0x1A1A, nil}},
		"a reserved requirement": {{ExtensionRequiredCapabilities,
			RequiredCapabilities{Extensions: []ExtensionType{0x1A1A}}.Append(nil)}},
	} {
		_, err := w.members["a0"].Commit(w.rand, CommitOptions{Extensions: ext})
		wantErr(t, name, err, ErrUnsupported)
	}
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(0x1A1A, nil)}})
	wantErr(t, "a reserved proposal", err, ErrUnsupported)
}

func types(e Extensions) (list []ExtensionType) {
	for _, x := range e {
		list = append(list, x.Type)
	}
	return list
}

func countGrease[T ~uint16](list []T) (n int) {
	for _, v := range list {
		if isGrease(v) {
			n++
		}
	}
	return n
}

func TestPolicyLifetime(t *testing.T) {
	w := newWorld(t, suite1, nil)
	bundle := func(l Lifetime) *KeyPackageBundle {
		b, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: w.leaf("b"), Lifetime: l})
		noErr(t, err)
		return b
	}
	day := &Policy{MaxLifetime: 24 * time.Hour}
	now := time.Unix(2000, 0)
	right, long, back := bundle(Lifetime{1000, 1000 + 86400}), bundle(Lifetime{1000, 1001 + 86400}), bundle(Lifetime{2, 1})
	noErr(t, day.CheckKeyPackage(right.KeyPackage, now))
	for name, b := range map[string]*KeyPackageBundle{"too long": long, "backwards": back, "without end": w.bundle("b")} {
		wantErr(t, name, day.CheckKeyPackage(b.KeyPackage, noTime), ErrLifetime)
		_, err := w.members["a0"].Commit(w.rand, CommitOptions{Add: []*KeyPackage{b.KeyPackage}, Policy: day})
		wantErr(t, name+", added", err, ErrLifetime)
	}
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{long.KeyPackage}, WelcomeTree: true})
	_, err := JoinWelcome(staged.Welcome, long, JoinOptions{Policy: day})
	wantErr(t, "too long, in the tree of a joiner", err, ErrLifetime)
	_, err = w.public.Process(staged.Message, ProcessOptions{Policy: day})
	wantErr(t, "too long, in another's commit", err, ErrLifetime)
	noErr(t, (*Policy)(nil).CheckKeyPackage(long.KeyPackage, noTime))
}

func TestPolicySenders(t *testing.T) {
	key, err := suite1.GenerateSignatureKey(seeded("outside"))
	noErr(t, err)
	senders := func(names ...string) Extensions {
		var list []ExternalSender
		for _, n := range names {
			list = append(list, ExternalSender{key.Public(), BasicCredential([]byte(n))})
		}
		return Extensions{}.With(ExtensionExternalSenders, AppendExternalSenders(nil, list))
	}
	no := errors.New("no")
	policy := &Policy{Sender: func(s ExternalSender) error {
		if string(s.Credential.Identity) == "evil" {
			return no
		}
		return nil
	}}
	w := pairWorld(t)
	staged := w.stage("a0", CommitOptions{Extensions: senders("good", "evil"), Policy: nil})
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Extensions: senders("evil"), Policy: policy})
	wantErr(t, "added by oneself", err, ErrCredential)
	wantErr(t, "with the reason", err, no)
	_, err = w.members["b"].Process(staged.Message, ProcessOptions{Policy: policy})
	wantErr(t, "added by another", err, ErrCredential)
	_, err = JoinExternal(w.rand, staged.GroupInfo, ExternalOptions{Leaf: w.leaf("x"), Tree: staged.Group().Tree(), Policy: policy})
	wantErr(t, "found by a joiner", err, ErrCredential)
	staged = w.stage("a0", CommitOptions{Extensions: senders("good"), Policy: policy})
	_, err = w.members["b"].Process(staged.Message, ProcessOptions{Policy: policy})
	noErr(t, err)
}
