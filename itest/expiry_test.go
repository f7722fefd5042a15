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

// TestExpirySetting: the setting travels to all, admins and owners may change it
// in a group, either may in a conversation of two, and each message carries it.
func TestExpirySetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	c, err := alice.SetExpiry(w.ctx, "bob", time.Hour) // before anything was said
	w.must(err)
	if c.Expiry != time.Hour {
		t.Errorf("expiry %v", c.Expiry)
	}
	bob.fresh("alice")
	m := bob.say("alice", "gone in an hour")
	if d := m.Expires.Sub(m.Time); d < time.Hour || d > time.Hour+2*time.Second {
		t.Errorf("it lasts %v", d)
	}
	bob.event("alice", "expiry", "1h")
	_, err = bob.SetExpiry(w.ctx, "alice", 0)
	w.must(err)
	alice.fresh("bob")
	if m := alice.say("bob", "stays"); !m.Expires.IsZero() {
		t.Errorf("it expires at %v", m.Expires)
	}
	alice.event("bob", "expiry", "off")

	_, err = alice.GroupCreate(w.ctx, "tea", []string{"bob"})
	w.must(err)
	_, err = alice.SetExpiry(w.ctx, "#tea", 30*time.Second)
	w.must(err)
	bob.fresh("#tea")
	_, err = bob.SetExpiry(w.ctx, "#tea", 0)
	w.refused(err, fault.KindUsage)
	// Who adds somebody sends the setting anew, for the newcomer to see.
	w.must(bob.GroupAdd(w.ctx, "tea", []string{"carol"}))
	carol.fresh("#tea")
	if m := carol.say("#tea", "hello"); m.Expires.Sub(m.Time).Round(5*time.Second) != 30*time.Second {
		t.Errorf("the newcomer's message lasts %v", m.Expires.Sub(m.Time))
	}
	for _, d := range []time.Duration{time.Second, 29 * 24 * time.Hour, -time.Hour} {
		_, err = alice.SetExpiry(w.ctx, "#tea", d)
		w.refused(err, fault.KindUsage)
		_, err = alice.Send(w.ctx, "#tea", client.Outgoing{Text: "x", Expiry: d})
		w.refused(err, fault.KindUsage)
	}
}

// event fails the test unless the conversation's last event is this one.
func (d *device) event(with, event, text string) {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	h = slices.DeleteFunc(h, func(m client.Message) bool { return m.Event == "" })
	if last := h[len(h)-1]; last.Event != event || last.Text != text {
		d.w.tb.Errorf("%s: the last event is %q %q, not %q %q", d.name, last.Event, last.Text, event, text)
	}
}

// TestExpiryOffline: a device that is offline forgets on time, too, when it is
// next used, and what it had queued with it.
func TestExpiryOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	send := func(d *device, to, text string) error {
		_, err := d.Send(w.ctx, to, client.Outgoing{Text: text, Expiry: time.Minute})
		return err
	}
	w.must(send(alice, "bob", "zyzzyva"))
	bob.fresh("alice")
	w.stop()
	w.refused(send(bob, "alice", "numbats"), fault.KindUnreachable)
	if f := bob.holds("numbats"); f["ob"] == 0 {
		t.Fatalf("it is not queued: %v", f)
	}
	w.pass(2 * time.Minute)
	bob.sees("alice")
	w.traceless("offline", []string{"zyzzyva", "numbats"}, bob)
	w.start()
	bob.fresh("alice")
	bob.sees("alice")
	alice.sees("bob")
}

