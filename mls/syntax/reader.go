package syntax

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// What can be wrong with an encoding. Decoders wrap these with the name of
// what they decode.
var (
	ErrTruncated    = errors.New("syntax: input ends early")
	ErrTrailing     = errors.New("syntax: data after the end")
	ErrNotMinimal   = errors.New("syntax: length not in its shortest form")
	ErrBadLength    = errors.New("syntax: invalid length")
	ErrBadBool      = errors.New("syntax: presence byte is neither 0 nor 1")
	ErrInvalidValue = errors.New("syntax: invalid value")
)

// Reader reads values one after the other from a byte slice. After the first
// error every read returns a zero value, and Err and Done report that error.
// A Reader is not safe for concurrent use.
type Reader struct {
	rest     []byte
	err      error
	size     int  // of the whole input
	left     int  // of the allotment
	counting bool // what is read is thrown away
}

// NewReader returns a Reader over data, which must not change while values
// read from it are in use. The size of data fixes how much they may take.
func NewReader(data []byte) *Reader {
	return &Reader{rest: data, size: len(data), left: allotmentFor(len(data))}
}

// Err returns the first error, or nil.
func (r *Reader) Err() error { return r.err }

// Fail makes err the Reader's error unless it has one already. Decoders use it
// for values that are well-formed but not allowed.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
		r.rest = nil
	}
}

// Done returns the first error, or ErrTrailing if input is left.
func (r *Reader) Done() error {
	if r.err == nil && len(r.rest) > 0 {
		r.Fail(ErrTrailing)
	}
	return r.err
}

// Len returns the number of bytes left.
func (r *Reader) Len() int { return len(r.rest) }

// More reports whether input is left and no error has occurred: the condition
// of a loop over a vector's elements.
func (r *Reader) More() bool { return r.err == nil && len(r.rest) > 0 }

// Rest returns the unread input without consuming it.
func (r *Reader) Rest() []byte { return r.rest }

// Fixed reads n bytes. The result shares memory with the input.
func (r *Reader) Fixed(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.rest) {
		r.Fail(ErrTruncated)
		return nil
	}
	v := r.rest[:n:n]
	r.rest = r.rest[n:]
	return v
}

// Copy fills dst from the input.
func (r *Reader) Copy(dst []byte) { copy(dst, r.Fixed(len(dst))) }

// Uint8 reads one byte.
func (r *Reader) Uint8() uint8 {
	if v := r.Fixed(1); v != nil {
		return v[0]
	}
	return 0
}

// Uint16 reads a big-endian integer.
func (r *Reader) Uint16() uint16 {
	if v := r.Fixed(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

// Uint32 reads a big-endian integer.
func (r *Reader) Uint32() uint32 {
	if v := r.Fixed(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

// Uint64 reads a big-endian integer.
func (r *Reader) Uint64() uint64 {
	if v := r.Fixed(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// Bool reads a byte that must be 0 or 1.
func (r *Reader) Bool() bool {
	switch r.Uint8() {
	case 0:
		return false
	case 1:
		return true
	}
	r.Fail(ErrBadBool)
	return false
}

// Varint reads a variable-size integer (RFC 9420, section 2.1.2) and refuses
// the reserved prefix and forms that are not the shortest.
func (r *Reader) Varint() int {
	first := r.Uint8()
	if r.err != nil {
		return 0
	}
	v := int(first & 0x3f)
	size := 1 << (first >> 6)
	if size == 8 {
		r.Fail(ErrBadLength)
		return 0
	}
	for _, b := range r.Fixed(size - 1) {
		v = v<<8 | int(b)
	}
	if r.err == nil && (size == 2 && v < 1<<6 || size == 4 && v < 1<<14) {
		r.Fail(ErrNotMinimal)
		return 0
	}
	return v
}

// Opaque reads opaque<V>. The result shares memory with the input; it is never
// nil unless there was an error.
func (r *Reader) Opaque() []byte { return r.Fixed(r.Varint()) }

// String reads opaque<V> that must be UTF-8. While [List] is counting it returns
// the empty string.
func (r *Reader) String() string {
	v := r.Opaque()
	if !utf8.Valid(v) {
		r.Fail(ErrInvalidValue)
		return ""
	}
	if r.counting || !r.Charge((len(v)+7)&^7) {
		return ""
	}
	return string(v)
}

// Vector reads the length of a vector and returns a Reader over its elements. An
// error in the elements must be handed back with Close, which also returns the
// allotment: until then nothing is charged to r. Where the elements become a
// slice, [List] is the shorter way.
func (r *Reader) Vector() *Reader {
	v := &Reader{rest: r.Opaque(), err: r.err, size: r.size, left: r.left, counting: r.counting}
	r.left = 0
	return v
}

// Close ends the reading of a vector that r returned: its error, or what is
// left of it, becomes r's error.
func (r *Reader) Close(elements *Reader) {
	r.left = elements.left
	if err := elements.Done(); err != nil {
		r.Fail(err)
	}
}
