package server_test

import (
	"bytes"
	"testing"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
)

// TestCloseAccount: only the device that signed an end can have the account closed,
// with a proof made for this; the same end is answered with the same receipt; after
// it every session is over, and the handle is nobody else's.
func TestCloseAccount(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	tablet := alice.first.addDevice()
	alice.first.publish(2, true)
	closing := cofferv1connect.NewClosingServiceClient(w.http, w.url) // without a session
	entry, _, err := alice.Chain.Close(alice.first.author())
	w.ok(err)
	nonce := make([]byte, account.MinNonce)
	prove := func(d *device, id account.ID) []byte {
		b, err := d.secret.CloseProof(alice.Chain.Host(), id, nonce, w.clock.Now())
		w.ok(err)
		return b
	}
	right := prove(alice.first, alice.id())
	signIn, err := alice.first.secret.SignIn(alice.Chain.Host(), alice.id(), nonce, w.clock.Now())
	w.ok(err)
	u, err := alice.Chain.SetRealms(alice.first.author(), alice.Roots, account.RealmSet{})
	w.ok(err)
	for name, x := range map[string]struct {
		entry, proof []byte
		want         cofferv1.ErrorKind
	}{
		"no entry":              {nil, right, malformed},
		"another kind of entry": {u.Entry.Marshal(), right, malformed},
		"no proof":              {entry.Marshal(), nil, malformed},
		"a sign-in":             {entry.Marshal(), signIn, invalid},
		"the other device's":    {entry.Marshal(), prove(tablet, alice.id()), invalid},
		"a stranger's":          {entry.Marshal(), prove(bob.first, alice.id()), invalid},
		"of another account":    {entry.Marshal(), prove(alice.first, bob.id()), invalid},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(try(w, closing.CloseAccount, &cofferv1.CloseAccountRequest{Entry: x.entry, Proof: x.proof}), x.want)
		})
	}
	forged := *entry
	forged.Signature = bytes.Clone(entry.Signature)
	forged.Signature[3] ^= 1
	w.refused(try(w, closing.CloseAccount, &cofferv1.CloseAccountRequest{Entry: forged.Marshal(), Proof: right}), invalid)
	w.refused(try(w, alice.first.AppendChain, &cofferv1.AppendChainRequest{Entry: entry.Marshal()}), invalid)

	m := &cofferv1.CloseAccountRequest{Entry: entry.Marshal(), Proof: right}
	first := call(w, closing.CloseAccount, m).GetReceipt()
	r, err := account.ParseReceipt(first)
	w.ok(err)
	if r.Account != alice.id() || r.Head.Hash != entry.Hash() {
		t.Errorf("the receipt is of %v at %v", r.Account, r.Head)
	}
	if again := call(w, closing.CloseAccount, m).GetReceipt(); !bytes.Equal(first, again) {
		t.Error("asking again gives another receipt")
	}
	late, _, err := alice.Chain.Close(tablet.author())
	w.ok(err)
	w.refused(try(w, closing.CloseAccount, &cofferv1.CloseAccountRequest{Entry: late.Marshal(), Proof: prove(tablet, alice.id())}), invalid)
	w.refused(try(w, tablet.GetSealedRoots, &cofferv1.GetSealedRootsRequest{}), noSession)
	id := alice.id()
	if n := len(call(w, bob.first.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: id[:], Suite: uint32(testSuite)}).GetKeyPackages()); n != 0 {
		t.Errorf("%d key packages are still handed out", n)
	}
	if n := len(call(w, bob.first.GetChain, &cofferv1.GetChainRequest{Account: id[:]}).GetEntries()); n != 3 {
		t.Errorf("the chain has %d entries, want 3", n)
	}
	again, _, _ := w.genesis("alice")
	w.refused(try(w, w.client("").Register, again), handleTaken)
}
