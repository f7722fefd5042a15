package pinvault

import (
	"io"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// Recovery is the flow that opens a secret with a PIN, in three rounds, with
// tokens of ActionRecover: what the realms hold, the guess, the proof.
type Recovery struct {
	exchange
	rand       io.Reader
	pin        StretchedPIN
	statusOnly bool

	statement *Statement
	group     []int // realms that hold this statement and take a guess
	holders   int   // realms that hold it at all
	restored  bool
	left      int

	blind   *voprf.Scalar
	blinded *voprf.Element
	keys    unlocked
	secret  Secret
}

// NewRecovery prepares a recovery. The set must have been checked with VerifyMAC
// if it came from the server.
func NewRecovery(rand io.Reader, set RealmSet, session Session, account AccountID, recovery RecoveryID, pin StretchedPIN) (*Recovery, error) {
	x, err := newExchange(set, session, account, recovery, false)
	if err != nil {
		return nil, err
	}
	c := &Recovery{exchange: x, rand: rand, pin: pin}
	return c, c.start(stepStatus, c.all(), func(int) *body { return &body{step: stepStatus} })
}

// NewStatus prepares only the first round of a recovery: it costs no guess and
// tells GuessesLeft, Degraded and Faults.
func NewStatus(set RealmSet, session Session, account AccountID, recovery RecoveryID) (*Recovery, error) {
	c, err := NewRecovery(nil, set, session, account, recovery, StretchedPIN{})
	if c != nil {
		c.statusOnly = true
	}
	return c, err
}

// Secret is what the PIN guards, once the flow is done.
func (c *Recovery) Secret() Secret { return c.secret }

// GuessesLeft is how many guesses an honest client has left, known after the
// first round and brought up to date by the second.
func (c *Recovery) GuessesLeft() int { return c.left }

// Degraded reports whether fewer than all realms hold the registration, or one
// came back from a backup: the person should register anew while the PIN is at
// hand.
func (c *Recovery) Degraded() bool { return c.restored || c.holders < len(c.set.Realms) }

// Next judges the round and prepares the one after it.
func (c *Recovery) Next() (done bool, err error) {
	switch c.step {
	case stepStatus:
		done, err = c.afterStatus()
	case stepEvaluate:
		done, err = c.afterEvaluate()
	default:
		done, err = c.afterOpen()
	}
	if done || err != nil {
		c.forget()
		return true, err
	}
	return false, nil
}

// forget erases all that could test a PIN.
func (c *Recovery) forget() {
	c.pin.Erase()
	c.keys.unlock.Erase()
	c.keys.seed.Erase()
	c.blind = nil
}

func (c *Recovery) afterStatus() (bool, error) {
	held, most := c.majority()
	t, locked := c.set.Threshold, c.kinds(KindLocked)
	c.holders = len(held)
	if len(held) < t {
		switch gone := locked + c.kinds(KindNotRegistered); {
		case c.tooMany(gone) && locked > 0:
			return true, ErrLocked
		case c.tooMany(gone):
			return true, ErrNotRegistered
		}
		return true, &TooFewError{Need: t, Have: most}
	}
	var lefts []int
	var waits []time.Duration
	for _, i := range held {
		a := c.answers[i]
		lefts = append(lefts, a.left)
		c.restored = c.restored || a.restored
		if a.left > 0 {
			waits = append(waits, a.wait)
		}
		if a.left > 0 && a.wait == 0 {
			c.group = append(c.group, i)
		}
	}
	c.left = reachedBy(lefts, t)
	switch {
	case c.left == 0:
		return true, ErrLocked
	case c.statusOnly:
		return true, nil
	case len(c.group) < t:
		slices.Sort(waits)
		return true, &TooSoonError{Wait: waits[t-1]}
	}
	return false, c.guess()
}

// majority finds the statement that at least a threshold of realms agree on, of
// which there is at most one, and returns who holds it; most is how many agree on
// the most common one.
func (c *Recovery) majority() (held []int, most int) {
	groups := map[string][]int{}
	for _, i := range c.agreed() {
		encoded := c.answers[i].statement
		s, err := ParseStatement(encoded)
		if err != nil || !s.matches(c.set, c.account, c.recovery) {
			c.fault(i, ReasonStatement, 0)
			continue
		}
		groups[string(encoded)] = append(groups[string(encoded)], i)
	}
	for encoded, members := range groups {
		most = max(most, len(members))
		if len(members) >= c.set.Threshold {
			held = members
			c.statement, _ = ParseStatement([]byte(encoded))
		}
	}
	if held != nil {
		for i, a := range c.answers {
			if a.kind == KindOK && !slices.Contains(held, i) && !c.faulty(i) {
				c.fault(i, ReasonOtherRegistration, 0)
			}
		}
	}
	return held, most
}

func (c *Recovery) faulty(realm int) bool {
	return slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Realm == realm })
}

