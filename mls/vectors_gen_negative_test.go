package mls

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// negativeGenerators make vectors that must be refused.
var negativeGenerators = map[string]func(t *testing.T) any{
	"deserialization.json":                negLengths,
	"crypto-basics.json":                  eachSuite(negCryptoBasics),
	"transcript-hashes.json":              eachSuite(negTranscript),
	"messages.json":                       negMessages,
	"message-protection.json":             eachSuite(negProtection),
	"tree-validation.json":                eachSuite(negTrees),
	"treekem.json":                        eachSuite(negTreeKEM),
	"welcome.json":                        eachSuite(negWelcome),
	"passive-client-welcome.json":         eachSuite(negPassiveWelcome),
	"passive-client-handling-commit.json": eachSuite(negPassiveCommit),
}

// flipped is b with one bit changed in the byte at i, from the end if i is negative.
func flipped(b []byte, i int) []byte {
	out := slices.Clone(b)
	if i < 0 {
		i += len(b)
	}
	out[i] ^= 1
	return out
}

func negLengths(t *testing.T) any {
	bad := func(comment string, header ...byte) negative {
		return negative{lengthVector{Header: header}, comment, "malformed"}
	}
	return []negative{bad("63 in two bytes", 0x40, 0x3f), bad("16383 in four bytes", 0x80, 0, 0x3f, 0xff), bad("cut", 0x80, 1), bad("nothing"),
		bad("the reserved prefix", 0xc0, 0, 0, 0, 0, 0, 0, 1), bad("a byte after it", 5, 0)}
}

func negCryptoBasics(w *world) (out []negative) {
	add := func(comment, failure string, change func(v *cryptoVector)) {
		v := genCryptoBasics(w)[0]
		change(&v)
		out = append(out, negative{v, comment, failure})
	}
	add("signature damaged", "signature", func(v *cryptoVector) { v.Sign.Signature = flipped(v.Sign.Signature, -3) })
	add("KEM output damaged", "decrypt", func(v *cryptoVector) { v.Encrypt.KEMOutput = flipped(v.Encrypt.KEMOutput, -1) })
	if w.suite != suite1 {
		return out
	}
	add("signed under another label", "signature", func(v *cryptoVector) { v.Sign.Label += "x" })
	add("ciphertext damaged", "decrypt", func(v *cryptoVector) { v.Encrypt.Ciphertext = flipped(v.Encrypt.Ciphertext, 0) })
	add("encrypted under another context", "decrypt", func(v *cryptoVector) { v.Encrypt.Context = flipped(v.Encrypt.Context, 0) })
	return out
}

func negTranscript(w *world) (out []negative) {
	v := genTranscript(w)[0]
	bad := v
	bad.Content = flipped(v.Content, -1)
	out = append(out, negative{bad, "confirmation tag", "confirmation-tag"})
	bad = v
	bad.InterimBefore = flipped(v.InterimBefore, 0)
	return append(out, negative{bad, "another history", "confirmation-tag"})
}

func negMessages(t *testing.T) any {
	good := genMessages(vectorWorld(t, suite1))[0]
	var out []negative
	for _, name := range []string{"mls_welcome", "mls_group_info", "mls_key_package", "public_message_commit", "private_message", "ratchet_tree", "group_secrets"} {
		b := good[name]
		out = append(out, negative{map[string]hexBytes{name: b[:len(b)-1]}, "the last byte is missing", "malformed"},
			negative{map[string]hexBytes{name: append(slices.Clone(b), 0)}, "a byte more", "malformed"})
	}
	long := slices.Clone(good["private_message"])
	long = slices.Concat(long[:4], []byte{0x40}, long[4:])
	return append(out, negative{map[string]hexBytes{"private_message": long}, "the group id's length not in its shortest form", "malformed"},
		negative{map[string]hexBytes{"mls_key_package": flipped(good["mls_key_package"], 2)}, "an unknown wire format", "malformed"},
		negative{map[string]hexBytes{"ratchet_tree": syntax.AppendOpaque(nil, []byte{0})}, "a tree of one blank node", "malformed"})
}

