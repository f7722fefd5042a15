package mls

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Generators of the vectors that need no group.

func genTreeMath(t *testing.T) any {
	var out []treeMathVector
	for n := uint32(1); n <= 16; n *= 2 {
		v := treeMathVector{NLeaves: n, NNodes: nodeWidth(n), Root: uint32(rootOf(n))}
		for i := range v.NNodes {
			x := nodeIndex(i)
			known := func(is bool, f func(nodeIndex) nodeIndex) *uint32 {
				if !is {
					return nil
				}
				y := uint32(f(x))
				return &y
			}
			v.Left = append(v.Left, known(!x.isLeaf(), nodeIndex.left))
			v.Right = append(v.Right, known(!x.isLeaf(), nodeIndex.right))
			v.Parent = append(v.Parent, known(x != rootOf(n), nodeIndex.parent))
			v.Sibling = append(v.Sibling, known(x != rootOf(n), nodeIndex.sibling))
		}
		out = append(out, v)
	}
	return out
}

func genDeserialization(t *testing.T) any {
	var out []lengthVector
	for _, n := range []int{0, 1, 63, 64, 255, 16383, 16384, 65535, 1 << 20, syntax.MaxVarint} {
		out = append(out, lengthVector{syntax.AppendVarint(nil, n), n})
	}
	return out
}

func genCryptoBasics(w *world) []cryptoVector {
	s, v := w.suite, cryptoVector{Suite: w.suite}
	v.RefHash.Label, v.RefHash.Value = "RefHash", w.bytes(40)
	v.RefHash.Out = s.RefHash(v.RefHash.Label, v.RefHash.Value)
	v.Expand.Secret, v.Expand.Label, v.Expand.Context, v.Expand.Length = w.bytes(s.HashSize()), "ExpandWithLabel", w.bytes(17), 16
	v.Expand.Out = hexBytes(s.ExpandWithLabel(Secret(v.Expand.Secret), v.Expand.Label, v.Expand.Context, v.Expand.Length))
	v.Derive.Secret, v.Derive.Label = w.bytes(s.HashSize()), "DeriveSecret"
	v.Derive.Out = hexBytes(s.DeriveSecret(Secret(v.Derive.Secret), v.Derive.Label))
	v.Tree.Secret, v.Tree.Label, v.Tree.Generation, v.Tree.Length = w.bytes(s.HashSize()), "DeriveTreeSecret", 1<<32-2, 12
	v.Tree.Out = hexBytes(s.deriveTreeSecret(Secret(v.Tree.Secret), v.Tree.Label, v.Tree.Generation, v.Tree.Length))
	key, err := s.GenerateSignatureKey(w.rand)
	noErr(w, err)
	v.Sign.Priv, v.Sign.Pub, v.Sign.Label, v.Sign.Content = key.Bytes(), hexBytes(key.Public()), "SignWithLabel", w.bytes(33)
	v.Sign.Signature, err = s.SignWithLabel(w.rand, key, v.Sign.Label, v.Sign.Content)
	noErr(w, err)
	priv, pub, err := s.GenerateHPKEKey(w.rand)
	noErr(w, err)
	v.Encrypt.Priv, v.Encrypt.Pub, v.Encrypt.Label = hexBytes(priv), hexBytes(pub), "EncryptWithLabel"
	v.Encrypt.Context, v.Encrypt.Plaintext = w.bytes(20), w.bytes(50)
	c, err := s.EncryptWithLabel(pub, v.Encrypt.Label, v.Encrypt.Context, v.Encrypt.Plaintext)
	noErr(w, err)
	v.Encrypt.KEMOutput, v.Encrypt.Ciphertext = c.KEMOutput, c.Ciphertext
	return []cryptoVector{v}
}

func genKeySchedule(w *world) []keyScheduleVector {
	s, n := w.suite, w.suite.HashSize()
	v := keyScheduleVector{Suite: s, GroupID: w.bytes(16), Init: w.bytes(n)}
	init := Secret(v.Init)
	for i := range 3 {
		e := epochVector{TreeHash: w.bytes(n), CommitSecret: w.bytes(n), PSKSecret: w.bytes(n), ConfirmedTranscript: w.bytes(n)}
		c := GroupContext{CipherSuite: s, GroupID: v.GroupID, Epoch: uint64(i), TreeHash: e.TreeHash, ConfirmedTranscriptHash: e.ConfirmedTranscript}
		ctx := c.Append(nil)
		joiner := joinerSecret(s, init, Secret(e.CommitSecret), ctx)
		member := memberSecret(s, joiner, Secret(e.PSKSecret))
		k := newEpochSecrets(s, member, ctx)
		_, pub, err := s.DeriveHPKEKey(k.external)
		noErr(w, err)
		e.GroupContext, e.Joiner, e.Welcome = ctx, hexBytes(joiner), hexBytes(s.DeriveSecret(member, "welcome"))
		e.InitSecret, e.SenderData, e.Encryption, e.Exporter = hexBytes(k.init), hexBytes(k.senderData), hexBytes(k.encryption), hexBytes(k.exporter)
		e.Authenticator, e.External, e.Confirmation = hexBytes(k.authenticator), hexBytes(k.external), hexBytes(k.confirmation)
		e.Membership, e.Resumption, e.ExternalPub = hexBytes(k.membership), hexBytes(k.resumption), hexBytes(pub)
		e.Export.Label, e.Export.Context, e.Export.Length = "exported for a test", w.bytes(9), 24+i*n
		e.Export.Secret = hexBytes(k.export(s, e.Export.Label, e.Export.Context, e.Export.Length))
		v.Epochs = append(v.Epochs, e)
		init = k.init
	}
	return []keyScheduleVector{v}
}

