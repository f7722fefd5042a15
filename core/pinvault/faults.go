package pinvault

import (
	"errors"
	"fmt"
	"time"
)

// Reason says what went wrong at one realm.
type Reason uint8

// The reasons.
const (
	ReasonNoToken           Reason = iota + 1 // the account's server gave no token for it
	ReasonUnreachable                         // no response
	ReasonResponse                            // what came back is not signed by the realm
	ReasonRefused                             // it refused; see Fault.Kind
	ReasonOtherRegistration                   // it holds another registration than the others
	ReasonStatement                           // its statement is not of this account and realm set
	ReasonEvaluation                          // its evaluation is not under the key that it was given
	ReasonShare                               // its share of the sealing key is not the one that it was given
	ReasonTag                                 // it says that the tag of a right PIN is wrong
	ReasonLog                                 // its guess log does not verify
	ReasonHeads                               // the heads that it showed are not signed, or not of this account
)

var reasonNames = [...]string{"", "no token", "unreachable", "invalid response", "refused", "holds another registration",
	"wrong statement", "wrong evaluation", "wrong share", "denies a right PIN", "wrong guess log", "wrong heads"}

// String names the reason.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Fault is what went wrong at one realm.
type Fault struct {
	Realm  int // place in RealmSet.Realms, from 0
	Reason Reason
	Kind   Kind // with ReasonRefused
}

// Lied reports whether the fault proves, by the realm's own signature, that it
// does not do what it should.
func (f Fault) Lied() bool { return f.Reason >= ReasonStatement }

// String describes the fault without naming the realm.
func (f Fault) String() string {
	if f.Reason == ReasonRefused {
		return "refused: " + f.Kind.String()
	}
	return f.Reason.String()
}

// How flows fail. Match with errors.Is; WrongPINError, TooFewError and
// TooSoonError carry more.
var (
	// ErrWrongPIN says that the PIN is wrong. A guess was counted.
	ErrWrongPIN = errors.New("pinvault: wrong PIN")
	// ErrLocked says that the guesses are used up and the registration is gone.
	ErrLocked = errors.New("pinvault: the guesses are used up")
	// ErrNotRegistered says that too few realms know of the registration.
	ErrNotRegistered = errors.New("pinvault: nothing is registered at the realms")
	// ErrTooFewRealms says that too few realms answered rightly.
	ErrTooFewRealms = errors.New("pinvault: too few realms answered")
	// ErrTooSoon says that realms want a wait before the next guess. None was
	// counted.
	ErrTooSoon = errors.New("pinvault: too soon after wrong guesses")
)

// WrongPINError is ErrWrongPIN, and ErrLocked too where no guess is left.
type WrongPINError struct{ GuessesLeft int }

// Error says how many guesses are left.
func (e *WrongPINError) Error() string {
	return fmt.Sprintf("%v: %d guesses left", ErrWrongPIN, e.GuessesLeft)
}

// Unwrap makes errors.Is work.
func (e *WrongPINError) Unwrap() []error {
	if e.GuessesLeft == 0 {
		return []error{ErrWrongPIN, ErrLocked}
	}
	return []error{ErrWrongPIN}
}

// TooFewError is ErrTooFewRealms.
type TooFewError struct {
	Need, Have int
	Guessed    bool // a guess may have been counted
	Proved     bool // the PIN is right: trying again costs nothing in the end
}

// Error gives the numbers.
func (e *TooFewError) Error() string {
	return fmt.Sprintf("%v: %d, need %d", ErrTooFewRealms, e.Have, e.Need)
}

// Unwrap makes errors.Is work.
func (e *TooFewError) Unwrap() error { return ErrTooFewRealms }

// TooSoonError is ErrTooSoon.
type TooSoonError struct{ Wait time.Duration }

// Error says how long to wait.
func (e *TooSoonError) Error() string { return fmt.Sprintf("%v: wait %v", ErrTooSoon, e.Wait) }

// Unwrap makes errors.Is work.
func (e *TooSoonError) Unwrap() error { return ErrTooSoon }
