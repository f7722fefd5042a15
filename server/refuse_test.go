package server_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/store"
)

// TestMessageRefused: what a message must keep to.
func TestMessageRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob, eve := w.register("alice"), w.register("bob"), w.register("eve")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	target := x.say("mine")
	edited := b.say("bob's")
	b.walk(nil)
	x.walk(nil)
	post := func(h *convo.Header) error { return try(w, x.convos.PostMessage, x.seal(h, "text")) }

	for _, c := range []struct {
		name string
		want cofferv1.ErrorKind
		h    func(h *convo.Header)
	}{
		{"log head that is not there", unknownHead, func(h *convo.Header) { h.Log.Seq = 99 }},
		{"log head with another link", unknownHead, func(h *convo.Header) { h.Log.Link[0] ^= 1 }},
		{"no log head", unknownHead, func(h *convo.Header) { h.Log = convo.LogHead{} }},
		{"chain head that is not there", unknownHead, func(h *convo.Header) { h.Chain.Seq = 7 }},
		{"chain head with another hash", unknownHead, func(h *convo.Header) { h.Chain.Hash[0] ^= 1 }},
		{"erase-after in the past", invalid, func(h *convo.Header) { h.EraseAfterMS = uint64(w.clock.Now().UnixMilli()) }},
		{"erase-after too far away", invalid, func(h *convo.Header) { h.EraseAfterMS = 1 << 62 }},
		{"edit of nothing", notFound, func(h *convo.Header) { h.Purpose, h.Target = convo.PurposeEdit, 99 }},
		{"edit of a commit", notFound, func(h *convo.Header) { h.Purpose, h.Target = convo.PurposeEdit, 2 }},
		{"edit of another's message", forbidden, func(h *convo.Header) { h.Purpose, h.Target = convo.PurposeEdit, edited }},
		{"unsend of another's message", forbidden, func(h *convo.Header) { h.Purpose, h.Target = convo.PurposeUnsend, edited }},
		{"unknown purpose", malformed, func(h *convo.Header) { h.Purpose = 9 }},
		{"target without edit", malformed, func(h *convo.Header) { h.Target = target }},
	} {
		h := x.header()
		c.h(h)
		if got := kindOf(post(h)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}

	good := x.seal(x.header(), "text")
	for _, c := range []struct {
		name string
		want cofferv1.ErrorKind
		m    *cofferv1.PostMessageRequest
	}{
		{"empty", malformed, &cofferv1.PostMessageRequest{Conversation: x.id[:]}},
		{"cut short", malformed, &cofferv1.PostMessageRequest{Conversation: x.id[:], Message: good.Message[:len(good.Message)-1]}},
		{"another generation", malformed, &cofferv1.PostMessageRequest{Conversation: x.id[:], Generation: 1, Message: good.Message}},
		{"another conversation", malformed, &cofferv1.PostMessageRequest{Conversation: make([]byte, 32), Message: good.Message}},
		{"id too short", malformed, &cofferv1.PostMessageRequest{Conversation: x.id[:31], Message: good.Message}},
		{"too large", tooLarge, &cofferv1.PostMessageRequest{Conversation: x.id[:], Message: make([]byte, 2<<20)}},
	} {
		if got := kindOf(try(w, x.convos.PostMessage, c.m)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}

	w.refused(try(w, w.client("").convos.PostMessage, good), noSession)
	foreign := x.header()
	foreign.Chain = eve.Chain.Head()
	w.refused(try(w, eve.first.convos.PostMessage, x.seal(foreign, "text")), notFound)
	w.refused(try(w, eve.first.convos.ReadLog, &cofferv1.ReadLogRequest{Conversation: x.id[:]}), notFound)
	w.refused(try(w, eve.first.convos.GetGroup, &cofferv1.GetGroupRequest{Conversation: x.id[:]}), notFound)

	// Bob's tablet is no leaf: it may read and not write.
	tablet := bob.first.addDevice()
	look := tablet.look(x.id)
	look.walk(nil)
	look.group = b.group
	w.refused(try(w, tablet.convos.PostMessage, look.seal(look.header(), "text")), forbidden)
	if n := len(x.log()); n != 4 {
		t.Errorf("%d entries after all refusals", n)
	}
}

// TestEpochGrace: messages of the epoch before come in for half a minute after a
// harmless commit, and not at all after others.
func TestEpochGrace(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	late := func() error { return try(w, b.convos.PostMessage, b.seal(b.header(), "late")) }

	x.commit(mls.CommitOptions{}, alice, bob)
	w.ok(late())
	w.clock.Add(31 * time.Second)
	w.refused(late(), wrongEpoch)
	b.walk(nil)
	w.ok(late())

	x.walk(nil)
	x.commit(mls.CommitOptions{
		Add: x.claim(carol), Extensions: x.participants(owner(alice), member(bob), member(carol)),
	}, alice, bob, carol)
	w.refused(late(), wrongEpoch) // a participant was added
	b.walk(nil)

	x.walk(nil)
	x.commit(mls.CommitOptions{Remove: []mls.LeafIndex{x.leafOf(carol.first)}}, alice, bob, carol)
	w.refused(late(), wrongEpoch) // a leaf was removed
	b.walk(nil)

	// Bob removes a device that never was in the group; Alice's table covers it.
	tablet := bob.first.addDevice()
	bob.first.removeDevice(tablet)
	x.walk(nil)
	x.commit(mls.CommitOptions{}, alice, bob, carol)
	w.refused(late(), wrongEpoch)
}

// TestRemovedDevice: a device that its chain has removed is refused at once,
// everywhere.
func TestRemovedDevice(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	tablet := bob.first.addDevice()
	tablet.publish(2, true)
	x := alice.first.create(bob)
	tb := tablet.open(x.id)
	tb.say("hello")
	quiet := func() bool {
		wakes, err := w.store.Wakes(t.Context(), 9)
		return err == nil && len(wakes) == 0
	}
	waitFor(t, quiet)
	cursor := call(w, alice.first.Wait, &cofferv1.WaitRequest{}).GetCursor()
	bob.first.removeDevice(tablet)
	w.refused(try(w, tb.convos.PostMessage, tb.seal(tb.header(), "still here")), noSession)
	w.refused(try(w, w.client("").SignIn, bob.signInMessage(tablet.secret)), removed)
	if kps := x.claim(bob); len(kps) != 1 {
		t.Errorf("%d key packages, want only the laptop's", len(kps))
	}
	waitFor(t, func() bool { // alice is woken, though the log has not changed
		r := call(w, alice.first.Wait, &cofferv1.WaitRequest{Cursor: cursor})
		return slices.ContainsFunc(r.GetConversations(), func(id []byte) bool { return string(id) == string(x.id[:]) })
	})
}

// TestBehind: once an entry has named a head of an account's chain, no device of
// the account posts as if it did not know what came up to there.
func TestBehind(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	b.say("hello")
	tablet := bob.first.addDevice()
	x.commit(mls.CommitOptions{}, alice, bob) // its table names bob's new head
	b.walk(nil)
	b.say("still fine")
	w.ok(w.store.UpdateConversation(t.Context(), x.id, func(tx store.ConversationTx) error {
		p, err := tx.Participant(bob.id())
		if err != nil || p.Named != 2 {
			t.Errorf("named %d, %v", p.Named, err)
		}
		p.Named = 3 // as if another node had accepted an entry that names it
		return tx.PutParticipant(p)
	}))
	w.refused(try(w, b.convos.PostMessage, b.seal(b.header(), "behind")), unknownHead)
	w.refused(try(w, b.convos.PostCommit, b.prepareCommit(mls.CommitOptions{}, alice, bob).request), unknownHead)
	bob.first.removeDevice(tablet)
	b.say("caught up")
}

// TestCommitRefused: what a commit and its bundle must keep to.
func TestCommitRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol, eve := w.register("alice"), w.register("bob"), w.register("carol"), w.register("eve")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	flip := func(b []byte) { b[len(b)-1] ^= 1 }

	for _, c := range []struct {
		name string
		want cofferv1.ErrorKind
		f    func(u *cofferv1.PostCommitRequest)
	}{
		{"commit cut short", malformed, func(r *cofferv1.PostCommitRequest) { r.Commit.Commit = r.Commit.Commit[:20] }},
		{"no commit", malformed, func(r *cofferv1.PostCommitRequest) { r.Commit = nil }},
		{"another generation", wrongEpoch, func(r *cofferv1.PostCommitRequest) { r.Generation = 1 }},
		{"bundle of another epoch", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.Bundle.Epoch++ }},
		{"bundle of another generation", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.Bundle.Generation++ }},
		{"another head table", invalid, func(r *cofferv1.PostCommitRequest) { flip(r.Commit.Bundle.HeadTable) }},
		{"another record", invalid, func(r *cofferv1.PostCommitRequest) { flip(r.Commit.Bundle.Record) }},
		{"wrong bundle signature", invalid, func(r *cofferv1.PostCommitRequest) { flip(r.Commit.Bundle.Signature) }},
		{"no deposit root", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.Bundle.DepositRoot = nil }},
		{"another deposit", invalid, func(r *cofferv1.PostCommitRequest) { flip(r.Commit.Deposits[0].Sealed) }},
		{"a deposit missing", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.Deposits = r.Commit.Deposits[:1] }},
		{"a deposit twice", invalid, func(r *cofferv1.PostCommitRequest) {
			r.Commit.Deposits = append(r.Commit.Deposits, r.Commit.Deposits[1])
		}},
		{"deposits out of order", invalid, func(r *cofferv1.PostCommitRequest) { slices.Reverse(r.Commit.Deposits) }},
		{"no group info", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.GroupInfo = nil }},
		{"group info with another signature", invalid, func(r *cofferv1.PostCommitRequest) { flip(r.Commit.GroupInfo) }},
		{"another idempotency key", malformed, func(r *cofferv1.PostCommitRequest) { r.Commit.IdempotencyKey = make([]byte, 16) }},
		{"a Welcome for nobody", invalid, func(r *cofferv1.PostCommitRequest) { r.Commit.Welcome = []byte{0, 1, 0, 3} }},
	} {
		r := x.prepareCommit(mls.CommitOptions{}, alice, bob).request
		c.f(r)
		if got := kindOf(try(w, x.convos.PostCommit, r)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}

	// A participant list that is not the one whose hash the GroupContext holds; the
	// committer's signature is right.
	other := x.prepareCommit(mls.CommitOptions{}, alice, bob)
	list, err := convo.NewParticipants([]convo.Participant{owner(alice), owner(bob)})
	w.ok(err)
	other.request.Commit = x.unit(x.pos, list, other.staged, x.group.SignatureKey(), x.table(alice, bob), []*person{alice, bob})
	w.refused(try(w, x.convos.PostCommit, other.request), invalid)

	good := x.prepareCommit(mls.CommitOptions{}, alice, bob).request
	w.refused(try(w, bob.first.convos.PostCommit, good), forbidden) // posted by another
	w.refused(try(w, eve.first.convos.PostCommit, good), notFound)  // posted by a stranger
	w.refused(try(w, w.client("").convos.PostCommit, good), noSession)

	// A participant without a head in the table, and one that has no account.
	add := mls.CommitOptions{Add: x.claim(carol), Extensions: x.participants(owner(alice), member(bob), member(carol))}
	w.refused(try(w, x.convos.PostCommit, x.prepareCommit(add, alice, bob).request), invalid)
	ghost := &person{world: w}
	_, ghost.Update, _ = w.genesis("ghost")
	w.refused(try(w, x.convos.PostCommit, x.prepareCommit(mls.CommitOptions{
		Extensions: x.participants(owner(alice), member(bob), member(ghost)),
	}, alice, bob, ghost).request), unknownHead)

	// Roles: bob is a member, and may neither remove alice nor become owner.
	for _, o := range []mls.CommitOptions{
		{Remove: []mls.LeafIndex{b.leafOf(alice.first)}},
		{Extensions: b.participants(owner(alice), owner(bob))},
	} {
		w.refused(try(w, b.convos.PostCommit, b.prepareCommit(o, alice, bob).request), forbidden)
	}

	// Two commits on one epoch: the second is too late.
	one, two := x.prepareCommit(mls.CommitOptions{}, alice, bob), b.prepareCommit(mls.CommitOptions{}, alice, bob)
	call(w, x.convos.PostCommit, one.request)
	w.refused(try(w, b.convos.PostCommit, two.request), wrongEpoch)
	if n := len(x.log()); n != 3 {
		t.Errorf("%d entries after all refusals", n)
	}
}