func genPSKSecret(w *world) (out []pskVector) {
	for _, n := range []int{0, 1, 3} {
		v := pskVector{Suite: w.suite, PSKs: []pskEntry{}}
		var list []PSK
		for range n {
			e := pskEntry{ID: w.bytes(8), PSK: w.bytes(w.suite.HashSize()), Nonce: w.bytes(w.suite.HashSize())}
			v.PSKs = append(v.PSKs, e)
			list = append(list, PSK{ID: PreSharedKeyID{Type: PSKExternal, ID: e.ID, Nonce: e.Nonce}, Secret: Secret(e.PSK)})
		}
		secret, err := pskSecret(w.suite, list)
		noErr(w, err)
		v.Secret = hexBytes(secret)
		out = append(out, v)
	}
	return out
}

func genSecretTree(w *world) []secretTreeVector {
	s := w.suite
	v := secretTreeVector{Suite: s, Encryption: w.bytes(s.HashSize())}
	v.SenderData.Secret, v.SenderData.Ciphertext = w.bytes(s.HashSize()), w.bytes(77)
	k := senderDataKey(s, Secret(v.SenderData.Secret), v.SenderData.Ciphertext)
	v.SenderData.Key, v.SenderData.Nonce = hexBytes(k.key), hexBytes(k.nonce)
	tree := newSecretTree(s, 4, Secret(v.Encryption))
	for l := range LeafIndex(4) {
		r := tree.leaf(l)
		var list []generationVector
		for _, g := range []uint32{0, 1, 9} {
			h, err := r[ratchetHandshake].peek(s, g)
			noErr(w, err)
			a, err := r[ratchetApplication].peek(s, g)
			noErr(w, err)
			list = append(list, generationVector{g, hexBytes(h.key), hexBytes(h.nonce), hexBytes(a.key), hexBytes(a.nonce)})
		}
		v.Leaves = append(v.Leaves, list)
	}
	return []secretTreeVector{v}
}

// vectorCommit is a commit without a path, for vectors that have no tree.
func (w *world) vectorCommit() *commit {
	return &commit{proposals: proposalList{{{proposal: ProposePSK(PreSharedKeyID{Type: PSKExternal, ID: []byte("key"), Nonce: w.bytes(w.suite.HashSize())})},
		{ref: w.bytes(w.suite.HashSize())}}}}
}

func genTranscript(w *world) []transcriptVector {
	s := w.suite
	v := transcriptVector{Suite: s, Confirmation: w.bytes(s.HashSize()), InterimBefore: w.bytes(s.HashSize())}
	a := &authenticatedContent{wire: WirePublicMessage, content: FramedContent{GroupID: []byte("group"), Epoch: 7,
		Sender: Sender{Type: SenderMember, Leaf: 1}, AuthenticatedData: w.bytes(5), ContentType: ContentCommit, commit: w.vectorCommit()}}
	a.auth.signature = w.bytes(64)
	confirmed := confirmedHash(s, v.InterimBefore, a.wire, &a.content, a.auth.signature)
	a.auth.confirmationTag = s.MAC(Secret(v.Confirmation), confirmed)
	v.Content, v.Confirmed, v.InterimAfter = a.append(nil), confirmed, interimHash(s, confirmed, a.auth.confirmationTag)
	return []transcriptVector{v}
}

func genProtection(w *world) []protectionVector {
	s, n := w.suite, w.suite.HashSize()
	key, err := s.GenerateSignatureKey(w.rand)
	noErr(w, err)
	v := protectionVector{Suite: s, GroupID: w.bytes(12), Epoch: 1 << 40, TreeHash: w.bytes(n), ConfirmedTranscript: w.bytes(n),
		SignaturePriv: key.Bytes(), SignaturePub: hexBytes(key.Public()), Encryption: w.bytes(n), SenderData: w.bytes(n), Membership: w.bytes(n)}
	v.Proposal, v.Application = ProposeRemove(1).Append(nil), w.bytes(60)
	v.Commit = w.vectorCommit().append(nil)
	g := v.group(w, 1)
	protect := func(kind ContentType, raw []byte, f WireFormat) hexBytes {
		a := v.content(w, kind, raw)
		noErr(w, g.signContent(w.rand, a, f))
		msg, err := g.protect(w.rand, a, nil)
		noErr(w, err)
		return msg
	}
	v.ProposalPub, v.ProposalPriv = protect(ContentProposal, v.Proposal, WirePublicMessage), protect(ContentProposal, v.Proposal, WirePrivateMessage)
	v.CommitPub, v.CommitPriv = protect(ContentCommit, v.Commit, WirePublicMessage), protect(ContentCommit, v.Commit, WirePrivateMessage)
	v.ApplicationPriv = protect(ContentApplication, v.Application, WirePrivateMessage)
	return []protectionVector{v}
}
