package voprf

import (
	"errors"
	"io"

	"github.com/gtank/ristretto255"
)

// MaxShares is the largest number of shares that Split makes.
const MaxShares = 255

// ErrShares says that shares cannot be made or put together: numbers out of
// range, or two shares of one index.
var ErrShares = errors.New("voprf: invalid set of shares")

// Split cuts secret into n shares, any t of which give it back while t-1 say
// nothing about it (Shamir's scheme over the scalar field). The share of
// index i, counted from 1, is element i-1 of the result.
func Split(rand io.Reader, secret *Scalar, n, t int) ([]*Scalar, error) {
	if t < 1 || n < t || n > MaxShares {
		return nil, ErrShares
	}
	coefficients := []*Scalar{secret}
	for len(coefficients) < t {
		c, err := RandomScalar(rand)
		if err != nil {
			return nil, err
		}
		coefficients = append(coefficients, c)
	}
	shares := make([]*Scalar, n)
	for i := range shares {
		x, y := small(i+1), ristretto255.NewScalar()
		for j := t - 1; j >= 0; j-- {
			y.Add(y.Multiply(y, x), coefficients[j])
		}
		shares[i] = y
	}
	return shares, nil
}

// Combine puts shares together again: index[i], counted from 1, is the index of
// shares[i]. With fewer shares than Split's t, or a wrong one, the result is a
// scalar that says nothing.
func Combine(index []int, shares []*Scalar) (*Scalar, error) {
	if len(index) != len(shares) {
		return nil, ErrShares
	}
	factors, err := lagrange(index, 0)
	if err != nil {
		return nil, err
	}
	sum := ristretto255.NewScalar()
	for i, f := range factors {
		sum.Add(sum, f.Multiply(f, shares[i]))
	}
	return sum, nil
}

// CombineElements does in the exponent what Combine does with scalars: from t
// elements share[i]·E it computes secret·E.
func CombineElements(index []int, elements []*Element) (*Element, error) {
	return interpolate(index, elements, 0)
}

func interpolate(index []int, elements []*Element, at int) (*Element, error) {
	if len(index) != len(elements) {
		return nil, ErrShares
	}
	factors, err := lagrange(index, at)
	if err != nil {
		return nil, err
	}
	return ristretto255.NewIdentityElement().MultiScalarMult(factors, elements), nil
}

// Consistent reports whether public keys of shares 1, 2, … belong to shares of
// threshold t: whether all lie on one polynomial of degree t-1.
func Consistent(publics []*Element, t int) bool {
	if t < 1 || t > len(publics) || len(publics) > MaxShares {
		return false
	}
	index := make([]int, t)
	for i := range index {
		index[i] = i + 1
	}
	for i := t; i < len(publics); i++ {
		want, err := interpolate(index, publics[:t], i+1)
		if err != nil || want.Equal(publics[i]) != 1 {
			return false
		}
	}
	return true
}

// lagrange returns the factors of the interpolation at the point at. The
// indexes are public, so its timing may depend on them.
func lagrange(index []int, at int) ([]*Scalar, error) {
	if len(index) == 0 {
		return nil, ErrShares
	}
	factors := make([]*Scalar, len(index))
	for i, xi := range index {
		if xi < 1 || xi > MaxShares {
			return nil, ErrShares
		}
		num, den := small(1), small(1)
		for j, xj := range index {
			if i == j {
				continue
			}
			if xi == xj {
				return nil, ErrShares
			}
			num.Multiply(num, difference(at, xj))
			den.Multiply(den, difference(xi, xj))
		}
		factors[i] = num.Multiply(num, den.Invert(den))
	}
	return factors, nil
}

func difference(a, b int) *Scalar {
	d := small(a)
	return d.Subtract(d, small(b))
}

// small returns the scalar of 0 ≤ v ≤ 255.
func small(v int) *Scalar {
	s := ristretto255.NewScalar()
	if _, err := s.SetCanonicalBytes(append([]byte{byte(v)}, make([]byte, ScalarSize-1)...)); err != nil {
		panic("voprf: a small scalar did not decode")
	}
	return s
}
