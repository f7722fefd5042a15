package dcbor

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// maxIntKey bounds integer map keys: a double holds them without loss.
const maxIntKey = 1<<53 - 1

// Key reads a map key and returns its encoding. An integer key must be
// representable as a double; a text key must be UTF-8; byte strings are
// allowed inside extension values only, which the caller says with allowBytes.
func (r *Reader) Key(allowBytes bool) []byte {
	start := r.rest
	m, _, arg := r.head()
	if r.err != nil {
		return nil
	}
	switch m {
	case majorUint:
		if arg > maxIntKey {
			r.Fail(ErrRange)
		}
	case majorNegint:
		if arg > maxIntKey-1 {
			r.Fail(ErrRange)
		}
	case majorText:
		if !utf8.Valid(r.take(arg)) {
			r.Fail(ErrUTF8)
		}
	case majorBytes:
		if !allowBytes {
			r.Fail(ErrType)
		}
		r.take(arg)
	default:
		r.Fail(ErrType)
	}
	return r.since(start)
}

// KeyAfter reads a key as Key does and fails unless it sorts after prev, which
// is nil for the first.
func (r *Reader) KeyAfter(prev []byte, allowBytes bool) []byte {
	key := r.Key(allowBytes)
	if r.err == nil && prev != nil && bytes.Compare(prev, key) >= 0 {
		r.Fail(ErrNotDeterministic)
		return nil
	}
	return key
}

// Value reads any value in which arrays, maps and tags are nested at most
// depth levels deep, and returns its encoding, a part of the input.
func (r *Reader) Value(depth int) []byte {
	start := r.rest
	r.skip(depth)
	return r.since(start)
}

func (r *Reader) since(start []byte) []byte {
	if r.err != nil {
		return nil
	}
	n := len(start) - len(r.rest)
	return start[:n:n]
}

func (r *Reader) skip(depth int) {
	m, info, arg := r.head()
	if r.err != nil {
		return
	}
	if m >= majorArray && m <= majorTag && depth == 0 {
		r.Fail(ErrDepth)
		return
	}
	switch m {
	case majorBytes:
		r.take(arg)
	case majorText:
		if !utf8.Valid(r.take(arg)) {
			r.Fail(ErrUTF8)
		}
	case majorArray:
		for n := r.count(arg, 1); n > 0 && r.err == nil; n-- {
			r.skip(depth - 1)
		}
	case majorMap:
		var prev []byte
		for n := r.count(arg, 2); n > 0 && r.err == nil; n-- {
			prev = r.KeyAfter(prev, true)
			r.skip(depth - 1)
		}
	case majorTag:
		if arg == 2 || arg == 3 {
			r.bignum()
			return
		}
		r.skip(depth - 1)
	case majorSimple:
		r.simple(info, arg)
	}
}

// bignum reads the content of tags 2 and 3, which must not fit an integer.
func (r *Reader) bignum() {
	if v := r.Bytes(); r.err == nil && (len(v) <= 8 || v[0] == 0) {
		r.Fail(ErrNotDeterministic)
	}
}

// simple checks a simple value or float for its shortest form. The only NaN is
// the quiet one in half width (draft-ietf-mimi-content, "Data model
// restrictions").
func (r *Reader) simple(info byte, arg uint64) {
	ok := true
	switch info {
	case 24:
		ok = arg >= 32
	case 25:
		nan := arg&0x7c00 == 0x7c00 && arg&0x3ff != 0
		ok = !nan || arg == 0x7e00
	case 26:
		f := math.Float32frombits(uint32(arg))
		ok = f == f && !fitsHalf(f)
	case 27:
		f := math.Float64frombits(arg)
		ok = f == f && float64(float32(f)) != f
	}
	if !ok {
		r.Fail(ErrNotDeterministic)
	}
}

// fitsHalf reports whether a half-width float holds f exactly.
func fitsHalf(f float32) bool {
	bits := math.Float32bits(f)
	exp, frac := int(bits>>23&0xff)-127, bits&(1<<23-1)
	switch {
	case exp == 128: // infinity; NaN is refused before
		return true
	case exp == -127: // zero; a float32 subnormal is below half's range
		return frac == 0
	case exp > 15:
		return false
	case exp >= -14:
		return frac&(1<<13-1) == 0
	case exp >= -24: // a half subnormal has 24+exp fraction bits
		return (1<<23|frac)&(1<<(uint(-1-exp))-1) == 0
	}
	return false
}
