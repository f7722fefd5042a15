package itest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// chat sends n numbered texts.
func (d *device) chat(to string, n int) {
	d.w.tb.Helper()
	i := 0
	d.w.must(d.SendMany(d.w.ctx, to, func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprint("text ", i)}, i <= n
	}, func(_ client.Message, err error) { d.w.must(err) }))
}

// checkpoints returns what vault status says of them.
func (d *device) checkpoints() client.Check {
	d.w.tb.Helper()
	v, err := d.VaultStatus(d.w.ctx)
	d.w.must(err)
	i := slices.IndexFunc(v.Checks, func(c client.Check) bool { return c.Name == "checkpoints" })
	if i < 0 {
		d.w.tb.Fatal("vault status says nothing of checkpoints")
	}
	return v.Checks[i]
}

// says fails the test unless the check has this state and its detail begins so.
func (d *device) says(state, detail string) {
	d.w.tb.Helper()
	if c := d.checkpoints(); c.State != state || !strings.HasPrefix(c.Detail, detail) {
		d.w.tb.Errorf("%s: checkpoints %s, %q; want %s, %q", d.name, c.State, c.Detail, state, detail)
	}
}

// privateLog counts the entries of the account's private log.
func (l *liar) privateLog(w *world, handle, code string) (n uint64) {
	spoil(l, "ReadPrivateLog", func(_ *pb.ReadPrivateLogRequest, a *pb.ReadPrivateLogResponse) { n = max(n, a.HeadSeq) })
	_, _, err := w.restoreCode(handle, code)
	w.must(err)
	l.honest()
	return n
}

// longTalk is a conversation of 80 messages that bob can restore with a code, and
// that a restore has written a checkpoint of.
func (w *world) longTalk() (alice, bob, tablet *device, code string) {
	w.tb.Helper()
	alice, bob = w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.chat("bob", 80)
	bob.sync()
	bob.says(client.CheckOK, "none yet")
	tablet, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 80)
	tablet.says(client.CheckOK, "82 entries below, 0 above")
	return alice, bob, tablet, code
}

// TestCheckpointRestore: a restore that relies on a checkpoint brings back the
// same as one that verifies everything, with what came after, what was deleted
// before and after, edits and reactions.
func TestCheckpointRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	before := []client.Message{alice.say("bob", "unsent early"), alice.say("bob", "hidden early"), alice.say("bob", "edited early")}
	after := []client.Message{alice.say("bob", "unsent late"), alice.say("bob", "hidden late"), alice.say("bob", "edited late")}
	bob.sync()
	change := func(m []client.Message) {
		w.must(alice.Unsend(w.ctx, m[0].ID.String()))
		bob.sync()
		w.must(bob.DeleteForMe(w.ctx, m[1].ID.String()))
		_, err := alice.Edit(w.ctx, m[2].ID.String(), "as it is now")
		w.must(err)
		bob.sync()
		w.must(bob.React(w.ctx, m[2].ID.String(), "👍", false))
	}
	change(before)
	alice.chat("bob", 70)
	first, full, err := w.restoreCode("bob", code) // verifies everything
	w.must(err)
	alice.chat("bob", 5)
	change(after)
	first.sync()
	first.says(client.CheckOK, "81 entries below, 8 above")
	second, r, err := w.restoreCode("bob", code)
	w.must(err)
	if !r.Intact() || !full.Intact() || r.Messages != full.Messages+5-2 {
		t.Errorf("restored %d and %d messages, gaps %v", full.Messages, r.Messages, r.Gaps)
	}
	want := bob.texts("alice")
	for _, d := range []*device{first, second} {
		if got := d.texts("alice"); !slices.Equal(got, want) {
			t.Errorf("%s sees\n%q\nwant\n%q", d.name, got, want)
		}
		h, err := d.History(w.ctx, "alice", client.Page{})
		w.must(err)
		reactions := 0
		for _, m := range h {
			reactions += len(m.Reactions)
		}
		if reactions != 2 {
			t.Errorf("%d reactions, want 2", reactions)
		}
	}
	second.says(client.CheckOK, "81 entries below, 8 above")
}

