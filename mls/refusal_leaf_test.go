package mls

import (
	"errors"
	"testing"
)

// refused holds a commit by a0 against a member that did not propose anything
// and against the public group, and the saved state of the member.
func (f *forger) refused(t *testing.T, msg []byte, queued []*QueuedProposal, want error) {
	t.Helper()
	judge := f.members["c"]
	before, err := judge.MarshalBinary()
	noErr(t, err)
	_, err = judge.Process(msg, ProcessOptions{Queued: queued})
	wantErr(t, "member", err, want)
	_, err = f.public.Process(msg, ProcessOptions{Queued: queued})
	wantErr(t, "public group", err, want)
	after, err := judge.MarshalBinary()
	noErr(t, err)
	equal0(t, "state after a refused commit", after, before)
}

// byReference is a commit by a0 of what was proposed before, with a path that
// fits nothing: it is refused for the proposals or, if they pass, for the path.
func (f *forger) byReference(queued ...*QueuedProposal) []byte {
	f.Helper()
	return f.alter(CommitOptions{}, func(a *authenticatedContent) {
		for _, q := range queued {
			a.content.commit.proposals.add(proposalOrRef{ref: q.ref})
		}
	})
}

// update proposes an update of b's leaf, signed rightly but for what change does.
func (f *forger) forgedUpdate(sign bool, change func(*LeafNode) SignaturePrivateKey) *QueuedProposal {
	f.Helper()
	leaf, _, key, err := f.b.freshLeaf(f.rand, LeafParams{})
	noErr(f, err)
	leaf.Source = LeafFromUpdate
	if !sign {
		noErr(f, leaf.sign(f.rand, f.suite, key, f.b.GroupID(), f.b.own))
	}
	if k := change(leaf); !k.IsZero() {
		key = k
	}
	if sign {
		noErr(f, leaf.sign(f.rand, f.suite, key, f.b.GroupID(), f.b.own))
	}
	_, q, err := f.b.propose(f.rand, &Proposal{Type: ProposalUpdate, Update: leaf}, ProposeOptions{})
	noErr(f, err)
	return q
}

func TestUpdateRefused(t *testing.T) {
	f := newForger(t)
	// A group extension that not every client needs to know.
	f.commit("a0", CommitOptions{Extensions: Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte("x")}})})
	f.a, f.b = f.members["a0"], f.members["b"]
	none := SignaturePrivateKey{}
	with := func(change func(*LeafNode)) func(*LeafNode) SignaturePrivateKey {
		return func(l *LeafNode) SignaturePrivateKey { change(l); return none }
	}
	signFor := func(group string, index LeafIndex) func(*LeafNode) {
		return func(l *LeafNode) { noErr(t, l.sign(f.rand, f.suite, f.b.key, []byte(group), index)) }
	}
	for _, c := range []struct {
		name   string
		sign   bool
		change func(*LeafNode) SignaturePrivateKey
		want   error
	}{
		{"source commit", true, with(func(l *LeafNode) { l.Source = LeafFromCommit }), ErrInvalidLeaf},
		{"source key package", true, with(func(l *LeafNode) { l.Source, l.Lifetime.NotAfter = LeafFromKeyPackage, 1<<64-1 }), ErrInvalidLeaf},
		{"the old encryption key", true, with(func(l *LeafNode) { l.EncryptionKey = f.b.tree.leaf(1).EncryptionKey }), ErrInvalidLeaf},
		{"another's encryption key", true, with(func(l *LeafNode) { l.EncryptionKey = f.b.tree.leaf(2).EncryptionKey }), ErrDuplicateKey},
		{"a parent's encryption key", true, with(func(l *LeafNode) { l.EncryptionKey = f.b.tree.key(5) }), ErrDuplicateKey},
		{"another's signature key", true, func(l *LeafNode) SignaturePrivateKey {
			l.SignatureKey = f.a.key.Public()
			return f.a.key
		}, ErrDuplicateKey},
		{"malformed encryption key", true, with(func(l *LeafNode) { l.EncryptionKey = make([]byte, 31) }), ErrInvalidLeaf},
		{"malformed signature key", true, with(func(l *LeafNode) { l.SignatureKey = make([]byte, 33) }), ErrInvalidLeaf},
		{"signature", false, with(func(l *LeafNode) { l.Signature[7] ^= 1 }), ErrBadSignature},
		{"signed by another", true, func(*LeafNode) SignaturePrivateKey { return f.a.key }, ErrBadSignature},
		{"signed for another group", false, with(signFor("other", 1)), ErrBadSignature},
		{"signed for another leaf", false, with(signFor("group", 2)), ErrBadSignature},
		{"credential not in capabilities", true, with(func(l *LeafNode) { l.Capabilities.Credentials = []CredentialType{CredentialX509} }), ErrInvalidLeaf},
		{"extension not in capabilities", true, with(func(l *LeafNode) { l.Extensions = Extensions{{0xF123, nil}} }), ErrInvalidLeaf},
		{"a credential type in use not supported", true, with(func(l *LeafNode) {
			l.Credential, l.Capabilities.Credentials = X509Credential([]byte("der")), []CredentialType{CredentialX509}
		}), ErrUnsupported},
		{"a group extension not supported", true, with(func(l *LeafNode) { l.Capabilities.Extensions = nil }), ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := f.forgedUpdate(c.sign, c.change)
			if c.name != "a credential type in use not supported" { // judged after the path, which does not fit here
				f.refused(t, f.byReference(q), []*QueuedProposal{q}, c.want)
			}
			_, err := f.a.Commit(f.rand, CommitOptions{Queued: []*QueuedProposal{q}})
			wantErr(t, "the committer itself", err, c.want)
		})
	}
}

