package itest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/homelock"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// TestServerDown: what is sent meanwhile waits here, in order, and goes out once
// with the next sync; the same key is the same message.
func TestServerDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "before")
	w.stop()
	var ids []string
	for _, text := range []string{"one", "two", "three", "two"} {
		m, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: text, Key: text})
		w.refused(err, fault.KindUnreachable)
		if m.State != client.StateQueued || m.Text != text {
			t.Errorf("%q is %s, want it queued", m.Text, m.State)
		}
		ids = append(ids, m.ID.String())
	}
	if ids[1] != ids[3] {
		t.Error("the same key is another message")
	}
	// A program that starts anew still has them.
	alice.open()
	alice.sees("bob", "alice: before", "alice: one", "alice: two", "alice: three")
	_, err := alice.Sync(w.ctx)
	w.refused(err, fault.KindUnreachable)
	w.start()
	s, err := alice.Sync(w.ctx)
	w.must(err)
	if s.Sent != 3 || s.Pending != 0 {
		t.Errorf("sync sent %d, %d are pending; want 3 and 0", s.Sent, s.Pending)
	}
	bob.sync()
	alice.sees("bob", "alice: before", "alice: one", "alice: two", "alice: three")
	bob.sees("alice", "alice: before", "alice: one", "alice: two", "alice: three")
}

// TestFirstContactWhileDown: a conversation cannot begin without the server, and
// says so.
func TestFirstContactWhileDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	w.stop()
	_, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "hello"})
	w.refused(err, fault.KindUnreachable)
	w.start()
	alice.sync()
	alice.say("bob", "hello again")
	bob.sync()
	if got := bob.texts("alice"); len(got) == 0 || got[len(got)-1] != "alice: hello again" {
		t.Errorf("bob sees %q", got)
	}
}

// sharedHome opens an engine as a program of its own on a home that several
// share: its own store, and the home's lock.
func (w *world) sharedHome(name, home string) *device {
	w.tb.Helper()
	inner, err := sqlite.Open(w.ctx, filepath.Join(home, "coffer.db"))
	w.must(err)
	w.tb.Cleanup(func() { inner.Close() })
	d := &device{w: w, name: name, key: make([]byte, 32), store: inner}
	d.lock = func(ctx context.Context) (func() error, error) { return homelock.Wait(ctx, home) }
	d.open()
	return d
}

// TestTwoProcessesShareAHome: both send at once, while the other side does too;
// everything is there once, and both sides see one order.
func TestTwoProcessesShareAHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := t.TempDir()
	one := w.sharedHome("alice's laptop", home)
	w.must(one.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alice"}))
	two := w.sharedHome("alice's laptop", home)
	bob := w.register("bob")
	one.say("bob", "hello")
	bob.sync()
	w.talkAtOnce(10, one, two, bob)
	w.agree(31, []*device{one, two}, bob)
}

// talkAtOnce has alice's programs and bob send n messages each, all at once.
func (w *world) talkAtOnce(n int, one, two, bob *device) {
	w.tb.Helper()
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i, d := range []*device{one, two, bob} {
		to := "bob"
		if d == bob {
			to = "alice"
		}
		wg.Go(func() {
			for k := range n {
				if _, err := d.Send(w.ctx, to, client.Outgoing{Text: fmt.Sprint("from ", i, " number ", k)}); err != nil {
					errs[i] = err
					return
				}
				if k%3 == 0 {
					if _, err := d.Sync(w.ctx); err != nil {
						errs[i] = err
						return
					}
				}
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			w.tb.Errorf("program %d: %v", i, err)
		}
	}
}

// agree fails the test unless all see the same n lines, each sender's in order.
func (w *world) agree(n int, alices []*device, bob *device) {
	w.tb.Helper()
	want := bob.texts("alice")
	if len(want) != n {
		w.tb.Errorf("%d messages, want %d:\n%s", len(want), n, strings.Join(want, "\n"))
	}
	for _, d := range alices {
		if got := d.texts("bob"); !slices.Equal(got, want) {
			w.tb.Errorf("%s sees\n%s\nbob sees\n%s", d.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	last := map[string]int{}
	for _, line := range want {
		var i, k int
		if _, err := fmt.Sscanf(line[strings.Index(line, ": ")+2:], "from %d number %d", &i, &k); err != nil {
			continue
		}
		who := fmt.Sprint(i)
		if before, ok := last[who]; ok && k != before+1 {
			w.tb.Errorf("program %d: %d comes after %d", i, k, before)
		}
		last[who] = k
	}
}

// TestRaceScenario is one scenario for the race detector: two devices on SQLite,
// one of them two programs, that send, read, search and watch at once.
func TestRaceScenario(t *testing.T) {
	w := newWorld(t)
	home := t.TempDir()
	one := w.sharedHome("alice's laptop", home)
	w.must(one.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alice"}))
	two := w.sharedHome("alice's laptop", home)
	bob := w.sharedHome("bob's laptop", t.TempDir())
	w.must(bob.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "bob"}))
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	one.say("bob", "hello")
	bob.sync()

	ctx, cancel := context.WithCancel(w.ctx)
	var watching sync.WaitGroup
	watching.Go(func() { _ = bob.Watch(ctx, "", func(client.Message) error { return nil }) }) // ends with ctx
	var reading sync.WaitGroup
	reading.Go(func() {
		for range 5 {
			if _, err := bob.History(w.ctx, "alice", client.Page{Limit: 5}); err != nil {
				t.Error(err)
			}
			if _, err := bob.Search(w.ctx, []string{"number"}, ""); err != nil {
				t.Error(err)
			}
		}
	})
	w.talkAtOnce(4, one, two, bob)
	reading.Wait()
	cancel()
	watching.Wait()
	w.agree(13, []*device{one, two}, bob)
	_, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 13)
}

// TestRestoreWhileOthersCommit: a restore that runs while others write and
// commit is not taken for a server that misbehaves.
func TestRestoreWhileOthersCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := carol.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	alice.say("#club", "before")
	w.register("dave")
	l := w.liar()
	n := 0
	spoil(l, "ReadEpochs", func(*pb.ReadEpochsRequest, *pb.ReadEpochsResponse) {
		n++
		l.honest() // for what follows from here
		w.must(alice.GroupAdd(w.ctx, "club", []string{"dave"}))
		alice.say("#club", "meanwhile")
	})
	fresh, r, err := w.restoreCode("carol", code)
	w.must(err)
	if !r.Intact() || n == 0 {
		t.Errorf("restored %+v while others wrote", r)
	}
	fresh.sees("#club", "alice: before", "alice: meanwhile")
}
