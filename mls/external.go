package mls

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// ExternalOptions says how to join by external commit.
type ExternalOptions struct {
	// Tree is the content of a ratchet_tree extension, if the GroupInfo has none.
	Tree []byte
	// Leaf is the joiner's leaf.
	Leaf LeafParams
	// Remove names a leaf that the joiner replaces: an earlier appearance of
	// its own (RFC 9420, section 12.4.3.2). Nil removes nobody.
	Remove *LeafIndex
	// PSKs are injected. A group whose members demand one can so refuse
	// strangers.
	PSKs []PSK

	AuthenticatedData   []byte
	GroupInfoTree       bool // the new GroupInfo holds the ratchet tree
	GroupInfoExtensions Extensions
	Validate            Validator
	Policy              *Policy
	Now                 time.Time
	Parallel            Parallel
	// KeepHistory is as in GroupParams.
	KeepHistory bool
}

// JoinExternal makes an external commit from a GroupInfo message that has the
// external_pub extension (RFC 9420, section 12.4.3.2). The joiner is a member
// once the group has accepted the commit.
func JoinExternal(rand io.Reader, groupInfo []byte, o ExternalOptions) (*StagedCommit, error) {
	info, err := ParseGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	pub, err := info.externalPub()
	if err != nil {
		return nil, err
	}
	j := judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy}
	before, err := info.verifyAll(readBeside(info.Context.CipherSuite, o.Tree), j)
	if err != nil {
		return nil, err
	}
	suite := before.Suite()
	kemOutput, init, err := suite.externalInitSend(pub)
	if err != nil {
		return nil, err
	}
	c, psks, err := o.proposals(rand, suite, kemOutput)
	if err != nil {
		return nil, err
	}
	sender := Sender{Type: SenderNewMemberCommit}
	list, err := resolve(c, before.Epoch(), sender, nil)
	if err != nil {
		return nil, err
	}
	t, err := before.begin(list, sender, j)
	if err != nil {
		return nil, err
	}
	if err := t.place(); err != nil {
		return nil, err
	}
	next := &Group{own: t.committer, key: o.Leaf.SignatureKey, keepHistory: o.KeepHistory}
	b := &commitBuilder{t: t, c: c, next: next, init: init, psks: psks}
	var encPub HPKEPublicKey
	if b.leafPrivate, encPub, err = suite.GenerateHPKEKey(rand); err != nil {
		return nil, err
	}
	if o.Leaf, _, err = o.Leaf.greased(rand, nil); err != nil {
		return nil, err
	}
	if b.leaf, err = o.Leaf.newLeaf(suite, encPub); err != nil {
		return nil, err
	}
	if len(o.AuthenticatedData) > maxPlaintext {
		return nil, fmt.Errorf("%w: authenticated data", ErrTooLarge)
	}
	a := &authenticatedContent{wire: WirePublicMessage, content: FramedContent{
		GroupID: before.GroupID(), Epoch: before.Epoch(), Sender: sender, ContentType: ContentCommit,
		commit: c, AuthenticatedData: slices.Clone(o.AuthenticatedData),
	}}
	sign := func() error { return a.sign(rand, suite, o.Leaf.SignatureKey, before.contextBytes) }
	if err := b.build(rand, a, sign); err != nil {
		return nil, err
	}
	m, err := protectPublic(suite, nil, a, before.contextBytes)
	if err != nil {
		return nil, err
	}
	staged := &StagedCommit{CommitSummary: t.summary, group: next}
	staged.Message = m.append(appendMessageHead(nil, WirePublicMessage))
	staged.GroupInfo, err = next.GroupInfo(rand, GroupInfoOptions{
		ExternalPub: true, Tree: o.GroupInfoTree, Extensions: o.GroupInfoExtensions,
	})
	return staged, err
}

func (o *ExternalOptions) proposals(rand io.Reader, suite CipherSuite, kemOutput []byte) (*commit, []PSK, error) {
	c := &commit{proposals: proposalList{{{proposal: &Proposal{Type: ProposalExternalInit, ExternalInit: kemOutput}}}}}
	if o.Remove != nil {
		c.proposals.add(proposalOrRef{proposal: ProposeRemove(*o.Remove)})
	}
	psks := make([]PSK, len(o.PSKs))
	for i, p := range o.PSKs {
		var err error
		if psks[i], err = p.withNonce(rand, suite); err != nil {
			return nil, nil, err
		}
		c.proposals.add(proposalOrRef{proposal: ProposePSK(psks[i].ID)})
	}
	return c, psks, nil
}

// ProposeExternally makes a proposal from outside the group: by the external
// sender at index in the external_senders extension (RFC 9420, section 12.1.8).
func ProposeExternally(rand io.Reader, suite CipherSuite, groupID []byte, epoch uint64,
	index uint32, key SignaturePrivateKey, p *Proposal, authenticatedData []byte) ([]byte, error) {
	return proposeFromOutside(rand, suite, groupID, epoch, Sender{Type: SenderExternal, Index: index}, key, p, authenticatedData)
}

// ProposeToJoin makes an Add proposal by the new member itself (sender type
// new_member_proposal).
func ProposeToJoin(rand io.Reader, groupID []byte, epoch uint64, kp *KeyPackageBundle, authenticatedData []byte) ([]byte, error) {
	if err := kp.ready(); err != nil {
		return nil, err
	}
	return proposeFromOutside(rand, kp.KeyPackage.CipherSuite, groupID, epoch,
		Sender{Type: SenderNewMemberProposal}, kp.SignatureKey, ProposeAdd(kp.KeyPackage), authenticatedData)
}

func proposeFromOutside(rand io.Reader, suite CipherSuite, groupID []byte, epoch uint64,
	s Sender, key SignaturePrivateKey, p *Proposal, authenticatedData []byte) ([]byte, error) {
	if err := p.checkSender(s); err != nil {
		return nil, err
	}
	if len(authenticatedData) > maxPlaintext {
		return nil, fmt.Errorf("%w: authenticated data", ErrTooLarge)
	}
	a := &authenticatedContent{wire: WirePublicMessage, content: FramedContent{
		GroupID: groupID, Epoch: epoch, Sender: s, ContentType: ContentProposal,
		Proposal: p, AuthenticatedData: authenticatedData,
	}}
	if err := a.sign(rand, suite, key, nil); err != nil {
		return nil, err
	}
	m, err := protectPublic(suite, nil, a, nil)
	if err != nil {
		return nil, err
	}
	return m.append(appendMessageHead(nil, WirePublicMessage)), nil
}
