package codec

import "google.golang.org/protobuf/encoding/protowire"

// Varints reads the current field as further elements of a repeated varint
// field, packed or not, and appends each, converted by conv, to s.
func Varints[T any](r *Reader, s []T, max int, conv func(uint64) T) []T {
	return scalars(r, s, max, protowire.VarintType, (*Reader).Varint, conv)
}

// Fixed32s does for fixed32 and sfixed32 what Varints does for varints.
func Fixed32s[T any](r *Reader, s []T, max int, conv func(uint32) T) []T {
	return scalars(r, s, max, protowire.Fixed32Type, (*Reader).Fixed32, conv)
}

// Fixed64s does for fixed64 and sfixed64 what Varints does for varints.
func Fixed64s[T any](r *Reader, s []T, max int, conv func(uint64) T) []T {
	return scalars(r, s, max, protowire.Fixed64Type, (*Reader).Fixed64, conv)
}

func scalars[T, U any](r *Reader, s []T, max int, typ protowire.Type, read func(*Reader) U, conv func(U) T) []T {
	if r.typ != protowire.BytesType {
		if v := read(r); r.err == nil && r.Room(len(s), max) {
			s = append(s, conv(v))
		}
		return s
	}
	// Packed: the same values without tags, in a reader whose type stays.
	in := &Reader{rest: r.Bytes(len(r.rest)), typ: typ}
	for r.err == nil && len(in.rest) > 0 && r.Room(len(s), max) {
		v := read(in)
		if in.err != nil {
			r.fail(in.err)
			break
		}
		s = append(s, conv(v))
	}
	return s
}
