package pinvault

import (
	"errors"
	"slices"
	"testing"
)

func (w *world) writeHeads(h Heads) (*WitnessWrite, error) {
	w.t.Helper()
	f, err := NewWitnessWrite(w.set, w.session(ActionWriteWitness), h)
	if err != nil {
		w.t.Fatal(err)
	}
	return f, Run(f, nil, w.do)
}

func (w *world) readHeads() (*WitnessRead, error) {
	w.t.Helper()
	f, err := NewWitnessRead(w.set, w.session(ActionReadWitness), w.account)
	if err != nil {
		w.t.Fatal(err)
	}
	return f, Run(f, nil, w.do)
}

func TestHeadsAreNeverLowered(t *testing.T) {
	w := newWorld(t, 3, 2)
	if r, err := w.readHeads(); err != nil || r.Answered() != 3 || len(r.Found()) != 0 {
		t.Errorf("nothing written yet: %v, %d answered, %d found", err, r.Answered(), len(r.Found()))
	}
	base := Heads{Account: w.account, ChainSeq: 5, ChainHash: [32]byte{5}, LogSeq: 7, LogLink: [32]byte{7}, Time: 1000}
	if _, err := w.writeHeads(base); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(h *Heads)
		ok     bool
	}{
		"the same":                     {func(h *Heads) {}, true},
		"earlier time":                 {func(h *Heads) { h.Time-- }, true},
		"chain lower":                  {func(h *Heads) { h.ChainSeq-- }, false},
		"chain lower, log higher":      {func(h *Heads) { h.ChainSeq--; h.LogSeq += 10 }, false},
		"log lower, chain higher":      {func(h *Heads) { h.LogSeq--; h.ChainSeq++ }, false},
		"another chain of that length": {func(h *Heads) { h.ChainHash[0] ^= 1 }, false},
		"another log of that length":   {func(h *Heads) { h.LogLink[0] ^= 1 }, false},
	} {
		h := base
		c.change(&h)
		f, err := w.writeHeads(h)
		if c.ok != (err == nil) || !c.ok && (len(f.Newer()) != 3 || f.Newer()[0].Heads != base) {
			t.Errorf("%s: %v, newer %v", name, err, f.Newer())
		}
		r, err := w.readHeads()
		if err != nil || len(r.Found()) != 3 || r.Found()[2].Heads.Heads != base {
			t.Errorf("%s: afterwards %v, %v", name, r.Found(), err)
		}
	}
	for _, change := range []func(h *Heads){
		func(h *Heads) { h.Time++ },
		func(h *Heads) { h.ChainSeq++; h.ChainHash[1] ^= 1 },
		func(h *Heads) { h.LogSeq += 2; h.LogLink[1] ^= 1 },
	} {
		change(&base)
		if _, err := w.writeHeads(base); err != nil {
			t.Fatal(err)
		}
		if r, err := w.readHeads(); err != nil || r.Found()[0].Heads.Heads != base {
			t.Errorf("newer heads were not kept: %v", err)
		}
	}
}

func TestHeadsReachAQuorum(t *testing.T) {
	h := Heads{ChainSeq: 1, Time: 1}
	for down, ok := range map[int]bool{1: true, 2: false, 3: false} {
		w := newWorld(t, 3, 2)
		h.Account = w.account
		for i := range down {
			w.realms[i].down = always
		}
		if _, err := w.writeHeads(h); ok != (err == nil) || !ok && !errors.Is(err, ErrTooFewRealms) {
			t.Errorf("%d of 3 down: write %v", down, err)
		}
		r, err := w.readHeads()
		if (down < 3) != (err == nil) || r.Answered() != 3-down {
			t.Errorf("%d of 3 down: read %v", down, err)
		}
	}
}

