package server_test

import (
	"testing"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
)

// TestGetChains reads what is new of several chains at once.
func TestGetChains(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	bob.first.addDevice()
	ask := func(known ...*cofferv1.KnownChain) *cofferv1.GetChainsResponse {
		t.Helper()
		return call(w, alice.first.chains.GetChains, &cofferv1.GetChainsRequest{Chains: known})
	}
	nobody := account.ID{1}
	r := ask(
		&cofferv1.KnownChain{Account: idBytes(bob)}, &cofferv1.KnownChain{Account: idBytes(carol), Seq: 1},
		&cofferv1.KnownChain{Account: nobody[:]}, &cofferv1.KnownChain{Account: idBytes(alice), Seq: 9},
	)
	if r.GetTaken() != 4 || len(r.GetChains()) != 1 {
		t.Fatalf("taken %d, news of %d", r.GetTaken(), len(r.GetChains()))
	}
	chain, err := account.ParseChain(r.GetChains()[0].GetEntries())
	w.ok(err)
	if chain.ID() != bob.id() || chain.Head() != bob.Chain.Head() {
		t.Error("not bob's chain")
	}
	r = ask(&cofferv1.KnownChain{Account: idBytes(bob), Seq: 1})
	if len(r.GetChains()) != 1 || len(r.GetChains()[0].GetEntries()) != 1 {
		t.Errorf("news of %d chains", len(r.GetChains()))
	}
	w.refused(try(w, alice.first.chains.GetChains, &cofferv1.GetChainsRequest{Chains: []*cofferv1.KnownChain{{Account: []byte("short")}}}), malformed)
	w.refused(try(w, w.client("").chains.GetChains, &cofferv1.GetChainsRequest{}), noSession)
}
