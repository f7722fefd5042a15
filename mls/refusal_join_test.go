package mls

import (
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// joinForger writes Welcomes and GroupInfos that break rules, correctly signed,
// encrypted and tagged: by a0, for the key package kp at leaf 4 of five.
type joinForger struct {
	*forger
	kp     *KeyPackageBundle
	staged *StagedCommit
	next   *Group // a0's
}

func newJoinForger(t *testing.T) *joinForger {
	f := newForger(t)
	kp := f.bundle("new")
	staged, err := f.a.Commit(f.rand, CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true})
	noErr(t, err)
	return &joinForger{f, kp, staged, staged.Group()}
}

// welcome lets change alter what a0's Welcome holds; if it returns false the
// confirmation tag is left alone, otherwise made to fit.
func (f *joinForger) welcome(t *testing.T, to *KeyPackageBundle, change func(*GroupInfo, *groupSecrets) bool) []byte {
	t.Helper()
	m, err := ParseMessage(f.staged.Welcome)
	noErr(t, err)
	gs, err := openSecrets(m.Welcome, f.kp)
	noErr(t, err)
	none, err := pskSecret(f.suite, nil)
	noErr(t, err)
	info, err := m.Welcome.openInfo(memberSecret(f.suite, gs.joiner, none))
	noErr(t, err)
	fit := change(info, gs)
	psks := make([]PSK, len(gs.psks))
	for i, id := range gs.psks {
		psks[i] = PSK{ID: id, Secret: Secret("s")}
	}
	psk, err := pskSecret(f.suite, psks)
	noErr(t, err)
	member := memberSecret(f.suite, gs.joiner, psk)
	if fit {
		secrets := newEpochSecrets(f.suite, member, info.Context.Append(nil))
		info.ConfirmationTag = f.suite.MAC(secrets.confirmation, info.Context.ConfirmedTranscriptHash)
	}
	f.signInfo(t, info)
	key, nonce := welcomeKey(f.suite, member)
	w := &Welcome{CipherSuite: f.suite}
	w.EncryptedGroupInfo, err = (messageKey{key, nonce}).seal(f.suite, info.append(nil), nil)
	noErr(t, err)
	c, err := f.suite.EncryptWithLabel(to.KeyPackage.InitKey, labelWelcome, w.EncryptedGroupInfo, gs.append(nil))
	noErr(t, err)
	w.Secrets = []EncryptedGroupSecrets{{NewMember: to.KeyPackage.Ref(), Secrets: c}}
	return w.append(appendMessageHead(nil, WireWelcome))
}

func (f *joinForger) signInfo(t *testing.T, info *GroupInfo) {
	t.Helper()
	var err error
	info.Signature, err = f.suite.SignWithLabel(f.rand, f.next.key, labelGroupInfo, info.appendUnsigned(nil))
	noErr(t, err)
}

