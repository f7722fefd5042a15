package pinvault

import (
	"errors"
	"fmt"
	"testing"
)

var topologies = []struct{ n, t int }{{1, 1}, {3, 2}, {4, 3}, {5, 3}, {16, 9}}

func TestRightPIN(t *testing.T) {
	for _, c := range topologies {
		t.Run(fmt.Sprintf("%d of %d", c.t, c.n), func(t *testing.T) {
			w := newWorld(t, c.n, c.t)
			secret := w.register("right")
			for range 3 {
				got := w.mustRecover("right", secret)
				if got.Degraded() || len(got.Faults()) > 0 || got.GuessesLeft() != MaxInARow {
					t.Errorf("degraded %v, faults %v, %d left", got.Degraded(), got.Faults(), got.GuessesLeft())
				}
			}
			for i := range w.realms {
				if r := w.record(i); r.inARow != 0 || r.failures != 0 {
					t.Errorf("realm %d: %d in a row, %d failures after right PINs", i, r.inARow, r.failures)
				}
			}
		})
	}
}

func TestWrongPINUntilLocked(t *testing.T) {
	for _, c := range topologies[:4] {
		w := newWorld(t, c.n, c.t)
		w.register("right")
		for guess := 1; guess <= MaxInARow; guess++ {
			_, err := w.recover(fmt.Sprint("wrong", guess))
			var wrong *WrongPINError
			if !errors.As(err, &wrong) || wrong.GuessesLeft != MaxInARow-guess {
				t.Fatalf("%d of %d, guess %d: %v", c.t, c.n, guess, err)
			}
			if errors.Is(err, ErrLocked) != (guess == MaxInARow) {
				t.Errorf("guess %d: locked too early or too late", guess)
			}
		}
		w.now = w.now.Add(LastGuessGrace)
		for range 2 {
			if _, err := w.recover("right"); !errors.Is(err, ErrLocked) {
				t.Errorf("after the last guess: %v", err)
			}
		}
		for i, r := range w.realms {
			if rec := w.record(i); r.guesses != MaxInARow || !rec.locked || rec.statement != nil {
				t.Errorf("realm %d: %d guesses, locked %v", i, r.guesses, rec.locked)
			}
		}
	}
}

func TestLastGuessCanBeRight(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	for range MaxInARow - 1 {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	w.mustRecover("right", secret)
	w.now = w.now.Add(LastGuessGrace)
	w.mustRecover("right", secret)
	if r := w.record(0); r.failures != MaxInARow-1 || r.inARow != 0 || r.eraseAt != 0 {
		t.Errorf("after the last guess was right: %+v", r)
	}
}

func TestFailuresInALifetime(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	for failed := 0; failed < MaxFailures; {
		for range min(9, MaxFailures-failed) {
			if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
				t.Fatalf("failure %d: %v", failed, err)
			}
			failed++
		}
		if failed < MaxFailures {
			w.mustRecover("right", secret)
		}
	}
	if _, err := w.recover("right"); !errors.Is(err, ErrLocked) {
		t.Errorf("after %d failures: %v", MaxFailures, err)
	}
}

func TestOneRealmDown(t *testing.T) {
	for _, s := range []step{stepStatus, stepEvaluate, stepOpen} {
		for i := range 3 {
			w := newWorld(t, 3, 2)
			secret := w.register("right")
			w.realms[i].down = during(s)
			wantFault(t, w.mustRecover("right", secret).Faults(), i, ReasonUnreachable)
			w.realms[i].down = nil
			w.mustRecover("right", secret)
		}
	}
}

func TestTwoRealmsDownCostNoGuess(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	w.realms[0].down, w.realms[2].down = always, always
	c, err := w.recover("right")
	var few *TooFewError
	if !errors.As(err, &few) || few.Need != 2 || few.Have != 1 || few.Guessed || few.Proved || len(c.Faults()) != 2 {
		t.Errorf("two realms down: %v, %v", err, c.Faults())
	}
	w.realms[0].down, w.realms[2].down = nil, nil
	for i, r := range w.realms {
		if r.guesses != 0 {
			t.Errorf("realm %d counted a guess", i)
		}
	}
	w.mustRecover("right", secret)
}

func TestRealmsLostInTheMiddle(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	w.realms[0].lost, w.realms[1].lost = during(stepEvaluate), during(stepEvaluate)
	_, err := w.recover("right")
	var few *TooFewError
	if !errors.As(err, &few) || !few.Guessed || few.Proved {
		t.Errorf("answers lost in round two: %v", err)
	}
	w.realms[0].lost, w.realms[1].lost = during(stepOpen), during(stepOpen)
	_, err = w.recover("right")
	if !errors.As(err, &few) || !few.Proved {
		t.Errorf("answers lost in round three: %v", err)
	}
	w.realms[0].lost, w.realms[1].lost = nil, nil
	w.mustRecover("right", secret)
}