// TestOlderTable: a head table never names an older head than the one before.
func TestOlderTable(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	old := *bob.Update
	tablet := bob.first.addDevice()
	x.commit(mls.CommitOptions{}, alice, bob)
	past := &person{world: w, Update: &old, handle: "bob"}
	w.refused(try(w, x.convos.PostCommit, x.prepareCommit(mls.CommitOptions{}, alice, past).request), unknownHead)
	_ = tablet
}

// TestExternalRefused: who joins by itself must know the join key.
func TestExternalRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob, eve := w.register("alice"), w.register("bob"), w.register("eve")
	x := alice.first.create(bob)
	tablet := bob.first.addDevice().look(x.id)
	tablet.walk(nil)
	key := tablet.joinKey()
	join := func(key []byte, remove *mls.LeafIndex, people ...*person) error {
		return try(w, tablet.convos.PostCommit, tablet.prepareExternal(key, remove, people...).request)
	}
	w.refused(join(nil, nil, alice, bob), forbidden)
	theirs := tablet.leafOf(alice.first)
	w.refused(join(key, &theirs, alice, bob), forbidden)
	own := tablet.leafOf(bob.first)
	w.refused(join(key, &own, alice, bob), forbidden) // the laptop has not been removed
	stranger := eve.first.look(x.id)
	stranger.pos, stranger.head = tablet.pos, tablet.head
	w.refused(try(w, stranger.convos.GetGroup, &cofferv1.GetGroupRequest{Conversation: x.id[:]}), notFound)
	w.refused(try(w, stranger.convos.PostCommit, tablet.prepareExternal(key, nil, alice, bob).request), notFound)
	w.ok(join(key, nil, alice, bob))
}

