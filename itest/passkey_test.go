package itest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// authenticator is what keeps one passkey: its PRF, which no page takes out.
type authenticator struct{ credential, key []byte }

func newAuthenticator() *authenticator {
	a := &authenticator{make([]byte, 16), make([]byte, 32)}
	_, _ = rand.Read(a.credential)
	_, _ = rand.Read(a.key)
	return a
}

// prf evaluates as a browser does for a page that asks with these terms.
func (a *authenticator) prf(terms client.PasskeyTerms) []byte {
	salt := sha256.Sum256(append([]byte("WebAuthn PRF\x00"), terms.Input[:]...))
	m := hmac.New(sha256.New, a.key)
	m.Write(salt[:])
	return m.Sum(nil)
}

func (d *device) withPasskey(a *authenticator) client.Keyholder {
	d.w.tb.Helper()
	terms, err := d.PasskeyTerms(d.w.ctx, "localhost")
	d.w.must(err)
	k, err := d.AddPasskey(d.w.ctx, client.PasskeyOptions{Credential: a.credential, RP: "localhost", Secret: a.prf(terms)})
	d.w.must(err)
	return k
}

// restorePasskey knows the handle and has the authenticator.
func (w *world) restorePasskey(handle string, a *authenticator) (*device, *client.Restored, error) {
	d := w.device(handle + "'s spare")
	terms, err := d.PasskeyTermsOf(w.ctx, w.http.URL, handle, false)
	w.must(err)
	r, err := d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: handle, Passkey: a.prf(terms), WaitAll: true})
	return d, r, err
}

// TestPasskey: a passkey brings everything back, is known to every device, can be
// tried, and opens nothing once it is removed.
func TestPasskey(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	key := newAuthenticator()
	k := alice.withPasskey(key)
	if again := alice.withPasskey(key); again.ID != k.ID {
		t.Error("adding it again made another one")
	}
	alice.say("bob", "hello bob")
	bob.say("alice", "hello alice")
	alice.Close()

	again, report, err := w.restorePasskey("alice", key)
	w.must(err)
	w.intact(report, 2)
	again.sees("bob", "alice: hello bob", "bob: hello alice")
	terms, err := again.PasskeyTerms(w.ctx, "localhost")
	w.must(err)
	if len(terms.Known) != 1 || string(terms.Known[0]) != string(key.credential) {
		t.Errorf("the new device knows %x, want %x", terms.Known, key.credential)
	}
	if other, err := again.PasskeyTerms(w.ctx, "chat.example"); err != nil || len(other.Known) != 0 {
		t.Errorf("at another host it knows %x, %v", other.Known, err)
	}
	tested, err := again.TestRecovery(w.ctx, client.RecoverySecret{Passkey: key.prf(terms)})
	if w.must(err); tested.ID != k.ID || tested.Kind.String() != "passkey" {
		t.Errorf("tested %+v", tested)
	}
	_, err = again.TestRecovery(w.ctx, client.RecoverySecret{Passkey: newAuthenticator().prf(terms)})
	w.refused(err, fault.KindWrongSecret)
	if list, err := again.RecoveryMethods(w.ctx); err != nil || len(list) != 1 || list[0].Tried.IsZero() {
		t.Errorf("ways back: %+v, %v", list, err)
	}

	_, err = again.RemoveRecovery(w.ctx, k.ID.String())
	w.must(err)
	if terms, err := again.PasskeyTerms(w.ctx, "localhost"); err != nil || len(terms.Known) != 0 {
		t.Errorf("after its removal %d are known, %v", len(terms.Known), err)
	}
	_, _, err = w.restorePasskey("alice", key)
	w.refused(err, fault.KindWrongSecret)
}

// TestPasskeyOfAnother: somebody else's passkey, one of the same person's other
// account, and what an authenticator without PRF gives, open nothing.
func TestPasskeyOfAnother(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	key := newAuthenticator()
	alice.withPasskey(key)
	bob.withPasskey(key) // one authenticator, two accounts
	terms, err := bob.PasskeyTerms(w.ctx, "localhost")
	w.must(err)
	for name, secret := range map[string][]byte{
		"bob's": key.prf(terms), "a stranger's": newAuthenticator().prf(terms), "zeros": make([]byte, 32),
	} {
		_, err = w.device(name).Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Passkey: secret})
		w.refused(err, fault.KindWrongSecret)
	}
	_, err = w.device("short").Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Passkey: []byte("short")})
	w.refused(err, fault.KindUsage)
	_, err = alice.AddPasskey(w.ctx, client.PasskeyOptions{Credential: nil, RP: "localhost", Secret: make([]byte, 32)})
	w.refused(err, fault.KindUsage)
}

