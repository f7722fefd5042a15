package itest

import (
	"path/filepath"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// keeps reports whether the server still has an entry's ciphertext.
func (w *world) keeps(id convo.ID, seq uint64) bool {
	w.tb.Helper()
	db, err := sqlstore.OpenSQLiteReadOnly(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	defer db.Close()
	kept := false
	w.must(db.ViewConversation(w.ctx, id, func(v store.ConversationView) error {
		e, err := v.Entry(seq)
		kept = !e.Erased()
		return err
	}))
	return kept
}

// TestVaultOffDrops: where nobody's vault is on, the server drops a message once
// all devices have it, not before, and a device that comes later excuses that.
func TestVaultOffDrops(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	old := alice.say("bob", "kept")
	bob.vault(false)
	alice.sync()
	half := bob.say("alice", "kept by alice")
	alice.vault(false)
	bob.sync()
	alice.sync()
	m := bob.say("alice", "soon gone")
	id := alice.talk().ID
	bob.sync()
	bob.sync()
	if !w.keeps(id, m.Seq) {
		t.Error("dropped before alice's device had it")
	}
	alice.sync()
	if w.keeps(id, m.Seq) {
		t.Error("kept although both devices have it and no vault does")
	}
	if !w.keeps(id, old.Seq) || !w.keeps(id, half.Seq) {
		t.Error("what a vault keeps was dropped")
	}
	bob.sync()
	want := []string{"alice: kept", "bob: kept by alice", "bob: soon gone"}
	alice.sees("bob", want...)
	bob.sees("alice", want...)

	thief, r, err := w.restoreCode("alice", code)
	w.must(err)
	if got := thief.readable("bob"); got != "alice: kept\nbob: kept by alice" || len(r.Gaps) != 0 {
		t.Errorf("a device that comes later sees:\n%s\ngaps %v", got, r.Gaps)
	}
	for _, d := range []*device{alice, bob, thief} {
		if v, err := d.VaultStatus(w.ctx); err != nil || v.State == client.CheckBroken {
			t.Errorf("%s: %+v, %v", d.name, v, err)
		}
	}
	bob.say("alice", "and on") // the thief's device is let in, and the log goes on
	for _, d := range []*device{alice, thief, bob} {
		d.sync()
	}
	alice.sees("bob", append(want, "bob: and on")...)
}

// TestHostileDrop: a server that drops what a member has not fetched yet breaks a
// promise, also where nobody's vault is on.
func TestHostileDrop(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.vault(false)
	alice.sync()
	alice.vault(false)
	bob.sync()
	lost := bob.say("alice", "lost")
	l := w.liar()
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == lost.Seq {
				erased(x)
			}
		}
	})
	_, err := alice.Sync(w.ctx)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseStored)
}

// TestVaultOffGroup: one member who keeps history keeps it for all to see, and
// nothing is dropped.
func TestVaultOffGroup(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	_, err := alice.GroupCreate(w.ctx, "three", []string{"bob", "carol"})
	w.must(err)
	for _, d := range []*device{bob, carol} {
		d.sync()
		d.vault(false)
	}
	alice.sync()
	m := alice.say("#three", "carol may hold this against you")
	for range 2 {
		for _, d := range []*device{alice, bob, carol} {
			d.sync()
		}
	}
	c, err := bob.GroupInfo(w.ctx, "three")
	w.must(err)
	if len(c.KeepsHistory) != 1 || c.KeepsHistory[0] != w.idOf("alice") {
		t.Errorf("who keeps history: %v", c.KeepsHistory)
	}
	if !w.keeps(c.ID, m.Seq) {
		t.Error("dropped although alice's vault keeps it")
	}
}
