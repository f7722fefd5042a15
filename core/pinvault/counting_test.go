package pinvault

import (
	"errors"
	"testing"
	"time"
)

func TestDelays(t *testing.T) {
	w := newWorld(t, 3, 2)
	for _, r := range w.realms {
		r.delay = func(guess int) time.Duration { return time.Duration(guess) * time.Minute }
	}
	secret := w.register("right")
	for range FreeGuesses {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	tooSoon := func(want time.Duration) {
		t.Helper()
		_, err := w.recover("wrong")
		var soon *TooSoonError
		if !errors.As(err, &soon) || soon.Wait != want {
			t.Fatalf("%v, want a wait of %v", err, want)
		}
	}
	tooSoon(4 * time.Minute)
	w.now = w.now.Add(4*time.Minute - time.Millisecond)
	tooSoon(time.Second) // waits are whole seconds, rounded up
	w.now = w.now.Add(time.Millisecond)
	if w.realms[0].guesses != FreeGuesses {
		t.Errorf("%d guesses counted while waiting", w.realms[0].guesses)
	}
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Fatal(err)
	}
	tooSoon(5 * time.Minute)
	w.now = w.now.Add(5 * time.Minute)
	w.mustRecover("right", secret)
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("after a success: %v", err)
	}
}

// A request that ignores the wait that it was told is not counted either.
func TestDelayHoldsInTheSecondRound(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.realms[0].delay = func(int) time.Duration { return time.Hour }
	w.register("right")
	for range FreeGuesses {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	w.realms[0].twist = onStep(stepStatus, func(out *answer) { out.wait = 0 })
	c, err := w.recover("wrong")
	if !errors.Is(err, ErrTooFewRealms) {
		t.Errorf("guess during the wait: %v", err)
	}
	wantFault(t, c.Faults(), 0, ReasonRefused)
	if c.Faults()[0].Kind != KindTooSoon || w.realms[0].guesses != FreeGuesses {
		t.Errorf("kind %v, %d guesses", c.Faults()[0].Kind, w.realms[0].guesses)
	}
}

func TestClockSetBack(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.realms[0].delay = func(int) time.Duration { return time.Hour }
	w.register("right")
	for range FreeGuesses {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(-1000 * time.Hour)
	w.realms[0].twist = onStep(stepStatus, func(out *answer) { out.wait = 0 })
	if _, err := w.recover("wrong"); !errors.Is(err, ErrTooFewRealms) {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("an hour later: %v", err)
	}
}

func TestGrowingDelay(t *testing.T) {
	last := time.Duration(0)
	for guess := FreeGuesses + 1; guess <= MaxInARow; guess++ {
		d := GrowingDelay(guess)
		if d <= last {
			t.Errorf("delay before guess %d is %v, before the one before %v", guess, d, last)
		}
		last = d
	}
	if GrowingDelay(100) != last || GrowingDelay(0) != GrowingDelay(4) {
		t.Error("delays out of range")
	}
	for guess, want := range map[int]time.Duration{1: 0, 3: 0, 4: time.Minute} {
		if got := delayBefore(guess, GrowingDelay); got != want {
			t.Errorf("delay before guess %d is %v", guess, got)
		}
	}
	if delayBefore(9, func(int) time.Duration { return -1 }) != 0 || delayBefore(9, func(int) time.Duration { return 1 << 62 }) != maxWait {
		t.Error("an operator's delay is not bounded")
	}
}

// An attacker who picks realms gets 15 guesses out of three honest realms, and 20
// with one that does not count (DESIGN: "at most 15 by choosing realms, 20 with
// one dishonest realm").
func TestBoundsForAnAttacker(t *testing.T) {
	for name, c := range map[string]struct {
		dishonest int
		want      int
	}{"choosing realms": {-1, 15}, "one dishonest realm": {2, 20}} {
		w := newWorld(t, 3, 2)
		w.register("right")
		tries := 0
		for try := range 100 {
			// Each try leaves out one honest realm, in turn, and asks two.
			out := try % 3
			if c.dishonest >= 0 {
				out = try % 2
			}
			for i, r := range w.realms {
				r.down = nil
				if i == out {
					r.down = always
				}
			}
			if c.dishonest >= 0 {
				for key, state := range w.realms[c.dishonest].states {
					rec, err := parseRecord(state)
					if err != nil {
						t.Fatal(err)
					}
					rec.inARow, rec.failures, rec.eraseAt = 0, 0, 0
					w.realms[c.dishonest].states[key] = rec.encode()
				}
			}
			if _, err := w.recover("wrong"); errors.Is(err, ErrWrongPIN) {
				tries++
			}
		}
		if tries != c.want {
			t.Errorf("%s: %d guesses, want %d", name, tries, c.want)
		}
	}
}

func TestRestoredRealmLeavesOneGuess(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	for _, r := range w.realms {
		r.generation++
	}
	c := w.mustRecover("right", secret)
	if !c.Degraded() {
		t.Error("the client is not told to register anew")
	}
	for _, r := range w.realms {
		r.generation++
	}
	_, err := w.recover("wrong")
	var wrong *WrongPINError
	if !errors.As(err, &wrong) || wrong.GuessesLeft != 0 {
		t.Errorf("wrong PIN after a restore: %v", err)
	}
	if _, err := w.recover("right"); !errors.Is(err, ErrLocked) {
		t.Errorf("second guess after a restore: %v", err)
	}
}

func TestAfterRestore(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.register("right")
	env := Env{Key: w.realms[0].key, Now: w.now, Generation: 1}
	for _, state := range w.realms[0].states {
		for range 2 { // once more changes nothing
			r, err := AfterRestore(state, env)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := parseRecord(r.State)
			if err != nil || rec.left() != 1 || !rec.restored {
				t.Errorf("%d left, restored %v, %v", rec.left(), rec.restored, err)
			}
			state = r.State
		}
	}
	if r, err := AfterRestore(nil, env); err != nil || r.Changed || r.State != nil {
		t.Errorf("no state: %+v, %v", r, err)
	}
	if _, err := AfterRestore([]byte{1, 2}, env); !errors.Is(err, ErrState) {
		t.Errorf("damaged state: %v", err)
	}
}

func TestExpire(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.register("right")
	for range MaxInARow {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	for _, state := range w.realms[0].states {
		for _, c := range []struct {
			after  time.Duration
			erased bool
		}{{LastGuessGrace - time.Millisecond, false}, {LastGuessGrace, true}} {
			r, err := Expire(state, Env{Key: w.realms[0].key, Now: w.now.Add(c.after)})
			if err != nil {
				t.Fatal(err)
			}
			rec, err := parseRecord(r.State)
			if err != nil || rec.locked != c.erased || r.Erases != c.erased || r.Due.IsZero() != c.erased {
				t.Errorf("after %v: locked %v, erases %v, due %v, %v", c.after, rec.locked, r.Erases, r.Due, err)
			}
		}
	}
}

// The same registration sent again changes nothing; one that was locked does not
// come back; the same id with other content is refused.
func TestRegistrationsAreNotReplayed(t *testing.T) {
	w := newWorld(t, 1, 1)
	g, err := NewRegistration(w.rand, w.set, w.session(ActionRegister), w.account, w.recovery, pin("right"), Secret{})
	if err != nil {
		t.Fatal(err)
	}
	call := g.Calls()[0]
	send := func(request []byte) Kind {
		t.Helper()
		response, err := w.do(0, request)
		if err != nil {
			t.Fatal(err)
		}
		a, err := openResponse(response, w.set.Realms[0].Key, requestHash(request), stepRegister)
		if err != nil {
			t.Fatal(err)
		}
		return a.kind
	}
	if k := send(call.Request); k != KindOK {
		t.Fatal(k)
	}
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Fatal(err)
	}
	if k := send(call.Request); k != KindOK || w.record(0).inARow != 1 {
		t.Errorf("sent again: %v, %d in a row", k, w.record(0).inARow)
	}
	q, err := ParseRequest(call.Request)
	if err != nil {
		t.Fatal(err)
	}
	s := w.session(ActionRegister)
	changed := *q.body
	changed.verifier[0] ^= 1
	other, err := encodeRequest(s.Tokens[0], &changed, s.Client, s.Guard, s.Device)
	if err != nil {
		t.Fatal(err)
	}
	if k := send(other); k != KindMalformed {
		t.Errorf("other content under the same id: %v", k)
	}
	for range MaxInARow - 1 {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(LastGuessGrace)
	fresh := w.session(ActionRegister)
	replay, err := encodeRequest(fresh.Tokens[0], q.body, fresh.Client, fresh.Guard, fresh.Device)
	if err != nil {
		t.Fatal(err)
	}
	if k := send(replay); k != KindLocked || !w.record(0).locked {
		t.Errorf("a locked registration sent again: %v", k)
	}
	w.mustRecover("new", w.register("new"))
}

func TestBadRegistrationsRefused(t *testing.T) {
	for name, change := range map[string]func(w *world, m *body){
		"no statement":   func(_ *world, m *body) { m.statement = nil },
		"other account":  func(_ *world, m *body) { m.statement[1] ^= 1 },
		"other recovery": func(_ *world, m *body) { m.statement[33] ^= 1 },
		"other share":    func(_ *world, m *body) { m.oprfShare = [32]byte{1} },
		"no scalar":      func(_ *world, m *body) { m.oprfShare[31] = 0xff },
		"no sealing key": func(_ *world, m *body) { m.sealShare[31] = 0xff },
		"not this realm": func(w *world, m *body) { w.realms[0].key = w.newKey() },
	} {
		w := newWorld(t, 1, 1)
		s, bodies, err := deal(w.rand, w.set, w.account, w.recovery, pin("right"), Secret{})
		if err != nil {
			t.Fatal(err)
		}
		bodies[0].statement = s.Append(nil)
		change(w, bodies[0])
		a := &Authorized{token: Token{Action: ActionRegister, Account: w.account, Recovery: w.recovery}, body: bodies[0]}
		env := Env{Key: w.realms[0].key, Now: w.now}
		r, err := Apply(nil, a, env)
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.Answer(env, nil)
		if err != nil || ResponseKind(out) != KindMalformed || r.Changed {
			t.Errorf("%s: %v, changed %v, %v", name, ResponseKind(out), r.Changed, err)
		}
	}
}

func TestWrongTags(t *testing.T) {
	w := newWorld(t, 1, 1)
	secret := w.register("right")
	// Nobody can prove a guess that they have not made.
	w.realms[0].down = during(stepOpen)
	if _, err := w.recover("right"); !errors.Is(err, ErrTooFewRealms) {
		t.Fatal(err)
	}
	w.realms[0].down = nil
	s := w.session(ActionRecover)
	rec := w.record(0)
	open := func(s Session, tag [32]byte) *answer {
		t.Helper()
		m := &body{step: stepOpen, registration: rec.registration, tag: tag}
		q, err := encodeRequest(s.Tokens[0], m, s.Client, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := w.do(0, q)
		if err != nil {
			t.Fatal(err)
		}
		a, err := openResponse(response, w.set.Realms[0].Key, requestHash(q), stepOpen)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := open(s, [32]byte{}); a.kind != KindNoAttempt {
		t.Errorf("a tag without a guess: %v", a.kind)
	}
	blinded := &body{step: stepEvaluate, registration: rec.registration, blinded: w.anElement()}
	q, err := encodeRequest(s.Tokens[0], blinded, s.Client, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.do(0, q); err != nil {
		t.Fatal(err)
	}
	if a := open(s, [32]byte{1}); a.kind != KindWrongTag || a.left != MaxInARow-2 || a.share != [32]byte{} {
		t.Errorf("a wrong tag: %v, %d left", a.kind, a.left)
	}
	// One guess, one proof: no second try at the tag.
	if a := open(s, [32]byte{2}); a.kind != KindNoAttempt {
		t.Errorf("a second tag: %v", a.kind)
	}
	w.mustRecover("right", secret)
}

// anElement is any element: here, the realm's own public key share.
func (w *world) anElement() [32]byte {
	s, err := ParseStatement(w.record(0).statement)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Realms[0].Public
}
