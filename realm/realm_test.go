package realm_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/storetest"
)

func TestEndToEnd(t *testing.T) {
	for name, stores := range map[string][]realm.Store{
		"memory, 2 of 3": memories(3), "memory, 3 of 5": memories(5), "disk, 2 of 3": disk(t, 3),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, stores...)
			secret := w.register()
			w.mustRecover(secret)
			keys := w.servers[0].Key()
			for i := range stores {
				w.open(i)
			}
			if w.servers[0].Key() != keys {
				t.Fatal("a realm is another after a restart")
			}
			for guess := 1; guess <= pinvault.MaxInARow; guess++ {
				_, err := w.recover(wrongPIN)
				var wrong *pinvault.WrongPINError
				if !errors.As(err, &wrong) || wrong.GuessesLeft != pinvault.MaxInARow-guess {
					t.Fatalf("guess %d: %v", guess, err)
				}
			}
			if _, err := w.recover(rightPIN); !errors.Is(err, pinvault.ErrLocked) {
				t.Errorf("after the last guess: %v", err)
			}
		})
	}
}

func TestRealmsDown(t *testing.T) {
	w := newWorld(t, memories(3)...)
	secret := w.register()
	w.servers[1] = nil
	w.mustRecover(secret)
	before := fmt.Sprint(w.guesses())
	w.servers[2] = nil
	if _, err := w.recover(rightPIN); !errors.Is(err, pinvault.ErrTooFewRealms) {
		t.Errorf("two down: %v", err)
	}
	w.open(1)
	w.open(2)
	if w.mustRecover(secret); before == "" {
		t.Error("no logs")
	}
	if got := fmt.Sprint(w.guesses()); got != "[2 1 2]" {
		t.Errorf("guesses counted: %s, want [2 1 2]", got)
	}
}

// Guesses made at once never get past the limit.
func TestParallelGuesses(t *testing.T) {
	for name, stores := range map[string][]realm.Store{"memory": memories(3), "disk": disk(t, 3)} {
		w := newWorld(t, stores...)
		w.register()
		w.stretch(wrongPIN)
		var told, refused atomic.Int64
		atOnce(40, func(int) {
			switch _, err := w.recover(wrongPIN); {
			case errors.Is(err, pinvault.ErrWrongPIN):
				told.Add(1)
			case errors.Is(err, pinvault.ErrLocked), errors.Is(err, pinvault.ErrTooFewRealms):
				refused.Add(1)
			default:
				t.Errorf("%s: %v", name, err)
			}
		})
		for i, n := range w.guesses() {
			if n != pinvault.MaxInARow {
				t.Errorf("%s: realm %d counted %d guesses", name, i, n)
			}
		}
		// 15 is what any choice of realms can give (spec/pin.md, "Counting").
		if told.Load() > 15 || told.Load()+refused.Load() != 40 {
			t.Errorf("%s: %d guesses were answered, %d refused", name, told.Load(), refused.Load())
		}
	}
}

// Two servers over one store, as two processes would be, count as one.
func TestTwoServersOneStore(t *testing.T) {
	store := realm.NewMemory()
	w := newWorld(t, store)
	w.register()
	w.stretch(wrongPIN)
	first := w.servers[0]
	w.open(0)
	second := w.servers[0]
	var told atomic.Int64
	atOnce(30, func(i int) {
		mine := *w
		mine.servers = []*realm.Server{first}
		if i%2 == 1 {
			mine.servers = []*realm.Server{second}
		}
		if _, err := mine.recover(wrongPIN); errors.Is(err, pinvault.ErrWrongPIN) {
			told.Add(1)
		}
	})
	if told.Load() != pinvault.MaxInARow {
		t.Errorf("%d guesses were answered, want %d", told.Load(), pinvault.MaxInARow)
	}
}

// A realm that dies at its k-th write, before or after it is on disk, for every
// k: no guess is answered that is not counted, and afterwards all goes on.
func TestCrashAtEveryWrite(t *testing.T) {
	for _, after := range []bool{false, true} {
		for k := 1; ; k++ {
			memory := realm.NewMemory()
			w := newWorld(t, memory)
			secret := w.register()
			faulty := &storetest.Faulty{Store: memory, At: k, After: after}
			w.stores[0] = faulty
			w.open(0)
			answered := 0
			for range 12 {
				if _, err := w.recover(wrongPIN); errors.Is(err, pinvault.ErrWrongPIN) {
					answered++
				}
			}
			crashed := faulty.Crashed()
			w.stores[0] = memory
			w.open(0)
			counted := w.guesses()[0]
			if answered > counted || counted > pinvault.MaxInARow || counted > answered+1 {
				t.Fatalf("crash at write %d (after %v): %d answered, %d counted", k, after, answered, counted)
			}
			if counted < pinvault.MaxInARow {
				w.mustRecover(secret)
			} else if _, err := w.recover(rightPIN); !errors.Is(err, pinvault.ErrLocked) {
				t.Fatalf("crash at write %d: %v", k, err)
			}
			if !crashed {
				if k != pinvault.MaxInARow+1 {
					t.Errorf("no crash at write %d", k)
				}
				break
			}
		}
	}
}

