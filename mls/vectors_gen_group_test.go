package mls

import (
	"encoding/json"
	"slices"
)

// Generators of the vectors that come from groups and trees.

// begin makes the world's group, with the first member a0 and those named.
func (w *world) begin(join ...*KeyPackageBundle) *StagedCommit {
	w.Helper()
	g, err := NewGroup(w.rand, GroupParams{Suite: w.suite, GroupID: w.bytes(8), Leaf: w.leaf("a0"), KeepHistory: true})
	noErr(w, err)
	w.members["a0"], w.public = g, g.Public()
	return w.commit("a0", CommitOptions{}, join...)
}

func genMessages(w *world) []map[string]hexBytes {
	kp := w.bundle("c")
	staged := w.begin(w.bundle("b"))
	add := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true, PSKs: []PSK{ExternalPSK([]byte("k"), Secret("k"))}})
	a := w.members["a0"]
	proposal, _, err := a.Propose(w.rand, ProposeRemove(1), ProposeOptions{AuthenticatedData: []byte("why")})
	noErr(w, err)
	private, err := a.Seal(w.rand, SealOptions{AAD: []byte("aad")}, []byte("application"))
	noErr(w, err)
	leaf := *w.public.tree.leaf(0)
	leaf.Source, leaf.Lifetime = LeafFromUpdate, Lifetime{}
	commit, err := ParseMessage(staged.Message)
	noErr(w, err)
	// Application data in the clear has an encoding, though nobody may send it.
	open := &PublicMessage{Content: FramedContent{GroupID: a.GroupID(), Epoch: 1, Sender: a.sender(), ContentType: ContentApplication, Application: []byte("open")},
		auth: contentAuth{signature: w.bytes(64)}, membershipTag: w.bytes(w.suite.HashSize())}
	id := PreSharedKeyID{Type: PSKResumption, Usage: ResumptionReInit, Group: a.GroupID(), Epoch: 9, Nonce: w.bytes(w.suite.HashSize())}
	body := func(p *Proposal) hexBytes { return p.Append(nil)[2:] }
	gs := &groupSecrets{joiner: w.bytes(w.suite.HashSize()), path: w.bytes(w.suite.HashSize()), psks: []PreSharedKeyID{id}}
	return []map[string]hexBytes{{
		"mls_welcome": add.Welcome, "mls_group_info": staged.GroupInfo, "mls_key_package": kp.KeyPackage.Message(),
		"ratchet_tree": w.public.Tree(), "group_secrets": gs.append(nil),
		"add_proposal": body(ProposeAdd(kp.KeyPackage)), "update_proposal": body(&Proposal{Type: ProposalUpdate, Update: &leaf}),
		"remove_proposal": body(ProposeRemove(77)), "pre_shared_key_proposal": body(ProposePSK(id)),
		"re_init_proposal":                  body(ProposeReInit(&ReInit{GroupID: []byte("next"), Version: MLS10, CipherSuite: w.suite})),
		"external_init_proposal":            body(&Proposal{Type: ProposalExternalInit, ExternalInit: w.bytes(32)}),
		"group_context_extensions_proposal": body(ProposeExtensions(Extensions{{ExtensionRequiredCapabilities, RequiredCapabilities{Proposals: []ProposalType{customType}}.Append(nil)}})),
		"commit":                            commit.Public.Content.commit.append(nil),
		"public_message_application":        open.append(appendMessageHead(nil, WirePublicMessage)),
		"public_message_proposal":           proposal, "public_message_commit": staged.Message, "private_message": private,
	}}
}

func genWelcome(w *world) []welcomeVector {
	kp := w.bundle("b")
	staged := w.begin(kp)
	return []welcomeVector{{Suite: w.suite, InitPriv: hexBytes(kp.InitKey), SignerPub: hexBytes(w.members["a0"].SignatureKey().Public()),
		KeyPackage: kp.KeyPackage.Message(), Welcome: staged.Welcome}}
}

// populated is the tree of five members after commits of two and a removal: with
// parents, blanks and unmerged leaves. Leaf 1 is blank.
func (w *world) populated() *ratchetTree {
	w.Helper()
	w.begin(w.bundle("b"), w.bundle("c"), w.bundle("d"))
	w.commit("c", CommitOptions{})
	w.commit("a0", CommitOptions{Remove: []LeafIndex{1}})
	w.commit("d", CommitOptions{})
	return w.public.tree
}

