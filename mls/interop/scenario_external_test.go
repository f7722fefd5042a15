package interop

import "github.com/coffer-chat/coffer/mls/interop/wire"

var externalScenarios = []scenario{
	{"external_proposals", "joiner_signed_add", func(s *story) {
		s.create("alice")
		info := call[wire.GroupInfoResponse](s, "GroupInfo", &wire.GroupInfoRequest{StateID: s.states["alice"]})
		r := call[wire.NewMemberAddProposalResponse](s, "NewMemberAddProposal", &wire.NewMemberAddProposalRequest{
			GroupInfo: info.GroupInfo, Identity: []byte("bob"),
		})
		s.joining["bob"] = r.TransactionID
		s.commit("alice", commit{ref: [][]byte{r.Proposal}, joiners: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"external_proposals", "external_add", func(s *story) {
		s.create("alice", "bob")
		s.acceptSigners("alice", []string{"bob"}, "ds")
		p := s.proposeOutside("ds", "alice", adding(s.keyPackage("charlie")))
		s.commit("alice", commit{ref: [][]byte{p}, members: []string{"bob"}, joiners: []string{"charlie"}})
		s.agree("alice", "bob", "charlie")
	}},
	{"external_proposals", "external_remove", func(s *story) {
		s.create("alice", "bob", "charlie")
		s.acceptSigners("alice", []string{"bob", "charlie"}, "ds")
		s.commit("alice", commit{ref: [][]byte{s.proposeOutside("ds", "alice", removing("bob"))}, members: []string{"charlie"}})
		s.agree("alice", "charlie")
	}},
	{"external_proposals", "external_psk", func(s *story) {
		s.create("alice", "bob", "charlie")
		psk := s.install("alice", "bob", "charlie")
		s.proposed(externalPSK(psk))
	}},
	{"external_proposals", "resumption_psk", func(s *story) {
		s.create("alice", "bob", "charlie")
		s.proposed(resumptionPSK(2))
	}},
	{"external_proposals", "group_context_extensions", func(s *story) {
		s.create("alice", "bob", "charlie")
		s.proposed(replacing([]*wire.Extension{demanding}))
	}},
	{"external_proposals", "multiple_external", func(s *story) {
		s.create("alice", "bob", "charlie")
		others := []string{"bob", "charlie"}
		first, second := s.install("alice", "bob", "charlie"), s.install("alice", "bob", "charlie")
		s.acceptSigners("alice", others, "ds1", "ds2")
		s.commit("alice", commit{members: others, ref: [][]byte{
			s.proposeOutside("ds1", "alice", externalPSK(first)), s.proposeOutside("ds2", "alice", externalPSK(second)),
		}})
		s.agree("alice", "bob", "charlie")
	}},
	{"external_proposals", "external_reinit", func(s *story) {
		s.create("alice", "bob", "charlie")
		s.acceptSigners("alice", []string{"bob", "charlie"}, "ds")
		n := next{suite: true, id: true, extensions: []*wire.Extension{demanding}, path: true}
		s.reinit(s.proposeOutside("ds", "alice", s.description(n)), "alice", "bob", []string{"charlie"}, n)
		s.agree("alice", "bob", "charlie")
	}},
}

// acceptSigners commits each signer to the list of external senders.
func (s *story) acceptSigners(by string, others []string, signers ...string) {
	s.Helper()
	for _, signer := range signers {
		s.commit(by, commit{ref: [][]byte{s.addSigner(by, signer)}, members: others})
	}
}

// proposed lets alice commit what a signer proposes, in a group of three.
func (s *story) proposed(d *wire.ProposalDescription) {
	s.Helper()
	others := []string{"bob", "charlie"}
	s.acceptSigners("alice", others, "ds")
	s.commit("alice", commit{ref: [][]byte{s.proposeOutside("ds", "alice", d)}, members: others})
	s.agree("alice", "bob", "charlie")
}