// guess prepares the second round.
func (c *Recovery) guess() error {
	var err error
	if c.blind, err = voprf.RandomScalar(c.rand); err != nil {
		return err
	}
	if c.blinded, err = voprf.VOPRF.Blind(c.pin.input.b[:], c.blind); err != nil {
		return err
	}
	m := &body{step: stepEvaluate, registration: c.statement.Registration, blinded: [32]byte(c.blinded.Bytes())}
	return c.start(stepEvaluate, c.group, func(int) *body { return m })
}

func (c *Recovery) afterEvaluate() (bool, error) {
	var index, lefts []int
	var parts []*voprf.Element
	for _, i := range c.agreed() {
		e, ok := c.checked(i)
		if !ok {
			c.fault(i, ReasonEvaluation, 0)
			continue
		}
		index, parts, lefts = append(index, i+1), append(parts, e), append(lefts, c.answers[i].left)
	}
	t := c.set.Threshold
	if len(index) < t {
		if c.tooMany(c.kinds(KindLocked)) {
			return true, ErrLocked
		}
		return true, &TooFewError{Need: t, Have: len(index), Guessed: true}
	}
	sum, err := voprf.CombineElements(index[:t], parts[:t])
	if err != nil {
		return true, err
	}
	c.keys = unlockedFrom(voprf.VOPRF.Finalize(c.pin.input.b[:], c.blind, sum), c.statement)
	c.left = reachedBy(lefts, t)
	if !c.keys.proves(c.statement) {
		return true, &WrongPINError{GuessesLeft: c.left}
	}
	// Also to realms whose answer was lost or wrong: they counted, too.
	return false, c.start(stepOpen, c.group, func(i int) *body {
		return &body{step: stepOpen, registration: c.statement.Registration, tag: c.keys.tag(c.statement, c.set.Realms[i].Key)}
	})
}

// checked returns a realm's evaluation if its proof holds under the public key
// that the statement gives for it.
func (c *Recovery) checked(i int) (*voprf.Element, bool) {
	a := c.answers[i]
	e, err := voprf.DecodeElement(a.evaluated[:])
	if err != nil {
		return nil, false
	}
	proof, err := voprf.DecodeProof(a.proof[:])
	if err != nil {
		return nil, false
	}
	public, err := voprf.DecodeElement(c.statement.Realms[i].Public[:])
	if err != nil {
		return nil, false
	}
	return e, voprf.VOPRF.Verify(public, []*voprf.Element{c.blinded}, []*voprf.Element{e}, proof)
}

func (c *Recovery) afterOpen() (bool, error) {
	var index []int
	var shares []*voprf.Scalar
	for i := range c.set.Realms {
		a := c.answers[i]
		switch {
		case a == nil, a.kind != KindOK && c.faulty(i): // blamed already
		case a.kind == KindWrongTag:
			c.fault(i, ReasonTag, 0)
		case a.kind != KindOK:
			c.fault(i, ReasonRefused, a.kind)
		default:
			share, err := voprf.DecodeScalar(a.share[:])
			if err != nil || c.keys.shareCommitment(c.statement, i+1, share) != c.statement.Realms[i].Share {
				c.fault(i, ReasonShare, 0)
				continue
			}
			index, shares = append(index, i+1), append(shares, share)
		}
	}
	t := c.set.Threshold
	if len(index) < t {
		return true, &TooFewError{Need: t, Have: len(index), Guessed: true, Proved: true}
	}
	sealing, err := voprf.Combine(index[:t], shares[:t])
	if err != nil {
		return true, err
	}
	c.secret, err = c.keys.open(c.statement, sealing, c.pin)
	c.left = MaxInARow
	return true, err
}

// reachedBy is the largest number that at least t of the values reach, which no
// single realm can raise or lower alone.
func reachedBy(values []int, t int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)-t]
}