func genTreeOperations(w *world) (out []treeOpVector) {
	tree := w.populated() // leaves 0, 2, 3 of 4
	full := tree.clone()
	_, err := full.add(w.bundle("e").KeyPackage.Leaf)
	noErr(w, err)
	key, err := w.suite.GenerateSignatureKey(w.rand)
	noErr(w, err)
	_, pub, err := w.suite.GenerateHPKEKey(w.rand)
	noErr(w, err)
	fresh, err := LeafParams{SignatureKey: key, Credential: BasicCredential([]byte("c"))}.newLeaf(w.suite, pub)
	noErr(w, err)
	fresh.Source = LeafFromUpdate
	noErr(w, fresh.sign(w.rand, w.suite, key, w.public.GroupID(), 2))
	two := newTree(w.suite)
	for _, name := range []string{"x", "y", "z"} {
		_, err := two.add(w.bundle(name).KeyPackage.Leaf)
		noErr(w, err)
	}
	for _, c := range []struct {
		tree   *ratchetTree
		p      *Proposal
		sender uint32
	}{
		{tree, ProposeAdd(w.bundle("e").KeyPackage), 0}, // into a blank leaf
		{full, ProposeAdd(w.bundle("f").KeyPackage), 0}, // the tree grows
		{full, &Proposal{Type: ProposalUpdate, Update: fresh}, 2},
		{two, ProposeRemove(2), 0}, // the tree shrinks
	} {
		v := treeOpVector{Suite: w.suite, Before: c.tree.append(nil), Proposal: c.p.Append(nil), Sender: c.sender, HashBefore: c.tree.rootHash()}
		next := c.tree.clone()
		switch c.p.Type {
		case ProposalAdd:
			_, err := next.add(c.p.Add.Leaf)
			noErr(w, err)
		case ProposalUpdate:
			next.update(LeafIndex(c.sender), c.p.Update)
		case ProposalRemove:
			next.remove(c.p.Remove)
			next.truncate()
		}
		v.After, v.HashAfter = next.append(nil), next.rootHash()
		out = append(out, v)
	}
	return out
}

func (w *world) treeVector(tree *ratchetTree) treeValidationVector {
	v := treeValidationVector{Suite: w.suite, Tree: tree.append(nil), GroupID: w.public.GroupID()}
	for i := range 2*tree.leaves() - 1 {
		v.Resolutions = append(v.Resolutions, append([]nodeIndex{}, tree.resolution(nil, nodeIndex(i), nil)...))
		v.Hashes = append(v.Hashes, tree.hash(nodeIndex(i)))
	}
	return v
}

func genTreeValidation(w *world) []treeValidationVector {
	first := w.treeVector(w.populated())
	w.commit("a0", CommitOptions{}, w.bundle("e"), w.bundle("f"))
	return []treeValidationVector{first, w.treeVector(w.public.tree)}
}

// genTreeKEM builds a tree by paths whose secrets it remembers.
func genTreeKEM(w *world) []treeKEMVector {
	v := treeKEMVector{Suite: w.suite, GroupID: w.bytes(8), Epoch: 3, ConfirmedTranscript: w.bytes(w.suite.HashSize())}
	tree := newTree(w.suite)
	secrets := map[nodeIndex]Secret{} // of the parents
	encryption := map[LeafIndex]HPKEPrivateKey{}
	signers := map[LeafIndex]SignaturePrivateKey{}
	join := func() {
		b := w.bundle("member")
		l, err := tree.add(b.KeyPackage.Leaf)
		noErr(w, err)
		encryption[l], signers[l] = b.EncryptionKey, b.SignatureKey
	}
	step := func(sender LeafIndex) {
		tr := v.start(tree, sender)
		leaf := *tree.leaf(sender)
		var err error
		encryption[sender], leaf.EncryptionKey, err = w.suite.GenerateHPKEKey(w.rand)
		noErr(w, err)
		_, filtered, ps, err := tr.createPath(w.rand, &leaf, signers[sender])
		noErr(w, err)
		for i, f := range filtered {
			secrets[f.node] = ps.secrets[i]
		}
		tree = tr.tree
	}
	for range 4 {
		join()
	}
	step(0)
	step(3)
	join() // unmerged, in the right half of eight leaves
	v.Tree = tree.append(nil)
	for l := range tree.members {
		p := leafPrivate{Index: l, EncryptionPriv: hexBytes(encryption[l]), SignaturePriv: signers[l].Bytes(), PathSecrets: []pathSecretVector{}}
		for _, x := range directPath(l.node(), tree.leaves()) {
			if n := tree.at(x).parent; n != nil && !slices.Contains(n.unmerged, l) {
				p.PathSecrets = append(p.PathSecrets, pathSecretVector{x, hexBytes(secrets[x])})
			}
		}
		v.Leaves = append(v.Leaves, p)
	}
	private, _ := v.keys(w, tree)
	for _, sender := range []LeafIndex{0, 2, 4} {
		tr := v.start(tree, sender)
		leaf := *tree.leaf(sender)
		var err error
		_, leaf.EncryptionKey, err = w.suite.GenerateHPKEKey(w.rand)
		noErr(w, err)
		path, filtered, ps, err := tr.createPath(w.rand, &leaf, signers[sender])
		noErr(w, err)
		ctx := v.provisional(tr)
		noErr(w, tr.encryptPath(path, filtered, ps, ctx))
		p := pathVector{Sender: sender, UpdatePath: path.append(nil), CommitSecret: hexBytes(ps.commit), HashAfter: tr.tree.rootHash()}
		for l := range LeafIndex(tree.leaves()) {
			var secret hexBytes
			if l != sender && tree.leaf(l) != nil {
				got, err := tr.decryptPath(path, filtered, l, private[l], ctx)
				noErr(w, err)
				secret = hexBytes(got.secrets[0])
			}
			p.PathSecrets = append(p.PathSecrets, secret)
		}
		v.Paths = append(v.Paths, p)
	}
	return []treeKEMVector{v}
}

