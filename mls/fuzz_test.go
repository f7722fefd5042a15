package mls

import (
	"bytes"
	"maps"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// fuzzWorld is a small group and one message of each kind.
func fuzzWorld(f *testing.F) (*world, [][]byte) {
	w := pairWorld(f)
	kp := w.bundle("c")
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true, WelcomeTree: true,
		PSKs: []PSK{ExternalPSK([]byte("k"), nil)}, Extensions: Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte("x")}})})
	private := w.stage("a0", CommitOptions{WireFormat: WirePrivateMessage})
	external, err := JoinExternal(w.rand, w.info, ExternalOptions{Leaf: w.leaf("x"), Tree: w.public.Tree()})
	noErr(f, err)
	proposal, _, err := w.members["a0"].Propose(w.rand, ProposeRemove(1), ProposeOptions{})
	noErr(f, err)
	return w, [][]byte{staged.Message, staged.Welcome, staged.GroupInfo, kp.KeyPackage.Message(),
		private.Message, external.Message, proposal, sealed(f, w, "a0", 1)[0]}
}

func FuzzParseMessage(f *testing.F) {
	_, msgs := fuzzWorld(f)
	for _, m := range msgs {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, headerErr := ParseHeader(b)
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		if got := m.Append(nil); !bytes.Equal(got, b) {
			t.Fatalf("encoding is not unique:\n%x\n%x", b, got)
		}
		if (m.Public != nil || m.Private != nil) && headerErr != nil {
			t.Fatalf("message without a header: %v", headerErr)
		}
		if m.KeyPackage != nil {
			_ = m.KeyPackage.Validate(noTime)
		}
	})
}

// FuzzReceive gives anything to everyone who takes messages.
func FuzzReceive(f *testing.F) {
	w, msgs := fuzzWorld(f)
	for _, m := range msgs {
		f.Add(m)
	}
	b := w.members["b"]
	reader, err := b.Reader()
	noErr(f, err)
	kp, leaf, tree := w.bundle("c"), w.leaf("x"), w.public.Tree()
	f.Fuzz(func(t *testing.T, msg []byte) {
		before := b.EpochAuthenticator()
		_, _ = b.Process(msg, ProcessOptions{})
		_, _ = b.ProcessProposal(msg)
		_, _ = b.Open(msg)
		_, _ = reader.Open(msg)
		_, _ = w.public.Process(msg, ProcessOptions{})
		_, _ = w.public.ProcessProposal(msg)
		_ = w.public.CheckGroupInfo(msg)
		_, _ = JoinWelcome(msg, kp, JoinOptions{})
		_, _ = NewPublicGroup(msg, nil, ProcessOptions{})
		_, _ = JoinExternal(w.rand, msg, ExternalOptions{Leaf: leaf, Tree: tree})
		_, _ = b.JoinBranch(msg, kp, JoinOptions{})
		_, _ = WelcomeRefs(msg)
		if !bytes.Equal(before, b.EpochAuthenticator()) {
			t.Fatal("a message changed the epoch")
		}
	})
}

// FuzzCommitContent signs what the fuzzer writes, so that it gets past the
// signature and reaches the rules.
func FuzzCommitContent(f *testing.F) {
	w, msgs := fuzzWorld(f)
	for _, msg := range msgs {
		if m, err := ParseMessage(msg); err == nil && m.Public != nil {
			f.Add(uint8(m.Public.Content.ContentType), m.Public.Content.appendBody(nil))
		}
	}
	a, b := w.members["a0"], w.members["b"]
	policy := &Policy{Proposals: map[ProposalType]ProposalPolicy{customType: {}}}
	f.Add(uint8(ContentCommit), (&commit{proposals: proposalList{{{proposal: ProposeCustom(customType, []byte("x"))}}}}).append(nil))
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		c := &authenticatedContent{content: FramedContent{Sender: a.sender(), ContentType: ContentType(kind)}}
		r := syntax.NewReader(body)
		c.content.readBody(r)
		if r.Done() != nil || c.content.ContentType == ContentApplication {
			return
		}
		noErr(t, a.signContent(w.rand, c, WirePublicMessage))
		msg, err := a.protect(w.rand, c, nil)
		noErr(t, err)
		_, _ = b.Process(msg, ProcessOptions{Policy: policy})
		_, _ = w.public.Process(msg, ProcessOptions{Policy: policy})
		if q, err := b.ProcessProposal(msg); err == nil {
			_, _ = b.Commit(w.rand, CommitOptions{Queued: []*QueuedProposal{q}})
		}
	})
}

