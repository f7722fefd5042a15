package mls

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// CommitOptions says what a commit changes and how it is sent. The zero value
// only renews the committer's keys.
type CommitOptions struct {
	Add    []*KeyPackage
	Remove []LeafIndex
	PSKs   []PSK
	// Extensions replaces all group context extensions; nil leaves them. (A
	// non-nil empty list removes all.)
	Extensions Extensions
	// ReInit ends the group; it goes with nothing else.
	ReInit *ReInit
	// Proposals are further proposals to commit by value, after the ones
	// above: those of custom types, see ProposeCustom.
	Proposals []*Proposal
	// Queued are proposals to commit by reference, in this order, before the
	// ones above.
	Queued []*QueuedProposal
	// ForcePath renews the committer's keys even if no proposal demands it.
	ForcePath bool
	// Leaf replaces signature key, credential, capabilities and extensions of
	// the committer's leaf; its zero fields, or nil, leave them. If it is not
	// nil it implies ForcePath.
	Leaf *LeafParams

	AuthenticatedData []byte
	WireFormat        WireFormat    // 0: WirePublicMessage
	Padding           func(int) int // as in SealOptions, for WirePrivateMessage

	// WelcomeTree puts the ratchet tree into the Welcome, GroupInfoTree into
	// the GroupInfo. In a Welcome for many it costs time: its size times their
	// number is hashed.
	WelcomeTree, GroupInfoTree bool
	// WelcomeExtensions and GroupInfoExtensions are added to the GroupInfo
	// inside the Welcome, and to the other one.
	WelcomeExtensions, GroupInfoExtensions Extensions

	// PSK finds the keys of queued PSK proposals.
	PSK      PSKSource
	Validate Validator
	Policy   *Policy
	Now      time.Time
	Parallel Parallel
}

// proposals lists what the commit covers.
func (o *CommitOptions) proposals(rand io.Reader, g *Group) (*commit, []PSK, error) {
	c := &commit{}
	for _, q := range o.Queued {
		if q == nil || q.Proposal == nil {
			return nil, nil, ErrUnknownProposal
		}
		c.proposals.add(proposalOrRef{ref: q.ref})
	}
	add := func(p *Proposal) { c.proposals.add(proposalOrRef{proposal: p}) }
	for _, l := range o.Remove {
		add(ProposeRemove(l))
	}
	for _, k := range o.Add {
		add(ProposeAdd(k))
	}
	psks := make([]PSK, len(o.PSKs))
	for i, p := range o.PSKs {
		var err error
		if psks[i], err = p.withNonce(rand, g.Suite()); err != nil {
			return nil, nil, err
		}
		add(ProposePSK(psks[i].ID))
	}
	if o.Extensions != nil {
		add(ProposeExtensions(o.Extensions))
	}
	if o.ReInit != nil {
		add(ProposeReInit(o.ReInit))
	}
	for _, p := range o.Proposals {
		add(p)
	}
	for p := range c.proposals.all {
		if p.ref != nil {
			continue
		}
		if err := p.proposal.complete(); err != nil {
			return nil, nil, err
		}
	}
	return c, psks, nil
}

// freshLeaf begins a new leaf for this member with a new encryption key. Zero
// fields of p keep the values of the current leaf.
func (g *Group) freshLeaf(rand io.Reader, p LeafParams) (*LeafNode, HPKEPrivateKey, SignaturePrivateKey, error) {
	cur := g.tree.leaf(g.own)
	if p.SignatureKey.IsZero() {
		p.SignatureKey = g.key
	}
	if p.Credential.Type == 0 {
		p.Credential = cur.Credential
	}
	if p.Capabilities.isZero() {
		p.Capabilities = cur.Capabilities
	}
	if p.Extensions == nil {
		p.Extensions = cur.Extensions
	}
	p, _, err := p.greased(rand, nil)
	if err != nil {
		return nil, nil, SignaturePrivateKey{}, err
	}
	priv, pub, err := g.Suite().GenerateHPKEKey(rand)
	if err != nil {
		return nil, nil, SignaturePrivateKey{}, err
	}
	leaf, err := p.newLeaf(g.Suite(), pub)
	return leaf, priv, p.SignatureKey, err
}