// TestCheckpointWritten: none is written of what was not verified, none for a
// few messages, one after a long while of syncing, and one that goes on from
// another device's.
func TestCheckpointWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.chat("bob", 300)
	tablet := w.device("bob's tablet")
	_, err = tablet.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code})
	w.must(err)
	bob.sync()
	bob.says(client.CheckOK, "none yet")
	alice.chat("bob", 250)
	bob.sync()
	bob.says(client.CheckOK, "552 entries below, 0 above")
	tablet.sync()
	tablet.says(client.CheckOK, "552 entries below, 0 above")
	alice.chat("bob", 70)
	fresh, r, err := w.restoreCode("bob", code) // on the word of bob's phone, then its own
	w.must(err)
	w.intact(r, 620)
	fresh.says(client.CheckOK, "622 entries below, 0 above")
	bob.sync()
	bob.says(client.CheckOK, "622 entries below, 0 above")
	l := w.liar()
	// Two checkpoints, and that two devices were in use.
	if n := l.privateLog(w, "bob", code); n != 4 {
		t.Errorf("the private log has %d entries", n)
	}
}

// TestCheckpointAlteredBelow: whatever a server does to the log below a
// checkpoint is found by hashing, with its own keys too.
func TestCheckpointAlteredBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, _, code := w.longTalk()
	l := w.liar()
	l.watchLog(w, code, "bob")
	for _, x := range []struct {
		name    string
		promise fault.Promise
		tell    func()
	}{
		{"a body altered", fault.PromiseProved, func() {
			l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
				for _, x := range a.Entries {
					if x.Seq == 20 {
						x.Body = flip(x.Body)
					}
				}
			})
		}},
		{"a frank altered", fault.PromiseProved, func() {
			l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
				for _, x := range a.Entries {
					if x.Seq == 20 {
						x.Frank = flip(x.Frank)
					}
				}
			})
		}},
		{"the newest put back in time, franked, linked and signed", fault.PromiseProved, func() {
			l.rewritten(func(id convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
				x := log[len(log)-1]
				x.AcceptedMs--
				l.refrank(w, id, x)
				return log
			})
		}},
		{"an old one once more in place of the newest", fault.PromiseProved, func() {
			l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
				log[len(log)-1] = proto.CloneOf(log[20])
				return log
			})
		}},
		{"cut short, and the head signed", fault.PromiseStored, func() {
			l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry { return log[:len(log)-1] })
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			x.tell()
			fresh, _, err := w.restoreCode("bob", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
			r, err := fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, WaitAll: true})
			w.must(err)
			w.intact(r, 80)
		})
	}
}

// TestCheckpointOfAnotherLog: a checkpoint whose link is not the log's is refused
// at restore and by the account's other devices, until the device that wrote it
// is removed as compromised; from then on it counts for nobody.
func TestCheckpointOfAnotherLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.chat("bob", 80)
	bob.sync()
	l := w.liar()
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, x := range a.Entries {
			l.seen[x.Seq] = proto.CloneOf(x)
		}
	})
	early := w.device("bob's laptop")
	_, err = early.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code})
	w.must(err)
	early.sync()
	// The tablet is shown another log: with one entry more, a replay.
	l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry { return append(log, proto.CloneOf(log[20])) })
	tablet, _, err := w.restoreCode("bob", code)
	w.must(err)
	l.honest()
	alice.say("bob", "the true one")
	if !early.reads("alice", "the true one") {
		t.Fatal("bob's laptop lacks the last message")
	}

	_, _, err = w.restoreCode("bob", code)
	w.misbehaved(err, fault.PromiseProved)
	w.misbehaved(bob.syncError(), fault.PromiseProved)
	if bob.reads("alice", "the true one") {
		t.Error("bob's phone shows what it has refused")
	}
	w.misbehaved(early.syncError(), fault.PromiseProved) // which had that message before
	early.says(client.CheckBroken, "the server shows the devices of this account different logs")
	who, err := tablet.Whoami(w.ctx)
	w.must(err)
	w.must(bob.RemoveCompromised(w.ctx, []string{who.Device}))
	bob.sync()
	fresh, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 81)
	if !fresh.reads("alice", "the true one") {
		t.Error("the last message is not there")
	}
	fresh.says(client.CheckOK, "84 entries below")
}

