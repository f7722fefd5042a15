package codec

import "google.golang.org/protobuf/encoding/protowire"

// Appender is a message that appends its encoding to b.
type Appender interface {
	Append(b []byte) []byte
}

// AppendVarint appends a varint field: bool, int, uint or enum. Signed values
// are sign-extended to 64 bits by the caller, as protobuf demands.
func AppendVarint(b []byte, num int, v uint64) []byte {
	b = protowire.AppendTag(b, protowire.Number(num), protowire.VarintType)
	return protowire.AppendVarint(b, v)
}

// AppendFixed32 appends a fixed32 or sfixed32 field.
func AppendFixed32(b []byte, num int, v uint32) []byte {
	b = protowire.AppendTag(b, protowire.Number(num), protowire.Fixed32Type)
	return protowire.AppendFixed32(b, v)
}

// AppendFixed64 appends a fixed64 or sfixed64 field.
func AppendFixed64(b []byte, num int, v uint64) []byte {
	b = protowire.AppendTag(b, protowire.Number(num), protowire.Fixed64Type)
	return protowire.AppendFixed64(b, v)
}

// AppendBytes appends a bytes or string field.
func AppendBytes[T []byte | string](b []byte, num int, v T) []byte {
	b = protowire.AppendTag(b, protowire.Number(num), protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(v)))
	return append(b, v...)
}

// AppendMessage appends a message field.
func AppendMessage(b []byte, num int, m Appender) []byte {
	return AppendNested(b, num, m.Append)
}

// AppendNested appends a length-delimited field whose content body appends: a
// message or packed scalars. The length is not known beforehand, so one byte
// is kept for it and the content moves when that is too few.
func AppendNested(b []byte, num int, body func([]byte) []byte) []byte {
	b = protowire.AppendTag(b, protowire.Number(num), protowire.BytesType)
	start := len(b)
	b = body(append(b, 0))
	n := len(b) - start - 1
	if size := protowire.SizeVarint(uint64(n)); size > 1 {
		b = append(b, make([]byte, size-1)...)
		copy(b[start+size:], b[start+1:start+1+n])
	}
	protowire.AppendVarint(b[:start], uint64(n))
	return b
}

// AppendPacked appends the repeated scalars v as one packed field, each as
// one writes it. It appends nothing when v is empty.
func AppendPacked[T any](b []byte, num int, v []T, one func([]byte, T) []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return AppendNested(b, num, func(b []byte) []byte {
		for _, x := range v {
			b = one(b, x)
		}
		return b
	})
}

// BoolVarint returns the varint of a bool.
func BoolVarint(v bool) uint64 { return protowire.EncodeBool(v) }

// ZigZag returns the varint of a sint32 or sint64.
func ZigZag(v int64) uint64 { return protowire.EncodeZigZag(v) }

// RawVarint appends v without a tag, for packed fields.
func RawVarint(b []byte, v uint64) []byte { return protowire.AppendVarint(b, v) }

// RawFixed32 appends v without a tag, for packed fields.
func RawFixed32(b []byte, v uint32) []byte { return protowire.AppendFixed32(b, v) }

// RawFixed64 appends v without a tag, for packed fields.
func RawFixed64(b []byte, v uint64) []byte { return protowire.AppendFixed64(b, v) }