// TestWrongClocks: whichever clock is wrong, by years, nothing outlives its time;
// a clock that is ahead makes a device forget early, and no other.
func TestWrongClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	ahead, behind := w.register("ahead"), w.register("behind")
	years := 5 * 366 * 24 * time.Hour
	ahead.now = func() time.Time { return w.now().Add(years) }
	behind.now = func() time.Time { return w.now().Add(-years) }
	_, err := alice.GroupCreate(w.ctx, "tea", []string{"bob", "ahead", "behind"})
	w.must(err)
	_, err = alice.SetExpiry(w.ctx, "#tea", time.Hour)
	w.must(err)
	alice.say("#tea", "from alice")
	for _, d := range []*device{ahead, behind} {
		d.fresh("#tea")
		m, err := d.Send(w.ctx, "#tea", client.Outgoing{Text: "from " + d.name})
		w.must(err)
		if m.State == client.StateQueued {
			t.Errorf("%s: not sent", d.name)
		}
		d.sync()
	}
	bob.sees("#tea", "alice: from alice", "ahead: from ahead's phone", "behind: from behind's phone")
	behind.sees("#tea", "alice: from alice", "ahead: from ahead's phone", "behind: from behind's phone")
	ahead.sees("#tea")
	w.pass(time.Hour + time.Minute)
	for _, d := range []*device{alice, bob, ahead, behind} {
		d.fresh("#tea")
		d.sees("#tea")
		w.traceless("after an hour", []string{"from"}, d)
	}
	// The clock is turned back: the device remembers what time it has been.
	bob.now = func() time.Time { return w.now().Add(-years) }
	bob.open()
	bob.sees("#tea")
}

// TestQueuedByAWrongClock: what was written offline by a clock that is ahead gets
// its right time; by one that is behind, it was over before it was sent.
func TestQueuedByAWrongClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.fresh("alice")
	for _, x := range []struct {
		off  time.Duration
		sent bool
	}{{200 * 24 * time.Hour, true}, {-200 * 24 * time.Hour, false}} {
		clock := w.device("another phone")
		clock.store, clock.key = alice.store, alice.key
		clock.now = func() time.Time { return w.now().Add(x.off) }
		clock.open()
		w.stop()
		m, err := clock.Send(w.ctx, "bob", client.Outgoing{Text: "queued", Expiry: time.Hour})
		w.refused(err, fault.KindUnreachable)
		if m.State != client.StateQueued {
			t.Fatal("not queued")
		}
		clock.now = nil // it is set right
		clock.open()
		w.start()
		_, err = clock.Sync(w.ctx)
		if x.sent {
			w.must(err)
			bob.sees("alice", "alice: hello", "alice: queued")
			h, err := bob.History(w.ctx, "alice", client.Page{Limit: 1})
			w.must(err)
			if left := h[0].Expires.Sub(w.now()); left > time.Hour+5*time.Second || left < time.Hour-time.Minute {
				t.Errorf("it lasts for %v", left)
			}
		}
		clock.sync()
		w.pass(2 * time.Hour)
		bob.sees("alice", "alice: hello")
	}
}

// TestHostileExpiry: a server that kept what it was to erase does not bring it
// back, and one that erases too early is found out.
func TestHostileExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "zyzzyva", Expiry: time.Hour})
	w.must(err)
	bob.say("alice", "and on")
	alice.fresh("bob")
	l := w.liar()
	var kept *pb.LogEntry
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == m.Seq && len(x.Body) > 0 {
				kept = proto.Clone(x).(*pb.LogEntry)
			}
		}
	})
	_, _, err = w.restoreCode("alice", code)
	w.must(err)
	if kept == nil {
		t.Fatal("the liar did not see the message")
	}
	header, bodyHash := headerAndHash(kept)

	// Too early.
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == m.Seq {
				x.Body, x.Header, x.BodyHash = nil, header, bodyHash
			}
		}
	})
	_, report, err := w.restoreCode("alice", code)
	if err == nil && report.Intact() {
		t.Error("a message that was erased before its time does not count as missing")
	}

	// Too late: it comes back after its time.
	w.pass(2 * time.Hour)
	w.eventually("the message is erased", func() bool { return !w.onServer(kept.Body[len(kept.Body)-48:]) })
	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == m.Seq {
				x.Body, x.Header, x.BodyHash = bytes.Clone(kept.Body), nil, nil
			}
		}
	})
	again, report, err := w.restoreCode("alice", code)
	w.must(err)
	if !report.Intact() {
		t.Errorf("gaps: %+v", report.Gaps)
	}
	if l.honest() == 0 {
		t.Error("the liar did not lie")
	}
	again.sees("bob", "bob: and on")
	w.traceless("brought back", []string{"zyzzyva"}, again)
}

// headerAndHash is what stands for an entry's body once it is erased.
func headerAndHash(w *pb.LogEntry) (header, bodyHash []byte) {
	hashes, header, err := entryOf(w).Hashes()
	if err != nil {
		panic(err)
	}
	return header, bytes.Clone(hashes.Body[:])
}
