package itest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// crash is an operation of alice's that is cut short at each of its writes in
// turn. Each run has people of its own in one world.
type crash struct {
	name string
	// before is what must have happened; it may be nil.
	before func(r *run)
	// act is the operation; after a crash it is called again on what the device
	// has kept, until it is done.
	act func(r *run) error
	// after checks that everything is there once.
	after func(r *run)
}

// run is one run of an operation, with its own accounts.
type run struct {
	*world
	alice, bob, carol string // their handles
	a, b, c           *device
	disk              *mem.Store // alice's
	code              string
}

var crashes = []crash{
	{
		name: "register",
		act: func(r *run) error {
			err := r.a.Register(r.ctx, client.RegisterOptions{Server: r.http.URL, Handle: r.alice})
			if fault.KindOf(err) == fault.KindUsage {
				return nil // it was done before the crash
			}
			return err
		},
		after: func(r *run) {
			r.a.sync()
			r.a.say(r.bob, "hello")
			r.b.sync()
			r.b.say(r.alice, "hello yourself")
			r.sameFor(r.alice+": hello", r.bob+": hello yourself")
		},
	},
	{
		name:   "first send",
		before: (*run).registered,
		act:    func(r *run) error { return r.send("hello", "k1") },
		after: func(r *run) {
			r.b.say(r.alice, "heard")
			r.sameFor(r.alice+": hello", r.bob+": heard")
		},
	},
	{
		name: "later send",
		before: func(r *run) {
			r.registered()
			r.a.say(r.bob, "one")
			r.b.say(r.alice, "two")
		},
		act: func(r *run) error { return r.send("three", "k3") },
		after: func(r *run) {
			r.b.say(r.alice, "four")
			r.sameFor(r.alice+": one", r.bob+": two", r.alice+": three", r.bob+": four")
		},
	},
	{
		name: "receive",
		before: func(r *run) {
			r.registered()
			m := r.b.say(r.alice, "one")
			r.b.say(r.alice, "two")
			r.must(r.b.Unsend(r.ctx, m.ID.String()))
			r.c.say(r.alice, "from another")
		},
		act: func(r *run) error { _, err := r.a.Sync(r.ctx); return err },
		after: func(r *run) {
			r.a.say(r.bob, "three")
			r.sameFor(r.bob+": (unsent)", r.bob+": two", r.alice+": three")
			r.a.sees(r.carol, r.carol+": from another")
		},
	},
	{
		name: "group add",
		before: func(r *run) {
			r.registered()
			_, err := r.a.GroupCreate(r.ctx, "climbing "+r.alice, []string{r.bob})
			r.must(err)
			r.a.say("#climbing "+r.alice, "before")
		},
		act: func(r *run) error {
			err := r.a.GroupAdd(r.ctx, "climbing "+r.alice, []string{r.carol})
			return err
		},
		after: func(r *run) {
			group := "#climbing " + r.alice
			r.b.sync()
			r.c.meets(group)
			r.a.say(group, "after")
			r.b.sees(group, r.alice+": before", r.alice+": after")
			r.c.say(group, "I am in")
			for _, d := range []*device{r.a, r.b} {
				d.sees(group, r.alice+": before", r.alice+": after", r.carol+": I am in")
			}
			r.c.sees(group, r.alice+": after", r.carol+": I am in")
		},
	},
	{
		name: "restore with code",
		before: func(r *run) {
			r.registered()
			var err error
			r.code, _, err = r.a.AddCode(r.ctx)
			r.must(err)
			r.a.say(r.bob, "one")
			r.a.Close()
			r.b.say(r.alice, "two")
			r.newDisk()
		},
		act: func(r *run) error {
			got, err := r.a.Restore(r.ctx, client.RestoreOptions{Server: r.http.URL, Handle: r.alice, Code: r.code, WaitAll: true})
			if err == nil {
				r.intact(got, 2)
			}
			return err
		},
		after: func(r *run) {
			r.a.say(r.bob, "three")
			r.sameFor(r.alice+": one", r.bob+": two", r.alice+": three")
			list, err := r.a.Devices(r.ctx)
			r.must(err)
			if len(list) != 2 {
				r.tb.Errorf("alice has %d devices, want the lost one and the new one", len(list))
			}
		},
	},
}

// registered makes alice an account.
func (r *run) registered() {
	r.must(r.a.Register(r.ctx, client.RegisterOptions{Server: r.http.URL, Handle: r.alice}))
}

// newDisk gives alice an empty device.
func (r *run) newDisk() {
	r.disk = mem.New()
	r.a = r.deviceOn(r.alice+"'s device", r.disk)
}

