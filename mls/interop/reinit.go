package interop

import (
	"bytes"
	"context"
	"fmt"
	"maps"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// reinit is a member between a group that a ReInit ended and the next one.
type reinit struct {
	*member // of the old group
	state   uint32
	bundle  *mls.KeyPackageBundle
}

// ReInitCommit implements wire.Service: it is a Commit.
func (s *Server) ReInitCommit(ctx context.Context, q *wire.CommitRequest) (*wire.CommitResponse, error) {
	return s.Commit(ctx, q)
}

// HandlePendingReInitCommit implements wire.Service.
func (s *Server) HandlePendingReInitCommit(_ context.Context, q *wire.HandlePendingCommitRequest) (*wire.HandleReInitCommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.enterPending(q.StateID)
	if err != nil {
		return nil, err
	}
	return s.beginReInit(q.StateID, m)
}

// HandleReInitCommit implements wire.Service.
func (s *Server) HandleReInitCommit(_ context.Context, q *wire.HandleCommitRequest) (*wire.HandleReInitCommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.process(q)
	if err != nil {
		return nil, err
	}
	return s.beginReInit(q.StateID, m)
}

func (s *Server) beginReInit(state uint32, m *member) (*wire.HandleReInitCommitResponse, error) {
	r := m.group.ReInit()
	if r == nil {
		return nil, status.Error(codes.InvalidArgument, "the commit holds no ReInit")
	}
	if !r.CipherSuite.Supported() {
		return nil, status.Error(codes.Unimplemented, "the next group's cipher suite is not built")
	}
	own, _ := m.group.Member(m.group.OwnLeaf())
	kp, err := newKeyPackage(r.CipherSuite, own.Credential.Identity)
	if err != nil {
		return nil, err
	}
	id := put(s, &s.reinits, &reinit{m, state, kp})
	return &wire.HandleReInitCommitResponse{
		ReInitID: id, KeyPackage: kp.KeyPackage.Message(), EpochAuthenticator: m.group.EpochAuthenticator(),
	}, nil
}

// ReInitWelcome implements wire.Service.
func (s *Server) ReInitWelcome(_ context.Context, q *wire.ReInitWelcomeRequest) (*wire.CreateSubgroupResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := get(s.reinits, q.ReInitID, "reinit")
	if err != nil {
		return nil, err
	}
	r := old.group.ReInit()
	return s.found(old.member, mls.ResumptionReInit, subgroup{
		suite: r.CipherSuite, id: r.GroupID, extensions: r.Extensions, keyPackages: q.KeyPackage,
		forcePath: q.ForcePath, externalTree: q.ExternalTree,
	})
}

// HandleReInitWelcome implements wire.Service.
func (s *Server) HandleReInitWelcome(_ context.Context, q *wire.HandleReInitWelcomeRequest) (*wire.JoinGroupResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := get(s.reinits, q.ReInitID, "reinit")
	if err != nil {
		return nil, err
	}
	g, err := joinLinked(q.Welcome, old.bundle, q.RatchetTree, old.psks, old.judge)
	if err != nil {
		return nil, err
	}
	delete(s.reinits, q.ReInitID)
	id := put(s, &s.members, newMember(g, old.private, old.psks))
	return &wire.JoinGroupResponse{StateID: id, EpochAuthenticator: g.EpochAuthenticator()}, nil
}

// judge holds the new group against the ReInit and the old members (RFC 9420,
// section 11.2).
func (r *reinit) judge(id mls.PreSharedKeyID, g *mls.Group) error {
	want := r.group.ReInit()
	switch {
	case id.Usage != mls.ResumptionReInit || !bytes.Equal(id.Group, r.group.GroupID()) || id.Epoch != r.group.Epoch():
		return fmt.Errorf("%w: not the successor of this group", mls.ErrInvalidProposal)
	case g.Suite() != want.CipherSuite || !bytes.Equal(g.GroupID(), want.GroupID) ||
		!bytes.Equal(g.Extensions().Append(nil), want.Extensions.Append(nil)):
		return fmt.Errorf("%w: not the group that the ReInit describes", mls.ErrInvalidProposal)
	case !maps.Equal(identities(g), identities(r.group)):
		return fmt.Errorf("%w: not the members of the old group", mls.ErrInvalidProposal)
	}
	return nil
}
