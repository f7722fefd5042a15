package account

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/coffer-chat/coffer/mls/hybrid"
)

const (
	// KEMPublicSize is the size of a MLKEM768-X25519 public key in bytes.
	KEMPublicSize = 1216
	// KEMSeedSize is the size of a private key in bytes.
	KEMSeedSize = 32
	// SealRandomness is how many bytes of randomness one sealing consumes.
	SealRandomness = 64
	// SealOverhead is by how many bytes a sealed message is longer than its
	// plaintext: the encapsulated key and the tag.
	SealOverhead = 1120 + 16
)

// What can go wrong with a KEM key.
var (
	ErrKEMKey = errors.New("account: malformed KEM key")
	// ErrOpen is every failure to decrypt, whatever its cause.
	ErrOpen = errors.New("account: cannot decrypt")
)

// KEMPublic is a MLKEM768-X25519 public key (draft-ietf-hpke-pq) that was
// checked: right size, ML-KEM coefficients reduced, X25519 coordinate canonical
// and not of small order. The zero value is no key. Compare with ==.
type KEMPublic struct{ key string }

// ParseKEMPublic checks 1,216 bytes.
func ParseKEMPublic(b []byte) (KEMPublic, error) {
	if len(b) != KEMPublicSize {
		return KEMPublic{}, ErrKEMKey
	}
	u := [32]byte(b[KEMPublicSize-32:])
	if !isFieldElement(u) || slices.Contains(smallOrderU[:], u) {
		return KEMPublic{}, ErrKEMKey
	}
	if _, err := hybrid.Parse(b); err != nil {
		return KEMPublic{}, ErrKEMKey
	}
	return KEMPublic{string(b)}, nil
}

// IsZero reports whether k is no key.
func (k KEMPublic) IsZero() bool { return k.key == "" }

// Bytes returns the encoding.
func (k KEMPublic) Bytes() []byte { return []byte(k.key) }

// Seal encrypts plaintext to k with HPKE in base mode (RFC 9180; HKDF-SHA256,
// ChaCha20-Poly1305), bound to info. Randomness must be SealRandomness bytes
// that are secret and used for this call only; who knows them can do the same
// sealing again and so check it. The result is the encapsulated key followed by
// the ciphertext.
func (k KEMPublic) Seal(info, randomness, plaintext []byte) ([]byte, error) {
	if k.IsZero() {
		return nil, ErrKEMKey
	}
	if len(randomness) != SealRandomness {
		return nil, fmt.Errorf("account: %d bytes of randomness, want %d", len(randomness), SealRandomness)
	}
	public, err := hybrid.Parse([]byte(k.key))
	if err != nil {
		return nil, ErrKEMKey
	}
	enc, ciphertext, err := hybrid.Seal(public, hybrid.ChaCha20Poly1305, info, randomness, plaintext)
	if err != nil {
		return nil, fmt.Errorf("account: seal: %w", err)
	}
	return append(enc, ciphertext...), nil
}

// KEMSecret is a MLKEM768-X25519 private key.
type KEMSecret struct {
	_    incomparable
	seed []byte
	key  *hybrid.PrivateKey
	pub  KEMPublic
}

// NewKEMSecret makes the key of a 32-byte seed (draft-ietf-hpke-pq). The seed
// is copied.
func NewKEMSecret(seed []byte) (*KEMSecret, error) {
	if len(seed) != KEMSeedSize {
		return nil, ErrKEMKey
	}
	key, err := hybrid.New(seed)
	if err != nil {
		return nil, ErrKEMKey
	}
	return &KEMSecret{seed: bytes.Clone(seed), key: key, pub: KEMPublic{string(key.Public())}}, nil
}

func generateKEM(rand io.Reader) (*KEMSecret, error) {
	var seed [KEMSeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("account: randomness: %w", err)
	}
	defer clear(seed[:])
	return NewKEMSecret(seed[:])
}

// Public returns the public half.
func (s *KEMSecret) Public() KEMPublic { return s.pub }

// Open decrypts what KEMPublic.Seal returned for the same info. Every failure
// is ErrOpen.
func (s *KEMSecret) Open(info, sealed []byte) ([]byte, error) {
	if len(sealed) < SealOverhead || s.key == nil {
		return nil, ErrOpen
	}
	plaintext, err := s.key.Open(hybrid.ChaCha20Poly1305, info, sealed[:hybrid.EncapsulatedSize], sealed[hybrid.EncapsulatedSize:])
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// Erase overwrites the seed and makes the key unusable.
func (s *KEMSecret) Erase() {
	clear(s.seed)
	s.key = nil
}

// Format prints no part of the key.
func (s KEMSecret) Format(f fmt.State, _ rune) { printRedacted(f) }

// smallOrderU holds the canonical X25519 coordinates of small order (RFC 7748,
// section 6.1: their shared secret is all zeros).
var smallOrderU = [...][32]byte{
	{},
	{1},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
	{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
}
