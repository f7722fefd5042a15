package itest

import (
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestThiefOfACode: who has stolen a recovery code gets the account, with all of its
// history; every device hears of it; and removing his device and the code shuts him
// out of all that comes after.
func TestThiefOfACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	stolen, k, err := alice.AddCode(w.ctx)
	w.must(err)
	kept, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "before")
	thief, r, err := w.restoreCode("alice", stolen)
	w.must(err)
	w.intact(r, 1)
	thief.say("bob", "from the thief")
	alice.hears("recovered alice's tablet recovery code")

	_, err = alice.Revoke(w.ctx, mustDevice(w, thief), true)
	w.must(err)
	_, err = alice.RemoveRecovery(w.ctx, k.ID.String())
	w.must(err)
	bob.sync()
	bob.say("alice", "secret")
	_, err = thief.Sync(w.ctx)
	w.refused(err, fault.KindRefused)
	_, err = thief.Send(w.ctx, "bob", client.Outgoing{Text: "the thief once more"})
	w.refused(err, fault.KindRefused)
	if thief.reads("bob", "secret") {
		t.Error("the thief reads what was sent after he was shut out")
	}
	_, _, err = w.restoreCode("alice", stolen)
	w.refused(err, fault.KindWrongSecret)
	_, r, err = w.restoreCode("alice", kept)
	w.must(err)
	w.intact(r, 3)
	bob.sees("alice", "alice: before", "alice: from the thief", "bob: secret")
}

// TestThiefOfACodeWithServer: the same code, removed, and a server that takes it all
// the same: it hands the thief the account as it was before, a session, and every
// entry since. He gets no root that opens what was sent after the removal, and
// nobody takes anything from him.
func TestThiefOfACodeWithServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	stolen, k, err := alice.AddCode(w.ctx)
	w.must(err)
	kept, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "before")
	bob.sync()

	l := w.liar() // keeps what the server has before the removal
	var chain [][]byte
	var roots *pb.GetSealedRootsResponse
	spoil(l, "GetChain", func(q *pb.GetChainRequest, a *pb.GetChainResponse) {
		if q.FromSeq == 1 && len(chain) == 0 {
			chain = a.Entries
		}
	})
	spoil(l, "GetSealedRoots", func(_ *pb.GetSealedRootsRequest, a *pb.GetSealedRootsResponse) { roots = a })
	_, _, err = w.restoreCode("alice", stolen)
	w.must(err)
	l.honest()
	if len(chain) == 0 || roots == nil {
		t.Fatal("the liar has seen no chain or no roots")
	}
	_, err = alice.RemoveRecovery(w.ctx, k.ID.String())
	w.must(err)
	alice.say("bob", "from here on without the thief")
	bob.sees("alice", "alice: before", "alice: from here on without the thief")
	bob.say("alice", "secret")

	own := [][]byte{}
	fake(l, "GetChain", func(q *pb.GetChainRequest) *pb.GetChainResponse {
		all := append(append([][]byte(nil), chain...), own...)
		return &pb.GetChainResponse{Entries: all[min(len(all), int(q.FromSeq)-1):]}
	})
	fake(l, "GetSealedRoots", func(*pb.GetSealedRootsRequest) *pb.GetSealedRootsResponse { return roots })
	fake(l, "SignIn", func(*pb.SignInRequest) *pb.SignInResponse { return &pb.SignInResponse{Token: alice.token()} })
	fake(l, "AppendChain", func(q *pb.AppendChainRequest) *pb.AppendChainResponse {
		own = append(own, q.Entry)
		return &pb.AppendChainResponse{}
	})
	fake(l, "CountKeyPackages", func(*pb.CountKeyPackagesRequest) *pb.CountKeyPackagesResponse {
		return &pb.CountKeyPackagesResponse{Available: 100, LastResort: true}
	})
	fake(l, "PublishKeyPackages", func(*pb.PublishKeyPackagesRequest) *pb.PublishKeyPackagesResponse {
		return &pb.PublishKeyPackagesResponse{Available: 100}
	})
	thief, _, err := w.restoreCode("alice", stolen)
	if fault.KindOf(err) == fault.KindWrongSecret {
		t.Fatal("the lie did not get the thief in")
	}
	_, sent := thief.Send(w.ctx, "bob", client.Outgoing{Text: "from the thief"})
	if thief.reads("bob", "secret") || thief.reads("bob", "without the thief") {
		t.Error("the thief reads what was sent after his code was removed")
	}
	if sent == nil {
		t.Error("the thief's device sends")
	}

	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	bob.sees("alice", "alice: before", "alice: from here on without the thief", "bob: secret")

	// What alice's vault gets since then is for a vault epoch whose root was never
	// sealed to the code.
	deposited := uint64(0)
	spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
		for _, b := range a.Bundles {
			if b.Deposit != nil {
				deposited = max(deposited, b.Deposit.VaultEpoch)
			}
		}
	})
	again, r, err := w.restoreCode("alice", kept)
	w.must(err)
	l.honest()
	w.intact(r, 3)
	again.sees("bob", "alice: before", "alice: from here on without the thief", "bob: secret")
	held := uint64(0)
	for _, x := range roots.SealedRoots {
		held = max(held, x.VaultEpoch)
	}
	if deposited <= held {
		t.Errorf("deposits are for vault epoch %d, the thief has %d", deposited, held)
	}
}

// TestRevokedDeviceForksTheChain: a device that was revoked, and a server that lets
// it go on with the account's chain as if it had not been, meet whoever knows the
// true chain: a contact of the account, and its other devices.
func TestRevokedDeviceForksTheChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "before")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.say("bob", "from the tablet")
	bob.sees("alice", "alice: before", "alice: from the tablet")
	alice.sync()

	l := w.liar()
	hidden := func(q *pb.GetChainRequest) *pb.GetChainResponse { return &pb.GetChainResponse{} }
	var forked []byte // what the tablet appends in place of its removal
	_, err = alice.Revoke(w.ctx, mustDevice(w, tablet), true)
	w.must(err)
	fake(l, "GetChain", hidden)
	fake(l, "SignIn", func(*pb.SignInRequest) *pb.SignInResponse { return &pb.SignInResponse{Token: alice.token()} })
	fake(l, "AppendChain", func(q *pb.AppendChainRequest) *pb.AppendChainResponse {
		forked = q.Entry
		return &pb.AppendChainResponse{}
	})
	tablet.token = alice.token
	_, _, _ = tablet.AddCode(w.ctx) // a way back in for the thief
	l.honest()
	if forked == nil {
		t.Fatal("the tablet has appended nothing")
	}

	// Bob hears from alice's phone, whose commit names the true chain; the server
	// shows him the other one.
	alice.say("bob", "after")
	fake(l, "GetChain", func(q *pb.GetChainRequest) *pb.GetChainResponse {
		return &pb.GetChainResponse{Entries: [][]byte{forked}}
	})
	live := bob.syncError()
	mine := alice.syncError()
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(live, fault.PromiseProved)
	w.misbehaved(mine, fault.PromiseProved)
	bob.sync()
	alice.sync()
	bob.sees("alice", "alice: before", "alice: from the tablet", "alice: after")
}
