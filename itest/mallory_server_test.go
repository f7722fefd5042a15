package itest

import (
	"crypto/rand"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// ghostPackage is the key package of a device that claims to be an account's and is
// not in its chain.
func (m *mallory) ghostPackage(of account.ID) *mls.KeyPackage {
	m.w.tb.Helper()
	device, err := account.GenerateKeyholder(rand.Reader)
	m.w.must(err)
	key, err := hybrid.GenerateSignatureKey(rand.Reader)
	m.w.must(err)
	identity := device.CertifyLeaf(of, key.Public())
	b, err := mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{
		Suite: hybrid, Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())},
	})
	m.w.must(err)
	return b.KeyPackage
}

// entry is what a server that is in league with mallory puts on the log.
func (m *mallory) entry(kind pb.EntryKind, body []byte, after *pb.LogEntry) *pb.LogEntry {
	id, device := m.chain.ID(), m.secret.ID()
	return &pb.LogEntry{
		Seq: after.Seq + 1, Kind: kind, Account: id[:], Device: device[:], AcceptedMs: after.AcceptedMs + 1, Body: body,
	}
}

// withMallory is a group of bob and carol that mallory has begun, and that all have
// written in; the liar has seen its log.
func (w *world) withMallory(gives convo.Role) (m *mallory, l *liar, bob, carol *device, room, code string) {
	w.tb.Helper()
	bob, carol = w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.sync()
	carol.sync()
	m = w.mallory()
	m.gives = gives
	m.begin(hybrid, bob, carol)
	room = m.id.String()
	bob.meets(room)
	carol.meets(room)
	bob.say(room, "hello")
	m.readUp()
	m.say("hello from mallory")
	bob.sync()
	l = w.liar()
	l.watchLog(w, code, "bob")
	return m, l, bob, carol, room, code
}

// refusedByAll shows a log to a device that follows and to one that restores, and
// fails the test unless both refuse it, and go on once the server is honest.
func (w *world) refusedByAll(l *liar, bob *device, room, code string, promise fault.Promise) {
	w.tb.Helper()
	_, live := bob.History(w.ctx, room, client.Page{})
	_, _, restored := w.restoreCode("bob", code)
	if l.honest() == 0 {
		w.tb.Fatal("the liar was not asked")
	}
	w.misbehaved(live, promise)
	w.misbehaved(restored, promise)
	bob.sync()
	bob.sees(room, "bob: hello", "mallory: hello from mallory")
}

// TestGhostByMember: a member who adds, as a further device of another, one that
// its account's chain does not know is refused by the server, and with the server's
// help by everybody else.
func TestGhostByMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, l, bob, carol, room, code := w.withMallory(convo.Member)
	_, u := m.commit(m.head, []*mls.KeyPackage{m.ghostPackage(m.knows(carol))})
	_, err := m.convos.PostCommit(w.ctx, &wire.PostCommitRequest{Conversation: m.id[:], Generation: m.pos.Generation, Commit: u})
	if err == nil {
		t.Fatal("the server lets a ghost in")
	}
	x := &ghostCommit{
		entry: m.entry(pb.EntryKind_ENTRY_KIND_COMMIT, u.Commit, l.top()),
		bundle: &pb.EpochBundle{
			Generation: u.Bundle.Generation, Epoch: u.Bundle.Epoch, Seq: l.top().Seq + 1, HeadTable: u.Bundle.HeadTable,
			Record: u.Bundle.Record, DepositRoot: u.Bundle.DepositRoot, DepositCount: u.Bundle.DepositCount, Signature: u.Bundle.Signature,
		},
	}
	l.show(m.id, x)
	w.refusedByAll(l, bob, room, code, fault.PromiseEncrypted)
	carol.say(room, "all is well")
	bob.sees(room, "bob: hello", "mallory: hello from mallory", "carol: all is well")
}

// TestGhostByProposal: a proposal that stands alone is nothing that a log may hold:
// neither the server takes it from a member, nor others from the server, as
// whatever kind of entry it comes, and nor a commit that refers to it.
func TestGhostByProposal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, l, bob, carol, room, code := w.withMallory(convo.Member)
	proposal, queued, err := m.group.Propose(rand.Reader, mls.ProposeAdd(m.ghostPackage(m.knows(carol))), mls.ProposeOptions{})
	w.must(err)
	h := convo.CommitHeader{Log: m.head, Idempotency: [16]byte(random(16))}
	staged, err := m.group.Commit(rand.Reader, mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil), Queued: []*mls.QueuedProposal{queued}})
	w.must(err)
	if m.post(proposal) == nil {
		t.Error("the server takes a proposal for a message")
	}
	_, u := m.commit(m.head, nil)
	for name, body := range map[string][]byte{"a proposal": proposal, "a commit that refers to one": staged.Message} {
		u.Commit = body
		if _, err := m.convos.PostCommit(w.ctx, &wire.PostCommitRequest{Conversation: m.id[:], Generation: m.pos.Generation, Commit: u}); err == nil {
			t.Errorf("the server takes %s", name)
		}
	}
	for name, x := range map[string]*pb.LogEntry{
		"as a commit":        m.entry(pb.EntryKind_ENTRY_KIND_COMMIT, proposal, l.top()),
		"as a message":       m.entry(pb.EntryKind_ENTRY_KIND_MESSAGE, proposal, l.top()),
		"as a leave":         m.entry(pb.EntryKind_ENTRY_KIND_LEAVE, proposal, l.top()),
		"as a generation":    m.entry(pb.EntryKind_ENTRY_KIND_GENERATION, proposal, l.top()),
		"and a commit to it": m.entry(pb.EntryKind_ENTRY_KIND_COMMIT, staged.Message, l.top()),
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry { return append(log, proto.CloneOf(x)) })
			w.refusedByAll(l, bob, room, code, anyPromise)
		})
	}
}

// TestRemovedMemberWithServer: what a removed member seals with the keys of the
// epoch that it was in is refused by all, however the server lets it in.
func TestRemovedMemberWithServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, l, bob, carol, room, code := w.withMallory(convo.Owner)
	model := proto.CloneOf(l.top()) // a message of mallory's, with its frank
	w.must(bob.GroupRemove(w.ctx, room, []string{"mallory"}))
	carol.sync()
	sealed := m.seal(func(*envelope) {})
	if m.post(sealed) == nil {
		t.Fatal("the server takes a message of a member that was removed")
	}
	l.watchLog(w, code, "bob")
	x := m.entry(pb.EntryKind_ENTRY_KIND_MESSAGE, sealed, l.top())
	x.Frank = model.Frank
	l.refrank(w, m.id, x)
	l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry { return append(log, proto.CloneOf(x)) })
	w.refusedByAll(l, bob, room, code, fault.PromiseEncrypted)

	// And it reads nothing of what is said without it.
	carol.say(room, "the two of us")
	bob.sees(room, "bob: hello", "mallory: hello from mallory", "carol: the two of us")
	l.watchLog(w, code, "bob")
	if _, err := m.group.Open(l.top().Body); err == nil {
		t.Error("a removed member reads on")
	}
}
