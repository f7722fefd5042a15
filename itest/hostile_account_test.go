package itest

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// lastChain is a lie about the newest entry of a chain.
func (l *liar) lastChain(f func([]byte) []byte) {
	spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) {
		if n := len(a.Entries); n > 0 {
			a.Entries[n-1] = f(a.Entries[n-1])
		}
	})
}

// TestHostileChainAtFirstContact: a chain that does not verify is never written
// to.
func TestHostileChainAtFirstContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, _, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	l := w.liar()
	var other []byte
	spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) {
		if len(a.Entries) > 0 {
			other = slices.Clone(a.Entries[0])
		}
	})
	alice.say("mallory", "hello") // the liar sees a genesis
	mallory.sync()
	l.honest()

	for name, f := range map[string]func([]byte) []byte{
		"altered":            flip,
		"truncated":          func(b []byte) []byte { return b[:len(b)-1] },
		"of another account": func([]byte) []byte { return other },
		"empty":              func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			l.lastChain(f)
			_, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "for bob alone"})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, fault.PromiseProved)
		})
	}
	if list, err := alice.List(w.ctx); err != nil || len(list) != 1 {
		t.Errorf("alice has %d conversations (%v), want only the one with mallory", len(list), err)
	}
}

// TestHostileForkedChain: a chain that lacks an entry which a commit names is a
// fork.
func TestHostileForkedChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "one")
	bob.sync()
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	again.say("bob", "two") // by a device that is new in her chain
	l := w.liar()
	spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) { a.Entries = nil })
	err = bob.syncError()
	_, shown := bob.History(w.ctx, "alice", client.Page{})
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseProved)
	w.misbehaved(shown, fault.PromiseProved)
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two")
}

// TestHostileKeyPackage: the server hands out a key package that is not of the
// account's device: a ghost. Nothing is begun with it.
func TestHostileKeyPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	l := w.liar()
	var ghost *pb.ClaimedKeyPackage
	who, err := mallory.Whoami(w.ctx)
	w.must(err)
	spoil(l, "ClaimKeyPackages", func(q *pb.ClaimKeyPackagesRequest, a *pb.ClaimKeyPackagesResponse) {
		if id := account.ID(q.Account); id.String() == who.Account {
			ghost = proto.CloneOf(a.KeyPackages[0])
		}
	})
	bob.say("mallory", "hello")
	mallory.sync()
	for name, f := range map[string]func(*pb.ClaimKeyPackagesResponse){
		"instead": func(a *pb.ClaimKeyPackagesResponse) { a.KeyPackages = []*pb.ClaimedKeyPackage{ghost} },
		"beside":  func(a *pb.ClaimKeyPackagesResponse) { a.KeyPackages = append(a.KeyPackages, ghost) },
		"disguised": func(a *pb.ClaimKeyPackagesResponse) {
			if len(a.KeyPackages) > 0 {
				a.KeyPackages[0].KeyPackage = ghost.KeyPackage
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "ClaimKeyPackages", func(_ *pb.ClaimKeyPackagesRequest, a *pb.ClaimKeyPackagesResponse) { f(a) })
			_, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "for bob alone"})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, fault.PromiseEncrypted)
		})
	}
	mallory.sync()
	if list, err := mallory.List(w.ctx); err != nil || len(list) != 1 {
		t.Errorf("mallory has %d conversations (%v), want only bob's", len(list), err)
	}
}

// TestHostileGroupAtJoin: a device that joins takes no group but the one that
// the commits lead to.
func TestHostileGroupAtJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	l := w.liar()
	again, _, err := w.restoreCode("bob", code)
	w.must(err)
	for name, f := range map[string]func(*pb.GetGroupResponse){
		"group info altered":   func(a *pb.GetGroupResponse) { a.GroupInfo = flip(a.GroupInfo) },
		"group info's end":     func(a *pb.GetGroupResponse) { a.GroupInfo[len(a.GroupInfo)-1] ^= 1 },
		"group info gone":      func(a *pb.GetGroupResponse) { a.GroupInfo = nil },
		"ratchet tree altered": func(a *pb.GetGroupResponse) { a.RatchetTree = flip(a.RatchetTree) },
		"ratchet tree gone":    func(a *pb.GetGroupResponse) { a.RatchetTree = nil },
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "GetGroup", func(_ *pb.GetGroupRequest, a *pb.GetGroupResponse) { f(a) })
			_, err := again.Send(w.ctx, "alice", client.Outgoing{Text: "back", Key: "once"})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, fault.PromiseProved)
		})
	}
	again.sync()
	alice.sync()
	alice.sees("bob", "alice: hello", "bob: back")
}

