package itest

import (
	"strings"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

const (
	testPIN      = "teapot-81"
	testPassword = "correct horse battery"
)

// withPIN gives alice a PIN.
func (d *device) withPIN() {
	d.w.tb.Helper()
	_, err := d.AddPIN(d.w.ctx, client.PINOptions{PIN: []byte(testPIN), Password: []byte(testPassword)})
	d.w.must(err)
}

// restorePIN restores an account on a new device.
func (w *world) restorePIN(handle, pin string) (*device, *client.Restored, error) {
	d := w.device(handle + "'s new phone")
	r, err := d.Restore(w.ctx, client.RestoreOptions{
		Server: w.http.URL, Handle: handle, PIN: []byte(pin), Password: []byte(testPassword), WaitAll: true,
	})
	return d, r, err
}

func (w *world) restoreCode(handle, code string) (*device, *client.Restored, error) {
	d := w.device(handle + "'s tablet")
	r, err := d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: handle, Code: code, WaitAll: true})
	return d, r, err
}

// intact fails the test unless the restore brought everything back.
func (w *world) intact(r *client.Restored, messages int64) {
	w.tb.Helper()
	if !r.Intact() || r.Messages != messages {
		w.tb.Errorf("restored %d of %d messages, gaps %v; want all %d", r.Messages, r.Expected, r.Gaps, messages)
	}
}

// TestSentWhileAllDevicesAreGone: what is sent to somebody who has no device
// left, in an old conversation and in a new one, is there after a restore.
func TestSentWhileAllDevicesAreGone(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello bob")
	alice.Close() // and its store is thrown away

	bob.say("alice", "are you there?")
	carol.say("alice", "we have not met")
	again, report, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(report, 3)
	again.sees("bob", "alice: hello bob", "bob: are you there?")
	again.sees("carol", "carol: we have not met")

	// And she can answer in both.
	again.say("bob", "back again")
	again.say("carol", "now we have")
	bob.sync()
	carol.sync()
	bob.sees("alice", "alice: hello bob", "bob: are you there?", "alice: back again")
	carol.sees("alice", "carol: we have not met", "alice: now we have")
}

func TestCodeWithTypos(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	spoil := func(n int) string {
		b := []byte(code)
		for i := 0; n > 0; i += 7 {
			if b[i] == '-' {
				continue
			}
			if b[i] == 'X' {
				b[i] = 'Y'
			} else {
				b[i] = 'X'
			}
			n--
		}
		return string(b)
	}
	if _, _, err := w.restoreCode("alice", spoil(3)); err != nil {
		t.Errorf("three typos: %v", err)
	}
	_, _, err = w.restoreCode("alice", spoil(6))
	w.refused(err, fault.KindWrongSecret)

	bob := w.register("bob")
	other, _, err := bob.AddCode(w.ctx)
	w.must(err)
	_, _, err = w.restoreCode("alice", other)
	w.refused(err, fault.KindWrongSecret)
}

func TestPINWithOneRealmDownOrLying(t *testing.T) {
	for name, spoil := range map[string]func(*realmHost){
		"down":  func(r *realmHost) { r.down.Store(true) },
		"lying": func(r *realmHost) { r.lie.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.register("alice").withPIN()
			spoil(w.realms[1])
			_, _, err := w.restorePIN("alice", testPIN)
			w.must(err)
		})
	}
}

func TestPINWithTwoRealmsDown(t *testing.T) {
	w := newWorld(t)
	w.register("alice").withPIN()
	for range 12 { // more often than there are guesses
		w.realms[0].down.Store(true)
		w.realms[2].down.Store(true)
		_, _, err := w.restorePIN("alice", testPIN)
		w.refused(err, fault.KindUnreachable)
	}
	w.realms[0].down.Store(false)
	w.realms[2].down.Store(false)
	if _, _, err := w.restorePIN("alice", testPIN); err != nil {
		t.Errorf("no guess should have been used: %v", err)
	}
}

