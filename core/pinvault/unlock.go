package pinvault

import (
	"crypto/hmac"
	"errors"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// errSealed says that the sealed secret did not open under a proven key, which
// can happen only if whoever registered it made it so.
var errSealed = errors.New("pinvault: the sealed secret does not open")

// unlocked holds the keys that the oblivious function's output gives, bound to
// one registration.
type unlocked struct {
	unlock hidden // proves the PIN: MAC, tags, commitments
	seed   hidden // a part of the sealing key
}

// unlockedFrom derives the keys from the 64 bytes of output.
func unlockedFrom(output []byte, s *Statement) unlocked {
	return unlocked{
		unlock: hidden{b: [32]byte(derive(output, labelUnlock, s.context(), 32))},
		seed:   hidden{b: [32]byte(derive(output, labelOPRFSeal, s.context(), 32))},
	}
}

// statementMAC is over the whole statement, so that even a threshold of realms
// cannot alter it without the PIN.
func (u unlocked) statementMAC(s *Statement) [32]byte {
	return mac(u.unlock.b[:], labelUnlockMAC, s.core())
}

// proves reports whether the output was that of the right PIN.
func (u unlocked) proves(s *Statement) bool {
	want := u.statementMAC(s)
	return hmac.Equal(want[:], s.MAC[:])
}

// tag proves the PIN to one realm, and is of no use at another.
func (u unlocked) tag(s *Statement, realm PublicKey) [32]byte {
	return mac(u.unlock.b[:], labelTag, append(s.context(), realm[:]...))
}

// shareCommitment lets the client tell a right share of the sealing key from a
// wrong one. It is a MAC and not a group element: the sealing key stays hidden
// from fewer than a threshold of realms even if discrete logarithms fall.
func (u unlocked) shareCommitment(s *Statement, index int, share *voprf.Scalar) [32]byte {
	b := append(s.context(), byte(index))
	return mac(u.unlock.b[:], labelShare, append(b, share.Bytes()...))
}

func (u unlocked) sealKey(s *Statement, sealing *voprf.Scalar, pin StretchedPIN) []byte {
	parts := slices.Concat(u.seed.b[:], sealing.Bytes(), pin.seal.b[:])
	defer clear(parts)
	return derive(parts, labelSealKey, s.context(), chacha20poly1305.KeySize)
}

// seal fills in s.Sealed. The nonce is zero: the key is used once.
func (u unlocked) seal(s *Statement, sealing *voprf.Scalar, pin StretchedPIN, secret Secret) error {
	aead, err := chacha20poly1305.New(u.sealKey(s, sealing, pin))
	if err != nil {
		return err
	}
	aead.Seal(s.Sealed[:0], make([]byte, aead.NonceSize()), secret.b[:], labelled(labelSealed, s.context()))
	return nil
}

func (u unlocked) open(s *Statement, sealing *voprf.Scalar, pin StretchedPIN) (Secret, error) {
	aead, err := chacha20poly1305.New(u.sealKey(s, sealing, pin))
	if err != nil {
		return Secret{}, err
	}
	b, err := aead.Open(nil, make([]byte, aead.NonceSize()), s.Sealed[:], labelled(labelSealed, s.context()))
	if err != nil || len(b) != 32 {
		return Secret{}, errSealed
	}
	return SecretFromBytes([32]byte(b)), nil
}

func tagVerifier(tag [32]byte) [32]byte { return digest(labelTagVerifier, tag[:]) }
