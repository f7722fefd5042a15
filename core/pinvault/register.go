package pinvault

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// register puts a registration in the place of what was there. Sending the same
// again changes nothing, not even the count of guesses; an erased registration
// does not come back.
func (t *transition) register(m *body) {
	c := t.record
	s, err := ParseStatement(m.statement)
	if err != nil || !t.fits(s, m) {
		t.refuse(KindMalformed)
		return
	}
	if c != nil && c.registration == s.Registration {
		switch {
		case c.locked:
			t.refuse(KindLocked)
		case bytes.Equal(c.statement, m.statement) && c.oprfShare == m.oprfShare &&
			c.sealShare == m.sealShare && c.verifier == m.verifier:
			t.refuse(KindOK)
		default:
			t.refuse(KindMalformed)
		}
		return
	}
	next := &record{
		registration: s.Registration,
		guard:        t.guard,
		statement:    m.statement,
		oprfShare:    m.oprfShare,
		sealShare:    m.sealShare,
		verifier:     m.verifier,
	}
	if c != nil {
		next.logSeq, next.logHead = c.logSeq, c.logHead
		t.erases = !c.locked
	}
	t.record = next
	t.note(EventRegistered)
	t.refuse(KindOK)
}

// fits reports whether the statement is of the token's account and recovery id
// and the shares are this realm's.
func (t *transition) fits(s *Statement, m *body) bool {
	i := s.index(publicOf(t.env.Key))
	if i == 0 || s.Account != t.token.Account || s.Recovery != t.token.Recovery {
		return false
	}
	k, err := voprf.DecodeScalar(m.oprfShare[:])
	if err != nil {
		return false
	}
	if _, err := voprf.DecodeScalar(m.sealShare[:]); err != nil {
		return false
	}
	return bytes.Equal(voprf.PublicKey(k).Bytes(), s.Realms[i-1].Public[:])
}
