package voprf

import (
	"crypto/sha512"
	"encoding/binary"

	"github.com/gtank/ristretto255"
)

// ProofSize is the length of an encoded proof in bytes.
const ProofSize = 2 * ScalarSize

// Proof shows that evaluated elements were made with the key that belongs to a
// public key (discrete logarithm equivalence; RFC 9497, section 2.2).
type Proof struct{ c, s *Scalar }

// Encode appends the 64 bytes of the proof to b.
func (p Proof) Encode(b []byte) []byte { return append(append(b, p.c.Bytes()...), p.s.Bytes()...) }

// DecodeProof decodes 64 bytes.
func DecodeProof(b []byte) (Proof, error) {
	if len(b) != ProofSize {
		return Proof{}, ErrScalar
	}
	c, err := DecodeScalar(b[:ScalarSize])
	if err != nil {
		return Proof{}, err
	}
	s, err := DecodeScalar(b[ScalarSize:])
	if err != nil {
		return Proof{}, err
	}
	return Proof{c, s}, nil
}

// Prove makes a proof that evaluated[i] is k times blinded[i] for every i, under
// the public key of k. nonce must be a fresh RandomScalar: one used twice gives
// the key away. The two lists must be of one length, at least 1.
func (m Mode) Prove(k *Scalar, public *Element, blinded, evaluated []*Element, nonce *Scalar) Proof {
	sum := m.composite(public, blinded, evaluated, blinded)
	z := ristretto255.NewIdentityElement().ScalarMult(k, sum)
	t2 := ristretto255.NewIdentityElement().ScalarBaseMult(nonce)
	t3 := ristretto255.NewIdentityElement().ScalarMult(nonce, sum)
	c := m.challenge(public, sum, z, t2, t3)
	s := ristretto255.NewScalar().Multiply(c, k)
	return Proof{c, s.Subtract(nonce, s)}
}

// Verify reports whether the proof holds for public, blinded and evaluated.
func (m Mode) Verify(public *Element, blinded, evaluated []*Element, p Proof) bool {
	if len(blinded) == 0 || len(blinded) != len(evaluated) || len(blinded) > 1<<16-1 || p.c == nil || p.s == nil {
		return false
	}
	sum := m.composite(public, blinded, evaluated, blinded)
	z := m.composite(public, blinded, evaluated, evaluated)
	t2 := ristretto255.NewIdentityElement().VarTimeDoubleScalarBaseMult(p.c, public, p.s)
	t3 := ristretto255.NewIdentityElement().VarTimeMultiScalarMult([]*Scalar{p.s, p.c}, []*Element{sum, z})
	return m.challenge(public, sum, z, t2, t3).Equal(p.c) == 1
}

// composite adds up of[i], each times a factor hashed from everything that the
// proof is about (ComputeComposites of RFC 9497, section 2.2.1; its two sums
// differ only in the list that is added up).
func (m Mode) composite(public *Element, blinded, evaluated, of []*Element) *Element {
	seedInput := prefixed(nil, public.Bytes())
	seed := sha512.Sum512(prefixed(seedInput, []byte("Seed-"+m.context())))
	sum, term := ristretto255.NewIdentityElement(), ristretto255.NewIdentityElement()
	for i := range blinded {
		b := prefixed(nil, seed[:])
		b = binary.BigEndian.AppendUint16(b, uint16(i))
		b = prefixed(b, blinded[i].Bytes())
		b = prefixed(b, evaluated[i].Bytes())
		d := m.hashToScalar(append(b, "Composite"...), "HashToScalar-")
		sum.Add(sum, term.ScalarMult(d, of[i]))
	}
	return sum
}

func (m Mode) challenge(elements ...*Element) *Scalar {
	var b []byte
	for _, e := range elements {
		b = prefixed(b, e.Bytes())
	}
	return m.hashToScalar(append(b, "Challenge"...), "HashToScalar-")
}
