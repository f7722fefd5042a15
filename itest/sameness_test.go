package itest

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// twin forks the server: from here on the devices that are named talk to another one,
// which began with all that the first one had, its keys included. It returns the other
// one.
func (w *world) twin(of ...*device) *world {
	w.tb.Helper()
	other := &world{tb: w.tb, ctx: w.ctx, dir: w.tb.TempDir(), log: &lockedBuffer{}, realms: w.realms}
	w.stop()
	w.must(os.CopyFS(other.dir, os.DirFS(w.dir)))
	w.start()
	other.start()
	w.tb.Cleanup(other.stop)
	first := *w.handler.Load()
	split := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for _, d := range of {
			if token := d.token(); token != "" && strings.HasSuffix(r.Header.Get("Authorization"), token) {
				(*other.handler.Load()).ServeHTTP(rw, r)
				return
			}
		}
		first.ServeHTTP(rw, r)
	}))
	w.handler.Store(&split)
	return other
}

// number returns the history number of a conversation at an entry.
func (d *device) number(with string, at uint64) client.HistoryNumber {
	d.w.tb.Helper()
	n, err := d.HistoryNumber(d.w.ctx, with, at)
	d.w.must(err)
	return n
}

// compares fails the test unless comparing gives the result.
func (d *device) compares(with string, theirs client.HistoryNumber, want string) client.Compared {
	d.w.tb.Helper()
	r, err := d.CompareHistory(d.w.ctx, with, theirs.Text())
	d.w.must(err)
	if r.Result != want {
		d.w.tb.Errorf("%s compares entry %d: %s, want %s", d.name, theirs.Seq, r.Result, want)
	}
	return r
}

// TestForkForEver: a server that keeps two halves of a conversation apart for ever, so
// that no message crosses, is noticed by nobody. Who compares history numbers outside
// finds it: they agree up to the last message before the fork, and on none after it.
func TestForkForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "one")
	bob.sync()
	bob.say("alice", "two")
	alice.sync()
	before := alice.number("bob", 0)
	if n := bob.number("alice", 0); n.Seq != before.Seq || n.Number != before.Number || n.Conversation != before.Conversation {
		t.Fatalf("bob has %+v, alice %+v", n, before)
	}
	w.twin(bob)
	alice.say("bob", "only alice's half has this")
	bob.say("alice", "and this only bob's")
	for _, d := range []*device{alice, bob} {
		d.sync() // nothing is amiss, as far as a device can see
	}
	alice.sees("bob", "alice: one", "bob: two", "alice: only alice's half has this")
	bob.sees("alice", "alice: one", "bob: two", "bob: and this only bob's")

	bob.compares("alice", before, client.HistorySame)
	for _, x := range []struct {
		from, to *device
		name     [2]string
	}{{alice, bob, [2]string{"bob", "alice"}}, {bob, alice, [2]string{"alice", "bob"}}} {
		n := x.from.number(x.name[0], 0)
		if n.Seq <= before.Seq {
			t.Fatalf("nothing came after the fork: %+v", n)
		}
		r := x.to.compares(x.name[1], n, client.HistoryDiffers)
		w.misbehaved(r.Err(), fault.PromiseProved)
		same := x.from.number(x.name[0], before.Seq)
		if same.Number != before.Number || same.Seq != before.Seq {
			t.Errorf("%s has %+v before the fork, want %+v", x.from.name, same, before)
		}
	}
	// Later entries do not heal it, and neither half has what the other one's next is.
	ahead := alice.number("bob", 0)
	alice.say("bob", "and on")
	next := alice.number("bob", 0)
	r := bob.compares("alice", next, client.HistoryAhead)
	w.refused(r.Err(), fault.KindUnreachable)
	bob.say("alice", "and on, too")
	bob.compares("alice", next, client.HistoryDiffers)
	bob.compares("alice", ahead, client.HistoryDiffers)
}

// TestCompareHistory: members of a group who have read differently far compare at any
// place that both have, a restored device and one who came later as well; what cannot
// be compared says so.
func TestCompareHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	g, err := alice.GroupCreate(w.ctx, "club", []string{"bob"})
	w.must(err)
	alice.say("#club", "one")
	bob.sync()
	at := bob.number("#club", 0)
	w.must(alice.GroupAdd(w.ctx, "#club", []string{"carol"}))
	alice.say("#club", "two")
	carol.meets(g.ID.String())
	fresh, _, err := w.restoreCode("alice", code)
	w.must(err)
	for _, d := range []*device{alice, bob, carol, fresh} {
		if r := d.compares("#club", at, client.HistorySame); r.Seq != at.Seq || r.Number != at.Number || r.Err() != nil {
			t.Errorf("%s: %+v", d.name, r)
		}
		d.compares("#club", alice.number("#club", 0), client.HistorySame)
	}
	info, err := carol.GroupInfo(w.ctx, "#club")
	w.must(err)
	if info.Number == nil || info.Number.Number != alice.number("#club", 0).Number {
		t.Errorf("group info shows %+v", info.Number)
	}

	wrong := at
	wrong.Number = alice.number("#club", at.Seq-1).Number
	w.misbehaved(bob.compares("#club", wrong, client.HistoryDiffers).Err(), fault.PromiseProved)
	far := at
	far.Seq += 1000
	w.refused(bob.compares("#club", far, client.HistoryAhead).Err(), fault.KindUnreachable)
	_, err = bob.HistoryNumber(w.ctx, "#club", far.Seq)
	w.refused(err, fault.KindUsage)
	_, err = bob.CompareHistory(w.ctx, "#club", "entry 4: not digits")
	w.refused(err, fault.KindUsage)
	_, err = bob.HistoryNumber(w.ctx, "carol", 0) // nothing was said between them
	w.refused(err, fault.KindUsage)
}
