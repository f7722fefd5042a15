package itest

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestHostileRewrittenLogLive: a server that rewrites, with its own keys, what a
// device that follows the log has not read yet is caught as well.
func TestHostileRewrittenLogLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	bob.say("alice", "hello alice")
	alice.sync()
	l := w.liar()
	l.watchLog(w, code, "bob")
	lines := []string{"alice: hello", "bob: hello alice"}
	for _, x := range []struct {
		name    string
		promise fault.Promise
		lie     func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry
	}{
		{"entry dropped", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			return slices.Delete(log, len(log)-2, len(log)-1)
		}},
		{"entries swapped", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			n := len(log)
			log[n-2], log[n-3] = log[n-3], log[n-2]
			return log
		}},
		{"entry invented", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			at := len(log) - 2
			x := proto.CloneOf(log[at])
			x.Body = flip(x.Body)
			return slices.Insert(log, at, x)
		}},
		{"put back in time", fault.PromiseReports, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			log[len(log)-1].AcceptedMs -= 60_000
			return log
		}},
		{"one before the newest put back in time and franked anew", fault.PromiseProved, func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			x := log[len(log)-2]
			x.AcceptedMs--
			l.refrank(w, id, x)
			return log
		}},
		{"put under another's name", fault.PromiseProved, func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			last, bobs := log[len(log)-1], log[messages(log)[1]]
			last.Account, last.Device = bobs.Account, bobs.Device
			l.refrank(w, id, last)
			return log
		}},
		{"leave invented", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			x := proto.CloneOf(log[len(log)-1])
			x.Kind, x.Frank = pb.EntryKind_ENTRY_KIND_LEAVE, nil
			return append(log, x)
		}},
		{"commit invented", fault.PromiseStored, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			x := proto.CloneOf(log[len(log)-1])
			x.Kind, x.Frank = pb.EntryKind_ENTRY_KIND_COMMIT, nil
			return append(log, x)
		}},
		{"creation again", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			return append(log, proto.CloneOf(log[0]))
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			for _, n := range []string{" 1", " 2", " 3"} {
				alice.say("bob", x.name+n)
			}
			l.rewritten(x.lie)
			err := bob.syncError()
			_, shown := bob.History(w.ctx, "alice", client.Page{})
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
			w.misbehaved(shown, x.promise)
			bob.sync()
			for _, n := range []string{" 1", " 2", " 3"} {
				lines = append(lines, "alice: "+x.name+n)
			}
			bob.sees("alice", lines...)
		})
	}
}

// TestHostileReplayLive: an old entry that the server puts behind the newest, for
// one device, is shown no second time and undoes nothing; and as that device has
// seen another log than all others, the next true message gives the server away.
func TestHostileReplayLive(t *testing.T) {
	t.Parallel()
	for n, name := range []string{"a text", "an edited text", "an edit", "a reaction"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice, bob := w.register("alice"), w.register("bob")
			code, _, err := bob.AddCode(w.ctx)
			w.must(err)
			alice.say("bob", "one")
			m := alice.say("bob", "two")
			_, err = alice.Edit(w.ctx, m.ID.String(), "two, edited")
			w.must(err)
			w.must(alice.React(w.ctx, m.ID.String(), "👍", false))
			_, err = alice.Edit(w.ctx, m.ID.String(), "two, edited again")
			w.must(err)
			w.must(alice.React(w.ctx, m.ID.String(), "👍", true))
			bob.sync()
			l := w.liar()
			l.watchLog(w, code, "bob")
			l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
				return append(log, proto.CloneOf(log[messages(log)[n]]))
			})
			bob.sees("alice", "alice: one", "alice: two, edited again")
			h, err := bob.History(w.ctx, "alice", client.Page{})
			w.must(err)
			for _, m := range h {
				if len(m.Reactions) > 0 {
					t.Error("a reaction that was taken back is there")
				}
			}
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			alice.say("bob", "three")
			w.misbehaved(bob.syncError(), fault.PromiseProved)
			_, err = bob.Send(w.ctx, "alice", client.Outgoing{Text: "on a log of my own"})
			w.misbehaved(err, fault.PromiseProved)
		})
	}
}

// TestHostileTime: the time at which the newest message was accepted is the
// server's word; it can tell one device another one, and is found out with the next
// message, whose sender names the log as it is.
func TestHostileTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	bob.sync()
	alice.say("bob", "when?")
	l := w.liar()
	l.watchLog(w, code, "bob")
	l.rewritten(func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		x := log[len(log)-1]
		x.AcceptedMs -= 3_600_000
		l.refrank(w, id, x)
		return log
	})
	bob.sees("alice", "alice: hello", "alice: when?")
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	alice.say("bob", "now")
	w.misbehaved(bob.syncError(), fault.PromiseProved)
}

// TestHostileDelay: what a server holds back is not missed while nobody speaks of
// it; who sends meanwhile finds a log that is longer than what was shown. Nothing
// is lost by it.
func TestHostileDelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.sees("alice", "alice: hello")
	l := w.liar()
	var old *pb.LogHead
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) { old = proto.CloneOf(a.Head) })
	bob.sees("alice", "alice: hello")
	l.honest()
	alice.say("bob", "held back")
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		a.Head = proto.CloneOf(old)
		a.Entries = slices.DeleteFunc(a.Entries, func(x *pb.LogEntry) bool { return x.Seq > old.Seq })
	})
	bob.sees("alice", "alice: hello") // a delay alone looks like silence
	_, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "anybody there?"})
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseStored)
	bob.sync()
	alice.sync()
	for _, d := range []*device{alice, bob} {
		d.sees(map[*device]string{alice: "bob", bob: "alice"}[d], "alice: hello", "alice: held back", "bob: anybody there?")
	}
}

// TestHostileErasureLive: a body that is erased before a device that follows has
// read it, and that nothing excuses, is exit 6; with the body it goes on.
func TestHostileErasureLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.sees("alice", "alice: hello")
	lost := alice.say("bob", "lost")
	alice.say("bob", "here")
	l := w.liar()
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == lost.Seq {
				erased(x)
			}
		}
	})
	err := bob.syncError()
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseStored)
	bob.sync()
	bob.sees("alice", "alice: hello", "alice: lost", "alice: here")
}

// TestHiddenParticipant: a server that keeps from a device that somebody was added
// to a group cannot show it what is said from then on, live or at restore.
func TestHiddenParticipant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob"}, bob)
	alice.say("#club", "the two of us")
	bob.sync()
	l := w.liar()
	l.watchLog(w, code, "bob")
	before := l.top().Seq
	w.must(alice.GroupAdd(w.ctx, "club", []string{"carol"}))
	alice.say("#club", "the three of us")
	hide := func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		return slices.DeleteFunc(log, func(x *pb.LogEntry) bool {
			return x.Seq > before && x.Kind == pb.EntryKind_ENTRY_KIND_COMMIT
		})
	}
	l.rewritten(hide)
	live := bob.syncError()
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	if !bob.reads("#club", "the three of us") { // from an honest server again
		t.Error("bob lacks what was said")
	}
	l.watchLog(w, code, "bob")
	l.rewritten(hide)
	_, _, restored := w.restoreCode("bob", code)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(live, fault.PromiseEncrypted)
	w.misbehaved(restored, anyPromise)
	bob.sees("#club", "alice: the two of us", "alice: the three of us")
	carol.sync()
	carol.sees("#club", "alice: the three of us")
}
