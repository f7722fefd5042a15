package account

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"

	"github.com/cloudflare/circl/math/fp25519"
)

// SignatureKey is an Ed25519 public key (RFC 8032) that was checked: a point
// of the curve, canonically encoded, not of small order.
type SignatureKey [ed25519.PublicKeySize]byte

// ErrSignatureKey means that bytes are not an acceptable Ed25519 public key.
var ErrSignatureKey = errors.New("account: malformed signature key")

// ErrSignature means that a signature does not verify.
var ErrSignature = errors.New("account: signature does not verify")

// ParseSignatureKey checks 32 bytes. Under a key of small order anybody can
// sign, and a second encoding of one key would be a second identity; both are
// refused.
func ParseSignatureKey(b []byte) (SignatureKey, error) {
	var k SignatureKey
	if len(b) != len(k) {
		return k, ErrSignatureKey
	}
	copy(k[:], b)
	y := k
	y[31] &= 0x7f
	if !isFieldElement(y) || slices.Contains(smallOrderY[:], y) || !onEdwardsCurve(y) {
		return SignatureKey{}, ErrSignatureKey
	}
	return k, nil
}

// Verify checks an Ed25519 signature over
//
//	struct { opaque label<V> = "Coffer 1.0 " + label; opaque content<V>; }
//
// and returns ErrSignature if it does not hold.
func (k SignatureKey) Verify(label string, content, signature []byte) error {
	if !ed25519.Verify(k[:], withLabel(label, content), signature) {
		return ErrSignature
	}
	return nil
}

// edwardsD is the curve constant -121665/121666 (RFC 8032, section 5.1), little-endian.
var edwardsD = fp25519.Elt{
	0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
	0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
}

// smallOrderY holds the y coordinates of the eight points of small order.
var smallOrderY = [...]SignatureKey{
	{}, // order 4
	{1},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
}

// isFieldElement reports whether little-endian b is below 2^255 - 19.
func isFieldElement(b [32]byte) bool {
	prime := fp25519.P()
	slices.Reverse(b[:])
	slices.Reverse(prime[:])
	return bytes.Compare(b[:], prime[:]) < 0
}

// onEdwardsCurve reports whether some x satisfies -x² + y² = 1 + d x² y², that
// is, whether x² = (y²-1)/(dy²+1) is a square.
func onEdwardsCurve(b [32]byte) bool {
	var y2, u, v, one, x fp25519.Elt
	y := fp25519.Elt(b)
	fp25519.SetOne(&one)
	fp25519.Sqr(&y2, &y)
	fp25519.Sub(&u, &y2, &one)
	fp25519.Mul(&v, &y2, &edwardsD)
	fp25519.Add(&v, &v, &one)
	return fp25519.InvSqrt(&x, &u, &v)
}
