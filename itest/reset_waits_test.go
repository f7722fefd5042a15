package itest

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// resetAlice has the handle alice go to a new account, as a contact has heard.
func (w *world) resetAlice(alice, contact *device) {
	w.tb.Helper()
	password := []byte("correct horse battery")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	phone := w.device("alice's new phone")
	phone.reset("alice", password)
	w.pass(resetWait + time.Minute)
	if r := phone.reset("alice", nil); !r.Done {
		w.tb.Fatalf("%+v", r)
	}
	w.until(contact, func() bool { return !contact.conversation("alice").Reset.IsZero() })
}

// TestResetKeepsWhatWaits: what was written offline to an account that the server
// then says was reset is neither sent nor lost, and no sync fails of it; it goes out
// when the person does not believe the server.
func TestResetKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "before")
	bob.sync()
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	laptop, _, err := w.restoreCode("bob", code)
	w.must(err)
	w.stop()
	m, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "for the old alice alone"})
	w.refused(err, fault.KindUnreachable)
	w.start()
	w.resetAlice(alice, laptop) // the server tells of it from now on
	s, err := bob.Sync(w.ctx)
	w.must(err)
	if bob.conversation("alice").Reset.IsZero() {
		t.Fatal("bob has not heard of it")
	}
	if s.Sent != 0 || s.Pending != 1 {
		t.Errorf("sync sent %d, %d are pending; want 0 and 1", s.Sent, s.Pending)
	}
	h, err := bob.History(w.ctx, "alice", client.Page{})
	w.must(err)
	if last := h[len(h)-1]; last.ID != m.ID || last.State != client.StateQueued {
		t.Fatalf("what waited: %+v", last)
	}
	_, err = bob.RefuseReset(w.ctx, "alice")
	w.must(err)
	if s, err = bob.Sync(w.ctx); err != nil || s.Sent != 1 || s.Pending != 0 {
		t.Errorf("then sync sent %d, %d are pending: %v", s.Sent, s.Pending, err)
	}
	bob.sees("alice", "alice: before", "bob: for the old alice alone")
}

// TestCoverBesideReset: a removed device leaves all other conversations although one
// of them waits for the person, and that one when the person has decided.
func TestCoverBesideReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	laptop, _, err := w.restoreCode("bob", code)
	w.must(err)
	for name, d := range map[string]*device{"alice": alice, "carol": carol} {
		laptop.say(name, "from my laptop")
		d.sync()
	}
	bob.sync()
	w.resetAlice(alice, bob)
	if _, err := bob.Revoke(w.ctx, mustDevice(w, laptop), false); err != nil {
		t.Fatalf("beside a reset: %v", err)
	}
	s, err := bob.Sync(w.ctx)
	w.must(err)
	if s.Pending != 0 {
		t.Errorf("%d are pending, though nothing can be done", s.Pending)
	}
	if n := bob.conversation("carol").Pending; n != 0 {
		t.Errorf("the laptop is still in the conversation with carol: %d", n)
	}
	if n := bob.conversation("alice").Pending; n == 0 {
		t.Error("something was written to who is said to be reset")
	}
	_, err = bob.RefuseReset(w.ctx, "alice")
	w.must(err)
	bob.sync()
	if n := bob.conversation("alice").Pending; n != 0 {
		t.Errorf("the laptop is still in the conversation with alice: %d", n)
	}
}

// TestHomeThatWaits: what a home has drawn for a handle is not lost to a restore or a
// link into it, for as long as it can still get that handle.
func TestHomeThatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	password := []byte("correct horse battery")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	restore := func(d *device) error {
		_, err := d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code})
		return err
	}
	link := func(d *device) error {
		_, err := d.Link(w.ctx, client.JoinOptions{Server: w.http.URL, Handle: "bob"})
		return err
	}
	phone := w.device("alice's new phone")
	asked := phone.reset("alice", password)
	w.refused(restore(phone), fault.KindUsage)
	w.refused(link(phone), fault.KindUsage)
	w.refused(phone.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alina"}), fault.KindUsage)
	phone.open()
	w.pass(resetWait + time.Minute)
	if r := phone.reset("alice", nil); !r.Done || r.Account != asked.Account {
		t.Fatalf("what was drawn is lost: %+v", r)
	}

	// The way back was found: the account itself may come.
	erin, found := w.register("erin"), w.device("found")
	w.must(erin.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	erins, _, err := erin.AddCode(w.ctx)
	w.must(err)
	found.reset("erin", password)
	wrong := client.RestoreOptions{Server: w.http.URL, Handle: "erin", Code: code}
	_, err = found.Restore(w.ctx, wrong)
	w.refused(err, fault.KindWrongSecret)
	if r, err := found.Awaited(w.ctx); err != nil || r.Handle != "erin" {
		t.Fatalf("a wrong code ended the waiting: %+v, %v", r, err)
	}
	_, err = found.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "erin", Code: erins})
	w.must(err)

	// Stopped, and lapsed: the home is free again.
	carol := w.register("carol")
	w.must(carol.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	stopped, lapsed := w.device("stopped"), w.device("lapsed")
	stopped.reset("carol", password)
	w.refused(restore(stopped), fault.KindUsage)
	if ok, err := carol.KeepAccount(w.ctx); err != nil || !ok {
		t.Fatal(ok, err)
	}
	_, err = stopped.Reset(w.ctx, client.ResetOptions{Server: w.http.URL, Handle: "carol"})
	w.refused(err, fault.KindRefused)
	w.must(restore(stopped))

	w.pass(time.Minute)
	w.must(carol.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	lapsed.reset("carol", password)
	w.pass(resetWait + 29*24*time.Hour)
	w.refused(restore(lapsed), fault.KindUsage)
	w.pass(2 * 24 * time.Hour)
	w.must(lapsed.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "caroline"}))
}
