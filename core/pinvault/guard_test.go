package pinvault

import (
	"errors"
	"testing"
)

// TestGuard: whoever has tokens of the account's server, and devices of its own, but
// not the account's guard, can neither erase a registration nor put another in its
// place, locked or not; nor lower or raise the heads.
func TestGuard(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	if _, err := w.writeHeads(Heads{Account: w.account, ChainSeq: 5, LogSeq: 5}); err != nil {
		t.Fatal(err)
	}
	own, device := w.guard, w.device
	asServer := func() { w.guard, w.device = w.newKey(), w.newKey() }
	asAccount := func() { w.guard, w.device = own, device }
	refused := func(name string, err error, faults []Fault) {
		t.Helper()
		if !errors.Is(err, ErrTooFewRealms) || len(faults) != 3 {
			t.Errorf("%s: %v, %v", name, err, faults)
		}
		for _, f := range faults {
			if f.Kind != KindGuard {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
	asServer()
	d, err := NewDeletion(w.set, w.session(ActionDelete), w.account, w.recovery)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(d, nil, w.do)
	refused("deletion", err, d.Faults())
	g, err := NewRegistration(w.rand, w.set, w.session(ActionRegister), w.account, w.recovery, pin("another"), secret)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(g, nil, w.do)
	refused("replacement", err, g.Faults())
	h, err := NewWitnessWrite(w.set, w.session(ActionWriteWitness), Heads{Account: w.account, ChainSeq: 1 << 40, LogSeq: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	err = Run(h, nil, w.do)
	refused("heads", err, h.Faults())
	if h.ShutOut() != 3 || len(h.Newer()) != 0 {
		t.Errorf("shut out by %d, %d newer heads", h.ShutOut(), len(h.Newer()))
	}

	asAccount()
	w.mustRecover("right", secret)
	for range MaxInARow {
		if _, err := w.recover("wrong"); err == nil {
			t.Fatal("a wrong PIN opened")
		}
	}
	asServer()
	g, err = NewRegistration(w.rand, w.set, w.session(ActionRegister), w.account, w.recovery, pin("another"), secret)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(g, nil, w.do)
	refused("replacement of what is locked", err, g.Faults())
	asAccount()
	if err := w.tryRegister("right", secret); err != nil {
		t.Fatal(err)
	}
	w.mustRecover("right", secret)
	if d, err = NewDeletion(w.set, w.session(ActionDelete), w.account, w.recovery); err != nil {
		t.Fatal(err)
	}
	if err := Run(d, nil, w.do); err != nil {
		t.Fatal(err)
	}
	if _, err := w.recover("right"); !errors.Is(err, ErrNotRegistered) {
		t.Errorf("after the deletion: %v", err)
	}
}
