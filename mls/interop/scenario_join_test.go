package interop

import "github.com/coffer-chat/coffer/mls/interop/wire"

// abcd are the members that larger groups begin with, besides the creator.
var abcd = []string{"bob", "charlie", "diana", "eliza"}

var joinScenarios = []scenario{
	{"welcome_join", "no_path_secret", func(s *story) {
		s.create("alice")
		s.commit("alice", commit{ref: [][]byte{s.add("alice", s.keyPackage("bob"))}, joiners: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"welcome_join", "with_path_secret", func(s *story) {
		s.create("alice")
		s.commit("alice", commit{ref: [][]byte{s.add("alice", s.keyPackage("bob"))}, joiners: []string{"bob"}, path: true})
		s.agree("alice", "bob")
	}},
	{"welcome_join", "with_psk", func(s *story) {
		s.create("alice")
		add := s.add("alice", s.keyPackage("bob"))
		psk := s.psk("alice", s.install("alice", "bob"))
		s.commit("alice", commit{ref: [][]byte{add, psk}, joiners: []string{"bob"}})
		s.agree("alice", "bob")
	}},
	{"welcome_join", "with_external_tree", func(s *story) {
		s.create("alice")
		s.commit("alice", commit{ref: [][]byte{s.add("alice", s.keyPackage("bob"))}, joiners: []string{"bob"}, externalTree: true})
		s.agree("alice", "bob")
	}},

	{"external_join", "normal", func(s *story) {
		s.create("alice")
		s.joinExternally("alice", "bob", joinOptions{})
		s.agree("alice", "bob")
	}},
	{"external_join", "with_psk", func(s *story) {
		s.create("alice")
		s.joinExternally("alice", "bob", joinOptions{psk: s.install("alice")})
		s.agree("alice", "bob")
	}},
	{"external_join", "removing_prior", func(s *story) {
		s.create("alice")
		s.joinExternally("alice", "bob", joinOptions{})
		s.joinExternally("alice", "bob", joinOptions{removePrior: true})
		s.agree("alice", "bob")
	}},
	{"external_join", "with_external_tree", func(s *story) {
		s.create("alice")
		s.joinExternally("alice", "bob", joinOptions{externalTree: true})
		s.agree("alice", "bob")
	}},
	{"external_join", "with_more_members", func(s *story) {
		s.create("alice", "bob", "charlie", "diana")
		s.joinExternally("diana", "ellen", joinOptions{members: []string{"alice", "bob", "charlie"}})
		s.agree("alice", "bob", "charlie", "diana", "ellen")
	}},
}

var messageScenarios = []scenario{
	{"application", "in_order", func(s *story) { s.talk([]int{1, 2, 3}) }},
	{"application", "out_of_order_within_epoch", func(s *story) { s.talk([]int{3, 2, 1}) }},
	{"application", "out_of_order_across_epochs", func(s *story) {
		s.create("alice", "bob")
		sealed := map[string][]byte{}
		for _, text := range []string{"1", "2"} {
			sealed[text] = s.protect("alice", text)
		}
		s.commit("alice", commit{members: []string{"bob"}})
		for _, text := range []string{"3", "4"} {
			sealed[text] = s.protect("alice", text)
		}
		for _, text := range []string{"4", "3", "2", "1"} {
			s.unprotect("bob", sealed[text], text)
		}
		s.agree("alice", "bob")
	}},
}

// talk lets bob read alice's messages in some order.
func (s *story) talk(order []int) {
	s.create("alice", "bob")
	texts := []string{"", "hello world 1", "hello world 2", "hello world 3"}
	sealed := make([][]byte, len(texts))
	for i, text := range texts[1:] {
		sealed[i+1] = s.protect("alice", text)
	}
	for _, i := range order {
		s.unprotect("bob", sealed[i], texts[i])
	}
	s.agree("alice", "bob")
}

var subgroupScenarios = []scenario{
	branching("base", wire.CreateBranchRequest{}),
	branching("with_extensions", wire.CreateBranchRequest{Extensions: both}),
	branching("external_tree", wire.CreateBranchRequest{ExternalTree: true}),
	branching("force_path", wire.CreateBranchRequest{ForcePath: true}),
	{"branch", "of_some", func(s *story) { // not in the official configuration
		s.create("alice", abcd...)
		s.branch("bob", []string{"diana"}, wire.CreateBranchRequest{})
		s.agree("bob", "diana")
		s.agree("alice", "charlie", "eliza")
	}},

	reinitialising("change_ciphersuite", next{suite: true}),
	reinitialising("change_group_id", next{id: true}),
	reinitialising("change_extensions", next{extensions: both}),
	reinitialising("external_tree", next{id: true, externalTree: true}),
	reinitialising("force_path", next{id: true, path: true}),
	{"reinit", "all_same_actor", func(s *story) {
		s.create("alice", abcd...)
		n := next{id: true}
		s.reinit(s.proposeReInit("alice", n), "alice", "alice", abcd, n)
		s.agree(append(abcd, "alice")...)
	}},
}

func branching(name string, q wire.CreateBranchRequest) scenario {
	return scenario{"branch", name, func(s *story) {
		s.create("alice", abcd...)
		s.branch("alice", abcd, q)
		s.agree(append(abcd, "alice")...)
	}}
}

func reinitialising(name string, n next) scenario {
	return scenario{"reinit", name, func(s *story) {
		s.create("alice", abcd...)
		s.reinit(s.proposeReInit("alice", n), "bob", "charlie", []string{"alice", "diana", "eliza"}, n)
		s.agree(append(abcd, "alice")...)
	}}
}