func (r *run) send(text, key string) error {
	m, err := r.a.Send(r.ctx, r.bob, client.Outgoing{Text: text, Key: key})
	if err == nil && m.State != client.StateSent {
		err = fmt.Errorf("message is %s", m.State)
	}
	return err
}

// sameFor checks that alice and bob see the same lines in their conversation.
func (r *run) sameFor(lines ...string) {
	r.tb.Helper()
	r.a.sync()
	r.b.sync()
	r.a.sees(r.bob, lines...)
	r.b.sees(r.alice, lines...)
}

// revive starts alice's device anew on what its disk has kept.
func (r *run) revive() {
	r.disk = r.disk.Survivor()
	r.a.store = r.disk
	r.a.open()
}

// people makes the people of one run.
func (w *world) people(n string) *run {
	r := &run{world: w, alice: "alice" + n, bob: "bob" + n, carol: "carol" + n}
	r.b, r.c = w.register(r.bob), w.register(r.carol)
	r.newDisk()
	return r
}

// TestCrash cuts each operation short at its k-th write to the device's disk,
// for k = 0, 1, 2, … until there is none left; before and after the write. The
// operation is repeated on what is left: everything is there once, in one
// order, for both sides.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, x := range append(crashes[:len(crashes):len(crashes)], recoveryCrashes...) {
		for name, fault := range map[string]mem.Fault{"before": mem.CrashBefore, "after": mem.CrashAfter} {
			t.Run(x.name+"/"+name+" the write", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				for k := 0; w.crashesAt(x, k, fault); k++ {
					if k == 200 {
						t.Fatal("there is no end to it")
					}
				}
			})
		}
	}
}

// crashesAt runs an operation with a crash at its k-th write, and reports
// whether it had one.
func (w *world) crashesAt(x crash, k int, fault mem.Fault) bool {
	w.tb.Helper()
	r := w.people(fmt.Sprint(k))
	if x.before != nil {
		x.before(r)
	}
	r.disk.Inject(mem.CrashAt(r.disk.Applies()+k, fault))
	err := x.act(r)
	if err == nil {
		r.disk.Inject(nil)
		x.after(r)
		return false
	}
	r.revive()
	if err := x.act(r); err != nil {
		w.tb.Fatalf("after a crash at write %d: %v", k, err)
	}
	x.after(r)
	if w.tb.Failed() {
		w.tb.Fatalf("after a crash at write %d", k)
	}
	return true
}

// cutter lets the server do what it was asked, and cuts off every n-th answer.
type cutter struct {
	every, count atomic.Int64
	cut          atomic.Int64
}

func (w *world) cutter() *cutter {
	c := &cutter{}
	honest := *w.handler.Load()
	h := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := c.every.Load()
		if n == 0 || strings.HasSuffix(r.URL.Path, "/Wait") || c.count.Add(1)%n != 0 {
			honest.ServeHTTP(rw, r)
			return
		}
		c.cut.Add(1)
		honest.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	w.handler.Store(&h)
	return c
}

// TestLostAnswers: the server did what it was asked but its answer is lost, each
// time another one. What is repeated is done once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, x := range append(crashes[:len(crashes):len(crashes)], recoveryCrashes...) {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.cutter()
			for k := int64(1); ; k++ {
				r := w.people(fmt.Sprint(k))
				if x.before != nil {
					x.before(r)
				}
				c.cut.Store(0)
				c.count.Store(0)
				c.every.Store(k)
				err := x.act(r)
				c.every.Store(0)
				if err != nil {
					if kind := fault.KindOf(err); kind != fault.KindUnreachable {
						t.Fatalf("the answer to call %d is lost: %v (%s), want unreachable", k, err, kind)
					}
					if err := x.act(r); err != nil {
						t.Fatalf("again, after the answer to call %d was lost: %v", k, err)
					}
				}
				x.after(r)
				if t.Failed() {
					t.Fatalf("after the answer to call %d was lost", k)
				}
				if c.cut.Load() == 0 {
					return
				}
			}
		})
	}
}

// TestServerRestarts: the server ends and starts anew between all steps; nothing
// is lost, and nobody has to do anything about it.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	w.restart()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	w.restart()
	var lines []string
	for i := range 3 {
		alice.say("bob", fmt.Sprint("from alice ", i))
		w.restart()
		bob.say("alice", fmt.Sprint("from bob ", i))
		w.restart()
		lines = append(lines, fmt.Sprint("alice: from alice ", i), fmt.Sprint("bob: from bob ", i))
	}
	_, err = alice.GroupCreate(w.ctx, "g", []string{"bob"})
	w.must(err)
	w.restart()
	bob.say("#g", "in the group")
	w.restart()
	alice.sees("bob", lines...)
	bob.sees("alice", lines...)
	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 7)
	w.restart()
	again.sees("bob", lines...)
	again.sees("#g", "bob: in the group")
}
