package mls

import (
	"slices"
	"testing"
)

// frame is a PublicMessage of content, signed by key, with a right membership
// tag if the sender is a member.
func (f *forger) frame(c FramedContent, key SignaturePrivateKey) []byte {
	f.Helper()
	c.GroupID, c.Epoch = f.a.GroupID(), f.a.Epoch()
	a := &authenticatedContent{wire: WirePublicMessage, content: c}
	noErr(f, a.sign(f.rand, f.suite, key, f.a.contextBytes))
	a.auth.confirmationTag = make([]byte, f.suite.HashSize())
	m := &PublicMessage{Content: a.content, auth: a.auth}
	if c.Sender.Type == SenderMember {
		m.membershipTag = f.suite.MAC(f.a.secrets.membership, a.tbm(f.a.contextBytes))
	}
	return m.append(appendMessageHead(nil, WirePublicMessage))
}

// nobodyTakes gives a message to all that take handshake messages.
func (f *forger) nobodyTakes(t *testing.T, msg []byte, want error) {
	t.Helper()
	before, err := f.b.MarshalBinary()
	noErr(t, err)
	_, err = f.b.Process(msg, ProcessOptions{})
	wantErr(t, "commit at a member", err, want)
	_, err = f.b.ProcessProposal(msg)
	wantErr(t, "proposal at a member", err, want)
	_, err = f.public.Process(msg, ProcessOptions{})
	wantErr(t, "commit at the public group", err, want)
	_, err = f.public.ProcessProposal(msg)
	wantErr(t, "proposal at the public group", err, want)
	after, err := f.b.MarshalBinary()
	noErr(t, err)
	equal0(t, "state after a refused message", after, before)
}

func TestApplicationDataInTheClear(t *testing.T) {
	f := newForger(t)
	msg := f.frame(FramedContent{Sender: f.a.sender(), ContentType: ContentApplication, Application: []byte("hello")}, f.a.key)
	f.nobodyTakes(t, msg, ErrWrongContent)
	_, err := f.b.Open(msg)
	wantErr(t, "open", err, ErrWrongContent)
	r, err := f.b.Reader()
	noErr(t, err)
	_, err = r.Open(msg)
	wantErr(t, "reader", err, ErrWrongContent)
	a := &authenticatedContent{content: FramedContent{ContentType: ContentApplication}}
	_, err = protectPublic(f.suite, nil, a, nil)
	wantErr(t, "own", err, ErrWrongContent)
}

func TestSenderRefused(t *testing.T) {
	f := newForger(t)
	outside, err := f.suite.GenerateSignatureKey(f.rand)
	noErr(t, err)
	staged, err := f.a.Commit(f.rand, CommitOptions{})
	noErr(t, err)
	m, err := ParseMessage(staged.Message)
	noErr(t, err)
	commit := m.Public.Content.commit
	external := Sender{Type: SenderExternal}
	joiner := Sender{Type: SenderNewMemberProposal}
	joining := Sender{Type: SenderNewMemberCommit}
	byExternal := func(p *Proposal) FramedContent {
		return FramedContent{Sender: external, ContentType: ContentProposal, Proposal: p}
	}
	type row struct {
		name    string
		content FramedContent
	}
	rows := []row{
		{"external sender, without the extension", byExternal(ProposeRemove(2))},
		{"commit by a joiner who proposes", FramedContent{Sender: joiner, ContentType: ContentCommit, commit: commit}},
		{"commit by a member that is not there", FramedContent{Sender: Sender{Type: SenderMember, Leaf: 77}, ContentType: ContentCommit, commit: commit}},
		{"remove by a joiner", FramedContent{Sender: joiner, ContentType: ContentProposal, Proposal: ProposeRemove(2)}},
		{"proposal by an external committer", FramedContent{Sender: joining, ContentType: ContentProposal, Proposal: ProposeRemove(2)}},
	}
	refuse := func(rows []row) {
		for _, c := range rows {
			t.Run(c.name, func(t *testing.T) {
				msg := f.frame(c.content, outside)
				if c.content.ContentType == ContentCommit {
					_, err = f.b.Process(msg, ProcessOptions{})
					wantErr(t, "member", err, ErrBadSender)
					_, err = f.public.Process(msg, ProcessOptions{})
					wantErr(t, "public group", err, ErrBadSender)
					return
				}
				_, err = f.b.ProcessProposal(msg)
				wantErr(t, "member", err, ErrBadSender)
				_, err = f.public.ProcessProposal(msg)
				wantErr(t, "public group", err, ErrBadSender)
			})
		}
	}
	refuse(rows)
	f.commit("a0", CommitOptions{Extensions: Extensions{{ExtensionExternalSenders,
		AppendExternalSenders(nil, []ExternalSender{{SignatureKey: outside.Public(), Credential: BasicCredential([]byte("service"))}})}}})
	f.a, f.b = f.members["a0"], f.members["b"]
	refuse([]row{
		{"commit by an external sender", FramedContent{Sender: external, ContentType: ContentCommit, commit: commit}},
		{"update by an external sender", byExternal(&Proposal{Type: ProposalUpdate, Update: f.a.tree.leaf(0)})},
		{"external init by an external sender", byExternal(&Proposal{Type: ProposalExternalInit, ExternalInit: make([]byte, 32)})},
		{"external sender that is not listed", FramedContent{Sender: Sender{Type: SenderExternal, Index: 1}, ContentType: ContentProposal, Proposal: ProposeRemove(2)}},
	})
	t.Run("signature of an external sender", func(t *testing.T) {
		_, err := f.b.ProcessProposal(f.frame(byExternal(ProposeRemove(2)), f.b.key))
		wantErr(t, "member", err, ErrBadSignature)
	})
	t.Run("signature of a joiner", func(t *testing.T) {
		add := FramedContent{Sender: joiner, ContentType: ContentProposal, Proposal: ProposeAdd(f.bundle("x").KeyPackage)}
		_, err := f.b.ProcessProposal(f.frame(add, outside))
		wantErr(t, "member", err, ErrBadSignature)
	})
}

