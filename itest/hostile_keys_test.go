package itest

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
)

// rewritten makes the liar hand out a log that it has rewritten with the
// server's own keys: new links, a new signed head. f gets the whole log and
// returns another one; entries are numbered anew.
func (l *liar) rewritten(f func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry) {
	l.logs(func(q *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, x := range a.Entries {
			l.seen[x.Seq] = proto.CloneOf(x)
		}
		id, err := convo.IDFromBytes(q.Conversation)
		if err != nil {
			return
		}
		full := &pb.ReadLogResponse{}
		for seq := uint64(1); l.seen[seq] != nil; seq++ {
			full.Entries = append(full.Entries, proto.CloneOf(l.seen[seq]))
		}
		full.Entries = f(id, full.Entries)
		for i, x := range full.Entries {
			x.Seq = uint64(i + 1)
		}
		l.relink(id, full)
		a.Head, a.Entries = full.Head, nil
		from, step := int(q.FromSeq)-1, 1
		if q.Descending {
			step = -1
			if from < 0 || from >= len(full.Entries) {
				from = len(full.Entries) - 1
			}
		}
		for i := from; i >= 0 && i < len(full.Entries) && len(a.Entries) < int(q.Limit); i += step {
			a.Entries = append(a.Entries, full.Entries[i])
		}
	})
}

// watchLog lets the liar see a whole log, as a server does.
func (l *liar) watchLog(w *world, code, handle string) {
	w.tb.Helper()
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, x := range a.Entries {
			l.seen[x.Seq] = proto.CloneOf(x)
		}
	})
	_, _, err := w.restoreCode(handle, code)
	w.must(err)
	l.honest()
}

// messages returns where the messages of a log are.
func messages(log []*pb.LogEntry) (at []int) {
	for i, x := range log {
		if x.Kind == pb.EntryKind_ENTRY_KIND_MESSAGE {
			at = append(at, i)
		}
	}
	return at
}

// TestHostileRewrittenLog: a server that uses its own keys to rewrite the log
// which a restoring device gets is caught all the same, because every message
// names a head of the log and is signed inside by its sender.
func TestHostileRewrittenLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "one")
	bob.say("alice", "two")
	alice.say("bob", "three")
	bob.sync()
	bob.say("alice", "four")
	alice.sync()
	l := w.liar()
	l.watchLog(w, code, "alice")
	for _, x := range []struct {
		name    string
		promise fault.Promise
		lie     func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry
	}{
		{"entry dropped", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			at := messages(log)[1]
			return slices.Delete(log, at, at+1)
		}},
		{"entries swapped", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			m := messages(log)
			log[m[0]], log[m[1]] = log[m[1]], log[m[0]]
			return log
		}},
		{"entry invented", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			at := messages(log)[1]
			x := proto.CloneOf(log[at])
			x.Body = flip(x.Body)
			return slices.Insert(log, at, x)
		}},
		{"entry doubled in the middle", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			at := messages(log)[1]
			return slices.Insert(log, at, proto.CloneOf(log[at]))
		}},
		{"put back in time", fault.PromiseReports, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			m := messages(log)
			log[m[len(m)-1]].AcceptedMs -= 60_000
			return log
		}},
		{"put under another's name", fault.PromiseProved, func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			m := messages(log)
			last, before := log[m[len(m)-1]], log[m[len(m)-2]]
			last.Account, last.Device = before.Account, before.Device
			l.refrank(w, id, last)
			return log
		}},
		{"commit dropped", anyPromise, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			return slices.DeleteFunc(log, func(x *pb.LogEntry) bool { return x.Kind == pb.EntryKind_ENTRY_KIND_COMMIT })
		}},
		{"leave invented", fault.PromiseProved, func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			x := proto.CloneOf(log[len(log)-1])
			x.Kind, x.Frank = pb.EntryKind_ENTRY_KIND_LEAVE, nil
			return append(log, x)
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			l.rewritten(x.lie)
			_, _, err := w.restoreCode("alice", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
		})
	}
}

// refrank gives an entry the frank that the server would have given it.
func (l *liar) refrank(w *world, id convo.ID, x *pb.LogEntry) {
	e := entryOf(x)
	_, raw, err := e.Hashes()
	w.must(err)
	h, err := convo.ParseHeader(raw)
	w.must(err)
	old, err := frank.ParseFrank(x.Frank)
	w.must(err)
	sender, err := content.UserURI("coffer.example", account.ID(x.Account).String())
	w.must(err)
	room, err := content.RoomURI("coffer.example", id.String())
	w.must(err)
	c := frank.Context{Sender: sender, Room: room, AcceptedMs: x.AcceptedMs}
	x.Frank = l.hub.Frank(frank.Tag(h.FrankingTag), c, old.Suite, l.server).Append(nil)
}

