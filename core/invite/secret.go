package invite

import (
	"crypto/ed25519"
	"encoding/base32"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/core/account"
)

// Size is the size of a secret, Proof and ID in bytes.
const (
	SecretSize = 32
	ProofSize  = ed25519.SignatureSize
	IDSize     = 16
)

// ID names an invite: it is a hash of its public key.
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

// key is the signing key that the secret stands for.
func (s Secret) key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(account.ExpandWithLabel(s.b[:], "invite key", nil, ed25519.SeedSize))
}

// Public returns what proofs are verified with. It is no secret.
func (s Secret) Public() PublicKey { return PublicKey(s.key().Public().(ed25519.PublicKey)) }

// ID returns the invite's id.
func (s Secret) ID() ID { return s.Public().ID() }

// Proof shows that the joining account has the secret. It is of no use to
// anybody else.
func (s Secret) Proof(joiner account.ID) [ProofSize]byte {
	return [ProofSize]byte(ed25519.Sign(s.key(), proofContent(s.ID(), joiner)))
}

// PublicKey is what a group's admins know of an invite.
type PublicKey [ed25519.PublicKeySize]byte

// ID returns the invite's id.
func (k PublicKey) ID() (id ID) {
	h := account.HashWithLabel("invite id", k[:])
	copy(id[:], h[:])
	return id
}

// Verify reports whether a proof is the joining account's.
func (k PublicKey) Verify(joiner account.ID, proof [ProofSize]byte) bool {
	return ed25519.Verify(k[:], proofContent(k.ID(), joiner), proof[:])
}

func proofContent(id ID, joiner account.ID) []byte {
	h := account.HashWithLabel("invite proof", append(append([]byte(nil), id[:]...), joiner[:]...))
	return h[:]
}