// passive begins a vector for the client of a bundle.
func passive(w *world, kp *KeyPackageBundle, welcome []byte, g *Group) passiveVector {
	v := passiveVector{Suite: w.suite, ExternalPSKs: []passivePSK{}, Epochs: []passiveEpoch{}, Tree: json.RawMessage("null"),
		KeyPackage: kp.KeyPackage.Message(), SignaturePriv: kp.SignatureKey.Bytes(), EncryptionPriv: hexBytes(kp.EncryptionKey),
		InitPriv: hexBytes(kp.InitKey), Welcome: welcome, Authenticator: g.EpochAuthenticator()}
	for id, s := range w.psks {
		v.ExternalPSKs = append(v.ExternalPSKs, passivePSK{hexBytes(id), hexBytes(s)})
	}
	return v
}

func genPassiveWelcome(w *world) (out []passiveVector) {
	kp, other := w.bundle("passive"), w.bundle("b")
	w.psks["key"] = w.bytes(w.suite.HashSize())
	w.begin(other)
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true, PSKs: []PSK{ExternalPSK([]byte("key"), w.psks["key"])}})
	v := passive(w, kp, staged.Welcome, staged.Group())
	var err error
	v.Tree, err = json.Marshal(hexBytes(staged.Group().Tree()))
	noErr(w, err)
	out = append(out, v)
	w.psks = nil
	staged = w.stage("b", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true})
	return append(out, passive(w, kp, staged.Welcome, staged.Group()))
}

func genPassiveCommit(w *world) []passiveVector {
	kp := w.bundle("passive")
	staged := w.begin(kp, w.bundle("c"), w.bundle("d"))
	w.psks["key"] = w.bytes(w.suite.HashSize())
	v := passive(w, kp, staged.Welcome, staged.Group())
	next := func(s *StagedCommit, proposals ...hexBytes) {
		v.Epochs = append(v.Epochs, passiveEpoch{append([]hexBytes{}, proposals...), s.Message, s.Group().EpochAuthenticator()})
	}
	next(w.commit("a0", CommitOptions{}))
	next(w.commit("c", CommitOptions{Remove: []LeafIndex{3}, PSKs: []PSK{ExternalPSK([]byte("key"), w.psks["key"])}}))
	next(w.commit("a0", CommitOptions{WireFormat: WirePrivateMessage}, w.bundle("e")))
	msg, q, err := w.members["c"].ProposeUpdate(w.rand, LeafParams{}, ProposeOptions{})
	noErr(w, err)
	private, q2, err := w.members["e"].Propose(w.rand, ProposeExtensions(Extensions{}.WithAppData(nil)), ProposeOptions{WireFormat: WirePrivateMessage})
	noErr(w, err)
	next(w.commit("a0", CommitOptions{Queued: []*QueuedProposal{q, q2}}), msg, private)
	a := w.members["a0"]
	next(w.commit("a0", CommitOptions{PSKs: []PSK{{ID: a.ResumptionPSKID(ResumptionApplication), Secret: a.ResumptionPSK()}}}))
	next(w.external("x", ExternalOptions{}))
	return []passiveVector{v}
}
