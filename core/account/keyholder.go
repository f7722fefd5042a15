package account

import (
	"crypto/ed25519"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Kind says what a keyholder is. Its numbers are those of the chain's format.
type Kind uint8

// The kinds of keyholder. All but KindDevice are recovery methods: they exist
// only as keys derived from a secret.
const (
	KindDevice  Kind = 1 // a real device
	KindCode    Kind = 2 // a recovery code
	KindPIN     Kind = 3 // a PIN kept by realms
	KindPasskey Kind = 4 // a passkey with the PRF extension
	KindCloud   Kind = 5 // a key kept in a third party's cloud
)

// String returns the kind in one word.
func (k Kind) String() string {
	switch k {
	case KindDevice:
		return "device"
	case KindCode:
		return "code"
	case KindPIN:
		return "pin"
	case KindPasskey:
		return "passkey"
	case KindCloud:
		return "cloud"
	}
	return "unknown"
}

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool { return k >= KindDevice && k <= KindCloud }

// IsRecovery reports whether k is a recovery method.
func (k Kind) IsRecovery() bool { return k > KindDevice && k <= KindCloud }

// ErrKeyholderSecret means that bytes are not a stored keyholder secret, or
// that a recovery secret is too short.
var ErrKeyholderSecret = errors.New("account: malformed keyholder secret")

// KeyholderPublic is what others know of a keyholder: its kind and its checked
// public keys.
type KeyholderPublic struct {
	Kind         Kind
	SignatureKey SignatureKey
	KEM          KEMPublic
}

// ID returns the id of a keyholder that is added with these keys.
func (p KeyholderPublic) ID() KeyholderID {
	h := HashWithLabel("keyholder id", p.append(nil))
	return KeyholderID(h[:16])
}

func (p KeyholderPublic) append(b []byte) []byte {
	b = syntax.AppendUint8(b, uint8(p.Kind))
	b = append(b, p.SignatureKey[:]...)
	return append(b, p.KEM.key...)
}

func readKeyholderPublic(r *syntax.Reader) (p KeyholderPublic) {
	p.Kind = Kind(r.Uint8())
	if r.Err() == nil && !p.Kind.Valid() {
		r.Fail(syntax.ErrInvalidValue)
	}
	p.SignatureKey = readSignatureKey(r)
	p.KEM = readKEMPublic(r)
	return p
}

func readSignatureKey(r *syntax.Reader) SignatureKey {
	b := r.Fixed(ed25519.PublicKeySize)
	if r.Err() != nil {
		return SignatureKey{}
	}
	k, err := ParseSignatureKey(b)
	if err != nil {
		r.Fail(err)
	}
	return k
}

func readKEMPublic(r *syntax.Reader) KEMPublic {
	b := r.Fixed(KEMPublicSize)
	if r.Err() != nil {
		return KEMPublic{}
	}
	k, err := ParseKEMPublic(b)
	if err != nil {
		r.Fail(err)
	}
	return k
}

// KeyholderSecret holds a keyholder's private keys. Its methods may be called
// concurrently, except Erase.
type KeyholderSecret struct {
	_    incomparable
	id   KeyholderID
	kind Kind
	sign ed25519.PrivateKey
	kem  *KEMSecret
}

// GenerateKeyholder makes a device's keys from rand.
func GenerateKeyholder(rand io.Reader) (*KeyholderSecret, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("account: randomness: %w", err)
	}
	defer clear(seed[:])
	kem, err := generateKEM(rand)
	if err != nil {
		return nil, err
	}
	return newKeyholderSecret(KindDevice, seed[:], kem), nil
}

func newKeyholderSecret(kind Kind, seed []byte, kem *KEMSecret) *KeyholderSecret {
	s := &KeyholderSecret{kind: kind, sign: ed25519.NewKeyFromSeed(seed), kem: kem}
	s.id = s.Public().ID()
	return s
}

// ID returns the keyholder's id; it stays when the KEM key rotates.
func (s *KeyholderSecret) ID() KeyholderID { return s.id }

// Kind returns the keyholder's kind.
func (s *KeyholderSecret) Kind() Kind { return s.kind }

// Public returns the public halves of the present keys.
func (s *KeyholderSecret) Public() KeyholderPublic {
	return KeyholderPublic{s.kind, s.SignatureKey(), s.kem.pub}
}

// SignatureKey returns the public signing key.
func (s *KeyholderSecret) SignatureKey() SignatureKey {
	return SignatureKey(s.sign.Public().(ed25519.PublicKey))
}

// KEM returns the private KEM key.
func (s *KeyholderSecret) KEM() *KEMSecret { return s.kem }

// Sign returns the 64-byte Ed25519 signature that SignatureKey.Verify checks.
// Each purpose has its own label; content is never chosen by somebody else
// alone.
func (s *KeyholderSecret) Sign(label string, content []byte) []byte {
	return ed25519.Sign(s.sign, withLabel(label, content))
}

// WithKEM returns the same keyholder with another KEM key: what a device has
// after a rotation.
func (s *KeyholderSecret) WithKEM(kem *KEMSecret) *KeyholderSecret {
	return &KeyholderSecret{id: s.id, kind: s.kind, sign: s.sign, kem: kem}
}

// Equal compares in constant time.
func (s *KeyholderSecret) Equal(t *KeyholderSecret) bool {
	return subtle.ConstantTimeCompare(s.Bytes(), t.Bytes()) == 1
}

// Bytes returns the secret for storage in a sealed place.
func (s *KeyholderSecret) Bytes() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = syntax.AppendUint8(b, uint8(s.kind))
	b = append(b, s.id[:]...)
	b = append(b, s.sign.Seed()...)
	return append(b, s.kem.seed...)
}

// ParseKeyholderSecret reads what Bytes returned.
func ParseKeyholderSecret(b []byte) (*KeyholderSecret, error) {
	r := syntax.NewReader(b)
	version, kind := r.Uint16(), Kind(r.Uint8())
	var id KeyholderID
	r.Copy(id[:])
	sign, kem := r.Fixed(ed25519.SeedSize), r.Fixed(KEMSeedSize)
	if r.Done() != nil || version != formatVersion || !kind.Valid() {
		return nil, ErrKeyholderSecret
	}
	k, err := NewKEMSecret(kem)
	if err != nil {
		return nil, ErrKeyholderSecret
	}
	s := newKeyholderSecret(kind, sign, k)
	s.id = id // of the first keys, which a rotation may have replaced
	return s, nil
}

// Erase overwrites the private keys; the secret must not be used afterwards.
func (s *KeyholderSecret) Erase() {
	clear(s.sign)
	s.kem.Erase()
}

// Format prints no part of the keys.
func (s KeyholderSecret) Format(f fmt.State, _ rune) { printRedacted(f) }
