package itest

import (
	"errors"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestPassword: it is set and changed, a PIN goes on working with the new one and
// not with the old, and the two are never the same.
func TestPassword(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	set := func(password, pin string) error {
		return alice.ChangePassword(w.ctx, client.PasswordOptions{Password: []byte(password), PIN: []byte(pin)})
	}
	w.must(set("the first", "")) // there is no PIN to differ from
	_, err := alice.AddPIN(w.ctx, client.PINOptions{PIN: []byte(testPIN), Password: []byte("the first")})
	w.must(err)
	if err := set(testPassword, ""); !errors.Is(err, client.ErrPINWanted) || fault.KindOf(err) != fault.KindUsage {
		t.Errorf("without the PIN: %v", err)
	}
	w.refused(set(testPIN, testPIN), fault.KindUsage)
	w.refused(set("", testPIN), fault.KindUsage)
	e := w.refused(set(testPIN, "wrong-PIN"), fault.KindWrongSecret)
	if e.GuessesLeft == nil || *e.GuessesLeft != 9 {
		t.Errorf("guesses left %v, want 9", e.GuessesLeft)
	}
	_, _, err = w.restorePIN("alice", testPIN) // with testPassword, which was not set
	w.refused(err, fault.KindWrongSecret)

	w.must(set(testPassword, testPIN))
	if _, _, err := w.restorePIN("alice", testPIN); err != nil {
		t.Errorf("the PIN with the new password: %v", err)
	}
	d := w.device("with the old one")
	_, err = d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", PIN: []byte(testPIN), Password: []byte("the first")})
	w.refused(err, fault.KindWrongSecret)
}

// TestHostilePasswordChange: a server that keeps the old check value, or puts in
// another's, is refused before any realm sees anything of the PIN.
func TestHostilePasswordChange(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	var old [][]byte
	l := w.liar()
	spoil(l, "GetPinRecords", func(_ *pb.GetPinRecordsRequest, a *pb.GetPinRecordsResponse) {
		for _, r := range a.PinRecords {
			old = append(old, r.Record)
			r.Record = r.Record[:len(r.Record):len(r.Record)]
		}
	})
	_, _, err := w.restorePIN("alice", testPIN)
	w.must(err)
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: []byte("quite another"), PIN: []byte(testPIN)}))
	spoil(l, "GetPinRecords", func(_ *pb.GetPinRecordsRequest, a *pb.GetPinRecordsResponse) { a.PinRecords[0].Record = old[0] })
	before := w.realms[0].asked.Load()
	d := w.device("fresh")
	_, err = d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", PIN: []byte(testPIN), Password: []byte("quite another")})
	w.misbehaved(err, fault.PromiseEncrypted)
	if w.realms[0].asked.Load() != before {
		t.Error("a realm was asked")
	}
}
