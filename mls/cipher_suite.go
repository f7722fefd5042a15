package mls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
)

// CipherSuite names a set of algorithms (RFC 9420, section 5.1). Its methods are
// the cryptographic functions that the protocol is built from. Methods that
// return no error panic for a suite that is not Supported; every decoder of this
// package refuses those first.
type CipherSuite uint16

// The cipher suites of RFC 9420, section 17.1 that are built, and one of
// draft-ietf-mls-pq-ciphersuites. The X448 suites 4 and 6 are not built: no
// maintained Go implementation of Ed448 and X448 exists in the standard library
// or golang.org/x/crypto.
const (
	MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519        CipherSuite = 0x0001
	MLS_128_DHKEMP256_AES128GCM_SHA256_P256             CipherSuite = 0x0002
	MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 CipherSuite = 0x0003
	MLS_256_DHKEMP521_AES256GCM_SHA512_P521             CipherSuite = 0x0005
	MLS_256_DHKEMP384_AES256GCM_SHA384_P384             CipherSuite = 0x0007

	// MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519 has no assigned value
	// yet; this one is of the private-use range. It changes here only, when
	// IANA assigns one.
	MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519 CipherSuite = 0xF001
)

// suiteParams are the algorithms of one suite.
type suiteParams struct {
	name    string
	hpke    hpkeScheme
	newHash func() hash.Hash
	nh      int // KDF.Nh and the length of a hash, bytes
	nk      int // AEAD.Nk, bytes
	nn      int // AEAD.Nn, bytes
	newAEAD func(key []byte) (cipher.AEAD, error)
	scheme  signatureScheme
}

// suiteHybrid is the suite that every build has.
var suiteHybrid = suiteParams{
	"MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519",
	hybridHPKE,
	sha256.New, 32, 16, 12, newGCM, schemeEd25519}

// SupportedSuites returns the suites that are built, the RFC's first. A build
// for the browser has the hybrid one only.
func SupportedSuites() []CipherSuite { return slices.Clone(suiteOrder) }

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s CipherSuite) lookup() *suiteParams {
	if p := suites[s]; p != nil {
		return p
	}
	return privateSuite(s)
}

// Supported reports whether the suite is built.
func (s CipherSuite) Supported() bool { return s.lookup() != nil }

// String returns the suite's registered name.
func (s CipherSuite) String() string {
	if p := s.lookup(); p != nil {
		return p.name
	}
	return fmt.Sprintf("CipherSuite(%#04x)", uint16(s))
}

func (s CipherSuite) params() *suiteParams {
	p := s.lookup()
	if p == nil {
		panic("mls: " + s.String() + " is not built")
	}
	return p
}

// HashSize returns KDF.Nh, which is also the length of the suite's hash, in bytes.
func (s CipherSuite) HashSize() int { return s.params().nh }

// Hash returns the suite's hash of the concatenation of parts.
func (s CipherSuite) Hash(parts ...[]byte) []byte {
	h := s.params().newHash()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// check returns ErrUnsupportedSuite unless the suite is built.
func (s CipherSuite) check() error {
	if !s.Supported() {
		return fmt.Errorf("%w: %#04x", ErrUnsupportedSuite, uint16(s))
	}
	return nil
}
