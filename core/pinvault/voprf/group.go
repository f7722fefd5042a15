package voprf

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"io"

	"github.com/gtank/ristretto255"
)

// Element is an element of the ristretto255 group.
type Element = ristretto255.Element

// Scalar is an integer modulo the group's order.
type Scalar = ristretto255.Scalar

// ElementSize and ScalarSize are the lengths of encodings in bytes (Ne and Ns
// of RFC 9497, section 4.1).
const (
	ElementSize = 32
	ScalarSize  = 32
)

// What can be wrong with an input.
var (
	// ErrElement says that bytes are not the canonical encoding of an element
	// other than the identity.
	ErrElement = errors.New("voprf: invalid group element")
	// ErrScalar says that bytes are not the canonical encoding of a scalar.
	ErrScalar = errors.New("voprf: invalid scalar")
	// ErrInput says that an input is too long or maps to the identity.
	ErrInput = errors.New("voprf: invalid input")
)

// DecodeElement decodes 32 bytes. Like DeserializeElement of RFC 9497, section
// 4.1, it refuses the identity.
func DecodeElement(b []byte) (*Element, error) {
	e, err := ristretto255.NewIdentityElement().SetCanonicalBytes(b)
	if err != nil || e.Equal(ristretto255.NewIdentityElement()) == 1 {
		return nil, ErrElement
	}
	return e, nil
}

// DecodeScalar decodes 32 bytes, little-endian, smaller than the group's order.
func DecodeScalar(b []byte) (*Scalar, error) {
	s, err := ristretto255.NewScalar().SetCanonicalBytes(b)
	if err != nil {
		return nil, ErrScalar
	}
	return s, nil
}

// RandomScalar draws a scalar other than zero from 64 bytes of rand.
func RandomScalar(rand io.Reader) (*Scalar, error) {
	var b [64]byte
	for {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("voprf: randomness: %w", err)
		}
		s := uniformScalar(b[:])
		if s.Equal(ristretto255.NewScalar()) == 0 {
			return s, nil
		}
	}
}

// uniformScalar reduces 64 bytes to a scalar.
func uniformScalar(b []byte) *Scalar {
	s, err := ristretto255.NewScalar().SetUniformBytes(b)
	if err != nil {
		panic(err) // another length: a mistake of this package
	}
	return s
}

// PublicKey returns k times the generator.
func PublicKey(k *Scalar) *Element { return ristretto255.NewIdentityElement().ScalarBaseMult(k) }

// expandMessage is expand_message_xmd with SHA-512 for 64 bytes of output
// (RFC 9380, section 5.3.1). dst must be shorter than 256 bytes.
func expandMessage(msg, dst []byte) []byte {
	dstPrime := append(append([]byte(nil), dst...), byte(len(dst)))
	h := sha512.New()
	h.Write(make([]byte, sha512.BlockSize))
	h.Write(msg)
	h.Write([]byte{0, 64, 0})
	h.Write(dstPrime)
	b0 := h.Sum(nil)
	// One block of SHA-512 is all that 64 bytes need.
	h.Reset()
	h.Write(b0)
	h.Write([]byte{1})
	h.Write(dstPrime)
	return h.Sum(nil)
}