func TestJoinRefused(t *testing.T) {
	f := newJoinForger(t)
	other := f.bundle("other")
	link := func(u ResumptionUsage) PreSharedKeyID {
		return PreSharedKeyID{Type: PSKResumption, Usage: u, Group: []byte("old"), Nonce: make([]byte, 32)}
	}
	for _, c := range []struct {
		name   string
		to     *KeyPackageBundle
		change func(*GroupInfo, *groupSecrets) bool
		want   error
	}{
		{"right", f.kp, func(*GroupInfo, *groupSecrets) bool { return true }, nil},
		{"without path secret", f.kp, func(_ *GroupInfo, g *groupSecrets) bool { g.path = nil; return true }, nil},
		{"confirmation tag", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.ConfirmationTag[0] ^= 1; return false }, ErrBadConfirmationTag},
		{"no confirmation tag", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.ConfirmationTag = nil; return false }, ErrBadConfirmationTag},
		{"another epoch", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.Epoch++; return false }, ErrBadConfirmationTag},
		{"another transcript", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.ConfirmedTranscriptHash[0] ^= 1; return false }, ErrBadConfirmationTag},
		{"another joiner secret", f.kp, func(_ *GroupInfo, g *groupSecrets) bool { g.joiner[0] ^= 1; return false }, ErrBadConfirmationTag},
		{"another signer", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Signer = 1; return true }, ErrBadSignature},
		{"a blank signer", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Signer = 5; return true }, ErrUnknownLeaf},
		{"a signer outside the tree", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Signer = 1 << 31; return true }, ErrUnknownLeaf},
		{"another suite", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.CipherSuite = 3; return true }, ErrUnsupportedSuite},
		{"another tree hash", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.TreeHash[0] ^= 1; return true }, ErrTreeHash},
		{"another group", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.GroupID = []byte("x"); return true }, ErrBadSignature},
		{"an extension that members lack", f.kp, func(i *GroupInfo, _ *groupSecrets) bool {
			i.Context.Extensions = Extensions{{0xF00A, nil}}
			return true
		}, ErrUnsupported},
		{"malformed extension", f.kp, func(i *GroupInfo, _ *groupSecrets) bool {
			i.Context.Extensions = Extensions{{ExtensionRequiredCapabilities, []byte{9}}}
			return true
		}, ErrMalformed},
		{"extension twice", f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Extensions = Extensions{{9, nil}, {9, nil}}; return true }, ErrMalformed},
		{"another path secret", f.kp, func(_ *GroupInfo, g *groupSecrets) bool { g.path[0] ^= 1; return true }, ErrInvalidPath},
		{"leaf not in the tree", other, func(*GroupInfo, *groupSecrets) bool { return true }, ErrNotForUs},
		{"two links to old groups", f.kp, func(_ *GroupInfo, g *groupSecrets) bool {
			g.psks = []PreSharedKeyID{link(ResumptionReInit), link(ResumptionBranch)}
			return true
		}, ErrProposalList},
		{"a link to an old group after epoch 1", f.kp, func(_ *GroupInfo, g *groupSecrets) bool {
			g.psks = []PreSharedKeyID{link(ResumptionBranch)}
			return true
		}, ErrInvalidProposal},
	} {
		t.Run(c.name, func(t *testing.T) {
			msg := f.welcome(t, c.to, c.change)
			g, err := joinAnyOrder(t, msg, c.to, JoinOptions{
				Tree:     f.next.Tree(),
				PSK:      func(PreSharedKeyID) (Secret, bool) { return Secret("s"), true },
				Founding: func(PreSharedKeyID, *Group) error { return nil },
			})
			if c.want == nil {
				noErr(t, err)
				return
			}
			wantErr(t, "join", err, c.want)
			if g != nil {
				t.Error("a refused Welcome gives a group")
			}
		})
	}
	odd, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, Leaf: f.leaf("x")})
	noErr(t, err)
	_, err = JoinWelcome(f.staged.Welcome, odd, JoinOptions{Tree: f.next.Tree()})
	wantErr(t, "key package of another suite", err, ErrNotForUs)
}

