package mls

import (
	"errors"
	"testing"
)

// founder is a group of three, ended by a ReInit to another suite or about to
// branch, with a fresh key package of each of the others.
type founder struct {
	*world
	next CipherSuite
}

func (f *founder) leafFor(name string) LeafParams {
	f.Helper()
	key, err := f.next.GenerateSignatureKey(f.rand)
	noErr(f, err)
	return LeafParams{SignatureKey: key, Credential: BasicCredential([]byte(name))}
}

func (f *founder) bundleFor(name string) *KeyPackageBundle {
	f.Helper()
	p := f.leafFor(name)
	p.Capabilities = DefaultCapabilities()
	b, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.next, Leaf: p})
	noErr(f, err)
	return b
}

func newFounder(t *testing.T, next CipherSuite) *founder {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))
	return &founder{w, next}
}

func (f *founder) options(by string, with ...*KeyPackageBundle) FoundingOptions {
	o := FoundingOptions{Leaf: f.leafFor(by), WelcomeTree: true}
	for _, b := range with {
		o.KeyPackages = append(o.KeyPackages, b.KeyPackage)
	}
	return o
}

func TestReinitialize(t *testing.T) {
	for _, next := range SupportedSuites() {
		t.Run(next.String(), func(t *testing.T) {
			f := newFounder(t, next)
			ext := Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte("next")}})
			// One proposes, another commits, a third makes the new group.
			msg, q, err := f.members["c"].Propose(f.rand, ProposeReInit(&ReInit{GroupID: []byte("new"), Version: MLS10, CipherSuite: next, Extensions: ext}), ProposeOptions{})
			noErr(t, err)
			for _, name := range []string{"a0", "b"} {
				_, err := f.members[name].ProcessProposal(msg)
				noErr(t, err)
			}
			f.commit("a0", CommitOptions{Queued: []*QueuedProposal{q}})
			b := f.members["b"]
			a, c := f.bundleFor("a0"), f.bundleFor("c")
			staged, err := b.Reinitialize(f.rand, f.options("b", a, c))
			noErr(t, err)
			first := staged.Group()
			if first.Epoch() != 1 || first.Suite() != next || string(first.GroupID()) != "new" || first.MemberCount() != 3 {
				t.Fatalf("epoch %d, suite %v, id %q", first.Epoch(), first.Suite(), first.GroupID())
			}
			groups := map[string]*Group{"b": first}
			for name, kp := range map[string]*KeyPackageBundle{"a0": a, "c": c} {
				groups[name], err = f.members[name].JoinReinitialized(staged.Welcome, kp, JoinOptions{})
				noErr(t, err)
				equal0(t, name, groups[name].EpochAuthenticator(), first.EpochAuthenticator())
			}
			sealed, err := groups["a0"].Seal(f.rand, SealOptions{}, []byte("hello"))
			noErr(t, err)
			for _, name := range []string{"b", "c"} {
				app, err := groups[name].Open(sealed)
				noErr(t, err)
				equal0(t, name, app.Data, []byte("hello"))
			}
		})
	}
}

