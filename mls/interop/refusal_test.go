package interop

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

const suite1 = uint32(mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519)

func must[R any](r R, err error) func(testing.TB) R {
	return func(t testing.TB) R {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// pair is a server with a group of alice and bob.
func pair(t *testing.T) (s *Server, alice, bob uint32) {
	t.Helper()
	s = &Server{}
	ctx := context.Background()
	alice = must(s.CreateGroup(ctx, &wire.CreateGroupRequest{GroupID: []byte("g"), CipherSuite: suite1, Identity: []byte("alice")}))(t).StateID
	kp := keyPackage(t, s, "bob")
	w := must(s.Commit(ctx, &wire.CommitRequest{StateID: alice, ByValue: []*wire.ProposalDescription{adding(kp.KeyPackage)}}))(t)
	must(s.HandlePendingCommit(ctx, &wire.HandlePendingCommitRequest{StateID: alice}))(t)
	bob = must(s.JoinGroup(ctx, &wire.JoinGroupRequest{TransactionID: kp.TransactionID, Welcome: w.Welcome, Identity: []byte("bob")}))(t).StateID
	return s, alice, bob
}

func keyPackage(t *testing.T, s *Server, who string) *wire.CreateKeyPackageResponse {
	t.Helper()
	return must(s.CreateKeyPackage(context.Background(), &wire.CreateKeyPackageRequest{CipherSuite: suite1, Identity: []byte(who)}))(t)
}

// TestBranchRefused: bob does not follow alice into a branch with a stranger, nor
// into one from another group.
func TestBranchRefused(t *testing.T) {
	ctx := context.Background()
	s, alice, bob := pair(t)
	for _, c := range []struct {
		name      string
		state     uint32
		strangers []string
		want      error
	}{
		{"right", alice, nil, nil},
		{"with a stranger", alice, []string{"mallory"}, mls.ErrInvalidProposal},
		{"with a member twice", alice, []string{"alice"}, mls.ErrInvalidProposal},
	} {
		t.Run(c.name, func(t *testing.T) {
			kp := keyPackage(t, s, "bob")
			q := &wire.CreateBranchRequest{StateID: c.state, GroupID: []byte("branch"), KeyPackages: [][]byte{kp.KeyPackage}}
			for _, who := range c.strangers {
				q.KeyPackages = append(q.KeyPackages, keyPackage(t, s, who).KeyPackage)
			}
			w := must(s.CreateBranch(ctx, q))(t)
			_, err := s.HandleBranch(ctx, &wire.HandleBranchRequest{StateID: bob, TransactionID: kp.TransactionID, Welcome: w.Welcome})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	// The same key package as an ordinary member: the Welcome is a branch's.
	kp := keyPackage(t, s, "bob")
	w := must(s.CreateBranch(ctx, &wire.CreateBranchRequest{StateID: alice, GroupID: []byte("b"), KeyPackages: [][]byte{kp.KeyPackage}}))(t)
	if _, err := s.JoinGroup(ctx, &wire.JoinGroupRequest{TransactionID: kp.TransactionID, Welcome: w.Welcome, Identity: []byte("bob")}); !errors.Is(err, mls.ErrUnknownPSK) {
		t.Errorf("join by a branch's Welcome: %v", err)
	}
}

// TestReInitRefused: bob does not follow alice into a group that is not the one
// that the ReInit describes.
func TestReInitRefused(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		change func(*subgroup, []byte)
		usage  mls.ResumptionUsage
		want   error
	}{
		{"right", func(*subgroup, []byte) {}, mls.ResumptionReInit, nil},
		{"another id", func(g *subgroup, _ []byte) { g.id = []byte("x") }, mls.ResumptionReInit, mls.ErrInvalidProposal},
		{"other extensions", func(g *subgroup, _ []byte) { g.extensions = extensions(both) }, mls.ResumptionReInit, mls.ErrInvalidProposal},
		{"a stranger", func(g *subgroup, kp []byte) { g.keyPackages = append(g.keyPackages, kp) }, mls.ResumptionReInit, mls.ErrInvalidProposal},
		{"a branch", func(*subgroup, []byte) {}, mls.ResumptionBranch, mls.ErrInvalidProposal},
		{"no link", func(*subgroup, []byte) {}, mls.ResumptionApplication, mls.ErrInvalidProposal},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, alice, bob := pair(t)
			d := &wire.ProposalDescription{ProposalType: []byte("reinit"), CipherSuite: suite1, GroupID: []byte("next")}
			staged := must(s.ReInitCommit(ctx, &wire.CommitRequest{StateID: alice, ByValue: []*wire.ProposalDescription{d}}))(t)
			a := must(s.HandlePendingReInitCommit(ctx, &wire.HandlePendingCommitRequest{StateID: alice}))(t)
			b := must(s.HandleReInitCommit(ctx, &wire.HandleCommitRequest{StateID: bob, Commit: staged.Commit}))(t)
			n := subgroup{suite: mls.CipherSuite(suite1), id: []byte("next"), extensions: mls.Extensions{}, keyPackages: [][]byte{b.KeyPackage}}
			c.change(&n, keyPackage(t, s, "mallory").KeyPackage)
			w := must(s.found(s.reinits[a.ReInitID].member, c.usage, n))(t)
			_, err := s.HandleReInitWelcome(ctx, &wire.HandleReInitWelcomeRequest{ReInitID: b.ReInitID, Welcome: w.Welcome})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRequestsRefused: what a runner may get wrong is said plainly, and leaves
// the server running.
func TestRequestsRefused(t *testing.T) {
	ctx := context.Background()
	s, alice, bob := pair(t)
	for _, c := range []struct {
		name string
		do   func() error
		want codes.Code
		say  string
	}{
		{"state", func() error { _, err := s.StateAuth(ctx, &wire.StateAuthRequest{StateID: 99}); return err }, codes.NotFound, "no state 99"},
		{"freed twice", func() error {
			id := must(s.CreateGroup(ctx, &wire.CreateGroupRequest{CipherSuite: suite1}))(t).StateID
			must(s.Free(ctx, &wire.FreeRequest{StateID: id}))(t)
			_, err := s.Free(ctx, &wire.FreeRequest{StateID: id})
			return err
		}, codes.NotFound, "no state"},
		{"suite", func() error {
			_, err := s.CreateGroup(ctx, &wire.CreateGroupRequest{CipherSuite: 4})
			return err
		}, codes.InvalidArgument, "cipher suite 4"},
		{"suite beyond 16 bits", func() error {
			_, err := s.CreateGroup(ctx, &wire.CreateGroupRequest{CipherSuite: 1<<16 + 1})
			return err
		}, codes.InvalidArgument, "cipher suite 65537"},
		{"nothing pending", func() error {
			_, err := s.HandlePendingCommit(ctx, &wire.HandlePendingCommitRequest{StateID: alice})
			return err
		}, codes.FailedPrecondition, "no commit is pending"},
		{"proposal type", func() error {
			_, err := s.Commit(ctx, &wire.CommitRequest{StateID: alice, ByValue: []*wire.ProposalDescription{{ProposalType: []byte("dance")}}})
			return err
		}, codes.InvalidArgument, `"dance"`},
		{"removed is nobody", func() error {
			_, err := s.RemoveProposal(ctx, &wire.RemoveProposalRequest{StateID: alice, RemovedID: []byte("nobody")})
			return err
		}, codes.InvalidArgument, `"nobody"`},
		{"identity of a key package", func() error {
			kp := keyPackage(t, s, "carol")
			_, err := s.JoinGroup(ctx, &wire.JoinGroupRequest{TransactionID: kp.TransactionID, Identity: []byte("dave")})
			return err
		}, codes.InvalidArgument, "another identity"},
		{"removed oneself", func() error {
			c := must(s.Commit(ctx, &wire.CommitRequest{StateID: alice, ByValue: []*wire.ProposalDescription{removing("bob")}}))(t)
			_, err := s.HandleCommit(ctx, &wire.HandleCommitRequest{StateID: bob, Commit: c.Commit})
			return err
		}, codes.FailedPrecondition, "removes this member"},
		{"signer not listed", func() error {
			d := must(s.CreateExternalSigner(ctx, &wire.CreateExternalSignerRequest{CipherSuite: suite1, Identity: []byte("ds")}))(t)
			info := must(s.GroupInfo(ctx, &wire.GroupInfoRequest{StateID: alice}))(t)
			_, err := s.ExternalSignerProposal(ctx, &wire.ExternalSignerProposalRequest{SignerID: d.SignerID, GroupInfo: info.GroupInfo, Description: removing("bob")})
			return err
		}, codes.FailedPrecondition, "does not list"},
		{"no description", func() error {
			d := must(s.CreateExternalSigner(ctx, &wire.CreateExternalSignerRequest{CipherSuite: suite1}))(t)
			_, err := s.ExternalSignerProposal(ctx, &wire.ExternalSignerProposalRequest{SignerID: d.SignerID})
			return err
		}, codes.InvalidArgument, "no description"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.do()
			if status.Code(err) != c.want || !strings.Contains(err.Error(), c.say) {
				t.Errorf("got %v", err)
			}
		})
	}
}