func negProtection(w *world) (out []negative) {
	v := genProtection(w)[0]
	only := func(comment, failure string, set func(x *protectionVector)) {
		x := v
		x.ProposalPub, x.ProposalPriv, x.CommitPub, x.CommitPriv, x.ApplicationPriv = nil, nil, nil, nil, nil
		set(&x)
		out = append(out, negative{x, comment, failure})
	}
	only("membership tag of a proposal", "membership-tag", func(x *protectionVector) { x.ProposalPub = flipped(v.ProposalPub, -1) })
	only("membership tag of a commit", "membership-tag", func(x *protectionVector) { x.CommitPub = flipped(v.CommitPub, -1) })
	only("proposal ciphertext", "decrypt", func(x *protectionVector) { x.ProposalPriv = flipped(v.ProposalPriv, -1) })
	only("application ciphertext", "decrypt", func(x *protectionVector) { x.ApplicationPriv = flipped(v.ApplicationPriv, -1) })
	only("another epoch", "epoch", func(x *protectionVector) { x.ApplicationPriv, x.Epoch = v.ApplicationPriv, v.Epoch+1 })
	only("another group", "group", func(x *protectionVector) { x.CommitPriv, x.GroupID = v.CommitPriv, flipped(v.GroupID, 0) })
	only("another transcript: the signature covers the context", "signature", func(x *protectionVector) {
		x.ApplicationPriv, x.ConfirmedTranscript = v.ApplicationPriv, flipped(v.ConfirmedTranscript, 0)
	})
	return out
}

func negTrees(w *world) (out []negative) {
	good := w.populated()
	add := func(comment, failure string, change func(tree *ratchetTree)) {
		tree := good.clone()
		change(tree)
		out = append(out, negative{treeValidationVector{Suite: w.suite, Tree: tree.append(nil), GroupID: w.public.GroupID()}, comment, failure})
	}
	leaf := func(tree *ratchetTree, l LeafIndex, change func(*LeafNode)) {
		n := *tree.leaf(l)
		change(&n)
		tree.set(l.node(), treeNode{leaf: &n})
	}
	parent := func(tree *ratchetTree, change func(*parentNode)) {
		x := tree.root()
		n := *tree.at(x).parent
		n.unmerged = slices.Clone(n.unmerged)
		change(&n)
		tree.set(x, treeNode{parent: &n})
	}
	// Leaf 3 committed last: no parent hash covers it.
	add("signature of a leaf", "signature", func(tree *ratchetTree) {
		leaf(tree, 3, func(n *LeafNode) { n.Signature = flipped(n.Signature, -2) })
	})
	add("parent hash of the root's child", "parent-hash", func(tree *ratchetTree) {
		parent(tree, func(n *parentNode) {
			_, pub, err := w.suite.GenerateHPKEKey(w.rand)
			noErr(w, err)
			n.encryptionKey = pub
		})
	})
	add("an unmerged leaf that is blank", "tree", func(tree *ratchetTree) { parent(tree, func(n *parentNode) { n.unmerged = []LeafIndex{1} }) })
	add("a malformed key in the root", "tree", func(tree *ratchetTree) { parent(tree, func(n *parentNode) { n.encryptionKey = n.encryptionKey[1:] }) })
	if w.suite != suite1 {
		return out
	}
	resigned := func(name string, change func(*LeafNode)) func(tree *ratchetTree) {
		return func(tree *ratchetTree) {
			leaf(tree, 3, func(n *LeafNode) {
				change(n)
				noErr(w, n.sign(w.rand, w.suite, w.members[name].key, w.public.GroupID(), 3))
			})
		}
	}
	add("a signature key twice", "duplicate-key", resigned("a0", func(n *LeafNode) { n.SignatureKey = w.members["a0"].key.Public() }))
	add("a malformed key in a leaf", "leaf", resigned("d", func(n *LeafNode) { n.EncryptionKey = n.EncryptionKey[1:] }))
	return out
}

