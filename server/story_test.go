package server_test

import (
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// TestStory is the main way through: two people and a group, messages, another
// device, a removal, a leave.
func TestStory(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")

	a := alice.first.createDirect(bob)
	b := bob.first.open(a.id)
	seq := a.say("hello")
	b.walk(nil)
	log := b.log()
	if len(log) != 3 || log[2].GetSeq() != seq || log[2].GetSeq() != 3 {
		t.Fatalf("bob sees %d entries", len(log))
	}
	m, err := b.group.Open(log[2].GetBody())
	w.ok(err)
	if string(m.Data) != "hello" {
		t.Errorf("bob reads %q", m.Data)
	}
	b.say("hello, alice")

	g := alice.first.create(bob)
	g.commit(mls.CommitOptions{
		Add:        g.claim(carol),
		Extensions: g.participants(owner(alice), member(bob), member(carol)),
	}, alice, bob, carol)
	c := carol.first.open(g.id)
	c.say("thanks for adding me")
	gb := bob.first.open(g.id)
	gb.say("welcome")

	// Bob's tablet joins by external commit and speaks.
	tablet := bob.first.addDevice()
	tb := tablet.look(g.id)
	tb.joinExternal(alice, bob, carol)
	tb.say("from the tablet")
	g.walk(nil)
	g.say("fine")

	// Carol leaves, alice removes her leaf.
	c.leave()
	w.refused(try(w, c.convos.PostMessage, c.seal(c.header(), "one more")), removed)
	// Who has not heard of it says nothing more for carol to read.
	w.refused(try(w, g.convos.PostMessage, g.seal(g.header(), "does carol read this?")), wrongEpoch)
	w.refused(try(w, tb.convos.PostMessage, tb.seal(tb.header(), "or this?")), wrongEpoch)
	g.walk(nil)
	g.commit(mls.CommitOptions{
		Remove:     []mls.LeafIndex{g.leafOf(carol.first)},
		Extensions: g.participants(owner(alice), member(bob)),
	}, alice, bob)
	g.say("carol does not see this")
	last := c.log()
	if k := last[len(last)-1].GetKind(); k != cofferv1.EntryKind_ENTRY_KIND_LEAVE {
		t.Errorf("carol's log ends with %v", k)
	}
}

func owner(p *person) convo.Participant { return convo.Participant{Account: p.id(), Role: convo.Owner} }
func member(p *person) convo.Participant {
	return convo.Participant{Account: p.id(), Role: convo.Member}
}

// TestIndexAndWait: news of a conversation reaches those who wait, and the list.
func TestIndexAndWait(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	start := call(w, bob.first.Wait, &cofferv1.WaitRequest{})
	if start.GetCursor() == 0 || start.GetChainSeq() != 1 {
		t.Fatalf("first answer %v", start)
	}
	news := make(chan *cofferv1.WaitResponse, 1)
	go func() {
		r, err := bob.first.Wait(t.Context(), req(&cofferv1.WaitRequest{Cursor: start.GetCursor(), TimeoutMs: 20_000}))
		if err != nil {
			t.Error(err)
			news <- nil
			return
		}
		news <- r.Msg
	}()
	x := alice.first.createDirect(bob)
	select {
	case r := <-news:
		if r == nil || len(r.GetConversations()) != 1 || string(r.GetConversations()[0]) != string(x.id[:]) {
			t.Errorf("bob was told %v", r)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("bob was not woken")
	}
	x.say("hi")
	waitFor(t, func() bool {
		r := call(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{})
		return len(r.GetConversations()) == 1 && r.GetConversations()[0].GetHead().GetSeq() == 3 && r.GetConversations()[0].GetMember()
	})
	one := call(w, alice.first.convos.GetConversation, &cofferv1.GetConversationRequest{Conversation: x.id[:]}).GetConversation()
	if one.GetEpoch() != 1 || one.GetReadableTo() != 0 || one.GetHead().GetSeq() != 3 {
		t.Errorf("summary %v", one)
	}
}

func waitFor(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not happen in time")
		}
	}
}

// TestList pages through many conversations by activity and by change.
func TestList(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	const n = 7
	var all *cofferv1.ListConversationsResponse
	for i := range n {
		alice.first.create(bob)
		w.clock.Add(time.Second)
		waitFor(t, func() bool { // they change in this order, and not several at once
			all = call(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{})
			return len(all.GetConversations()) == i+1
		})
	}
	var paged []*cofferv1.ConversationSummary
	var after []byte
	for {
		r := call(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{After: after, Limit: 3})
		paged = append(paged, r.GetConversations()...)
		if after = r.GetNext(); len(after) == 0 {
			break
		}
	}
	if len(paged) != n {
		t.Fatalf("pages hold %d", len(paged))
	}
	for i := range paged {
		if string(paged[i].GetConversation()) != string(all.GetConversations()[i].GetConversation()) {
			t.Errorf("row %d differs", i)
		}
		if i > 0 && paged[i].GetLastActivityMs() > paged[i-1].GetLastActivityMs() {
			t.Errorf("row %d is newer than the one before", i)
		}
	}
	changed := call(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{ChangedAfter: all.GetConversations()[2].GetChange()})
	if len(changed.GetConversations()) != 2 {
		t.Errorf("%d changed later than the third", len(changed.GetConversations()))
	}
	w.refused(try(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{After: []byte{1}}), malformed)
}

// TestIdempotent: what is posted again is there once.
func TestIdempotent(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	c := alice.first.prepare(&convo.Facts{Host: testHost, Kind: convo.Direct, Creator: alice.id(), Peer: bob.id()}, alice, bob)
	x := alice.first.created(c)
	if again := call(w, alice.first.convos.CreateConversation, c.request); headOf(again.GetHead()) != x.head || len(again.GetEntries()) != 2 {
		t.Error("creating again answers otherwise")
	}
	m := x.seal(x.header(), "once")
	first := call(w, x.convos.PostMessage, m)
	second := call(w, x.convos.PostMessage, m)
	if first.GetEntry().GetSeq() != second.GetEntry().GetSeq() || string(first.GetEntry().GetLink()) != string(second.GetEntry().GetLink()) {
		t.Error("posting again answers otherwise")
	}
	x.head = headOf(second.GetHead())
	commit := x.prepareCommit(mls.CommitOptions{}, alice, bob)
	call(w, x.convos.PostCommit, commit.request)
	call(w, x.convos.PostCommit, commit.request)
	x.group = commit.staged.Group()
	x.walk(nil)
	// The same message again, in the new epoch: the key counts.
	call(w, x.convos.PostMessage, m)
	if n := len(x.log()); n != 4 {
		t.Errorf("%d entries", n)
	}
}
