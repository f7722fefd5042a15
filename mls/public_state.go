package mls

import (
	"iter"
	"slices"
)

// publicState is what everyone who follows the public messages of a group knows
// of one epoch. It is never changed.
type publicState struct {
	context         GroupContext
	contextBytes    []byte // context, serialised
	tree            *ratchetTree
	interim         []byte // interim transcript hash
	confirmationTag []byte
	reInit          *ReInit // the group was ended by this proposal
}

func newPublicState(c GroupContext, t *ratchetTree, confirmationTag []byte) publicState {
	return publicState{
		context:         c,
		contextBytes:    c.Append(nil),
		tree:            t,
		interim:         interimHash(c.CipherSuite, c.ConfirmedTranscriptHash, confirmationTag),
		confirmationTag: confirmationTag,
	}
}

// Context returns the GroupContext. Its slices must not be changed.
func (s *publicState) Context() GroupContext { return s.context }

// ContextBytes returns the serialised GroupContext, which must not be changed.
func (s *publicState) ContextBytes() []byte { return s.contextBytes }

// Suite returns the cipher suite.
func (s *publicState) Suite() CipherSuite { return s.context.CipherSuite }

// GroupID returns the group's identifier.
func (s *publicState) GroupID() []byte { return s.context.GroupID }

// Epoch returns the number of the epoch.
func (s *publicState) Epoch() uint64 { return s.context.Epoch }

// Extensions returns the group context extensions.
func (s *publicState) Extensions() Extensions { return slices.Clone(s.context.Extensions) }

// ConfirmationTag returns the tag of the commit that began the epoch.
func (s *publicState) ConfirmationTag() []byte { return s.confirmationTag }

// Members iterates over the members from the left. Leaves must not be changed.
func (s *publicState) Members() iter.Seq2[LeafIndex, *LeafNode] {
	if s.tree == nil {
		return func(func(LeafIndex, *LeafNode) bool) {}
	}
	return s.tree.members
}

// MemberCount returns the number of members.
func (s *publicState) MemberCount() int {
	if s == nil || s.tree == nil {
		return 0
	}
	return int(s.tree.top.members)
}

// Member returns the leaf node at l, and whether there is one.
func (s *publicState) Member(l LeafIndex) (*LeafNode, bool) {
	if s.tree == nil {
		return nil, false
	}
	leaf := s.tree.leaf(l)
	return leaf, leaf != nil
}

// LeafCount returns the number of leaves of the full tree, blank ones included:
// a power of two, and the shape of the secret tree.
func (s *publicState) LeafCount() uint32 {
	if s.tree == nil {
		return 0
	}
	return s.tree.leaves()
}

// Tree returns the content of a ratchet_tree extension for this epoch.
func (s *publicState) Tree() []byte {
	if s.tree == nil {
		return nil
	}
	return s.tree.append(nil)
}

// ReInit returns the ReInit proposal that ended the group, nil if there is none.
func (s *publicState) ReInit() *ReInit { return s.reInit }
