package account

import (
	"bytes"
	"errors"
	"testing"
)

func TestRemovedKeyholdersLoseTheRoots(t *testing.T) {
	w := newWorld(t)
	phone, code := w.newDevice(), w.newMethod(KindCode)
	w.add(w.device, phone, "")
	w.add(w.device, code, "")
	kept, err := w.unsealed(phone)
	if err != nil {
		t.Fatal(err)
	}
	u := w.remove(w.device, ReasonLost, phone.ID(), code.ID())
	for _, s := range []*KeyholderSecret{phone, code} {
		if u.Sealed.For(s.ID()) != nil {
			t.Error("sealed to a removed keyholder")
		}
		if _, err := OpenRoots(w.Chain, s, u.Sealed.For(w.device.ID())); !errors.Is(err, ErrNotActive) {
			t.Errorf("removed keyholder: %v", err)
		}
	}
	// What the phone kept is the old root, and that opens nothing new.
	if _, err := RootsFrom(w.Chain, kept.Current().Bytes()); !errors.Is(err, ErrRoot) {
		t.Errorf("the root before the removal: %v", err)
	}
}

func TestOpenRootsRefuses(t *testing.T) {
	w := newWorld(t)
	phone := w.newDevice()
	w.add(w.device, phone, "")
	old := w.Sealed.For(phone.ID())
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	good := w.Sealed.For(phone.ID())
	for name, c := range map[string]struct {
		secret *KeyholderSecret
		sealed []byte
		want   error
	}{
		"stranger":             {w.newDevice(), good, ErrNotActive},
		"other KEM key":        {phone.WithKEM(w.newDevice().KEM()), good, ErrNotActive},
		"other's sealed root":  {phone, w.Sealed.For(w.device.ID()), ErrOpen},
		"older sealed root":    {phone, old, ErrOpen},
		"nothing":              {phone, nil, ErrOpen},
		"cut":                  {phone, good[:len(good)-1], ErrOpen},
		"altered":              {phone, append([]byte{good[0] ^ 1}, good[1:]...), ErrOpen},
		"right, for comparing": {phone, good, nil},
	} {
		if _, err := OpenRoots(w.Chain, c.secret, c.sealed); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := RootsFrom(w.Chain, nil); !errors.Is(err, ErrOpen) {
		t.Errorf("no root: %v", err)
	}
}

// TestDishonestOpening: a device that opens a vault epoch whose parts do not
// belong together is found out by every holder of the root.
func TestDishonestOpening(t *testing.T) {
	for name, c := range map[string]struct {
		want   error
		change func(w *world, o *VaultOpening)
	}{
		"commitment to another root": {ErrRoot, func(w *world, o *VaultOpening) { o.Commitment[0]++ }},
		"vault key of another root":  {ErrRoot, func(w *world, o *VaultOpening) { o.KEM = w.kem() }},
		"no previous root":           {ErrOpen, func(w *world, o *VaultOpening) { o.Previous[0]++ }},
		"another previous root": {ErrRoot, func(w *world, o *VaultOpening) {
			r := &Root{epoch: 2, key: [32]byte{1}}
			*o = r.opening(w.Chain.ID(), &Root{epoch: 1, key: [32]byte{2}})
		}},
	} {
		w := newWorld(t)
		r := &Root{epoch: 2, key: [32]byte{1}}
		o := r.opening(w.Chain.ID(), w.Roots.Current())
		c.change(w, &o)
		next, err := w.Chain.Append(w.forge(w.device, nil, &VaultSwitch{false, o}, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := RootsFrom(next, r.Bytes()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestCheckSealedRootsRefuses(t *testing.T) {
	w := newWorld(t)
	phone := w.newDevice()
	w.add(w.device, phone, "")
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	good := w.Sealed
	if err := w.Chain.CheckSealedRoots(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *SealedRoots){
		"other entry":     func(s *SealedRoots) { s.Entry[0]++ },
		"other epoch":     func(s *SealedRoots) { s.Epoch-- },
		"one missing":     func(s *SealedRoots) { s.Roots = s.Roots[:1] },
		"none":            func(s *SealedRoots) { s.Roots = nil },
		"one too many":    func(s *SealedRoots) { s.Roots = append(s.Roots, SealedRoot{w.newDevice().ID(), s.Roots[0].Data}) },
		"one twice":       func(s *SealedRoots) { s.Roots[1] = s.Roots[0] },
		"out of order":    func(s *SealedRoots) { s.Roots[0], s.Roots[1] = s.Roots[1], s.Roots[0] },
		"to a stranger":   func(s *SealedRoots) { s.Roots[1].Keyholder = w.newDevice().ID() },
		"of another size": func(s *SealedRoots) { s.Roots[1].Data = s.Roots[1].Data[1:] },
	} {
		s := good
		s.Roots = append([]SealedRoot(nil), good.Roots...)
		change(&s)
		if err := w.Chain.CheckSealedRoots(s); !errors.Is(err, ErrSealedRoots) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := bytes.Clone(good.For(phone.ID()))
	bad[100] ^= 1
	if err := w.Chain.VerifySealedRoot(w.Roots, phone.ID(), bad); !errors.Is(err, ErrSealedRoots) {
		t.Errorf("wrong sealed root: %v", err)
	}
	if err := w.Chain.VerifySealedRoot(w.Roots, w.newDevice().ID(), bad); !errors.Is(err, ErrNotActive) {
		t.Errorf("sealed to a stranger: %v", err)
	}
	if _, err := w.Chain.SealRoot(newWorld(t).Roots, phone.ID()); !errors.Is(err, ErrRoot) {
		t.Errorf("roots of an older chain: %v", err)
	}
}

func TestBuildersNeedTheRoots(t *testing.T) {
	w := newWorld(t)
	old, oldChain := w.Roots, w.Chain
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	if _, err := w.Chain.SetVault(w.rand, w.author(w.device), old, true); !errors.Is(err, ErrRoot) {
		t.Errorf("with old roots: %v", err)
	}
	if _, err := w.Chain.SetRealms(w.author(w.device), nil, RealmSet{}); !errors.Is(err, ErrRoot) {
		t.Errorf("without roots: %v", err)
	}
	// Erasing the roots after an update leaves those before it.
	before := old.Current().Commitment()
	u, err := oldChain.SetVault(w.rand, w.author(w.device), old, false)
	if err != nil {
		t.Fatal(err)
	}
	u.Roots.Erase()
	if old.Current().Commitment() != before {
		t.Error("erasing one set of roots erased another")
	}
	if !bytes.Equal(u.Roots.Current().Bytes(), make([]byte, RootSize)) {
		t.Error("erased root is still there")
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	k := w.Chain.Keyholders()[0]
	if len(k.SealedName) != 104 {
		t.Errorf("sealed name has %d bytes", len(k.SealedName))
	}
	for _, name := range []string{"", "ü", string(bytes.Repeat([]byte{'x'}, MaxName))} {
		sealed, err := w.Roots.Current().SealName(w.rand, k.ID, name)
		if err != nil || len(sealed) != 104 {
			t.Fatalf("%d bytes sealed, %v", len(sealed), err)
		}
		k := k
		k.SealedName = sealed
		if got, err := w.Roots.OpenName(k); err != nil || got != name {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, name := range []string{string(make([]byte, MaxName+1)), "\xff"} {
		if _, err := w.Roots.Current().SealName(w.rand, k.ID, name); !errors.Is(err, ErrKeyholderName) {
			t.Errorf("name of %d bytes: %v", len(name), err)
		}
	}
	for what, change := range map[string]func(k *Keyholder){
		"other keyholder": func(k *Keyholder) { k.ID[0]++ },
		"other epoch":     func(k *Keyholder) { k.AddedEpoch++ },
		"altered":         func(k *Keyholder) { k.SealedName = append([]byte{k.SealedName[0] ^ 1}, k.SealedName[1:]...) },
		"cut":             func(k *Keyholder) { k.SealedName = k.SealedName[:10] },
	} {
		k := k
		change(&k)
		if _, err := w.Roots.OpenName(k); err != ErrOpen {
			t.Errorf("%s: %v", what, err)
		}
	}
	k.SealedName = nil
	if name, err := w.Roots.OpenName(k); name != "" || err != nil {
		t.Errorf("no name: %v", err)
	}
}
