package pinvault

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// Secret is what a PIN guards: 32 random bytes, from which the keys of the
// recovery method are derived elsewhere.
type Secret struct{ hidden }

// NewSecret draws a secret.
func NewSecret(rand io.Reader) (Secret, error) {
	var s Secret
	if _, err := io.ReadFull(rand, s.b[:]); err != nil {
		return Secret{}, fmt.Errorf("pinvault: randomness: %w", err)
	}
	return s, nil
}

// SecretFromBytes takes a secret as it is.
func SecretFromBytes(b [32]byte) Secret { return Secret{hidden{b: b}} }

// Equal compares in constant time.
func (s Secret) Equal(other Secret) bool { return s.equal(other.hidden) }

// MACKey is derived from the stretched sign-in password and protects a realm set
// against an account's server (RealmSet.MAC).
type MACKey struct{ hidden }

// MACKeyFromPassword derives the key from the stretched password's 32 bytes.
func MACKeyFromPassword(stretched [32]byte) MACKey {
	return MACKey{hidden{b: [32]byte(derive(stretched[:], labelMACKey, nil, 32))}}
}

// hidden is 32 secret bytes that no way of printing shows.
type hidden struct {
	_ [0]func() // not comparable with ==
	b [32]byte
}

const redacted = "[secret]"

// Bytes returns the secret itself.
func (h hidden) Bytes() [32]byte { return h.b }

// Erase overwrites the secret with zeros.
func (h *hidden) Erase() { clear(h.b[:]) }

// String hides the secret.
func (h hidden) String() string { return redacted }

// GoString hides the secret.
func (h hidden) GoString() string { return redacted }

// Format hides the secret under every verb.
func (h hidden) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

func (h hidden) equal(other hidden) bool { return subtle.ConstantTimeCompare(h.b[:], other.b[:]) == 1 }
