package server_test

import (
	"bytes"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/mls"
)

func (x *talk) entry(seq uint64) *cofferv1.LogEntry {
	x.Helper()
	return x.log()[seq-1]
}

func erased(e *cofferv1.LogEntry) bool {
	return len(e.GetBody()) == 0 && len(e.GetBodyHash()) == 32 && len(e.GetHeader()) > 0
}

// TestUnsend: the message and its edits are erased, and the links still verify.
func TestUnsend(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	first, other := x.say("secret"), x.say("other")
	h := x.header()
	h.Purpose, h.Target = convo.PurposeEdit, first
	edit := x.post(h, "secret, edited").GetEntry().GetSeq()
	h = x.header()
	h.Purpose, h.Target = convo.PurposeUnsend, first
	x.post(h, "")
	for _, e := range x.log() {
		if want := e.GetSeq() == first || e.GetSeq() == edit; erased(e) != want {
			t.Errorf("entry %d erased: %v, want %v", e.GetSeq(), !want, want)
		}
	}
	h = x.header()
	h.Purpose, h.Target = convo.PurposeEdit, first
	w.refused(try(w, x.convos.PostMessage, x.seal(h, "again")), notFound)
	h = x.header()
	h.Purpose, h.Target = convo.PurposeUnsend, first
	x.post(h, "") // again does no harm
	if erased(x.entry(other)) {
		t.Error("the other message is gone")
	}
}

// TestEraseAfter: the sweeper erases on time, and not before.
func TestEraseAfter(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	h := x.header()
	h.EraseAfterMS = uint64(w.clock.Now().Add(time.Hour).UnixMilli())
	seq := x.post(h, "for an hour").GetEntry().GetSeq()
	stays := x.say("for ever")
	w.clock.Add(59 * time.Minute)
	time.Sleep(60 * time.Millisecond) // some rounds of the sweeper
	if erased(x.entry(seq)) {
		t.Fatal("erased too early")
	}
	w.clock.Add(time.Minute)
	waitFor(t, func() bool { return erased(x.entry(seq)) })
	if erased(x.entry(stays)) {
		t.Error("the other message is gone")
	}
}

// TestRelease: an entry goes when nobody claims it any more.
func TestRelease(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	seq := x.say("for both")
	release := func(d *device, seqs ...uint64) error {
		return try(w, d.convos.ReleaseClaims, &cofferv1.ReleaseClaimsRequest{Conversation: x.id[:], Seqs: seqs})
	}
	w.ok(release(alice.first, seq, 1, 2, 99))
	if erased(x.entry(seq)) {
		t.Fatal("bob still claims it")
	}
	w.ok(release(bob.first, seq))
	if !erased(x.entry(seq)) {
		t.Error("nobody claims it, and it is there")
	}
	w.refused(release(w.register("eve").first, seq), notFound)
	if e := x.log(); erased(e[0]) || erased(e[1]) {
		t.Error("commits are never erased")
	}
}

// TestReleaseWithoutVault: who keeps no vault may not have fetched an entry yet.
func TestReleaseWithoutVault(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	bob.first.append(bob.Chain.SetVault(randReader, bob.first.author(), bob.Roots, false))
	x := alice.first.create(bob)
	if n := x.bundles[0].GetDepositCount(); n != 1 {
		t.Fatalf("%d deposits, want alice's only", n)
	}
	seq := x.say("hi")
	call(w, alice.first.convos.ReleaseClaims, &cofferv1.ReleaseClaimsRequest{Conversation: x.id[:], Seqs: []uint64{seq}})
	if erased(x.entry(seq)) {
		t.Fatal("erased before bob had it")
	}
	call(w, bob.first.convos.ReleaseClaims, &cofferv1.ReleaseClaimsRequest{Conversation: x.id[:], Seqs: []uint64{seq}})
	if !erased(x.entry(seq)) {
		t.Error("nobody claims it, and it is there")
	}
}

// TestFrank: the frank binds sender, room and the entry's time.
func TestFrank(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	e := x.entry(x.say("hi"))
	f, err := frank.ParseFrank(e.GetFrank())
	w.ok(err)
	sender, err := content.UserURI(testHost, alice.id().String())
	w.ok(err)
	room, err := content.RoomURI(testHost, x.id.String())
	w.ok(err)
	c := frank.Context{Sender: sender, Room: room, AcceptedMs: e.GetAcceptedMs()}
	w.ok(f.Verify(w.key, uint16(testSuite), c))
	c.AcceptedMs++
	if f.Verify(w.key, uint16(testSuite), c) == nil {
		t.Error("the frank holds for another time")
	}
}

// TestTimeNeverFalls: accepted times do not go back with the clock.
func TestTimeNeverFalls(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	x.say("now")
	w.clock.Add(-time.Hour)
	e := x.entry(x.say("an hour ago?"))
	if before := x.entry(e.GetSeq() - 1); e.GetAcceptedMs() < before.GetAcceptedMs() {
		t.Error("time fell")
	}
	f, err := frank.ParseFrank(e.GetFrank())
	w.ok(err)
	sender, _ := content.UserURI(testHost, alice.id().String())
	room, _ := content.RoomURI(testHost, x.id.String())
	w.ok(f.Verify(w.key, uint16(testSuite), frank.Context{Sender: sender, Room: room, AcceptedMs: e.GetAcceptedMs()}))
}

