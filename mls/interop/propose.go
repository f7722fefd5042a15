package interop

import (
	"context"
	"crypto/rand"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// extensions reads a list of extensions; it is never nil, because an empty list
// of group context extensions is one that removes all.
func extensions(list []*wire.Extension) mls.Extensions {
	e := make(mls.Extensions, 0, len(list))
	for _, x := range list {
		e = append(e, mls.Extension{Type: mls.ExtensionType(x.ExtensionType), Data: x.ExtensionData})
	}
	return e
}

// groupView is what a description is resolved against: a member's group, or what
// an outsider sees of it.
type groupView interface {
	GroupID() []byte
	Suite() mls.CipherSuite
}

// described makes the proposal of a description. find names the leaf of an
// identity. The nonce of a pre-shared key is drawn.
func described(d *wire.ProposalDescription, g groupView, find func([]byte) (mls.LeafIndex, error)) (*mls.Proposal, error) {
	switch string(d.ProposalType) {
	case "add":
		kp, err := mls.ParseKeyPackage(d.KeyPackage)
		if err != nil {
			return nil, err
		}
		return mls.ProposeAdd(kp), nil
	case "remove":
		l, err := find(d.RemovedID)
		if err != nil {
			return nil, err
		}
		return mls.ProposeRemove(l), nil
	case "externalPSK":
		return psk(g.Suite(), mls.PreSharedKeyID{Type: mls.PSKExternal, ID: d.PSKID})
	case "resumptionPSK":
		return psk(g.Suite(), mls.PreSharedKeyID{
			Type: mls.PSKResumption, Usage: mls.ResumptionApplication, Group: g.GroupID(), Epoch: d.EpochID,
		})
	case "groupContextExtensions":
		return mls.ProposeExtensions(extensions(d.Extensions)), nil
	case "reinit":
		suite, err := suite(d.CipherSuite)
		if err != nil {
			return nil, err
		}
		return mls.ProposeReInit(&mls.ReInit{
			GroupID: d.GroupID, Version: mls.MLS10, CipherSuite: suite, Extensions: extensions(d.Extensions),
		}), nil
	}
	return nil, status.Errorf(codes.InvalidArgument, "no proposal type %q", d.ProposalType)
}

func psk(suite mls.CipherSuite, id mls.PreSharedKeyID) (*mls.Proposal, error) {
	id.Nonce = make([]byte, suite.HashSize())
	if _, err := io.ReadFull(rand.Reader, id.Nonce); err != nil {
		return nil, err
	}
	return mls.ProposePSK(id), nil
}

// leaf finds a member by identity.
func (m *member) leaf(identity []byte) (mls.LeafIndex, error) {
	return leafOf(m.group.Members(), identity)
}

// propose answers a request for a proposal by a member.
func (s *Server) propose(state uint32, d *wire.ProposalDescription) (*wire.ProposalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(state)
	if err != nil {
		return nil, err
	}
	p, err := described(d, m.group, m.leaf)
	if err != nil {
		return nil, err
	}
	msg, err := m.propose(p)
	return &wire.ProposalResponse{Proposal: msg}, err
}

// AddProposal implements wire.Service.
func (s *Server) AddProposal(_ context.Context, q *wire.AddProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{ProposalType: []byte("add"), KeyPackage: q.KeyPackage})
}

// RemoveProposal implements wire.Service.
func (s *Server) RemoveProposal(_ context.Context, q *wire.RemoveProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{ProposalType: []byte("remove"), RemovedID: q.RemovedID})
}

// ExternalPSKProposal implements wire.Service.
func (s *Server) ExternalPSKProposal(_ context.Context, q *wire.ExternalPSKProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{ProposalType: []byte("externalPSK"), PSKID: q.PSKID})
}

// ResumptionPSKProposal implements wire.Service.
func (s *Server) ResumptionPSKProposal(_ context.Context, q *wire.ResumptionPSKProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{ProposalType: []byte("resumptionPSK"), EpochID: q.EpochID})
}

// GroupContextExtensionsProposal implements wire.Service.
func (s *Server) GroupContextExtensionsProposal(_ context.Context, q *wire.GroupContextExtensionsProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{ProposalType: []byte("groupContextExtensions"), Extensions: q.Extensions})
}

// ReInitProposal implements wire.Service.
func (s *Server) ReInitProposal(_ context.Context, q *wire.ReInitProposalRequest) (*wire.ProposalResponse, error) {
	return s.propose(q.StateID, &wire.ProposalDescription{
		ProposalType: []byte("reinit"), CipherSuite: q.CipherSuite, GroupID: q.GroupID, Extensions: q.Extensions,
	})
}

// UpdateProposal implements wire.Service.
func (s *Server) UpdateProposal(_ context.Context, q *wire.UpdateProposalRequest) (*wire.ProposalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	msg, queued, err := m.group.ProposeUpdate(rand.Reader, mls.LeafParams{}, mls.ProposeOptions{WireFormat: m.format()})
	if err != nil {
		return nil, err
	}
	m.own[string(msg)] = queued
	return &wire.ProposalResponse{Proposal: msg}, nil
}
