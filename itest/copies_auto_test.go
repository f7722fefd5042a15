package itest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestAutoCopies: after a restore the attachments of the last days come by
// themselves, once, the newest first, and go on where they were cut short; neither
// large nor old ones do, nor what a stranger sent, nor what was freed.
func TestAutoCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob, stranger := w.register("alice"), w.register("bob"), w.register("stranger")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.say("alice", "send me all of them")
	alice.attach("bob", "old.bin", noise(1000, 1), false)
	w.pass(40 * 24 * time.Hour)
	for i, n := range []int{1 << 10, 2 << 20, 1_300_000} {
		alice.attach("bob", fmt.Sprintf("%d.bin", i), noise(n, byte(i+2)), false)
	}
	stranger.attach("bob", "unasked.bin", noise(1000, 9), false)
	bob.hearsOf(stranger.conversation("bob"))
	laptop, _, err := w.restoreCode("bob", code)
	w.must(err)
	laptop.hearsOf(stranger.conversation("bob"))
	w.must(laptop.SetAutoCopies(w.ctx, client.AutoCopies{On: true, Days: 30, UpTo: 1_500_000}))
	g.forget()
	ctx, cancel := context.WithCancel(w.ctx)
	g.stop, g.after = cancel, 3 // the newest file's trailer and two of its parts
	if f, err := laptop.FetchRecent(ctx); err == nil || f.Files != 0 {
		t.Fatalf("cut short: %+v, %v", f, err)
	}
	before := g.bytes
	g.forget()
	f, err := laptop.FetchRecent(w.ctx)
	w.must(err)
	if f.Files != 2 || f.Large != 1 || len(g.asked) != 2 || before == 0 || g.bytes > 1_000_000 {
		t.Errorf("fetched %+v, %d bytes after %d, of %v", f, g.bytes, before, g.asked)
	}
	again := func(why string) {
		t.Helper()
		g.forget()
		if f, err := laptop.FetchRecent(w.ctx); err != nil || f != (client.Fetched{}) || len(g.asked) != 0 {
			t.Errorf("%s: %+v, %v, asked for %v", why, f, err, g.asked)
		}
	}
	again("a second time")
	_, err = laptop.FreeStorage(w.ctx, "")
	w.must(err)
	again("what was freed")
	w.must(laptop.SetAutoCopies(w.ctx, client.AutoCopies{Days: 30, UpTo: 5_000_000}))
	alice.attach("bob", "new.bin", noise(500, 20), false)
	laptop.fresh("alice")
	again("off")
	w.must(laptop.SetAutoCopies(w.ctx, client.AutoCopies{On: true, Days: 60, UpTo: 5_000_000}))
	g.forget()
	if f, err := laptop.FetchRecent(w.ctx); err != nil || f.Files != 5 {
		t.Errorf("all but the stranger's: %+v, %v", f, err)
	}
	again("all")
	for _, bad := range []client.AutoCopies{{On: true, UpTo: 1}, {Days: 1}, {Days: client.MaxCopyDays + 1, UpTo: 1}} {
		w.refused(laptop.SetAutoCopies(w.ctx, bad), fault.KindUsage)
	}
}

// TestAutoCopiesBehind: a device that restores step by step has them off, and brings
// none ahead of messages where they are turned on. One that is altered is told once.
func TestAutoCopiesBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.say("alice", "hello")
	alice.chat("bob", 300)
	alice.attach("bob", "a.bin", noise(1000, 1), false)
	page := w.device("bob's page")
	page.Close()
	page.stepwise = true
	page.open()
	_, err = page.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code})
	w.must(err)
	if a, err := page.AutoCopies(w.ctx); err != nil || a.On {
		t.Fatalf("%+v, %v", a, err)
	}
	w.must(page.SetAutoCopies(w.ctx, client.AutoCopies{On: true, Days: 1, UpTo: 5000}))
	g.forget()
	for more := true; more; {
		f, err := page.FetchRecent(w.ctx)
		w.must(err)
		if f.Files != 0 {
			t.Fatal("a file came ahead of messages")
		}
		s, err := page.Step(w.ctx)
		w.must(err)
		more = s.More
	}
	if f, err := page.FetchRecent(w.ctx); err != nil || f.Files != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	g.mu.Lock()
	path := g.asked[0]
	g.mu.Unlock()
	g.forget()
	g.alter = path
	bob.fresh("alice")
	_, err = bob.FetchRecent(w.ctx)
	w.refused(err, fault.KindIntegrity)
	if f, err := bob.FetchRecent(w.ctx); err != nil || f != (client.Fetched{}) {
		t.Errorf("told twice: %+v, %v", f, err)
	}
}

// TestAutoCopiesWatch: who watches has them without asking, those that were there
// and those that come.
func TestAutoCopiesWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	bob.say("alice", "hello")
	alice.attach("bob", "a.bin", noise(50_000, 1), false)
	bob.fresh("alice")
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- bob.Watch(ctx, "", func(client.Message) error { return nil }) }()
	w.eventually("what was there came", func() bool { return bob.kept() > 50_000 })
	alice.attach("bob", "b.bin", noise(60_000, 2), false)
	w.eventually("what came since came", func() bool { return bob.kept() > 110_000 })
	cancel()
	w.must(<-ended)
}

// TestAutoCopiesWatchGoesOn: a file that is not what its message says, as any member of
// a group can post, or the server serve, ends nobody's watch.
func TestAutoCopiesWatchGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob := w.register("alice"), w.register("bob")
	bob.say("alice", "hello")
	alice.attach("bob", "bad.bin", noise(5000, 1), false)
	laptop := w.device("bob's laptop")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.fresh("alice")
	_, err = bob.FetchRecent(w.ctx)
	w.must(err)
	g.mu.Lock()
	g.alter = g.asked[0]
	g.mu.Unlock()
	_, err = laptop.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, WaitAll: true})
	w.must(err)
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- laptop.Watch(ctx, "", func(client.Message) error { return nil }) }()
	alice.attach("bob", "good.bin", noise(50_000, 2), false)
	w.eventually("a good one comes", func() bool {
		if len(ended) > 0 {
			t.Fatalf("the watch has ended: %v", <-ended)
		}
		return laptop.kept() > 50_000
	})
	cancel()
	w.must(<-ended)
}
