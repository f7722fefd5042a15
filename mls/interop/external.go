package interop

import (
	"context"
	"crypto/rand"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// signer proposes from outside.
type signer struct {
	suite mls.CipherSuite
	key   mls.SignaturePrivateKey
}

// NewMemberAddProposal implements wire.Service.
func (s *Server) NewMemberAddProposal(_ context.Context, q *wire.NewMemberAddProposalRequest) (*wire.NewMemberAddProposalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := mls.ParseGroupInfo(q.GroupInfo)
	if err != nil {
		return nil, err
	}
	kp, err := newKeyPackage(info.Context.CipherSuite, q.Identity)
	if err != nil {
		return nil, err
	}
	msg, err := mls.ProposeToJoin(rand.Reader, info.Context.GroupID, info.Context.Epoch, kp, nil)
	if err != nil {
		return nil, err
	}
	return &wire.NewMemberAddProposalResponse{
		TransactionID: put(s, &s.joiners, &joiner{bundle: kp}), Proposal: msg,
		InitPriv: kp.InitKey, EncryptionPriv: kp.EncryptionKey, SignaturePriv: kp.SignatureKey.Bytes(),
	}, nil
}

// CreateExternalSigner implements wire.Service.
func (s *Server) CreateExternalSigner(_ context.Context, q *wire.CreateExternalSignerRequest) (*wire.CreateExternalSignerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	suite, err := suite(q.CipherSuite)
	if err != nil {
		return nil, err
	}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	// One ExternalSender, not the extension's list of them.
	one := mls.BasicCredential(q.Identity).Append(syntax.AppendOpaque(nil, key.Public()))
	return &wire.CreateExternalSignerResponse{SignerID: put(s, &s.signers, &signer{suite, key}), ExternalSender: one}, nil
}

// AddExternalSigner implements wire.Service.
func (s *Server) AddExternalSigner(_ context.Context, q *wire.AddExternalSignerRequest) (*wire.ProposalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	list, err := externalSenders(m.group.Extensions())
	if err != nil {
		return nil, err
	}
	more, err := mls.ParseExternalSenders(syntax.AppendOpaque(nil, q.ExternalSender))
	if err != nil {
		return nil, err
	}
	if len(more) != 1 {
		return nil, status.Error(codes.InvalidArgument, "not one external sender")
	}
	data := mls.AppendExternalSenders(nil, append(list, more...))
	msg, err := m.propose(mls.ProposeExtensions(m.group.Extensions().With(mls.ExtensionExternalSenders, data)))
	return &wire.ProposalResponse{Proposal: msg}, err
}

func externalSenders(e mls.Extensions) ([]mls.ExternalSender, error) {
	data, ok := e.Get(mls.ExtensionExternalSenders)
	if !ok {
		return nil, nil
	}
	return mls.ParseExternalSenders(data)
}

// ExternalSignerProposal implements wire.Service. The signer looks itself up in
// the group's list: the runner leaves signer_index at 0 whoever signs.
func (s *Server) ExternalSignerProposal(_ context.Context, q *wire.ExternalSignerProposalRequest) (*wire.ProposalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, err := get(s.signers, q.SignerID, "signer")
	if err != nil {
		return nil, err
	}
	if q.Description == nil {
		return nil, status.Error(codes.InvalidArgument, "no description")
	}
	g, err := mls.NewPublicGroup(q.GroupInfo, optional(q.RatchetTree), mls.ProcessOptions{Now: time.Now()})
	if err != nil {
		return nil, err
	}
	list, err := externalSenders(g.Extensions())
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if !e.SignatureKey.Equal(by.key.Public()) {
			continue
		}
		p, err := described(q.Description, g, func(identity []byte) (mls.LeafIndex, error) { return leafOf(g.Members(), identity) })
		if err != nil {
			return nil, err
		}
		msg, err := mls.ProposeExternally(rand.Reader, g.Suite(), g.GroupID(), g.Epoch(), uint32(i), by.key, p, nil)
		return &wire.ProposalResponse{Proposal: msg}, err
	}
	return nil, status.Error(codes.FailedPrecondition, "the group does not list this signer")
}
