package pinvault

import (
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// lies are the ways in which one of three realms misbehaves while the PIN must
// still work.
var lies = map[string]struct {
	reason Reason
	lied   bool
	twist  func(a *Authorized, out *answer) *answer
}{
	"refuses":           {ReasonRefused, false, func(*Authorized, *answer) *answer { return &answer{kind: KindInternal} }},
	"denies":            {ReasonRefused, false, func(*Authorized, *answer) *answer { return &answer{kind: KindNotRegistered} }},
	"says it is locked": {ReasonRefused, false, func(*Authorized, *answer) *answer { return &answer{kind: KindLocked} }},
	"alters a key in the statement": {ReasonStatement, true, onStep(stepStatus, func(out *answer) {
		s, _ := ParseStatement(out.statement)
		s.Realms[0].Public = [32]byte(voprf.PublicKey(scalarOf(5)).Bytes())
		out.statement = s.Append(nil)
	})},
	"alters the sealed secret": {ReasonOtherRegistration, false, onStep(stepStatus, func(out *answer) {
		s, _ := ParseStatement(out.statement)
		s.Sealed[0] ^= 1
		out.statement = s.Append(nil)
	})},
	"names another account": {ReasonStatement, true, onStep(stepStatus, func(out *answer) {
		s, _ := ParseStatement(out.statement)
		s.Account[0] ^= 1
		out.statement = s.Append(nil)
	})},
	"sends no statement": {ReasonStatement, true, onStep(stepStatus, func(out *answer) { out.statement = nil })},
	"evaluates with another key": {ReasonEvaluation, true, onStep(stepEvaluate, func(out *answer) {
		out.evaluated = [32]byte(voprf.PublicKey(scalarOf(5)).Bytes())
	})},
	"sends no element":   {ReasonEvaluation, true, onStep(stepEvaluate, func(out *answer) { out.evaluated = [32]byte{} })},
	"sends no proof":     {ReasonEvaluation, true, onStep(stepEvaluate, func(out *answer) { out.proof = [64]byte{} })},
	"sends a bad scalar": {ReasonEvaluation, true, onStep(stepEvaluate, func(out *answer) { out.proof[63] = 0xff })},
	"gives another share": {ReasonShare, true, onStep(stepOpen, func(out *answer) {
		out.share = [32]byte(scalarOf(5).Bytes())
	})},
	"gives no scalar":    {ReasonShare, true, onStep(stepOpen, func(out *answer) { out.share[31] = 0xff })},
	"denies a right tag": {ReasonTag, true, onStep(stepOpen, func(out *answer) { out.kind = KindWrongTag })},
}

func onStep(s step, change func(*answer)) func(*Authorized, *answer) *answer {
	return func(a *Authorized, out *answer) *answer {
		if a.body.step == s {
			changed := *out
			change(&changed)
			return &changed
		}
		return out
	}
}

func scalarOf(n byte) *voprf.Scalar {
	s, err := voprf.DecodeScalar(append([]byte{n}, make([]byte, 31)...))
	if err != nil {
		panic(err)
	}
	return s
}

func TestOneLiar(t *testing.T) {
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			for liar := range 3 {
				w := newWorld(t, 3, 2)
				secret := w.register("right")
				w.realms[liar].twist = lie.twist
				c := w.mustRecover("right", secret)
				wantFault(t, c.Faults(), liar, lie.reason)
				if c.Faults()[0].Lied() != lie.lied {
					t.Errorf("lied = %v for %v", c.Faults()[0].Lied(), c.Faults()[0])
				}
				// A wrong PIN is still told from a lie.
				if _, err := w.recover("wrong"); !errors.Is(err, ErrWrongPIN) {
					t.Errorf("wrong PIN: %v", err)
				}
			}
		})
	}
}

func TestTwoLiarsNeverGiveAWrongSecret(t *testing.T) {
	for name, lie := range lies {
		w := newWorld(t, 3, 2)
		w.register("right")
		w.realms[0].twist, w.realms[1].twist = lie.twist, lie.twist
		// Two that make up one and the same statement are a threshold: all that can
		// be said then is that the PIN does not open it.
		_, err := w.recover("right")
		if err == nil || errors.Is(err, ErrWrongPIN) != (name == "alters the sealed secret") {
			t.Errorf("%s, twice: %v", name, err)
		}
	}
}

func TestGuessesLeftAreNotOneRealmsWord(t *testing.T) {
	for _, claim := range []int{0, 3, 200} {
		w := newWorld(t, 3, 2)
		w.register("right")
		w.realms[1].twist = func(a *Authorized, out *answer) *answer {
			changed := *out
			changed.left = claim
			return &changed
		}
		_, err := w.recover("wrong")
		var wrong *WrongPINError
		if !errors.As(err, &wrong) || wrong.GuessesLeft != MaxInARow-1 {
			t.Errorf("one realm claims %d: %v", claim, err)
		}
	}
}

// A tag must not reach a realm that is not of the agreed registration.
func TestNoTagBeforeAgreement(t *testing.T) {
	w := newWorld(t, 3, 2)
	w.register("right")
	alone := false
	for i := range w.realms {
		w.realms[i].twist = func(a *Authorized, out *answer) *answer {
			alone = alone || a.body.step != stepStatus
			s, err := ParseStatement(out.statement)
			if err != nil {
				t.Fatal(err)
			}
			s.Sealed[i] ^= 1
			return &answer{left: 10, statement: s.Append(nil)}
		}
	}
	if _, err := w.recover("right"); !errors.Is(err, ErrTooFewRealms) {
		t.Errorf("three realms disagree: %v", err)
	}
	if alone {
		t.Error("a round followed without agreement")
	}
}

func TestForeignResponses(t *testing.T) {
	w := newWorld(t, 3, 2)
	secret := w.register("right")
	var first []byte
	for name, bend := range map[string]func(i int, request, response []byte) []byte{
		"another realm's": func(_ int, request, _ []byte) []byte { r, _ := w.do(1, request); return r },
		"to another request": func(_ int, _, response []byte) []byte {
			if first == nil {
				first = response
				return nil
			}
			return first
		},
		"empty":     func(int, []byte, []byte) []byte { return nil },
		"truncated": func(_ int, _, response []byte) []byte { return response[:len(response)-1] },
		"flipped":   func(_ int, _, response []byte) []byte { response[3] ^= 1; return response },
		"oversized": func(_ int, _, response []byte) []byte { return make([]byte, MaxMessage+1) },
		"longer":    func(_ int, _, response []byte) []byte { return append(response, 0) },
	} {
		c, err := NewRecovery(w.rand, w.set, w.session(ActionRecover), w.account, w.recovery, pin("right"))
		if err != nil {
			t.Fatal(err)
		}
		err = Run(c, nil, func(i int, request []byte) ([]byte, error) {
			response, err := w.do(i, request)
			if i == 0 && err == nil {
				return bend(i, request, response), nil
			}
			return response, err
		})
		if err != nil || !c.Secret().Equal(secret) {
			t.Fatalf("%s: %v", name, err)
		}
		wantFault(t, c.Faults(), 0, ReasonResponse)
	}
}
