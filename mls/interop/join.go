package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// optional turns proto3's absent bytes into nil.
func optional(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// JoinGroup implements wire.Service.
func (s *Server) JoinGroup(_ context.Context, q *wire.JoinGroupRequest) (*wire.JoinGroupResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := get(s.joiners, q.TransactionID, "transaction")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(j.bundle.KeyPackage.Leaf.Credential.Identity, q.Identity) {
		return nil, status.Error(codes.InvalidArgument, "the key package is of another identity")
	}
	g, err := mls.JoinWelcome(q.Welcome, j.bundle, mls.JoinOptions{
		Tree: optional(q.RatchetTree), PSK: j.psks.find, Now: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	delete(s.joiners, q.TransactionID)
	id := put(s, &s.members, newMember(g, q.EncryptHandshake, j.psks))
	return &wire.JoinGroupResponse{StateID: id, EpochAuthenticator: g.EpochAuthenticator()}, nil
}

// ExternalJoin implements wire.Service.
func (s *Server) ExternalJoin(_ context.Context, q *wire.ExternalJoinRequest) (*wire.ExternalJoinResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, err := mls.NewPublicGroup(q.GroupInfo, optional(q.RatchetTree), mls.ProcessOptions{Now: time.Now()})
	if err != nil {
		return nil, err
	}
	leaf, err := newLeaf(before.Suite(), q.Identity)
	if err != nil {
		return nil, err
	}
	o := mls.ExternalOptions{Tree: optional(q.RatchetTree), Leaf: leaf, Now: time.Now()}
	if q.RemovePrior {
		prior, err := leafOf(before.Members(), q.Identity)
		if err != nil {
			return nil, err
		}
		o.Remove = &prior
	}
	psks := keyring{}.clone()
	for _, p := range q.PSKs {
		psks.external[string(p.PSKID)] = p.PSKSecret
		o.PSKs = append(o.PSKs, mls.ExternalPSK(p.PSKID, p.PSKSecret))
	}
	staged, err := mls.JoinExternal(rand.Reader, q.GroupInfo, o)
	if err != nil {
		return nil, err
	}
	g := staged.Group()
	id := put(s, &s.members, newMember(g, q.EncryptHandshake, psks))
	return &wire.ExternalJoinResponse{StateID: id, Commit: staged.Message, EpochAuthenticator: g.EpochAuthenticator()}, nil
}

// StorePSK implements wire.Service.
func (s *Server) StorePSK(_ context.Context, q *wire.StorePSKRequest) (*wire.StorePSKResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.joiners[q.StateOrTransactionID]; j != nil {
		j.psks = j.psks.clone()
		j.psks.external[string(q.PSKID)] = q.PSKSecret
		return &wire.StorePSKResponse{}, nil
	}
	m, err := s.member(q.StateOrTransactionID)
	if err != nil {
		return nil, err
	}
	m.psks.external[string(q.PSKID)] = q.PSKSecret
	return &wire.StorePSKResponse{}, nil
}
