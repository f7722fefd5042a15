package interop

import (
	"maps"
	"slices"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// next is the group that follows a ReInit.
type next struct {
	suite        bool // change it
	id           bool // change it
	extensions   []*wire.Extension
	path         bool
	externalTree bool
}

// description settles the parameters of the next group.
func (s *story) description(n next) *wire.ProposalDescription {
	if n.suite {
		all := mls.SupportedSuites()
		s.suite = uint32(all[(slices.Index(all, mls.CipherSuite(s.suite))+1)%len(all)])
	}
	if n.id {
		s.groupID = append(slices.Clip(s.groupID), "++"...)
	}
	return &wire.ProposalDescription{
		ProposalType: []byte("reinit"), CipherSuite: s.suite, GroupID: s.groupID, Extensions: n.extensions,
	}
}

func (s *story) proposeReInit(by string, n next) []byte {
	d := s.description(n)
	return call[wire.ProposalResponse](s, "ReInitProposal", &wire.ReInitProposalRequest{
		StateID: s.states[by], CipherSuite: d.CipherSuite, GroupID: d.GroupID, Extensions: d.Extensions,
	}).Proposal
}

// reinit carries a proposed ReInit out: committer and welcomer may be the same;
// others are the rest.
func (s *story) reinit(proposal []byte, committer, welcomer string, others []string, n next) {
	s.Helper()
	between := map[string]*wire.HandleReInitCommitResponse{}
	c := call[wire.CommitResponse](s, "ReInitCommit", &wire.CommitRequest{StateID: s.states[committer], ByReference: [][]byte{proposal}})
	own := call[wire.HandleReInitCommitResponse](s, "HandlePendingReInitCommit", &wire.HandlePendingCommitRequest{StateID: s.states[committer]})
	between[committer] = own
	for _, m := range append(slices.Clone(others), welcomer) {
		if m == committer {
			continue
		}
		r := call[wire.HandleReInitCommitResponse](s, "HandleReInitCommit", &wire.HandleCommitRequest{
			StateID: s.states[m], Proposal: [][]byte{proposal}, Commit: c.Commit,
		})
		s.same("authenticator of "+m, r.EpochAuthenticator, own.EpochAuthenticator)
		between[m] = r
	}
	q := &wire.ReInitWelcomeRequest{ReInitID: between[welcomer].ReInitID, ForcePath: n.path, ExternalTree: n.externalTree}
	everyone := slices.Sorted(maps.Keys(between))
	for _, m := range everyone {
		if m != welcomer {
			q.KeyPackage = append(q.KeyPackage, between[m].KeyPackage)
		}
	}
	w := call[wire.CreateSubgroupResponse](s, "ReInitWelcome", q)
	s.states[welcomer] = w.StateID
	for _, m := range everyone {
		if m == welcomer {
			continue
		}
		r := call[wire.JoinGroupResponse](s, "HandleReInitWelcome", &wire.HandleReInitWelcomeRequest{
			ReInitID: between[m].ReInitID, Welcome: w.Welcome, RatchetTree: w.RatchetTree,
		})
		s.same("new authenticator of "+m, r.EpochAuthenticator, w.EpochAuthenticator)
		s.states[m] = r.StateID
	}
}

// branch begins a group of some members.
func (s *story) branch(by string, members []string, q wire.CreateBranchRequest) {
	s.Helper()
	q.StateID, q.GroupID = s.states[by], s.name("branch")
	for _, m := range members {
		q.KeyPackages = append(q.KeyPackages, s.keyPackage(m))
	}
	w := call[wire.CreateSubgroupResponse](s, "CreateBranch", &q)
	s.states[by] = w.StateID
	for _, m := range members {
		r := call[wire.HandleBranchResponse](s, "HandleBranch", &wire.HandleBranchRequest{
			StateID: s.states[m], TransactionID: s.joining[m], Welcome: w.Welcome, RatchetTree: w.RatchetTree,
		})
		s.same("authenticator of "+m, r.EpochAuthenticator, w.EpochAuthenticator)
		s.states[m] = r.StateID
	}
}
