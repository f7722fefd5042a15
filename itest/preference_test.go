package itest

import (
	"context"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// conversation returns a device's summary of one.
func (d *device) conversation(with string) client.Conversation {
	d.w.tb.Helper()
	c, err := d.FindConversation(d.w.ctx, with)
	d.w.must(err)
	return c
}

// TestPreferences: what the person sets on one device holds on the others, on one
// that was offline and on one that is restored; the last one to set it wins.
func TestPreferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	bob.say("alice", "first")
	carol.say("alice", "second")
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	alice.fresh("bob")
	alice.fresh("carol")

	w.must(alice.Mute(w.ctx, "bob", 0))
	w.must(alice.Pin(w.ctx, "bob", true))
	w.must(alice.Archive(w.ctx, "carol", true))
	w.must(alice.SetDraft(w.ctx, "carol", "Dear Carol"))
	laptop.sync()
	w.must(laptop.SetDraft(w.ctx, "carol", "Dearest Carol"))
	w.must(laptop.Mute(w.ctx, "carol", time.Hour))
	alice.sync()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	for _, d := range []*device{alice, laptop, tablet} {
		b, c := d.conversation("bob"), d.conversation("carol")
		if b.MutedTo.Year() != 9999 || !b.Pinned || b.Archived || !c.Archived || c.Draft != "Dearest Carol" || c.MutedTo.IsZero() {
			t.Errorf("%s: %+v\n%+v", d.name, b, c)
		}
		list, err := d.List(w.ctx)
		w.must(err)
		if list[0].Name != "bob" || list[len(list)-1].Name != "carol" {
			t.Errorf("%s: the order is %v", d.name, list)
		}
	}
	w.must(tablet.Unmute(w.ctx, "bob"))
	w.must(tablet.SetDraft(w.ctx, "carol", ""))
	w.pass(2 * time.Hour)
	alice.sync()
	if b, c := alice.conversation("bob"), alice.conversation("carol"); !b.MutedTo.IsZero() || c.Draft != "" || !c.MutedTo.IsZero() {
		t.Errorf("%+v\n%+v", b, c)
	}
	w.refused(alice.SetDraft(w.ctx, "carol", "\xff"), fault.KindUsage)
}

// TestBlock: what a blocked account writes is nowhere to be seen, and comes back.
func TestBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	_, err := bob.GroupCreate(w.ctx, "tea", []string{"alice", "mallory"})
	w.must(err)
	mallory.fresh("#tea")
	bob.say("#tea", "good morning")
	mallory.say("#tea", "insults")
	mallory.say("alice", "more insults")
	alice.fresh("#tea")
	alice.fresh("mallory")
	w.must(alice.Block(w.ctx, "mallory", true))
	alice.sees("#tea", "bob: good morning")
	alice.sees("mallory")
	if found, err := alice.Search(w.ctx, []string{"insults"}, ""); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if c := alice.conversation("#tea"); c.Unread != 1 {
		t.Errorf("%d unread, want 1", c.Unread)
	}
	if c := alice.conversation("mallory"); c.Unread != 0 || !c.Blocked {
		t.Errorf("%d unread, blocked %v", c.Unread, c.Blocked)
	}
	_, err = alice.Send(w.ctx, "mallory", client.Outgoing{Text: "x"})
	w.refused(err, fault.KindUsage)
	w.refused(alice.Block(w.ctx, "alice", true), fault.KindUsage)
	w.must(alice.Block(w.ctx, "mallory", false))
	alice.sees("mallory", "mallory: more insults")
}

// TestReadMarks: what was read on one device is read on the others; own messages
// count as having read what came before; marks are gathered, and none goes back.
func TestReadMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	unread := func(d *device, want int) {
		t.Helper()
		if c := d.conversation("bob"); c.Unread != want {
			t.Errorf("%s: %d unread, want %d", d.name, c.Unread, want)
		}
	}
	first := bob.say("alice", "one")
	bob.say("alice", "two")
	gone := bob.say("alice", "three")
	w.must(bob.Unsend(w.ctx, gone.ID.String()))
	alice.fresh("bob")
	laptop.fresh("bob")
	unread(alice, 2)
	w.must(alice.MarkRead(w.ctx, "bob", first.Seq))
	unread(alice, 1)
	laptop.sync()
	unread(laptop, 1)
	w.must(alice.MarkRead(w.ctx, "bob", 0)) // within the 10 seconds: kept for Sync
	unread(alice, 0)
	laptop.sync()
	unread(laptop, 1)
	alice.sync()
	laptop.sync()
	unread(laptop, 0)
	w.must(alice.MarkRead(w.ctx, "bob", first.Seq))
	unread(alice, 0)
	bob.say("alice", "four")
	laptop.fresh("bob")
	unread(laptop, 1)
	laptop.say("bob", "answer")
	unread(laptop, 0)
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	unread(again, 0)
}

// TestMutedWatch: Watch leaves out what is muted, unless it is asked for it.
func TestMutedWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	bob.say("alice", "before")
	carol.say("alice", "before")
	alice.fresh("bob")
	alice.fresh("carol")
	w.must(alice.Mute(w.ctx, "bob", 0))
	watch := func(to string) string {
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		n := w.watching(alice)
		got := make(chan string, 9)
		ended := make(chan error, 1)
		go func() {
			ended <- alice.Watch(ctx, to, func(m client.Message) error {
				got <- m.Text
				return nil
			})
		}()
		waits := func(more int) {
			w.eventually("alice waits", func() bool {
				n.mu.Lock()
				defer n.mu.Unlock()
				return len(n.cursors) >= more
			})
		}
		waits(1)
		bob.say("alice", "from bob")
		waits(2) // she has seen to that
		carol.say("alice", "from carol")
		select {
		case text := <-got:
			cancel()
			w.must(<-ended)
			return text
		case <-time.After(time.Minute):
			return "nothing"
		}
	}
	if text := watch(""); text != "from carol" {
		t.Errorf("watching all shows %q first", text)
	}
	if text := watch("bob"); text != "from bob" {
		t.Errorf("watching bob shows %q first", text)
	}
}
