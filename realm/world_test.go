package realm_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/sqlstore"
)

// world is an account's server, a device, and realms over stores that outlive
// them.
type world struct {
	t        *testing.T
	now      time.Time
	account  ed25519.PrivateKey // the account's server
	device   ed25519.PrivateKey
	guard    ed25519.PrivateKey
	id       pinvault.AccountID
	recovery pinvault.RecoveryID
	set      pinvault.RealmSet
	stores   []realm.Store
	servers  []*realm.Server
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key ed25519.PrivateKey) pinvault.PublicKey {
	return pinvault.PublicKey(key.Public().(ed25519.PublicKey))
}

// newWorld opens a realm over each store, any majority of which is needed.
func newWorld(t *testing.T, stores ...realm.Store) *world {
	t.Helper()
	w := &world{t: t, now: time.UnixMilli(1_700_000_000_000), account: newKey(t), device: newKey(t), guard: newKey(t), stores: stores}
	w.id[0], w.recovery[0] = 1, 2 // the same everywhere, so that PINs are stretched once
	w.set = pinvault.RealmSet{Threshold: len(stores)/2 + 1, Stretch: pinvault.DefaultStretch}
	w.servers = make([]*realm.Server, len(stores))
	for i := range stores {
		w.open(i)
		url := "https://realm.example/" + string(rune('a'+i))
		w.set.Realms = append(w.set.Realms, pinvault.Realm{URL: url, Key: w.servers[i].Key()})
	}
	return w
}

// open starts realm i anew on its store, as after a restart.
func (w *world) open(i int) {
	w.t.Helper()
	s, err := realm.Open(context.Background(), realm.Config{
		Accept: []realm.ServerKey{{URL: "https://chat.example", Key: public(w.account)}},
		Store:  w.stores[i], Delay: realm.NoDelay, PerMinute: 100_000,
		Now: func() time.Time { return w.now },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.servers[i] = s
}

func (w *world) session(a pinvault.Action) pinvault.Session {
	w.t.Helper()
	s := pinvault.Session{Client: newKey(w.t)}
	token := pinvault.Token{Action: a, Account: w.id, Recovery: w.recovery, Client: public(s.Client)}
	if a.NeedsDevice() {
		d := pinvault.NewDeviceSigner(w.device)
		g := pinvault.NewDeviceSigner(w.guard)
		s.Device, s.Guard, token.Device = &d, &g, d.Key
	}
	for _, r := range w.set.Realms {
		token.Realm = r.Key
		s.Tokens = append(s.Tokens, token.Issue(w.account, w.now))
	}
	return s
}

func (w *world) do(i int, request []byte) ([]byte, error) {
	if w.servers[i] == nil {
		return nil, errors.New("connection refused")
	}
	return w.servers[i].Do(context.Background(), request), nil
}

// atOnce runs f(0) … f(n-1) side by side.
func atOnce(n int, f func(int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// stretched memoises: one stretching takes a tenth of a second.
var (
	stretchedMu sync.Mutex
	stretched   = map[string]pinvault.StretchedPIN{}
)

func (w *world) stretch(text string) pinvault.StretchedPIN {
	stretchedMu.Lock()
	defer stretchedMu.Unlock()
	id := text + string(w.id[:])
	if _, ok := stretched[id]; !ok {
		p, err := pinvault.ParsePIN(text)
		if err != nil {
			w.t.Fatal(err)
		}
		s, err := pinvault.StretchPIN(p, w.set.Stretch, w.id, w.recovery)
		if err != nil {
			w.t.Fatal(err)
		}
		stretched[id] = s
	}
	return stretched[id]
}

const (
	rightPIN = "483920"
	wrongPIN = "483921"
)

func (w *world) register() pinvault.Secret {
	w.t.Helper()
	secret, err := pinvault.NewSecret(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := pinvault.NewRegistration(rand.Reader, w.set, w.session(pinvault.ActionRegister), w.id, w.recovery, w.stretch(rightPIN), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := pinvault.Run(g, atOnce, w.do); err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func (w *world) recover(text string) (pinvault.Secret, error) {
	w.t.Helper()
	c, err := pinvault.NewRecovery(rand.Reader, w.set, w.session(pinvault.ActionRecover), w.id, w.recovery, w.stretch(text))
	if err != nil {
		w.t.Fatal(err)
	}
	err = pinvault.Run(c, atOnce, w.do)
	return c.Secret(), err
}

func (w *world) mustRecover(want pinvault.Secret) {
	w.t.Helper()
	if got, err := w.recover(rightPIN); err != nil || !got.Equal(want) {
		w.t.Fatalf("recover: %v", err)
	}
}

// guesses reads from the realms' own logs how many each counted.
func (w *world) guesses() []int {
	w.t.Helper()
	l, err := pinvault.NewLogRead(w.set, w.session(pinvault.ActionReadLog), w.id, w.recovery)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := pinvault.Run(l, nil, w.do); err != nil {
		w.t.Fatal(err)
	}
	out := make([]int, len(w.set.Realms))
	for _, log := range l.Logs() {
		for _, e := range log.Entries {
			if e.Event == pinvault.EventGuess {
				out[log.Realm]++
			}
		}
	}
	return out
}

func memories(n int) []realm.Store {
	out := make([]realm.Store, n)
	for i := range out {
		out[i] = realm.NewMemory()
	}
	return out
}

func disk(t *testing.T, n int) []realm.Store {
	t.Helper()
	out := make([]realm.Store, n)
	for i := range out {
		s, err := sqlstore.Open(context.Background(), filepath.Join(t.TempDir(), "realm.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		out[i] = s
	}
	return out
}