// TestHostileAcknowledgement: an acknowledgement that does not verify is none:
// the message waits, and goes out once.
func TestHostileAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.sync()
	lines := []string{"alice: hello"}
	l := w.liar()
	for _, x := range []struct {
		name    string
		promise fault.Promise
		lie     func(*pb.PostMessageResponse)
	}{
		{"without an entry", fault.PromiseStored, func(a *pb.PostMessageResponse) { a.Entry = nil }},
		{"without a head", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Head = nil }},
		{"head not signed", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Head.Signature = nil }},
		{"link altered", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Entry.Link = flip(a.Entry.Link) }},
		{"time altered", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Entry.AcceptedMs++ }},
		{"frank altered", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Entry.Frank = flip(a.Entry.Frank) }},
		{"sender altered", fault.PromiseProved, func(a *pb.PostMessageResponse) { a.Entry.Account = flip(a.Entry.Account) }},
		{"far up the log", fault.PromiseStored, func(a *pb.PostMessageResponse) { a.Entry.Seq += 1000 }},
	} {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "PostMessage", func(_ *pb.PostMessageRequest, a *pb.PostMessageResponse) { x.lie(a) })
			_, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: x.name})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			lines = append(lines, "alice: "+x.name)
			if x.name != "far up the log" || err != nil { // its log shows that it is there
				w.misbehaved(err, x.promise)
			}
			alice.sync()
			bob.sync()
			alice.sees("bob", lines...)
			bob.sees("alice", lines...)
		})
	}
}

// TestHostileRoots: the vault root that the server hands out is the account's or
// none.
func TestHostileRoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	l := w.liar()
	for name, f := range map[string]func(*pb.GetSealedRootsResponse){
		"altered":  func(a *pb.GetSealedRootsResponse) { a.SealedRoots[0].Sealed = flip(a.SealedRoots[0].Sealed) },
		"withheld": func(a *pb.GetSealedRootsResponse) { a.SealedRoots = nil },
		"of another keyholder": func(a *pb.GetSealedRootsResponse) {
			a.SealedRoots[0].Keyholder = flip(a.SealedRoots[0].Keyholder)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "GetSealedRoots", func(_ *pb.GetSealedRootsRequest, a *pb.GetSealedRootsResponse) { f(a) })
			_, _, err := w.restoreCode("alice", code)
			_, tested := alice.TestRecovery(w.ctx, client.RecoverySecret{Code: code})
			v, status := alice.VaultStatus(w.ctx)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, fault.PromiseStored)
			if tested == nil {
				t.Error("recovery test says that the code would work")
			}
			w.must(status)
			if v.State != client.CheckBroken {
				t.Errorf("vault status is %s, want broken", v.State)
			}
		})
	}
}

// TestHostilePrivateLog: what the account keeps for itself is neither altered nor
// cut short without being noticed.
func TestHostilePrivateLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	bob.say("alice", "one")
	bob.say("alice", "two")
	alice.sync()
	h, err := alice.History(w.ctx, "bob", client.Page{})
	w.must(err)
	for _, m := range h {
		if m.Event == "" {
			w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
		}
	}
	code, _, err := alice.AddCode(w.ctx) // her chain names the private log's head
	w.must(err)
	l := w.liar()
	for name, f := range map[string]func(*pb.ReadPrivateLogResponse){
		"cut short": func(a *pb.ReadPrivateLogResponse) {
			if a.HeadSeq = 1; len(a.Entries) > 1 {
				a.Entries = a.Entries[:1]
			} else {
				a.Entries = nil
			}
		},
		"altered": func(a *pb.ReadPrivateLogResponse) {
			if n := len(a.Entries); n > 0 {
				a.Entries[n-1] = flip(a.Entries[n-1])
			}
		},
		"swapped":  func(a *pb.ReadPrivateLogResponse) { slices.Reverse(a.Entries) },
		"withheld": func(a *pb.ReadPrivateLogResponse) { a.Entries = nil },
		"gone":     func(a *pb.ReadPrivateLogResponse) { a.Entries, a.HeadSeq = nil, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "ReadPrivateLog", func(_ *pb.ReadPrivateLogRequest, a *pb.ReadPrivateLogResponse) { f(a) })
			_, _, err := w.restoreCode("alice", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, fault.PromiseProved)
		})
	}
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	again.sees("bob")
}

