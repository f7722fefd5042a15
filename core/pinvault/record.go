package pinvault

import (
	"errors"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Limits of guessing (spec/pin.md, "Counting").
const (
	MaxInARow   = 10 // guesses without a proven success between them
	MaxFailures = 50 // unproven guesses in a registration's life
	FreeGuesses = 3  // guesses in a row before delays begin
)

// LastGuessGrace is how long the last guess may still be proved before the
// registration is erased.
const LastGuessGrace = 2 * time.Minute

// maxAttempts is how many clients' guesses a record remembers.
const maxAttempts = 16

// ErrState says that stored state cannot be read: it is damaged or of a later
// version.
var ErrState = errors.New("pinvault: stored state cannot be read")

// record is what a realm keeps of one registration. When locked, everything from
// statement on is gone.
type record struct {
	generation   uint64 // of the store at the last write; see AfterRestore
	registration RegistrationID
	guard        PublicKey // who may replace or erase it
	inARow       int
	failures     int
	restored     bool
	notBefore    int64 // milliseconds: no guess is taken earlier
	eraseAt      int64 // milliseconds: 0, or when the last guess's grace ends
	logSeq       uint64
	logHead      [32]byte
	attempts     []attempt
	locked       bool

	statement []byte
	oprfShare [32]byte
	sealShare [32]byte
	verifier  [32]byte
}

// attempt is one counted guess of one client, so that asking twice counts once
// and only who guessed can prove.
type attempt struct {
	client  [16]byte
	blinded [16]byte
	outcome uint8
}

const (
	pending uint8 = 0
	proven  uint8 = 1
	failed  uint8 = 2
)

func (c *record) encode() []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = syntax.AppendUint64(b, c.generation)
	b = append(b, c.registration[:]...)
	b = append(b, c.guard[:]...)
	b = append(b, uint8(c.inARow), uint8(c.failures))
	b = syntax.AppendBool(b, c.restored)
	b = syntax.AppendUint64(b, uint64(c.notBefore))
	b = syntax.AppendUint64(b, uint64(c.eraseAt))
	b = syntax.AppendUint64(b, c.logSeq)
	b = append(b, c.logHead[:]...)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, a := range c.attempts {
			b = append(append(append(b, a.client[:]...), a.blinded[:]...), a.outcome)
		}
		return b
	})
	b = syntax.AppendBool(b, c.locked)
	if c.locked {
		return b
	}
	b = syntax.AppendOpaque(b, c.statement)
	b = append(b, c.oprfShare[:]...)
	b = append(b, c.sealShare[:]...)
	return append(b, c.verifier[:]...)
}

// parseRecord reads a record; nil bytes are no record.
func parseRecord(data []byte) (*record, error) {
	if data == nil {
		return nil, nil
	}
	c := new(record)
	r := syntax.NewReader(data)
	readVersion(r)
	c.generation = r.Uint64()
	r.Copy(c.registration[:])
	r.Copy(c.guard[:])
	c.inARow, c.failures = int(r.Uint8()), int(r.Uint8())
	c.restored = r.Bool()
	c.notBefore, c.eraseAt = int64(r.Uint64()), int64(r.Uint64())
	c.logSeq = r.Uint64()
	r.Copy(c.logHead[:])
	v := r.Vector()
	for v.More() {
		var a attempt
		v.Copy(a.client[:])
		v.Copy(a.blinded[:])
		a.outcome = v.Uint8()
		if a.outcome > failed || len(c.attempts) == maxAttempts {
			v.Fail(ErrFormat)
			break
		}
		c.attempts = append(c.attempts, a)
	}
	r.Close(v)
	c.locked = r.Bool()
	if !c.locked && r.Err() == nil {
		c.statement = r.Opaque()
		r.Copy(c.oprfShare[:])
		r.Copy(c.sealShare[:])
		r.Copy(c.verifier[:])
	}
	if r.Done() != nil {
		return nil, ErrState
	}
	return c, nil
}

func (c *record) left() int {
	if c.locked {
		return 0
	}
	return max(0, min(MaxInARow-c.inARow, MaxFailures-c.failures))
}

// lock erases all that is secret.
func (c *record) lock() {
	c.locked, c.eraseAt, c.notBefore, c.attempts = true, 0, 0, nil
	c.statement, c.oprfShare, c.sealShare, c.verifier = nil, [32]byte{}, [32]byte{}, [32]byte{}
}

// wait returns how long it is until a guess is taken. If that is longer than the
// delay itself, the clock was set back, and the wait begins anew.
func (c *record) wait(now time.Time, delay func(guess int) time.Duration) (left time.Duration, reset bool) {
	left = max(time.Duration(c.notBefore-now.UnixMilli())*time.Millisecond, 0)
	if d := delayBefore(c.inARow+1, delay); left > d {
		return d, true
	}
	return left, false
}

// delayBefore is the delay before the guess of this number in a row.
func delayBefore(guess int, delay func(int) time.Duration) time.Duration {
	if delay == nil || guess <= FreeGuesses {
		return 0
	}
	return min(max(delay(guess), 0), maxWait)
}
