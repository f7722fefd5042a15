// Package interop lets package mls be tested against other implementations of
// RFC 9420: Server is the client of the official harness, which plays any number
// of members at the command of a test runner.
//
// It is a test tool. It keeps everything in memory, hands out private keys
// when the runner asks for them, and accepts any credential, because
// the harness has no authentication service.
package interop

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// pastEpochs is for how many epochs a member can still open messages of an
// earlier one.
const pastEpochs = 4

// Server implements wire.Service with package mls. Its zero value is ready.
type Server struct {
	mu   sync.Mutex
	last uint32
	// States, transactions, ReInits and signers, under numbers of one space,
	// because StorePSK does not say which of the first two it means.
	members map[uint32]*member
	joiners map[uint32]*joiner
	reinits map[uint32]*reinit
	signers map[uint32]*signer
}

var _ wire.Service = (*Server)(nil)

// joiner is a key package on its way into a group.
type joiner struct {
	bundle *mls.KeyPackageBundle
	psks   keyring
}

func put[T any](s *Server, table *map[uint32]*T, v *T) uint32 {
	if *table == nil {
		*table = map[uint32]*T{}
	}
	s.last++
	(*table)[s.last] = v
	return s.last
}

func get[T any](table map[uint32]*T, id uint32, what string) (*T, error) {
	if v := table[id]; v != nil {
		return v, nil
	}
	return nil, status.Errorf(codes.NotFound, "no %s %d", what, id)
}

func (s *Server) member(id uint32) (*member, error) { return get(s.members, id, "state") }

// suite refuses a number that is no suite of package mls.
func suite(n uint32) (mls.CipherSuite, error) {
	if n > 1<<16-1 || !mls.CipherSuite(n).Supported() {
		return 0, status.Errorf(codes.InvalidArgument, "cipher suite %d is not built", n)
	}
	return mls.CipherSuite(n), nil
}

// newLeaf draws a signature key and describes a leaf with a basic credential.
func newLeaf(suite mls.CipherSuite, identity []byte) (mls.LeafParams, error) {
	key, err := suite.GenerateSignatureKey(rand.Reader)
	return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity)}, err
}

// lifetime is that of a leaf made now.
func lifetime() mls.Lifetime {
	now := time.Now()
	return mls.Lifetime{NotBefore: uint64(now.Add(-time.Hour).Unix()), NotAfter: uint64(now.Add(84 * 24 * time.Hour).Unix())}
}

// newKeyPackage makes a key package for an identity.
func newKeyPackage(suite mls.CipherSuite, identity []byte) (*mls.KeyPackageBundle, error) {
	leaf, err := newLeaf(suite, identity)
	if err != nil {
		return nil, err
	}
	return mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: suite, Leaf: leaf, Lifetime: lifetime()})
}

// Name implements wire.Service.
func (s *Server) Name(context.Context, *wire.NameRequest) (*wire.NameResponse, error) {
	return &wire.NameResponse{Name: "coffer-mls"}, nil
}

// SupportedCiphersuites implements wire.Service.
func (s *Server) SupportedCiphersuites(context.Context, *wire.SupportedCiphersuitesRequest) (*wire.SupportedCiphersuitesResponse, error) {
	resp := &wire.SupportedCiphersuitesResponse{}
	for _, suite := range mls.SupportedSuites() {
		resp.Ciphersuites = append(resp.Ciphersuites, uint32(suite))
	}
	return resp, nil
}

// CreateGroup implements wire.Service.
func (s *Server) CreateGroup(_ context.Context, q *wire.CreateGroupRequest) (*wire.CreateGroupResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	suite, err := suite(q.CipherSuite)
	if err != nil {
		return nil, err
	}
	leaf, err := newLeaf(suite, q.Identity)
	if err != nil {
		return nil, err
	}
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{Suite: suite, GroupID: q.GroupID, Leaf: leaf, Lifetime: lifetime()})
	if err != nil {
		return nil, err
	}
	return &wire.CreateGroupResponse{StateID: put(s, &s.members, newMember(g, q.EncryptHandshake, keyring{}))}, nil
}

// CreateKeyPackage implements wire.Service.
func (s *Server) CreateKeyPackage(_ context.Context, q *wire.CreateKeyPackageRequest) (*wire.CreateKeyPackageResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	suite, err := suite(q.CipherSuite)
	if err != nil {
		return nil, err
	}
	kp, err := newKeyPackage(suite, q.Identity)
	if err != nil {
		return nil, err
	}
	return &wire.CreateKeyPackageResponse{
		TransactionID: put(s, &s.joiners, &joiner{bundle: kp}), KeyPackage: kp.KeyPackage.Message(),
		InitPriv: kp.InitKey, EncryptionPriv: kp.EncryptionKey, SignaturePriv: kp.SignatureKey.Bytes(),
	}, nil
}

// Free implements wire.Service.
func (s *Server) Free(_ context.Context, q *wire.FreeRequest) (*wire.FreeResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.member(q.StateID); err != nil {
		return nil, err
	}
	delete(s.members, q.StateID)
	return &wire.FreeResponse{}, nil
}
