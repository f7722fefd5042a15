package itest

import (
	"crypto/sha256"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// erased makes of a message what is left of it after an erasure; links still
// verify.
func erased(x *pb.LogEntry) {
	header, err := convo.HeaderOf(convo.EntryKind(x.Kind), x.Body)
	if err != nil {
		panic(err)
	}
	hash := sha256.Sum256(x.Body)
	x.Body, x.Header, x.BodyHash = nil, header, hash[:]
}

// TestErasedWithoutExcuse: a body that nobody unsent, that had not expired and
// that was not deleted is a gap, with its place; the rest is restored.
func TestErasedWithoutExcuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	lost := alice.say("bob", "lost")
	gone := alice.say("bob", "unsent")
	alice.say("bob", "here")
	w.must(alice.Unsend(w.ctx, gone.ID.String()))
	l := w.liar()
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == lost.Seq {
				erased(x)
			}
		}
	})
	fresh, r, err := w.restoreCode("bob", code)
	w.must(err)
	if r.Intact() || r.Messages+1 != r.Expected || len(r.Gaps) != 1 || r.Gaps[0].From != lost.Seq || r.Gaps[0].To != lost.Seq {
		t.Errorf("restored %d of %d, gaps %v; want one gap at %d", r.Messages, r.Expected, r.Gaps, lost.Seq)
	}
	if fresh.reads("alice", "lost") || !fresh.reads("alice", "here") {
		t.Errorf("the new device sees %q", fresh.texts("alice"))
	}
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	// Without the lie it is a whole history again, there and on a device that starts
	// anew.
	fresh.sync()
	if !fresh.reads("alice", "lost") {
		t.Error("the message that the server has again is still missing")
	}
	_, r, err = w.restoreCode("bob", code)
	w.must(err)
	if !r.Intact() {
		t.Errorf("restored %d of %d, gaps %v", r.Messages, r.Expected, r.Gaps)
	}
}

// TestDeletedStaysGone: a server that kept what was unsent, deleted for one
// account or edited, and hands it out again, brings nothing of it back.
func TestDeletedStaysGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	unsent := alice.say("bob", "to be unsent")
	deleted := alice.say("bob", "to be deleted")
	edited := alice.say("bob", "to be edited")
	l := w.liar()
	l.watchLog(w, code, "bob") // the server keeps it all
	bob.sync()
	w.must(alice.Unsend(w.ctx, unsent.ID.String()))
	w.must(bob.DeleteForMe(w.ctx, deleted.ID.String()))
	_, err = alice.Edit(w.ctx, edited.ID.String(), "edited")
	w.must(err)
	bob.sees("alice", "alice: (unsent)", "alice: edited")

	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for i, x := range a.Entries {
			if kept := l.seen[x.Seq]; kept != nil {
				a.Entries[i] = proto.CloneOf(kept)
			}
		}
	})
	fresh, _, err := w.restoreCode("bob", code)
	w.must(err)
	fresh.sees("alice", "alice: (unsent)", "alice: edited")
	bob.open()
	bob.sees("alice", "alice: (unsent)", "alice: edited")
	for _, d := range []*device{fresh, bob} {
		for _, word := range []string{"unsent", "deleted"} {
			if found, err := d.Search(w.ctx, []string{word}, ""); err != nil || len(found) != 0 {
				t.Errorf("%s finds %d messages with %q (%v)", d.name, len(found), word, err)
			}
		}
	}
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
}

// TestWitness: the realms remember the newest heads, so a server cannot hand a
// restoring device an older chain or private log: the removal of a code, say, is
// not taken back.
func TestWitness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := bob.say("alice", "hello")
	alice.sync()
	alice.withPIN()
	_, removed, err := alice.AddCode(w.ctx)
	w.must(err)
	l := w.liar()
	var old [][]byte
	spoil(l, "GetChain", func(q *pb.GetChainRequest, a *pb.GetChainResponse) {
		if q.FromSeq == 1 {
			old = a.Entries
		}
	})
	_, r, err := w.restorePIN("alice", testPIN)
	w.must(err)
	if r.ConfirmedBy == "" || r.ConfirmedBy == "nobody but the server" {
		t.Errorf("confirmed by %q, want the realms", r.ConfirmedBy)
	}
	l.honest()
	w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
	_, err = alice.RemoveRecovery(w.ctx, removed.ID.String())
	w.must(err)

	// An older chain, which the server lets the new device go on from.
	own := [][]byte{}
	token := ""
	spoil(l, "SignInPassword", func(_ *pb.SignInPasswordRequest, a *pb.SignInPasswordResponse) { token = a.Token })
	fake(l, "GetChain", func(q *pb.GetChainRequest) *pb.GetChainResponse {
		all := append(append([][]byte(nil), old...), own...)
		return &pb.GetChainResponse{Entries: all[min(len(all), int(q.FromSeq)-1):]}
	})
	fake(l, "AppendChain", func(q *pb.AppendChainRequest) *pb.AppendChainResponse {
		own = append(own, q.Entry)
		return &pb.AppendChainResponse{}
	})
	fake(l, "SignIn", func(*pb.SignInRequest) *pb.SignInResponse { return &pb.SignInResponse{Token: token} })
	fake(l, "ReadPrivateLog", func(*pb.ReadPrivateLogRequest) *pb.ReadPrivateLogResponse { return &pb.ReadPrivateLogResponse{} })
	fake(l, "CountKeyPackages", func(*pb.CountKeyPackagesRequest) *pb.CountKeyPackagesResponse {
		return &pb.CountKeyPackagesResponse{Available: 100, LastResort: true}
	})
	fake(l, "PublishKeyPackages", func(*pb.PublishKeyPackagesRequest) *pb.PublishKeyPackagesResponse {
		return &pb.PublishKeyPackagesResponse{Available: 100}
	})
	_, _, err = w.restorePIN("alice", testPIN)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseProved)

	// The right chain, but an older private log: the deletion would be undone.
	spoil(l, "ReadPrivateLog", func(_ *pb.ReadPrivateLogRequest, a *pb.ReadPrivateLogResponse) { a.Entries, a.HeadSeq = nil, 0 })
	_, _, err = w.restorePIN("alice", testPIN)
	l.honest()
	w.misbehaved(err, fault.PromiseProved)
}
