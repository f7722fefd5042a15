package codec

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Merger is a message into which an encoding is read: fields that occur
// replace or, if repeated, extend those that are there.
type Merger interface {
	Merge(b []byte) error
}

// Reader walks over the fields of one encoded message.
type Reader struct {
	rest []byte
	num  protowire.Number
	typ  protowire.Type
	err  error
}

// NewReader returns a Reader of the message b, which it does not copy.
func NewReader(b []byte) *Reader { return &Reader{rest: b} }

// Next moves to the next field and reports whether there is one. The field
// must then be read or skipped.
func (r *Reader) Next() bool {
	if r.err != nil || len(r.rest) == 0 {
		return false
	}
	r.num = 0
	num, typ, n := protowire.ConsumeTag(r.rest)
	if n < 0 {
		r.fail(cause(n))
		return false
	}
	if num > protowire.MaxValidNumber { // protowire lets 31 bits pass
		r.fail(ErrMalformed)
		return false
	}
	r.num, r.typ, r.rest = num, typ, r.rest[n:]
	return true
}

// Number returns the current field's number.
func (r *Reader) Number() int { return int(r.num) }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Skip passes over the current field, whatever it is. Groups, which proto3
// cannot define, are refused.
func (r *Reader) Skip() {
	if r.typ == protowire.StartGroupType || r.typ == protowire.EndGroupType {
		r.fail(ErrWireType)
		return
	}
	n := protowire.ConsumeFieldValue(r.num, r.typ, r.rest)
	if n < 0 {
		r.fail(cause(n))
		return
	}
	r.rest = r.rest[n:]
}

// Varint reads the current field as a varint.
func (r *Reader) Varint() uint64 {
	if !r.is(protowire.VarintType) {
		return 0
	}
	v, n := protowire.ConsumeVarint(r.rest)
	return take(r, v, n)
}

// Fixed32 reads the current field as a fixed32 or sfixed32.
func (r *Reader) Fixed32() uint32 {
	if !r.is(protowire.Fixed32Type) {
		return 0
	}
	v, n := protowire.ConsumeFixed32(r.rest)
	return take(r, v, n)
}

// Fixed64 reads the current field as a fixed64 or sfixed64.
func (r *Reader) Fixed64() uint64 {
	if !r.is(protowire.Fixed64Type) {
		return 0
	}
	v, n := protowire.ConsumeFixed64(r.rest)
	return take(r, v, n)
}

// Bytes reads the current field as at most max bytes. The result is a part of
// the input, and is never nil unless there is an error.
func (r *Reader) Bytes(max int) []byte {
	if !r.is(protowire.BytesType) {
		return nil
	}
	v, n := protowire.ConsumeBytes(r.rest)
	v = take(r, v, n)
	if len(v) > max {
		r.fail(ErrTooLong)
		return nil
	}
	return v[:len(v):len(v)]
}

// String reads the current field as at most max bytes of UTF-8.
func (r *Reader) String(max int) string {
	v := r.Bytes(max)
	if !utf8.Valid(v) {
		r.fail(ErrUTF8)
		return ""
	}
	return string(v)
}

// Message reads the current field into m.
func (r *Reader) Message(m Merger) {
	v := r.Bytes(len(r.rest))
	if r.err != nil {
		return
	}
	if err := m.Merge(v); err != nil {
		r.fail(err)
	}
}

// Room reports whether a repeated field that has n elements may have another,
// and records an error otherwise.
func (r *Reader) Room(n, max int) bool {
	if n >= max {
		r.fail(ErrTooMany)
		return false
	}
	return true
}

// is checks the current field's wire type.
func (r *Reader) is(want protowire.Type) bool {
	if r.err == nil && r.typ != want {
		r.fail(ErrWireType)
	}
	return r.err == nil
}

// fail records the first error.
func (r *Reader) fail(err error) {
	if r.err != nil {
		return
	}
	if r.num != 0 {
		err = &FieldError{Number: int(r.num), Err: err}
	}
	r.err = err
}

// take passes over n bytes, or records what a negative n says.
func take[T any](r *Reader, v T, n int) T {
	if n < 0 {
		r.fail(cause(n))
		var zero T
		return zero
	}
	r.rest = r.rest[n:]
	return v
}

// truncated is protowire's code for an input that ends too early.
var _, truncated = protowire.ConsumeVarint(nil)

// cause translates protowire's negative lengths.
func cause(n int) error {
	if n == truncated {
		return ErrTruncated
	}
	return ErrMalformed
}
