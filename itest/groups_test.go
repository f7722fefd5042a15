package itest

import (
	"strings"
	"testing"
	"time"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// reads fails the test if anything that a device shows or finds holds the text.
func (d *device) reads(with, text string) bool {
	h, err := d.History(d.w.ctx, with, client.Page{})
	if err != nil {
		return false
	}
	for _, m := range h {
		if strings.Contains(m.Text, text) {
			return true
		}
	}
	return false
}

// group begins a group and lets everybody take it.
func (w *world) group(name string, creator *device, handles []string, others ...*device) {
	w.tb.Helper()
	_, err := creator.GroupCreate(w.ctx, name, handles)
	w.must(err)
	for _, d := range others {
		d.sync()
	}
}

// TestRemovedFromGroup: who was removed reads what came before, nothing that
// comes after, with the old device and after a restore.
func TestRemovedFromGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := carol.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	alice.say("#club", "with carol")
	carol.say("#club", "carol here")
	w.must(alice.GroupRemove(w.ctx, "club", []string{"carol"}))
	alice.say("#club", "without carol")
	bob.say("#club", "nor this")

	_, err = carol.Sync(w.ctx)
	w.must(err)
	carol.sees("#club", "alice: with carol", "carol: carol here")
	_, err = carol.Send(w.ctx, "#club", client.Outgoing{Text: "let me in"})
	w.refused(err, fault.KindRefused)
	again, r, err := w.restoreCode("carol", code)
	w.must(err)
	w.intact(r, 2)
	again.sees("#club", "alice: with carol", "carol: carol here")
	_, err = again.Send(w.ctx, "#club", client.Outgoing{Text: "let me in"})
	w.refused(err, fault.KindRefused)
	bob.sees("#club", "alice: with carol", "carol: carol here", "alice: without carol", "bob: nor this")
}

// TestAddedToGroup: who was added reads from there on and nothing of before; a
// restore changes nothing of that.
func TestAddedToGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := carol.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob"}, bob)
	alice.say("#club", "before carol")
	w.must(alice.GroupAdd(w.ctx, "club", []string{"carol"}))
	bob.say("#club", "welcome")
	carol.say("#club", "thanks")
	carol.sees("#club", "bob: welcome", "carol: thanks")
	again, r, err := w.restoreCode("carol", code)
	w.must(err)
	w.intact(r, 2)
	again.sees("#club", "bob: welcome", "carol: thanks")
	alice.sees("#club", "alice: before carol", "bob: welcome", "carol: thanks")
}

// TestLeaveAndReturn: who leaves is out at once; who is added again is in again,
// for everybody, and after everybody's restore.
func TestLeaveAndReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	carolCode, _, err := carol.AddCode(w.ctx)
	w.must(err)
	bobCode, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	carol.say("#club", "one")
	w.must(carol.GroupLeave(w.ctx, "club"))
	_, err = carol.Send(w.ctx, "#club", client.Outgoing{Text: "still here?"})
	w.refused(err, fault.KindRefused)
	bob.texts("#club") // asks the server; who has not heard of it yet may still write for her
	bob.say("#club", "she left")
	if carol.reads("#club", "she left") {
		t.Error("carol reads what was sent after she left")
	}
	w.must(alice.GroupAdd(w.ctx, "club", []string{"carol"}))
	bob.say("#club", "welcome back")
	carol.sync()
	carol.say("#club", "I am back")
	carol.sees("#club", "carol: one", "bob: welcome back", "carol: I am back")

	again, _, err := w.restoreCode("carol", carolCode)
	w.must(err)
	again.sees("#club", "carol: one", "bob: welcome back", "carol: I am back")
	again.say("#club", "on a new phone")
	bobAgain, _, err := w.restoreCode("bob", bobCode)
	w.must(err)
	bobAgain.sync()
	bobAgain.say("#club", "bob too")
	again.sync()
	again.say("#club", "still in")
	lines := []string{
		"carol: one", "bob: she left", "bob: welcome back", "carol: I am back",
		"carol: on a new phone", "bob: bob too", "carol: still in",
	}
	alice.sees("#club", lines...)
	bob.sees("#club", lines...)
	bobAgain.sees("#club", lines...)
}

// TestGroupMemberWithoutDevice: a group begun with, and written to, while one of
// its members has no device: she has it all after her restore.
func TestGroupMemberWithoutDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := carol.AddCode(w.ctx)
	w.must(err)
	carol.Close()
	w.group("club", alice, []string{"bob", "carol"}, bob)
	alice.say("#club", "carol will read this")
	bob.say("#club", "and this")
	again, r, err := w.restoreCode("carol", code)
	w.must(err)
	w.intact(r, 2)
	again.sees("#club", "alice: carol will read this", "bob: and this")
	again.say("#club", "I did")
	alice.sees("#club", "alice: carol will read this", "bob: and this", "carol: I did")
	bob.sees("#club", "alice: carol will read this", "bob: and this", "carol: I did")
}

// TestLostDevice: a device that was removed reads nothing that is sent after the
// removal is covered, although it has its keys and the server helps it; the new
// one reads all.
func TestLostDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	w.group("club", bob, []string{"alice", "carol"}, alice, carol)
	bob.say("#club", "before")
	alice.sync()
	stolen := alice
	fresh := w.device("alice's new phone")
	r, err := fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code, WaitAll: true, LostAll: true})
	w.must(err)
	w.intact(r, 2)
	bob.sync() // learns of the removal, and covers it
	fresh.sync()
	carol.sync()
	bob.say("alice", "secret one")
	carol.say("#club", "secret two")

	_, err = stolen.Sync(w.ctx)
	if err == nil {
		t.Error("the server still serves the lost device")
	}
	if stolen.reads("bob", "secret one") || stolen.reads("#club", "secret two") {
		t.Error("the lost device reads what was sent after its removal")
	}
	// Now the server helps it: it answers as it answers the new device, and hides
	// the removal from it for as long as it can.
	l := w.liar()
	asked := 0
	spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) {
		if asked++; asked == 1 {
			a.Entries = nil
		}
	})
	stolen.token = fresh.token
	for _, with := range []string{"bob", "#club"} {
		asked = 0
		_, syncErr := stolen.Sync(w.ctx)
		if stolen.reads(with, "secret") {
			t.Error("the lost device, helped by the server, reads what was sent after its removal")
		}
		asked = 0
		if _, err := stolen.Send(w.ctx, with, client.Outgoing{Text: "from the thief"}); err == nil || syncErr == nil {
			t.Error("the lost device goes on with the server's help")
		}
	}
	l.honest()
	if bob.reads("alice", "from the thief") || carol.reads("#club", "from the thief") {
		t.Error("the thief is read")
	}
	fresh.sees("bob", "alice: hello", "bob: secret one")
	fresh.sees("#club", "bob: before", "carol: secret two")
}

// TestBeyondTheWindow: a message is edited for 15 minutes only, by this device's
// rules and by everybody else's.
func TestBeyondTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := alice.say("bob", "as it was")
	now := time.Now().Add(16 * time.Minute)
	alice.now = func() time.Time { return now }
	_, err := alice.Edit(w.ctx, m.ID.String(), "too late")
	w.refused(err, fault.KindUsage)
	bob.sees("alice", "alice: as it was")
}
