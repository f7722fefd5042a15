package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// subgroup describes a group that follows from another one.
type subgroup struct {
	suite                   mls.CipherSuite
	id                      []byte
	extensions              mls.Extensions
	keyPackages             [][]byte
	forcePath, externalTree bool
}

// found begins a group that is linked to an old one (RFC 9420, sections 11.2 and
// 11.3): its first commit injects the old group's resumption PSK.
func (s *Server) found(old *member, usage mls.ResumptionUsage, n subgroup) (*wire.CreateSubgroupResponse, error) {
	own, _ := old.group.Member(old.group.OwnLeaf())
	leaf, err := newLeaf(n.suite, own.Credential.Identity)
	if err != nil {
		return nil, err
	}
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: n.suite, GroupID: n.id, Leaf: leaf, Lifetime: lifetime(), Extensions: n.extensions,
	})
	if err != nil {
		return nil, err
	}
	o := mls.CommitOptions{
		PSKs:      []mls.PSK{{ID: old.group.ResumptionPSKID(usage), Secret: old.group.ResumptionPSK()}},
		ForcePath: n.forcePath, WelcomeTree: !n.externalTree, Now: time.Now(),
	}
	for _, data := range n.keyPackages {
		kp, err := mls.ParseKeyPackage(data)
		if err != nil {
			return nil, err
		}
		o.Add = append(o.Add, kp)
	}
	staged, err := g.Commit(rand.Reader, o)
	if err != nil {
		return nil, err
	}
	g = staged.Group()
	return &wire.CreateSubgroupResponse{
		StateID: put(s, &s.members, newMember(g, old.private, old.psks)), Welcome: staged.Welcome,
		RatchetTree: treeIf(n.externalTree, g), EpochAuthenticator: g.EpochAuthenticator(),
	}, nil
}

// joinLinked joins a group that must be linked to an old one. Package mls asks
// judge about a link that is there; that there is one is the caller's to demand.
func joinLinked(welcome []byte, kp *mls.KeyPackageBundle, tree []byte, psks keyring,
	judge func(mls.PreSharedKeyID, *mls.Group) error) (*mls.Group, error) {
	linked := false
	g, err := mls.JoinWelcome(welcome, kp, mls.JoinOptions{
		Tree: optional(tree), PSK: psks.find, Now: time.Now(),
		Founding: func(id mls.PreSharedKeyID, g *mls.Group) error {
			linked = true
			return judge(id, g)
		},
	})
	if err == nil && !linked {
		return nil, fmt.Errorf("%w: not linked to the old group", mls.ErrInvalidProposal)
	}
	return g, err
}

// CreateBranch implements wire.Service.
func (s *Server) CreateBranch(_ context.Context, q *wire.CreateBranchRequest) (*wire.CreateSubgroupResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	return s.found(m, mls.ResumptionBranch, subgroup{
		suite: m.group.Suite(), id: q.GroupID, extensions: extensions(q.Extensions), keyPackages: q.KeyPackages,
		forcePath: q.ForcePath, externalTree: q.ExternalTree,
	})
}

// HandleBranch implements wire.Service.
func (s *Server) HandleBranch(_ context.Context, q *wire.HandleBranchRequest) (*wire.HandleBranchResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	j, err := get(s.joiners, q.TransactionID, "transaction")
	if err != nil {
		return nil, err
	}
	g, err := joinLinked(q.Welcome, j.bundle, q.RatchetTree, m.psks, m.judgeBranch)
	if err != nil {
		return nil, err
	}
	delete(s.joiners, q.TransactionID)
	id := put(s, &s.members, newMember(g, m.private, m.psks))
	return &wire.HandleBranchResponse{StateID: id, EpochAuthenticator: g.EpochAuthenticator()}, nil
}

// judgeBranch holds a branch against the group it says it comes from (RFC 9420,
// section 11.3): the same suite, and nobody in it who is not in the old one.
func (m *member) judgeBranch(id mls.PreSharedKeyID, g *mls.Group) error {
	if id.Usage != mls.ResumptionBranch || !bytes.Equal(id.Group, m.group.GroupID()) {
		return fmt.Errorf("%w: not a branch of this group", mls.ErrInvalidProposal)
	}
	old, err := m.at(id.Epoch)
	if err != nil {
		return err
	}
	if g.Suite() != old.Suite() {
		return fmt.Errorf("%w: a branch with another cipher suite", mls.ErrInvalidProposal)
	}
	there := identities(old)
	for who, n := range identities(g) {
		if n > there[who] {
			return fmt.Errorf("%w: a branch with a stranger", mls.ErrInvalidProposal)
		}
	}
	return nil
}