func TestUpdateListRefused(t *testing.T) {
	f := newForger(t)
	propose := func(g *Group) *QueuedProposal {
		_, q, err := g.ProposeUpdate(f.rand, LeafParams{}, ProposeOptions{})
		noErr(t, err)
		return q
	}
	own, one, two := propose(f.a), propose(f.b), propose(f.b)
	_, remove, err := f.members["c"].Propose(f.rand, ProposeRemove(1), ProposeOptions{})
	noErr(t, err)
	for _, c := range []struct {
		name   string
		queued []*QueuedProposal
	}{
		{"by the committer", []*QueuedProposal{own}},
		{"of a leaf twice", []*QueuedProposal{one, two}},
		{"the same twice", []*QueuedProposal{one, one}},
		{"of a removed leaf", []*QueuedProposal{one, remove}},
		{"of a removed leaf, removed first", []*QueuedProposal{remove, one}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.refused(t, f.byReference(c.queued...), c.queued, ErrProposalList)
			_, err := f.a.Commit(f.rand, CommitOptions{Queued: c.queued})
			wantErr(t, "the committer itself", err, ErrProposalList)
		})
	}
	t.Run("validator", func(t *testing.T) {
		no := errors.New("not its successor")
		var asked LeafContext
		_, err := f.a.Commit(f.rand, CommitOptions{Queued: []*QueuedProposal{one}, Validate: func(c LeafContext) error {
			if c.Index == 1 {
				asked = c
				return no
			}
			return nil
		}})
		wantErr(t, "commit", err, ErrCredential)
		wantErr(t, "commit", err, no)
		if asked.Replaces == nil || !asked.Replaces.Equal(f.b.tree.leaf(1)) {
			t.Error("the validator is not shown the leaf before")
		}
	})
	t.Run("own update without its key", func(t *testing.T) {
		staged, err := f.a.Commit(f.rand, CommitOptions{Queued: []*QueuedProposal{one}})
		noErr(t, err)
		bare := *one
		bare.encryptionKey = nil
		_, err = f.b.Process(staged.Message, ProcessOptions{Queued: []*QueuedProposal{&bare}})
		wantErr(t, "proposer", err, ErrUnknownProposal)
		_, err = f.b.Process(staged.Message, ProcessOptions{Queued: []*QueuedProposal{one}})
		noErr(t, err)
	})
	t.Run("of an epoch before", func(t *testing.T) {
		f.commit("d", CommitOptions{})
		f.a = f.members["a0"]
		f.refused(t, f.byReference(one), []*QueuedProposal{one}, ErrUnknownProposal)
		_, err := f.a.Commit(f.rand, CommitOptions{Queued: []*QueuedProposal{one}})
		wantErr(t, "the committer itself", err, ErrUnknownProposal)
	})
}

// forgedKeyPackage is signed rightly after change.
func (f *forger) forgedKeyPackage(change func(*KeyPackage)) *KeyPackage {
	f.Helper()
	b := f.bundle("new")
	kp := b.KeyPackage
	change(kp)
	noErr(f, kp.Leaf.sign(f.rand, f.suite, b.SignatureKey, nil, 0))
	var err error
	kp.Signature, err = f.suite.SignWithLabel(f.rand, b.SignatureKey, labelKeyPackage, kp.appendUnsigned(nil))
	noErr(f, err)
	return kp
}

