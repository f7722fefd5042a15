package mls

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// forger writes commits that break rules, correctly signed and tagged: by member
// a0 of a group of four, to be judged by b.
type forger struct {
	*world
	a, b *Group
}

func newForger(t *testing.T) *forger {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"), w.bundle("d"))
	w.commit("a0", CommitOptions{})
	w.commit("c", CommitOptions{})
	return &forger{w, w.members["a0"], w.members["b"]}
}

// sign signs and tags content as a0 does.
func (f *forger) sign(a *authenticatedContent) []byte {
	f.Helper()
	tag := a.auth.confirmationTag
	noErr(f, a.sign(f.rand, f.suite, f.a.key, f.a.contextBytes))
	a.auth.confirmationTag = tag
	m, err := protectPublic(f.suite, f.a.secrets.membership, a, f.a.contextBytes)
	noErr(f, err)
	return m.append(appendMessageHead(nil, WirePublicMessage))
}

// alter makes a commit with o, lets change alter it, and signs it again.
func (f *forger) alter(o CommitOptions, change func(*authenticatedContent)) []byte {
	f.Helper()
	staged, err := f.a.Commit(f.rand, o)
	noErr(f, err)
	m, err := ParseMessage(staged.Message)
	noErr(f, err)
	a := m.Public.authenticated()
	change(a)
	return f.sign(a)
}

// list is a commit of just these proposals, with a path that fits nothing.
func (f *forger) list(list ...*Proposal) []byte {
	f.Helper()
	return f.alter(CommitOptions{}, func(a *authenticatedContent) {
		for _, p := range list {
			a.content.commit.proposals.add(proposalOrRef{proposal: p})
		}
	})
}