// TestFileByHand: a cloud key's file that the person keeps brings everything back
// under any name, and its health is what a test has shown.
func TestFileByHand(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	k, name, file, err := alice.AddCloudFile(w.ctx, nil)
	w.must(err)
	if name == "" || k.Place != "file:"+name {
		t.Errorf("%q is in %q", name, k.Place)
	}
	second, _, other, err := alice.AddCloudFile(w.ctx, []byte("correct horse battery"))
	w.must(err)
	if list, err := alice.RecoveryMethods(w.ctx); err != nil || len(list) != 2 {
		t.Errorf("the second file put the first out: %+v, %v", list, err)
	}
	if c := alice.check("cloud"); c.State != client.CheckUnknown {
		t.Errorf("never tried, and yet: %+v", c)
	}
	_, err = alice.TestRecovery(w.ctx, client.RecoverySecret{CloudFile: other, Password: []byte("another password")})
	w.refused(err, fault.KindWrongSecret)
	for _, s := range []client.RecoverySecret{{CloudFile: file}, {CloudFile: other, Password: []byte("correct horse battery")}} {
		_, err = alice.TestRecovery(w.ctx, s)
		w.must(err)
	}
	if c := alice.check("cloud"); c.State != client.CheckOK {
		t.Errorf("tried: %+v", c)
	}
	alice.say("bob", "hello bob")
	bob.sync()
	spare := func(handle string, o client.RestoreOptions) (*device, *client.Restored, error) {
		d := w.device(handle + "'s spare")
		o.Server, o.Handle, o.WaitAll = w.http.URL, handle, true
		r, err := d.Restore(w.ctx, o)
		return d, r, err
	}
	_, _, err = spare("bob", client.RestoreOptions{CloudFile: file})
	w.refused(err, fault.KindWrongSecret)
	_, _, err = spare("alice", client.RestoreOptions{CloudFile: file[:len(file)-1]})
	w.refused(err, fault.KindWrongSecret)
	_, _, err = spare("alice", client.RestoreOptions{CloudFile: other})
	if err != client.ErrPasswordWanted {
		t.Errorf("without the password: %v", err)
	}
	again, report, err := spare("alice", client.RestoreOptions{CloudFile: file})
	w.must(err)
	w.intact(report, 1)
	// Removing it needs no file, and asks nobody where it is.
	_, err = again.RemoveRecovery(w.ctx, k.ID.String())
	w.must(err)
	_, _, err = spare("alice", client.RestoreOptions{CloudFile: file})
	w.refused(err, fault.KindWrongSecret)
	if list, err := again.RecoveryMethods(w.ctx); err != nil || len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("what is left: %+v, %v", list, err)
	}
}

// TestPINDue: a PIN is asked for again after a day, then after longer times, on
// every device alike; a restore by it counts as well.
func TestPINDue(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	due := func(d *device, want bool) {
		t.Helper()
		if got, err := d.PINDue(w.ctx); err != nil || got != want {
			t.Errorf("due: %v, %v, want %v", got, err, want)
		}
	}
	w.pass(48 * time.Hour)
	due(alice, false) // there is none
	alice.withPIN()
	due(alice, false)
	w.pass(25 * time.Hour)
	due(alice, true)
	_, err := alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte("teapot-82")})
	w.refused(err, fault.KindWrongSecret)
	due(alice, true)
	_, err = alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte(testPIN)})
	w.must(err)
	due(alice, false)
	w.pass(71 * time.Hour)
	due(alice, false)
	w.pass(2 * time.Hour)
	due(alice, true)

	again, _, err := w.restorePIN("alice", testPIN)
	w.must(err)
	due(again, false)
	alice.sync()
	due(alice, false)
	w.pass(30 * 24 * time.Hour)
	due(again, true)
}
