package itest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	clientstore "github.com/coffer-chat/coffer/client/store"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// TestRevokedDevice: a device that another one revokes is out of every
// conversation at once, and reads nothing that is sent from then on, although it
// has its keys, another device's session, and a server that hides its removal.
func TestRevokedDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.say("bob", "from the tablet")
	tablet.say("#club", "and here")
	alice.sync()

	list, err := alice.Revoke(w.ctx, mustDevice(w, tablet), false)
	w.must(err)
	if len(list) != 1 || list[0].Conversations != 2 || list[0].Pending != 0 || list[0].Compromised || !list[0].Keyholder.Removed {
		t.Fatalf("removals %+v", list)
	}
	bob.sync()
	carol.sync()
	bob.say("alice", "secret one")
	carol.say("#club", "secret two")
	alice.say("bob", "secret three")

	_, err = tablet.Sync(w.ctx)
	w.refused(err, fault.KindRefused)
	if !tablet.reads("bob", "hello") {
		t.Error("what it has read before is gone")
	}
	l := w.liar()
	tablet.token = alice.token
	for name, hides := range map[string]func(asked int) bool{
		"nothing": func(int) bool { return false }, "once": func(n int) bool { return n == 1 }, "always": func(int) bool { return true },
	} {
		asked := 0
		spoil(l, "GetChain", func(_ *pb.GetChainRequest, a *pb.GetChainResponse) {
			if asked++; hides(asked) {
				a.Entries = nil
			}
		})
		for _, with := range []string{"bob", "#club"} {
			asked = 0
			_, syncErr := tablet.Sync(w.ctx)
			if tablet.reads(with, "secret") {
				t.Errorf("hiding %s: the revoked device reads what was sent after its removal", name)
			}
			asked = 0
			if _, err := tablet.Send(w.ctx, with, client.Outgoing{Text: "from the thief"}); err == nil || syncErr == nil {
				t.Errorf("hiding %s: the revoked device goes on", name)
			}
		}
	}
	l.honest()
	bob.sync()
	carol.sync()
	if bob.reads("alice", "from the thief") || carol.reads("#club", "from the thief") {
		t.Error("the thief is read")
	}
	alice.sync()
	alice.sees("bob", "alice: hello", "alice: from the tablet", "bob: secret one", "alice: secret three")
	for _, id := range []string{"0", "z1", mustDevice(w, alice), mustDevice(w, tablet)} {
		if _, err := alice.Revoke(w.ctx, id, false); fault.KindOf(err) != fault.KindUsage {
			t.Errorf("revoking %q: %v", id, err)
		}
	}
}

// TestRevokedCutShort: a removal that reached some conversations only says so,
// and Sync goes on with it.
func TestRevokedCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	alice.sync()
	honest := *w.handler.Load()
	var commits atomic.Int64
	cut := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/PostCommit") && commits.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		honest.ServeHTTP(rw, r)
	}))
	w.handler.Store(&cut)
	list, err := alice.Revoke(w.ctx, mustDevice(w, tablet), false)
	w.must(err)
	if len(list) != 1 || list[0].Conversations != 2 || list[0].Pending != 1 {
		t.Fatalf("removals %+v", list)
	}
	left, err := alice.Removals(w.ctx)
	w.must(err)
	if len(left) != 1 || left[0].Pending != 1 {
		t.Errorf("left %+v", left)
	}
	w.handler.Store(&honest)
	v, err := alice.VaultStatus(w.ctx)
	w.must(err)
	for _, c := range v.Checks {
		if c.Name == "removals" && (c.State != client.CheckDegraded || !strings.Contains(c.Detail, "1 of 2 conversations")) {
			t.Errorf("%+v", c)
		}
	}
	alice.open() // as after a crash
	alice.sync()
	if left, err = alice.Removals(w.ctx); err != nil || len(left) != 0 {
		t.Errorf("left after a sync %+v, %v", left, err)
	}
}

