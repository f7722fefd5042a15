package itest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

const (
	resetWait = 7 * 24 * time.Hour
	resetKeep = 90 * 24 * time.Hour
)

// reset asks, on a device, for the handle, and fails the test if that is refused.
func (d *device) reset(handle string, password []byte) client.ResetState {
	d.w.tb.Helper()
	r, err := d.Reset(d.w.ctx, client.ResetOptions{Server: d.w.http.URL, Handle: handle, Password: password})
	d.w.must(err)
	return r
}

// heardOf returns the texts of notices of a kind, and says that they were shown.
func (d *device) heardOf(kind string) (texts []string) {
	d.w.tb.Helper()
	list, err := d.Notices(d.w.ctx)
	d.w.must(err)
	for _, n := range list {
		if n.Kind == kind {
			texts = append(texts, n.Text)
		}
		d.w.must(d.NoticesShown(d.w.ctx, n.Number))
	}
	return texts
}

// TestReset: who has lost every device and every way back keeps the handle, with a
// new account, after the waiting time; contacts go on with it only when they say so;
// a group admits it in one step.
func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	password := []byte("correct horse battery")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	alice.say("bob", "before")
	_, err := carol.GroupCreate(w.ctx, "tea", []string{"alice", "bob"})
	w.must(err)
	carol.say("#tea", "who comes?")
	bob.sync()
	was, err := bob.Safety(w.ctx, "alice")
	w.must(err)

	phone := w.device("alice's new phone")
	r := phone.reset("alice", password)
	if r.Done || r.Due.Sub(r.Asked) != resetWait {
		t.Fatalf("asked: %+v", r)
	}
	if again := phone.reset("alice", nil); again.Done || again.Due != r.Due {
		t.Errorf("asked again: %+v, want %v", again, r.Due)
	}
	if _, err := phone.Sync(w.ctx); err == nil || !strings.Contains(err.Error(), "waits for alice, until") {
		t.Errorf("a home that waits says %v", err)
	}
	bob.sync()
	if got := bob.heardOf(client.NoticeContact); got != nil {
		t.Errorf("a contact heard %v before anything happened", got)
	}
	// What was drawn stays: another handle needs another home, and the address may be
	// written otherwise.
	w.refused(phone.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alina"}), fault.KindUsage)
	elsewhere := client.ResetOptions{Server: w.http.URL + "/", Handle: "Alice"}
	if again, err := phone.Reset(w.ctx, elsewhere); err != nil || again.Account != r.Account {
		t.Errorf("by another address: %v", err)
	}
	w.pass(resetWait + time.Minute)
	if _, err := phone.Sync(w.ctx); err == nil || !strings.Contains(err.Error(), "alice can be had now") {
		t.Errorf("a home that has waited says %v", err)
	}
	r = phone.reset("alice", password)
	if !r.Done || r.Former.String() != was.Account || r.Account.String() == was.Account {
		t.Fatalf("carried out: %+v", r)
	}
	if who, err := phone.Whoami(w.ctx); err != nil || who.Handle != "alice" || who.Account != r.Account.String() {
		t.Fatalf("%+v, %v", who, err)
	}

	// A contact is told; nothing goes to either account before the person agrees.
	w.until(bob, func() bool { return bob.conversation("alice").Reset.Equal(r.Kept.Add(-resetKeep)) })
	if got := bob.heardOf(client.NoticeContact); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("notices %v", got)
	}
	_, err = bob.Send(w.ctx, "alice", client.Outgoing{Text: "is it you?"})
	if e := w.refused(err, fault.KindRefused); !strings.Contains(e.Message, "coffer contact accept alice") {
		t.Error(e.Message)
	}
	if s, err := bob.Safety(w.ctx, "alice"); err != nil || s.Number != was.Number {
		t.Errorf("the handle means another account before it was accepted: %v", err)
	}
	c, err := bob.AcceptReset(w.ctx, "alice")
	w.must(err)
	if c.Account != r.Account.String() {
		t.Errorf("accepted %s", c.Account)
	}
	if s, err := bob.Safety(w.ctx, "alice"); err != nil || s.Number == was.Number {
		t.Errorf("the safety number is the same: %v", err)
	}
	bob.say("alice", "welcome back")
	phone.sync()
	phone.sees("bob", "bob: welcome back")
	if got, name := bob.texts("alice~"+was.Account[:8]), "alice~"+was.Account[:8]; !slices.Equal(got, []string{name + ": before"}) {
		t.Errorf("the old conversation: %v", got)
	}
	_, err = bob.AcceptReset(w.ctx, "alice")
	w.refused(err, fault.KindUsage)

	// The group: one step, and the new account reads from there on.
	w.until(carol, func() bool {
		g := carol.conversation("#tea")
		return slices.ContainsFunc(g.Participants, func(p client.Participant) bool { return !p.Reset.IsZero() })
	})
	w.must(carol.GroupAdmit(w.ctx, "tea", "alice"))
	carol.say("#tea", "it is her")
	phone.sync()
	phone.sees("#tea", "carol: it is her")
	g := carol.conversation("#tea")
	if len(g.Participants) != 3 || slices.ContainsFunc(g.Participants, func(p client.Participant) bool { return p.Account.String() == was.Account }) {
		t.Errorf("participants: %+v", g.Participants)
	}

	// The old device, if it turns up, reads and no more.
	_, err = alice.Sync(w.ctx)
	w.must(err)
	if got := alice.heardOf(client.NoticeReset); !slices.Equal(got, []string{client.ResetDone}) {
		t.Errorf("the old device heard %v", got)
	}
	_, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "I am here"})
	w.refused(err, fault.KindRefused)
	alice.sees("bob", "alice: before")
}

