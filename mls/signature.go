package mls

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/internal/ecdsa"
)

// SignaturePublicKey is a public key in the format of the suite's signature
// scheme (RFC 9420, section 5.1.1): RFC 8032 for Ed25519, an uncompressed point
// for ECDSA.
type SignaturePublicKey []byte

// Equal reports whether two public keys are the same.
func (k SignaturePublicKey) Equal(o SignaturePublicKey) bool { return bytes.Equal(k, o) }

// signatureScheme is one of the TLS signature schemes in use.
type signatureScheme uint8

const (
	schemeEd25519 signatureScheme = iota + 1
	schemeP256
	schemeP384
	schemeP521
)

func (s signatureScheme) curve() ecdsa.Curve {
	switch s {
	case schemeP256:
		return ecdsa.P256()
	case schemeP384:
		return ecdsa.P384()
	case schemeP521:
		return ecdsa.P521()
	}
	return nil
}

func (s signatureScheme) digest(msg []byte) []byte {
	switch s {
	case schemeP256:
		d := sha256.Sum256(msg)
		return d[:]
	case schemeP384:
		d := sha512.Sum384(msg)
		return d[:]
	}
	d := sha512.Sum512(msg)
	return d[:]
}

// SignaturePrivateKey is a signature key pair. It prints redacted and cannot be
// compared with ==. Its zero value holds no key, see IsZero.
type SignaturePrivateKey struct {
	_ [0]func()
	k *signatureKey
}

type signatureKey struct {
	scheme signatureScheme
	ed     ed25519.PrivateKey
	ec     *ecdsa.PrivateKey
	raw    []byte
	public SignaturePublicKey
}

// IsZero reports whether there is no key.
func (k SignaturePrivateKey) IsZero() bool { return k.k == nil }

// Public returns the public key; nil if there is no key.
func (k SignaturePrivateKey) Public() SignaturePublicKey {
	if k.k == nil {
		return nil
	}
	return k.k.public
}

// Bytes returns the private key: the 32-byte seed of Ed25519, or the big-endian
// scalar of ECDSA. ParseSignatureKey reads it back.
func (k SignaturePrivateKey) Bytes() []byte {
	if k.k == nil {
		return nil
	}
	return bytes.Clone(k.k.raw)
}

// Equal reports in constant time whether two keys are the same.
func (k SignaturePrivateKey) Equal(o SignaturePrivateKey) bool {
	if k.k == nil || o.k == nil {
		return k.k == o.k
	}
	return k.k.scheme == o.k.scheme && subtle.ConstantTimeCompare(k.k.raw, o.k.raw) == 1
}

// Format implements fmt.Formatter and hides the value.
func (k SignaturePrivateKey) Format(f fmt.State, _ rune) { redact(f, "mls.SignaturePrivateKey") }

// String hides the value.
func (k SignaturePrivateKey) String() string { return "mls.SignaturePrivateKey(redacted)" }

// GoString hides the value.
func (k SignaturePrivateKey) GoString() string { return k.String() }

// GenerateSignatureKey draws a signature key pair from rand.
func (s CipherSuite) GenerateSignatureKey(rand io.Reader) (SignaturePrivateKey, error) {
	if err := s.check(); err != nil {
		return SignaturePrivateKey{}, err
	}
	curve := s.params().scheme.curve()
	size := ed25519.SeedSize
	if curve != nil {
		size = (curve.Params().BitSize + 7) / 8
	}
	raw := make([]byte, size)
	// A candidate scalar is out of range with a chance of at most one half
	// (none at all for Ed25519), so that 128 of them in a row mean that rand
	// is broken.
	for range 128 {
		if err := readRandom(rand, raw); err != nil {
			return SignaturePrivateKey{}, err
		}
		if curve != nil && curve.Params().BitSize%8 != 0 {
			raw[0] &= 1<<(curve.Params().BitSize%8) - 1
		}
		if k, err := s.ParseSignatureKey(raw); err == nil {
			return k, nil
		}
	}
	return SignaturePrivateKey{}, fmt.Errorf("%w: no key from this source of randomness", ErrBadKey)
}