func TestProposalRefused(t *testing.T) {
	f := newForger(t)
	good, _, err := f.a.Propose(f.rand, ProposeRemove(2), ProposeOptions{})
	noErr(t, err)
	parsed := func(change func(*PublicMessage)) []byte {
		m, err := ParseMessage(good)
		noErr(t, err)
		change(m.Public)
		return m.Append(nil)
	}
	// retag gives a changed message the right membership tag, so that the
	// signature is what is left to refuse.
	retag := func(m *PublicMessage) {
		m.membershipTag = f.suite.MAC(f.a.secrets.membership, m.authenticated().tbm(f.a.contextBytes))
	}
	for _, c := range []struct {
		name   string
		change func(*PublicMessage)
		want   error
		public bool // seen by the public group
	}{
		{"another epoch", func(m *PublicMessage) { m.Content.Epoch++ }, ErrWrongEpoch, true},
		{"another group", func(m *PublicMessage) { m.Content.GroupID = []byte("x") }, ErrWrongGroup, true},
		{"membership tag", func(m *PublicMessage) { m.membershipTag[0] ^= 1 }, ErrBadMembershipTag, false},
		{"no membership tag", func(m *PublicMessage) { m.membershipTag = nil }, ErrBadMembershipTag, false},
		{"signature", func(m *PublicMessage) { m.auth.signature[0] ^= 1; retag(m) }, ErrBadSignature, true},
		{"another member's name", func(m *PublicMessage) { m.Content.Sender.Leaf = 2; retag(m) }, ErrBadSignature, true},
		{"another leaf to remove", func(m *PublicMessage) { m.Content.Proposal.Remove = 3; retag(m) }, ErrBadSignature, true},
		{"authenticated data", func(m *PublicMessage) { m.Content.AuthenticatedData = []byte("x"); retag(m) }, ErrBadSignature, true},
		{"nobody's name", func(m *PublicMessage) { m.Content.Sender.Leaf = 9; retag(m) }, ErrBadSender, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			msg := parsed(c.change)
			_, err := f.b.ProcessProposal(msg)
			wantErr(t, "member", err, c.want)
			if c.public {
				_, err = f.public.ProcessProposal(msg)
				wantErr(t, "public group", err, c.want)
			}
		})
	}
	_, err = f.b.Process(good, ProcessOptions{})
	wantErr(t, "a proposal as a commit", err, ErrWrongContent)
	_, err = f.b.ProcessProposal(good)
	noErr(t, err)
}

