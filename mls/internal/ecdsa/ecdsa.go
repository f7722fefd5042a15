//go:build !mls_hybrid_only

package ecdsa

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"io"
)

// Curve is one of the three curves.
type Curve = elliptic.Curve

// PrivateKey and PublicKey are the standard library's.
type (
	PrivateKey = ecdsa.PrivateKey
	PublicKey  = ecdsa.PublicKey
)

// P256 returns the curve P-256.
func P256() Curve { return elliptic.P256() }

// P384 returns the curve P-384.
func P384() Curve { return elliptic.P384() }

// P521 returns the curve P-521.
func P521() Curve { return elliptic.P521() }

// ParseRawPrivateKey reads a big-endian scalar.
func ParseRawPrivateKey(c Curve, raw []byte) (*PrivateKey, error) {
	return ecdsa.ParseRawPrivateKey(c, raw)
}

// ParseUncompressedPublicKey reads an uncompressed point.
func ParseUncompressedPublicKey(c Curve, b []byte) (*PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(c, b)
}

// SignASN1 signs a digest.
func SignASN1(rand io.Reader, k *PrivateKey, digest []byte) ([]byte, error) {
	return ecdsa.SignASN1(rand, k, digest)
}

// VerifyASN1 reports whether sig is a signature of a digest.
func VerifyASN1(k *PublicKey, digest, sig []byte) bool { return ecdsa.VerifyASN1(k, digest, sig) }