func TestReinitializeRefused(t *testing.T) {
	f := newFounder(t, MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519)
	before := f.members["a0"]
	_, err := before.Reinitialize(f.rand, f.options("a0"))
	wantErr(t, "without a ReInit", err, ErrFounding)
	_, err = before.JoinReinitialized(nil, f.bundleFor("a0"), JoinOptions{})
	wantErr(t, "joined without a ReInit", err, ErrFounding)

	r := &ReInit{GroupID: []byte("new"), Version: MLS10, CipherSuite: f.next}
	f.commit("a0", CommitOptions{ReInit: r})
	a, c := f.members["a0"], f.members["c"]
	kb, kc, kx := f.bundleFor("b"), f.bundleFor("c"), f.bundleFor("stranger")
	o := f.options("a0", kb, kc)
	o.GroupID = []byte("mine")
	_, err = a.Reinitialize(f.rand, o)
	wantErr(t, "with another group id", err, ErrFounding)
	_, err = a.Reinitialize(f.rand, f.options("a0", kb))
	wantErr(t, "without a member", err, ErrFounding)
	_, err = a.Reinitialize(f.rand, f.options("a0", kb, kc, kx))
	wantErr(t, "with a stranger", err, ErrFounding)
	_, err = a.Reinitialize(f.rand, f.options("a0", kb, f.bundleFor("b")))
	wantErr(t, "with one member twice", err, ErrFounding)

	// What the creator's library refuses, a hostile creator sends.
	hostile := func(p GroupParams, id PreSharedKeyID, secret Secret, with ...*KeyPackageBundle) []byte {
		t.Helper()
		p.Leaf = f.leafFor("a0")
		g, err := NewGroup(f.rand, p)
		noErr(t, err)
		o := CommitOptions{WelcomeTree: true}
		if secret != nil {
			o.PSKs = []PSK{{ID: id, Secret: secret}}
		}
		for _, b := range with {
			o.Add = append(o.Add, b.KeyPackage)
		}
		staged, err := g.Commit(f.rand, o)
		noErr(t, err)
		return staged.Welcome
	}
	right := GroupParams{Suite: f.next, GroupID: []byte("new")}
	link, branch := a.ResumptionPSKID(ResumptionReInit), a.ResumptionPSKID(ResumptionBranch)
	old := before.ResumptionPSKID(ResumptionReInit)
	source := func(PreSharedKeyID) (Secret, bool) { return before.ResumptionPSK(), true }
	for _, x := range []struct {
		name string
		msg  []byte
		psk  PSKSource
		want error
	}{
		{"no link", hostile(right, link, nil, kb, kc), nil, ErrFounding},
		{"another group id", hostile(GroupParams{Suite: f.next, GroupID: []byte("other")}, link, a.ResumptionPSK(), kb, kc), nil, ErrFounding},
		{"other extensions", hostile(GroupParams{Suite: f.next, GroupID: []byte("new"), Extensions: Extensions{}.WithAppData(nil)}, link, a.ResumptionPSK(), kb, kc), nil, ErrFounding},
		{"a member missing", hostile(right, link, a.ResumptionPSK(), kc), nil, ErrFounding},
		{"a stranger", hostile(right, link, a.ResumptionPSK(), kb, kc, kx), nil, ErrFounding},
		{"a branch instead", hostile(right, branch, a.ResumptionPSK(), kb, kc), nil, ErrUnknownPSK},
		{"of the epoch before", hostile(right, old, before.ResumptionPSK(), kb, kc), nil, ErrUnknownPSK},
		{"of the epoch before, whose key is at hand", hostile(right, old, before.ResumptionPSK(), kb, kc), source, ErrFounding},
		{"by one who does not have the key", hostile(right, link, Secret("a guess"), kb, kc), nil, ErrDecrypt},
	} {
		_, err := c.JoinReinitialized(x.msg, kc, JoinOptions{PSK: x.psk})
		wantErr(t, x.name, err, x.want)
	}
	staged, err := a.Reinitialize(f.rand, f.options("a0", kb, kc))
	noErr(t, err)
	no := errors.New("no")
	_, err = c.JoinReinitialized(staged.Welcome, kc, JoinOptions{Founding: func(PreSharedKeyID, *Group) error { return no }})
	wantErr(t, "the application's own judge", err, no)
	_, err = c.JoinReinitialized(staged.Welcome, kc, JoinOptions{Policy: &Policy{SameClient: func(old, new *LeafNode) bool { return false }}})
	wantErr(t, "the policy's comparison", err, ErrFounding)
	_, err = c.JoinReinitialized(staged.Welcome, kc, JoinOptions{})
	noErr(t, err)

	f = newFounder(t, suite1)
	f.commit("a0", CommitOptions{ReInit: &ReInit{GroupID: []byte("new"), Version: MLS10 + 1, CipherSuite: suite1}})
	_, err = f.members["a0"].Reinitialize(f.rand, f.options("a0"))
	wantErr(t, "a version to come", err, ErrUnsupportedVersion)
	f = newFounder(t, suite1)
	f.commit("a0", CommitOptions{ReInit: &ReInit{GroupID: []byte("new"), Version: MLS10, CipherSuite: 4}})
	_, err = f.members["a0"].Reinitialize(f.rand, f.options("a0"))
	wantErr(t, "a suite that is not built", err, ErrUnsupportedSuite)
}

func TestBranch(t *testing.T) {
	f := newFounder(t, suite1)
	a, c := f.members["a0"], f.members["c"]
	kc, kx := f.bundleFor("c"), f.bundleFor("stranger")
	o := f.options("a0", kc)
	o.GroupID = []byte("sub")
	staged, err := a.Branch(f.rand, o)
	noErr(t, err)
	sub, err := c.JoinBranch(staged.Welcome, kc, JoinOptions{})
	noErr(t, err)
	equal0(t, "authenticator", sub.EpochAuthenticator(), staged.Group().EpochAuthenticator())
	if sub.MemberCount() != 2 || sub.Suite() != f.suite {
		t.Errorf("%d members, suite %v", sub.MemberCount(), sub.Suite())
	}
	f.chat() // the old group goes on

	same := o
	same.GroupID = []byte("group")
	_, err = a.Branch(f.rand, same)
	wantErr(t, "with the old group's id", err, ErrFounding)
	wide := f.options("a0", kc, kx)
	wide.GroupID = []byte("sub")
	_, err = a.Branch(f.rand, wide)
	wantErr(t, "with a stranger", err, ErrFounding)
	_, err = c.JoinReinitialized(staged.Welcome, kc, JoinOptions{})
	wantErr(t, "taken for a reinitialised group", err, ErrFounding)
	f.commit("b", CommitOptions{})
	_, err = f.members["c"].JoinBranch(staged.Welcome, kc, JoinOptions{})
	wantErr(t, "of an epoch that is over", err, ErrUnknownPSK)

	// Branched by a creator whose library lets it use another suite.
	f.next = MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
	g, err := NewGroup(f.rand, GroupParams{Suite: f.next, GroupID: []byte("sub"), Leaf: f.leafFor("a0")})
	noErr(t, err)
	kc = f.bundleFor("c")
	wrong, err := g.Commit(f.rand, CommitOptions{Add: []*KeyPackage{kc.KeyPackage}, WelcomeTree: true,
		PSKs: []PSK{{ID: a.ResumptionPSKID(ResumptionBranch), Secret: a.ResumptionPSK()}}})
	noErr(t, err)
	_, err = c.JoinBranch(wrong.Welcome, kc, JoinOptions{})
	wantErr(t, "another suite", err, ErrFounding)
	_, err = c.JoinBranch(wrong.Message, kc, JoinOptions{})
	wantErr(t, "not a welcome", err, ErrWrongContent)
}