func TestAddRefused(t *testing.T) {
	f := newForger(t)
	for _, c := range []struct {
		name   string
		change func(*KeyPackage)
		want   error
	}{
		{"leaf of an update", func(k *KeyPackage) { k.Leaf.Source = LeafFromUpdate }, ErrInvalidKeyPackage},
		{"leaf of a commit", func(k *KeyPackage) { k.Leaf.Source = LeafFromCommit }, ErrInvalidKeyPackage},
		{"version", func(k *KeyPackage) { k.Version = 2 }, ErrUnsupportedVersion},
		{"version not in capabilities", func(k *KeyPackage) { k.Leaf.Capabilities.Versions = []ProtocolVersion{2} }, ErrInvalidKeyPackage},
		{"suite not in capabilities", func(k *KeyPackage) { k.Leaf.Capabilities.CipherSuites = []CipherSuite{2} }, ErrInvalidKeyPackage},
		{"suite of another group", func(k *KeyPackage) { k.CipherSuite = MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 }, ErrInvalidKeyPackage},
		{"malformed init key", func(k *KeyPackage) { k.InitKey = k.InitKey[:31] }, ErrInvalidKeyPackage},
		{"init key is encryption key", func(k *KeyPackage) { k.InitKey = k.Leaf.EncryptionKey }, ErrInvalidKeyPackage},
		{"malformed encryption key", func(k *KeyPackage) { k.Leaf.EncryptionKey = nil }, ErrInvalidLeaf},
		{"a member's encryption key", func(k *KeyPackage) { k.Leaf.EncryptionKey = f.b.tree.leaf(3).EncryptionKey }, ErrDuplicateKey},
		{"extension not in capabilities", func(k *KeyPackage) { k.Extensions = Extensions{{0xF123, nil}} }, ErrInvalidKeyPackage},
		{"leaf extension not in capabilities", func(k *KeyPackage) { k.Leaf.Extensions = Extensions{{0xF123, nil}} }, ErrInvalidLeaf},
		{"credential not in capabilities", func(k *KeyPackage) { k.Leaf.Capabilities.Credentials = nil }, ErrInvalidLeaf},
		{"a credential type in use not supported", func(k *KeyPackage) {
			k.Leaf.Credential, k.Leaf.Capabilities.Credentials = X509Credential([]byte("der")), []CredentialType{CredentialX509}
		}, ErrUnsupported},
		{"extension twice", func(k *KeyPackage) { k.Extensions = Extensions{{6, nil}, {6, nil}} }, ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			kp := f.forgedKeyPackage(c.change)
			f.refused(t, f.alter(CommitOptions{}, func(a *authenticatedContent) {
				a.content.commit.proposals, a.content.commit.path = proposalList{{{proposal: ProposeAdd(kp)}}}, nil
			}), nil, c.want)
			if c.want == ErrMalformed {
				return // only what was parsed reaches a committer
			}
			_, err := f.a.Commit(f.rand, CommitOptions{Add: []*KeyPackage{kp}})
			wantErr(t, "the committer itself", err, c.want)
		})
	}
	t.Run("leaf signature", func(t *testing.T) {
		b := f.bundle("new")
		b.KeyPackage.Leaf.Signature[5] ^= 1
		var err error
		b.KeyPackage.Signature, err = f.suite.SignWithLabel(f.rand, b.SignatureKey, labelKeyPackage, b.KeyPackage.appendUnsigned(nil))
		noErr(t, err)
		f.refused(t, f.list(ProposeAdd(b.KeyPackage)), nil, ErrBadSignature)
	})
	// One client may be removed and added again in the same commit.
	again, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: LeafParams{SignatureKey: f.members["d"].key, Credential: BasicCredential([]byte("d"))}})
	noErr(t, err)
	staged, err := f.a.Commit(f.rand, CommitOptions{Remove: []LeafIndex{3}, Add: []*KeyPackage{again.KeyPackage}})
	noErr(t, err)
	_, err = f.b.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
}

// TestGrease: unknown values where the RFC wants them ignored (section 13.5).
func TestGrease(t *testing.T) {
	f := newForger(t)
	caps := DefaultCapabilities()
	caps.Versions = append(caps.Versions, 0x0A0A)
	caps.CipherSuites = append(caps.CipherSuites, 0x1A1A)
	caps.Extensions = append(caps.Extensions, 0x2A2A, 0x3A3A)
	caps.Proposals = append(caps.Proposals, 0x4A4A)
	caps.Credentials = append(caps.Credentials, 0x5A5A)
	p := f.leaf("grease")
	p.Capabilities = caps
	p.Extensions = Extensions{{0x2A2A, []byte("leaf")}}
	kp, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: p, Extensions: Extensions{{0x3A3A, []byte("key package")}}})
	noErr(t, err)
	f.commit("a0", CommitOptions{
		GroupInfoExtensions: Extensions{{0x6A6A, []byte("group info")}},
		WelcomeExtensions:   Extensions{{0x7A7A, []byte("welcome")}},
	}, kp)
	f.external("x", ExternalOptions{})
	f.chat()
}
