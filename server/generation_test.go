package server_test

import (
	"crypto/rand"
	"testing"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// opening is a generation about to be opened.
type opening struct {
	request *cofferv1.OpenGenerationRequest
	group   *mls.Group
}

// prepareGeneration prepares the next generation, with people's devices in it.
func (x *talk) prepareGeneration(why convo.Reason, people ...*person) *opening {
	x.Helper()
	state := x.pos.NextState()
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: testSuite, GroupID: convo.MLSGroupID(x.id, state.Facts.Generation), Leaf: x.leaf(), Extensions: state.Extensions(), KeepHistory: true,
	})
	x.ok(err)
	body, err := g.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: x.pos.Opening(why, x.head).Extensions()})
	x.ok(err)
	sender := convo.Sender{Account: x.device.id(), Device: x.secret.ID()}
	before, _, _, err := x.pos.Reopen(&convo.Entry{Seq: x.head.Seq + 1, Sender: sender, Body: body})
	x.ok(err)
	t := x.table(people...)
	h := convo.CommitHeader{Log: x.head, HeadTable: [32]byte(t.Hash()), Idempotency: random16()}
	o := mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil)}
	for _, p := range people {
		o.Add = append(o.Add, x.claim(p)...)
	}
	staged, err := g.Commit(rand.Reader, o)
	x.ok(err)
	u := x.unit(before, before.State.Participants, staged, g.SignatureKey(), t, people)
	return &opening{
		&cofferv1.OpenGenerationRequest{Conversation: x.id[:], Generation: state.Facts.Generation, Create: body, Commit: u}, staged.Group(),
	}
}

// TestGenerations: the first to open the next generation does; the same call
// again is answered with the same entries; the group given up takes nothing more.
func TestGenerations(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	eve := w.register("eve")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	x.say("before")
	b.walk(nil)
	one, two := b.prepareGeneration(convo.ReasonCommit, alice, bob), x.prepareGeneration(convo.ReasonDeposit, alice, bob)

	w.refused(try(w, eve.first.convos.OpenGeneration, one.request), notFound)
	w.refused(try(w, alice.first.convos.OpenGeneration, one.request), invalid) // another's leaf
	w.refused(try(w, w.client("").convos.OpenGeneration, one.request), noSession)
	first := call(w, b.convos.OpenGeneration, one.request)
	if e := first.GetEntries(); len(e) != 2 || e[0].GetKind() != cofferv1.EntryKind_ENTRY_KIND_GENERATION || e[1].GetSeq() != e[0].GetSeq()+1 {
		t.Fatalf("entries %v", e)
	}
	again := call(w, b.convos.OpenGeneration, one.request)
	if again.GetEntries()[0].GetSeq() != first.GetEntries()[0].GetSeq() || again.GetEntries()[1].GetSeq() != first.GetEntries()[1].GetSeq() {
		t.Error("the same call opened two generations")
	}
	w.refused(try(w, x.convos.OpenGeneration, two.request), wrongEpoch)
	w.refused(try(w, x.convos.PostMessage, x.seal(x.header(), "into the old group")), wrongEpoch)
	w.refused(try(w, x.convos.PostCommit, x.prepareCommit(mls.CommitOptions{}, alice, bob).request), wrongEpoch)

	r := call(w, x.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: x.id[:], Generation: 1})
	if r.GetGeneration() != 1 || len(r.GetBundles()) != 1 || r.GetBundles()[0].GetEpoch() != 1 || r.GetBundles()[0].GetDeposit() == nil {
		t.Errorf("epochs of the next generation: %v", r.GetBundles())
	}
	summary := call(w, x.convos.GetConversation, &cofferv1.GetConversationRequest{Conversation: x.id[:]}).GetConversation()
	if summary.GetGeneration() != 1 || summary.GetEpoch() != 1 || !summary.GetMember() {
		t.Errorf("summary %v", summary)
	}
	// Alice's device was welcomed; the old group's leaves count no more.
	welcome := call(w, x.convos.GetWelcome, &cofferv1.GetWelcomeRequest{Conversation: x.id[:]})
	if welcome.GetGeneration() != 1 || welcome.GetEpoch() != 1 {
		t.Errorf("Welcome to epoch %d of %d", welcome.GetEpoch(), welcome.GetGeneration())
	}
	w.stop()
}

// TestLeaseCall: who has no part in a conversation takes no lease of it.
func TestLeaseCall(t *testing.T) {
	w := newWorld(t)
	alice, bob, eve := w.register("alice"), w.register("bob"), w.register("eve")
	x := alice.first.create(bob)
	ask := &cofferv1.TakeLeaseRequest{Conversation: x.id[:]}
	if !call(w, x.convos.TakeLease, ask).GetGranted() {
		t.Error("not granted")
	}
	if r := call(w, bob.first.convos.TakeLease, ask); r.GetGranted() || r.GetRetryMs() == 0 {
		t.Errorf("two leases: %v", r)
	}
	w.refused(try(w, eve.first.convos.TakeLease, ask), notFound)
	x.commit(mls.CommitOptions{}, alice, bob) // ends it
	if !call(w, bob.first.convos.TakeLease, ask).GetGranted() {
		t.Error("not granted after the commit")
	}
	// A lease is a hint: a commit without one is accepted.
	x.commit(mls.CommitOptions{}, alice, bob)
	call(w, bob.first.convos.TakeLease, &cofferv1.TakeLeaseRequest{Conversation: x.id[:], GiveBack: true})
	if !call(w, x.convos.TakeLease, ask).GetGranted() {
		t.Error("not granted after it was given back")
	}
}