// A realm whose evaluation was lost has counted a guess; the proof takes it back.
func TestLostEvaluationIsProvedToo(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	w.realms[1].lost = during(stepEvaluate)
	w.mustRecover("right", secret)
	if r := w.record(1); r.inARow != 0 || r.failures != 0 {
		t.Errorf("%d in a row, %d failures", r.inARow, r.failures)
	}
}

func TestAskingTwiceCountsOnce(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	c, err := NewRecovery(w.rand, w.set, w.session(ActionRecover), w.account, w.recovery, pin("right"))
	if err != nil {
		t.Fatal(err)
	}
	twice := func(i int, request []byte) ([]byte, error) {
		if _, err := w.do(i, request); err != nil {
			return nil, err
		}
		return w.do(i, request)
	}
	if err := Run(c, nil, twice); err != nil || !c.Secret().Equal(secret) {
		t.Fatal(err)
	}
	for i, r := range w.realms {
		if r.guesses != 1 || w.record(i).failures != 0 {
			t.Errorf("realm %d counted %d guesses", i, r.guesses)
		}
	}
}

func TestRegistrationNeedsAThreshold(t *testing.T) {
	for down, ok := range map[int]bool{0: true, 2: true, 3: false, 5: false} {
		w := newWorld(t, 5, 3)
		for i := range down {
			w.realms[i].down = during(stepRegister)
		}
		secret := SecretFromBytes([32]byte{7})
		err := w.tryRegister("right", secret)
		if ok != (err == nil) || !ok && !errors.Is(err, ErrTooFewRealms) {
			t.Errorf("%d of 5 down: %v", down, err)
		}
		c, err := w.recover("right")
		switch {
		case ok && (err != nil || !c.Secret().Equal(secret) || c.Degraded() != (down > 0)):
			t.Errorf("%d of 5 missed it: %v", down, err)
		case !ok && !errors.Is(err, ErrNotRegistered):
			t.Errorf("%d of 5 missed it: %v, want not registered", down, err)
		}
	}
}

// Two attempts under one recovery id leave realms with different registrations;
// only the one that a threshold holds counts.
func TestMixedRegistrations(t *testing.T) {
	w := newWorld(t, 3, 2)
	first := w.register("first")
	w.realms[1].down, w.realms[2].down = always, always
	if err := w.tryRegister("second", SecretFromBytes([32]byte{1})); !errors.Is(err, ErrTooFewRealms) {
		t.Fatal(err)
	}
	w.realms[1].down, w.realms[2].down = nil, nil
	c := w.mustRecover("first", first)
	wantFault(t, c.Faults(), 0, ReasonOtherRegistration)
	if !c.Degraded() || w.realms[0].guesses != 0 {
		t.Errorf("degraded %v, guesses at the odd realm %d", c.Degraded(), w.realms[0].guesses)
	}
	second := SecretFromBytes([32]byte{2})
	w.realms[2].down = always
	if err := w.tryRegister("second", second); err != nil {
		t.Fatal(err)
	}
	w.realms[2].down = nil
	w.mustRecover("second", second)
}

func TestStatusCostsNothing(t *testing.T) {
	w := newWorld(t, 3, 2)
	w.register("right")
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Fatal(err)
	}
	for range 3 {
		c, err := NewStatus(w.set, w.session(ActionRecover), w.account, w.recovery)
		if err != nil {
			t.Fatal(err)
		}
		if err := Run(c, nil, w.do); err != nil || c.GuessesLeft() != MaxInARow-1 || c.Degraded() {
			t.Errorf("status: %v, %d left", err, c.GuessesLeft())
		}
	}
	if w.realms[0].guesses != 1 {
		t.Errorf("%d guesses counted", w.realms[0].guesses)
	}
}

func TestDeletion(t *testing.T) {
	for down, ok := range map[int]bool{0: true, 1: true, 2: false} {
		w := newWorld(t, 3, 2)
		w.register("right")
		for i := range down {
			w.realms[i].down = during(stepDelete)
		}
		d, err := NewDeletion(w.set, w.session(ActionDelete), w.account, w.recovery)
		if err != nil {
			t.Fatal(err)
		}
		if err := Run(d, nil, w.do); ok != (err == nil) || len(d.Faults()) != down {
			t.Errorf("%d down: %v, %v", down, err, d.Faults())
		}
		if _, err := w.recover("right"); ok && !errors.Is(err, ErrTooFewRealms) && !errors.Is(err, ErrNotRegistered) {
			t.Errorf("%d down: recovered after deletion: %v", down, err)
		}
		if len(w.realms[2].states)+len(w.realms[2].logs) > 0 {
			t.Error("a realm keeps something of a deleted registration")
		}
	}
}