// FuzzGroupInfoContent signs the GroupInfo that the fuzzer writes, with and
// without the Welcome around it, so that it gets past signature and encryption.
func FuzzGroupInfoContent(f *testing.F) {
	w := pairWorld(f)
	a := w.members["a0"]
	kp := w.bundle("c")
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, ForcePath: true})
	m, err := ParseMessage(staged.Welcome)
	noErr(f, err)
	gs, err := openSecrets(m.Welcome, kp)
	noErr(f, err)
	tree, now := staged.Group().Tree(), w.public.Tree()
	for _, msg := range [][]byte{staged.GroupInfo, w.info} {
		info, err := ParseGroupInfo(msg)
		noErr(f, err)
		f.Add(info.appendUnsigned(nil), gs.append(nil))
	}
	leaf := w.leaf("x")
	f.Fuzz(func(t *testing.T, body, secrets []byte) {
		r := syntax.NewReader(body)
		info := &GroupInfo{Context: readGroupContext(r), Extensions: readExtensions(r), ConfirmationTag: r.Opaque(), Signer: LeafIndex(r.Uint32())}
		gs, err := parseGroupSecrets(secrets)
		if r.Done() != nil || err != nil {
			return
		}
		info.Signature, err = suite1.SignWithLabel(w.rand, a.key, labelGroupInfo, info.appendUnsigned(nil))
		noErr(t, err)
		msg := info.append(appendMessageHead(nil, WireGroupInfo))
		_, _ = NewPublicGroup(msg, tree, ProcessOptions{})
		_, _ = JoinExternal(w.rand, msg, ExternalOptions{Leaf: leaf, Tree: now})
		_ = w.public.CheckGroupInfo(msg)
		none, err := pskSecret(suite1, nil)
		noErr(t, err)
		key, nonce := welcomeKey(suite1, memberSecret(suite1, gs.joiner, none))
		welcome := &Welcome{CipherSuite: suite1}
		welcome.EncryptedGroupInfo, err = (messageKey{key, nonce}).seal(suite1, info.append(nil), nil)
		noErr(t, err)
		c, err := suite1.EncryptWithLabel(kp.KeyPackage.InitKey, labelWelcome, welcome.EncryptedGroupInfo, gs.append(nil))
		noErr(t, err)
		welcome.Secrets = []EncryptedGroupSecrets{{NewMember: kp.KeyPackage.Ref(), Secrets: c}}
		_, _ = JoinWelcome(welcome.append(appendMessageHead(nil, WireWelcome)), kp, JoinOptions{Tree: tree})
	})
}

func FuzzTree(f *testing.F) {
	w := newWorld(f, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"), w.bundle("d"), w.bundle("e"))
	f.Add(w.public.Tree())
	w.commit("c", CommitOptions{Remove: []LeafIndex{3}})
	f.Add(w.public.Tree())
	w.commit("a0", CommitOptions{}, w.bundle("g"))
	f.Add(w.public.Tree())
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := parseTree(suite1, b)
		if err != nil {
			return
		}
		if got := tree.append(nil); !bytes.Equal(got, b) {
			t.Fatalf("encoding is not unique:\n%x\n%x", b, got)
		}
		_ = tree.checkTree([]byte("group"), nil, noTime, nil, nil)
		_ = tree.checkParentHashes(nil)
		tree.rootHash()
	})
}

func FuzzState(f *testing.F) {
	w := pairWorld(f)
	a := w.members["a0"]
	sender, err := a.MarshalSender()
	noErr(f, err)
	add := func(b []byte, err error) { noErr(f, err); f.Add(b, sender) }
	add(a.MarshalBinary())
	a.KeepHistory(false)
	add(a.MarshalBinary())
	add(w.public.MarshalBinary())
	add(w.bundle("x").MarshalBinary())
	msg := sealed(f, w, "b", 1)[0]
	f.Fuzz(func(t *testing.T, state, sender []byte) {
		if g, err := LoadGroup(state, sender); err == nil {
			_, _ = g.Open(msg)
			_, _ = g.Seal(w.rand, SealOptions{}, nil)
			_, _ = g.Commit(w.rand, CommitOptions{})
			if _, err := g.MarshalBinary(); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = LoadPublicGroup(state)
		_, _ = ParseKeyPackageBundle(state)
	})
}

func FuzzParts(f *testing.F) {
	f.Add(Extensions{}.WithAppData(AppDataDictionary{{1, []byte("x")}, {2, nil}}).Append(nil))
	f.Add(AppDataDictionary{{1, []byte("x")}, {2, nil}}.Append(nil))
	f.Add(AppendExternalSenders(nil, []ExternalSender{{SignatureKey: make([]byte, 32), Credential: BasicCredential([]byte("x"))}}))
	f.Add(RequiredCapabilities{Extensions: []ExtensionType{6}}.Append(nil))
	w := pairWorld(f)
	f.Add(w.public.ContextBytes())
	leaf, _ := w.public.Member(0)
	f.Add(leaf.Append(nil))
	f.Add((&groupSecrets{joiner: []byte("j"), path: []byte("p"), psks: []PreSharedKeyID{{Type: PSKResumption, Usage: 1}}}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(what string, got []byte) {
			if !bytes.Equal(got, b) {
				t.Fatalf("%s: encoding is not unique:\n%x\n%x", what, b, got)
			}
		}
		if d, err := ParseAppDataDictionary(b); err == nil {
			same("app_data_dictionary", d.Append(nil))
		}
		if l, err := ParseExternalSenders(b); err == nil {
			same("external_senders", AppendExternalSenders(nil, l))
		}
		if c, err := ParseRequiredCapabilities(b); err == nil {
			same("required_capabilities", c.Append(nil))
		}
		if c, err := ParseGroupContext(b); err == nil {
			same("group context", c.Append(nil))
		}
		if l, err := ParseLeafNode(b); err == nil {
			same("leaf node", l.Append(nil))
			_ = l.checkAlone(suite1, nil, 0, nil, noTime, nil)
		}
		if g, err := parseGroupSecrets(b); err == nil {
			same("group secrets", g.append(nil))
		}
	})
}

// FuzzLoadSaved gives one row of a saved group any content.
func FuzzLoadSaved(f *testing.F) {
	w := benchWorldOf(f, suite1, 7)
	s := newSavedStore()
	s.save(w.member(f, 0, false))
	for key, value := range s.rows {
		f.Add(key, value)
	}
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		rows := maps.Clone(s.rows)
		rows[key] = value
		g, saver, err := LoadSaved(maps.All(rows), nil)
		if err != nil {
			return
		}
		if list, _ := saver.Changes(g); len(list) > 0 {
			t.Fatalf("%d records to be written right after loading", len(list))
		}
		_, _ = g.Commit(seeded("fuzz"), CommitOptions{})
		_, _ = g.Seal(seeded("fuzz"), SealOptions{}, value)
	})
}
