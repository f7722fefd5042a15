package itest

import (
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestOtherDeviceOfTheAccount: a server that puts a message under the name of another
// device of the same account has a log whose links, head, frank and account chain
// agree. That the device which signed inside is another one gives it away, live and at
// restore.
func TestOtherDeviceOfTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, bob := w.register("alice"), w.register("bob")
	aliceCode, _, err := phone.AddCode(w.ctx)
	w.must(err)
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	phone.say("bob", "one")
	tablet, _, err := w.restoreCode("alice", aliceCode)
	w.must(err)
	tablet.say("bob", "two")
	bob.sync()
	phone.sync() // so that its messages name a chain with the tablet in it
	l := w.liar()
	l.watchLog(w, code, "bob")
	phone.say("bob", "three")
	swap := func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		at := messages(log)
		last, tablets := log[at[len(at)-1]], log[at[1]]
		if string(last.Account) != string(tablets.Account) || string(last.Device) == string(tablets.Device) {
			t.Error("these are not messages of two devices of one account")
		}
		last.Device = tablets.Device
		return log
	}
	l.rewritten(swap)
	live := bob.syncError()
	_, shown := bob.History(w.ctx, "alice", client.Page{})
	_, _, restored := w.restoreCode("bob", code)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	for _, err := range []error{live, shown, restored} {
		w.misbehaved(err, fault.PromiseEncrypted)
	}
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two", "alice: three")
}

// TestForkedPrivateLog: a server that gives each of an account's devices a private log
// of its own, equally long, is found out by what the realms were told of the other one.
func TestForkedPrivateLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, bob := w.register("alice"), w.register("bob")
	first := bob.say("alice", "deleted on the phone")
	second := bob.say("alice", "deleted on the tablet")
	phone.sync()
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.withPIN()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	phone.sync()
	tablet.sync()
	phone.sync()
	other := w.twin(tablet)
	w.must(phone.DeleteForMe(w.ctx, first.ID.String())) // and the realms are told
	for _, r := range w.realms {
		r.down.Store(true)
	}
	w.must(tablet.DeleteForMe(w.ctx, second.ID.String())) // of which they hear nothing
	for _, r := range w.realms {
		r.down.Store(false)
	}
	split := w.handler.Swap(other.handler.Load())
	_, _, err = w.restoreCode("alice", code)
	w.misbehaved(err, fault.PromiseProved)
	w.handler.Store(split)
	_, r, err := w.restoreCode("alice", code)
	w.must(err)
	if r.ConfirmedBy != "3 realms" {
		t.Errorf("the phone's log is confirmed by %s", r.ConfirmedBy)
	}
}