func TestCrashDuringRegistration(t *testing.T) {
	for _, after := range []bool{false, true} {
		faulty := &storetest.Faulty{Store: realm.NewMemory(), At: 2, After: after}
		w := newWorld(t, faulty) // its first write is the realm's own row
		g, err := pinvault.NewRegistration(rand.Reader, w.set, w.session(pinvault.ActionRegister), w.id, w.recovery, w.stretch(rightPIN), pinvault.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pinvault.Run(g, nil, w.do); !errors.Is(err, pinvault.ErrTooFewRealms) {
			t.Errorf("a registration was acknowledged that crashed: %v", err)
		}
		w.stores[0] = faulty.Store
		w.open(0)
		w.mustRecover(w.register())
	}
}

func TestRestoredFromBackup(t *testing.T) {
	w := newWorld(t, memories(3)...)
	secret := w.register()
	for i, s := range w.stores {
		if err := realm.MarkRestored(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		w.open(i)
	}
	w.mustRecover(secret)
	for i, s := range w.stores {
		if err := realm.MarkRestored(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		w.open(i)
	}
	if _, err := w.recover(wrongPIN); !errors.Is(err, pinvault.ErrWrongPIN) || !errors.Is(err, pinvault.ErrLocked) {
		t.Errorf("the one guess: %v", err)
	}
	if _, err := w.recover(rightPIN); !errors.Is(err, pinvault.ErrLocked) {
		t.Errorf("a second guess: %v", err)
	}
	w.mustRecover(w.register())
	if err := realm.MarkRestored(context.Background(), realm.NewMemory()); err != nil {
		t.Errorf("an empty store: %v", err)
	}
}

func TestSweepErases(t *testing.T) {
	for name, stores := range map[string][]realm.Store{"memory": memories(1), "disk": disk(t, 1)} {
		w := newWorld(t, stores...)
		w.register()
		for range pinvault.MaxInARow {
			if _, err := w.recover(wrongPIN); !errors.Is(err, pinvault.ErrWrongPIN) {
				t.Fatal(err)
			}
		}
		for _, want := range []int{0, 1, 0} {
			if n, err := w.servers[0].Sweep(context.Background()); err != nil || n != want {
				t.Errorf("%s: swept %d, %v; want %d", name, n, err, want)
			}
			if want == 0 {
				w.now = w.now.Add(pinvault.LastGuessGrace)
			}
		}
	}
}

func TestRunEnds(t *testing.T) {
	w := newWorld(t, memories(1)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.servers[0].Run(ctx); close(done) }()
	cancel()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Run goes on after its context is done")
	}
}

func TestStrangers(t *testing.T) {
	w := newWorld(t, memories(3)...)
	w.register()
	stranger := *w
	stranger.account = newKey(t) // another server, which the realms do not accept
	for range 15 {
		if _, err := stranger.recover(wrongPIN); !errors.Is(err, pinvault.ErrTooFewRealms) {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(w.guesses()); got != "[0 0 0]" {
		t.Errorf("strangers burned guesses: %s", got)
	}
}

func TestAccountsAreRateLimited(t *testing.T) {
	w := newWorld(t, memories(1)...)
	s, err := realm.Open(context.Background(), realm.Config{
		Accept: []realm.ServerKey{{Key: public(w.account)}}, Store: w.stores[0], PerMinute: 5,
		Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.servers[0] = s
	read := func() error {
		f, err := pinvault.NewWitnessRead(w.set, w.session(pinvault.ActionReadWitness), w.id)
		if err != nil {
			t.Fatal(err)
		}
		return pinvault.Run(f, nil, w.do)
	}
	for i := range 8 {
		if err := read(); (i < 5) != (err == nil) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	w.id[0] ^= 1
	if err := read(); err != nil {
		t.Errorf("another account: %v", err)
	}
	w.id[0] ^= 1
	w.now = w.now.Add(12 * time.Second)
	if err := read(); err != nil {
		t.Errorf("a fifth of a minute later: %v", err)
	}
	if err := read(); err == nil {
		t.Error("two requests in the time of one")
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	if _, err := realm.Open(ctx, realm.Config{Key: []byte("short")}); err == nil {
		t.Error("a short key was accepted")
	}
	for _, value := range []string{"", "\x02", "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01a"} {
		m := realm.NewMemory()
		if err := m.Apply(ctx, realm.Change{Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
		if _, err := realm.Open(ctx, realm.Config{Store: m}); !errors.Is(err, realm.ErrFormat) {
			t.Errorf("own row %q: %v", value, err)
		}
		if err := realm.MarkRestored(ctx, m); !errors.Is(err, realm.ErrFormat) {
			t.Errorf("own row %q: %v", value, err)
		}
	}
	if s, err := realm.Open(ctx, realm.Config{}); err != nil || s.Key() == (pinvault.PublicKey{}) {
		t.Errorf("the zero configuration: %v", err)
	}
	if _, err := realm.Open(ctx, realm.Config{Store: &storetest.Faulty{Store: realm.NewMemory(), At: 1}}); !errors.Is(err, storetest.ErrCrash) {
		t.Errorf("a store that does not write: %v", err)
	}
}
