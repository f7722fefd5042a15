package pinvault

import (
	"crypto/ed25519"
	"errors"
	"io"
	"time"
)

// Env is what a realm brings to a transition.
type Env struct {
	Key  ed25519.PrivateKey // the realm's
	Now  time.Time
	Rand io.Reader // for proofs
	// Delay is how long after the guess before it the guess of this number in a
	// row is taken; asked for the fourth on. Nil is no delay.
	Delay func(guess int) time.Duration
	// Generation counts how often the store came back from a backup; see
	// AfterRestore.
	Generation uint64
}

// Result is what Apply asks for, in this order: where Changed, make State and
// Log durable together, under the condition that the state that was given to
// Apply is still the newest; then send the body that Answer makes.
type Result struct {
	Changed bool
	State   []byte    // the new state; nil: none is left, and its log goes too
	Log     [][]byte  // entries to append to the log of the key
	LogSeq  uint64    // the sequence number of the last of Log
	Due     time.Time // when Expire must be called; zero: never
	Erases  bool      // secrets of the old state are to be gone from the medium

	// WantLog says that entries LogFrom to LogFrom+LogPage-1 of the key's log are
	// to be given to Answer, with one more if there is one.
	WantLog bool
	LogFrom uint64

	step   step
	answer func(env Env, log [][]byte) (*answer, error)
}

// Answer makes the response's body. It is here, and not in Apply, that a guess
// is evaluated: call it only when State is durable.
func (r *Result) Answer(env Env, log [][]byte) ([]byte, error) {
	a, err := r.answer(env, log)
	if err != nil {
		return nil, err
	}
	return a.encode(r.step), nil
}

// Apply is what a realm does with one request: from the state stored under a.Key
// (nil where there is none) to a new state and an answer. It changes nothing
// itself. An error means that state is damaged; every refusal is an answer.
func Apply(state []byte, a *Authorized, env Env) (*Result, error) {
	switch a.token.Action {
	case ActionWriteWitness, ActionReadWitness:
		return applyWitness(state, a)
	}
	c, err := parseRecord(state)
	if err != nil {
		return nil, err
	}
	t := &transition{env: env, token: a.token, guard: a.guard, record: c}
	if c != nil {
		t.afterRestore()
		t.expire()
	}
	t.run(a.body)
	return t.result(a.body.step), nil
}

// Expire is the transition of time alone: it erases a registration whose last
// guess was not proved. Call it when Result.Due has come.
func Expire(state []byte, env Env) (*Result, error) {
	c, err := parseRecord(state)
	if err != nil {
		return nil, err
	}
	t := &transition{env: env, record: c}
	if c != nil {
		if s, err := ParseStatement(c.statement); err == nil {
			t.token.Account, t.token.Recovery = s.Account, s.Recovery
		} else if !c.locked {
			return nil, ErrState
		}
		t.afterRestore()
		t.expire()
	}
	t.refuse(KindOK)
	return t.result(0), nil
}

// AfterRestore is what becomes of a registration's state once its store came
// back from a backup: one guess is left. Apply does it by itself to states
// written under an older Env.Generation.
func AfterRestore(state []byte, env Env) (*Result, error) { return Expire(state, env) }

// transition is one run of Apply over a registration's record.
type transition struct {
	env     Env
	token   Token
	guard   PublicKey
	record  *record // nil: none
	changed bool
	erases  bool
	log     [][]byte
	want    *uint64 // log entries wanted from here
	answer  func(env Env, log [][]byte) (*answer, error)
}

func (t *transition) result(s step) *Result {
	r := &Result{Changed: t.changed, Log: t.log, Erases: t.erases, step: s, answer: t.answer}
	if t.want != nil {
		r.WantLog, r.LogFrom = true, *t.want
	}
	if c := t.record; c != nil {
		if t.changed {
			c.generation = t.env.Generation
		}
		r.State, r.LogSeq = c.encode(), c.logSeq
		if c.eraseAt != 0 {
			r.Due = time.UnixMilli(c.eraseAt)
		}
	}
	return r
}

func (t *transition) reply(a answer) {
	t.answer = func(Env, [][]byte) (*answer, error) { return &a, nil }
}

func (t *transition) refuse(k Kind) {
	left := 0
	if t.record != nil {
		left = t.record.left()
	}
	t.reply(answer{kind: k, left: left})
}

// note appends to the guess log.
func (t *transition) note(e Event) {
	c := t.record
	c.logSeq++
	entry := LogEntry{
		Seq: c.logSeq, Time: t.env.Now.UnixMilli(), Account: t.token.Account, Recovery: t.token.Recovery,
		Event: e, InARow: c.inARow, Failures: c.failures, Prev: c.logHead,
	}.sign(t.env.Key)
	c.logHead = logHash(entry)
	t.log = append(t.log, entry)
	t.changed = true
}

// afterRestore leaves one guess if the store came back from a backup since the
// record was written.
func (t *transition) afterRestore() {
	c := t.record
	if c.locked || c.generation >= t.env.Generation {
		return
	}
	c.inARow = max(c.inARow, MaxInARow-1)
	c.restored, c.attempts = true, nil
	t.note(EventRestored)
	if c.left() == 0 {
		t.lock()
	}
}

// expire erases the registration when the last guess's grace is over.
func (t *transition) expire() {
	if c := t.record; c.eraseAt != 0 && t.env.Now.UnixMilli() >= c.eraseAt {
		t.lock()
	}
}

func (t *transition) lock() {
	t.record.lock()
	t.erases = true
	t.note(EventLocked)
}

func (t *transition) run(m *body) {
	switch m.step {
	case stepRegister, stepDelete:
		if t.record != nil && t.record.guard != t.guard {
			t.refuse(KindGuard)
			return
		}
	}
	switch m.step {
	case stepRegister:
		t.register(m)
		return
	case stepDelete:
		t.changed, t.erases = t.record != nil, t.record != nil
		t.record, t.log = nil, nil
		t.refuse(KindOK)
		return
	}
	c := t.record
	switch {
	case c == nil:
		t.refuse(KindNotRegistered)
	case m.step == stepReadLog:
		t.readLog(m.logFrom)
	case c.locked:
		t.refuse(KindLocked)
	case m.step == stepStatus:
		t.status()
	case c.registration != m.registration:
		t.refuse(KindOtherRegistration)
	case m.step == stepEvaluate:
		t.evaluate(m)
	default:
		t.open(m)
	}
}

func (t *transition) status() {
	c := t.record
	wait, _ := c.wait(t.env.Now, t.env.Delay)
	t.reply(answer{left: c.left(), wait: wait, restored: c.restored, statement: c.statement})
}

func (t *transition) readLog(from uint64) {
	t.want = &from
	t.answer = func(_ Env, log [][]byte) (*answer, error) {
		for _, e := range log {
			if len(e) != LogEntrySize {
				return nil, ErrState
			}
		}
		n := min(len(log), LogPage)
		return &answer{log: log[:n], more: len(log) > n}, nil
	}
}

var errKeys = errors.New("pinvault: a stored share is damaged")
