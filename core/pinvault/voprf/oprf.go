package voprf

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"

	"github.com/gtank/ristretto255"
)

// Identifier is the suite's name (RFC 9497, section 4.1).
const Identifier = "ristretto255-SHA512"

// OutputSize is the length of the function's output in bytes (Nh).
const OutputSize = 64

// Mode is a protocol variant of RFC 9497, section 3.1.
type Mode byte

// The modes that this package implements. The third, POPRF, has no use here.
const (
	OPRF  Mode = 0
	VOPRF Mode = 1
)

// ErrDeriveKeyPair says that no key could be derived from a seed.
var ErrDeriveKeyPair = errors.New("voprf: no key can be derived from this seed")

// context is CreateContextString of RFC 9497, section 3.1.
func (m Mode) context() string { return "OPRFV1-" + string([]byte{byte(m)}) + "-" + Identifier }

func (m Mode) hashToScalar(msg []byte, dst string) *Scalar {
	return uniformScalar(expandMessage(msg, []byte(dst+m.context())))
}

func (m Mode) hashToGroup(input []byte) (*Element, error) {
	if len(input) > 1<<16-1 {
		return nil, ErrInput
	}
	e, err := ristretto255.NewIdentityElement().SetUniformBytes(expandMessage(input, []byte("HashToGroup-"+m.context())))
	if err != nil {
		return nil, err
	}
	if e.Equal(ristretto255.NewIdentityElement()) == 1 {
		return nil, ErrInput
	}
	return e, nil
}

// DeriveKeyPair derives a key from a 32-byte seed and public information
// (RFC 9497, section 3.2.1).
func (m Mode) DeriveKeyPair(seed, info []byte) (*Scalar, *Element, error) {
	if len(seed) != ScalarSize || len(info) > 1<<16-1 {
		return nil, nil, ErrInput
	}
	msg := append([]byte(nil), seed...)
	msg = append(binary.BigEndian.AppendUint16(msg, uint16(len(info))), info...)
	for counter := range 256 {
		k := m.hashToScalar(append(msg, byte(counter)), "DeriveKeyPair")
		if k.Equal(ristretto255.NewScalar()) == 0 {
			return k, PublicKey(k), nil
		}
	}
	return nil, nil, ErrDeriveKeyPair
}

// Blind maps input (at most 65,535 bytes) to the group and hides it under blind,
// which must be a fresh RandomScalar (RFC 9497, section 3.3.1).
func (m Mode) Blind(input []byte, blind *Scalar) (*Element, error) {
	e, err := m.hashToGroup(input)
	if err != nil {
		return nil, err
	}
	return e.ScalarMult(blind, e), nil
}

// Evaluate applies the key k, or a share of it, to a blinded element.
func Evaluate(k *Scalar, blinded *Element) *Element {
	return ristretto255.NewIdentityElement().ScalarMult(k, blinded)
}

// Finalize takes the blind off an evaluated element and returns the 64 bytes of
// output. It checks nothing: in VOPRF mode call Verify first.
func (m Mode) Finalize(input []byte, blind *Scalar, evaluated *Element) []byte {
	inverse := ristretto255.NewScalar().Invert(blind)
	return finish(input, Evaluate(inverse, evaluated))
}

// Output computes the function with the whole key in hand (Evaluate of RFC 9497).
func (m Mode) Output(k *Scalar, input []byte) ([]byte, error) {
	e, err := m.hashToGroup(input)
	if err != nil {
		return nil, err
	}
	return finish(input, Evaluate(k, e)), nil
}

func finish(input []byte, issued *Element) []byte {
	b := prefixed(nil, input)
	b = prefixed(b, issued.Bytes())
	out := sha512.Sum512(append(b, "Finalize"...))
	return out[:]
}

// prefixed appends data after its length in two bytes.
func prefixed(b, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(data))), data...)
}
