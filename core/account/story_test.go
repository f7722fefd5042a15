package account

import (
	"errors"
	"testing"
)

// TestStory walks through the life of an account: devices and recovery methods
// come and go, and whoever is left reads everything.
func TestStory(t *testing.T) {
	w := newWorld(t)
	phone, tablet := w.newDevice(), w.newDevice()
	code, pin := w.newMethod(KindCode), w.newMethod(KindPIN)

	w.add(w.device, phone, "phone")
	w.add(phone, code, "")
	w.add(w.device, pin, "my PIN")
	w.remove(w.device, ReasonLost, phone.ID())
	first := w.Roots.At(1)

	u, rotated, err := w.Chain.Rotate(w.rand, w.author(w.device), w.Roots)
	w.take(u, err)
	if rotated.ID() != w.device.ID() || rotated.Public() == w.device.Public() {
		t.Error("rotation changed the id or kept the key")
	}
	if _, err := w.unsealed(w.device); !errors.Is(err, ErrNotActive) {
		t.Errorf("the key before the rotation: %v", err)
	}
	w.device = rotated

	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	if w.Chain.VaultOn() || !w.Chain.VaultOnAt(1) {
		t.Error("vault is not off from here on")
	}
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, true))
	w.take(w.Chain.SetRealms(w.author(w.device), w.Roots, w.realms(3, 2)))

	// All devices are gone; the code adds a new one, with all roots.
	w.take(w.Chain.Recover(w.rand, w.author(code), w.Roots, tablet.Join(w.Chain.ID(), "tablet", RealmSet{})))
	w.remove(tablet, ReasonCompromised, w.device.ID())

	roots, err := w.unsealed(tablet)
	if err != nil {
		t.Fatal(err)
	}
	if !roots.At(1).Equal(first) || roots.Current().Epoch() != 6 {
		t.Errorf("roots of epochs up to %d", roots.Current().Epoch())
	}
	want := map[KeyholderID]string{tablet.ID(): "tablet", pin.ID(): "my PIN", code.ID(): "", w.device.ID(): "laptop", phone.ID(): "phone"}
	for _, k := range w.Chain.AllKeyholders() {
		if name, err := roots.OpenName(k); err != nil || name != want[k.ID] {
			t.Errorf("name of a %s: %q, %v", k.Kind, name, err)
		}
	}
	if got := len(w.Chain.Keyholders()); got != 3 {
		t.Errorf("%d keyholders, want tablet, code, pin", got)
	}

	// A stranger verifies it all from the bytes.
	var data [][]byte
	for _, e := range w.Chain.Entries(0) {
		data = append(data, e.Marshal())
	}
	c, err := ParseChain(data)
	if err != nil {
		t.Fatal(err)
	}
	if c.Head() != w.Chain.Head() || c.ID() != w.Chain.ID() || c.Handle() != "alice" || c.Host() != "chat.example" {
		t.Error("the parsed chain is another")
	}
	entries := c.Entries(0)
	if _, err := ReplayFrom(entries, w.Chain.Head()); err != nil {
		t.Error(err)
	}
}

// TestUpdates checks what every builder gives: sealed roots for exactly those
// who need them, each of which opens.
func TestUpdates(t *testing.T) {
	w := newWorld(t)
	code := w.newMethod(KindCode)
	check := func(name string, sealedTo int) {
		t.Helper()
		if err := w.Chain.CheckSealedRoots(w.Sealed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(w.Sealed.Roots) != sealedTo {
			t.Errorf("%s: sealed to %d, want %d", name, len(w.Sealed.Roots), sealedTo)
		}
		for _, x := range w.Sealed.Roots {
			if err := w.Chain.VerifySealedRoot(w.Roots, x.Keyholder, x.Data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		parsed, err := ParseSealedRoots(w.Sealed.Marshal())
		if err != nil || w.Chain.CheckSealedRoots(parsed) != nil {
			t.Errorf("%s: sealed roots after a round trip: %v", name, err)
		}
	}
	check("genesis", 1)
	w.add(w.device, code, "")
	check("add", 1)
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	check("vault", 2)
	w.take(w.Chain.SetRealms(w.author(w.device), w.Roots, RealmSet{}))
	check("realms", 0)
	d := w.newDevice()
	w.take(w.Chain.Recover(w.rand, w.author(code), w.Roots, d.Join(w.Chain.ID(), "", RealmSet{})))
	check("recover", 1)
	w.remove(d, ReasonLost, w.device.ID())
	check("remove", 2)
	u, _, err := w.Chain.Rotate(w.rand, w.author(d), w.Roots)
	w.take(u, err)
	check("rotate", 2)
}
