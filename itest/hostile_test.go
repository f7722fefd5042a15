package itest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// in makes a subtest the one that fails; the function ends that.
func (w *world) in(t *testing.T) func() {
	before := w.tb
	w.tb = t
	return func() { w.tb = before }
}

// misbehaved fails the test unless err is exit 6 with the promise.
func (w *world) misbehaved(err error, want fault.Promise) {
	w.tb.Helper()
	e := w.refused(err, fault.KindIntegrity)
	if e.Promise != want && want != anyPromise || e.Promise == "" {
		w.tb.Errorf("the broken promise is %q (%v), want %q", e.Promise, err, want)
	}
}

// syncError syncs until that fails. The server's lists of what has changed may
// lag behind its logs for a moment (DESIGN 11).
func (d *device) syncError() error {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := d.Sync(d.w.ctx); err != nil {
			return err
		}
	}
	return nil
}

// anyPromise is for lies that break one promise live and another at restore.
const anyPromise fault.Promise = "any"

// lastMessage returns the newest message entry of an answer, nil for none.
func lastMessage(a *pb.ReadLogResponse) *pb.LogEntry {
	var out *pb.LogEntry
	for _, x := range a.Entries {
		if x.Kind == pb.EntryKind_ENTRY_KIND_MESSAGE && (out == nil || x.Seq > out.Seq) {
			out = x
		}
	}
	return out
}

// onLast is a lie about the newest message of a log.
func onLast(f func(*pb.LogEntry)) func(*pb.ReadLogRequest, *pb.ReadLogResponse) {
	return func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		if x := lastMessage(a); x != nil {
			f(x)
		}
	}
}

// logLies are what a server can do to a log without its signing key, or with it
// but without the links of what follows.
var logLies = []struct {
	name    string
	promise fault.Promise
	lie     func(*pb.ReadLogRequest, *pb.ReadLogResponse)
}{
	{"body altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Body = flip(x.Body) })},
	{"time altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.AcceptedMs -= 3_600_000 })},
	{"sender's account altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Account = flip(x.Account) })},
	{"sender's device altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Device = flip(x.Device) })},
	{"kind altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Kind = pb.EntryKind_ENTRY_KIND_LEAVE })},
	{"frank altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Frank = flip(x.Frank) })},
	{"frank gone", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Frank = nil })},
	{"link altered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Link = flip(x.Link) })},
	{"renumbered", fault.PromiseProved, onLast(func(x *pb.LogEntry) { x.Seq++ })},
	{"entry dropped", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		if n := len(a.Entries); n > 2 {
			a.Entries = slices.Delete(a.Entries, n/2, n/2+1)
		}
	}},
	{"entries swapped", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		if n := len(a.Entries); n > 1 {
			a.Entries[n-1], a.Entries[n-2] = a.Entries[n-2], a.Entries[n-1]
		}
	}},
	{"entry doubled", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		if n := len(a.Entries); n > 1 {
			a.Entries = append(a.Entries, a.Entries[n-1])
		}
	}},
	{"body erased without an excuse", fault.PromiseProved, onLast(func(x *pb.LogEntry) {
		x.Body, x.BodyHash, x.Header = nil, bytes.Repeat([]byte{1}, 32), []byte("no header")
	})},
	{"head's signature altered", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		a.Head.Signature = flip(a.Head.Signature)
	}},
	{"head's link altered", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		a.Head.Link = flip(a.Head.Link)
	}},
	{"head gone", fault.PromiseProved, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) { a.Head = nil }},
	{"entries withheld", fault.PromiseStored, func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		if len(a.Entries) > 1 || a.Entries != nil && a.Entries[0].Kind == pb.EntryKind_ENTRY_KIND_MESSAGE {
			a.Entries = nil
		}
	}},
}

// TestHostileLogLive: whatever the server does to a log that a device follows is
// exit 6, and nothing of it is shown. Once the server is honest, all is well.
func TestHostileLogLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.sync()
	l := w.liar()
	lines := []string{"alice: hello"}
	for _, x := range logLies {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			news := []string{x.name + " 1", x.name + " 2", x.name + " 3"}
			for _, text := range news {
				alice.say("bob", text)
			}
			l.logs(x.lie)
			err := bob.syncError()
			_, shown := bob.History(w.ctx, "alice", client.Page{})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
			w.misbehaved(shown, x.promise)
			bob.sync()
			for _, text := range news {
				lines = append(lines, "alice: "+text)
			}
			bob.sees("alice", lines...)
		})
	}
}