func TestCommitRefused(t *testing.T) {
	f := newForger(t)
	same := func(*authenticatedContent) {}
	valid := f.alter(CommitOptions{}, same)
	_, err := f.b.Process(valid, ProcessOptions{})
	noErr(t, err)
	reLeaf := func(a *authenticatedContent, key SignaturePrivateKey) {
		noErr(t, a.content.commit.path.leaf.sign(f.rand, f.suite, key, f.a.GroupID(), 0))
	}
	kp := f.bundle("new").KeyPackage
	psk := PreSharedKeyID{Type: PSKExternal, ID: []byte("k"), Nonce: make([]byte, 32)}
	clientOf := func(g *Group) *KeyPackage {
		b, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: LeafParams{SignatureKey: g.key, Credential: BasicCredential([]byte("twin"))}})
		noErr(t, err)
		return b.KeyPackage
	}
	other, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, Leaf: f.leaf("x")})
	noErr(t, err)
	twisted := *kp
	twisted.Signature = slices.Clone(kp.Signature)
	twisted.Signature[3] ^= 1
	sameInit, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: f.leaf("x")})
	noErr(t, err)
	sameInit.KeyPackage.InitKey = sameInit.KeyPackage.Leaf.EncryptionKey
	sameInit.KeyPackage.Signature, err = f.suite.SignWithLabel(f.rand, sameInit.SignatureKey, labelKeyPackage, sameInit.KeyPackage.appendUnsigned(nil))
	noErr(t, err)

	for _, c := range []struct {
		name   string
		msg    []byte
		want   error
		public bool // the public group cannot see it
	}{
		{"another epoch", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.Epoch++ }), ErrWrongEpoch, false},
		{"an older epoch", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.Epoch-- }), ErrWrongEpoch, false},
		{"another group", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.GroupID = []byte("x") }), ErrWrongGroup, false},
		{"confirmation tag", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.auth.confirmationTag[0] ^= 1 }), ErrBadConfirmationTag, true},
		{"another member's name", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.Sender.Leaf = 2 }), ErrBadSignature, false},
		{"no such member", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.Sender.Leaf = 1 << 30 }), ErrBadSender, false},
		{"the receiver's name", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.Sender.Leaf = 1 }), ErrOwnMessage, true},
		{"no path", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.commit.path = nil }), ErrPathRequired, false},
		{"remove without path", f.alter(CommitOptions{Remove: []LeafIndex{2}}, func(a *authenticatedContent) { a.content.commit.path = nil }), ErrPathRequired, false},
		{"short path", f.alter(CommitOptions{}, func(a *authenticatedContent) { p := a.content.commit.path; p.nodes = p.nodes[:1] }), ErrInvalidPath, false},
		{"long path", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			p := a.content.commit.path
			p.nodes = append(p.nodes, p.nodes[0])
		}), ErrInvalidPath, false},
		{"another path key", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			_, pub, err := f.suite.GenerateHPKEKey(f.rand)
			noErr(t, err)
			a.content.commit.path.nodes[0].encryptionKey = pub
		}), ErrParentHash, false},
		{"malformed path key", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.nodes[0].encryptionKey = make([]byte, 31)
		}), ErrBadKey, false},
		{"used path key", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.nodes[1].encryptionKey = f.b.tree.leaf(2).EncryptionKey
		}), ErrDuplicateKey, false},
		{"path key twice", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			n := a.content.commit.path.nodes
			n[1].encryptionKey = n[0].encryptionKey
		}), ErrDuplicateKey, false},
		{"old leaf key", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.EncryptionKey = f.a.tree.leaf(0).EncryptionKey
			reLeaf(a, f.a.key)
		}), ErrDuplicateKey, false},
		{"another's signature key", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.SignatureKey = f.b.key.Public()
			reLeaf(a, f.b.key)
		}), ErrDuplicateKey, false},
		{"parent hash", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.ParentHash[0] ^= 1
			reLeaf(a, f.a.key)
		}), ErrParentHash, false},
		{"leaf signature", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.commit.path.leaf.Signature[0] ^= 1 }), ErrBadSignature, false},
		{"leaf signed by another", f.alter(CommitOptions{}, func(a *authenticatedContent) { reLeaf(a, f.b.key) }), ErrBadSignature, false},
		{"leaf source", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.Source = LeafFromUpdate
			reLeaf(a, f.a.key)
		}), ErrInvalidLeaf, false},
		{"leaf extension not in capabilities", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.Extensions = Extensions{{0xF123, nil}}
			reLeaf(a, f.a.key)
		}), ErrInvalidLeaf, false},
		{"leaf credential not in capabilities", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.leaf.Capabilities.Credentials = nil
			reLeaf(a, f.a.key)
		}), ErrInvalidLeaf, false},
		{"leaf drops a credential type in use", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			l := a.content.commit.path.leaf
			l.Credential, l.Capabilities.Credentials = X509Credential([]byte("der")), []CredentialType{CredentialX509}
			reLeaf(a, f.a.key)
		}), ErrUnsupported, false},
		{"ciphertext missing", f.alter(CommitOptions{}, func(a *authenticatedContent) { a.content.commit.path.nodes[1].secrets = nil }), ErrInvalidPath, false},
		{"ciphertext too many", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			n := &a.content.commit.path.nodes[1]
			n.secrets = append(n.secrets, n.secrets[0])
		}), ErrInvalidPath, false},
		{"ciphertext damaged", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.nodes[0].secrets[0].Ciphertext[0] ^= 1
		}), ErrDecrypt, true},
		{"KEM output damaged", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.path.nodes[0].secrets[0].KEMOutput = nil
		}), ErrDecrypt, true},
		{"committer removes itself", f.list(ProposeRemove(0)), ErrProposalList, false},
		{"removes nobody", f.list(ProposeRemove(5)), ErrInvalidProposal, false},
		{"removes outside the tree", f.list(ProposeRemove(1<<32 - 1)), ErrInvalidProposal, false},
		{"removes twice", f.list(ProposeRemove(2), ProposeRemove(2)), ErrProposalList, false},
		{"update by value", f.list(&Proposal{Type: ProposalUpdate, Update: f.a.tree.leaf(0)}), ErrProposalList, false},
		{"external init by a member", f.list(&Proposal{Type: ProposalExternalInit, ExternalInit: make([]byte, 32)}), ErrProposalList, false},
		{"extensions twice", f.list(ProposeExtensions(nil), ProposeExtensions(nil)), ErrProposalList, false},
		{"extension of a type nobody supports", f.list(ProposeExtensions(Extensions{{0xF001, nil}})), ErrUnsupported, false},
		{"malformed required capabilities", f.list(ProposeExtensions(Extensions{{ExtensionRequiredCapabilities, []byte{9}}})), ErrMalformed, false},
		{"requirements nobody meets", f.list(ProposeExtensions(Extensions{{ExtensionRequiredCapabilities,
			RequiredCapabilities{Proposals: []ProposalType{0xF001}}.Append(nil)}})), ErrUnsupported, false},
		{"ReInit beside another", f.list(ProposeReInit(&ReInit{Version: MLS10, CipherSuite: suite1}), ProposeRemove(2)), ErrProposalList, false},
		{"ReInit to version 0", f.list(ProposeReInit(&ReInit{CipherSuite: suite1})), ErrInvalidProposal, false},
		{"PSK twice", f.list(ProposePSK(psk), ProposePSK(psk)), ErrProposalList, false},
		{"PSK nonce", f.list(ProposePSK(PreSharedKeyID{Type: PSKExternal, ID: []byte("k"), Nonce: []byte("short")})), ErrInvalidProposal, false},
		{"PSK for a new group", f.list(ProposePSK(PreSharedKeyID{Type: PSKResumption, Usage: ResumptionReInit, Nonce: make([]byte, 32)})), ErrInvalidProposal, false},
		{"PSK unknown", f.alter(CommitOptions{PSKs: []PSK{ExternalPSK([]byte("k"), nil)}}, same), ErrUnknownPSK, true},
		{"unknown reference", f.alter(CommitOptions{}, func(a *authenticatedContent) {
			a.content.commit.proposals = proposalList{{{ref: make([]byte, 32)}}}
		}), ErrUnknownProposal, false},
		{"adds a client twice", f.list(ProposeAdd(kp), ProposeAdd(kp)), ErrDuplicateKey, false},
		{"adds a member's signature key", f.list(ProposeAdd(clientOf(f.b))), ErrDuplicateKey, false},
		{"adds another suite", f.list(ProposeAdd(other.KeyPackage)), ErrInvalidKeyPackage, false},
		{"key package signature", f.list(ProposeAdd(&twisted)), ErrBadSignature, false},
		{"init key is encryption key", f.list(ProposeAdd(sameInit.KeyPackage)), ErrInvalidKeyPackage, false},
		{"a proposal instead of a commit", f.sign(&authenticatedContent{wire: WirePublicMessage, content: FramedContent{
			GroupID: f.a.GroupID(), Epoch: f.a.Epoch(), Sender: f.a.sender(), ContentType: ContentProposal, Proposal: ProposeRemove(2)}}), ErrWrongContent, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := f.b.MarshalBinary()
			noErr(t, err)
			staged, err := f.b.Process(c.msg, ProcessOptions{})
			wantErr(t, "member", err, c.want)
			if staged != nil {
				t.Error("a refused commit is staged")
			}
			after, err := f.b.MarshalBinary()
			noErr(t, err)
			equal0(t, "state after a refused commit", after, before)
			_, err = f.public.Process(c.msg, ProcessOptions{})
			if c.public {
				if err != nil && !errors.Is(err, ErrBadSignature) {
					t.Errorf("public group: %v", err)
				}
				return
			}
			wantErr(t, "public group", err, c.want)
		})
	}
	_, err = f.b.Process(valid, ProcessOptions{})
	noErr(t, err)
}

