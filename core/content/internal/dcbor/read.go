package dcbor

import (
	"errors"
	"unicode/utf8"
)

// What can be wrong with an input.
var (
	ErrTruncated        = errors.New("cbor: input ends early")
	ErrTrailing         = errors.New("cbor: data after the end")
	ErrType             = errors.New("cbor: value of another type expected")
	ErrNotDeterministic = errors.New("cbor: not in deterministic form")
	ErrUTF8             = errors.New("cbor: text is not UTF-8")
	ErrRange            = errors.New("cbor: value out of range")
	ErrDepth            = errors.New("cbor: nested too deeply")
)

// Reader reads values one after the other. After its first error every read
// returns a zero value. A Reader is not safe for concurrent use.
type Reader struct {
	rest []byte
	err  error
}

// NewReader returns a Reader over data, which must not change while values read
// from it are in use: byte strings are parts of it.
func NewReader(data []byte) *Reader { return &Reader{rest: data} }

// Err returns the first error, or nil.
func (r *Reader) Err() error { return r.err }

// Fail makes err the Reader's error unless it has one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err, r.rest = err, nil
	}
}

// Done returns the first error, or ErrTrailing if input is left.
func (r *Reader) Done() error {
	if len(r.rest) > 0 {
		r.Fail(ErrTrailing)
	}
	return r.err
}

// Len returns the number of bytes left.
func (r *Reader) Len() int { return len(r.rest) }

func (r *Reader) take(n uint64) []byte {
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.rest)) {
		r.Fail(ErrTruncated)
		return nil
	}
	v := r.rest[:n:n]
	r.rest = r.rest[n:]
	return v
}

// head reads an initial byte and its argument. For major type 7 the argument
// is the simple value or the bits of the float; info tells which.
func (r *Reader) head() (major, info byte, arg uint64) {
	first := r.take(1)
	if first == nil {
		return 0, 0, 0
	}
	major, info = first[0]>>5, first[0]&0x1f
	if info < 24 {
		return major, info, uint64(info)
	}
	if info > 27 {
		// 28 to 30 are reserved; 31 is an indefinite length or a break.
		r.Fail(ErrNotDeterministic)
		return 0, 0, 0
	}
	size := uint64(1) << (info - 24)
	for _, c := range r.take(size) {
		arg = arg<<8 | uint64(c)
	}
	if r.err == nil && major != majorSimple && arg < shortest[info-24] {
		r.Fail(ErrNotDeterministic)
		return 0, 0, 0
	}
	return major, info, arg
}

// shortest[i] is the least argument that needs 1<<i bytes.
var shortest = [4]uint64{24, 1 << 8, 1 << 16, 1 << 32}

func (r *Reader) expect(major byte) uint64 {
	m, _, arg := r.head()
	if r.err == nil && m != major {
		r.Fail(ErrType)
	}
	if r.err != nil {
		return 0
	}
	return arg
}

// Uint reads an unsigned integer of at most max.
func (r *Reader) Uint(max uint64) uint64 {
	v := r.expect(majorUint)
	if v > max {
		r.Fail(ErrRange)
		return 0
	}
	return v
}

// Bytes reads a byte string. It shares memory with the input and is never nil
// unless there was an error.
func (r *Reader) Bytes() []byte { return r.take(r.expect(majorBytes)) }

// Text reads a text string.
func (r *Reader) Text() string {
	v := r.take(r.expect(majorText))
	if !utf8.Valid(v) {
		r.Fail(ErrUTF8)
		return ""
	}
	return string(v)
}

// Array reads the head of an array and returns its number of elements, which
// is at most the number of bytes left.
func (r *Reader) Array() int { return r.count(r.expect(majorArray), 1) }

// Map reads the head of a map and returns its number of pairs, which is at most
// half the number of bytes left.
func (r *Reader) Map() int { return r.count(r.expect(majorMap), 2) }

func (r *Reader) count(n, least uint64) int {
	if n > uint64(len(r.rest))/least {
		r.Fail(ErrTruncated)
		return 0
	}
	return int(n)
}

// Null consumes a null if one is next and reports whether it did.
func (r *Reader) Null() bool {
	if r.err != nil || len(r.rest) == 0 || r.rest[0] != majorSimple<<5|simpleNull {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// Bool reads false or true.
func (r *Reader) Bool() bool {
	m, info, _ := r.head()
	switch {
	case r.err != nil:
	case m == majorSimple && info == simpleFalse:
	case m == majorSimple && info == simpleTrue:
		return true
	default:
		r.Fail(ErrType)
	}
	return false
}