// TestPINGuesses: ten wrong PINs, also in parallel, then it is used up, and the
// code still opens.
func TestPINGuesses(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	_, _, err = w.restorePIN("alice", "teapot-82")
	if e := w.refused(err, fault.KindWrongSecret); e.GuessesLeft == nil || *e.GuessesLeft != 9 {
		t.Errorf("after the first wrong PIN: guesses left %v, want 9", e.GuessesLeft)
	}
	if _, _, err := w.restorePIN("alice", testPIN); err != nil {
		t.Fatalf("the right PIN after a wrong one: %v", err)
	}
	wrong, locked := w.guessInParallel(20)
	if wrong > 15 || locked == 0 {
		t.Errorf("%d guesses were answered, %d refused; want at most 15 answered and some refused", wrong, locked)
	}
	_, _, err = w.restorePIN("alice", testPIN)
	w.refused(err, fault.KindLocked)
	if _, _, err := w.restoreCode("alice", code); err != nil {
		t.Errorf("the code must still open: %v", err)
	}
	// A PIN that is used up is no way back.
	v, err := alice.VaultStatus(w.ctx)
	w.must(err)
	for _, c := range v.Checks {
		if c.Name == "ways back" && (c.State != client.CheckDegraded || !strings.HasPrefix(c.Detail, "one, as the PIN is used up; ")) {
			t.Errorf("ways back: %+v", c)
		}
	}
	r, err := alice.Remind(w.ctx)
	w.must(err)
	if r.Ways != 1 || r.Spent != 1 || !r.Due {
		t.Errorf("reminded of %+v, want one way back and a PIN that is none", r)
	}
	list, err := alice.RecoveryMethods(w.ctx)
	w.must(err)
	for _, k := range list {
		if k.Spent != (k.Kind == account.KindPIN) {
			t.Errorf("%s %s: used up %v", k.Kind, k.ID, k.Spent)
		}
	}
	alice.withPIN() // a new one is a way back again
	if r, err := alice.Remind(w.ctx); err != nil || r.Ways != 2 || r.Spent != 0 {
		t.Errorf("with a new PIN: %+v, %v", r, err)
	}
}

// guessInParallel makes n wrong guesses at once and counts how they ended.
func (w *world) guessInParallel(n int) (wrong, locked int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for range n {
		d := w.device("a thief's")
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			_, err := d.Restore(w.ctx, client.RestoreOptions{
				Server: w.http.URL, Handle: "alice", PIN: []byte("wrong-PIN"), Password: []byte(testPassword),
			})
			mu.Lock()
			defer mu.Unlock()
			switch fault.KindOf(err) {
			case fault.KindWrongSecret:
				wrong++
			case fault.KindLocked:
				locked++
			}
		})
	}
	wg.Wait()
	return wrong, locked
}

func TestWrongPassword(t *testing.T) {
	w := newWorld(t)
	w.register("alice").withPIN()
	d := w.device("thief's")
	before := w.realms[0].asked.Load()
	_, err := d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", PIN: []byte(testPIN), Password: []byte("guess")})
	e := w.refused(err, fault.KindWrongSecret)
	if e.GuessesLeft != nil || w.realms[0].asked.Load() != before {
		t.Error("a wrong password must not reach a realm")
	}
}

// TestNewPINReplacesTheOld: the old one no longer opens, and a PIN equal to the
// password, a short or a trivial one is refused.
func TestNewPINReplacesTheOld(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	_, err := alice.AddPIN(w.ctx, client.PINOptions{PIN: []byte("other-PIN-7"), Password: []byte(testPassword)})
	w.must(err)
	_, _, err = w.restorePIN("alice", testPIN)
	w.refused(err, fault.KindWrongSecret)
	if _, _, err := w.restorePIN("alice", "other-PIN-7"); err != nil {
		t.Error(err)
	}
	for _, pin := range []string{"12345", "123456", "aaaaaaa", testPassword} {
		_, err := alice.AddPIN(w.ctx, client.PINOptions{PIN: []byte(pin), Password: []byte(testPassword)})
		w.refused(err, fault.KindUsage)
	}
}

// TestRecoveryTest: a right secret leaves everything as it was; a wrong PIN
// costs a guess.
func TestRecoveryTest(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	for range 12 {
		_, err := alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte(testPIN)})
		w.must(err)
	}
	_, err = alice.TestRecovery(w.ctx, client.RecoverySecret{Code: code})
	w.must(err)
	_, err = alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte("wrong-PIN")})
	if e := w.refused(err, fault.KindWrongSecret); e.GuessesLeft == nil || *e.GuessesLeft != 9 {
		t.Errorf("guesses left %v, want 9", e.GuessesLeft)
	}
	v, err := alice.VaultStatus(w.ctx)
	w.must(err)
	if v.State != client.CheckOK || v.Realms != 3 || v.Operators != 3 {
		t.Errorf("vault: %+v, want ok with 3 realms of 3 operators", v)
	}
}

// TestRemovedCode: a removed recovery code opens nothing any more.
func TestRemovedCode(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	code, k, err := alice.AddCode(w.ctx)
	w.must(err)
	_, err = alice.RemoveRecovery(w.ctx, k.ID.String()[:8])
	w.must(err)
	_, _, err = w.restoreCode("alice", code)
	w.refused(err, fault.KindWrongSecret)
}

// TestRegisterAgainAfterALostAnswer: an attempt whose answer was lost goes on
// with the same keys instead of leaving a second account behind.
func TestHandleTaken(t *testing.T) {
	w := newWorld(t)
	w.register("alice")
	err := w.device("imposter's").Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alice"})
	w.refused(err, fault.KindRefused)
	err = w.device("x").Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "no spaces"})
	w.refused(err, fault.KindUsage)
}
