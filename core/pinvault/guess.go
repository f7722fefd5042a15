package pinvault

import (
	"crypto/hmac"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// evaluate counts a guess and, when that is durable, answers it. The same client
// asking again for the same element gets the same answer at no cost: an answer
// lost on the way costs nothing, and nothing new is learned.
func (t *transition) evaluate(m *body) {
	c := t.record
	a := attempt{client: short(t.token.Client), blinded: short(m.blinded)}
	if !slices.ContainsFunc(c.attempts, func(b attempt) bool { return b.client == a.client && b.blinded == a.blinded }) {
		if c.left() == 0 {
			t.refuse(KindLocked)
			return
		}
		if wait, reset := c.wait(t.env.Now, t.env.Delay); wait > 0 {
			if reset {
				c.notBefore, t.changed = t.env.Now.Add(wait).UnixMilli(), true
			}
			t.reply(answer{kind: KindTooSoon, left: c.left(), wait: wait})
			return
		}
		t.count(a)
	}
	oprfShare, left := c.oprfShare, c.left()
	t.answer = func(env Env, _ [][]byte) (*answer, error) { return evaluated(env, oprfShare, m.blinded, left) }
}

func (t *transition) count(a attempt) {
	c := t.record
	c.inARow++
	c.failures++
	if len(c.attempts) == maxAttempts {
		c.attempts = c.attempts[1:]
	}
	c.attempts = append(c.attempts, a)
	c.notBefore = t.env.Now.Add(delayBefore(c.inARow+1, t.env.Delay)).UnixMilli()
	if c.left() == 0 {
		c.eraseAt = t.env.Now.Add(LastGuessGrace).UnixMilli()
	}
	t.note(EventGuess)
}

// evaluated applies the share of the OPRF key and proves it.
func evaluated(env Env, oprfShare, blinded [32]byte, left int) (*answer, error) {
	k, err := voprf.DecodeScalar(oprfShare[:])
	if err != nil {
		return nil, errKeys
	}
	b, err := voprf.DecodeElement(blinded[:])
	if err != nil {
		return nil, errKeys
	}
	nonce, err := voprf.RandomScalar(env.Rand)
	if err != nil {
		return nil, err
	}
	e := voprf.Evaluate(k, b)
	proof := voprf.VOPRF.Prove(k, voprf.PublicKey(k), []*voprf.Element{b}, []*voprf.Element{e}, nonce)
	return &answer{left: left, evaluated: [32]byte(e.Bytes()), proof: [64]byte(proof.Encode(nil))}, nil
}

// open gives the share of the sealing key against the tag that proves the PIN.
// Each guess can be proved by the client that made it, once or repeatedly; a
// wrong tag ends that guess.
func (t *transition) open(m *body) {
	c, client := t.record, short(t.token.Client)
	i := slices.IndexFunc(c.attempts, func(a attempt) bool { return a.client == client && a.outcome != failed })
	if i < 0 {
		t.refuse(KindNoAttempt)
		return
	}
	if v := tagVerifier(m.tag); !hmac.Equal(v[:], c.verifier[:]) {
		if c.attempts[i].outcome == pending {
			c.attempts[i].outcome = failed
			t.note(EventWrongTag)
		}
		left := c.left()
		if left == 0 && c.eraseAt != 0 && !slices.ContainsFunc(c.attempts, func(a attempt) bool { return a.outcome == pending }) {
			t.lock()
		}
		t.reply(answer{kind: KindWrongTag, left: left})
		return
	}
	if c.attempts[i].outcome == pending {
		c.attempts[i].outcome = proven
		c.inARow, c.notBefore, c.eraseAt = 0, 0, 0
		c.failures = max(0, c.failures-1)
		t.note(EventOpened)
	}
	t.reply(answer{share: c.sealShare})
}

// short is enough to tell a handful of values apart that their maker has no use
// in making collide.
func short(b [32]byte) [16]byte {
	h := digest(labelAttempt, b[:])
	return [16]byte(h[:16])
}

// GrowingDelay is a delay for a realm that stands alone: a minute before
// the fourth guess in a row, then 5, 15 and 60 minutes, then 4, 12 and 24 hours.
func GrowingDelay(guess int) time.Duration {
	steps := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	return steps[min(max(guess-FreeGuesses-1, 0), len(steps)-1)]
}
