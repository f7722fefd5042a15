package mls

import (
	"errors"
	"testing"
)

// externalForger writes external commits that break rules, signed rightly.
type externalForger struct {
	*forger
	key LeafParams
}

// alter makes an external commit, lets change alter it and its leaf, and signs
// both again with the keys that change returns, or else the joiner's.
func (f *externalForger) alter(o ExternalOptions, change func(*authenticatedContent) (leaf, content SignaturePrivateKey)) []byte {
	f.Helper()
	o.Leaf, o.Tree = f.key, f.public.Tree()
	staged, err := JoinExternal(f.rand, f.info, o)
	noErr(f, err)
	m, err := ParseMessage(staged.Message)
	noErr(f, err)
	a := m.Public.authenticated()
	leaf, content := change(a)
	if leaf.IsZero() {
		leaf = f.key.SignatureKey
	}
	if content.IsZero() {
		content = f.key.SignatureKey
	}
	if p := a.content.commit.path; p != nil {
		noErr(f, p.leaf.sign(f.rand, f.suite, leaf, f.public.GroupID(), staged.Committer))
	}
	tag := a.auth.confirmationTag
	noErr(f, a.sign(f.rand, f.suite, content, f.public.contextBytes))
	a.auth.confirmationTag = tag
	p, err := protectPublic(f.suite, nil, a, nil)
	noErr(f, err)
	return p.append(appendMessageHead(nil, WirePublicMessage))
}

func TestExternalLeafRefused(t *testing.T) {
	w := newForger(t)
	f := &externalForger{w, w.leaf("x")}
	none := SignaturePrivateKey{}
	removed := LeafIndex(1)
	leaf := func(change func(*LeafNode)) func(*authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
		return func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			change(a.content.commit.path.leaf)
			return none, none
		}
	}
	for _, c := range []struct {
		name   string
		o      ExternalOptions
		change func(*authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey)
		want   error
	}{
		{"the replaced leaf's encryption key", ExternalOptions{Remove: &removed}, leaf(func(l *LeafNode) { l.EncryptionKey = f.b.tree.leaf(1).EncryptionKey }), ErrDuplicateKey},
		{"a member's encryption key", ExternalOptions{}, leaf(func(l *LeafNode) { l.EncryptionKey = f.b.tree.leaf(1).EncryptionKey }), ErrDuplicateKey},
		{"a member's signature key", ExternalOptions{}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			a.content.commit.path.leaf.SignatureKey = f.b.key.Public()
			return f.b.key, f.b.key
		}, ErrDuplicateKey},
		{"source key package", ExternalOptions{}, leaf(func(l *LeafNode) { l.Source = LeafFromKeyPackage }), ErrInvalidLeaf},
		{"source update", ExternalOptions{}, leaf(func(l *LeafNode) { l.Source = LeafFromUpdate }), ErrInvalidLeaf},
		{"parent hash", ExternalOptions{}, leaf(func(l *LeafNode) { l.ParentHash[0] ^= 1 }), ErrParentHash},
		{"malformed encryption key", ExternalOptions{}, leaf(func(l *LeafNode) { l.EncryptionKey = nil }), ErrInvalidLeaf},
		{"credential not in capabilities", ExternalOptions{}, leaf(func(l *LeafNode) { l.Capabilities.Credentials = nil }), ErrInvalidLeaf},
		{"leaf signed by another", ExternalOptions{}, func(*authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) { return f.b.key, none }, ErrBadSignature},
		{"commit signed by another", ExternalOptions{}, func(*authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) { return none, f.b.key }, ErrBadSignature},
		{"another epoch", ExternalOptions{}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			a.content.Epoch--
			return none, none
		}, ErrWrongEpoch},
		{"an Update", ExternalOptions{}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			p := &Proposal{Type: ProposalUpdate, Update: f.b.tree.leaf(1)}
			a.content.commit.proposals.add(proposalOrRef{proposal: p})
			return none, none
		}, ErrProposalList},
		{"a ReInit", ExternalOptions{}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			p := ProposeReInit(&ReInit{Version: MLS10, CipherSuite: suite1})
			a.content.commit.proposals.add(proposalOrRef{proposal: p})
			return none, none
		}, ErrProposalList},
		{"a PSK twice", ExternalOptions{PSKs: []PSK{ExternalPSK([]byte("k"), Secret("s"))}}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			a.content.commit.proposals.add(a.content.commit.proposals[0][1])
			return none, none
		}, ErrProposalList},
		{"a path too short", ExternalOptions{}, func(a *authenticatedContent) (SignaturePrivateKey, SignaturePrivateKey) {
			a.content.commit.path.nodes = nil
			return none, none
		}, ErrInvalidPath},
	} {
		t.Run(c.name, func(t *testing.T) { f.refused(t, f.alter(c.o, c.change), nil, c.want) })
	}
	t.Run("successor of the replaced leaf", func(t *testing.T) {
		no := errors.New("not its successor")
		msg := f.alter(ExternalOptions{Remove: &removed}, leaf(func(*LeafNode) {}))
		asked := false
		_, err := f.members["c"].Process(msg, ProcessOptions{Validate: func(c LeafContext) error {
			asked = c.Replaces != nil && c.Replaces.Equal(f.b.tree.leaf(1))
			return no
		}})
		wantErr(t, "member", err, ErrCredential)
		if !asked {
			t.Error("the validator is not shown the leaf that is replaced")
		}
	})
}
