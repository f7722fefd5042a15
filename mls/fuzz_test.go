package mls

import (
	"bytes"
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
	kp := w.bundle("c")
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
		_, _ = b.Process(msg, ProcessOptions{})
		_, _ = w.public.Process(msg, ProcessOptions{})
		if q, err := b.ProcessProposal(msg); err == nil {
			_, _ = b.Commit(w.rand, CommitOptions{Queued: []*QueuedProposal{q}})
		}
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
		_ = tree.checkTree([]byte("group"), nil, noTime, nil)
		_ = tree.checkParentHashes()
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
