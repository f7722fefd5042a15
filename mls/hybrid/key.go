package hybrid

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/kem/xwing"
)

// Sizes in bytes.
const (
	// PublicSize is the size of a public key.
	PublicSize = xwing.PublicKeySize
	// SeedSize is the size of a private key, which is a seed.
	SeedSize = xwing.PrivateKeySize
	// EncapsulatedSize is the size of what the KEM puts before a ciphertext.
	EncapsulatedSize = xwing.CiphertextSize
	// RandomnessSize is how much randomness one sealing consumes.
	RandomnessSize = xwing.EncapsulationSeedSize
)

// What can go wrong.
var (
	// ErrKey is a key, or randomness, that is malformed.
	ErrKey = errors.New("hybrid: malformed key")
	// ErrOpen is every failure to decrypt, whatever its cause.
	ErrOpen = errors.New("hybrid: cannot decrypt")
)

// PublicKey is a public key that was checked: the encapsulation key check of FIPS
// 203, section 7.2, and an X25519 key, which is any 32 bytes.
type PublicKey struct {
	key   xwing.PublicKey
	point x25519.Key
}

// Parse checks a public key.
func Parse(b []byte) (*PublicKey, error) {
	if len(b) != PublicSize {
		return nil, ErrKey
	}
	p := &PublicKey{point: x25519.Key(b[PublicSize-x25519.Size:])}
	if err := p.key.Unpack(b); err != nil {
		return nil, ErrKey
	}
	return p, nil
}

// PrivateKey is a private key. It prints redacted and cannot be compared with ==.
type PrivateKey struct {
	_      [0]func()
	key    xwing.PrivateKey
	public []byte
}

// New makes the key of a seed.
func New(seed []byte) (*PrivateKey, error) {
	if len(seed) != SeedSize {
		return nil, ErrKey
	}
	k := new(PrivateKey)
	k.key.Unpack(seed)
	var err error
	if k.public, err = k.key.Public().MarshalBinary(); err != nil {
		return nil, ErrKey
	}
	return k, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() []byte { return bytes.Clone(k.public) }

// Format prints no part of the key.
func (PrivateKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// DeriveSeed is DeriveKeyPair (draft-ietf-hpke-pq): the private key that ikm
// stands for.
func DeriveSeed(ikm []byte) []byte {
	const label = "DeriveKeyPair"
	h := sha3.NewSHAKE256()
	h.Write(ikm)
	b := binary.BigEndian.AppendUint16([]byte(version+"KEM"), kemID)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(label))), label...)
	h.Write(binary.BigEndian.AppendUint16(b, SeedSize)) // and an empty context
	seed := make([]byte, SeedSize)
	h.Read(seed)
	return seed
}

// smallOrder reports whether the shared secret with a point is zero, whatever the
// scalar.
func smallOrder(point *x25519.Key) bool {
	u := *point
	u[x25519.Size-1] &= 0x7f // RFC 7748, section 5
	for _, s := range smallOrderU {
		if u == s {
			return true
		}
	}
	return false
}

// smallOrderU holds the u-coordinates of small order on Curve25519 and its twist,
// in every encoding below 2^255: 0, 1, p-1, p and p+1, and the two of order eight.
var smallOrderU = [...]x25519.Key{
	{},
	{1},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
	{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
}