// TestTreeRefused: whoever begins from a ratchet tree, in whichever way, holds
// it against section 7. The tree hash and all signatures fit the altered tree.
func TestTreeRefused(t *testing.T) {
	f := newJoinForger(t)
	for _, x := range []nodeIndex{3, 5, 7} { // the parents that are altered, or above what is
		if f.next.tree.at(x).parent == nil {
			t.Fatalf("node %d is blank", x)
		}
	}
	parent := func(t *ratchetTree, x nodeIndex, change func(*parentNode)) {
		p := *t.at(x).parent
		p.unmerged = slices.Clone(p.unmerged)
		change(&p)
		t.set(x, treeNode{parent: &p})
	}
	key := func(name string) HPKEPublicKey {
		_, pub, err := f.suite.GenerateHPKEKey(seeded(name))
		noErr(t, err)
		return pub
	}
	for _, c := range []struct {
		name   string
		change func(*ratchetTree)
		want   error
	}{
		{"parent hash", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.parentHash = []byte("x") }) }, ErrParentHash},
		{"no parent hash", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.parentHash = nil }) }, ErrParentHash},
		{"another parent key", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.encryptionKey = key("k") }) }, ErrParentHash},
		{"malformed parent key", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.encryptionKey = []byte("short") }) }, ErrInvalidTree},
		{"a parent set by nobody", func(t *ratchetTree) { t.set(9, treeNode{parent: &parentNode{encryptionKey: key("k")}}) }, ErrParentHash},
		{"a leaf replaced below a parent", func(t *ratchetTree) { l := *t.leaf(0); l.ParentHash = nil; t.set(0, treeNode{leaf: &l}) }, ErrParentHash},
		{"unmerged leaf elsewhere", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.unmerged = []LeafIndex{4} }) }, ErrInvalidTree},
		{"unmerged leaf elsewhere and in the root", func(t *ratchetTree) {
			for _, x := range []nodeIndex{3, 7} {
				parent(t, x, func(p *parentNode) { p.unmerged = []LeafIndex{4} })
			}
		}, ErrInvalidTree},
		{"unmerged leaf outside the tree", func(t *ratchetTree) { parent(t, 7, func(p *parentNode) { p.unmerged = []LeafIndex{99} }) }, ErrInvalidTree},
		{"blank unmerged leaf", func(t *ratchetTree) { parent(t, 7, func(p *parentNode) { p.unmerged = append(p.unmerged, 6) }) }, ErrInvalidTree},
		{"a parent's key in a leaf", func(t *ratchetTree) {
			// Added since: unmerged, so that no parent hash covers it.
			l := *f.bundle("twin").KeyPackage.Leaf
			l.EncryptionKey = t.key(7)
			if _, err := t.add(&l); err != nil {
				panic(err)
			}
		}, ErrDuplicateKey},
		{"leaf unmerged above only", func(t *ratchetTree) { parent(t, 3, func(p *parentNode) { p.unmerged = []LeafIndex{2} }) }, ErrInvalidTree},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := f.next.tree.clone()
			c.change(tree)
			f.treeRefused(t, tree, c.want)
		})
	}
}

// treeRefused gives a tree to all three that begin from one.
func (f *joinForger) treeRefused(t *testing.T, tree *ratchetTree, want error) {
	t.Helper()
	msg := f.welcome(t, f.kp, func(i *GroupInfo, _ *groupSecrets) bool { i.Context.TreeHash = tree.rootHash(); return true })
	_, err := joinAnyOrder(t, msg, f.kp, JoinOptions{Tree: tree.append(nil)})
	wantErr(t, "by Welcome", err, want)
	info, err := f.next.groupInfo(f.rand, GroupInfoOptions{ExternalPub: true})
	noErr(t, err)
	info.Context.TreeHash = tree.rootHash()
	f.signInfo(t, info)
	msg = info.append(appendMessageHead(nil, WireGroupInfo))
	_, err = JoinExternal(f.rand, msg, ExternalOptions{Leaf: f.leaf("x"), Tree: tree.append(nil)})
	wantErr(t, "by external commit", err, want)
	_, err = NewPublicGroup(msg, tree.append(nil), ProcessOptions{})
	wantErr(t, "public group", err, want)
}