func TestMembershipTag(t *testing.T) {
	f := newForger(t)
	staged, err := f.a.Commit(f.rand, CommitOptions{})
	noErr(t, err)
	bad := slices.Clone(staged.Message)
	bad[len(bad)-1] ^= 1
	_, err = f.b.Process(bad, ProcessOptions{})
	wantErr(t, "membership tag", err, ErrBadMembershipTag)
	_, err = f.a.Process(staged.Message, ProcessOptions{})
	wantErr(t, "own commit", err, ErrOwnMessage)
	for i := range len(staged.Message) {
		_, err := f.b.Process(staged.Message[:i], ProcessOptions{})
		if err == nil {
			t.Fatalf("%d of %d bytes are accepted", i, len(staged.Message))
		}
	}
	for i := range staged.Message {
		bad := slices.Clone(staged.Message)
		bad[i] ^= 0x41
		if _, err := f.b.Process(bad, ProcessOptions{}); err == nil {
			t.Fatalf("byte %d changed: accepted", i)
		}
	}
}

func TestExternalCommitRefused(t *testing.T) {
	f := newForger(t)
	key := f.leaf("x")
	alter := func(o ExternalOptions, change func(*authenticatedContent)) []byte {
		o.Leaf, o.Tree = key, f.public.Tree()
		staged, err := JoinExternal(f.rand, f.info, o)
		noErr(t, err)
		m, err := ParseMessage(staged.Message)
		noErr(t, err)
		a := m.Public.authenticated()
		change(a)
		noErr(t, a.sign(f.rand, f.suite, key.SignatureKey, f.public.contextBytes))
		p, err := protectPublic(f.suite, nil, a, nil)
		noErr(t, err)
		return p.append(appendMessageHead(nil, WirePublicMessage))
	}
	add := func(p ...*Proposal) func(*authenticatedContent) {
		return func(a *authenticatedContent) {
			for _, p := range p {
				a.content.commit.proposals.add(proposalOrRef{proposal: p})
			}
		}
	}
	removed := LeafIndex(1)
	for _, c := range []struct {
		name   string
		msg    []byte
		want   error
		public bool
	}{
		{"two external inits", alter(ExternalOptions{}, add(&Proposal{Type: ProposalExternalInit})), ErrProposalList, false},
		{"no external init", alter(ExternalOptions{}, func(a *authenticatedContent) { a.content.commit.proposals = nil }), ErrProposalList, false},
		{"an Add", alter(ExternalOptions{}, add(ProposeAdd(f.bundle("y").KeyPackage))), ErrProposalList, false},
		{"two Removes", alter(ExternalOptions{}, add(ProposeRemove(1), ProposeRemove(2))), ErrProposalList, false},
		{"extensions", alter(ExternalOptions{}, add(ProposeExtensions(nil))), ErrProposalList, false},
		{"a reference", alter(ExternalOptions{}, func(a *authenticatedContent) {
			a.content.commit.proposals.add(proposalOrRef{ref: []byte("r")})
		}), ErrProposalList, false},
		{"no path", alter(ExternalOptions{}, func(a *authenticatedContent) { a.content.commit.path = nil }), ErrBadSender, false},
		{"removes nobody", alter(ExternalOptions{}, add(ProposeRemove(7))), ErrInvalidProposal, false},
		{"a Remove after the fact", alter(ExternalOptions{}, add(ProposeRemove(1))), ErrBadSignature, false},
		{"KEM output", alter(ExternalOptions{}, func(a *authenticatedContent) {
			a.content.commit.proposals[0][0].proposal.ExternalInit = make([]byte, 31)
		}), ErrDecrypt, true},
		{"another KEM output", alter(ExternalOptions{}, func(a *authenticatedContent) {
			a.content.commit.proposals[0][0].proposal.ExternalInit[0] ^= 1
		}), ErrBadConfirmationTag, true},
		{"own leaf removed", alter(ExternalOptions{Remove: &removed}, func(*authenticatedContent) {}), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			staged, err := f.b.Process(c.msg, ProcessOptions{})
			if c.want == nil {
				noErr(t, err)
				if !staged.SelfRemoved() {
					t.Error("not removed")
				}
			} else {
				wantErr(t, "member", err, c.want)
			}
			_, err = f.public.Process(c.msg, ProcessOptions{})
			if c.public {
				noErr(t, err)
			} else {
				wantErr(t, "public group", err, c.want)
			}
		})
	}
	_, err := JoinExternal(f.rand, f.info, ExternalOptions{Leaf: key})
	wantErr(t, "no tree", err, ErrNoTree)
	info, err := f.a.GroupInfo(f.rand, GroupInfoOptions{Tree: true})
	noErr(t, err)
	_, err = JoinExternal(f.rand, info, ExternalOptions{Leaf: key})
	wantErr(t, "no external_pub", err, ErrNoExternalPub)
	g, err := ParseGroupInfo(f.info)
	noErr(t, err)
	g.Signature[0] ^= 1
	_, err = JoinExternal(f.rand, g.append(appendMessageHead(nil, WireGroupInfo)), ExternalOptions{Leaf: key, Tree: f.public.Tree()})
	wantErr(t, "group info signature", err, ErrBadSignature)
	old, err := ParseMessage(f.info)
	noErr(t, err)
	old.GroupInfo.Context.TreeHash[0] ^= 1
	_, err = JoinExternal(f.rand, old.Append(nil), ExternalOptions{Leaf: key, Tree: f.public.Tree()})
	wantErr(t, "another tree", err, ErrTreeHash)
}