// TestCreateRefused: a conversation's beginning must hold.
func TestCreateRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	group := func() *convo.Facts {
		f := &convo.Facts{Host: testHost, Kind: convo.Group, Creator: alice.id()}
		rand.Read(f.Nonce[:])
		return f
	}
	elsewhere := group()
	elsewhere.Host = "other.example"
	for _, c := range []struct {
		name string
		want cofferv1.ErrorKind
		f    func() *cofferv1.CreateConversationRequest
	}{
		{"another host", invalid, func() *cofferv1.CreateConversationRequest {
			return alice.first.prepare(elsewhere, alice, bob).request
		}},
		{"another id", invalid, func() *cofferv1.CreateConversationRequest {
			r := alice.first.prepare(group(), alice, bob).request
			r.Conversation = make([]byte, 32)
			return r
		}},
		{"creation cut short", invalid, func() *cofferv1.CreateConversationRequest {
			r := alice.first.prepare(group(), alice, bob).request
			r.Create = r.Create[:len(r.Create)-1]
			return r
		}},
		{"no first commit", invalid, func() *cofferv1.CreateConversationRequest {
			r := alice.first.prepare(group(), alice, bob).request
			r.Commit = nil
			return r
		}},
		{"no Welcome", invalid, func() *cofferv1.CreateConversationRequest {
			r := alice.first.prepare(group(), alice, bob).request
			r.Commit.Welcome = nil
			return r
		}},
	} {
		if got := kindOf(try(w, alice.first.convos.CreateConversation, c.f())); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	r := alice.first.prepare(group(), alice, bob).request
	w.refused(try(w, bob.first.convos.CreateConversation, r), forbidden) // bob is not the creator

	alice.first.createDirect(bob)
	late := bob.first.prepare(&convo.Facts{Host: testHost, Kind: convo.Direct, Creator: bob.id(), Peer: alice.id()}, alice, bob)
	w.refused(try(w, bob.first.convos.CreateConversation, late.request), exists)
}

// TestLeaveRefused: only the device itself leaves, and nobody leaves a direct
// conversation.
func TestLeaveRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	b := bob.first.open(x.id)
	post := func(d *device, l *convo.Leave) error {
		return try(w, d.convos.PostLeave, &cofferv1.PostLeaveRequest{Conversation: x.id[:], Leave: l.Append(nil)})
	}
	w.refused(post(alice.first, b.prepareLeave()), invalid)
	bad := b.prepareLeave()
	bad.Signature[0] ^= 1
	w.refused(post(bob.first, bad), invalid)
	b.head.Link[0] ^= 1
	w.refused(post(bob.first, b.prepareLeave()), unknownHead)
	b.head.Link[0] ^= 1
	w.ok(post(bob.first, b.prepareLeave()))
	w.ok(post(bob.first, b.prepareLeave())) // again: the entry that there is
	d := alice.first.createDirect(bob)
	w.ok(try(w, d.convos.PostLeave, &cofferv1.PostLeaveRequest{Conversation: d.id[:], Leave: d.prepareLeave().Append(nil)}))
}