// ParseSignatureKey reads a private key as Bytes returns it.
func (s CipherSuite) ParseSignatureKey(raw []byte) (SignaturePrivateKey, error) {
	if err := s.check(); err != nil {
		return SignaturePrivateKey{}, err
	}
	k := &signatureKey{scheme: s.params().scheme, raw: bytes.Clone(raw)}
	if k.scheme == schemeEd25519 {
		if len(raw) != ed25519.SeedSize {
			return SignaturePrivateKey{}, fmt.Errorf("%w: signature key", ErrBadKey)
		}
		k.ed = ed25519.NewKeyFromSeed(raw)
		k.public = SignaturePublicKey(k.ed[ed25519.SeedSize:])
		return SignaturePrivateKey{k: k}, nil
	}
	ec, err := ecdsa.ParseRawPrivateKey(k.scheme.curve(), raw)
	if err != nil {
		return SignaturePrivateKey{}, fmt.Errorf("%w: signature key", ErrBadKey)
	}
	public, err := ec.PublicKey.Bytes()
	if err != nil {
		return SignaturePrivateKey{}, fmt.Errorf("%w: signature key", ErrBadKey)
	}
	k.ec, k.public = ec, public
	return SignaturePrivateKey{k: k}, nil
}

// CheckSignatureKey refuses a public key that is malformed for the suite.
func (s CipherSuite) CheckSignatureKey(pub SignaturePublicKey) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.params().scheme == schemeEd25519 {
		if len(pub) != ed25519.PublicKeySize {
			return fmt.Errorf("%w: signature public key", ErrBadKey)
		}
		return nil
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(s.params().scheme.curve(), pub); err != nil {
		return fmt.Errorf("%w: signature public key", ErrBadKey)
	}
	return nil
}

// SignWithLabel signs content under a label (RFC 9420, section 5.1.2). rand is
// used by ECDSA only, and there the standard library may replace it.
func (s CipherSuite) SignWithLabel(rand io.Reader, key SignaturePrivateKey, label string, content []byte) ([]byte, error) {
	if err := s.checkSigner(key); err != nil {
		return nil, err
	}
	return key.sign(rand, labelled(make([]byte, 0, len(content)+len(label)+16), label, content))
}

// checkSigner refuses a key that is not of the suite's scheme.
func (s CipherSuite) checkSigner(key SignaturePrivateKey) error {
	if err := s.check(); err != nil {
		return err
	}
	if key.k == nil || key.k.scheme != s.params().scheme {
		return fmt.Errorf("%w: signature key of another scheme", ErrBadKey)
	}
	return nil
}

// sign signs a message that is labelled already.
func (k SignaturePrivateKey) sign(rand io.Reader, msg []byte) ([]byte, error) {
	if k.k.scheme == schemeEd25519 {
		return ed25519.Sign(k.k.ed, msg), nil
	}
	sig, err := ecdsa.SignASN1(rand, k.k.ec, k.k.scheme.digest(msg))
	if err != nil {
		return nil, fmt.Errorf("mls: sign: %w", err)
	}
	return sig, nil
}

// VerifyWithLabel reports whether sig is a signature of content under label. A
// malformed key verifies nothing.
func (s CipherSuite) VerifyWithLabel(pub SignaturePublicKey, label string, content, sig []byte) bool {
	if !s.Supported() {
		return false
	}
	return s.verify(pub, labelled(make([]byte, 0, len(content)+len(label)+16), label, content), sig)
}

// verify is VerifyWithLabel for a message that is labelled already.
func (s CipherSuite) verify(pub SignaturePublicKey, msg, sig []byte) bool {
	scheme := s.params().scheme
	if scheme == schemeEd25519 {
		return len(pub) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(pub), msg, sig)
	}
	ec, err := ecdsa.ParseUncompressedPublicKey(scheme.curve(), pub)
	return err == nil && ecdsa.VerifyASN1(ec, scheme.digest(msg), sig)
}