// until syncs a device until something is so: the server tells of it from its
// outbox.
func (w *world) until(d *device, so func() bool) {
	w.tb.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		d.sync()
		if so() {
			return
		}
		if time.Now().After(end) {
			w.tb.Fatalf("%s has not heard of it", d.name)
		}
	}
}

// TestResetStopped: a thief with the password alone cannot take an account that
// lives: every device hears of it and stops it, and the password serves no further
// attempt until it was changed. Any use of a way back stops it as well.
func TestResetStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	password := []byte("what the thief knows")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	ask := func(d *device, password string) error {
		_, err := d.Reset(w.ctx, client.ResetOptions{Server: w.http.URL, Handle: "alice", Password: []byte(password)})
		return err
	}
	thief := w.device("thief")
	w.refused(ask(thief, ""), fault.KindRefused)
	w.refused(ask(thief, "a guess"), fault.KindWrongSecret)
	w.must(ask(thief, string(password)))
	alice.sync()
	if got := alice.heardOf(client.NoticeReset); !slices.Equal(got, []string{client.ResetAsked}) {
		t.Fatalf("the device heard %v", got)
	}
	if stopped, err := alice.KeepAccount(w.ctx); err != nil || !stopped {
		t.Fatal(stopped, err)
	}
	if stopped, err := alice.KeepAccount(w.ctx); err != nil || stopped {
		t.Fatal(stopped, err)
	}
	w.pass(resetWait + time.Minute)
	w.refused(ask(thief, ""), fault.KindRefused)
	w.refused(ask(thief, string(password)), fault.KindRefused)
	w.refused(ask(w.device("another"), string(password)), fault.KindRefused)

	// After a new password somebody who knows that one can ask again; a restore from
	// the code ends it.
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: []byte("known again")}))
	other := w.device("second thief")
	w.must(ask(other, "known again"))
	laptop := w.device("laptop")
	_, err = laptop.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code, WaitAll: true})
	w.must(err)
	w.pass(resetWait + time.Minute)
	w.refused(ask(other, ""), fault.KindRefused)
	if who, err := alice.Whoami(w.ctx); err != nil || who.Handle != "alice" {
		t.Error(who, err)
	}
	alice.sync()
}

// TestResetOldSecret: while the server keeps what it holds of the account that was
// reset, its secrets still open it, to be read; then it is erased.
func TestResetOldSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	password, pin := []byte("correct horse battery"), []byte("839201")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	_, err = alice.AddPIN(w.ctx, client.PINOptions{PIN: pin, Password: password})
	w.must(err)
	alice.say("bob", "the old days")
	bob.sync()
	bob.say("alice", "yes")

	phone := w.device("alice's new phone")
	phone.reset("alice", password)
	w.pass(resetWait + time.Minute)
	if r := phone.reset("alice", password); !r.Done {
		t.Fatalf("%+v", r)
	}
	restore := func(name string, o client.RestoreOptions) (*device, error) {
		d := w.device(name)
		o.Server, o.Handle, o.WaitAll, o.BeforeReset = w.http.URL, "alice", true, true
		_, err := d.Restore(w.ctx, o)
		return d, err
	}
	w.pass(resetKeep / 2)
	for name, o := range map[string]client.RestoreOptions{"by code": {Code: code}, "by PIN": {PIN: pin, Password: password}} {
		old, err := restore(name, o)
		w.must(err)
		old.sees("bob", "alice: the old days", "bob: yes")
		old.sync()
		_, err = old.Send(w.ctx, "bob", client.Outgoing{Text: "no"})
		w.refused(err, fault.KindRefused)
	}
	_, err = w.device("the new one").Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code})
	w.refused(err, fault.KindWrongSecret)
	_, err = w.device("of bob").Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, BeforeReset: true})
	w.refused(err, fault.KindRefused)

	w.pass(resetKeep)
	w.eventually("what was kept is erased", func() bool {
		_, err := restore("too late", client.RestoreOptions{Code: code})
		return fault.KindOf(err) == fault.KindWrongSecret
	})
	bob.sync()
	bob.sees("alice", "alice: the old days", "bob: yes")
	phone.sync()
}

// TestResetTwice: a person agrees to the new account that they were told of, and is
// asked again where that one was reset as well; no account is told of itself.
func TestResetTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	password := []byte("correct horse battery")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	alice.say("bob", "before")
	bob.sync()
	var states []client.ResetState
	second, third := w.device("second"), w.device("third")
	for _, d := range []*device{second, third} {
		d.reset("alice", password)
		w.pass(resetWait + time.Minute)
		states = append(states, d.reset("alice", password))
		if !states[len(states)-1].Done {
			t.Fatalf("%+v", states)
		}
	}
	w.until(bob, func() bool { return !bob.conversation("alice").Reset.IsZero() })
	if got := bob.heardOf(client.NoticeContact); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("notices %v", got)
	}
	c, err := bob.AcceptReset(w.ctx, "alice")
	w.must(err)
	if c.Account != states[0].Account.String() {
		t.Errorf("accepted an account that was not shown")
	}
	if got := bob.heardOf(client.NoticeContact); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("of the second reset: notices %v", got)
	}
	_, err = bob.Send(w.ctx, "alice", client.Outgoing{Text: "is it you?"})
	w.refused(err, fault.KindRefused)
	// A contact link of that very account is as good as accepting it.
	link, err := third.Contact(w.ctx)
	w.must(err)
	c, err = bob.AddContact(w.ctx, link.Link)
	w.must(err)
	if c.Account != states[1].Account.String() {
		t.Errorf("accepted %s", c.Account)
	}
	bob.say("alice", "welcome back")
}
