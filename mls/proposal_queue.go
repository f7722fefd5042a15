package mls

import (
	"fmt"
	"io"
)

// QueuedProposal is a proposal that was sent on its own, authenticated, and may
// be committed by reference in the epoch it was sent in.
type QueuedProposal struct {
	Proposal *Proposal
	Sender   Sender
	// AuthenticatedData came with the proposal.
	AuthenticatedData []byte
	ref               []byte
	epoch             uint64 // it may be committed in this one only
	// Of an own Update:
	encryptionKey HPKEPrivateKey
	signatureKey  SignaturePrivateKey
}

// Ref returns the ProposalRef by which commits name the proposal.
func (q *QueuedProposal) Ref() []byte { return q.ref }

// checkSender applies the rules on who may propose what (RFC 9420, sections 6.1
// and 12.1.8).
func (p *Proposal) checkSender(s Sender) error {
	if err := p.complete(); err != nil {
		return err
	}
	switch s.Type {
	case SenderMember:
		return nil
	case SenderExternal:
		// A custom type's policy is asked when it is committed.
		if p.Type.fromOutside() || p.Type.isCustom() {
			return nil
		}
	case SenderNewMemberProposal:
		if p.Type == ProposalAdd {
			return nil
		}
	}
	return fmt.Errorf("%w: of this proposal type", ErrBadSender)
}

// senderKey finds the key that verifies a message (RFC 9420, section 6.1).
func (s *publicState) senderKey(c *FramedContent) (SignaturePublicKey, error) {
	switch c.Sender.Type {
	case SenderMember:
		if leaf := s.tree.leaf(c.Sender.Leaf); leaf != nil {
			return leaf.SignatureKey, nil
		}
	case SenderExternal:
		if c.ContentType != ContentProposal {
			return nil, fmt.Errorf("%w: external sender of this content", ErrBadSender)
		}
		list, err := s.context.Extensions.externalSenders()
		if err != nil {
			return nil, err
		}
		if int64(c.Sender.Index) < int64(len(list)) {
			return list[c.Sender.Index].SignatureKey, nil
		}
	case SenderNewMemberProposal:
		if c.ContentType == ContentProposal && c.Proposal.Type == ProposalAdd {
			return c.Proposal.Add.Leaf.SignatureKey, nil
		}
	case SenderNewMemberCommit:
		if c.ContentType == ContentCommit && c.commit.path != nil {
			return c.commit.path.leaf.SignatureKey, nil
		}
	}
	return nil, fmt.Errorf("%w: no such sender", ErrBadSender)
}

// checkFrame holds a message's group and epoch against the state.
func (s *publicState) checkFrame(groupID []byte, epoch uint64) error {
	if string(groupID) != string(s.context.GroupID) {
		return ErrWrongGroup
	}
	if epoch != s.context.Epoch {
		return ErrWrongEpoch
	}
	if s.reInit != nil {
		return ErrReInit
	}
	return nil
}

// queue verifies an unprotected proposal.
func (s *publicState) queue(a *authenticatedContent) (*QueuedProposal, error) {
	c := &a.content
	if c.ContentType != ContentProposal {
		return nil, fmt.Errorf("%w: not a proposal", ErrWrongContent)
	}
	if err := c.Proposal.checkSender(c.Sender); err != nil {
		return nil, err
	}
	key, err := s.senderKey(c)
	if err != nil {
		return nil, err
	}
	if err := a.verify(s.Suite(), key, s.contextBytes); err != nil {
		return nil, err
	}
	return &QueuedProposal{
		Proposal: c.Proposal, Sender: c.Sender, AuthenticatedData: c.AuthenticatedData,
		ref: a.proposalRef(s.Suite()), epoch: c.Epoch,
	}, nil
}

// ProcessProposal authenticates a proposal that was sent on its own. Whether it
// is valid is decided when it is committed.
func (g *Group) ProcessProposal(msg []byte) (*QueuedProposal, error) {
	a, err := g.unprotect(msg)
	if err != nil {
		return nil, err
	}
	return g.queue(a)
}

// ProposeOptions says how a proposal is sent.
type ProposeOptions struct {
	WireFormat        WireFormat // 0: WirePublicMessage
	AuthenticatedData []byte
	Padding           func(int) int // as in SealOptions, for WirePrivateMessage
}

// Propose sends a proposal on its own: it returns the message, and the proposal
// as the receivers will queue it. For an Update use ProposeUpdate.
func (g *Group) Propose(rand io.Reader, p *Proposal, o ProposeOptions) ([]byte, *QueuedProposal, error) {
	if err := g.ready(); err != nil {
		return nil, nil, err
	}
	if err := p.complete(); err != nil {
		return nil, nil, err
	}
	if p.Type == ProposalUpdate || p.Type == ProposalExternalInit {
		return nil, nil, fmt.Errorf("%w: not sent by Propose", ErrInvalidProposal)
	}
	return g.propose(rand, p, o)
}

// ProposeUpdate sends an Update of the own leaf. Zero fields of p keep what is
// there. The QueuedProposal holds the new private key: whoever commits it,
// Process must be given it.
func (g *Group) ProposeUpdate(rand io.Reader, p LeafParams, o ProposeOptions) ([]byte, *QueuedProposal, error) {
	if err := g.ready(); err != nil {
		return nil, nil, err
	}
	leaf, priv, key, err := g.freshLeaf(rand, p)
	if err != nil {
		return nil, nil, err
	}
	leaf.Source = LeafFromUpdate
	if err := leaf.sign(rand, g.Suite(), key, g.context.GroupID, g.own); err != nil {
		return nil, nil, err
	}
	msg, q, err := g.propose(rand, &Proposal{Type: ProposalUpdate, Update: leaf}, o)
	if err != nil {
		return nil, nil, err
	}
	q.encryptionKey, q.signatureKey = priv, key
	return msg, q, nil
}

func (g *Group) propose(rand io.Reader, p *Proposal, o ProposeOptions) ([]byte, *QueuedProposal, error) {
	a := &authenticatedContent{content: FramedContent{
		Sender: g.sender(), ContentType: ContentProposal, Proposal: p, AuthenticatedData: o.AuthenticatedData,
	}}
	if err := g.signContent(rand, a, o.WireFormat); err != nil {
		return nil, nil, err
	}
	msg, err := g.protect(rand, a, o.Padding)
	if err != nil {
		return nil, nil, err
	}
	q := &QueuedProposal{
		Proposal: p, Sender: a.content.Sender, AuthenticatedData: o.AuthenticatedData,
		ref: a.proposalRef(g.Suite()), epoch: g.Epoch(),
	}
	return msg, q, nil
}
