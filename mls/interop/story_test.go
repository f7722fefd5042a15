package interop

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// dial starts a Server on the loopback interface and connects to it.
func dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := wire.NewServer(&Server{})
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		g.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return conn
}

// story tells one scenario over gRPC: it does what the official runner does, and
// at the end holds the members' states against each other.
type story struct {
	*testing.T
	conn     *grpc.ClientConn
	suite    uint32
	private  bool
	states   map[string]uint32
	joining  map[string]uint32 // transactions
	signers  map[string]uint32
	groupID  []byte
	sequence int
	called   map[string]bool // methods
}

// call calls a method; the scenario cannot go on without its answer.
func call[R, Q any](s *story, method string, q *Q) *R {
	s.Helper()
	s.called[method] = true
	r, err := wire.Call[R](context.Background(), s.conn, method, q)
	if err != nil {
		s.Fatalf("%s: %v", method, err)
	}
	return r
}

func (s *story) same(what string, got, want []byte) {
	s.Helper()
	if len(want) == 0 || !bytes.Equal(got, want) {
		s.Fatalf("%s differs", what)
	}
}

// name makes a fresh name.
func (s *story) name(prefix string) []byte {
	s.sequence++
	return fmt.Appendf(nil, "%s-%d", prefix, s.sequence)
}

// create begins a group and adds members.
func (s *story) create(creator string, members ...string) {
	s.Helper()
	s.groupID = s.name("group")
	s.states[creator] = call[wire.CreateGroupResponse](s, "CreateGroup", &wire.CreateGroupRequest{
		GroupID: s.groupID, CipherSuite: s.suite, EncryptHandshake: s.private, Identity: []byte(creator),
	}).StateID
	if len(members) == 0 {
		return
	}
	c := commit{joiners: members}
	for _, m := range members {
		c.value = append(c.value, adding(s.keyPackage(m)))
	}
	s.commit(creator, c)
}

func (s *story) keyPackage(who string) []byte {
	s.Helper()
	r := call[wire.CreateKeyPackageResponse](s, "CreateKeyPackage", &wire.CreateKeyPackageRequest{
		CipherSuite: s.suite, Identity: []byte(who),
	})
	if len(r.InitPriv) == 0 || len(r.EncryptionPriv) == 0 || len(r.SignaturePriv) == 0 {
		s.Fatal("a key package without its private keys")
	}
	s.joining[who] = r.TransactionID
	return r.KeyPackage
}

// commit is a commit, those who process it and those who join by it.
type commit struct {
	ref          [][]byte
	value        []*wire.ProposalDescription
	members      []string
	joiners      []string
	path         bool
	externalTree bool
}

func (s *story) commit(by string, c commit) {
	s.Helper()
	staged := call[wire.CommitResponse](s, "Commit", &wire.CommitRequest{
		StateID: s.states[by], ByReference: c.ref, ByValue: c.value, ForcePath: c.path, ExternalTree: c.externalTree,
	})
	if (len(staged.RatchetTree) > 0) != c.externalTree {
		s.Fatal("the tree travels where it was not asked to")
	}
	done := call[wire.HandleCommitResponse](s, "HandlePendingCommit", &wire.HandlePendingCommitRequest{StateID: s.states[by]})
	s.states[by] = done.StateID
	s.handle(c.members, c.ref, staged.Commit, done.EpochAuthenticator)
	for _, m := range c.joiners {
		r := call[wire.JoinGroupResponse](s, "JoinGroup", &wire.JoinGroupRequest{
			TransactionID: s.joining[m], Welcome: staged.Welcome, EncryptHandshake: s.private,
			Identity: []byte(m), RatchetTree: staged.RatchetTree,
		})
		s.same("authenticator of "+m, r.EpochAuthenticator, done.EpochAuthenticator)
		s.states[m] = r.StateID
	}
}

// handle lets members process a commit.
func (s *story) handle(members []string, ref [][]byte, commit, authenticator []byte) {
	s.Helper()
	for _, m := range members {
		r := call[wire.HandleCommitResponse](s, "HandleCommit", &wire.HandleCommitRequest{
			StateID: s.states[m], Proposal: ref, Commit: commit,
		})
		s.same("authenticator of "+m, r.EpochAuthenticator, authenticator)
		s.states[m] = r.StateID
	}
}

// agree holds the states of all members against each other: the authenticator,
// an exported secret, and a message of each to all others.
func (s *story) agree(members ...string) {
	s.Helper()
	auth := call[wire.StateAuthResponse](s, "StateAuth", &wire.StateAuthRequest{StateID: s.states[members[0]]})
	export := func(m string) []byte {
		return call[wire.ExportResponse](s, "Export", &wire.ExportRequest{
			StateID: s.states[m], Label: "label", Context: []byte("context"), KeyLength: 40,
		}).ExportedSecret
	}
	secret := export(members[0])
	for _, m := range members {
		got := call[wire.StateAuthResponse](s, "StateAuth", &wire.StateAuthRequest{StateID: s.states[m]})
		s.same("authenticator of "+m, got.StateAuthSecret, auth.StateAuthSecret)
		s.same("exported secret of "+m, export(m), secret)
		sealed := s.protect(m, "from "+m)
		for _, o := range members {
			if o != m {
				s.unprotect(o, sealed, "from "+m)
			}
		}
	}
}

func (s *story) protect(by, text string) []byte {
	s.Helper()
	return call[wire.ProtectResponse](s, "Protect", &wire.ProtectRequest{
		StateID: s.states[by], AuthenticatedData: []byte("about " + text), Plaintext: []byte(text),
	}).Ciphertext
}

func (s *story) unprotect(by string, sealed []byte, text string) {
	s.Helper()
	r := call[wire.UnprotectResponse](s, "Unprotect", &wire.UnprotectRequest{StateID: s.states[by], Ciphertext: sealed})
	s.same("text", r.Plaintext, []byte(text))
	s.same("authenticated data", r.AuthenticatedData, []byte("about "+text))
}

// free gives all states up.
func (s *story) free() {
	s.Helper()
	for _, who := range slices.Sorted(maps.Keys(s.states)) {
		call[wire.FreeResponse](s, "Free", &wire.FreeRequest{StateID: s.states[who]})
	}
}
