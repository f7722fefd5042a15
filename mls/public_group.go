package mls

import (
	"bytes"
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// PublicGroup is one epoch of a group as a delivery service sees it, which knows
// the public handshake messages and no secret. Like a [Group] it is never
// changed by Process.
//
// A PublicGroup may be used by several goroutines at once.
//
// It checks signatures, leaf nodes, parent hashes, the proposal rules and the
// transcript. It cannot check membership tags, confirmation tags and whether the
// path secrets are encrypted rightly.
type PublicGroup struct {
	publicState
}

// NewPublicGroup begins to follow a group from a GroupInfo message. tree is the
// content of a ratchet_tree extension, if the GroupInfo has none. Of o the
// Validate, Policy, Now and Parallel fields are used.
func NewPublicGroup(groupInfo, tree []byte, o ProcessOptions) (*PublicGroup, error) {
	info, err := ParseGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	j := judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy}
	s, err := info.verifyAll(readBeside(info.Context.CipherSuite, tree), j)
	if err != nil {
		return nil, err
	}
	return &PublicGroup{*s}, nil
}

// StagedPublicCommit is a commit that a PublicGroup has verified.
type StagedPublicCommit struct {
	CommitSummary
	group *PublicGroup
}

// Group returns the epoch that the commit leads to.
func (s *StagedPublicCommit) Group() *PublicGroup { return s.group }

// public parses a PublicMessage of this epoch.
func (g *PublicGroup) public(msg []byte) (*authenticatedContent, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	if m.Public == nil {
		return nil, fmt.Errorf("%w: not a public message", ErrWrongContent)
	}
	if err := g.checkFrame(m.Public.Content.GroupID, m.Public.Content.Epoch); err != nil {
		return nil, err
	}
	return m.Public.authenticated(), nil
}

// ProcessProposal authenticates a proposal that was sent on its own.
func (g *PublicGroup) ProcessProposal(msg []byte) (*QueuedProposal, error) {
	a, err := g.public(msg)
	if err != nil {
		return nil, err
	}
	return g.queue(a)
}

// Process verifies a commit and returns the epoch it leads to. The PSK field of
// o is not used.
func (g *PublicGroup) Process(msg []byte, o ProcessOptions) (*StagedPublicCommit, error) {
	a, err := g.public(msg)
	if err != nil {
		return nil, err
	}
	if a.content.ContentType != ContentCommit {
		return nil, fmt.Errorf("%w: not a commit", ErrWrongContent)
	}
	j := judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy, later: o.Later}
	t, _, provisional, err := g.advance(a, o.Queued, j)
	if err != nil {
		return nil, err
	}
	next := &PublicGroup{t.finish(provisional, a).complete(a.auth.confirmationTag)}
	return &StagedPublicCommit{CommitSummary: t.summary, group: next}, nil
}

// CheckGroupInfo verifies that a GroupInfo message describes this very epoch,
// has external_pub, and is signed by a member.
func (g *PublicGroup) CheckGroupInfo(groupInfo []byte) error {
	if err := g.ready(); err != nil {
		return err
	}
	info, err := ParseGroupInfo(groupInfo)
	if err != nil {
		return err
	}
	if !bytes.Equal(info.Context.GroupID, g.context.GroupID) {
		return ErrWrongGroup
	}
	if !bytes.Equal(info.Context.Append(nil), g.contextBytes) || !bytes.Equal(info.ConfirmationTag, g.confirmationTag) {
		return fmt.Errorf("%w: group info", ErrWrongEpoch)
	}
	if data, ok := info.Extensions.Get(ExtensionRatchetTree); ok && !bytes.Equal(data, g.Tree()) {
		return ErrTreeHash
	}
	pub, err := info.externalPub()
	if err != nil {
		return err
	}
	if err := g.Suite().CheckHPKEKey(pub); err != nil {
		return err
	}
	return info.verify(g.tree)
}

// MarshalBinary encodes the epoch. It holds no secret.
func (g *PublicGroup) MarshalBinary() ([]byte, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	return g.appendState(syntax.AppendString(nil, statePublic)), nil
}

// LoadPublicGroup reads what MarshalBinary wrote. It holds the tree against the
// tree hash, but verifies no signature again.
func LoadPublicGroup(state []byte) (*PublicGroup, error) {
	r := syntax.NewReader(bytes.Clone(state))
	if r.String() != statePublic {
		return nil, fmt.Errorf("%w: public group state", ErrMalformed)
	}
	s, err := readPublicState(r)
	if err != nil {
		return nil, err
	}
	if err := r.Done(); err != nil {
		return nil, malformed("public group state", err)
	}
	if !bytes.Equal(s.tree.rootHash(), s.context.TreeHash) {
		return nil, ErrTreeHash
	}
	return &PublicGroup{*s}, nil
}

// Public returns the public view of a member's group; of a zero Group a zero one.
func (g *Group) Public() *PublicGroup {
	if g == nil || g.tree == nil {
		return &PublicGroup{}
	}
	s := g.publicState
	// From here on the tree is used by several goroutines, perhaps: what it
	// fills in when it is first needed is its own, or there already.
	tree := *s.tree
	tree.rootHash()
	s.tree = &tree
	return &PublicGroup{s}
}
