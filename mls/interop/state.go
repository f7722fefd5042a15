package interop

import (
	"context"
	"crypto/rand"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// GroupInfo implements wire.Service.
func (s *Server) GroupInfo(_ context.Context, q *wire.GroupInfoRequest) (*wire.GroupInfoResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	info, err := m.group.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: !q.ExternalTree})
	if err != nil {
		return nil, err
	}
	return &wire.GroupInfoResponse{GroupInfo: info, RatchetTree: treeIf(q.ExternalTree, m.group)}, nil
}

// treeIf returns the ratchet tree if it travels beside the message.
func treeIf(external bool, g *mls.Group) []byte {
	if external {
		return g.Tree()
	}
	return nil
}

// StateAuth implements wire.Service.
func (s *Server) StateAuth(_ context.Context, q *wire.StateAuthRequest) (*wire.StateAuthResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	return &wire.StateAuthResponse{StateAuthSecret: m.group.EpochAuthenticator()}, nil
}

// Export implements wire.Service.
func (s *Server) Export(_ context.Context, q *wire.ExportRequest) (*wire.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	secret, err := m.group.Export(q.Label, q.Context, int(q.KeyLength))
	if err != nil {
		return nil, err
	}
	return &wire.ExportResponse{ExportedSecret: secret}, nil
}

// Protect implements wire.Service.
func (s *Server) Protect(_ context.Context, q *wire.ProtectRequest) (*wire.ProtectResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	msg, err := m.group.Seal(rand.Reader, mls.SealOptions{AAD: q.AuthenticatedData}, q.Plaintext)
	if err != nil {
		return nil, err
	}
	return &wire.ProtectResponse{Ciphertext: msg}, nil
}

// Unprotect implements wire.Service.
func (s *Server) Unprotect(_ context.Context, q *wire.UnprotectRequest) (*wire.UnprotectResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.member(q.StateID)
	if err != nil {
		return nil, err
	}
	h, err := mls.ParseHeader(q.Ciphertext)
	if err != nil {
		return nil, err
	}
	g, err := m.at(h.Epoch)
	if err != nil {
		return nil, err
	}
	app, err := g.Open(q.Ciphertext)
	if err != nil {
		return nil, err
	}
	return &wire.UnprotectResponse{AuthenticatedData: app.AAD, Plaintext: app.Data}, nil
}