func negTreeKEM(w *world) (out []negative) {
	good := genTreeKEM(w)[0]
	good.Paths = good.Paths[2:]
	tree, err := parseTree(w.suite, good.Tree)
	noErr(w, err)
	_, signers := good.keys(w, tree)
	add := func(comment, failure string, change func(p *updatePath)) {
		v := good
		p := good.Paths[0]
		path := readUpdatePath(syntax.NewReader(slices.Clone(p.UpdatePath)))
		change(path)
		noErr(w, path.leaf.sign(w.rand, w.suite, signers[p.Sender], v.GroupID, p.Sender))
		p.UpdatePath = path.append(nil)
		v.Paths = []pathVector{p}
		out = append(out, negative{v, comment, failure})
	}
	add("parent hash", "parent-hash", func(p *updatePath) { p.leaf.ParentHash = flipped(p.leaf.ParentHash, 0) })
	add("a ciphertext damaged", "decrypt", func(p *updatePath) {
		c := &p.nodes[0].secrets[0]
		c.Ciphertext = flipped(c.Ciphertext, 0)
	})
	if w.suite == suite1 {
		add("a ciphertext missing", "path", func(p *updatePath) { p.nodes[0].secrets = nil })
		add("a node missing", "path", func(p *updatePath) { p.nodes = nil })
	}
	return out
}

func negWelcome(w *world) (out []negative) {
	v := genWelcome(w)[0]
	bad := v
	bad.Welcome = flipped(v.Welcome, -1)
	// The GroupInfo is the context of the secrets' encryption.
	out = append(out, negative{bad, "encrypted group info damaged", "decrypt"})
	bad = v
	other := w.bundle("other")
	bad.InitPriv = hexBytes(other.InitKey)
	out = append(out, negative{bad, "another init key", "decrypt"})
	bad = v
	bad.SignerPub = hexBytes(other.SignatureKey.Public())
	return append(out, negative{bad, "another signer", "signature"})
}

func negPassiveWelcome(w *world) (out []negative) {
	t := w.TB.(*testing.T)
	kp := w.bundle("passive")
	g, err := NewGroup(w.rand, GroupParams{Suite: w.suite, GroupID: w.bytes(8), Leaf: w.leaf("a0")})
	noErr(w, err)
	w.members["a0"] = g
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true})
	f := &joinForger{&forger{w, g, nil}, kp, staged, staged.Group()}
	tree, err := json.Marshal(hexBytes(f.next.Tree()))
	noErr(w, err)
	add := func(comment, failure string, change func(*GroupInfo, *groupSecrets) bool) {
		v := passive(w, kp, f.welcome(t, kp, change), f.next)
		v.Tree = tree
		if failure == "no-tree" {
			v.Tree = json.RawMessage("null")
		}
		out = append(out, negative{v, comment, failure})
	}
	same := func(*GroupInfo, *groupSecrets) bool { return true }
	add("confirmation tag", "confirmation-tag", func(i *GroupInfo, _ *groupSecrets) bool { i.ConfirmationTag[0] ^= 1; return false })
	add("signed by the joiner, who is no signer", "signature", func(i *GroupInfo, _ *groupSecrets) bool { i.Signer = 1; return true })
	add("another tree hash", "tree-hash", func(i *GroupInfo, _ *groupSecrets) bool { i.Context.TreeHash[0] ^= 1; return true })
	if w.suite != suite1 {
		return out
	}
	add("another path secret", "path", func(_ *GroupInfo, s *groupSecrets) bool { s.path[0] ^= 1; return true })
	add("no ratchet tree", "no-tree", same)
	add("a signer that is not there", "signer", func(i *GroupInfo, _ *groupSecrets) bool { i.Signer = 9; return true })
	add("a group extension that nobody supports", "unsupported", func(i *GroupInfo, _ *groupSecrets) bool {
		i.Context.Extensions = Extensions{{0xF00A, nil}}
		return true
	})
	add("a key that is not at hand", "unknown-psk", func(_ *GroupInfo, s *groupSecrets) bool {
		s.psks = []PreSharedKeyID{{Type: PSKExternal, ID: []byte("k"), Nonce: make([]byte, 32)}}
		return true
	})
	v := passive(w, kp, staged.Welcome, f.next)
	v.Welcome = v.Welcome[:len(v.Welcome)-1]
	return append(out, negative{v, "truncated", "malformed"})
}

