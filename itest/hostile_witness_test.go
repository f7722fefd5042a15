package itest

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// session is one with realms that the server, which issues the tokens, has for
// itself, with a device that is nobody's.
func (l *liar) session(w *world, t pinvault.Token, realms ...int) (pinvault.RealmSet, pinvault.Session) {
	w.tb.Helper()
	newKey := func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		w.must(err)
		return key
	}
	device, guard := pinvault.NewDeviceSigner(newKey()), pinvault.NewDeviceSigner(newKey())
	s := pinvault.Session{Client: newKey(), Device: &device, Guard: &guard, Tokens: make([][]byte, len(w.realms))}
	t.Client, t.Device = pinvault.PublicKey(s.Client.Public().(ed25519.PublicKey)), device.Key
	set := pinvault.RealmSet{Threshold: 2, Stretch: pinvault.DefaultStretch}
	for i, r := range w.realms {
		set.Realms = append(set.Realms, pinvault.Realm{URL: r.http.URL, Key: r.server.Key()})
		if slices.Contains(realms, i) {
			t.Realm = r.server.Key()
			s.Tokens[i] = t.Issue(l.server, w.now())
		}
	}
	return set, s
}

func (w *world) askRealm(i int, request []byte) ([]byte, error) {
	return w.realms[i].server.Do(w.ctx, request), nil
}

// writeHeads has the server, which issues the tokens, write heads to realms, signed
// by a device that is nobody's: those of the chain, changed.
func (l *liar) writeHeads(w *world, chain *account.Chain, change func(*pinvault.Heads), realms ...int) error {
	w.tb.Helper()
	id, head := pinvault.AccountID(chain.ID()), chain.Head()
	set, s := l.session(w, pinvault.Token{Action: pinvault.ActionWriteWitness, Account: id}, realms...)
	h := pinvault.Heads{Account: id, ChainSeq: head.Seq, ChainHash: head.Hash, LogSeq: 1 << 40, Time: w.now().UnixMilli()}
	change(&h)
	f, err := pinvault.NewWitnessWrite(set, s, h)
	w.must(err)
	err = pinvault.Run(f, nil, w.askRealm)
	if len(f.Newer()) > 0 {
		w.tb.Fatal("a realm holds newer heads")
	}
	if f.ShutOut() == 0 {
		return nil // it may be too few realms for a write to count
	}
	return err
}

// cutPrivateLog makes the liar hand out a private log without its newest entry,
// which no entry of the chain names.
func (l *liar) cutPrivateLog() {
	var at uint64
	spoil(l, "ReadPrivateLog", func(q *pb.ReadPrivateLogRequest, a *pb.ReadPrivateLogResponse) {
		if at == 0 {
			at = a.HeadSeq - 1
		}
		from := max(q.FromSeq, 1)
		a.Entries = a.Entries[:min(uint64(len(a.Entries)), at+1-min(from, at+1))]
		a.HeadSeq = at
	})
}

// TestHostileWitness: a server that has a stranger write heads to the realms, before
// the account does, keeps the true ones out of these; the account's devices say so
// when that are too many. One such realm changes nothing; and to realms that know the
// account's guard nobody else writes.
func TestHostileWitness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	first := bob.say("alice", "to be deleted")
	bob.say("alice", "to stay")
	alice.sync()
	l := w.liar()
	w.must(l.writeHeads(w, w.chainOf(alice), func(*pinvault.Heads) {}, 1))
	alice.withPIN()
	if l.writeHeads(w, w.chainOf(alice), func(*pinvault.Heads) {}, 0) == nil {
		t.Error("a realm took heads from a stranger")
	}
	w.must(alice.DeleteForMe(w.ctx, first.ID.String()))
	l.cutPrivateLog()
	_, _, err := w.restorePIN("alice", testPIN)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, fault.PromiseProved) // the other realms know better
	fresh, r, err := w.restorePIN("alice", testPIN)
	w.must(err)
	if r.ConfirmedBy != "2 realms" {
		t.Errorf("confirmed by %s, want 2 realms", r.ConfirmedBy)
	}
	fresh.sees("bob", "bob: to stay")
	alice.sync()

	w.must(l.writeHeads(w, w.chainOf(carol), func(*pinvault.Heads) {}, 0, 2))
	_, err = carol.AddPIN(w.ctx, client.PINOptions{PIN: []byte(testPIN), Password: []byte(testPassword)})
	w.misbehaved(err, fault.PromiseProved)
	v, err := carol.VaultStatus(w.ctx)
	w.must(err)
	if v.State != client.CheckBroken {
		t.Errorf("vault status is %s although the realms were blinded", v.State)
	}
}

