//go:build mls_hybrid_only

package ecdsa

import (
	"errors"
	"io"
)

// errNotBuilt is what every key is refused with.
var errNotBuilt = errors.New("the NIST curves are not part of this build")

// Curve is none; its only value is nil.
type Curve interface{ Params() *Params }

// Params are a curve's.
type Params struct{ BitSize int }

// PrivateKey has no values.
type PrivateKey struct{ PublicKey PublicKey }

// PublicKey has no values.
type PublicKey struct{}

// Bytes is never reached, as there are no keys.
func (*PublicKey) Bytes() ([]byte, error) { return nil, errNotBuilt }

// P256 returns no curve.
func P256() Curve { return nil }

// P384 returns no curve.
func P384() Curve { return nil }

// P521 returns no curve.
func P521() Curve { return nil }

// ParseRawPrivateKey refuses.
func ParseRawPrivateKey(Curve, []byte) (*PrivateKey, error) { return nil, errNotBuilt }

// ParseUncompressedPublicKey refuses.
func ParseUncompressedPublicKey(Curve, []byte) (*PublicKey, error) { return nil, errNotBuilt }

// SignASN1 refuses.
func SignASN1(io.Reader, *PrivateKey, []byte) ([]byte, error) { return nil, errNotBuilt }

// VerifyASN1 reports false.
func VerifyASN1(*PublicKey, []byte, []byte) bool { return false }
