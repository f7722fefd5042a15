package invite

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/core/account"
)

// Size is the size of a secret, Proof and ID in bytes.
const (
	SecretSize = 32
	ProofSize  = 32
	IDSize     = 16
)

// ID names an invite. It says nothing about the secret.
type ID [IDSize]byte

var text = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the text form: 26 characters of unpadded lower-case base32.
func (id ID) String() string { return text.EncodeToString(id[:]) }

// Secret is what a link holds. Who has it may ask.
type Secret struct{ b [SecretSize]byte }

// NewSecret draws a secret.
func NewSecret(rand io.Reader) (Secret, error) {
	var s Secret
	_, err := io.ReadFull(rand, s.b[:])
	return s, err
}

// SecretFromBytes takes the bytes of a secret.
func SecretFromBytes(b []byte) (Secret, error) {
	var s Secret
	if len(b) != SecretSize {
		return s, ErrLink
	}
	copy(s.b[:], b)
	return s, nil
}

// Bytes returns the secret's bytes, for a store that is sealed.
func (s Secret) Bytes() []byte { return append([]byte(nil), s.b[:]...) }

// Format prints nothing of it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// ID returns the invite's id.
func (s Secret) ID() (id ID) {
	copy(id[:], account.ExpandWithLabel(s.b[:], "invite id", nil, IDSize))
	return id
}

// Proof shows that the joining account has the secret. It is of no use to
// anybody else.
func (s Secret) Proof(inviter, joiner account.ID) [ProofSize]byte {
	context := append(append([]byte(nil), inviter[:]...), joiner[:]...)
	return [ProofSize]byte(account.ExpandWithLabel(s.b[:], "invite proof", context, ProofSize))
}

// Verify reports whether a proof is the joining account's.
func (s Secret) Verify(inviter, joiner account.ID, proof [ProofSize]byte) bool {
	want := s.Proof(inviter, joiner)
	return subtle.ConstantTimeCompare(want[:], proof[:]) == 1
}