func TestValidatorAndLifetime(t *testing.T) {
	f := newForger(t)
	no := errors.New("not on the list")
	var seen []LeafContext
	refuse := func(name string) Validator {
		return func(c LeafContext) error {
			seen = append(seen, c)
			if string(c.Leaf.Credential.Identity) == name {
				return no
			}
			return nil
		}
	}
	now := time.Unix(1_000_000, 0)
	mallory, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: f.leaf("mallory"), Lifetime: Lifetime{NotBefore: 999_000, NotAfter: 1_001_000}})
	noErr(t, err)
	o := CommitOptions{Add: []*KeyPackage{mallory.KeyPackage}, ForcePath: true, WelcomeTree: true, Now: now}
	staged, err := f.a.Commit(f.rand, o)
	noErr(t, err)

	_, err = f.b.Process(staged.Message, ProcessOptions{Validate: refuse("mallory")})
	wantErr(t, "member", err, ErrCredential)
	wantErr(t, "member", err, no)
	_, err = f.public.Process(staged.Message, ProcessOptions{Validate: refuse("mallory")})
	wantErr(t, "public group", err, ErrCredential)
	_, err = f.b.Process(staged.Message, ProcessOptions{Validate: refuse("a0")})
	wantErr(t, "committer's leaf", err, ErrCredential)
	if last := seen[len(seen)-1]; last.Replaces == nil || last.Index != 0 || last.Joining {
		t.Error("the committer's leaf is not shown as a replacement")
	}
	_, err = JoinWelcome(staged.Welcome, mallory, JoinOptions{Validate: refuse("d")})
	wantErr(t, "joiner", err, ErrCredential)
	if last := seen[len(seen)-1]; !last.Joining {
		t.Error("joining is not shown")
	}
	o.Validate = refuse("mallory")
	_, err = f.a.Commit(f.rand, o)
	wantErr(t, "own commit", err, ErrCredential)

	for _, at := range []time.Time{time.Unix(998_999, 0), time.Unix(1_001_001, 0), time.Unix(-5, 0)} {
		_, err = f.b.Process(staged.Message, ProcessOptions{Now: at})
		wantErr(t, "lifetime at the member", err, ErrLifetime)
		_, err = JoinWelcome(staged.Welcome, mallory, JoinOptions{Now: at})
		wantErr(t, "lifetime at the joiner", err, ErrLifetime)
		wantErr(t, "lifetime of the key package", mallory.KeyPackage.Validate(at), ErrLifetime)
		o.Validate, o.Now = nil, at
		_, err = f.a.Commit(f.rand, o)
		wantErr(t, "lifetime at the committer", err, ErrLifetime)
	}
	_, err = f.b.Process(staged.Message, ProcessOptions{Now: now})
	noErr(t, err)
}

