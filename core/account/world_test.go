package account

import (
	"math/rand/v2"
	"testing"
	"time"
)

// world is one invented account and what its owner has.
type world struct {
	t      *testing.T
	rand   *rand.ChaCha8
	now    time.Time
	device *KeyholderSecret
	*Update
}

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testRand(seed byte) *rand.ChaCha8 {
	return rand.NewChaCha8([32]byte{seed})
}

// newWorld registers alice.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, rand: testRand(1), now: testTime}
	w.device = w.newDevice()
	u, err := NewGenesis(w.rand, w.now, "alice", "chat.example", w.device, "laptop")
	if err != nil {
		t.Fatal(err)
	}
	w.Update = u
	return w
}

func (w *world) newDevice() *KeyholderSecret {
	w.t.Helper()
	s, err := GenerateKeyholder(w.rand)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) newMethod(kind Kind) *KeyholderSecret {
	w.t.Helper()
	secret := make([]byte, 32)
	w.rand.Read(secret)
	s, err := DeriveKeyholder(secret, w.Chain.ID(), kind)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) author(s *KeyholderSecret) Author {
	w.now = w.now.Add(time.Hour)
	return Author{Secret: s, Time: w.now}
}

// take makes u the present state.
func (w *world) take(u *Update, err error) *Update {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Update = u
	return u
}

func (w *world) add(by, s *KeyholderSecret, name string) *Update {
	w.t.Helper()
	var realms RealmSet
	if s.Kind() == KindPIN {
		realms = w.realms(3, 2)
	}
	return w.take(w.Chain.Add(w.rand, w.author(by), w.Roots, s.Join(w.Chain.ID(), name, realms)))
}

func (w *world) remove(by *KeyholderSecret, reason Reason, ids ...KeyholderID) *Update {
	w.t.Helper()
	var list []Removal
	for _, id := range ids {
		list = append(list, Removal{Keyholder: id, Reason: reason, LogHead: w.Chain.LogHead()})
	}
	return w.take(w.Chain.Remove(w.rand, w.author(by), w.Roots, list))
}

func (w *world) realms(n, t int) RealmSet {
	s := RealmSet{Threshold: uint8(t)}
	for i := range n {
		k := w.newDevice()
		s.Realms = append(s.Realms, Realm{"https://realm" + string(rune('a'+i)) + ".example/r", k.SignatureKey()})
	}
	return s
}

// unsealed opens the newest roots as s.
func (w *world) unsealed(s *KeyholderSecret) (*Roots, error) {
	sealed, err := w.Chain.SealRoot(w.Roots, s.ID())
	if err != nil {
		return nil, err
	}
	return OpenRoots(w.Chain, s, sealed)
}
