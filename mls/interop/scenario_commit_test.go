package interop

import "github.com/coffer-chat/coffer/mls/interop/wire"

var commitScenarios = []scenario{
	{"commit", "empty", func(s *story) {
		s.create("alice", "bob")
		s.commit("alice", commit{members: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"commit", "add", func(s *story) {
		s.create("alice", "bob")
		for i, c := range []commit{
			{members: []string{"bob"}, joiners: []string{"charlie1", "charlie2", "charlie3"}, path: true},
			{members: []string{"bob", "charlie1", "charlie2", "charlie3"}, joiners: []string{"charlie4", "charlie5", "charlie6"}},
		} {
			c.ref = [][]byte{s.add("alice", s.keyPackage(c.joiners[0])), s.add("bob", s.keyPackage(c.joiners[1]))}
			c.value = []*wire.ProposalDescription{adding(s.keyPackage(c.joiners[2]))}
			s.commit("alice", c)
			s.agree(append(commitScenarioMembers[:2+3*i:2+3*i], c.joiners...)...)
		}
	}},
	{"commit", "remove", func(s *story) {
		s.create("alice", "bob")
		joiners := []string{"charlie1", "charlie2", "charlie3"}
		c := commit{members: []string{"bob"}, joiners: joiners}
		for _, j := range joiners {
			c.ref = append(c.ref, s.add("alice", s.keyPackage(j)))
		}
		s.commit("alice", c)
		s.agree("alice", "bob", "charlie1", "charlie2", "charlie3")
		s.commit("alice", commit{
			ref:   [][]byte{s.remove("alice", "charlie1"), s.remove("bob", "charlie2")},
			value: []*wire.ProposalDescription{removing("charlie3")}, members: []string{"bob"},
		})
		s.agree("alice", "bob")
	}},
	{"commit", "update", func(s *story) {
		s.create("alice", "bob")
		s.commit("alice", commit{ref: [][]byte{s.update("bob")}, members: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"commit", "group_context_extensions", func(s *story) {
		s.create("alice", "bob")
		s.commit("alice", commit{ref: [][]byte{s.extend("alice", both)}, members: []string{"bob"}})
		s.commit("alice", commit{ref: [][]byte{s.extend("bob", nil)}, members: []string{"bob"}})
		s.commit("alice", commit{value: []*wire.ProposalDescription{replacing([]*wire.Extension{demanding})}, members: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"commit", "external_psk", func(s *story) {
		s.create("alice", "bob")
		var psk [3][]byte
		for i := range psk {
			psk[i] = s.install("alice", "bob")
		}
		for _, path := range []bool{true, false} {
			s.commit("alice", commit{
				ref:   [][]byte{s.psk("alice", psk[0]), s.psk("bob", psk[1])},
				value: []*wire.ProposalDescription{externalPSK(psk[2])}, members: []string{"bob"}, path: path,
			})
			s.agree("alice", "bob")
		}
	}},
	{"commit", "resumption_psk", func(s *story) {
		s.create("alice", "bob")
		s.commit("alice", commit{members: []string{"bob"}})
		s.commit("alice", commit{members: []string{"bob"}})
		for _, first := range []uint64{1, 2} {
			s.commit("alice", commit{
				ref:   [][]byte{s.resume("alice", first), s.resume("bob", first+1)},
				value: []*wire.ProposalDescription{resumptionPSK(first + 2)}, members: []string{"bob"}, path: true,
			})
		}
		s.agree("alice", "bob")
	}},
	{"commit", "all_together_alice_proposes", func(s *story) { s.allTogether("alice") }},
	{"commit", "all_together_bob_proposes", func(s *story) { s.allTogether("bob") }},
}

// commitScenarioMembers are those of the scenario "add", in their order.
var commitScenarioMembers = []string{"alice", "bob", "charlie1", "charlie2", "charlie3"}

// allTogether commits one proposal of each kind, by value and by reference.
func (s *story) allTogether(proposer string) {
	s.create("alice", "bob")
	s.commit("alice", commit{
		ref:     [][]byte{s.add("alice", s.keyPackage("charlie1")), s.add("alice", s.keyPackage("charlie2"))},
		members: []string{"bob"}, joiners: []string{"charlie1", "charlie2"},
	})
	first, second := s.install("alice", "bob"), s.install("alice", "bob")
	ref := [][]byte{
		s.add(proposer, s.keyPackage("charlie3")),
		s.remove(proposer, "charlie1"),
		s.extend(proposer, both),
		s.psk(proposer, first),
		s.resume(proposer, 1),
	}
	if proposer != "alice" { // a committer does not update itself
		ref = append(ref, s.update(proposer))
	}
	s.commit("alice", commit{ref: ref, members: []string{"bob"}, value: []*wire.ProposalDescription{
		adding(s.keyPackage("charlie4")), removing("charlie2"), externalPSK(second), resumptionPSK(2),
	}})
	s.agree("alice", "bob")
}
