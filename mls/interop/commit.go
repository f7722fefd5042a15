package interop

import (
	"context"
	"crypto/rand"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// commitOptions puts a described proposal into a commit by value.
func (m *member) commitOptions(q *wire.CommitRequest) (mls.CommitOptions, error) {
	o := mls.CommitOptions{
		ForcePath: q.ForcePath, WireFormat: m.format(), WelcomeTree: !q.ExternalTree,
		PSK: m.psks.find, Now: time.Now(),
	}
	var err error
	if o.Queued, err = m.queue(q.ByReference); err != nil {
		return o, err
	}
	for _, d := range q.ByValue {
		p, err := described(d, m.group, m.leaf)
		if err != nil {
			return o, err
		}
		switch p.Type {
		case mls.ProposalAdd:
			o.Add = append(o.Add, p.Add)
		case mls.ProposalRemove:
			o.Remove = append(o.Remove, p.Remove)
		case mls.ProposalPSK:
			secret, ok := m.psks.find(p.PSK)
			if !ok {
				return o, mls.ErrUnknownPSK
			}
			o.PSKs = append(o.PSKs, mls.PSK{ID: p.PSK, Secret: secret})
		case mls.ProposalGroupContextExtensions:
			if o.Extensions != nil {
				return o, mls.ErrProposalList
			}
			o.Extensions = p.Extensions
		case mls.ProposalReInit:
			if o.ReInit != nil {
				return o, mls.ErrProposalList
			}
			o.ReInit = p.ReInit
		}
	}
	return o, nil
}

// Commit implements wire.Service. The commit is pending until
// HandlePendingCommit.
func (s *Server) Commit(_ context.Context, q *wire.CommitRequest) (*wire.CommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	o, err := m.commitOptions(q)
	if err != nil {
		return nil, err
	}
	staged, err := m.group.Commit(rand.Reader, o)
	if err != nil {
		return nil, err
	}
	m.pending = staged
	return &wire.CommitResponse{
		Commit: staged.Message, Welcome: staged.Welcome, RatchetTree: treeIf(q.ExternalTree, staged.Group()),
	}, nil
}

// HandlePendingCommit implements wire.Service.
func (s *Server) HandlePendingCommit(_ context.Context, q *wire.HandlePendingCommitRequest) (*wire.HandleCommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.enterPending(q.StateID)
	if err != nil {
		return nil, err
	}
	return &wire.HandleCommitResponse{StateID: q.StateID, EpochAuthenticator: m.group.EpochAuthenticator()}, nil
}

func (s *Server) enterPending(id uint32) (*member, error) {
	m, err := s.member(id)
	if err != nil {
		return nil, err
	}
	if m.pending == nil {
		return nil, status.Error(codes.FailedPrecondition, "no commit is pending")
	}
	return m, m.enter(m.pending)
}

// HandleCommit implements wire.Service.
func (s *Server) HandleCommit(_ context.Context, q *wire.HandleCommitRequest) (*wire.HandleCommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.process(q)
	if err != nil {
		return nil, err
	}
	return &wire.HandleCommitResponse{StateID: q.StateID, EpochAuthenticator: m.group.EpochAuthenticator()}, nil
}

func (s *Server) process(q *wire.HandleCommitRequest) (*member, error) {
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	queued, err := m.queue(q.Proposal)
	if err != nil {
		return nil, err
	}
	staged, err := m.group.Process(q.Commit, mls.ProcessOptions{Queued: queued, PSK: m.psks.find, Now: time.Now()})
	if err != nil {
		return nil, err
	}
	return m, m.enter(staged)
}