// TestRevokedAsCompromised: what a compromised device has added goes with it, also
// the PIN and its registration, and opens nothing any more.
func TestRevokedAsCompromised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	mine, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	tablet, _, err := w.restoreCode("alice", mine)
	w.must(err)
	theirs, _, err := tablet.AddCode(w.ctx)
	w.must(err)
	known, kept, err := tablet.AddCode(w.ctx) // alice wrote this one down herself
	w.must(err)
	tablet.withPIN()
	second, _, err := w.restoreCode("alice", theirs)
	w.must(err)
	second.say("bob", "from the thief's own device")
	alice.sync()

	for _, keep := range []string{"z1", mustDevice(w, tablet), mustDevice(w, alice)} {
		if _, err := alice.Revoke(w.ctx, mustDevice(w, tablet), true, keep); fault.KindOf(err) != fault.KindUsage {
			t.Errorf("keeping %q: %v", keep, err)
		}
	}
	list, err := alice.Revoke(w.ctx, mustDevice(w, tablet), true, kept.ID.String())
	w.must(err)
	if len(list) != 4 || !list[0].Compromised || list[0].Keyholder.ID.String() != mustDevice(w, tablet) {
		t.Fatalf("removals %+v", list)
	}
	for _, r := range list {
		if r.Pending != 0 {
			t.Errorf("%+v", r)
		}
	}
	_, _, err = w.restoreCode("alice", theirs)
	w.refused(err, fault.KindWrongSecret)
	if _, _, err = w.restorePIN("alice", testPIN); err == nil {
		t.Error("the thief's PIN still opens the account")
	}
	for _, d := range []*device{tablet, second} {
		_, err := d.Sync(w.ctx)
		w.refused(err, fault.KindRefused)
	}
	bob.sync()
	bob.say("alice", "secret")
	again, r, err := w.restoreCode("alice", mine)
	w.must(err)
	w.intact(r, 3)
	again.sees("bob", "alice: hello", "alice: from the thief's own device", "bob: secret")
	_, r, err = w.restoreCode("alice", known)
	w.must(err)
	w.intact(r, 3)
}

// TestRemovalMustBeShown: a server that tells a device that it was removed, and
// cannot show the entry, has lied, and the device goes on when the server does.
func TestRemovalMustBeShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	_, err = alice.Revoke(w.ctx, mustDevice(w, tablet), false)
	w.must(err)
	honest := *w.handler.Load()
	var refusal *httptest.ResponseRecorder // what the server says to who was removed
	keep := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		honest.ServeHTTP(rec, r)
		if strings.HasSuffix(r.URL.Path, "/SignIn") {
			refusal = rec
		}
		replay(rw, rec)
	}))
	w.handler.Store(&keep)
	_, err = tablet.Sync(w.ctx)
	if e := w.refused(err, fault.KindRefused); !errors.Is(err, client.ErrDeviceRemoved) || !strings.Contains(e.Message, "nobody has any more") {
		t.Errorf("it hears %v", err)
	}
	if refusal == nil || refusal.Code == http.StatusOK {
		t.Fatal("no refusal was seen")
	}
	lies := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "DeviceService") {
			honest.ServeHTTP(rw, r)
			return
		}
		replay(rw, refusal)
	}))
	w.handler.Store(&lies)
	_, err = bob.Sync(w.ctx)
	w.misbehaved(err, fault.PromiseProved)
	w.handler.Store(&honest)
	bob.say("alice", "I am still here")
	// A device that knows of its removal needs no server to say so.
	tablet.open()
	_, err = tablet.Send(w.ctx, "bob", client.Outgoing{Text: "let me in"})
	if !errors.Is(err, client.ErrDeviceRemoved) {
		t.Errorf("a removed device sends: %v", err)
	}
	if strings.Count(err.Error(), "removed from the account") != 1 {
		t.Errorf("it is told twice: %v", err)
	}
	tablet.queuesNothing()
}

// TestRemovedDeviceQueuesNothing: nor does a device that hears of its removal only
// when it sends.
func TestRemovedDeviceQueuesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m := alice.say("bob", "hello")
	bob.sync()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	_, err = alice.Revoke(w.ctx, mustDevice(w, tablet), false)
	w.must(err)
	if _, err = tablet.Send(w.ctx, "bob", client.Outgoing{Text: "let me in"}); !errors.Is(err, client.ErrDeviceRemoved) {
		t.Errorf("a removed device sends: %v", err)
	}
	if err = tablet.React(w.ctx, m.ID.String(), "👍", false); !errors.Is(err, client.ErrDeviceRemoved) {
		t.Errorf("a removed device reacts: %v", err)
	}
	tablet.queuesNothing()
	tablet.sees("bob", "alice: hello")
}

// queuesNothing fails the test if a device's outbox holds anything.
func (d *device) queuesNothing() {
	d.w.tb.Helper()
	n := 0
	d.w.must(d.w.opened(d).Scan(d.w.ctx, clientstore.Table("ob").Range(), func(_, _ []byte) error { n++; return nil }))
	if n != 0 {
		d.w.tb.Errorf("%s: %d messages wait in the outbox", d.name, n)
	}
}

func replay(rw http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for k, v := range rec.Header() {
		rw.Header()[k] = v
	}
	rw.WriteHeader(rec.Code)
	rw.Write(rec.Body.Bytes())
}
