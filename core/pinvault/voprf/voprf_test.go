package voprf

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gtank/ristretto255"
)

func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func mustScalar(t *testing.T, r *rand.ChaCha8) *Scalar {
	t.Helper()
	s, err := RandomScalar(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProofRefused(t *testing.T) {
	r := seeded(1)
	k, other := mustScalar(t, r), mustScalar(t, r)
	public := PublicKey(k)
	b1, b2 := PublicKey(mustScalar(t, r)), PublicKey(mustScalar(t, r))
	blinded, evaluated := []*Element{b1, b2}, []*Element{Evaluate(k, b1), Evaluate(k, b2)}
	good := VOPRF.Prove(k, public, blinded, evaluated, mustScalar(t, r))
	if !VOPRF.Verify(public, blinded, evaluated, good) {
		t.Fatal("good proof refused")
	}
	lying := VOPRF.Prove(other, public, blinded, []*Element{Evaluate(other, b1), Evaluate(other, b2)}, mustScalar(t, r))
	for name, refused := range map[string]bool{
		"other public key":  VOPRF.Verify(PublicKey(other), blinded, evaluated, good),
		"one evaluation":    VOPRF.Verify(public, blinded, []*Element{evaluated[0], b1}, good),
		"order":             VOPRF.Verify(public, blinded, []*Element{evaluated[1], evaluated[0]}, good),
		"shorter list":      VOPRF.Verify(public, blinded[:1], evaluated[:1], good),
		"lengths differ":    VOPRF.Verify(public, blinded, evaluated[:1], good),
		"empty":             VOPRF.Verify(public, nil, nil, good),
		"no proof":          VOPRF.Verify(public, blinded, evaluated, Proof{}),
		"other mode":        OPRF.Verify(public, blinded, evaluated, good),
		"another key":       VOPRF.Verify(public, blinded, []*Element{Evaluate(other, b1), Evaluate(other, b2)}, lying),
		"challenge changed": VOPRF.Verify(public, blinded, evaluated, Proof{good.s, good.s}),
	} {
		if refused {
			t.Errorf("%s: proof accepted", name)
		}
	}
}

func TestDecodersRefuse(t *testing.T) {
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10}
	for name, b := range map[string][]byte{
		"empty": nil, "short": make([]byte, 31), "long": make([]byte, 33), "order": order, "ones": bytes.Repeat([]byte{0xff}, 32),
	} {
		if _, err := DecodeScalar(b); !errors.Is(err, ErrScalar) {
			t.Errorf("scalar %s: %v", name, err)
		}
	}
	odd := PublicKey(small(7)).Bytes()
	odd[0] ^= 1
	for name, b := range map[string][]byte{
		"empty": nil, "short": make([]byte, 31), "identity": make([]byte, 32), "negative": odd, "ones": bytes.Repeat([]byte{0xff}, 32),
	} {
		if _, err := DecodeElement(b); !errors.Is(err, ErrElement) {
			t.Errorf("element %s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"empty": nil, "short": make([]byte, 63), "first": append(order, make([]byte, 32)...), "second": append(make([]byte, 32), order...)} {
		if _, err := DecodeProof(b); !errors.Is(err, ErrScalar) {
			t.Errorf("proof %s: %v", name, err)
		}
	}
}

func TestInputsRefused(t *testing.T) {
	if _, err := VOPRF.Blind(make([]byte, 1<<16), small(1)); !errors.Is(err, ErrInput) {
		t.Errorf("long input: %v", err)
	}
	if _, err := VOPRF.Output(small(1), make([]byte, 1<<16)); !errors.Is(err, ErrInput) {
		t.Errorf("long input: %v", err)
	}
	if _, _, err := VOPRF.DeriveKeyPair(make([]byte, 31), nil); !errors.Is(err, ErrInput) {
		t.Errorf("short seed: %v", err)
	}
	if _, err := RandomScalar(bytes.NewReader(make([]byte, 63))); err == nil {
		t.Error("a scalar from too little randomness")
	}
}

func TestThresholdGivesTheSameOutput(t *testing.T) {
	r := seeded(2)
	for _, c := range []struct{ n, t int }{{1, 1}, {3, 2}, {5, 3}, {16, 9}} {
		k, blind := mustScalar(t, r), mustScalar(t, r)
		want, err := VOPRF.Output(k, []byte("input"))
		if err != nil {
			t.Fatal(err)
		}
		shares, err := Split(r, k, c.n, c.t)
		if err != nil {
			t.Fatal(err)
		}
		blinded, err := VOPRF.Blind([]byte("input"), blind)
		if err != nil {
			t.Fatal(err)
		}
		// The last t shares, in descending order: any t in any order will do.
		var index []int
		var parts []*Element
		var scalars []*Scalar
		for i := c.n; i > c.n-c.t; i-- {
			index = append(index, i)
			parts = append(parts, Evaluate(shares[i-1], blinded))
			scalars = append(scalars, shares[i-1])
		}
		sum, err := CombineElements(index, parts)
		if err != nil {
			t.Fatal(err)
		}
		if got := VOPRF.Finalize([]byte("input"), blind, sum); !bytes.Equal(got, want) {
			t.Errorf("%d of %d: output differs", c.t, c.n)
		}
		if got, err := Combine(index, scalars); err != nil || got.Equal(k) != 1 {
			t.Errorf("%d of %d: key differs (%v)", c.t, c.n, err)
		}
		if c.t > 1 {
			if got, err := Combine(index[1:], scalars[1:]); err != nil || got.Equal(k) == 1 {
				t.Errorf("%d of %d: one share too few gives the key (%v)", c.t, c.n, err)
			}
		}
	}
}

func TestConsistent(t *testing.T) {
	r := seeded(3)
	shares, err := Split(r, mustScalar(t, r), 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	var publics []*Element
	for _, s := range shares {
		publics = append(publics, PublicKey(s))
	}
	if !Consistent(publics, 3) || !Consistent(publics, 5) {
		t.Error("right shares refused")
	}
	if Consistent(publics, 2) {
		t.Error("shares of threshold 3 taken for threshold 2")
	}
	if Consistent(publics, 0) || Consistent(publics, 6) || Consistent(nil, 0) {
		t.Error("impossible threshold accepted")
	}
	for i := range publics {
		bad := append([]*Element(nil), publics...)
		bad[i] = ristretto255.NewGeneratorElement()
		if Consistent(bad, 3) {
			t.Errorf("wrong share %d not noticed", i+1)
		}
	}
}

func TestSharesRefused(t *testing.T) {
	r, one := seeded(4), small(1)
	for _, c := range []struct{ n, t int }{{0, 0}, {3, 0}, {2, 3}, {256, 2}} {
		if _, err := Split(r, one, c.n, c.t); !errors.Is(err, ErrShares) {
			t.Errorf("Split(%d, %d): %v", c.n, c.t, err)
		}
	}
	for name, index := range map[string][]int{"none": {}, "zero": {0, 1}, "twice": {2, 2}, "large": {1, 256}} {
		shares := make([]*Scalar, len(index))
		for i := range shares {
			shares[i] = one
		}
		if _, err := Combine(index, shares); !errors.Is(err, ErrShares) {
			t.Errorf("Combine %s: %v", name, err)
		}
	}
	if _, err := Combine([]int{1, 2}, []*Scalar{one}); !errors.Is(err, ErrShares) {
		t.Errorf("Combine with a share missing: %v", err)
	}
	if _, err := CombineElements([]int{1, 2}, nil); !errors.Is(err, ErrShares) {
		t.Errorf("CombineElements with elements missing: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Add(PublicKey(small(5)).Bytes())
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := DecodeElement(b); err == nil && !bytes.Equal(e.Bytes(), b) {
			t.Error("element encodes differently")
		}
		if s, err := DecodeScalar(b); err == nil && !bytes.Equal(s.Bytes(), b) {
			t.Error("scalar encodes differently")
		}
		if p, err := DecodeProof(b); err == nil && !bytes.Equal(p.Encode(nil), b) {
			t.Error("proof encodes differently")
		}
	})
}