// Commit creates a commit (RFC 9420, section 12.4.1). It does not change g,
// except that a PrivateMessage uses up a generation of g's handshake ratchet.
func (g *Group) Commit(rand io.Reader, o CommitOptions) (*StagedCommit, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	if g.reInit != nil {
		return nil, ErrReInit
	}
	c, psks, err := o.proposals(rand, g)
	if err != nil {
		return nil, err
	}
	list, err := resolve(c, g.Epoch(), g.sender(), o.Queued)
	if err != nil {
		return nil, err
	}
	g.tree.count() // so that a group that was loaded does it once
	t, err := g.begin(list, g.sender(), judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy})
	if err != nil {
		return nil, err
	}
	found, err := o.PSK.with(g.ownPSK).with(chosen(psks)).find(t.psks)
	if err != nil {
		return nil, err
	}
	next := &Group{own: g.own, key: g.key, keepHistory: g.keepHistory}
	b := &commitBuilder{t: t, c: c, next: next, init: g.secrets.init, psks: found, private: g.private}
	if t.needsPath() || o.ForcePath || o.Leaf != nil {
		var p LeafParams
		if o.Leaf != nil {
			p = *o.Leaf
		}
		if b.leaf, b.leafPrivate, next.key, err = g.freshLeaf(rand, p); err != nil {
			return nil, err
		}
	}
	a := &authenticatedContent{content: FramedContent{
		Sender: g.sender(), ContentType: ContentCommit, commit: c, AuthenticatedData: slices.Clone(o.AuthenticatedData),
	}}
	sign := func() error { return g.signContent(rand, a, o.WireFormat) }
	if err := b.build(rand, a, sign); err != nil {
		return nil, err
	}
	staged := &StagedCommit{CommitSummary: t.summary, group: next}
	if staged.Message, err = g.protect(rand, a, o.Padding); err != nil {
		return nil, err
	}
	info := GroupInfoOptions{ExternalPub: true, Tree: o.GroupInfoTree, Extensions: o.GroupInfoExtensions}
	if staged.GroupInfo, err = next.GroupInfo(rand, info); err != nil {
		return nil, err
	}
	if len(t.added) > 0 {
		staged.Welcome, err = b.welcome(rand, GroupInfoOptions{Tree: o.WelcomeTree, Extensions: o.WelcomeExtensions})
	}
	return staged, err
}

// commitBuilder is the part of a commit's creation that members and external
// joiners share.
type commitBuilder struct {
	t           *transition
	c           *commit
	next        *Group // own and key are set
	init        Secret // init_secret of the epoch before
	psks        []PSK
	private     map[nodeIndex]HPKEPrivateKey // of the epoch before
	leaf        *LeafNode                    // nil: no path
	leafPrivate HPKEPrivateKey

	filtered []pathNode
	path     *pathSecrets
	joiner   Secret
	psk      Secret
}

// build makes the path, signs the commit with sign, and fills next.
func (b *commitBuilder) build(rand io.Reader, a *authenticatedContent, sign func() error) error {
	t, suite := b.t, b.t.before.Suite()
	var err error
	if b.leaf != nil {
		if b.c.path, b.filtered, b.path, err = t.createPath(rand, b.leaf, b.next.key); err != nil {
			return err
		}
	}
	provisional, err := t.settle()
	if err != nil {
		return err
	}
	commitSecret := make(Secret, suite.HashSize())
	if b.path != nil {
		if err := t.encryptPath(b.c.path, b.filtered, b.path, provisional.Append(nil)); err != nil {
			return err
		}
		commitSecret = b.path.commit
	}
	b.next.private = t.keysAfter(b.private, b.filtered, b.path)
	if b.leaf != nil {
		b.next.private[b.next.own.node()] = b.leafPrivate
	}
	if b.psk, err = pskSecret(suite, b.psks); err != nil {
		return err
	}
	if err := sign(); err != nil {
		return err
	}
	state := t.finish(provisional, a)
	b.joiner = joinerSecret(suite, b.init, commitSecret, state.contextBytes)
	b.next.secrets = newEpochSecrets(suite, memberSecret(suite, b.joiner, b.psk), state.contextBytes)
	a.auth.confirmationTag = suite.MAC(b.next.secrets.confirmation, state.context.ConfirmedTranscriptHash)
	b.next.publicState = state.complete(a.auth.confirmationTag)
	b.next.startRatchets()
	return nil
}

// welcome makes one Welcome for all new members (RFC 9420, section 12.4.3.1).
func (b *commitBuilder) welcome(rand io.Reader, o GroupInfoOptions) ([]byte, error) {
	suite := b.next.Suite()
	info, err := b.next.groupInfo(rand, o)
	if err != nil {
		return nil, err
	}
	key, nonce := welcomeKey(suite, memberSecret(suite, b.joiner, b.psk))
	w := &Welcome{CipherSuite: suite, Secrets: make([]EncryptedGroupSecrets, len(b.t.added))}
	if w.EncryptedGroupInfo, err = (messageKey{key, nonce}).seal(suite, info.append(nil), nil); err != nil {
		return nil, err
	}
	ids := make([]PreSharedKeyID, len(b.psks))
	for i, p := range b.psks {
		ids[i] = p.ID
	}
	var adds []*KeyPackage
	for _, p := range b.t.list {
		if p.Type == ProposalAdd {
			adds = append(adds, p.Add)
		}
	}
	err = b.t.parallel.runErr(len(adds), func(i int) error {
		gs := groupSecrets{joiner: b.joiner, psks: ids}
		if b.path != nil {
			at := commonAncestor(b.next.own, b.t.added[i])
			j := slices.IndexFunc(b.filtered, func(f pathNode) bool { return f.node == at })
			if j < 0 {
				return fmt.Errorf("%w: no common ancestor", ErrInvalidTree)
			}
			gs.path = b.path.secrets[j]
		}
		c, err := suite.EncryptWithLabel(adds[i].InitKey, labelWelcome, w.EncryptedGroupInfo, gs.append(nil))
		w.Secrets[i] = EncryptedGroupSecrets{NewMember: adds[i].Ref(), Secrets: c}
		return err
	})
	if err != nil {
		return nil, err
	}
	return w.append(appendMessageHead(nil, WireWelcome)), nil
}