func TestCapabilities(t *testing.T) {
	caps := DefaultCapabilities()
	caps.Extensions = append(caps.Extensions, 0xF001)
	w := newWorld(t, suite1, nil)
	p := LeafParams{Capabilities: caps}
	w.commit("a0", CommitOptions{Leaf: &p})
	// Everyone supports it: one member.
	w.commit("a0", CommitOptions{Extensions: Extensions{{0xF001, []byte("x")}}})
	plain := w.bundle("plain")
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{Add: []*KeyPackage{plain.KeyPackage}})
	wantErr(t, "add of a client without the extension", err, ErrUnsupported)
	_, err = JoinExternal(w.rand, w.info, ExternalOptions{Leaf: w.leaf("x"), Tree: w.public.Tree()})
	wantErr(t, "external join without the extension", err, ErrUnsupported)
	able := w.leaf("able")
	able.Capabilities = caps
	b, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: able})
	noErr(t, err)
	w.commit("a0", CommitOptions{}, b)
	// Dropping the requirement and adding goes in one commit.
	w.commit("able", CommitOptions{Extensions: Extensions{}}, plain)
	if len(w.members) != 3 || len(w.public.Extensions()) != 0 {
		t.Errorf("%d members, %d extensions", len(w.members), len(w.public.Extensions()))
	}
}