func TestFalseHeads(t *testing.T) {
	w := newWorld(t, 3, 2)
	if _, err := w.writeHeads(Heads{Account: w.account, ChainSeq: 4}); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(h *SignedHeads){
		"altered":         func(h *SignedHeads) { h.ChainSeq++ },
		"other account's": func(h *SignedHeads) { h.Account[0] ^= 1 },
		"other device's":  func(h *SignedHeads) { h.Device = publicOf(w.newKey()) },
		"unsigned":        func(h *SignedHeads) { h.Signature = [64]byte{} },
	} {
		w.realms[1].twist = onStep(stepReadWitness, func(out *answer) {
			h := *out.heads
			change(&h)
			out.heads = &h
		})
		r, err := w.readHeads()
		if err != nil || len(r.Found()) != 2 {
			t.Errorf("%s: %v, %d found", name, err, len(r.Found()))
		}
		wantFault(t, r.Faults(), 1, ReasonHeads)
	}
	// A realm does not take what the token's device has not signed.
	w.realms[1].twist = nil
	for name, change := range map[string]func(m *body){
		"other account": func(m *body) { m.heads.Account[0] ^= 1 },
		"other device": func(m *body) {
			m.heads, _ = SignHeads(m.heads.Heads, NewDeviceSigner(w.guard), NewDeviceSigner(w.newKey()))
		},
		"other guard": func(m *body) { m.heads.Guard = publicOf(w.newKey()) },
		"no guard":    func(m *body) { m.heads.GuardSignature = [64]byte{} },
		"altered":     func(m *body) { m.heads.ChainSeq++ },
	} {
		s := w.session(ActionWriteWitness)
		signed, err := SignHeads(Heads{Account: w.account, ChainSeq: 9}, *s.Guard, *s.Device)
		if err != nil {
			t.Fatal(err)
		}
		m := &body{step: stepWriteWitness, heads: signed}
		change(m)
		a := &Authorized{token: Token{Action: ActionWriteWitness, Account: w.account, Device: publicOf(w.device)}, body: m}
		r, err := Apply(nil, a, Env{Now: w.now})
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.Answer(Env{}, nil)
		if err != nil || ResponseKind(out) != KindMalformed || r.Changed {
			t.Errorf("%s: %v, %v", name, ResponseKind(out), err)
		}
	}
	a := &Authorized{token: Token{Action: ActionReadWitness}, body: &body{step: stepReadWitness}}
	if _, err := Apply([]byte{1}, a, Env{}); !errors.Is(err, ErrState) {
		t.Errorf("damaged heads: %v", err)
	}
}

func (w *world) readLog() (*LogRead, error) {
	w.t.Helper()
	f, err := NewLogRead(w.set, w.session(ActionReadLog), w.account, w.recovery)
	if err != nil {
		w.t.Fatal(err)
	}
	return f, Run(f, nil, w.do)
}

func TestGuessLog(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
		t.Fatal(err)
	}
	w.mustRecover("right", secret)
	for range MaxInARow {
		if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(LastGuessGrace)
	if _, err := w.recover("right"); !errors.Is(err, ErrLocked) {
		t.Fatal(err)
	}
	l, err := w.readLog()
	if err != nil || len(l.Logs()) != 3 {
		t.Fatal(err, l.Logs())
	}
	want := []Event{EventRegistered, EventGuess, EventGuess, EventOpened}
	for range MaxInARow {
		want = append(want, EventGuess)
	}
	for _, log := range l.Logs() {
		var got []Event
		for _, e := range log.Entries {
			got = append(got, e.Event)
		}
		// The lock is written by the first request after the grace.
		if !slices.Equal(got, append(want, EventLocked)) {
			t.Errorf("realm %d: %v", log.Realm, got)
		}
		if last := log.Entries[len(want)-1]; last.InARow != MaxInARow || last.Failures != MaxInARow+1 {
			t.Errorf("last guess: %+v", last)
		}
	}
}

func TestLongGuessLog(t *testing.T) {
	w := newWorld(t, 1, 1)
	secret := w.register("right")
	for range LogPage/2 + 3 {
		w.mustRecover("right", secret)
	}
	l, err := w.readLog()
	if err != nil || len(l.Logs()) != 1 || len(l.Logs()[0].Entries) != 1+2*(LogPage/2+3) {
		t.Errorf("%v, %d logs", err, len(l.Logs()))
	}
}

func TestFalseGuessLogs(t *testing.T) {
	w := newWorld(t, 3, 2)
	w.mustRecover("right", w.register("right"))
	foreign := LogEntry{Seq: 1, Account: AccountID{1}, Event: EventGuess}.sign(w.realms[0].key)
	for name, change := range map[string]func(log [][]byte) [][]byte{
		"an entry missing": func(log [][]byte) [][]byte { return append(log[:1:1], log[2:]...) },
		"order":            func(log [][]byte) [][]byte { return [][]byte{log[1], log[0]} },
		"altered":          func(log [][]byte) [][]byte { log[1][70] ^= 1; return log },
		"other account":    func(log [][]byte) [][]byte { return [][]byte{foreign} },
		"signed by another": func(log [][]byte) [][]byte {
			return [][]byte{LogEntry{Seq: 1, Account: w.account, Recovery: w.recovery}.sign(w.server)}
		},
	} {
		w.realms[0].twist = onStep(stepReadLog, func(out *answer) {
			var copied [][]byte
			for _, e := range out.log {
				copied = append(copied, slices.Clone(e))
			}
			out.log = change(copied)
		})
		l, err := w.readLog()
		if err != nil || len(l.Logs()) != 2 {
			t.Errorf("%s: %v, %d logs", name, err, len(l.Logs()))
		}
		wantFault(t, l.Faults(), 0, ReasonLog)
	}
	if _, err := ParseLogEntry(nil, PublicKey{}); !errors.Is(err, ErrLog) {
		t.Errorf("no entry: %v", err)
	}
}
