package mls

// LeafChange is a leaf that a commit changed.
type LeafChange struct {
	Index LeafIndex
	Leaf  *LeafNode // nil if it was removed
	Old   *LeafNode // nil if it was added
}

// CommitSummary says what a commit does.
type CommitSummary struct {
	// Epoch is the number of the epoch that begins.
	Epoch uint64
	// Committer is the committer's leaf in the new epoch.
	Committer LeafIndex
	// External is set for an external commit: the committer is new, and
	// stands in Added too.
	External bool
	// Added, Removed and Updated are the leaves changed; the committer's own
	// new leaf is the last of Updated.
	Added, Removed, Updated []LeafChange
	// KeyPackages are those of the Adds, in order.
	KeyPackages []*KeyPackage
	// PSKs are the pre-shared keys injected, in order.
	PSKs []PreSharedKeyID
	// Custom are the proposals of the application's own types, in order.
	Custom []CustomProposal
	// ContextChanged is set if the group context extensions were replaced.
	ContextChanged bool
	// ReInit is set if the group ended.
	ReInit            *ReInit
	AuthenticatedData []byte
}

// StagedCommit is a commit that was created or processed, and the epoch it leads
// to. Nothing has happened until the caller replaces its Group by Group().
type StagedCommit struct {
	CommitSummary
	// Message is the commit as an MLSMessage.
	Message []byte
	// Welcome is an MLSMessage for all members added; nil if there are none,
	// or if the commit is another's.
	Welcome []byte
	// GroupInfo is an MLSMessage about the new epoch, signed by the committer,
	// with external_pub; nil if the commit is another's.
	GroupInfo []byte

	group *Group
}

// Group returns the next epoch's group; nil if the commit removes this member.
func (s *StagedCommit) Group() *Group { return s.group }

// SelfRemoved reports whether the commit removes this member.
func (s *StagedCommit) SelfRemoved() bool { return s.group == nil }
