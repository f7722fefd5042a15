package itest

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
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
	device := pinvault.NewDeviceSigner(newKey())
	s := pinvault.Session{Client: newKey(), Device: &device, Tokens: make([][]byte, len(w.realms))}
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
func (l *liar) writeHeads(w *world, chain *account.Chain, change func(*pinvault.Heads), realms ...int) {
	w.tb.Helper()
	id, head := pinvault.AccountID(chain.ID()), chain.Head()
	set, s := l.session(w, pinvault.Token{Action: pinvault.ActionWriteWitness, Account: id}, realms...)
	h := pinvault.Heads{Account: id, ChainSeq: head.Seq, ChainHash: head.Hash, LogSeq: 1 << 40, Time: w.now().UnixMilli()}
	change(&h)
	f, err := pinvault.NewWitnessWrite(set, s, h)
	w.must(err)
	_ = pinvault.Run(f, nil, w.askRealm) // fails where it goes to some realms only
	if len(f.Newer()) > 0 {
		w.tb.Fatal("a realm holds newer heads")
	}
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

// TestHostileWitness: a server that has a stranger write heads to the realms, so
// high that no true ones are taken any more, has blinded them; the account's devices
// say so, and a restore does not count them as having confirmed anything. One realm
// with such heads, the server's doing or its own, changes nothing.
func TestHostileWitness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	first, second := bob.say("alice", "to be deleted"), bob.say("alice", "to be deleted too")
	alice.sync()
	alice.withPIN()
	chain := w.chainOf(alice)
	l := w.liar()
	l.writeHeads(w, chain, func(*pinvault.Heads) {}, 1)
	w.must(alice.DeleteForMe(w.ctx, first.ID.String()))
	l.cutPrivateLog()
	_, _, err := w.restorePIN("alice", testPIN)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, client.PromiseProved) // the other realms know better
	fresh, r, err := w.restorePIN("alice", testPIN)
	w.must(err)
	if r.ConfirmedBy != "2 realms" {
		t.Errorf("confirmed by %s, want 2 realms", r.ConfirmedBy)
	}
	fresh.sees("bob", "bob: to be deleted too")
	alice.sync()

	l.writeHeads(w, w.chainOf(alice), func(*pinvault.Heads) {}, 0, 2)
	l = w.liar()
	w.misbehaved(alice.DeleteForMe(w.ctx, second.ID.String()), client.PromiseProved)
	l.cutPrivateLog()
	_, _, err = w.restorePIN("alice", testPIN)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	w.misbehaved(err, client.PromiseProved)
	v, err := alice.VaultStatus(w.ctx)
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
			w.misbehaved(err, client.PromiseProved)
			continue
		}
		w.must(err)
		if report.ConfirmedBy != "nobody but the server" {
			t.Errorf("confirmed by %s", report.ConfirmedBy)
		}
	}
}

// TestHeadsOfNoChain: heads that the server's chain does not have stop a restore,
// even if one realm alone shows them and whoever signed them: a fresh device cannot
// know that it is not the server that holds back the end of the chain.
func TestHeadsOfNoChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	chain := w.chainOf(alice)
	w.liar().writeHeads(w, chain, func(h *pinvault.Heads) { h.ChainSeq += 100 }, 2)
	_, _, err = w.restoreCode("alice", code)
	w.misbehaved(err, client.PromiseProved)
	_, _, err = w.restorePIN("alice", testPIN)
	w.misbehaved(err, client.PromiseProved)
	// Without the PIN there are no witnesses, and no liar among them.
	for _, k := range chain.Keyholders() {
		if k.Kind == account.KindPIN {
			_, err = alice.RemoveRecovery(w.ctx, k.ID.String())
			w.must(err)
		}
	}
	_, _, err = w.restoreCode("alice", code)
	w.must(err)
}

// TestServerDeletesPIN: the server issues the tokens, so it can have realms delete a
// PIN. It gains no guess by it; vault status and recovery test show that the PIN is
// gone, and the code opens.
func TestServerDeletesPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	chain := w.chainOf(alice)
	l := w.liar()
	for _, k := range chain.Keyholders() {
		if k.Kind != account.KindPIN {
			continue
		}
		id, recovery := pinvault.AccountID(chain.ID()), pinvault.RecoveryID(k.ID)
		set, s := l.session(w, pinvault.Token{Action: pinvault.ActionDelete, Account: id, Recovery: recovery}, 0, 1, 2)
		f, err := pinvault.NewDeletion(set, s, id, recovery)
		w.must(err)
		w.must(pinvault.Run(f, nil, w.askRealm))
	}
	_, _, err = w.restorePIN("alice", testPIN)
	w.refused(err, client.KindLocked)
	if _, err := alice.TestRecovery(w.ctx, client.RecoverySecret{PIN: []byte(testPIN)}); err == nil {
		t.Error("recovery test says that the PIN would work")
	}
	v, err := alice.VaultStatus(w.ctx)
	w.must(err)
	if v.State == client.CheckOK {
		t.Error("vault status says that all is well")
	}
	_, _, err = w.restoreCode("alice", code)
	w.must(err)
}