func TestWelcomeRefused(t *testing.T) {
	f := newForger(t)
	kp, other := f.bundle("new"), f.bundle("other")
	o := CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true}
	staged, err := f.a.Commit(f.rand, o)
	noErr(t, err)
	tree := staged.Group().Tree()
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: tree})
	noErr(t, err)
	refs, err := WelcomeRefs(staged.Welcome)
	noErr(t, err)
	if len(refs) != 1 || string(refs[0]) != string(kp.KeyPackage.Ref()) {
		t.Error("references of the welcome")
	}
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{})
	wantErr(t, "no tree", err, ErrNoTree)
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: f.public.Tree()})
	wantErr(t, "old tree", err, ErrTreeHash)
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: []byte{1}})
	wantErr(t, "malformed tree", err, ErrMalformed)
	_, err = JoinWelcome(staged.Welcome, other, JoinOptions{Tree: tree})
	wantErr(t, "another key package", err, ErrNotForUs)
	swapped := *kp
	swapped.InitKey = other.InitKey
	_, err = JoinWelcome(staged.Welcome, &swapped, JoinOptions{Tree: tree})
	wantErr(t, "another init key", err, ErrDecrypt)
	_, err = JoinWelcome(staged.Message, kp, JoinOptions{Tree: tree})
	wantErr(t, "not a welcome", err, ErrWrongContent)
	for i := 0; i < len(staged.Welcome); i += 7 {
		bad := slices.Clone(staged.Welcome)
		bad[i] ^= 0x10
		if _, err := JoinWelcome(bad, kp, JoinOptions{Tree: tree}); err == nil {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	o.PSKs = []PSK{ExternalPSK([]byte("k"), Secret("s"))}
	staged, err = f.a.Commit(f.rand, o)
	noErr(t, err)
	tree = staged.Group().Tree()
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: tree})
	wantErr(t, "unknown PSK", err, ErrUnknownPSK)
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: tree, PSK: func(PreSharedKeyID) (Secret, bool) { return Secret("t"), true }})
	wantErr(t, "wrong PSK", err, ErrDecrypt)
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{Tree: tree, PSK: func(PreSharedKeyID) (Secret, bool) { return Secret("s"), true }})
	noErr(t, err)
}