// TestHostileLogAtRestore: the same, for a device that has nothing yet but the
// account's recovery code.
func TestHostileLogAtRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	for _, text := range []string{"one", "two", "three", "four"} {
		alice.say("bob", text)
	}
	l := w.liar()
	for _, x := range logLies {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			l.logs(x.lie)
			fresh, _, err := w.restoreCode("bob", code)
			_, shown := fresh.History(w.ctx, "alice", client.Page{})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
			w.misbehaved(shown, x.promise)
			// The same device goes on, once the server is honest.
			r, err := fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, WaitAll: true})
			w.must(err)
			w.intact(r, 4)
			fresh.sees("alice", "alice: one", "alice: two", "alice: three", "alice: four")
		})
	}
}

// TestHostileHeadGoesBack: a head that the server itself signed earlier is no
// head any more.
func TestHostileHeadGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	l := w.liar()
	alice.say("bob", "one")
	var old *pb.LogHead
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) { old = a.Head })
	bob.sees("alice", "alice: one")
	l.honest()
	alice.say("bob", "two")
	bob.sees("alice", "alice: one", "alice: two")
	alice.say("bob", "three")
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) { a.Head, a.Entries = old, nil })
	err := bob.syncError()
	w.misbehaved(err, fault.PromiseStored)
	l.honest()
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two", "alice: three")
}

type bundleLie struct {
	name    string
	promise fault.Promise
	lie     func(*pb.EpochBundle)
}

// bundleLies are about what belongs to a commit.
var bundleLies = []bundleLie{
	{"head table altered", fault.PromiseProved, func(b *pb.EpochBundle) { b.HeadTable = flip(b.HeadTable) }},
	{"head table gone", fault.PromiseProved, func(b *pb.EpochBundle) { b.HeadTable = nil }},
	{"record altered", fault.PromiseProved, func(b *pb.EpochBundle) { b.Record = flip(b.Record) }},
	{"signature altered", fault.PromiseProved, func(b *pb.EpochBundle) { b.Signature = flip(b.Signature) }},
	{"deposit root altered", fault.PromiseProved, func(b *pb.EpochBundle) { b.DepositRoot = flip(b.DepositRoot) }},
	{"deposits miscounted", fault.PromiseProved, func(b *pb.EpochBundle) { b.DepositCount++ }},
	{"deposit altered", fault.PromiseStored, func(b *pb.EpochBundle) { b.Deposit.Sealed = flip(b.Deposit.Sealed) }},
	{"deposit of another vault epoch", fault.PromiseStored, func(b *pb.EpochBundle) { b.Deposit.VaultEpoch++ }},
	{"deposit withheld", fault.PromiseStored, func(b *pb.EpochBundle) { b.Deposit = nil }},
	{"proof altered", fault.PromiseStored, func(b *pb.EpochBundle) { b.DepositProof[0] = flip(b.DepositProof[0]) }},
	{"proof withheld", fault.PromiseStored, func(b *pb.EpochBundle) { b.DepositProof = nil }},
	{"place altered", fault.PromiseStored, func(b *pb.EpochBundle) { b.DepositIndex ^= 1 }},
	{"of another commit", anyPromise, func(b *pb.EpochBundle) { b.Seq++ }},
	{"of another epoch", fault.PromiseStored, func(b *pb.EpochBundle) { b.Epoch++ }},
}

// TestHostileEpochs: an epoch record, head table, deposit or signature that is
// not the committer's is exit 6, live and at restore.
func TestHostileEpochs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	aliceCode, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	l := w.liar()

	// What the server would give alice.
	var hers *pb.EpochBundle
	spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
		if n := len(a.Bundles); n > 0 {
			hers = proto.CloneOf(a.Bundles[n-1])
		}
	})
	_, _, err = w.restoreCode("alice", aliceCode)
	w.must(err)
	lies := append(slices.Clone(bundleLies), bundleLie{
		"deposit of another account", fault.PromiseStored, func(b *pb.EpochBundle) {
			b.Deposit, b.DepositIndex, b.DepositProof = hers.Deposit, hers.DepositIndex, hers.DepositProof
		},
	})
	for _, x := range lies {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			tell := func() {
				spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
					if n := len(a.Bundles); n > 0 {
						x.lie(a.Bundles[n-1])
					}
				})
			}
			tell()
			live := bob.syncError()
			_, shown := bob.History(w.ctx, "alice", client.Page{})
			_, sent := bob.Send(w.ctx, "alice", client.Outgoing{Text: "hello", Key: "one key for all"})
			fresh, _, restored := w.restoreCode("bob", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(live, x.promise)
			w.misbehaved(shown, x.promise)
			w.misbehaved(sent, x.promise)
			w.misbehaved(restored, x.promise)
			fresh.sees("alice", "alice: hello")
		})
	}
	bob.sync()
	bob.sees("alice", "alice: hello", "bob: hello")
	for _, a := range bob.accusations() {
		t.Errorf("the server's lies are laid at the door of %+v", a)
	}
}
