package itest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/account"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

const month = 30*24*time.Hour + time.Minute

// chainOf returns an account's chain as the server has it.
func (w *world) chainOf(d *device) *account.Chain {
	w.tb.Helper()
	var c *account.Chain
	l := w.liar()
	spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) {
		if len(a.Entries) == 0 {
			return
		}
		if x, err := account.ParseChain(a.Entries); err == nil {
			c = x
		}
	})
	who, err := d.Whoami(w.ctx)
	w.must(err)
	fresh := w.register(fmt.Sprintf("reader%d", time.Now().UnixNano()%1e9))
	_, err = fresh.Safety(w.ctx, who.Handle)
	w.must(err)
	l.honest()
	if c == nil || c.ID().String() != who.Account {
		w.tb.Fatal("no chain was seen")
	}
	return c
}

// rotations counts a device's own.
func (w *world) rotations(d *device) (n int) {
	w.tb.Helper()
	id := mustDevice(w, d)
	for _, e := range w.chainOf(d).Entries(0) {
		if e.Type() == account.BodyRotate && e.Signer.String() == id {
			n++
		}
	}
	return n
}

// TestRotation: after thirty days each device takes a new KEM key and opens a
// vault epoch, once, and gets a new leaf with its next message; what came before
// and what comes after is read by all devices, and restored.
func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, bob := w.register("alice"), w.register("bob")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.say("bob", "one")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.say("bob", "two")
	bob.sync()
	phone.sync()
	w.pass(29 * 24 * time.Hour)
	phone.sync()
	if n := w.rotations(phone); n != 0 {
		t.Fatalf("%d rotations before they are due", n)
	}
	w.pass(25 * time.Hour)
	for range 3 {
		phone.sync()
		tablet.sync()
	}
	before := w.chainOf(phone)
	if p, q := w.rotations(phone), w.rotations(tablet); p != 1 || q != 1 || before.Vault().Number != 3 {
		t.Fatalf("rotations %d and %d, vault epoch %d", p, q, before.Vault().Number)
	}
	commits := w.commits(t, func() {
		phone.say("bob", "three")
		phone.say("bob", "four")
		tablet.say("bob", "five")
		tablet.say("bob", "six")
	})
	// The first message of each device after so long brings a commit, by which its
	// leaf is renewed at the same time; the next ones bring none.
	if commits != 2 {
		t.Errorf("%d commits for the two leaves", commits)
	}
	phone.sync()
	bob.sync()
	want := []string{"alice: one", "alice: two", "alice: three", "alice: four", "alice: five", "alice: six"}
	for _, d := range []*device{phone, tablet} {
		d.open() // its new keys are on its disk
		d.sync()
		d.sees("bob", want...)
	}
	bob.sees("alice", want...)
	v, err := phone.VaultStatus(w.ctx)
	w.must(err)
	for _, c := range v.Checks {
		if c.State == client.CheckBroken {
			t.Errorf("%+v", c)
		}
	}
	third, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 6)
	third.sees("bob", want...)
	if n := w.rotations(third); n != 0 {
		t.Errorf("a new device has rotated %d times", n)
	}
	w.pass(month)
	phone.sync()
	if n := w.rotations(phone); n != 2 {
		t.Errorf("%d rotations after two months", n)
	}
}

// commits counts the commits that are posted meanwhile.
func (w *world) commits(t *testing.T, f func()) (n int) {
	t.Helper()
	l := w.liar()
	spoil(l, "PostCommit", func(*pb.PostCommitRequest, *pb.PostCommitResponse) { n++ })
	f()
	l.honest()
	return n
}

// TestRotationCrash: a crash at any write of a rotation, on the device that
// rotates or on the one that hears of it, loses no key and rotates once.
func TestRotationCrash(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mem.Fault{"before": mem.CrashBefore, "after": mem.CrashAfter} {
		for _, who := range []string{"rotates", "hears"} {
			t.Run(who+"/"+name, func(t *testing.T) {
				t.Parallel()
				for k := 0; newWorld(t).rotationCrash(k, fault, who == "hears"); k++ {
					if k == 60 {
						t.Fatal("there is no end to it")
					}
				}
			})
		}
	}
}

// rotationCrash lets one device crash at its k-th write, and reports whether it
// had one.
func (w *world) rotationCrash(k int, fault mem.Fault, hears bool) bool {
	w.tb.Helper()
	phone, bob := w.register("alice"), w.register("bob")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.say("bob", "one")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	phone.sync()
	w.pass(month)
	crashing := phone
	if hears {
		tablet.now = func() time.Time { return w.now().Add(-48 * time.Hour) } // does not rotate yet
		phone.sync()
		crashing = tablet
	}
	disk := crashing.store.(*mem.Store)
	disk.Inject(mem.CrashAt(disk.Applies()+k, fault))
	_, err = crashing.Sync(w.ctx)
	crashed := err != nil
	if crashed {
		crashing.store = disk.Survivor()
		crashing.open()
	} else {
		disk.Inject(nil)
	}
	crashing.sync()
	crashing.say("bob", "two")
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two")
	if n := w.rotations(phone); n != 1 {
		w.tb.Fatalf("write %d: %d rotations", k, n)
	}
	if !hears {
		tablet.sync()
	} else {
		phone.sync()
	}
	_, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 2)
	return crashed
}

// TestRotationAnswerLost: the server has taken the rotation, its answer is lost,
// and the device goes on with the new key.
func TestRotationAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, bob := w.register("alice"), w.register("bob")
	phone.say("bob", "one")
	w.pass(month)
	honest := *w.handler.Load()
	cut := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/AppendChain") {
			honest.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		honest.ServeHTTP(rw, r)
	}))
	w.handler.Store(&cut)
	_, err := phone.Sync(w.ctx)
	w.refused(err, fault.KindUnreachable)
	w.handler.Store(&honest)
	phone.open()
	phone.sync()
	phone.say("bob", "two")
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two")
	if n := w.rotations(phone); n != 1 {
		t.Errorf("%d rotations", n)
	}
}