func negPassiveCommit(w *world) (out []negative) {
	kp := w.bundle("passive")
	welcome := w.begin(kp).Welcome
	f := &forger{w, w.members["a0"], w.members["passive"]}
	begin := f.b
	msg := func(comment, failure string, msg []byte) {
		v := passive(w, kp, welcome, begin)
		v.Epochs = []passiveEpoch{{[]hexBytes{}, msg, hexBytes{}}}
		out = append(out, negative{v, comment, failure})
	}
	alter := func(comment, failure string, change func(*authenticatedContent)) {
		msg(comment, failure, f.alter(CommitOptions{}, change))
	}
	path := func(a *authenticatedContent) *updatePath { return a.content.commit.path }
	right := f.alter(CommitOptions{}, func(*authenticatedContent) {})
	alter("an epoch too late", "epoch", func(a *authenticatedContent) { a.content.Epoch++ })
	msg("membership tag", "membership-tag", flipped(right, -1))
	alter("confirmation tag", "confirmation-tag", func(a *authenticatedContent) { a.auth.confirmationTag[0] ^= 1 })
	alter("no path", "path-required", func(a *authenticatedContent) { a.content.commit.path = nil })
	alter("parent hash", "parent-hash", func(a *authenticatedContent) {
		path(a).leaf.ParentHash[0] ^= 1
		noErr(w, path(a).leaf.sign(w.rand, w.suite, f.a.key, f.a.GroupID(), 0))
	})
	if w.suite != suite1 {
		return out
	}
	alter("in the name of another leaf", "sender", func(a *authenticatedContent) { a.content.Sender.Leaf = 7 })
	alter("signature of the leaf", "signature", func(a *authenticatedContent) { path(a).leaf.Signature = flipped(path(a).leaf.Signature, -2) })
	alter("path secret damaged", "decrypt", func(a *authenticatedContent) { path(a).nodes[0].secrets[0].Ciphertext[0] ^= 1 })
	alter("another group", "group", func(a *authenticatedContent) { a.content.GroupID = []byte("x") })
	alter("a node of the path missing", "path", func(a *authenticatedContent) { path(a).nodes = nil })
	alter("a malformed key in the path", "key", func(a *authenticatedContent) { path(a).nodes[0].encryptionKey = make([]byte, 31) })
	alter("leaf of an update", "leaf", func(a *authenticatedContent) {
		path(a).leaf.Source = LeafFromUpdate
		noErr(w, path(a).leaf.sign(w.rand, w.suite, f.a.key, f.a.GroupID(), 0))
	})
	alter("the old encryption key", "duplicate-key", func(a *authenticatedContent) {
		path(a).leaf.EncryptionKey = f.a.tree.leaf(0).EncryptionKey
		noErr(w, path(a).leaf.sign(w.rand, w.suite, f.a.key, f.a.GroupID(), 0))
	})
	psk := PreSharedKeyID{Type: PSKExternal, ID: []byte("k"), Nonce: make([]byte, 32)}
	short := psk
	short.Nonce = psk.Nonce[1:]
	broken := *w.bundle("x").KeyPackage
	broken.InitKey = broken.Leaf.EncryptionKey
	for _, c := range []struct {
		comment, failure string
		list             []*Proposal
	}{
		{"the committer removes itself", "proposal-list", []*Proposal{ProposeRemove(0)}},
		{"a leaf removed twice", "proposal-list", []*Proposal{ProposeRemove(1), ProposeRemove(1)}},
		{"a pre-shared key twice", "proposal-list", []*Proposal{ProposePSK(psk), ProposePSK(psk)}},
		{"an external init by a member", "proposal-list", []*Proposal{{Type: ProposalExternalInit, ExternalInit: make([]byte, 32)}}},
		{"nobody removed", "proposal", []*Proposal{ProposeRemove(9)}},
		{"a PSK nonce too short", "proposal", []*Proposal{ProposePSK(short)}},
		{"an init key that is the encryption key", "key-package", []*Proposal{ProposeAdd(&broken)}},
		{"an extension that nobody supports", "unsupported", []*Proposal{ProposeExtensions(Extensions{{0xF001, nil}})}},
		{"a proposal type that nobody supports", "unsupported", []*Proposal{ProposeCustom(customType, nil)}},
	} {
		msg(c.comment, c.failure, f.list(c.list...))
	}
	alter("a reference to no proposal", "unknown-proposal", func(a *authenticatedContent) {
		a.content.commit.proposals = proposalList{{{ref: make([]byte, 32)}}}
	})
	known := f.stage("a0", CommitOptions{PSKs: []PSK{{ID: psk, Secret: Secret("k")}}})
	msg("a pre-shared key that is not at hand", "unknown-psk", known.Message)
	msg("truncated", "malformed", right[:len(right)-1])
	return out
}