// TestHostileReplay: an entry that the server puts on the log once more, linked
// and signed as it should be, shows nothing twice and undoes nothing.
func TestHostileReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "one")
	m := bob.say("alice", "two")
	_, err = bob.Edit(w.ctx, m.ID.String(), "two, edited")
	w.must(err)
	_, err = bob.Edit(w.ctx, m.ID.String(), "two, edited again")
	w.must(err)
	w.must(bob.React(w.ctx, m.ID.String(), "👍", false))
	w.must(bob.React(w.ctx, m.ID.String(), "👍", true))
	l := w.liar()
	l.watchLog(w, code, "alice")
	want := []string{"alice: one", "bob: two, edited again"}
	for n := range 6 {
		l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
			return append(log, proto.CloneOf(log[messages(log)[n]]))
		})
		again, r, err := w.restoreCode("alice", code)
		w.must(err)
		if r.Messages != 2 {
			t.Errorf("message %d again: %d messages restored, want 2", n, r.Messages)
		}
		again.sees("bob", want...)
		h, err := again.History(w.ctx, "bob", client.Page{})
		w.must(err)
		for _, m := range h {
			if len(m.Reactions) > 0 {
				t.Error("a reaction that was taken back is there")
			}
		}
		if l.honest() == 0 {
			t.Fatal("the liar was not asked")
		}
	}
}

// acknowledge makes a signed acknowledgement of a message that the log never
// gets to see.
func (l *liar) acknowledge(w *world, q *pb.PostMessageRequest, from client.Identity) *pb.PostMessageResponse {
	id, err := convo.IDFromBytes(q.Conversation)
	w.must(err)
	top := l.top()
	sender, err := account.ParseID(from.Account)
	w.must(err)
	device, err := account.ParseKeyholderID(from.Device)
	w.must(err)
	x := &pb.LogEntry{
		Seq: top.Seq + 1, Kind: pb.EntryKind_ENTRY_KIND_MESSAGE, Account: sender[:], Device: device[:],
		AcceptedMs: top.AcceptedMs + 1, Body: q.Message, Frank: top.Frank,
	}
	l.refrank(w, id, x)
	hashes, _, err := entryOf(x).Hashes()
	w.must(err)
	head := convo.LogHead{Seq: x.Seq, Link: convo.Link([32]byte(top.Link), hashes)}
	x.Link, x.Body = head.Link[:], nil
	return &pb.PostMessageResponse{
		Entry: x, Head: &pb.LogHead{Seq: head.Seq, Link: head.Link[:], Signature: convo.SignHead(l.server, id, head)},
	}
}

// TestHostileForkedLog: a message that the server acknowledged and swallowed is
// noticed by its sender with the next one that others send: their log is another
// one.
func TestHostileForkedLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "one")
	l := w.liar()
	l.watchLog(w, code, "alice")
	who, err := alice.Whoami(w.ctx)
	w.must(err)
	fake(l, "PostMessage", func(q *pb.PostMessageRequest) *pb.PostMessageResponse { return l.acknowledge(w, q, who) })
	if m := alice.say("bob", "swallowed"); m.Seq == 0 {
		t.Error("the swallowed message has no place")
	}
	l.honest()
	bob.sync()
	bob.say("alice", "where are you?")
	bob.sees("alice", "alice: one", "bob: where are you?")
	err = alice.syncError()
	w.misbehaved(err, fault.PromiseProved)

	// And the other side, as soon as a message of hers crosses.
	fake(l, "ReadLog", func(*pb.ReadLogRequest) *pb.ReadLogResponse { return &pb.ReadLogResponse{} })
	_, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "hello?"})
	if err == nil {
		t.Error("alice's device goes on with a forked log")
	}
	l.honest()
}

// TestHostileLeave: a leave entry that a lost device signed, and that the server
// puts on the log after the device's removal was covered, takes nobody out.
func TestHostileLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	bobCode, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", bob, []string{"alice"}, alice)
	bob.say("#club", "hello")
	alice.sees("#club", "bob: hello")
	l := w.liar()
	var leave []byte
	fake(l, "PostLeave", func(q *pb.PostLeaveRequest) *pb.PostLeaveResponse {
		leave = q.Leave
		return &pb.PostLeaveResponse{}
	})
	w.must(alice.GroupLeave(w.ctx, "club"))
	l.honest()
	who, err := alice.Whoami(w.ctx)
	w.must(err)
	sender, err := account.ParseID(who.Account)
	w.must(err)
	thief, err := account.ParseKeyholderID(who.Device)
	w.must(err)

	fresh := w.device("alice's new phone")
	_, err = fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code, WaitAll: true, LostAll: true})
	w.must(err)
	fresh.say("#club", "on a new phone") // and so the removal is covered
	bob.sees("#club", "bob: hello", "alice: on a new phone")
	l.watchLog(w, bobCode, "bob")
	l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		return append(log, &pb.LogEntry{
			Kind: pb.EntryKind_ENTRY_KIND_LEAVE, Account: sender[:], Device: thief[:],
			AcceptedMs: log[len(log)-1].AcceptedMs, Body: leave,
		})
	})
	_, live := bob.History(w.ctx, "#club", client.Page{})
	_, _, restored := w.restoreCode("bob", bobCode)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(live, fault.PromiseEncrypted)
	w.misbehaved(restored, fault.PromiseEncrypted)
	bob.say("#club", "she is still in")
	fresh.sees("#club", "bob: hello", "alice: on a new phone", "bob: she is still in")
}
