package pinvault

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// world is an account's server, a device, and n realms in memory.
type world struct {
	t        *testing.T
	rand     *rand.ChaCha8
	now      time.Time
	server   ed25519.PrivateKey
	device   ed25519.PrivateKey
	guard    ed25519.PrivateKey
	account  AccountID
	recovery RecoveryID
	set      RealmSet
	realms   []*testRealm
}

// testRealm does what package realm does, without a store.
type testRealm struct {
	key        ed25519.PrivateKey
	states     map[[32]byte][]byte
	logs       map[[32]byte][][]byte
	delay      func(int) time.Duration
	generation uint64
	guesses    int // counted evaluations

	down  func(step) bool                          // nil: never
	twist func(a *Authorized, out *answer) *answer // nil: honest; changes answers
	lost  func(step) bool                          // the answer is lost on the way
}

var errDown = errors.New("connection refused")

func newWorld(t *testing.T, n, threshold int) *world {
	w := &world{t: t, rand: rand.NewChaCha8([32]byte{byte(n), byte(threshold)}), now: time.UnixMilli(1_700_000_000_000)}
	w.server, w.device, w.guard = w.newKey(), w.newKey(), w.newKey()
	w.rand.Read(w.account[:])
	w.rand.Read(w.recovery[:])
	w.set = RealmSet{Threshold: threshold, Stretch: DefaultStretch}
	for i := range n {
		r := &testRealm{key: w.newKey(), states: map[[32]byte][]byte{}, logs: map[[32]byte][][]byte{}}
		w.realms = append(w.realms, r)
		w.set.Realms = append(w.set.Realms, Realm{URL: fmt.Sprintf("https://realm%d.example", i+1), Key: publicOf(r.key)})
	}
	return w
}

func (w *world) newKey() ed25519.PrivateKey {
	var seed [32]byte
	w.rand.Read(seed[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

// pin stands for a stretched PIN: stretching itself is tested elsewhere.
func pin(text string) StretchedPIN { return stretchedFrom(digest("test", []byte(text))) }

func (w *world) session(a Action) Session {
	s := Session{Client: w.newKey()}
	t := Token{Action: a, Account: w.account, Recovery: w.recovery, Client: publicOf(s.Client)}
	if a.NeedsDevice() {
		d := NewDeviceSigner(w.device)
		g := NewDeviceSigner(w.guard)
		s.Device, s.Guard, t.Device = &d, &g, d.Key
	}
	for _, r := range w.set.Realms {
		t.Realm = r.Key
		s.Tokens = append(s.Tokens, t.Issue(w.server, w.now))
	}
	return s
}

// do is the transport and the realm behind it.
func (w *world) do(i int, request []byte) ([]byte, error) {
	r := w.realms[i]
	q, err := ParseRequest(request)
	if err != nil {
		return SignResponse(r.key, request, Refusal(KindMalformed, 0)), nil
	}
	if r.down != nil && r.down(q.body.step) {
		return nil, errDown
	}
	a, err := q.Authorize(publicOf(r.key), func(k PublicKey) bool { return k == publicOf(w.server) }, w.now)
	if err != nil {
		return SignResponse(r.key, request, Refusal(KindToken, 0)), nil
	}
	env := Env{Key: r.key, Now: w.now, Rand: w.rand, Delay: r.delay, Generation: r.generation}
	result, err := Apply(r.states[a.Key()], a, env)
	if err != nil {
		w.t.Fatalf("realm %d: %v", i, err)
	}
	r.store(a.Key(), result)
	body := r.respond(w, a, result, env)
	if r.lost != nil && r.lost(a.body.step) {
		return nil, errDown
	}
	return SignResponse(r.key, request, body), nil
}

func (r *testRealm) store(key [32]byte, result *Result) {
	if !result.Changed {
		return
	}
	for _, e := range result.Log {
		if entry, err := ParseLogEntry(e, publicOf(r.key)); err == nil && entry.Event == EventGuess {
			r.guesses++
		}
	}
	r.logs[key] = append(r.logs[key], result.Log...)
	r.states[key] = result.State
	if result.State == nil {
		delete(r.states, key)
		delete(r.logs, key)
	}
}

func (r *testRealm) respond(w *world, a *Authorized, result *Result, env Env) []byte {
	var log [][]byte
	if result.WantLog {
		for i, e := range r.logs[a.Key()] {
			if uint64(i+1) >= result.LogFrom && len(log) <= LogPage {
				log = append(log, e)
			}
		}
	}
	out, err := result.answer(env, log)
	if err != nil {
		w.t.Fatal(err)
	}
	if r.twist != nil {
		out = r.twist(a, out)
	}
	return out.encode(a.body.step)
}

// record reads what a realm keeps of the one registration; nil where there is
// none.
func (w *world) record(i int) *record {
	w.t.Helper()
	for _, state := range w.realms[i].states {
		c, err := parseRecord(state)
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	return nil
}

func (w *world) register(text string) Secret {
	w.t.Helper()
	secret, err := NewSecret(w.rand)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.tryRegister(text, secret); err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func (w *world) tryRegister(text string, secret Secret) error {
	w.t.Helper()
	g, err := NewRegistration(w.rand, w.set, w.session(ActionRegister), w.account, w.recovery, pin(text), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return Run(g, nil, w.do)
}

func (w *world) recover(text string) (*Recovery, error) {
	w.t.Helper()
	c, err := NewRecovery(w.rand, w.set, w.session(ActionRecover), w.account, w.recovery, pin(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return c, Run(c, nil, w.do)
}

func (w *world) mustRecover(text string, want Secret) *Recovery {
	w.t.Helper()
	c, err := w.recover(text)
	if err != nil {
		w.t.Fatalf("recover: %v (%v)", err, c.Faults())
	}
	if !c.Secret().Equal(want) {
		w.t.Fatal("another secret came back")
	}
	return c
}

// wantFault checks that the flow blamed one realm, once, for one reason.
func wantFault(t *testing.T, faults []Fault, realm int, reason Reason) {
	t.Helper()
	n := 0
	for _, f := range faults {
		if f.Realm == realm && f.Reason == reason {
			n++
		} else {
			t.Errorf("unexpected fault %d: %v", f.Realm, f)
		}
	}
	if n != 1 {
		t.Errorf("realm %d was blamed %d times for %q: %v", realm, n, reason, faults)
	}
}

func always(step) bool { return true }

func during(s step) func(step) bool { return func(now step) bool { return now == s } }