// TestHostileOtherAccount: a fresh device takes no account but the one that its
// secret is a way into.
func TestHostileOtherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	w.register("mallory")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	l := w.liar()
	var hers []byte
	var chain [][]byte
	spoil(l, "Resolve", func(q *pb.ResolveRequest, a *pb.ResolveResponse) { hers = slices.Clone(a.Account) })
	spoil(l, "GetChain", func(q *pb.GetChainRequest, a *pb.GetChainResponse) {
		if q.FromSeq == 1 {
			chain = a.Entries
		}
	})
	alice.say("mallory", "hello")
	l.honest()
	if len(hers) == 0 || len(chain) == 0 {
		t.Fatal("mallory's account was not seen")
	}

	spoil(l, "Resolve", func(q *pb.ResolveRequest, a *pb.ResolveResponse) { a.Account = hers })
	fake(l, "SignIn", func(*pb.SignInRequest) *pb.SignInResponse { return &pb.SignInResponse{Token: "x", Restricted: true} })
	fake(l, "GetChain", func(*pb.GetChainRequest) *pb.GetChainResponse { return &pb.GetChainResponse{Entries: chain} })
	_, _, err = w.restoreCode("alice", code)
	l.honest()
	w.misbehaved(err, fault.PromiseProved)

	spoil(l, "SignInPassword", func(q *pb.SignInPasswordRequest, a *pb.SignInPasswordResponse) { a.Account = hers })
	fake(l, "GetChain", func(*pb.GetChainRequest) *pb.GetChainResponse { return &pb.GetChainResponse{Entries: chain} })
	asked := w.realms[0].asked.Load()
	_, _, err = w.restorePIN("alice", testPIN)
	l.honest()
	w.misbehaved(err, fault.PromiseProved)
	if w.realms[0].asked.Load() != asked {
		t.Error("a realm has seen something of the PIN")
	}
}

// TestHostileRealmSet: nothing of the PIN is shown to realms, or stretched by
// parameters, other than those that were set.
func TestHostileRealmSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register("alice").withPIN()
	l := w.liar()
	asked := func() (n int64) {
		for _, r := range w.realms {
			n += r.asked.Load()
		}
		return n
	}
	before := asked()
	for i := range 3 {
		spoil(l, "GetPinRecords", func(_ *pb.GetPinRecordsRequest, a *pb.GetPinRecordsResponse) {
			record := a.PinRecords[0].Record
			switch i {
			case 0: // another address of the same length
				a.PinRecords[0].Record = []byte(strings.Replace(string(record), "http://127", "http://128", 1))
			case 1: // somewhere in the keys
				record[len(record)/2] ^= 1
			case 2: // the threshold or the parameters, beside the MAC
				record[len(record)-33] ^= 1
			}
		})
		_, _, err := w.restorePIN("alice", testPIN)
		if l.honest() == 0 {
			t.Fatal("the liar was not asked")
		}
		w.misbehaved(err, fault.PromiseEncrypted)
	}
	weak := 0
	spoil(l, "PasswordParameters", func(_ *pb.PasswordParametersRequest, a *pb.PasswordParametersResponse) {
		for i := range a.Parameters {
			if a.Parameters[i] > 1 {
				a.Parameters[i] = 1
				weak++
			}
		}
	})
	signedIn := false
	spoil(l, "SignInPassword", func(*pb.SignInPasswordRequest, *pb.SignInPasswordResponse) { signedIn = true })
	fake(l, "SignInPassword", func(*pb.SignInPasswordRequest) *pb.SignInPasswordResponse {
		signedIn = true
		return &pb.SignInPasswordResponse{}
	})
	_, _, err := w.restorePIN("alice", testPIN)
	l.honest()
	if err == nil || signedIn || weak == 0 {
		t.Errorf("weaker parameters for the password: %v, shown to the server: %v", err, signedIn)
	}
	if asked() != before {
		t.Error("a realm has seen something of the PIN")
	}
	if _, _, err := w.restorePIN("alice", testPIN); err != nil {
		t.Errorf("once the server is honest: %v", err)
	}
}

// TestHostileHandle: a handle means the account that it meant first, whatever
// the server says later.
func TestHostileHandle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	alice.say("mallory", "hello")
	l := w.liar()
	var hers []byte
	spoil(l, "Resolve", func(_ *pb.ResolveRequest, a *pb.ResolveResponse) { hers = slices.Clone(a.Account) })
	_, err = bob.Safety(w.ctx, "mallory")
	w.must(err)
	spoil(l, "Resolve", func(q *pb.ResolveRequest, a *pb.ResolveResponse) {
		if q.Handle == "bob" {
			a.Account = hers
		}
	})
	alice.say("bob", "again")
	again, _, err := w.restoreCode("alice", code)
	if fault.KindOf(err) == fault.KindWrongSecret {
		t.Fatal(err)
	}
	w.must(err)
	again.say("bob", "and again")
	carol := w.register("carol")
	_, err = carol.Send(w.ctx, "bob", client.Outgoing{Text: "for bob alone"})
	w.misbehaved(err, fault.PromiseProved)
	l.honest()
	bob.sync()
	mallory.sync()
	bob.sees("alice", "alice: hello", "alice: again", "alice: and again")
	mallory.sees("alice", "alice: hello")
}