func TestPrivateHandshakeRefused(t *testing.T) {
	f := newForger(t)
	forged := *f.a
	forged.key = f.members["c"].key
	p, _, err := forged.Propose(f.rand, ProposeRemove(2), ProposeOptions{WireFormat: WirePrivateMessage})
	noErr(t, err)
	_, err = f.b.ProcessProposal(p)
	wantErr(t, "proposal in another member's name", err, ErrBadSignature)
	c, err := forged.Commit(f.rand, CommitOptions{WireFormat: WirePrivateMessage, Add: []*KeyPackage{f.bundle("x").KeyPackage}})
	noErr(t, err)
	_, err = f.b.Process(c.Message, ProcessOptions{})
	wantErr(t, "commit in another member's name", err, ErrBadSignature)

	good, err := f.a.Commit(f.rand, CommitOptions{WireFormat: WirePrivateMessage})
	noErr(t, err)
	for _, c := range []struct {
		name   string
		change func(*PrivateMessage)
		want   error
	}{
		{"another epoch", func(m *PrivateMessage) { m.Epoch++ }, ErrWrongEpoch},
		{"another group", func(m *PrivateMessage) { m.GroupID = nil }, ErrWrongGroup},
		{"as a proposal", func(m *PrivateMessage) { m.ContentType = ContentProposal }, ErrDecrypt},
		{"authenticated data", func(m *PrivateMessage) { m.AuthenticatedData = []byte("x") }, ErrDecrypt},
		{"sender data", func(m *PrivateMessage) { m.EncryptedSenderData[0] ^= 1 }, ErrDecrypt},
		{"no sender data", func(m *PrivateMessage) { m.EncryptedSenderData = nil }, ErrDecrypt},
		{"ciphertext", func(m *PrivateMessage) { m.Ciphertext[len(m.Ciphertext)-1] ^= 1 }, ErrDecrypt},
		{"no ciphertext", func(m *PrivateMessage) { m.Ciphertext = nil }, ErrDecrypt},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ParseMessage(good.Message)
			noErr(t, err)
			c.change(m.Private)
			_, err = f.b.Process(m.Append(nil), ProcessOptions{})
			wantErr(t, "member", err, c.want)
		})
	}
	// Sender data that name a leaf where nobody is (section 6.3.2).
	for _, leaf := range []LeafIndex{4, 5, 1<<32 - 1} {
		m, err := ParseMessage(good.Message)
		noErr(t, err)
		sd := []byte{byte(leaf >> 24), byte(leaf >> 16), byte(leaf >> 8), byte(leaf), 0, 0, 0, 0, 0, 0, 0, 0}
		m.Private.EncryptedSenderData, err = senderDataKey(f.suite, f.a.secrets.senderData, m.Private.Ciphertext).seal(f.suite, sd, m.Private.appendSenderAAD(nil))
		noErr(t, err)
		_, err = f.b.Process(m.Append(nil), ProcessOptions{})
		if err != ErrDecrypt {
			t.Errorf("leaf %d: %v", leaf, err)
		}
	}
	_, err = f.b.Process(good.Message, ProcessOptions{})
	noErr(t, err)
}

func TestMessageHeadRefused(t *testing.T) {
	f := newForger(t)
	good, err := f.a.Commit(f.rand, CommitOptions{})
	noErr(t, err)
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"version 0", func(b []byte) []byte { b[1] = 0; return b }, ErrUnsupportedVersion},
		{"version 2", func(b []byte) []byte { b[1] = 2; return b }, ErrUnsupportedVersion},
		{"wire format 0", func(b []byte) []byte { b[3] = 0; return b }, ErrMalformed},
		{"wire format 6", func(b []byte) []byte { b[3] = 6; return b }, ErrMalformed},
		{"nothing", func([]byte) []byte { return nil }, ErrMalformed},
		{"a byte more", func(b []byte) []byte { return append(b, 0) }, ErrMalformed},
		{"a byte less", func(b []byte) []byte { return b[:len(b)-1] }, ErrMalformed},
		{"a long form of a short length", func(b []byte) []byte { return slices.Concat(b[:4], []byte{0x40, b[4]}, b[5:]) }, ErrMalformed},
		{"a length of eight bytes", func(b []byte) []byte { return slices.Concat(b[:4], []byte{0xC0, 0, 0, 0, 0, 0, 0, b[4]}, b[5:]) }, ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.nobodyTakes(t, c.change(slices.Clone(good.Message)), c.want)
		})
	}
	kp := f.forgedKeyPackage(func(k *KeyPackage) { k.Version = 2 })
	wantErr(t, "key package of another version", kp.Validate(noTime), ErrUnsupportedVersion)
}

func TestAfterReInit(t *testing.T) {
	w := pairWorld(t)
	w.commit("a0", CommitOptions{ReInit: &ReInit{GroupID: []byte("next"), Version: MLS10, CipherSuite: suite1}})
	a, b := *w.members["a0"], w.members["b"]
	a.reInit = nil // a member that goes on regardless
	staged, err := a.Commit(w.rand, CommitOptions{})
	noErr(t, err)
	_, err = b.Process(staged.Message, ProcessOptions{})
	wantErr(t, "commit", err, ErrReInit)
	_, err = w.public.Process(staged.Message, ProcessOptions{})
	wantErr(t, "commit at the public group", err, ErrReInit)
	p, _, err := a.Propose(w.rand, ProposeRemove(1), ProposeOptions{})
	noErr(t, err)
	_, err = b.ProcessProposal(p)
	wantErr(t, "proposal", err, ErrReInit)
	msg, err := a.Seal(w.rand, SealOptions{}, []byte("x"))
	noErr(t, err)
	_, err = b.Open(msg)
	wantErr(t, "message", err, ErrReInit)
	_, _, err = b.Propose(w.rand, ProposeRemove(0), ProposeOptions{})
	wantErr(t, "own proposal", err, ErrReInit)
}