// TestCheckpointOfACompromisedDevice: what rests on its word says so, and nothing
// is based on that; a restore from then on verifies everything.
func TestCheckpointOfACompromisedDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, tablet, code := w.longTalk()
	trusting, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 80)
	trusting.says(client.CheckOK, "82 entries below, 0 above")
	who, err := tablet.Whoami(w.ctx)
	w.must(err)
	w.must(bob.RemoveCompromised(w.ctx, []string{who.Device}))
	bob.sync()
	trusting.sync()
	alice.chat("bob", 600)
	trusting.sync()
	trusting.says(client.CheckDegraded, "1 conversations rest on the word of a device removed as compromised")
	fresh, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 680)
	if c := fresh.checkpoints(); c.State != client.CheckOK || strings.HasPrefix(c.Detail, "none") {
		t.Errorf("%+v", c)
	}
	_, err = bob.Whoami(w.ctx)
	w.must(err)
	for _, ids := range [][]string{{"0"}, {"z1"}, {mustDevice(w, bob)}} {
		if err := bob.RemoveCompromised(w.ctx, ids); fault.KindOf(err) != fault.KindUsage {
			t.Errorf("removing %q: %v", ids, err)
		}
	}
}

// TestCheckpointLive: a device that goes on with a log verifies for itself, also
// what another device has vouched for meanwhile.
func TestCheckpointLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, tablet, _ := w.longTalk()
	alice.chat("bob", 510)
	tablet.sync()
	tablet.says(client.CheckOK, "592 entries below, 0 above")
	bob.sync()
	bob.says(client.CheckOK, "592 entries below, 0 above")
	w.must(bob.RemoveCompromised(w.ctx, []string{mustDevice(w, tablet)}))
	bob.says(client.CheckOK, "none yet; all 592 entries")
	bob.sync()
	bob.says(client.CheckOK, "593 entries below") // his own
}

func mustDevice(w *world, d *device) string {
	who, err := d.Whoami(w.ctx)
	w.must(err)
	return who.Device
}

// forging makes the device sign with a wrong key from here on: what it sends is
// what another member, who knows the epoch's keys, could forge in its name. It
// returns what ends that.
func (d *device) forging(id convo.ID) (end func()) {
	d.w.tb.Helper()
	s, err := sealed.Open(d.w.ctx, d.store, d.key, rand.Reader)
	d.w.must(err)
	at := store.Table("cg").ID(id[:]).Uint64(0).Bytes()
	state, err := s.Get(d.w.ctx, at)
	d.w.must(err)
	g, err := mls.LoadGroup(state, nil)
	d.w.must(err)
	var keys [][]byte
	for _, m := range g.Members() {
		keys = append(keys, m.SignatureKey)
	}
	swap := func(old, new ed25519.PrivateKey) {
		state, err := s.Get(d.w.ctx, at)
		d.w.must(err)
		var b store.Batch
		changed := []byte(strings.ReplaceAll(string(state), string(old.Seed()), string(new.Seed())))
		b.Set(at, changed)
		if string(changed) == string(state) {
			d.w.tb.Fatal("no signature key in the group's state")
		}
		d.w.must(s.Apply(d.w.ctx, &b))
		d.open()
	}
	for i := 0; i+32 <= len(state); i++ {
		right := ed25519.NewKeyFromSeed(state[i : i+32])
		if slices.ContainsFunc(keys, func(k []byte) bool { return right.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(k)) }) {
			_, wrong, err := ed25519.GenerateKey(rand.Reader)
			d.w.must(err)
			swap(right, wrong)
			return func() { swap(wrong, right) }
		}
	}
	d.w.tb.Fatal("the device's signature key is not in its group's state")
	return nil
}

// TestCheckpointAboveAForgery: a member who knows an epoch's keys can make a
// message in another's name that lacks only the signature. It is unreadable for
// who verifies it, and stays so for who relies on a checkpoint above it.
func TestCheckpointAboveAForgery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	m := alice.say("bob", "true")
	end := alice.forging(m.Conversation)
	if _, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "forged"}); fault.KindOf(err) == fault.KindUnreachable {
		t.Fatal(err)
	}
	end()
	alice.chat("bob", 80)
	bob.sync()
	first, full, err := w.restoreCode("bob", code)
	w.must(err)
	first.says(client.CheckOK, "84 entries below, 0 above")
	for range 3 {
		again, r, err := w.restoreCode("bob", code)
		w.must(err)
		if r.Messages != full.Messages || r.Messages != 81 {
			t.Errorf("%d messages, then %d; want 81", full.Messages, r.Messages)
		}
		for _, d := range []*device{bob, first, again} {
			h, err := d.History(w.ctx, "alice", client.Page{})
			w.must(err)
			unreadable := 0
			for _, m := range h {
				if m.Text == "forged" {
					t.Errorf("%s shows what alice has not signed", d.name)
				}
				if m.Unreadable {
					unreadable++
				}
			}
			if unreadable != 1 {
				t.Errorf("%s has %d unreadable messages, want 1", d.name, unreadable)
			}
		}
	}
}