// TestRealmForgets: a realm that denies what it was told, together with a server
// that hands out an older private log, is outvoted by the others. Where all realms
// are in league with the server, nobody else has seen the newer one: a fresh device
// believes it, and says that it was confirmed by nobody but the server.
func TestRealmForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m := bob.say("alice", "to be deleted")
	alice.sync()
	alice.withPIN()
	w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
	l := w.liar()
	for i, r := range w.realms {
		r.begin(w, pinvault.PublicKey(l.server.Public().(ed25519.PublicKey)))
		l.cutPrivateLog()
		_, report, err := w.restoreCode("alice", code)
		if l.honest() == 0 {
			t.Fatal("the liar was not asked")
		}
		if i < len(w.realms)-1 {
			w.misbehaved(err, fault.PromiseProved)
			continue
		}
		w.must(err)
		if report.ConfirmedBy != "nobody but the server" {
			t.Errorf("confirmed by %s", report.ConfirmedBy)
		}
	}
}

// TestHeadsOfNoChain: a realm that makes up heads, which the server's chain does not
// have, alone or with the server's tokens, stops nothing: they are not under the
// account's guard. True ones that the server's chain lacks stop a restore, the error
// names the realm, and the person may leave realms out while enough remain.
func TestHeadsOfNoChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m := bob.say("alice", "to be deleted")
	alice.sync()
	l := w.liar()
	w.must(l.writeHeads(w, w.chainOf(alice), func(h *pinvault.Heads) { h.ChainSeq += 100 }, 2))
	alice.withPIN()
	_, r, err := w.restoreCode("alice", code)
	w.must(err)
	if r.ConfirmedBy != "2 realms" {
		t.Errorf("confirmed by %s, want 2 realms", r.ConfirmedBy)
	}
	_, _, err = w.restorePIN("alice", testPIN)
	w.must(err)

	w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
	w.realms[1].down.Store(true)
	l.cutPrivateLog()
	_, _, err = w.restoreCode("alice", code)
	l.honest()
	w.misbehaved(err, fault.PromiseProved)
	if url := w.realms[0].http.URL; !strings.Contains(err.Error(), "--without-realm "+url) {
		t.Errorf("the error does not name the realm %s: %v", url, err)
	}
	w.realms[1].down.Store(false)
	without := func(realms ...int) error {
		o := client.RestoreOptions{Server: w.http.URL, Handle: "alice", PIN: []byte(testPIN), Password: []byte(testPassword), WaitAll: true}
		for _, i := range realms {
			o.WithoutRealms = append(o.WithoutRealms, w.realms[i].http.URL)
		}
		_, err := w.device("fresh").Restore(w.ctx, o)
		return err
	}
	asked := w.realms[2].asked.Load()
	w.must(without(2))
	if w.realms[2].asked.Load() != asked {
		t.Error("a realm was asked that was to be left out")
	}
	w.refused(without(1, 2), fault.KindUsage)
}

// TestServerDeletesPIN: the server issues the tokens, and can have realms neither
// delete a PIN nor put another in its place: that takes the account's guard.
func TestServerDeletesPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	chain := w.chainOf(alice)
	l := w.liar()
	for _, k := range chain.Keyholders() {
		if k.Kind != account.KindPIN {
			continue
		}
		id, recovery := pinvault.AccountID(chain.ID()), pinvault.RecoveryID(k.ID)
		set, s := l.session(w, pinvault.Token{Action: pinvault.ActionDelete, Account: id, Recovery: recovery}, 0, 1, 2)
		d, err := pinvault.NewDeletion(set, s, id, recovery)
		w.must(err)
		if err := pinvault.Run(d, nil, w.askRealm); !errors.Is(err, pinvault.ErrTooFewRealms) {
			t.Errorf("deletion: %v", err)
		}
		set, s = l.session(w, pinvault.Token{Action: pinvault.ActionRegister, Account: id, Recovery: recovery}, 0, 1, 2)
		pin, err := pinvault.CheckPIN("servers own")
		w.must(err)
		stretched, err := pinvault.StretchPIN(pin, set.Stretch, id, recovery)
		w.must(err)
		g, err := pinvault.NewRegistration(rand.Reader, set, s, id, recovery, stretched, pinvault.Secret{})
		w.must(err)
		if err := pinvault.Run(g, nil, w.askRealm); !errors.Is(err, pinvault.ErrTooFewRealms) {
			t.Errorf("replacement: %v", err)
		}
	}
	if _, err := alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte(testPIN)}); err != nil {
		t.Error(err)
	}
	_, _, err := w.restorePIN("alice", testPIN)
	w.must(err)
	// The account itself can.
	for _, k := range chain.Keyholders() {
		if k.Kind == account.KindPIN {
			_, err = alice.RemoveRecovery(w.ctx, k.ID.String())
			w.must(err)
		}
	}
}