// TestTreeLeafRefused breaks leaves of a tree without parents, so that no parent
// hash fails first.
func TestTreeLeafRefused(t *testing.T) {
	w := newWorld(t, suite1, Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte("x")}}))
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))
	f := &joinForger{forger: &forger{w, w.members["a0"], w.members["b"]}, kp: w.bundle("new")}
	f.staged = w.stage("a0", CommitOptions{Add: []*KeyPackage{f.kp.KeyPackage}})
	f.next = f.staged.Group()
	b, c := f.next.tree.leaf(1), f.next.tree.leaf(2)
	for _, x := range []struct {
		name   string
		key    SignaturePrivateKey // zero: do not sign again
		change func(*LeafNode)
		want   error
	}{
		{"leaf signature", SignaturePrivateKey{}, func(l *LeafNode) { l.Signature = make([]byte, 64) }, ErrBadSignature},
		{"leaf changed after it was signed", SignaturePrivateKey{}, func(l *LeafNode) { l.Credential = BasicCredential([]byte("root")) }, ErrBadSignature},
		{"a member's encryption key", f.b.key, func(l *LeafNode) { l.EncryptionKey = c.EncryptionKey }, ErrDuplicateKey},
		{"a member's signature key", w.members["c"].key, func(l *LeafNode) { l.SignatureKey = c.SignatureKey }, ErrDuplicateKey},
		{"malformed encryption key", f.b.key, func(l *LeafNode) { l.EncryptionKey = []byte{1} }, ErrInvalidLeaf},
		{"malformed signature key", f.b.key, func(l *LeafNode) { l.SignatureKey = []byte{1} }, ErrInvalidLeaf},
		{"credential not in capabilities", f.b.key, func(l *LeafNode) {
			l.Credential, l.Capabilities.Credentials = X509Credential(nil), []CredentialType{CredentialBasic}
		}, ErrUnsupported},
		{"a credential type in use not supported", f.b.key, func(l *LeafNode) {
			l.Credential, l.Capabilities.Credentials = X509Credential(nil), []CredentialType{CredentialX509}
		}, ErrUnsupported},
		{"extension not in capabilities", f.b.key, func(l *LeafNode) { l.Extensions = Extensions{{0xF001, nil}} }, ErrInvalidLeaf},
		{"a group extension not supported", f.b.key, func(l *LeafNode) { l.Capabilities.Extensions = nil }, ErrUnsupported},
	} {
		t.Run(x.name, func(t *testing.T) {
			leaf := *b
			x.change(&leaf)
			if !x.key.IsZero() {
				noErr(t, leaf.sign(w.rand, w.suite, x.key, nil, 0))
			}
			tree := f.next.tree.clone()
			tree.set(LeafIndex(1).node(), treeNode{leaf: &leaf})
			f.treeRefused(t, tree, x.want)
		})
	}
}

func TestTreeEncodingRefused(t *testing.T) {
	f := newJoinForger(t)
	leaf := f.next.tree.leaf(0).Append([]byte{1, nodeTypeLeaf})
	parent := func(unmerged ...byte) []byte {
		p := syntax.AppendOpaque([]byte{1, nodeTypeParent}, []byte("key"))
		return syntax.AppendOpaque(syntax.AppendOpaque(p, nil), unmerged)
	}
	for _, c := range []struct {
		name  string
		nodes []byte
	}{
		{"no node", nil},
		{"ends with a blank node", slices.Concat(leaf, []byte{0})},
		{"parent in the place of a leaf", parent()},
		{"leaf in the place of a parent", slices.Concat(leaf, leaf, leaf)},
		{"type of a node", append([]byte{1, 3}, leaf[2:]...)},
		{"presence of a node", append([]byte{2}, leaf[1:]...)},
		{"unmerged leaves not in order", slices.Concat(leaf, parent(0, 0, 0, 1, 0, 0, 0, 0), leaf)},
		{"unmerged leaf twice", slices.Concat(leaf, parent(0, 0, 0, 1, 0, 0, 0, 1), leaf)},
		{"unmerged leaf cut", slices.Concat(leaf, parent(0, 0, 0), leaf)},
		{"leaf cut", leaf[:len(leaf)-1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := joinAnyOrder(t, f.staged.Welcome, f.kp, JoinOptions{Tree: syntax.AppendOpaque(nil, c.nodes)})
			wantErr(t, "join", err, ErrMalformed)
		})
	}
	_, err := parseTree(f.suite, append(f.next.Tree(), 0))
	wantErr(t, "a byte more", err, ErrMalformed)
}