// TestRepairDeposit: the right deposit is filed beside the wrong one.
func TestRepairDeposit(t *testing.T) {
	w := newWorld(t)
	alice, bob, eve := w.register("alice"), w.register("bob"), w.register("eve")
	x := alice.first.create(bob)
	b := bob.first.look(x.id)
	b.walk(nil)
	put := func(d *device, of *person, vaultEpoch uint64, sealed string) error {
		return try(w, d.convos.PutDeposit, &cofferv1.PutDepositRequest{
			Conversation: x.id[:], Epoch: 1, Deposit: &cofferv1.Deposit{Account: idBytes(of), VaultEpoch: vaultEpoch, Sealed: []byte(sealed)},
		})
	}
	w.refused(put(eve.first, bob, 1, "x"), notFound)
	w.refused(put(alice.first, eve, 1, "x"), notFound)
	w.refused(put(alice.first, bob, 2, "x"), invalid)
	w.refused(put(alice.first, bob, 1, ""), malformed)
	w.ok(put(alice.first, bob, 1, "one"))
	w.ok(put(alice.first, bob, 1, "one"))
	w.refused(put(alice.first, bob, 1, "two"), exists)
	w.ok(put(bob.first, bob, 1, "three"))
	b.walk(nil)
	got := b.bundles[0]
	id, dev := bob.id(), bob.first.secret.ID()
	if string(got.GetRepaired().GetSealed()) != "three" || !bytes.Equal(got.GetRepairedBy(), append(id[:], dev[:]...)) {
		t.Errorf("repaired: %v", got.GetRepaired())
	}
	if len(got.GetDeposit().GetSealed()) < 100 {
		t.Error("the wrong one must stay as evidence")
	}
	all := call(w, x.convos.ReadDeposits, &cofferv1.ReadDepositsRequest{Conversation: x.id[:], Epoch: 1}).GetDeposits()
	if len(all) != 2 {
		t.Errorf("%d deposits", len(all))
	}
}

// TestReadPages: limits and directions of reading.
func TestReadPages(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	for range 10 {
		x.say("hi")
	}
	read := func(from uint64, limit uint32, desc bool) (seqs []uint64) {
		for _, e := range call(w, x.convos.ReadLog, &cofferv1.ReadLogRequest{
			Conversation: x.id[:], FromSeq: from, Limit: limit, Descending: desc,
		}).GetEntries() {
			seqs = append(seqs, e.GetSeq())
		}
		return seqs
	}
	for _, c := range []struct {
		from  uint64
		limit uint32
		desc  bool
		first uint64
		n     int
	}{
		{0, 0, false, 1, 12}, {1, 5, false, 1, 5}, {11, 5, false, 11, 2}, {13, 5, false, 0, 0},
		{0, 3, true, 12, 3}, {99, 3, true, 12, 3}, {2, 9, true, 2, 2},
	} {
		got := read(c.from, c.limit, c.desc)
		if len(got) != c.n || len(got) > 0 && got[0] != c.first {
			t.Errorf("read(%d, %d, %v) = %v", c.from, c.limit, c.desc, got)
		}
	}
	for range 3 {
		x.commit(mls.CommitOptions{}, alice, bob)
	}
	r := call(w, x.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: x.id[:], FromEpoch: 2, Limit: 2})
	if len(r.GetBundles()) != 2 || !r.GetMore() || r.GetBundles()[0].GetEpoch() != 2 {
		t.Errorf("%d epochs, more %v", len(r.GetBundles()), r.GetMore())
	}
	r = call(w, x.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: x.id[:], FromEpoch: 4})
	if len(r.GetBundles()) != 1 || r.GetMore() {
		t.Errorf("%d epochs, more %v", len(r.GetBundles()), r.GetMore())
	}
}

// TestInfoPointer: the newest message of kind info is pointed to.
func TestInfoPointer(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	h := x.header()
	h.Purpose = convo.PurposeInfo
	seq := x.post(h, "the name").GetEntry().GetSeq()
	x.say("hi")
	c := call(w, x.convos.GetConversation, &cofferv1.GetConversationRequest{Conversation: x.id[:]}).GetConversation()
	if c.GetInfoSeq() != seq {
		t.Errorf("info at %d, want %d", c.GetInfoSeq(), seq)
	}
}

// TestRemovedReads: who was removed reads up to there and no further.
func TestRemovedReads(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	x := alice.first.create(bob, carol)
	b := bob.first.open(x.id)
	x.say("all three")
	x.commit(mls.CommitOptions{
		Remove: []mls.LeafIndex{x.leafOf(bob.first)}, Extensions: x.participants(owner(alice), member(carol)),
	}, alice, carol)
	x.say("without bob")
	if log := b.log(); len(log) != 4 {
		t.Errorf("bob reads %d entries, want 4: up to his removal", len(log))
	}
	r := call(w, b.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: x.id[:]})
	if len(r.GetBundles()) != 2 || r.GetBundles()[1].GetDeposit() != nil {
		t.Errorf("bob gets %d epochs", len(r.GetBundles()))
	}
	w.refused(try(w, b.convos.PostMessage, b.seal(b.header(), "hello?")), removed)
	w.refused(try(w, b.convos.GetGroup, &cofferv1.GetGroupRequest{Conversation: x.id[:]}), removed)
	c := call(w, b.convos.GetConversation, &cofferv1.GetConversationRequest{Conversation: x.id[:]}).GetConversation()
	if c.GetReadableTo() != 4 || c.GetMember() || c.GetHead().GetSeq() != 4 {
		t.Errorf("bob's summary: %v", c)
	}
	// Added again, he reads everything and may write.
	x.commit(mls.CommitOptions{
		Add: x.claim(bob), Extensions: x.participants(owner(alice), member(bob), member(carol)),
	}, alice, bob, carol)
	b = bob.first.open(x.id)
	b.say("back")
}
